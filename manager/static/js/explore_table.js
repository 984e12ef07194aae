/** The same numbers as the chart, a row each, with the way further down into every one of them. */
import { decimal } from "/static/js/format.js";
import { language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { csvText, download } from "./csv.js";
import { go } from "./explore_data.js";
import { intervalOf, toneOf } from "./explore_measures.js";
import { narrowed } from "./explore_state.js";
import { againstText, bareText, byName, changeText, groupName, measureName, unitOf, valueText } from "./explore_words.js";
import { percent } from "./words.js";

/** @typedef {import("./explore_measures.js").Measure} Measure */
/** @typedef {import("./explore_measures.js").Row} Row */
/** @typedef {import("./explore_state.js").State} State */
/** @typedef {{measure: Measure, rows: Row[], total: Row, by: string, state: State, mayExport?: boolean}} Shown */

/** @param {State} state @param {string} column */
function sortBy(state, column) {
  const isSame = state.sort === column;
  // Numbers are first asked from the top, names from A.
  const first = column === "name" ? "up" : "down";
  const direction = isSame ? (state.direction === "up" ? "down" : "up") : first;
  go({ sort: column, direction: /** @type {"up"|"down"} */ (direction) }, { replace: true });
}

/** @param {{state: State, column: string, text: string}} props */
function Head({ state, column, text }) {
  const isSorted = state.sort === column;
  const order = state.direction === "up" ? "ascending" : "descending";
  return html`<th scope="col" class=${`${column}-head`} aria-sort=${isSorted ? order : "none"}>
    <button type="button" class="sorter" data-column=${column} onClick=${() => sortBy(state, column)}>
      ${text}<span class="sorter-mark" aria-hidden="true">${isSorted ? (state.direction === "up" ? "▲" : "▼") : ""}</span>
    </button>
  </th>`;
}

/** @param {{measure: Measure, row: Row}} props */
function Value({ measure, row }) {
  if (row.value === null) return html`<span class="dim">${t("manager.not_enough")}</span>`;
  const interval = intervalOf(measure, row.figures);
  return html`${bareText(measure, row.value)}${interval && html`<small class="interval">${percent(interval.low)}–${percent(interval.high)}</small>`}`;
}

/** @param {{measure: Measure, row: Row}} props */
function Change({ measure, row }) {
  if (row.before === null) return html`<span class="dim">${t("explore.none_before")}</span>`;
  if (row.change === null) return html`<span class="dim">${t("manager.not_enough")}</span>`;
  return html`<span class=${`change ${toneOf(measure, row)}`}>${changeText(measure, row.change)}</span>`;
}

/** @param {{name: string, deed: Partial<State>, narrow: Partial<State>|null}} props */
function Deeds({ name, deed, narrow }) {
  return html`<td class="row-deeds">
    ${narrow && html`<button type="button" class="row-deed" data-testid="narrow" aria-label=${t("explore.narrow_to", { group: name })} onClick=${() => go(narrow)}><${Icon} name="search" size=${15} /><span>${t("explore.narrow")}</span></button>`}
    <button type="button" class="row-deed" data-testid="open-visits" aria-label=${t("explore.visits_of", { group: name })} onClick=${() => go({ ...deed, view: "visits", after: "", page: 1 })}><${Icon} name="list-checks" size=${15} /><span>${t("explore.see_visits")}</span></button>
  </td>`;
}

/** @param {Shown & {row: Row, name: string, isTotal?: boolean}} props */
function Line({ measure, row, name, state, by, isTotal = false }) {
  const narrow = isTotal || row.figures.issued === 0 ? null : narrowed({ ...state, by }, row.key);
  const hasBefore = state.against !== "none";
  return html`<tr class=${isTotal ? "all" : ""} data-key=${isTotal ? undefined : row.key}>
    <th scope="row"><span class="group-name" title=${name}>${name}</span></th>
    <td class="num">${decimal(row.n, 0)}</td>
    <td class="num strong"><${Value} measure=${measure} row=${row} /></td>
    ${hasBefore && html`<td class="num was-cell">${row.was === null ? html`<span class="dim">–</span>` : bareText(measure, row.was)}</td>
      <td class="change-cell"><${Change} measure=${measure} row=${row} /></td>`}
    ${row.figures.issued === 0 ? html`<td></td>` : html`<${Deeds} name=${name} narrow=${narrow} deed=${narrow ?? {}} />`}
  </tr>`;
}

/** @param {Shown} shown @param {string} value what the column of values is called @returns {string[]} */
function heads({ measure, by, state }, value) {
  const known = [byName(by), measure.hasInterval ? t("explore.n_ratings") : t("explore.n"), value];
  return state.against === "none" ? known : [...known, againstName(state), t("explore.change")];
}

/** @param {State} state */
const againstName = (state) => (state.against === "year" ? t("explore.last_year") : t("explore.before"));

/** @param {Shown} shown */
function save(shown) {
  const { measure, rows, by, state } = shown;
  const plain = (/** @type {number|null} */ value) =>
    value === null ? null : Math.round(value * (measure.kind === "share" ? 1e4 : 10)) / (measure.kind === "share" ? 1e4 : 10);
  const line = (/** @type {Row} */ row, /** @type {string} */ name) => {
    const known = [name, row.n, plain(row.value)];
    return state.against === "none" ? known : [...known, plain(row.was), changeText(measure, row.change)];
  };
  const lines = [...rows.map((row) => line(row, groupName(by, row.key))), line(shown.total, t("explore.total"))];
  download(`phan-tich-${measure.id}-${state.from}-${state.to}.csv`, csvText(heads(shown, `${measureName(measure)} (${unitOf(measure)})`), lines, language.value));
}

/** @param {Shown} shown */
export function ExploreTable(shown) {
  const { measure, rows, total, by, state } = shown;
  const columns = ["name", "n", "value", "was", "change"];
  const label = t("explore.table_of", { measure: measureName(measure), by: byName(by).toLowerCase() });
  return html`<section class="card explore-card">
    <header class="explore-head">
      <h2>${label}</h2>
      <span class="grow"></span>
      ${shown.mayExport && html`<button type="button" class="quiet-button" data-testid="csv" onClick=${() => save(shown)}><${Icon} name="download" size=${16} />CSV</button>`}
    </header>
    ${by === "officer" && html`<p class="hint">${t("explore.officer_hint")}</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label=${label}>
      <table class="list explore-table">
        <thead><tr>${heads(shown, t("explore.value", { unit: unitOf(measure) })).map((text, i) => html`<${Head} key=${columns[i]} state=${state} column=${columns[i]} text=${text} />`)}
          <th scope="col"><span class="visually-hidden">${t("explore.deeds")}</span></th></tr></thead>
        <tbody>${rows.map((row) => html`<${Line} key=${row.key} ...${shown} row=${row} name=${groupName(by, row.key)} />`)}</tbody>
        <tfoot><${Line} ...${shown} row=${total} name=${t("explore.total")} isTotal=${true} /></tfoot>
      </table>
    </div>
  </section>`;
}

/** The measure over the whole period, large, and how it compares. @param {Shown & {isApproximate: boolean, error: number}} props */
export function Headline({ measure, total, state, isApproximate, error }) {
  const interval = intervalOf(measure, total.figures);
  const change = total.change === null ? "" : changeText(measure, total.change);
  return html`<div class="headline-figure">
    <p class=${total.value === null ? "big unknown" : "big"} data-testid="total">${valueText(measure, total.value)}</p>
    <p class="headline-notes">
      <span>${interval ? t("explore.of_n_interval", { n: decimal(total.n, 0), low: percent(interval.low), high: percent(interval.high) }) : t("explore.of_n", { n: decimal(total.n, 0) })}</span>
      ${state.against !== "none" && html`<span class=${`change ${toneOf(measure, total)}`} data-testid="change">${change ? `${change} ${againstText(state)}` : t("explore.not_compared")}</span>`}
      ${isApproximate && html`<span class="approximate">${t("explore.approximate", { error: decimal(error * 100, 1) })}</span>`}
    </p>
  </div>`;
}

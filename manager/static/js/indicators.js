/**
 * The form of the nine indicators: what is entered by hand, scored by the server, for printing.
 * What is entered stays in this page's memory and nowhere else.
 */

import { signal } from "@preact/signals";
import { decimal, fullDate } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { fetchOf, useAnswer, useSettled } from "./answers.js";
import { queryOf } from "./indicator_fields.js";
import { now } from "./store.js";

/** @typedef {{number: number, by_dossier: boolean, score: number|null}} Row */
/** @typedef {{from: string, to: string, source: string, is_replaced: boolean, rows: Row[], total: number|null,
 *   grade: string|null, left_out: number[], bands: {lowest: number, grade: string}[],
 *   facts: {served: number, supplements: number, attitude: number, attitude_settled: number}}} Answer */

/** @type {import("@preact/signals").Signal<Record<string, string>>} */
const entered = signal({});

const TIERS = ["commune", "district", "province"];

/** @param {string} name @param {string} value */
function enter(name, value) {
  entered.value = { ...entered.value, [name]: value };
}

/** @param {{name: string, label: string, percent?: boolean}} props */
function Count({ name, label, percent = false }) {
  return html`<label class="entry"
    ><span>${label}</span>
    <input
      inputmode=${percent ? "decimal" : "numeric"}
      pattern=${percent ? "\\d{1,3}([.,]\\d{0,2})?" : "\\d*"}
      maxlength="7"
      autocomplete="off"
      data-testid=${name}
      value=${entered.value[name] ?? ""}
      onInput=${(/** @type {any} */ event) => enter(name, event.currentTarget.value)}
    />${percent ? "%" : ""}
  </label>`;
}

/** @param {{name: string, label: string, choices: [string, string][]}} props */
function Choice({ name, label, choices }) {
  return html`<label class="entry"
    ><span>${label}</span>
    <select data-testid=${name} value=${entered.value[name] ?? ""} onChange=${(/** @type {any} */ event) => enter(name, event.currentTarget.value)}>
      ${choices.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
    </select>
  </label>`;
}

/** @param {{name: string, label: string}} props */
function YesNo({ name, label }) {
  return html`<${Choice} name=${name} label=${label}
    choices=${[["", "–"], ["true", t("manager.yes")], ["false", t("manager.no")]]} />`; // prettier-ignore
}

/** What is entered for an indicator. @param {{row: Row}} props */
function Entry({ row }) {
  const { number } = row;
  if (row.by_dossier) {
    return html`${[2, 1, 0].map(
      (points) => html`<${Count} key=${points} name=${`i${number}.${points}`} label=${t(`manager.indicators.i${number}_${points}`)} />`,
    )}`;
  }
  const percent = (/** @type {string} */ name) =>
    html`<${Count} name=${name} percent=${true} label=${t(`manager.indicators.${name}`)} />`;
  const yes = (/** @type {string} */ name) => html`<${YesNo} name=${name} label=${t(`manager.indicators.${name}`)} />`;
  if (number === 5) {
    const choices = TIERS.map((tier) => [tier === "commune" ? "" : tier, t(`manager.indicators.tier_${tier}`)]);
    return html`<${Choice} name="tier" label=${t("manager.indicators.tier")} choices=${choices} />${percent("whole")}${percent("received")}`;
  }
  if (number === 6) return html`${yes("posted")}${yes("electronic")}`;
  if (number === 8) {
    return html`<${Count} name="feedback" label=${t("manager.indicators.feedback")} /><${Count} name="answered" label=${t("manager.indicators.answered")} />${yes("prolonged")}`;
  }
  return html`${percent("online_procedures")}${percent("online_dossiers")}${yes("online_late")}`;
}

/** What our own data say of an indicator. @param {number} number @param {Answer["facts"]} facts */
function fact(number, facts) {
  if (number === 3) return t("manager.indicators.fact_3", { n: decimal(facts.supplements, 0), of: decimal(facts.served, 0) });
  if (number === 7) return t("manager.indicators.fact_7", { n: decimal(facts.attitude, 0), settled: decimal(facts.attitude_settled, 0) });
  return number === 1 || number === 4 ? t(`manager.indicators.fact_${number}`) : t("manager.indicators.fact_none");
}

/** @param {{answer: Answer}} props */
function Result({ answer }) {
  const complete = answer.left_out.length === 0;
  return html`<div class="indicator-result" role="status" data-testid="indicator-result">
    <p class="figure">
      ${answer.total === null
        ? html`<span class="unknown">${t("manager.indicators.nothing")}</span>`
        : html`<span class="value">${decimal(answer.total, 1)}</span><span class="of">/18</span>
            <b class=${`grade ${complete ? answer.grade : ""}`}>${complete ? "" : t("manager.indicators.so_far")} ${t(`manager.indicators.grade_${answer.grade}`)}</b>`}
    </p>
    ${!complete && html`<p class="left-out"><${Icon} name="triangle-alert" size=${16} />${t("manager.indicators.left_out", { list: answer.left_out.join(", ") })}</p>`}
    <p class="dim">${answer.bands.map((band, at) => {
      const above = at > 0 ? answer.bands[at - 1].lowest : null;
      const range = above === null ? `≥ ${decimal(band.lowest, 0)}` : band.lowest === 0 ? `< ${decimal(above, 0)}` : `${decimal(band.lowest, 0)} – < ${decimal(above, 0)}`;
      return html`<span key=${band.grade} class="band">${range}: ${t(`manager.indicators.grade_${band.grade}`)}</span>`;
    })}</p>
  </div>`;
}

/** @param {{snapshot: import("./rows.js").Snapshot, range: import("./ranges.js").Range}} props */
export function IndicatorsForm({ snapshot, range }) {
  const fields = useSettled(queryOf(entered.value));
  const query = { from: range.from, to: range.to, ...fields };
  const key = new URLSearchParams(query).toString();
  const { answer, state } = useAnswer(() => /** @type {Promise<Answer>} */ (fetchOf(snapshot.branch.id, "indicators", query)), key);
  const spelled = (/** @type {string} */ date) => date.split("-").reverse().join("/");
  return html`<section class="card panel indicator-form" aria-labelledby="indicators-title" aria-busy=${state === "asking"}>
    <header>
      <h2 id="indicators-title">${t("manager.indicators.title")}</h2>
      <span class="unit">${spelled(range.from)} – ${spelled(range.to)}</span>
    </header>
    <p class="print-only">${pick(snapshot.branch.name)} · ${fullDate(now.peek(), snapshot.branch.time_zone)}</p>
    ${state === "failed" && html`<p class="banner amber" role="alert"><${Icon} name="triangle-alert" size=${20} />${t("manager.indicators.failed")}</p>`}
    ${answer && html`<p class="hint">${t("manager.indicators.hint", { source: answer.source })} ${answer.is_replaced && html`<b>${t("manager.indicators.replaced")}</b>`}</p>
      <${Result} answer=${answer} />
      <div class="scroll" tabindex="0" role="group" aria-label=${t("manager.indicators.title")}>
        <table class="list indicators">
          <thead>
            <tr>
              <th scope="col">${t("manager.indicators.number")}</th>
              <th scope="col">${t("manager.indicators.name")}</th>
              <th scope="col">${t("manager.indicators.by_hand")}</th>
              <th scope="col">${t("manager.indicators.by_data")}</th>
              <th scope="col">${t("manager.indicators.score")}</th>
            </tr>
          </thead>
          <tbody>
            ${answer.rows.map(
              (row) => html`<tr key=${row.number}>
                <td class="num">${row.number}</td>
                <th scope="row">${t(`manager.indicators.i${row.number}`)}</th>
                <td><div class="entries"><${Entry} row=${row} /></div></td>
                <td class="dim">${fact(row.number, answer.facts)}</td>
                <td class="num"><b>${row.score === null ? "–" : decimal(row.score, 1)}</b></td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="chart-note">${t("manager.indicators.readings")}</p>`}
  </section>`;
}

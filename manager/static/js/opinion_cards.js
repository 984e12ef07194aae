/** The headline, the adjusted share, the index and the levels of the satisfaction page. */

import { decimal } from "/static/js/format.js";
import { Face } from "/static/js/faces.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { components, levelRows } from "./opinion_model.js";
import { Panel } from "./panel.js";
import { LEAST_RATINGS } from "./satisfaction.js";
import { percent } from "./words.js";

/** @typedef {import("./opinion_model.js").Opinion} Opinion */

/** What a measure is, behind a "?" beside its name. @param {{name: string, text: string}} props */
export function Why({ name, text }) {
  const close = (/** @type {{key: string, currentTarget: HTMLDetailsElement}} */ event) => {
    if (event.key === "Escape") event.currentTarget.open = false;
  };
  return html`<details class="why" name="why" onKeyDown=${close}>
    <summary aria-label=${t("manager.why", { name })} title=${t("manager.why", { name })}>?</summary>
    <p>${text}</p>
  </details>`;
}

/** @param {{name: string, why: string, kind: string, children?: unknown}} props */
function Card({ name, why, kind, children }) {
  return html`<section class=${`card measure ${kind}`} aria-label=${name}>
    <header><h2>${name}</h2><${Why} name=${name} text=${why} /></header>
    ${children}
  </section>`;
}

/** @param {{value: string|null, unit?: string}} props */
function Value({ value, unit = "" }) {
  return value === null
    ? html`<p class="figure"><span class="unknown">${t("manager.not_enough")}</span></p>`
    : html`<p class="figure"><span class="value">${value}</span>${unit && html` <span class="of">${unit}</span>`}</p>`;
}

/** @param {number} x 0 to 1 */
const points = (x) => decimal(x * 100, 1);

/** @param {{opinion: Opinion}} props */
export function Headline({ opinion }) {
  const { share } = opinion;
  const few = share.share === null || share.low === null || share.high === null;
  return html`<${Card} name=${t("manager.opinion.share")} why=${t("manager.opinion.share_why", { least: LEAST_RATINGS })} kind="headline">
    <${Value} value=${share.share === null ? null : percent(share.share)} />
    <p>
      ${few
        ? t("manager.opinion.share_few", { n: decimal(share.n, 0), least: LEAST_RATINGS })
        : t("manager.opinion.share_of", { k: decimal(share.satisfied, 0), n: decimal(share.n, 0) })}
    </p>
    ${share.low !== null && share.high !== null &&
    html`<p>${t("manager.opinion.share_range", { low: percent(share.low), high: percent(share.high) })}</p>`}
    <p class="dim">
      ${share.response === null
        ? t("manager.opinion.no_visits")
        : t("manager.opinion.response", { share: points(share.response), n: decimal(share.n, 0), of: decimal(share.completed, 0) })}
    </p>
  <//>`;
}

/** @param {{opinion: Opinion}} props */
export function Adjusted({ opinion }) {
  const { share, low, high } = opinion.adjusted;
  return html`<${Card} name=${t("manager.opinion.adjusted")} why=${t("manager.opinion.adjusted_why")} kind="adjusted">
    <${Value} value=${share === null ? null : percent(share)} />
    <p>${t("manager.opinion.adjusted_said")}</p>
    ${low !== null && high !== null && html`<p>${t("manager.opinion.adjusted_range", { low: percent(low), high: percent(high) })}</p>`}
  <//>`;
}

/** @param {{opinion: Opinion, target: number}} props */
export function Index({ opinion, target }) {
  const { value, low, high } = opinion.index;
  const rows = components(opinion);
  return html`<${Card} name=${t("manager.opinion.index")} why=${t("manager.opinion.index_why", { target })} kind="index">
    <div class="index-value">
      <${Value} value=${value === null ? null : decimal(value, 1)} unit="/100" />
      ${low !== null && high !== null && html`<p>${t("manager.kpi.interval", { low: decimal(low, 1), high: decimal(high, 1) })}</p>`}
      ${value === null && html`<p>${t("manager.opinion.index_missing")}</p>`}
    </div>
    <table class="list components">
      <caption class="visually-hidden">${t("manager.opinion.components")}</caption>
      <thead>
        <tr>
          <th scope="col">${t("manager.opinion.component")}</th>
          <th scope="col">${t("manager.opinion.component_value")}</th>
          <th scope="col">${t("manager.opinion.weight")}</th>
          <th scope="col">${t("manager.opinion.points")}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr key=${row.key}>
              <th scope="row">${t(`manager.opinion.part_${row.key}`)}</th>
              <td class="num">${row.share === null ? html`<span class="dim">${t("manager.not_enough")}</span>` : percent(row.share)}</td>
              <td class="num">× ${decimal(row.weight, 2)}</td>
              <td class="num">${row.points === null ? "–" : decimal(row.points, 1)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  <//>`;
}

/** A warning where those who rated do not seem to stand for everybody. @param {{opinion: Opinion}} props */
export function Unlike({ opinion }) {
  const { expected, share } = opinion;
  if (!expected?.is_unlike || share.share === null) return null;
  return html`<div class="banner amber" role="status" data-testid="unlike">
    <${Icon} name="triangle-alert" size=${24} />
    <p>${t("manager.opinion.unlike", { share: percent(share.share), expected: percent(expected.value) })}</p>
  </div>`;
}

/** @param {{levels: number[]}} props */
export function Levels({ levels }) {
  const rows = levelRows(levels);
  const most = Math.max(1, ...levels);
  const name = t("manager.opinion.levels");
  const sheet = {
    head: [t("manager.opinion.level"), t("manager.column.ratings"), t("manager.opinion.of_all")],
    rows: rows.map((row) => [
      t(`manager.opinion.level_${row.level}`), row.count, row.share === null ? null : Math.round(row.share * 1000) / 1000,
    ]),
  }; // prettier-ignore
  return html`<${Panel} title=${name} area="by-level" file="muc-hai-long" sheet=${sheet}
    legend=${html`<${Why} name=${name} text=${t("manager.opinion.levels_why")} />`}
    show=${(/** @type {any} */ value, /** @type {number} */ column) => (column === 2 && value !== null ? percent(value) : String(value ?? "–"))}>
    <ol class="levels">
      ${rows.map(
        (row) =>
          html`<li key=${row.level} class=${`level level-${row.level}`}>
            <${Face} level=${row.level} />
            <span class="level-name">${t(`manager.opinion.level_${row.level}`)}</span>
            <span class="level-bar" aria-hidden="true"><i style=${`width:${(100 * row.count) / most}%`}></i></span>
            <b>${row.share === null ? "–" : percent(row.share)}</b>
            <span class="dim">${t("manager.opinion.ratings", { n: decimal(row.count, 0) })}</span>
          </li>`,
      )}
    </ol>
  <//>`;
}

/**
 * The two pictures of waiting: by hour (or day), and queue by hour.
 */

import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";
import { useState } from "preact/hooks";

import { WaitChart } from "./chart.js";
import { heatLevel, peak } from "./figures.js";
import { Panel } from "./panel.js";
import { minutesText, queueName, queuePrefix, span, tick } from "./words.js";

/** @typedef {import("./figures.js").WaitPoint} WaitPoint */
/** @typedef {import("./figures.js").Heat} Heat */
/** @typedef {import("./figures.js").HeatCell} HeatCell */

/**
 * A value as the table shows it: minutes with one decimal, counts whole.
 *
 * @param {string|number|null} value
 * @param {boolean} [isCount]
 */
function written(value, isCount = false) {
  if (value === null) return "–";
  return typeof value === "number" ? decimal(value, isCount ? 0 : 1) : value;
}

/** What each line is, drawn as it is drawn in the chart. */
function Legend() {
  const entry = (/** @type {string} */ kind, /** @type {string} */ name, title = name) =>
    html`<span class="key" title=${title}>
      <i class=${`stroke ${kind}`} aria-hidden="true"></i>${name}
    </span>`;
  return html`<div class="legend">
    ${entry("solid", t("manager.median"))} ${entry("dashed", "P75", t("manager.p75"))}
    ${entry("dotted", "P90", t("manager.p90"))}
  </div>`;
}

/**
 * @param {{points: WaitPoint[], target: number, title: string, area: string}} props
 */
export function WaitPanel({ points, target, title, area }) {
  const top = peak(points);
  const label = top
    ? t("manager.waits.label", {
        title,
        peak: tick(top.key),
        minutes: minutesText(top.p50 ?? 0),
        target,
      })
    : t("manager.waits.none");
  const words = {
    p50: t("manager.median"),
    p75: t("manager.p75"),
    p90: t("manager.p90"),
    target: t("manager.waits.target", { n: target }),
    notEnough: t("manager.not_enough"),
    minutes: minutesText,
    heading: (/** @type {WaitPoint} */ p) => t("manager.waits.tip", { at: tick(p.key), n: p.n }),
    tick,
  };
  const byDay = points[0]?.key.includes("-");
  const sheet = {
    head: [
      byDay ? t("manager.column.day") : t("manager.column.hour"),
      t("manager.column.measured"),
      t("manager.median"),
      t("manager.p75"),
      t("manager.p90"),
    ],
    rows: points.map((p) => [tick(p.key), p.n, p.p50, p.p75, p.p90]),
  };
  return html`<${Panel}
    title=${title}
    unit=${t("manager.unit.minutes")}
    area=${area}
    legend=${points.length > 0 && html`<${Legend} />`}
    file=${byDay ? "cho-theo-ngay" : "cho-theo-gio"}
    sheet=${points.length > 0 ? sheet : undefined}
    show=${(/** @type {any} */ value, /** @type {number} */ column) => written(value, column === 1)}
  >
    ${points.length > 0
      ? html`<${WaitChart} points=${points} target=${target} words=${words} label=${label} />`
      : html`<p class="empty">${t("manager.waits.none")}</p>`}
  <//>`;
}

/**
 * @param {{cell: HeatCell|null, measure: "p50"|"p90", targets: number[], name: string}} props
 */
function HeatValue({ cell, measure, targets, name }) {
  if (!cell) return html`<td class="none"><span class="visually-hidden">–</span></td>`;
  const value = cell[measure];
  const said = value === null ? t("manager.not_enough") : minutesText(value);
  const title = t("manager.heat.tip", { name, n: cell.n, said });
  if (value === null) return html`<td class="few" title=${title}>·</td>`;
  // The colour follows the number as it is written: a cell never contradicts itself.
  const whole = Math.round(value);
  return html`<td class=${`h${heatLevel(whole, targets)}`} title=${title}>${decimal(whole, 0)}</td>`;
}

/**
 * The steps of colour, in words.
 *
 * @param {{targets: number[]}} props
 */
function HeatLegend({ targets: [amber, red] }) {
  const step = (/** @type {string} */ kind, /** @type {string} */ name) =>
    html`<span class="key"><i class=${`swatch ${kind}`} aria-hidden="true"></i>${name}</span>`;
  return html`<div class="legend heat-legend">
    ${step("h2", t("manager.heat.within", { n: amber }))}
    ${step("h4", t("manager.heat.beyond", { n: amber }))}
    ${step("h5", t("manager.heat.beyond", { n: red }))}
    <span class="key"><i class="swatch few" aria-hidden="true">·</i>${t("manager.heat.few")}</span>
  </div>`;
}

/**
 * Queue by hour: a real table, so it reads aloud as it is.
 *
 * @param {{map: Heat, targets: number[]}} props
 */
export function HeatPanel({ map, targets }) {
  const [measure, setMeasure] = useState(/** @type {"p50"|"p90"} */ ("p50"));
  const name = measure === "p50" ? t("manager.median") : t("manager.p90");
  const choice = (/** @type {"p50"|"p90"} */ key, /** @type {string} */ text) =>
    html`<button type="button" aria-pressed=${measure === key} onClick=${() => setMeasure(key)}>
      ${text}
    </button>`;
  const sheet = {
    head: [t("manager.column.queue"), ...map.hours.map((h) => tick(String(h)))],
    rows: map.rows.map((row) => [
      queueName(row.queue),
      ...row.cells.map((cell) => cell?.[measure] ?? null),
    ]),
  };
  const switcher = html`<div class="switch small" role="group" aria-label=${t("manager.heat.measure")}>
    ${choice("p50", t("manager.median"))} ${choice("p90", t("manager.p90"))}
  </div>`;
  const some = map.hours.length > 0;
  return html`<${Panel}
    title=${t("manager.heat.title")}
    unit=${t("manager.unit.minutes")}
    area="heat"
    legend=${some && switcher}
    file="cho-theo-linh-vuc-va-gio"
    sheet=${some ? sheet : undefined}
    show=${(/** @type {any} */ value) => written(value)}
  >
    ${some
      ? html`<${HeatTable} map=${map} measure=${measure} name=${name} targets=${targets} />
          <${HeatLegend} targets=${targets} />`
      : html`<p class="empty">${t("manager.waits.none")}</p>`}
  <//>`;
}

/**
 * @param {{map: Heat, measure: "p50"|"p90", name: string, targets: number[]}} props
 */
function HeatTable({ map, measure, name, targets }) {
  return html`<div class="heat-box" tabindex="0" role="group" aria-label=${t("manager.heat.title")}>
    <table class="heat-map">
      <caption class="visually-hidden">
        ${t("manager.heat.label", { name, limit: span(targets[0]) })}
      </caption>
      <thead>
        <tr>
          <td></td>
          ${map.hours.map((h) => html`<th scope="col">${tick(String(h))}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${map.rows.map(
          (row) =>
            html`<tr>
              <th scope="row">
                <span class="prefix" aria-hidden="true">${queuePrefix(row.queue)}</span>
                <span class="name" title=${queueName(row.queue)}>${queueName(row.queue)}</span>
              </th>
              ${row.cells.map(
                (cell) =>
                  html`<${HeatValue} cell=${cell} measure=${measure} targets=${targets} name=${name} />`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Shares as dots with their 95 % interval: a table whose middle column is a picture. */

import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { place, scaleFrom, stands, ticks } from "./opinion_model.js";
import { LEAST_RATINGS } from "./satisfaction.js";
import { percent } from "./words.js";

/**
 * @typedef {{key: string, name: string, prefix?: string, satisfied: number, n: number,
 *   share: number|null, low: number|null, high: number|null}} DotRow a share of null = too few
 * @typedef {import("./panel.js").Sheet} Sheet
 */

/** The rows as a table and a file have them. @param {string} column @param {DotRow[]} rows @returns {Sheet} */
export function dotSheet(column, rows) {
  const rounded = (/** @type {number|null} */ share) =>
    share === null ? null : Math.round(share * 1000) / 1000;
  return {
    head: [
      column,
      t("manager.column.satisfied"),
      t("manager.column.ratings"),
      t("manager.column.share"),
      t("manager.column.low"),
      t("manager.column.high"),
    ],
    rows: rows.map((r) => [r.name, r.satisfied, r.n, rounded(r.share), rounded(r.low), rounded(r.high)]),
  };
}

/** A value of such a sheet in words. @param {string|number|null} value @param {number} column */
export function dotWritten(value, column) {
  if (value === null) return "–";
  if (typeof value !== "number") return value;
  return column > 2 ? percent(value) : decimal(value, 0);
}

/** @param {{row: DotRow, from: number, all: number|null}} props */
function Dot({ row, from, all }) {
  const { share, low, high } = row;
  if (share === null || low === null || high === null) {
    return html`<td class="dots few-ratings">
      <span>${t("manager.dots.few", { n: decimal(row.n, 0), least: LEAST_RATINGS })}</span>
    </td>`;
  }
  const standing = stands(low, high, all);
  const said = t("manager.dots.said", { share: percent(share), low: percent(low), high: percent(high) });
  const at = (/** @type {number} */ x) => `${place(x, from)}%`;
  return html`<td class=${`dots ${standing}`}>
    <svg class="dot-plot" role="img" aria-label=${said} width="100%" height="22">
      <title>${said}</title>
      <line class="whisker" x1=${at(low)} x2=${at(high)} y1="11" y2="11" />
      <circle class="dot" cx=${at(share)} cy="11" r="6" />
    </svg>
  </td>`;
}

/**
 * @param {{rows: DotRow[], column: string, label: string, all?: number|null}} props
 *   `all` is the share of everybody: drawn as a line, and what surely differs from it is marked
 */
export function DotTable({ rows, column, label, all = null }) {
  const from = scaleFrom(rows.map((row) => row.low));
  const style = all === null ? "" : `--at:${place(all, from) / 100}`;
  const standing = (/** @type {DotRow} */ row) => stands(row.low, row.high, all);
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${label}>
    <table class=${`list dotted ${all === null ? "" : "has-all"}`} style=${style}>
      <thead>
        <tr>
          <th scope="col">${column}</th>
          <th scope="col" class="scale" aria-label=${t("manager.period.interval")}>
            <div>${ticks(from).map((mark) => html`<span key=${mark} style=${`left:${place(mark, from)}%`}>${percent(mark)}</span>`)}</div>
          </th>
          <th scope="col">${t("manager.column.share")}</th>
          <th scope="col">${t("manager.column.of_ratings")}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr key=${row.key}>
              <th scope="row">
                ${row.prefix && html`<span class="prefix" aria-hidden="true">${row.prefix}</span>`}
                <span class="name" title=${row.name}>${row.name}</span>
              </th>
              <${Dot} row=${row} from=${from} all=${all} />
              <td class="num">
                ${standing(row) && html`<small class=${standing(row)}>${t(`manager.dots.${standing(row)}`)}</small>`}
                <b>${row.share === null ? "–" : percent(row.share)}</b>
              </td>
              <td class="num">${decimal(row.satisfied, 0)}/${decimal(row.n, 0)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

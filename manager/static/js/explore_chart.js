/**
 * One measure by group: upright columns where groups have an order of their own, else bars. The
 * compared period is a hollow mark, a wait's target a line, a satisfaction's interval a whisker.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { intervalOf } from "./explore_measures.js";
import { bareText, groupName, groupTick, measureName, unitOf, valueText } from "./explore_words.js";

/** @typedef {import("./explore_measures.js").Measure} Measure */
/** @typedef {import("./explore_measures.js").Row} Row */

/** More bars than this are not read any more: the table has them all. */
export const MOST_BARS = 12;
const HEIGHT = 264;
const BAR = 30;
const GAP = { left: 48, right: 14, top: 14, bottom: 30 };

/**
 * Round steps from 0 to at least `highest`.
 *
 * @param {number} highest
 * @param {number} steps
 */
export function scale(highest, steps = 4) {
  if (!(highest > 0)) return { top: 1, ticks: [0, 1] };
  const raw = highest / steps;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw - 1e-9) ?? raw;
  const count = Math.ceil(highest / step - 1e-9);
  return { top: step * count, ticks: Array.from({ length: count + 1 }, (_, i) => step * i) };
}

/** Which of `n` labels are shown when each takes `width` of `room`. @param {number} n @param {number} width @param {number} room */
export function everyNth(n, width, room) {
  return Math.max(1, Math.ceil((n * width) / Math.max(1, room)));
}

/** @param {Measure} measure @param {Row[]} rows @param {number|null} target */
function highest(measure, rows, target) {
  const ends = rows.flatMap((row) => [row.value ?? 0, row.was ?? 0, intervalOf(measure, row.figures)?.high ?? 0]);
  const top = Math.max(0, target ?? 0, ...ends);
  return measure.kind === "share" ? Math.min(1, top) : top;
}

/** @param {Measure} measure @param {number} value */
function tickText(measure, value) {
  if (measure.kind === "share") return `${decimal(value * 100, 0)}%`;
  return decimal(value, Number.isInteger(value) ? 0 : 1);
}

/**
 * @param {{measure: Measure, rows: Row[], by: string, target: number|null, isOrdered: boolean}} props
 *   `target` in minutes, where the measure is a wait
 */
export function ExploreChart({ measure, rows, by, target, isOrdered }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const sizes = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  const shown = isOrdered ? rows : rows.slice(0, MOST_BARS);
  const height = isOrdered ? HEIGHT : Math.max(120, GAP.top + GAP.bottom + shown.length * BAR);
  const known = shown.filter((row) => row.value !== null);
  const best = known.reduce((a, b) => ((b.value ?? 0) > (a?.value ?? -1) ? b : a), /** @type {Row|null} */ (null));
  const told = best
    ? t("explore.chart_told", { measure: measureName(measure), n: shown.length, group: groupName(by, best.key), value: valueText(measure, best.value) })
    : t("explore.chart_empty", { measure: measureName(measure) });
  const props = { measure, rows: shown, by, target, width, height };
  return html`<div class="explore-chart" ref=${box} style=${`min-height:${height}px`}>
    ${width > 0 &&
    html`<svg width=${width} height=${height} role="img" aria-labelledby="explore-chart-title explore-chart-told">
      <title id="explore-chart-title">${`${measureName(measure)} (${unitOf(measure)})`}</title>
      <desc id="explore-chart-told">${told}</desc>
      ${isOrdered ? html`<${Columns} ...${props} />` : html`<${Bars} ...${props} />`}
    </svg>`}
    ${!isOrdered && rows.length > shown.length && html`<p class="hint">${t("explore.chart_cut", { shown: shown.length, n: rows.length })}</p>`}
  </div>`;
}

/** @typedef {{measure: Measure, rows: Row[], by: string, target: number|null, width: number, height: number}} Drawn */

/** @param {Drawn} props */
function Columns({ measure, rows, by, target, width, height }) {
  const room = width - GAP.left - GAP.right;
  const floor = height - GAP.bottom;
  const { top, ticks } = scale(highest(measure, rows, target));
  const y = (/** @type {number} */ value) => floor - ((floor - GAP.top) * Math.min(value, top)) / top;
  const step = room / Math.max(1, rows.length);
  const wide = Math.max(1, Math.min(38, step * 0.62));
  const nth = everyNth(rows.length, by === "week" || by === "day" || by === "month" ? 46 : 34, room);
  return html`<g>
    ${ticks.map((value) => html`<g key=${value}>
      <line class="grid" x1=${GAP.left} x2=${width - GAP.right} y1=${y(value)} y2=${y(value)} />
      <text class="tick" x=${GAP.left - 8} y=${y(value) + 4} text-anchor="end">${tickText(measure, value)}</text>
    </g>`)}
    ${rows.map((row, i) => {
      const x = GAP.left + step * (i + 0.5);
      return html`<g key=${row.key}>
        <title>${spoken(measure, by, row)}</title>
        <rect class="hit" x=${x - step / 2} y=${GAP.top} width=${step} height=${floor - GAP.top} />
        ${row.value !== null && html`<rect class=${`column${isLate(row, target) ? " late" : ""}`} x=${x - wide / 2} y=${y(row.value)} width=${wide} height=${Math.max(1, floor - y(row.value))} rx=${Math.min(3, wide / 3)} />`}
        ${row.value === null && row.n > 0 && html`<text class="tick" x=${x} y=${floor - 6} text-anchor="middle">–</text>`}
        <${Whisker} measure=${measure} row=${row} place=${y} at=${x} upright=${true} />
        ${row.was !== null && html`<circle class="was" cx=${x} cy=${y(row.was)} r=${Math.max(2.5, Math.min(5, wide / 2))} />`}
        ${i % nth === 0 && html`<text class="tick" x=${x} y=${floor + 18} text-anchor="middle">${groupTick(by, row.key)}</text>`}
      </g>`;
    })}
    ${target !== null && html`<line class="target" x1=${GAP.left} x2=${width - GAP.right} y1=${y(target)} y2=${y(target)} />`}
  </g>`;
}

/** @param {Drawn} props */
function Bars({ measure, rows, by, target, width, height }) {
  const left = Math.round(Math.min(300, width * 0.36));
  const right = 62;
  const room = width - left - right;
  const { top, ticks } = scale(highest(measure, rows, target), width < 520 ? 2 : 4);
  const x = (/** @type {number} */ value) => left + (room * Math.min(value, top)) / top;
  const floor = height - GAP.bottom;
  const letters = Math.max(8, Math.floor((left - 12) / 7.2));
  return html`<g>
    ${ticks.map((value) => html`<g key=${value}>
      <line class="grid" x1=${x(value)} x2=${x(value)} y1=${GAP.top - 4} y2=${floor} />
      <text class="tick" x=${x(value)} y=${floor + 18} text-anchor="middle">${tickText(measure, value)}</text>
    </g>`)}
    ${rows.map((row, i) => {
      const middle = GAP.top + BAR * (i + 0.5);
      const name = groupName(by, row.key);
      return html`<g key=${row.key}>
        <title>${spoken(measure, by, row)}</title>
        <rect class="hit" x="0" y=${middle - BAR / 2} width=${width} height=${BAR} />
        <text class="name" x=${left - 10} y=${middle + 5} text-anchor="end">${name.length > letters ? `${name.slice(0, letters - 1).trimEnd()}…` : name}</text>
        ${row.value !== null && html`<rect class=${`column${isLate(row, target) ? " late" : ""}`} x=${left} y=${middle - 9} width=${Math.max(1, x(row.value) - left)} height="18" rx="3" />`}
        <${Whisker} measure=${measure} row=${row} place=${x} at=${middle} upright=${false} />
        ${row.was !== null && html`<circle class="was" cx=${x(row.was)} cy=${middle} r="5" />`}
        ${row.value === null
          ? html`<text class="tick" x=${left + 6} y=${middle + 5}>${t("manager.not_enough")}</text>`
          : html`<text class="value" x=${width - 4} y=${middle + 5} text-anchor="end">${bareText(measure, row.value)}</text>`}
      </g>`;
    })}
    ${target !== null && html`<line class="target" x1=${x(target)} x2=${x(target)} y1=${GAP.top - 4} y2=${floor} />`}
  </g>`;
}

/** @param {{measure: Measure, row: Row, place: (value: number) => number, at: number, upright: boolean}} props */
function Whisker({ measure, row, place, at, upright }) {
  const interval = intervalOf(measure, row.figures);
  if (!interval) return null;
  const [low, high] = [place(interval.low), place(interval.high)];
  const line = upright ? { x1: at, x2: at, y1: low, y2: high } : { x1: low, x2: high, y1: at, y2: at };
  return html`<line class="whisker-halo" ...${line} /><line class="whisker" ...${line} />`;
}

/** @param {Row} row @param {number|null} target */
const isLate = (row, target) => target !== null && (row.value ?? 0) > target;

/** @param {Measure} measure @param {string} by @param {Row} row */
function spoken(measure, by, row) {
  const facts = { group: groupName(by, row.key), value: valueText(measure, row.value), n: decimal(row.n, 0) };
  const now = t("explore.chart_point", facts);
  return row.was === null ? now : `${now}; ${t("explore.chart_was", { value: valueText(measure, row.was) })}`;
}

/** What the marks of the chart stand for. @param {{now: string, was: string, target: number|null}} props */
export function Legend({ now, was, target }) {
  return html`<p class="legend explore-legend">
    <span class="key"><i class="mark-now"></i>${now}</span>
    ${was && html`<span class="key"><i class="mark-was"></i>${was}</span>`}
    ${target !== null && html`<span class="key"><i class="mark-target"></i>${t("explore.target", { n: target })}</span><span class="key"><i class="mark-late"></i>${t("explore.beyond")}</span>`}
  </p>`;
}

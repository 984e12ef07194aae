/**
 * Waits by hour or by day: median, 75th and 90th percentile against the target.
 */

import { useEffect, useRef } from "preact/hooks";
import { html } from "/static/js/ui.js";
import * as echarts from "echarts";

/** @typedef {import("./figures.js").WaitPoint} WaitPoint */

const FONT = '"Inter Variable", Inter, sans-serif';

/**
 * @typedef {object} ChartWords
 * @property {string} p50
 * @property {string} p75
 * @property {string} p90
 * @property {string} target
 * @property {string} notEnough
 * @property {(minutes: number) => string} minutes
 * @property {(point: WaitPoint) => string} heading of a tooltip
 * @property {(key: string) => string} tick
 */

/** @param {string} name a custom property of the page */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/**
 * @param {WaitPoint} point
 * @param {ChartWords} words
 */
function tooltip(point, words) {
  const row = (/** @type {string} */ name, /** @type {number|null} */ value) => {
    const said = value === null ? words.notEnough : words.minutes(value);
    return `<tr><td>${escaped(name)}</td><td>${escaped(said)}</td></tr>`;
  };
  return `<div class="tip"><b>${escaped(words.heading(point))}</b><table>${row(
    words.p90,
    point.p90,
  )}${row(words.p75, point.p75)}${row(words.p50, point.p50)}</table></div>`;
}

/**
 * @param {WaitPoint[]} points
 * @param {"p50"|"p75"|"p90"} key
 * @param {string} name
 * @param {"solid"|"dashed"|"dotted"} type
 * @param {number} width
 */
function line(points, key, name, type, width) {
  return {
    name,
    type: "line",
    data: points.map((p) => p[key]),
    symbol: "circle",
    symbolSize: key === "p50" ? 6 : 4,
    showSymbol: points.length <= 16,
    itemStyle: { color: key === "p50" ? colour("--cham-800") : colour("--cham-600") },
    lineStyle: { width, type, color: key === "p50" ? colour("--cham-800") : colour("--cham-600") },
  };
}

/**
 * @param {WaitPoint[]} points
 * @param {number} target
 * @param {ChartWords} words
 */
function axes(points, target, words) {
  const highest = Math.max(0, ...points.flatMap((p) => [p.p50 ?? 0, p.p75 ?? 0, p.p90 ?? 0]));
  const label = { color: colour("--ink-2"), fontSize: 12, fontFamily: FONT };
  return {
    xAxis: {
      type: "category",
      data: points.map((p) => words.tick(p.key)),
      boundaryGap: points.length === 1,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colour("--line-strong") } },
      axisLabel: { ...label, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: Math.max(20, Math.ceil((Math.max(highest, target) * 1.12) / 10) * 10),
      splitNumber: 4,
      axisLabel: label,
      splitLine: { lineStyle: { color: colour("--line") } },
    },
  };
}

/**
 * @param {WaitPoint[]} points
 * @param {number} target minutes
 * @param {ChartWords} words
 * @param {string} label
 */
function option(points, target, words, label) {
  const band = { type: "line", stack: "band", symbol: "none", silent: true, lineStyle: { opacity: 0 } };
  const spread = points.map((p) => (p.p90 === null || p.p50 === null ? null : p.p90 - p.p50));
  return {
    animation: false,
    aria: { enabled: true, label: { description: label } },
    grid: { left: 36, right: 18, top: 14, bottom: 26 },
    textStyle: { fontFamily: FONT },
    ...axes(points, target, words),
    tooltip: {
      trigger: "axis",
      transitionDuration: 0,
      confine: true,
      padding: 0,
      axisPointer: { type: "line", lineStyle: { color: colour("--line-strong") } },
      formatter: (/** @type {{dataIndex: number}[]} */ at) =>
        tooltip(points[at[0].dataIndex], words),
    },
    series: [
      { ...band, data: points.map((p) => p.p50), tooltip: { show: false } },
      { ...band, data: spread, areaStyle: { color: colour("--cham-100") } },
      line(points, "p90", words.p90, "dotted", 1.8),
      line(points, "p75", words.p75, "dashed", 1.8),
      {
        ...line(points, "p50", words.p50, "solid", 2.8),
        markLine: {
          silent: true,
          symbol: "none",
          data: [{ yAxis: target }],
          lineStyle: { color: colour("--son-700"), type: "solid", width: 1.6 },
          label: {
            position: "insideStartTop",
            formatter: words.target,
            color: colour("--son-700"),
            fontSize: 12,
            fontWeight: 600,
            padding: [2, 5],
            backgroundColor: "rgba(255,255,255,.88)",
            fontFamily: '"Be Vietnam Pro", sans-serif',
          },
        },
      },
    ],
  };
}

/**
 * @param {{points: WaitPoint[], target: number, words: ChartWords, label: string}} props
 */
export function WaitChart({ points, target, words, label }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const chart = useRef(/** @type {echarts.ECharts|null} */ (null));
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const made = echarts.init(element, null, { renderer: "svg" });
    chart.current = made;
    const sizes = new ResizeObserver(() => made.resize());
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.dispose();
    };
  }, []);
  const facts = JSON.stringify([points, target, label]);
  useEffect(() => {
    chart.current?.setOption(
      /** @type {echarts.EChartsCoreOption} */ (option(points, target, words, label)),
      { notMerge: true },
    );
  }, [facts]);
  return html`<div class="chart" role="img" aria-label=${label} ref=${box}></div>`;
}

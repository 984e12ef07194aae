/**
 * Figures into what a card, a chart or a table shows. Pure.
 *
 * @typedef {import("./rows.js").HourRow} HourRow
 * @typedef {import("./rows.js").CellRow} CellRow
 * @typedef {import("./rows.js").Catalogue} Catalogue
 * @typedef {import("./rows.js").FiguresAnswer} FiguresAnswer
 *
 * @typedef {{key: string, n: number, p50: number|null, p75: number|null,
 *   p90: number|null}} WaitPoint waits of one hour or one day, in minutes
 * @typedef {{n: number, p50: number|null, p90: number|null}} HeatCell
 * @typedef {{hours: number[], rows: {queue: string, cells: (HeatCell|null)[]}[]}} Heat
 */

/**
 * Seconds as minutes with one decimal; null stays null.
 *
 * @param {number|null|undefined} seconds
 */
export function inMinutes(seconds) {
  return seconds === null || seconds === undefined ? null : Math.round(seconds / 6) / 10;
}

/**
 * Every hour between the first and the last that has data.
 *
 * @param {number[]} hours
 */
function hourSpan(hours) {
  if (hours.length === 0) return [];
  const first = Math.min(...hours);
  return Array.from({ length: Math.max(...hours) - first + 1 }, (_, i) => first + i);
}

/**
 * @param {{n: number, p50_s: number|null, p75_s: number|null, p90_s: number|null}} row
 */
function measured(row) {
  const p75 = row.n > 0 ? inMinutes(row.p75_s) : null;
  return { n: row.n, p50: inMinutes(row.p50_s), p75, p90: inMinutes(row.p90_s) };
}

/**
 * Waits of today by hour. Hours without a wait between two with some stay, empty.
 *
 * @param {Record<string, HourRow>} hours
 * @returns {WaitPoint[]}
 */
export function waitsByHour(hours) {
  const known = new Map(
    Object.values(hours)
      .filter((row) => row.n > 0)
      .map((row) => [Number(row.hour), row]),
  );
  return hourSpan([...known.keys()]).map((hour) => {
    const row = known.get(hour) ?? { n: 0, p50_s: null, p75_s: null, p90_s: null };
    return { key: String(hour), ...measured(row) };
  });
}

/**
 * Waits of a period by hour or by day.
 *
 * @param {FiguresAnswer} answer
 * @returns {WaitPoint[]}
 */
export function waitsByGroup(answer) {
  const rows = answer.groups
    .filter((g) => g.wait_n > 0)
    .map((g) => ({
      key: String(g.key),
      n: g.wait_n,
      p50_s: g.wait_p50_s,
      p75_s: g.wait_p75_s,
      p90_s: g.wait_p90_s,
    }));
  if (answer.by !== "hour") {
    return rows
      .sort((a, b) => a.key.localeCompare(b.key))
      .map((row) => ({ key: row.key, ...measured(row) }));
  }
  return waitsByHour(
    Object.fromEntries(rows.map((r) => [r.key, { id: r.key, hour: parseInt(r.key, 10), ...r }])),
  );
}

/**
 * The heat map: one row per queue of the catalogue, one column per hour of the day.
 *
 * @param {Record<string, CellRow>} cells
 * @param {Catalogue} catalogue
 * @returns {Heat}
 */
export function heat(cells, catalogue) {
  const known = Object.values(cells).filter((cell) => cell.n > 0);
  const hours = hourSpan(known.map((cell) => Number(cell.hour)));
  const rows = catalogue.queues.map((queue) => ({
    queue: queue.id,
    cells: hours.map((hour) => {
      const cell = known.find((c) => c.queue === queue.id && Number(c.hour) === hour);
      return cell ? { n: cell.n, p50: inMinutes(cell.p50_s), p90: inMinutes(cell.p90_s) } : null;
    }),
  }));
  return { hours, rows };
}

/**
 * How a wait stands to the two targets: 1 to 3 within the first, 4 beyond it, 5 beyond the second.
 *
 * @param {number} minutes
 * @param {number[]} targets
 */
export function heatLevel(minutes, [amber, red]) {
  if (minutes > red) return 5;
  if (minutes > amber) return 4;
  return 1 + Math.min(2, Math.floor((3 * minutes) / amber));
}

/**
 * "good", "amber" or "red": the same two targets for a single wait.
 *
 * @param {number} minutes
 * @param {number[]} targets
 * @returns {"good"|"amber"|"red"}
 */
export function waitTone(minutes, [amber, red]) {
  if (minutes > red) return "red";
  return minutes > amber ? "amber" : "good";
}

/**
 * The point with the longest median wait; null when there is none.
 *
 * @param {WaitPoint[]} points
 */
export function peak(points) {
  const known = points.filter((p) => p.p50 !== null);
  return known.reduce(
    (worst, p) => ((p.p50 ?? 0) > (worst?.p50 ?? -1) ? p : worst),
    /** @type {WaitPoint|null} */ (null),
  );
}

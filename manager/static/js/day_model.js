/**
 * The day so far, from the figures by hour and by counter, against the seven days before. Pure.
 *
 * @typedef {import("./rows.js").Figures} Figures
 * @typedef {Figures & {key: string|number}} Group
 * @typedef {{name: string, seconds: number, share: number}} Part a stretch of a bar
 */

/**
 * One value for each hour from the first to the last that has any, null between where there is none.
 *
 * @param {Group[]} groups by hour, keys "07" to "23"
 * @param {(group: Group) => number|null} value
 * @returns {(number|null)[]}
 */
export function byHour(groups, value) {
  const known = new Map(groups.map((g) => [Number(g.key), value(g)]));
  const hours = [...known].filter(([, v]) => v !== null).map(([hour]) => hour);
  if (hours.length === 0) return [];
  const first = Math.min(...hours);
  return Array.from({ length: Math.max(...hours) - first + 1 }, (_, at) => known.get(first + at) ?? null);
}

/**
 * The stretches of a small line: lists of points on 0-100 by 0-100, 0 at the bottom; gaps part them.
 *
 * @param {(number|null)[]} values
 * @param {number} [most] the top of the scale; by default the highest value
 * @returns {{x: number, y: number}[][]}
 */
export function sparkline(values, most) {
  const top = most ?? Math.max(0, ...values.map((v) => v ?? 0));
  /** @type {{x: number, y: number}[][]} */
  const parts = [[]];
  values.forEach((value, at) => {
    if (value === null) parts.push([]);
    else {
      const x = values.length === 1 ? 50 : (100 * at) / (values.length - 1);
      parts[parts.length - 1].push({ x, y: top > 0 ? (100 * value) / top : 0 });
    }
  });
  return parts.filter((part) => part.length > 0);
}

/**
 * How many tickets were issued by this time of day on a usual day: the whole hours before it, and of
 * the running one as much as has passed.
 *
 * @param {Group[]} groups the days before, by hour
 * @param {number} days how many of them had tickets
 * @param {number} hour of the day at the branch, 9.5 = half past nine
 * @returns {number|null} null where there was no such day
 */
export function usualIssued(groups, days, hour) {
  if (days <= 0) return null;
  const sum = groups.reduce((total, g) => {
    const passed = Math.min(1, Math.max(0, hour - Number(g.key)));
    return total + passed * g.issued;
  }, 0);
  return sum / days;
}

/**
 * How a value stands to the usual: by how much, and whether that is better. A difference that would
 * be written as 0 is none.
 *
 * @param {number|null|undefined} value
 * @param {number|null|undefined} usual
 * @param {{step: number, lowIsGood: boolean}} kind `step` is the least that is written
 * @returns {{by: number, way: "more"|"less"|"same", tone: "good"|"red"|undefined}|null}
 */
export function delta(value, usual, { step, lowIsGood }) {
  if (value === null || value === undefined || usual === null || usual === undefined) return null;
  const by = Math.round((value - usual) / step) * step;
  if (by === 0) return { by: 0, way: "same", tone: undefined };
  return { by: Math.abs(by), way: by > 0 ? "more" : "less", tone: by > 0 === lowIsGood ? "red" : "good" };
}

/**
 * How a counter has spent the day: with a person, waiting for one, paused, closed; shares of `whole`.
 *
 * @param {{open_s: number, paused_s: number, engaged_s: number}} spent
 * @param {number} whole seconds of the longest open counter of the day
 * @returns {Part[]} they add up to the whole, or to nothing where there is no day yet
 */
export function partsOf(spent, whole) {
  const paused = Math.min(spent.paused_s, spent.open_s);
  const engaged = Math.min(spent.engaged_s, spent.open_s - paused);
  const all = Math.max(whole, spent.open_s);
  const part = (/** @type {string} */ name, /** @type {number} */ seconds) => ({
    name,
    seconds,
    share: all > 0 ? seconds / all : 0,
  });
  return [
    part("serving", engaged),
    part("free", spent.open_s - paused - engaged),
    part("paused", paused),
    part("closed", all - spent.open_s),
  ];
}

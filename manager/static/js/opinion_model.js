/**
 * What the satisfaction page says, from what the server counted. Pure.
 *
 * @typedef {{satisfied: number, n: number, completed: number, share: number|null,
 *   low: number|null, high: number|null, response: number|null}} Share
 * @typedef {Share & {up_to_minutes: number|null}} Band
 * @typedef {{value: number, low: number, high: number}} Estimate
 * @typedef {{minutes: number} & Estimate} CurvePoint
 * @typedef {object} Opinion
 * @property {string} from
 * @property {string} to
 * @property {number[]} levels how many ratings of 1 to 5
 * @property {Share} share
 * @property {{share: number|null, low: number|null, high: number|null, least: number|null,
 *   most: number|null}} adjusted
 * @property {{value: number|null, low: number|null, high: number|null, waiting: number|null,
 *   first_visit: number|null,
 *   weights: {satisfaction: number, waiting: number, first_visit: number}}} index
 * @property {Record<string, Share>} fields
 * @property {Band[]} bands
 * @property {{code: string, points: CurvePoint[]}} curve
 * @property {(Estimate & {is_unlike: boolean})|null} expected
 * @property {Estimate|null} worth
 */

/** The longest wait that the picture of waits reaches, minutes. */
export const LONGEST_DRAWN = 120;

/** Where on the picture a wait band is marked: its middle, minutes. @param {Band[]} bands */
export function bandMiddles(bands) {
  let since = 0;
  return bands.map((band) => {
    const until = band.up_to_minutes ?? LONGEST_DRAWN;
    const middle = (since + until) / 2;
    since = until;
    return middle;
  });
}

/**
 * The three components of the index with what each one brings; `points` is null where it is missing.
 *
 * @param {Opinion} opinion
 */
export function components(opinion) {
  const { index, adjusted } = opinion;
  const row = (/** @type {"satisfaction"|"waiting"|"first_visit"} */ key, /** @type {number|null} */ share) => ({
    key,
    share,
    weight: index.weights[key],
    points: share === null ? null : 100 * share * index.weights[key],
  });
  return [
    row("satisfaction", adjusted.share),
    row("waiting", index.waiting),
    row("first_visit", index.first_visit),
  ];
}

/**
 * The levels from the best to the worst, each with its share of all ratings.
 *
 * @param {number[]} levels
 */
export function levelRows(levels) {
  const n = levels.reduce((sum, count) => sum + count, 0);
  return levels
    .map((count, at) => ({ level: at + 1, count, share: n ? count / n : null }))
    .reverse();
}

/**
 * Whether a share is surely below or above another: only where its whole interval is.
 *
 * @param {number|null} low
 * @param {number|null} high
 * @param {number|null} all
 * @returns {"below"|"above"|""}
 */
export function stands(low, high, all) {
  if (low === null || high === null || all === null) return "";
  if (high < all) return "below";
  return low > all ? "above" : "";
}

/**
 * The left end of a scale of shares: a whole fifth below the lowest, so that nothing is cut off.
 *
 * @param {(number|null)[]} lows
 */
export function scaleFrom(lows) {
  const least = Math.min(0.8, ...lows.filter((low) => low !== null));
  return Math.max(0, Math.floor(least * 5 - 1e-9) / 5);
}

/**
 * A share as a place on a scale, 0 to 100.
 *
 * @param {number} share
 * @param {number} from
 */
export function place(share, from) {
  return Math.min(100, Math.max(0, (100 * (share - from)) / (1 - from)));
}

/** The marks of a scale of shares, its two ends among them. @param {number} from */
export function ticks(from) {
  const count = Math.round((1 - from) * 5);
  return Array.from({ length: count + 1 }, (_, at) => Math.round((from + at / 5) * 10) / 10);
}

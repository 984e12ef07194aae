/**
 * Satisfaction as it is published: k of n, its share, and the 95 % interval of Wilson.
 */

/** Fewer ratings than this say nothing about a branch. */
export const LEAST_RATINGS = 30;

const Z = 1.959963984540054;

/**
 * Wilson's 95 % interval of a share.
 *
 * @param {number} k successes
 * @param {number} n trials
 * @returns {{low: number, high: number}|null} null when there are no trials
 */
export function wilson(k, n) {
  if (!(n > 0) || k < 0 || k > n) return null;
  const middle = k + (Z * Z) / 2;
  const half = Z * Math.sqrt((k * (n - k)) / n + (Z * Z) / 4);
  return {
    low: Math.max(0, (middle - half) / (n + Z * Z)),
    high: Math.min(1, (middle + half) / (n + Z * Z)),
  };
}

/**
 * What may be said about ratings: the counts always, the share only from 30 ratings on.
 *
 * @param {number} satisfied ratings of 4 or 5
 * @param {number} n ratings
 * @param {number} completed tickets completed, the most that could have been rated
 */
export function satisfaction(satisfied, n, completed) {
  const interval = n >= LEAST_RATINGS ? wilson(satisfied, n) : null;
  return {
    satisfied,
    n,
    share: interval ? satisfied / n : null,
    interval,
    response: completed > 0 ? Math.min(1, n / completed) : null,
  };
}

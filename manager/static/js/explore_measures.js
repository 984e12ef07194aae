/**
 * The measures that can be explored: how each is read from an answer, and which way is better. Pure.
 *
 * @typedef {import("./rows.js").FullFigures} Figures
 * @typedef {"minutes"|"share"|"count"} Kind
 *
 * @typedef {object} Measure
 * @property {string} id
 * @property {Kind} kind minutes have one decimal, shares are 0 to 1
 * @property {(f: Figures) => number|null} value null = nothing, or too few to say
 * @property {(f: Figures) => number} n how many it was counted from
 * @property {"less"|"more"|""} better
 * @property {boolean} [isWait] it stands against the target
 * @property {boolean} [isPercentile] it may be approximate
 * @property {boolean} [hasInterval]
 * @property {boolean} [ofCounters] it is counted from the counters' time, not from visits
 */

import { LEAST_RATINGS, wilson } from "./satisfaction.js";

/** @param {number|null} seconds */
const minutes = (seconds) => (seconds === null ? null : seconds / 60);

/**
 * @param {string} id
 * @param {keyof Figures} field seconds
 * @param {keyof Figures} n
 * @param {Partial<Measure>} [more]
 * @returns {Measure}
 */
const time = (id, field, n, more) => ({
  id,
  kind: "minutes",
  value: (f) => minutes(/** @type {number|null} */ (f[field])),
  n: (f) => /** @type {number} */ (f[n]),
  better: "less",
  ...more,
});

/**
 * @param {string} id
 * @param {keyof Figures} field
 * @param {"less"|"more"|""} [better]
 * @returns {Measure}
 */
const count = (id, field, better = "") => ({
  id,
  kind: "count",
  value: (f) => /** @type {number} */ (f[field]),
  n: (f) => f.issued,
  better,
});

/**
 * @param {string} id
 * @param {keyof Figures} field
 * @param {(f: Figures) => number} n
 * @param {"less"|"more"|""} better
 * @param {Partial<Measure>} [more]
 * @returns {Measure}
 */
const share = (id, field, n, better, more) => ({
  id,
  kind: "share",
  value: (f) => /** @type {number|null} */ (f[field]),
  n,
  better,
  ...more,
});

const WAIT = { isWait: true };
const PERCENTILE = { isPercentile: true };

/** @type {{group: string, measures: Measure[]}[]} */
export const GROUPED = [
  {
    group: "wait",
    measures: [
      time("wait_p50", "wait_p50_s", "wait_n", { ...WAIT, ...PERCENTILE }),
      time("wait_p75", "wait_p75_s", "wait_n", { ...WAIT, ...PERCENTILE }),
      time("wait_p90", "wait_p90_s", "wait_n", { ...WAIT, ...PERCENTILE }),
      time("wait_mean", "wait_mean_s", "wait_n", WAIT),
      share("within", "within_target", (f) => f.within_n, "more"),
      time("call_p50", "call_p50_s", "call_n", { ...WAIT, ...PERCENTILE }),
      time("call_p90", "call_p90_s", "call_n", { ...WAIT, ...PERCENTILE }),
      time("wait_total", "wait_total_mean_s", "wait_n"),
    ],
  },
  {
    group: "service",
    measures: [
      // Neither way is better: rewarding speed invites to end a service early.
      time("service_p50", "service_p50_s", "service_n", { ...PERCENTILE, better: "" }),
      time("service_p90", "service_p90_s", "service_n", { ...PERCENTILE, better: "" }),
      time("service_mean", "service_mean_s", "service_n", { better: "" }),
      time("sojourn", "sojourn_mean_s", "served"),
      share("occupancy", "occupancy", (f) => f.issued, "", { ofCounters: true }),
    ],
  },
  {
    group: "visits",
    measures: [
      count("issued", "issued"),
      count("served", "served"),
      share("no_show", "no_show_share", (f) => f.no_show + f.served, "less"),
      count("left", "left", "less"),
      count("unserved", "unserved", "less"),
      { ...count("voided", "voided", "less"), n: (f) => f.issued + f.voided },
      count("recalls", "recalls"),
      count("transfers", "transfers", "less"),
    ],
  },
  {
    group: "quality",
    measures: [
      {
        id: "satisfied",
        kind: "share",
        value: (f) => {
          if (f.shrunk) return f.shrunk.share;
          return f.ratings_n < LEAST_RATINGS ? null : f.ratings_satisfied / f.ratings_n;
        },
        n: (f) => f.ratings_n,
        better: "more",
        hasInterval: true,
      },
      share("first_visit", "first_visit", (f) => f.served, "more"),
    ],
  },
];

export const MEASURES = GROUPED.flatMap((one) => one.measures);

/** The measure of this name; the first when there is none. @param {string} id */
export function measureOf(id) {
  return MEASURES.find((one) => one.id === id) ?? MEASURES[0];
}

/**
 * The interval of a satisfaction that may be said: 95 %, of officers 90 %.
 *
 * @param {Measure} measure @param {Figures} f
 */
export function intervalOf(measure, f) {
  if (!measure.hasInterval || measure.value(f) === null) return null;
  if (f.shrunk) return { low: Number(f.shrunk.low), high: Number(f.shrunk.high) };
  return wilson(f.ratings_satisfied, f.ratings_n);
}

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {Figures} figures
 * @property {number} n
 * @property {number|null} value
 * @property {Figures|null} before of the compared period
 * @property {number|null} was
 * @property {number|null} change value − was
 */

/**
 * One row a group, with its partner in the compared period.
 *
 * @param {Measure} measure
 * @param {(Figures & {key: string})[]} groups
 * @param {Map<string, Figures>} partners by the key of the group they stand beside
 * @returns {Row[]}
 */
export function rowsOf(measure, groups, partners) {
  return groups.map((figures) => rowOf(measure, figures.key, figures, partners.get(figures.key) ?? null));
}

/**
 * @param {Measure} measure
 * @param {string} key
 * @param {Figures} figures
 * @param {Figures|null} before
 * @returns {Row}
 */
export function rowOf(measure, key, figures, before) {
  const value = measure.value(figures);
  const was = before ? measure.value(before) : null;
  const change = value === null || was === null ? null : value - was;
  return { key, figures, n: measure.n(figures), value, before, was, change };
}

/**
 * In the wanted order; what is not known comes last both ways.
 *
 * @param {Row[]} rows
 * @param {string} sort "name" (the order they came in) | "n" | "value" | "was" | "change"
 * @param {"up"|"down"} direction
 * @param {(key: string) => string} [named] names are compared as people read them
 */
export function sorted(rows, sort, direction, named) {
  const sign = direction === "down" ? -1 : 1;
  if (sort === "name") {
    const ordered = named
      ? [...rows].sort((a, b) => named(a.key).localeCompare(named(b.key), "vi", { numeric: true }))
      : [...rows];
    return direction === "down" ? ordered.reverse() : ordered;
  }
  const read = (/** @type {Row} */ row) => /** @type {number|null} */ (row[/** @type {keyof Row} */ (sort)]);
  return [...rows].sort((a, b) => {
    const [x, y] = [read(a), read(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (x - y);
  });
}

/**
 * Whether a change is good news: "good", "bad", or nothing where neither way is better.
 *
 * @param {Measure} measure
 * @param {number|null} change
 * @returns {"good"|"bad"|""}
 */
export function tone(measure, change) {
  if (!change || !measure.better || said(measure, change) === 0) return "";
  return (measure.better === "less") === change < 0 ? "good" : "bad";
}

/**
 * The tone of a row's change; where intervals are known and overlap, chance may have made it.
 *
 * @param {Measure} measure
 * @param {Row} row
 */
export function toneOf(measure, row) {
  const [now, was] = [row.figures, row.before].map((one) => one && intervalOf(measure, one));
  const isChance = now && was && now.low <= was.high && was.low <= now.high;
  return isChance ? "" : tone(measure, row.change);
}

/**
 * A change as it is said: tenths of minutes, whole percentage points, whole counts.
 *
 * @param {Measure} measure
 * @param {number} change
 */
export function said(measure, change) {
  if (measure.kind === "minutes") return Math.round(change * 10) / 10;
  return Math.round(measure.kind === "share" ? change * 100 : change);
}

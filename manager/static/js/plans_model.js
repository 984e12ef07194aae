/**
 * What-if comparisons as the page needs them: the draft of plans, and what a result says. Pure.
 *
 * @typedef {{kind: "add_counter", queues: string[], hours: [string, string]|null}} AddCounter
 * @typedef {{kind: "remove_counter", counter: string}} RemoveCounter
 * @typedef {{kind: "counter_hours", counter: string, hours: [string, string][]}} CounterHours
 * @typedef {{kind: "lunch_cover", counters: string[]}} LunchCover
 * @typedef {{kind: "serve", counter: string, queues: string[], others: string[], over_minutes: number}} Serve
 * @typedef {{kind: "pool", counters: string[], how: string, minutes: number}} Pool
 * @typedef {{kind: "opening_hours", sessions: [string, string][]}} OpeningHours
 * @typedef {{kind: "rules", mode: string|null, normal_per_priority: number|null, head_start_minutes: number|null, cap_minutes: number|null}} Rules
 * @typedef {{kind: "add_session", counters: string[], hours: [string, string], weekdays: number[]}} AddSession
 * @typedef {{kind: "rostered", week: string, weekdays: number[]}} Rostered
 * @typedef {AddCounter|RemoveCounter|CounterHours|LunchCover|Serve|Pool|OpeningHours|AddSession|Rostered|Rules} Change
 * @typedef {{name: string, changes: Change[], new_skill: number}} Plan
 * @typedef {{value: number, low: number, high: number, band_low: number, band_high: number}} Move
 * @typedef {{queue: string, is_priority: boolean, n: number, p90: number}} Worst
 * @typedef {{people: number, served: number, no_shows: number, lost: number, no_show_share: number|null,
 *   mean: number|null, felt: number|null, p50: number|null, p75: number|null, p90: number|null, within: Record<string, number|null>,
 *   over: Record<string, number>, satisfied: number|null, utilisation: number|null, worst: Worst|null}} Figures
 * @typedef {{queue: string, is_priority: boolean, before: number, after: number, move: number}} LineMove
 * @typedef {Figures & {better: number, worse: number, same: number, median_day: {day: string, move: number}|null,
 *   by_day: {day: string, present: number, plan: number}[], mean_move: Move, over_move: Move, gone_move: Move,
 *   satisfied_move: number|null, lines_move: LineMove[]}} PlanFigures
 * @typedef {{at: string, people: number, load: number, service: number, counters: number, within: number}} HalfHour
 * @typedef {{queues: string[], counters: number, target_minutes: number, share: number, half_hours: HalfHour[]}} PoolNeed
 * @typedef {{days: string[], is_enough: boolean, limits: number[], observed: Figures, present: Figures,
 *   plans: PlanFigures[], proposal: PoolNeed[], proposals: PoolNeed[][],
 *   patience?: {gone_by?: Record<string, number>, absent: number, waited_long: number, long_minutes: number, is_usual: boolean}}} Result
 */

import { weekdayOf } from "./roster_model.js";

export const MOST_PLANS = 4;
export const LEAST_DAYS = 10;
/** A long wait has to befall so many before it is worth a headline. */
const RARE = 0.02;
/** Lines whose 90th percentile moves less than this, minutes, are not told of. */
const SAME_MINUTES = 2;

/**
 * The days of a preset: the last `count` of them that fall on the weekdays; null = on any.
 *
 * @param {{day: string}[]} days
 * @param {number} count
 * @param {number[]|null} [weekdays]
 */
export function lastDays(days, count, weekdays = null) {
  const found = days.map((one) => one.day);
  return (weekdays ? found.filter((day) => weekdays.includes(weekdayOf(day))) : found).slice(-count);
}

/** The weekdays that days fall on, in order. @param {string[]} days */
export function weekdaysOf(days) {
  return [...new Set(days.map(weekdayOf))].sort();
}

/** Whether a plan says how counters are staffed by the roster. @param {Plan} plan */
export function isRostered(plan) {
  return plan.changes.some((change) => change.kind === "rostered");
}

/** How many more or fewer counters stand all day, and how many for part of it. @param {Plan} plan */
export function staff(plan) {
  let whole = 0;
  let part = 0;
  for (const change of plan.changes) {
    if (change.kind === "add_counter") change.hours ? (part += 1) : (whole += 1);
    if (change.kind === "remove_counter") whole -= 1;
  }
  return { whole, part };
}

/** The limit in minutes that a headline speaks of: the longest that is not rare. @param {Result} result */
export function telling(result) {
  const { limits, present } = result;
  const common = limits.filter((limit) => present.over[String(limit)] >= RARE * present.people);
  return common.length > 0 ? common[common.length - 1] : limits[0];
}

/** Of everybody, the share that waited longer. @param {Figures} figures @param {number} limit */
export function overShare(figures, limit) {
  return figures.people > 0 ? figures.over[String(limit)] / figures.people : 0;
}

/**
 * Whether a plan is surely better or worse than the present: its whole band lies on one side.
 *
 * @param {Move} move of a wait: down is better
 * @returns {"better"|"worse"|"unsure"}
 */
export function verdict(move) {
  if (move.band_high < 0) return "better";
  return move.band_low > 0 ? "worse" : "unsure";
}

/** The lines that wait longer under a plan, the worst hit first. @param {PlanFigures} plan */
export function losers(plan) {
  return plan.lines_move.filter((line) => line.move >= SAME_MINUTES);
}

/** Whether clearly more people go, or are not served. @param {PlanFigures} plan @param {Result} result */
export function isLosing(plan, { present }) {
  return plan.lost - present.lost > 0.005 * present.people;
}

/** Whether clearly more or fewer people go, or are not served. @param {PlanFigures} plan @param {Result} result */
export function isMoved(plan, { present }) {
  return Math.abs(plan.lost - present.lost) > 0.005 * present.people;
}

/** How far the replay of the present is from the record, as a share of its mean. @param {Result} result */
export function fidelity(result) {
  const { observed, present } = result;
  if (!observed.mean || present.mean === null) return null;
  return Math.abs(present.mean / observed.mean - 1);
}

/**
 * A scale that holds every band and zero, with room at both ends.
 *
 * @param {Move[]} moves @param {number} least half width
 */
export function scaleOf(moves, least) {
  const low = Math.min(-least, ...moves.map((m) => m.band_low));
  const high = Math.max(least, ...moves.map((m) => m.band_high));
  const room = (high - low) * 0.06;
  return { low: low - room, high: high + room };
}

/** Where a value lies on a scale, per cent. @param {number} value @param {{low: number, high: number}} scale */
export function place(value, { low, high }) {
  return Math.min(100, Math.max(0, ((value - low) / (high - low)) * 100));
}

/** Round marks of a scale. @param {{low: number, high: number}} scale */
export function marks({ low, high }) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((x) => x * power).find((x) => x >= rough) ?? rough;
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(Math.abs(at) < step / 1e6 ? 0 : at);
  return found;
}

/** A name that no plan of the draft has yet. @param {Plan[]} plans @param {(n: number) => string} named */
export function freeName(plans, named) {
  const taken = new Set(plans.map((plan) => plan.name));
  let n = plans.length + 1;
  while (taken.has(named(n))) n += 1;
  return named(n);
}

/**
 * What a replay can try of a calling policy: where it differs from the one in force, null where it does not.
 *
 * @param {{mode: string, ratio: number, start: number, cap: number}} wanted
 * @param {{mode: string, normal_per_priority: number, head_start_minutes: number, cap_minutes: number}} policy in force
 * @returns {Rules|null} null where nothing differs
 */
export function rulesOf({ mode, ratio, start, cap }, policy) {
  const rules = {
    mode: mode === policy.mode ? null : mode,
    normal_per_priority: mode === "interleave" && ratio !== policy.normal_per_priority ? ratio : null,
    head_start_minutes: mode === "head_start" && start !== policy.head_start_minutes ? start : null,
    cap_minutes: cap === policy.cap_minutes ? null : cap,
  };
  return Object.values(rules).every((one) => one === null) ? null : { kind: "rules", ...rules };
}

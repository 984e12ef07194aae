/** Shifts, and what follows from them: the plan of a day, how a counter is now, a changed roster. Pure. */
import { addDays } from "./time.js";

/**
 * @typedef {object} Shift
 * @property {string} counter
 * @property {string} officer
 * @property {number[]} weekdays 0 = Monday
 * @property {string|null} on the one date that it is for
 * @property {string|null} since
 * @property {string|null} until
 * @property {string|null} opens `HH:MM`; null = closed on that date
 * @property {string|null} closes
 * @property {boolean} covers_break
 *
 * @typedef {{opens: string, closes: string, queues: string[]}} Session
 * @typedef {{counter: string, date: string, officer: string, since: string|null, until: string|null, reason: string}} Absence
 * @typedef {{isNamed: boolean, isOff: boolean, shifts: Shift[]}} Plan
 * @typedef {"open"|"paused"|"absent"|"late"|"soon"|"left"|"over"|"none"} Now
 */

/** So long a counter may be late before it is called so, minutes: as the alert has it. */
export const LATE_MIN = 10;

/** @param {string} date */
export function weekdayOf(date) {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The Monday of a date's week. @param {string} date */
export function mondayOf(date) {
  return addDays(date, -weekdayOf(date));
}

/** One shift compared with another. @param {Shift} s */
export function keyOf(s) {
  return JSON.stringify([s.counter, s.officer, s.weekdays, s.on, s.since, s.until, s.opens, s.closes, s.covers_break]);
}

/** @param {Shift} s @param {string} date */
function isInForce(s, date) {
  if (s.on) return s.on === date;
  return (!s.since || s.since <= date) && (!s.until || date <= s.until);
}

/**
 * What the roster plans for a counter on a date: a date's own shifts beat the weekly ones.
 *
 * @param {Shift[]} shifts
 * @param {string} counter
 * @param {string} date
 * @returns {Plan} `isNamed` false: the counter is open as the office is
 */
export function planOf(shifts, counter, date) {
  const mine = shifts.filter((s) => s.counter === counter && isInForce(s, date));
  const own = mine.filter((s) => s.on);
  const found = own.length > 0 ? own : mine.filter((s) => s.weekdays.includes(weekdayOf(date)));
  const open = found.filter((s) => s.opens).sort((a, b) => (a.opens ?? "").localeCompare(b.opens ?? ""));
  return { isNamed: mine.length > 0, isOff: mine.length > 0 && open.length === 0, shifts: open };
}

/**
 * The stretches of a counter's day, without the hours in which the office is closed.
 *
 * @param {Plan} plan
 * @param {Session[]} sessions those of the counter's queues
 * @returns {{opens: string, closes: string, officer: string}[]}
 */
export function stretchesOf(plan, sessions) {
  if (sessions.length === 0) return [];
  if (!plan.isNamed) return sessions.map(({ opens, closes }) => ({ opens, closes, officer: "" }));
  const first = sessions.map((s) => s.opens).sort()[0];
  const last = sessions.map((s) => s.closes).sort().at(-1) ?? "";
  return plan.shifts.flatMap((s) => {
    const spans = s.covers_break ? [{ opens: first, closes: last }] : sessions;
    return spans
      .map((span) => ({ opens: later(span.opens, s.opens ?? ""), closes: earlier(span.closes, s.closes ?? ""), officer: s.officer }))
      .filter((one) => one.opens < one.closes);
  });
}

/** @param {string} a @param {string} b */
const later = (a, b) => (a > b ? a : b);
/** @param {string} a @param {string} b */
const earlier = (a, b) => (a < b ? a : b);

/** Minutes of the day. @param {string} hhmm */
export function minutesOf(hhmm) {
  return Number(hhmm.slice(0, 2)) * 60 + Number(hhmm.slice(3, 5));
}

/**
 * How a counter is now, and by how many minutes it is late.
 *
 * @param {{status: string, closedAt: string|null}} counter `closedAt`: when somebody left it today
 * @param {{opens: string, closes: string}[]} stretches
 * @param {Absence|null} absence
 * @param {string} now `HH:MM`
 * @returns {{now: Now, minutes: number}}
 */
export function stateOf(counter, stretches, absence, now) {
  if (counter.status === "open" || counter.status === "paused") return { now: counter.status, minutes: 0 };
  const isAway = absence && (absence.since ?? "00:00") <= now && now < (absence.until ?? "24:00");
  if (isAway) return { now: "absent", minutes: 0 };
  const due = stretches.find((s) => s.opens <= now && now < s.closes);
  if (due) {
    if (counter.closedAt && counter.closedAt >= due.opens) return { now: "left", minutes: 0 };
    const minutes = minutesOf(now) - minutesOf(due.opens);
    return minutes >= LATE_MIN ? { now: "late", minutes } : { now: "soon", minutes: 0 };
  }
  if (stretches.some((s) => now < s.opens)) return { now: "soon", minutes: 0 };
  return { now: stretches.length > 0 ? "over" : "none", minutes: 0 };
}

/**
 * A roster in which one date of a counter is planned so; no shifts = closed on it.
 *
 * @param {Shift[]} shifts
 * @param {string} counter
 * @param {string} date
 * @param {Shift[]} wanted of which hours, officer and break count
 */
export function onDate(shifts, counter, date, wanted) {
  const rest = shifts.filter((s) => !(s.counter === counter && s.on === date));
  const blank = { counter, officer: "", weekdays: [], on: date, since: null, until: null, opens: null, closes: null, covers_break: false };
  const own = wanted.map((s) => ({ ...blank, officer: s.officer, opens: s.opens, closes: s.closes, covers_break: s.covers_break }));
  return [...rest, ...(own.length > 0 ? own : [blank])];
}

/**
 * A roster in which a counter is planned so from a date on, on some weekdays. What was planned
 * before that date stays.
 *
 * @param {Shift[]} shifts
 * @param {string} counter
 * @param {string} date
 * @param {number[]} days
 * @param {Shift[]} wanted
 */
export function weekly(shifts, counter, date, days, wanted) {
  const isMeant = (/** @type {Shift} */ s) => s.counter === counter && !s.on && (!s.until || s.until >= date)
    && s.weekdays.some((d) => days.includes(d));
  const dates = [...Array(7).keys()].map((n) => addDays(date, n)).filter((d) => days.includes(weekdayOf(d)));
  const rest = shifts.filter((s) => !isMeant(s) && !(s.counter === counter && s.on && dates.includes(s.on)));
  const old = shifts.filter(isMeant).flatMap((s) => {
    const others = s.weekdays.filter((d) => !days.includes(d));
    const hasBegun = !s.since || s.since < date;
    const before = hasBegun ? [{ ...s, until: addDays(date, -1) }] : [];
    const after = others.length > 0 ? [{ ...s, weekdays: others, since: hasBegun ? date : s.since }] : [];
    return [...before, ...after];
  });
  const own = wanted.map((s) => ({ ...s, counter, weekdays: [...days].sort(), on: null, since: date, until: null }));
  return [...rest, ...old, ...own];
}

/**
 * A roster in which the week after a Monday is planned as that week is.
 *
 * @param {Shift[]} shifts
 * @param {string[]} counters
 * @param {string} monday
 */
export function copiedWeek(shifts, counters, monday) {
  let made = shifts;
  for (const counter of counters) {
    for (let n = 0; n < 7; n += 1) {
      const [from, to] = [addDays(monday, n), addDays(monday, n + 7)];
      const [one, other] = [planOf(shifts, counter, from), planOf(shifts, counter, to)];
      if (one.isNamed && !isSame(one, other)) made = onDate(made, counter, to, one.shifts);
    }
  }
  return made;
}

/** @param {Plan} a @param {Plan} b */
function isSame(a, b) {
  const told = (/** @type {Plan} */ p) => JSON.stringify([p.isNamed, p.shifts.map((s) => [s.officer, s.opens, s.closes, s.covers_break])]);
  return told(a) === told(b);
}

/**
 * A roster with the shifts of a file in the place of others of their counter and date.
 *
 * @param {Shift[]} shifts
 * @param {Shift[]} read
 */
export function withFile(shifts, read) {
  const days = new Set(read.map((s) => `${s.counter} ${s.on}`));
  return [...shifts.filter((s) => !s.on || !days.has(`${s.counter} ${s.on}`)), ...read];
}

/**
 * Changes made to another roster than the one they were made to: what goes, where it is still there,
 * and what comes, where it is not there yet.
 *
 * @param {Shift[]} fresh
 * @param {{add: Shift[], drop: Shift[]}} changes
 */
export function rebased(fresh, { add, drop }) {
  const gone = new Set(drop.map(keyOf));
  const left = fresh.filter((s) => !gone.has(keyOf(s)));
  const there = new Set(left.map(keyOf));
  return [...left, ...add.filter((s) => !there.has(keyOf(s)))];
}

/**
 * What comes and what goes.
 *
 * @param {Shift[]} before
 * @param {Shift[]} after
 */
export function changesOf(before, after) {
  const [old, made] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
  return { add: after.filter((s) => !old.has(keyOf(s))), drop: before.filter((s) => !made.has(keyOf(s))) };
}

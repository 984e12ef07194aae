/**
 * What is being explored, as the address holds it: a copied address shows the same view. Pure.
 *
 * @typedef {{from: string, to: string}} Range
 * @typedef {object} State
 * @property {string} period
 * @property {string} from
 * @property {string} to
 * @property {"previous"|"year"|"none"} against
 * @property {string} measure
 * @property {string} by
 * @property {Record<string, string>} where
 * @property {"figures"|"visits"|"ticket"|"definitions"} view
 * @property {string} ticket
 * @property {string} after where a page of visits begins
 * @property {number} page
 * @property {string} sort
 * @property {"up"|"down"} direction
 */

import { MEASURES } from "./explore_measures.js";
import { addDays } from "./time.js";

export const PERIODS = ["today", "yesterday", "7", "30", "month", "last_month", "quarter", "year", "custom"];
export const BY = [
  ...["day", "week", "month", "weekday", "hour", "queue", "service", "procedure"],
  ...["counter", "officer", "channel", "priority", "outcome"],
];
/** What a row can narrow a question to beside its period; the same names in the address. */
export const FILTERS = BY.filter((one) => !["day", "week", "month"].includes(one));
/** Groups that stand in an order of their own; their chart has upright columns. */
export const ORDERED = ["day", "week", "month", "weekday", "hour"];
const AGAINST = ["previous", "year", "none"];
const VIEWS = ["figures", "visits", "ticket", "definitions"];
const SORTS = ["name", "n", "value", "was", "change"];
const DATE = /^\d{4}-\d\d-\d\d$/u;
const OWN = ["period", "from", "to", "against", "measure", "by", "view", "ticket", "after", "page", "sort", "direction"];

/** The first of a date's month, so many months on. @param {string} date @param {number} [months] */
function monthStart(date, months = 0) {
  const at = new Date(`${date.slice(0, 7)}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 10);
}

/** The same day so many months on, or the last of a shorter month. @param {string} date @param {number} months */
function shifted(date, months) {
  const first = monthStart(date, months);
  const last = addDays(monthStart(first, 1), -1);
  const same = `${first.slice(0, 8)}${date.slice(8)}`;
  return same > last ? last : same;
}

/**
 * The dates of a named period.
 *
 * @param {string} period
 * @param {string} today
 * @returns {Range}
 */
export function rangeOf(period, today) {
  const quarter = -((Number(today.slice(5, 7)) - 1) % 3);
  switch (period) {
    case "today":
      return { from: today, to: today };
    case "yesterday":
      return { from: addDays(today, -1), to: addDays(today, -1) };
    case "7":
      return { from: addDays(today, -6), to: today };
    case "month":
      return { from: monthStart(today), to: today };
    case "last_month":
      return { from: monthStart(today, -1), to: addDays(monthStart(today), -1) };
    case "quarter":
      return { from: monthStart(today, quarter), to: today };
    case "year":
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
    default:
      return { from: addDays(today, -29), to: today };
  }
}

/** @param {string} from @param {string} to */
function days(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

/** What stands before a period that begins with a month: as many months. @type {Record<string, number>} */
const MONTHS = { month: -1, last_month: -1, quarter: -3, year: -12 };

/**
 * The dates that a period is compared with; null when it is not.
 *
 * @param {Pick<State, "period"|"from"|"to"|"against">} state
 * @returns {Range|null}
 */
export function comparedRange({ period, from, to, against }) {
  if (against === "none") return null;
  if (against === "year") return { from: shifted(from, -12), to: shifted(to, -12) };
  const months = MONTHS[period];
  if (months && period === "last_month") return { from: monthStart(from, -1), to: addDays(from, -1) };
  if (months) return { from: shifted(from, months), to: shifted(to, months) };
  return { from: addDays(from, -days(from, to)), to: addDays(from, -1) };
}

/** The Monday of a date's week. @param {string} date */
function monday(date) {
  return addDays(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/**
 * The group of the compared period that stands beside `key`.
 *
 * @param {string} key
 * @param {string} by
 * @param {Range} range
 * @param {Range} compared
 */
export function partnerKey(key, by, range, compared) {
  if (by === "day") return addDays(compared.from, days(range.from, key) - 1);
  if (by === "week") return addDays(monday(compared.from), days(monday(range.from), key) - 1);
  if (by !== "month") return key;
  const months = (/** @type {string} */ date) => 12 * Number(date.slice(0, 4)) + Number(date.slice(5, 7));
  return monthStart(compared.from, months(key) - months(range.from)).slice(0, 7);
}

/**
 * @param {string} search the address's query
 * @param {string} today
 * @returns {State}
 */
export function readState(search, today) {
  const query = new URLSearchParams(search);
  const choice = (/** @type {string} */ name, /** @type {string[]} */ of, /** @type {string} */ usual) => {
    const wanted = query.get(name) ?? "";
    return of.includes(wanted) ? wanted : usual;
  };
  let period = choice("period", PERIODS, "30");
  let range = rangeOf(period, today);
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  if (isDate(from) && isDate(to) && from <= to) {
    // The days that were looked at, also when the same name means others by now.
    if (from !== range.from || to !== range.to) period = "custom";
    range = { from, to };
  }
  const where = Object.fromEntries(FILTERS.filter((f) => query.has(f)).map((f) => [f, query.get(f) ?? ""]));
  const made = {
    period,
    ...range,
    against: choice("against", AGAINST, "previous"),
    measure: choice("measure", MEASURES.map((m) => m.id), MEASURES[0].id),
    by: choice("by", BY, "day"),
    where,
    view: choice("view", VIEWS, "figures"),
    ticket: query.get("ticket") ?? "",
    after: query.get("after") ?? "",
    page: Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1),
    sort: choice("sort", SORTS, "name"),
    direction: choice("direction", ["up", "down"], "up"),
  };
  return /** @type {State} */ (made);
}

/** @param {string} text */
function isDate(text) {
  return DATE.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
}

/**
 * The query of an address: what it has of others stays, what is as usual is left out.
 *
 * @param {State} state
 * @param {string} search the query as it is
 */
export function writeState(state, search) {
  const query = cleared(search);
  query.set("measure", state.measure);
  query.set("by", state.by);
  query.set("period", state.period);
  query.set("from", state.from);
  query.set("to", state.to);
  query.set("against", state.against);
  for (const [name, value] of Object.entries(state.where)) query.set(name, value);
  if (state.view !== "figures") query.set("view", state.view);
  if (state.view === "ticket") query.set("ticket", state.ticket);
  if (state.view === "visits" && state.page > 1) {
    query.set("after", state.after);
    query.set("page", String(state.page));
  }
  if (state.sort !== "name" || state.direction !== "up") {
    query.set("sort", state.sort);
    query.set("direction", state.direction);
  }
  return `?${query}`;
}

/** A query without what this page keeps in it. @param {string} search */
export function cleared(search) {
  const query = new URLSearchParams(search);
  for (const name of [...OWN, ...FILTERS]) query.delete(name);
  return query;
}

/**
 * The state with a row's group added: a day narrows the period, everything else is a filter.
 *
 * @param {State} state
 * @param {string} key
 * @returns {State}
 */
export function narrowed(state, key) {
  const at = { after: "", page: 1 };
  if (state.by === "day") return { ...state, ...at, period: "custom", from: key, to: key, by: "hour" };
  if (state.by === "week" || state.by === "month") {
    const first = state.by === "week" ? key : `${key}-01`;
    const last = state.by === "week" ? addDays(key, 6) : addDays(monthStart(first, 1), -1);
    const from = first < state.from ? state.from : first;
    const to = last > state.to ? state.to : last;
    return { ...state, ...at, period: "custom", from, to, by: "day" };
  }
  const where = { ...state.where, [state.by]: key };
  return { ...state, ...at, where, by: NEXT[state.by] in where ? "day" : NEXT[state.by] };
}

/** How one goes on looking after narrowing: from the whole to its parts. @type {Record<string, string>} */
const NEXT = {
  weekday: "hour",
  hour: "queue",
  queue: "service",
  service: "procedure",
  procedure: "day",
  counter: "service",
  officer: "service",
  channel: "queue",
  priority: "queue",
  outcome: "queue",
};

/** The state without one of its filters. @param {State} state @param {string} name @returns {State} */
export function widened(state, name) {
  const where = { ...state.where };
  delete where[name];
  return { ...state, where, after: "", page: 1 };
}

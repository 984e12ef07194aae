/**
 * The periods that a page of figures can be asked for, and how they stand in its address. Pure.
 *
 * @typedef {"month"|"last-month"|"30-days"|"quarter"|"year"|"dates"} RangeKind
 * @typedef {{kind: RangeKind, from: string, to: string}} Range business dates, both included
 */

import { addDays } from "./time.js";

/** @type {RangeKind[]} */
export const KINDS = ["month", "last-month", "30-days", "quarter", "year", "dates"];

/** @param {string|null} text */
function isDate(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

/**
 * The dates of a named period that ends today, or of the month before.
 *
 * @param {Exclude<RangeKind, "dates">} kind
 * @param {string} today `YYYY-MM-DD`
 * @returns {Range}
 */
export function rangeOf(kind, today) {
  const month = `${today.slice(0, 7)}-01`;
  if (kind === "last-month") {
    const to = addDays(month, -1);
    return { kind, from: `${to.slice(0, 7)}-01`, to };
  }
  if (kind === "30-days") return { kind, from: addDays(today, -29), to: today };
  if (kind === "year") return { kind, from: `${today.slice(0, 4)}-01-01`, to: today };
  if (kind === "month") return { kind, from: month, to: today };
  const first = 3 * Math.floor((Number(today.slice(5, 7)) - 1) / 3) + 1;
  return { kind, from: `${today.slice(0, 4)}-${String(first).padStart(2, "0")}-01`, to: today };
}

/**
 * The period that an address asks for; the last 30 days where it asks for none that can be.
 *
 * @param {string} search of the address
 * @param {string} today
 * @returns {Range}
 */
export function rangeIn(search, today) {
  const asked = new URLSearchParams(search);
  const kind = /** @type {RangeKind} */ (asked.get("period"));
  const [from, to] = [asked.get("from"), asked.get("to")];
  if (kind === "dates" && isDate(from) && isDate(to)) return ordered(String(from), String(to));
  return rangeOf(KINDS.includes(kind) && kind !== "dates" ? kind : "30-days", today);
}

/**
 * Any two dates as a period, in whichever order they were given.
 *
 * @param {string} one
 * @param {string} other
 * @returns {Range}
 */
export function ordered(one, other) {
  const [from, to] = [one, other].sort();
  return { kind: "dates", from, to };
}

/**
 * A period with one end moved; the other end goes along where it would be passed.
 *
 * @param {Range} range
 * @param {"from"|"to"} end
 * @param {string} date
 * @returns {Range}
 */
export function moved(range, end, date) {
  const from = end === "from" || date < range.from ? date : range.from;
  const to = end === "to" || date > range.to ? date : range.to;
  return { kind: "dates", from, to };
}

/**
 * The address's query with a period in it and everything else as it was.
 *
 * @param {string} search
 * @param {Range} range
 */
export function searchWith(search, range) {
  const asked = new URLSearchParams(search);
  asked.set("period", range.kind);
  for (const name of /** @type {const} */ (["from", "to"])) {
    if (range.kind === "dates") asked.set(name, range[name]);
    else asked.delete(name);
  }
  return `?${asked}`;
}

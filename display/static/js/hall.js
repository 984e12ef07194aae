/**
 * What holds for one display of the hall: its zone, how loud it is, whether the doors are open, which
 * of several is shown now. Pure: everything comes in, nothing is kept.
 *
 * @typedef {"standard"|"far"|"many"|"media"|"sign"} Layout
 * @typedef {{since: string, until: string, volume: number}} Loudness `since`, `until`: local "HH:MM"; volume: percent
 * @typedef {{name: string, layout: Layout, counters: number[], speaks: boolean, volume: number, hours: Loudness[]}} Display
 * @typedef {{file: string, text: {vi: string, en: string}, seconds: number, since: string|null, until: string|null}} Media
 * @typedef {{sessions: [doors: string, closes: string][], next_doors: string|null, last_ticket?: string|null}} Doors
 * @typedef {{id: string, number: number, status: string, direction: "left"|"right"|"ahead", officer: string, title: string,
 *   ticket: string|null, ticket_status: string|null, return_at: string|null}} CounterRow
 */

/** @type {Display} */
export const USUAL = { name: "", layout: "standard", counters: [], speaks: true, volume: 80, hours: [] };

/** The wall is lit this long before the doors open and after they close, ms. */
export const MARGIN_MS = 20 * 60_000;

/** @param {Display} display @param {number} counter its number */
export function isInZone({ counters }, counter) {
  return counters.length === 0 || counters.includes(counter);
}

/**
 * Percent; 0 is silent.
 * @param {Display} display
 * @param {string} time local "HH:MM"
 */
export function volumeAt({ speaks, volume, hours }, time) {
  if (!speaks) return 0;
  return hours.find(({ since, until }) => isWithin(time, since, until))?.volume ?? volume;
}

/**
 * Whether `time` is from `since` on and before `until`; past midnight where `until` is earlier.
 * @param {string} time
 * @param {string|null} since
 * @param {string|null} until
 */
export function isWithin(time, since, until) {
  const from = since ?? "00:00";
  const to = until ?? "24:00";
  return from <= to ? from <= time && time < to : time >= from || time < to;
}

/**
 * Outside opening hours, with nobody called any more, a wall is dark.
 * @param {Doors | undefined} doors
 * @param {number} now server time, ms
 */
export function isLit(doors, now) {
  if (!doors) return true;
  const isNear = doors.sessions.some(
    ([from, to]) => Date.parse(from) - MARGIN_MS <= now && now < Date.parse(to) + MARGIN_MS,
  );
  const isSoon = doors.next_doors !== null && Date.parse(doors.next_doors) - MARGIN_MS <= now;
  return isNear || isSoon;
}

/**
 * The counters of the zone that somebody may be called to, in order of their numbers.
 * @param {Record<string, CounterRow>} rows
 * @param {Display} display
 */
export function manned(rows, display) {
  return Object.values(rows)
    .filter((row) => row.status !== "closed" && isInZone(display, row.number))
    .sort((a, b) => a.number - b.number);
}

/**
 * The part of a list that is shown now, where it is longer than the screen; pages are of about one length.
 * @template T
 * @param {T[]} all
 * @param {number} most on one page
 * @param {number} tick counts the times that the page was turned
 * @returns {{items: T[], page: number, pages: number}}
 */
export function pageOf(all, most, tick) {
  const pages = Math.max(1, Math.ceil(all.length / most));
  const length = Math.ceil(all.length / pages);
  const page = tick % pages;
  return { items: all.slice(page * length, (page + 1) * length), page, pages };
}

/**
 * How many cells stand beside and above each other for so many counters.
 * @param {number} many
 * @param {boolean} isUpright
 * @returns {{columns: number, rows: number}}
 */
export function gridFor(many, isUpright) {
  const least = isUpright ? 2 : 3;
  const columns = Math.max(least, Math.min(isUpright ? 3 : 5, Math.ceil(many / 4)));
  return { columns, rows: Math.max(2, Math.ceil(many / columns)) };
}
/** The most that one page of the wall of counters holds. */
export const MOST_COUNTERS = 20;

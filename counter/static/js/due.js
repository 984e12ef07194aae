/**
 * What an officer is to be reminded of. Pure.
 *
 * @typedef {{opens: string, closes: string}} Session instants
 * @typedef {{id: string, number: string, return_at: string | null}} Parked
 * @typedef {{id: string, key: string, facts: Record<string, string|number>}} Due `id` is dismissed once and for all
 */

const MINUTE_MS = 60_000;
const LUNCH_MINUTES = 10;
const CLOSING_MINUTES = 15;
/** A dossier taken in after this local hour is passed on early the next working day. */
const NEXT_DAY_HOUR = 15;

/**
 * The most pressing first.
 * @param {{now: number, hour: number, sessions: Session[], waiting: number, parked: Parked[], serving: string}} office
 *   `now` in ms; `hour` the local hour; `serving` the id of the ticket being served, or empty
 * @returns {Due[]}
 */
export function dueNow({ now, hour, sessions, waiting, parked, serving }) {
  const back = parked
    .filter((one) => one.return_at && Date.parse(one.return_at) <= now)
    .map((one) => ({ id: `back:${one.id}:${one.return_at}`, key: "counter.due_back", facts: { number: one.number } }));
  return [...back, ...ends(now, sessions, waiting), ...nextDay(hour, serving)];
}

/** @param {number} now @param {Session[]} sessions @param {number} waiting @returns {Due[]} */
function ends(now, sessions, waiting) {
  return sessions.flatMap(({ closes }, n) => {
    const isLast = n === sessions.length - 1;
    const left = Math.ceil((Date.parse(closes) - now) / MINUTE_MS);
    const isSoon = left > 0 && left <= (isLast ? CLOSING_MINUTES : LUNCH_MINUTES);
    if (!isSoon || (isLast && !waiting)) return [];
    const key = isLast ? "counter.due_closing" : "counter.due_lunch";
    return [{ id: `ends:${closes}`, key, facts: { minutes: left, n: waiting } }];
  });
}

/** Once for each ticket that is served so late. @param {number} hour @param {string} serving @returns {Due[]} */
function nextDay(hour, serving) {
  return serving && hour >= NEXT_DAY_HOUR ? [{ id: "next-day", key: "counter.due_next_day", facts: {} }] : [];
}

/**
 * Dates and spans in the branch's own time zone. Pure.
 */

/**
 * The business date of an instant, `YYYY-MM-DD`.
 *
 * @param {number} ms
 * @param {string} zone
 */
export function localDate(ms, zone) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(ms);
  const part = (/** @type {string} */ type) => parts.find((p) => p.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/**
 * A date so many days later, or earlier.
 *
 * @param {string} date `YYYY-MM-DD`
 * @param {number} days
 */
export function addDays(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * The last `days` business dates, today included.
 *
 * @param {number} days
 * @param {number} now
 * @param {string} zone
 */
export function lastDays(days, now, zone) {
  const to = localDate(now, zone);
  return { from: addDays(to, 1 - days), to };
}

/**
 * `23/11` of `2026-11-23`.
 *
 * @param {string} date
 */
export function dayMonth(date) {
  return `${date.slice(8, 10)}/${date.slice(5, 7)}`;
}

/**
 * Whole minutes gone since an instant; 0 when there is none.
 *
 * @param {string|null|undefined} at
 * @param {number} now
 */
export function minutesSince(at, now) {
  return at ? Math.max(0, Math.floor((now - Date.parse(at)) / 60_000)) : 0;
}

/**
 * Numbers, hours and dates as they are written in Vietnam: 24-hour clock, dd/mm/yyyy, comma
 * before decimals, dot between thousands. Words follow the language of the screen.
 */
import { language } from "./text.js";

const THIN_SPACE = "\u2009";

/**
 * "A042" -> "A\u2009042": letter, thin space, digits.
 * @param {string|null|undefined} number
 */
export function ticketNumber(number) {
  if (!number) return "";
  return number.replace(/^(\D+)(\d+)$/, `$1${THIN_SPACE}$2`);
}

/**
 * Seconds as whole minutes.
 * @param {number} seconds
 */
export function minutes(seconds) {
  return Math.round(seconds / 60);
}

/**
 * "08:42" in the branch's own time zone.
 * @param {string|number|Date|null|undefined} instant
 * @param {string} [timeZone]
 */
export function clock(instant, timeZone) {
  const date = asDate(instant);
  return date ? formatter("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(date) : "";
}

/**
 * "2026-11-23", the day at the branch, as forms and the server write it.
 * @param {string|number|Date|null|undefined} instant
 * @param {string} [timeZone]
 */
export function dayOf(instant, timeZone) {
  const date = asDate(instant);
  return date ? formatter("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone }).format(date) : "";
}

/**
 * The day that somebody wrote as 8/12/2026 or 8/12, as YYYY-MM-DD; null for what is no day.
 * @param {string} written
 * @param {string} today YYYY-MM-DD; a day without a year is the next such day
 */
export function dayWritten(written, today) {
  const parts = /^\s*(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?\s*$/u.exec(written);
  if (!parts) return null;
  const [, day, month, year] = parts;
  const inYear = (/** @type {number} */ of) => {
    const made = `${of}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    const date = new Date(`${made}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(made) ? made : null;
  };
  if (year) return inYear(Number(year));
  const thisYear = inYear(Number(today.slice(0, 4)));
  return thisYear && thisYear < today ? inYear(Number(today.slice(0, 4)) + 1) : thisYear;
}

/**
 * "Thứ Hai, 23/11/2026" or "Monday, 23/11/2026".
 * @param {string|number|Date|null|undefined} instant
 * @param {string} [timeZone]
 */
export function fullDate(instant, timeZone) {
  const date = asDate(instant);
  return date ? `${weekday(date, timeZone)}, ${shortDate(date, timeZone)}` : "";
}

/**
 * "23/11/2026".
 * @param {string|number|Date|null|undefined} instant
 * @param {string} [timeZone]
 */
export function shortDate(instant, timeZone) {
  const date = asDate(instant);
  if (!date) return "";
  return formatter("en-GB", { day: "2-digit", month: "2-digit", year: "numeric", timeZone }).format(date);
}

/**
 * "Thứ Hai" or "Monday".
 * @param {string|number|Date} instant
 * @param {string} [timeZone]
 */
export function weekday(instant, timeZone) {
  const date = asDate(instant);
  const locale = language.value === "en" ? "en-GB" : "vi-VN";
  return date ? formatter(locale, { weekday: "long", timeZone }).format(date) : "";
}

/**
 * Seconds as "07:05"; from an hour on "1:07:05". Never negative: clocks differ by a little.
 * @param {number} seconds
 */
export function timer(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const rest = [Math.floor((whole % 3600) / 60), whole % 60];
  const digits = rest.map((part) => String(part).padStart(2, "0")).join(":");
  return hours > 0 ? `${hours}:${digits}` : digits;
}

/**
 * "4,6" and "1.250"; English keeps the point and the comma.
 * @param {number} x
 * @param {number} [digits]
 */
export function decimal(x, digits = 1) {
  const locale = language.value === "en" ? "en-GB" : "de-DE";
  return x.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * @param {string|number|Date|null|undefined} instant
 * @returns {Date|null}
 */
function asDate(instant) {
  if (instant === null || instant === undefined || instant === "") return null;
  const date = instant instanceof Date ? instant : new Date(instant);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const kept = new Map();

/**
 * Making a formatter costs a thousand times more than using it.
 * @param {string} locale
 * @param {Intl.DateTimeFormatOptions} options
 */
function formatter(locale, options) {
  const key = locale + JSON.stringify(options);
  const found = kept.get(key);
  if (found) return found;
  const made = new Intl.DateTimeFormat(locale, options);
  kept.set(key, made);
  return made;
}

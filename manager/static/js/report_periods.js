/** The periods a report can be asked for, the newest first, in the words of the language. Pure. */
import { t } from "/static/js/text.js";

import { addDays } from "./time.js";

/** @typedef {"day"|"week"|"month"|"quarter"|"year"} Kind */
/** @typedef {{day: string, text: string}} Choice `day`: any day of the period */

/** How far back each list goes. @type {Record<Kind, number>} */
const REACH = { day: 0, week: 53, month: 36, quarter: 20, year: 10 };
const QUARTERS = ["I", "II", "III", "IV"];

/** @param {string} date `YYYY-MM-DD` */
export const spelled = (date) => date.split("-").reverse().join("/");

/** The Monday of a date's week. @param {string} date */
function monday(date) {
  const weekday = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(date, -weekday);
}

/** The ISO week and its year. @param {string} start a Monday */
function isoWeek(start) {
  const year = Number(addDays(start, 3).slice(0, 4));
  const first = monday(`${year}-01-04`);
  return { year, week: 1 + (Date.parse(start) - Date.parse(first)) / (7 * 86_400_000) };
}

/** The first day of the period that holds a date. @param {Kind} kind @param {string} date */
function begin(kind, date) {
  if (kind === "day") return date;
  if (kind === "week") return monday(date);
  const [year, month] = date.split("-").map(Number);
  const size = { month: 1, quarter: 3, year: 12 }[kind];
  const first = 1 + Math.floor((month - 1) / size) * size;
  return `${year}-${String(first).padStart(2, "0")}-01`;
}

/** A period in words. @param {Kind} kind @param {string} start its first day */
export function inWords(kind, start) {
  const [year, month] = start.split("-").map(Number);
  if (kind === "day") return t("reporting.name_day", { day: spelled(start) });
  if (kind === "week") {
    const span = `${spelled(start).slice(0, 5)} – ${spelled(addDays(start, 6))}`;
    return t("reporting.name_week", { ...isoWeek(start), span });
  }
  if (kind === "month") return t("reporting.name_month", { month, year });
  if (kind === "quarter") return t("reporting.name_quarter", { quarter: QUARTERS[Math.floor((month - 1) / 3)], year });
  return t("reporting.name_year", { year });
}

/** The periods up to today, the running one first. @param {Kind} kind @param {string} today @returns {Choice[]} */
export function choices(kind, today) {
  const found = [];
  let day = begin(kind, today);
  for (let i = 0; i < REACH[kind]; i++) {
    const isRunning = i === 0;
    found.push({ day, text: isRunning ? t("reporting.running", { period: inWords(kind, day) }) : inWords(kind, day) });
    day = begin(kind, addDays(day, -1));
  }
  return found;
}

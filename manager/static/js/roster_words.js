/** Days and shifts of the roster in words. */
import { t } from "/static/js/text.js";

import { weekdayOf } from "./roster_model.js";
import { dayMonth } from "./time.js";

/** @typedef {import("./roster_model.js").Shift} Shift */

/** @param {number} day 0 = Monday */
export function dayName(day) {
  return t(`roster.day_${day}`);
}

/** "Thứ Ba, 24/11". @param {string} date */
export function dated(date) {
  return `${dayName(weekdayOf(date))}, ${dayMonth(date)}`;
}

/** @param {string} date */
export function spelled(date) {
  return date.split("-").reverse().join("/");
}

/** @param {{opens: string|null, closes: string|null}} span */
export function hoursOf({ opens, closes }) {
  return opens && closes ? `${opens}–${closes}` : t("roster.off");
}

/** When a shift is, without its hours. @param {Shift} s */
export function whenOf(s) {
  if (s.on) return dated(s.on);
  const isWorkWeek = s.weekdays.join() === "0,1,2,3,4";
  const days = isWorkWeek ? t("roster.work_week") : s.weekdays.map((d) => t(`roster.short_${d}`)).join(", ");
  const since = s.since ? t("roster.from_day", { day: spelled(s.since) }) : "";
  const until = s.until ? t("roster.to_day", { day: spelled(s.until) }) : "";
  return [days, since, until].filter(Boolean).join(" ");
}

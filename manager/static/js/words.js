/**
 * Facts as words: how spans, shares and names are written.
 */

import { clock, decimal, ticketNumber } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";

import { tables, view } from "./store.js";
import { dayMonth } from "./time.js";

/**
 * The name of a queue, in the language of the page.
 *
 * @param {string|undefined} id
 */
export function queueName(id) {
  const queue = view.value?.catalogue.queues.find((q) => q.id === id);
  return queue ? pick(queue.name) : "";
}

/** @param {string|undefined} id */
export function queuePrefix(id) {
  return view.value?.catalogue.queues.find((q) => q.id === id)?.prefix ?? "";
}

/**
 * Whole minutes as "42 phút" or "1 giờ 12 phút".
 *
 * @param {number} minutes
 */
export function span(minutes) {
  if (minutes < 60) return t("manager.minutes", { n: minutes });
  return t("manager.hours_minutes", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** @param {number} minutes with one decimal, "8,3 phút" */
export function minutesText(minutes) {
  return t("manager.minutes", { n: decimal(minutes, 1) });
}

/** @param {number} share 0 to 1, as "87%" */
export function percent(share) {
  return `${decimal(share * 100, 0)}%`;
}

/** @param {string} key an hour, or a date */
export function tick(key) {
  return key.includes("-") ? dayMonth(key) : t("manager.hour", { h: key });
}

/** @param {string|number} at an instant, as hours and minutes at the branch */
export function localClock(at) {
  return clock(at, view.value?.branch.time_zone);
}

/** @param {string|null} id the number on a ticket's paper, or nothing */
export function numberOf(id) {
  const ticket = id ? tables.value.tickets?.[id] : undefined;
  return ticket ? ticketNumber(ticket.number) : "";
}

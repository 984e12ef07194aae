/**
 * Facts as words: the sentences of the alerts, and how spans, shares and names are written.
 */

import { clock, decimal, ticketNumber } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";

import { tables, view } from "./store.js";
import { dayMonth } from "./time.js";

/** @typedef {import("./alerts.js").Alert} Alert */

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

/** @param {number[]} numbers of counters */
export function counterList(numbers) {
  return numbers.join(", ");
}

/**
 * What could be done about too few counters, or nothing.
 *
 * @param {Alert} alert
 */
function advice({ spare = [] }) {
  return spare.length > 0
    ? t("manager.alert.could_open", { counters: counterList(spare.slice(0, 4)) })
    : t("manager.alert.none_to_open");
}

/** @type {Record<import("./alerts.js").AlertKind, (a: Alert) => {head: string, body: string}>} */
const SENTENCES = {
  series_full: (a) => ({
    head: t("manager.alert.series_full", { queue: queueName(a.queue) }),
    body: t("manager.alert.series_full_body"),
  }),
  no_counter: (a) => ({
    head: t("manager.alert.no_counter", { queue: queueName(a.queue), n: a.waiting }),
    body: `${t("manager.alert.longest", { span: span(a.minutes ?? 0) })} ${advice(a)}`,
  }),
  late: (a) => beyond(a),
  slow: (a) => beyond(a),
  resumes: (a) => ({
    head: t("manager.alert.resumes", { n: a.waiting }),
    body: t("manager.alert.resumes_body", { at: localClock(a.at ?? "") }),
  }),
  left_over: (a) => ({
    head: t("manager.alert.left_over", { n: a.waiting }),
    body: t("manager.alert.left_over_body"),
  }),
  unanswered: (a) => ({
    head: t("manager.alert.unanswered", {
      counter: a.counter,
      number: ticketNumber(a.number ?? ""),
      span: span(a.minutes ?? 0),
    }),
    body: t("manager.alert.unanswered_body"),
  }),
  idle_other: (a) => ({
    head: t("manager.alert.idle", { counter: a.counter, span: span(a.minutes ?? 0) }),
    body: t("manager.alert.idle_other_body", { queue: queueName(a.queue), n: a.waiting }),
  }),
  idle_own: (a) => ({
    head: t("manager.alert.idle", { counter: a.counter, span: span(a.minutes ?? 0) }),
    body: t("manager.alert.idle_own_body", { number: ticketNumber(a.number ?? "") }),
  }),
};

/** @param {Alert} a */
function beyond(a) {
  const queue = queueName(a.queue);
  const facts = { queue, span: span(a.minutes ?? 0), limit: a.limit, number: "" };
  const head = a.number
    ? t("manager.alert.beyond", { ...facts, number: ticketNumber(a.number) })
    : t("manager.alert.beyond_unnamed", facts);
  const crowd = t("manager.alert.crowd", { n: a.waiting, open: a.open });
  return { head, body: (a.spare ?? []).length > 0 ? `${crowd} ${advice(a)}` : crowd };
}

/**
 * The two sentences of an alert: what is, and what could be done.
 *
 * @param {Alert} alert
 */
export function alertText(alert) {
  return SENTENCES[alert.kind](alert);
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

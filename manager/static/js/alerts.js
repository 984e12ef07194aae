/**
 * What needs a supervisor now, worst first. Pure: tables in, facts out; the sentences are
 * made where they are shown.
 *
 * @typedef {import("./rows.js").Tables} Tables
 * @typedef {import("./rows.js").Catalogue} Catalogue
 * @typedef {import("./rows.js").QueueRow} QueueRow
 * @typedef {import("./rows.js").CounterRow} CounterRow
 *
 * @typedef {"series_full"|"no_counter"|"late"|"slow"|"resumes"|"left_over"|"unanswered"
 *   |"idle_other"|"idle_own"} AlertKind
 *
 * @typedef {object} Alert
 * @property {AlertKind} kind
 * @property {"red"|"amber"} level
 * @property {number} weight worse is higher
 * @property {string} [queue]
 * @property {string} [number] a ticket's number
 * @property {number} [counter] a counter's number
 * @property {number} [minutes] how long already
 * @property {number} [limit] the target passed, in minutes
 * @property {number} [waiting]
 * @property {number} [open] open counters of the queue
 * @property {number[]} [spare] counters that could be opened for it
 * @property {string} [at] an instant
 */

import { localDate, minutesSince } from "./time.js";

/** A called number that nobody answers for so long is worth a look. */
const ANSWER_MINUTES = 3;
/** A counter may be between two people for so long. */
const IDLE_MINUTES = 5;
/** A queue without an open counter is worth a word after so long. */
const UNATTENDED_MINUTES = 3;

/**
 * Since when each open counter has been seen without a ticket. What was not seen is not
 * claimed: a page opened a minute ago says at most "idle for a minute".
 *
 * @param {Record<string, number>} seen
 * @param {Record<string, CounterRow>} counters
 * @param {number} now
 * @returns {Record<string, number>}
 */
export function watchIdle(seen, counters, now) {
  /** @type {Record<string, number>} */
  const idle = {};
  for (const counter of Object.values(counters)) {
    if (counter.status === "open" && !counter.ticket) idle[counter.id] = seen[counter.id] ?? now;
  }
  return idle;
}

/**
 * @param {QueueRow} queue
 * @param {Record<string, CounterRow>} counters
 */
function spareCounters(queue, counters) {
  return Object.values(counters)
    .filter((c) => c.status !== "open" && c.queues.includes(queue.id))
    .map((c) => c.number)
    .sort((a, b) => a - b);
}

/**
 * @param {QueueRow} queue
 * @param {Tables} tables
 * @param {number[]} targets
 * @param {number} now
 * @returns {Alert|null}
 */
function queueAlert(queue, tables, targets, now) {
  if (queue.state === "full") {
    return { kind: "series_full", level: "red", weight: 1000, queue: queue.id };
  }
  if (queue.waiting === 0) return null;
  const minutes = minutesSince(queue.oldest_at, now);
  const [amber, red] = targets;
  const facts = {
    queue: queue.id,
    waiting: queue.waiting,
    minutes,
    open: queue.open_counters,
    spare: spareCounters(queue, tables.counters ?? {}),
  };
  if (queue.open_counters === 0 && minutes >= UNATTENDED_MINUTES) {
    const level = minutes >= amber ? "red" : "amber";
    return { kind: "no_counter", level, weight: (level === "red" ? 500 : 200) + minutes, ...facts };
  }
  const first = tables.tickets?.[queue.line?.[0] ?? ""];
  const oldest = Object.values(tables.tickets ?? {}).find(
    (t) => t.queue === queue.id && t.status === "waiting" && t.issued_at === queue.oldest_at,
  );
  const number = (oldest ?? first)?.number;
  if (minutes > red) {
    return { kind: "late", level: "red", weight: 300 + minutes, limit: red, number, ...facts };
  }
  if (minutes > amber) {
    return { kind: "slow", level: "amber", weight: 100 + minutes, limit: amber, number, ...facts };
  }
  return null;
}

/**
 * Queues with people and no counter because it is not opening time: one alert for all.
 *
 * @param {QueueRow[]} closed
 * @param {string} zone
 * @param {number} now
 * @returns {Alert[]}
 */
function closedAlerts(closed, zone, now) {
  const waiting = closed.reduce((sum, q) => sum + q.waiting, 0);
  if (waiting === 0) return [];
  const opens = closed.map((q) => q.opens_at).filter((at) => at !== null).sort()[0];
  if (opens && localDate(Date.parse(opens), zone) === localDate(now, zone)) {
    return [{ kind: "resumes", level: "amber", weight: 90, waiting, at: opens }];
  }
  return [{ kind: "left_over", level: "amber", weight: 400, waiting }];
}

/**
 * @param {CounterRow} counter
 * @param {Tables} tables
 * @param {Record<string, number>} idle
 * @param {number} now
 * @param {QueueRow|undefined} longest the queue whose oldest ticket waits longest past its target
 * @returns {Alert|null}
 */
function counterAlert(counter, tables, idle, now, longest) {
  const ticket = tables.tickets?.[counter.ticket ?? ""];
  if (ticket?.status === "called") {
    const minutes = minutesSince(ticket.called_at, now);
    if (minutes < ANSWER_MINUTES) return null;
    const facts = { counter: counter.number, number: ticket.number, minutes };
    return { kind: "unanswered", level: "amber", weight: 60 + minutes, ...facts };
  }
  if (counter.status !== "open" || counter.ticket) return null;
  const minutes = Math.floor((now - (idle[counter.id] ?? now)) / 60_000);
  if (minutes < IDLE_MINUTES) return null;
  const facts = { counter: counter.number, minutes };
  if (counter.next) {
    return { kind: "idle_own", level: "amber", weight: 80, number: counter.next.number, ...facts };
  }
  if (!longest || counter.queues.includes(longest.id)) return null;
  const elsewhere = { queue: longest.id, waiting: longest.waiting };
  return { kind: "idle_other", level: "amber", weight: 70, ...elsewhere, ...facts };
}

/**
 * Everything worth a supervisor's eye, worst first. Empty = all is well.
 *
 * @param {Tables} tables
 * @param {Catalogue} catalogue
 * @param {string} zone
 * @param {number} now server time, ms
 * @param {Record<string, number>} idle from `watchIdle`
 * @returns {Alert[]}
 */
export function alerts(tables, catalogue, zone, now, idle) {
  const targets = catalogue.policy.wait_targets_minutes;
  const queues = Object.values(tables.queues ?? {});
  const isShut = (/** @type {QueueRow} */ q) => q.state === "closed" && q.open_counters === 0;
  const attended = queues.filter((q) => !isShut(q));
  const longest = attended
    .filter((q) => q.waiting > 0 && minutesSince(q.oldest_at, now) > targets[0])
    .sort((a, b) => Date.parse(a.oldest_at ?? "") - Date.parse(b.oldest_at ?? ""))[0];
  const found = [
    ...closedAlerts(queues.filter(isShut), zone, now),
    ...attended.map((q) => queueAlert(q, tables, targets, now)),
    ...Object.values(tables.counters ?? {}).map((c) =>
      counterAlert(c, tables, idle, now, longest),
    ),
  ];
  return /** @type {Alert[]} */ (found.filter((a) => a !== null)).sort(
    (a, b) => b.weight - a.weight,
  );
}

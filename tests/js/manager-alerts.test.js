import assert from "node:assert/strict";
import { test } from "node:test";

import { alerts, watchIdle } from "../../manager/static/js/alerts.js";

const ZONE = "Asia/Ho_Chi_Minh";
const NOW = Date.parse("2026-11-23T02:00:00Z"); // 09:00 at the branch
const CATALOGUE = { queues: [], policy: { wait_targets_minutes: [15, 30] } };

/** @param {number} minutes */
const ago = (minutes) => new Date(NOW - minutes * 60_000).toISOString();
/** @type {(id: string, waiting: number, minutes: number, more?: object) => any} */
const queue = (id, waiting, minutes, more = {}) => ({
  id,
  waiting,
  state: "open",
  opens_at: null,
  open_counters: 1,
  line: [],
  oldest_at: waiting ? ago(minutes) : null,
  ...more,
});
/** @type {(number: number, more?: object) => any} */
const counter = (number, more = {}) => ({
  id: String(number),
  number,
  status: "open",
  queues: ["A"],
  ticket: null,
  next: null,
  ...more,
});
/** @type {(rows: any[]) => Record<string, any>} */
const byId = (rows) => Object.fromEntries(rows.map((row) => [row.id, row]));
/** @param {{queues?: any[], counters?: any[], tickets?: any[], idle?: Record<string, number>}} given */
const found = ({ queues = [], counters = [], tickets = [], idle = {} }) =>
  alerts(
    { queues: byId(queues), counters: byId(counters), tickets: byId(tickets) },
    CATALOGUE,
    ZONE,
    NOW,
    idle,
  );

test("all is well", () => {
  assert.deepEqual(found({ queues: [queue("A", 3, 15), queue("B", 0, 0)] }), []);
});

test("beyond the first target amber, beyond the second red, red first", () => {
  const [first, second] = found({ queues: [queue("A", 3, 20), queue("B", 2, 31)] });
  assert.deepEqual([first.kind, first.queue, first.level, first.limit], ["late", "B", "red", 30]);
  assert.deepEqual([second.kind, second.queue, second.level], ["slow", "A", "amber"]);
});

test("the longest waiting ticket is named, even behind priority tickets", () => {
  const tickets = [
    { id: "p", number: "A009", queue: "A", status: "waiting", issued_at: ago(2) },
    { id: "t", number: "A003", queue: "A", status: "waiting", issued_at: ago(40) },
  ];
  const [alert] = found({ queues: [queue("A", 2, 40, { line: ["p", "t"] })], tickets });
  assert.equal(alert.number, "A003");
});

test("people waiting and no open counter: worse the longer, with the counters that could open", () => {
  const counters = [
    counter(6, { status: "paused", queues: ["C"] }),
    counter(4, { status: "closed", queues: ["C", "A"] }),
  ];
  const [alert] = found({ queues: [queue("C", 5, 16, { open_counters: 0 })], counters });
  assert.deepEqual([alert.kind, alert.level, alert.spare], ["no_counter", "red", [4, 6]]);
  assert.equal(found({ queues: [queue("C", 5, 4, { open_counters: 0 })] })[0].level, "amber");
  assert.deepEqual(found({ queues: [queue("C", 1, 2, { open_counters: 0 })] }), []);
});

test("at lunch one alert says when it goes on; in the evening who is left", () => {
  const shut = (/** @type {string} */ id, /** @type {string} */ opens_at) =>
    queue(id, 4, 40, { state: "closed", reason: "outside_hours", open_counters: 0, opens_at });
  const lunch = found({ queues: [shut("A", "2026-11-23T06:00:00Z"), shut("B", "2026-11-23T06:00:00Z")] });
  assert.deepEqual(lunch.map((a) => [a.kind, a.waiting]), [["resumes", 8]]);
  const evening = found({ queues: [shut("A", "2026-11-24T01:00:00Z")] });
  assert.deepEqual(evening.map((a) => a.kind), ["left_over"]);
});

test("no more tickets but counters still at work: the wait still counts", () => {
  const late = queue("A", 2, 35, { state: "closed", reason: "outside_hours" });
  assert.equal(found({ queues: [late] })[0].kind, "late");
});

test("a series that ran out comes before everything", () => {
  const list = found({ queues: [queue("A", 9, 90), queue("B", 0, 0, { state: "full" })] });
  assert.equal(list[0].kind, "series_full");
});

test("a called number that nobody answers", () => {
  const tickets = [{ id: "t", number: "A003", queue: "A", status: "called", called_at: ago(4) }];
  const [alert] = found({ counters: [counter(2, { ticket: "t" })], tickets });
  assert.deepEqual([alert.kind, alert.counter, alert.minutes], ["unanswered", 2, 4]);
});

test("an idle counter: with its own people, or with people elsewhere", () => {
  const idle = { 1: NOW - 6 * 60_000 };
  const own = counter(1, { next: { ticket: "t", number: "A004", rule: "arrival" } });
  assert.equal(found({ counters: [own], idle })[0].kind, "idle_own");
  const queues = [queue("C", 7, 22)];
  const list = found({ queues, counters: [counter(1)], idle });
  assert.deepEqual(list.map((a) => a.kind), ["slow", "idle_other"]);
  assert.deepEqual(found({ queues: [], counters: [counter(1)], idle }), []);
});

test("idle time counts from when it was first seen, and ends with a ticket", () => {
  const first = watchIdle({}, byId([counter(1), counter(2, { ticket: "t" })]), 1000);
  assert.deepEqual(first, { 1: 1000 });
  assert.deepEqual(watchIdle(first, byId([counter(1)]), 9000), { 1: 1000 });
  assert.deepEqual(watchIdle(first, byId([counter(1, { status: "paused" })]), 9000), {});
});

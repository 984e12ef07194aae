import assert from "node:assert/strict";
import { test } from "node:test";

import { dueNow } from "../../counter/static/js/due.js";

const NINE = Date.parse("2026-11-24T02:00:00Z");
const SESSIONS = [
  { opens: "2026-11-24T01:00:00Z", closes: "2026-11-24T05:00:00Z" },
  { opens: "2026-11-24T06:00:00Z", closes: "2026-11-24T10:00:00Z" },
];
const office = { now: NINE, hour: 9, sessions: SESSIONS, waiting: 4, parked: [], serving: "" };
const keys = (more) => dueNow({ ...office, ...more }).map(({ key }) => key);

test("an ordinary morning reminds of nothing", () => {
  assert.deepEqual(keys({}), []);
});

test("ten minutes before the break, whether anybody waits or not", () => {
  const now = Date.parse("2026-11-24T04:50:00Z");
  assert.deepEqual(keys({ now }), ["counter.due_lunch"]);
  assert.deepEqual(keys({ now, waiting: 0 }), ["counter.due_lunch"]);
  assert.deepEqual(keys({ now: now - 61_000 }), []);
});

test("a quarter of an hour before closing, when people wait", () => {
  const now = Date.parse("2026-11-24T09:45:00Z");
  assert.deepEqual(dueNow({ ...office, now }).map(({ facts }) => facts), [{ minutes: 15, n: 4 }]);
  assert.deepEqual(keys({ now, waiting: 0 }), []);
  assert.deepEqual(keys({ now: Date.parse("2026-11-24T10:00:01Z") }), []);
});

test("whoever was to come back is due first", () => {
  const back = { id: "t1", number: "B012", return_at: "2026-11-24T02:00:00Z" };
  const later = { id: "t2", number: "B013", return_at: "2026-11-24T02:01:00Z" };
  const open = { id: "t3", number: "B014", return_at: null };
  const due = dueNow({ ...office, parked: [back, later, open], hour: 15, serving: "t9" });
  assert.deepEqual(due.map(({ key }) => key), ["counter.due_back", "counter.due_next_day"]);
  assert.equal(due[0].facts.number, "B012");
});

test("after three o'clock, while somebody is served", () => {
  assert.deepEqual(keys({ hour: 15, serving: "t1" }), ["counter.due_next_day"]);
  assert.deepEqual(keys({ hour: 14, serving: "t1" }), []);
  assert.deepEqual(keys({ hour: 15 }), []);
});

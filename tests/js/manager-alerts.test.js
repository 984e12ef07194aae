import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf, sorted } from "../../manager/static/js/alerts.js";

/** @type {(alert: number, rule: string, more?: object) => any} */
const alert = (alert, rule, more = {}) => ({
  id: String(alert),
  alert,
  rule,
  level: "amber",
  gravity: 5,
  since: "2026-11-24T02:00:00Z",
  figures: {},
  acknowledged_at: null,
  cleared_at: null,
  ...more,
});

/** @param {any[]} rows */
const sort = (...rows) => {
  const { open, seen, past } = sorted(Object.fromEntries(rows.map((row) => [row.id, row])));
  return [open, seen, past].map((some) => some.map((one) => one.alert));
};

test("nothing known is nothing to do", () => {
  assert.deepEqual(sorted(undefined), { open: [], seen: [], past: [] });
});

test("red before amber, then the gravest rule, then the oldest", () => {
  const rows = [
    alert(1, "longest_wait"),
    alert(2, "breach", { level: "red", gravity: 1 }),
    alert(3, "no_counter", { level: "red", gravity: 0 }),
    alert(4, "longest_wait", { since: "2026-11-24T01:00:00Z" }),
    alert(5, "breach", { level: "red", gravity: 1 }),
  ];
  assert.deepEqual(sort(...rows)[0], [3, 2, 5, 4, 1]);
});

test("what somebody sees to is apart, and what is over is past, the last one first", () => {
  const rows = [
    alert(1, "breach", { acknowledged_at: "2026-11-24T02:05:00Z" }),
    alert(2, "breach", { cleared_at: "2026-11-24T02:06:00Z" }),
    alert(3, "breach", { cleared_at: "2026-11-24T02:07:00Z", acknowledged_at: "2026-11-24T02:05:00Z" }),
    alert(4, "breach"),
  ];
  assert.deepEqual(sort(...rows), [[4], [1], [3, 2]]);
});

test("each alert leads to where something can be done", () => {
  const place = (/** @type {string} */ rule, figures = {}) => placeOf(alert(1, rule, { figures }));
  assert.equal(place("breach", { queue: "A" }), "queues");
  assert.equal(place("no_counter", { queue: "A" }), "counters");
  assert.equal(place("idle_counter", { queue: "A", counter: 3 }), "counters");
  assert.equal(place("device_lost"), "devices");
  assert.equal(place("left_over"), "close_day");
  assert.equal(place("clock_jump"), "");
});

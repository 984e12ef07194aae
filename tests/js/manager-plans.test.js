import assert from "node:assert/strict";
import { test } from "node:test";

import { fidelity, freeName, isLosing, lastDays, losers, marks, overShare, place, rulesOf, scaleOf, staff, telling, verdict } from "../../manager/static/js/plans_model.js";

const move = (value, band) => ({ value, low: value - 0.5, high: value + 0.5, band_low: value - band, band_high: value + band });

test("the staff of a plan counts whole days and parts apart", () => {
  const add = (hours) => ({ kind: "add_counter", queues: ["A"], hours });
  const plan = { name: "", new_skill: 1, changes: [add(null), add(["08:00", "10:30"]), { kind: "remove_counter", counter: "1" }, { kind: "pool", counters: [], how: "always", minutes: 0 }] };
  assert.deepEqual(staff(plan), { whole: 0, part: 1 });
});

test("a headline speaks of the longest wait that is not rare", () => {
  const result = (over) => ({ limits: [15, 30], present: { people: 100, over } });
  assert.equal(telling(result({ 15: 20, 30: 6 })), 30);
  assert.equal(telling(result({ 15: 20, 30: 1 })), 15);
  assert.equal(telling(result({ 15: 0, 30: 0 })), 15);
  assert.equal(overShare({ people: 0, over: { 15: 0 } }, 15), 0);
});

test("only a whole band on one side of nothing is clearly better or worse", () => {
  assert.equal(verdict(move(-3, 1.5)), "better");
  assert.equal(verdict(move(3, 1.5)), "worse");
  assert.equal(verdict(move(-1.4, 1.5)), "unsure");
});

test("who pays is told from two minutes on, and who is not served", () => {
  const line = (queue, by) => ({ queue, is_priority: false, before: 10, after: 10 + by, move: by });
  assert.deepEqual(losers({ lines_move: [line("A", 5), line("B", 1.9), line("C", -9)] }).map((l) => l.queue), ["A"]);
  assert.equal(isLosing({ lost: 30 }, { present: { lost: 20, people: 1000 } }), true);
  assert.equal(isLosing({ lost: 24 }, { present: { lost: 20, people: 1000 } }), false);
});

test("a scale holds zero and every band, with round marks", () => {
  const scale = scaleOf([move(-4, 2)], 2);
  assert.ok(scale.low < -6 && scale.high > 2);
  const found = marks(scale);
  assert.ok(found.includes(0));
  assert.ok(found.every((m) => m >= scale.low && m <= scale.high));
  assert.equal(place(scale.low, scale), 0);
  assert.equal(place(99, scale), 100);
});

test("the last days, free names and how the replay fits", () => {
  assert.deepEqual(lastDays([{ day: "a" }, { day: "b" }, { day: "c" }], 2), ["b", "c"]);
  assert.equal(freeName([{ name: "P1" }], (n) => `P${n}`), "P2");
  assert.ok(Math.abs(fidelity({ observed: { mean: 10 }, present: { mean: 9 } }) - 0.1) < 1e-9);
  assert.equal(fidelity({ observed: { mean: null }, present: { mean: 9 } }), null);
});

test("of a draft policy a replay tries what differs and what its mode uses", () => {
  const policy = { mode: "interleave", normal_per_priority: 2, head_start_minutes: 15, cap_minutes: 20 };
  assert.equal(rulesOf({ mode: "interleave", ratio: 2, start: 40, cap: 20 }, policy), null);
  assert.deepEqual(rulesOf({ mode: "head_start", ratio: 5, start: 20, cap: 30 }, policy), {
    kind: "rules", mode: "head_start", normal_per_priority: null, head_start_minutes: 20, cap_minutes: 30,
  });
  assert.deepEqual(rulesOf({ mode: "interleave", ratio: 3, start: 15, cap: 20 }, policy), {
    kind: "rules", mode: null, normal_per_priority: 3, head_start_minutes: null, cap_minutes: null,
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LONGEST_MS,
  MERGE_MS,
  NO_TURNS,
  SHOW_MS,
  SHOW_SHORT_MS,
  advance,
  arrive,
  heard,
  timeLeft,
  withdraw,
} from "../../display/static/js/turns.js";

const T0 = Date.parse("2026-11-23T01:42:00Z");

function call(seq, number, more = {}) {
  return {
    seq,
    kind: "call",
    number,
    counter: 3,
    text: { vi: number, en: number },
    expires_at: new Date(T0 + 60_000).toISOString(),
    ...more,
  };
}

test("a call is shown at once when nothing is being shown", () => {
  const turns = arrive(NO_TURNS, call(1, "A001"), T0);
  assert.equal(turns.current.number, "A001");
  assert.equal(turns.current.startedAt, T0);
});

test("the second call waits for the first to have its time (S9)", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  turns = arrive(turns, call(2, "A002"), T0 + 100);
  turns = heard(turns, 1, T0 + 3000);
  assert.equal(turns.current.number, "A001");
  assert.equal(timeLeft(turns, T0 + 3000), SHOW_MS - 3000);
  assert.equal(advance(turns, T0 + SHOW_MS - 1).current.number, "A001");
  assert.equal(advance(turns, T0 + SHOW_MS).current.number, "A002");
});

test("turns are shorter when more than three wait", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  for (let seq = 2; seq <= 5; seq += 1) turns = arrive(turns, call(seq, `A00${seq}`), T0);
  turns = heard(turns, 1, T0 + 1000);
  assert.equal(timeLeft(turns, T0 + 1000), SHOW_SHORT_MS - 1000);
  turns = advance(turns, T0 + SHOW_SHORT_MS);
  assert.equal(turns.current.number, "A002");
  assert.deepEqual(turns.waiting.map((t) => t.number), ["A003", "A004", "A005"]);
});

test("a sentence is spoken whole, but a silent speaker never holds the wall (A2)", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  turns = arrive(turns, call(2, "A002"), T0);
  assert.equal(advance(turns, T0 + SHOW_MS + 1).current.number, "A001");
  const later = arrive(turns, call(3, "A003", { expires_at: "2027-01-01T00:00:00Z" }), T0);
  assert.notEqual(advance(later, T0 + LONGEST_MS).current.number, "A001");
});

test("the same call twice is one turn", () => {
  const turns = arrive(NO_TURNS, call(1, "A001"), T0);
  assert.equal(arrive(turns, call(1, "A001"), T0 + 10), turns);
});

test("a recall within five seconds is shown but spoken once", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  turns = arrive(turns, call(2, "A001", { kind: "recall" }), T0 + MERGE_MS - 1);
  assert.equal(turns.current.kind, "recall");
  assert.equal(turns.current.seq, 2);
  assert.deepEqual(turns.current.seqs, [1, 2]);
  assert.equal(turns.current.startedAt, T0);
  assert.equal(turns.waiting.length, 0);
});

test("two recalls of a ticket that still waits its turn become one", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  turns = arrive(turns, call(2, "A002"), T0);
  turns = arrive(turns, call(3, "A002", { kind: "recall" }), T0 + 6000);
  assert.equal(turns.waiting.length, 1);
  assert.deepEqual(turns.waiting[0].seqs, [2, 3]);
});

test("a later recall of the number on the wall follows as soon as it has been heard", () => {
  let turns = heard(arrive(NO_TURNS, call(1, "A001"), T0), 1, T0 + 2000);
  turns = arrive(turns, call(2, "A001", { kind: "recall" }), T0 + MERGE_MS);
  assert.equal(turns.current.seq, 2);
  assert.equal(turns.current.heard, false);
});

test("an expired call is listed, not spoken", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  turns = arrive(turns, call(2, "A002", { expires_at: new Date(T0 + 5000).toISOString() }), T0);
  turns = heard(turns, 1, T0 + 3000);
  turns = advance(turns, T0 + SHOW_MS);
  assert.equal(turns.current.number, "A001");
  assert.equal(turns.waiting.length, 0);
});

test("a call taken back leaves at once and the next one follows", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  turns = arrive(turns, call(2, "A002"), T0);
  turns = withdraw(turns, "A001", T0 + 500);
  assert.equal(turns.current.number, "A002");
  assert.equal(withdraw(turns, "A009", T0 + 600), turns);
  assert.equal(withdraw(turns, "A002", T0 + 600).current, null);
});

test("a clock that jumps does not freeze the wall", () => {
  let turns = arrive(NO_TURNS, call(1, "A001"), T0);
  turns = arrive(turns, call(2, "A002"), T0 - 3_600_000);
  assert.equal(turns.current.number, "A002");
});

test("a thousand calls in a row all have their turn, in order", () => {
  let turns = NO_TURNS;
  let now = T0;
  const shown = [];
  for (let seq = 1; seq <= 1000; seq += 1) {
    turns = arrive(turns, call(seq, `B${seq}`, { expires_at: "2027-01-01T00:00:00Z" }), now);
  }
  while (shown.length < 1000) {
    shown.push(turns.current.number);
    turns = heard(turns, turns.current.seq, now + 1000);
    now += SHOW_MS;
    turns = advance(turns, now);
  }
  assert.deepEqual(shown, Array.from({ length: 1000 }, (_, i) => `B${i + 1}`));
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeMemory } from "../../counter/static/js/memory.js";
import {
  announcedState,
  currentTicket,
  noShows,
  outcomesOf,
  parked,
  possible,
  serviceOf,
  since,
  waitLevel,
  waitingLine,
} from "../../counter/static/js/model.js";

function ticket(id, queue, minute, more = {}) {
  const arrival_at = `2026-11-23T01:${String(minute).padStart(2, "0")}:00Z`;
  return { id, number: id, queue, status: "waiting", arrival_at, counter: null, ...more };
}

function counter(more = {}) {
  return { id: "c03", number: 3, status: "open", queues: ["a", "b"], officer: "Nhung", ticket: null, next: null, undo: null, announced: null, ...more };
}

function state(tickets, lines) {
  const queues = Object.fromEntries(Object.entries(lines).map(([id, line]) => [id, { id, line }]));
  return {
    tables: { tickets: Object.fromEntries(tickets.map((one) => [one.id, one])), queues },
    catalogue: {
      services: [{ id: "s-a", queue: "a" }],
      outcomes: [{ code: "accepted" }, { code: "returned", services: ["s-r"] }],
    },
  };
}

test("lines keep their own order and are merged by arrival", () => {
  const tickets = [ticket("A1", "a", 10), ticket("A2", "a", 2), ticket("B1", "b", 5), ticket("B2", "b", 12)];
  const line = waitingLine(state(tickets, { a: ["A1", "A2"], b: ["B1", "B2"] }), counter());
  assert.deepEqual(line.map((one) => one.id), ["B1", "A1", "A2", "B2"]);
});

test("whom the server named next stands in front", () => {
  const tickets = [ticket("A1", "a", 1), ticket("B1", "b", 5)];
  const next = { ticket: "B1", number: "B1", rule: "interleave" };
  const line = waitingLine(state(tickets, { a: ["A1"], b: ["B1"] }), counter({ next }));
  assert.deepEqual(line.map((one) => one.id), ["B1", "A1"]);
});

test("only waiting tickets that may come here are listed (D7)", () => {
  const tickets = [
    ticket("A1", "a", 1, { status: "called" }),
    ticket("A2", "a", 2, { to_counter: "c09" }),
    ticket("A3", "a", 3, { to_officer: "Hưng" }),
    ticket("C1", "c", 4, { to_counter: "c03" }),
    ticket("C2", "c", 5, { to_officer: "Nhung" }),
    ticket("C3", "c", 6),
  ];
  const line = waitingLine(state(tickets, { a: ["A1", "A2", "A3", "gone"] }), counter());
  assert.deepEqual(line.map((one) => one.id), ["C1", "C2"]);
});

test("parked and absent tickets of the counter's own queues", () => {
  const tickets = [
    ticket("A1", "a", 1, { status: "parked" }),
    ticket("C1", "c", 2, { status: "parked" }),
    ticket("C2", "c", 3, { status: "parked", counter: "c03" }),
    ticket("A2", "a", 1, { status: "no_show", ended_at: "2026-11-23T01:10:00Z" }),
    ticket("A3", "a", 1, { status: "no_show", ended_at: "2026-11-23T01:20:00Z" }),
  ];
  assert.deepEqual(parked(state(tickets, {}), counter()).map((one) => one.id), ["A1", "C2"]);
  assert.deepEqual(noShows(state(tickets, {}), counter()).map((one) => one.id), ["A3", "A2"]);
});

test("the ticket at the counter, its service and how it may end", () => {
  const known = state([ticket("A1", "a", 1)], {});
  assert.equal(currentTicket(known, counter({ ticket: "A1" })).id, "A1");
  assert.equal(currentTicket(known, counter()), null);
  assert.equal(serviceOf(known, { service: null, queue: "a" }).id, "s-a");
  assert.equal(serviceOf(known, { service: "x", queue: "x" }), null);
  assert.deepEqual(outcomesOf(known, "s-a").map((one) => one.code), ["accepted"]);
});

test("a wait is judged by the branch's own targets", () => {
  assert.deepEqual([899, 900, 1799, 1800].map((s) => waitLevel(s)), ["good", "long", "long", "late"]);
  assert.equal(waitLevel(400, [5, 10]), "long");
  assert.equal(since("2026-11-23T01:00:00Z", Date.parse("2026-11-23T01:01:00Z")), 60);
  assert.equal(since(null, 5), 0);
});

test("what can be pressed follows from the counter and its ticket (D4)", () => {
  const idle = possible(counter(), null);
  assert.deepEqual([idle.next, idle.start, idle.complete, idle.choose, idle.pause], [true, false, false, true, true]);
  const called = possible(counter(), ticket("A1", "a", 1, { status: "called" }));
  assert.deepEqual([called.next, called.start, called.recall, called["no-show"], called.complete], [false, true, true, true, false]);
  const serving = possible(counter(), ticket("A1", "a", 1, { status: "serving" }));
  assert.deepEqual([serving.next, serving.complete, serving.recall, serving.pause, serving.close], [true, true, false, false, false]);
  const paused = possible(counter({ status: "paused" }), null);
  assert.deepEqual([paused.next, paused.choose, paused.close], [false, false, true]);
});

test("the officer is told when no wall took the call up", () => {
  const waiting = counter({ ticket: "A1", announced: null });
  assert.equal(announcedState(waiting, 1), "waiting");
  assert.equal(announcedState(waiting, 4), "missing");
  assert.equal(announcedState(counter({ announced: { seq: 1, shown: 1, spoken: 0 } }), 9), "shown");
  assert.equal(announcedState(counter({ announced: { seq: 1, shown: 2, spoken: 1 } }), 9), "spoken");
  assert.equal(announcedState(counter(), 9), "none");
});

test("the last outcome of each service is remembered, storage or not", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  makeMemory(() => storage).rememberOutcome("s-a", "accepted");
  assert.equal(makeMemory(() => storage).outcome("s-a"), "accepted");
  const locked = makeMemory(() => {
    throw new Error("storage is switched off");
  });
  locked.rememberOutcome("s-a", "accepted");
  assert.equal(locked.outcome("s-a"), "accepted");
  assert.equal(locked.outcome("s-b"), null);
});

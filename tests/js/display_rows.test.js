import assert from "node:assert/strict";
import { test } from "node:test";

import { calls, heroRow, recent, shortName, waiting } from "../../display/static/js/rows.js";
import { NO_TURNS } from "../../display/static/js/turns.js";

function row(seq, number, more = {}) {
  return { id: `t${seq}`, seq, number, counter: seq, service: { vi: "x", en: "x" }, ...more };
}

const TABLES = {
  calls: { t1: row(1, "A001"), t3: row(3, "A003"), t2: row(2, "A002") },
  queues: { a: { id: "a", waiting: 4 }, b: { id: "b", waiting: 2 } },
};

test("newest call first, and in the gold block when nobody has a turn", () => {
  const rows = calls(TABLES);
  assert.deepEqual(rows.map((r) => r.number), ["A003", "A002", "A001"]);
  assert.equal(heroRow(rows, NO_TURNS).number, "A003");
});

test("a call that waits its turn is in the list at once", () => {
  const rows = calls(TABLES);
  const hero = heroRow(rows, { ...NO_TURNS, lastSeq: 3, current: { number: "A002", heard: true } });
  assert.equal(hero.number, "A002");
  assert.deepEqual(recent(rows, hero).map((r) => r.number), ["A003", "A001"]);
});

test("a call that was missed during a cut takes the gold block from a turn that is over, and from no other", () => {
  const rows = calls(TABLES);
  const over = { current: { number: "A002", heard: true }, waiting: [], lastSeq: 2 };
  assert.equal(heroRow(rows, over).number, "A003");
  assert.equal(heroRow(rows, { ...over, current: { number: "A002", heard: false } }).number, "A002");
  assert.equal(heroRow(rows, { ...over, waiting: [{ number: "A001" }] }).number, "A002");
});

test("at most five recent calls", () => {
  const many = { calls: Object.fromEntries([...Array(12).keys()].map((i) => [i, row(i, `A${i}`)])) };
  assert.equal(recent(calls(many), calls(many)[0]).length, 5);
});

test("one bad record never blanks the wall (S8)", () => {
  const rows = calls({ calls: { x: null, y: { id: "y" }, t1: row(1, "A001") } });
  assert.deepEqual(rows.map((r) => r.number), ["A001"]);
  assert.deepEqual(calls({}), []);
  assert.equal(heroRow([], NO_TURNS), null);
});

test("people waiting, in all and by queue", () => {
  const queues = [
    { id: "b", prefix: "B", name: { vi: "b", en: "b" } },
    { id: "a", prefix: "A" },
    { id: "gone", prefix: "X" },
  ];
  const { total, lines } = waiting(TABLES, queues);
  assert.equal(total, 6);
  assert.deepEqual(lines.map((l) => [l.prefix, l.waiting]), [["B", 2], ["A", 4], ["X", 0]]);
});

test("names are cut at the bracket, never in a word", () => {
  assert.equal(shortName("Đăng ký kinh doanh (hộ kinh doanh, hợp tác xã)"), "Đăng ký kinh doanh");
  assert.equal(shortName("Cư trú - Căn cước (Công an)"), "Cư trú\u00a0- Căn cước");
  assert.equal(shortName("(x)"), "(x)");
});

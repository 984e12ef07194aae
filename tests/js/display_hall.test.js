import assert from "node:assert/strict";
import { test } from "node:test";

import { MARGIN_MS, MOST_COUNTERS, USUAL, gridFor, isInZone, isLit, isWithin, manned, pageOf, volumeAt } from "../../display/static/js/hall.js";

const at = (time) => Date.parse(`2026-11-24T${time}:00+07:00`);
const DOORS = {
  sessions: [
    ["2026-11-24T07:30:00+07:00", "2026-11-24T11:30:00+07:00"],
    ["2026-11-24T13:30:00+07:00", "2026-11-24T17:00:00+07:00"],
  ],
  next_doors: null,
};

test("a display without a zone hears of every counter", () => {
  assert.ok(isInZone(USUAL, 7));
  assert.ok(isInZone({ ...USUAL, counters: [7, 8] }, 7));
  assert.ok(!isInZone({ ...USUAL, counters: [7, 8] }, 9));
});

test("the volume follows the hours, past midnight too; a display that does not speak is silent", () => {
  const hours = [{ since: "11:30", until: "13:30", volume: 0 }, { since: "20:00", until: "06:00", volume: 10 }];
  const display = { ...USUAL, volume: 70, hours };
  assert.deepEqual(["11:29", "11:30", "13:29", "13:30", "23:00", "05:59", "06:00"].map((time) => volumeAt(display, time)), [70, 0, 0, 70, 10, 10, 70]);
  assert.equal(volumeAt({ ...display, speaks: false }, "09:00"), 0);
});

test("no hours mean always", () => {
  assert.ok(isWithin("00:00", null, null));
  assert.ok(isWithin("23:59", "07:00", null));
  assert.ok(!isWithin("06:59", "07:00", null));
});

test("a wall is lit from before the doors open until after they close", () => {
  assert.ok(isLit(undefined, at("03:00")));
  for (const [time, lit] of [["07:09", false], ["07:10", true], ["11:49", true], ["11:51", false], ["13:10", true], ["17:19", true], ["17:21", false]]) {
    assert.equal(isLit(DOORS, at(time)), lit, time);
  }
  const next = { sessions: [], next_doors: "2026-11-24T07:30:00+07:00" };
  assert.ok(!isLit(next, at("07:30") - MARGIN_MS - 1));
  assert.ok(isLit(next, at("07:30") - MARGIN_MS));
});

test("counters in order of their numbers, the closed ones left out", () => {
  const rows = Object.fromEntries([[10, "open"], [2, "paused"], [3, "closed"], [1, "open"]].map(([number, status]) => [number, { number, status }]));
  assert.deepEqual(manned(rows, USUAL).map((row) => row.number), [1, 2, 10]);
  assert.deepEqual(manned(rows, { ...USUAL, counters: [2, 3, 10] }).map((row) => row.number), [2, 10]);
});

test("every counter is on exactly one page, none of them longer than the screen", () => {
  for (let many = 0; many <= 99; many += 1) {
    const all = Array.from({ length: many }, (_, n) => n);
    const { pages } = pageOf(all, MOST_COUNTERS, 0);
    const shown = Array.from({ length: pages }, (_, n) => pageOf(all, MOST_COUNTERS, n));
    assert.deepEqual(shown.flatMap(({ items }) => items), all);
    for (const { items } of shown) {
      for (const isUpright of [false, true]) {
        const { columns, rows } = gridFor(items.length, isUpright);
        assert.ok(items.length <= columns * rows && columns <= 5 && rows <= 7, `${items.length}: ${columns} x ${rows}`);
      }
    }
  }
});

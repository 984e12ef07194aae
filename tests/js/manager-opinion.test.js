import assert from "node:assert/strict";
import { test } from "node:test";

import { byHour, delta, partsOf, sparkline, usualIssued } from "../../manager/static/js/day_model.js";
import { queryOf } from "../../manager/static/js/indicator_fields.js";
import {
  bandMiddles,
  components,
  levelRows,
  place,
  scaleFrom,
  stands,
  ticks,
} from "../../manager/static/js/opinion_model.js";
import { moved, ordered, rangeIn, rangeOf, searchWith } from "../../manager/static/js/ranges.js";

test("periods end today, the month before ends with its last day", () => {
  /** @type {(kind: any, today: string) => string[]} */
  const dates = (kind, today) => [rangeOf(kind, today).from, rangeOf(kind, today).to];
  assert.deepEqual(dates("month", "2026-11-24"), ["2026-11-01", "2026-11-24"]);
  assert.deepEqual(dates("last-month", "2026-11-24"), ["2026-10-01", "2026-10-31"]);
  assert.deepEqual(dates("last-month", "2028-03-31"), ["2028-02-01", "2028-02-29"]);
  assert.deepEqual(dates("last-month", "2027-01-05"), ["2026-12-01", "2026-12-31"]);
  assert.deepEqual(dates("30-days", "2026-11-24"), ["2026-10-26", "2026-11-24"]);
  assert.deepEqual(dates("year", "2026-11-24"), ["2026-01-01", "2026-11-24"]);
  for (const [today, first] of [["2026-03-31", "01"], ["2026-04-01", "04"], ["2026-12-31", "10"]]) {
    assert.equal(dates("quarter", today)[0], `2026-${first}-01`);
  }
});

test("the address keeps the period and everything else that it had", () => {
  const dates = ordered("2026-11-20", "2026-11-02");
  assert.deepEqual(dates, { kind: "dates", from: "2026-11-02", to: "2026-11-20" });
  const search = searchWith("?language=en&period=year", dates);
  assert.equal(search, "?language=en&period=dates&from=2026-11-02&to=2026-11-20");
  assert.deepEqual(rangeIn(search, "2026-11-24"), dates);
  assert.equal(searchWith(search, rangeOf("month", "2026-11-24")), "?language=en&period=month");
});

test("an end that is moved past the other takes it along", () => {
  const range = ordered("2026-10-01", "2026-10-31");
  assert.deepEqual(moved(range, "from", "2026-11-24"), { kind: "dates", from: "2026-11-24", to: "2026-11-24" });
  assert.deepEqual(moved(range, "to", "2026-09-02"), { kind: "dates", from: "2026-09-02", to: "2026-09-02" });
  assert.deepEqual(moved(range, "to", "2026-11-02"), { kind: "dates", from: "2026-10-01", to: "2026-11-02" });
});

test("an address that asks for nothing that can be gets 30 days", () => {
  for (const search of ["", "?period=century", "?period=dates&from=2026-11-02", "?period=dates&from=2026-99-02&to=2026-11-20"]) {
    assert.deepEqual(rangeIn(search, "2026-11-24"), rangeOf("30-days", "2026-11-24"), search);
  }
});

test("the index's components: each brings its share times its weight, a missing one nothing", () => {
  /** @type {any} */
  const opinion = {
    adjusted: { share: 0.8 },
    index: { value: null, waiting: null, first_visit: 1, weights: { satisfaction: 0.6, waiting: 0.25, first_visit: 0.15 } },
  };
  assert.deepEqual(
    components(opinion).map((row) => row.points && Math.round(10 * row.points) / 10),
    [48, null, 15],
  );
  assert.deepEqual(components(opinion).map((row) => row.weight), [0.6, 0.25, 0.15]);
});

test("levels from the best to the worst, without a share where nobody rated", () => {
  assert.deepEqual(levelRows([1, 0, 0, 1, 2])[0], { level: 5, count: 2, share: 0.5 });
  assert.deepEqual(levelRows([0, 0, 0, 0, 0])[4], { level: 1, count: 0, share: null });
});

test("only an interval that lies wholly on one side stands apart", () => {
  assert.equal(stands(0.7, 0.79, 0.8), "below");
  assert.equal(stands(0.7, 0.8, 0.8), "");
  assert.equal(stands(0.81, 0.9, 0.8), "above");
  assert.equal(stands(null, null, 0.8), "");
});

test("a scale of shares holds the lowest of them", () => {
  assert.equal(scaleFrom([]), 0.6);
  assert.equal(scaleFrom([0.93, null]), 0.6);
  assert.equal(scaleFrom([0.41]), 0.4);
  assert.equal(scaleFrom([0.13, 0.9]), 0);
  assert.deepEqual(ticks(0.6), [0.6, 0.8, 1]);
  assert.ok(Math.abs(place(0.8, 0.6) - 50) < 1e-9);
  assert.equal(place(0.1, 0.6), 0);
});

test("a wait band is marked at its middle, the last one before the end of the picture", () => {
  /** @type {any[]} */
  const bands = [5, 10, 20, 40, 80, null].map((up_to_minutes) => ({ up_to_minutes }));
  assert.deepEqual(bandMiddles(bands), [2.5, 7.5, 15, 30, 60, 100]);
});

/** @type {(key: string, more: object) => any} */
const group = (key, more) => ({ key, issued: 0, ...more });

test("the day by hour: gaps stay gaps, in the line too", () => {
  const values = byHour([group("10", { v: 4 }), group("08", { v: 2 }), group("07", { v: null })], (/** @type {any} */ g) => g.v);
  assert.deepEqual(values, [2, null, 4]);
  assert.deepEqual(sparkline(values), [[{ x: 0, y: 50 }], [{ x: 100, y: 100 }]]);
  assert.deepEqual(sparkline([0.5], 1), [[{ x: 50, y: 50 }]]);
  assert.deepEqual(sparkline([0, 0]), [[{ x: 0, y: 0 }, { x: 100, y: 0 }]]);
  assert.deepEqual(sparkline([]), []);
});

test("usual by now: whole hours, and of the running one what has passed", () => {
  const hours = [group("07", { issued: 50 }), group("08", { issued: 100 }), group("09", { issued: 40 })];
  assert.equal(usualIssued(hours, 5, 8.5), 20);
  assert.equal(usualIssued(hours, 5, 6), 0);
  assert.equal(usualIssued(hours, 0, 8.5), null);
});

test("a difference is said in the step in which it is written, good or bad by its kind", () => {
  const wait = { step: 0.1, lowIsGood: true };
  assert.deepEqual(delta(8.04, 8, wait), { by: 0, way: "same", tone: undefined });
  assert.equal(delta(9, 8, wait)?.tone, "red");
  assert.equal(delta(7, 8, wait)?.way, "less");
  assert.equal(delta(7, 8, wait)?.tone, "good");
  assert.equal(delta(0.9, 0.8, { step: 0.01, lowIsGood: false })?.tone, "good");
  assert.equal(delta(null, 8, wait), null);
  assert.equal(delta(8, undefined, wait), null);
});

test("a counter's day adds up to the longest of the branch", () => {
  const parts = partsOf({ open_s: 3000, paused_s: 600, engaged_s: 1500 }, 4000);
  assert.deepEqual(parts.map((p) => p.seconds), [1500, 900, 600, 1000]);
  assert.equal(parts.reduce((sum, p) => sum + p.share, 0), 1);
  // A person who is served while the counter pauses is not counted twice.
  assert.deepEqual(partsOf({ open_s: 100, paused_s: 80, engaged_s: 50 }, 100).map((p) => p.seconds), [20, 0, 80, 0]);
  assert.deepEqual(partsOf({ open_s: 0, paused_s: 0, engaged_s: 0 }, 0).map((p) => p.share), [0, 0, 0, 0]);
});

test("the three counts of an indicator go together, an indicator left empty goes not at all", () => {
  assert.deepEqual(queryOf({ "i1.2": "12", "i1.0": "1", "i2.1": "", tier: "", posted: "true" }), { i1: "12,0,1", posted: "true" });
});

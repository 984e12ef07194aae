import assert from "node:assert/strict";
import { test } from "node:test";

import { intervalOf, MEASURES, measureOf, rowOf, rowsOf, said, sorted, tone } from "../../manager/static/js/explore_measures.js";
import {
  cleared,
  comparedRange,
  narrowed,
  partnerKey,
  rangeOf,
  readState,
  widened,
  writeState,
} from "../../manager/static/js/explore_state.js";

const TODAY = "2026-11-24";
/** @type {(query?: string) => any} */
const read = (query = "") => readState(query, TODAY);

test("periods are whole days of the branch", () => {
  assert.deepEqual(rangeOf("today", TODAY), { from: TODAY, to: TODAY });
  assert.deepEqual(rangeOf("yesterday", "2026-03-01"), { from: "2026-02-28", to: "2026-02-28" });
  assert.deepEqual(rangeOf("7", TODAY), { from: "2026-11-18", to: TODAY });
  assert.deepEqual(rangeOf("month", TODAY), { from: "2026-11-01", to: TODAY });
  assert.deepEqual(rangeOf("last_month", "2026-01-05"), { from: "2025-12-01", to: "2025-12-31" });
  assert.deepEqual(rangeOf("quarter", TODAY), { from: "2026-10-01", to: TODAY });
  assert.deepEqual(rangeOf("quarter", "2026-03-31"), { from: "2026-01-01", to: "2026-03-31" });
  assert.deepEqual(rangeOf("year", TODAY), { from: "2026-01-01", to: TODAY });
});

test("a period is compared with as many days, months, or the same days of last year", () => {
  const of = (/** @type {any} */ period, /** @type {any} */ against = "previous") =>
    comparedRange({ period, ...rangeOf(period, TODAY), against });
  assert.deepEqual(of("7"), { from: "2026-11-11", to: "2026-11-17" });
  assert.deepEqual(of("month"), { from: "2026-10-01", to: "2026-10-24" });
  assert.deepEqual(of("last_month"), { from: "2026-09-01", to: "2026-09-30" });
  assert.deepEqual(of("quarter"), { from: "2026-07-01", to: "2026-08-24" });
  assert.deepEqual(of("year"), { from: "2025-01-01", to: "2025-11-24" });
  assert.deepEqual(of("7", "year"), { from: "2025-11-18", to: "2025-11-24" });
  assert.equal(of("7", "none"), null);
  const leap = { period: "custom", from: "2028-02-29", to: "2028-02-29", against: /** @type {const} */ ("year") };
  assert.deepEqual(comparedRange(leap), { from: "2027-02-28", to: "2027-02-28" });
});

test("a group stands beside the one of the same place", () => {
  const range = { from: "2026-11-18", to: "2026-11-24" };
  const compared = { from: "2026-11-11", to: "2026-11-17" };
  assert.equal(partnerKey("2026-11-20", "day", range, compared), "2026-11-13");
  assert.equal(partnerKey("2026-11-23", "week", range, compared), "2026-11-16");
  assert.equal(partnerKey("2026-02", "month", { from: "2026-01-10", to: "2026-02-20" }, { from: "2025-01-10", to: "2025-02-20" }), "2025-02");
  assert.equal(partnerKey("A", "queue", range, compared), "A");
});

test("the address holds the state, and what others keep there", () => {
  const state = { ...read(), measure: "satisfied", by: "counter", where: { queue: "A", procedure: "" }, sort: "value", direction: "down" };
  const address = writeState(/** @type {any} */ (state), "?language=en&by=day&hour=08");
  assert.deepEqual(read(address), state);
  assert.equal(new URLSearchParams(address).get("language"), "en");
  assert.equal(String(cleared(address)), "language=en");
});

test("an address opened on another day shows the days it was sent with", () => {
  const address = writeState(read("?period=7"), "");
  const later = readState(address, "2026-12-01");
  assert.deepEqual([later.period, later.from, later.to], ["custom", "2026-11-18", "2026-11-24"]);
  assert.equal(read(address).period, "7");
});

test("what is no such measure, group, date or page is as usual", () => {
  const usual = read();
  assert.deepEqual(read("?measure=x&by=__proto__&period=&against=1&view=a&page=-4&sort=%3C&from=2026-02-30&to=2026-13-01"), usual);
  assert.deepEqual(read("?from=2026-11-20&to=2026-11-01"), usual);
});

test("narrowing adds a filter, or narrows the days", () => {
  const byQueue = narrowed(read("?by=queue&page=3&after=x"), "B");
  assert.deepEqual([byQueue.where, byQueue.by, byQueue.page, byQueue.after], [{ queue: "B" }, "service", 1, ""]);
  const day = narrowed(read("?by=day"), "2026-11-20");
  assert.deepEqual([day.from, day.to, day.by, day.where], ["2026-11-20", "2026-11-20", "hour", {}]);
  const week = narrowed(read("?by=week&period=7"), "2026-11-16");
  assert.deepEqual([week.from, week.to], ["2026-11-18", "2026-11-22"]);
  const month = narrowed(read("?by=month&period=year"), "2026-02");
  assert.deepEqual([month.from, month.to], ["2026-02-01", "2026-02-28"]);
  assert.deepEqual(widened(byQueue, "queue").where, {});
});

/** @type {(key: string, more: object) => any} */
const group = (key, more) => ({ key, issued: 9, served: 8, wait_n: 8, wait_p50_s: null, ratings_n: 0, ratings_satisfied: 0, ...more });

test("rows: value, partner and change; what is unknown comes last both ways", () => {
  const measure = measureOf("wait_p50");
  const groups = [group("A", { wait_p50_s: 300 }), group("B", {}), group("C", { wait_p50_s: 120 })];
  const rows = rowsOf(measure, groups, new Map([["A", group("A", { wait_p50_s: 420 })]]));
  assert.deepEqual(rows.map((row) => [row.value, row.was, row.change]), [[5, 7, -2], [null, null, null], [2, null, null]]);
  const order = (/** @type {any} */ way) => sorted(rows, "value", way).map((row) => row.key).join("");
  assert.deepEqual([order("up"), order("down")], ["CAB", "ACB"]);
  assert.equal(sorted(rows, "name", "down", (key) => key).map((row) => row.key).join(""), "CBA");
});

test("a shorter wait is good news, a change nobody would see is none", () => {
  const wait = measureOf("wait_p50");
  assert.deepEqual([tone(wait, -2), tone(wait, 2), tone(wait, 0.01), tone(wait, null)], ["good", "bad", "", ""]);
  assert.equal(tone(measureOf("within"), 0.05), "good");
  assert.equal(tone(measureOf("service_mean"), -3), "");
  assert.equal(said(measureOf("within"), 0.126), 13);
});

test("satisfaction is not told from fewer than thirty ratings", () => {
  const measure = measureOf("satisfied");
  const rated = (/** @type {number} */ n) => rowOf(measure, "A", group("A", { ratings_n: n, ratings_satisfied: n }), null);
  assert.deepEqual([rated(29).value, rated(30).value, rated(29).n], [null, 1, 29]);
});

test("an officer's satisfaction is the one drawn towards the mean, with its own interval", () => {
  const measure = measureOf("satisfied");
  const shrunk = { share: 0.84, low: 0.78, high: 0.89 };
  const figures = group("Lan", { ratings_n: 40, ratings_satisfied: 40, shrunk });
  assert.equal(measure.value(figures), 0.84);
  assert.deepEqual(intervalOf(measure, figures), { low: 0.78, high: 0.89 });
  const few = group("Minh", { ratings_n: 9, ratings_satisfied: 9, shrunk: { share: null, low: null, high: null } });
  assert.deepEqual([measure.value(few), intervalOf(measure, few)], [null, null]);
});

test("every measure has a name of its own", () => {
  assert.equal(new Set(MEASURES.map((one) => one.id)).size, MEASURES.length);
});

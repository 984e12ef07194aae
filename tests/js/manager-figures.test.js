import assert from "node:assert/strict";
import { test } from "node:test";

import { csvText } from "../../manager/static/js/csv.js";
import {
  heat,
  heatLevel,
  inMinutes,
  peak,
  waitTone,
  waitsByGroup,
  waitsByHour,
} from "../../manager/static/js/figures.js";
import { addDays, dayMonth, lastDays, localDate, minutesSince } from "../../manager/static/js/time.js";

const ZONE = "Asia/Ho_Chi_Minh";
/** @type {(h: number, n: number, p50: number|null, p90?: number|null) => any} */
const hour = (h, n, p50, p90 = null) => ({
  id: String(h).padStart(2, "0"),
  hour: h,
  n,
  p50_s: p50,
  p75_s: p50,
  p90_s: p90,
});

test("hours are in order, a gap at noon stays a gap", () => {
  const points = waitsByHour({ 13: hour(13, 4, 60), "08": hour(8, 25, 300, 900), "09": hour(9, 0, null) });
  assert.deepEqual(
    points.map((p) => p.key),
    ["8", "9", "10", "11", "12", "13"],
  );
  assert.deepEqual(points[0], { key: "8", n: 25, p50: 5, p75: 5, p90: 15 });
  assert.deepEqual(points[4], { key: "12", n: 0, p50: null, p75: null, p90: null });
  assert.equal(points[5].p90, null);
});

test("a morning with nothing yet has no points", () => {
  assert.deepEqual(waitsByHour({}), []);
  assert.equal(peak([]), null);
});

test("the peak is the longest median", () => {
  assert.equal(peak(waitsByHour({ 8: hour(8, 5, 60), 9: hour(9, 5, 600) }))?.key, "9");
});

test("groups of a period: hours as hours, days by date", () => {
  /** @type {(key: string, n: number) => any} */
  const group = (key, n) => ({ key, wait_n: n, wait_p50_s: 90, wait_p75_s: 120, wait_p90_s: null });
  /** @type {(by: string, groups: any[]) => any} */
  const answer = (by, groups) => ({ by, groups });
  const byHour = waitsByGroup(answer("hour", [group("09", 3), group("08", 2), group("07", 0)]));
  assert.deepEqual(
    byHour.map((p) => [p.key, p.n, p.p50]),
    [
      ["8", 2, 1.5],
      ["9", 3, 1.5],
    ],
  );
  const byDay = waitsByGroup(answer("day", [group("2026-11-23", 9), group("2026-11-20", 9)]));
  assert.deepEqual(
    byDay.map((p) => p.key),
    ["2026-11-20", "2026-11-23"],
  );
});

test("the heat map has every queue, and only hours with data", () => {
  const map = heat(
    {
      "A-08": { id: "A-08", queue: "A", hour: 8, n: 3, p50_s: 60, p90_s: null },
      "A-10": { id: "A-10", queue: "A", hour: 10, n: 30, p50_s: 120, p90_s: 660 },
    },
    /** @type {any} */ ({ queues: [{ id: "A" }, { id: "B" }] }),
  );
  assert.deepEqual(map.hours, [8, 9, 10]);
  assert.deepEqual(map.rows[0].cells, [{ n: 3, p50: 1, p90: null }, null, { n: 30, p50: 2, p90: 11 }]);
  assert.deepEqual(map.rows[1].cells, [null, null, null]);
});

test("levels follow the two targets; exactly on target is within it", () => {
  const levels = [0, 4.9, 5, 14.9, 15, 15.1, 30, 30.1].map((m) => heatLevel(m, [15, 30]));
  assert.deepEqual(levels, [1, 1, 2, 3, 3, 4, 4, 5]);
  assert.deepEqual(
    [15, 16, 31].map((m) => waitTone(m, [15, 30])),
    ["good", "amber", "red"],
  );
});

test("seconds become minutes with one decimal", () => {
  assert.equal(inMinutes(501), 8.4);
  assert.equal(inMinutes(0), 0);
  assert.equal(inMinutes(null), null);
});

test("the business date is the branch's, not UTC's", () => {
  const lateEvening = Date.parse("2026-11-22T18:00:00Z");
  assert.equal(localDate(lateEvening, ZONE), "2026-11-23");
  assert.deepEqual(lastDays(7, lateEvening, ZONE), { from: "2026-11-17", to: "2026-11-23" });
  assert.equal(addDays("2026-03-01", -1), "2026-02-28");
  assert.equal(dayMonth("2026-11-23"), "23/11");
});

test("minutes since an instant never go below zero", () => {
  const now = Date.parse("2026-11-23T02:00:59Z");
  assert.equal(minutesSince("2026-11-23T01:30:00Z", now), 30);
  assert.equal(minutesSince("2026-11-23T03:00:00Z", now), 0);
  assert.equal(minutesSince(null, now), 0);
});

test("csv: Vietnamese and English spreadsheets", () => {
  assert.equal(csvText(["Giờ", "Chờ"], [["8h", 4.5]], "vi"), "\uFEFFGiờ;Chờ\r\n8h;4,5\r\n");
  assert.equal(csvText(["a"], [[null], ['x"y, z']], "en"), '\uFEFFa\r\n\r\n"x""y, z"\r\n');
});

test("csv: a text never becomes a formula", () => {
  assert.equal(csvText(["a"], [["=1+1"], [-3]], "en"), "\uFEFFa\r\n'=1+1\r\n-3\r\n");
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, copiedWeek, onDate, planOf, rebased, stateOf, stretchesOf, weekly, withFile } from "../../manager/static/js/roster_model.js";

/** A Tuesday, and the Monday of its week. */
const [DAY, MONDAY] = ["2026-11-24", "2026-11-23"];
const SESSIONS = [
  { opens: "07:30", closes: "11:30", queues: [] },
  { opens: "13:30", closes: "17:00", queues: [] },
];

/** @param {object} [more] @returns {any} */
const shift = (more = {}) => ({
  counter: "c1", officer: "Lan", weekdays: [0, 1, 2, 3, 4], on: null, since: null, until: null, opens: "08:00", closes: "17:00",
  covers_break: false, ...more,
});

/** @param {any[]} shifts @param {string} [day] */
const hours = (shifts, day = DAY) =>
  stretchesOf(planOf(shifts, "c1", day), SESSIONS).map((s) => `${s.opens}-${s.closes}`);

test("a plan follows from shifts and hours as the server's does", () => {
  assert.deepEqual(hours([]), ["07:30-11:30", "13:30-17:00"]);
  assert.deepEqual(hours([shift()]), ["08:00-11:30", "13:30-17:00"]);
  assert.deepEqual(hours([shift({ covers_break: true })]), ["08:00-17:00"]);
  assert.deepEqual(hours([shift(), shift({ weekdays: [], on: DAY, opens: "09:00", closes: "10:00" })]), ["09:00-10:00"]);
  assert.deepEqual(hours([shift(), shift({ weekdays: [], on: DAY, opens: null, closes: null })]), []);
  assert.deepEqual(hours([shift({ weekdays: [0] })]), []);
  assert.deepEqual(hours([shift({ since: "2026-11-25" })]), ["07:30-11:30", "13:30-17:00"]);
});

test("how a counter is now", () => {
  const closed = { status: "closed", closedAt: null };
  const plan = [{ opens: "08:00", closes: "11:30" }, { opens: "13:30", closes: "17:00" }];
  const away = /** @type {any} */ ({ since: null, until: null });
  /** @param {any} counter @param {string} at @param {any} [absence] */
  const now = (counter, at, absence = null) => stateOf(counter, plan, absence, at).now;
  assert.equal(now(closed, "07:00"), "soon");
  assert.equal(now(closed, "08:09"), "soon");
  assert.deepEqual(stateOf(closed, plan, null, "08:10"), { now: "late", minutes: 10 });
  assert.equal(now(closed, "12:00"), "soon");
  assert.equal(now({ status: "closed", closedAt: "10:00" }, "10:30"), "left");
  assert.equal(now({ status: "closed", closedAt: "11:30" }, "13:45"), "late");
  assert.equal(now(closed, "17:00"), "over");
  assert.equal(now(closed, "09:00", away), "absent");
  assert.equal(now(closed, "09:00", { since: "13:00", until: null }), "late");
  assert.equal(now({ status: "open", closedAt: null }, "09:00", away), "open");
  assert.equal(stateOf(closed, [], null, "09:00").now, "none");
});

test("one date, or every week from a date on, leaves what was before", () => {
  const once = onDate([shift()], "c1", DAY, [shift({ closes: "10:00" })]);
  assert.deepEqual(hours(once), ["08:00-10:00"]);
  assert.deepEqual(hours(once, "2026-11-25"), hours([shift()]));
  assert.deepEqual(hours(onDate(once, "c1", DAY, [])), []);
  const often = weekly([shift()], "c1", DAY, [1], [shift({ officer: "Minh", closes: "10:00" })]);
  assert.deepEqual(hours(often), ["08:00-10:00"]);
  assert.deepEqual(hours(often, "2026-12-01"), ["08:00-10:00"]);
  assert.deepEqual(hours(often, "2026-11-17"), hours([shift()]));
  assert.deepEqual(hours(often, "2026-11-25"), hours([shift()]));
  assert.equal(changesOf([shift()], often).drop.length, 1);
  assert.equal(changesOf([shift()], often).add.length, 3);
});

test("a week is copied where it differs, and a file stands in the place of its days", () => {
  const odd = onDate([shift()], "c1", DAY, [shift({ closes: "10:00" })]);
  const copied = copiedWeek(odd, ["c1", "c2"], MONDAY);
  assert.deepEqual(changesOf(odd, copied).add.map((s) => s.on), ["2026-12-01"]);
  assert.equal(copiedWeek([shift()], ["c1"], MONDAY).length, 1);
  const read = [shift({ weekdays: [], on: DAY, closes: "09:00" })];
  assert.deepEqual(hours(withFile(odd, read)), ["08:00-09:00"]);
});

test("changes are made to the roster that somebody else saved, and undo nothing of it", () => {
  const [mine, theirs] = [shift({ counter: "c2" }), shift({ counter: "c3" })];
  const before = [shift(), mine];
  const after = onDate(before, "c1", DAY, []);
  const changes = changesOf(before, after);
  const fresh = [shift(), mine, theirs];
  const made = rebased(fresh, changes);
  assert.deepEqual(changesOf(fresh, made), changes);
  assert.ok(made.includes(theirs));
  // What was saved although the answer was lost is no change any more.
  assert.deepEqual(changesOf(after, rebased(after, changes)), { add: [], drop: [] });
});

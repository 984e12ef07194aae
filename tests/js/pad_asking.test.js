import assert from "node:assert/strict";
import { test } from "node:test";

import { NOTHING, THANKS_MS, changed, ended, heard, timeLeft, touched } from "../../counter/static/js/rating/asking.js";

const NOW = Date.parse("2026-11-24T02:00:00Z");
const ask = (token, seconds = 90) => ({
  token, number: "A001", language: "vi", until: new Date(NOW + seconds * 1000).toISOString(), seconds,
});

test("a visit that has ended is asked about until its time is over", () => {
  const pad = heard(NOTHING, ask("one"), NOW);
  assert.equal(pad.asking?.token, "one");
  assert.equal(heard(pad, ask("one"), NOW + 1000), pad, "nothing has changed");
  const over = heard(pad, null, NOW + 90_000);
  assert.equal(over.asking, null);
  assert.equal(heard(over, ask("one"), NOW + 90_000).asking, null, "and not again");
});

test("the officer took the visit back: it is asked about no more, and later anew", () => {
  const pad = heard(heard(NOTHING, ask("one"), NOW), null, NOW + 1000);
  assert.equal(pad.asking, null);
  assert.equal(heard(pad, ask("two"), NOW + 2000).asking?.token, "two");
});

test("the next visit does not take the question from under the finger", () => {
  let pad = touched(heard(NOTHING, ask("one", 60), NOW));
  assert.equal(pad.asking?.until, NOW + 120_000, "the branch's window once more");
  assert.equal(touched(pad), pad, "more time is given once");
  pad = heard(changed(pad, { step: "why", level: 1 }), ask("two", 200), NOW + 100_000);
  assert.equal(pad.asking?.token, "one");
  assert.equal(heard(pad, ask("two", 200), NOW + 120_000).asking?.token, "two");
});

test("an untouched question gives way to the next visit", () => {
  const pad = heard(heard(NOTHING, ask("one"), NOW), ask("two"), NOW + 5000);
  assert.equal(pad.asking?.token, "two");
});

test("thanks stand for a moment, and the visit is not asked about again", () => {
  let pad = ended(heard(NOTHING, ask("one"), NOW), NOW + 3000, true);
  assert.equal(pad.asking?.step, "thanks");
  assert.equal(heard(pad, ask("one"), NOW + 3000 + THANKS_MS - 1), pad);
  pad = heard(pad, ask("one"), NOW + 3000 + THANKS_MS);
  assert.equal(pad.asking, null);
});

test("a question that was passed over stays passed over", () => {
  const pad = ended(heard(NOTHING, ask("one"), NOW), NOW + 1000, false);
  assert.equal(pad.asking, null);
  assert.equal(heard(pad, ask("one"), NOW + 2000).asking, null);
});

test("what is being sent stays on the screen, and the bar shows the time that is left", () => {
  const asked = heard(NOTHING, ask("one"), NOW);
  assert.equal(timeLeft(asked.asking, NOW + 45_000), 0.5);
  assert.equal(timeLeft(touched(asked).asking, NOW), 1);
  assert.equal(timeLeft(asked.asking, NOW + 100_000), 0);
  const why = changed(touched(asked), { step: "why", level: 1, isSending: true });
  assert.equal(heard(why, null, NOW + 1000), why);
  assert.equal(ended(why, NOW + 1000, true).asking?.isSending, false);
});

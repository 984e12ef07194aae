import assert from "node:assert/strict";
import { test } from "node:test";

import { satisfaction, wilson } from "../../manager/static/js/satisfaction.js";

/** @type {(actual: number|null|undefined, expected: number) => void} */
const near = (actual, expected) =>
  assert.ok(Math.abs((actual ?? NaN) - expected) < 5e-5, `${actual} is not ${expected}`);

// The method-3 rows of Newcombe (1998), Statistics in Medicine 17:857-872, table I.
for (const [k, n, low, high] of [
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
]) {
  test(`wilson(${k}, ${n})`, () => {
    const interval = wilson(k, n);
    near(interval?.low, low);
    near(interval?.high, high);
  });
}

test("the interval stays within 0 and 1, and mirrors", () => {
  assert.equal(wilson(30, 30)?.high, 1);
  assert.equal(wilson(0, 30)?.low, 0);
  near(wilson(27, 30)?.low, 1 - (wilson(3, 30)?.high ?? NaN));
});

test("nothing is said of nothing, nor of the impossible", () => {
  assert.equal(wilson(0, 0), null);
  assert.equal(wilson(4, 3), null);
});

test("under 30 ratings there is no share", () => {
  assert.equal(satisfaction(29, 29, 100).share, null);
  assert.equal(satisfaction(29, 29, 100).interval, null);
  near(satisfaction(27, 30, 100).share, 0.9);
  near(satisfaction(27, 30, 100).response, 0.3);
});

test("no completed ticket, no response rate", () => {
  assert.equal(satisfaction(0, 0, 0).response, null);
});

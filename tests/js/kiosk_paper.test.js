import assert from "node:assert/strict";
import { test } from "node:test";

import { paperOf } from "../../kiosk/static/js/paper.js";

test("the paper on its way is said to be slow only after a while", () => {
  assert.equal(paperOf("", false), "printing");
  assert.equal(paperOf("", true), "slow");
  assert.equal(paperOf("reprinting", true), "slow");
});

test("what the printer said is said, whether slow or not", () => {
  for (const isSlow of [true, false]) {
    assert.equal(paperOf("printed", isSlow), "printed");
    assert.equal(paperOf("nothing_sent", isSlow), "failed");
    assert.equal(paperOf("unconfirmed", isSlow), "failed");
    assert.equal(paperOf("none", isSlow), "none");
    assert.equal(paperOf("waived", isSlow), "none");
  }
});

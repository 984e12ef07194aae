import assert from "node:assert/strict";
import { test } from "node:test";

import { CAPS, actionOf, digitOf, isHeldDown, isOurs } from "../../counter/static/js/keys.js";

const BODY = { tagName: "BODY" };
const TEXT = { tagName: "INPUT", type: "text" };

/** As browsers give it: what matters stands on the prototype, not on the object. */
function press(key, more = {}) {
  return Object.create({ key, target: BODY, ...more });
}

test("each printed key does what its button says", () => {
  const expected = {
    " ": "next",
    F3: "recall",
    F4: "start",
    Enter: "start",
    F6: "transfer",
    F7: "no-show",
    F8: "complete",
    F9: "park",
    F10: "pause",
    "?": "help",
    Escape: "cancel",
  };
  for (const [key, action] of Object.entries(expected)) assert.equal(actionOf(press(key)), action);
  assert.equal(actionOf(press("z", { ctrlKey: true })), "undo");
  assert.equal(actionOf(press("a")), null);
  assert.equal(CAPS["no-show"], "F7");
});

test("a key held down acts once, and is still kept from the browser", () => {
  assert.equal(actionOf(press(" ", { repeat: true })), null);
  assert.equal(actionOf(press("z", { ctrlKey: true, repeat: true })), null);
  assert.equal(isOurs(press("F6", { repeat: true })), true);
  assert.equal(isOurs(press("F5")), false);
});

test("Space held down never confirms the question it has just opened", () => {
  const choice = { tagName: "BUTTON", dataset: {} };
  assert.equal(isHeldDown(press(" ", { repeat: true, target: choice })), true);
  assert.equal(isHeldDown(press("Enter", { repeat: true, target: choice })), true);
  assert.equal(isHeldDown(press(" ", { target: choice })), false);
  assert.equal(isHeldDown(press(" ", { repeat: true, target: TEXT })), false);
});

test("typing is typing", () => {
  for (const key of [" ", "Enter", "?", "a"]) assert.equal(actionOf(press(key, { target: TEXT })), null);
  assert.equal(actionOf(press("z", { ctrlKey: true, target: TEXT })), null);
  assert.equal(actionOf(press("Escape", { target: TEXT })), "cancel");
  assert.equal(actionOf(press("F8", { target: TEXT })), "complete");
  assert.equal(actionOf(press(" ", { target: { tagName: "SELECT" } })), null);
  assert.equal(actionOf(press(" ", { isComposing: true })), null);
});

test("Space and Enter press the focused button, except the big one, where they are ours", () => {
  const button = { tagName: "BUTTON", dataset: {} };
  const main = { tagName: "BUTTON", dataset: { main: "" } };
  assert.equal(actionOf(press(" ", { target: button })), null);
  assert.equal(actionOf(press("F3", { target: button })), "recall");
  assert.equal(actionOf(press(" ", { target: main })), "next");
  assert.equal(actionOf(press("Enter", { target: main })), "start");
});

test("other people's combinations are left alone", () => {
  assert.equal(actionOf(press("F4", { altKey: true })), null);
  assert.equal(actionOf(press("r", { ctrlKey: true })), null);
});

test("digits choose from a list", () => {
  assert.equal(digitOf(press("3")), 3);
  assert.equal(digitOf(press("0")), null);
  assert.equal(digitOf(press("3", { repeat: true })), null);
  assert.equal(digitOf(press("3", { target: TEXT })), null);
  assert.equal(digitOf(press("3", { target: { tagName: "SELECT" } })), 3);
});

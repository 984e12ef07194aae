import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { deviceToken, dropOffer, hasStorage, keepOffer, keepToken, settleToken } from "../../server/static/js/token.js";

const SCREEN = "display:long-bien";
/** @type {Map<string, string>} */
let kept;
let isOn = true;

function store() {
  if (!isOn) throw new Error("storage is switched off");
  return kept;
}

beforeEach(() => {
  kept = new Map();
  isOn = true;
  Object.assign(globalThis, {
    localStorage: {
      getItem: (/** @type {string} */ key) => store().get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => store().set(key, value),
      removeItem: (/** @type {string} */ key) => store().delete(key),
    },
    history: { replaceState: () => Object.assign(location, { hash: "" }) },
    location: { hash: "", pathname: "/", search: "" },
  });
});

/** @param {string} token */
function start(token) {
  location.hash = token && `#token=${token}`;
  return deviceToken(SCREEN);
}

test("a token comes in the address, is kept, and leaves the address", () => {
  assert.equal(start(""), "");
  assert.equal(start("first"), "first");
  assert.equal(location.hash, "");
  assert.equal(start(""), "first");
});

test("a start script that gives the replaced token every morning does not bring it back", () => {
  start("first");
  keepOffer(SCREEN, "second");
  assert.equal(start("first"), "second", "tried first");
  settleToken(SCREEN, "second");
  assert.equal(start("first"), "second");
  assert.equal(start("third"), "third", "another one was meant");
});

test("an offered token that the server does not know gives way to the old one", () => {
  start("first");
  keepOffer(SCREEN, "second");
  assert.equal(dropOffer(SCREEN, "first"), false);
  assert.equal(dropOffer(SCREEN, "second"), true);
  assert.equal(deviceToken(SCREEN), "first");
  assert.equal(dropOffer(SCREEN, "first"), false, "there is no other to try");
});

test("an older answer settles nothing", () => {
  start("first");
  keepOffer(SCREEN, "second");
  keepOffer(SCREEN, "third");
  settleToken(SCREEN, "second");
  assert.equal(deviceToken(SCREEN), "third");
  settleToken(SCREEN, "third");
  assert.equal(dropOffer(SCREEN, "third"), false);
});

test("without storage a token lasts as long as the page", () => {
  isOn = false;
  assert.equal(hasStorage(), false);
  keepToken("kiosk:x", "paired");
  assert.equal(deviceToken("kiosk:x"), "paired");
});

/**
 * The page's state: what the server last said, at most once a second, and what is being shown.
 */

import { computed, signal } from "@preact/signals";
import { openSocket } from "/static/js/socket.js";

/** @typedef {import("./rows.js").Snapshot} Snapshot */
/** @typedef {"overview"|"queues"|"counters"|"alerts"|"explore"|"follow-ups"|"satisfaction"|"forecast"|"reports"|"plans"|"oversight"|"roster"|"policy"|"devices"|"people"|"audit"} Page */
/** @typedef {"today"|"7"|"30"} Period */

/** Silence longer than this, and nothing on the page may look as if it went on. */
const STALE_MS = 12_000;

/** @type {Page[]} */
const PAGES = ["overview", "queues", "counters", "alerts", "explore", "follow-ups", "satisfaction", "forecast", "reports", "plans", "oversight", "roster", "policy", "devices", "people", "audit"];

export const socket = openSocket("manager");

/** @type {import("@preact/signals").Signal<Snapshot|null>} */
export const view = signal(null);
/** Server time, in whole seconds' steps; stands still while nothing is heard. */
export const now = signal(socket.serverNow());
/** @type {import("@preact/signals").Signal<Period>} */
export const period = signal("today");
export const page = signal(pageOf(location.hash));
/** @type {import("@preact/signals").Signal<{text: string, bad: boolean}|null>} */
export const message = signal(null);
/** @type {import("@preact/signals").Signal<{kind: "release", counter: string}
 *   |{kind: "notice"}|{kind: "close_day"}|null>} */
export const dialog = signal(null);

export const tables = computed(() => view.value?.tables ?? {});

/** @param {string} hash */
function pageOf(hash) {
  // A sign-in on the way loses what stands behind the "#", but not what is explored.
  if (hash === "" && new URLSearchParams(location.search).has("measure")) return "explore";
  const name = /** @type {Page} */ (hash.replace("#", "").split("?")[0]);
  return PAGES.includes(name) ? name : "overview";
}

/** Whether there is a page of this name to turn to. @param {string} name */
export function hasPage(name) {
  return PAGES.includes(/** @type {Page} */ (name));
}

/** Take over what arrived since the last time: the only place that lets the page change. */
function tick() {
  const latest = /** @type {Snapshot|null} */ (/** @type {unknown} */ (socket.state.value));
  const silent = Date.now() - socket.lastHeardAt.value;
  if (latest && silent < STALE_MS) now.value = socket.serverNow();
  if (latest === view.peek() || !latest) return;
  view.value = latest;
}

/**
 * Begin: the first data at once, afterwards once a second.
 */
export function start() {
  const first = socket.state.subscribe(() => {
    if (!view.peek()) tick();
  });
  setInterval(() => {
    if (view.peek()) first();
    tick();
  }, 1000);
  addEventListener("hashchange", turn);
  // Going back past a change of the query is no change of the hash to every browser.
  addEventListener("popstate", turn);
}

/** To the page that the address names. */
function turn() {
  const named = pageOf(location.hash);
  if (named === page.peek()) return;
  page.value = named;
  document.querySelector("main")?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let fading;

/**
 * One sentence about what was just done.
 *
 * @param {string} text
 * @param {boolean} [bad]
 */
export function say(text, bad = false) {
  clearTimeout(fading);
  message.value = { text, bad };
  fading = setTimeout(() => (message.value = null), bad ? 20_000 : 8000);
}

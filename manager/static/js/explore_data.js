/**
 * The explored state in the address, and what the server answers to it.
 */

import { signal } from "@preact/signals";
import { language } from "/static/js/text.js";

import { comparedRange, readState, writeState } from "./explore_state.js";
import { now, view } from "./store.js";
import { localDate } from "./time.js";

/** @typedef {import("./explore_state.js").State} State */
/** @typedef {import("./rows.js").FullAnswer} FullAnswer */
/** @typedef {import("./rows.js").VisitsAnswer} VisitsAnswer */
/** @typedef {import("./rows.js").Story} Story */
/** @typedef {{kind: "offline"|"server"|"refused", message: string}} Trouble */
/**
 * @template T
 * @typedef {{of: string, found: T|null, isLoading: boolean, trouble: Trouble|null, at: number}} Asked
 *   `of`: the question that `found` answers
 */

export const PAGE = 100;
const TIMEOUT_MS = 45_000;
/** Older answers are asked for again: today goes on. */
const FRESH_MS = 60_000;

/** @type {import("@preact/signals").Signal<State|null>} */
export const state = signal(null);

/**
 * @template T
 * @returns {import("@preact/signals").Signal<Asked<T>>}
 */
const nothing = () => signal({ of: "", found: null, isLoading: false, trouble: null, at: 0 });

/** @typedef {{answer: FullAnswer, before: FullAnswer|null}} Figures */
export const figures = /** @type {import("@preact/signals").Signal<Asked<Figures>>} */ (nothing());
export const visits = /** @type {import("@preact/signals").Signal<Asked<VisitsAnswer>>} */ (nothing());
export const story = /** @type {import("@preact/signals").Signal<Asked<Story>>} */ (nothing());

export function today() {
  return localDate(now.peek(), view.peek()?.branch.time_zone ?? "UTC");
}

/** Take the state from the address. */
export function arrive() {
  state.value = readState(location.search, today());
  void ask();
}

/**
 * On to another state. What only changes how the same is shown replaces the address, so that "back"
 * leads to what was looked at before.
 *
 * @param {Partial<State>} change
 * @param {{replace?: boolean}} [how]
 */
export function go(change, { replace = false } = {}) {
  const next = { .../** @type {State} */ (state.peek()), ...change };
  state.value = next;
  const address = `${writeState(next, location.search)}${location.hash}`;
  if (replace) history.replaceState(history.state, "", address);
  else history.pushState(null, "", address);
  void ask();
}

/** What the state shows, asked again where it failed or is old. */
export async function ask() {
  const wanted = state.peek();
  if (!wanted || wanted.view === "definitions") return;
  if (wanted.view === "ticket") await answered(story, `tickets/${encodeURIComponent(wanted.ticket)}/story`, load);
  else if (wanted.view === "visits") await answered(visits, `visits?${visitsQuery(wanted)}`, load);
  else await answered(figures, JSON.stringify([wanted.from, wanted.to, wanted.by, wanted.where, comparedRange(wanted)]), (_of, stop) => both(wanted, stop));
}

/** Ask for the same once more. */
export async function again() {
  for (const one of [figures, visits, story]) one.value = { ...one.peek(), of: "" };
  await ask();
}

/** @param {State} wanted @param {AbortSignal} stop @returns {Promise<Figures>} */
async function both(wanted, stop) {
  const compared = comparedRange(wanted);
  const query = (/** @type {{from: string, to: string}} */ range) =>
    `figures?${new URLSearchParams({ from: range.from, to: range.to, by: wanted.by, ...wanted.where })}`;
  const [answer, before] = await Promise.all([load(query(wanted), stop), compared && load(query(compared), stop)]);
  return { answer, before };
}

/** @param {State} wanted */
function visitsQuery(wanted) {
  const query = new URLSearchParams({ from: wanted.from, to: wanted.to, limit: String(PAGE), ...wanted.where });
  if (wanted.after) query.set("after", wanted.after);
  return query;
}

/** @type {AbortController|null} */
let current = null;

/**
 * @template T
 * @param {import("@preact/signals").Signal<Asked<T>>} kept
 * @param {string} of
 * @param {(of: string, stop: AbortSignal) => Promise<T>} loading
 */
async function answered(kept, of, loading) {
  current?.abort();
  const known = kept.peek();
  const isFresh = now.peek() - known.at < FRESH_MS;
  if (known.of === of && known.found && !known.trouble && isFresh) {
    kept.value = { ...known, isLoading: false };
    return;
  }
  const own = new AbortController();
  current = own;
  const limit = setTimeout(() => own.abort("timeout"), TIMEOUT_MS);
  kept.value = { ...known, isLoading: true, trouble: null };
  try {
    const found = await loading(of, own.signal);
    kept.value = { of, found, isLoading: false, trouble: null, at: now.peek() };
  } catch (error) {
    if (own.signal.aborted && own.signal.reason !== "timeout") return;
    kept.value = { ...kept.peek(), isLoading: false, trouble: troubleOf(error) };
  } finally {
    clearTimeout(limit);
  }
}

class Refused extends Error {}

/** @param {unknown} error @returns {Trouble} */
function troubleOf(error) {
  if (error instanceof Refused) return { kind: "refused", message: error.message };
  if (error instanceof TypeError || !navigator.onLine) return { kind: "offline", message: "" };
  return { kind: "server", message: "" };
}

/**
 * @param {string} path below the branch
 * @param {AbortSignal} stop
 */
async function load(path, stop) {
  const branch = encodeURIComponent(view.peek()?.branch.id ?? "");
  const headers = { Accept: "application/json", "Accept-Language": language.peek() };
  const answer = await fetch(`/api/v1/branches/${branch}/${path}`, { headers, signal: stop });
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => null);
  if (answer.status < 500 && problem) throw new Refused(problem.detail ?? "");
  throw new Error(String(answer.status));
}

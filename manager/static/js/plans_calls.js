/** What the page of plans knows, its draft, and what it may ask the server for. */
import { signal } from "@preact/signals";
import { newId } from "/static/js/ids.js";
import { t } from "/static/js/text.js";

import { keep } from "./keep_draft.js";
import { rulesOf } from "./plans_model.js";
import { storedDraft } from "./policy_calls.js";
import { say, socket } from "./store.js";

/**
 * @typedef {import("./plans_model.js").Plan} Plan
 * @typedef {import("./plans_model.js").Change} Change
 * @typedef {import("./plans_model.js").Result} Result
 * @typedef {{id: string, name: string, asked_by: string, asked_at: string, state: "queued"|"working"|"ready"|"failed"|"cancelled",
 *   done: number, total: number, reason: string, is_stalled?: boolean, days: string[], plans: Plan[], versions: Record<string, any>}} Trial
 * @typedef {{id: string, number: number, queues: string[], own: string[]}} CounterNow
 * @typedef {{counters: CounterNow[], queues: {id: string, prefix: string, vi: string, en: string}[], sessions: [string, string][],
 *   rosters: {week: string, weekdays: number[]}[],
 *   policy: {version: number, mode: string, normal_per_priority: number, head_start_minutes: number, cap_minutes: number, targets: number[]}}} Now
 * @typedef {{plans: Plan[], at: number, days: string[]|null, count: number, weekdays: number[]|null}} Draft `weekdays` null: all
 * @typedef {{plans: Trial[], days: {day: string, people: number}[], now: Now}} Known
 */

/** @type {import("@preact/signals").Signal<Known|null>} */
export const known = signal(null);
/** Why there is nothing to show. */
export const trouble = signal("");
/** The comparison that is looked at; "" = the draft. */
export const chosen = signal("");
/** @type {import("@preact/signals").Signal<{plan: Trial, result: Result|null}|null>} */
export const opened = signal(null);
/** Why the comparison looked at cannot be shown, or not as it is now. */
export const missing = signal("");
/** The comparison that was just asked for: whoever asked goes on reading there. */
export const fresh = { id: "" };
export const isAsking = signal(false);
/** What is wrong with the draft, in the server's words. */
export const refusal = signal("");

/** @type {import("@preact/signals").Signal<Draft>} */
export const draft = signal(blank());
keep("plans", draft, ({ plans }) => plans.some((one) => one.changes.length > 0));
/** What was asked without an answer, and its key: asked again it is the same comparison. */
let asked = { text: "", key: "" };

/** @param {Partial<Draft>} [more] @returns {Draft} */
export function blank(more = {}) {
  return { plans: [], at: 0, days: null, count: 30, weekdays: null, ...more };
}

export async function load() {
  const ack = await socket.emit("ask", { name: "plans.list" });
  if (ack.ok) known.value = /** @type {Known} */ (/** @type {unknown} */ (ack.result));
  trouble.value = ack.ok ? "" : ack.error.message;
}

/** Take the draft of a calling policy that the address names into the draft of plans, once. */
export async function takePolicyDraft() {
  const id = new URLSearchParams(location.hash.split("?")[1] ?? "").get("draft");
  if (!id) return;
  history.replaceState(null, "", "#plans");
  if (!known.value) await load();
  const policy = (await storedDraft(id))?.policy;
  if (!policy || !known.value) return;
  const wanted = {
    mode: policy.mode,
    ratio: policy.normal_per_priority,
    start: Math.max(0, ...policy.classes.map((one) => one.head_start_minutes)),
    cap: policy.overtaking_cap_minutes,
  };
  const rules = rulesOf(wanted, known.value.now.policy);
  close();
  if (!rules) {
    say(t("plan.nothing_of_draft"), true);
    return;
  }
  draft.value = blank({ plans: [{ name: t("plan.of_draft"), changes: [rules], new_skill: 0.8 }] });
}

/** Look at a comparison. @param {string} id */
export async function open(id) {
  if (chosen.value !== id) missing.value = "";
  chosen.value = id;
  if (opened.value?.plan.id !== id) opened.value = null;
  const ack = await socket.emit("ask", { name: "plans.show", plan: id });
  if (chosen.value !== id) return;
  if (ack.ok) opened.value = /** @type {any} */ (ack.result);
  // Somebody else deleted it, or the line is cut: what is shown stays, and the reason is told.
  missing.value = ack.ok ? "" : ack.error.message;
}

export function close() {
  chosen.value = "";
  opened.value = null;
  missing.value = "";
}

/** Whether one of the comparisons is under way. */
export function isBusy() {
  return known.value?.plans.some((one) => one.state === "queued" || one.state === "working") ?? false;
}

/** A change as the server names it. @param {Change} change */
function sent({ kind, ...rest }) {
  return { type: kind, ...rest };
}

/** @param {any} change as the server tells it @returns {Change} */
function received({ type, ...rest }) {
  return { kind: type, ...rest };
}

/** Plans as the page holds them. @param {Trial} trial @returns {Plan[]} */
export function plansOf(trial) {
  return trial.plans.map((plan) => ({ ...plan, changes: plan.changes.map(received) }));
}

/** @param {Plan[]} plans @param {string[]} days @param {string} title */
export async function ask(plans, days, title) {
  if (isAsking.peek()) return;
  isAsking.value = true;
  refusal.value = "";
  const content = plans.map((plan) => ({ ...plan, changes: plan.changes.map(sent) }));
  const text = JSON.stringify([content, days]);
  if (asked.text !== text) asked = { text, key: newId() };
  const ack = await socket.emit("ask", { name: "plans.ask", plans: content, days, title, key: asked.key });
  isAsking.value = false;
  if (!ack.ok) {
    refusal.value = ack.error.message;
    return;
  }
  asked = { text: "", key: "" };
  const { plan } = /** @type {any} */ (ack.result);
  fresh.id = plan.id;
  await load();
  await open(plan.id);
}

/** @param {"rename"|"cancel"|"delete"} what @param {string} plan @param {string} [title] */
export async function deed(what, plan, title = "") {
  const ack = await socket.emit("ask", { name: `plans.${what}`, plan, title });
  if (!ack.ok) say(ack.error.message, true);
  else if (what === "delete") close();
  await load();
  if (ack.ok && what !== "delete") await open(plan);
  return ack.ok;
}

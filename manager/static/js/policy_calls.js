/** What the page of calling rules knows, the draft in hand, and what it may ask the server for. */
import { signal } from "@preact/signals";
import { language } from "/static/js/text.js";

import { keep } from "./keep_draft.js";
import { say, socket } from "./store.js";

/**
 * @typedef {{code: string, name: {vi: string, en: string}, rank: number, head_start_minutes: number, urgent: boolean}} Group
 * @typedef {"interleave"|"head_start"|"strict"} Mode
 * @typedef {Record<string, any> & {mode: Mode, classes: Group[], wait_targets_minutes: [number, number]}} Policy
 * @typedef {{version: number, at: string, until: string|null, by: string, actor: string, note: string, restores: number|null,
 *   is_scheduled: boolean, is_first: boolean, calls: number, policy: Policy, difference: string[]}} Version
 * @typedef {{scheduled: number, effective_at: string, by: string, note: string, policy: Policy, sentences: string[],
 *   difference: string[], restores: number|null}} Pending
 * @typedef {{id: string, name: string, is_mine: boolean, revision: number, base: number, changed_at: string, policy: Policy,
 *   difference: string[]}} Draft
 * @typedef {{in_force: Version & {sentences: string[]}, pending: Pending|null, drafts: Draft[], versions: Version[],
 *   limits: Record<string, [number, number]>, next_opening: string|null}} Known
 * @typedef {{number: string, priority: boolean, before: number, after: number}} Turn
 * @typedef {{base: number, difference: string[], sentences: string[], queues: {queue: string, name: string, people: Turn[]}[],
 *   sooner: number, later: number, furthest: number}} Preview
 * @typedef {{field: string, words: string}} Fault
 */

/** @type {import("@preact/signals").Signal<Known|null>} */
export const known = signal(null);
/** Why there is nothing to show. */
export const trouble = signal("");
/** The draft in the editor; null = the editor is closed. @type {import("@preact/signals").Signal<Policy|null>} */
export const editing = signal(null);
keep("policy", editing, (policy) => policy !== null && isUnsaved());
/** @type {import("@preact/signals").Signal<Preview|null>} */
export const preview = signal(null);
/** What is wrong with the draft. @type {import("@preact/signals").Signal<Fault|null>} */
export const fault = signal(null);
/** What is about to be published. @type {import("@preact/signals").Signal<{policy: Policy, restores: number|null}|null>} */
export const publishing = signal(null);

/** @param {string} name @param {Record<string, unknown>} [args] @returns {Promise<any>} */
const ask = (name, args = {}) => socket.emit("ask", { ...args, name: `policy.${name}`, language: language.peek() });

let loads = 0;

export async function load() {
  const turn = (loads += 1);
  const ack = await ask("show");
  if (turn !== loads) return; // an answer that another question has overtaken
  if (ack.ok) known.value = ack.result;
  trouble.value = ack.ok ? "" : ack.error.message;
}

/** The draft of this id as the server keeps it. @param {string} id @returns {Promise<Draft|undefined>} */
export async function storedDraft(id) {
  const ack = await ask("show");
  return ack.ok ? ack.result.drafts.find((/** @type {Draft} */ one) => one.id === id) : undefined;
}

/** The draft that is one's own, as the server keeps it. */
export function mine() {
  return known.value?.drafts.find((one) => one.is_mine);
}

/** Whether the editor holds what the server has neither as a draft of one's own nor in force. */
export function isUnsaved() {
  const rules = (/** @type {Policy|undefined|null} */ policy) => policy && JSON.stringify({ ...policy, version: 0 });
  return editing.value !== null && [mine()?.policy, known.value?.in_force.policy].every((one) => rules(one) !== rules(editing.value));
}

let asked = 0;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let soon;

/** What the policy would change, a moment after the last key. @param {Policy} policy @param {number} [after] */
export function look(policy, after = 250) {
  clearTimeout(soon);
  soon = setTimeout(async () => {
    const turn = (asked += 1);
    const ack = await ask("preview", { policy });
    if (turn !== asked) return;
    if (ack.ok) preview.value = ack.result;
    fault.value = ack.ok ? null : { field: String(ack.error.facts?.field ?? ""), words: ack.error.message };
  }, after);
}

/** @param {Policy} policy */
export function edit(policy) {
  editing.value = structuredClone(policy);
  preview.value = fault.value = null;
  look(policy, 0);
}

/** @param {Partial<Policy>} change */
export function change(change) {
  if (!editing.value) return;
  editing.value = /** @type {Policy} */ ({ ...editing.value, ...change });
  look(editing.value);
}

/** Keep the draft. @returns {Promise<string>} its id, empty when the server refused it */
export async function save() {
  const ack = await ask("save", { policy: editing.peek(), revision: mine()?.revision ?? 0 });
  if (!ack.ok) {
    say(ack.error.message, true);
    fault.value = { field: String(ack.error.facts?.field ?? ""), words: ack.error.message };
    return "";
  }
  await load();
  return ack.result.draft;
}

/** @param {string} draft */
export async function discard(draft) {
  const ack = await ask("discard", { draft });
  if (!ack.ok) say(ack.error.message, true);
  return load();
}

/** @param {number} scheduled @param {string} done */
export async function withdraw(scheduled, done) {
  const ack = await socket.call("WithdrawPolicy", { scheduled });
  say(ack.ok ? done : ack.error.message, !ack.ok);
  return load();
}

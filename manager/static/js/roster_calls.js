/** What the page of the roster knows, what is changed in it and not saved, and what it asks. */
import { computed, signal } from "@preact/signals";
import { clock } from "/static/js/format.js";
import { language, t } from "/static/js/text.js";

import { download } from "./csv.js";
import { keep } from "./keep_draft.js";
import { changesOf, keyOf, mondayOf, rebased } from "./roster_model.js";
import { now, say, socket, tables, view } from "./store.js";
import { localDate } from "./time.js";

/** @typedef {import("./roster_model.js").Shift} Shift */
/** @typedef {import("./roster_model.js").Session} Session */
/** @typedef {import("./roster_model.js").Absence} Absence */
/** @typedef {{id: string, number: number, queues: string[]}} Counter */
/** @typedef {{version: number, days: {date: string, sessions: Session[]}[], counters: Counter[], shifts: Shift[], officers: string[]}} Week */

/** The server takes no longer message. */
const LONGEST = 56_000;

/** @type {import("@preact/signals").Signal<Week|null>} */
export const week = signal(null);
export const trouble = signal("");
/** The Monday shown; "" = this week's. */
export const shown = signal("");
/** The roster as it would be; null = nothing is changed. @type {import("@preact/signals").Signal<Shift[]|null>} */
export const draft = signal(null);
/** The drafts before this one. @type {import("@preact/signals").Signal<(Shift[]|null)[]>} */
export const steps = signal([]);
/** What the draft changes, and how: with it the draft stands on a roster that somebody else changed. */
const kept = signal({ add: /** @type {Shift[]} */ ([]), drop: /** @type {Shift[]} */ ([]) });
keep("roster", kept, ({ add, drop }) => add.length + drop.length > 0);
/** @type {import("@preact/signals").Signal<{kind: "cell", counter: string, date: string}|{kind: "save"}|{kind: "file", problems: string[]}|null>} */
export const open = signal(null);

const zone = () => view.value?.branch.time_zone ?? "UTC";
export const today = computed(() => localDate(now.value, zone()));
/** The hour at the branch, `HH:MM`. */
export const hour = computed(() => clock(now.value, zone()));
export const monday = computed(() => shown.value || mondayOf(today.value));
export const shifts = computed(() => draft.value ?? week.value?.shifts ?? []);
export const changes = computed(() => changesOf(week.value?.shifts ?? [], shifts.value));

/** @param {string} name @param {Record<string, unknown>} [args] */
export function ask(name, args = {}) {
  return socket.emit("ask", { ...args, name, language: language.value });
}

export async function load() {
  const ack = await ask("rosters.week", { from: monday.peek() });
  trouble.value = ack.ok ? "" : ack.error.message;
  if (!ack.ok) return;
  const bare = ack.result.shifts.map((/** @type {any} */ { number, ...shift }) => shift);
  standOn(bare);
  week.value = { ...ack.result, shifts: bare };
}

/**
 * Somebody else saved, or the page was loaded anew: one's own changes are made to what is there now.
 * Nothing of what others saved is undone by them.
 *
 * @param {Shift[]} fresh
 */
function standOn(fresh) {
  const before = week.peek()?.shifts;
  const isOther = before !== undefined && fresh.map(keyOf).join() !== before.map(keyOf).join();
  if (before !== undefined && !isOther) return;
  const mine = draft.peek() && before ? changesOf(before, draft.peek() ?? []) : kept.peek();
  const made = rebased(fresh, mine);
  const { add, drop } = changesOf(fresh, made);
  const isLeft = add.length + drop.length > 0;
  // Saved after all, though its answer was lost.
  if (isOther && draft.peek()) say(t(isLeft ? "roster.changed_by_others" : "roster.saved"));
  put(isLeft ? made : null, fresh);
  // The steps stood on the roster that is gone.
  steps.value = [];
}

/** @param {Shift[]|null} made @param {Shift[]} [on] the roster in force */
function put(made, on = week.peek()?.shifts ?? []) {
  draft.value = made;
  kept.value = made ? changesOf(on, made) : { add: [], drop: [] };
}

/** @param {string} date */
export function turnTo(date) {
  shown.value = mondayOf(date);
  void load();
}

/** The sessions of a counter's queues on a date of the week shown. @param {Counter} counter @param {string} date */
export function sessionsOf(counter, date) {
  const day = week.value?.days.find((one) => one.date === date);
  return (day?.sessions ?? []).filter((s) => s.queues.length === 0 || s.queues.some((q) => counter.queues.includes(q)));
}

/** @param {string} counter @param {string} date @returns {Absence|null} */
export function absenceOf(counter, date) {
  return /** @type {any} */ (tables.value).absences?.[`${counter}/${date}`] ?? null;
}

/** @param {Shift[]} changed */
export function stage(changed) {
  steps.value = [...steps.value, draft.value];
  put(changed);
}

export function stepBack() {
  put(steps.value.at(-1) ?? null);
  steps.value = steps.value.slice(0, -1);
}

export function forget() {
  put(null);
  steps.value = [];
}

/** What the command takes: hours with seconds, as times are written. @param {Shift} s */
function wire(s) {
  return { ...s, opens: s.opens && `${s.opens}:00`, closes: s.closes && `${s.closes}:00` };
}

function asked() {
  const { add, drop } = changes.value;
  return { add: add.map(wire), drop: drop.map(wire) };
}

/** @returns {Promise<{mistakes: (Shift & {number: number, text: string})[], warnings: string[]}|string>} a text says why not */
export async function preview() {
  const what = asked();
  if (JSON.stringify(what).length > LONGEST) return t("roster.too_much");
  const ack = await ask("rosters.preview", what);
  return ack.ok ? ack.result : ack.error.message;
}

/** Returns why not, or "". */
export async function save() {
  const ack = await socket.call("PublishRoster", asked());
  if (!ack.ok) return ack.error.message;
  forget();
  say(t("roster.saved"));
  await load();
  return "";
}

/** @param {string} counter @param {number} number @param {Record<string, unknown>} [more] */
export async function declare(counter, number, more = {}) {
  const ack = await socket.call("DeclareAbsence", { counter, business_date: today.value, ...more });
  say(ack.ok ? t("roster.declared", { counter: number }) : ack.error.message, !ack.ok);
  return ack.ok;
}

/** @param {string} counter @param {number} number @param {string} date */
export async function withdraw(counter, number, date) {
  const ack = await socket.call("WithdrawAbsence", { counter, business_date: date });
  say(ack.ok ? t("roster.withdrawn", { counter: number }) : ack.error.message, !ack.ok);
}

export async function exportWeek() {
  const ack = await ask("rosters.file", { from: monday.value });
  if (ack.ok) download(`phan-cong-${monday.value}.csv`, ack.result.text);
  else say(ack.error.message, true);
}

/** @param {File} file @returns {Promise<{shifts: Shift[], problems: string[]}>} */
export async function readFile(file) {
  const text = await file.text();
  if (new Blob([text]).size > LONGEST) return { shifts: [], problems: [t("roster.too_much")] };
  const ack = await ask("rosters.read", { text });
  if (!ack.ok) return { shifts: [], problems: [ack.error.message] };
  const bare = ack.result.shifts.map((/** @type {any} */ { number, ...shift }) => shift);
  return { shifts: bare, problems: ack.result.problems };
}

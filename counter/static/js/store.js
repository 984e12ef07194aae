/** The terminal's state: the link, what is being asked of the server, which inline form is open. */
import { computed, effect, signal } from "@preact/signals";
import { newId } from "/static/js/ids.js";
import { openSocket } from "/static/js/socket.js";
import { dayOf } from "/static/js/format.js";
import { deviceToken, forgetToken } from "/static/js/token.js";

import { makeMemory } from "./memory.js";
import { currentTicket, isHeldBy, noShows, parked, possible, unprinted, waitingLine } from "./model.js";

/** @typedef {import("./model.js").CounterRow} CounterRow */
/** @typedef {import("./model.js").TicketRow} TicketRow */
/** @typedef {import("/static/js/socket.js").Ack} Ack */
/** @typedef {{action: string, name: string, args: Record<string, any>}} Order */
/** @typedef {{kind: string, ticket?: TicketRow, then?: string}} Panel */
/** @typedef {{account: string, name: string, title: string, role: string, permissions: string[], has_pin: boolean,
 *   is_locked: boolean, rating?: {n: number | null, mean?: number, share?: number}}} Me */

const SPINNER_MS = 300;
const UNCONFIRMED_MS = 3000;
const REPLIED_MS = 4000;

/** The counter of this page: the address names it. */
export const place = decodeURIComponent(location.pathname.split("/")[2] ?? "");
/** A token that acts for an officer; without one, whoever signed in by the page is asked for. */
export const token = deviceToken(`counter:${place}`);
export const socket = openSocket("counter", { token, said: { counter: place } });
export const csrf = document.getElementById("app")?.dataset.csrf ?? "";
export const memory = makeMemory(() => localStorage);

/** Server time, once a second. */
export const now = signal(socket.serverNow());
/** @type {import("@preact/signals").Signal<Panel | null>} */
export const panel = signal(null);
/** The command on its way, and how long it has taken. @type {import("@preact/signals").Signal<{action: string, phase: "pressed"|"spinning"|"unconfirmed"} | null>} */
export const busy = signal(null);
/** @type {import("@preact/signals").Signal<{message: string, code: string, again: (() => void) | null} | null>} */
export const refusal = signal(null);
/** A short good word, gone by itself. */
export const word = signal("");

export const state = socket.state;
export const counter = computed(
  () => /** @type {CounterRow | null} */ (state.value?.tables.counters?.[place] ?? null),
);
/** Who is signed in. */
export const me = computed(() => /** @type {Me | null} */ (state.value?.catalogue.me ?? null));
export const isLocked = computed(() => Boolean(me.value?.is_locked));
/** Whether the counter is this officer's. */
export const isMine = computed(() => isHeldBy(counter.value, me.value));
/** The counter was freed while this officer had it, and not by themselves: by a supervisor, or with the day. */
export const wasReleased = signal(false);
/** The command sent last. */
let ordered = "";
let wasMine = false;
effect(() => {
  const isClosed = counter.value?.status === "closed";
  if (wasMine && !isMine.value && isClosed) wasReleased.value = ordered !== "CloseCounter";
  else if (!isClosed) wasReleased.value = false;
  wasMine = isMine.value;
});
export const ticket = computed(() =>
  state.value && counter.value ? currentTicket(state.value, counter.value) : null,
);
export const line = computed(() =>
  state.value && counter.value ? waitingLine(state.value, counter.value) : [],
);
export const parkedTickets = computed(() =>
  state.value && counter.value ? parked(state.value, counter.value) : [],
);
export const missedTickets = computed(() =>
  state.value && counter.value ? noShows(state.value, counter.value) : [],
);
export const unprintedTickets = computed(() =>
  state.value && counter.value ? unprinted(state.value, counter.value) : [],
);
export const isLive = computed(() => ["live", "slow"].includes(socket.status.value));
/** Nothing may be pressed while the link is down: no press is kept to fire later. */
export const can = computed(() => {
  const all = counter.value ? possible(counter.value, ticket.value) : null;
  return isLive.value && isMine.value && !isLocked.value ? all : null;
});
export const zone = computed(() => state.value?.branch.time_zone ?? "Asia/Ho_Chi_Minh");
/** The business date, as YYYY-MM-DD. */
export const today = computed(() => state.value?.tables.day?.today?.date ?? dayOf(now.value, zone.value));
export const targets = computed(() => state.value?.catalogue.policy?.wait_targets_minutes ?? [15, 30]);

/**
 * Send a command for this counter. One at a time: a second press while one is on its way is dropped.
 * @param {string} action   the button that asked
 * @param {string} name
 * @param {Record<string, any>} [args]
 * @param {{ofCounter?: boolean}} [options] `ofCounter`: whether the command names a counter
 * @returns {Promise<Ack | null>}
 */
export function run(action, name, args = {}, { ofCounter = true } = {}) {
  const desk = ofCounter ? { counter: place } : {};
  return send({ action, name, args: { ...desk, ...args, command_id: newId() } });
}

/**
 * A repeat is not tried without a link: it would be answered as one that was never sent.
 * @param {Order} order
 * @param {{isRepeat?: boolean}} [options] `isRepeat`: it was sent before, and may have been done
 * @returns {Promise<Ack | null>}
 */
async function send(order, { isRepeat = false } = {}) {
  if (busy.peek() || (isRepeat && !isLive.peek())) return null;
  ordered = order.name;
  refusal.value = null;
  word.value = "";
  busy.value = { action: order.action, phase: "pressed" };
  // The pressed button may go with what it did.
  focusMain();
  const timers = [
    setTimeout(() => phase(order, "spinning"), SPINNER_MS),
    setTimeout(() => phase(order, "unconfirmed"), UNCONFIRMED_MS),
  ];
  const ack = await socket.call(order.name, order.args);
  timers.forEach(clearTimeout);
  busy.value = null;
  if (!ack.ok) refuse(order, ack.error);
  if (!ack.ok && ack.error.code === "signed_out") signInAgain();
  return ack;
}

/** The sign-in has ended: to the sign-in page, and back here. */
export function signInAgain() {
  forgetToken(`counter:${place}`);
  location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
}

/** @param {Order} order @param {"spinning"|"unconfirmed"} now */
function phase(order, now) {
  busy.value = { action: order.action, phase: now };
}

/**
 * A command that went unanswered may be repeated under its own id: it counts once.
 * @param {Order} order
 * @param {{code: string, message: string}} error
 */
function refuse(order, { code, message }) {
  const again = code === "timeout" ? () => void send(order, { isRepeat: true }) : null;
  refusal.value = { code, message, again };
}

/** Whether this officer may do it. @param {string} permission */
export function may(permission) {
  return Boolean(me.value?.permissions.includes(permission));
}

/** `return_at` so many minutes from now; nothing for 0. @param {number} minutes */
export function later(minutes) {
  return minutes ? { return_at: new Date(socket.serverNow() + minutes * 60_000).toISOString() } : {};
}

/** @param {string} text */
export function say(text) {
  word.value = text;
  setTimeout(() => {
    if (word.peek() === text) word.value = "";
  }, REPLIED_MS);
}

/** Opens an inline form; the same one again closes it. @param {Panel} next */
export function open(next) {
  panel.value = panel.peek()?.kind === next.kind ? null : next;
}

/** Closes the inline form and gives the big button its focus back. */
export function close() {
  panel.value = null;
  focusMain();
}

/** The focus returns to the big button, so that Space is always "call next". */
export function focusMain() {
  setTimeout(() => {
    if (!panel.peek()) /** @type {HTMLElement | null} */ (document.querySelector("[data-main]"))?.focus();
  }, 0);
}

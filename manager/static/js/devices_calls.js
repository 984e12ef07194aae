/** What the page of devices knows, and what it may ask the server about them. */
import { computed, signal } from "@preact/signals";
import { language, t } from "/static/js/text.js";

import { say, socket, tables } from "./store.js";

/**
 * @typedef {"here"|"lost"|"never"|"unknown"|"revoked"|"unwatched"} State
 * @typedef {{at: string, since: string, version: string, browser: string, address: string,
 *   behind: number|null, lag_s: number|null, sound: string, problems: string[]}} Contact
 * @typedef {{id: string, kind: string, name: string, counter: string|null, printer: string, added_at: string|null,
 *   rotated_at: string|null, must_rotate: boolean, state: State, contact: Contact|null,
 *   agent: (Contact & {state: State})|null}} Device
 * @typedef {{is_known: boolean, devices: Device[]}} Wall
 * @typedef {{kind: string, address: string, asked_at: string, left_s: number, counter: string}} Asking
 */

/** @type {import("@preact/signals").Signal<Wall|null>} */
export const wall = signal(null);
/** Why there is nothing to show. */
export const trouble = signal("");
/** Whose dialog is open: a device's id, "" for pairing, or null. */
export const chosen = signal(/** @type {string|null} */ (null));

export const device = computed(() => wall.value?.devices.find((one) => one.id === chosen.value) ?? null);

/** The counters of the branch in their order. */
export const counters = computed(() => Object.values(tables.value.counters ?? {}).sort((a, b) => a.number - b.number));

/**
 * @param {string} name
 * @param {Record<string, unknown>} [args]
 */
export function ask(name, args = {}) {
  return socket.emit("ask", { ...args, name: `devices.${name}`, language: language.value });
}

export async function load() {
  const ack = await ask("list");
  if (ack.ok) wall.value = ack.result;
  trouble.value = ack.ok ? "" : ack.error.message;
}

/**
 * Ask for a change, say what came of it, and look again. Returns why not, or "".
 *
 * @param {string} name
 * @param {Record<string, unknown>} args
 * @param {string} done
 */
export async function change(name, args, done) {
  const ack = await ask(name, args);
  if (!ack.ok) return ack.error.message;
  say(done);
  await load();
  return "";
}

/** @param {string} kind */
export function kindName(kind) {
  return t(`devices.kind_${kind}`);
}

/** Where a kiosk prints, in words. @param {string} printer */
export function printerName(printer) {
  if (printer === "agent") return t("devices.printer_beside");
  return printer || t("devices.printer_server");
}

/** @param {string|null} id */
export function counterName(id) {
  const found = counters.value.find((one) => one.id === id);
  return found ? t("devices.at_counter", { n: found.number }) : id ?? "";
}

/** What the people page knows of accounts, and what it may ask the server about them. */
import { computed, signal } from "@preact/signals";
import { language, t } from "/static/js/text.js";

import { say, socket } from "./store.js";

/**
 * @typedef {object} Person
 * @property {string} username
 * @property {string} name
 * @property {string} title
 * @property {string} role
 * @property {string[]} grants
 * @property {boolean} has_second_factor
 * @property {boolean} has_pin
 * @property {boolean} is_linked
 * @property {boolean} must_change
 * @property {boolean} is_locked
 * @property {boolean} is_disabled
 * @property {number} sign_ins
 * @property {string|null} last_at
 *
 * @typedef {{id: string, username: string, counter_id: string|null, name: string, added_at: string,
 *   revoked: boolean}} Token
 * @typedef {{people: Person[], tokens: Token[], roles: string[], grantable: string[]}} Accounts
 */

/** @type {import("@preact/signals").Signal<Accounts|null>} */
export const accounts = signal(null);
/** Why there is nothing to show. */
export const trouble = signal("");
/** Whose form is open: a username, "" for a new one's, or null. */
export const chosen = signal(/** @type {string|null} */ (null));
/** A password or token that is shown this once. @type {import("@preact/signals").Signal<{kind: "password"|"token", text: string}|null>} */
export const secret = signal(null);

export const person = computed(() => accounts.value?.people.find((one) => one.username === chosen.value) ?? null);

/**
 * @param {string} name
 * @param {Record<string, unknown>} [args]
 */
export function ask(name, args = {}) {
  return socket.emit("ask", { ...args, name, language: language.value });
}

export async function load() {
  const ack = await ask("people");
  if (ack.ok) accounts.value = ack.result;
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
  const { password, token } = ack.result;
  if (password) secret.value = { kind: "password", text: password };
  else if (token) secret.value = { kind: "token", text: token };
  else say(done);
  await load();
  return "";
}

/** @param {string} role */
export function roleName(role) {
  return t(`role.${role}`);
}

/** @param {string} permission */
export function grantName(permission) {
  return t(`grant.${permission}`);
}

/** For finding names however they are typed: no marks, no capitals. @param {string} text */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/giu, "d").toLowerCase();
}

/** The screen of an officer who left the desk: locked by a key or by itself, opened by the PIN. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { ticketNumber } from "/static/js/format.js";
import { BrandMark, Icon, html } from "/static/js/ui.js";

import { isLive, isLocked, me, open, say, signInAgain, socket, state, ticket } from "./store.js";

const DIGITS = 6;
const wrong = signal("");
/** When somebody last touched the keys or the screen. */
let touchedAt = Date.now();

/** Lock the screen; without a PIN, ask for one first: nobody could open it again. */
export async function lock() {
  if (!me.value?.has_pin) return open({ kind: "mine" });
  const ack = await socket.emit("lock", {});
  if (!ack.ok) return say(ack.error.message);
  wrong.value = "";
  return socket.refresh();
}

/** @param {string} pin */
async function unlock(pin) {
  const ack = await socket.emit("unlock", { pin });
  if (ack.ok) {
    wrong.value = "";
    return socket.refresh();
  }
  if (ack.error.code === "signed_out") return signInAgain();
  wrong.value = ack.error.message;
  return undefined;
}

/** Left alone for as long as the branch says, the screen locks itself. */
export function watchAbsence() {
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => (touchedAt = Date.now()), { capture: true });
  setInterval(() => {
    const minutes = state.peek()?.catalogue.lock_minutes ?? 0;
    const isDue = minutes > 0 && Date.now() - touchedAt >= minutes * 60_000;
    if (isDue && me.peek()?.has_pin && !isLocked.peek() && isLive.peek()) void lock();
  }, 5_000);
}

export function LockScreen() {
  const [pin, setPin] = useState("");
  useEffect(() => document.getElementById("pin")?.focus(), []);
  /** @param {string} typed */
  const type = (typed) => {
    const digits = typed.replace(/\D/gu, "").slice(0, DIGITS);
    setPin(digits.length === DIGITS ? "" : digits);
    if (digits.length === DIGITS) void unlock(digits);
  };
  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "←"];
  return html`<main class="entry lock" data-testid="lock-screen">
    <div class="card entry-card">
      <${BrandMark} size=${56} />
      <h1>${t("counter.locked_title")}</h1>
      <p>${ticket.value ? t("counter.locked_ticket", { number: ticketNumber(ticket.value.number), name: me.value?.name ?? "" }) : me.value?.name}</p>
      <label class="pin" for="pin"><span>${t("counter.pin")}</span>
        <input id="pin" type="password" inputmode="numeric" autocomplete="off" maxlength=${DIGITS} value=${pin} data-testid="pin"
          aria-describedby="pin-wrong" onInput=${(/** @type {any} */ event) => type(event.target.value)} /></label>
      <p class="pin-dots" aria-hidden="true">${Array.from({ length: DIGITS }, (_, n) => html`<span key=${n} class=${n < pin.length ? "is-set" : ""}></span>`)}</p>
      <p id="pin-wrong" class="pin-wrong" role="alert">${wrong.value}</p>
      <div class="pin-keys">${keys.map((key) => key === "" ? html`<span key="none"></span>` : html`<button type="button" key=${key}
        aria-label=${key === "←" ? t("counter.pin_back") : key} onClick=${() => type(key === "←" ? pin.slice(0, -1) : pin + key)}>
        ${key === "←" ? html`<${Icon} name="delete" size=${26} />` : key}</button>`)}</div>
      <button type="button" class="small" onClick=${signInAgain}>${t("counter.pin_forgotten")}</button>
    </div>
  </main>`;
}

/** Give oneself a PIN, or another one: the password says that it is oneself. */
export function PinForm() {
  const [pin, setPin] = useState("");
  const [password, setPassword] = useState("");
  const [answer, setAnswer] = useState("");
  const isReady = /^\d{6}$/u.test(pin) && password !== "" && isLive.value;
  /** @param {Event} event */
  const give = async (event) => {
    event.preventDefault();
    if (!isReady) return;
    const ack = await socket.emit("set_pin", { pin, password });
    setPassword("");
    if (!ack.ok) return setAnswer(ack.error.message);
    setPin("");
    setAnswer(t("counter.pin_set"));
    return socket.refresh();
  };
  return html`<form class="reason-row" onSubmit=${give}>
    <label class="field"><span>${t(me.value?.has_pin ? "counter.pin_other" : "counter.pin_new")}</span>
      <input type="password" inputmode="numeric" maxlength=${DIGITS} autocomplete="off" value=${pin} data-first="" data-testid="new-pin"
        onInput=${(/** @type {any} */ event) => setPin(event.target.value.replace(/\D/gu, ""))} /></label>
    <label class="field"><span>${t("counter.password")}</span>
      <input type="password" autocomplete="current-password" maxlength="128" value=${password} data-testid="own-password"
        onInput=${(/** @type {any} */ event) => setPassword(event.target.value)} /></label>
    <button type="submit" class="confirm" data-testid="set-pin" aria-disabled=${isReady ? undefined : "true"}>${t("counter.pin_save")}</button>
    ${answer && html`<p class="pin-answer" role="status">${answer}</p>`}
  </form>`;
}

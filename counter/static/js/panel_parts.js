/** What the inline forms share: their frame, and the reason that most of them ask for. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { digitOf } from "./keys.js";
import { Key } from "./parts.js";
import { can, close } from "./store.js";

/** @param {{title: string, hint?: string, children: any}} props */
export function Frame({ title, hint, children }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  // At once, not after the next frame: the next key may already be on its way.
  useLayoutEffect(() => {
    const first = box.current?.querySelector("[data-first]") ?? box.current?.querySelector(".panel-body button, .panel-body input");
    /** @type {HTMLElement | null} */ (first)?.focus();
  }, []);
  return html`<section class="panel" ref=${box} role="group" aria-labelledby="panel-title" data-testid="panel">
    <header class="panel-head">
      <h2 id="panel-title">${title}</h2>${hint && html`<p>${hint}</p>`}
      <button type="button" class="small panel-close" onClick=${close}>${t("counter.dismiss")} <${Key} of="cancel" /></button>
    </header>
    <div class="panel-body">${children}</div>
  </section>`;
}

/**
 * A digit chooses from the form's list.
 * @param {number} many
 * @param {(index: number) => void} onPick
 */
export function useDigits(many, onPick) {
  const latest = useRef(onPick);
  latest.current = onPick;
  useLayoutEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      const digit = digitOf(/** @type {import("./keys.js").Press} */ (/** @type {unknown} */ (event)));
      if (digit && digit <= many) latest.current(digit - 1);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [many]);
}

/**
 * A reason: one of the usual ones, or one's own words. Never a person's name.
 * @param {{reasons: string[], label: string, enabled?: boolean, danger?: boolean, onGive: (reason: string) => void, children?: any,
 *   isFree?: boolean}} props `isFree`: also where the counter is not one's own
 */
export function Reason({ reasons, label, enabled = true, danger = false, isFree = false, onGive, children }) {
  const [reason, setReason] = useState("");
  const confirm = useRef(/** @type {HTMLElement | null} */ (null));
  useDigits(reasons.length, (index) => {
    setReason(reasons[index]);
    confirm.current?.focus();
  });
  const isReady = enabled && reason.trim() !== "" && (isFree || Boolean(can.value));
  /** @param {Event} event */
  const give = (event) => {
    event.preventDefault();
    if (isReady) onGive(reason.trim());
  };
  return html`<form class="reason" onSubmit=${give}>
    <div class="chips" role="group" aria-label=${t("counter.reason")}>
      ${reasons.map((words, index) => html`<button type="button" class="chip" key=${words} aria-pressed=${reason === words} onClick=${() => setReason(words)}>
        <kbd class="key">${index + 1}</kbd>${words}</button>`)}
    </div>
    ${children}
    <div class="reason-row">
      <label class="field"><span>${t("counter.reason_own")}</span>
        <input value=${reason} maxlength="200" autocomplete="off" data-testid="reason"
          onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /></label>
      <button type="submit" ref=${confirm} class=${`confirm ${danger ? "confirm-danger" : ""}`} data-testid="confirm" aria-disabled=${isReady ? undefined : "true"}>${label}</button>
    </div>
  </form>`;
}

/** @param {string} name @returns {string[]} */
export function usual(name) {
  return t(`counter.reasons_${name}`).split("|");
}

/** In how many minutes from now; empty = not said. @param {{label: string, choices: number[], value: number, onPick: (minutes: number) => void}} props */
export function Minutes({ label, choices, value, onPick }) {
  return html`<div class="minutes" role="group" aria-label=${label}>
    <span class="field-name">${label}</span>
    <div class="chips">
      ${[0, ...choices].map((n) => html`<button type="button" class="chip" key=${n} aria-pressed=${value === n} data-testid=${`in-${n}`}
        onClick=${() => onPick(n)}>${n ? t("counter.minutes", { n }) : t("counter.unsaid")}</button>`)}
    </div>
  </div>`;
}

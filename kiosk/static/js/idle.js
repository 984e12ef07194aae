/** Nobody has touched the screen for a while: ask, visibly, then forget everything. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { isReading } from "./aloud.js";
import { goHome, isTouched, place } from "./session.js";
import { useCountdown } from "./stay.js";
import { onPress } from "/static/js/touch.js";

const IDLE_MS = 60_000;
const WARNING_MS = 30_000;

const isAsking = signal(false);
let touchedAt = performance.now();

function touched() {
  touchedAt = performance.now();
}

/** Watch for hands and keys; the result screen has a clock of its own. */
export function watchIdle() {
  for (const name of ["pointerdown", "keydown", "input", "scroll"]) {
    document.addEventListener(name, touched, { capture: true, passive: true });
  }
  setInterval(() => {
    // Listening is no idleness; the question itself is read too, and its time runs on.
    const listens = isReading.value && !isAsking.value;
    if (!isTouched.value || place.value === "result" || listens) touched();
    isAsking.value = performance.now() - touchedAt >= IDLE_MS;
  }, 500);
}

function stay() {
  touched();
  isAsking.value = false;
}

function leave() {
  stay();
  goHome();
}

export function IdleQuestion() {
  return isAsking.value ? html`<${Question} />` : null;
}

function Question() {
  const left = useCountdown(touchedAt + IDLE_MS + WARNING_MS, leave);
  const dialog = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return html`<dialog class="idle" ref=${dialog} aria-labelledby="idle-title" onCancel=${stay}>
    <${Icon} name="timer" size=${96} stroke=${1.6} />
    <h2 id="idle-title">${t("kiosk.idle_title")}</h2>
    <p class="idle-left numbers" role="timer">${left}</p>
    <p>${t("kiosk.idle_words")}</p>
    <button class="button primary" ...${onPress(stay)}><span>${t("kiosk.more_time")}</span></button>
    <button class="button quiet" ...${onPress(leave)}><span>${t("kiosk.start_over")}</span></button>
  </dialog>`;
}

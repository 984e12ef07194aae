/** A screen that leaves by itself: the time it has, said and shown, and the button for more of it. */
import { useEffect, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { isReading } from "./aloud.js";
import { goHome } from "./session.js";
import { onPress } from "/static/js/touch.js";

const READING_MS = 500;

/**
 * Goes home when the time is over; `extend` begins it anew, and so do other seconds. What is being
 * read aloud is heard to its end, and then there is still all the time to act on it.
 * @param {number} seconds
 */
export function useStay(seconds) {
  const [until, set] = useState(() => performance.now() + seconds * 1_000);
  const left = useCountdown(until, goHome);
  const extend = () => set(performance.now() + seconds * 1_000);
  const reads = isReading.value;
  useEffect(() => {
    extend();
    const timer = reads ? setInterval(extend, READING_MS) : undefined;
    return () => clearInterval(timer);
  }, [seconds, reads]);
  return { left, extend };
}

/** @param {{extend: () => void}} props */
export function MoreTime({ extend }) {
  return html`<button class="button quiet" ...${onPress(extend)}>
    <${Icon} name="timer" size=${40} /><span>${t("kiosk.stay")}</span></button>`;
}

/** @param {{left: number, of: number}} props */
export function StayBar({ left, of }) {
  const words = t("kiosk.returning", { n: left });
  return html`<div class="stay" role="timer" aria-label=${words}>
    <span class="stay-bar" style=${`transform: scaleX(${Math.min(1, left / of)})`}></span>
    <span class="stay-words">${words}</span>
  </div>`;
}

/**
 * Whole seconds left until an instant of this page's clock; calls `over` once it has come.
 * @param {number} until
 * @param {() => void} over
 */
export function useCountdown(until, over) {
  const remaining = () => Math.max(0, Math.ceil((until - performance.now()) / 1_000));
  const [left, set] = useState(remaining);
  useEffect(() => {
    set(remaining());
    const timer = setInterval(() => {
      set(remaining());
      if (remaining() === 0) {
        clearInterval(timer);
        over();
      }
    }, 200);
    return () => clearInterval(timer);
  }, [until]);
  return left;
}

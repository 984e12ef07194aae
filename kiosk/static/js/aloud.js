/**
 * Reading aloud by the device's own voice. Offered only where a voice of the language exists:
 * a button that stays silent would be worse than none.
 */
import { signal } from "@preact/signals";
import { language } from "/static/js/text.js";

/** Languages that this device can speak. */
export const spoken = signal(/** @type {string[]} */ ([]));

const RATE = 0.9;

export function findVoices() {
  if (!("speechSynthesis" in window)) return;
  const look = () => {
    spoken.value = speechSynthesis.getVoices().map((voice) => voice.lang.slice(0, 2).toLowerCase());
  };
  look();
  speechSynthesis.addEventListener("voiceschanged", look);
}

/** @param {string} words */
export function say(words) {
  if (!words || !spoken.value.includes(language.value)) return;
  speechSynthesis.cancel();
  const utterance = new SpeechSynthesisUtterance(words);
  const voice = speechSynthesis
    .getVoices()
    .find((each) => each.lang.toLowerCase().startsWith(language.value));
  if (voice) utterance.voice = voice;
  utterance.lang = language.value === "en" ? "en-GB" : "vi-VN";
  utterance.rate = RATE;
  speechSynthesis.speak(utterance);
}

export function hush() {
  if ("speechSynthesis" in window) speechSynthesis.cancel();
}

/** What the screen shows, as it would be read to somebody: headings, then choices. */
export function screenWords() {
  const parts = document.querySelectorAll(
    "main h1, main .lead, main .trouble, main .ticket-number, main .ticket-facts > div, main .tile-title, main .choice, main .note",
  );
  return Array.from(parts, (part) => part.textContent?.trim()).filter(Boolean).join(". ");
}

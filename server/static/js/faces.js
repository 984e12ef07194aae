/** Five faces of our own, from very dissatisfied to very satisfied. Never without their words. */
import { html } from "./ui.js";

const MOUTHS = ["M20 47c4-9 20-9 24 0", "M21 45c5-5 17-5 22 0", "M21 43h22", "M21 40c5 6 17 6 22 0", "M19 38c4 12 22 12 26 0Z"];
const BROWS = ["M16 23l10-4M48 23l-10-4", "", "", "", ""];

/** @param {{level: number}} props */
export function Face({ level }) {
  const mouth = MOUTHS[level - 1];
  return html`<svg class="face" viewBox="0 0 64 64" aria-hidden="true">
    <circle cx="32" cy="32" r="28" class="face-ground" />
    <circle cx="23" cy="27" r="3.6" class="face-eye" /><circle cx="41" cy="27" r="3.6" class="face-eye" />
    ${BROWS[level - 1] && html`<path d=${BROWS[level - 1]} class="face-line" />`}
    <path d=${mouth} class=${level === 5 ? "face-laugh" : "face-line"} />
  </svg>`;
}

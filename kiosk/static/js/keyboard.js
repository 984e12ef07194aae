/** Keys on the screen: a kiosk has no others. In the order of the alphabet, which everybody knows. */
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { onPress } from "/static/js/touch.js";

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const DIGITS = [..."1234567890"];
/** A finger that bounces takes less, one that types takes more. */
const TYPED = { quietMs: 80 };

/**
 * @param {{value: string, onChange: (value: string) => void, marks?: string[]}} props
 *   `marks`: what codes have beside letters and digits; without them the keys are for words
 */
export function Keyboard({ value, onChange, marks = [] }) {
  const isForWords = marks.length === 0;
  const keys = isForWords ? LETTERS : [...DIGITS, ...marks, ...LETTERS];
  return html`<div class=${`keyboard ${isForWords ? "letters" : ""}`} role="group" aria-label=${t("kiosk.keys")}>
    ${keys.map((key) => html`<button class="key" type="button" key=${key}
      ...${onPress(() => onChange(value + key), TYPED)}>${key}</button>`)}
    ${isForWords && html`<button class="key wide" type="button" ...${onPress(() => onChange(`${value} `), TYPED)}>${t("kiosk.key_space")}</button>`}
    <button class="key wide" type="button" ...${onPress(() => onChange(value.slice(0, -1)), TYPED)}>
      <${Icon} name="arrow-left" size=${36} />${t("kiosk.key_delete")}</button>
    <button class="key wide" type="button" ...${onPress(() => onChange(""))}>${t("kiosk.key_clear")}</button>
  </div>`;
}

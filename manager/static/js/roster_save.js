/** What a changed roster would change, before it is put in force. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { Refused } from "./device_dialog.js";
import { changes, open, preview, save, week } from "./roster_calls.js";
import { hoursOf, whenOf } from "./roster_words.js";

/** @typedef {import("./roster_model.js").Shift} Shift */
/** @typedef {{mistakes: (Shift & {number: number, text: string})[], warnings: string[]}} Seen */

/** @param {string} counter */
const numberOf = (counter) => week.value?.counters.find((one) => one.id === counter)?.number ?? 0;

export function SaveDialog() {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const [seen, setSeen] = useState(/** @type {Seen|null} */ (null));
  const [refused, setRefused] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    element.current?.showModal();
    void preview().then((found) => (typeof found === "string" ? setRefused(found) : setSeen(found)));
  }, []);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const why = await save();
    setBusy(false);
    if (why) setRefused(why);
    else element.current?.close();
  };
  const { add, drop } = changes.value;
  const counters = [...new Set([...add, ...drop].map((s) => s.counter))].sort((a, b) => numberOf(a) - numberOf(b));
  return html`<dialog ref=${element} class="roster-dialog roster-review" onClose=${() => (open.value = null)} aria-labelledby="roster-save-title">
    <form onSubmit=${send}>
      <h2 id="roster-save-title">${t("roster.review_title")}</h2>
      <div class="roster-changes" data-scroll tabindex="0" role="group" aria-labelledby="roster-save-title">
        ${counters.map((counter) => html`<section key=${counter}>
          <h3>${t("roster.counter_n", { counter: numberOf(counter) })}</h3>
          <ul>
            ${drop.filter((s) => s.counter === counter).map((s) => line(s, false))}
            ${add.filter((s) => s.counter === counter).map((s) => line(s, true))}
          </ul>
        </section>`)}
      </div>
      ${seen && seen.mistakes.length > 0 && html`<ul class="roster-problems" role="alert">${seen.mistakes.map((one) => html`<li key=${one.text + one.opens}>
        <${Icon} name="triangle-alert" size=${17} />${t("roster.mistake", { counter: one.number, when: whenOf(one), text: one.text })}</li>`)}</ul>`}
      ${seen && seen.warnings.length > 0 && html`<ul class="roster-warnings">${seen.warnings.map((one) => html`<li key=${one}><${Icon} name="circle-alert" size=${17} />${one}</li>`)}</ul>`}
      <${Refused} words=${refused} />
      <footer>
        <button type="button" class="quiet-button" onClick=${() => element.current?.close()}>${t("manager.cancel")}</button>
        <button class="button" data-testid="save-roster" disabled=${busy || !seen || seen.mistakes.length > 0}>${busy ? t("manager.sending") : t("roster.save")}</button>
      </footer>
    </form>
  </dialog>`;
}

/** @param {Shift} s @param {boolean} isNew */
function line(s, isNew) {
  return html`<li key=${JSON.stringify(s)} class=${isNew ? "is-new" : "is-gone"}>
    <b>${t(isNew ? "roster.new" : "roster.gone")}</b>
    <span>${whenOf(s)}: <span class="num">${hoursOf(s)}</span>${s.officer && html` · ${s.officer}`}${s.covers_break && html` · ${t("roster.covers_break_short")}`}</span>
  </li>`;
}

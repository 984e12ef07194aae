/** A citizen's dossier by its code, typed or scanned. Nothing of it stays on the screen. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { BackButton, StepHeading } from "./choose.js";
import { Keyboard } from "./keyboard.js";
import { MoreTime, StayBar, useStay } from "./stay.js";
import { goHome, isReady, link } from "./session.js";
import { onPress } from "/static/js/touch.js";

/** @typedef {{code: string, status: number, procedure?: string, promised?: string, next_step?: string,
 *   parts?: {status: number, procedure?: string}[]}} Found */

const STAY_S = 40;
/** A provincial system has three seconds, and our server its own. */
const ANSWER_MS = 6_000;
/** Longer than this is no code; a scanned address is. */
const LONGEST = 300;
/** Statuses that want something of the citizen, and those that end well or not. */
const TONES = /** @type {Record<number, string>} */ ({
  2: "going", 4: "going", 3: "bad", 5: "wanted", 6: "wanted", 9: "done", 10: "done",
});
const ICONS = /** @type {Record<string, string>} */ ({
  going: "clock", bad: "circle-alert", wanted: "triangle-alert", done: "circle-check", rest: "info",
});

export function Lookup() {
  const [code, write] = useState("");
  const [found, show] = useState(/** @type {Found|null} */ (null));
  const [trouble, tell] = useState("");
  const [isBusy, work] = useState(false);
  const field = useRef(/** @type {HTMLInputElement|null} */ (null));
  // A scanner types what it read and presses Enter, whatever was touched before.
  useLayoutEffect(() => field.current?.focus(), [found]);
  useEffect(() => {
    const toField = (/** @type {KeyboardEvent} */ event) => {
      const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;
      if (isPlain && event.key.length === 1 && event.key !== " ") field.current?.focus();
    };
    document.addEventListener("keydown", toField);
    return () => document.removeEventListener("keydown", toField);
  }, []);
  const change = (/** @type {string} */ text) => {
    write(text.slice(0, LONGEST));
    tell("");
  };
  const find = async () => {
    if (isBusy || !code.trim()) return;
    if (!isReady.value) return tell(t("kiosk.offline"));
    work(true);
    const ack = await link.emit("lookup", { code, language: language.value }, { timeout: ANSWER_MS });
    work(false);
    if (ack.ok) show(/** @type {any} */ (ack).result);
    else tell(ack.error.message || t("kiosk.failed"));
  };
  const again = () => {
    show(null);
    change("");
  };
  if (found) return html`<${Answer} found=${found} again=${again} />`;
  return html`<main class="step lookup">
    <${StepHeading} title=${t("kiosk.lookup_title")} lead=${t("kiosk.lookup_lead")} />
    <form class="search" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void find(); }}>
      <${Icon} name="qr-code" size=${44} />
      <label class="visually-hidden" for="code">${t("kiosk.lookup_code")}</label>
      <input id="code" ref=${field} value=${code} autocomplete="off" spellcheck=${false} inputmode="none"
        placeholder="000.00.12.H26-261105-0004"
        onInput=${(/** @type {any} */ event) => change(event.target.value)} />
    </form>
    ${trouble && html`<p class="trouble" role="alert"><${Icon} name="circle-alert" size=${44} /><span>${trouble}</span></p>`}
    <${Keyboard} value=${code} onChange=${change} marks=${[".", "-"]} />
    <div class="actions"><${BackButton} />
      <button class="button primary" aria-disabled=${isBusy || !code.trim()} ...${onPress(() => void find())}>
        <${Icon} name="search" size=${40} /><span>${t(isBusy ? "kiosk.lookup_finding" : "kiosk.lookup_find")}</span></button>
    </div>
  </main>`;
}

/** @param {{found: Found, again: () => void}} props */
function Answer({ found, again }) {
  const { left, extend } = useStay(STAY_S);
  const tone = TONES[found.status] ?? "rest";
  return html`<main class="step lookup">
    <${StepHeading} title=${t("kiosk.lookup_result")} />
    <section class="dossier" aria-live="polite">
      <p class="dossier-code numbers">${found.code}</p>
      <p class="dossier-status" data-tone=${tone}><${Icon} name=${ICONS[tone]} size=${56} />
        <span>${t(`kiosk.dossier_${found.status}`)}</span></p>
      <dl>
        <${Line} title=${t("kiosk.lookup_procedure")} value=${found.procedure} />
        <${Line} title=${t("kiosk.lookup_promised")} value=${day(found.promised)} />
        <${Line} title=${t("kiosk.lookup_next")} value=${found.next_step} />
      </dl>
      ${found.parts && html`<h2 class="dossier-parts-title">${t("kiosk.lookup_parts")}</h2>
        <ol class="dossier-parts">${found.parts.map((part, index) => html`<li data-tone=${TONES[part.status] ?? "rest"}>
          <span lang="vi">${part.procedure || t("kiosk.lookup_part", { n: index + 1 })}</span>
          <b>${t(`kiosk.dossier_${part.status}`)}</b></li>`)}</ol>`}
    </section>
    <div class="actions three">
      <${MoreTime} extend=${extend} />
      <button class="button quiet guidance" ...${onPress(again)}><${Icon} name="search" size=${40} /><span>${t("kiosk.lookup_again")}</span></button>
      <button class="button primary" ...${onPress(goHome)}><${Icon} name="check" size=${40} /><span>${t("kiosk.done")}</span></button>
    </div>
    <${StayBar} left=${left} of=${STAY_S} />
  </main>`;
}

/** @param {{title: string, value?: string}} props */
function Line({ title, value }) {
  return value ? html`<div><dt>${title}</dt><dd lang="vi">${value}</dd></div>` : null;
}

/** @param {string} [iso] */
function day(iso) {
  return iso ? iso.split("-").reverse().join("/") : "";
}

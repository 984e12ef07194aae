/** Between the tile and the number: the procedure, its sheet, the question of priority. */
import { useEffect, useRef, useState } from "preact/hooks";
import { language, pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { Trouble } from "./home.js";
import { Keyboard } from "./keyboard.js";
import { matching } from "./search.js";
import {
  askPriority, canIssue, chooseProcedure, goBack, isIssuing, isLarge, isLow, issue, link, problem,
  procedure, proceduresOf, service,
} from "./session.js";
import { onPress } from "/static/js/touch.js";

/** @typedef {import("./session.js").Procedure} Procedure */

/** Fewer than these are seen at a glance. */
const SEARCH_FROM = 6;

/** @param {{kicker?: string, title: string, lead?: string}} props */
export function StepHeading({ kicker = "", title, lead = "" }) {
  return html`<div class="step-heading">
    ${kicker && html`<p class="kicker">${kicker}</p>`}
    <h1 tabindex="-1">${title}</h1>
    ${lead && html`<p class="lead">${lead}</p>`}
  </div>`;
}

export function BackButton() {
  return html`<button class="button quiet back" ...${onPress(goBack)}>
    <${Icon} name="arrow-left" size=${40} /><span>${t("kiosk.back")}</span></button>`;
}

/**
 * What may be longer than its room: it scrolls under a finger, and a button says that there is
 * more, for those who would not think of dragging.
 * @param {{children: any, watch?: any}} props `watch`: what the content depends on
 */
function Scrolling({ children, watch }) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const [isMore, set] = useState(false);
  const look = () => {
    const part = box.current?.querySelector(".scroll");
    if (part) set(part.scrollTop + part.clientHeight < part.scrollHeight - 8);
  };
  useEffect(look, [watch, language.value, isLarge.value, isLow.value]);
  const onward = () => {
    const part = box.current?.querySelector(".scroll");
    part?.scrollBy({ top: part.clientHeight * 0.8, behavior: "smooth" });
  };
  return html`<div class="scrolling" ref=${box} onScrollCapture=${look}>${children}
    ${isMore && html`<button class="button quiet onward" ...${onPress(onward)}>
      <span>${t("kiosk.more_below")}</span><${Icon} name="chevron-down" size=${36} /></button>`}
  </div>`;
}

/** What a procedure is found by: its own words and those of its parts. @param {Procedure} procedure */
function wordsOf(procedure) {
  return [procedure.name, ...procedure.parts].map((name) => `${name.vi} ${name.en}`).join(" ");
}

export function Procedures() {
  const [question, ask] = useState("");
  const [isTyping, type] = useState(false);
  const all = proceduresOf(service.value);
  const found = matching(all, question, wordsOf);
  return html`<main class="step">
    <${StepHeading} kicker=${pick(service.value?.name)} title=${t("kiosk.choose_procedure")} />
    ${all.length >= SEARCH_FROM &&
    html`<label class="search"><${Icon} name="search" size=${40} />
      <span class="visually-hidden">${t("kiosk.search")}</span>
      <input type="search" value=${question} placeholder=${t("kiosk.search")} autocomplete="off"
        inputmode="none" onFocus=${() => type(true)}
        onInput=${(/** @type {any} */ event) => ask(event.target.value)} /></label>`}
    ${isTyping && html`<${Keyboard} value=${question} onChange=${ask} />`}
    <${Scrolling} watch=${`${question}|${isTyping}`}>
    <ul class="choices scroll" tabindex="0" aria-label=${t("kiosk.choose_procedure")}>
      ${found.map((each) => html`<li key=${each.id}><button class="choice"
        ...${onPress(() => chooseProcedure(each))}>
        <span class="choice-words"><span>${pick(each.name)}</span>
          ${each.parts.length > 0 && html`<small class="linked"><${Icon} name="link" size=${28} />${t("kiosk.linked")}</small>`}</span>
        <${Icon} name="chevron-right" size=${40} /></button></li>`)}
      ${found.length === 0 && html`<li class="nothing">${t("kiosk.nothing_found")}</li>`}
    </ul>
    <//>
    <div class="actions">
      <${BackButton} />
      <button class="button primary" ...${onPress(() => chooseProcedure(null))}>
        <span>${t("kiosk.no_procedure")}</span><${Icon} name="arrow-right" size=${40} /></button>
    </div>
  </main>`;
}

export function Sheet() {
  const chosen = procedure.value;
  if (!chosen) return null;
  return html`<main class="step">
    <${StepHeading} kicker=${pick(service.value?.name)} title=${pick(chosen.name)}
      lead=${language.value === "en" ? t("kiosk.sheet_language") : ""} />
    <${Scrolling}>
    <div class="sheet scroll" tabindex="0" role="region" aria-label=${t("kiosk.sheet")}>
      <${Parts} parts=${chosen.parts} />
      <${SheetList} icon="file-text" title=${t("kiosk.papers")} items=${chosen.papers} kind="check" />
      <dl class="sheet-facts">
        <${Fact} icon="wallet" title=${t("kiosk.fee")} value=${chosen.fee} />
        <${Fact} icon="timer" title=${t("kiosk.statutory_time")} value=${chosen.statutory_time} />
      </dl>
      <${SheetList} icon="list-checks" title=${t("kiosk.steps")} items=${chosen.steps} kind="number" />
    </div>
    <//>
    <div class="actions three">
      <${BackButton} />
      <button class="button guidance" ...${onPress(() => askPriority("guidance"))}>
        <${Icon} name="hand-helping" size=${40} /><span>${t("kiosk.needs_guidance")}</span></button>
      <button class="button primary" ...${onPress(() => askPriority("ready"))}>
        <span>${t("kiosk.papers_ready")}</span><${Icon} name="arrow-right" size=${40} /></button>
    </div>
  </main>`;
}

/** Interlinked procedures: what is done at once. @param {{parts: Procedure["parts"]}} props */
function Parts({ parts }) {
  if (parts.length === 0) return null;
  return html`<section class="sheet-part parts">
    <h2><${Icon} name="link" size=${40} />${t("kiosk.linked_parts", { n: parts.length })}</h2>
    <ol class="sheet-list number">
      ${parts.map((part, index) => html`<li><span class="bullet" aria-hidden="true">${index + 1}</span><span>${pick(part)}</span></li>`)}
    </ol>
  </section>`;
}

/** @param {{icon: string, title: string, items: string[], kind: string}} props */
function SheetList({ icon, title, items, kind }) {
  if (items.length === 0) return null;
  return html`<section class="sheet-part">
    <h2><${Icon} name=${icon} size=${40} />${title}</h2>
    <ol class=${`sheet-list ${kind}`} lang="vi">
      ${items.map((item, index) => html`<li>
        <span class="bullet" aria-hidden="true">${kind === "check"
          ? html`<${Icon} name="check" size=${28} stroke=${2.6} />`
          : index + 1}</span><span>${item}</span></li>`)}
    </ol>
  </section>`;
}

/** @param {{icon: string, title: string, value: string}} props */
function Fact({ icon, title, value }) {
  if (!value) return null;
  return html`<div><dt><${Icon} name=${icon} size=${34} />${title}</dt><dd lang="vi">${value}</dd></div>`;
}

export function Priority() {
  const classes = link.state.value?.catalogue.priority_classes ?? [];
  const offered = classes.filter((/** @type {any} */ each) => each.declarable);
  const isPossible = canIssue(service.value?.queue);
  const isBlocked = isIssuing.value || !isPossible;
  const take = (/** @type {string|null} */ code) => () => {
    if (isPossible) void issue(code);
    else problem.value = t("kiosk.offline");
  };
  return html`<main class="step">
    <${StepHeading} kicker=${pick((procedure.value ?? service.value)?.name)}
      title=${t("kiosk.priority_question")} lead=${t("kiosk.priority_lead")} />
    <${Trouble} />
    <ul class="choices scroll" tabindex="0" aria-label=${t("kiosk.priority_question")} aria-busy=${isIssuing.value}>
      <li><button class="choice normal" aria-disabled=${isBlocked} ...${onPress(take(null))}>
        <span>${t("kiosk.no_priority")}</span><${Icon} name="arrow-right" size=${44} /></button></li>
      ${offered.map((/** @type {any} */ each) => html`<li key=${each.code}>
        <button class="choice priority" aria-disabled=${isBlocked} ...${onPress(take(each.code))}>
          <${Icon} name="accessibility" size=${44} /><span>${pick(each.name)}</span></button></li>`)}
    </ul>
    <p class="note"><${Icon} name="info" size=${36} />${t("kiosk.priority_note")}</p>
    <div class="actions"><${BackButton} />
      ${isIssuing.value && html`<p class="working" role="status">${t("kiosk.issuing")}</p>`}
    </div>
  </main>`;
}

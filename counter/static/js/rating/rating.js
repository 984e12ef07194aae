/** The rating pad of a counter: who serves here; after a visit, how it was. */
import { computed, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { language, pick, setLanguage, t } from "/static/js/text.js";
import { ticketNumber } from "/static/js/format.js";
import { newId } from "/static/js/ids.js";
import { openDevice } from "/static/js/device.js";
import { PairingScreen } from "/static/js/pair.js";
import { guardPage, onPress } from "/static/js/touch.js";
import { BrandMark, Icon, html, mount } from "/static/js/ui.js";

import { NOTHING, changed, ended, heard, timeLeft, touched } from "./asking.js";
import { Face } from "/static/js/faces.js";

/** @typedef {import("./asking.js").Ask} Ask */
/** @typedef {import("./asking.js").Asking} Asking */

/** A language that somebody chose while nobody was asked stands this long after their last touch, ms. */
const LANGUAGE_MS = 30_000;
const LEVELS = [5, 4, 3, 2, 1];
const LOW = 2;
const REASONS = ["wait", "guidance", "supplement", "attitude", "other"];

const place = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const device = openDevice("rating", place, { asks: true });
const socket = device.link;
const pad = signal(NOTHING);
const now = signal(socket.serverNow());
const failure = signal("");
let lastTouch = -Infinity;

const row = computed(() => socket.state.value?.tables.pads?.[place] ?? null);
const isLive = computed(() => ["live", "slow"].includes(socket.status.value));

function look() {
  now.value = socket.serverNow();
  const before = pad.peek().asking;
  pad.value = heard(pad.peek(), /** @type {Ask | null} */ (row.peek()?.ask ?? null), now.peek());
  const asking = pad.peek().asking;
  if (asking && asking.token !== before?.token) {
    failure.value = "";
    setLanguage(asking.language === "en" ? "en" : "vi");
  }
  if (!asking && (before || performance.now() - lastTouch > LANGUAGE_MS)) setLanguage("vi");
}

/** @param {number} level @param {{reasons?: string[], comment?: string}} [more] */
async function send(level, more = {}) {
  const asking = pad.peek().asking;
  if (!asking || asking.isSending) return;
  failure.value = "";
  pad.value = changed(pad.peek(), { isSending: true, level });
  const ack = await socket.call("RateTicket", { visit: asking.token, level, ...more, command_id: newId() });
  const code = ack.error?.code;
  // Its time is over, and perhaps the next visitor is being asked.
  if (pad.peek().asking?.token !== asking.token) return;
  if (ack.ok || code === "already_rated") pad.value = ended(pad.peek(), socket.serverNow(), true);
  else if (code === "rating_closed") leave();
  else {
    failure.value = ack.error?.message ?? "";
    pad.value = changed(pad.peek(), { isSending: false });
  }
}

/** @param {number} level */
function choose(level) {
  pad.value = touched(pad.peek());
  if (pad.peek().asking?.isSending) return;
  if (level <= LOW) pad.value = changed(pad.peek(), { step: "why", level });
  else void send(level);
}

/** The visit is asked about no more, and the pad speaks Vietnamese again. */
function leave() {
  pad.value = ended(pad.peek(), socket.serverNow(), false);
  failure.value = "";
  setLanguage("vi");
}

function Head() {
  const { value } = row;
  return html`<header class="pad-head">
    <${BrandMark} size=${52} />
    <p class="pad-branch">${pick(socket.state.value?.branch.name)}${socket.state.value?.branch.is_demo && html`<span class="demo-label">${t("counter.demo")}</span>`}</p>
    <p class="pad-counter">${t("counter.name", { number: String(value?.number ?? "").padStart(2, "0") })}</p>
    <button type="button" class="pad-language" lang=${language.value === "vi" ? "en" : "vi"} ...${onPress(() => setLanguage(language.value === "vi" ? "en" : "vi"))}>
      ${language.value === "vi" ? "English" : "Tiếng Việt"}</button>
  </header>`;
}

/** Nobody is asked: who serves, and which number. */
function Idle() {
  const { value } = row;
  const isOpen = value?.status === "open";
  const current = value?.current;
  const words = current ? t(`pad.${current.status}`) : isOpen ? t("pad.free") : t(`pad.${value?.status ?? "closed"}`);
  return html`<main class="pad-idle">
    ${value?.officer
      ? html`<h1 class="pad-officer">${value.officer}</h1>${value.title && html`<p class="pad-title">${value.title}</p>`}`
      : html`<h1 class="pad-officer">${t("counter.name", { number: String(value?.number ?? "").padStart(2, "0") })}</h1>`}
    <p class="pad-state">${words}</p>
    ${current && html`<p class="pad-number numbers" data-testid="pad-number" data-number=${current.number}>${ticketNumber(current.number)}</p>`}
  </main>`;
}

/** @param {{asking: Asking}} props */
function Question({ asking }) {
  const next = row.value?.current;
  return html`<main class="pad-ask" data-testid="ask" data-number=${asking.number}>
    <p class="pad-visit">${t("pad.visit")} <b class="numbers">${ticketNumber(asking.number)}</b></p>
    ${asking.step === "thanks" ? html`<${Thanks} />` : asking.step === "why" ? html`<${Why} asking=${asking} />` : html`<${Levels} asking=${asking} />`}
    ${failure.value && html`<p class="pad-failure" role="alert"><${Icon} name="triangle-alert" size=${28} />${failure.value}</p>`}
    ${asking.step !== "thanks" && html`<div class="pad-foot">
      ${next && next.number !== asking.number && html`<p class="pad-next">${t(`pad.${next.status}`)} <b class="numbers">${ticketNumber(next.number)}</b></p>`}
      <button type="button" class="pad-skip" data-testid="skip" ...${onPress(leave)}>${t("pad.skip")}</button>
    </div>
    <div class="pad-left" aria-hidden="true"><span style=${`inline-size:${timeLeft(asking, now.value) * 100}%`}></span></div>`}
  </main>`;
}

/** @param {{asking: Asking}} props */
function Levels({ asking }) {
  return html`<h1>${t("pad.question")}</h1>
    <div class="levels" role="group" aria-label=${t("pad.question")}>
      ${LEVELS.map((level) => html`<button type="button" key=${level} class=${`level level-${level}`} data-testid=${`level-${level}`}
        aria-busy=${asking.isSending && asking.level === level ? "true" : undefined} ...${onPress(() => choose(level))}>
        <${Face} level=${level} /><span>${t(`pad.level_${level}`)}</span></button>`)}
    </div>`;
}

/** @param {{asking: Asking}} props */
function Why({ asking }) {
  const [reasons, setReasons] = useState(/** @type {string[]} */ ([]));
  const [comment, setComment] = useState("");
  const toggle = (/** @type {string} */ one) => setReasons((had) => (had.includes(one) ? had.filter((r) => r !== one) : [...had, one]));
  return html`<h1>${t("pad.why")}</h1>
    <div class="pad-reasons" role="group" aria-label=${t("pad.why")}>
      ${REASONS.map((one) => html`<button type="button" key=${one} class="pad-reason" data-testid=${`reason-${one}`} aria-pressed=${reasons.includes(one)}
        ...${onPress(() => toggle(one), { quietMs: 150 })}>${reasons.includes(one) && html`<${Icon} name="check" size=${28} />`}${t(`pad.reason_${one}`)}</button>`)}
    </div>
    <label class="pad-comment"><span>${t("pad.comment")}</span>
      <textarea rows="2" maxlength="500" data-testid="comment" value=${comment} onInput=${(/** @type {any} */ event) => setComment(event.target.value)}></textarea></label>
    <p class="pad-warning"><${Icon} name="shield-alert" size=${26} />${t("pad.comment_warning")}</p>
    <button type="button" class="pad-send" data-testid="send" aria-busy=${asking.isSending ? "true" : undefined} ...${onPress(() => void send(asking.level, { reasons, comment }))}>${t("pad.send")}</button>`;
}

function Thanks() {
  return html`<div class="pad-thanks" role="status" data-testid="thanks"><${Icon} name="circle-check" size=${120} /><h1>${t("pad.thanks")}</h1></div>`;
}

function Screen() {
  if (device.isUnpaired.value) return html`<${PairingScreen} device=${device} />`;
  if (!row.value) {
    const isRefused = socket.status.value === "refused";
    return html`<main class="pad-idle"><${BrandMark} size=${96} /><h1>${t(isRefused ? "counter.refused_title" : "counter.connecting")}</h1>
      <p class="pad-state">${t(isRefused ? "pad.refused_hint" : "counter.connecting_hint")}</p></main>`;
  }
  const asking = pad.value.asking;
  return html`<${Head} />
    <p class="pad-lost" role="alert" hidden=${isLive.value}>${!isLive.value && t("pad.lost")}</p>
    ${asking ? html`<${Question} asking=${asking} key=${asking.token} />` : html`<${Idle} />`}`;
}

guardPage();
addEventListener("pointerdown", () => {
  lastTouch = performance.now();
  pad.value = touched(pad.peek());
});
socket.state.subscribe(look);
setInterval(look, 500);
mount(Screen, document.getElementById("app"));

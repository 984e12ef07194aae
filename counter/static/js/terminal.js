/** The counter terminal: one screen, one big button, the keys of a day's work. */
import { effect } from "@preact/signals";
import { pick, t } from "/static/js/text.js";
import { clock } from "/static/js/format.js";
import { BrandMark, Icon, html, mount } from "/static/js/ui.js";

import { act } from "./actions.js";
import { moveByArrow } from "./arrows.js";
import { Current } from "./current.js";
import { Entry, Stranger, Waiting } from "./entry.js";
import { actionOf, isHeldDown, isOurs } from "./keys.js";
import { LockScreen, watchAbsence } from "./lock.js";
import { Pad, Strip } from "./pad.js";
import { OpenPanel } from "./panels.js";
import { Key } from "./parts.js";
import { PrintList } from "./print_list.js";
import { Queue } from "./queue.js";
import { Foot, Side } from "./side.js";
import { busy, can, counter, focusMain, isLive, isLocked, isMine, may, now, panel, refusal, socket, state, ticket, zone } from "./store.js";

/** @typedef {import("./keys.js").Press} Press */

const ICONS = { open: "circle-check", paused: "coffee", closed: "x" };

function Header() {
  const row = counter.value;
  const status = row?.status ?? "closed";
  const isPaused = status === "paused";
  const queues = (state.value?.catalogue.queues ?? []).filter((/** @type {{id: string}} */ q) => row?.queues.includes(q.id));
  return html`<header class="head">
    <${BrandMark} size=${36} />
    <h1>${t("counter.name", { number: String(row?.number ?? "").padStart(2, "0") })}<span class="head-queues">${queues.map((/** @type {any} */ q) => q.prefix).join(" ")}</span></h1>
    <p class=${`state state-${status}`}><${Icon} name=${ICONS[status]} size=${18} />${t(`counter.state_${status}`)}</p>
    ${row?.auto_call && html`<p class="head-auto"><${Icon} name="repeat" size=${16} />${t("counter.auto_call")}</p>`}
    ${state.value?.branch.is_demo && html`<p class="demo-label">${t("counter.demo")}</p>`}
    <span class="head-space"></span>
    <button type="button" class="head-button" data-testid="pause" aria-disabled=${can.value && (isPaused || can.value.pause) ? undefined : "true"} onClick=${() => act("pause")}>
      <${Icon} name=${isPaused ? "play" : "coffee"} size=${18} />${isPaused ? t("counter.resume") : t("counter.pause")} <${Key} of="pause" /></button>
    <button type="button" class="head-button" data-testid="lock" onClick=${() => act("lock")}><${Icon} name="lock" size=${18} /><span class="head-word">${t("counter.lock")}</span> <${Key} of="lock" /></button>
    <button type="button" class="head-button head-officer" data-testid="mine" title=${[row?.officer, row?.title].filter(Boolean).join(" · ")} onClick=${() => act("mine")}>
      <${Icon} name="user-round" size=${18} /><span><b>${row?.officer}</b>${row?.title && html`<small>${row.title}</small>`}</span></button>
    <time class="head-clock numbers">${clock(now.value, zone.value)}</time>
  </header>`;
}

/**
 * The link is down: what is on the screen is old, and nothing can be pressed. Always in the page,
 * since its icon cannot be fetched any more when it is needed.
 */
function Offline() {
  const isShown = !isLive.value && state.value !== null;
  const hour = clock(state.value?.at, zone.value);
  return html`<div class="offline" role="alert" data-testid="offline" hidden=${!isShown}>
    <${Icon} name="wifi-off" />${isShown && html`<p><b>${t("counter.offline_title")}</b> ${t("counter.offline_hint", { hour })}</p>
    ${may("see_office") && html`<button type="button" class="small" data-testid="print-list" onClick=${() => print()}>${t("counter.print")}</button>`}`}</div>`;
}

function Terminal() {
  const row = counter.value;
  if (!row) return html`<${Waiting} />`;
  if (isLocked.value) return html`<div class="desk desk-closed"><${Offline} /><${LockScreen} /><${Foot} /></div>`;
  if (row.status === "closed") return html`<div class="desk desk-closed"><${Offline} /><${Entry} /><${Foot} /></div>`;
  if (!isMine.value) return html`<div class="desk desk-closed"><${Offline} /><${Stranger} /><${Foot} /></div>`;
  return html`<div class=${`desk ${isLive.value ? "" : "is-offline"}`}>
    <${Header} />
    <${Offline} />
    <div class="columns">
      <${Queue} />
      <main class=${`card work ${panel.value ? "has-panel" : ""}`}>
        <${Current} />
        <div class="between"><${OpenPanel} /><${Strip} /></div>
        <${Pad} />
      </main>
      <${Side} />
    </div>
    <${Foot} />
    <${PrintList} />
  </div>`;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const press = /** @type {Press} */ (/** @type {unknown} */ (event));
  if (isHeldDown(press)) return event.preventDefault();
  if (!isMine.value || isLocked.value) return undefined;
  if (moveByArrow(event)) return event.preventDefault();
  if (!isOurs(press)) return undefined;
  event.preventDefault();
  const action = actionOf(press);
  // A form lies over what would be undone, and the word of what it was.
  if (action && !(action === "undo" && panel.value)) act(action);
  return undefined;
}

/** Firefox presses a focused button when Space comes up again. @param {KeyboardEvent} event */
function onKeyUp(event) {
  if (isOurs(/** @type {Press} */ (/** @type {unknown} */ (event)))) event.preventDefault();
}

/**
 * The second press of a double click: the answer to the first may have come, and the button may do
 * it again, or be another one by now. A PIN may have the same digit twice.
 * @param {MouseEvent} event
 */
function onSecondPress(event) {
  const at = /** @type {Element} */ (event.target);
  if (event.detail < 2 || !at.closest("button") || at.closest(".pin-keys")) return;
  event.preventDefault();
  event.stopPropagation();
}

for (const kind of /** @type {const} */ (["mousedown", "click"])) addEventListener(kind, onSecondPress, { capture: true });
addEventListener("keydown", onKey);
addEventListener("keyup", onKeyUp);
watchAbsence();
setInterval(() => (now.value = socket.serverNow()), 1000);
socket.onChange(() => (now.value = socket.serverNow()));
/** The first news brings the server's time: no wait is shown by this machine's clock meanwhile. */
effect(() => {
  if (state.value) now.value = socket.serverNow();
});
/** A form about a ticket that is no longer here is closed; so is a refusal that has been overtaken. */
let seen = "";
effect(() => {
  const key = `${ticket.value?.id ?? ""}:${ticket.value?.status ?? ""}:${counter.value?.status ?? ""}`;
  if (key === seen) return;
  seen = key;
  panel.value = null;
  if (refusal.peek()?.code !== "timeout") refusal.value = null;
  focusMain();
});
/** Whether a command is on its way, for whoever looks at the page from outside. */
effect(() => {
  document.body.dataset.busy = busy.value?.phase ?? "";
});
effect(() => {
  const name = counter.value ? t("counter.name", { number: String(counter.value.number).padStart(2, "0") }) : t("counter.title");
  document.title = [name, pick(state.value?.branch.name)].filter(Boolean).join(" · ");
});
mount(Terminal, document.getElementById("app"));

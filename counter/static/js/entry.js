/** Before work: the officer opens the counter; or somebody else has it; or nobody is let in at all. */
import { useEffect, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { clock } from "/static/js/format.js";
import { BrandMark, Icon, html } from "/static/js/ui.js";

import { Reason, usual } from "./panel_parts.js";
import { Strip } from "./pad.js";
import { busy, counter, csrf, isLive, may, me, now, run, signInAgain, socket, state, wasReleased, zone } from "./store.js";

function Queues() {
  const row = counter.value;
  const queues = (state.value?.catalogue.queues ?? []).filter((/** @type {{id: string}} */ q) => row?.queues.includes(q.id));
  return html`<p class="entry-queues">${queues.map((/** @type {any} */ q) => html`<span class="tag" key=${q.id}><b>${q.prefix}</b> ${q.name.vi}</span>`)}</p>`;
}

function title() {
  return t("counter.open_title", { number: String(counter.value?.number ?? "").padStart(2, "0") });
}

/** Who is signed in, and the ways to somewhere else. */
function Who() {
  return html`<p class="entry-who" data-testid="who"><${Icon} name="user-round" size=${22} />
      <span><b>${me.value?.name}</b>${me.value?.title && html`<small>${me.value.title}</small>`}</span></p>`;
}

function Elsewhere() {
  return html`<div class="entry-elsewhere">
    <a class="small" href=${`/counters/${state.value?.branch.id}`}><${Icon} name="monitor" size=${18} />${t("counter.other_counter")}</a>
    <form method="post" action="/logout"><input type="hidden" name="csrf" value=${csrf} />
      <button class="small"><${Icon} name="log-out" size=${18} />${t("counter.sign_out")}</button></form>
  </div>`;
}

/** The counter is free. */
export function Entry() {
  const isReady = isLive.value && me.value !== null && !busy.value;
  // A key meant for the work that has just ended must not take the counter back.
  useEffect(() => {
    if (!wasReleased.peek()) document.getElementById("open-counter")?.focus();
  }, []);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    if (isReady) void run("open", "OpenCounter");
  };
  return html`<main class="entry">
    <form class="card entry-card" onSubmit=${submit}>
      <${BrandMark} size=${64} />
      <h1>${title()}</h1>
      ${wasReleased.value && html`<p class="entry-held" role="alert" data-testid="released"><${Icon} name="lock-open" size=${22} />${t("counter.released")}</p>`}
      <${Queues} />
      <${Who} />
      <${Strip} />
      <button type="submit" id="open-counter" class="confirm entry-open" data-testid="open-counter" aria-disabled=${isReady ? undefined : "true"}>
        ${busy.value ? html`<span class="spinner" aria-hidden="true"></span>` : html`<${Icon} name="log-in" size=${24} />`}${t("counter.open")}</button>
    </form>
    <${Elsewhere} />
  </main>`;
}

/** Another officer has it: who, since when; a supervisor may free it. */
export function Stranger() {
  const row = counter.value;
  const [isAsking, setAsking] = useState(false);
  const hasLapsed = Boolean(row?.lease_until) && Date.parse(row?.lease_until ?? "") <= now.value;
  const release = (/** @type {string} */ reason) => void run("release", "ReleaseCounter", { reason });
  return html`<main class="entry">
    <div class="card entry-card" data-testid="stranger">
      <${BrandMark} size=${64} />
      <h1>${t("counter.name", { number: String(row?.number ?? "").padStart(2, "0") })}</h1>
      <p class="entry-held"><${Icon} name="lock" size=${22} />${t("counter.held_by", { name: row?.officer ?? "", hour: clock(row?.since, zone.value) })}</p>
      <p>${t(hasLapsed ? "counter.lapsed_hint" : "counter.held_hint")}</p>
      <${Who} />
      <${Strip} />
      ${hasLapsed && html`<button type="button" class="confirm entry-open" data-testid="open-counter" onClick=${() => isLive.value && run("open", "OpenCounter")}>
        <${Icon} name="log-in" size=${24} />${t("counter.open")}</button>`}
      ${may("release_counters") && !isAsking && html`<button type="button" class="confirm confirm-danger" data-testid="release" onClick=${() => setAsking(true)}>
        <${Icon} name="lock-open" size=${20} />${t("counter.release")}</button>`}
      ${isAsking && html`<${Reason} danger isFree=${isLive.value} reasons=${usual("release")} label=${t("counter.release")} onGive=${release} />`}
    </div>
    <${Elsewhere} />
  </main>`;
}

/** @param {{title: string, hint: string, children?: any}} props */
export function Stop({ title, hint, children }) {
  return html`<main class="entry"><div class="card entry-card"><${BrandMark} size=${64} /><h1>${title}</h1><p>${hint}</p>${children}</div></main>`;
}

/** Why nothing is shown yet. */
export function Waiting() {
  const isRefused = socket.status.value === "refused";
  const isSignedOut = isRefused && socket.refusal.value?.code === "signed_out";
  useEffect(() => {
    if (isSignedOut) signInAgain();
  }, [isSignedOut]);
  if (isRefused) {
    return html`<${Stop} title=${t("counter.refused_title")} hint=${t("counter.refused_hint")}>
      <button type="button" class="confirm" onClick=${signInAgain}>${t("counter.sign_in")}</button><//>`;
  }
  if (state.value) return html`<${Stop} title=${t("counter.unknown_title")} hint=${t("counter.unknown_hint")} />`;
  return html`<${Stop} title=${t("counter.connecting")} hint=${t("counter.connecting_hint")} />`;
}

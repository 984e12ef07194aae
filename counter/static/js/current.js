/** The middle of the terminal: the ticket at the counter, or who would be next and why. */
import { signal } from "@preact/signals";
import { pick, t } from "/static/js/text.js";
import { clock, ticketNumber, timer } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { nextTicket } from "./actions.js";
import { procedureOf, serviceOf, since } from "./model.js";
import { Tag, Wait, counterName, priorityName, ruleWords, serviceName } from "./parts.js";
import { can, counter, now, open, run, state, ticket, zone } from "./store.js";

/** @typedef {import("./model.js").TicketRow} TicketRow */

/** Papers ticked off: for this visit only, on this screen only. @type {import("@preact/signals").Signal<{ticket: string, done: Set<string>}>} */
const ticked = signal({ ticket: "", done: new Set() });

export function Current() {
  return ticket.value ? html`<${AtCounter} ticket=${ticket.value} />` : html`<${Idle} />`;
}

/** @param {{ticket: TicketRow}} props */
function AtCounter({ ticket }) {
  const isServing = ticket.status === "serving";
  return html`<div class="current">
    <div class="current-top">
      <h2 class="current-number numbers" data-testid="current-number" data-number=${ticket.number}>${ticketNumber(ticket.number)}</h2>
      <div class="current-what">
        <p class="current-tags">
          ${isServing
            ? html`<${Tag} kind="tag-serving" icon="play">${t("counter.status_serving")}<//>`
            : html`<${Tag} kind="tag-called" icon="megaphone">${t("counter.status_called")}<//>`}
          ${ticket.priority && html`<${Tag} kind="tag-priority" icon="accessibility">${priorityName(ticket.priority)}<//>`}
          ${ticket.readiness === "guidance" && html`<${Tag} icon="info">${t("counter.needs_guidance")}<//>`}
        </p>
        <p class="current-service">${serviceName(ticket)}</p>
      </div>
      <${Elapsed} ticket=${ticket} />
    </div>
    <div class="scroll current-body" data-scroll tabindex="0" role="region" aria-label=${t("counter.current")}>
      <${Priority} ticket=${ticket} />
      <${Facts} ticket=${ticket} />
      <${Sheet} ticket=${ticket} />
    </div>
  </div>`;
}

/** @param {{ticket: TicketRow}} props */
function Elapsed({ ticket }) {
  const isServing = ticket.status === "serving";
  const seconds = since(isServing ? ticket.started_at : ticket.called_at, now.value);
  const mean = (state.value && serviceOf(state.value, ticket)?.mean_minutes) || 10;
  const share = Math.min(1, seconds / (mean * 60));
  return html`<div class="elapsed">
    <p class="elapsed-time numbers" role="timer">${timer(seconds)}</p>
    <p class="elapsed-note">${isServing ? t("counter.usual", { n: Math.round(mean) }) : t("counter.since_call")}</p>
    ${isServing && html`<p class=${`elapsed-bar ${seconds > mean * 60 ? "is-over" : ""}`}><span style=${`inline-size:${share * 100}%`}></span></p>`}
  </div>`;
}

/** An officer confirms what the citizen declared, or sets it to the normal order. @param {{ticket: TicketRow}} props */
function Priority({ ticket }) {
  if (!ticket.priority || ticket.priority_confirmed) return null;
  return html`<div class="ask-priority">
    <p><${Icon} name="accessibility" size=${20} />${t("counter.declared", { name: priorityName(ticket.priority) })}</p>
    <button type="button" class="small" data-testid="confirm-priority" aria-disabled=${can.value ? undefined : "true"}
      onClick=${() => can.value && run("priority", "ConfirmPriority", { ticket: ticket.id })}>${t("counter.confirm_priority")}</button>
    <button type="button" class="small" data-testid="lower-priority" aria-disabled=${can.value ? undefined : "true"}
      onClick=${() => can.value && open({ kind: "lower", ticket })}>${t("counter.lower_priority")}</button>
  </div>`;
}

/** @param {{ticket: TicketRow}} props */
function Facts({ ticket }) {
  const waited = since(ticket.arrival_at, Date.parse(ticket.called_at ?? "") || now.value);
  const channel = `counter.channel_${ticket.channel}`;
  const facts = [
    ["waited", t("counter.waited"), timer(waited)],
    ["called", t("counter.called_at"), t("counter.called_value", { hour: clock(ticket.called_at, zone.value), n: ticket.calls })],
    ["why", t("counter.why"), ruleWords(ticket.rule) || t("rule.arrival")],
    ["channel", t("counter.channel"), t(channel)],
    ["from", t("counter.transferred"), counterName(ticket.from_counter)],
    ["note", t("counter.note"), ticket.note ?? ""],
  ];
  return html`<dl class="facts">
    ${facts.filter(([, , value]) => value).map(([id, name, value]) => html`<div key=${id}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** What the procedure needs: the same sheet the citizen saw at the kiosk. @param {{ticket: TicketRow}} props */
function Sheet({ ticket }) {
  const procedure = state.value && procedureOf(state.value, ticket.procedure);
  if (!procedure) return html`<p class="no-sheet">${t("counter.no_procedure")}</p>`;
  const done = ticked.value.ticket === ticket.id ? ticked.value.done : new Set();
  return html`<section class="sheet" aria-labelledby="sheet-title">
    <h2 id="sheet-title">${pick(procedure.name)}</h2>
    ${procedure.parts.length > 0 && html`<p class="sheet-parts"><b>${t("counter.linked", { n: procedure.parts.length })}</b>
      ${procedure.parts.map(pick).join(" · ")}</p>`}
    ${procedure.papers.length > 0 && html`<p class="sheet-count">${t("counter.papers", { done: done.size, all: procedure.papers.length })}</p>`}
    <ul class="papers">
      ${procedure.papers.map((/** @type {string} */ paper) => html`<li key=${paper}>
        <label><input type="checkbox" checked=${done.has(paper)} onChange=${() => tick(ticket.id, paper)} /><span>${paper}</span></label>
      </li>`)}
    </ul>
    <dl class="facts">
      ${procedure.fee && html`<div><dt>${t("counter.fee")}</dt><dd>${procedure.fee}</dd></div>`}
      ${procedure.statutory_time && html`<div><dt>${t("counter.statutory_time")}</dt><dd>${procedure.statutory_time}</dd></div>`}
    </dl>
    ${procedure.steps.length > 0 && html`<ol class="steps">${procedure.steps.map((/** @type {string} */ step) => html`<li key=${step}>${step}</li>`)}</ol>`}
  </section>`;
}

/** @param {string} id @param {string} paper */
function tick(id, paper) {
  const done = new Set(ticked.peek().ticket === id ? ticked.peek().done : []);
  if (!done.delete(paper)) done.add(paper);
  ticked.value = { ticket: id, done };
}

/** Nobody at the counter: who would come, and why. */
function Idle() {
  const row = counter.value;
  const next = nextTicket();
  if (row?.status === "paused") {
    const back = row.return_at ? t("counter.returns_at", { hour: clock(row.return_at, zone.value) }) : "";
    return html`<div class="idle"><${Icon} name="coffee" size=${64} /><h2>${t("counter.paused_title")}</h2>
      <p>${[row.pause_reason, back].filter(Boolean).join(" · ")}</p></div>`;
  }
  if (!next) {
    return html`<div class="idle"><${Icon} name="circle-check" size=${64} /><h2>${t("counter.nobody_waits")}</h2><p>${t("counter.nobody_hint")}</p></div>`;
  }
  return html`<div class="idle idle-next">
    <h2>${t("counter.next_is")}</h2>
    <p class="idle-number numbers">${ticketNumber(next.number)}</p>
    <p class="idle-service">${serviceName(next)}</p>
    <p class="idle-why">
      ${next.priority && html`<${Tag} kind="tag-priority" icon="accessibility">${t("counter.priority")}<//>`}
      <${Tag} icon="list-checks">${ruleWords(row?.next?.rule)}<//>
      <${Wait} ticket=${next} />
    </p>
  </div>`;
}

/** The left panel: who waits, who is parked, who was absent. */
import { signal } from "@preact/signals";
import { t } from "/static/js/text.js";
import { clock, ticketNumber } from "/static/js/format.js";
import { Printers } from "/static/js/printers.js";
import { Icon, html } from "/static/js/ui.js";

import { Tag, Wait, counterName, ruleWords, serviceName } from "./parts.js";
import { Others, Today } from "./side.js";
import { can, counter, line, missedTickets, open, panel, parkedTickets, run, state, zone } from "./store.js";
import { Unprinted } from "./unprinted.js";

/** @typedef {import("./model.js").TicketRow} TicketRow */

/** More rows than this are counted, not drawn: nobody reads two hundred. */
const SHOWN = 60;

/** @type {import("@preact/signals").Signal<"waiting"|"parked"|"missed"|"counters">} */
const tab = signal("waiting");

export function Queue() {
  const tabs = /** @type {const} */ ([
    ["waiting", "counter.tab_waiting", line.value.length],
    ["parked", "counter.tab_parked", parkedTickets.value.length],
    ["missed", "counter.tab_missed", missedTickets.value.length],
    ["counters", "counter.tab_counters", ""],
  ]);
  return html`<section class="card queue" aria-label=${t("counter.queue")}>
    <div class="tabs" role="group" aria-label=${t("counter.queue")}>
      ${tabs.map(([name, key, count]) => html`<button type="button" class=${`tab tab-${name}`} key=${name} data-testid=${`tab-${name}`}
        aria-pressed=${tab.value === name} onClick=${() => (tab.value = name)}>${t(key)} <b class="numbers">${count}</b></button>`)}
    </div>
    <${Printers} printers=${state.value?.tables.printers} />
    <${Unprinted} />
    <div class="scroll" data-scroll tabindex="0" role="region" aria-label=${t(`counter.tab_${tab.value}`)}>
      ${tab.value === "waiting" && html`<${Waiting} />`}
      ${tab.value === "parked" && html`<${Parked} />`}
      ${tab.value === "missed" && html`<${Missed} />`}
      ${tab.value === "counters" && html`<${Today} /><${Others} />`}
    </div>
  </section>`;
}

function Waiting() {
  const rows = line.value;
  if (!rows.length) return html`<${Nobody} icon="circle-check" words=${t("counter.nobody_waits")} />`;
  const rest = rows.length - SHOWN;
  return html`<ol class="rows" data-testid="queue-rows">
    ${rows.slice(0, SHOWN).map((ticket, n) => html`<${WaitingRow} key=${ticket.id} ticket=${ticket} isFirst=${n === 0} />`)}
    ${rest > 0 && html`<li class="rows-rest">${t("counter.more_waiting", { n: rest })}</li>`}
  </ol>`;
}

/** Tab comes to the first row only; the arrows lead to the others. @param {{ticket: TicketRow, isFirst: boolean}} props */
function WaitingRow({ ticket, isFirst }) {
  const next = counter.value?.next;
  const isNext = next?.ticket === ticket.id;
  const isChosen = panel.value?.ticket?.id === ticket.id;
  const why = isNext ? ruleWords(next?.rule) : ticket.to_counter || ticket.to_officer ? ruleWords("directed") : "";
  return html`<li class=${`qrow ${ticket.priority ? "qrow-priority" : ""} ${isNext ? "qrow-next" : ""}`}>
    <button type="button" class="qrow-button" aria-expanded=${isChosen} data-number=${ticket.number} tabindex=${isFirst ? 0 : -1}
      onClick=${() => (panel.value = { kind: "waiting", ticket })}>
      <b class="qrow-number numbers">${ticketNumber(ticket.number)}</b>
      <span class="qrow-middle">
        <span class="qrow-service">${serviceName(ticket)}</span>
        <span class="qrow-tags">
          ${ticket.priority && html`<${Tag} kind="tag-priority" icon="accessibility">${t("counter.priority")}<//>`}
          ${isNext && html`<small class="qrow-why">${[t("counter.next"), why].filter(Boolean).join(" · ")}</small>`}
          ${!isNext && why && html`<small>${why}</small>`}
          ${ticket.from_counter && html`<small>${t("counter.from", { counter: counterName(ticket.from_counter) })}</small>`}
        </span>
      </span>
      <${Wait} ticket=${ticket} />
    </button>
  </li>`;
}

function Parked() {
  const rows = parkedTickets.value;
  if (!rows.length) return html`<${Nobody} icon="circle-pause" words=${t("counter.nobody_parked")} />`;
  return html`<ul class="rows">
    ${rows.map((ticket) => html`<li class="qrow qrow-aside" key=${ticket.id}>
      <b class="qrow-number numbers">${ticketNumber(ticket.number)}</b>
      <span class="qrow-middle">
        <span class="qrow-service">${ticket.park_reason || serviceName(ticket)}</span>
        <small>${ticket.return_at ? t("counter.returns_at", { hour: clock(ticket.return_at, zone.value) }) : counterName(ticket.counter)}</small>
      </span>
      <span class="qrow-do">
        <button type="button" class="small" aria-disabled=${can.value?.choose ? undefined : "true"} data-testid="resume-here" data-ticket=${ticket.number}
          onClick=${() => can.value?.choose && run("resume", "ResumeTicket", { ticket: ticket.id, to_counter: true })}>
          <${Icon} name="megaphone" size=${16} />${t("counter.resume_here")}</button>
        <button type="button" class="small" aria-disabled=${can.value ? undefined : "true"} data-testid="back-to-queue" data-ticket=${ticket.number}
          onClick=${() => can.value && run("resume", "ResumeTicket", { ticket: ticket.id, to_counter: false })}>${t("counter.back_to_queue")}</button>
        <${Cancel} ticket=${ticket} />
      </span>
    </li>`)}
  </ul>`;
}

function Missed() {
  const rows = missedTickets.value;
  if (!rows.length) return html`<${Nobody} icon="circle-check" words=${t("counter.nobody_missed")} />`;
  return html`<ul class="rows">
    ${rows.map((ticket) => html`<li class="qrow qrow-aside" key=${ticket.id}>
      <b class="qrow-number numbers">${ticketNumber(ticket.number)}</b>
      <span class="qrow-middle">
        <span class="qrow-service">${serviceName(ticket)}</span>
        <small>${t("counter.called_times", { n: ticket.calls, hour: clock(ticket.called_at, zone.value) })}</small>
      </span>
      <span class="qrow-do">
        <button type="button" class="small" aria-disabled=${can.value ? undefined : "true"} data-testid="reinstate" data-ticket=${ticket.number}
          onClick=${() => can.value && open({ kind: "reinstate", ticket })}>
          <${Icon} name="undo-2" size=${16} />${t("counter.reinstate")}</button>
        <${Cancel} ticket=${ticket} />
      </span>
    </li>`)}
  </ul>`;
}

/** @param {{ticket: TicketRow}} props */
function Cancel({ ticket }) {
  return html`<button type="button" class="small" aria-disabled=${can.value ? undefined : "true"}
    onClick=${() => can.value && open({ kind: "cancel", ticket })}><${Icon} name="x" size=${16} />${t("counter.cancel")}</button>`;
}

/** @param {{icon: string, words: string}} props */
function Nobody({ icon, words }) {
  return html`<div class="nobody"><${Icon} name=${icon} size=${36} /><p>${words}</p></div>`;
}

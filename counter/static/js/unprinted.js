/** Slips that failed: their tickets are in no line until an officer settles each (rule P1). */
import { signal } from "@preact/signals";
import { t } from "/static/js/text.js";
import { ticketNumber } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { serviceName } from "./parts.js";
import { can, run, unprintedTickets } from "./store.js";

/** @typedef {import("./model.js").TicketRow} TicketRow */

/** More than these are counted: the line below must stay in sight. */
const SHOWN = 3;

/** The ticket whose "void" was pressed once. */
const sure = signal("");

export function Unprinted() {
  const rows = unprintedTickets.value;
  if (!rows.length) return null;
  return html`<section class="unprinted" role="alert" data-testid="unprinted" aria-label=${t("counter.unprinted")}>
    <h2><${Icon} name="printer" size=${20} />${t("counter.unprinted")} <b class="numbers">${rows.length}</b>
      <small>${t("counter.unprinted_hint")}</small></h2>
    <ul class="rows">${rows.slice(0, SHOWN).map((ticket) => html`<${Row} key=${ticket.id} ticket=${ticket} />`)}</ul>
    ${rows.length > SHOWN && html`<p class="rows-rest">${t("unprinted.more", { n: rows.length - SHOWN })}</p>`}
  </section>`;
}

/** @param {{ticket: TicketRow}} props */
function Row({ ticket }) {
  const isReprinting = ticket.slip === "reprinting";
  const isSure = sure.value === ticket.id;
  const voided = () => {
    if (!isSure) sure.value = ticket.id;
    else void settle("CancelTicket", ticket, { code: "print_failure" });
  };
  return html`<li class="qrow qrow-aside" data-number=${ticket.number}>
    <b class="qrow-number numbers">${ticketNumber(ticket.number)}</b>
    <span class="qrow-middle"><span class="qrow-service">${serviceName(ticket)}</span>
      <small>${t(`unprinted.${ticket.slip}`)}</small></span>
    <span class="qrow-do">
      <${Do} words=${t("unprinted.reprint")} icon="printer" testid="reprint" off=${isReprinting}
        press=${() => settle("ReprintSlip", ticket)} />
      <${Do} words=${t("unprinted.waive")} icon="check" testid="waive" press=${() => settle("WaiveSlip", ticket)} />
      <${Do} words=${t(isSure ? "unprinted.void_sure" : "unprinted.void")} icon="user-x" testid="void" press=${voided} />
    </span>
  </li>`;
}

/** @param {{words: string, icon: string, testid: string, press: () => void, off?: boolean}} props */
function Do({ words, icon, testid, press, off = false }) {
  const isOff = off || !can.value;
  return html`<button type="button" class="small" data-testid=${testid} aria-disabled=${isOff ? "true" : undefined}
    onClick=${() => !isOff && press()}><${Icon} name=${icon} size=${16} />${words}</button>`;
}

/** @param {string} name @param {TicketRow} ticket @param {Record<string, any>} [args] */
function settle(name, ticket, args = {}) {
  sure.value = "";
  return run("settle", name, { ticket: ticket.id, ...args }, { ofCounter: false });
}

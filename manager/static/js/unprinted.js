/** Slips that failed, of every queue: their tickets are in no line until somebody settles each (rule P1). */
import { signal } from "@preact/signals";
import { ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { now, say, socket, tables } from "./store.js";
import { minutesSince } from "./time.js";
import { queueName, span } from "./words.js";

/** @typedef {import("./rows.js").TicketRow} TicketRow */

/** More than these are counted: the figures below must stay in sight. */
const SHOWN = 4;

/** The ticket whose "void" was pressed once. */
const sure = signal("");

export function Unprinted() {
  const rows = Object.values(tables.value.tickets ?? {})
    .filter((ticket) => ticket.status === "parked" && ticket.park_reason === "unprinted")
    .sort((a, b) => Date.parse(a.issued_at) - Date.parse(b.issued_at));
  if (rows.length === 0) return null;
  return html`<section class="card unprinted" role="alert" data-testid="unprinted" aria-labelledby="unprinted">
    <h2 id="unprinted"><${Icon} name="printer" size=${20} />${t("manager.unprinted", { n: rows.length })}</h2>
    <ul>${rows.slice(0, SHOWN).map((ticket) => html`<${Row} key=${ticket.id} ticket=${ticket} />`)}</ul>
    ${rows.length > SHOWN && html`<p>${t("unprinted.more", { n: rows.length - SHOWN })}</p>`}
  </section>`;
}

/** @param {{ticket: TicketRow}} props */
function Row({ ticket }) {
  const isSure = sure.value === ticket.id;
  const waited = span(minutesSince(ticket.issued_at, now.value));
  const voided = () => {
    if (isSure) void settle("CancelTicket", ticket, { code: "print_failure" });
    else sure.value = ticket.id;
  };
  return html`<li data-number=${ticket.number}>
    <b class="numbers">${ticketNumber(ticket.number)}</b>
    <span>${queueName(ticket.queue)}</span>
    <span>${t(`unprinted.${ticket.slip}`)} · ${waited}</span>
    <span class="ways">
      <button type="button" class="button" data-testid="reprint" aria-disabled=${ticket.slip === "reprinting" || undefined}
        onClick=${() => ticket.slip !== "reprinting" && settle("ReprintSlip", ticket)}>${t("unprinted.reprint")}</button>
      <button type="button" class="button" data-testid="waive" onClick=${() => settle("WaiveSlip", ticket)}>${t("unprinted.waive")}</button>
      <button type="button" class="button" data-testid="void" onClick=${voided}>${t(isSure ? "unprinted.void_sure" : "unprinted.void")}</button>
    </span>
  </li>`;
}

/**
 * @param {string} name
 * @param {TicketRow} ticket
 * @param {Record<string, any>} [args]
 */
async function settle(name, ticket, args = {}) {
  sure.value = "";
  const ack = await socket.call(name, { ticket: ticket.id, ...args });
  if (ack.ok) say(t("manager.settled", { number: ticketNumber(ticket.number) }));
  else say(ack.error.message, true);
}

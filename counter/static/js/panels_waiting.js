/** A number in the line: why it is where it is, and what may be done with it out of order. */
import { useEffect, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { ticketNumber } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { Frame, Reason, usual } from "./panel_parts.js";
import { ruleWords } from "./parts.js";
import { can, close, line, may, open, run, socket, state } from "./store.js";

/** @typedef {import("./model.js").TicketRow} TicketRow */
/** @typedef {import("./store.js").Panel} Panel */
/** @typedef {{ticket: string, number: string, rule: string}} Place */

/** So many of those ahead are named. */
const NAMED = 8;

/** @param {{ask: Panel}} props */
export function Waiting({ ask }) {
  const waiting = /** @type {TicketRow} */ (ask.ticket);
  const number = ticketNumber(waiting.number);
  return html`<${Frame} title=${t("counter.why_title", { number })}>
    <${Why} ticket=${waiting} />
    <div class="row-actions">
      ${may("call_chosen") && html`<button type="button" class="small" data-first="" data-testid="choose-this" aria-disabled=${can.value?.choose ? undefined : "true"}
        onClick=${() => can.value?.choose && open({ kind: "choose", ticket: waiting })}><${Icon} name="megaphone" size=${16} />${t("counter.choose")}</button>`}
      <button type="button" class="small" data-testid="give-priority" onClick=${() => open({ kind: "priority", ticket: waiting })}>
        <${Icon} name="accessibility" size=${16} />${t("counter.give_priority")}</button>
      <button type="button" class="small" data-testid="cancel-ticket" onClick=${() => open({ kind: "cancel", ticket: waiting })}>
        <${Icon} name="user-x" size=${16} />${t("counter.cancel")}</button>
    </div>
  <//>`;
}

/** Who is ahead, and by which rule each: asked of the server, which keeps the order. @param {{ticket: TicketRow}} props */
function Why({ ticket }) {
  const [places, setPlaces] = useState(/** @type {Place[] | null} */ (null));
  useEffect(() => {
    let isOpen = true;
    void socket.emit("explain", { ticket: ticket.id }).then((ack) => {
      if (isOpen && ack.ok) setPlaces(ack.result.places);
    });
    return () => {
      isOpen = false;
    };
  }, [ticket.id, state.value?.seq]);
  if (!places) return html`<p class="why" role="status">${t("counter.why_asking")}</p>`;
  const ahead = places.slice(0, -1);
  const own = places[places.length - 1];
  return html`<div class="why" data-testid="why">
    <p><b>${ahead.length ? t("counter.why_ahead", { n: ahead.length }) : t("counter.why_first")}</b>
      ${own && ruleWords(own.rule) && ` ${t("counter.why_rule", { rule: ruleWords(own.rule) })}`}</p>
    <ul>${ahead.slice(0, NAMED).map((place) => html`<li key=${place.ticket}><b class="numbers">${ticketNumber(place.number)}</b> ${ruleWords(place.rule)}</li>`)}
      ${ahead.length > NAMED && html`<li>${t("counter.more_waiting", { n: ahead.length - NAMED })}</li>`}</ul>
  </div>`;
}

/** A chosen number instead of the next one: with a reason, and counted. @param {{ask: Panel}} props */
export function Choose({ ask }) {
  const [typed, setTyped] = useState(ask.ticket?.number ?? "");
  const wanted = typed.replace(/\s/gu, "").toUpperCase();
  const found = line.value.find((one) => one.number === wanted);
  const isFree = Boolean(can.value?.choose);
  const hint = !isFree ? t("counter.choose_busy") : wanted && !found ? t("counter.choose_unknown") : t("counter.choose_hint");
  /** @param {string} reason */
  const give = (reason) => {
    if (!found) return;
    close();
    run("next", "CallTicket", { ticket: found.id, reason, version: found.version });
  };
  return html`<${Frame} title=${t("counter.choose_title")} hint=${hint}>
    <label class="field field-number"><span>${t("counter.number")}</span>
      <input class="numbers" value=${typed} data-first=${ask.ticket ? undefined : ""} autocomplete="off" maxlength="8" data-testid="choose-number"
        onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></label>
    <${Reason} reasons=${usual("choose")} enabled=${Boolean(found) && isFree} label=${t("counter.choose")} onGive=${give} />
  <//>`;
}

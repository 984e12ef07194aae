/** The number, big; how long it may take; how to follow it. Leaves by itself after 20 seconds. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ticketNumber } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { slipAlone } from "./agent.js";
import { StepHeading } from "./choose.js";
import { paperOf } from "./paper.js";
import { goHome, issued, link, procedure, service } from "./session.js";
import { MoreTime, StayBar, useStay } from "./stay.js";
import { lengthOf } from "./tiles.js";
import { onPress } from "/static/js/touch.js";

const STAY_S = 20;
/** A printer that is away is tried for a quarter of a minute, each try with its own patience. */
const PENDING_S = 60;
const OWN_SLIP_MS = 700;
/** After this a citizen begins to wonder where the paper is. */
const SLOW_MS = 6_000;

export function Result() {
  const reply = issued.value;
  const slip = useSlip(reply?.ticket, reply?.alone ?? false);
  // Whoever waits for paper must read what became of it: the screen stays until that is known.
  const span = slip === "" ? PENDING_S : STAY_S;
  const { left, extend } = useStay(span);
  if (!reply) return null;
  const { ticket, ahead, estimate } = reply;
  const name = pick((procedure.value ?? service.value)?.name);
  // Until staff settle a failed slip nobody can say how long it takes.
  const isInLine = ahead !== null && paperOf(slip, false) !== "failed";
  return html`<main class="step result">
    <${StepHeading} title=${t("kiosk.your_number")} />
    <section class="ticket" aria-live="polite">
      <p class="ticket-number numbers">${ticketNumber(ticket.number)}</p>
      <p class="ticket-service" data-length=${lengthOf(name)}>${name}</p>
      ${ticket.priority && html`<p class="ticket-priority"><${Icon} name="accessibility" size=${36} />
        ${t("kiosk.priority_declared")}</p>`}
      ${isInLine && html`<dl class="ticket-facts">
        <div><dd class="numbers">${ahead}</dd><dt>${t("kiosk.ahead", { n: ahead })}</dt></div>
        <div><dd class="wait">${estimate ? inParts(pick(estimate.text)) : t("kiosk.no_estimate")}</dd>
          <dt>${t("kiosk.expected")}${estimate?.as_of && html` <span class="as-of">${pick(estimate.as_of)}</span>`}</dt></div>
      </dl>`}
      ${reply.alone && html`<p class="ticket-alone">${t("kiosk.alone_result")}</p>`}
    </section>
    <${Paper} slip=${slip} />
    <${Follow} reply=${reply} />
    <p class="note"><${Icon} name="info" size=${36} />${t("kiosk.not_a_receipt")}</p>
    <div class="actions">
      <${MoreTime} extend=${extend} />
      <button class="button primary" ...${onPress(goHome)}>
        <${Icon} name="check" size=${40} /><span>${t("kiosk.done")}</span></button>
    </div>
    <${StayBar} left=${left} of=${span} />
  </main>`;
}

/**
 * The last that was heard of a ticket's slip; its row is gone after a while, its fate is not.
 * @param {{id: string, slip: string}|undefined} ticket
 * @param {boolean} isAlone this kiosk gave it by itself, and prints it by itself
 */
function useSlip(ticket, isAlone) {
  const known = useRef(ticket?.slip ?? "");
  const [own, hear] = useState("");
  useEffect(() => {
    if (!isAlone || !ticket || known.current === "none" || own) return undefined;
    const timer = setInterval(async () => hear(await slipAlone(ticket.id)), OWN_SLIP_MS);
    return () => clearInterval(timer);
  }, [own]);
  if (isAlone && own) return own;
  known.current = link.state.value?.tables.slips?.[ticket?.id ?? ""]?.slip ?? known.current;
  return known.current;
}

/**
 * What became of the paper (rule P1).
 * @param {{slip: string}} props
 */
function Paper({ slip }) {
  const [isSlow, wait] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => wait(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  const found = paperOf(slip, isSlow);
  const icon = { printing: "printer", slow: "printer", printed: "circle-check", failed: "circle-alert", none: "info" }[found];
  return html`<p class="paper" data-paper=${found} role=${found === "failed" ? "alert" : "status"}>
    <${Icon} name=${icon} size=${44} /><span>${t(`kiosk.slip_${found}`)}</span></p>`;
}

/**
 * A range and the hours it stands for, each on a line of its own where there is no room for both.
 * @param {string} sentence such as "Khoảng 30–60 phút (9:33–10:03)"
 */
function inParts(sentence) {
  const [range, hours] = sentence.split(" (");
  if (!hours) return sentence;
  return html`<span class="together">${range}</span> <span class="together">(${hours}</span>`;
}

/** @param {{reply: import("./session.js").Issued}} props */
function Follow({ reply }) {
  if (!reply.follow_qr) return null;
  return html`<section class="follow">
    <div class="qr" role="img" aria-label=${t("kiosk.qr")}
      dangerouslySetInnerHTML=${{ __html: reply.follow_qr }}></div>
    <div><h2><${Icon} name="smartphone" size=${44} />${t("kiosk.follow")}</h2>
      <p>${t("kiosk.follow_hint")}</p></div>
  </section>`;
}

export function Help() {
  const address = link.state.value?.branch.address;
  return html`<main class="step help">
    <div class="help-card">
      <span class="help-icon"><${Icon} name="hand-helping" size=${140} stroke=${1.6} /></span>
      <h1 tabindex="-1">${t("kiosk.help_title")}</h1>
      <p class="lead">${t("kiosk.help_words")}</p>
      ${address && html`<p class="help-place">${address}</p>`}
    </div>
    <div class="actions"><button class="button primary" ...${onPress(goHome)}>
      <span>${t("kiosk.start_over")}</span></button></div>
  </main>`;
}

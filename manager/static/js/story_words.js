/**
 * A ticket's events as sentences: what happened, and why.
 */

import { knows, t } from "/static/js/text.js";

import { channelName, counterName, dateText, endName, procedureName, serviceName } from "./explore_words.js";
import { localClock, queueName } from "./words.js";

/** @typedef {import("./rows.js").StoryEvent} StoryEvent */
/** @typedef {Record<string, any>} Payload */
/** @typedef {{what: string, why: string[]}} Told */

/** @param {unknown} text */
const some = (text) => (text ? [String(text)] : []);

/** @param {Payload} p */
function issued(p) {
  const facts = { service: serviceName(p.service), channel: channelName(p.channel ?? "kiosk") };
  const [low, high] = [p.quote?.low_s, p.quote?.high_s].map((seconds) => Math.round((seconds ?? 0) / 60));
  const quote = p.quote ? [high > 1 ? t("story.quoted", { low, high }) : t("story.quoted_soon")] : [];
  return {
    what: t("story.issued", facts),
    why: [
      ...(p.procedure ? [t("story.procedure", { procedure: procedureName(p.procedure) })] : []),
      p.ahead > 0 ? t("story.ahead", { n: p.ahead }) : t("story.nobody_ahead"),
      ...quote,
      ...(p.readiness ? [t(`story.readiness_${p.readiness}`)] : []),
      ...(p.block ? [t("story.offline")] : []),
      ...(p.roll ? [t("story.roll")] : []),
    ],
  };
}

/** @param {Payload} p */
function called(p) {
  const rule = knows(`rule.${p.rule}`) ? t(`rule.${p.rule}`) : p.rule;
  const pool = (p.pool ?? []).length > 1 ? [t("story.pool", { queues: p.pool.map(queueName).filter(Boolean).join(", ") })] : [];
  return {
    what: t("story.called", { counter: counterName(p.counter) }),
    why: [t("story.rule", { rule }), ...some(p.reason && t("story.reason", { reason: p.reason })), ...pool],
  };
}

/** @param {Payload} p */
function transferred(p) {
  const to = p.to_counter ? [t("story.to_counter", { counter: counterName(p.to_counter) })] : [];
  return {
    what: t("story.transferred", { queue: queueName(p.queue) || p.queue, service: serviceName(p.service) }),
    why: [...some(p.reason && t("story.reason", { reason: p.reason })), ...to],
  };
}

/** @param {Payload} p */
function completed(p) {
  return {
    what: t("story.completed", { outcome: endName(p.outcome) }),
    why: [
      ...some(p.dossier_code && t("story.dossier", { code: p.dossier_code })),
      ...some(p.result_on && t("story.result_on", { date: dateText(p.result_on) })),
    ],
  };
}

/** @param {string} what @param {string} [reason] */
const plain = (what, reason) => ({ what, why: some(reason && t("story.reason", { reason })) });

/** @type {Record<string, (p: Payload) => Told>} */
const TOLD = {
  TicketIssued: issued,
  TicketCalled: called,
  TicketRecalled: (p) => plain(t("story.recalled", { n: p.times, counter: counterName(p.counter) })),
  ServiceStarted: (p) => plain(t("story.started", { counter: counterName(p.counter) })),
  NoShowRecorded: (p) => plain(t("story.no_show", { counter: counterName(p.counter) })),
  CallWithdrawn: (p) => plain(t("story.withdrawn", { counter: counterName(p.counter) })),
  TicketParked: (p) => ({
    what: t("story.parked"),
    why: [...some(p.reason && t("story.reason", { reason: p.reason })), ...some(p.return_at && t("story.return_at", { at: localClock(p.return_at) }))],
  }),
  TicketResumed: (p) => plain(p.counter ? t("story.resumed_at", { counter: counterName(p.counter) }) : t("story.resumed")),
  TicketTransferred: transferred,
  PlaceYielded: (p) => plain(t("story.yielded", { n: p.places })),
  ServiceCompleted: completed,
  ServiceAdded: (p) => plain(t("story.added", { service: serviceName(p.service), outcome: endName(p.outcome) })),
  TicketReinstated: (p) => plain(t("story.reinstated"), p.reason),
  TicketCancelled: (p) => plain(t("story.cancelled", { why: endName(p.code) }), p.reason),
  StepUndone: (p) => plain(t("story.undone", { counter: counterName(p.counter) })),
  TicketCarriedOver: (p) => plain(t("story.carried_over", { date: dateText(p.business_date) })),
  PriorityConfirmed: (p) => plain(t("story.priority_confirmed", { counter: counterName(p.counter) })),
  PriorityChanged: (p) => plain(t("story.priority_changed"), p.reason),
  SlipPrinted: () => plain(t("story.printed")),
  SlipPrintFailed: (p) => plain(t("story.print_failed"), p.code && knows(`story.print_${p.code}`) ? t(`story.print_${p.code}`) : ""),
  ReprintRequested: () => plain(t("story.reprint")),
  SlipWaived: () => plain(t("story.waived")),
  CallAnnounced: (p) => plain(p.how === "spoken" ? t("story.spoken") : t("story.displayed")),
  RatingGiven: (p) => ({ what: t("story.rated", { level: p.level }), why: reasons(p.reasons) }),
  FollowUpOpened: (p) => plain(t("story.follow_up", { date: dateText(p.due_on) })),
  FollowUpSettled: (p) => plain(t("story.settled"), p.note),
};

/** @param {string[]|undefined} codes */
function reasons(codes) {
  return (codes ?? []).map((code) => (knows(`followup.reason_${code}`) ? t(`followup.reason_${code}`) : code));
}

/** What an event says. @param {StoryEvent} event @returns {Told} */
export function told(event) {
  const say = TOLD[event.type];
  return say ? say(event.payload) : { what: t("story.other"), why: [event.type] };
}

/** Events that citizens notice; the others are told in small print. */
const QUIET = new Set(["SlipPrinted", "CallAnnounced"]);

/** @param {StoryEvent} event */
export const isQuiet = (event) => QUIET.has(event.type);

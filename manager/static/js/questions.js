/** Questions about how counters worked in a period: with their figures and tickets, never a verdict. */
import { useEffect, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { decimal, ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { now, say, socket, view } from "./store.js";
import { dayMonth, lastDays } from "./time.js";

/** @typedef {{kind: string, counter: number | null, figures: Record<string, number>,
 *   tickets: {id: string, number: string, date: string}[]}} Question */

/** @type {import("@preact/signals").Signal<Question[] | null>} */
const asked = signal(null);
const days = signal(1);

async function load() {
  const { from, to } = lastDays(days.value, now.peek(), view.value?.branch.time_zone ?? "UTC");
  const ack = await socket.emit("ask", { name: "counter_questions", from, to });
  if (ack.ok) asked.value = ack.result.questions;
  else say(ack.error.message, true);
}

/** @param {Question} question */
function words({ kind, counter, figures }) {
  const facts = { ...figures, counter: counter ?? "–", minutes: decimal(figures.minutes ?? 0, 0) };
  return { ask: t(`questions.${kind}`, facts), why: t(`questions.${kind}_why`, facts) };
}

export function Questions() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => void (isOpen && load()), [isOpen, days.value]);
  return html`<details class="questions" data-testid="questions" onToggle=${(/** @type {any} */ e) => setOpen(e.currentTarget.open)}>
    <summary>${t("questions.title")}</summary>
    <p class="hint">${t("questions.hint")}</p>
    <div class="switch" role="group" aria-label=${t("manager.period.choose")}>
      ${[1, 7, 30].map((n) => html`<button type="button" key=${n} aria-pressed=${days.value === n} onClick=${() => (days.value = n)}>
        ${n === 1 ? t("manager.period.today") : t("manager.title.period", { n })}</button>`)}
    </div>
    ${asked.value?.length === 0 && html`<p class="card empty">${t("questions.none")}</p>`}
    <ul class="alert-list">${(asked.value ?? []).map((one) => html`<${Row} key=${`${one.kind}-${one.counter}`} one=${one} />`)}</ul>
  </details>`;
}

/** @param {{one: Question}} props */
function Row({ one }) {
  const { ask, why } = words(one);
  const written = (/** @type {Question["tickets"][0]} */ ticket) =>
    days.value === 1 ? ticketNumber(ticket.number) : `${ticketNumber(ticket.number)} (${dayMonth(ticket.date)})`;
  return html`<li class="card question" data-testid="question" data-kind=${one.kind}>
    <p><b>${ask}</b></p>
    <p class="dim">${why}</p>
    <details><summary>${t("questions.tickets", { n: one.tickets.length })}</summary>
      <ul class="question-tickets numbers">${one.tickets.map((ticket) => html`<li key=${ticket.id}>${written(ticket)}</li>`)}</ul>
    </details>
  </li>`;
}

/** One line above the pad: what must not be forgotten now. Dismissed once, it is gone for the day. */
import { signal } from "@preact/signals";
import { t } from "/static/js/text.js";
import { clock, ticketNumber } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { dueNow } from "./due.js";
import { line, now, parkedTickets, state, ticket, today, zone } from "./store.js";

/** @type {import("@preact/signals").Signal<{day: string, ids: Set<string>}>} */
const seen = signal({ day: "", ids: new Set() });

/** @param {string} id */
function dismiss(id) {
  const ids = seen.peek().day === today.peek() ? seen.peek().ids : new Set();
  seen.value = { day: today.peek(), ids: new Set([...ids, id]) };
}

export function Reminder() {
  const due = dueNow({
    now: now.value,
    hour: Number(clock(now.value, zone.value).slice(0, 2)),
    sessions: state.value?.tables.day?.today?.sessions ?? [],
    waiting: line.value.length,
    parked: parkedTickets.value,
    serving: ticket.value?.status === "serving" ? ticket.value.id : "",
  });
  const known = seen.value.day === today.value ? seen.value.ids : new Set();
  const first = due.find((one) => !known.has(one.id));
  if (!first) return null;
  const facts = "number" in first.facts ? { ...first.facts, number: ticketNumber(String(first.facts.number)) } : first.facts;
  return html`<div class="strip strip-reminder" role="status" data-testid="reminder" data-key=${first.key}>
    <${Icon} name="clock-alert" /><p>${t(first.key, facts)}</p>
    <button type="button" class="small" onClick=${() => dismiss(first.id)}>${t("counter.understood")}</button>
  </div>`;
}

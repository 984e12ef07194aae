/** The waiting list on paper: what an office goes on with when the server is out of reach. */
import { pick, t } from "/static/js/text.js";
import { clock, fullDate, ticketNumber } from "/static/js/format.js";
import { html } from "/static/js/ui.js";

import { priorityName, serviceName } from "./parts.js";
import { line, state, zone } from "./store.js";

/** Seen by printers only; it is what this screen last knew. */
export function PrintList() {
  const at = state.value?.at;
  return html`<section class="print-list" aria-hidden="true">
    <h1>${t("counter.print_title")}</h1>
    <p>${pick(state.value?.branch.name)} · ${t("counter.print_at", { hour: clock(at, zone.value), date: fullDate(at, zone.value) })}</p>
    <table>
      <thead><tr><th></th><th>${t("counter.number")}</th><th>${t("counter.service")}</th><th>${t("counter.print_arrival")}</th><th>${t("counter.priority")}</th></tr></thead>
      <tbody>${line.value.map((one, n) => html`<tr key=${one.id}><td>${n + 1}</td><td>${ticketNumber(one.number)}</td><td>${serviceName(one)}</td>
        <td>${clock(one.arrival_at, zone.value)}</td><td>${one.priority ? priorityName(one.priority) : ""}</td></tr>`)}</tbody>
    </table>
  </section>`;
}

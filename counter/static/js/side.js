/** The right panel: my day and the other counters. The foot: the link, and whether the hall heard me. */
import { signal } from "@preact/signals";
import { knows, language, setLanguage, t } from "/static/js/text.js";
import { decimal, ticketNumber, timer } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { act } from "./actions.js";
import { announcedState, since, waitLevel } from "./model.js";
import { Key } from "./parts.js";
import { counter, isLive, isLocked, isMine, line, me, now, socket, state, targets, ticket } from "./store.js";

/** @typedef {import("./model.js").CounterRow} CounterRow */
/** @typedef {import("./model.js").TicketRow} TicketRow */

export function Side() {
  return html`<aside class="card side" aria-label=${t("counter.today")}>
    <h2 class="card-title">${t("counter.today")}</h2>
    <${Today} />
    <${Others} />
  </aside>`;
}

export function Today() {
  const row = counter.value;
  const waits = line.value.map((one) => since(one.arrival_at, now.value));
  const longest = waits.length ? Math.max(...waits) : 0;
  const level = waitLevel(longest, targets.value);
  const late = waits.filter((wait) => waitLevel(wait, targets.value) !== "good").length;
  return html`<dl class="today">
    <div><dd class="numbers">${row?.served ?? 0}</dd><dt>${t("counter.served")}</dt></div>
    <div><dd class="numbers">${row?.service_s ? timer(row.service_s) : "–"}</dd><dt>${t("counter.mean_service")}</dt></div>
    <div><dd class=${`numbers today-${level}`}>${timer(longest)}</dd><dt>${t("counter.longest_wait")}</dt></div>
    <div><dd class="numbers">${late}</dd><dt>${t("counter.over_target", { n: targets.value[0] })}</dt></div>
    <${Rating} />
  </dl>`;
}

/** How my visits of the last thirty days were rated; nothing below ten of them. */
function Rating() {
  const rating = me.value?.rating;
  if (!rating) return null;
  const mean = rating.n ? decimal(rating.mean ?? 0) : "–";
  return html`<div class="today-rating"><dd class="numbers">${mean}</dd>
    <dt>${rating.n ? t("counter.rating", { n: rating.n }) : t("counter.rating_few")}</dt></div>`;
}

export function Others() {
  const rows = /** @type {CounterRow[]} */ (Object.values(state.value?.tables.counters ?? {})).sort((a, b) => a.number - b.number);
  const open = rows.filter((row) => row.status === "open").length;
  return html`<h2 class="card-title">${t("counter.all_counters")} <span class="numbers">${t("counter.open_of", { open, all: rows.length })}</span></h2>
    <div class="others scroll" data-scroll tabindex="0" role="region" aria-label=${t("counter.all_counters")}>
      <ul>${rows.map((row) => html`<${Other} key=${row.id} row=${row} />`)}</ul>
    </div>`;
}

/** @param {{row: CounterRow}} props */
function Other({ row }) {
  const theirs = /** @type {TicketRow | undefined} */ (state.value?.tables.tickets?.[row.ticket ?? ""]);
  const words = row.status === "open" ? t("counter.free") : t(`counter.state_${row.status}`);
  const time = theirs ? timer(since(theirs.started_at ?? theirs.called_at, now.value)) : "";
  return html`<li class=${`other ${row.id === counter.value?.id ? "other-mine" : ""}`}>
    <span>${t("counter.name", { number: String(row.number).padStart(2, "0") })}</span>
    ${theirs ? html`<b class="numbers">${ticketNumber(theirs.number)}</b>` : html`<span class=${`other-${row.status}`}>${words}</span>`}
    <span class="numbers other-time">${time}</span>
  </li>`;
}

/** When this screen last saw its ticket called: the wall has three seconds to confirm. */
const calledAt = signal({ key: "", at: 0 });

function Announced() {
  const row = counter.value;
  const mine = ticket.value;
  const key = mine ? `${mine.id}:${mine.calls}` : "";
  if (calledAt.peek().key !== key) calledAt.value = { key, at: now.peek() };
  if (!row || mine?.status !== "called") return null;
  const result = announcedState(row, (now.value - calledAt.value.at) / 1000);
  const icon = { none: "", waiting: "clock", shown: "monitor", spoken: "volume-2", missing: "triangle-alert" }[result];
  return icon && html`<p class=${`foot-item foot-${result}`} role="status" data-testid="announced" data-state=${result}>
    <${Icon} name=${icon} size=${18} />${t(`counter.announced_${result}`)}</p>`;
}

function LinkQuality() {
  const status = socket.status.value;
  const ms = socket.latency.value;
  const words = knows(`link.${status}`) ? t(`link.${status}`) : status;
  return html`<p class=${`foot-item link-${status}`} role="status" data-testid="link">
    <span class="swap" hidden=${!isLive.value}><${Icon} name="wifi" size=${18} /></span><span class="swap" hidden=${isLive.value}><${Icon} name="wifi-off" size=${18} /></span>${words}${isLive.value && ms !== null && html`<span class="numbers">${ms} ms</span>`}</p>`;
}

/** The list of keys is offered where the keys work: at one's own open counter. */
export function Foot() {
  return html`<footer class="foot">
    <${LinkQuality} />
    <${Announced} />
    <span class="foot-space"></span>
    <button type="button" class="foot-button" lang=${language.value === "vi" ? "en" : "vi"}
      onClick=${() => setLanguage(language.value === "vi" ? "en" : "vi")}>${language.value === "vi" ? "English" : "Tiếng Việt"}</button>
    ${isMine.value && !isLocked.value && html`<button type="button" class="foot-button" data-testid="keys" onClick=${() => act("help")}>${t("counter.keys")} <${Key} of="help" /></button>`}
  </footer>`;
}

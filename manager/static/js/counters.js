/**
 * The counters: tiles for the overview, and the table with the supervisor's hand on it.
 */

import { decimal, ticketNumber, timer } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { Panel } from "./panel.js";
import { may } from "./permissions.js";
import { dialog, now, tables, view } from "./store.js";
import { inMinutes } from "./figures.js";
import { localClock, numberOf, queuePrefix } from "./words.js";

/** @typedef {import("./rows.js").CounterRow} CounterRow */
/** @typedef {"serving"|"called"|"free"|"paused"|"closed"} Doing */

/** @type {Record<Doing, string>} */
const ICONS = {
  serving: "play",
  called: "megaphone",
  free: "circle-check",
  paused: "coffee",
  closed: "circle-minus",
};

/** @type {Record<Doing, () => string>} */
const WORDS = {
  serving: () => t("manager.counter.serving"),
  called: () => t("manager.counter.called"),
  free: () => t("manager.counter.free"),
  paused: () => t("manager.counter.paused"),
  closed: () => t("manager.counter.closed"),
};

/**
 * @param {CounterRow} counter
 * @returns {{doing: Doing, since: string|null}}
 */
function activity(counter) {
  const ticket = tables.value.tickets?.[counter.ticket ?? ""];
  if (ticket?.status === "serving") return { doing: "serving", since: ticket.started_at };
  if (ticket?.status === "called") return { doing: "called", since: ticket.called_at };
  if (counter.status === "open") return { doing: "free", since: null };
  return { doing: counter.status, since: counter.status === "paused" ? counter.since : null };
}

/** All counters, by number. */
function rows() {
  return Object.values(tables.value.counters ?? {}).sort((a, b) => a.number - b.number);
}

/** @param {string|null} since */
function elapsed(since) {
  return since ? timer(Math.max(0, Math.floor((now.value - Date.parse(since)) / 1000))) : "";
}

/** @param {CounterRow} counter */
function serviceMean(counter) {
  const minutes = inMinutes(counter.service_s);
  return minutes === null ? "–" : decimal(minutes, 1);
}

/** @param {{counter: CounterRow}} props */
function Tile({ counter }) {
  const { doing, since } = activity(counter);
  return html`<li class=${`tile ${doing}`} title=${counter.officer ?? ""}>
    <span class="number"><span class="visually-hidden">${t("manager.column.counter")} </span>${counter.number}</span>
    <span class="doing"><${Icon} name=${ICONS[doing]} size=${14} />${WORDS[doing]()}</span>
    <b class="ticket-number">${numberOf(counter.ticket)}</b>
    <span class="timer">${elapsed(since)}</span>
  </li>`;
}

/** The sheet behind both views. */
function sheet() {
  return {
    head: [
      t("manager.column.counter"),
      t("manager.column.state"),
      t("manager.column.officer"),
      t("manager.column.current"),
      t("manager.column.served"),
      t("manager.column.service_mean"),
    ],
    rows: rows().map((c) => [
      c.number,
      WORDS[activity(c).doing](),
      c.officer,
      numberOf(c.ticket) || null,
      c.served,
      inMinutes(c.service_s),
    ]),
  };
}

/** How many counters do what, in words. */
function Summary() {
  const list = rows().map((c) => activity(c).doing);
  const count = (/** @type {Doing[]} */ ...kinds) => list.filter((d) => kinds.includes(d)).length;
  return html`<p class="summary">
    ${t("manager.counters.summary", {
      busy: count("serving", "called"),
      free: count("free"),
      paused: count("paused"),
      closed: count("closed"),
    })}
  </p>`;
}

/** Counters at a glance, for the overview. */
export function CounterTiles() {
  return html`<${Panel}
    title=${t("manager.counters.title")}
    area="counters"
    legend=${html`<${Summary} />`}
    file="quay"
    sheet=${sheet()}
  >
    <ul class="tiles">
      ${rows().map((c) => html`<${Tile} key=${c.id} counter=${c} />`)}
    </ul>
  <//>`;
}

/** @param {{counter: CounterRow}} props */
function CounterLine({ counter }) {
  const { doing, since } = activity(counter);
  const pause = [counter.pause_reason, counter.return_at && localClock(counter.return_at)];
  return html`<tr class=${doing}>
    <th scope="row">${counter.number}</th>
    <td>
      <span class=${`status ${doing}`}><${Icon} name=${ICONS[doing]} size=${15} />${WORDS[doing]()}</span>
      ${doing === "paused" && html`<small>${pause.filter(Boolean).join(" · ")}</small>`}
    </td>
    <td class="who">${counter.officer ?? "–"}</td>
    <td><b class="ticket-number">${numberOf(counter.ticket) || "–"}</b></td>
    <td class="num">${elapsed(since) || "–"}</td>
    <td class="ticket-number">${counter.next ? ticketNumber(counter.next.number) : "–"}</td>
    <td class="letters">${counter.queues.map((q) => queuePrefix(q)).join(" ")}</td>
    <td class="num">${counter.served}</td>
    <td class="num">${serviceMean(counter)}</td>
    <td class="act">
      ${doing !== "closed" &&
      may(view.value, "release_counters") &&
      html`<button
        type="button"
        class="quiet-button"
        aria-label=${t("manager.release.of", { counter: counter.number })}
        onClick=${() => (dialog.value = { kind: "release", counter: counter.id })}
      >
        <${Icon} name="lock-open" size=${15} />${t("manager.release.action")}
      </button>`}
    </td>
  </tr>`;
}

/** The page "Quầy". */
export function CountersPage() {
  const head = [
    t("manager.column.counter"),
    t("manager.column.state"),
    t("manager.column.officer"),
    t("manager.column.current"),
    t("manager.column.time"),
    t("manager.column.next"),
    t("manager.column.queues"),
    t("manager.column.served"),
    t("manager.column.service_mean"),
    t("manager.column.action"),
  ];
  return html`<${Panel}
    title=${t("manager.counters.today")}
    area="counter-list"
    legend=${html`<${Summary} />`}
    file="quay"
    sheet=${sheet()}
  >
    <div class="scroll" tabindex="0" role="group" aria-label=${t("manager.counters.today")}>
      <table class="list">
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows().map((c) => html`<${CounterLine} key=${c.id} counter=${c} />`)}
        </tbody>
      </table>
    </div>
  <//>`;
}

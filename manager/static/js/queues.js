/**
 * Who waits where: the bars of the overview, and the page with every line.
 */

import { ticketNumber } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";
import { useState } from "preact/hooks";

import { waitTone } from "./figures.js";
import { Panel } from "./panel.js";
import { now, tables, view } from "./store.js";
import { minutesSince } from "./time.js";
import { localClock, queueName, queuePrefix, span } from "./words.js";

/** @typedef {import("./rows.js").QueueRow} QueueRow */
/** @typedef {import("./rows.js").TicketRow} TicketRow */

/** So many numbers of a line are shown before "more". */
const FIRST = 16;

/** @param {QueueRow} queue */
function stateText(queue) {
  if (queue.state === "full") return t("manager.queue.full");
  if (queue.state === "open") return t("manager.queue.open");
  if (queue.reason === "not_today") return t("manager.queue.not_today");
  return t("manager.queue.closed");
}

/** The rows of all queues, in the order of the catalogue. */
function rows() {
  const catalogue = view.value?.catalogue;
  const known = tables.value.queues ?? {};
  return (catalogue?.queues ?? []).map((q) => known[q.id]).filter((row) => row !== undefined);
}

/** @param {{queue: QueueRow}} props */
function Oldest({ queue }) {
  const targets = view.value?.catalogue.policy.wait_targets_minutes ?? [];
  if (!queue.oldest_at || queue.waiting === 0) return html`<span class="dim">–</span>`;
  const minutes = minutesSince(queue.oldest_at, now.value);
  const tone = waitTone(minutes, targets);
  return html`<span class=${`oldest ${tone}`}>
    ${tone !== "good" && html`<${Icon} name="clock-alert" size=${14} />`}
    ${span(minutes)}
  </span>`;
}

/** @param {{queue: QueueRow, most: number}} props */
function QueueBar({ queue, most }) {
  const unattended = queue.waiting > 0 && queue.open_counters === 0;
  return html`<tr class=${queue.waiting === 0 ? "quiet" : ""}>
    <th scope="row">
      <span class="prefix" aria-hidden="true">${queuePrefix(queue.id)}</span>
      <span class="name" title=${queueName(queue.id)}>${queueName(queue.id)}</span>
    </th>
    <td class="bar-cell">
      <div class="bar-box">
        <span class="bar" style=${`width:${(100 * queue.waiting) / most}%`}></span>
        <span class="count">${queue.waiting}</span>
      </div>
    </td>
    <td class="num"><${Oldest} queue=${queue} /></td>
    <td class=${`num ${unattended ? "bad" : ""}`}>${queue.open_counters}</td>
    <td class="state">${stateText(queue)}</td>
  </tr>`;
}

/** Waiting by queue, for the overview. */
export function QueueBars() {
  const list = rows();
  const most = Math.max(10, ...list.map((q) => q.waiting));
  const sheet = {
    head: [
      t("manager.column.queue"),
      t("manager.column.waiting"),
      t("manager.column.oldest_minutes"),
      t("manager.column.open_counters"),
      t("manager.column.state"),
    ],
    rows: list.map((q) => [
      queueName(q.id),
      q.waiting,
      q.waiting > 0 ? minutesSince(q.oldest_at, now.value) : null,
      q.open_counters,
      stateText(q),
    ]),
  };
  const head = [
    t("manager.column.queue"),
    t("manager.column.waiting"),
    t("manager.column.oldest"),
    t("manager.column.open_counters"),
    t("manager.column.state"),
  ];
  return html`<${Panel}
    title=${t("manager.queues.title")}
    unit=${t("manager.unit.people")}
    area="waiting"
    file="dang-cho"
    sheet=${sheet}
  >
    <div class="scroll" tabindex="0" role="group" aria-label=${t("manager.queues.title")}>
      <table class="bars">
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${list.map((q) => html`<${QueueBar} key=${q.id} queue=${q} most=${most} />`)}
        </tbody>
      </table>
    </div>
  <//>`;
}

/** @param {{ticket: TicketRow}} props */
function Waiting({ ticket }) {
  const classes = view.value?.catalogue.priority_classes ?? [];
  const name = classes.find((c) => c.code === ticket.priority)?.name;
  const minutes = minutesSince(ticket.issued_at, now.value);
  const tone = waitTone(minutes, view.value?.catalogue.policy.wait_targets_minutes ?? []);
  return html`<li class=${ticket.priority ? "ticket priority" : "ticket"}>
    <b>${ticketNumber(ticket.number)}</b>
    <span class=${`wait ${tone}`}>${span(minutes)}</span>
    ${ticket.priority &&
    html`<span class="lane">
      <${Icon} name="accessibility" size=${13} />${name ? pick(name) : t("manager.priority")}
    </span>`}
  </li>`;
}

/** @param {{queue: QueueRow}} props */
function Line({ queue }) {
  const [all, setAll] = useState(false);
  const tickets = tables.value.tickets ?? {};
  const line = (queue.line ?? []).map((id) => tickets[id]).filter((row) => row !== undefined);
  const mine = Object.values(tickets).filter((row) => row.queue === queue.id);
  const parked = mine.filter((row) => row.status === "parked").length;
  const absent = mine.filter((row) => row.status === "no_show").length;
  const more = line.length - FIRST;
  const open = Object.values(tables.value.counters ?? {})
    .filter((c) => c.status === "open" && c.queues.includes(queue.id))
    .map((c) => c.number)
    .sort((a, b) => a - b);
  return html`<section class="card line" aria-labelledby=${`queue-${queue.id}`}>
    <header>
      <span class="prefix big" aria-hidden="true">${queuePrefix(queue.id)}</span>
      <h2 id=${`queue-${queue.id}`}>${queueName(queue.id)}</h2>
      <span class=${`pill ${queue.state}`}>${stateText(queue)}</span>
    </header>
    <dl>
      <div><dt>${t("manager.column.waiting")}</dt><dd>${queue.waiting}</dd></div>
      <div><dt>${t("manager.column.oldest")}</dt><dd><${Oldest} queue=${queue} /></dd></div>
      <div>
        <dt>${t("manager.column.open_counters")}</dt>
        <dd class=${queue.waiting > 0 && open.length === 0 ? "bad" : ""}>
          ${open.length > 0 ? open.join(", ") : t("manager.none")}
        </dd>
      </div>
      <div><dt>${t("manager.column.parked")}</dt><dd>${parked}</dd></div>
      <div><dt>${t("manager.column.absent")}</dt><dd>${absent}</dd></div>
      ${queue.opens_at &&
      html`<div><dt>${t("manager.column.opens")}</dt><dd>${localClock(queue.opens_at)}</dd></div>`}
    </dl>
    ${line.length > 0 &&
    html`<ol aria-label=${t("manager.queues.expected")}>
      ${(all ? line : line.slice(0, FIRST)).map(
        (ticket) => html`<${Waiting} key=${ticket.id} ticket=${ticket} />`,
      )}
      ${more > 0 &&
      html`<li class="more">
        <button type="button" class="tool" aria-expanded=${all} onClick=${() => setAll(!all)}>
          ${all ? t("manager.queues.fewer") : t("manager.queues.more", { n: more })}
        </button>
      </li>`}
    </ol>`}
  </section>`;
}

/** The page "Hàng chờ": every line in the order expected. */
export function QueuesPage() {
  const list = rows();
  const busy = list.filter((q) => q.waiting > 0);
  const quiet = list.filter((q) => q.waiting === 0);
  return html`<div class="lines">
    <div class="lines-top">
      <p class="hint">${t("manager.queues.hint")}</p>
      <button type="button" class="quiet-button" onClick=${() => print()}>
        <${Icon} name="printer" size=${18} />${t("manager.queues.print")}
      </button>
    </div>
    ${busy.length === 0 && html`<p class="card empty">${t("manager.kpi.nobody")}</p>`}
    ${[...busy, ...quiet].map((q) => html`<${Line} key=${q.id} queue=${q} />`)}
  </div>`;
}

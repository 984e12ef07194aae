/** Visits that were rated 1 or 2: what was said, by when to look into it, and what came of it. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { clock, dayOf, shortDate, ticketNumber } from "/static/js/format.js";
import { knows, language, pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { csvText, download } from "./csv.js";
import { may } from "./permissions.js";
import { now, say, socket, tables, view } from "./store.js";

/** @typedef {{id: string, number: string, service: string, counter: number | null, officer: string, level: number,
 *   reasons: string[], opened_at: string, due_on: string}} FollowUp */
/** @typedef {{id: string, number: string, service: string, level: number, opened_at: string, settled_at: string,
 *   settled_by: string, note: string}} Settled */

/** @type {import("@preact/signals").Signal<{comments: Record<string, string>, channels: Record<string, string>, settled: Settled[]} | null>} */
const details = signal(null);

/** The open ones, those due first first. */
export function openFollowUps() {
  const rows = /** @type {FollowUp[]} */ (Object.values(/** @type {any} */ (tables.value).follow_ups ?? {}));
  return rows.sort((a, b) => a.due_on.localeCompare(b.due_on) || a.opened_at.localeCompare(b.opened_at));
}

async function load() {
  const ack = await socket.emit("ask", { name: "follow_ups.details" });
  if (ack.ok) details.value = ack.result;
}

/** @param {string} day YYYY-MM-DD */
function spelled(day) {
  return day.split("-").reverse().join("/");
}

/** @param {string} service */
export function serviceName(service) {
  const found = /** @type {any} */ (view.value?.catalogue)?.services.find((/** @type {{id: string}} */ one) => one.id === service);
  return found ? pick(found.name) : service;
}

/** @param {FollowUp} one */
function reasonWords(one) {
  return one.reasons.map((reason) => t(`followup.reason_${reason}`)).join(", ");
}

/** @param {{snapshot: import("./rows.js").Snapshot}} props */
export function FollowUpsPage({ snapshot }) {
  const rows = openFollowUps();
  const key = rows.map((one) => one.id).join();
  useEffect(() => void load(), [key]);
  const today = dayOf(now.value, snapshot.branch.time_zone);
  const late = rows.filter((one) => one.due_on < today).length;
  const save = () => {
    const head = ["number", "service", "counter", "officer", "level", "reasons", "comment", "opened", "due"].map((name) => t(`followup.${name}`));
    const lines = rows.map((one) => [one.number, serviceName(one.service), one.counter, one.officer, one.level, reasonWords(one),
      details.value?.comments[one.id] ?? "", one.opened_at, one.due_on]);
    void socket.emit("ask", { name: "export.record", what: "follow_ups" });
    download(`follow-ups-${today}.csv`, csvText(head, lines, language.value));
  };
  return html`<div class="follow-ups">
    <div class="lines-top">
      <p class="hint">${t("followup.hint")}${late > 0 && html` <b class="late"><${Icon} name="clock-alert" size=${16} /> ${t("followup.late_count", { n: late })}</b>`}</p>
      ${may(snapshot, "export") && rows.length > 0 && html`<button type="button" class="quiet-button" onClick=${save}><${Icon} name="download" size=${16} />${t("followup.export")}</button>`}
    </div>
    ${rows.length === 0 && html`<p class="card empty"><${Icon} name="circle-check" size=${20} /> ${t("followup.none")}</p>`}
    <ul class="follow-up-list">${rows.map((one) => html`<${Row} key=${one.id} one=${one} today=${today} zone=${snapshot.branch.time_zone} />`)}</ul>
    <${Settled} zone=${snapshot.branch.time_zone} />
  </div>`;
}

/** @param {{one: FollowUp, today: string, zone: string}} props */
function Row({ one, today, zone }) {
  const [isOpen, setOpen] = useState(false);
  const isLate = one.due_on < today;
  const comment = details.value?.comments[one.id];
  const channel = details.value?.channels[one.id];
  return html`<li class=${`card follow-up ${isLate ? "is-late" : ""}`} data-testid="follow-up" data-number=${one.number}>
    <b class="follow-up-number ticket-number">${ticketNumber(one.number)}</b>
    <div class="follow-up-what">
      <p><span class=${`level-tag level-${one.level}`}><${Icon} name="circle-alert" size=${16} />${t(`followup.level_${one.level}`)}</span> ${serviceName(one.service)}</p>
      <p class="dim">${[one.counter ? t("followup.at_counter", { n: one.counter }) : "", one.officer, `${clock(one.opened_at, zone)} ${shortDate(one.opened_at, zone)}`,
        channel && knows(`followup.channel_${channel}`) ? t(`followup.channel_${channel}`) : ""].filter(Boolean).join(" · ")}</p>
      ${one.reasons.length > 0 && html`<p>${t("followup.reasons")}: <b>${reasonWords(one)}</b></p>`}
      ${comment && html`<blockquote>${comment}</blockquote>`}
    </div>
    <p class="follow-up-due">${isLate ? html`<b class="late"><${Icon} name="clock-alert" size=${16} />${t("followup.is_late")}</b>` : t("followup.due")}
      <b>${spelled(one.due_on)}</b></p>
    <button type="button" class="button" data-testid="settle" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${t("followup.settle")}</button>
    ${isOpen && html`<${Settle} one=${one} />`}
  </li>`;
}

/** @param {{one: FollowUp}} props */
function Settle({ one }) {
  const [note, setNote] = useState("");
  const [isSending, setSending] = useState(false);
  const isReady = note.trim() !== "" && !isSending;
  /** @param {Event} event */
  const give = async (event) => {
    event.preventDefault();
    if (!isReady) return;
    setSending(true);
    const ack = await socket.call("SettleFollowUp", { ticket: one.id, note: note.trim() });
    setSending(false);
    if (ack.ok) say(t("followup.done", { number: ticketNumber(one.number) }));
    else say(ack.error.message, true);
    void load();
  };
  return html`<form class="follow-up-form" onSubmit=${give}>
    <label for=${`note-${one.id}`}>${t("followup.note")}</label>
    <textarea id=${`note-${one.id}`} rows="2" maxlength="500" value=${note} data-testid="note" onInput=${(/** @type {any} */ e) => setNote(e.currentTarget.value)}></textarea>
    <button class="button" data-testid="confirm-settle" disabled=${!isReady}>${t("followup.confirm")}</button>
  </form>`;
}

/** @param {{zone: string}} props */
function Settled({ zone }) {
  const rows = details.value?.settled ?? [];
  if (rows.length === 0) return null;
  return html`<section class="card panel settled" aria-labelledby="settled">
    <header><h2 id="settled">${t("followup.settled")}</h2></header>
    <div class="sheet" tabindex="0" role="group" aria-label=${t("followup.settled")}><table>
      <thead><tr>${["number", "service", "level", "note_short", "settled_by", "settled_at"].map((name) => html`<th scope="col" key=${name}>${t(`followup.${name}`)}</th>`)}</tr></thead>
      <tbody>${rows.map((one) => html`<tr key=${one.id}><th scope="row">${ticketNumber(one.number)}</th><td>${serviceName(one.service)}</td><td>${t(`followup.level_${one.level}`)}</td>
        <td class="follow-up-note">${one.note}</td><td>${one.settled_by}</td><td>${clock(one.settled_at, zone)} ${shortDate(one.settled_at, zone)}</td></tr>`)}</tbody>
    </table></div>
  </section>`;
}

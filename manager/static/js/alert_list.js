/** The page of alerts: what needs somebody, what somebody sees to, what is past; and questions. */
import { useState } from "preact/hooks";
import { clock } from "/static/js/format.js";
import { knows, language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { placeOf, sorted } from "./alerts.js";
import { may } from "./permissions.js";
import { Questions } from "./questions.js";
import { dialog, now, say, socket, tables, view } from "./store.js";
import { minutesSince } from "./time.js";
import { span } from "./words.js";

/** @typedef {import("./rows.js").AlertRow} AlertRow */

/** Where something can be done about it. @param {{alert: AlertRow}} props */
export function Way({ alert }) {
  const place = placeOf(alert);
  if (place === "close_day" && may(view.value, "close_day")) {
    return html`<button type="button" class="quiet-button" onClick=${() => (dialog.value = { kind: "close_day" })}>
      ${t("manager.close_day.action")}</button>`;
  }
  if (!place || place === "close_day") return null;
  return html`<a class="quiet-button" href=${`#${place}`}>${t(`alerts.see_${place}`)}</a>`;
}

/** @param {{alert: AlertRow, word?: () => string}} props */
export function Acknowledge({ alert, word = () => "" }) {
  const [busy, setBusy] = useState(false);
  if (alert.acknowledged_at || !may(view.value, "see_to_alerts")) return null;
  const send = async () => {
    if (busy) return;
    setBusy(true);
    const ack = await socket.call("AcknowledgeAlert", { alert: alert.alert, word: word() });
    setBusy(false);
    if (!ack.ok) say(ack.error.message, true);
  };
  return html`<button type="button" class="button" data-testid="acknowledge" disabled=${busy} onClick=${send}>
    <${Icon} name="check" size=${18} />${t("alerts.acknowledge")}</button>`;
}

export function AlertsPage() {
  const { open, seen, past } = sorted(tables.value.alerts);
  return html`<div class="alerts-page">
    <section aria-labelledby="alerts-open">
      <h2 id="alerts-open">${t("alerts.open")} ${open.length > 0 && html`<span class="count numbers">${open.length}</span>`}</h2>
      ${open.length === 0 && html`<p class="card empty"><${Icon} name="circle-check" size=${20} /> ${t("alerts.none")}</p>`}
      <ul class="alert-list">${open.map((one) => html`<${Row} key=${one.id} alert=${one} />`)}</ul>
    </section>
    ${seen.length > 0 && html`<section aria-labelledby="alerts-seen">
      <h2 id="alerts-seen">${t("alerts.seen")} <span class="count numbers">${seen.length}</span></h2>
      <ul class="alert-list">${seen.map((one) => html`<${Row} key=${one.id} alert=${one} />`)}</ul>
    </section>`}
    ${past.length > 0 && html`<details class="alerts-past" data-testid="alerts-past">
      <summary>${t("alerts.past", { n: past.length })}</summary>
      <ul class="alert-list">${past.map((one) => html`<${Row} key=${one.id} alert=${one} />`)}</ul>
    </details>`}
    ${may(view.value, "see_questions") && html`<${Questions} />`}
  </div>`;
}

/** @param {{alert: AlertRow}} props */
function Row({ alert }) {
  const zone = view.value?.branch.time_zone;
  const [word, setWord] = useState("");
  const { head, body, action, doubt } = alert.text[language.value];
  const at = (/** @type {string | null} */ instant) => clock(instant ?? "", zone);
  const isOpen = !alert.cleared_at;
  const minutes = minutesSince(alert.raised_at, now.value);
  const age = minutes < 1 ? t("alerts.just_now") : span(minutes);
  const offers = isOpen && !alert.acknowledged_at && may(view.value, "see_to_alerts");
  return html`<li class=${`card alert ${alert.level} ${isOpen ? "" : "is-past"}`} data-testid="alert" data-rule=${alert.rule}>
    <p class="alert-at"><time class="numbers" dateTime=${alert.raised_at}>${at(alert.raised_at)}</time>
      <span>${isOpen ? age : t("alerts.over_at", { at: at(alert.cleared_at) })}</span></p>
    <div class="alert-what">
      <p><b><${Icon} name=${alert.level === "red" ? "triangle-alert" : "circle-alert"} size=${18} />${head}</b></p>
      <p>${body}</p>
      ${isOpen && html`<p class="alert-action">${action}</p>`}
      ${doubt && html`<p class="alert-doubt" data-testid="alert-doubt">${doubt}</p>`}
      ${alert.acknowledged_at && html`<p class="alert-seen"><${Icon} name="check" size=${16} />
        ${t("alerts.seen_by", { name: alert.by, at: at(alert.acknowledged_at) })}${alert.word && html` “${alert.word}”`}</p>`}
      ${alert.outcome && knows(`alerts.outcome_${alert.outcome}`) && html`<p class="alert-outcome">${t(`alerts.outcome_${alert.outcome}`)}</p>`}
    </div>
    ${isOpen && html`<div class="alert-ways"><${Way} alert=${alert} />
      ${offers && html`<input type="text" maxlength="200" value=${word} aria-label=${t("alerts.word")} placeholder=${t("alerts.word")}
        onInput=${(/** @type {any} */ e) => setWord(e.currentTarget.value)} />`}
      <${Acknowledge} alert=${alert} word=${() => word.trim()} /></div>`}
  </li>`;
}

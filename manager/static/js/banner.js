/**
 * The one thing that matters now, with what could be done about it; the rest on its page.
 */

import { clock } from "/static/js/format.js";
import { language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { Acknowledge, Way } from "./alert_list.js";
import { sorted } from "./alerts.js";
import { now, tables, view } from "./store.js";

/** @typedef {import("./rows.js").AlertRow} AlertRow */

/** Somebody waits longer than the target, and the server has not said so yet. */
function isLong() {
  const today = tables.value.today?.today;
  if (!today?.longest) return false;
  return now.value - Date.parse(today.longest.since) > today.target_minutes * 60_000;
}

/** Nothing is wrong: is there anything going on at all? */
function calmText() {
  const waiting = tables.value.today?.today?.waiting ?? 0;
  const open = tables.value.today?.today?.counters_open ?? 0;
  if (waiting > 0) return t(isLong() ? "manager.calm.waiting" : "manager.calm.flowing", { n: waiting, open });
  return open > 0 ? t("manager.calm.free", { open }) : t("manager.calm.closed");
}

/** The banner of the day. */
export function Banner() {
  const { open, seen } = sorted(tables.value.alerts);
  const [first] = [...open, ...seen];
  const zone = view.value?.branch.time_zone;
  if (!first) {
    return html`<div class="banner green">
      <${Icon} name="circle-check" size=${24} />
      <p>${calmText()}</p>
    </div>`;
  }
  const rest = open.length + seen.length - 1;
  const { head, body, action } = first.text[language.value];
  return html`<div class=${`banner alert-banner ${first.level}`} data-testid="alert-banner">
    <${Icon} name="triangle-alert" size=${24} />
    <p><b>${head}</b> ${body} <span class="alert-action">${action}</span>
      ${first.acknowledged_at && html`<span class="alert-seen"><${Icon} name="check" size=${16} />
        ${t("alerts.seen_by", { name: first.by, at: clock(first.acknowledged_at, zone) })}</span>`}</p>
    <span class="alert-ways">
      ${rest > 0 && html`<a class="quiet-button" href="#alerts">${t("alerts.others", { n: rest })}</a>`}
      <${Way} alert=${first} /> <${Acknowledge} alert=${first} />
    </span>
  </div>`;
}

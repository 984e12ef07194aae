/**
 * The one thing that matters now, with what could be done about it; the rest on request.
 */

import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { alerts } from "./alerts.js";
import { dialog, idle, now, tables, view } from "./store.js";
import { alertText } from "./words.js";

/** @typedef {import("./alerts.js").Alert} Alert */

/** More than this would be a list, not a banner. */
const OTHERS = 10;

/** @type {Set<import("./alerts.js").AlertKind>} */
const ABOUT_COUNTERS = new Set(["no_counter", "unanswered", "idle_other", "idle_own"]);

/** @param {{alert: Alert}} props */
function Way({ alert }) {
  if (alert.kind === "left_over") {
    return html`<button
      type="button"
      class="button"
      onClick=${() => (dialog.value = { kind: "close_day" })}
    >
      ${t("manager.close_day.action")}
    </button>`;
  }
  return ABOUT_COUNTERS.has(alert.kind)
    ? html`<a class="button" href="#counters">${t("manager.alert.see_counters")}</a>`
    : html`<a class="button" href="#queues">${t("manager.alert.see_queues")}</a>`;
}

/** @param {{list: Alert[]}} props */
function Others({ list }) {
  return html`<details>
    <summary>${t("manager.alert.others", { n: list.length })}</summary>
    <ul>
      ${list.slice(0, OTHERS).map((alert) => {
        const { head, body } = alertText(alert);
        return html`<li class=${alert.level}><b>${head}</b> ${body}</li>`;
      })}
    </ul>
  </details>`;
}

/** Nothing is wrong: is there anything going on at all? */
function calmText() {
  const waiting = tables.value.today?.today?.waiting ?? 0;
  const open = tables.value.today?.today?.counters_open ?? 0;
  if (waiting > 0) return t("manager.calm.flowing", { n: waiting, open });
  return open > 0 ? t("manager.calm.free", { open }) : t("manager.calm.closed");
}

/** The banner of the day. */
export function Banner() {
  const { catalogue, branch } = /** @type {import("./rows.js").Snapshot} */ (view.value);
  const [first, ...rest] = alerts(
    tables.value,
    catalogue,
    branch.time_zone,
    now.value,
    idle.value,
  );
  if (!first) {
    return html`<div class="banner green">
      <${Icon} name="circle-check" size=${24} />
      <p>${calmText()}</p>
    </div>`;
  }
  const { head, body } = alertText(first);
  return html`<div class=${`banner ${first.level}`}>
    <${Icon} name="triangle-alert" size=${24} />
    <p><b>${head}</b> ${body}</p>
    ${rest.length > 0 && html`<${Others} list=${rest} />`}
    <${Way} alert=${first} />
  </div>`;
}

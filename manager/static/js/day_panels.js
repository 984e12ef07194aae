/** The counters' day as bars, satisfaction by field, and what was rated badly: parts of the live page. */

import { dayOf, decimal, ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { monthByQueue, todayFigures } from "./day_figures.js";
import { partsOf } from "./day_model.js";
import { DotTable, dotSheet, dotWritten } from "./dots.js";
import { openFollowUps, serviceName } from "./follow_ups.js";
import { Panel } from "./panel.js";
import { satisfaction } from "./satisfaction.js";
import { now, tables, view } from "./store.js";
import { percent, queueName, queuePrefix } from "./words.js";

/** How many of the worst the live page names. */
const NAMED = 3;
const PARTS = /** @type {const} */ (["serving", "free", "paused", "closed"]);

function counterDays() {
  const groups = todayFigures.value?.counter.groups ?? [];
  const whole = Math.max(0, ...groups.map((g) => g.open_s));
  const none = { open_s: 0, paused_s: 0, engaged_s: 0 };
  return Object.values(tables.value.counters ?? {})
    .sort((a, b) => a.number - b.number)
    .map((counter) => {
      const found = groups.find((g) => g.key === counter.id);
      return { counter, occupancy: found?.occupancy ?? null, open_s: found?.open_s ?? 0, parts: partsOf(found ?? none, whole) };
    });
}

/** How each counter has spent the day so far. */
export function CounterDays() {
  const rows = counterDays();
  const title = t("manager.day.counters");
  const minutes = (/** @type {number} */ seconds) => Math.round(seconds / 60);
  const sheet = {
    head: [t("manager.column.counter"), ...PARTS.map((name) => t(`manager.day.${name}`)), t("manager.day.occupancy")],
    rows: rows.map((row) => [
      row.counter.number, ...row.parts.map((part) => minutes(part.seconds)),
      row.occupancy === null ? null : Math.round(row.occupancy * 100),
    ]),
  }; // prettier-ignore
  const some = rows.some((row) => row.open_s > 0);
  const legend = html`<div class="legend">
    ${PARTS.map((name) => html`<span key=${name} class="key"><i class=${`swatch part-${name}`} aria-hidden="true"></i>${t(`manager.day.${name}`)}</span>`)}
  </div>`;
  return html`<${Panel} title=${title} area="use" file="su-dung-quay" sheet=${some ? sheet : undefined}>
    ${some
      ? html`<ul class=${`days ${rows.length > 8 ? "two" : ""}`}>
          ${rows.map((row) => {
            const said = row.parts.filter((part) => part.seconds > 0).map((part) => `${t(`manager.day.${part.name}`)} ${t("manager.minutes", { n: minutes(part.seconds) })}`);
            return html`<li key=${row.counter.id}>
              <span class="name">${t("manager.day.counter", { n: row.counter.number })}</span>
              ${row.open_s > 0
                ? html`<span class="stack" role="img" aria-label=${said.join(", ")} title=${said.join(", ")}>
                    ${row.parts.map((part) => html`<i key=${part.name} class=${`part-${part.name}`} style=${`width:${100 * part.share}%`}></i>`)}
                  </span>`
                : html`<span class="stack part-closed"><small>${t("manager.day.not_open")}</small></span>`}
              <b title=${t("manager.day.counters_unit")}>${row.occupancy === null ? "–" : percent(row.occupancy)}</b>
            </li>`;
          })}
        </ul>
        ${legend}`
      : html`<p class="empty">${t(todayFigures.value ? "manager.day.no_counter" : "manager.loading")}</p>`}
  <//>`;
}

/** Satisfaction of the last 30 days by queue: of one day it says too little. */
export function FieldDots() {
  const answer = monthByQueue.value;
  const rows = (view.value?.catalogue.queues ?? []).map((queue) => {
    const group = answer?.groups.find((g) => g.key === queue.id);
    const found = satisfaction(group?.ratings_satisfied ?? 0, group?.ratings_n ?? 0, group?.completed ?? 0);
    return {
      key: queue.id, name: queueName(queue.id), prefix: queuePrefix(queue.id), satisfied: found.satisfied,
      n: found.n, share: found.share, low: found.interval?.low ?? null, high: found.interval?.high ?? null,
    };
  }); // prettier-ignore
  const title = t("manager.day.satisfaction");
  const column = t("manager.column.queue");
  const all = answer ? satisfaction(answer.total.ratings_satisfied, answer.total.ratings_n, answer.total.completed) : null;
  return html`<${Panel} title=${title} area="opinions" file="hai-long"
    sheet=${answer ? dotSheet(column, rows) : undefined} show=${dotWritten}
    legend=${html`<a class="more" href="#satisfaction">${t("manager.day.more")}</a>`}>
    ${answer
      ? html`<${DotTable} rows=${rows} column=${column} label=${title} all=${all?.share ?? null} />`
      : html`<p class="empty">${t("manager.loading")}</p>`}
  <//>`;
}

/** Visits that were rated 1 or 2 and wait for somebody. @param {{zone: string}} props */
export function FollowUpStrip({ zone }) {
  const rows = openFollowUps();
  const today = dayOf(now.value, zone);
  const late = rows.filter((one) => one.due_on < today).length;
  return html`<section class="card panel to-follow" aria-labelledby="to-follow">
    <header>
      <h2 id="to-follow">${t("manager.opinion.follow_ups")}</h2>
      <span class="unit">${rows.length === 0 ? t("followup.none") : t("manager.day.follow_ups", { n: decimal(rows.length, 0) })}</span>
      ${late > 0 && html`<b class="late"><${Icon} name="clock-alert" size=${16} />${t("followup.late_count", { n: late })}</b>`}
      <span class="grow"></span>
      <a class="more" href="#follow-ups">${t("manager.day.all")}</a>
    </header>
    <ul>
      ${rows.slice(0, NAMED).map(
        (one) => html`<li key=${one.id} class=${one.due_on < today ? "late" : ""}>
          <b class="ticket-number">${ticketNumber(one.number)}</b>
          <span class="name">${serviceName(one.service)}</span>
          <span class=${`level-tag level-${one.level}`}>${t(`followup.level_${one.level}`)}</span>
          <span class="num">${t("followup.due")} ${one.due_on.split("-").reverse().join("/")}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}

/**
 * The five figures at the top of the page.
 */

import { decimal, ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { inMinutes, waitTone } from "./figures.js";
import { satisfaction } from "./satisfaction.js";
import { minutesSince } from "./time.js";
import { percent, span } from "./words.js";

/** @typedef {import("./rows.js").TodayRow} TodayRow */
/** @typedef {import("./rows.js").Figures} Figures */
/** @typedef {{text: string, tone?: "good"|"amber"|"red"}} Note */

/** Fewer waits than this have no 90th percentile. */
const LEAST_WAITS = 20;

const TONE_ICON = { good: "circle-check", amber: "clock-alert", red: "triangle-alert" };

/**
 * @param {{label: string, value: string|null, unit?: string, notes: (Note|null)[]}} props
 *   a value of null means that there is not enough to say one
 */
function Card({ label, value, unit, notes }) {
  return html`<div class="card kpi">
    <h2>${label}</h2>
    <p class="figure">
      ${value === null
        ? html`<span class="unknown">${t("manager.not_enough")}</span>`
        : html`<span class="value">${value}</span>${unit && html` <span class="of">${unit}</span>`}`}
    </p>
    ${notes.filter((note, index) => note || index < 2).map(
      (note) =>
        html`<p class=${`note ${note?.tone ?? ""}`}>
          ${note?.tone && html`<${Icon} name=${TONE_ICON[note.tone]} size=${15} />`}
          <span>${note?.text ?? ""}</span>
        </p>`,
    )}
  </div>`;
}

/** @param {number|null|undefined} seconds */
function minutesValue(seconds) {
  const minutes = inMinutes(seconds);
  return minutes === null ? null : decimal(minutes, 1);
}

/**
 * @param {number|null|undefined} seconds
 * @param {number} limit minutes
 * @returns {Note|null}
 */
function limitNote(seconds, limit) {
  if (seconds === null || seconds === undefined) return null;
  return seconds > limit * 60
    ? { text: t("manager.kpi.beyond_limit", { n: limit }), tone: "red" }
    : { text: t("manager.kpi.within_limit", { n: limit }), tone: "good" };
}

/**
 * @param {{satisfied: number, n: number, completed: number}} props
 */
function SatisfactionCard({ satisfied, n, completed }) {
  const found = satisfaction(satisfied, n, completed);
  const interval = found.interval;
  const counts = t("manager.kpi.ratings", { k: decimal(satisfied, 0), n: decimal(n, 0) });
  const range =
    interval &&
    t("manager.kpi.interval", {
      low: decimal(interval.low * 100, 0),
      high: percent(interval.high),
    });
  const response =
    found.response === null ? "" : t("manager.kpi.response", { share: percent(found.response) });
  return html`<${Card}
    label=${t("manager.kpi.satisfaction")}
    value=${found.share === null ? null : percent(found.share)}
    notes=${[
      {
        text: found.share === null ? t("manager.kpi.ratings_so_far", { n }) : counts,
      },
      { text: [range, response].filter(Boolean).join(", ") },
    ]}
  />`;
}

/**
 * @param {{total: {wait_n: number, wait_p50_s: number|null, wait_p90_s: number|null,
 *   within_target: number|null}, target: number, targets: number[], compared: Figures|null}} props
 */
function WaitCards({ total, target, targets, compared }) {
  const earlier = (/** @type {number|null|undefined} */ seconds) =>
    seconds === null || seconds === undefined
      ? null
      : { text: t("manager.kpi.before", { n: minutesValue(seconds) }) };
  const measured = { text: t("manager.kpi.measured", { n: decimal(total.wait_n, 0) }) };
  const missing = { text: t("manager.kpi.needed", { n: total.wait_n, least: LEAST_WAITS }) };
  return html`<${Card}
      label=${t("manager.kpi.median")}
      value=${minutesValue(total.wait_p50_s)}
      unit=${t("manager.unit.minutes")}
      notes=${[measured, earlier(compared?.wait_p50_s)]}
    />
    <${Card}
      label=${t("manager.kpi.p90")}
      value=${minutesValue(total.wait_p90_s)}
      unit=${t("manager.unit.minutes")}
      notes=${[limitNote(total.wait_p90_s, targets[1]) ?? missing, earlier(compared?.wait_p90_s)]}
    />
    <${Card}
      label=${t("manager.kpi.within")}
      value=${total.within_target === null ? null : percent(total.within_target)}
      notes=${[
        { text: t("manager.kpi.target", { n: target }) },
        compared?.within_target === null || compared?.within_target === undefined
          ? null
          : { text: t("manager.kpi.before_share", { share: percent(compared.within_target) }) },
      ]}
    />`;
}

/**
 * Of those who read what to bring, how many said that they need guidance.
 * @param {number} needed
 * @param {number} asked
 * @returns {Note|null}
 */
function guidanceNote(needed, asked) {
  return asked === 0 ? null : { text: t("manager.kpi.guidance", { n: needed, of: asked }) };
}

/**
 * @param {{today: TodayRow, targets: number[], now: number, compared: Figures|null}} props
 */
export function TodayCards({ today, targets, now, compared }) {
  const longest = today.longest;
  const minutes = minutesSince(longest?.since, now);
  const oldest = longest
    ? {
        text: t("manager.kpi.longest", {
          number: ticketNumber(longest.number),
          span: span(minutes),
        }),
        tone: waitTone(minutes, targets),
      }
    : { text: t("manager.kpi.nobody"), tone: "good" };
  return html`<div class="kpis">
    <${Card}
      label=${t("manager.kpi.waiting")}
      value=${decimal(today.waiting, 0)}
      unit=${t("manager.unit.people")}
      notes=${[
        oldest,
        { text: t("manager.kpi.at_work", { serving: today.serving, open: today.counters_open }) },
        guidanceNote(today.guidance.guidance, today.guidance.asked),
      ]}
    />
    <${WaitCards}
      total=${today}
      target=${today.target_minutes}
      targets=${targets}
      compared=${compared}
    />
    <${SatisfactionCard} ...${today.ratings} />
  </div>`;
}

/**
 * @param {{total: Figures, target: number, targets: number[]}} props
 */
export function PeriodCards({ total, target, targets }) {
  const gone = total.no_show + total.cancelled;
  return html`<div class="kpis">
    <${Card}
      label=${t("manager.kpi.served")}
      value=${decimal(total.served, 0)}
      unit=${t("manager.unit.tickets")}
      notes=${[
        { text: t("manager.kpi.issued", { n: decimal(total.issued, 0) }) },
        { text: t("manager.kpi.gone", { n: decimal(gone, 0) }) },
        guidanceNote(total.guidance_needed, total.sheets_read),
      ]}
    />
    <${WaitCards} total=${total} target=${target} targets=${targets} compared=${null} />
    <${SatisfactionCard}
      satisfied=${total.ratings_satisfied}
      n=${total.ratings_n}
      completed=${total.completed}
    />
  </div>`;
}

/**
 * The five figures at the top of the page.
 */

import { decimal, ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { byHour, delta, sparkline } from "./day_model.js";
import { inMinutes, waitTone } from "./figures.js";
import { satisfaction } from "./satisfaction.js";
import { minutesSince } from "./time.js";
import { percent, span } from "./words.js";

/** @typedef {import("./rows.js").TodayRow} TodayRow */
/** @typedef {import("./rows.js").Figures} Figures */
/** @typedef {{text: string, tone?: "good"|"amber"|"red", icon?: string, title?: string}} Note */
/** @typedef {{groups: import("./day_model.js").Group[], compared: Figures|null, issued: number|null}} Usual
 *   today by hour, the seven days before, and how many numbers they had by now */

/** Fewer waits than this have no 90th percentile. */
const LEAST_WAITS = 20;

const TONE_ICON = { good: "circle-check", amber: "clock-alert", red: "triangle-alert" };

/**
 * The day by hour as a small line. @param {{values: (number|null)[], label: string, most?: number}} props
 */
function Spark({ values, label, most }) {
  const parts = sparkline(values, most);
  const last = parts.at(-1)?.at(-1);
  return html`<div class="spark" role="img" aria-label=${label} title=${label}>
    <svg viewBox="0 -8 100 116" preserveAspectRatio="none" aria-hidden="true">
      ${parts.map(
        (part, at) =>
          html`<polyline key=${at} points=${part.map(({ x, y }) => `${x},${100 - y}`).join(" ")} vector-effect="non-scaling-stroke" />`,
      )}
    </svg>
    ${last && html`<i style=${`left:${last.x}%;bottom:${(last.y + 8) / 1.16}%`}></i>`}
  </div>`;
}

/**
 * @param {{label: string, value: string|null, unit?: string, notes: (Note|null)[],
 *   spark?: {values: (number|null)[], label: string, most?: number}}} props
 *   a value of null means that there is not enough to say one
 */
function Card({ label, value, unit, notes, spark }) {
  return html`<div class="card kpi">
    <h2>${label}</h2>
    <div class="figure">
      <p>
        ${value === null
          ? html`<span class="unknown">${t("manager.not_enough")}</span>`
          : html`<span class="value">${value}</span>${unit && html` <span class="of">${unit}</span>`}`}
      </p>
      ${spark && html`<${Spark} ...${spark} />`}
    </div>
    ${notes.filter((note, index) => note || index < 2).map(
      (note) =>
        html`<p class=${`note ${note?.tone ?? ""}`} title=${note?.title}>
          ${note?.tone && html`<${Icon} name=${note.icon ?? TONE_ICON[note.tone]} size=${15} />`}
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
 * @param {{satisfied: number, n: number, completed: number, usual?: Usual}} props
 */
function SatisfactionCard({ satisfied, n, completed, usual }) {
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
    spark=${usual && { values: byHour(usual.groups, (g) => (g.issued > 0 ? g.ratings_n : null)), label: t("manager.kpi.ratings_by_hour") }}
  />`;
}

/**
 * A value against the usual, in words; an empty line where there is nothing to hold it against.
 *
 * @param {ReturnType<typeof delta>} found
 * @param {"wait"|"share"|"count"} kind
 * @returns {Note}
 */
function usualNote(found, kind) {
  if (!found) return { text: "" };
  const title = t("manager.kpi.usual");
  if (found.way === "same") return { text: t("manager.kpi.as_usual"), title };
  const n = decimal(kind === "share" ? found.by * 100 : found.by, kind === "wait" ? 1 : 0);
  const icon = found.way === "more" ? "trending-up" : "trending-down";
  return { text: t(`manager.kpi.${kind}_${found.way}`, { n }), tone: found.tone, icon, title };
}

/**
 * @param {{total: {wait_n: number, wait_p50_s: number|null, wait_p90_s: number|null,
 *   within_target: number|null}, target: number, targets: number[], usual?: Usual}} props
 */
function WaitCards({ total, target, targets, usual }) {
  const wait = (/** @type {"wait_p50_s"|"wait_p90_s"} */ key) => [
    usual ? usualNote(delta(inMinutes(total[key]), inMinutes(usual.compared?.[key]), { step: 0.1, lowIsGood: true }), "wait") : null,
  ];
  const line = (/** @type {"wait_p50_s"|"wait_p90_s"|"within_target"} */ key, /** @type {string} */ name, most = /** @type {number|undefined} */ (undefined)) =>
    usual && { values: byHour(usual.groups, (g) => g[key]), label: t("manager.kpi.by_hour", { name }), most };
  const measured = { text: t("manager.kpi.measured", { n: decimal(total.wait_n, 0) }) };
  const missing = { text: t("manager.kpi.needed", { n: total.wait_n, least: LEAST_WAITS }) };
  const within = usual && usualNote(delta(total.within_target, usual.compared?.within_target, { step: 0.01, lowIsGood: false }), "share");
  return html`<${Card}
      label=${t("manager.kpi.median")}
      value=${minutesValue(total.wait_p50_s)}
      unit=${t("manager.unit.minutes")}
      notes=${[measured, ...wait("wait_p50_s")]}
      spark=${line("wait_p50_s", t("manager.kpi.median"))}
    />
    <${Card}
      label=${t("manager.kpi.p90")}
      value=${minutesValue(total.wait_p90_s)}
      unit=${t("manager.unit.minutes")}
      notes=${[limitNote(total.wait_p90_s, targets[1]) ?? missing, ...wait("wait_p90_s")]}
      spark=${line("wait_p90_s", t("manager.kpi.p90"))}
    />
    <${Card}
      label=${t("manager.kpi.within")}
      value=${total.within_target === null ? null : percent(total.within_target)}
      notes=${[{ text: t("manager.kpi.target", { n: target }) }, within ?? null]}
      spark=${line("within_target", t("manager.kpi.within"), 1)}
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

/** How many numbers were issued, and how many usually are by now. @param {number} issued @param {number|null} usual @returns {Note} */
function issuedNote(issued, usual) {
  const n = decimal(issued, 0);
  if (usual === null) return { text: t("manager.kpi.issued", { n }) };
  return { text: t("manager.kpi.issued_usual", { n, usual: decimal(usual, 0) }), title: t("manager.kpi.usual") };
}

/**
 * @param {{today: TodayRow, targets: number[], now: number, usual: Usual}} props
 */
export function TodayCards({ today, targets, now, usual }) {
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
  return html`<div class="kpis today">
    <${Card}
      label=${t("manager.kpi.waiting")}
      value=${decimal(today.waiting, 0)}
      unit=${t("manager.unit.people")}
      notes=${[
        oldest,
        { text: t("manager.kpi.at_work", { serving: today.serving, open: today.counters_open }) },
        issuedNote(today.issued, usual.issued),
        guidanceNote(today.guidance.guidance, today.guidance.asked),
      ]}
      spark=${{ values: byHour(usual.groups, (g) => g.issued), label: t("manager.kpi.issued_by_hour") }}
    />
    <${WaitCards}
      total=${today}
      target=${today.target_minutes}
      targets=${targets}
      usual=${usual}
    />
    <${SatisfactionCard} ...${today.ratings} usual=${usual} />
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
    <${WaitCards} total=${total} target=${target} targets=${targets} />
    <${SatisfactionCard}
      satisfied=${total.ratings_satisfied}
      n=${total.ratings_n}
      completed=${total.completed}
    />
  </div>`;
}

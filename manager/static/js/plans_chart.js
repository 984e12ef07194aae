/** Plans as dots on a scale of change: the interval over days, and the band of the model's own error. */
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { marks, place, scaleOf, verdict } from "./plans_model.js";
import { signed } from "./plans_words.js";
import { dayMonth } from "./time.js";

/** @typedef {import("./plans_model.js").Move} Move */
/** @typedef {import("./plans_model.js").PlanFigures} PlanFigures */

/**
 * @param {{title: string, unit: string, rows: {name: string, move: Move}[], least: number, times?: number}} props
 *   `times` makes per cent of shares
 */
export function MoveChart({ title, unit, rows, least, times = 1 }) {
  const scaled = rows.map(({ name, move }) => ({
    name,
    move: /** @type {Move} */ (Object.fromEntries(Object.entries(move).map(([key, value]) => [key, value * times]))),
  }));
  const scale = scaleOf(scaled.map((row) => row.move), least);
  const at = (/** @type {number} */ x) => `${place(x, scale)}%`;
  return html`<figure class="move-chart">
    <figcaption><b>${title}</b> <span class="unit">${unit}</span></figcaption>
    <div class="move-scale" aria-hidden="true"><span class="move-ends">${t("plan.chart_better")}</span><span class="move-ends is-right">${t("plan.chart_worse")}</span></div>
    <ul>${scaled.map(({ name, move }, n) => {
      const said = t("plan.chart_said", { value: signed(move.value), low: signed(move.low), high: signed(move.high), band_low: signed(move.band_low), band_high: signed(move.band_high), unit });
      return html`<li key=${n} class=${`move is-${verdict(move)}`}>
        <span class="move-name"><i class="plan-mark" data-n=${n + 1} aria-hidden="true">${n + 1}</i>${name}</span>
        <svg role="img" aria-label=${`${name}: ${said}`} width="100%" height="30"><title>${said}</title>
          ${marks(scale).map((mark) => html`<line class=${mark === 0 ? "zero" : "grid"} x1=${at(mark)} x2=${at(mark)} y1="0" y2="30" />`)}
          <rect class="band" x=${at(move.band_low)} width=${`${place(move.band_high, scale) - place(move.band_low, scale)}%`} y="7" height="16" rx="5" />
          <line class="whisker" x1=${at(move.low)} x2=${at(move.high)} y1="15" y2="15" />
          <circle class="dot" cx=${at(move.value)} cy="15" r="6.5" />
        </svg>
        <b class="move-value">${signed(move.value)}</b>
      </li>`;
    })}</ul>
    <div class="move-marks" aria-hidden="true"><div>${marks(scale).map((mark) => html`<span key=${mark} style=${`left:${at(mark)}`}>${mark === 0 ? "0" : signed(mark, Number.isInteger(mark) ? 0 : 1)}</span>`)}</div></div>
  </figure>`;
}

/** Every day's mean wait, present and plan: how steady the change is. @param {{plan: PlanFigures, name: string}} props */
export function DayStrip({ plan, name }) {
  const days = plan.by_day;
  const most = Math.max(1, ...days.map((day) => Math.max(day.present, day.plan)));
  const wide = 100 / Math.max(1, days.length);
  const y = (/** @type {number} */ minutes) => 66 - (minutes / most) * 58;
  const said = t("plan.strip_said", { name, better: plan.better, worse: plan.worse, of: days.length });
  return html`<div class="day-strip">
    <svg role="img" aria-label=${said} width="100%" height="70"><title>${said}</title>
      ${days.map((day, n) => {
        const x = `${(n + 0.5) * wide}%`;
        const kind = day.plan < day.present - 0.25 ? "better" : day.plan > day.present + 0.25 ? "worse" : "same";
        return html`<g key=${day.day} class=${kind}><title>${`${dayMonth(day.day)}: ${decimal(day.present, 1)} → ${decimal(day.plan, 1)}`}</title>
          <line x1=${x} x2=${x} y1=${y(day.present)} y2=${y(day.plan)} />
          <circle class="was" cx=${x} cy=${y(day.present)} r="3" /><circle class="would" cx=${x} cy=${y(day.plan)} r="4" /></g>`;
      })}
      <line class="floor" x1="0" x2="100%" y1="67" y2="67" />
    </svg>
    <div class="strip-ends"><span>${days[0] ? dayMonth(days[0].day) : ""}</span><span class="strip-key"><i class="was"></i>${t("plan.present")} <i class="would"></i>${t("plan.strip_plan")}</span><span>${days.length ? dayMonth(days[days.length - 1].day) : ""}</span></div>
  </div>`;
}

/** The page "Độ chính xác dự báo": how often the told wait came true, and what the forecast is. */

import { useState } from "preact/hooks";
import { decimal } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { fetchOf, useAnswer } from "./answers.js";
import { Balance, Days, Groups, meets } from "./forecast_charts.js";
import { Explained, openExplained } from "./forecast_explained.js";
import { Rivals } from "./forecast_rivals.js";
import { Why } from "./opinion_cards.js";
import { RangePicker, today } from "./range_picker.js";
import { rangeIn } from "./ranges.js";
import { dayMonth } from "./time.js";
import { minutesText, percent } from "./words.js";

/**
 * @typedef {{n: number, simulated: number, unsaid: number, right: number|null, early: number|null,
 *   late: number|null, very_late: number|null, vague: number|null, wait_mean_s: number|null,
 *   mae_s: number|null, coverage80: number|null, coverage90: number|null, above90: number|null,
 *   width80_s: number|null, pinball_s: number|null, compared: number, compared_simulated: number,
 *   mae_told_s: number|null, mae_fallback_s: number|null, mae_naive_s: number|null}} Figures
 * @typedef {Figures & {key: string}} Group
 * @typedef {{target: number, least: number, last_day: {date: string, is_yesterday: boolean, n: number,
 *   right: number}|null, total: Figures, groups: Group[]}} Answer
 * @typedef {{day: Answer, queue: Answer, hour: Answer, class: Answer}} Answers
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./rows.js").Snapshot} Snapshot
 */

const BY = /** @type {const} */ (["day", "queue", "hour", "class"]);

/** The last day that is over, in one sentence. @param {{answer: Answer}} props */
function LastDay({ answer }) {
  const { last_day: last, target, least } = answer;
  if (!last) {
    return html`<section class="card hit-day" data-testid="last-day">
      <p class="hit-said few">${t("manager.forecast.last_none", { least })}</p>
    </section>`;
  }
  const key = last.is_yesterday ? "manager.forecast.yesterday" : "manager.forecast.last_day";
  const isMet = meets(last.right, target);
  const [before, after] = t(key, { share: "|", day: dayMonth(last.date) }).split("|");
  return html`<section class="card hit-day" data-testid="last-day" data-met=${isMet}>
    <p class="hit-said">${before}<b>${percent(last.right)}</b>${after}</p>
    <p class="hit-of"><${Icon} name=${isMet ? "circle-check" : "circle-alert"} size=${20} />
      ${t(isMet ? "manager.forecast.met" : "manager.forecast.missed", { n: decimal(last.n, 0), target: percent(target) })}</p>
  </section>`;
}

/** @param {{name: string, why: string, value: string|null, said: string}} props */
function Card({ name, why, value, said }) {
  return html`<section class="card measure hit-card" aria-label=${name}>
    <header><h2>${name}</h2><${Why} name=${name} text=${why} /></header>
    <p class="figure">${value === null ? html`<span class="unknown">${t("manager.not_enough")}</span>` : html`<span class="value">${value}</span>`}</p>
    <p>${said}</p>
  </section>`;
}

/** @param {{answer: Answer}} props */
function Cards({ answer: { total, target, least } }) {
  const minutes = (/** @type {number|null} */ seconds) => (seconds === null ? null : minutesText(seconds / 60));
  const few = t("manager.forecast.few", { n: decimal(total.n, 0), least });
  const some = total.right !== null;
  const within = (/** @type {number|null} */ share) => (share === null ? "–" : percent(share));
  return html`<div class="hit-cards">
    <${Card} name=${t("manager.forecast.right")} why=${t("manager.forecast.right_why")}
      value=${total.right === null ? null : percent(total.right)}
      said=${some ? t("manager.forecast.right_said", { n: decimal(total.n, 0), target: percent(target) }) : few} />
    <${Card} name=${t("manager.forecast.very_late")} why=${t("manager.forecast.very_late_why")}
      value=${total.very_late === null ? null : `${decimal(100 * total.very_late, 1)}%`}
      said=${some ? t("manager.forecast.very_late_said", { share: percent(total.late ?? 0) }) : few} />
    <${Card} name=${t("manager.forecast.error")} why=${t("manager.forecast.error_why")}
      value=${minutes(total.mae_s)}
      said=${some ? t("manager.forecast.error_said", { minutes: minutes(total.wait_mean_s) ?? "" }) : few} />
    <${Card} name=${t("manager.forecast.honest")} why=${t("manager.forecast.honest_why")}
      value=${total.coverage80 === null ? null : percent(total.coverage80)}
      said=${total.simulated === 0 ? t("manager.forecast.honest_none") : t("manager.forecast.honest_said", { share: within(total.coverage90), n: decimal(total.simulated, 0), of: decimal(total.n, 0) })} />
  </div>`;
}

/** What it means that hardly anything was told by simulation. @param {{answer: Answer}} props */
function NoneSimulated({ answer: { total, least } }) {
  if (total.n === 0 || total.simulated >= Math.min(least, total.n)) return null;
  const of = { n: decimal(total.simulated, 0), of: decimal(total.n, 0) };
  return html`<section class="card hit-none" data-testid="none-simulated">
    <${Icon} name="info" size=${24} />
    <div><b>${t(total.simulated === 0 ? "manager.forecast.none_simulated" : "manager.forecast.few_simulated", of)}</b> <span>${t("manager.forecast.none_simulated_words")}</span></div>
  </section>`;
}

/** What the forecast is, in the words of who runs the office. */
function How() {
  const part = (/** @type {string} */ name) => html`<div key=${name}>
    <dt>${t(`manager.forecast.how_${name}`)}</dt><dd>${t(`manager.forecast.how_${name}_words`)}</dd></div>`;
  return html`<section class="card panel how" aria-labelledby="how-title">
    <header><h2 id="how-title">${t("manager.forecast.how")}</h2></header>
    <dl>${["made", "promise", "cannot", "off"].map(part)}</dl>
    <button type="button" class="quiet-button" onClick=${openExplained}><${Icon} name="book-open" size=${18} />${t("manager.forecast.doc")}</button>
  </section>`;
}

/** @param {{answers: Answers}} props */
function Found({ answers }) {
  const { day } = answers;
  return html`<${LastDay} answer=${day} />
    <${NoneSimulated} answer=${day} />
    <${Cards} answer=${day} />
    <${Rivals} answers=${answers} />
    <div class="hit-charts">
      <${Days} answer=${day} />
      <${Balance} total=${day.total} least=${day.least} />
    </div>
    <div class="hit-charts">
      <${Groups} answers=${answers} />
      <${How} />
    </div>
    <${Explained} />`;
}

/** @param {{snapshot: Snapshot}} props */
export function ForecastPage({ snapshot }) {
  const [range, setRange] = useState(() => rangeIn(location.search, today()));
  const { answer, state, again } = useAnswer(async () => {
    const asked = BY.map((by) => fetchOf(snapshot.branch.id, "forecast", { from: range.from, to: range.to, by }));
    const [day, queue, hour, ofClass] = await Promise.all(asked);
    return /** @type {Answers} */ ({ day, queue, hour, class: ofClass });
  }, `${range.from} ${range.to}`);
  const spelled = (/** @type {string} */ date) => date.split("-").reverse().join("/");
  return html`<div class="opinion-page hit-page">
    <div class="opinion-top">
      <${RangePicker} range=${range} choose=${setRange} />
      <span class="grow"></span>
      <button type="button" class="quiet-button" onClick=${() => print()}><${Icon} name="printer" size=${18} />${t("manager.print")}</button>
    </div>
    <div class="opinion" aria-busy=${state === "asking"}>
      <p class="print-only">${pick(snapshot.branch.name)} · ${spelled(range.from)} – ${spelled(range.to)}</p>
      ${state === "failed" &&
      html`<div class="banner amber" role="alert">
        <${Icon} name="triangle-alert" size=${24} />
        <p>${t("manager.period.failed")}</p>
        <button type="button" class="quiet-button" onClick=${again}>${t("manager.retry")}</button>
      </div>`}
      ${answer && html`<${Found} answers=${answer} />`}
      ${!answer && state === "asking" && html`<p class="card empty" role="status">${t("manager.period.loading")}</p>`}
    </div>
  </div>`;
}

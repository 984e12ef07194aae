/** What came of a comparison: each plan in words, the change with its doubt, and who pays for it. */
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { plansOf } from "./plans_calls.js";
import { DayStrip, MoveChart } from "./plans_chart.js";
import { LEAST_DAYS, fidelity, isLosing, isMoved, losers, overShare, telling, verdict } from "./plans_model.js";
import { PlanNeeds } from "./plans_needs.js";
import { changeWords, headline, minutes, prefixOf, queueOf, share, signed } from "./plans_words.js";

/** @typedef {import("./plans_calls.js").Trial} Trial */
/** @typedef {import("./plans_model.js").Result} Result */
/** @typedef {import("./plans_model.js").Figures} Figures */
/** @typedef {import("./plans_model.js").PlanFigures} PlanFigures */
/** @typedef {import("./plans_model.js").Plan} Plan */

/** What no replay knows; the last two are said where a plan has such a change. */
const UNKNOWN = ["demand", "hurry", "skill", "silent", "orders", "priority"];
/** @type {Record<string, string>} */
const OF_CHANGE = { add_session: "session", rostered: "roster" };

/** @param {{trial: Trial, result: Result}} props */
export function PlansResult({ trial, result }) {
  const plans = plansOf(trial);
  if (!result.is_enough) {
    return html`<section class="card plan-few" data-testid="plan-few"><${Icon} name="info" size=${22} />
      <div><h3>${t("plan.few_title")}</h3><p>${t("plan.few", { n: result.days.length, least: LEAST_DAYS })}</p></div></section>`;
  }
  const limit = telling(result);
  const named = result.plans.map((found, n) => ({ name: plans[n].name, found }));
  return html`
    <section class="plan-heads" aria-label=${t("plan.in_short")}>
      ${result.plans.map((found, n) => html`<${Head} key=${n} n=${n} plan=${plans[n]} found=${found} result=${result} />`)}
    </section>
    <${Fidelity} result=${result} />
    <section class="card plan-moves" aria-labelledby="plan-moves">
      <h3 id="plan-moves">${t("plan.moves")}</h3>
      <p class="hint">${t("plan.moves_hint")}</p>
      <div class="move-charts">
        <${MoveChart} title=${t("plan.move_mean")} unit=${t("plan.unit_minutes")} least=${2} rows=${named.map(({ name, found }) => ({ name, move: found.mean_move }))} />
        <${MoveChart} title=${t("plan.move_over", { limit: result.limits[result.limits.length - 1] })} unit=${t("plan.unit_points")} least=${2} times=${100} rows=${named.map(({ name, found }) => ({ name, move: found.over_move }))} />
      </div>
    </section>
    <${Table} plans=${plans} result=${result} limit=${limit} />
    <${PlanNeeds} plans=${plans} result=${result} />
    <${Unknown} plans=${plans} patience=${result.patience} />`;
}

/** @param {{n: number, plan: Plan, found: PlanFigures, result: Result}} props */
function Head({ n, plan, found, result }) {
  const standing = verdict(found.mean_move);
  const hurt = losers(found).slice(0, 3);
  const worst = result.present.worst;
  return html`<article class=${`card plan-head is-${standing}`} data-testid="plan-head">
    <header><i class="plan-mark" data-n=${n + 1} aria-hidden="true">${n + 1}</i><h3>${plan.name}</h3>
      <span class="plan-verdict"><${Icon} name=${standing === "better" ? "trending-down" : standing === "worse" ? "trending-up" : "circle-minus"} size=${16} />${t(`plan.verdict_${standing}`)}</span></header>
    <p class="plan-said" data-testid="plan-said">${headline(plan, found, result)}</p>
    <${DayStrip} plan=${found} name=${plan.name} />
    <dl>
      <div><dt>${t("plan.worst")}</dt><dd>${worst && found.worst ? html`${lineName(worst)} ${minutes(worst.p90)} <span aria-hidden="true">→</span><span class="visually-hidden">${t("plan.becomes")}</span> ${lineName(found.worst)} <b>${minutes(found.worst.p90)}</b>` : "–"}</dd></div>
      <div><dt>${t("plan.pay")}</dt><dd>${hurt.length === 0 ? html`<span class="nobody"><${Icon} name="check" size=${15} /> ${t("plan.nobody")}</span>`
        : hurt.map((line) => html`<span class="hurt" key=${line.queue + line.is_priority}>${lineName(line)} ${signed(line.move, 0)} ${t("plan.unit_minutes")}</span>`)}</dd></div>
      ${isMoved(found, result) && html`<div><dt>${t("plan.row_lost")}</dt><dd class=${isLosing(found, result) ? "hurt" : ""}>${decimal(result.present.lost, 0)} <span aria-hidden="true">→</span><span class="visually-hidden">${t("plan.becomes")}</span> <b>${decimal(found.lost, 0)}</b></dd></div>`}
    </dl>
    <ul class="plan-did">${plan.changes.map((change, i) => html`<li key=${i}>${changeWords(change)}</li>`)}</ul>
  </article>`;
}

/** @param {{queue: string, is_priority: boolean}} line */
function lineName({ queue, is_priority: isPriority }) {
  return html`<span class="line-name" title=${queueOf(queue)}><b class="prefix">${prefixOf(queue)}</b>${isPriority ? ` ${t("plan.priority")}` : ""}</span>`;
}

/** @param {{result: Result}} props */
function Fidelity({ result }) {
  const off = fidelity(result);
  if (off === null) return null;
  const { observed, present } = result;
  return html`<p class=${`plan-fidelity ${off > 0.05 ? "is-off" : ""}`} data-testid="plan-fidelity"><${Icon} name=${off > 0.05 ? "triangle-alert" : "shield-check"} size=${17} />
    ${t(off > 0.05 ? "plan.fidelity_off" : "plan.fidelity", { real: minutes(observed.mean), replay: minutes(present.mean), off: share(off) })}</p>`;
}

/** @param {{plans: Plan[], result: Result, limit: number}} props */
function Table({ plans, result, limit }) {
  const all = [result.present, ...result.plans];
  const [near, far] = [result.limits[0], result.limits[result.limits.length - 1]];
  /** @type {[string, (f: Figures) => string][]} */
  const rows = [
    [t("plan.row_mean"), (f) => minutes(f.mean)],
    [t("plan.row_felt"), (f) => minutes(f.felt)],
    [t("plan.row_p50"), (f) => minutes(f.p50)],
    [t("plan.row_p75"), (f) => minutes(f.p75)],
    [t("plan.row_p90"), (f) => minutes(f.p90)],
    [t("plan.row_within", { limit: near }), (f) => shareOr(f.within[String(near)])],
    [t("plan.row_within", { limit: far }), (f) => shareOr(f.within[String(far)])],
    [t("plan.row_over", { limit }), (f) => t("plan.people_share", { n: decimal(f.over[String(limit)], 0), share: share(overShare(f, limit)) })],
    [t("plan.row_no_show"), (f) => shareOr(f.no_show_share)],
    [t("plan.row_lost"), (f) => decimal(f.lost, 0)],
    [t("plan.row_use"), (f) => shareOr(f.utilisation)],
    [t("plan.row_satisfied"), (f) => shareOr(f.satisfied)],
  ];
  const days = (/** @type {PlanFigures} */ f) => `${f.better} / ${f.worse}`;
  return html`<section class="card plan-table" aria-labelledby="plan-table">
    <h3 id="plan-table">${t("plan.beside")}</h3>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("plan.beside")}><table class="list">
      <thead><tr><th scope="col">${t("plan.figure")}</th><th scope="col">${t("plan.present")}</th>
        ${plans.map((plan, n) => html`<th scope="col" key=${n}><i class="plan-mark" data-n=${n + 1} aria-hidden="true">${n + 1}</i> ${plan.name}</th>`)}</tr></thead>
      <tbody>
        ${rows.map(([name, of]) => html`<tr key=${name}><th scope="row">${name}</th>${all.map((f, n) => html`<td key=${n}>${of(f)}</td>`)}</tr>`)}
        <tr><th scope="row">${t("plan.row_days")}</th><td>–</td>${result.plans.map((f, n) => html`<td key=${n}>${days(f)}</td>`)}</tr>
        <tr><th scope="row">${t("plan.row_median_day")}</th><td>–</td>${result.plans.map((f, n) => html`<td key=${n}>${f.median_day ? `${signed(f.median_day.move)} ${t("plan.unit_minutes")}` : "–"}</td>`)}</tr>
      </tbody></table></div>
    <p class="hint">${t("plan.association")}</p>
  </section>`;
}

/** @param {number|null|undefined} x */
function shareOr(x) {
  return x === null || x === undefined ? "–" : share(x);
}

/** @param {{plans: Plan[], patience: Result["patience"]}} props */
function Unknown({ plans, patience }) {
  const kinds = plans.flatMap((plan) => plan.changes.map((change) => change.kind));
  const more = Object.keys(OF_CHANGE).filter((kind) => kinds.some((one) => one === kind)).map((kind) => OF_CHANGE[kind]);
  return html`<section class="card plan-unknown" aria-labelledby="plan-unknown">
    <h3 id="plan-unknown"><${Icon} name="info" size=${18} /> ${t("plan.unknown")}</h3>
    <ul>${[...UNKNOWN, ...more].map((one) => html`<li key=${one}>${t(`plan.unknown_${one}`)}${one === "silent" && patience?.gone_by ? ` ${patienceWords(patience)}` : ""}</li>`)}</ul>
  </section>`;
}

/** How patient people were taken to be, and on what ground. @param {NonNullable<Result["patience"]>} found */
function patienceWords({ gone_by: gone = {}, absent, waited_long: long, long_minutes: limit, is_usual: isUsual }) {
  const numbers = { half: share(gone["30"] ?? 0), hour: share(gone["60"] ?? 0), absent: decimal(absent, 0), long: decimal(long, 0), limit };
  return t(isUsual ? "plan.patience_usual" : "plan.patience_own", numbers);
}

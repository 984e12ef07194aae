/** The first proposal: counters by pool and half hour, with the formula and its numbers. */
import { useState } from "preact/hooks";
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { prefixOf, queueOf } from "./plans_words.js";

/** @typedef {import("./plans_model.js").PoolNeed} PoolNeed */

const FORMULAS = ["a = λ·S / 30", "C = c·B / (c − a·(1 − B))", "P(W ≤ T) = 1 − C·e^(−(c − a)·T / S)"];

/** @param {{plans: import("./plans_model.js").Plan[], result: import("./plans_model.js").Result}} props */
export function PlanNeeds({ plans, result }) {
  const [at, setAt] = useState(0);
  const pools = at === 0 ? result.proposal : result.proposals[at - 1];
  const target = pools[0];
  return html`<details class="card plan-needs" data-testid="plan-needs">
    <summary><h3>${t("plan.needs")}</h3><span class="hint">${t("plan.needs_hint")}</span></summary>
    <label class="needs-of"><span>${t("plan.needs_of")}</span>
      <select value=${at} onChange=${(/** @type {any} */ e) => setAt(Number(e.currentTarget.value))}>
        <option value="0">${t("plan.present")}</option>${plans.map((plan, n) => html`<option key=${n} value=${n + 1}>${plan.name}</option>`)}
      </select></label>
    ${target && html`<p class="formula">${t("plan.formula", { minutes: target.target_minutes, share: decimal(100 * target.share, 0) })}</p>
      <p class="formulas">${FORMULAS.map((one) => html`<code key=${one}>${one}</code>`)}</p>`}
    <div class="pools">${pools.map((pool) => html`<${Pool} key=${pool.queues.join()} pool=${pool} />`)}</div>
  </details>`;
}

/** @param {{pool: PoolNeed}} props */
function Pool({ pool }) {
  const name = pool.queues.map(queueOf).join(", ");
  return html`<section class="pool"><h4 title=${name}>${pool.queues.map((q) => html`<b class="prefix" key=${q}>${prefixOf(q)}</b>`)} <span>${t("plan.pool_now", { n: pool.counters })}</span></h4>
    <div class="scroll" tabindex="0" role="group" aria-label=${name}><table class="list needs"><thead><tr>
      ${["at", "people", "work", "service", "load", "counters", "within"].map((one) => html`<th scope="col" key=${one}>${t(`plan.need_${one}`)}</th>`)}</tr></thead>
      <tbody>${pool.half_hours.map((one) => html`<tr key=${one.at} class=${one.counters > pool.counters ? "is-short" : ""}>
        <th scope="row">${one.at}</th><td>${decimal(one.people, 1)}</td><td>${decimal(one.service > 0 ? (30 * one.load) / one.service : 0, 1)}</td><td>${decimal(one.service, 1)}</td><td>${decimal(one.load, 2)}</td><td><b>${one.counters}</b></td><td>${decimal(100 * one.within, 0)} %</td></tr>`)}
      </tbody></table></div></section>`;
}

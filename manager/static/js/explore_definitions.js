/** What each measure means: one click away beside its name, and all of them on a page to print. */
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { figures, go } from "./explore_data.js";
import { GROUPED } from "./explore_measures.js";
import { measureName } from "./explore_words.js";

/** @typedef {import("./explore_measures.js").Measure} Measure */

/** Measures of the same visits: who is counted and who is left out is said once. @type {Record<string, string>} */
const FAMILY = {
  wait_p50: "wait",
  wait_p75: "wait",
  wait_p90: "wait",
  wait_mean: "wait",
  within: "within",
  call_p50: "call",
  call_p90: "call",
  wait_total: "wait",
  service_p50: "service",
  service_p90: "service",
  service_mean: "service",
  sojourn: "served",
  occupancy: "occupancy",
  no_show: "no_show",
  voided: "voided",
  satisfied: "satisfied",
  first_visit: "served",
};

/** @param {{measure: Measure}} props */
function Definition({ measure }) {
  const family = FAMILY[measure.id] ?? "visits";
  return html`<dl class="definition">
    <dt>${t("explore.formula")}</dt><dd>${t(`explore.formula_${measure.id}`)}${measure.isPercentile && ` ${t("explore.formula_percentile")}`}</dd>
    <dt>${t("explore.who")}</dt><dd>${t(`explore.who_${family}`)}</dd>
    <dt>${t("explore.without")}</dt><dd>${t(`explore.without_${family}`)}</dd>
  </dl>`;
}

/** @param {{version: number}} props */
const Version = ({ version }) => html`<p class="hint">${t("explore.version", { n: version })}</p>`;

const version = () => figures.value.found?.answer.version ?? 1;

/** The "?" beside a measure's name. @param {{measure: Measure, id: string}} props */
export function Explained({ measure, id }) {
  const name = measureName(measure);
  return html`<span class="explained">
    <button type="button" class="what-is" popovertarget=${id} aria-label=${t("explore.what_is", { measure: name })} data-testid="what-is">?</button>
    <div id=${id} class="explained-box" popover role="dialog" aria-label=${t("explore.definition_of", { measure: name })} tabindex="-1">
      <h3>${name}</h3>
      <${Definition} measure=${measure} />
      <${Version} version=${version()} />
      <button type="button" class="link-button" popovertarget=${id} popovertargetaction="hide" onClick=${() => go({ view: "definitions" })}>${t("explore.all_definitions")}</button>
    </div>
  </span>`;
}

/** Every definition, to read and to print. */
export function Definitions() {
  return html`<section class="card explore-card definitions" data-testid="definitions">
    <header class="explore-head">
      <button type="button" class="quiet-button no-print" onClick=${() => go({ view: "figures" })}><${Icon} name="arrow-left" size=${16} />${t("explore.back_to_figures")}</button>
      <h2>${t("explore.all_definitions")}</h2>
      <span class="grow"></span>
      <button type="button" class="quiet-button no-print" onClick=${() => print()}><${Icon} name="printer" size=${16} />${t("explore.print")}</button>
    </header>
    <p>${t("explore.definitions_lead")}</p>
    <${Version} version=${version()} />
    ${GROUPED.map(({ group, measures }) => html`<section key=${group}>
      <h3 class="definition-group">${t(`explore.group_${group}`)}</h3>
      ${measures.map((measure) => html`<article key=${measure.id}><h4>${measureName(measure)}</h4><${Definition} measure=${measure} /></article>`)}
    </section>`)}
  </section>`;
}

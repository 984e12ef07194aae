/** What every view of the page shows around its answer: the chips, a wait, a trouble. */
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { again, go } from "./explore_data.js";
import { widened } from "./explore_state.js";
import { byName, groupName, rangeText } from "./explore_words.js";

/** @typedef {import("./explore_state.js").State} State */

/** What the question is narrowed to; each can be taken off. @param {{state: State, hasPeriod?: boolean}} props */
export function Chips({ state, hasPeriod = true }) {
  const names = Object.keys(state.where);
  return html`<ul class="chips" aria-label=${t("explore.narrowed_to")}>
    ${hasPeriod && html`<li class="chip chip-period"><${Icon} name="clock" size=${15} />${rangeText(state)}</li>`}
    ${names.map((name) => html`<li key=${name}><button type="button" class="chip" data-testid="chip" data-filter=${name} onClick=${() => go(widened(state, name))}
      aria-label=${t("explore.take_off", { by: byName(name), group: groupName(name, state.where[name]) })}>
      <span class="chip-words" title=${groupName(name, state.where[name])}>${byName(name)}: <b>${groupName(name, state.where[name])}</b></span><${Icon} name="x" size=${15} />
    </button></li>`)}
    ${names.length > 1 && html`<li><button type="button" class="link-button" onClick=${() => go({ where: {}, after: "", page: 1 })}>${t("explore.take_all_off")}</button></li>`}
  </ul>`;
}

/** @param {{trouble: import("./explore_data.js").Trouble}} props */
export function Failed({ trouble }) {
  const said = { offline: t("explore.offline"), server: t("explore.server_failed"), refused: trouble.message || t("explore.server_failed") };
  return html`<div class="card explore-card explore-trouble" role="alert" data-testid="trouble">
    <${Icon} name=${trouble.kind === "offline" ? "wifi-off" : "triangle-alert"} size=${28} />
    <p>${said[trouble.kind]}</p>
    <button type="button" class="button" onClick=${() => void again()}>${t("explore.again")}</button>
  </div>`;
}

/** The place that the answer will take, so that nothing jumps. @param {{rows?: number, hasChart?: boolean}} props */
export function Skeleton({ rows = 8, hasChart = true }) {
  return html`<div class="skeleton" role="status" data-testid="skeleton"><span class="visually-hidden">${t("manager.loading")}</span>
    ${hasChart && html`<div class="card explore-card"><span class="bone wide"></span><span class="bone chart-bone"></span></div>`}
    <div class="card explore-card">${Array.from({ length: rows }, (_, i) => html`<span class="bone" key=${i}></span>`)}</div>
  </div>`;
}

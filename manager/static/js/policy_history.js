/** Every version of the calling rules: who, when, why, what it changed, how many calls it made. */
import { clock, shortDate } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { publishing } from "./policy_calls.js";

/** @typedef {import("./policy_calls.js").Version} Version */

/** @param {{found: import("./policy_calls.js").Known, zone: string, may_publish: boolean}} props */
export function History({ found, zone, may_publish }) {
  return html`<section class="card policy-history" aria-labelledby="policy-history">
    <h2 id="policy-history">${t("calling.history")}</h2>
    <ol>
      ${found.versions.map((one) => html`<${Row} key=${one.version} one=${one} zone=${zone}
        mayGoBack=${may_publish && one.version !== found.in_force.version && !found.pending} isInForce=${one.version === found.in_force.version} />`)}
    </ol>
  </section>`;
}

/** @param {{one: Version, zone: string, mayGoBack: boolean, isInForce: boolean}} props */
function Row({ one, zone, mayGoBack, isInForce }) {
  const at = `${clock(one.at, zone)} ${shortDate(one.at, zone)}`;
  const by = one.by || (one.actor.startsWith("job:") ? t("calling.by_file") : one.actor);
  return html`<li data-testid="policy-version" data-version=${one.version}>
    <span class=${`policy-badge ${isInForce ? "is-now" : ""}`}>${t("calling.version", { n: one.version })}</span>
    <div class="what">
      <p><b>${at}</b>${` · ${by}`}${one.note ? ` · “${one.note}”` : ""}${one.restores ? ` · ${t("calling.restored", { n: one.restores })}` : ""}</p>
      ${one.is_first ? html`<p class="quiet">${t("calling.first_version")}</p>` : html`<ul>${one.difference.map((line) => html`<li key=${line}>${line}</li>`)}</ul>`}
    </div>
    <span class="calls">${t("calling.calls", { n: one.calls })}</span>
    ${mayGoBack
      ? html`<button type="button" class="quiet-button" data-testid="policy-go-back" aria-label=${t("calling.go_back_to", { n: one.version })}
          onClick=${() => (publishing.value = { policy: one.policy, restores: one.version })}><${Icon} name="undo-2" size=${16} />${t("calling.go_back")}</button>`
      : html`<span class="policy-badge-text">${isInForce ? t("calling.is_in_force") : ""}</span>`}
  </li>`;
}

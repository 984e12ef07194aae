/** What a draft changes: in words, and for those who wait now. */
import { ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { fault, preview } from "./policy_calls.js";

/** @typedef {import("./policy_calls.js").Preview} Preview */
/** @typedef {import("./policy_calls.js").Turn} Turn */

/** So many of a line are drawn; the rest is a number. */
const DRAWN = 14;

export function PreviewCard() {
  const found = preview.value;
  if (!found && fault.value) {
    return html`<section class="card policy-preview" aria-labelledby="policy-preview"><h2 id="policy-preview">${t("calling.would_change")}</h2>
      <p class="empty" role="status">${t("calling.mend_first")}</p></section>`;
  }
  return html`<section class="card policy-preview" tabindex="0" data-scroll aria-labelledby="policy-preview">
    <h2 id="policy-preview">${t("calling.would_change")}</h2>
    <${Differences} found=${found} />
    <h3>${t("calling.line_now")}</h3>
    ${found && html`<p class="policy-sum" data-testid="policy-sum" role="status">${summed(found)}</p>`}
    ${found?.queues.length === 0 && html`<p class="empty">${t("calling.nobody")}</p>`}
    ${found?.queues.map((one) => html`<div key=${one.queue} class="policy-line" data-testid="policy-line">
      <h4>${one.queue} · ${one.name}</h4>
      <${Chips} name=${t("calling.line_is")} people=${[...one.people].sort((a, b) => a.before - b.before)} isAfter=${false} />
      <${Chips} name=${t("calling.line_would_be")} people=${one.people} isAfter=${true} />
    </div>`)}
    ${found && found.queues.length > 0 && html`<p class="hint"><span class="policy-chip is-priority"><${Icon} name="accessibility" size=${13} /></span> ${t("calling.chip_priority")}</p>`}
  </section>`;
}

/** @param {{found: Preview|null}} props */
export function Differences({ found }) {
  if (!found) return html`<p class="empty" role="status">${t("manager.loading")}</p>`;
  if (found.difference.length === 0) return html`<p class="empty">${t("calling.no_change")}</p>`;
  return html`<ul class="policy-difference" data-testid="policy-difference">
    ${found.difference.map((line) => html`<li key=${line}>${line}</li>`)}
  </ul>`;
}

/** What it does to the lines of now, in a sentence. @param {Preview} found */
export function summed(found) {
  if (found.sooner + found.later === 0) return t("calling.nobody_moves");
  return t("calling.moves", { sooner: found.sooner, later: found.later, n: found.furthest });
}

/** @param {{name: string, people: Turn[], isAfter: boolean}} props */
function Chips({ name, people, isAfter }) {
  const drawn = people.slice(0, DRAWN);
  const rest = people.length - drawn.length;
  return html`<div class="policy-chips">
    <span class="which">${name}</span>
    <ol>
      ${drawn.map((one) => html`<li key=${one.number} class=${`policy-chip ${one.priority ? "is-priority" : ""} ${isAfter ? moved(one) : ""}`}>
        ${one.priority && html`<${Icon} name="accessibility" size=${13} /><span class="visually-hidden">${t("calling.chip_priority")}</span>`}
        <b>${ticketNumber(one.number)}</b>${isAfter && one.after !== one.before && html`<${Shift} one=${one} />`}
      </li>`)}
      ${rest > 0 && html`<li class="rest">${t("calling.and_more", { n: rest })}</li>`}
    </ol>
  </div>`;
}

/** @param {Turn} one */
const moved = (one) => (one.after < one.before ? "is-sooner" : one.after > one.before ? "is-later" : "");

/** @param {{one: Turn}} props */
function Shift({ one }) {
  const n = Math.abs(one.after - one.before);
  const isSooner = one.after < one.before;
  return html`<em><${Icon} name=${isSooner ? "arrow-left" : "arrow-right"} size=${12} stroke=${3} /><span aria-hidden="true">${n}</span><span class="visually-hidden">${t(
    isSooner ? "calling.sooner" : "calling.later", { n })}</span></em>`;
}

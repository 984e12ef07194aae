/** deploy/FORECAST.md for who reads the page: what is counted, what the figures mean, what to do. */

import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

/** Its place in the page. */
const PLACE = "forecast-explained";
const COUNTED = ["who", "from", "told"];
const FIGURES = ["right", "very_late", "error", "within", "pinball", "unsaid", "vague", "simulated"];
const RULES = ["forecast", "fallback", "naive"];
const SEEN = ["late", "early", "one", "initial", "formula", "none"];

/** Opens the explanation and goes there. */
export function openExplained() {
  const found = document.getElementById(PLACE);
  if (!(found instanceof HTMLDetailsElement)) return;
  found.open = true;
  found.scrollIntoView({ block: "start" });
  found.querySelector("summary")?.focus({ preventScroll: true });
}

/** @param {{name: string, parts: string[]}} props */
function Terms({ name, parts }) {
  return html`<section>
    <h3>${t(`manager.forecast.explained_${name}`)}</h3>
    <dl>${parts.map((part) => html`<div key=${part}>
      <dt>${t(`manager.forecast.explained_${name}_${part}`)}</dt><dd>${t(`manager.forecast.explained_${name}_${part}_words`)}</dd>
    </div>`)}</dl>
  </section>`;
}

/** The whole of it, closed until it is asked for. */
export function Explained() {
  return html`<details class="card explained" id=${PLACE}>
    <summary><${Icon} name="book-open" size=${20} /><span>${t("manager.forecast.explained")}</span><${Icon} name="chevron-down" size=${20} /></summary>
    <div class="explained-parts">
      <section>
        <h3>${t("manager.forecast.explained_counted")}</h3>
        <ul>${COUNTED.map((part) => html`<li key=${part}>${t(`manager.forecast.explained_counted_${part}`)}</li>`)}</ul>
        <h3>${t("manager.forecast.explained_learns")}</h3>
        <p>${t("manager.forecast.explained_learns_words")}</p>
      </section>
      <${Terms} name="rules" parts=${RULES} />
      <${Terms} name="figures" parts=${FIGURES} />
      <${Terms} name="seen" parts=${SEEN} />
    </div>
  </details>`;
}

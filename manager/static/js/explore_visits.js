/** The visits behind a figure, a page at a time; each leads to its story. */
import { decimal, ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { PAGE, go, visits } from "./explore_data.js";
import { Chips, Failed, Skeleton } from "./explore_parts.js";
import { counterName, dateText, endName, serviceName } from "./explore_words.js";
import { inMinutes } from "./figures.js";

/** @typedef {import("./explore_state.js").State} State */
/** @typedef {import("./rows.js").Visit} Visit */

const COLUMNS = ["number", "date", "hour", "service", "counter", "wait", "service_time", "outcome", "rating"];

/** @param {{state: State}} props */
export function VisitsView({ state }) {
  const { found, isLoading, trouble } = visits.value;
  return html`<section class="card explore-card explore-visits" aria-busy=${isLoading} aria-labelledby="explore-visits">
      <header class="explore-head">
        <button type="button" class="quiet-button" data-testid="back" onClick=${() => go({ view: "figures", after: "", page: 1 })}><${Icon} name="arrow-left" size=${16} />${t("explore.back_to_figures")}</button>
        <h2 id="explore-visits">${found && !trouble ? t("explore.visits_title", { n: decimal(found.total, 0) }) : t("explore.visits")}</h2>
      </header>
      <${Chips} state=${state} />
      ${found && !trouble && html`<${Listed} state=${state} visits=${found.visits} total=${found.total} next=${found.next} />`}
    </section>
    ${trouble && html`<${Failed} trouble=${trouble} />`}
    ${!found && !trouble && html`<${Skeleton} rows=${14} hasChart=${false} />`}`;
}

/** @param {{state: State, visits: Visit[], total: number, next: string|null}} props */
function Listed({ state, visits: rows, total, next }) {
  if (rows.length === 0) return html`<p class="empty">${t("explore.no_visits")}</p>`;
  const first = (state.page - 1) * PAGE + 1;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t("explore.visits")}>
      <table class="list visit-table">
        <thead><tr>${COLUMNS.map((name) => html`<th scope="col" key=${name}>${t(`explore.visit_${name}`)}</th>`)}</tr></thead>
        <tbody>${rows.map((one) => html`<${Row} key=${one.ticket} visit=${one} />`)}</tbody>
      </table>
    </div>
    <nav class="pages" aria-label=${t("explore.pages")}>
      <span>${t("explore.shown", { first: decimal(first, 0), last: decimal(first + rows.length - 1, 0), total: decimal(total, 0) })}</span>
      ${state.page > 1 && html`<button type="button" class="quiet-button" onClick=${() => go({ after: "", page: 1 })}>${t("explore.first_page")}</button>`}
      ${next && html`<button type="button" class="quiet-button" data-testid="next-page" onClick=${() => go({ after: next, page: state.page + 1 })}>${t("explore.next_page")}<${Icon} name="arrow-right" size=${16} /></button>`}
    </nav>`;
}

/** @param {number|null} seconds */
function minutes(seconds) {
  const shown = inMinutes(seconds);
  return shown === null ? html`<span class="dim">–</span>` : decimal(shown, 1);
}

/** @param {{visit: Visit}} props */
function Row({ visit }) {
  const service = serviceName(visit.service);
  return html`<tr>
    <th scope="row"><button type="button" class="link-button ticket-number" data-testid="open-story" aria-label=${t("explore.story_of", { number: visit.number })}
      onClick=${() => go({ view: "ticket", ticket: visit.ticket })}>${ticketNumber(visit.number)}</button></th>
    <td class="num">${dateText(visit.business_date)}</td>
    <td class="num">${t("manager.hour", { h: visit.hour })}</td>
    <td class="words"><span class="group-name" title=${service}>${service}</span></td>
    <td>${visit.counter ? counterName(visit.counter) : html`<span class="dim">–</span>`}</td>
    <td class="num">${minutes(visit.wait_s)}</td>
    <td class="num">${minutes(visit.service_s)}</td>
    <td class="words">${endName(visit.outcome)}</td>
    <td class="num">${visit.level === null ? html`<span class="dim">–</span>` : `${visit.level}/5`}</td>
  </tr>`;
}

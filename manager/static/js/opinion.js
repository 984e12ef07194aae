/** The page "Hài lòng": what people think of the service over a period; never by person. */

import { useState } from "preact/hooks";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { fetchOf, useAnswer } from "./answers.js";
import { IndicatorsForm } from "./indicators.js";
import { Adjusted, Headline, Index, Levels, Unlike } from "./opinion_cards.js";
import { Fields, Waiting } from "./opinion_charts.js";
import { may } from "./permissions.js";
import { RangePicker, today } from "./range_picker.js";
import { rangeIn } from "./ranges.js";

/** @typedef {import("./opinion_model.js").Opinion} Opinion */
/** @typedef {import("./ranges.js").Range} Range */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

/** @param {{opinion: Opinion, snapshot: Snapshot}} props */
function Found({ opinion, snapshot }) {
  return html`<${Unlike} opinion=${opinion} />
    <div class="opinion-cards">
      <${Headline} opinion=${opinion} />
      <${Adjusted} opinion=${opinion} />
      <${Index} opinion=${opinion} target=${snapshot.catalogue.policy.wait_targets_minutes[0]} />
    </div>
    <div class="opinion-charts">
      <${Levels} levels=${opinion.levels} />
      <${Waiting} opinion=${opinion} />
      <${Fields} opinion=${opinion} />
    </div>`;
}

/** @param {{snapshot: Snapshot, range: Range}} props */
function Opinions({ snapshot, range }) {
  const { answer, state, again } = useAnswer(
    () => /** @type {Promise<Opinion>} */ (fetchOf(snapshot.branch.id, "satisfaction", { from: range.from, to: range.to })),
    `${range.from} ${range.to}`,
  );
  const spelled = (/** @type {string} */ date) => date.split("-").reverse().join("/");
  return html`<div class="opinion" aria-busy=${state === "asking"}>
    <p class="print-only">${pick(snapshot.branch.name)} · ${spelled(range.from)} – ${spelled(range.to)}</p>
    ${state === "failed" &&
    html`<div class="banner amber" role="alert">
      <${Icon} name="triangle-alert" size=${24} />
      <p>${t("manager.period.failed")}</p>
      <button type="button" class="quiet-button" onClick=${again}>${t("manager.retry")}</button>
    </div>`}
    ${answer && html`<${Found} opinion=${answer} snapshot=${snapshot} />`}
    ${!answer && state === "asking" && html`<p class="card empty" role="status">${t("manager.period.loading")}</p>`}
  </div>`;
}

/** @param {{snapshot: Snapshot}} props */
export function OpinionPage({ snapshot }) {
  const [range, setRange] = useState(() => rangeIn(location.search, today()));
  const [isForm, setForm] = useState(() => new URLSearchParams(location.search).get("view") === "indicators");
  const choose = (/** @type {boolean} */ form) => () => {
    const search = new URLSearchParams(location.search);
    if (form) search.set("view", "indicators");
    else search.delete("view");
    history.replaceState(null, "", `${location.pathname}?${search}${location.hash}`);
    setForm(form);
  };
  return html`<div class="opinion-page">
    <div class="opinion-top">
      <${RangePicker} range=${range} choose=${setRange} />
      <span class="grow"></span>
      <div class="switch" role="group" aria-label=${t("manager.opinion.view")}>
        <button type="button" aria-pressed=${!isForm} onClick=${choose(false)}>${t("manager.nav.opinion")}</button>
        <button type="button" aria-pressed=${isForm} onClick=${choose(true)} data-testid="indicators">${t("manager.indicators.short")}</button>
      </div>
      ${may(snapshot, "follow_up") &&
      html`<a class="quiet-button" href="#follow-ups"><${Icon} name="message-square-warning" size=${18} />${t("manager.opinion.follow_ups")}</a>`}
      <button type="button" class="quiet-button" onClick=${() => print()}><${Icon} name="printer" size=${18} />${t("manager.print")}</button>
    </div>
    ${isForm
      ? html`<${IndicatorsForm} snapshot=${snapshot} range=${range} />`
      : html`<${Opinions} snapshot=${snapshot} range=${range} />`}
  </div>`;
}

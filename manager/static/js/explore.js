/** "Phân tích": any measure by anything, against another period, down to every visit and its story. */
import { useEffect } from "preact/hooks";
import { clock } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { ExploreChart, Legend } from "./explore_chart.js";
import { again, arrive, ask, figures, go, state, today } from "./explore_data.js";
import { Definitions, Explained } from "./explore_definitions.js";
import { GROUPED, measureOf, rowOf, rowsOf, sorted } from "./explore_measures.js";
import { Chips, Failed, Skeleton } from "./explore_parts.js";
import { BY, ORDERED, PERIODS, cleared, comparedRange, partnerKey, rangeOf } from "./explore_state.js";
import { StoryView } from "./explore_story.js";
import { ExploreTable, Headline } from "./explore_table.js";
import { VisitsView } from "./explore_visits.js";
import { byName, groupName, measureName, rangeText, unitOf } from "./explore_words.js";
import { may } from "./permissions.js";

/** @typedef {import("./explore_state.js").State} State */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

/** Leave the address as the other pages expect it. */
function leave() {
  const query = String(cleared(location.search));
  history.replaceState(history.state, "", `${location.pathname}${query && `?${query}`}${location.hash}`);
}

/** @param {{snapshot: Snapshot}} props */
export function ExplorePage({ snapshot }) {
  useEffect(() => {
    const back = () => void (location.hash === "#explore" && arrive());
    const online = () => void (figures.peek().trouble && ask());
    if (location.hash !== "#explore") history.replaceState(history.state, "", `${location.search}#explore`);
    arrive();
    addEventListener("popstate", back);
    addEventListener("online", online);
    return () => {
      removeEventListener("popstate", back);
      removeEventListener("online", online);
      if (location.hash !== "#explore") leave();
    };
  }, []);
  const shown = state.value;
  if (!shown) return html`<${Skeleton} />`;
  if (shown.view === "visits") return html`<div class="explore"><${VisitsView} state=${shown} /></div>`;
  if (shown.view === "ticket") return html`<div class="explore"><${StoryView} state=${shown} /></div>`;
  if (shown.view === "definitions") return html`<div class="explore"><${Definitions} /></div>`;
  return html`<div class="explore"><${Tools} state=${shown} snapshot=${snapshot} /><${FiguresView} state=${shown} snapshot=${snapshot} /></div>`;
}

/** @param {{label: string, value: string, testid: string, onChoose: (value: string) => void, children?: unknown}} props */
function Picker({ label, value, testid, onChoose, children }) {
  const id = `explore-${testid}`;
  return html`<div class="picker"><span class="picker-label"><label for=${id}>${label}</label></span>
    <select id=${id} value=${value} data-testid=${testid} onChange=${(/** @type {any} */ e) => onChoose(e.currentTarget.value)}>${children}</select></div>`;
}

/** @param {{state: State, snapshot: Snapshot}} props */
function Tools({ state: shown, snapshot }) {
  const choosePeriod = (/** @type {string} */ period) => go(period === "custom" ? { period } : { period, ...rangeOf(period, today()) });
  const groups = BY.filter((by) => by !== "officer" || may(snapshot, "see_officers"));
  return html`<form class="card explore-tools" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Picker} label=${t("explore.measure")} value=${shown.measure} testid="measure" onChoose=${(/** @type {string} */ one) => go({ measure: one })}>
      ${GROUPED.map(({ group, measures }) => html`<optgroup key=${group} label=${t(`explore.group_${group}`)}>${measures.map((one) => html`<option key=${one.id} value=${one.id}>${measureName(one)}</option>`)}</optgroup>`)}
    <//>
    <${Picker} label=${t("explore.by")} value=${shown.by} testid="by" onChoose=${(/** @type {string} */ by) => go({ by, sort: "name", direction: "up" })}>
      ${groups.map((by) => html`<option key=${by} value=${by}>${byName(by)}</option>`)}
    <//>
    <${Picker} label=${t("explore.period")} value=${shown.period} testid="period" onChoose=${choosePeriod}>
      ${PERIODS.map((one) => html`<option key=${one} value=${one}>${t(`explore.period_${one}`)}</option>`)}
    <//>
    ${shown.period === "custom" && html`<${Dates} state=${shown} />`}
    <${Picker} label=${t("explore.against")} value=${shown.against} testid="against" onChoose=${(/** @type {any} */ against) => go({ against })}>
      ${["previous", "year", "none"].map((one) => html`<option key=${one} value=${one}>${t(`explore.against_${one}`)}</option>`)}
    <//>
  </form>`;
}

/** @param {{state: State}} props */
function Dates({ state: shown }) {
  const choose = (/** @type {"from"|"to"} */ name) => (/** @type {any} */ event) => {
    const wanted = event.currentTarget.value;
    if (!wanted) return;
    const range = { from: shown.from, to: shown.to, [name]: wanted };
    // The other end follows, so that a period never runs backwards.
    if (range.from > range.to) range[name === "from" ? "to" : "from"] = wanted;
    go({ period: "custom", ...range });
  };
  const input = (/** @type {"from"|"to"} */ name) => html`<label class="picker"><span class="picker-label">${name === "from" ? t("explore.from") : t("explore.to")}</span>
    <input type="date" value=${shown[name]} max=${today()} required data-testid=${name} onChange=${choose(name)} /></label>`;
  return html`${input("from")}${input("to")}`;
}

/** @param {{state: State, snapshot: Snapshot}} props */
function FiguresView({ state: shown, snapshot }) {
  const { found, isLoading, trouble, at } = figures.value;
  if (trouble) return html`<${Chips} state=${shown} /><${Failed} trouble=${trouble} />`;
  if (!found) return html`<${Chips} state=${shown} /><${Skeleton} />`;
  const { answer, before } = found;
  const measure = measureOf(shown.measure);
  const of = { ...shown, by: answer.by, from: answer.from, to: answer.to };
  const compared = comparedRange(of);
  const known = new Map((before?.groups ?? []).map((group) => [group.key, group]));
  const partner = (/** @type {string} */ key) => (compared ? known.get(partnerKey(key, answer.by, of, compared)) : undefined);
  const partners = new Map(answer.groups.flatMap((group) => { const one = partner(group.key); return one ? [[group.key, one]] : []; }));
  const rows = sorted(rowsOf(measure, answer.groups, /** @type {any} */ (partners)), shown.sort, shown.direction, ORDERED.includes(answer.by) ? undefined : (key) => groupName(answer.by, key));
  const total = rowOf(measure, "", answer.total, before && before.total.issued > 0 ? before.total : null);
  const isOrdered = ORDERED.includes(answer.by);
  // Time runs from left to right however the table is sorted; bars have the table's order, or the largest first.
  const drawn = isOrdered ? sorted(rows, "name", "up", (key) => key) : shown.sort === "name" ? sorted(rows, "value", "down") : rows;
  const parts = { measure, rows, total, by: answer.by, state: shown, mayExport: may(snapshot, "export") };
  const target = measure.isWait ? answer.target_minutes : null;
  const isApproximate = answer.error > 0 && Boolean(measure.isPercentile);
  return html`<div class="explore-answer" aria-busy=${isLoading}>
    <section class="card explore-card" aria-labelledby="explore-title">
      <header class="explore-head">
        <h2 id="explore-title">${measureName(measure)}</h2><${Explained} measure=${measure} id="explained-title" />
        <span class="unit">${unitOf(measure)}</span><span class="grow"></span>
        <span class="hint">${t("explore.asked_at", { at: clock(at, snapshot.branch.time_zone) })}</span>
        <button type="button" class="quiet-button" onClick=${() => void again()}><${Icon} name="rotate-ccw" size=${15} />${t("explore.renew")}</button>
      </header>
      ${Object.keys(shown.where).length > 0 && html`<${Chips} state=${shown} hasPeriod=${false} />`}
      ${answer.total.issued === 0 && answer.groups.length === 0
        ? html`<p class="empty" data-testid="none">${t("explore.none")}</p>`
        : html`<${Headline} ...${parts} isApproximate=${isApproximate} error=${answer.error} />
          <${Legend} now=${rangeText(of)} was=${compared ? rangeText(compared) : ""} target=${target} />
          ${measure.ofCounters && total.value === null && html`<p class="hint">${t("explore.occupancy_hint")}</p>`}
          <${ExploreChart} measure=${measure} rows=${drawn} by=${answer.by} target=${target} isOrdered=${isOrdered} />`}
    </section>
    ${answer.groups.length > 0 && html`<${ExploreTable} ...${parts} />`}
  </div>`;
}

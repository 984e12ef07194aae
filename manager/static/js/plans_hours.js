/** The forms that move hours: the office's sessions, a session more, and the roster in the log's place. */
import { useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { known } from "./plans_calls.js";
import { AddButton, Chips, HoursField, Select, counterChips } from "./plans_fields.js";
import { weekdaysOf } from "./plans_model.js";
import { daysWritten } from "./plans_words.js";
import { dayName } from "./roster_words.js";
import { addDays, dayMonth } from "./time.js";

/** @typedef {import("./plans_forms.js").Add} Add */

const WEEK = [0, 1, 2, 3, 4, 5, 6];

/**
 * Weekdays to choose from; what is not offered stands there, and why is said below.
 *
 * @param {{chosen: number[], offered: number[], choose: (days: number[]) => void}} props
 */
function Weekdays({ chosen, offered, choose }) {
  const turn = (/** @type {number} */ n) => choose(WEEK.filter((one) => (one === n) !== chosen.includes(one)));
  return html`<fieldset class="plan-chips"><legend>${t("plan.weekdays")}</legend>
    ${WEEK.map((n) => html`<button type="button" key=${n} class="plan-chip" aria-pressed=${chosen.includes(n)} aria-label=${dayName(n)} disabled=${!offered.includes(n)} data-testid=${`plan-on-${n}`} onClick=${() => turn(n)}><b>${t(`roster.short_${n}`)}</b></button>`)}
  </fieldset>`;
}

/** @param {{children?: any}} props */
function Caution({ children }) {
  return html`<p class="plan-warn" role="status"><${Icon} name="info" size=${16} />${children}</p>`;
}

/** @param {{add: Add, days: string[]}} props */
export function OpeningForm({ add, days }) {
  const [what, setWhat] = useState("move");
  return html`<div class="plan-form">
    <${Select} label=${t("plan.what")} value=${what} choose=${setWhat} testid="plan-opening" options=${["move", "more"].map((one) => [one, t(`plan.opening_${one}`)])} />
    ${what === "move" ? html`<${SessionsForm} add=${add} />` : html`<${SessionForm} add=${add} days=${days} />`}
  </div>`;
}

/** @param {{add: Add}} props */
function SessionsForm({ add }) {
  const now = known.value?.now.sessions ?? [];
  const [sessions, setSessions] = useState(now);
  const isSame = JSON.stringify(sessions) === JSON.stringify(now);
  return html`<p class="hint">${t("plan.opening_hint")}</p>
    <div class="plan-fields">${sessions.map((session, n) => html`<${HoursField} key=${n} label=${t("plan.session", { n: n + 1 })} value=${session} choose=${(/** @type {[string, string]} */ v) => setSessions(sessions.map((one, i) => (i === n ? v : one)))} />`)}</div>
    <${AddButton} ready=${!isSame} onAdd=${() => add({ kind: "opening_hours", sessions })} />`;
}

/** @param {{add: Add, days: string[]}} props */
function SessionForm({ add, days }) {
  const offered = weekdaysOf(days);
  const unknown = WEEK.filter((n) => !offered.includes(n));
  const [chosen, setChosen] = useState(/** @type {number[]} */ ([]));
  const [counters, setCounters] = useState(/** @type {string[]} */ ([]));
  const [hours, setHours] = useState(/** @type {[string, string]} */ (["17:00", "19:00"]));
  const weekdays = chosen.filter((n) => offered.includes(n));
  const ready = weekdays.length > 0 && counters.length > 0 && hours[0] < hours[1];
  return html`<${HoursField} label=${t("plan.more_hours")} value=${hours} choose=${setHours} />
    <${Weekdays} chosen=${weekdays} offered=${offered} choose=${setChosen} />
    ${unknown.length > 0 && offered.length > 0 && html`<${Caution}>${t("plan.no_log", { days: daysWritten(unknown) })}<//>`}
    <${Chips} label=${t("plan.counters")} all=${counterChips()} chosen=${counters} choose=${setCounters} />
    <p class="hint">${t("plan.more_hint")}</p>
    <${AddButton} ready=${ready} onAdd=${() => add({ kind: "add_session", counters, hours, weekdays })} />`;
}

/** @param {{add: Add, days: string[]}} props */
export function RosterForm({ add, days }) {
  const rosters = known.value?.now.rosters ?? [];
  const [at, setAt] = useState(0);
  const [dropped, setDropped] = useState(/** @type {number[]} */ ([]));
  const roster = rosters[at];
  if (!roster) return html`<div class="plan-form"><p data-testid="plan-no-roster">${t("plan.no_roster")}</p><a class="quiet-button" href="#roster">${t("plan.to_roster")}</a></div>`;
  const inLog = weekdaysOf(days);
  const offered = roster.weekdays.filter((n) => inLog.includes(n));
  const weekdays = offered.filter((n) => !dropped.includes(n));
  const asLogged = inLog.filter((n) => !weekdays.includes(n));
  return html`<div class="plan-form">
    <p class="hint">${t("plan.roster_hint")}</p>
    <${Select} label=${t("plan.roster_week")} value=${at} choose=${(/** @type {string} */ v) => setAt(Number(v))} testid="plan-roster-week"
      options=${rosters.map(({ week }, n) => [n, t("roster.week", { from: dayMonth(week), to: dayMonth(addDays(week, 6)) })])} />
    <${Weekdays} chosen=${weekdays} offered=${offered} choose=${(/** @type {number[]} */ kept) => setDropped(offered.filter((n) => !kept.includes(n)))} />
    ${asLogged.length > 0 && html`<${Caution}>${t("plan.as_logged", { days: daysWritten(asLogged) })}<//>`}
    <${AddButton} ready=${weekdays.length > 0} onAdd=${() => add({ kind: "rostered", week: roster.week, weekdays })} />
  </div>`;
}

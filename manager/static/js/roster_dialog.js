/** One counter on one day: its shifts, for that day or every week; and who is absent. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { Head, Refused } from "./device_dialog.js";
import { absenceOf, declare, open, sessionsOf, shifts, stage, today, week, withdraw } from "./roster_calls.js";
import { onDate, planOf, stretchesOf, weekdayOf, weekly } from "./roster_model.js";
import { dated, dayName, hoursOf } from "./roster_words.js";
import { addDays } from "./time.js";

/** @typedef {import("./roster_model.js").Shift} Shift */

const REASONS = ["", "leave", "duty", "training", "other"];
const MOST_AHEAD = 60;
const WORK_WEEK = [0, 1, 2, 3, 4];

/** @param {{counter: string, date: string, mayEdit: boolean, mayDeclare: boolean}} props */
export function CellDialog({ counter, date, mayEdit, mayDeclare }) {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => element.current?.showModal(), []);
  const known = week.value?.counters.find((one) => one.id === counter);
  if (!known) return null;
  const close = () => element.current?.close();
  const isPast = date < today.value;
  const canDeclare = mayDeclare && !isPast && date <= addDays(today.value, MOST_AHEAD);
  return html`<dialog ref=${element} class="person roster-dialog" onClose=${() => (open.value = null)} aria-labelledby="device-title">
    <${Head} title=${t("roster.cell_of", { counter: known.number, day: dated(date) })} close=${close} />
    ${mayEdit && !isPast
      ? html`<${Shifts} counter=${known} date=${date} close=${close} />`
      : html`<${Told} counter=${known} date=${date} />`}
    ${canDeclare && html`<${Away} counter=${known} date=${date} />`}
  </dialog>`;
}

/** @param {{counter: import("./roster_calls.js").Counter, date: string}} props */
function Told({ counter, date }) {
  const stretches = stretchesOf(planOf(shifts.value, counter.id, date), sessionsOf(counter, date));
  return html`<ul class="roster-told">
    ${stretches.length === 0 && html`<li>${t("roster.off")}</li>`}
    ${stretches.map((s) => html`<li key=${s.opens}><b>${s.officer || t("roster.nobody_yet")}</b> <span class="num">${hoursOf(s)}</span></li>`)}
  </ul>`;
}

/** What the form begins with: the day's shifts, else one over its hours. @param {import("./roster_calls.js").Counter} counter @param {string} date @returns {Shift[]} */
function firstOf(counter, date) {
  const plan = planOf(shifts.value, counter.id, date);
  if (plan.isNamed) return plan.shifts;
  return [blank(counter, date)];
}

/** @param {import("./roster_calls.js").Counter} counter @param {string} date @returns {Shift} */
function blank(counter, date) {
  const sessions = sessionsOf(counter, date);
  const opens = sessions.map((s) => s.opens).sort()[0] ?? "08:00";
  const closes = sessions.map((s) => s.closes).sort().at(-1) ?? "17:00";
  return { counter: counter.id, officer: "", weekdays: [], on: null, since: null, until: null, opens, closes, covers_break: false };
}

/** @param {{counter: import("./roster_calls.js").Counter, date: string, close: () => void}} props */
function Shifts({ counter, date, close }) {
  const [list, setList] = useState(() => firstOf(counter, date));
  const [scope, setScope] = useState("date");
  const [refused, setRefused] = useState("");
  const day = weekdayOf(date);
  const change = (/** @type {number} */ at, /** @type {Partial<Shift>} */ what) => setList(list.map((s, n) => (n === at ? { ...s, ...what } : s)));
  const keep = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (list.some((s) => !s.opens || !s.closes || s.opens >= s.closes)) return setRefused(t("roster.bad_hours"));
    const inOrder = [...list].sort((a, b) => (a.opens ?? "").localeCompare(b.opens ?? ""));
    if (inOrder.some((s, n) => n > 0 && (s.opens ?? "") < (inOrder[n - 1].closes ?? ""))) return setRefused(t("roster.overlap"));
    const named = inOrder.map((s) => ({ ...s, officer: s.officer.trim() }));
    const days = scope === "work_week" ? WORK_WEEK : [day];
    stage(scope === "date" ? onDate(shifts.value, counter.id, date, named) : weekly(shifts.value, counter.id, date, days, named));
    close();
  };
  const choice = (/** @type {string} */ value, /** @type {string} */ words) => html`<label class="roster-choice">
    <input type="radio" name="scope" value=${value} checked=${scope === value} onChange=${() => setScope(value)} /><span>${words}</span></label>`;
  return html`<form class="device-form roster-form" onSubmit=${keep} autocomplete="off">
    ${list.map((s, n) => html`<${ShiftFields} key=${n} shift=${s} place=${n} change=${(/** @type {Partial<Shift>} */ what) => change(n, what)}
      drop=${() => setList(list.filter((_, at) => at !== n))} />`)}
    ${list.length === 0 && html`<p class="roster-closed"><${Icon} name="circle-minus" size=${18} />${t("roster.stays_closed")}</p>`}
    <datalist id="roster-officers">${(week.value?.officers ?? []).map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
    <button type="button" class="quiet-button roster-add" data-testid="add-shift" onClick=${() => setList([...list, blank(counter, date)])}>
      <${Icon} name="clock" size=${17} />${t("roster.add_shift")}</button>
    <fieldset>
      <legend>${t("roster.scope")}</legend>
      ${choice("date", t("roster.scope_date", { day: dated(date) }))}
      ${list.length > 0 && choice("weekday", t("roster.scope_weekday", { day: dayName(day) }))}
      ${list.length > 0 && WORK_WEEK.includes(day) && choice("work_week", t("roster.scope_work_week"))}
    </fieldset>
    <${Refused} words=${refused} />
    <footer>
      <button type="button" class="quiet-button" onClick=${close}>${t("manager.cancel")}</button>
      <button class="button" data-testid="keep-cell">${t("roster.keep")}</button>
    </footer>
  </form>`;
}

/** An hour of 24: the browser's own field follows the machine's language. @param {{id: string, value: string, set: (value: string) => void, required?: boolean}} props */
function Hour({ id, value, set, required = false }) {
  const settle = (/** @type {any} */ event) => {
    const [, hours, minutes = "00"] = /^(\d{1,2})(?:[:hH.]?(\d{2})?)$/.exec(event.currentTarget.value.trim()) ?? [];
    if (!hours) return;
    // Also in the field at once: a form is looked over before it is drawn anew.
    event.currentTarget.value = `${hours.padStart(2, "0")}:${minutes}`;
    set(event.currentTarget.value);
  };
  return html`<input id=${id} value=${value} inputmode="numeric" maxlength="5" placeholder="08:00" required=${required}
    pattern="([01][0-9]|2[0-3]):[0-5][0-9]" title=${t("roster.hour_form")} onInput=${(/** @type {any} */ e) => set(e.currentTarget.value)} onBlur=${settle}
    onKeyDown=${(/** @type {any} */ e) => e.key === "Enter" && settle(e)} />`;
}

/** @param {{shift: Shift, place: number, change: (what: Partial<Shift>) => void, drop: () => void}} props */
function ShiftFields({ shift, place, change, drop }) {
  const id = (/** @type {string} */ name) => `shift-${name}-${place}`;
  return html`<div class="roster-fields" role="group" aria-label=${t("roster.shift_n", { n: place + 1 })}>
    <div class="field wide"><label for=${id("officer")}>${t("manager.column.officer")}</label>
      <input id=${id("officer")} list="roster-officers" maxlength="120" value=${shift.officer} onInput=${(/** @type {any} */ e) => change({ officer: e.currentTarget.value })} /></div>
    <div class="field"><label for=${id("opens")}>${t("roster.opens")}</label>
      <${Hour} id=${id("opens")} value=${shift.opens ?? ""} set=${(/** @type {string} */ opens) => change({ opens })} required /></div>
    <div class="field"><label for=${id("closes")}>${t("roster.closes")}</label>
      <${Hour} id=${id("closes")} value=${shift.closes ?? ""} set=${(/** @type {string} */ closes) => change({ closes })} required /></div>
    <button type="button" class="quiet-button" aria-label=${t("roster.drop_shift", { n: place + 1 })} onClick=${drop}><${Icon} name="x" size=${18} /></button>
    <label class="check wide"><input type="checkbox" checked=${shift.covers_break} onChange=${(/** @type {any} */ e) => change({ covers_break: e.currentTarget.checked })} />
      <span>${t("roster.covers_break")}</span></label>
  </div>`;
}

/** An hour, or none. @param {string} text */
const isHour = (text) => /^(([01]\d|2[0-3]):[0-5]\d)?$/.test(text);

/** @param {{counter: import("./roster_calls.js").Counter, date: string}} props */
function Away({ counter, date }) {
  const absence = absenceOf(counter.id, date);
  const [since, setSince] = useState("");
  const [until, setUntil] = useState("");
  const [reason, setReason] = useState("");
  if (absence) {
    const hours = absence.since || absence.until ? `${absence.since ?? ""}–${absence.until ?? ""}` : t("roster.all_day");
    return html`<section class="person-deeds roster-deeds">
      <p class="roster-state is-bad"><${Icon} name="user-x" size=${17} />${t("roster.is_absent", { hours })}${absence.reason && ` · ${t(`roster.reason_${absence.reason}`)}`}</p>
      <button type="button" class="quiet-button" data-testid="withdraw-absence" onClick=${() => withdraw(counter.id, counter.number, date)}>
        <${Icon} name="undo-2" size=${17} />${t("roster.withdraw")}</button>
    </section>`;
  }
  const send = () => declare(counter.id, counter.number, {
    business_date: date, reason, since: since ? `${since}:00` : null, until: until ? `${until}:00` : null,
  });
  return html`<section class="person-deeds roster-deeds">
    <h3>${t("roster.away_title")}</h3>
    <div class="roster-fields">
      <div class="field"><label for="away-since">${t("roster.away_since")}</label><${Hour} id="away-since" value=${since} set=${setSince} /></div>
      <div class="field"><label for="away-until">${t("roster.away_until")}</label><${Hour} id="away-until" value=${until} set=${setUntil} /></div>
      <div class="field wide"><label for="away-reason">${t("roster.reason")}</label><select id="away-reason" value=${reason} onChange=${(/** @type {any} */ e) => setReason(e.currentTarget.value)}>
        ${REASONS.map((one) => html`<option key=${one} value=${one}>${t(`roster.reason_${one || "none"}`)}</option>`)}</select></div>
    </div>
    <p class="hint">${t("roster.away_hint")}</p>
    <button type="button" class="quiet-button" data-testid="declare-absence" disabled=${!isHour(since) || !isHour(until) || Boolean(since && until && since >= until)} onClick=${send}>
      <${Icon} name="user-x" size=${17} />${t("roster.declare")}</button>
  </section>`;
}

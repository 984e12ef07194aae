/** The page "Phân công": who opens which counter, today and by week; absences; changes before they count. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { may } from "./permissions.js";
import { CellDialog } from "./roster_dialog.js";
import { SaveDialog } from "./roster_save.js";
import { TodayRoster } from "./roster_today.js";
import {
  absenceOf, changes, draft, exportWeek, forget, load, monday, open, readFile, sessionsOf, shifts, shown, stage, stepBack, steps,
  today, trouble, turnTo, week,
} from "./roster_calls.js";
import { copiedWeek, planOf, stretchesOf, withFile } from "./roster_model.js";
import { dated, dayName, hoursOf } from "./roster_words.js";
import { queuePrefix } from "./words.js";
import { say } from "./store.js";
import { addDays, dayMonth } from "./time.js";

/** @typedef {import("./roster_calls.js").Counter} Counter */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

const AGAIN_MS = 30_000;

/** @param {{snapshot: Snapshot}} props */
export function RosterPage({ snapshot }) {
  useEffect(() => {
    void load();
    const timer = setInterval(load, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  if (!week.value) return html`<p class="card empty" role="status">${trouble.value || t("manager.loading")}</p>`;
  const mayEdit = may(snapshot, "edit_roster");
  return html`<div class="roster">
    <${TodayRoster} mayDeclare=${may(snapshot, "declare_absences")} />
    <section class="card roster-week" aria-labelledby="roster-week-title">
      <${Tools} mayEdit=${mayEdit} />
      <${Grid} />
      <p class="roster-hint"><${Icon} name="info" size=${16} />${t(mayEdit ? "roster.hint" : "roster.hint_reader")}</p>
    </section>
    ${draft.value && html`<${DraftBar} />`}
    ${open.value?.kind === "cell" && html`<${CellDialog} key=${`${open.value.counter} ${open.value.date}`}
      counter=${open.value.counter} date=${open.value.date} mayEdit=${mayEdit} mayDeclare=${may(snapshot, "declare_absences")} />`}
    ${open.value?.kind === "save" && html`<${SaveDialog} />`}
    ${open.value?.kind === "file" && html`<${FileDialog} problems=${open.value.problems} />`}
  </div>`;
}

/** @param {{mayEdit: boolean}} props */
function Tools({ mayEdit }) {
  const first = monday.value;
  const file = useRef(/** @type {HTMLInputElement|null} */ (null));
  const copy = () => {
    const counters = week.value?.counters ?? [];
    const made = copiedWeek(shifts.value, counters.map((c) => c.id), first);
    if (made === shifts.value) return say(t("roster.copied_nothing"));
    stage(made);
    turnTo(addDays(first, 7));
    say(t("roster.copied"));
  };
  const read = async (/** @type {any} */ event) => {
    const chosen = event.currentTarget.files?.[0];
    event.currentTarget.value = "";
    if (!chosen) return;
    const found = await readFile(chosen);
    if (found.problems.length > 0) open.value = { kind: "file", problems: found.problems };
    else {
      stage(withFile(shifts.value, found.shifts));
      turnTo(found.shifts.map((s) => s.on ?? "").sort()[0]);
    }
  };
  return html`<header class="roster-tools">
    <h2 id="roster-week-title">${t("roster.week", { from: dayMonth(first), to: dayMonth(addDays(first, 6)) })}</h2>
    <div class="roster-turn" role="group" aria-label=${t("roster.turn")}>
      <button type="button" class="quiet-button" aria-label=${t("roster.week_before")} onClick=${() => turnTo(addDays(first, -7))}><${Icon} name="chevron-left" size=${18} /></button>
      <button type="button" class="quiet-button" disabled=${shown.value === ""} onClick=${() => { shown.value = ""; void load(); }}>${t("roster.this_week")}</button>
      <button type="button" class="quiet-button" data-testid="next-week" aria-label=${t("roster.week_after")} onClick=${() => turnTo(addDays(first, 7))}><${Icon} name="chevron-right" size=${18} /></button>
    </div>
    <span class="grow"></span>
    ${mayEdit && html`<button type="button" class="quiet-button" data-testid="copy-week" onClick=${copy}><${Icon} name="copy" size=${17} />${t("roster.copy")}</button>
      <button type="button" class="quiet-button" onClick=${() => file.current?.click()}><${Icon} name="upload" size=${17} />${t("roster.import")}</button>
      <input ref=${file} type="file" accept=".csv,text/csv,text/plain" class="visually-hidden" tabindex="-1" aria-label=${t("roster.import")} data-testid="roster-file" onChange=${read} />`}
    <button type="button" class="quiet-button" onClick=${exportWeek}><${Icon} name="download" size=${17} />${t("roster.export")}</button>
  </header>`;
}

function Grid() {
  const table = useRef(/** @type {HTMLTableElement|null} */ (null));
  const { days, counters } = /** @type {import("./roster_calls.js").Week} */ (week.value);
  const move = (/** @type {KeyboardEvent} */ event) => {
    const steps_ = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] })[event.key];
    const cell = /** @type {HTMLElement} */ (event.target).closest("button[data-row]");
    if (!steps_ || !(cell instanceof HTMLElement)) return;
    event.preventDefault();
    const at = `button[data-row="${Number(cell.dataset.row) + steps_[0]}"][data-column="${Number(cell.dataset.column) + steps_[1]}"]`;
    /** @type {HTMLElement|null|undefined} */ (table.current?.querySelector(at))?.focus();
  };
  return html`<div class="scroll roster-scroll" tabindex="0" role="group" aria-labelledby="roster-week-title">
    <table class="roster-grid" ref=${table} onKeyDown=${move}>
      <thead><tr>
        <th scope="col">${t("manager.column.counter")}</th>
        ${days.map(({ date, sessions }, column) => html`<th key=${date} scope="col" class=${date === today.value ? "is-today" : ""}>
          ${dayName(column)} <span class="num">${dayMonth(date)}</span>
          ${sessions.length === 0 && html`<small>${t("roster.holiday")}</small>`}
        </th>`)}
      </tr></thead>
      <tbody>
        ${counters.map((counter, row) => html`<tr key=${counter.id}>
          <th scope="row"><b class="num">${counter.number}</b><small>${counter.queues.map((q) => queuePrefix(q)).join(" ")}</small></th>
          ${days.map(({ date }, column) => html`<${Cell} key=${date} counter=${counter} date=${date} row=${row} column=${column} />`)}
        </tr>`)}
      </tbody>
    </table>
  </div>`;
}

/** @param {{counter: Counter, date: string, row: number, column: number}} props */
function Cell({ counter, date, row, column }) {
  const sessions = sessionsOf(counter, date);
  const plan = planOf(shifts.value, counter.id, date);
  const before = planOf(week.value?.shifts ?? [], counter.id, date);
  const stretches = stretchesOf(plan, sessions);
  const absence = absenceOf(counter.id, date);
  const isWhole = absence && !absence.since && !absence.until;
  const isChanged = Boolean(draft.value) && JSON.stringify(plan.shifts) !== JSON.stringify(before.shifts);
  const isOwn = plan.shifts.some((s) => s.on) || (plan.isOff && shifts.value.some((s) => s.counter === counter.id && s.on === date));
  const looks = [isWhole ? "is-absent" : "", date < today.value ? "is-past" : "", isChanged ? "is-changed" : "", isOwn ? "is-own" : "",
    stretches.length === 0 ? "is-off" : "", date === today.value ? "is-today" : ""];
  return html`<td class=${looks.filter(Boolean).join(" ")}>
    <button type="button" data-row=${row} data-column=${column} data-testid=${`cell-${counter.number}-${date}`}
      tabindex=${row === 0 && column === 0 ? 0 : -1}
      onClick=${() => (open.value = { kind: "cell", counter: counter.id, date })}>
      <span class="visually-hidden">${t("roster.cell_of", { counter: counter.number, day: dated(date) })}: </span>
      ${sessions.length === 0 || (plan.isNamed && stretches.length === 0)
        ? html`<span class="roster-none">${t("roster.off")}</span>`
        : plan.isNamed
          ? byOfficer(plan.shifts).map(({ officer, hours }) => html`<span class="roster-shift" key=${officer + hours}>
              <b>${officer || t("roster.nobody_yet")}</b><span class="num">${hours}</span></span>`)
          : html`<span class="roster-none">${t("roster.as_open")}</span>`}
      ${absence && html`<span class="roster-mark is-bad"><${Icon} name="user-x" size=${13} />${t("roster.absent")}${!isWhole && ` ${absence.since ?? ""}–${absence.until ?? ""}`}</span>`}
      ${plan.shifts.some((s) => s.covers_break) && html`<span class="roster-mark"><${Icon} name="coffee" size=${13} />${t("roster.covers_break_short")}</span>`}
    </button>
  </td>`;
}

/** Officers of a day, each once. @param {import("./roster_model.js").Shift[]} plan */
function byOfficer(plan) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const s of plan) found.set(s.officer, [...(found.get(s.officer) ?? []), hoursOf(s)]);
  return [...found].map(([officer, hours]) => ({ officer, hours: hours.join(", ") }));
}

function DraftBar() {
  const { add, drop } = changes.value;
  const n = Math.max(add.length, drop.length);
  return html`<div class="roster-draft" role="region" aria-label=${t("roster.draft")}>
    <p role="status"><${Icon} name="list-checks" size=${20} /><b>${n === 0 ? t("roster.draft_same") : t("roster.draft_n", { n })}</b></p>
    <span class="grow"></span>
    <button type="button" class="quiet-button" disabled=${steps.value.length === 0} onClick=${stepBack}><${Icon} name="undo-2" size=${17} />${t("roster.step_back")}</button>
    <button type="button" class="quiet-button" data-testid="forget-draft" onClick=${forget}>${t("roster.forget")}</button>
    <button type="button" class="button" data-testid="review" disabled=${n === 0} onClick=${() => (open.value = { kind: "save" })}>${t("roster.review")}</button>
  </div>`;
}

/** @param {{problems: string[]}} props */
function FileDialog({ problems }) {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => element.current?.showModal(), []);
  return html`<dialog ref=${element} class="roster-dialog" onClose=${() => (open.value = null)} aria-labelledby="roster-file-title">
    <form method="dialog">
      <h2 id="roster-file-title">${t("roster.file_bad")}</h2>
      <ul class="roster-problems" data-scroll tabindex="0">${problems.map((one) => html`<li key=${one}><${Icon} name="triangle-alert" size=${17} />${one}</li>`)}</ul>
      <p class="hint">${t("roster.file_form")}</p>
      <footer><button class="button">${t("people.close")}</button></footer>
    </form>
  </dialog>`;
}

/** The draft: the days to live again, and up to four plans made of friendly changes. */
import { useState } from "preact/hooks";
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { ask, draft, isAsking, known, refusal } from "./plans_calls.js";
import { FORMS, Form } from "./plans_forms.js";
import { LEAST_DAYS, MOST_PLANS, freeName, lastDays, weekdaysOf } from "./plans_model.js";
import { changeWords, shortWords } from "./plans_words.js";
import { dayName } from "./roster_words.js";
import { dayMonth } from "./time.js";

/** @typedef {import("./plans_model.js").Plan} Plan */
/** @typedef {import("./plans_model.js").Change} Change */

const COUNTS = [10, 20, 30, 60];
const SKILLS = [0.8, 0.9, 1];

/** @param {Partial<typeof draft.value>} change */
const alter = (change) => (draft.value = { ...draft.value, ...change });

/** A plan of the draft that has no change yet. @returns {Plan} */
function fresh() {
  const name = freeName(draft.value.plans, (n) => t("plan.name_n", { n }));
  return { name, changes: [], new_skill: 0.8 };
}

/** @param {(plan: Plan) => Plan} how */
function edit(how) {
  const { plans, at } = draft.value;
  const whole = plans.length > 0 ? plans : [fresh()];
  alter({ plans: whole.map((plan, n) => (n === at ? how(plan) : plan)) });
}

/** The keyboard goes on at a kind of change, once what it stood on is gone. @param {string} kind */
function goOnAt(kind) {
  requestAnimationFrame(() => document.getElementById(`plan-kind-${kind}`)?.focus());
}

/** The days that the draft takes. */
export function draftDays() {
  return draft.value.days ?? lastDays(known.value?.days ?? [], draft.value.count, draft.value.weekdays);
}

export function PlansBuild() {
  if (!known.value) return null;
  const { plans, at } = draft.value;
  const shown = plans.length > 0 ? plans : [fresh()];
  const ready = shown.filter((plan) => plan.changes.length > 0);
  const days = draftDays();
  return html`<div class="plan-build">
    <${Days} />
    <section class="card plan-edit" aria-labelledby="plan-edit">
      <h3 id="plan-edit">${t("plan.plans")}</h3>
      <div class="plan-tabs" role="group" aria-label=${t("plan.plans")}>
        ${shown.map((plan, n) => html`<button type="button" key=${n} aria-pressed=${n === at} onClick=${() => alter({ plans: shown, at: n })}><i class="plan-mark" data-n=${n + 1} aria-hidden="true">${n + 1}</i>${plan.name}</button>`)}
        ${shown.length < MOST_PLANS && html`<button type="button" class="plan-more" data-testid="plan-more" onClick=${() => alter({ plans: [...shown, { ...fresh(), name: freeName(shown, (n) => t("plan.name_n", { n })) }], at: shown.length })}>+ ${t("plan.another")}</button>`}
      </div>
      <${Editor} plan=${shown[Math.min(at, shown.length - 1)]} count=${shown.length} />
    </section>
    <div class="plan-go">
      ${refusal.value && html`<p class="report-trouble" role="alert">${refusal.value}</p>`}
      <button type="button" class="button" data-testid="plan-run" disabled=${ready.length === 0 || isAsking.value || days.length === 0} onClick=${() => void ask(ready, days, ready.map((p) => p.name).join(" · "))}>
        <${Icon} name="play" size=${19} />${t("plan.run", { n: ready.length })}</button>
      <span class="hint">${days.length === 0 ? t("plan.run_no_days") : ready.length === 0 ? t("plan.run_empty") : t("plan.run_hint", { days: days.length })}</span>
    </div>
  </div>`;
}

function Days() {
  const all = known.value?.days ?? [];
  const days = draftDays();
  const people = all.filter((one) => days.includes(one.day)).reduce((sum, one) => sum + one.people, 0);
  const every = weekdaysOf(all.map((one) => one.day));
  const wanted = draft.value.weekdays ?? every;
  const turn = (/** @type {number} */ n) => {
    const left = wanted.includes(n) ? wanted.filter((one) => one !== n) : every.filter((one) => one === n || wanted.includes(one));
    alter({ days: null, weekdays: left.length === every.length ? null : left });
  };
  const toggle = (/** @type {string} */ day) => alter({ days: days.includes(day) ? days.filter((d) => d !== day) : [...days, day].sort() });
  const offered = all.slice(-Math.max(60, days.length));
  if (all.length === 0) {
    return html`<section class="card plan-days" aria-labelledby="plan-days"><h3 id="plan-days">${t("plan.days")}</h3>
      <p class="plan-warn" role="status" data-testid="plan-no-days"><${Icon} name="info" size=${16} />${t("plan.no_days")}</p></section>`;
  }
  return html`<section class="card plan-days" aria-labelledby="plan-days">
    <h3 id="plan-days">${t("plan.days")}</h3>
    <div class="plan-counts" role="group" aria-label=${t("plan.days")}>
      ${COUNTS.filter((count, n) => n === 0 || all.length > COUNTS[n - 1]).map((count) => html`<button type="button" key=${count} aria-pressed=${!draft.value.days && draft.value.count === count} onClick=${() => alter({ count, days: null })}>${t("plan.last_days", { n: count })}</button>`)}
    </div>
    ${every.length > 1 && html`<div class="plan-counts plan-weekdays" role="group" aria-label=${t("plan.weekdays")}><span>${t("plan.weekdays")}</span>
      ${every.map((n) => html`<button type="button" key=${n} aria-pressed=${!draft.value.days && wanted.includes(n)} aria-label=${dayName(n)} data-testid=${`plan-weekday-${n}`} onClick=${() => turn(n)}>${t(`roster.short_${n}`)}</button>`)}</div>`}
    ${days.length > 0 && html`<p class="hint" data-testid="plan-range">${t("plan.range", { n: days.length, since: dayMonth(days[0]), until: dayMonth(days[days.length - 1]), people: decimal(people, 0) })}</p>`}
    ${days.length < LEAST_DAYS && html`<p class="plan-warn" role="status"><${Icon} name="triangle-alert" size=${16} />${t("plan.too_few", { least: LEAST_DAYS })}</p>`}
    <details><summary>${t("plan.choose_days")}</summary>
      <div class="plan-calendar">${offered.map(({ day, people: n }) => html`<label key=${day}><input type="checkbox" checked=${days.includes(day)} onChange=${() => toggle(day)} /><span>${dayMonth(day)}<small>${decimal(n, 0)}</small></span></label>`)}</div>
    </details>
  </section>`;
}

/** @param {{plan: Plan, count: number}} props */
function Editor({ plan, count }) {
  const [kind, setKind] = useState("");
  const add = (/** @type {Change} */ change) => {
    edit((one) => ({ ...one, name: named(one, change), changes: [...one.changes, change] }));
    setKind("");
    goOnAt(kind || FORMS[0].id);
  };
  const drop = (/** @type {number} */ at) => {
    edit((one) => ({ ...one, changes: one.changes.filter((_, n) => n !== at) }));
    goOnAt(FORMS[0].id);
  };
  const remove = () => alter({ plans: draft.value.plans.filter((_, n) => n !== draft.value.at), at: 0 });
  return html`<div class="plan-one">
    <div class="plan-top">
      <label class="plan-name"><span>${t("plan.name")}</span><input value=${plan.name} maxlength="80" onInput=${(/** @type {any} */ e) => edit((one) => ({ ...one, name: e.currentTarget.value }))} /></label>
      ${count > 1 && html`<button type="button" class="quiet-button" onClick=${remove}><${Icon} name="x" size=${16} />${t("plan.remove")}</button>`}
    </div>
    ${plan.changes.length > 0 && html`<ul class="plan-changes" aria-label=${t("plan.changes")}>${plan.changes.map((change, n) => html`<li key=${n}><span>${changeWords(change)}</span>
      <button type="button" aria-label=${t("plan.drop", { what: changeWords(change) })} onClick=${() => drop(n)}><${Icon} name="x" size=${15} /></button></li>`)}</ul>`}
    ${plan.changes.length === 0 && !kind && html`<${Ideas} add=${add} />`}
    <div class="plan-kinds" role="group" aria-label=${t("plan.add_change")}>
      ${FORMS.map(({ id, icon }) => html`<button type="button" key=${id} id=${`plan-kind-${id}`} data-testid=${`plan-kind-${id}`} aria-expanded=${kind === id} onClick=${() => setKind(kind === id ? "" : id)}><${Icon} name=${icon} size=${20} /><span>${t(`plan.kind_${id}`)}</span></button>`)}
    </div>
    ${kind && html`<${Form} key=${kind} kind=${kind} add=${add} days=${draftDays()} />`}
    ${needsSkill(plan) && html`<label class="plan-skill"><span>${t("plan.skill")}</span>
      <select value=${plan.new_skill} onChange=${(/** @type {any} */ e) => edit((one) => ({ ...one, new_skill: Number(e.currentTarget.value) }))}>
        ${SKILLS.map((skill) => html`<option key=${skill} value=${skill}>${t(`plan.skill_${100 * skill}`)}</option>`)}</select></label>`}
  </div>`;
}

/** A plan that nobody named is called after its first change. @param {Plan} plan @param {Change} change */
function named(plan, change) {
  const isOurs = plan.changes.length === 0 && /^\D+\d$/u.test(plan.name) && plan.name === t("plan.name_n", { n: plan.name.slice(-1) });
  if (!isOurs) return plan.name;
  const others = draft.value.plans.filter((one) => one !== plan).map((one) => one.name);
  const wanted = shortWords(change);
  return others.includes(wanted) ? plan.name : wanted;
}

/** Whether somebody serves what they never served. @param {Plan} plan */
function needsSkill(plan) {
  return plan.changes.some((change) => change.kind === "pool" || change.kind === "serve");
}

/** What many offices would try first. @param {{add: (change: Change) => void}} props */
function Ideas({ add }) {
  const now = known.value?.now;
  if (!now || now.counters.length < 2) return null;
  const everybody = now.counters.map((one) => one.id);
  const first = now.counters[0];
  return html`<div class="plan-ideas"><span>${t("plan.ideas")}</span>
    <button type="button" data-testid="plan-idea-pool" onClick=${() => add({ kind: "pool", counters: everybody, how: "own_empty", minutes: 15 })}><${Icon} name="users" size=${16} />${t("plan.idea_pool")}</button>
    <button type="button" onClick=${() => add({ kind: "add_counter", queues: first.own, hours: ["08:00", "10:30"] })}><${Icon} name="clock" size=${16} />${t("plan.idea_helper")}</button>
    <button type="button" onClick=${() => add({ kind: "lunch_cover", counters: everybody.slice(0, 2) })}><${Icon} name="coffee" size=${16} />${t("plan.idea_lunch")}</button>
  </div>`;
}

/** The forms of a plan's changes: counters and queues are pressed, hours and numbers are chosen. */
import { useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { known } from "./plans_calls.js";
import { rulesOf } from "./plans_model.js";
import { prefixOf, queueOf } from "./plans_words.js";

/** @typedef {import("./plans_model.js").Change} Change */
/** @typedef {(change: Change) => void} Add */

export const FORMS = [
  { id: "pool", icon: "users" },
  { id: "counters", icon: "user-plus" },
  { id: "serve", icon: "arrow-right-left" },
  { id: "opening", icon: "clock" },
  { id: "rules", icon: "list-checks" },
];

/** @param {{kind: string, add: Add}} props */
export function Form({ kind, add }) {
  if (kind === "pool") return html`<${PoolForm} add=${add} />`;
  if (kind === "counters") return html`<${CountersForm} add=${add} />`;
  if (kind === "serve") return html`<${ServeForm} add=${add} />`;
  if (kind === "opening") return html`<${OpeningForm} add=${add} />`;
  return html`<${RulesForm} add=${add} />`;
}

/** @param {{label: string, all: {id: string, text: string, hint?: string}[], chosen: string[], choose: (ids: string[]) => void, isNamed?: boolean}} props */
function Chips({ label, all, chosen, choose, isNamed = false }) {
  const toggle = (/** @type {string} */ id) => choose(chosen.includes(id) ? chosen.filter((one) => one !== id) : all.map((one) => one.id).filter((one) => one === id || chosen.includes(one)));
  return html`<fieldset class="plan-chips"><legend>${label}</legend>
    <button type="button" class="plan-all" onClick=${() => choose(chosen.length === all.length ? [] : all.map((one) => one.id))}>${t(chosen.length === all.length ? "plan.choose_none" : "plan.choose_all")}</button>
    ${all.map(({ id, text, hint }) => html`<button type="button" key=${id} class="plan-chip" aria-pressed=${chosen.includes(id)} title=${hint} aria-label=${hint ? `${text}: ${hint}` : text} onClick=${() => toggle(id)}><b>${text}</b>${isNamed && hint && html`<span>${hint}</span>`}</button>`)}
  </fieldset>`;
}

function counterChips() {
  const counters = known.value?.now.counters ?? [];
  return counters.map((one) => ({ id: one.id, text: String(one.number), hint: one.queues.map(queueOf).join(", ") }));
}

function queueChips() {
  const queues = known.value?.now.queues ?? [];
  return queues.map((one) => ({ id: one.id, text: prefixOf(one.id), hint: queueOf(one.id) }));
}

/** @param {{ready: boolean, onAdd: () => void}} props */
function AddButton({ ready, onAdd }) {
  return html`<button type="button" class="button" data-testid="plan-add" disabled=${!ready} onClick=${onAdd}><${Icon} name="check" size=${18} />${t("plan.add")}</button>`;
}

/** @param {{label: string, value: string|number, options: [string|number, string][], choose: (value: string) => void, testid?: string}} props */
function Select({ label, value, options, choose, testid }) {
  return html`<label class="plan-field"><span>${label}</span><select value=${value} data-testid=${testid} onChange=${(/** @type {any} */ e) => choose(e.currentTarget.value)}>
    ${options.map(([id, text]) => html`<option key=${id} value=${id}>${text}</option>`)}</select></label>`;
}

/** @param {{label: string, value: number, least: number, most: number, choose: (value: number) => void}} props */
function NumberField({ label, value, least, most, choose }) {
  return html`<label class="plan-field"><span>${label}</span><input type="number" min=${least} max=${most} value=${value} onInput=${(/** @type {any} */ e) => choose(Number(e.currentTarget.value))} /></label>`;
}

/** @param {{value: [string, string], choose: (value: [string, string]) => void, label: string}} props */
function HoursField({ value, choose, label }) {
  return html`<fieldset class="plan-hours"><legend>${label}</legend>
    <input type="time" value=${value[0]} aria-label=${`${label}: ${t("plan.from")}`} onInput=${(/** @type {any} */ e) => choose([e.currentTarget.value, value[1]])} /> –
    <input type="time" value=${value[1]} aria-label=${`${label}: ${t("plan.to")}`} onInput=${(/** @type {any} */ e) => choose([value[0], e.currentTarget.value])} /></fieldset>`;
}

/** @param {{add: Add}} props */
function PoolForm({ add }) {
  const [counters, setCounters] = useState(/** @type {string[]} */ ([]));
  const [how, setHow] = useState("own_empty");
  const [minutes, setMinutes] = useState(15);
  return html`<div class="plan-form">
    <p class="hint">${t("plan.pool_hint")}</p>
    <${Chips} label=${t("plan.counters")} all=${counterChips()} chosen=${counters} choose=${setCounters} />
    <div class="plan-fields">
      <${Select} label=${t("plan.how")} value=${how} choose=${setHow} options=${["own_empty", "wait_over", "always"].map((one) => [one, t(`plan.how_${one}`)])} />
      ${how === "wait_over" && html`<${NumberField} label=${t("plan.over_minutes")} value=${minutes} least=${1} most=${120} choose=${setMinutes} />`}
    </div>
    <${AddButton} ready=${counters.length > 1} onAdd=${() => add({ kind: "pool", counters, how, minutes })} />
  </div>`;
}

/** @param {{add: Add}} props */
function CountersForm({ add }) {
  const [what, setWhat] = useState("add");
  const [queues, setQueues] = useState(/** @type {string[]} */ ([]));
  const [counters, setCounters] = useState(/** @type {string[]} */ ([]));
  const [span, setSpan] = useState(/** @type {[string, string]} */ (["08:00", "10:30"]));
  const isNew = what === "add" || what === "helper";
  const ready = isNew ? queues.length > 0 : counters.length > 0;
  const done = () => {
    if (isNew) add({ kind: "add_counter", queues, hours: what === "helper" ? span : null });
    else if (what === "lunch") add({ kind: "lunch_cover", counters });
    else for (const counter of counters) add(what === "remove" ? { kind: "remove_counter", counter } : { kind: "counter_hours", counter, hours: [span] });
  };
  return html`<div class="plan-form">
    <div class="plan-fields">
      <${Select} label=${t("plan.what")} value=${what} choose=${setWhat} testid="plan-what" options=${["add", "helper", "remove", "hours", "lunch"].map((one) => [one, t(`plan.what_${one}`)])} />
      ${(what === "helper" || what === "hours") && html`<${HoursField} label=${t("plan.hours")} value=${span} choose=${setSpan} />`}
    </div>
    ${isNew ? html`<${Chips} label=${t("plan.queues")} isNamed=${true} all=${queueChips()} chosen=${queues} choose=${setQueues} />`
      : html`<${Chips} label=${t("plan.counters")} all=${counterChips()} chosen=${counters} choose=${setCounters} />`}
    <${AddButton} ready=${ready} onAdd=${done} />
  </div>`;
}

/** @param {{add: Add}} props */
function ServeForm({ add }) {
  const all = known.value?.now.counters ?? [];
  const [counter, setCounter] = useState(all[0]?.id ?? "");
  const [queues, setQueues] = useState(all[0]?.own ?? []);
  const [others, setOthers] = useState(/** @type {string[]} */ ([]));
  const [minutes, setMinutes] = useState(0);
  const choose = (/** @type {string} */ id) => {
    setCounter(id);
    setQueues(all.find((one) => one.id === id)?.own ?? []);
  };
  return html`<div class="plan-form">
    <${Select} label=${t("plan.counter")} value=${counter} choose=${choose} options=${all.map((one) => [one.id, t("plan.counter_n", { n: one.number })])} />
    <${Chips} label=${t("plan.own_queues")} isNamed=${true} all=${queueChips()} chosen=${queues} choose=${setQueues} />
    <${Chips} label=${t("plan.other_queues")} isNamed=${true} all=${queueChips().filter((one) => !queues.includes(one.id))} chosen=${others} choose=${setOthers} />
    ${others.length > 0 && html`<${Select} label=${t("plan.when")} value=${minutes} choose=${(/** @type {string} */ v) => setMinutes(Number(v))} options=${[[0, t("plan.when_empty")], ...[10, 15, 20, 30].map((n) => [n, t("plan.when_over", { n })])]} />`}
    <${AddButton} ready=${queues.length > 0} onAdd=${() => add({ kind: "serve", counter, queues, others: others.filter((q) => !queues.includes(q)), over_minutes: minutes })} />
  </div>`;
}

/** @param {{add: Add}} props */
function OpeningForm({ add }) {
  const now = known.value?.now.sessions ?? [];
  const [sessions, setSessions] = useState(now);
  const isSame = JSON.stringify(sessions) === JSON.stringify(now);
  return html`<div class="plan-form">
    <p class="hint">${t("plan.opening_hint")}</p>
    <div class="plan-fields">${sessions.map((session, n) => html`<${HoursField} key=${n} label=${t("plan.session", { n: n + 1 })} value=${session} choose=${(/** @type {[string, string]} */ v) => setSessions(sessions.map((one, i) => (i === n ? v : one)))} />`)}</div>
    <${AddButton} ready=${!isSame} onAdd=${() => add({ kind: "opening_hours", sessions })} />
  </div>`;
}

/** @param {{add: Add}} props */
function RulesForm({ add }) {
  const policy = known.value?.now.policy;
  const [mode, setMode] = useState(policy?.mode ?? "interleave");
  const [ratio, setRatio] = useState(policy?.normal_per_priority ?? 2);
  const [start, setStart] = useState(policy?.head_start_minutes ?? 15);
  const [cap, setCap] = useState(policy?.cap_minutes ?? 20);
  if (!policy) return null;
  const rules = rulesOf({ mode, ratio, start, cap }, policy);
  return html`<div class="plan-form">
    <div class="plan-fields">
      <${Select} label=${t("plan.mode")} value=${mode} choose=${setMode} options=${["interleave", "strict", "head_start"].map((one) => [one, t(`plan.mode_${one}`)])} />
      ${mode === "interleave" && html`<${NumberField} label=${t("plan.ratio")} value=${ratio} least=${1} most=${20} choose=${setRatio} />`}
      ${mode === "head_start" && html`<${NumberField} label=${t("plan.head_start")} value=${start} least=${0} most=${240} choose=${setStart} />`}
      <${NumberField} label=${t("plan.cap")} value=${cap} least=${0} most=${600} choose=${setCap} />
    </div>
    <${AddButton} ready=${rules !== null} onAdd=${() => rules && add(rules)} />
  </div>`;
}

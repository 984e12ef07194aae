/** The forms of a plan's changes: counters and queues are pressed, hours and numbers are chosen. */
import { useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { known } from "./plans_calls.js";
import { rulesOf } from "./plans_model.js";
import { AddButton, Chips, HoursField, NumberField, Select, counterChips, queueChips } from "./plans_fields.js";
import { OpeningForm, RosterForm } from "./plans_hours.js";

/** @typedef {import("./plans_model.js").Change} Change */
/** @typedef {(change: Change) => void} Add */

export const FORMS = [
  { id: "pool", icon: "users" },
  { id: "counters", icon: "user-plus" },
  { id: "serve", icon: "arrow-right-left" },
  { id: "opening", icon: "clock" },
  { id: "roster", icon: "calendar-days" },
  { id: "rules", icon: "list-checks" },
];

/** @param {{kind: string, add: Add, days: string[]}} props `days`: those that the draft takes */
export function Form({ kind, add, days }) {
  if (kind === "pool") return html`<${PoolForm} add=${add} />`;
  if (kind === "counters") return html`<${CountersForm} add=${add} />`;
  if (kind === "serve") return html`<${ServeForm} add=${add} />`;
  if (kind === "opening") return html`<${OpeningForm} add=${add} days=${days} />`;
  if (kind === "roster") return html`<${RosterForm} add=${add} days=${days} />`;
  return html`<${RulesForm} add=${add} />`;
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

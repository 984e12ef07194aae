/** What the forms of a plan's changes are made of. */
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { known } from "./plans_calls.js";
import { prefixOf, queueOf } from "./plans_words.js";

/** @param {{label: string, all: {id: string, text: string, hint?: string}[], chosen: string[], choose: (ids: string[]) => void, isNamed?: boolean}} props */
export function Chips({ label, all, chosen, choose, isNamed = false }) {
  const toggle = (/** @type {string} */ id) => choose(chosen.includes(id) ? chosen.filter((one) => one !== id) : all.map((one) => one.id).filter((one) => one === id || chosen.includes(one)));
  return html`<fieldset class="plan-chips"><legend>${label}</legend>
    <button type="button" class="plan-all" onClick=${() => choose(chosen.length === all.length ? [] : all.map((one) => one.id))}>${t(chosen.length === all.length ? "plan.choose_none" : "plan.choose_all")}</button>
    ${all.map(({ id, text, hint }) => html`<button type="button" key=${id} class="plan-chip" aria-pressed=${chosen.includes(id)} title=${hint} aria-label=${hint ? `${text}: ${hint}` : text} onClick=${() => toggle(id)}><b>${text}</b>${isNamed && hint && html`<span>${hint}</span>`}</button>`)}
  </fieldset>`;
}

export function counterChips() {
  const counters = known.value?.now.counters ?? [];
  return counters.map((one) => ({ id: one.id, text: String(one.number), hint: one.queues.map(queueOf).join(", ") }));
}

export function queueChips() {
  const queues = known.value?.now.queues ?? [];
  return queues.map((one) => ({ id: one.id, text: prefixOf(one.id), hint: queueOf(one.id) }));
}

/** @param {{ready: boolean, onAdd: () => void}} props */
export function AddButton({ ready, onAdd }) {
  return html`<button type="button" class="button" data-testid="plan-add" disabled=${!ready} onClick=${onAdd}><${Icon} name="check" size=${18} />${t("plan.add")}</button>`;
}

/** @param {{label: string, value: string|number, options: [string|number, string][], choose: (value: string) => void, testid?: string}} props */
export function Select({ label, value, options, choose, testid }) {
  return html`<label class="plan-field"><span>${label}</span><select value=${value} data-testid=${testid} onChange=${(/** @type {any} */ e) => choose(e.currentTarget.value)}>
    ${options.map(([id, text]) => html`<option key=${id} value=${id}>${text}</option>`)}</select></label>`;
}

/** @param {{label: string, value: number, least: number, most: number, choose: (value: number) => void}} props */
export function NumberField({ label, value, least, most, choose }) {
  return html`<label class="plan-field"><span>${label}</span><input type="number" min=${least} max=${most} value=${value} onInput=${(/** @type {any} */ e) => choose(Number(e.currentTarget.value))} /></label>`;
}

/** @param {{value: [string, string], choose: (value: [string, string]) => void, label: string}} props */
export function HoursField({ value, choose, label }) {
  return html`<fieldset class="plan-hours"><legend>${label}</legend>
    <input type="time" value=${value[0]} aria-label=${`${label}: ${t("plan.from")}`} onInput=${(/** @type {any} */ e) => choose([e.currentTarget.value, value[1]])} /> –
    <input type="time" value=${value[1]} aria-label=${`${label}: ${t("plan.to")}`} onInput=${(/** @type {any} */ e) => choose([value[0], e.currentTarget.value])} /></fieldset>`;
}

/** The form of a draft: every value with what it does and what it may be. */
import { useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { change, discard, edit, editing, fault, isUnsaved, known, mine, preview, publishing, save } from "./policy_calls.js";
import { say, hasPage } from "./store.js";

/** @typedef {import("./policy_calls.js").Group} Group */
/** @typedef {import("./policy_calls.js").Mode} Mode */
/** @typedef {import("./policy_calls.js").Policy} Policy */
/** @typedef {Record<string, [number, number]>} Limits */

/** @type {Mode[]} */
const MODES = ["interleave", "head_start", "strict"];
const DAY_CLOSE = ["close", "carry_over", "ask"];
const OTHER = [
  "recalls_before_no_show", "yield_places", "undo_seconds", "counter_lease_minutes", "rating_hours", "rating_pad_seconds",
  "follow_up_days",
];

/** @param {string} field */
const isAtFault = (field) => fault.value?.field === field;
/** @param {any} event */
const whole = (event) => Math.trunc(Number(event.currentTarget.value));

/** @param {{limits: Limits, isWaiting: boolean}} props */
export function Editor({ limits, isWaiting }) {
  const policy = /** @type {Policy} */ (editing.value);
  const [isSure, setSure] = useState(false);
  const close = () => (editing.value = null);
  const leave = () => (isUnsaved() && !isSure ? setSure(true) : close());
  const drop = async () => {
    const stored = mine();
    if (stored) await discard(stored.id);
    close();
  };
  const keep = async () => {
    if (await save()) say(t("calling.saved"));
  };
  const tryOut = async () => {
    const draft = await save();
    if (draft) location.hash = `#plans?draft=${encodeURIComponent(draft)}`;
  };
  const own = mine();
  const version = known.value?.in_force.version ?? 0;
  const older = own && own.base < version ? t("calling.older_base", { n: own.base, now: version }) : "";
  const hasChange = (preview.value?.difference.length ?? 0) > 0;
  return html`<form class="card policy-editor" aria-labelledby="policy-editor" onSubmit=${(/** @type {Event} */ e) => e.preventDefault()}>
    <header>
      <h2 id="policy-editor">${t("calling.draft_title")}</h2>
      <button type="button" class="quiet-button" onClick=${() => known.value && edit(known.value.in_force.policy)}>
        <${Icon} name="rotate-ccw" size=${16} />${t("calling.as_in_force")}</button>
    </header>
    <p class="refused" role="alert">${fault.value && html`<${Icon} name="triangle-alert" size=${18} />${fault.value.words}`}</p>
    <footer>
      <button type="button" class="button" data-testid="policy-publish" disabled=${!hasChange || Boolean(fault.value) || isWaiting}
        onClick=${() => (publishing.value = { policy, restores: null })}>${t("calling.publish")}…</button>
      ${hasPage("plans") && html`<button type="button" class="quiet-button" onClick=${tryOut}><${Icon} name="play" size=${16} />${t("calling.try_out")}</button>`}
      <button type="button" class="quiet-button" data-testid="policy-save" disabled=${Boolean(fault.value)} onClick=${keep}>${t("calling.save")}</button>
      <button type="button" class=${isSure ? "quiet-button danger" : "quiet-button"} data-testid="policy-close" onClick=${leave} onBlur=${() => setSure(false)}>${t(isSure ? "calling.close_sure" : "calling.close")}</button>
      ${mine() && html`<button type="button" class="quiet-button" onClick=${drop}>${t("calling.discard")}</button>`}
    </footer>
    ${isWaiting && html`<p class="hint">${t("calling.one_at_a_time")}</p>`}
    ${older && html`<p class="hint" role="status"><${Icon} name="info" size=${16} />${" "}${older}</p>`}
    <${Modes} policy=${policy} limits=${limits} />
    <${Groups} policy=${policy} limits=${limits} />
    <${Targets} policy=${policy} limits=${limits} />
    <${Others} policy=${policy} limits=${limits} />
  </form>`;
}

/** @param {{policy: Policy, limits: Limits}} props */
function Modes({ policy, limits }) {
  return html`<fieldset class="policy-modes">
    <legend>${t("calling.mode")}</legend>
    ${MODES.map((mode) => html`<label key=${mode} class="policy-mode">
      <input type="radio" name="mode" value=${mode} checked=${policy.mode === mode} onChange=${() => change({ mode })} />
      <span><b>${t(`calling.mode_${mode}`)}</b><small>${t(`calling.mode_${mode}_means`)}</small></span>
    </label>`)}
    <div class="policy-numbers">
      ${policy.mode === "interleave" && html`<${Figure} name="normal_per_priority" policy=${policy} limits=${limits} />`}
      <${Figure} name="overtaking_cap_minutes" policy=${policy} limits=${limits} />
    </div>
  </fieldset>`;
}

/** One whole number: its name, its limits, its unit, what it does. @param {{name: string, policy: Policy, limits: Limits}} props */
function Figure({ name, policy, limits }) {
  const [low, high] = limits[name] ?? [0, 999];
  return html`<label class="policy-figure">
    <span class="name">${t(`calling.field_${name}`)}</span>
    <span class="box"><input type="number" inputmode="numeric" min=${low} max=${high} value=${policy[name]} data-testid=${`policy-${name}`}
      aria-invalid=${isAtFault(name)} aria-describedby=${`about-${name}`} onInput=${(/** @type {any} */ e) => change({ [name]: whole(e) })} />
      <em>${t(`calling.unit_${name}`)}</em></span>
    <small id=${`about-${name}`}>${t(`calling.about_${name}`)} ${t("calling.from_to", { low, high })}</small>
  </label>`;
}

/** @param {{policy: Policy, limits: Limits}} props */
function Targets({ policy, limits }) {
  const [low, high] = limits.wait_targets_minutes;
  const [amber, red] = policy.wait_targets_minutes;
  const box = (/** @type {string} */ name, /** @type {number} */ value, /** @type {(n: number) => [number, number]} */ pair) =>
    html`<label class="policy-figure"><span class="name">${t(`calling.target_${name}`)}</span>
      <span class="box"><input type="number" inputmode="numeric" min=${low} max=${high} value=${value} aria-invalid=${isAtFault("wait_targets_minutes")}
        onInput=${(/** @type {any} */ e) => change({ wait_targets_minutes: pair(whole(e)) })} /><em>${t("calling.unit_minutes")}</em></span></label>`;
  return html`<fieldset><legend>${t("calling.targets")}</legend>
    <p class="hint">${t("calling.about_targets")} ${t("calling.from_to", { low, high })}</p>
    <div class="policy-numbers">${box("amber", amber, (n) => [n, red])}${box("red", red, (n) => [amber, n])}</div>
  </fieldset>`;
}

/** @param {{policy: Policy, limits: Limits}} props */
function Groups({ policy, limits }) {
  const put = (/** @type {number} */ at, /** @type {Partial<Group>} */ values) =>
    change({ classes: policy.classes.map((one, n) => (n === at ? { ...one, ...values } : one)) });
  const add = () => {
    const rank = Math.min(limits.rank[1], Math.max(0, ...policy.classes.map((one) => one.rank)) + 1);
    change({ classes: [...policy.classes, { code: "", name: { vi: "", en: "" }, rank, head_start_minutes: 15, urgent: false }] });
  };
  return html`<fieldset class="policy-groups">
    <legend>${t("calling.groups")}</legend>
    <p class="hint">${t("calling.about_groups")}</p>
    <div class="policy-rows">
      ${policy.classes.map((one, n) => html`<${GroupRow} key=${n} one=${one} at=${n} isHeadStart=${policy.mode === "head_start"} limits=${limits} put=${put}
        drop=${() => change({ classes: policy.classes.filter((_, m) => m !== n) })} />`)}
    </div>
    <button type="button" class="quiet-button" data-testid="policy-add-group" onClick=${add}><${Icon} name="user-plus" size=${16} />${t("calling.add_group")}</button>
  </fieldset>`;
}

/** @param {{one: Group, at: number, isHeadStart: boolean, limits: Limits, put: (at: number, values: Partial<Group>) => void, drop: () => void}} props */
function GroupRow({ one, at, isHeadStart, limits, put, drop }) {
  const bad = (/** @type {string} */ name) => isAtFault(`classes.${at}.${name}`);
  const about = one.name.vi || one.code || String(at + 1);
  const number = (/** @type {"rank"|"head_start_minutes"} */ name) => html`<label class=${name}><span>${t(`calling.group_${name}`)}</span>
    <input type="number" inputmode="numeric" min=${limits[name][0]} max=${limits[name][1]} value=${one[name]} aria-invalid=${bad(name)}
      onInput=${(/** @type {any} */ e) => put(at, { [name]: whole(e) })} /></label>`;
  const text = (/** @type {"vi"|"en"} */ name) => html`<label class=${`name ${name}`}><span>${t(`calling.group_${name}`)}</span>
    <input lang=${name} value=${one.name[name]} maxlength="80" aria-invalid=${bad("name")}
      onInput=${(/** @type {any} */ e) => put(at, { name: { ...one.name, [name]: e.currentTarget.value } })} /></label>`;
  return html`<div role="group" aria-label=${about} class=${isHeadStart ? "policy-row has-start" : "policy-row"}>
    <label class="code"><span>${t("calling.group_code")}</span>
      <input value=${one.code} maxlength="8" autocapitalize="characters" aria-invalid=${bad("code")}
        onInput=${(/** @type {any} */ e) => put(at, { code: e.currentTarget.value.toUpperCase() })} /></label>
    ${text("vi")}${number("rank")}${isHeadStart && number("head_start_minutes")}${text("en")}
    <label class="urgent"><input type="checkbox" checked=${one.urgent} onChange=${(/** @type {any} */ e) => put(at, { urgent: e.currentTarget.checked })} />
      <span>${t("calling.group_urgent")}</span></label>
    <button type="button" class="quiet-button" aria-label=${t("calling.drop_group", { name: about })} onClick=${drop}><${Icon} name="x" size=${16} /></button>
  </div>`;
}

/** @param {{policy: Policy, limits: Limits}} props */
function Others({ policy, limits }) {
  return html`<details class="policy-others"><summary>${t("calling.others")}<${Icon} name="chevron-down" size=${16} /></summary>
    <div class="policy-numbers">
      <label class="policy-figure"><span class="name">${t("calling.field_day_close")}</span>
        <select value=${policy.day_close} onChange=${(/** @type {any} */ e) => change({ day_close: e.currentTarget.value })}>
          ${DAY_CLOSE.map((one) => html`<option key=${one} value=${one}>${t(`policy.value.day_close.${one}`)}</option>`)}
        </select></label>
      ${OTHER.map((name) => html`<${Figure} key=${name} name=${name} policy=${policy} limits=${limits} />`)}
    </div>
  </details>`;
}

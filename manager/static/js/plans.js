/** "Thử phương án": plans beside the present, on days that were really lived. */
import { useEffect, useRef, useState } from "preact/hooks";
import { clock, shortDate } from "/static/js/format.js";
import { knows, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { PlansBuild } from "./plans_build.js";
import { blank, chosen, close, deed, draft, fresh, isBusy, known, load, missing, open, opened, plansOf, takePolicyDraft, trouble } from "./plans_calls.js";
import { PlansResult } from "./plans_result.js";

/** @typedef {import("./plans_calls.js").Trial} Trial */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

const LOOK_MS = 1_000;
const REST = 20;

/** @param {{snapshot: Snapshot}} props */
export function PlansPage({ snapshot }) {
  useEffect(() => {
    void load().then(takePolicyDraft);
    let beats = 0;
    const timer = setInterval(() => {
      beats += 1;
      if (!isBusy() && beats % REST !== 0) return;
      void load();
      const under = opened.peek()?.plan.state;
      if (chosen.peek() && (under === "queued" || under === "working")) void open(chosen.peek());
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  if (!known.value) return html`<p class="card empty" role="status">${trouble.value || t("manager.loading")}</p>`;
  return html`<div class="plans">
    <${Kept} snapshot=${snapshot} />
    <div class="plan-main">${chosen.value === "" ? html`<${Intro} /><${PlansBuild} />` : html`<${Opened} snapshot=${snapshot} />`}</div>
  </div>`;
}

function Intro() {
  return html`<p class="plan-intro">${t("plan.intro")}</p>`;
}

/** @param {{snapshot: Snapshot}} props */
function Kept({ snapshot }) {
  const zone = snapshot.branch.time_zone;
  const trials = known.value?.plans ?? [];
  return html`<aside class="card plan-kept" aria-labelledby="plan-kept">
    <button type="button" class="button plan-new" data-testid="plan-new" aria-pressed=${chosen.value === ""} onClick=${close}><${Icon} name="file-plus" size=${18} />${t("plan.new")}</button>
    <h2 id="plan-kept">${t("plan.kept")}</h2>
    ${trials.length === 0 && html`<p class="hint">${t("plan.none_kept")}</p>`}
    <ul>${trials.map((one) => html`<li key=${one.id}><button type="button" data-testid="plan-kept" data-state=${one.state} aria-pressed=${chosen.value === one.id} onClick=${() => void open(one.id)}>
      <b>${one.name}</b><small>${t(`plan.state_${one.state}`)} · ${clock(one.asked_at, zone)} ${shortDate(one.asked_at, zone)}</small></button></li>`)}</ul>
  </aside>`;
}

/** @param {{snapshot: Snapshot}} props */
function Opened({ snapshot }) {
  const found = opened.value;
  if (!found) {
    if (!missing.value) return html`<p class="card empty" role="status">${t("manager.loading")}</p>`;
    return html`<section class="card plan-failed" role="alert" data-testid="plan-missing"><${Icon} name="triangle-alert" size=${18} /><span>${missing.value}</span>
      <button type="button" class="quiet-button" onClick=${() => void open(chosen.value)}><${Icon} name="rotate-ccw" size=${16} />${t("plan.look_again")}</button></section>`;
  }
  const { plan: trial, result } = found;
  const isUnderWay = trial.state === "queued" || trial.state === "working";
  return html`<${Top} key=${trial.id} trial=${trial} zone=${snapshot.branch.time_zone} />
    ${isUnderWay && missing.value && html`<p class="plan-warn" role="status" data-testid="plan-missing"><${Icon} name="wifi-off" size=${16} />${missing.value}</p>`}
    ${isUnderWay && html`<${Progress} trial=${trial} />`}
    ${trial.state === "failed" && html`<p class="card plan-failed" role="alert"><${Icon} name="triangle-alert" size=${18} /> ${knows(`plan.reason_${trial.reason}`) ? t(`plan.reason_${trial.reason}`) : t("plan.reason_internal")}</p>`}
    ${trial.state === "cancelled" && html`<p class="card empty">${t("plan.was_cancelled")}</p>`}
    ${trial.state === "ready" && result && html`<${PlansResult} trial=${trial} result=${result} />`}`;
}

/** @param {{trial: Trial, zone: string}} props */
function Top({ trial, zone }) {
  const [name, setName] = useState(/** @type {string|null} */ (null));
  const [isSure, setSure] = useState(false);
  const title = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    if (fresh.id !== trial.id) return;
    fresh.id = "";
    title.current?.focus();
  }, []);
  const again = () => {
    draft.value = blank({ plans: plansOf(trial), days: trial.days });
    close();
  };
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    // The words stay in the field until the server has them.
    if (!name?.trim()) setName(null);
    else void deed("rename", trial.id, name.trim()).then((isDone) => isDone && setName(null));
  };
  return html`<header class="plan-title">
    ${name === null
      ? html`<div><h2 ref=${title} tabindex="-1" data-testid="plan-title">${trial.name}</h2><small>${t("plan.asked", { by: trial.asked_by.split(":").pop() ?? "", at: `${clock(trial.asked_at, zone)} ${shortDate(trial.asked_at, zone)}`, n: trial.days.length })}</small></div>`
      : html`<form onSubmit=${save}><label><span class="visually-hidden">${t("plan.name")}</span><input value=${name} maxlength="80" data-testid="plan-rename" onInput=${(/** @type {any} */ e) => setName(e.currentTarget.value)} /></label><button class="quiet-button">${t("plan.save")}</button></form>`}
    <div class="plan-deeds">
      ${name === null && html`<button type="button" class="quiet-button" onClick=${() => setName(trial.name)}>${t("plan.rename")}</button>`}
      <button type="button" class="quiet-button" data-testid="plan-again" onClick=${again}><${Icon} name="copy" size=${16} />${t("plan.again")}</button>
      ${isSure
        ? html`<button type="button" class="quiet-button danger" data-testid="plan-delete-sure" onClick=${() => void deed("delete", trial.id)}><${Icon} name="delete" size=${16} />${t("plan.delete_sure")}</button>`
        : html`<button type="button" class="quiet-button" data-testid="plan-delete" onClick=${() => setSure(true)}><${Icon} name="delete" size=${16} />${t("plan.delete")}</button>`}
    </div>
  </header>`;
}

/** @param {{trial: Trial}} props */
function Progress({ trial }) {
  const text = trial.state === "queued" ? t("plan.queued") : t("plan.working", { done: Math.floor(trial.done / 2), total: Math.floor(trial.total / 2) });
  return html`<section class="card plan-progress">
    <progress max=${trial.total} value=${trial.done} aria-label=${text}></progress><span role="status">${text}</span>
    ${trial.is_stalled && html`<p class="plan-warn" role="status" data-testid="plan-stalled"><${Icon} name="triangle-alert" size=${16} />${t("plan.stalled")}</p>`}
    <button type="button" class="quiet-button" data-testid="plan-cancel" onClick=${() => void deed("cancel", trial.id)}><${Icon} name="x" size=${16} />${t("plan.cancel")}</button>
  </section>`;
}

/** The calling rules: what is in force, in sentences; a draft and what it would change; all versions. */
import { useEffect, useState } from "preact/hooks";
import { clock, shortDate } from "/static/js/format.js";
import { language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { may } from "./permissions.js";
import { discard, edit, editing, isUnsaved, known, load, look, mine, publishing, trouble, withdraw } from "./policy_calls.js";
import { Editor } from "./policy_editor.js";
import { History } from "./policy_history.js";
import { PreviewCard } from "./policy_preview.js";
import { PublishDialog } from "./policy_publish.js";

/** @typedef {import("./policy_calls.js").Known} Known */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

const AGAIN_MS = 5_000;
/** How the next person is chosen stands first and large. */
const FIRST = 3;

/** @param {{snapshot: Snapshot}} props */
export function PolicyPage({ snapshot }) {
  const spoken = language.value;
  useEffect(() => {
    void load();
    if (editing.peek()) look(/** @type {any} */ (editing.peek()), 0);
    const timer = setInterval(() => {
      void load();
      // People come and are called: the order is shown as it would be now.
      if (editing.peek()) look(/** @type {any} */ (editing.peek()), 0);
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [spoken]);
  const found = known.value;
  if (!found) return html`<p class="card empty" role="status">${trouble.value || t("manager.loading")}</p>`;
  const zone = snapshot.branch.time_zone;
  const may_publish = may(snapshot, "manage_policy");
  return html`<div class="policy">
    ${found.pending && html`<${Waiting} pending=${found.pending} zone=${zone} may_publish=${may_publish} />`}
    <${InForce} found=${found} zone=${zone} may_publish=${may_publish} />
    ${editing.value && may_publish &&
    html`<div class="policy-work"><${Editor} limits=${found.limits} isWaiting=${Boolean(found.pending)} /><${PreviewCard} /></div>`}
    ${may_publish && html`<${Drafts} found=${found} zone=${zone} />`}
    <${History} found=${found} zone=${zone} may_publish=${may_publish} />
    ${publishing.value && html`<${PublishDialog} found=${found} zone=${zone} />`}
  </div>`;
}

/** @param {string} at @param {string} zone */
const when = (at, zone) => `${clock(at, zone)} ${shortDate(at, zone)}`;

/** @param {{found: Known, zone: string, may_publish: boolean}} props */
function InForce({ found, zone, may_publish }) {
  const one = found.in_force;
  // Beside a draft one line is enough to know what it is held against.
  const told = editing.value ? 1 : FIRST;
  const [first, rest] = [one.sentences.slice(0, told), one.sentences.slice(told)];
  return html`<section class="card policy-now" aria-labelledby="policy-now" data-testid="policy-now" data-version=${one.version}>
    <header>
      <div>
        <h2 id="policy-now"><${Icon} name="circle-check" size=${20} />${t("calling.in_force", { n: one.version })}</h2>
        <p class="by">${t("calling.since", { at: when(one.at, zone), by: who(one) })}${one.note ? ` · “${one.note}”` : ""}${" · "}${t("calling.calls", { n: one.calls })}</p>
      </div>
      ${may_publish && !editing.value &&
      html`<button type="button" class="button" data-testid="policy-edit" onClick=${() => edit(mine()?.policy ?? one.policy)}>
        <${Icon} name="file-text" size=${18} />${t(mine() ? "calling.go_on" : "calling.compose")}
      </button>`}
    </header>
    <ul class="policy-first">${first.map((line, n) => html`<li key=${n}>${line}</li>`)}</ul>
    <details>
      <summary>${t("calling.more")}<${Icon} name="chevron-down" size=${16} /></summary>
      <ul class="policy-rest">${rest.map((line, n) => html`<li key=${n}>${line}</li>`)}</ul>
    </details>
  </section>`;
}

/** @param {{pending: import("./policy_calls.js").Pending, zone: string, may_publish: boolean}} props */
function Waiting({ pending, zone, may_publish }) {
  return html`<section class="policy-waiting" aria-labelledby="policy-waiting" data-testid="policy-waiting">
    <${Icon} name="clock" size=${22} />
    <div>
      <h2 id="policy-waiting">${t("calling.pending", { at: when(pending.effective_at, zone) })}</h2>
      <p>${`${t("calling.pending_by", { by: pending.by })} · “${pending.note}”`}</p>
      <ul>${pending.difference.map((line) => html`<li key=${line}>${line}</li>`)}</ul>
    </div>
    ${may_publish &&
    html`<button type="button" class="quiet-button" data-testid="policy-withdraw"
      onClick=${() => void withdraw(pending.scheduled, t("calling.withdrawn"))}><${Icon} name="x" size=${16} />${t("calling.withdraw")}</button>`}
  </section>`;
}

/** Those of others; one's own is in the editor, or one press away. @param {{found: Known, zone: string}} props */
function Drafts({ found, zone }) {
  const [sure, setSure] = useState("");
  /** @param {import("./policy_calls.js").Draft} one */
  const take = (one) => {
    // What stands in the editor would be lost: once more, then.
    if (isUnsaved() && sure !== one.id) return setSure(one.id);
    setSure("");
    edit(one.policy);
  };
  const shown = found.drafts.filter((one) => !one.is_mine || !editing.value);
  if (shown.length === 0) return null;
  return html`<section class="card policy-drafts" aria-labelledby="policy-drafts">
    <h2 id="policy-drafts">${t("calling.drafts")}</h2>
    <ul>
      ${shown.map((one) => html`<li key=${one.id} data-testid="policy-draft">
        <div><b>${one.is_mine ? t("calling.draft_mine") : t("calling.draft_of", { name: one.name })}</b>
          <small>${when(one.changed_at, zone)} · ${one.difference.length === 0 ? t("calling.no_change") : one.difference.join("; ")}</small></div>
        <button type="button" class="quiet-button" onClick=${() => take(one)} onBlur=${() => setSure("")}>${t(sure === one.id ? "calling.open_sure" : "calling.open_draft")}</button>
        <button type="button" class="quiet-button" onClick=${() => void discard(one.id)}><${Icon} name="x" size=${16} />${t("calling.discard")}</button>
      </li>`)}
    </ul>
  </section>`;
}

/** Who published a version: a person, or a branch file. @param {{by: string, actor: string}} one */
export function who(one) {
  return one.by || (one.actor.startsWith("job:") ? t("calling.by_file") : one.actor);
}

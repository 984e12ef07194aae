/** Who did what beside the log: sign-ins, refusals, permissions used, settings, exports. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, shortDate } from "/static/js/format.js";
import { language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { actionWords, detailText, inWords, outcomeWords } from "./audit_words.js";
import { csvText, download } from "./csv.js";
import { may } from "./permissions.js";
import { say, socket } from "./store.js";

/** @typedef {import("./audit_words.js").Line} Line */
/** @typedef {import("./audit_words.js").Names} Names */

/** Typing is not a question: it is asked when it has stopped, ms. */
const QUIET_MS = 400;
/** @type {import("@preact/signals").Signal<{lines: Line[], is_cut: boolean, actions: string[], names: Names} | null>} */
const found = signal(null);
const trouble = signal("");
const wanted = signal({ action: "", actor: "", from: "", to: "" });
/** @type {ReturnType<typeof setTimeout> | undefined} */
let asking;

async function search() {
  const ack = await socket.emit("ask", { name: "audit.search", ...wanted.peek() });
  trouble.value = ack.ok ? "" : ack.error.message;
  if (ack.ok) found.value = ack.result;
}

/** @param {Partial<typeof wanted.value>} change */
function want(change) {
  wanted.value = { ...wanted.peek(), ...change };
  clearTimeout(asking);
  asking = setTimeout(search, QUIET_MS);
}

/** @param {string} zone */
async function save(zone) {
  const ack = await socket.emit("ask", { name: "audit.export", ...wanted.peek() }, { timeout: 15_000 });
  if (!ack.ok) return say(ack.error.message, true);
  const head = ["at", "actor", "action", "outcome", "detail", "address"].map((name) => t(`trail.${name}`));
  const { lines, names } = /** @type {{lines: Line[], names: Names}} */ (ack.result);
  const rows = lines.map((line) => [line.at, line.actor, actionWords(line.action), outcomeWords(line.outcome), detailText(line, names), line.address]);
  return download(`audit-${shortDate(socket.serverNow(), zone).replaceAll("/", "-")}.csv`, csvText(head, rows, language.value));
}

/** @param {{snapshot: import("./rows.js").Snapshot}} props */
export function AuditPage({ snapshot }) {
  const zone = snapshot.branch.time_zone;
  useEffect(() => void search(), []);
  const known = found.value;
  return html`<div class="card audit">
    <form class="audit-tools" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label><span>${t("trail.action")}</span>
        <select value=${wanted.value.action} data-testid="audit-action" onChange=${(/** @type {any} */ e) => want({ action: e.currentTarget.value })}>
          <option value="">${t("trail.all")}</option>
          ${(known?.actions ?? []).map((one) => html`<option key=${one} value=${one}>${actionWords(one)}</option>`)}
        </select></label>
      <label><span>${t("trail.actor")}</span>
        <input value=${wanted.value.actor} maxlength="80" data-testid="audit-actor" onInput=${(/** @type {any} */ e) => want({ actor: e.currentTarget.value })} /></label>
      <label><span>${t("trail.from")}</span><input type="date" value=${wanted.value.from} onInput=${(/** @type {any} */ e) => want({ from: e.currentTarget.value })} /></label>
      <label><span>${t("trail.to")}</span><input type="date" value=${wanted.value.to} onInput=${(/** @type {any} */ e) => want({ to: e.currentTarget.value })} /></label>
      ${may(snapshot, "export") && html`<button type="button" class="quiet-button" onClick=${() => void save(zone)}><${Icon} name="download" size=${16} />${t("trail.export")}</button>`}
    </form>
    ${trouble.value && html`<p class="audit-trouble" role="alert">${trouble.value}</p>`}
    ${!known ? html`<p class="empty" role="status">${t("manager.loading")}</p>` : html`<${Lines} lines=${known.lines} names=${known.names} zone=${zone} />`}
    ${known?.is_cut && html`<p class="hint">${t("trail.cut", { n: known.lines.length })}</p>`}
  </div>`;
}

/** @param {{lines: Line[], names: Names, zone: string}} props */
function Lines({ lines, names, zone }) {
  if (lines.length === 0) return html`<p class="empty">${t("trail.none")}</p>`;
  return html`<div class="scroll audit-scroll" tabindex="0" role="region" aria-label=${t("manager.nav.audit")}>
    <table class="list audit-list">
      <thead><tr>${["at", "actor", "action", "outcome", "detail", "address"].map((name) => html`<th scope="col" key=${name}>${t(`trail.${name}`)}</th>`)}</tr></thead>
      <tbody>${lines.map((line) => html`<${Row} key=${line.id} line=${line} names=${names} zone=${zone} />`)}</tbody>
    </table>
  </div>`;
}

/** @param {{line: Line, names: Names, zone: string}} props */
function Row({ line, names, zone }) {
  const said = inWords(line, names);
  return html`<tr class=${line.outcome === "ok" ? "" : "is-refused"} data-action=${line.action}>
    <td class="numbers"><b>${clock(line.at, zone)}</b><small>${shortDate(line.at, zone)}</small></td>
    <td class="audit-words">${said.actor.words}<code>${said.actor.code}</code></td>
    <td class="audit-words">${said.action.words}<code>${said.action.code}</code></td>
    <td>${line.outcome === "ok" ? said.outcome : html`<b class="audit-refused"><${Icon} name="shield-alert" size=${15} /> ${said.outcome}</b>`}</td>
    <td class="audit-detail">${said.detail.map(({ name, words, code }) => html`<span key=${name}><span>${name}:</span> ${words}${code && html` <code>${code}</code>`}</span>`)}</td>
    <td class="numbers">${line.address}</td>
  </tr>`;
}

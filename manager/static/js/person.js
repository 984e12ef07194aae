/** One account: what may be changed of it, what may be done to it, and the tokens that act for it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { shortDate } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { accounts, change, chosen, grantName, person, roleName, secret } from "./people_calls.js";
import { tables } from "./store.js";

/** @typedef {import("./people_calls.js").Person} Person */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

function close() {
  chosen.value = null;
  secret.value = null;
}

/** @param {{snapshot: Snapshot}} props */
export function PersonDialog({ snapshot }) {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => element.current?.showModal(), []);
  const one = person.value;
  const me = /** @type {any} */ (snapshot.catalogue).me?.account;
  return html`<dialog ref=${element} class="person" onClose=${close} aria-labelledby="person-title">
    <header>
      <h2 id="person-title">${one ? one.name : t("people.add")}</h2>
      ${one && html`<code>${one.username}</code>`}
      <button type="button" class="person-close" aria-label=${t("people.close")} onClick=${() => element.current?.close()}>
        <${Icon} name="x" size=${22} />
      </button>
    </header>
    ${secret.value
      ? html`<${Secret} />`
      : html`<${Details} one=${one} isMe=${one?.username === me} />
          ${one && html`<${Deeds} one=${one} isMe=${one.username === me} />`}
          ${one && html`<${Tokens} one=${one} zone=${snapshot.branch.time_zone} />`}`}
  </dialog>`;
}

/** Shown once, large enough to be read out. */
function Secret() {
  const shown = secret.value;
  const [copied, setCopied] = useState(false);
  if (!shown) return null;
  const copy = () => navigator.clipboard?.writeText(shown.text).then(() => setCopied(true), () => {});
  const done = () => {
    secret.value = null;
    if (chosen.value === "") chosen.value = null;
  };
  return html`<div class="once" role="status">
    <p>${t(`people.once_${shown.kind}`)}</p>
    <code class="once-text" data-testid="secret">${shown.text}</code>
    <footer>
      ${navigator.clipboard && html`<button type="button" class="quiet-button" onClick=${copy}>
        <${Icon} name=${copied ? "check" : "copy"} size=${18} />${t(copied ? "people.copied" : "people.copy")}</button>`}
      <button type="button" class="button" data-testid="secret-noted" onClick=${done}>${t("people.noted")}</button>
    </footer>
  </div>`;
}

/** @param {{one: Person|null, isMe: boolean}} props */
function Details({ one, isMe }) {
  const known = accounts.value;
  const [username, setUsername] = useState("");
  const [name, setName] = useState(one?.name ?? "");
  const [title, setTitle] = useState(one?.title ?? "");
  const [role, setRole] = useState(one?.role ?? "officer");
  const [grants, setGrants] = useState(one?.grants ?? []);
  const [refused, setRefused] = useState("");
  const isReady = name.trim() !== "" && (one !== null || username.trim() !== "");
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!isReady) return;
    const args = { username: one?.username ?? username.trim(), full_name: name.trim(), title: title.trim(), role, grants };
    setRefused(await change(one ? "change_person" : "add_person", args, t("people.saved")));
  };
  const toggle = (/** @type {string} */ grant) =>
    setGrants(grants.includes(grant) ? grants.filter((other) => other !== grant) : [...grants, grant]);
  return html`<form class="person-details" onSubmit=${save} autocomplete="off">
    ${!one && html`<${Field} id="person-username" label=${t("people.username")} hint=${t("people.username_rule")} value=${username} most=${40} set=${setUsername} />`}
    <${Field} id="person-name" label=${t("people.full_name")} value=${name} most=${120} set=${setName} />
    <${Field} id="person-job" label=${t("people.job")} value=${title} most=${120} set=${setTitle} isOptional />
    <div class="field">
      <label for="person-role">${t("people.role")}</label>
      <select id="person-role" value=${role} disabled=${isMe} onChange=${(/** @type {any} */ e) => setRole(e.currentTarget.value)}>
        ${known?.roles.map((other) => html`<option key=${other} value=${other}>${roleName(other)}</option>`)}
      </select>
      <p class="hint">${t(`role.what_${role}`)}</p>
    </div>
    <fieldset class="person-grants">
      <legend>${t("people.grants")}</legend>
      ${known?.grantable.map((grant) => html`<label key=${grant} class="check">
        <input type="checkbox" checked=${grants.includes(grant)} onChange=${() => toggle(grant)} />${grantName(grant)}</label>`)}
    </fieldset>
    ${refused && html`<p class="refused" role="alert"><${Icon} name="triangle-alert" size=${18} />${refused}</p>`}
    <footer>
      ${!one && html`<p class="hint">${t("people.add_hint")}</p>`}
      <button class="button" data-testid="save-person" disabled=${!isReady}>${t(one ? "people.save" : "people.add")}</button>
    </footer>
  </form>`;
}

/** @param {{id: string, label: string, value: string, most: number, set: (value: string) => void, hint?: string, isOptional?: boolean}} props */
function Field({ id, label, value, most, set, hint = "", isOptional = false }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} value=${value} maxlength=${most} required=${!isOptional} autocapitalize="none" spellcheck=${false}
      onInput=${(/** @type {any} */ e) => set(e.currentTarget.value)} />
    ${hint && html`<p class="hint">${hint}</p>`}
  </div>`;
}

/** @param {{one: Person, isMe: boolean}} props */
function Deeds({ one, isMe }) {
  const [refused, setRefused] = useState("");
  const [sure, setSure] = useState("");
  const [subject, setSubject] = useState("");
  const act = async (/** @type {string} */ name, args = {}) => {
    setSure("");
    setRefused(await change(name, { username: one.username, ...args }, t("people.done")));
  };
  /** Asked twice: the second press, on the same button, does it. */
  const deed = (/** @type {string} */ name, /** @type {string} */ icon, isShown = true, isDanger = false) =>
    isShown &&
    html`<button type="button" class="quiet-button ${isDanger ? "danger" : ""}" data-testid=${name}
      onBlur=${() => setSure("")} onClick=${() => (sure === name ? act(name) : setSure(name))}>
      <${Icon} name=${icon} size=${18} />${t(sure === name ? "people.sure" : `people.${name}`)}
    </button>`;
  return html`<section class="person-deeds" aria-label=${t("people.deeds")}>
    <h3>${t("people.deeds")}</h3>
    ${isMe
      ? html`<p class="hint">${t("people.is_me")} <a href="/password">${t("people.own_password")}</a> · <a href="/second-factor">${t("people.own_factor")}</a></p>`
      : html`<div class="deed-row">
          ${deed("give_password", "key-round")} ${deed("unlock_person", "lock-open", one.is_locked)}
          ${deed("reset_second_factor", "shield-off", one.has_second_factor)}
          ${deed("end_sign_ins", "log-out", one.sign_ins > 0)}
          ${deed("disable_person", "ban", !one.is_disabled, true)} ${deed("enable_person", "circle-check", one.is_disabled)}
        </div>`}
    ${refused && html`<p class="refused" role="alert"><${Icon} name="triangle-alert" size=${18} />${refused}</p>`}
    <form class="inline-form" onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void act("link_person", { subject: subject.trim() }); setSubject(""); }}>
      <div class="field">
        <label for="person-subject">${t("people.subject")}</label>
        <input id="person-subject" value=${subject} maxlength="200" autocomplete="off" spellcheck=${false}
          placeholder=${t(one.is_linked ? "people.subject_linked" : "people.subject_none")}
          onInput=${(/** @type {any} */ e) => setSubject(e.currentTarget.value)} />
      </div>
      <button class="quiet-button">${t(one.is_linked && !subject.trim() ? "people.unlink" : "people.link")}</button>
    </form>
  </section>`;
}

/** @param {{one: Person, zone: string}} props */
function Tokens({ one, zone }) {
  const [label, setLabel] = useState("");
  const [counter, setCounter] = useState("");
  const [refused, setRefused] = useState("");
  const mine = accounts.value?.tokens.filter((token) => token.username === one.username && !token.revoked) ?? [];
  const counters = Object.values(tables.value.counters ?? {}).sort((a, b) => a.number - b.number);
  const placeOf = (/** @type {string|null} */ id) =>
    id ? t("people.at_counter", { n: counters.find((other) => other.id === id)?.number }) : t("people.any_counter");
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!label.trim()) return;
    setRefused(await change("add_token", { username: one.username, label: label.trim(), counter }, ""));
    setLabel("");
  };
  const revoke = (/** @type {string} */ id) => async () => setRefused(await change("revoke_token", { id }, t("people.done")));
  return html`<section class="person-tokens" aria-label=${t("people.tokens")}>
    <h3>${t("people.tokens")}</h3>
    <p class="hint">${t("people.tokens_what")}</p>
    <ul>
      ${mine.map((token) => html`<li key=${token.id}>
        <span><b>${token.name}</b> ${`· ${placeOf(token.counter_id)} · ${shortDate(token.added_at, zone)}`}</span>
        <button type="button" class="quiet-button danger" aria-label=${t("people.revoke_of", { name: token.name })} onClick=${revoke(token.id)}>${t("people.revoke")}</button>
      </li>`)}
    </ul>
    ${refused && html`<p class="refused" role="alert"><${Icon} name="triangle-alert" size=${18} />${refused}</p>`}
    <form class="inline-form" onSubmit=${add}>
      <div class="field"><label for="token-label">${t("people.token_label")}</label>
        <input id="token-label" value=${label} maxlength="120" autocomplete="off" onInput=${(/** @type {any} */ e) => setLabel(e.currentTarget.value)} /></div>
      <div class="field"><label for="token-counter">${t("people.token_counter")}</label>
        <select id="token-counter" value=${counter} onChange=${(/** @type {any} */ e) => setCounter(e.currentTarget.value)}>
          <option value="">${t("people.any_counter")}</option>
          ${counters.map((other) => html`<option key=${other.id} value=${other.id}>${t("people.at_counter", { n: other.number })}</option>`)}
        </select></div>
      <button class="quiet-button" data-testid="add-token" disabled=${!label.trim()}>${t("people.add_token")}</button>
    </form>
  </section>`;
}

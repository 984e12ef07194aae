/** The accounts of the branch: who they are, what they may do, and what keeps them from signing in. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, shortDate } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { accounts, chosen, folded, grantName, load, roleName, trouble } from "./people_calls.js";
import { PersonDialog } from "./person.js";

/** @typedef {import("./people_calls.js").Person} Person */

/** Somebody locks an account, or signs in, while the page stands open. */
const AGAIN_MS = 15_000;
const sought = signal("");
const role = signal("");

/** @param {Person} one */
function isWanted(one) {
  const text = folded(`${one.name} ${one.username} ${one.title}`);
  return (role.value === "" || one.role === role.value) && text.includes(folded(sought.value.trim()));
}

/** By role, then by name, "Quầy 2" before "Quầy 10"; who is shut out comes last. @param {string[]} roles */
function inOrder(roles) {
  return (/** @type {Person} */ a, /** @type {Person} */ b) =>
    Number(a.is_disabled) - Number(b.is_disabled) ||
    roles.indexOf(a.role) - roles.indexOf(b.role) ||
    a.name.localeCompare(b.name, "vi", { numeric: true }) ||
    a.username.localeCompare(b.username, "vi", { numeric: true });
}

/** @param {{snapshot: import("./rows.js").Snapshot}} props */
export function PeoplePage({ snapshot }) {
  useEffect(() => {
    void load();
    const timer = setInterval(load, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const known = accounts.value;
  if (!known) return html`<p class="card empty" role="status">${trouble.value || t("manager.loading")}</p>`;
  const rows = known.people.filter(isWanted).sort(inOrder(known.roles));
  return html`<div class="card people">
    <${Tools} roles=${known.roles} />
    <div class="scroll people-scroll" tabindex="0" role="region" aria-label=${t("manager.nav.people")}>
      <table class="list people-list">
        <thead>
          <tr>
            <th scope="col">${t("people.name")}</th>
            <th scope="col">${t("people.username")}</th>
            <th scope="col">${t("people.role")}</th>
            <th scope="col">${t("people.grants")}</th>
            <th scope="col">${t("people.state")}</th>
            <th scope="col">${t("people.sign_ins")}</th>
            <td></td>
          </tr>
        </thead>
        <tbody>
          ${rows.map((one) => html`<${Row} key=${one.username} one=${one} zone=${snapshot.branch.time_zone} />`)}
        </tbody>
      </table>
      ${rows.length === 0 && html`<p class="empty">${t("people.nobody")}</p>`}
    </div>
    ${chosen.value !== null && html`<${PersonDialog} key=${chosen.value} snapshot=${snapshot} />`}
  </div>`;
}

/** @param {{roles: string[]}} props */
function Tools({ roles }) {
  return html`<div class="people-tools">
    <label class="people-search"><${Icon} name="search" size=${18} /><span class="visually-hidden">${t("people.search")}</span>
      <input type="search" placeholder=${t("people.search")} value=${sought.value}
        onInput=${(/** @type {any} */ e) => (sought.value = e.currentTarget.value)} /></label>
    <label><span class="visually-hidden">${t("people.role")}</span>
      <select value=${role.value} onChange=${(/** @type {any} */ e) => (role.value = e.currentTarget.value)}>
        <option value="">${t("people.all_roles")}</option>
        ${roles.map((one) => html`<option key=${one} value=${one}>${roleName(one)}</option>`)}
      </select></label>
    <span class="people-space"></span>
    <button type="button" class="button" data-testid="add-person" onClick=${() => (chosen.value = "")}>
      <${Icon} name="user-plus" size=${18} />${t("people.add")}
    </button>
  </div>`;
}

/** @param {{one: Person, zone: string}} props */
function Row({ one, zone }) {
  return html`<tr class=${one.is_disabled ? "is-disabled" : ""} data-username=${one.username}>
    <th scope="row"><b>${one.name}</b>${one.title && html`<small>${one.title}</small>`}</th>
    <td><code>${one.username}</code></td>
    <td><span class="role role-${one.role}">${roleName(one.role)}</span></td>
    <td class="people-grants">${one.grants.map(grantName).join(", ") || html`<span class="dim">–</span>`}</td>
    <td><${Marks} one=${one} /></td>
    <td class="people-last">${one.sign_ins > 0
      ? html`<b class="num">${one.sign_ins}</b><small>${t("people.last", { at: `${clock(one.last_at, zone)} ${shortDate(one.last_at, zone).slice(0, 5)}` })}</small>`
      : html`<span class="dim">–</span>`}</td>
    <td class="act">
      <button type="button" class="quiet-button" aria-label=${t("people.open_of", { name: one.name })} onClick=${() => (chosen.value = one.username)}>
        ${t("people.open")}
      </button>
    </td>
  </tr>`;
}

/** What is to be known of the account, each in a word with its icon. @param {{one: Person}} props */
export function Marks({ one }) {
  /** @type {[boolean, string, string, string][]} */
  const all = [
    [one.is_disabled, "ban", t("people.is_disabled"), "bad"],
    [one.is_locked, "lock", t("people.is_locked"), "bad"],
    [one.must_change, "key-round", t("people.must_change"), "soon"],
    [one.has_second_factor, "shield-check", t("people.has_second_factor"), "good"],
    [one.is_linked, "link", t("people.is_linked"), ""],
  ];
  const held = all.filter(([holds]) => holds);
  if (held.length === 0) return html`<span class="dim">–</span>`;
  return html`<ul class="marks">
    ${held.map(([, icon, words, kind]) => html`<li key=${icon} class=${kind}><${Icon} name=${icon} size=${15} />${words}</li>`)}
  </ul>`;
}

/** One device on the wall: how it is, in words with their icons. */
import { clock, dayOf, shortDate } from "/static/js/format.js";
import { knows, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { chosen, counterName, printerName } from "./devices_calls.js";
import { socket } from "./store.js";

/** @typedef {import("./devices_calls.js").Device} Device */
/** @typedef {import("./devices_calls.js").Contact} Contact */
/** @typedef {import("./devices_calls.js").State} State */

/** @type {Record<State, [icon: string, look: string]>} */
const STATES = {
  here: ["wifi", "good"],
  lost: ["wifi-off", "bad"],
  never: ["clock", "quiet"],
  unknown: ["info", "quiet"],
  revoked: ["ban", "quiet"],
  unwatched: ["key-round", "quiet"],
};
const WELL = new Set(["ok"]);
const SOON = new Set(["paper_low"]);
const SOUNDS = { on: "good", chime: "soon", muted: "bad", none: "bad" };
/** A pulse comes every five seconds: so old is what is heard while all is well. */
const FRESH_S = 12;

/** @param {{one: Device, zone: string, mayChange: boolean}} props */
export function DeviceCard({ one, zone, mayChange }) {
  const paper = one.kind === "kiosk" ? socket.state.value?.tables.printers?.[one.name]?.state : undefined;
  const { contact } = one;
  return html`<li class="card device" data-state=${one.state} data-testid="device" data-name=${one.name}>
    <header>
      <h3>${one.name}</h3>
      <${StateMark} state=${one.state} contact=${contact} zone=${zone} />
    </header>
    <dl>
      ${one.counter && fact("monitor", t("devices.counter"), counterName(one.counter))}
      ${one.kind === "kiosk" && fact("printer", t("devices.printer"), printerName(one.printer))}
      ${paper && paper !== "unknown" && fact("file-text", t("devices.paper"), t(`devices.paper_${paper}`), WELL.has(paper) ? "good" : SOON.has(paper) ? "soon" : "bad")}
      ${one.agent && fact("printer", t("devices.agent"), stateWords(one.agent.state, one.agent, zone), STATES[one.agent.state][1])}
      ${one.kind === "display" && contact?.sound && fact("volume-2", t("devices.sound"), t(`devices.sound_${contact.sound}`), SOUNDS[/** @type {keyof typeof SOUNDS} */ (contact.sound)])}
      ${one.state === "here" && contact && fact("timer", t("devices.data"), lag(contact), isFresh(contact) ? "" : "soon")}
      ${contact && fact("info", t("devices.version"), [contact.version, contact.browser].filter(Boolean).join(" · ") || "–")}
      ${contact && fact("smartphone", t("devices.address"), contact.address)}
    </dl>
    <ul class="device-notes">
      ${one.must_rotate && note("key-round", t("devices.must_rotate"))}
      ${contact?.problems.filter((code) => knows(`devices.problem_${code}`)).map((code) => note("triangle-alert", t(`devices.problem_${code}`)))}
    </ul>
    ${mayChange && one.state !== "revoked" && html`<button type="button" class="quiet-button" aria-label=${t("devices.open_of", { name: one.name })} onClick=${() => (chosen.value = one.id)}>${t("devices.open")}</button>`}
  </li>`;
}

/** @param {string} icon @param {string} name @param {string} words @param {string} [look] */
function fact(icon, name, words, look = "") {
  return html`<div class=${look}><dt><${Icon} name=${icon} size=${16} />${name}</dt><dd>${words}</dd></div>`;
}

/** @param {string} icon @param {string} words */
function note(icon, words) {
  return html`<li key=${words}><${Icon} name=${icon} size=${16} />${words}</li>`;
}

/** @param {{state: State, contact: Contact|null, zone: string}} props */
function StateMark({ state, contact, zone }) {
  const [icon, look] = STATES[state];
  return html`<p class="device-state ${look}"><${Icon} name=${icon} size=${17} />${stateWords(state, contact, zone)}</p>`;
}

/** @param {State} state @param {Contact|null} contact @param {string} zone */
function stateWords(state, contact, zone) {
  if (state !== "lost" || !contact) return t(`devices.state_${state}`);
  // By the machine's clock, as the server puts it down; the demo's own clock may be another day.
  const isToday = dayOf(new Date(), zone) === dayOf(contact.at, zone);
  const hour = clock(contact.at, zone);
  return t("devices.state_lost_since", { at: isToday ? hour : `${hour} ${shortDate(contact.at, zone)}` });
}

/** @param {Contact} contact */
function isFresh({ behind, lag_s: lagS }) {
  return !behind && (lagS ?? 0) <= FRESH_S;
}

/** @param {Contact} contact */
function lag(contact) {
  if (contact.behind === null || contact.lag_s === null) return t("devices.data_unsaid");
  if (isFresh(contact)) return t("devices.data_newest");
  return t("devices.data_behind", { n: contact.behind, s: Math.round(contact.lag_s) });
}

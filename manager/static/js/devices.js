/** The wall of devices: kiosks, displays, rating pads, and how each of them is. */
import { useEffect } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { DeviceCard } from "./device_card.js";
import { DeviceDialog } from "./device_dialog.js";
import { chosen, kindName, load, trouble, wall } from "./devices_calls.js";
import { PairDialog } from "./pair_dialog.js";
import { may } from "./permissions.js";

/** @typedef {import("./devices_calls.js").Device} Device */

const AGAIN_MS = 5_000;
const KINDS = ["kiosk", "display", "rating", "api"];
const ICONS = { kiosk: "tablet-smartphone", display: "tv", rating: "star", api: "key-round" };

/** "Quầy 2" before "Quầy 10". @param {Device} a @param {Device} b */
const inOrder = (a, b) => a.name.localeCompare(b.name, "vi", { numeric: true });

/** Told once above the displays, and no fault of any of them. @param {Device} one */
const isStopgapHeard = ({ state, contact }) => state === "here" && Boolean(contact?.problems.includes("voice_fallback"));

/** @param {{snapshot: import("./rows.js").Snapshot}} props */
export function DevicesPage({ snapshot }) {
  useEffect(() => {
    void load();
    const timer = setInterval(load, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const known = wall.value;
  const mayChange = may(snapshot, "manage_devices");
  if (!known) return html`<p class="card empty" role="status">${trouble.value || t("manager.loading")}</p>`;
  const zone = snapshot.branch.time_zone;
  const inUse = known.devices.filter((one) => one.state !== "revoked");
  const revoked = known.devices.filter((one) => one.state === "revoked").sort(inOrder);
  return html`<div class="devices">
    <${Top} inUse=${inUse} isKnown=${known.is_known} mayChange=${mayChange} />
    ${inUse.length === 0 && html`<p class="card empty">${t("devices.none")}</p>`}
    ${KINDS.map((kind) => {
      const mine = inUse.filter((one) => one.kind === kind).sort(inOrder);
      return mine.length > 0 && html`<section key=${kind} aria-labelledby=${`devices-${kind}`}>
        <h2 id=${`devices-${kind}`}><${Icon} name=${ICONS[/** @type {keyof typeof ICONS} */ (kind)]} size=${20} />${kindName(kind)}</h2>
        ${mine.some(isStopgapHeard) && html`<p class="devices-hint" data-testid="voice-hint"><${Icon} name="info" size=${18} />${t("devices.voice_fallback")}</p>`}
        <ul class="device-grid">${mine.map((one) => html`<${DeviceCard} key=${one.id} one=${one} zone=${zone} mayChange=${mayChange} />`)}</ul>
      </section>`;
    })}
    ${revoked.length > 0 && html`<details class="devices-revoked">
      <summary>${t("devices.revoked", { n: revoked.length })}</summary>
      <ul>${revoked.map((one) => html`<li key=${one.id}><${Icon} name="ban" size=${16} /><b>${one.name}</b> ${kindName(one.kind)}</li>`)}</ul>
    </details>`}
    ${chosen.value === "" && html`<${PairDialog} zone=${zone} />`}
    ${chosen.value && html`<${DeviceDialog} key=${chosen.value} />`}
  </div>`;
}

/** @param {{inUse: Device[], isKnown: boolean, mayChange: boolean}} props */
function Top({ inUse, isKnown, mayChange }) {
  const count = (/** @type {string} */ state) => inUse.filter((one) => one.state === state).length;
  const lost = count("lost");
  return html`<div class="devices-top">
    ${isKnown
      ? html`<p class="devices-sum" role="status">
          <span class="good"><${Icon} name="wifi" size=${18} />${t("devices.sum_here", { n: count("here") })}</span>
          ${lost > 0 && html`<span class="bad"><${Icon} name="wifi-off" size=${18} />${t("devices.sum_lost", { n: lost })}</span>`}
          ${count("never") > 0 && html`<span><${Icon} name="clock" size=${18} />${t("devices.sum_never", { n: count("never") })}</span>`}
        </p>`
      : html`<p class="devices-sum" role="status"><span class="soon"><${Icon} name="info" size=${18} />${t("devices.not_known")}</span></p>`}
    ${mayChange && html`<button type="button" class="button" data-testid="pair-device" onClick=${() => (chosen.value = "")}>
      <${Icon} name="link" size=${18} />${t("devices.pair")}</button>`}
  </div>`;
}

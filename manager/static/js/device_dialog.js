/** What may be changed of a device: its name, its printer, its token, whether it is let in. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { change, chosen, counterName, device, kindName } from "./devices_calls.js";

/** @typedef {import("./devices_calls.js").Device} Device */

const NAME_MAX = 60;

export function DeviceDialog() {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => element.current?.showModal(), []);
  const one = device.value;
  if (!one) return null;
  return html`<dialog ref=${element} class="person device-dialog" onClose=${() => (chosen.value = null)} aria-labelledby="device-title">
    <${Head} title=${one.name} note=${[kindName(one.kind), counterName(one.counter)].filter(Boolean).join(" · ")} close=${() => element.current?.close()} />
    <${Details} one=${one} />
    <${Deeds} one=${one} close=${() => element.current?.close()} />
  </dialog>`;
}

/** @param {{title: string, note?: string, close: () => void}} props */
export function Head({ title, note = "", close }) {
  return html`<header>
    <h2 id="device-title">${title}</h2>
    ${note && html`<span class="device-kind">${note}</span>`}
    <button type="button" class="person-close" aria-label=${t("people.close")} onClick=${close}><${Icon} name="x" size=${22} /></button>
  </header>`;
}

/** @param {{words: string}} props */
export function Refused({ words }) {
  return words && html`<p class="refused" role="alert"><${Icon} name="triangle-alert" size=${18} />${words}</p>`;
}

/** @param {{one: Device}} props */
function Details({ one }) {
  const [name, setName] = useState(one.name);
  const [printer, setPrinter] = useState(one.printer);
  const [refused, setRefused] = useState("");
  const isKiosk = one.kind === "kiosk";
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    let why = "";
    if (name.trim() !== one.name) why = await change("rename", { id: one.id, label: name.trim() }, t("devices.saved"));
    if (!why && isKiosk && printer !== one.printer) why = await change("printer", { id: one.id, printer }, t("devices.saved"));
    setRefused(why);
  };
  const isChanged = name.trim() !== one.name || (isKiosk && printer !== one.printer);
  return html`<form class="device-form" onSubmit=${save} autocomplete="off">
    <div class="field"><label for="device-name">${t("devices.name")}</label>
      <input id="device-name" value=${name} maxlength=${NAME_MAX} required onInput=${(/** @type {any} */ e) => setName(e.currentTarget.value)} /></div>
    ${isKiosk && html`<${PrinterField} value=${printer} set=${setPrinter} />`}
    <${Refused} words=${refused} />
    <footer><button class="button" data-testid="save-device" disabled=${!isChanged || !name.trim()}>${t("people.save")}</button></footer>
  </form>`;
}

/** Where a kiosk prints: three ways, one of which wants an address. @param {{value: string, set: (value: string) => void}} props */
export function PrinterField({ value, set }) {
  const known = value === "" || value === "agent" ? value : "address";
  const [way, setWay] = useState(known);
  const choose = (/** @type {string} */ chosenWay) => {
    setWay(chosenWay);
    set(chosenWay === "address" ? "" : chosenWay);
  };
  return html`<div class="field"><label for="device-printer">${t("devices.printer")}</label>
    <select id="device-printer" value=${way} onChange=${(/** @type {any} */ e) => choose(e.currentTarget.value)}>
      <option value="">${t("devices.printer_server")}</option>
      <option value="agent">${t("devices.printer_agent")}</option>
      <option value="address">${t("devices.printer_address")}</option>
    </select>
    ${way === "address" && html`<input aria-label=${t("devices.printer_address")} placeholder="tcp://192.168.1.50:9100" value=${value} maxlength="200" required
      autocapitalize="none" spellcheck=${false} onInput=${(/** @type {any} */ e) => set(e.currentTarget.value.trim())} />`}
  </div>`;
}

/** @param {{one: Device, close: () => void}} props */
function Deeds({ one, close }) {
  const [refused, setRefused] = useState("");
  const [sure, setSure] = useState("");
  const act = async (/** @type {string} */ name) => {
    setSure("");
    const why = await change(name, { id: one.id }, t(`devices.done_${name}`, { name: one.name }));
    setRefused(why);
    if (!why && name === "revoke") close();
  };
  /** Asked twice: the second press, on the same button, does it. */
  const deed = (/** @type {string} */ name, /** @type {string} */ icon, isDanger = false) =>
    html`<button type="button" class="quiet-button ${isDanger ? "danger" : ""}" data-testid=${`${name}-device`}
      onBlur=${() => setSure("")} onClick=${() => (sure === name ? act(name) : setSure(name))}>
      <${Icon} name=${icon} size=${18} />${t(sure === name ? "people.sure" : `devices.do_${name}`)}</button>`;
  return html`<section class="person-deeds">
    ${one.kind !== "api" && html`<div class="device-deed"><p class="hint">${t(one.must_rotate ? "devices.must_rotate" : "devices.what_rotate")}</p>${!one.must_rotate && deed("rotate", "key-round")}</div>`}
    <div class="device-deed"><p class="hint">${t("devices.what_revoke")}</p>${deed("revoke", "ban", true)}</div>
    <${Refused} words=${refused} />
  </section>`;
}

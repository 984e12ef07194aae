/** Pairing from the administrator's side: the code, what shows it, and what it is to be. */
import { useEffect, useRef, useState } from "preact/hooks";
import { clock } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { Head, PrinterField, Refused } from "./device_dialog.js";
import { ask, change, chosen, counterName, counters, wall } from "./devices_calls.js";

/** @typedef {import("./devices_calls.js").Asking} Asking */

const DIGITS = 6;

/** @param {{zone: string}} props */
export function PairDialog({ zone }) {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const [code, setCode] = useState("");
  const [asking, setAsking] = useState(/** @type {Asking|null} */ (null));
  const [refused, setRefused] = useState("");
  useEffect(() => element.current?.showModal(), []);
  const close = () => element.current?.close();
  const type = async (/** @type {string} */ typed) => {
    const digits = typed.replace(/\D/g, "").slice(0, DIGITS);
    setCode(digits);
    setAsking(null);
    setRefused("");
    if (digits.length !== DIGITS || digits === code) return;
    const ack = await ask("pairing", { code: digits });
    if (ack.ok) setAsking(ack.result);
    else setRefused(ack.error.message);
  };
  return html`<dialog ref=${element} class="person device-dialog" onClose=${() => (chosen.value = null)} aria-labelledby="device-title">
    <${Head} title=${t("devices.pair")} close=${close} />
    <form class="device-form" onSubmit=${(/** @type {Event} */ e) => e.preventDefault()} autocomplete="off">
      <div class="field code-field"><label for="pair-code">${t("devices.code")}</label>
        <input id="pair-code" class="numbers" value=${code.length > 3 ? `${code.slice(0, 3)} ${code.slice(3)}` : code} inputmode="numeric" maxlength="7" placeholder="000 000" autofocus
          onInput=${(/** @type {any} */ e) => type(e.currentTarget.value)} />
        <p class="hint">${t("devices.code_hint")}</p></div>
      <${Refused} words=${refused} />
    </form>
    ${asking && html`<${Approve} key=${code} code=${code} asking=${asking} zone=${zone} close=${close} />`}
  </dialog>`;
}

/** @param {{code: string, asking: Asking, zone: string, close: () => void}} props */
function Approve({ code, asking, zone, close }) {
  const kind = asking.kind === "agent" ? "kiosk" : asking.kind;
  const alike = wall.value?.devices.filter((one) => one.kind === kind && one.state !== "revoked") ?? [];
  const [counter, setCounter] = useState(asking.counter);
  const [name, setName] = useState(proposed(kind, asking.counter, alike.length));
  const [printer, setPrinter] = useState("");
  const [place, setPlace] = useState("");
  const [refused, setRefused] = useState("");
  const isNew = place === "";
  const isReady = !isNew || (name.trim() !== "" && (kind !== "rating" || counter !== ""));
  const approve = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!isReady) return;
    const wanted = isNew ? { label: name.trim(), counter, printer } : { device: place };
    const why = await change("approve", { code, ...wanted }, t("devices.approved"));
    setRefused(why);
    if (!why) close();
  };
  return html`<form class="device-form device-asking" onSubmit=${approve} autocomplete="off">
    <p class="asking" data-testid="asking"><b>${t(`devices.asks_${asking.kind}`)}</b>
      <span>${t("devices.asks_from", { address: asking.address, at: clock(asking.asked_at, zone) })}</span>
      ${asking.counter && html`<span>${counterName(asking.counter)}</span>`}</p>
    ${alike.length > 0 && html`<div class="field"><label for="pair-place">${t("devices.place")}</label>
      <select id="pair-place" value=${place} onChange=${(/** @type {any} */ e) => setPlace(e.currentTarget.value)}>
        <option value="">${t("devices.place_new")}</option>
        ${alike.map((one) => html`<option key=${one.id} value=${one.id}>${t("devices.place_of", { name: one.name })}</option>`)}
      </select>
      ${!isNew && html`<p class="hint">${t("devices.place_hint")}</p>`}</div>`}
    ${isNew && kind === "rating" && html`<div class="field"><label for="pair-counter">${t("devices.counter")}</label>
      <select id="pair-counter" value=${counter} required onChange=${(/** @type {any} */ e) => setCounter(e.currentTarget.value)}>
        <option value="">${t("devices.choose_counter")}</option>
        ${counters.value.map((one) => html`<option key=${one.id} value=${one.id}>${t("devices.at_counter", { n: one.number })}</option>`)}
      </select></div>`}
    ${isNew && html`<div class="field"><label for="pair-name">${t("devices.name")}</label>
      <input id="pair-name" value=${name} maxlength="60" required onInput=${(/** @type {any} */ e) => setName(e.currentTarget.value)} /></div>`}
    ${isNew && asking.kind === "kiosk" && html`<${PrinterField} value=${printer} set=${setPrinter} />`}
    <${Refused} words=${refused} />
    <footer><p class="hint">${t("devices.approve_hint")}</p>
      <button class="button" data-testid="approve" disabled=${!isReady}>${t("devices.approve")}</button></footer>
  </form>`;
}

/** A name that is free, as likely as not. @param {string} kind @param {string} counter @param {number} many */
function proposed(kind, counter, many) {
  if (kind === "rating" && counter) return t("devices.name_rating", { n: counter.slice(counter.lastIndexOf("-") + 1) });
  return t(kind === "display" ? "devices.name_display" : kind === "kiosk" ? "devices.name_kiosk" : "devices.name_rating", { n: many + 1 });
}

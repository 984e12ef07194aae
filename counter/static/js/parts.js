/** Small parts the terminal's panels share. */
import { knows, pick, t } from "/static/js/text.js";
import { minutes } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { CAPS } from "./keys.js";
import { serviceOf, since, waitLevel } from "./model.js";
import { busy, now, state, targets } from "./store.js";

/** @typedef {import("./model.js").TicketRow} TicketRow */

/** @param {{of: keyof typeof CAPS}} props */
export function Key({ of }) {
  return html`<kbd class="key">${CAPS[of]}</kbd>`;
}

/**
 * A button of the pad: pressed at once, a spinner when the answer takes longer than 300 ms.
 * @param {{action: string, icon: string, label: string, kind?: string, enabled: boolean,
 *   onPress: () => void, children?: any, main?: boolean, testid?: string}} props
 */
export function PadButton({ action, icon, label, kind = "", enabled, onPress, children, main = false, testid }) {
  const mine = busy.value?.action === action ? busy.value.phase : "";
  return html`<button type="button" class=${`pad-button ${kind}`} data-testid=${testid ?? action}
    data-phase=${mine} data-main=${main ? "" : undefined} aria-disabled=${enabled ? undefined : "true"}
    aria-busy=${mine ? "true" : undefined} onClick=${onPress}>
    ${mine && mine !== "pressed" ? html`<span class="spinner" aria-hidden="true"></span>` : html`<${Icon} name=${icon} size=${main ? 34 : 20} />`}
    <span class="pad-label">${label}</span>
    ${children}
  </button>`;
}

/** The wait in minutes, its colour and its word. @param {{ticket: TicketRow}} props */
export function Wait({ ticket }) {
  const seconds = since(ticket.arrival_at, now.value);
  const level = waitLevel(seconds, targets.value);
  return html`<span class=${`wait wait-${level}`}>
    <b class="numbers">${t("counter.minutes", { n: minutes(seconds) })}</b>
    <small>${t(`counter.wait_${level}`)}</small>
  </span>`;
}

/** Why a ticket is where it is. @param {string | null | undefined} rule */
export function ruleWords(rule) {
  return rule && knows(`rule.${rule}`) ? t(`rule.${rule}`) : "";
}

/** @param {string | null} code */
export function priorityName(code) {
  const classes = state.value?.catalogue.priority_classes ?? [];
  const found = classes.find((/** @type {{code: string}} */ one) => one.code === code);
  return found ? pick(found.name) : (code ?? "");
}

/** @param {TicketRow} ticket */
export function serviceName(ticket) {
  return state.value ? pick(serviceOf(state.value, ticket)?.name) : "";
}

/** "Quầy 03" for a counter's id. @param {string | null} id */
export function counterName(id) {
  const row = state.value?.tables.counters?.[id ?? ""];
  const configured = (state.value?.catalogue.counters ?? []).find((/** @type {{id: string}} */ c) => c.id === id);
  const number = row?.number ?? configured?.number;
  return number ? t("counter.name", { number: String(number).padStart(2, "0") }) : "";
}

/** @param {{children: any, kind?: string, icon?: string}} props */
export function Tag({ children, kind = "", icon }) {
  return html`<span class=${`tag ${kind}`}>${icon && html`<${Icon} name=${icon} size=${15} />`}<span>${children}</span></span>`;
}

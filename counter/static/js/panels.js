/** The inline forms between the ticket and the pad: no dialog ever covers the work. */
import { useEffect, useRef, useState } from "preact/hooks";
import { pick, t } from "/static/js/text.js";
import { ticketNumber } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { act, finish, serviceId } from "./actions.js";
import { CAPS, digitOf } from "./keys.js";
import { outcomesOf } from "./model.js";
import { Key } from "./parts.js";
import { can, close, counter, focusMain, line, memory, panel, run, state, ticket } from "./store.js";

/** @typedef {import("./model.js").TicketRow} TicketRow */
/** @typedef {import("./store.js").Panel} Panel */

/** @type {Record<string, (props: {ask: Panel}) => any>} */
const PANELS = {
  outcome: Outcome,
  called: StillCalled,
  transfer: Transfer,
  park: Park,
  pause: Pause,
  choose: Choose,
  reinstate: Reinstate,
  lower: Lower,
  "add-service": AddService,
  close: CloseCounter,
  help: Help,
};

export function OpenPanel() {
  const ask = panel.value;
  const Body = ask && PANELS[ask.kind];
  return Body ? html`<${Body} ask=${ask} key=${`${ask.kind}-${ask.ticket?.id ?? ""}`} />` : null;
}

/** @param {{title: string, hint?: string, children: any}} props */
function Frame({ title, hint, children }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const first = box.current?.querySelector("[data-first]") ?? box.current?.querySelector(".panel-body button, .panel-body input");
    /** @type {HTMLElement | null} */ (first)?.focus();
  }, []);
  return html`<section class="panel" ref=${box} role="group" aria-labelledby="panel-title" data-testid="panel">
    <header class="panel-head">
      <h3 id="panel-title">${title}</h3>${hint && html`<p>${hint}</p>`}
      <button type="button" class="small panel-close" onClick=${close}>${t("counter.dismiss")} <${Key} of="cancel" /></button>
    </header>
    <div class="panel-body">${children}</div>
  </section>`;
}

/** How the service ended: a digit, or Space again for the same as last time. @param {{ask: Panel}} props */
function Outcome({ ask }) {
  const service = serviceId();
  const choices = state.value ? outcomesOf(state.value, service) : [];
  const last = memory.outcome(service) ?? choices[0]?.code;
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      const digit = digitOf(/** @type {import("./keys.js").Press} */ (/** @type {unknown} */ (event)));
      const chosen = digit && choices[digit - 1];
      if (chosen) finish(ask.then ?? "complete", chosen.code);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [ask, choices.length]);
  const number = ticketNumber(ticket.value?.number);
  const title = ask.then === "next" ? t("counter.outcome_then_next", { number }) : t("counter.outcome_of", { number });
  return html`<${Frame} title=${title} hint=${t("counter.outcome_hint")}>
    <div class="choices">
      ${choices.map(({ code, name }, index) => html`<button type="button" key=${code} class="choice" data-testid=${`outcome-${code}`}
        data-first=${code === last ? "" : undefined} onClick=${() => finish(ask.then ?? "complete", code)}>
        <kbd class="key">${index + 1}</kbd><span>${pick(name)}</span>${code === last && html`<small>${t("counter.last_time")}</small>`}
      </button>`)}
    </div>
  <//>`;
}

/** Space while a number has been called and nobody has come yet. */
function StillCalled() {
  const number = ticketNumber(ticket.value?.number);
  /** @type {[import("./keys.js").Action, string][]} */
  const ways = [["start", t("counter.start")], ["recall", t("counter.recall")], ["no-show", t("counter.no_show")]];
  return html`<${Frame} title=${t("counter.still_called", { number })} hint=${t("counter.still_called_hint")}>
    <div class="choices">
      ${ways.map(([doing, label]) => html`<button type="button" class="choice" key=${doing}
        onClick=${() => { close(); act(doing); }}><kbd class="key">${CAPS[/** @type {keyof typeof CAPS} */ (doing)]}</kbd><span>${label}</span></button>`)}
    </div>
  <//>`;
}

/**
 * A reason: one of the usual ones, or one's own words. Never a person's name.
 * @param {{reasons: string[], label: string, enabled?: boolean, danger?: boolean, onGive: (reason: string) => void}} props
 */
function Reason({ reasons, label, enabled = true, danger = false, onGive }) {
  const [reason, setReason] = useState("");
  const isReady = enabled && reason.trim() !== "" && Boolean(can.value);
  /** @param {Event} event */
  const give = (event) => {
    event.preventDefault();
    if (isReady) onGive(reason.trim());
  };
  return html`<form class="reason" onSubmit=${give}>
    <div class="chips" role="group" aria-label=${t("counter.reason")}>
      ${reasons.map((words) => html`<button type="button" class="chip" key=${words} aria-pressed=${reason === words} onClick=${() => setReason(words)}>${words}</button>`)}
    </div>
    <div class="reason-row">
      <label class="field"><span>${t("counter.reason_own")}</span>
        <input value=${reason} maxlength="200" autocomplete="off" data-testid="reason"
          onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /></label>
      <button type="submit" class=${`confirm ${danger ? "confirm-danger" : ""}`} data-testid="confirm" aria-disabled=${isReady ? undefined : "true"}>${label}</button>
    </div>
  </form>`;
}

/** @param {string} name @returns {string[]} */
function usual(name) {
  return t(`counter.reasons_${name}`).split("|");
}

function Transfer() {
  const [to, setTo] = useState("");
  const queues = (state.value?.catalogue.queues ?? []).filter((/** @type {any} */ q) => q.id !== ticket.value?.queue);
  const counters = /** @type {import("./model.js").CounterRow[]} */ (Object.values(state.value?.tables.counters ?? {}))
    .filter((row) => row.id !== counter.value?.id && row.status !== "closed")
    .sort((a, b) => a.number - b.number);
  const [kind, id] = to.split(":");
  /** @param {string} reason */
  const give = (reason) => {
    close();
    run("transfer", "TransferTicket", { reason, [kind]: id });
  };
  return html`<${Frame} title=${t("counter.transfer_title", { number: ticketNumber(ticket.value?.number) })} hint=${t("counter.transfer_hint")}>
    <label class="field"><span>${t("counter.transfer_to")}</span>
      <select data-first="" data-testid="transfer-to" value=${to} onChange=${(/** @type {any} */ event) => setTo(event.target.value)}>
        <option value="">${t("counter.pick")}</option>
        <optgroup label=${t("counter.queues")}>
          ${queues.map((/** @type {any} */ queue) => html`<option key=${queue.id} value=${`to_queue:${queue.id}`}>${queue.prefix} · ${pick(queue.name)}</option>`)}
        </optgroup>
        <optgroup label=${t("counter.counters")}>
          ${counters.map((row) => html`<option key=${row.id} value=${`to_counter:${row.id}`}>${t("counter.name", { number: String(row.number).padStart(2, "0") })}${row.officer ? ` · ${row.officer}` : ""}</option>`)}
        </optgroup>
      </select></label>
    <${Reason} reasons=${usual("transfer")} enabled=${to !== ""} label=${t("counter.transfer")} onGive=${give} />
  <//>`;
}

function Park() {
  return html`<${Frame} title=${t("counter.park_title", { number: ticketNumber(ticket.value?.number) })} hint=${t("counter.park_hint")}>
    <${Reason} reasons=${usual("park")} label=${t("counter.park")}
      onGive=${(/** @type {string} */ reason) => { close(); run("park", "ParkTicket", { reason }); }} />
  <//>`;
}

function Pause() {
  return html`<${Frame} title=${t("counter.pause_title")} hint=${t("counter.pause_hint")}>
    <${Reason} reasons=${usual("pause")} label=${t("counter.pause")}
      onGive=${(/** @type {string} */ reason) => { close(); run("pause", "PauseCounter", { reason }); }} />
  <//>`;
}

/** A chosen number instead of the next one: with a reason, and counted. @param {{ask: Panel}} props */
function Choose({ ask }) {
  const [typed, setTyped] = useState(ask.ticket?.number ?? "");
  const wanted = typed.replace(/\s/gu, "").toUpperCase();
  const found = line.value.find((one) => one.number === wanted);
  const isFree = Boolean(can.value?.choose);
  const hint = !isFree ? t("counter.choose_busy") : wanted && !found ? t("counter.choose_unknown") : t("counter.choose_hint");
  /** @param {string} reason */
  const give = (reason) => {
    if (!found) return;
    close();
    run("next", "CallTicket", { ticket: found.id, reason, version: found.version });
  };
  return html`<${Frame} title=${t("counter.choose_title")} hint=${hint}>
    <label class="field field-number"><span>${t("counter.number")}</span>
      <input class="numbers" value=${typed} data-first=${ask.ticket ? undefined : ""} autocomplete="off" maxlength="8" data-testid="choose-number"
        onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></label>
    <${Reason} reasons=${usual("choose")} enabled=${Boolean(found) && isFree} label=${t("counter.choose")} onGive=${give} />
  <//>`;
}

/** @param {{ask: Panel}} props */
function Reinstate({ ask }) {
  const missed = /** @type {TicketRow} */ (ask.ticket);
  return html`<${Frame} title=${t("counter.reinstate_title", { number: ticketNumber(missed.number) })} hint=${t("counter.reinstate_hint")}>
    <${Reason} reasons=${usual("reinstate")} label=${t("counter.reinstate")} onGive=${(/** @type {string} */ reason) => {
      close();
      run("reinstate", "ReinstateTicket", { ticket: missed.id, reason, version: missed.version });
    }} />
  <//>`;
}

/** @param {{ask: Panel}} props */
function Lower({ ask }) {
  const lowered = /** @type {TicketRow} */ (ask.ticket);
  return html`<${Frame} title=${t("counter.lower_title", { number: ticketNumber(lowered.number) })}>
    <${Reason} reasons=${usual("lower")} label=${t("counter.lower_priority")} onGive=${(/** @type {string} */ reason) => {
      close();
      run("priority", "ChangePriority", { ticket: lowered.id, priority: null, reason });
    }} />
  <//>`;
}

/** Another service in the same visit, under the same number. */
function AddService() {
  const [service, setService] = useState("");
  const others = (state.value?.catalogue.services ?? []).filter((/** @type {any} */ one) => one.id !== serviceId());
  const choices = state.value ? outcomesOf(state.value, serviceId()) : [];
  return html`<${Frame} title=${t("counter.add_title", { number: ticketNumber(ticket.value?.number) })} hint=${t("counter.add_hint")}>
    <label class="field"><span>${t("counter.service")}</span>
      <select data-first="" value=${service} onChange=${(/** @type {any} */ event) => setService(event.target.value)}>
        <option value="">${t("counter.pick")}</option>
        ${others.map((/** @type {any} */ one) => html`<option key=${one.id} value=${one.id}>${pick(one.name)}</option>`)}
      </select></label>
    <p class="field-name">${t("counter.outcome_first")}</p>
    <div class="choices">${choices.map(({ code, name }) => html`<button type="button" class="choice" key=${code} aria-disabled=${service ? undefined : "true"}
      onClick=${() => { if (service) { close(); run("add-service", "AddService", { service, outcome: code }); } }}><span>${pick(name)}</span></button>`)}</div>
  <//>`;
}

function CloseCounter() {
  return html`<${Frame} title=${t("counter.close_title")} hint=${t("counter.close_hint")}>
    <div class="reason-row"><button type="button" class="confirm confirm-danger" data-testid="confirm" data-first=""
      onClick=${() => { close(); run("close", "CloseCounter"); }}><${Icon} name="log-out" size=${20} />${t("counter.close")}</button></div>
  <//>`;
}

function Help() {
  /** @type {(keyof typeof CAPS)[]} */
  const keys = ["next", "start", "complete", "recall", "transfer", "no-show", "park", "pause", "undo", "cancel", "help"];
  useEffect(() => focusMain, []);
  return html`<${Frame} title=${t("counter.keys")} hint=${t("counter.keys_hint")}>
    <dl class="keys">${keys.map((name) => html`<div key=${name}><dt><${Key} of=${name} /></dt><dd>${t(`counter.key_${name.replace("-", "_")}`)}</dd></div>`)}</dl>
  <//>`;
}

/** The inline forms about tickets: how a service ended, where a number goes, whom to call. */
import { useState } from "preact/hooks";
import { pick, t } from "/static/js/text.js";
import { dayWritten, ticketNumber } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { act, finish, serviceId } from "./actions.js";
import { CAPS } from "./keys.js";
import { outcomesOf } from "./model.js";
import { Frame, Minutes, Reason, useDigits, usual } from "./panel_parts.js";
import { close, counter, later, me, memory, run, state, ticket, today } from "./store.js";

/** @typedef {import("./model.js").TicketRow} TicketRow */
/** @typedef {import("./store.js").Panel} Panel */

/** How the service ended: a digit, or Space again for the same as last time. @param {{ask: Panel}} props */
export function Outcome({ ask }) {
  const service = serviceId();
  const choices = state.value ? outcomesOf(state.value, service) : [];
  const last = memory.outcome(service) ?? choices[0]?.code;
  const [dossier, setDossier] = useState("");
  const [resultOn, setResultOn] = useState("");
  const resultDay = dayWritten(resultOn, today.value);
  const isWrong = resultOn.trim() !== "" && (resultDay === null || resultDay < today.value);
  const more = () => ({
    ...(dossier.trim() ? { dossier_code: dossier.trim() } : {}),
    ...(resultDay ? { result_on: resultDay } : {}),
  });
  useDigits(choices.length, (index) => {
    if (!isWrong) finish(ask.then ?? "complete", choices[index].code, more());
  });
  /** Written: back to the outcomes, where a digit is a choice again. @param {KeyboardEvent} event */
  const onEnter = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const form = /** @type {HTMLElement} */ (event.currentTarget).closest("[data-testid=panel]");
    /** @type {HTMLElement | null | undefined} */ (form?.querySelector("[data-first]"))?.focus();
  };
  const number = ticketNumber(ticket.value?.number);
  const title = ask.then === "next" ? t("counter.outcome_then_next", { number }) : t("counter.outcome_of", { number });
  return html`<${Frame} title=${title} hint=${t("counter.outcome_hint")}>
    <div class="choices">
      ${choices.map(({ code, name }, index) => html`<button type="button" key=${code} class="choice" data-testid=${`outcome-${code}`}
        data-first=${code === last ? "" : undefined} aria-disabled=${isWrong ? "true" : undefined}
        onClick=${() => !isWrong && finish(ask.then ?? "complete", code, more())}>
        <kbd class="key">${index + 1}</kbd><span>${pick(name)}</span>${code === last && html`<small>${t("counter.last_time")}</small>`}
      </button>`)}
    </div>
    <div class="pair" onKeyDown=${onEnter}>
      <label class="field"><span>${t("counter.dossier_code")}</span>
        <input value=${dossier} maxlength="60" autocomplete="off" spellcheck="false" data-testid="dossier-code"
          onInput=${(/** @type {any} */ event) => setDossier(event.target.value)} /></label>
      <label class="field"><span>${t("counter.result_on")}</span>
        <input class="numbers" value=${resultOn} inputmode="numeric" maxlength="10" autocomplete="off" placeholder=${t("counter.day_form")}
          aria-invalid=${isWrong ? "true" : undefined} aria-describedby="result-wrong" data-testid="result-on" onInput=${(/** @type {any} */ event) => setResultOn(event.target.value)} /></label>
    </div>
    <p id="result-wrong" class="field-wrong" role="alert">${isWrong && html`<${Icon} name="circle-alert" size=${18} />${t("counter.result_wrong")}`}</p>
  <//>`;
}

/** Space while a number has been called and nobody has come yet. */
export function StillCalled() {
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

/** Where the number goes: a queue, a counter, or one officer. Number and arrival stay. */
export function Transfer() {
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  const queues = (state.value?.catalogue.queues ?? []).filter((/** @type {any} */ q) => q.id !== ticket.value?.queue);
  const counters = /** @type {import("./model.js").CounterRow[]} */ (Object.values(state.value?.tables.counters ?? {}))
    .filter((row) => row.id !== counter.value?.id && row.status !== "closed")
    .sort((a, b) => a.number - b.number);
  const officers = /** @type {{account: string, name: string}[]} */ (state.value?.catalogue.officers ?? []);
  const others = officers.filter((one) => one.account !== me.value?.account);
  const [kind, ...id] = to.split(":");
  /** @param {string} reason */
  const give = (reason) => {
    close();
    run("transfer", "TransferTicket", { reason, note: note.trim(), [kind]: id.join(":") });
  };
  return html`<${Frame} title=${t("counter.transfer_title", { number: ticketNumber(ticket.value?.number) })} hint=${t("counter.transfer_hint")}>
    <div class="pair">
      <label class="field"><span>${t("counter.transfer_to")}</span>
        <select data-first="" data-testid="transfer-to" value=${to} onChange=${(/** @type {any} */ event) => setTo(event.target.value)}>
          <option value="">${t("counter.pick")}</option>
          <optgroup label=${t("counter.queues")}>
            ${queues.map((/** @type {any} */ queue) => html`<option key=${queue.id} value=${`to_queue:${queue.id}`}>${queue.prefix} · ${pick(queue.name)}</option>`)}
          </optgroup>
          <optgroup label=${t("counter.counters")}>
            ${counters.map((row) => html`<option key=${row.id} value=${`to_counter:${row.id}`}>${t("counter.name", { number: String(row.number).padStart(2, "0") })}${row.officer ? ` · ${row.officer}` : ""}</option>`)}
          </optgroup>
          <optgroup label=${t("counter.officers")}>
            ${others.map((one) => html`<option key=${one.account} value=${`to_officer:${one.name}`}>${one.name}</option>`)}
          </optgroup>
        </select></label>
      <label class="field"><span>${t("counter.transfer_note")}</span>
        <input value=${note} maxlength="200" autocomplete="off" data-testid="transfer-note"
          onInput=${(/** @type {any} */ event) => setNote(event.target.value)} /></label>
    </div>
    <${Reason} reasons=${usual("transfer")} enabled=${to !== ""} label=${t("counter.transfer")} onGive=${give} />
  <//>`;
}

export function Park() {
  const [minutes, setMinutes] = useState(0);
  return html`<${Frame} title=${t("counter.park_title", { number: ticketNumber(ticket.value?.number) })} hint=${t("counter.park_hint")}>
    <${Reason} reasons=${usual("park")} label=${t("counter.park")}
      onGive=${(/** @type {string} */ reason) => { close(); run("park", "ParkTicket", { reason, ...later(minutes) }); }}>
      <${Minutes} label=${t("counter.park_until")} choices=${[10, 20, 30, 60]} value=${minutes} onPick=${setMinutes} />
    <//>
  <//>`;
}

/** @param {{ask: Panel}} props */
export function Reinstate({ ask }) {
  const missed = /** @type {TicketRow} */ (ask.ticket);
  return html`<${Frame} title=${t("counter.reinstate_title", { number: ticketNumber(missed.number) })} hint=${t("counter.reinstate_hint")}>
    <${Reason} reasons=${usual("reinstate")} label=${t("counter.reinstate")} onGive=${(/** @type {string} */ reason) => {
      close();
      run("reinstate", "ReinstateTicket", { ticket: missed.id, reason, version: missed.version });
    }} />
  <//>`;
}

/** Given up by the citizen, or a number that is none. @param {{ask: Panel}} props */
export function Cancel({ ask }) {
  const gone = /** @type {TicketRow} */ (ask.ticket);
  return html`<${Frame} title=${t("counter.cancel_title", { number: ticketNumber(gone.number) })} hint=${t("counter.cancel_hint")}>
    <${Reason} danger reasons=${usual("cancel")} label=${t("counter.cancel")} onGive=${(/** @type {string} */ reason) => {
      close();
      run("cancel", "CancelTicket", { ticket: gone.id, code: "officer", reason, version: gone.version });
    }} />
  <//>`;
}

/** @param {{ask: Panel}} props */
export function Lower({ ask }) {
  const lowered = /** @type {TicketRow} */ (ask.ticket);
  return html`<${Frame} title=${t("counter.lower_title", { number: ticketNumber(lowered.number) })}>
    <${Reason} reasons=${usual("lower")} label=${t("counter.lower_priority")} onGive=${(/** @type {string} */ reason) => {
      close();
      run("priority", "ChangePriority", { ticket: lowered.id, priority: null, reason });
    }} />
  <//>`;
}

/** A class is given, or another one. Only an officer gives the urgent one. @param {{ask: Panel}} props */
export function Priority({ ask }) {
  const raised = /** @type {TicketRow} */ (ask.ticket);
  const [code, setCode] = useState("");
  const classes = state.value?.catalogue.priority_classes ?? [];
  return html`<${Frame} title=${t("counter.priority_title", { number: ticketNumber(raised.number) })} hint=${t("counter.priority_hint")}>
    <div class="chips" role="group" aria-label=${t("counter.priority")}>
      ${classes.map((/** @type {any} */ one) => html`<button type="button" class="chip" key=${one.code} aria-pressed=${code === one.code}
        onClick=${() => setCode(one.code)}>${pick(one.name)}</button>`)}
    </div>
    <${Reason} reasons=${usual("priority")} enabled=${code !== ""} label=${t("counter.give_priority")} onGive=${(/** @type {string} */ reason) => {
      close();
      run("priority", "ChangePriority", { ticket: raised.id, priority: code, reason, version: raised.version });
    }} />
  <//>`;
}

/** Another service in the same visit, under the same number. */
export function AddService() {
  const [service, setService] = useState("");
  const others = (state.value?.catalogue.services ?? []).filter((/** @type {any} */ one) => one.id !== serviceId());
  const choices = state.value ? outcomesOf(state.value, serviceId()) : [];
  /** @param {string} outcome */
  const add = (outcome) => {
    if (!service) return;
    close();
    run("add-service", "AddService", { service, outcome });
  };
  useDigits(choices.length, (index) => add(choices[index].code));
  return html`<${Frame} title=${t("counter.add_title", { number: ticketNumber(ticket.value?.number) })} hint=${t("counter.add_hint")}>
    <label class="field"><span>${t("counter.service")}</span>
      <select data-first="" value=${service} onChange=${(/** @type {any} */ event) => setService(event.target.value)}>
        <option value="">${t("counter.pick")}</option>
        ${others.map((/** @type {any} */ one) => html`<option key=${one.id} value=${one.id}>${pick(one.name)}</option>`)}
      </select></label>
    <p class="field-name">${t("counter.outcome_first")}</p>
    <div class="choices">${choices.map(({ code, name }, index) => html`<button type="button" class="choice" key=${code} aria-disabled=${service ? undefined : "true"}
      onClick=${() => add(code)}><kbd class="key">${index + 1}</kbd><span>${pick(name)}</span></button>`)}</div>
  <//>`;
}

/** A number of the paper roll, when there is no kiosk (rule P9). */
export function Roll() {
  const [number, setNumber] = useState("");
  const queues = (state.value?.catalogue.queues ?? []).filter((/** @type {any} */ q) => counter.value?.queues.includes(q.id));
  const [queue, setQueue] = useState(queues[0]?.id ?? "");
  const isReady = /^\d{1,4}$/u.test(number.trim()) && Number(number) > 0 && queue !== "";
  const isFree = counter.value?.status === "open" && !ticket.value;
  /** @param {Event} event */
  const give = (event) => {
    event.preventDefault();
    if (!isReady) return;
    close();
    run("next", "IssueTicket", { queue, roll: Number(number), channel: "roll", call: isFree });
  };
  return html`<${Frame} title=${t("counter.roll_title")} hint=${t(isFree ? "counter.roll_hint" : "counter.roll_hint_busy")}>
    <form class="reason-row" onSubmit=${give}>
      <label class="field field-number"><span>${t("counter.roll_number", { prefix: state.value?.catalogue.roll_prefix ?? "P" })}</span>
        <input class="numbers" inputmode="numeric" value=${number} data-first="" autocomplete="off" maxlength="4" data-testid="roll-number"
          onInput=${(/** @type {any} */ event) => setNumber(event.target.value)} /></label>
      <label class="field"><span>${t("counter.service")}</span>
        <select value=${queue} data-testid="roll-queue" onChange=${(/** @type {any} */ event) => setQueue(event.target.value)}>
          ${queues.map((/** @type {any} */ one) => html`<option key=${one.id} value=${one.id}>${one.prefix} · ${pick(one.name)}</option>`)}
        </select></label>
      <button type="submit" class="confirm" data-testid="confirm" aria-disabled=${isReady ? undefined : "true"}>${t(isFree ? "counter.roll_call" : "counter.roll_add")}</button>
    </form>
  <//>`;
}

/** What each button and key does. The same functions for both. */
import { t } from "/static/js/text.js";

import { lock } from "./lock.js";
import { can, close, counter, focusMain, isLocked, line, may, memory, open, panel, run, say, state, ticket } from "./store.js";
import { outcomesOf, serviceOf } from "./model.js";

/** @typedef {import("./keys.js").Action | "choose" | "close" | "add-service" | "resume" | "roll" | "hand-over" | "mine"} Doing */
/** @typedef {{dossier_code?: string, result_on?: string}} More what an outcome may carry */

/** Space: call the next; first asks how the present service ended. */
async function next() {
  const now = ticket.value;
  if (now?.status === "called") return open({ kind: "called" });
  if (now?.status === "serving") return askOutcome("next");
  if (!can.value?.next) return undefined;
  return callNext();
}

/** @param {{outcome?: string} & More} [ended] */
async function callNext(ended = {}) {
  const ack = await run("next", "CallNext", ended);
  if (ack?.ok && !ack.result?.ticket) say(t("counter.nobody_waits"));
}

/** @param {"next"|"complete"} then */
function askOutcome(then) {
  const service = serviceId();
  const choices = state.value ? outcomesOf(state.value, service) : [];
  if (choices.length === 1) return finish(then, choices[0].code);
  if (panel.value?.kind === "outcome" && panel.value.then === then) return undefined;
  panel.value = { kind: "outcome", then };
  return undefined;
}

/**
 * The present service ended in `code`.
 * @param {string} then
 * @param {string} code
 * @param {More} [more]
 */
export function finish(then, code, more = {}) {
  memory.rememberOutcome(serviceId(), code);
  close();
  const ended = { outcome: code, ...more };
  return then === "next" ? callNext(ended) : run("complete", "CompleteService", ended);
}

/** The id of the service the present ticket is for. */
export function serviceId() {
  const now = ticket.value;
  return now && state.value ? (serviceOf(state.value, now)?.id ?? now.service ?? "") : "";
}

function cancel() {
  close();
  return undefined;
}

/** @type {Record<Doing, () => unknown>} */
const DOINGS = {
  next,
  start: () => run("start", "StartService"),
  recall: () => run("recall", "RecallTicket"),
  "no-show": () => run("no-show", "RecordNoShow"),
  complete: () => askOutcome("complete"),
  undo: () => run("undo", "UndoLast"),
  transfer: () => open({ kind: "transfer" }),
  park: () => open({ kind: "park" }),
  pause: () => open({ kind: "pause" }),
  choose: () => open({ kind: "choose" }),
  roll: () => open({ kind: "roll" }),
  "hand-over": () => open({ kind: "hand-over" }),
  mine: () => open({ kind: "mine" }),
  lock,
  close: () => open({ kind: "close" }),
  "add-service": () => open({ kind: "add-service" }),
  resume: () => run("resume", "ResumeCounter"),
  help: () => open({ kind: "help" }),
  cancel,
};

const ALWAYS = new Set(["help", "cancel", "lock", "mine"]);

/**
 * Do it if it makes sense now. A press that makes none is dropped, never kept.
 * @param {Doing} doing
 */
export function act(doing) {
  if (isLocked.value) return undefined;
  if (doing === "choose" && !may("call_chosen")) return undefined;
  const isFree = ALWAYS.has(doing) || (doing === "next" && ticket.value);
  const isPossible = /** @type {Record<string, boolean> | null} */ (can.value)?.[doing];
  const isResume = doing === "resume" || (doing === "pause" && counter.value?.status === "paused");
  if (isResume && can.value) return void DOINGS.resume();
  if (!ALWAYS.has(doing) && !can.value) return undefined;
  if (!isFree && !isPossible) return undefined;
  if (!["outcome", undefined].includes(panel.value?.kind) && !ALWAYS.has(doing)) panel.value = null;
  void DOINGS[doing]();
  return focusMain();
}

/** The ticket that would be called now. */
export function nextTicket() {
  const id = counter.value?.next?.ticket;
  return line.value.find((one) => one.id === id) ?? null;
}

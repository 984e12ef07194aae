/** What each button and key does. The same functions for both. */
import { t } from "/static/js/text.js";

import { can, close, counter, focusMain, line, memory, open, panel, run, say, state, ticket } from "./store.js";
import { outcomesOf, serviceOf } from "./model.js";

/** @typedef {import("./keys.js").Action | "choose" | "close" | "add-service" | "resume"} Doing */

/** Space: call the next; first asks how the present service ended. */
async function next() {
  const now = ticket.value;
  if (now?.status === "called") return open({ kind: "called" });
  if (now?.status === "serving") return askOutcome("next");
  if (!can.value?.next) return undefined;
  return callNext();
}

/** @param {string} [outcome] */
async function callNext(outcome) {
  const ack = await run("next", "CallNext", outcome ? { outcome } : {});
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
 */
export function finish(then, code) {
  memory.rememberOutcome(serviceId(), code);
  close();
  return then === "next" ? callNext(code) : run("complete", "CompleteService", { outcome: code });
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
  close: () => open({ kind: "close" }),
  "add-service": () => open({ kind: "add-service" }),
  resume: () => run("resume", "ResumeCounter"),
  help: () => open({ kind: "help" }),
  cancel,
};

const ALWAYS = new Set(["help", "cancel"]);

/**
 * Do it if it makes sense now. A press that makes none is dropped, never kept.
 * @param {Doing} doing
 */
export function act(doing) {
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

/**
 * One citizen's session at the kiosk: where they are, what they chose, how they want to read it.
 * Going home forgets all of it.
 *
 * @typedef {"home"|"procedures"|"sheet"|"priority"|"result"|"help"|"lookup"} Place
 * @typedef {{id: string, queue: string, name: Words, hint: Words, icon: string}} Service
 * @typedef {{vi: string, en: string}} Words
 * @typedef {{id: string, service: string, name: Words, papers: string[], fee: string,
 *   statutory_time: string, steps: string[], parts: Words[]}} Procedure
 * @typedef {{ticket: {id: string, slip: string, number: string, service: string, procedure: string|null, priority: string|null},
 *   ahead: number|null, alone?: boolean, estimate: import("./tiles.js").Quote|null, follow_url: string, follow_qr?: string}} Issued
 */
import { batch, computed, effect, signal } from "@preact/signals";
import { adoptToken, agent, agentToken, hasAgent, issueAlone, lastKnown, watchAgent } from "./agent.js";
import { newId } from "/static/js/ids.js";
import { openDevice } from "/static/js/device.js";
import { language, setLanguage, t } from "/static/js/text.js";

const branchId = decodeURIComponent(location.pathname.split("/")[2] ?? "");

const beside = hasAgent ? { token: agentToken, adopt: adoptToken } : null;
export const device = openDevice("kiosk", branchId, { asks: true, agent: beside });
export const { link } = device;

export const place = signal(/** @type {Place} */ ("home"));
export const service = signal(/** @type {Service|null} */ (null));
export const procedure = signal(/** @type {Procedure|null} */ (null));
export const issued = signal(/** @type {Issued|null} */ (null));
/** A ticket is being asked for. */
export const isIssuing = signal(false);
/** What went wrong, in the citizen's language. */
export const problem = signal("");
export const page = signal(0);

export const isLarge = signal(false);
export const hasContrast = signal(false);
export const isLow = signal(false);
export const isAloud = signal(false);

/** The link is good enough to promise somebody a number. */
export const isReady = computed(
  () => link.state.value !== null && ["live", "slow"].includes(link.status.value),
);

/**
 * Whether a number of this queue can be had now: from the server, or from the kiosk's own.
 * @param {string|undefined} queue
 */
export function canIssue(queue) {
  return isReady.value || hasOwn(queue);
}

/** @param {string|undefined} queue */
const hasOwn = (queue) => (agent.value?.left[queue ?? ""] ?? 0) > 0;

/** The server is out of reach and this kiosk goes on by itself. */
export const isAlone = computed(
  () => !isReady.value && Object.keys(agent.value?.left ?? {}).length > 0,
);

watchAgent();

// Started without the server: what it last said of the office is enough to choose by.
effect(() => {
  if (isReady.value || !agent.value || link.state.value) return;
  void lastKnown().then((known) => known && !isReady.value && link.seed(known));
});

/** Has anybody changed anything that the next citizen should not meet? */
export const isTouched = computed(
  () =>
    place.value !== "home" ||
    page.value !== 0 ||
    isLarge.value ||
    hasContrast.value ||
    isLow.value ||
    isAloud.value ||
    language.value !== "vi",
);

/** What the citizen said of the papers, where a sheet was read. */
let readiness = "";

const READ_MS = 15_000;
/** The server was not heard, or could write nothing down. */
const AWAY = new Set(["offline", "timeout", "unavailable"]);

// What is wrong on the first screen is told to whoever pressed, not to the next citizen.
effect(() => {
  if (!problem.value || place.value !== "home") return undefined;
  const timer = setTimeout(() => (problem.value = ""), READ_MS);
  return () => clearTimeout(timer);
});

/** Where help came from, to go back to. @type {Place} */
let beforeHelp = "home";
/** The wish for a ticket that was not answered yet: pressing again repeats it, word for word. */
let wish = /** @type {Record<string, any>|null} */ (null);

/** Back to the first screen, everything forgotten. */
export function goHome() {
  batch(() => {
    place.value = "home";
    service.value = null;
    procedure.value = null;
    issued.value = null;
    problem.value = "";
    page.value = 0;
    isLarge.value = hasContrast.value = isLow.value = isAloud.value = false;
    setLanguage("vi");
  });
  wish = null;
}

/** One step back, choices kept where they still make sense. */
export function goBack() {
  problem.value = "";
  if (place.value === "help") place.value = beforeHelp;
  else if (place.value === "priority" && procedure.value) place.value = "sheet";
  else if (place.value === "priority" && proceduresOf(service.value).length > 0) {
    place.value = "procedures";
  } else if (place.value === "sheet") place.value = "procedures";
  else backToServices();
}

function backToServices() {
  batch(() => {
    place.value = "home";
    service.value = null;
    procedure.value = null;
  });
  wish = null;
}

/** @param {Service} chosen */
export function chooseService(chosen) {
  batch(() => {
    service.value = chosen;
    procedure.value = null;
    problem.value = "";
    place.value = proceduresOf(chosen).length > 0 ? "procedures" : "priority";
  });
}

/** @param {Procedure|null} chosen */
export function chooseProcedure(chosen) {
  batch(() => {
    procedure.value = chosen;
    place.value = chosen ? "sheet" : "priority";
  });
}

/** @param {"ready"|"guidance"} said what the citizen said of the papers */
export function askPriority(said) {
  // Another answer is another wish.
  if (said !== readiness) wish = null;
  readiness = said;
  place.value = "priority";
}

export function showLookup() {
  problem.value = "";
  place.value = "lookup";
}

export function showHelp() {
  if (place.value !== "help") beforeHelp = place.value === "result" ? "home" : place.value;
  place.value = "help";
}

/**
 * Ask for the ticket. However often it is pressed, one command id, hence one ticket (rule P2).
 * @param {string|null} priority
 */
export async function issue(priority) {
  const chosen = service.value;
  if (!chosen || isIssuing.value) return;
  isIssuing.value = true;
  problem.value = "";
  const mine = (wish ??= {
    command_id: newId(),
    language: language.value,
    service: chosen.id,
    ...(procedure.value && { procedure: procedure.value.id, readiness }),
    ...(priority && { priority }),
  });
  const ack = await asked(mine, chosen.queue);
  isIssuing.value = false;
  if (mine !== wish) return;
  if (ack.ok) {
    batch(() => {
      issued.value = ack.result;
      place.value = "result";
    });
    return;
  }
  // A refusal ends the wish; an answer that never came leaves it, to be repeated safely.
  if (!ack.error.retry || ack.error.code === "offline") wish = null;
  problem.value = ack.error.message || t("kiosk.failed");
}

/**
 * Ask the server; where it does not answer, the kiosk's own numbers. The id of the press goes with
 * both, so that the server finds out when it had answered after all.
 * @param {Record<string, any>} wish
 * @param {string} queue
 */
async function asked(wish, queue) {
  const ack = isReady.value ? await link.call("IssueTicket", wish) : null;
  if (ack?.ok || (ack && !AWAY.has(ack.error.code))) return ack;
  const own = hasOwn(queue) || !isReady.value ? await issueAlone(wish) : null;
  if (own) return { ok: /** @type {const} */ (true), result: own };
  const error = { code: "offline", message: t("kiosk.offline"), retry: true };
  return ack ?? { ok: /** @type {const} */ (false), error };
}

/**
 * @param {Service|null} of
 * @returns {Procedure[]}
 */
export function proceduresOf(of) {
  const all = /** @type {Procedure[]} */ (link.state.value?.catalogue.procedures ?? []);
  const own = of ? all.filter((each) => each.service === of.id) : [];
  // Interlinked ones first: whoever needs two of them must not take two numbers.
  return [...own].sort((a, b) => Number(b.parts.length > 0) - Number(a.parts.length > 0));
}

/**
 * The agent beside this kiosk, where there is one: it serves this page, and gives numbers while the
 * server is out of reach. `kiosk/agent/web.py` is the other end.
 *
 * @typedef {{left: Record<string, number>, snapshot: any, at: string, printer: string}} AgentState
 */
import { computed, signal } from "@preact/signals";

const KEY = "motcua.agent";
const ASK_MS = 2_000;
/** States of a printer out of which no paper comes. */
const NO_PAPER = new Set(["paper_out", "cover_open", "offline"]);

/** What the agent last said; null = there is none, or it did not answer. */
export const agent = signal(/** @type {AgentState|null} */ (null));

/** Whether whoever takes a number now should not wait for paper. */
export const isWithoutPaper = computed(() => NO_PAPER.has(agent.value?.printer ?? ""));

/** Whether this page came from an agent: the address says so once. */
export const hasAgent = isFromAgent();

function isFromAgent() {
  const given = new URLSearchParams(location.hash.slice(1)).get("agent") === "1";
  try {
    if (given) sessionStorage.setItem(KEY, "1");
    return given || sessionStorage.getItem(KEY) === "1";
  } catch {
    return given;
  }
}

/**
 * Ask the agent how things are, again and again.
 * @param {(state: AgentState) => void} heard
 */
export function watchAgent(heard) {
  if (!hasAgent) return;
  const look = async () => {
    agent.value = /** @type {AgentState|null} */ (await ask("state"));
    if (agent.value) heard(agent.value);
    setTimeout(look, ASK_MS);
  };
  void look();
}

/**
 * A number from this kiosk's own. Never rejects.
 * @param {Record<string, any>} wish as for `IssueTicket`: the same id gets the same number
 * @returns {Promise<any|null>} as the server would answer; null = none could be had
 */
export async function issueAlone(wish) {
  const answer = await ask("issue", wish);
  return answer?.ok ? { ...answer.result, alone: true } : null;
}

/**
 * What became of the paper of a ticket given here; empty while it is on its way.
 * @param {string} ticket
 * @returns {Promise<string>}
 */
export async function slipAlone(ticket) {
  return (await ask(`slip/${encodeURIComponent(ticket)}`))?.slip ?? "";
}

/**
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any|null>}
 */
async function ask(path, body) {
  try {
    const answer = await fetch(`/agent/${path}`, {
      method: body ? "POST" : "GET",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
      cache: "no-store",
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

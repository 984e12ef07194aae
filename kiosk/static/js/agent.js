/**
 * The agent beside this kiosk, where there is one: it serves this page, and gives numbers while the
 * server is out of reach. `kiosk/agent/web.py` is the other end.
 *
 * @typedef {{left: Record<string, number>, at: string, printer: string}} AgentState
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

/** Ask the agent how things are, again and again. */
export function watchAgent() {
  if (!hasAgent) return;
  const look = async () => {
    agent.value = /** @type {AgentState|null} */ (await ask("state"));
    setTimeout(look, ASK_MS);
  };
  void look();
}

/** What the server last said of the office, for a start without it; null = nobody knows. */
export const lastKnown = () => ask("snapshot");

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

/** The token of this kiosk as the agent has it: it is the one who is given a newer one. @returns {Promise<string>} */
export async function agentToken() {
  return (await ask("token"))?.token ?? "";
}

/** The kiosk was paired on its screen: the agent goes on with the same token. @param {string} token */
export const adoptToken = (token) => ask("token", { token });

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

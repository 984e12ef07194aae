/**
 * A device's link: which token it uses, how it is, and whether it must be paired first.
 *
 * @typedef {import("./socket.js").Link} Link
 * @typedef {{sound?: "on"|"chime"|"muted"|"none", problems?: string[]}} Condition
 * @typedef {{token: () => Promise<string>, adopt: (token: string) => Promise<unknown>}} Agent
 *   the program beside a kiosk's printer, which has the same token
 * @typedef {{kind: "kiosk"|"display"|"rating", place: string, link: Link,
 *   isUnpaired: import("@preact/signals-core").ReadonlySignal<boolean>,
 *   adopt: (token: string) => Promise<void>}} Device
 */
import { effect, signal } from "@preact/signals-core";

import { openSocket } from "./socket.js";
import { deviceToken, dropOffer, hasStorage, keepOffer, keepToken, settleToken } from "./token.js";

const STATUS_MS = 30_000;

/**
 * @param {"kiosk"|"display"|"rating"} kind
 * @param {string} place the branch, or the counter of a rating pad
 * @param {{asks?: boolean, condition?: () => Condition, agent?: Agent|null}} [options]
 * @returns {Device}
 */
export function openDevice(kind, place, { asks = false, condition = () => ({}), agent = null } = {}) {
  const screen = `${kind}:${place}`;
  const isUnpaired = signal(false);
  /** With which token the server was last asked to be let in. Taken from the address bar at once. */
  let used = deviceToken(screen);
  const link = openSocket(kind, {
    token: () => (used = deviceToken(screen)),
    asks,
    said: { version: document.documentElement.dataset.version ?? "", agent: agent ? "1" : "" },
  });

  async function tell() {
    if (!link.socket.connected) return;
    const { sound = "", problems = [] } = condition();
    const state = link.state.peek();
    const all = hasStorage() ? problems : [...problems, "no_storage"];
    await link.emit("status", { seq: state?.seq, at: state?.at, sound, problems: all });
  }

  /** @param {string} token */
  async function take(token) {
    keepOffer(screen, token);
    const answer = await link.emit("token", { token });
    if (answer.ok) settleToken(screen, token);
    else if (answer.error.code === "bad_token") dropOffer(screen, token);
  }

  /** Not let in: the other token, the agent's, or a person has to pair the device. */
  async function refused() {
    if (dropOffer(screen, used)) return link.reconnect();
    const other = agent ? await agent.token() : "";
    if (other && other !== used) {
      keepToken(screen, other);
      return link.reconnect();
    }
    isUnpaired.value = true;
  }

  link.socket.on("token", ({ token }) => void take(String(token)));
  link.socket.on("connect", () => {
    settleToken(screen, used);
    isUnpaired.value = false;
    // The snapshot comes first.
    setTimeout(tell, 2_000);
  });
  effect(() => {
    if (link.refusal.value?.code === "bad_token") void refused();
  });
  setInterval(tell, STATUS_MS);

  return {
    kind,
    place,
    link,
    isUnpaired,
    adopt: async (token) => {
      keepToken(screen, token);
      await agent?.adopt(token);
      link.reconnect();
    },
  };
}

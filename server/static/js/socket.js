/**
 * A screen's link to the server: the only module that knows socket.io-client.
 *
 * Three rules hold it together. State changes only in order of `seq`; anything else asks for a
 * fresh snapshot. A command is refused at once while the link is down, never stored to be sent
 * later. A retry carries the same command id, so that it counts once.
 *
 * @typedef {import("./reducer.js").State} State
 * @typedef {import("./reducer.js").Change} Change
 * @typedef {import("./reducer.js").Pulse} Pulse
 * @typedef {"live"|"slow"|"reconnecting"|"offline"|"refused"} Status
 * @typedef {{code: string, message: string, facts?: Record<string, any>, retry?: boolean}} Refusal
 * @typedef {{ok: true, seq?: number, result?: any, error?: undefined}
 *   | {ok: false, error: Refusal, seq?: undefined, result?: undefined}} Ack
 */
import { signal } from "@preact/signals-core";
import { io } from "socket.io-client";

import { newId } from "./ids.js";
import { applyChange, applyPulse, fromSnapshot } from "./reducer.js";
import { language, setLanguage, t } from "./text.js";

const QUIET_MS = 6_000;
const STALE_MS = 12_000;
/** Where people stand and wait, the link is asked about when it has been quiet so long, and given this time. */
const ASK_AFTER_MS = 3_500;
const ASK_MS = 1_500;
const SLOW_MS = 800;
const SLOW_FORGOTTEN_MS = 30_000;
const RETRIES = 2;
/** Clocks differ a little, and the server may be busy. */
const SPARE_MS = 3_000;
const REFUSED_RETRY_MS = 5_000;
/** Refused for a reason that trying again cannot change: a person has to sign in. */
const FINAL = new Set(["signed_out"]);

/**
 * @param {string} namespace such as "kiosk"
 * @param {{token?: string | (() => string), language?: string, asks?: boolean, said?: Record<string, string>}} [options]
 *   `said`: more that the server is told on connecting
 *   `asks`: notice a dead link within six seconds, at the price of a question between two pulses
 */
export function openSocket(namespace, options = {}) {
  if (options.language) setLanguage(options.language);
  return new Link(`/${namespace.replace(/^\//, "")}`, options.token ?? "", options.asks ?? false, options.said ?? {});
}

/**
 * @param {string} code
 * @returns {Ack}
 */
function failed(code) {
  return { ok: false, error: { code, message: t(`error.${code}`), retry: true } };
}

export class Link {
  /** @type {import("@preact/signals-core").Signal<State|null>} */
  state = signal(null);
  /** @type {import("@preact/signals-core").Signal<Status>} */
  status = signal("reconnecting");
  /** When the server was last heard, by this device's clock, ms; 0 = never. */
  lastHeardAt = signal(0);
  /** Round trip of the last command, ms. */
  latency = signal(/** @type {number|null} */ (null));
  /** Why the server refused this screen. */
  refusal = signal(/** @type {Refusal|null} */ (null));

  /** @type {Set<(change: Change) => void>} */
  #listeners = new Set();
  /** Changes that came while a snapshot was on its way; null = none is. @type {Change[]|null} */
  #held = null;
  #heard = performance.now();
  #measured = -Infinity;
  #asks = false;
  #isAsking = false;
  #isUnanswered = false;
  #server = { at: Date.now(), mark: performance.now() };

  /**
   * @param {string} namespace
   * @param {string | (() => string)} token
   * @param {boolean} asks
   * @param {Record<string, string>} said
   */
  constructor(namespace, token, asks, said) {
    this.#asks = asks;
    const mine = typeof token === "function" ? token : () => token;
    this.socket = io(namespace, {
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      auth: (/** @type {(data: object) => void} */ give) => give({ ...said, token: mine(), language: language.peek() }),
      reconnectionDelay: 300,
      reconnectionDelayMax: 5_000,
      randomizationFactor: 0.5,
      timeout: 5_000,
    });
    this.#listen();
    setInterval(() => this.#tick(), 500);
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake());
    addEventListener("online", () => this.#wake());
    addEventListener("offline", () => this.#watch());
  }

  /** The server's clock, ms since 1970: the demo's may be hours from this device's. */
  serverNow = () => this.#server.at + (performance.now() - this.#server.mark);

  /**
   * Send a command. Never rejects. Pass your own `command_id` to repeat a press safely.
   * @param {string} name
   * @param {Record<string, any>} [args]
   * @param {{timeout?: number}} [options]
   * @returns {Promise<Ack>}
   */
  call = async (name, args = {}, { timeout = 3_000 } = {}) => {
    if (!this.socket.connected) return failed("offline");
    // Whatever lies in the network until nobody waits for it any more is not carried out.
    const deadline = new Date(this.serverNow() + (RETRIES + 1) * timeout + SPARE_MS).toISOString();
    const body = { language: language.value, command_id: newId(), ...args, name, deadline };
    for (let tried = 0; tried <= RETRIES; tried += 1) {
      const ack = await this.#send("command", body, timeout);
      if (ack) return ack;
      if (!this.socket.connected) break;
    }
    return failed("timeout");
  };

  /**
   * Tell or ask the server something that is no command (`shown`, `lookup`). Never rejects.
   * @param {string} event
   * @param {Record<string, any>} data
   * @param {{timeout?: number}} [options]
   * @returns {Promise<Ack>}
   */
  emit = async (event, data, { timeout = 3_000 } = {}) => {
    if (!this.socket.connected) return failed("offline");
    return (await this.#send(event, data, timeout)) ?? failed("timeout");
  };

  /**
   * Hear of changes as they happen, in order; what a snapshot caught up with is not told.
   * @param {(change: Change) => void} listener
   * @returns {() => void} stops listening
   */
  onChange = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * What a screen may show until the server is heard for the first time. It is never current.
   * @param {{branch: any, catalogue: any, at: string}} known
   */
  seed = (known) => {
    if (this.state.peek() === null) {
      this.state.value = fromSnapshot({ seq: -1, tables: { queues: {}, slips: {} }, ...known });
      this.#server = { at: Date.parse(known.at), mark: performance.now() };
    }
  };

  /** Begin anew, at once. */
  reconnect = () => void this.socket.disconnect().connect();

  /** Ask for a fresh snapshot; one question at a time. */
  refresh = async () => {
    if (this.#held !== null || !this.socket.connected) return;
    this.#held = [];
    const snapshot = await this.#send("snapshot", {}, 5_000);
    // The server may have sent one by itself meanwhile (a new connection).
    if (this.#held === null) return;
    if (snapshot && "tables" in snapshot) this.#adopt(/** @type {any} */ (snapshot));
    else {
      this.#held = null;
      setTimeout(this.refresh, 1_000);
    }
  };

  /**
   * @param {string} event
   * @param {object} data
   * @param {number} timeout
   * @returns {Promise<Ack|null>} null = no answer in time
   */
  async #send(event, data, timeout) {
    const start = performance.now();
    try {
      const ack = await this.socket.timeout(timeout).emitWithAck(event, data);
      this.#hear();
      this.#measured = performance.now();
      this.latency.value = Math.round(this.#measured - start);
      return ack;
    } catch {
      return null;
    } finally {
      this.#watch();
    }
  }

  #listen() {
    const { socket } = this;
    socket.on("connect", () => {
      this.refusal.value = null;
      this.#hear();
      this.#watch();
    });
    socket.on("disconnect", (reason) => {
      socket.sendBuffer = [];
      this.#held = null;
      this.#watch();
      if (reason === "io server disconnect") setTimeout(() => socket.connect(), 1_000);
    });
    socket.on("connect_error", (error) => this.#refused(error));
    socket.on("snapshot", (snapshot) => this.#adopt(snapshot));
    socket.on("change", (change) => this.#change(change));
    socket.on("pulse", (pulse) => this.#pulse(pulse));
    socket.io.on("ping", () => this.#hear());
  }

  /** @param {Error & {data?: any}} error */
  #refused(error) {
    // While `active`, the client tries again by itself: the network, not the server, said no.
    if (this.socket.active) return;
    const code = error.message;
    this.refusal.value = { code, message: error.data?.message ?? t(`error.${code}`) };
    this.#watch();
    if (!FINAL.has(code)) setTimeout(() => this.socket.connect(), REFUSED_RETRY_MS);
  }

  /** @param {State} snapshot */
  #adopt(snapshot) {
    const held = this.#held ?? [];
    this.#held = null;
    this.#hear(snapshot.at);
    this.state.value = fromSnapshot(snapshot);
    held.sort((a, b) => a.seq - b.seq).forEach((change) => this.#change(change));
    this.#watch();
  }

  /** @param {Change} change */
  #change(change) {
    if (this.#held !== null) {
      this.#held.push(change);
      return;
    }
    const before = this.state.value;
    const step = applyChange(before, change);
    const isNew = step.state !== before;
    this.#hear(isNew ? change.at : undefined);
    if (isNew) {
      this.state.value = step.state;
      this.#listeners.forEach((listener) => listener(change));
    }
    if (step.gap) void this.refresh();
    this.#watch();
  }

  /** @param {Pulse} pulse */
  #pulse(pulse) {
    this.#hear(pulse.at);
    const step = applyPulse(this.state.value, pulse);
    this.state.value = step.state;
    if (step.gap) void this.refresh();
    this.#watch();
  }

  /** @param {string} [at] the server's time, where the message carried it */
  #hear(at) {
    this.#heard = performance.now();
    this.#isUnanswered = false;
    this.lastHeardAt.value = Date.now();
    if (at) this.#server = { at: Date.parse(at), mark: this.#heard };
  }

  #tick() {
    const isQuiet = performance.now() - this.#heard >= ASK_AFTER_MS;
    if (this.#asks && isQuiet && !this.#isAsking && this.socket.connected) void this.#ask();
    this.#watch();
  }

  async #ask() {
    this.#isAsking = true;
    const start = performance.now();
    const answer = await this.#send("here", {}, ASK_MS);
    // Whatever else was heard meanwhile is an answer too.
    this.#isUnanswered = answer === null && this.#heard < start;
    this.#isAsking = false;
    this.#watch();
  }

  #watch() {
    this.status.value = this.#judge();
  }

  /** @returns {Status} */
  #judge() {
    if (this.refusal.value) return "refused";
    const now = performance.now();
    const quiet = now - this.#heard;
    if (quiet >= STALE_MS) return "offline";
    if (!this.socket.connected || quiet >= QUIET_MS || this.#isUnanswered) return "reconnecting";
    const isFresh = now - this.#measured < SLOW_FORGOTTEN_MS;
    return isFresh && (this.latency.value ?? 0) > SLOW_MS ? "slow" : "live";
  }

  #wake() {
    if (this.socket.connected) void this.refresh();
    else if (!this.refusal.value) this.socket.connect();
  }
}

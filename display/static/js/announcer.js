/** Gives each live call its turn on the wall, has it spoken, and tells the server what was done. */
import { signal } from "@preact/signals";

import { NO_TURNS, addAside, advance, arrive, done, heard, isAside, isCall, passes, remove, timeLeft, withdraw } from "./turns.js";

/** @typedef {import("./turns.js").Announce} Announce */
/** @typedef {import("./turns.js").Turn} Turn */
/** @typedef {import("./turns.js").Turns} Turns */
/** @typedef {import("./sound.js").Said} Said */
/** @typedef {{type: string, ticket?: string | null, counter?: string | null}} Word */
/** @typedef {{rows?: Record<string, Record<string, any>>, announce?: Announce, event?: Word}} Change */

/**
 * What the announcer needs of the page; the tests give it a silent one.
 * @typedef {object} Hall
 * @property {() => number} now  ms by a clock that never steps back, as the server's does a little with each message
 * @property {() => number} serverNow
 * @property {(counter: number) => boolean} isOurs whether the counter is in this display's zone
 * @property {(said: Said) => Promise<"spoken" | "chimed" | "muted">} announceAloud
 * @property {(said: Said) => Promise<boolean>} say
 * @property {() => void} hush
 * @property {(event: "shown" | "spoken", seq: number) => void} report
 * @property {() => Promise<void>} painted
 */

const REPEAT_AFTER_MS = 2000;
/** Whoever was sent on to a counter has gone there, or was not sent after all. */
const ENDS_A_FORWARD = new Set(["StepUndone", "TicketCalled", "TicketResumed", "TicketCancelled", "TicketParked", "TicketTransferred"]);
/** More numbers than a wall has rows are not remembered. */
const REMEMBERED = 200;

/** @param {Hall} hall */
export function makeAnnouncer(hall) {
  const turns = signal(/** @type {Turns} */ (NO_TURNS));
  /** @type {Map<string, number>} ticket id -> seq of its newest forward */
  const forwards = new Map();
  /** @type {Map<string, string>} ticket id -> number, to know whose row left */
  const numbers = new Map();
  /** @type {Record<string, any>} the rows on the wall */
  let present = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {Turns} next */
  function become(next) {
    const before = turns.peek().current;
    turns.value = next;
    const after = next.current;
    clearTimeout(timer);
    if (next.waiting.length || (after && passes(after))) {
      const left = timeLeft(next, hall.now());
      timer = setTimeout(() => become(advance(turns.peek(), hall.now())), left + 10);
    }
    const isNewTurn = after && (!before || !after.seqs.includes(before.seqs[0]));
    // Also where the same number is called again: its second reading may still be under way.
    if (before && (!after || isNewTurn)) hall.hush();
    if (isNewTurn) void perform(after.seq, after);
  }

  /** @param {number} seq @param {Turn} said */
  async function perform(seq, said) {
    const result = said.aloud ? await hall.announceAloud(said).catch(() => /** @type {const} */ ("muted")) : "muted";
    if (!isCall(said)) return become(done(turns.peek(), seq, hall.now()));
    const turn = turns.peek().current;
    const shown = turn?.seqs.includes(seq) ? turn.seqs : [seq];
    // A chime alone is no spoken call: the counter is told that it was shown.
    if (result === "spoken") {
      for (const one of shown) hall.report("spoken", one);
    }
    become(heard(turns.peek(), seq, hall.now()));
    if (result === "spoken" && isAlone(seq)) {
      await new Promise((resolve) => setTimeout(resolve, REPEAT_AFTER_MS));
      if (isAlone(seq)) await hall.say(said).catch(() => false);
    }
    become(done(turns.peek(), seq, hall.now()));
  }

  /** @param {number} seq */
  function isAlone(seq) {
    const { current, waiting } = turns.peek();
    return current?.seqs.includes(seq) && waiting.every(isAside);
  }

  /**
   * A live change, in order. Catching up never comes here, so it never chimes (S4).
   * @param {Change} change
   */
  function onChange({ rows, announce, event }) {
    let next = turns.peek();
    const forward = forwards.get(event?.ticket ?? "");
    if (event?.ticket && forward !== undefined && ENDS_A_FORWARD.has(event.type)) {
      forwards.delete(event.ticket);
      next = remove(next, (turn) => turn.seq === forward, hall.now());
    }
    for (const [id, row] of Object.entries(rows?.calls ?? {})) {
      if (row) numbers.set(id, row.number);
      else {
        next = withdraw(next, numbers.get(id) ?? "", hall.now());
        numbers.delete(id);
      }
    }
    // Rows that left while the link was cut said nothing of it.
    if (numbers.size > REMEMBERED) {
      for (const id of numbers.keys()) if (!(id in present)) numbers.delete(id);
    }
    const ours = announce && !isAside(announce) && isHere(announce) ? announce : null;
    if (ours) {
      next = arrive(next, ours, hall.now(), endOf(ours));
      if (ours.kind === "forward" && event?.ticket) remember(event.ticket, ours.seq);
    }
    if (next !== turns.peek()) become(next);
    if (ours && isCall(ours)) hall.painted().then(() => hall.report("shown", ours.seq));
  }

  /** @param {string} ticket @param {number} seq */
  function remember(ticket, seq) {
    forwards.set(ticket, seq);
    const [oldest] = forwards.keys();
    if (forwards.size > REMEMBERED) forwards.delete(oldest);
  }

  /** Whoever is sent on still stands at the counter they come from. @param {Announce} announce */
  function isHere({ counter, from_counter: from }) {
    return hall.isOurs(counter) || (from != null && hall.isOurs(from));
  }

  /** Until when it is worth saying, by the clock of the turns. @param {Announce} announce */
  function endOf({ expires_at: at }) {
    return hall.now() + (Date.parse(at ?? "") || Infinity) - hall.serverNow();
  }

  /** Say what is about no ticket, when nobody is called. @param {Announce} announce */
  function say(announce) {
    become(addAside(turns.peek(), announce, hall.now(), endOf(announce)));
  }

  /** It is no longer true, or no longer wanted. @param {number} seq */
  function unsay(seq) {
    const next = remove(turns.peek(), (turn) => turn.seq === seq, hall.now());
    if (next !== turns.peek()) become(next);
  }

  /** The numbers of the rows that a snapshot brought. @param {Record<string, any> | undefined} rows */
  function learn(rows) {
    present = rows ?? {};
    for (const [id, row] of Object.entries(rows ?? {})) numbers.set(id, row.number);
  }

  return { turns, onChange, learn, say, unsay };
}

/** Resolves when the browser has painted what was last asked of it. @returns {Promise<void>} */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}

/** Gives each live call its turn on the wall, has it spoken, and tells the server what was done. */
import { signal } from "@preact/signals";

import { NO_TURNS, advance, arrive, heard, timeLeft, withdraw } from "./turns.js";

/** @typedef {import("./turns.js").Announce} Announce */
/** @typedef {import("./turns.js").Turns} Turns */
/** @typedef {import("./sound.js").Said} Said */
/** @typedef {{rows?: Record<string, Record<string, any>>, announce?: Announce}} Change */

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
/** More numbers than a wall has rows are not remembered. */
const REMEMBERED = 200;

/** @param {Hall} hall */
export function makeAnnouncer(hall) {
  const turns = signal(/** @type {Turns} */ (NO_TURNS));
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
    if (next.waiting.length) {
      const left = timeLeft(next, hall.now());
      timer = setTimeout(() => become(advance(turns.peek(), hall.now())), left + 10);
    }
    const isNewTurn = after && (!before || !after.seqs.includes(before.seqs[0]));
    // Also where the same number is called again: its second reading may still be under way.
    if (before && (!after || isNewTurn)) hall.hush();
    if (isNewTurn) perform(after.seq, after);
  }

  /** @param {number} seq @param {Said} said */
  async function perform(seq, said) {
    const result = await hall.announceAloud(said).catch(() => /** @type {const} */ ("muted"));
    const turn = turns.peek().current;
    const shown = turn?.seqs.includes(seq) ? turn.seqs : [seq];
    // A chime alone is no spoken call: the counter is told that it was shown.
    if (result === "spoken") {
      for (const one of shown) hall.report("spoken", one);
    }
    become(heard(turns.peek(), seq, hall.now()));
    if (result === "spoken" && isAlone(seq)) {
      await new Promise((resolve) => setTimeout(resolve, REPEAT_AFTER_MS));
      if (isAlone(seq)) await hall.say(said);
    }
  }

  /** @param {number} seq */
  function isAlone(seq) {
    const { current, waiting } = turns.peek();
    return current?.seqs.includes(seq) && waiting.length === 0;
  }

  /**
   * A live change, in order. Catching up never comes here, so it never chimes (S4).
   * @param {Change} change
   */
  function onChange({ rows, announce }) {
    let next = turns.peek();
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
    const ours = announce && hall.isOurs(announce.counter) ? announce : null;
    if (ours) {
      const lasts = (Date.parse(ours.expires_at) || Infinity) - hall.serverNow();
      next = arrive(next, ours, hall.now(), hall.now() + lasts);
    }
    if (next !== turns.peek()) become(next);
    if (ours) hall.painted().then(() => hall.report("shown", ours.seq));
  }

  /** The numbers of the rows that a snapshot brought. @param {Record<string, any> | undefined} rows */
  function learn(rows) {
    present = rows ?? {};
    for (const [id, row] of Object.entries(rows ?? {})) numbers.set(id, row.number);
  }

  return { turns, onChange, learn };
}

/** Resolves when the browser has painted what was last asked of it. @returns {Promise<void>} */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}

/**
 * Whose turn it is on the wall: one sentence at a time, each for a minimum time, in order; calls
 * before everything else. Pure: every function takes the turns and the time, and returns new turns.
 */

/** @typedef {"call" | "recall" | "last_call" | "forward" | "pause" | "closing" | "outage" | "notice"} Kind */

/**
 * @typedef {object} Announce
 * @property {number} seq
 * @property {Kind} kind
 * @property {string} number                     "" where it is about no ticket
 * @property {number} counter                    0 where it is about no counter
 * @property {{vi: string, en: string}} text
 * @property {Record<string, string[]>} [words]  by language, one for each clip
 * @property {string[]} [languages]              spoken one after the other
 * @property {string} [expires_at]
 * @property {boolean} [aloud]                   false: only shown
 * @property {{vi: string, en: string}} [line]   of a last call: what is shown below it
 * @property {number | null} [from_counter]      of a forward, as the two that follow
 * @property {{vi: string, en: string}} [service]
 * @property {"left" | "right" | "ahead"} [direction]
 */

/**
 * @typedef {object} Turn
 * @property {number} seq       seq of the newest call shown in this turn; below 0 what the wall says by itself
 * @property {number[]} seqs    every call this turn stands for
 * @property {Kind} kind
 * @property {string} number
 * @property {number} counter
 * @property {{vi: string, en: string}} text
 * @property {Record<string, string[]>} words
 * @property {string[]} languages
 * @property {boolean} aloud
 * @property {{vi: string, en: string} | null} line
 * @property {{vi: string, en: string}} service
 * @property {"left" | "right" | "ahead"} direction
 * @property {number} expiresAt by the clock of the turns, ms
 * @property {number} startedAt the same; 0 while waiting
 * @property {boolean} heard    the first reading is over
 * @property {boolean} done     nothing more will be said of it
 */

/** @typedef {{current: Turn | null, waiting: Turn[], lastSeq: number}} Turns */

export const SHOW_MS = 8000;
export const SHOW_SHORT_MS = 4000;
export const MANY_WAITING = 3;
export const MERGE_MS = 5000;
/** More than this many behind each other is no queue that anybody waits for: the oldest only stands in the list. */
export const MOST_WAITING = 1000;
/** However the sound behaves, nobody holds the wall longer than this. */
export const LONGEST_MS = 30_000;
/** The same for both readings of a call: only another call cuts the second one short. */
export const LONGEST_TWICE_MS = 60_000;

/** @type {Turns} */
export const NO_TURNS = { current: null, waiting: [], lastSeq: 0 };

/** Whether somebody is called by it. @param {{kind: Kind}} turn */
export function isCall({ kind }) {
  return kind === "call" || kind === "recall" || kind === "last_call";
}

/** Whether it is about no ticket: such things wait until nobody is called. @param {{number: string}} turn */
export function isAside({ number }) {
  return number === "";
}

/**
 * A call or a forward came in.
 * @param {Turns} turns
 * @param {Announce} announce
 * @param {number} now
 * @param {number} [expiresAt] on the clock of `now`; otherwise that of the call
 * @returns {Turns}
 */
export function arrive(turns, announce, now, expiresAt = Date.parse(announce.expires_at ?? "") || Infinity) {
  if (announce.seq <= turns.lastSeq) return turns;
  const turn = waitingTurn(announce, expiresAt);
  const known = { ...turns, lastSeq: announce.seq };
  const place = known.waiting.findIndex((other) => isSameCall(other, turn));
  if (place >= 0) {
    const waiting = known.waiting.with(place, joined(known.waiting[place], turn));
    return { ...known, waiting };
  }
  const { current } = known;
  // The last call says more than the recall that is being read.
  const isMore = turn.kind === "last_call" && current?.kind !== "last_call";
  if (current && !isMore && isSameCall(current, turn) && now - current.startedAt < MERGE_MS) {
    return { ...known, current: { ...joined(current, turn), startedAt: current.startedAt } };
  }
  const calls = [...known.waiting.filter((other) => !isAside(other)), turn].slice(-MOST_WAITING);
  const asides = known.waiting.filter(isAside);
  if (!current || !isAside(current)) return advance({ ...known, waiting: [...calls, ...asides] }, now);
  // What was cut off is said from its beginning, when nobody is called any more.
  const again = current.heard ? [] : [{ ...current, startedAt: 0 }];
  return advance({ ...known, current: null, waiting: [...calls, ...again, ...asides] }, now);
}

/**
 * Something else is to be said; `seq` names it.
 * @param {Turns} turns
 * @param {Announce} announce
 * @param {number} now
 * @param {number} expiresAt on the clock of `now`
 * @returns {Turns}
 */
export function addAside(turns, announce, now, expiresAt) {
  const isKnown = [turns.current, ...turns.waiting].some((turn) => turn?.seq === announce.seq);
  if (isKnown) return turns;
  return advance({ ...turns, waiting: [...turns.waiting, waitingTurn(announce, expiresAt)] }, now);
}

/**
 * Gives the wall to the next one if the present one has had its time.
 * @param {Turns} turns
 * @param {number} now
 * @returns {Turns}
 */
export function advance(turns, now) {
  if (timeLeft(turns, now) > 0) return turns;
  const waiting = turns.waiting.filter((turn) => turn.expiresAt > now);
  const [next, ...rest] = waiting;
  if (next) return { ...turns, current: { ...next, startedAt: now }, waiting: rest };
  const current = turns.current && passes(turns.current) ? null : turns.current;
  return waiting.length === turns.waiting.length && current === turns.current ? turns : { ...turns, current, waiting };
}

/** A call stays until the next one; everything else leaves when it has had its time. @param {Turn} turn */
export function passes(turn) {
  return !isCall(turn);
}

/**
 * Milliseconds for which the present one still holds the wall; 0 when it may be replaced.
 * @param {Turns} turns
 * @param {number} now
 */
export function timeLeft(turns, now) {
  const { current, waiting } = turns;
  if (!current) return 0;
  const shown = now - current.startedAt;
  if (shown < 0) return 0;
  const [next] = waiting;
  const again = current.heard && current.number !== "" && next?.number === current.number;
  if (again) return 0;
  const isPolite = next && isAside(next) && isCall(current) && !current.done;
  const least = waiting.filter((turn) => !isAside(turn)).length > MANY_WAITING ? SHOW_SHORT_MS : SHOW_MS;
  const most = isPolite ? LONGEST_TWICE_MS : LONGEST_MS;
  return Math.max(0, (current.heard && !isPolite ? least : most) - shown);
}

/**
 * The first reading of a turn is over.
 * @param {Turns} turns
 * @param {number} seq   seq the turn began with
 * @param {number} now
 * @returns {Turns}
 */
export function heard(turns, seq, now) {
  if (!turns.current?.seqs.includes(seq)) return turns;
  return advance({ ...turns, current: { ...turns.current, heard: true } }, now);
}

/**
 * Nothing more will be said of a turn.
 * @param {Turns} turns
 * @param {number} seq
 * @param {number} now
 * @returns {Turns}
 */
export function done(turns, seq, now) {
  if (!turns.current?.seqs.includes(seq)) return turns;
  return advance({ ...turns, current: { ...turns.current, heard: true, done: true } }, now);
}

/**
 * A call was taken back (undo, no-show, transfer): it leaves the wall at once.
 * @param {Turns} turns
 * @param {string} number
 * @param {number} now
 * @returns {Turns}
 */
export function withdraw(turns, number, now) {
  return remove(turns, (turn) => isCall(turn) && turn.number === number, now);
}

/**
 * Whatever is no longer true leaves the wall at once.
 * @param {Turns} turns
 * @param {(turn: Turn) => boolean} isOver
 * @param {number} now
 * @returns {Turns}
 */
export function remove(turns, isOver, now) {
  const waiting = turns.waiting.filter((turn) => !isOver(turn));
  const current = turns.current && isOver(turns.current) ? null : turns.current;
  if (current === turns.current && waiting.length === turns.waiting.length) return turns;
  return advance({ ...turns, current, waiting }, now);
}

/** @param {Announce} announce @param {number} expiresAt @returns {Turn} */
function waitingTurn(announce, expiresAt) {
  const { seq, kind, number, counter, text, words = {}, languages = ["vi"] } = announce;
  const { aloud = true, line = null, service = { vi: "", en: "" }, direction = "ahead" } = announce;
  const said = { text, words, languages, aloud, line, service, direction };
  return { seq, seqs: [seq], kind, number, counter, ...said, expiresAt, startedAt: 0, heard: false, done: false };
}

/** @param {Turn} a @param {Turn} b */
function isSameCall(a, b) {
  return isCall(a) && isCall(b) && a.number === b.number && a.counter === b.counter;
}

/** One turn for two calls of the same ticket: spoken once. @param {Turn} old @param {Turn} newer */
function joined(old, newer) {
  return { ...newer, seqs: [...old.seqs, newer.seq], heard: old.heard, done: old.done };
}

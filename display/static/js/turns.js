/**
 * Whose turn it is on the wall: one call at a time, each for a minimum time, in order.
 * Pure: every function takes the turns and the time, and returns new turns.
 */

/**
 * @typedef {object} Announce
 * @property {number} seq
 * @property {"call" | "recall"} kind
 * @property {string} number
 * @property {number} counter
 * @property {{vi: string, en: string}} text
 * @property {Record<string, string[]>} [words]  by language, one for each clip
 * @property {string[]} [languages]              spoken one after the other
 * @property {string} expires_at
 */

/**
 * @typedef {object} Turn
 * @property {number} seq       seq of the newest call shown in this turn
 * @property {number[]} seqs    every call this turn stands for
 * @property {"call" | "recall"} kind
 * @property {string} number
 * @property {number} counter
 * @property {{vi: string, en: string}} text
 * @property {Record<string, string[]>} words
 * @property {string[]} languages
 * @property {number} expiresAt by the clock of the turns, ms
 * @property {number} startedAt the same; 0 while waiting
 * @property {boolean} heard    the first reading is over
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

/** @type {Turns} */
export const NO_TURNS = { current: null, waiting: [], lastSeq: 0 };

/**
 * A call came in.
 * @param {Turns} turns
 * @param {Announce} announce
 * @param {number} now
 * @param {number} [expiresAt] on the clock of `now`; otherwise that of the call
 * @returns {Turns}
 */
export function arrive(turns, announce, now, expiresAt = Date.parse(announce.expires_at) || Infinity) {
  if (announce.seq <= turns.lastSeq) return turns;
  const turn = waitingTurn(announce, expiresAt);
  const known = { ...turns, lastSeq: announce.seq };
  const place = known.waiting.findIndex((other) => isSameCall(other, turn));
  if (place >= 0) {
    const waiting = known.waiting.with(place, joined(known.waiting[place], turn));
    return { ...known, waiting };
  }
  const { current } = known;
  if (current && isSameCall(current, turn) && now - current.startedAt < MERGE_MS) {
    return { ...known, current: { ...joined(current, turn), startedAt: current.startedAt } };
  }
  const waiting = [...known.waiting, turn].slice(-MOST_WAITING);
  return advance({ ...known, waiting }, now);
}

/**
 * Gives the wall to the next call if the present one has had its time.
 * @param {Turns} turns
 * @param {number} now
 * @returns {Turns}
 */
export function advance(turns, now) {
  if (timeLeft(turns, now) > 0) return turns;
  const waiting = turns.waiting.filter((turn) => turn.expiresAt > now);
  const [next, ...rest] = waiting;
  if (!next) return waiting.length === turns.waiting.length ? turns : { ...turns, waiting };
  return { ...turns, current: { ...next, startedAt: now }, waiting: rest };
}

/**
 * Milliseconds for which the present call still holds the wall; 0 when it may be replaced.
 * @param {Turns} turns
 * @param {number} now
 */
export function timeLeft(turns, now) {
  const { current, waiting } = turns;
  if (!current) return 0;
  const shown = now - current.startedAt;
  if (shown < 0) return 0;
  const again = current.heard && waiting[0]?.number === current.number;
  if (again) return 0;
  const least = waiting.length > MANY_WAITING ? SHOW_SHORT_MS : SHOW_MS;
  return Math.max(0, (current.heard ? least : LONGEST_MS) - shown);
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
 * A call was taken back (undo, no-show, transfer): it leaves the wall at once.
 * @param {Turns} turns
 * @param {string} number
 * @param {number} now
 * @returns {Turns}
 */
export function withdraw(turns, number, now) {
  const waiting = turns.waiting.filter((turn) => turn.number !== number);
  const current = turns.current?.number === number ? null : turns.current;
  if (current === turns.current && waiting.length === turns.waiting.length) return turns;
  return advance({ ...turns, current, waiting }, now);
}

/** @param {Announce} announce @param {number} expiresAt @returns {Turn} */
function waitingTurn(announce, expiresAt) {
  const { seq, kind, number, counter, text, words = {}, languages = ["vi"] } = announce;
  return { seq, seqs: [seq], kind, number, counter, text, words, languages, expiresAt, startedAt: 0, heard: false };
}

/** @param {Turn} a @param {Turn} b */
function isSameCall(a, b) {
  return a.number === b.number && a.counter === b.counter;
}

/** One turn for two calls of the same ticket: spoken once. @param {Turn} old @param {Turn} newer */
function joined(old, newer) {
  return { ...newer, seqs: [...old.seqs, newer.seq], heard: old.heard };
}

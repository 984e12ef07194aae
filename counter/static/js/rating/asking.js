/**
 * Whether the pad asks, and about which visit. Pure: what was, and what is heard, give what is.
 *
 * @typedef {{number: string, token: string, language: string, until: string, seconds: number}} Ask as the server
 *   offers it; `seconds`: the branch's window
 * @typedef {{token: string, number: string, language: string, until: number, seconds: number,
 *   isTouched: boolean, isSending: boolean, step: "level"|"why"|"thanks", level: number}} Asking `until` in ms
 * @typedef {{asking: Asking | null, done: string[]}} Pad `done`: visits that were rated or passed over here
 */

/** How long the thanks stand, ms. */
export const THANKS_MS = 5_000;
/** Visits whose tokens are remembered. */
const REMEMBERED = 20;

/** @type {Pad} */
export const NOTHING = { asking: null, done: [] };

/**
 * The server's row came, or time has passed.
 * @param {Pad} pad
 * @param {Ask | null} ask
 * @param {number} now ms
 * @returns {Pad}
 */
export function heard(pad, ask, now) {
  const { asking, done } = pad;
  if (asking && isBusy(asking) && now < asking.until) return pad;
  const isOver = asking !== null && now >= asking.until;
  const known = isOver && asking.step !== "thanks" ? [...done, asking.token].slice(-REMEMBERED) : done;
  if (ask && !known.includes(ask.token) && now < Date.parse(ask.until)) {
    return asking?.token === ask.token && !isOver ? pad : { asking: begun(ask), done: known };
  }
  return asking === null && known === done ? pad : { asking: null, done: known };
}

/** Somebody has begun to answer, or is being thanked: nothing is taken from under the finger. @param {Asking} asking */
function isBusy(asking) {
  return asking.isTouched || asking.isSending || asking.step !== "level";
}

/** @param {Ask} ask @returns {Asking} */
function begun(ask) {
  const { token, number, language, until, seconds } = ask;
  const nothing = { isTouched: false, isSending: false, level: 0 };
  return { token, number, language, until: Date.parse(until), seconds, ...nothing, step: "level" };
}

/**
 * A finger is on the pad: whoever has begun to answer is given the window once more, and no longer:
 * the server waits as long.
 * @param {Pad} pad
 * @returns {Pad}
 */
export function touched(pad) {
  const { asking } = pad;
  if (!asking || asking.isTouched || asking.step === "thanks") return pad;
  return { ...pad, asking: { ...asking, isTouched: true, until: asking.until + asking.seconds * 1000 } };
}

/**
 * How much of the time is left, 1 to 0.
 * @param {Asking} asking
 * @param {number} now ms
 */
export function timeLeft(asking, now) {
  const whole = asking.seconds * (asking.isTouched ? 2 : 1) * 1000;
  return Math.min(1, Math.max(0, (asking.until - now) / whole));
}

/**
 * The answer was given, or the question passed over: the visit is not asked about again.
 * @param {Pad} pad
 * @param {number} now ms
 * @param {boolean} isRated
 * @returns {Pad}
 */
export function ended(pad, now, isRated) {
  const { asking } = pad;
  if (!asking) return pad;
  const done = [...pad.done, asking.token].slice(-REMEMBERED);
  return { done, asking: isRated ? { ...asking, isSending: false, step: "thanks", until: now + THANKS_MS } : null };
}

/** @param {Pad} pad @param {Partial<Asking>} change @returns {Pad} */
export function changed(pad, change) {
  return pad.asking ? { ...pad, asking: { ...pad.asking, ...change } } : pad;
}

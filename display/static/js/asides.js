/**
 * What the wall says besides calls: a counter that pauses, a notice, that the last ticket is near, that
 * the server is silent. None of it is said for what happened before the page was there.
 *
 * @typedef {import("./turns.js").Announce} Announce
 * @typedef {import("./sound.js").Said} Said
 * @typedef {import("./hall.js").Doors} Doors
 * @typedef {import("./announcer.js").Change} Change
 * @typedef {{closing: Said | null, closing_minutes: number, outage: Said | null}} Sentences
 */

/**
 * What the asides need of the page; the tests give it a silent one.
 * @typedef {object} Hall
 * @property {() => number} serverNow ms
 * @property {() => number} silentMs  for how long nothing was heard of the server
 * @property {() => Doors | undefined} doors
 * @property {() => Sentences} sentences
 * @property {(seq: number) => boolean} isPosted whether a notice is still to be read
 * @property {() => boolean} isQuiet  dark, or an emergency: nothing is begun
 * @property {(counter: number) => boolean} isOurs
 * @property {(announce: Announce) => void} say
 * @property {(seq: number) => void} unsay
 * @property {(said: Said) => Promise<Sayable>} look asks for new clips
 * @property {(said: Said) => void} lacks reports clips that never came
 */

/** How much of a sentence can be said: in all its languages, in the first one, or not. @typedef {"whole" | "first" | "not"} Sayable */

const MINUTE_MS = 60_000;
const SILENT_MS = 60_000;
const OUTAGE_AGAIN_MS = 300_000;
const OWN_LAST_MS = 120_000;
const LOOK_EVERY_MS = 3_000;
/** So long a notice waits for the clips of its other languages. */
const PATIENCE_MS = 25_000;
const ENDS_A_PAUSE = new Set(["CounterResumed", "CounterOpened", "CounterClosed", "CounterReleased", "CounterHandedOver"]);

/**
 * When the wall says that the last ticket is near.
 * @param {Doors | undefined} doors
 * @param {number} minutes
 */
export function closingAt(doors, minutes) {
  return doors?.last_ticket ? Date.parse(doors.last_ticket) - minutes * MINUTE_MS : NaN;
}

/** Inside opening hours. @param {Doors | undefined} doors @param {number} now server time, ms */
export function isOpen(doors, now) {
  return Boolean(doors?.sessions.some(([from, to]) => Date.parse(from) <= now && now < Date.parse(to)));
}

/** @param {Hall} hall */
export function makeAsides(hall) {
  /** Server time when the wall last looked; a page that has only just come did not see the instant pass. */
  let before = Infinity;
  let closedFor = NaN;
  let outageAt = -Infinity;
  /** Of what the wall says by itself. */
  let own = 0;
  /** The outage that is said or waits to be; 0 = none. */
  let outage = 0;
  /** @type {Map<string, number>} counter id -> seq */
  const pauses = new Map();
  /** @type {Map<number, {announce: Announce, since: number, isSaid: boolean, lookedAt: number}>} by seq */
  const notices = new Map();

  /** @param {"closing" | "outage"} kind @param {Said} said */
  function sayOwn(kind, said) {
    own -= 1;
    hall.say({ seq: own, kind, number: "", counter: 0, ...said, expires_at: new Date(hall.serverNow() + OWN_LAST_MS).toISOString() });
    return own;
  }

  /** @param {number} now */
  function minuteClosing(now) {
    const { closing, closing_minutes: minutes } = hall.sentences();
    const at = closingAt(hall.doors(), minutes);
    const isNow = before < at && now >= at && now - at < MINUTE_MS && at !== closedFor;
    before = now;
    if (!isNow || !closing || hall.isQuiet() || hall.silentMs() >= MINUTE_MS) return;
    closedFor = at;
    sayOwn("closing", closing);
  }

  function watchLink() {
    if (hall.silentMs() < SILENT_MS) return heard();
    const now = hall.serverNow();
    const said = hall.sentences().outage;
    if (!said || hall.isQuiet() || !isOpen(hall.doors(), now) || now - outageAt < OUTAGE_AGAIN_MS) return;
    outageAt = now;
    outage = sayOwn("outage", said);
  }

  /** The server was heard: there is no outage any more. */
  function heard() {
    if (outage !== 0) hall.unsay(outage);
    outage = 0;
  }

  /** A live change, in order. @param {Change} change */
  function onChange({ announce, event, rows }) {
    const counter = event?.counter ?? "";
    const paused = pauses.get(counter);
    if (event && paused !== undefined && ENDS_A_PAUSE.has(event.type)) {
      pauses.delete(counter);
      hall.unsay(paused);
    }
    for (const [seq, row] of Object.entries(rows?.notices ?? {})) if (!row) drop(Number(seq));
    if (announce?.kind === "pause" && hall.isOurs(announce.counter) && !hall.isQuiet()) {
      pauses.set(counter, announce.seq);
      hall.say(announce);
    }
    if (announce?.kind === "notice") {
      notices.set(announce.seq, { announce, since: hall.serverNow(), isSaid: false, lookedAt: -Infinity });
    }
  }

  /** A notice that was taken down. @param {number} seq */
  function drop(seq) {
    if (notices.delete(seq)) hall.unsay(seq);
  }

  /** @param {number} now */
  function lookForNotices(now) {
    for (const [seq, kept] of notices) {
      const isOver = Date.parse(kept.announce.expires_at ?? "") <= now;
      if (isOver) {
        notices.delete(seq);
        if (!kept.isSaid && !hall.isQuiet()) hall.lacks(/** @type {Said} */ (kept.announce));
      } else if (kept.isSaid && !hall.isPosted(seq)) {
        drop(seq);
      } else if (!kept.isSaid && now - kept.lookedAt >= LOOK_EVERY_MS) {
        kept.lookedAt = now;
        void hall.look(/** @type {Said} */ (kept.announce)).then((sayable) => sayNotice(seq, sayable));
      }
    }
  }

  /** @param {number} seq @param {Sayable} sayable */
  function sayNotice(seq, sayable) {
    const kept = notices.get(seq);
    if (!kept || kept.isSaid || hall.isQuiet() || !hall.isPosted(seq)) return;
    const isPatient = hall.serverNow() - kept.since < PATIENCE_MS;
    if (sayable === "not" || (sayable === "first" && isPatient)) return;
    kept.isSaid = true;
    hall.say(kept.announce);
  }

  /** To be called every second. */
  function tick() {
    const now = hall.serverNow();
    minuteClosing(now);
    watchLink();
    lookForNotices(now);
  }

  return { tick, heard, onChange };
}

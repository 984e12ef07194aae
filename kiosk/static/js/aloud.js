/**
 * Reading aloud, from clips that the server makes on this network: one sentence after the other, the
 * next one fetched while one plays. Whatever is newer ends what is older.
 *
 * @typedef {{text: string, language: string}} Part
 */
import { signal } from "@preact/signals";
import { language, t } from "/static/js/text.js";

import { isAloud, link } from "./session.js";

/** Sentences longer than the server takes at once are cut between words. */
const LONGEST = 200;
const ANSWER_MS = 8_000;
/** No sentence lasts longer; a player that says nothing more must not hold up the rest. */
const PLAYED_MS = 30_000;
const KEPT = 80;
/** Let a change of the screen settle, and the reading of a new step begin, ms. */
const SETTLED_MS = 250;
const SCREEN =
  "main h1, main .kicker, main .lead, main .trouble, main .ticket-number, main .ticket-service, main .ticket-priority, main .ticket-facts > div, main .ticket-alone, main .paper, main .follow h2, main .follow p, main .tile, main .choice, main .nothing, main .sheet h2, main .sheet li, main .sheet-facts > div, main .dossier-status, main .dossier dl > div, main .dossier h2, main .dossier li, main .help-place, main .note, main .actions .button, main .entries .button";
/** What appears while nobody chose another step: urgent things end what is being read. */
const URGENT =
  "dialog[open] h2, dialog[open] > p:not([role=timer]), main [role=alert], main .dossier-status, main .dossier dl > div, main .dossier h2, main .dossier li";
const NEWS = `${URGENT}, main [role=status]`;

/** The last clip could not be had: whoever switched reading on is told so. */
export const isSilent = signal(false);
/** Something is being heard, or comes in a moment. */
export const isReading = signal(false);

/** @type {Map<string, Promise<string|null>>} */
const clips = new Map();
const player = new Audio();
/** Which reading is the present one, and what of it is still to come. */
let turn = 0;
/** @type {Part[]} */
let waiting = [];
/** News that was read, or stood on the screen when that was. */
let told = new Set();
/** Ends the clip that plays. */
let stop = () => {};

/** Read the whole screen. */
export function readScreen() {
  told = new Set(partsOf(NEWS).map(keyOf));
  void say(partsOf(SCREEN));
}

/** @param {Part[]} parts */
async function say(parts) {
  hush();
  const mine = turn;
  waiting = parts.flatMap(cut);
  let next = ahead();
  isReading.value = next !== null;
  while (next) {
    const address = await next;
    if (mine !== turn) return;
    next = ahead();
    isSilent.value = address === null;
    isReading.value = address !== null;
    if (address !== null) await play(address);
    if (mine !== turn) return;
    // What was added meanwhile.
    next ??= ahead();
  }
  isReading.value = false;
}

function ahead() {
  const part = waiting.shift();
  return part ? clip(part) : null;
}

export function hush() {
  turn += 1;
  waiting = [];
  isReading.value = false;
  player.pause();
  stop();
}

/** What may be needed when the server cannot be asked any more. */
export function fetchAhead() {
  for (const key of ["kiosk.offline", "kiosk.alone", "kiosk.alone_result"]) {
    cut({ text: t(key), language: language.value }).forEach(clip);
  }
}

/** Read what appears by itself: a message, an answer, the question whether anybody is there. */
export function readNews() {
  let timer = /** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined);
  new MutationObserver(() => {
    clearTimeout(timer);
    if (isAloud.value) timer = setTimeout(tellNews, SETTLED_MS);
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributeFilter: ["open"] });
}

function tellNews() {
  if (!isAloud.value) return;
  const fresh = (/** @type {string} */ which) => partsOf(which).filter((part) => !told.has(keyOf(part)));
  const [urgent, all] = [fresh(URGENT), fresh(NEWS)];
  told = new Set(partsOf(NEWS).map(keyOf));
  if (urgent.length || (all.length && !isReading.value)) void say(all);
  else waiting.push(...all.flatMap(cut));
}

/** Keys bring the focus from one thing to the next: each is read. A touch reads the new screen instead. */
export function readFocus() {
  document.addEventListener("focusin", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!isAloud.value || !target.matches("button:focus-visible, input:focus-visible, [tabindex='0']:focus-visible")) return;
    const input = /** @type {HTMLInputElement} */ (target);
    const named = target.getAttribute("aria-label") || input.labels?.[0]?.textContent?.trim() || input.placeholder;
    void say(named ? [{ text: named, language: language.value }] : spoken(target));
  });
}

/** @param {string} which */
const partsOf = (which) => Array.from(document.querySelectorAll(which)).flatMap(spoken);

/** @param {Part} part */
const keyOf = (part) => `${part.language}|${part.text}`;

/**
 * The words of an element with a pause between its pieces, each in its own language: a procedure's
 * papers stay Vietnamese on an English screen. What is hidden from readers is not said.
 * @param {Element} element
 * @returns {Part[]}
 */
function spoken(element) {
  /** @type {Part[]} */
  const found = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const word = texts.currentNode.textContent?.trim() ?? "";
    const parent = texts.currentNode.parentElement;
    if (!/[\p{L}\d]/u.test(word) || parent?.closest("[aria-hidden=true]")) continue;
    const spokenIn = parent?.closest("[lang]")?.getAttribute("lang") ?? language.value;
    const last = found.at(-1);
    if (last?.language === spokenIn) last.text += `, ${word}`;
    else found.push({ text: word, language: spokenIn });
  }
  return found;
}

/**
 * A part in pieces that the server takes at once.
 * @param {Part} part
 * @returns {Part[]}
 */
const cut = ({ text, language: spokenIn }) => sentences(text).map((piece) => ({ text: piece, language: spokenIn }));

/**
 * @param {string} words
 * @returns {string[]}
 */
export function sentences(words) {
  /** @type {string[]} */
  const found = [];
  for (const sentence of words.split(/(?<=[.?!])\s+|\n+/)) {
    let line = "";
    for (const word of sentence.split(/\s+/).filter(Boolean)) {
      if (line && line.length + word.length + 1 > LONGEST) {
        found.push(line);
        line = "";
      }
      line = line ? `${line} ${word}` : word.slice(0, LONGEST);
    }
    if (/[\p{L}\d]/u.test(line)) found.push(line);
  }
  return found;
}

/**
 * The address of a clip; null where none can be had.
 * @param {Part} part
 * @returns {Promise<string|null>}
 */
function clip(part) {
  const key = keyOf(part);
  const known = clips.get(key);
  if (known) return known;
  const made = fetchClip(part);
  clips.set(key, made);
  void made.then((address) => {
    // A failure is not kept: the next time may be better.
    if (address === null) clips.delete(key);
    for (const [oldest, old] of clips) {
      if (clips.size <= KEPT) break;
      clips.delete(oldest);
      void old.then((gone) => gone && URL.revokeObjectURL(gone));
    }
  });
  return made;
}

/** @param {Part} part */
async function fetchClip(part) {
  const ack = await link.emit("say", part, { timeout: ANSWER_MS });
  const audio = /** @type {{audio?: string}} */ (ack).audio;
  if (!ack.ok || !audio) return null;
  const bytes = Uint8Array.from(atob(audio), (sign) => sign.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "audio/ogg" }));
}

/**
 * Ends with the clip, with an error, when it is hushed, or when its time is over.
 * @param {string} address
 * @returns {Promise<void>}
 */
function play(address) {
  return new Promise((done) => {
    const timer = setTimeout(done, PLAYED_MS);
    stop = () => {
      clearTimeout(timer);
      done();
    };
    player.onended = player.onerror = stop;
    player.src = address;
    player.play().catch(stop);
  });
}

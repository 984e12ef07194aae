/**
 * Reading aloud, from clips that the server makes on this network: one sentence after the other, the
 * next one fetched while one plays. Whatever is newer ends what is older.
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

/** The last clip could not be had: whoever switched reading on is told so. */
export const isSilent = signal(false);

/** @type {Map<string, Promise<string|null>>} */
const clips = new Map();
const player = new Audio();
/** Which reading is the present one. */
let turn = 0;
/** Ends the clip that plays. */
let stop = () => {};

/** @param {string} words */
export async function say(words) {
  hush();
  const mine = turn;
  const parts = sentences(words);
  let next = parts.length ? clip(parts[0] ?? "") : null;
  for (let n = 0; n < parts.length; n += 1) {
    const address = await next;
    if (mine !== turn) return;
    next = n + 1 < parts.length ? clip(parts[n + 1] ?? "") : null;
    isSilent.value = address === null;
    if (address !== null) await play(address);
    if (mine !== turn) return;
  }
}

export function hush() {
  turn += 1;
  player.pause();
  stop();
}

/** What may be needed when the server cannot be asked any more. */
export function fetchAhead() {
  for (const key of ["kiosk.offline", "kiosk.alone", "kiosk.alone_result"]) {
    sentences(t(key)).forEach(clip);
  }
}

/** Keys bring the focus from one thing to the next: each is read. A touch reads the new screen instead. */
export function readFocus() {
  document.addEventListener("focusin", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!isAloud.value || !target.matches("button:focus-visible, input:focus-visible")) return;
    const input = /** @type {HTMLInputElement} */ (target);
    void say(target.getAttribute("aria-label") || target.textContent?.trim() || input.placeholder);
  });
}

/** What the screen shows, as it would be read to somebody: headings, then choices. */
export function screenWords() {
  const parts = document.querySelectorAll(
    "main h1, main .lead, main .trouble, main .ticket-number, main .ticket-service, main .ticket-facts > div, main .ticket-alone, main .paper, main .tile, main .choice, main .sheet h2, main .sheet li, main .sheet-facts > div, main .dossier-status, main .note",
  );
  return Array.from(parts, (part) => spoken(part)).filter(Boolean).join(". ");
}

/**
 * The words of a part, with a pause where the page has a new line. What is hidden from readers is not said.
 * @param {Element} part
 */
function spoken(part) {
  const words = [];
  const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const word = texts.currentNode.textContent?.trim();
    if (word && /[\p{L}\d]/u.test(word) && !texts.currentNode.parentElement?.closest("[aria-hidden=true]")) words.push(word);
  }
  return words.join(", ").replace(/[.,:!]+$/, "");
}

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
 * @param {string} text
 * @returns {Promise<string|null>}
 */
function clip(text) {
  const key = `${language.peek()}|${text}`;
  const known = clips.get(key);
  if (known) return known;
  const made = fetchClip(text);
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

/** @param {string} text */
async function fetchClip(text) {
  const ack = await link.emit("say", { text, language: language.peek() }, { timeout: ANSWER_MS });
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

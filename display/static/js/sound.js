/**
 * The wall's sound: a chime of two notes, then the sentence out of clips; where there are none, in
 * the browser's own Vietnamese voice. Nothing here can hang (rule A2): every wait has a limit.
 *
 * @typedef {{words: Record<string, string[]>, languages: string[], text: {vi: string, en: string}}} Said
 */
import { computed, signal } from "@preact/signals";

import { hasClips, hushWords, languages, lacks, look, prepareVoice, sayWords } from "./voice.js";

const NOTES = [
  { hertz: 784, from: 0, length: 0.38 },
  { hertz: 587, from: 0.3, length: 0.55 },
];
const CHIME_MS = 900;
const LOUDNESS = 0.6;
/** The alarm is heard also where the calls are silent. */
const ALARM_LOUDNESS = 0.9;
const ALARM_MS = 3_000;
/** Less than this is no chime. */
const QUIETEST = 0.01;
const ALARM_NOTES = [0, 1, 2, 3, 4, 5].map((n) => ({ hertz: n % 2 ? 988 : 659, from: n * 0.45, length: 0.5 }));
const RATE = 0.85;
/** A reading may take this long before it is given up. */
const SLOWEST_MS_PER_LETTER = 140;
const SHORTEST_LIMIT_MS = 4000;
const LONGEST_LIMIT_MS = 15_000;

/** @typedef {"on" | "blocked" | "none"} Speaker */
/** @typedef {"spoken" | "chimed" | "muted"} Heard */

/** Whether the browser lets this page sound. */
export const speaker = signal(/** @type {Speaker} */ ("on"));
/** Whether the browser has a Vietnamese voice; null until it has told its voices. */
const hasBrowserVoice = signal(/** @type {boolean | null} */ (null));
/** Whether a call can be spoken at all; null while that is not known. */
export const hasVoice = computed(() => languages.value.includes("vi") || hasBrowserVoice.value);

/** How many chimes and sentences are under way; one that was stopped ends a little later. */
const sounding = signal(0);
/** Whether a call is heard now: whatever else sounds gives way. */
export const isSounding = computed(() => sounding.value > 0);

/** From 0 to 1. */
let volume = 0.8;
/** How often what was being said was stopped: whatever began before does not go on. */
let hushes = 0;
/** @type {AudioContext | null} */
let context = null;
/** Listens to the chime while it is tested. @type {AnalyserNode | null} */
let tested = null;
/** The clips' own volume. @type {GainNode | null} */
let out = null;
/** @type {SpeechSynthesisVoice | null} */
let voice = null;

/** Prepares the sound when the page opens, without a sound. */
export function prepare() {
  if (typeof AudioContext === "undefined") {
    speaker.value = "none";
  } else {
    context = new AudioContext({ latencyHint: "interactive" });
    context.addEventListener("statechange", noteSpeaker);
    out = context.createGain();
    out.gain.value = volume;
    out.connect(context.destination);
    noteSpeaker();
    void prepareVoice(context, ["vi", "en"]);
  }
  findVoice();
  globalThis.speechSynthesis?.addEventListener?.("voiceschanged", findVoice);
  setTimeout(() => (hasBrowserVoice.value ??= false), 2000);
}

/** @param {number} share from 0, silent, to 1 */
export function setVolume(share) {
  volume = share;
  if (out) out.gain.value = share;
}

/** The sound of an emergency notice, whatever the volume of the calls. @returns {Promise<boolean>} false: stopped, or no sound */
export async function alarm() {
  if (!context || context.state !== "running") return false;
  const before = hushes;
  const start = context.currentTime + 0.02;
  for (const note of ALARM_NOTES) ring(context, start, note, ALARM_LOUDNESS);
  await new Promise((resolve) => setTimeout(resolve, ALARM_MS));
  return before === hushes;
}

/**
 * At opening time: the chime, listened to where it leaves the page. What hangs behind it, amplifier and
 * loudspeaker, only an ear can test.
 * @returns {Promise<boolean>}
 */
export async function selfTest() {
  noteSpeaker();
  if (!context || speaker.value !== "on") return false;
  if (volume === 0) return true;
  const ear = context.createAnalyser();
  tested = ear;
  const over = chime();
  const samples = new Float32Array(ear.fftSize);
  let level = 0;
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(samples);
    level = Math.max(level, ...samples.map(Math.abs));
  }, 30);
  await over;
  clearInterval(timer);
  tested = null;
  return level > QUIETEST;
}

/** After a touch the browser allows sound. */
export async function unlock() {
  await limited(context?.resume(), 1000);
  noteSpeaker();
  if (speaker.value === "on") await chime();
}

/**
 * Chime, then the sentence. Resolves when both are over or given up.
 * @param {Said} said
 * @returns {Promise<Heard>}
 */
export async function announceAloud(said) {
  noteSpeaker();
  if (speaker.value !== "on" || volume === 0) return "muted";
  const before = hushes;
  await counted(chime());
  // Taken back meanwhile: nothing of it may be heard under the next call.
  if (before !== hushes) return "muted";
  return (await say(said)) ? "spoken" : "chimed";
}

/** @template T @param {Promise<T>} sound @returns {Promise<T>} */
async function counted(sound) {
  sounding.value += 1;
  return sound.finally(() => (sounding.value -= 1));
}

/**
 * The sentence alone, in each of its languages; false when the first one could not be said.
 * @param {Said} said
 * @returns {Promise<boolean>}
 */
export async function say(said) {
  return counted(sayEach(said));
}

/** @param {Said} said */
async function sayEach({ words, languages: order, text }) {
  if (!context || !out || volume === 0) return false;
  const before = hushes;
  const isOn = () => before === hushes;
  let isSaid = false;
  for (const [n, language] of order.entries()) {
    const byClips = await sayWords(context, out, language, words[language] ?? [], isOn);
    if (!isOn()) break;
    const done = byClips || (language === "vi" && (await sayByBrowser(text.vi)));
    if (n === 0) isSaid = done;
    if (!isOn()) break;
  }
  return isSaid;
}

/**
 * Look for clips that have only just been made.
 * @param {Said} said
 * @returns {Promise<import("./asides.js").Sayable>}
 */
export async function lookFor({ words, languages: order }) {
  if (!context) return "not";
  const missing = () => order.filter((language) => !hasClips(language, words[language] ?? []));
  if (missing().length) await look(context, missing());
  if (missing().length === 0) return "whole";
  const [first] = order;
  return missing().includes(first) && !(first === "vi" && voice) ? "not" : "first";
}

/** Clips of a sentence that never came. @param {Said} said */
export function reportLacking({ words, languages: order }) {
  lacks(order.flatMap((language) => (words[language] ?? []).filter((word) => !hasClips(language, [word]))));
}

/** @param {string} text @returns {Promise<boolean>} */
function sayByBrowser(text) {
  const speech = globalThis.speechSynthesis;
  if (!speech || !voice) return Promise.resolve(false);
  const utterance = new SpeechSynthesisUtterance(text);
  Object.assign(utterance, { voice, lang: voice.lang, rate: RATE, volume });
  const limit = Math.max(SHORTEST_LIMIT_MS, text.length * SLOWEST_MS_PER_LETTER);
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(false), Math.min(LONGEST_LIMIT_MS, limit));
    /** @param {boolean} ok */
    const done = (ok) => {
      clearTimeout(timer);
      if (!ok) speech.cancel();
      resolve(ok);
    };
    utterance.onend = () => done(true);
    utterance.onerror = () => done(false);
    speech.speak(utterance);
  });
}

/** Stops a sentence, for a call that was taken back. */
export function hush() {
  hushes += 1;
  hushWords();
  globalThis.speechSynthesis?.cancel();
}

function chime() {
  if (!context) return Promise.resolve();
  const start = context.currentTime + 0.02;
  for (const note of NOTES) ring(context, start, note, LOUDNESS * volume);
  return new Promise((resolve) => setTimeout(resolve, CHIME_MS));
}

/**
 * @param {AudioContext} audio
 * @param {number} start
 * @param {{hertz: number, from: number, length: number}} note
 * @param {number} loudness
 */
function ring(audio, start, { hertz, from, length }, loudness) {
  const gain = audio.createGain();
  gain.connect(audio.destination);
  if (tested) gain.connect(tested);
  gain.gain.setValueAtTime(0, start + from);
  gain.gain.linearRampToValueAtTime(loudness, start + from + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.001, start + from + length);
  for (const [overtone, share] of [[1, 1], [2, 0.25], [3, 0.08]]) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = hertz * overtone;
    level.gain.value = share * 0.7;
    tone.connect(level).connect(gain);
    tone.start(start + from);
    tone.stop(start + from + length + 0.05);
  }
}

function noteSpeaker() {
  if (context) speaker.value = context.state === "running" ? "on" : "blocked";
}

function findVoice() {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  voice = voices.find((one) => one.lang.toLowerCase().startsWith("vi")) ?? null;
  if (voices.length) hasBrowserVoice.value = voice !== null;
}

/**
 * @param {Promise<unknown> | undefined} promise
 * @param {number} milliseconds
 */
function limited(promise, milliseconds) {
  const limit = new Promise((resolve) => setTimeout(resolve, milliseconds));
  return Promise.race([Promise.resolve(promise).catch(() => undefined), limit]);
}

/**
 * A sentence out of clips: one for each word, joined without a gap, by the audio clock.
 * Nothing here can hang (rule A2): every request and every sentence has a limit.
 *
 * @typedef {{clip: string, duration_s: number, pause_s: number}} Clip
 * @typedef {{words: Record<string, Clip>, is_fallback: boolean}} Manifest
 */
import { signal } from "@preact/signals";

const ANSWERS_WITHIN_MS = 4_000;
const LOOK_AGAIN_MS = 300_000;
/** While the packs are being made. */
const LOOK_SOON_MS = 15_000;
/** Beyond its own length a sentence may take so much longer. */
const SPARE_MS = 1_500;
const FIRST_S = 0.05;

/** Languages whose words can be said. */
export const languages = signal(/** @type {string[]} */ ([]));
/** Words that were to be said and have no clip, or one that could not be played. */
export const missing = signal(/** @type {string[]} */ ([]));

/** Whether the hall's own language is said by the synthesiser that is only a stopgap. */
export const isFallback = signal(false);

/** @type {Map<string, Manifest>} */
const manifests = new Map();
/** Decoded once; as many as the pack has words. @type {Map<string, AudioBuffer>} */
const buffers = new Map();
/** @type {Set<AudioBufferSourceNode>} */
const playing = new Set();

/** @param {AudioContext} audio @param {string[]} wanted languages, such as "vi" */
export async function prepareVoice(audio, wanted) {
  await look(audio, wanted);
  const isComplete = wanted.every((language) => languages.peek().includes(language));
  setTimeout(() => void prepareVoice(audio, wanted), isComplete ? LOOK_AGAIN_MS : LOOK_SOON_MS);
}

/** Whether every word can be said. @param {string} language @param {string[]} words */
export function hasClips(language, words) {
  return words.length > 0 && words.every((word) => clipOf(language, word) !== null);
}

/** Fetch what is new in the packs. @param {AudioContext} audio @param {string[]} wanted languages */
export async function look(audio, wanted) {
  for (const language of wanted) {
    const manifest = await manifestOf(language);
    if (!manifest) continue;
    manifests.set(language, manifest);
    if (language === wanted[0]) isFallback.value = manifest.is_fallback;
    const hasWords = Object.keys(manifest.words).length > 0;
    if (hasWords && !languages.peek().includes(language)) languages.value = [...languages.peek(), language];
    // One after the other: the wall paints meanwhile.
    for (const { clip } of Object.values(manifest.words)) await buffer(audio, language, clip).catch(() => null);
  }
  forgetUnused();
}

/** Clips of a pack that was replaced. */
function forgetUnused() {
  const used = new Set([...manifests.values()].flatMap(({ words }) => Object.values(words).map(({ clip }) => clip)));
  for (const clip of buffers.keys()) if (!used.has(clip)) buffers.delete(clip);
}

/**
 * Say the words; false when one of them cannot be said: half a call would send people astray.
 * @param {AudioContext} audio
 * @param {AudioNode} out
 * @param {string} language
 * @param {string[]} words
 * @param {() => boolean} isOn whether it is still to be said
 */
export async function sayWords(audio, out, language, words, isOn) {
  const clips = words.map((word) => clipOf(language, word));
  const unknown = words.filter((_, n) => clips[n] === null);
  if (!words.length || unknown.length) return lacks(unknown);
  /** @type {{buffer: AudioBuffer, pause: number}[]} */
  let parts;
  try {
    parts = await Promise.all(
      clips.map(async (clip) => ({
        buffer: await buffer(audio, language, /** @type {Clip} */ (clip).clip),
        pause: /** @type {Clip} */ (clip).pause_s,
      })),
    );
  } catch {
    return lacks(words);
  }
  if (!isOn()) return false;
  let at = audio.currentTime + FIRST_S;
  const begin = at;
  for (const part of parts) {
    const source = audio.createBufferSource();
    source.buffer = part.buffer;
    source.connect(out);
    source.start(at);
    playing.add(source);
    source.onended = () => playing.delete(source);
    at += part.buffer.duration + part.pause;
  }
  return over(audio, at, (at - begin) * 1000 + SPARE_MS);
}

/** Stop what is being said. */
export function hushWords() {
  for (const source of playing) source.stop();
  playing.clear();
}

/** @param {string} language @param {string} word @returns {Clip | null} */
function clipOf(language, word) {
  return manifests.get(language)?.words[word] ?? null;
}

/** Note words that could not be said: the wall of devices tells it. @param {string[]} words */
export function lacks(words) {
  missing.value = [...new Set([...missing.peek(), ...words])].slice(-20);
  return false;
}

/**
 * Resolves when the audio clock has passed `at`: true; or when that never comes: false.
 * @param {AudioContext} audio
 * @param {number} at
 * @param {number} limitMs
 * @returns {Promise<boolean>}
 */
function over(audio, at, limitMs) {
  return new Promise((resolve) => {
    const started = performance.now();
    const timer = setInterval(() => {
      const isOver = audio.currentTime >= at || playing.size === 0;
      if (!isOver && performance.now() - started < limitMs) return;
      clearInterval(timer);
      resolve(isOver);
    }, 50);
  });
}

/** @param {string} language @returns {Promise<Manifest | null>} */
async function manifestOf(language) {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const answer = await fetch(`/display/voice/${language}/manifest.json`, { cache: "no-cache", signal });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** @param {AudioContext} audio @param {string} language @param {string} clip @returns {Promise<AudioBuffer>} */
async function buffer(audio, language, clip) {
  const known = buffers.get(clip);
  if (known) return known;
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  const answer = await fetch(`/display/voice/${language}/${clip}.ogg`, { signal });
  if (!answer.ok) throw new Error(`clip ${clip}: ${answer.status}`);
  const decoded = await audio.decodeAudioData(await answer.arrayBuffer());
  buffers.set(clip, decoded);
  return decoded;
}

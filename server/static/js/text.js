/**
 * The product's sentences. The page carries them, both languages at once, in `#messages`;
 * reading `language` inside a component makes it follow a change of language.
 *
 * A key may have a second form `<key>.one`, used when the parameter `n` is 1.
 *
 * @typedef {"vi"|"en"} Language
 * @typedef {Record<Language, Record<string, string>>} Messages
 */
import { signal } from "@preact/signals-core";

/** @type {Messages} */
let messages = { vi: {}, en: {} };

/** @type {import("@preact/signals-core").Signal<Language>} */
export const language = signal("vi");

/** @param {Messages} all */
export function loadMessages(all) {
  messages = all;
}

/** @param {string} wanted */
export function setLanguage(wanted) {
  language.value = wanted === "en" ? "en" : "vi";
  if (typeof document !== "undefined") document.documentElement.lang = language.value;
}

/**
 * @param {string} key
 * @param {Record<string, string|number|null|undefined>} [params]
 * @returns {string}
 */
export function t(key, params) {
  const texts = messages[language.value];
  const one = params?.n === 1 ? texts[`${key}.one`] : undefined;
  const sentence = one ?? texts[key] ?? messages.vi[key] ?? key;
  if (!params) return sentence;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/**
 * Is there a sentence under this key? For keys made from a code that the server sent.
 * @param {string} key
 */
export function knows(key) {
  return key in messages.vi;
}

/**
 * The side of a two-language text that the reader asked for; Vietnamese when there is only that.
 * @param {{vi: string, en?: string}|null|undefined} text
 */
export function pick(text) {
  if (!text) return "";
  return (language.value === "en" && text.en) || text.vi;
}

if (typeof document !== "undefined") {
  const element = document.getElementById("messages");
  if (element?.textContent) loadMessages(JSON.parse(element.textContent));
  setLanguage(document.documentElement.lang);
}

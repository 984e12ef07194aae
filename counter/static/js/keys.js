/** Which key does what. Pure: a key event in, the name of an action out. */

/** @typedef {"next"|"recall"|"start"|"transfer"|"no-show"|"complete"|"park"|"pause"|"lock"|"undo"|"help"|"cancel"} Action */

/** @type {Readonly<Record<string, Action>>} */
const ACTIONS = {
  " ": "next",
  F2: "lock",
  F3: "recall",
  F4: "start",
  Enter: "start",
  F6: "transfer",
  F7: "no-show",
  F8: "complete",
  F9: "park",
  F10: "pause",
  "?": "help",
  Escape: "cancel",
};

/** As printed on the buttons and in the list of keys. */
export const CAPS = /** @type {const} */ ({
  next: "Space",
  recall: "F3",
  start: "F4",
  transfer: "F6",
  "no-show": "F7",
  complete: "F8",
  park: "F9",
  pause: "F10",
  lock: "F2",
  undo: "Ctrl Z",
  arrows: "← ↑ ↓ →",
  help: "?",
  cancel: "Esc",
});

/**
 * @typedef {object} Press
 * @property {string} key
 * @property {boolean} [repeat]
 * @property {boolean} [ctrlKey]
 * @property {boolean} [metaKey]
 * @property {boolean} [altKey]
 * @property {boolean} [isComposing]
 * @property {{tagName?: string, type?: string, isContentEditable?: boolean,
 *   dataset?: {main?: string}} | null} [target]  `data-main`: the big button, where Space and Enter are ours
 */

/**
 * The action a key press asks for; null for every press that is somebody else's.
 * @param {Press} press
 * @returns {Action | null}
 */
export function actionOf(press) {
  return press.repeat ? null : meaningOf(press);
}

/** What the press would mean if it were the first of its kind. @param {Press} press @returns {Action | null} */
function meaningOf(press) {
  if (press.isComposing || press.altKey) return null;
  const isTyping = isTextField(press.target);
  if (press.ctrlKey || press.metaKey) {
    return press.key.toLowerCase() === "z" && !isTyping ? "undo" : null;
  }
  const action = ACTIONS[press.key] ?? null;
  if (isTyping) return action === "cancel" || isFunctionKey(press.key) ? action : null;
  return isControl(press.target) && isPressOfControl(press.key) ? null : action;
}

/**
 * Keys that a held-down or unassigned press must not leave to the browser (F3 searches, F6 leaves
 * the page, Space scrolls).
 * @param {Press} press
 */
export function isOurs(press) {
  return meaningOf(press) !== null;
}

/**
 * Space or Enter kept down while the focus moved to a button: it must not press that one too.
 * @param {Press} press
 */
export function isHeldDown(press) {
  return Boolean(press.repeat) && isPressOfControl(press.key) && !isTextField(press.target);
}

/**
 * The digit 1-9 of a press, to choose from a list by number. In a list that drops down nothing is
 * typed, so the digits work there too. @param {Press} press
 */
export function digitOf(press) {
  const isTyping = isTextField(press.target) && press.target?.tagName !== "SELECT";
  if (press.repeat || press.ctrlKey || press.altKey || isTyping) return null;
  return /^[1-9]$/u.test(press.key) ? Number(press.key) : null;
}

/** @param {Press["target"]} target */
function isTextField(target) {
  if (!target) return false;
  if (target.isContentEditable) return true;
  const tag = target.tagName ?? "";
  if (tag === "TEXTAREA" || tag === "SELECT") return true;
  return tag === "INPUT" && !["checkbox", "radio", "button"].includes(target.type ?? "text");
}

/** @param {Press["target"]} target */
function isControl(target) {
  if (target?.dataset?.main !== undefined) return false;
  return ["BUTTON", "A", "INPUT", "SUMMARY"].includes(target?.tagName ?? "");
}

/** @param {string} key */
function isFunctionKey(key) {
  return /^F\d+$/u.test(key);
}

/** Space and Enter press the button that has the focus. @param {string} key */
function isPressOfControl(key) {
  return key === " " || key === "Enter";
}

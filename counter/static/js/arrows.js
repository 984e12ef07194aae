/**
 * The arrow keys: ← to the line, ↑ ↓ through its numbers, ← → through its tabs; ↑ ↓ through the
 * pad, backwards to the rarer buttons. So nothing is further away than a few presses.
 */

/** Elements that need the arrows themselves. */
const OWN = "input, textarea, select, [data-scroll], [data-testid='panel']";
const NEVER = "[data-testid='panel'] *";

/**
 * Moves the focus; says whether the press was ours.
 * @param {KeyboardEvent} event
 */
export function moveByArrow(event) {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (!/^Arrow/u.test(key) || altKey || ctrlKey || metaKey || shiftKey) return false;
  const at = /** @type {HTMLElement} */ (event.target);
  if (at.matches(OWN) || at.matches(NEVER)) return false;
  if (at.closest(".queue")) return inQueue(at, key);
  if (key === "ArrowLeft") return focusOn(rows()[0] ?? tabs().find(isChosen));
  const isUpOrDown = key === "ArrowUp" || key === "ArrowDown";
  return isUpOrDown && step(buttons(".pad button"), at, key === "ArrowDown" ? 1 : -1);
}

/** @param {HTMLElement} at @param {string} key */
function inQueue(at, key) {
  const chosen = tabs().findIndex(isChosen);
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const tab = tabs()[chosen + (key === "ArrowRight" ? 1 : -1)];
    tab?.click();
    return focusOn(tab);
  }
  const all = rows();
  const place = all.indexOf(at);
  if (key === "ArrowDown") return focusOn(all[place + 1]);
  return focusOn(place > 0 ? all[place - 1] : tabs()[chosen]);
}

/** The next of them, or the one before; past an end, from the other. @param {HTMLElement[]} all @param {HTMLElement} at @param {number} by */
function step(all, at, by) {
  const place = all.indexOf(at);
  const next = place < 0 && by < 0 ? all.length - 1 : (place + by + all.length) % all.length;
  return focusOn(all[next]);
}

/** @param {HTMLElement | undefined} element */
function focusOn(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return true;
}

const rows = () => buttons(".queue .rows button");
const tabs = () => buttons(".queue .tab");

/** @param {string} selector */
function buttons(selector) {
  const found = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);
  return found.filter((one) => one.checkVisibility());
}

/** @param {HTMLElement} tab */
function isChosen(tab) {
  return tab.ariaPressed === "true";
}

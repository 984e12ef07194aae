/**
 * How a touch becomes an action (rule P3): on lifting the finger inside the target, one finger at
 * a time, once. A long press, a slipping finger, a second finger and ten quick taps give one
 * action or none.
 */

/** A finger may leave the target by this much and still mean it, px. */
const SLIP = 12;
const QUIET_MS = 400;
/** Taps this near the last one are its echo, and renew the quiet, px. */
const SAME_PLACE = 40;

/** @type {{id: number, target: Element}|null} */
let held = null;
let last = { at: -Infinity, x: 0, y: 0 };
/** @type {number} */
let fired = -Infinity;

/**
 * The handlers of a target. Keys and assistive tools reach it through `click`.
 * @param {() => void} action
 * @param {{quietMs?: number}} [options] how long nothing else is taken after it: short for keys that
 *   people type with
 */
export function onPress(action, { quietMs = QUIET_MS } = {}) {
  return {
    onPointerDown: /** @param {PointerEvent} event */ (event) => {
      if (held !== null || event.button !== 0 || isEcho(event)) return;
      const target = /** @type {Element} */ (event.currentTarget);
      held = { id: event.pointerId, target };
      target.setPointerCapture(event.pointerId);
      target.setAttribute("data-pressed", "");
    },
    onPointerUp: /** @param {PointerEvent} event */ (event) => {
      if (held?.id !== event.pointerId) return;
      const { target } = held;
      release();
      if (!isInside(event, target)) return;
      fired = performance.now() - (QUIET_MS - quietMs);
      last = { at: fired, x: event.clientX, y: event.clientY };
      action();
    },
    onPointerCancel: /** @param {PointerEvent} event */ (event) => {
      if (held?.id === event.pointerId) release();
    },
    onClick: /** @param {MouseEvent} event */ (event) => {
      const kind = /** @type {PointerEvent} */ (event).pointerType;
      const now = performance.now();
      if (kind || now - fired < QUIET_MS) return;
      fired = now;
      action();
    },
  };
}

/** Take from the page what a public touch screen must not do: menus, zoom, dragging, selecting. */
export function guardPage() {
  const refuse = /** @param {Event} event */ (event) => event.preventDefault();
  for (const name of ["contextmenu", "dragstart", "selectstart", "gesturestart"]) {
    document.addEventListener(name, (event) => {
      if (!(event.target instanceof HTMLInputElement)) refuse(event);
    });
  }
  document.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey) refuse(event);
    },
    { passive: false },
  );
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && ["+", "-", "=", "0"].includes(event.key)) refuse(event);
  });
  // A target that leaves the page while held never hears of the finger again.
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, (event) => {
      if (held?.id === /** @type {PointerEvent} */ (event).pointerId) release();
    });
  }
}

function release() {
  held?.target.removeAttribute("data-pressed");
  held = null;
}

/** @param {PointerEvent} event */
function isEcho(event) {
  const now = performance.now();
  const isNear = Math.hypot(event.clientX - last.x, event.clientY - last.y) < SAME_PLACE;
  const isQuiet = now - fired < QUIET_MS || (isNear && now - last.at < QUIET_MS);
  if (isNear && isQuiet) last = { ...last, at: now };
  return isQuiet;
}

/**
 * @param {PointerEvent} event
 * @param {Element} target
 */
function isInside(event, target) {
  const box = target.getBoundingClientRect();
  return (
    event.clientX >= box.left - SLIP &&
    event.clientX <= box.right + SLIP &&
    event.clientY >= box.top - SLIP &&
    event.clientY <= box.bottom + SLIP
  );
}

/** Work that is not sent yet outlives a reload of its tab, and nothing else. */
import { effect } from "@preact/signals";

/**
 * Keep what a signal holds in the tab's own storage, and begin with what is kept there.
 *
 * @template T
 * @param {string} name
 * @param {import("@preact/signals").Signal<T>} held
 * @param {(value: T) => boolean} isWorth whether there is anything to keep
 */
export function keep(name, held, isWorth) {
  // Branches are apart, as their pages are.
  const key = `motcua.draft.${name}:${location.pathname}`;
  try {
    const kept = sessionStorage.getItem(key);
    if (kept) held.value = JSON.parse(kept);
  } catch {
    // No storage, or nothing that can be read: the page begins empty.
  }
  effect(() => {
    const { value } = held;
    try {
      if (isWorth(value)) sessionStorage.setItem(key, JSON.stringify(value));
      else sessionStorage.removeItem(key);
    } catch {
      // Full or forbidden: the draft lives as long as the page.
    }
  });
}

/** Drop everything that is kept: whoever signs in next is somebody else. */
export function dropKept() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("motcua.draft.")) sessionStorage.removeItem(key);
  } catch {
    // There is nothing then.
  }
}

/** Small things a counter's device remembers: the last outcome of each service. */

const PREFIX = "motcua.counter.";

/**
 * @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void}} Storage
 */

/**
 * @param {() => Storage} storage   asked each time: a locked-down browser throws here
 */
export function makeMemory(storage) {
  /** @type {Map<string, string>} */
  const kept = new Map();

  /** @param {string} key */
  function read(key) {
    try {
      return storage().getItem(PREFIX + key) ?? kept.get(key) ?? null;
    } catch {
      return kept.get(key) ?? null;
    }
  }

  /** @param {string} key @param {string} value */
  function write(key, value) {
    kept.set(key, value);
    try {
      storage().setItem(PREFIX + key, value);
    } catch {
      // Storage is switched off: remembered until the page is closed.
    }
  }

  return {
    /** @param {string} service */
    outcome: (service) => read(`outcome.${service}`),
    /** @param {string} service @param {string} code */
    rememberOutcome: (service, code) => write(`outcome.${service}`, code),
  };
}

/**
 * A device's token comes once in the address (`#token=…`) or by pairing, is kept on the device, and
 * leaves the address bar at once, so that it is not photographed or bookmarked.
 *
 * A new token is kept beside the old one until the server has been reached with it: whichever of
 * the two the server knows, the device still has it.
 */

/** Stands in where storage is switched off: then a token lasts as long as the page. @type {Map<string, string>} */
const memory = new Map();

/**
 * @param {string} screen what the token is for, such as "kiosk:long-bien"
 * @returns {string} empty when this device was never given one
 */
export function deviceToken(screen) {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    // A start script gives the same one every morning, also after it was replaced by a newer one.
    if (read("given", screen) !== given || !read("token", screen)) keepToken(screen, given);
    write("given", screen, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return read("next", screen) || read("token", screen);
}

/** This is the device's token from now on. @param {string} screen @param {string} token */
export function keepToken(screen, token) {
  write("token", screen, token);
  remove("next", screen);
}

/** The server offers a newer token, which it does not count yet. @param {string} screen @param {string} token */
export function keepOffer(screen, token) {
  write("next", screen, token);
}

/** The server has been reached with this token: where it was the newer one, the old one is no more. @param {string} screen @param {string} token */
export function settleToken(screen, token) {
  if (token && read("next", screen) === token) keepToken(screen, token);
}

/** The server does not know the token. @param {string} screen @param {string} token @returns {boolean} whether there is another to try */
export function dropOffer(screen, token) {
  if (read("next", screen) !== token) return false;
  remove("next", screen);
  return read("token", screen) !== "";
}

/** The token is worth nothing any more. @param {string} screen */
export function forgetToken(screen) {
  for (const what of ["token", "next"]) remove(what, screen);
}

/** Whether what is kept is still there after a restart. */
export function hasStorage() {
  try {
    localStorage.setItem("motcua.try", "1");
    localStorage.removeItem("motcua.try");
    return true;
  } catch {
    return false;
  }
}

/** @param {string} what @param {string} screen */
function read(what, screen) {
  const key = `motcua.${what}.${screen}`;
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? "";
  } catch {
    return memory.get(key) ?? "";
  }
}

/** @param {string} what @param {string} screen @param {string} value */
function write(what, screen, value) {
  const key = `motcua.${what}.${screen}`;
  try {
    localStorage.setItem(key, value);
  } catch {
    memory.set(key, value);
  }
}

/** @param {string} what @param {string} screen */
function remove(what, screen) {
  const key = `motcua.${what}.${screen}`;
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // There was none.
  }
}

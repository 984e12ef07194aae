/**
 * A device's token comes once in the address (`#token=…`), is kept on the device, and leaves the
 * address bar at once, so that it is not photographed or bookmarked.
 *
 * @param {string} screen what the token is for, such as "kiosk:long-bien"
 * @returns {string} empty when this device was never given one
 */
export function deviceToken(screen) {
  const key = `motcua.token.${screen}`;
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    keep(key, given);
    history.replaceState(null, "", location.pathname + location.search);
    return given;
  }
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/**
 * @param {string} key
 * @param {string} token
 */
function keep(key, token) {
  try {
    localStorage.setItem(key, token);
  } catch {
    // Storage is switched off: the token lasts as long as the page.
  }
}

/** The token is worth nothing any more. @param {string} screen */
export function forgetToken(screen) {
  try {
    localStorage.removeItem(`motcua.token.${screen}`);
  } catch {
    // Storage is switched off: there was none.
  }
}

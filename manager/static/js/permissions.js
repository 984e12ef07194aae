/** What who is signed in may do: the page offers nothing else. The server refuses it anyway. */

/** @typedef {import("./rows.js").Snapshot} Snapshot */

/** Whether who is signed in may do this. @param {Snapshot | null} snapshot @param {string} permission */
export function may(snapshot, permission) {
  const { me } = /** @type {any} */ (snapshot?.catalogue ?? {});
  return Boolean(me?.permissions.includes(permission));
}

/** How many branches who is signed in looks at; 1 is their own. @param {Snapshot | null} snapshot */
export function oversees(snapshot) {
  const { me } = /** @type {any} */ (snapshot?.catalogue ?? {});
  return Number(me?.oversees ?? 1);
}

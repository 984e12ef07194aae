/** What who is signed in may do: the page offers nothing else. The server refuses it anyway. */

/** @typedef {import("./rows.js").Snapshot} Snapshot */

/** Whether who is signed in may do this. @param {Snapshot | null} snapshot @param {string} permission */
export function may(snapshot, permission) {
  const { me } = /** @type {any} */ (snapshot?.catalogue ?? {});
  return Boolean(me?.permissions.includes(permission));
}

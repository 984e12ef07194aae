/** What the wall shows of the tables: the call in the gold block, the recent calls, the people waiting. */

/**
 * @typedef {object} CallRow
 * @property {string} id
 * @property {number} seq
 * @property {string} number
 * @property {string} queue
 * @property {{vi: string, en: string}} service
 * @property {number} counter
 * @property {"left" | "right" | "ahead"} direction
 * @property {string} at
 * @property {number} times
 * @property {"called" | "serving" | "served" | "forward"} status
 */

/** @typedef {{id: string, waiting: number}} QueueRow */
/** @typedef {{id: string, prefix: string, name: {vi: string, en: string}}} Queue */
/** @typedef {Record<string, Record<string, any>>} Tables */

export const RECENT = 5;

/**
 * Newest first. A row that cannot be shown is left out, so that one bad record never blanks a wall.
 * @param {Tables} tables
 * @returns {CallRow[]}
 */
export function calls(tables) {
  /** @type {CallRow[]} */
  const rows = Object.values(tables.calls ?? {}).filter(isShowable);
  return rows.sort((a, b) => b.seq - a.seq);
}

/**
 * The row in the gold block: the turn's own, else the newest call. A turn that is over gives way to a
 * call that was missed while the link was cut, as on a wall that is opened now.
 * @param {CallRow[]} rows
 * @param {Pick<import("./turns.js").Turns, "waiting" | "lastSeq"> & {current: {number: string, heard: boolean} | null}} turns
 * @returns {CallRow | null}
 */
export function heroRow(rows, { current, waiting, lastSeq }) {
  const own = current && rows.find((row) => row.number === current.number);
  const isOver = current?.heard && waiting.length === 0;
  if (!own || (isOver && rows[0].seq > lastSeq)) return rows[0] ?? null;
  return own;
}

/**
 * The gold block of a ticket that goes on to another counter: it is called nowhere, and has no row.
 * @param {import("./turns.js").Turn} turn
 * @returns {CallRow}
 */
export function forwardRow({ seq, number, counter, service, direction }) {
  return { id: `forward-${seq}`, seq, number, queue: "", service, counter, direction, at: "", times: 0, status: "forward" };
}

/**
 * @param {CallRow[]} rows
 * @param {CallRow | null} hero
 * @param {number} [most]
 * @returns {CallRow[]}
 */
export function recent(rows, hero, most = RECENT) {
  return rows.filter((row) => row.id !== hero?.id).slice(0, most);
}

/**
 * People waiting, in all and by queue, in the catalogue's order.
 * @param {Tables} tables
 * @param {Queue[]} queues
 */
export function waiting(tables, queues) {
  const lines = queues.map(({ id, prefix, name }) => ({
    id,
    prefix,
    name,
    waiting: Number(tables.queues?.[id]?.waiting) || 0,
    wait: /** @type {{vi: string, en: string} | null} */ (tables.queues?.[id]?.wait ?? null),
  }));
  return { lines, total: lines.reduce((sum, line) => sum + line.waiting, 0) };
}

/**
 * The name of a field short enough for a wall: what stands in brackets is left out, and a line
 * never begins with a dash.
 * @param {string} name
 */
export function shortName(name) {
  return name.replace(/\s*\([^)]*\)/gu, "").trim().replaceAll(" - ", "\u00a0- ") || name;
}

/** @param {unknown} row @returns {row is CallRow} */
function isShowable(row) {
  const call = /** @type {Partial<CallRow> | null} */ (row);
  return Boolean(call && call.number && Number.isFinite(call.counter) && Number.isFinite(call.seq));
}

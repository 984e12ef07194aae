/**
 * What a service tile says, from its queue's row: pure, so that it can be tested.
 *
 * @typedef {{vi: string, en: string}} Words
 * @typedef {{kind: string, low: number, high: number, text: Words, short: Words, as_of?: Words}} Quote
 * @typedef {{id: string, waiting: number, state: "open"|"closed"|"full",
 *   reason: string|null, opens_at: string|null, open_counters: number, quote: Quote|null}} QueueRow
 * @typedef {{level: "good"|"medium"|"late"|"none"|"closed", isOpen: boolean, people: number|null}} Tile
 */

/**
 * @param {QueueRow|undefined} row nothing is known about the queue when there is none
 * @param {[number, number]} targets the branch's wait targets, minutes
 * @returns {Tile}
 */
export function tileOf(row, targets) {
  if (!row) return { level: "none", isOpen: false, people: null };
  if (row.state !== "open") return { level: "closed", isOpen: false, people: null };
  return { level: levelOf(row.quote, targets), isOpen: true, people: row.waiting };
}

/**
 * The colour goes by the far end of the range: what people will remember if it happens.
 * @param {Quote|null} quote
 * @param {[number, number]} targets
 * @returns {"good"|"medium"|"late"|"none"}
 */
function levelOf(quote, [amber, red]) {
  if (!quote) return "none";
  if (quote.kind === "soon") return "good";
  if (quote.kind === "range") {
    if (quote.high <= amber) return "good";
    return quote.high <= red ? "medium" : "late";
  }
  return "late";
}

/**
 * Is this instant on the branch's today? Decides whether "opens at" needs the day as well.
 * @param {string} instant
 * @param {number} now
 * @param {string|undefined} timeZone
 */
export function isToday(instant, now, timeZone) {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone });
  return day.format(new Date(instant)) === day.format(now);
}

/**
 * Longer titles are set smaller, so that none is cut.
 * @param {string} title
 * @returns {"short"|"middle"|"long"}
 */
export function lengthOf(title) {
  if (title.length <= 18) return "short";
  return title.length <= 30 ? "middle" : "long";
}

/**
 * One page of tiles; the home screen never scrolls.
 * @template T
 * @param {T[]} items
 * @param {number} page
 * @param {number} size
 */
export function pageOf(items, page, size) {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const index = ((page % pages) + pages) % pages;
  return { items: items.slice(index * size, (index + 1) * size), index, pages };
}

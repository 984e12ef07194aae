/**
 * Alerts as the server found them: which need somebody, which somebody sees to, which are past.
 * Pure: rows in, rows out. What is wrong, and whether it still is, only the server says.
 *
 * @typedef {import("./rows.js").AlertRow} AlertRow
 */

/** @param {AlertRow} a @param {AlertRow} b the gravest first, then the oldest */
function byGravity(a, b) {
  if (a.level !== b.level) return a.level === "red" ? -1 : 1;
  return a.gravity - b.gravity || a.since.localeCompare(b.since) || a.alert - b.alert;
}

/**
 * @param {Record<string, AlertRow> | undefined} rows
 * @returns {{open: AlertRow[], seen: AlertRow[], past: AlertRow[]}} still to be seen to, being seen
 *   to, and over (the last one first)
 */
export function sorted(rows) {
  const all = Object.values(rows ?? {});
  const standing = all.filter((one) => !one.cleared_at).sort(byGravity);
  return {
    open: standing.filter((one) => !one.acknowledged_at),
    seen: standing.filter((one) => one.acknowledged_at),
    past: all
      .filter((one) => one.cleared_at)
      .sort((a, b) => (b.cleared_at ?? "").localeCompare(a.cleared_at ?? "") || b.alert - a.alert),
  };
}

/** @type {Record<string, string>} */
const PLACES = {
  idle_counter: "counters",
  late_open: "roster",
  unanswered: "counters",
  no_counter: "counters",
  device_lost: "devices",
  printer: "devices",
  paper_low: "devices",
  voice: "devices",
};

/**
 * The page where something can be done about it; nothing where no page helps.
 *
 * @param {AlertRow} alert
 */
export function placeOf({ rule, figures }) {
  if (rule === "left_over") return "close_day";
  if (figures.queue && !PLACES[rule]) return "queues";
  return PLACES[rule] ?? "";
}

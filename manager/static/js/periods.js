/**
 * Figures of past days: fetched when asked for, kept while shown, renewed every minute.
 */

import { signal } from "@preact/signals";

import { addDays, lastDays, localDate } from "./time.js";

/** @typedef {import("./rows.js").FiguresAnswer} FiguresAnswer */
/** @typedef {{day: FiguresAnswer, hour: FiguresAnswer, queue: FiguresAnswer}} PeriodFigures */

const RENEW_MS = 60_000;

/** @type {import("@preact/signals").Signal<{days: number, figures: PeriodFigures|null,
 *   failed: boolean}|null>} */
export const shown = signal(null);

/** The seven days before today, to hold today against. */
/** @type {import("@preact/signals").Signal<FiguresAnswer|null>} */
export const before = signal(null);

/** @type {Map<number, PeriodFigures>} */
const kept = new Map();
/** @type {ReturnType<typeof setTimeout>|undefined} */
let renewal;
let beforeDate = "";

/**
 * @param {string} branch
 * @param {{from: string, to: string}} range
 * @param {string} by
 * @returns {Promise<FiguresAnswer>}
 */
async function fetchFigures(branch, range, by) {
  const query = new URLSearchParams({ ...range, by });
  const address = `/api/v1/branches/${encodeURIComponent(branch)}/figures?${query}`;
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  if (!answer.ok) throw new Error(`figures: ${answer.status}`);
  return answer.json();
}

/**
 * Show the last `days` days; what is already known at once.
 *
 * @param {import("./rows.js").Branch} branch
 * @param {number} days
 * @param {() => number} clock server time
 */
export async function show(branch, days, clock) {
  clearTimeout(renewal);
  shown.value = { days, figures: kept.get(days) ?? null, failed: false };
  const range = lastDays(days, clock(), branch.time_zone);
  let failed = false;
  try {
    const [day, hour, queue] = await Promise.all(
      ["day", "hour", "queue"].map((by) => fetchFigures(branch.id, range, by)),
    );
    kept.set(days, { day, hour, queue });
  } catch {
    failed = true;
  }
  if (shown.peek()?.days !== days) return;
  shown.value = { days, figures: kept.get(days) ?? null, failed };
  renewal = setTimeout(() => void show(branch, days, clock), RENEW_MS);
}

/** Back to today: nothing more is fetched. */
export function hide() {
  clearTimeout(renewal);
  shown.value = null;
}

/**
 * Fetch the seven days before today, once per business date.
 *
 * @param {import("./rows.js").Branch} branch
 * @param {number} at server time
 */
export async function compare(branch, at) {
  const today = localDate(at, branch.time_zone);
  if (today === beforeDate) return;
  beforeDate = today;
  const range = { from: addDays(today, -7), to: addDays(today, -1) };
  try {
    before.value = await fetchFigures(branch.id, range, "day");
  } catch {
    before.value = null;
  }
}

/** What the live page asks the API for beside what it hears: today each minute, the usual once a day. */

import { signal } from "@preact/signals";

import { fetchOf } from "./answers.js";
import { now, view } from "./store.js";
import { addDays, lastDays, localDate } from "./time.js";

/** @typedef {import("./rows.js").FiguresAnswer} FiguresAnswer */

const RENEW_MS = 60_000;
/** The month changes slowly. */
const MONTH_EVERY = 10;

/** @type {import("@preact/signals").Signal<{hour: FiguresAnswer, counter: FiguresAnswer}|null>} */
export const todayFigures = signal(null);
/** @type {import("@preact/signals").Signal<FiguresAnswer|null>} */
export const monthByQueue = signal(null);
/** @type {import("@preact/signals").Signal<FiguresAnswer|null>} */
export const usualByHour = signal(null);

let usualDate = "";

/** @param {{from: string, to: string}} range @param {string} by @returns {Promise<FiguresAnswer>} */
function figures(range, by) {
  return fetchOf(String(view.peek()?.branch.id), "figures", { ...range, by });
}

/** @param {number} turn */
async function renew(turn) {
  const zone = view.peek()?.branch.time_zone ?? "UTC";
  const today = localDate(now.peek(), zone);
  try {
    const [hour, counter] = await Promise.all(["hour", "counter"].map((by) => figures({ from: today, to: today }, by)));
    todayFigures.value = { hour, counter };
    if (turn % MONTH_EVERY === 0) monthByQueue.value = await figures(lastDays(30, now.peek(), zone), "queue");
    if (usualDate !== today) {
      usualByHour.value = await figures({ from: addDays(today, -7), to: addDays(today, -1) }, "hour");
      usualDate = today;
    }
  } catch {
    // The next minute asks again; what is shown stays, and the link's badge tells of a broken line.
  }
}

/** Ask until the function that comes back is called. */
export function keepAsking() {
  let turn = 0;
  void renew(turn);
  const timer = setInterval(() => void renew((turn += 1)), RENEW_MS);
  return () => clearInterval(timer);
}

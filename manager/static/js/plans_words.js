/** Plans in words: what each change is, and what came of a plan. */
import { decimal } from "/static/js/format.js";
import { language, t } from "/static/js/text.js";

import { known } from "./plans_calls.js";
import { isRostered, overShare, staff, telling } from "./plans_model.js";
import { dayMonth } from "./time.js";

/** @typedef {import("./plans_model.js").Change} Change */
/** @typedef {import("./plans_model.js").Plan} Plan */
/** @typedef {import("./plans_model.js").PlanFigures} PlanFigures */
/** @typedef {import("./plans_model.js").Result} Result */

/** @param {string} id */
export function queueOf(id) {
  const found = known.value?.now.queues.find((one) => one.id === id);
  return found ? (language.value === "en" ? found.en : found.vi) : id;
}

/** @param {string} id */
export function prefixOf(id) {
  return known.value?.now.queues.find((one) => one.id === id)?.prefix ?? id;
}

/** @param {string} id */
export function numberOf(id) {
  return known.value?.now.counters.find((one) => one.id === id)?.number ?? id;
}

/** Numbers of counters, runs of them shortened. @param {string[]} ids */
export function countersWritten(ids) {
  const numbers = ids.map(numberOf).map(Number).sort((a, b) => a - b);
  const runs = /** @type {number[][]} */ ([]);
  for (const n of numbers) {
    const last = runs[runs.length - 1];
    if (last && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : b === a + 1 ? `${a}, ${b}` : `${a}–${b}`)).join(", ");
}

/** Weekdays, runs of three and more shortened. @param {number[]} days */
export function daysWritten(days) {
  const runs = /** @type {number[][]} */ ([]);
  for (const n of [...days].sort()) {
    const last = runs[runs.length - 1];
    if (last && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  const short = (/** @type {number} */ n) => t(`roster.short_${n}`);
  return runs.map(([a, b]) => (a === b ? short(a) : b === a + 1 ? `${short(a)}, ${short(b)}` : `${short(a)}–${short(b)}`)).join(", ");
}

const lines = (/** @type {string[]} */ ids) => ids.map(prefixOf).join(", ");
const hours = (/** @type {[string, string][]} */ some) => some.map(([a, b]) => `${a}–${b}`).join(", ");

/** A change in one line. @param {Change} change */
export function changeWords(change) {
  switch (change.kind) {
    case "pool":
      return t(`plan.change_pool_${change.how}`, { counters: countersWritten(change.counters), n: change.minutes });
    case "add_counter":
      return change.hours
        ? t("plan.change_helper", { queues: lines(change.queues), hours: hours([change.hours]) })
        : t("plan.change_add", { queues: lines(change.queues) });
    case "remove_counter":
      return t("plan.change_remove", { counter: numberOf(change.counter) });
    case "counter_hours":
      return t("plan.change_hours", { counter: numberOf(change.counter), hours: hours(change.hours) });
    case "lunch_cover":
      return t("plan.change_lunch", { counters: countersWritten(change.counters) });
    case "serve":
      return serveWords(change);
    case "opening_hours":
      return t("plan.change_opening", { hours: hours(change.sessions) });
    case "add_session":
      return t("plan.change_session", { days: daysWritten(change.weekdays), hours: hours([change.hours]), counters: countersWritten(change.counters) });
    case "rostered":
      return t("plan.change_rostered", { week: dayMonth(change.week), days: daysWritten(change.weekdays) });
    case "rules":
      return rulesWords(change);
  }
}

/** A change in a few words, as a name. @param {Change} change */
export function shortWords(change) {
  switch (change.kind) {
    case "add_counter":
      return change.hours ? t("plan.short_helper", { hours: hours([change.hours]) }) : t("plan.short_add", { queues: lines(change.queues) });
    case "remove_counter":
      return changeWords(change);
    case "lunch_cover":
      return t("plan.short_lunch");
    case "pool":
      return t(change.how === "always" ? "plan.short_one_line" : "plan.kind_pool");
    case "rules":
      return t("plan.kind_rules");
    case "opening_hours":
      return t("plan.kind_opening");
    case "add_session":
      return t("plan.short_session", { hours: hours([change.hours]) });
    case "rostered":
      return t("plan.kind_roster");
    default:
      return t("plan.short_counter", { counter: numberOf(change.counter) });
  }
}

/** @param {import("./plans_model.js").Serve} change */
function serveWords({ counter, queues, others, over_minutes: minutes }) {
  const own = t("plan.change_serve", { counter: numberOf(counter), queues: lines(queues) });
  if (others.length === 0) return own;
  return `${own}; ${t(minutes > 0 ? "plan.change_serve_over" : "plan.change_serve_empty", { queues: lines(others), n: minutes })}`;
}

/** @param {import("./plans_model.js").Rules} rules */
function rulesWords(rules) {
  const parts = [];
  if (rules.mode) parts.push(t(`plan.mode_${rules.mode}`));
  if (rules.normal_per_priority !== null) parts.push(t("plan.change_ratio", { n: rules.normal_per_priority }));
  if (rules.head_start_minutes !== null) parts.push(t("plan.change_head_start", { n: rules.head_start_minutes }));
  if (rules.cap_minutes !== null) parts.push(t("plan.change_cap", { n: rules.cap_minutes }));
  return parts.join("; ");
}

/** A share with a decimal where it is small. @param {number} x */
export function share(x) {
  return `${decimal(100 * x, x < 0.1 ? 1 : 0)} %`;
}

/** Minutes with one decimal. @param {number|null} x */
export function minutes(x) {
  return x === null ? "–" : t("manager.minutes", { n: decimal(x, 1) });
}

/** With its sign. @param {number} x @param {number} digits */
export function signed(x, digits = 1) {
  const rounded = Number(x.toFixed(digits));
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : ""}${decimal(Math.abs(rounded), digits)}`;
}

/** What came of a plan, as a head of unit would say it. @param {Plan} plan @param {PlanFigures} found @param {Result} result */
export function headline(plan, found, result) {
  const limit = telling(result);
  const before = overShare(result.present, limit);
  const after = overShare(found, limit);
  const moves = Math.abs(after - before) < 0.002 ? "same" : after < before ? "down" : "up";
  const days = found.better >= found.worse ? "plan.days_better" : "plan.days_worse";
  const n = found.better >= found.worse ? found.better : found.worse;
  return `${who(plan)} ${t(`plan.headline_${moves}`, { limit, before: share(before), after: share(after) })}, ${t(days, { n, of: result.days.length })}.`;
}

/** @param {Plan} plan */
function who(plan) {
  if (isRostered(plan)) return t("plan.by_roster");
  const { whole, part } = staff(plan);
  const now = known.value?.now.counters.length ?? 0;
  if (whole === 0 && part === 0) return t("plan.same_staff", { n: now });
  if (whole === 0) return t("plan.more_part", { n: part });
  return whole > 0 ? t("plan.more_staff", { n: whole }) : t("plan.less_staff", { n: -whole });
}

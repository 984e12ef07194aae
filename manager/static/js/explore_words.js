/** Measures, groups and changes as they are read. */
import { decimal, shortDate } from "/static/js/format.js";
import { knows, pick, t } from "/static/js/text.js";

import { said } from "./explore_measures.js";
import { view } from "./store.js";
import { addDays, dayMonth } from "./time.js";
import { percent, queueName } from "./words.js";

/** @typedef {import("./explore_measures.js").Measure} Measure */
/** @typedef {import("./explore_state.js").State} State */
/** @typedef {{id?: string, code?: string, name: import("./rows.js").Text}} Named */

/** @param {Measure} measure */
export const measureName = (measure) => t(`explore.measure_${measure.id}`);

/** @param {string} by */
export const byName = (by) => t(`explore.by_${by}`);

/** What a measure is counted in. @param {Measure} measure */
export function unitOf(measure) {
  if (measure.kind === "minutes") return t("explore.unit_minutes");
  return measure.kind === "share" ? "%" : t("explore.unit_count");
}

/**
 * A value with its unit: "8,3 phút", "87%", "1.240".
 *
 * @param {Measure} measure
 * @param {number|null} value
 */
export function valueText(measure, value) {
  if (value === null) return t("manager.not_enough");
  if (measure.kind === "minutes") return t("manager.minutes", { n: decimal(value, 1) });
  return measure.kind === "share" ? percent(value) : decimal(value, 0);
}

/** The same without its unit, for cells below a head that has it. @param {Measure} measure @param {number} value */
export function bareText(measure, value) {
  if (measure.kind === "share") return `${decimal(value * 100, 1)}%`;
  return decimal(value, measure.kind === "minutes" ? 1 : 0);
}

/**
 * A change in words: "nhanh hơn 2,0 phút", "cao hơn 3 điểm phần trăm".
 *
 * @param {Measure} measure
 * @param {number|null} change
 */
export function changeText(measure, change) {
  if (change === null) return "";
  const size = said(measure, change);
  if (size === 0) return t("explore.change_none");
  const way = size < 0 ? "less" : "more";
  const n = decimal(Math.abs(size), measure.kind === "minutes" ? 1 : 0);
  if (measure.kind === "share") return way === "less" ? t("explore.change_share_less", { n }) : t("explore.change_share_more", { n });
  if (measure.kind === "count") return way === "less" ? t("explore.change_count_less", { n }) : t("explore.change_count_more", { n });
  if (way === "more") return t("explore.change_longer", { n });
  return measure.better === "less" ? t("explore.change_faster", { n }) : t("explore.change_shorter", { n });
}

/** @param {string} part @param {string} id */
function named(part, id) {
  const catalogue = /** @type {Record<string, Named[]>} */ (/** @type {unknown} */ (view.value?.catalogue ?? {}));
  const found = (catalogue[part] ?? []).find((one) => (one.id ?? one.code) === id);
  return found ? pick(found.name) : "";
}

/** @param {string} id */
export const serviceName = (id) => named("services", id) || id;

/** @param {string} id */
export const procedureName = (id) => named("procedures", id) || id;

/** @param {string} id */
export function counterName(id) {
  const counters = /** @type {{id: string, number: number}[]} */ (/** @type {any} */ (view.value?.catalogue)?.counters ?? []);
  const counter = counters.find((one) => one.id === id);
  return counter ? t("devices.at_counter", { n: counter.number }) : id;
}

/** An outcome's or an end's name. @param {string} code */
export function endName(code) {
  const own = named("outcomes", code);
  if (own) return own;
  return knows(`explore.end_${code}`) ? t(`explore.end_${code}`) : code;
}

/** @param {string} channel */
export const channelName = (channel) => (knows(`explore.channel_${channel}`) ? t(`explore.channel_${channel}`) : channel);

/** @param {string} date */
export const dateText = (date) => `${date.slice(8, 10)}/${date.slice(5, 7)}/${date.slice(0, 4)}`;

/**
 * A group as it is named in the table.
 *
 * @param {string} by
 * @param {string} key
 * @returns {string}
 */
export function groupName(by, key) {
  if (key === "") return knows(`explore.empty_${by}`) ? t(`explore.empty_${by}`) : t("explore.empty");
  switch (by) {
    case "day":
      return `${weekdayShort(isoWeekday(key))} ${dateText(key)}`;
    case "week":
      return `${dayMonth(key)} – ${dateText(addDays(key, 6))}`;
    case "month":
      return t("explore.month", { month: key.slice(5), year: key.slice(0, 4) });
    case "weekday":
      return t(`explore.weekday_${key}`);
    case "hour":
      return t("explore.hour", { from: key, to: String(Number(key) + 1).padStart(2, "0") });
    case "queue":
      return queueName(key) || key;
    case "service":
      return serviceName(key);
    case "procedure":
      return procedureName(key);
    case "counter":
      return counterName(key);
    case "channel":
      return channelName(key);
    case "priority":
      return knows(`explore.priority_${key}`) ? t(`explore.priority_${key}`) : key;
    case "outcome":
      return endName(key);
    default:
      return key;
  }
}

/** A group below a column of the chart. @param {string} by @param {string} key */
export function groupTick(by, key) {
  if (by === "day" || by === "week") return dayMonth(key);
  if (by === "month") return `${key.slice(5)}/${key.slice(2, 4)}`;
  if (by === "weekday") return weekdayShort(Number(key));
  return by === "hour" ? t("manager.hour", { h: String(Number(key)) }) : groupName(by, key);
}

/** @param {number} day 1 = Monday */
const weekdayShort = (day) => t(`explore.weekday_short_${day}`);

/** @param {string} date */
function isoWeekday(date) {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

/** @param {{from: string, to: string}} range */
export function rangeText({ from, to }) {
  return from === to ? dateText(from) : `${dateText(from)} – ${dateText(to)}`;
}

/** What the change is against. @param {Pick<State, "against">} state */
export const againstText = ({ against }) => (against === "year" ? t("explore.than_year") : t("explore.than_previous"));

/** @param {string|number} at @param {string} zone */
export const dayText = (at, zone) => shortDate(at, zone);

/** What the groups of the forecast's accuracy are called. */

import { t } from "/static/js/text.js";

import { dayMonth } from "./time.js";
import { queueName, tick } from "./words.js";

/** @typedef {"day"|"queue"|"hour"|"class"} By */

/** @param {By} by @param {string} key */
export function nameOf(by, key) {
  if (by === "queue") return queueName(key) || key;
  if (by === "day") return dayMonth(key);
  return by === "hour" ? tick(key) : t(`manager.forecast.class_${key}`);
}

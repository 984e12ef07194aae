/** What the page of reports knows, and what it may ask the server for. */
import { signal } from "@preact/signals";
import { newId } from "/static/js/ids.js";
import { language } from "/static/js/text.js";

import { say, socket } from "./store.js";

/**
 * @typedef {import("./report_periods.js").Kind} Kind
 * @typedef {{id: string, kind: Kind, from: string, to: string, language: string, formats: string[], asked_at: string,
 *   asked_by: string, state: "queued"|"working"|"ready"|"failed", done: number, total: number, reason: string,
 *   made_at: string, files: Record<string, string>}} Report
 * @typedef {{start: string, state: "asked"|"sent"|"waiting"|"failed", reason: string, asked_at: string, given: string[]}} Mark
 * @typedef {{period: Kind, formats: string[], to: string[], folder: string, next_at: string, last: Mark|null}} Schedule
 * @typedef {{reports: Report[], schedules: Schedule[], has_mail: boolean}} Known
 */

export const FORMATS = ["pdf", "xlsx", "csv", "json"];
/** @type {Kind[]} */
export const KINDS = ["day", "week", "month", "quarter", "year"];

/** @type {import("@preact/signals").Signal<Known|null>} */
export const known = signal(null);
/** Why there is nothing to show. */
export const trouble = signal("");
export const isAsking = signal(false);

export async function load() {
  const ack = await socket.emit("ask", { name: "reports.list", language: language.value });
  if (ack.ok) known.value = /** @type {Known} */ (/** @type {unknown} */ (ack.result));
  trouble.value = ack.ok ? "" : ack.error.message;
}

/** Whether one of the reports is under way. */
export function isBusy() {
  return known.value?.reports.some((one) => one.state === "queued" || one.state === "working") ?? false;
}

/** @param {{kind: Kind, day: string, language: string, formats: string[]}} wanted */
export async function ask(wanted) {
  isAsking.value = true;
  const ack = await socket.emit("ask", { ...wanted, name: "reports.ask", key: newId() });
  isAsking.value = false;
  if (!ack.ok) return say(ack.error.message, true);
  return load();
}

/** Where a file of a report is fetched. @param {string} branch @param {Report} report @param {string} format */
export function address(branch, report, format) {
  return `/api/v1/branches/${encodeURIComponent(branch)}/reports/${report.id}/files/${format}`;
}

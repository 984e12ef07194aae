/** The audit trail in sentences: who, what, what came of it. The codes of the log stay beside the words. */
import { knows, t } from "/static/js/text.js";

import { tables } from "./store.js";

/** @typedef {{people: Record<string, string>, devices: Record<string, string>}} Names */
/** @typedef {{id: number, at: string, actor: string, action: string, outcome: string, detail: Record<string, string>, address: string}} Line */
/** @typedef {{words: string, code: string}} Said `code`: as the log has it, empty where the words are the same */

const STAFF = new Set(["officer", "supervisor", "manager", "administrator", "auditor"]);

/** Everything a line says, in words. @param {Line} line @param {Names} names */
export function inWords(line, names) {
  return {
    actor: actorWords(line.actor, names),
    action: { words: actionWords(line.action), code: line.action },
    outcome: outcomeWords(line.outcome),
    detail: detailWords(line.detail, names),
  };
}

/** "Nguyễn Thị Mai · Cán bộ tiếp nhận" for `officer:mai`. @param {string} actor @param {Names} names @returns {Said} */
export function actorWords(actor, names) {
  const [kind, ...rest] = actor.split(":");
  const id = rest.join(":");
  const role = roleOf(kind);
  const name = STAFF.has(kind) ? names.people[id] : id;
  return { words: [name, role].filter(Boolean).join(" · "), code: actor };
}

/** @param {string} kind */
function roleOf(kind) {
  if (STAFF.has(kind)) return t(`role.${kind}`);
  const key = `trail.actor_${kind}`;
  return knows(key) ? t(key) : kind;
}

/** @param {string} action */
export function actionWords(action) {
  const key = `trail.action_${action.replaceAll(".", "_")}`;
  return knows(key) ? t(key) : t("trail.action_other");
}

/** @param {string} outcome */
export function outcomeWords(outcome) {
  const key = `trail.outcome_${outcome}`;
  if (knows(key)) return t(key);
  return knows(`error.${outcome}`) ? t(`error.${outcome}`) : outcome;
}

/** @param {Record<string, string>} detail @param {Names} names @returns {{name: string, words: string, code: string}[]} */
function detailWords(detail, names) {
  // Where the number is known, nobody needs the ticket's id.
  const shown = Object.entries(detail).filter(([name, value]) => value !== "" && !(name === "ticket" && detail.number));
  return shown.map(([name, value]) => {
    const key = `trail.detail_${name}`;
    const words = valueWords(name, value, names);
    return { name: knows(key) ? t(key) : name, words, code: words === value ? "" : value };
  });
}

/** @param {string} name @param {string} value @param {Names} names @returns {string} */
function valueWords(name, value, names) {
  switch (name) {
    case "username":
    case "actor":
      return names.people[value] ?? value;
    case "id":
    case "device":
      return names.devices[value] ?? value;
    case "counter": {
      const number = tables.value.counters?.[value]?.number;
      return number ? t("devices.at_counter", { n: number }) : value;
    }
    case "role":
      return roleOf(value);
    case "grants":
      return listed(value).map((one) => (knows(`grant.${one}`) ? t(`grant.${one}`) : one)).join(", ") || t("trail.none_of_them");
    case "kind":
      return knows(`devices.kind_${value}`) ? t(`devices.kind_${value}`) : value;
    case "by":
    case "what":
      return knows(`trail.${name}_${value}`) ? t(`trail.${name}_${value}`) : value;
    case "action":
      return actionWords(value);
    default:
      return value;
  }
}

/** The names in "['call_chosen', 'export']". @param {string} value */
function listed(value) {
  return value.match(/[a-z_]+/gu) ?? [];
}

/** One cell of a table file. @param {Line} line @param {Names} names */
export function detailText(line, names) {
  return detailWords(line.detail, names).map(({ name, words, code }) => `${name}: ${code ? `${words} (${code})` : words}`).join(" · ");
}

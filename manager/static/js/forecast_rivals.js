/** The forecast held against the two simpler rules, over the same tickets: in all and by group. */

import { useState } from "preact/hooks";
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { nameOf } from "./forecast_names.js";
import { Why } from "./opinion_cards.js";
import { Panel } from "./panel.js";
import { minutesText, percent, queuePrefix } from "./words.js";

/** @typedef {import("./forecast.js").Answers} Answers */
/** @typedef {import("./forecast.js").Figures} Figures */
/** @typedef {import("./forecast.js").Group} Group */
/** @typedef {import("./forecast_names.js").By} By */

/** Columns of the table: the share against the naive rule, and how many are compared. */
const SAVED = 4;
const COMPARED = 5;
/** Below this share two rules are as good as each other. */
const ALIKE = 0.03;
/** @type {By[]} */
const CHOICES = ["day", "queue", "hour", "class"];

/** @param {By} by */
const choiceName = (by) => t(by === "day" ? "manager.column.day" : `manager.forecast.by_${by}`);

/** How much smaller the error is than the naive rule's, as a share of that. @param {Figures} figures */
const saved = ({ mae_told_s: told, mae_naive_s: naive }) => (told === null || naive === null || naive === 0 ? null : 1 - told / naive);

/** In minutes to a tenth, for table and file. @param {number|null} seconds */
const tenths = (seconds) => (seconds === null ? null : Math.round(seconds / 6) / 10);

/** @param {Figures} total */
function sentence(total) {
  const share = saved(total);
  const given = {
    n: decimal(total.compared, 0),
    told: minutesText(Number(total.mae_told_s) / 60),
    naive: minutesText(Number(total.mae_naive_s) / 60),
    share: percent(Math.abs(share ?? 0)),
  };
  if (share === null || Math.abs(share) < ALIKE) return t("manager.forecast.rivals_alike", given);
  return t(share > 0 ? "manager.forecast.rivals_better" : "manager.forecast.rivals_worse", given);
}

/** One bar of each rule. @param {{total: Figures, isFormula: boolean}} props `isFormula`: what was told and the fallback are one */
function Bars({ total, isFormula }) {
  const bars = isFormula
    ? [["told", "rivals_told_formula", total.mae_told_s], ["naive", "rivals_naive", total.mae_naive_s]]
    : [["told", "rivals_told", total.mae_told_s], ["fallback", "rivals_fallback", total.mae_fallback_s], ["naive", "rivals_naive", total.mae_naive_s]]; // prettier-ignore
  const most = Math.max(1, ...bars.map(([, , seconds]) => Number(seconds)));
  return html`<dl class="rival-bars">
    ${bars.map(([kind, name, seconds]) => html`<div key=${kind} class=${kind}>
      <dt>${t(`manager.forecast.${name}`)}${kind === "naive" && html` <small>${t("manager.forecast.rivals_naive_is")}</small>`}</dt>
      <dd><i style=${`width:${(100 * Number(seconds)) / most}%`} aria-hidden="true"></i><b>${minutesText(Number(seconds) / 60)}</b></dd>
    </div>`)}
  </dl>`;
}

/** @param {{total: Figures, least: number}} props */
function InAll({ total, least }) {
  if (total.mae_told_s === null) {
    const key = total.n >= least ? "manager.forecast.rivals_unkept" : "manager.forecast.few";
    return html`<p class="empty">${t(key, { n: decimal(total.compared, 0), least })}</p>`;
  }
  const of = { n: decimal(total.compared_simulated, 0), of: decimal(total.compared, 0) };
  const isFormula = total.compared_simulated < least;
  return html`<div class="rivals-all">
    <p class="rivals-said">${sentence(total)}</p>
    <${Bars} total=${total} isFormula=${isFormula} />
    <p class="dim">${total.compared_simulated < total.compared && t(isFormula ? "manager.forecast.rivals_none_simulated" : "manager.forecast.rivals_some_simulated", of)}</p>
  </div>`;
}

/** @param {By} by @param {Group[]} groups */
function sheetOf(by, groups) {
  const words = ["rivals_told_short", "rivals_fallback_short", "rivals_naive_short", "rivals_saved", "rivals_compared"];
  return {
    head: [choiceName(by), ...words.map((word) => t(`manager.forecast.${word}`))],
    rows: groups.map((g) => {
      const share = saved(g);
      return [
        nameOf(by, g.key), tenths(g.mae_told_s), tenths(g.mae_fallback_s), tenths(g.mae_naive_s),
        share === null ? null : Math.round(-1000 * share) / 1000, g.compared,
      ]; // prettier-ignore
    }),
  };
}

/** @param {string|number|null} value @param {number} column */
function written(value, column) {
  if (value === null) return "–";
  if (typeof value !== "number") return value;
  if (column === SAVED) return `${value > 0 ? "+" : value < 0 ? "−" : ""}${percent(Math.abs(value))}`;
  return decimal(value, column === COMPARED ? 0 : 1);
}

/** @param {{answers: Answers}} props */
export function Rivals({ answers }) {
  const [by, setBy] = useState(/** @type {By} */ ("queue"));
  const { groups, least, total } = answers[by];
  const title = t("manager.forecast.rivals");
  const sheet = sheetOf(by, groups);
  const switcher = html`<div class="switch small" role="group" aria-label=${`${t("manager.forecast.group_by")}: ${title}`}>
    ${CHOICES.map((one) => html`<button key=${one} type="button" aria-pressed=${by === one} onClick=${() => setBy(one)}>${choiceName(one)}</button>`)}
  </div>`;
  const legend = html`<${Why} name=${title} text=${t("manager.forecast.rivals_why")} />${groups.length > 0 && switcher}`;
  return html`<${Panel} title=${title} unit=${t("manager.forecast.rivals_unit")} area="hit-rivals" file="du-bao-so-sanh" legend=${legend}
    sheet=${groups.length > 0 ? sheet : undefined} show=${written}>
    <div class="rivals">
      <${InAll} total=${total} least=${least} />
      ${groups.length > 0 &&
      html`<div class="scroll" tabindex="0" role="group" aria-label=${title}>
        <table class="list figures hit-table">
          <thead><tr>${sheet.head.map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
          <tbody>${groups.map((g, at) => html`<tr key=${g.key}>
            <th scope="row">${by === "queue" && html`<span class="prefix" aria-hidden="true">${queuePrefix(g.key)}</span>`}<span class="name" title=${sheet.rows[at][0]}>${sheet.rows[at][0]}</span></th>
            ${g.mae_told_s === null
              ? html`<td class="dim" colspan="5">${t("manager.forecast.few", { n: decimal(g.compared, 0), least })}</td>`
              : sheet.rows[at].slice(1).map((value, n) => html`<td key=${n} class=${`num ${n + 1 === SAVED ? (Number(value) <= 0 ? "met" : "missed") : ""}`}>${written(value, n + 1)}</td>`)}
          </tr>`)}</tbody>
        </table>
      </div>`}
    </div>
  <//>`;
}

/** The pictures of the forecast's accuracy: by day, early against late, by queue, hour and class. */

import { useState } from "preact/hooks";
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { nameOf } from "./forecast_names.js";
import { Why } from "./opinion_cards.js";
import { Panel } from "./panel.js";
import { dayMonth } from "./time.js";
import { percent, queuePrefix } from "./words.js";

/** @typedef {import("./forecast.js").Answer} Answer */
/** @typedef {import("./forecast.js").Answers} Answers */
/** @typedef {import("./forecast.js").Figures} Figures */
/** @typedef {import("./forecast.js").Group} Group */

/** Days written under the picture at most. */
const MOST_TICKS = 8;
const MARKS = [0, 0.25, 0.5, 0.75, 1];

/** @param {number|null} share */
const rounded = (share) => (share === null ? null : Math.round(share * 1000) / 1000);

/** @param {string|number|null} value @param {number} column */
function written(value, column) {
  if (value === null) return "–";
  if (typeof value !== "number") return value;
  return column === 1 ? decimal(value, 0) : percent(value);
}

/** @param {{answer: Answer}} props */
export function Days({ answer }) {
  const { groups, target, least } = answer;
  const title = t("manager.forecast.by_day");
  const told = groups.filter((g) => g.right !== null);
  const sheet = {
    head: [t("manager.column.day"), t("manager.forecast.queued"), t("manager.forecast.right_short"), t("manager.forecast.early"), t("manager.forecast.late")],
    rows: groups.map((g) => [dayMonth(g.key), g.n, rounded(g.right), rounded(g.early), rounded(g.late)]),
  };
  return html`<${Panel} title=${title} unit=${t("manager.forecast.by_day_unit", { least })} area="hit-days" file="du-bao-theo-ngay"
    sheet=${groups.length > 0 ? sheet : undefined} show=${written}>
    ${told.length > 0
      ? html`<${DayPicture} groups=${groups} target=${target} label=${dayLabel(told, target)} />`
      : html`<p class="empty">${t("manager.forecast.none", { least })}</p>`}
  <//>`;
}

/** @param {Group[]} told @param {number} target */
function dayLabel(told, target) {
  const met = told.filter((g) => meets(Number(g.right), target)).length;
  return t("manager.forecast.by_day_label", { n: told.length, met, target: percent(target) });
}

/** @param {{groups: Group[], target: number, label: string}} props */
function DayPicture({ groups, target, label }) {
  const every = Math.max(1, Math.ceil(groups.length / MOST_TICKS));
  const wide = 100 / groups.length;
  return html`<div class="hit-plot" role="img" aria-label=${label}>
    <div class="hit-scale" aria-hidden="true">${MARKS.map((m) => html`<span key=${m} style=${`bottom:${100 * m}%`}>${percent(m)}</span>`)}</div>
    <div class="hit-bars" aria-hidden="true">
      ${MARKS.map((m) => html`<i key=${m} class="grid-line" style=${`bottom:${100 * m}%`}></i>`)}
      ${groups.map((g, at) => html`<b key=${g.key} style=${`left:${at * wide}%;width:${wide}%`} title=${barTitle(g)}>
        <i class=${barKind(g, target)} style=${`height:${g.right === null ? 3 : 100 * g.right}%`}></i></b>`)}
      <i class="hit-target" style=${`bottom:${100 * target}%`}><span>${t("manager.forecast.target", { share: percent(target) })}</span></i>
    </div>
    <div class="hit-days-named" aria-hidden="true">${groups.map(
      (g, at) => at % every === 0 && html`<span key=${g.key} style=${`left:${(at + 0.5) * wide}%`}>${dayMonth(g.key)}</span>`,
    )}</div>
  </div>`;
}

/** As it is written: a colour never contradicts its number. @param {number} share @param {number} target */
export const meets = (share, target) => Math.round(100 * share) >= Math.round(100 * target);

/** @param {Group} group @param {number} target */
function barKind({ right }, target) {
  if (right === null) return "few";
  return meets(right, target) ? "met" : "missed";
}

/** @param {Group} group */
function barTitle({ key, right, n }) {
  const said = right === null ? t("manager.not_enough") : percent(right);
  return t("manager.forecast.day_tip", { day: dayMonth(key), said, n });
}

/** Those who were called before, within and after the told range. @param {{total: Figures, least: number}} props */
export function Balance({ total, least }) {
  const title = t("manager.forecast.balance");
  const parts = /** @type {const} */ (["early", "right", "late"]);
  const legend = html`<${Why} name=${title} text=${t("manager.forecast.balance_why")} />`;
  if (total.right === null) {
    return html`<${Panel} title=${title} area="hit-balance" legend=${legend}>
      <p class="empty">${t("manager.forecast.few", { n: decimal(total.n, 0), least })}</p><//>`;
  }
  const share = (/** @type {"early"|"right"|"late"} */ part) => Number(total[part]);
  const said = parts.map((part) => `${t(`manager.forecast.${part === "right" ? "right_short" : part}`)} ${decimal(100 * share(part), 1)}%`);
  return html`<${Panel} title=${title} area="hit-balance" legend=${legend}>
    <div class="balance" role="img" aria-label=${said.join("; ")}>
      ${parts.map((part) => html`<i key=${part} class=${part} style=${`width:${100 * share(part)}%`}></i>`)}
    </div>
    <dl class="balance-parts">
      ${parts.map((part) => html`<div key=${part}><dt><i class=${`swatch ${part}`} aria-hidden="true"></i>${t(`manager.forecast.${part === "right" ? "right_short" : part}`)}</dt>
        <dd>${decimal(100 * share(part), 1)}%</dd></div>`)}
    </dl>
    <p>${t(balanceSentence(total))}</p>
    <p class="dim">${t("manager.forecast.unsaid", { n: decimal(total.unsaid, 0), share: percent(total.vague ?? 0) })}</p>
  <//>`;
}

/** @param {Figures} total */
function balanceSentence({ early, late }) {
  const lean = Number(late) - Number(early);
  if (Math.abs(lean) < 0.04) return "manager.forecast.even";
  return lean > 0 ? "manager.forecast.leans_late" : "manager.forecast.leans_early";
}

/** @typedef {"queue"|"hour"|"class"} By */
/** @type {By[]} */
const CHOICES = ["queue", "hour", "class"];

/** @param {{answers: Answers}} props */
export function Groups({ answers }) {
  const [by, setBy] = useState(/** @type {By} */ ("queue"));
  const { groups, target, least } = answers[by];
  const title = t("manager.forecast.groups");
  const head = [
    t(by === "queue" ? "manager.column.queue" : by === "hour" ? "manager.column.hour" : "manager.forecast.class"),
    t("manager.forecast.queued"), t("manager.forecast.right_short"), t("manager.forecast.early"),
    t("manager.forecast.late"), t("manager.forecast.very_late_short"), t("manager.forecast.error_short"),
  ]; // prettier-ignore
  const minutes = (/** @type {number|null} */ seconds) => (seconds === null ? null : Math.round(seconds / 6) / 10);
  const rows = groups.map((g) => [nameOf(by, g.key), g.n, rounded(g.right), rounded(g.early), rounded(g.late), rounded(g.very_late), minutes(g.mae_s)]);
  const show = (/** @type {string|number|null} */ value, /** @type {number} */ column) =>
    column === 6 && typeof value === "number" ? decimal(value, 1) : written(value, column);
  const switcher = html`<div class="switch small" role="group" aria-label=${t("manager.forecast.group_by")}>
    ${CHOICES.map((one) => html`<button key=${one} type="button" aria-pressed=${by === one} onClick=${() => setBy(one)}>${t(`manager.forecast.by_${one}`)}</button>`)}
  </div>`;
  return html`<${Panel} title=${title} area="hit-groups" file="du-bao-theo-nhom" legend=${switcher}
    sheet=${groups.length > 0 ? { head, rows } : undefined} show=${show}>
    ${groups.length > 0
      ? html`<div class="scroll" tabindex="0" role="group" aria-label=${title}>
          <table class="list figures hit-table">
            <thead><tr>${head.map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
            <tbody>${groups.map((g, at) => html`<tr key=${g.key}>
              <th scope="row">${by === "queue" && html`<span class="prefix" aria-hidden="true">${queuePrefix(g.key)}</span>`}<span class="name" title=${rows[at][0]}>${rows[at][0]}</span></th>
              ${g.right === null
                ? html`<td class="num">${decimal(g.n, 0)}</td><td class="dim" colspan="5">${t("manager.forecast.few", { n: decimal(g.n, 0), least })}</td>`
                : rows[at].slice(1).map((value, n) => html`<td key=${n} class=${`num ${n === 1 ? (meets(Number(g.right), target) ? "met" : "missed") : ""}`}>${show(value, n + 1)}</td>`)}
            </tr>`)}</tbody>
          </table>
        </div>`
      : html`<p class="empty">${t("manager.forecast.none", { least })}</p>`}
  <//>`;
}

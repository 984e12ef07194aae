/**
 * The last 7 or 30 days, drawn like today.
 */

import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { PeriodCards } from "./cards.js";
import { DotTable, dotSheet, dotWritten } from "./dots.js";
import { inMinutes, waitsByGroup } from "./figures.js";
import { Panel } from "./panel.js";
import { show, shown } from "./periods.js";
import { satisfaction } from "./satisfaction.js";
import { socket, view } from "./store.js";
import { percent, queueName, queuePrefix } from "./words.js";
import { WaitPanel } from "./waits.js";

/** @typedef {import("./rows.js").FiguresAnswer} FiguresAnswer */
/** @typedef {FiguresAnswer["groups"][number]} Group */

/** The groups of the catalogue's queues, in its order. @param {FiguresAnswer} answer */
function byQueue(answer) {
  return (view.value?.catalogue.queues ?? [])
    .map((q) => answer.groups.find((g) => g.key === q.id))
    .filter((g) => g !== undefined);
}

/** @param {number|null} seconds */
function minutesCell(seconds) {
  const minutes = inMinutes(seconds);
  return minutes === null ? html`<span class="dim">–</span>` : decimal(minutes, 1);
}

/** @param {{group: Group}} props */
function Queue({ group }) {
  const name = queueName(String(group.key));
  return html`<th scope="row">
    <span class="prefix" aria-hidden="true">${queuePrefix(String(group.key))}</span>
    <span class="name" title=${name}>${name}</span>
  </th>`;
}

/** @param {{answer: FiguresAnswer}} props */
function QueueTable({ answer }) {
  const groups = byQueue(answer);
  const head = [
    t("manager.column.queue"),
    t("manager.column.issued"),
    t("manager.column.served"),
    t("manager.column.absent"),
    t("manager.median"),
    t("manager.p90"),
    t("manager.kpi.within"),
    t("manager.column.service"),
    t("manager.column.guidance"),
  ];
  const sheet = {
    head,
    rows: groups.map((g) => [
      queueName(String(g.key)),
      g.issued,
      g.served,
      g.no_show,
      inMinutes(g.wait_p50_s),
      inMinutes(g.wait_p90_s),
      g.within_target === null ? null : Math.round(g.within_target * 1000) / 1000,
      inMinutes(g.service_mean_s),
      g.sheets_read === 0 ? null : Math.round((1000 * g.guidance_needed) / g.sheets_read) / 1000,
    ]),
  };
  return html`<${Panel} title=${t("manager.period.queues")} unit=${t("manager.period.times")} area="waiting" file="theo-linh-vuc" sheet=${sheet}>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("manager.period.queues")}>
      <table class="list figures">
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${groups.map(
            (g) =>
              html`<tr>
                <${Queue} group=${g} />
                <td class="num">${decimal(g.issued, 0)}</td>
                <td class="num">${decimal(g.served, 0)}</td>
                <td class="num">${decimal(g.no_show, 0)}</td>
                <td class="num">${minutesCell(g.wait_p50_s)}</td>
                <td class="num">${minutesCell(g.wait_p90_s)}</td>
                <td class="num">${g.within_target === null ? "–" : percent(g.within_target)}</td>
                <td class="num">${minutesCell(g.service_mean_s)}</td>
                <td class="num">${g.sheets_read === 0 ? "–" : `${g.guidance_needed}/${g.sheets_read}`}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  <//>`;
}

/** @param {{answer: FiguresAnswer}} props */
function SatisfactionPanel({ answer }) {
  const rows = byQueue(answer).map((g) => {
    const found = satisfaction(g.ratings_satisfied, g.ratings_n, g.completed);
    const key = String(g.key);
    return {
      key, name: queueName(key), prefix: queuePrefix(key), satisfied: found.satisfied, n: found.n,
      share: found.share, low: found.interval?.low ?? null, high: found.interval?.high ?? null,
    };
  }); // prettier-ignore
  const title = t("manager.period.satisfaction");
  const column = t("manager.column.queue");
  return html`<${Panel} title=${title} unit=${t("manager.period.interval")} area="counters" file="hai-long"
    sheet=${dotSheet(column, rows)} show=${dotWritten}>
    <${DotTable} rows=${rows} column=${column} label=${title} />
  <//>`;
}

/** The page of a period. */
export function PeriodPage() {
  const now = shown.value;
  const snapshot = view.value;
  if (!now || !snapshot) return null;
  if (!now.figures) {
    const retry = () => void show(snapshot.branch, now.days, socket.serverNow);
    return now.failed
      ? html`<div class="card empty" role="alert">
          <p>${t("manager.period.failed")}</p>
          <button type="button" class="button" onClick=${retry}>${t("manager.retry")}</button>
        </div>`
      : html`<p class="card empty" role="status">${t("manager.period.loading")}</p>`;
  }
  const { day, hour, queue } = now.figures;
  const targets = snapshot.catalogue.policy.wait_targets_minutes;
  const target = day.target_minutes;
  return html`<div class="overview">
    ${now.failed &&
    html`<div class="banner amber" role="status">
      <${Icon} name="triangle-alert" size=${24} />
      <p>${t("manager.period.stale")}</p>
    </div>`}
    <${PeriodCards} total=${day.total} target=${target} targets=${targets} />
    <${WaitPanel}
      points=${waitsByGroup(day)}
      target=${target}
      title=${t("manager.period.by_day")}
      area="waits"
    />
    <${WaitPanel}
      points=${waitsByGroup(hour)}
      target=${target}
      title=${t("manager.waits.title")}
      area="heat"
    />
    <${QueueTable} answer=${queue} />
    <${SatisfactionPanel} answer=${queue} />
  </div>`;
}

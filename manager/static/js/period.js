/**
 * The last 7 or 30 days, drawn like today.
 */

import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { PeriodCards } from "./cards.js";
import { inMinutes, waitsByGroup } from "./figures.js";
import { Panel } from "./panel.js";
import { show, shown } from "./periods.js";
import { satisfaction } from "./satisfaction.js";
import { socket, view } from "./store.js";
import { percent, queueName, queuePrefix } from "./words.js";
import { WaitPanel } from "./waits.js";

/** @typedef {import("./rows.js").FiguresAnswer} FiguresAnswer */
/** @typedef {FiguresAnswer["groups"][number]} Group */

/** The scale of the intervals starts here: below, a branch has other worries. */
const SCALE_FROM = 0.4;

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

/** @param {number} share 0 to 1, as a place on the scale */
const place = (share) => 100 * Math.max(0, (share - SCALE_FROM) / (1 - SCALE_FROM));

/** @param {{group: Group}} props */
function Interval({ group }) {
  const found = satisfaction(group.ratings_satisfied, group.ratings_n, group.completed);
  const counts = `${decimal(found.satisfied, 0)}/${decimal(found.n, 0)}`;
  if (found.share === null || !found.interval) {
    return html`<tr>
      <${Queue} group=${group} />
      <td class="dots"><span class="dim">${t("manager.not_enough")}</span></td>
      <td class="num dim">–</td>
      <td class="num">${counts}</td>
    </tr>`;
  }
  const { low, high } = found.interval;
  return html`<tr>
    <${Queue} group=${group} />
    <td class="dots">
      <div class="dot-box" role="img" aria-label=${`${percent(low)} – ${percent(high)}`}>
        <span class="whisker" style=${`left:${place(low)}%;width:${place(high) - place(low)}%`}></span>
        <span class="dot" style=${`left:${place(found.share)}%`}></span>
      </div>
    </td>
    <td class="num"><b>${percent(found.share)}</b></td>
    <td class="num">${counts}</td>
  </tr>`;
}

/** @param {{answer: FiguresAnswer}} props */
function SatisfactionPanel({ answer }) {
  const groups = byQueue(answer);
  const found = groups.map((g) => satisfaction(g.ratings_satisfied, g.ratings_n, g.completed));
  const sheet = {
    head: [
      t("manager.column.queue"),
      t("manager.column.satisfied"),
      t("manager.column.ratings"),
      t("manager.column.low"),
      t("manager.column.high"),
    ],
    rows: groups.map((g, i) => [
      queueName(String(g.key)),
      found[i].satisfied,
      found[i].n,
      found[i].interval ? Math.round(found[i].interval.low * 1000) / 1000 : null,
      found[i].interval ? Math.round(found[i].interval.high * 1000) / 1000 : null,
    ]),
  };
  return html`<${Panel}
    title=${t("manager.period.satisfaction")}
    unit=${t("manager.period.interval")}
    area="counters"
    file="hai-long"
    sheet=${sheet}
  >
    <div class="scroll" tabindex="0" role="group" aria-label=${t("manager.period.satisfaction")}>
      <table class="list dotted">
        <thead>
          <tr>
            <th scope="col">${t("manager.column.queue")}</th>
            <th scope="col" class="scale" aria-label=${t("manager.period.interval")}>
              <div>${[0.4, 0.6, 0.8, 1].map(percent).map((text) => html`<span>${text}</span>`)}</div>
            </th>
            <th scope="col">${t("manager.column.share")}</th>
            <th scope="col">${t("manager.column.of_ratings")}</th>
          </tr>
        </thead>
        <tbody>
          ${groups.map((g) => html`<${Interval} key=${g.key} group=${g} />`)}
        </tbody>
      </table>
    </div>
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

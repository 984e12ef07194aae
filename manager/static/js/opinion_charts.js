/** Satisfaction by field, and what waiting costs of it. */

import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { DotTable, dotSheet, dotWritten } from "./dots.js";
import { serviceName } from "./follow_ups.js";
import { Why } from "./opinion_cards.js";
import { LONGEST_DRAWN, bandMiddles, place, scaleFrom, ticks } from "./opinion_model.js";
import { Panel } from "./panel.js";
import { view } from "./store.js";
import { percent } from "./words.js";

/** @typedef {import("./opinion_model.js").Opinion} Opinion */
/** @typedef {import("./opinion_model.js").Band} Band */
/** @typedef {import("./opinion_model.js").CurvePoint} CurvePoint */

/** The services in the order of the catalogue, what it no longer has at the end. @param {string[]} ids */
function inOrder(ids) {
  const services = /** @type {any} */ (view.value?.catalogue)?.services ?? [];
  const at = (/** @type {string} */ id) => {
    const found = services.findIndex((/** @type {{id: string}} */ one) => one.id === id);
    return found < 0 ? services.length : found;
  };
  return [...ids].sort((a, b) => at(a) - at(b) || a.localeCompare(b));
}

/** @param {{opinion: Opinion}} props */
export function Fields({ opinion }) {
  const rows = inOrder(Object.keys(opinion.fields)).map((id) => ({
    key: id,
    name: serviceName(id),
    ...opinion.fields[id],
  }));
  const title = t("manager.period.satisfaction");
  const column = t("manager.column.queue");
  return html`<${Panel} title=${title} unit=${t("manager.period.interval")} area="fields" file="hai-long-theo-linh-vuc"
    sheet=${rows.length > 0 ? dotSheet(column, rows) : undefined} show=${dotWritten}
    legend=${html`<${Why} name=${title} text=${t("manager.opinion.fields_why")} />`}>
    ${rows.length > 0
      ? html`<${DotTable} rows=${rows} column=${column} label=${title} all=${opinion.share.share} />
          ${opinion.share.share !== null && html`<p class="chart-note"><i class="all-mark" aria-hidden="true"></i>${t("manager.dots.all", { share: percent(opinion.share.share) })}</p>`}`
      : html`<p class="empty">${t("manager.opinion.none")}</p>`}
  <//>`;
}

/** The words of a wait band. @param {Band[]} bands @param {number} at */
function bandName(bands, at) {
  const since = at === 0 ? 0 : Number(bands[at - 1].up_to_minutes);
  const until = bands[at].up_to_minutes;
  if (until === null) return t("manager.opinion.band_last", { n: since });
  return since === 0 ? t("manager.opinion.band_first", { n: until }) : t("manager.opinion.band", { low: since, high: until });
}

/** @param {Opinion} opinion */
function worthSentence({ worth, curve }) {
  if (!worth) return t(`manager.opinion.curve_${curve.code}`);
  if (worth.value <= 0) return t("manager.opinion.worth_none");
  const points = (/** @type {number} */ x) => decimal(100 * x, 1);
  return t("manager.opinion.worth", { x: points(worth.value), low: points(worth.low), high: points(worth.high) });
}

/** @param {{points: CurvePoint[], bands: Band[], from: number}} props */
function CurvePicture({ points, bands, from }) {
  const x = (/** @type {number} */ minutes) => (100 * minutes) / LONGEST_DRAWN;
  const y = (/** @type {number} */ share) => 100 - place(share, from);
  const line = points.map((p) => `${x(p.minutes)},${y(p.value)}`).join(" ");
  const low = points.map((p) => `${x(p.minutes)},${y(p.low)}`).reverse();
  const area = [...points.map((p) => `${x(p.minutes)},${y(p.high)}`), ...low].join(" ");
  const middles = bandMiddles(bands);
  const marks = bands.map((band, at) => ({ band, at: middles[at] })).filter(({ band }) => band.share !== null);
  return html`<div class="curve" role="img" aria-label=${t("manager.opinion.curve_label")}>
    <div class="curve-scale">${ticks(from).map((mark) => html`<span key=${mark} style=${`bottom:${place(mark, from)}%`}>${percent(mark)}</span>`)}</div>
    <div class="curve-plot">
      ${ticks(from).map((mark) => html`<i key=${mark} class="grid-line" style=${`bottom:${place(mark, from)}%`}></i>`)}
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <polygon class="curve-band" points=${area} />
        <polyline class="curve-line" points=${line} vector-effect="non-scaling-stroke" />
      </svg>
      <svg aria-hidden="true" class="curve-marks">
        ${marks.map(
          ({ band, at }) => html`<g key=${at}>
            <line class="whisker" x1=${`${x(at)}%`} x2=${`${x(at)}%`} y1=${`${y(Number(band.low))}%`} y2=${`${y(Number(band.high))}%`} />
            <circle class="dot" cx=${`${x(at)}%`} cy=${`${y(Number(band.share))}%`} r="5" />
          </g>`,
        )}
      </svg>
    </div>
    <div class="curve-waits">${[0, 20, 40, 60, 80, 100, 120].map((m) => html`<span key=${m} style=${`left:${x(m)}%`}>${m}</span>`)}</div>
  </div>`;
}

/** @param {{opinion: Opinion}} props */
export function Waiting({ opinion }) {
  const { bands, curve } = opinion;
  const title = t("manager.opinion.waiting");
  const rows = bands.map((band, at) => ({ key: String(at), name: bandName(bands, at), ...band }));
  const column = t("manager.opinion.wait");
  const lows = [...curve.points.map((p) => p.low), ...bands.map((band) => band.low)];
  const some = rows.some((row) => row.n > 0);
  return html`<${Panel} title=${title} unit=${t("manager.opinion.waiting_unit")} area="drivers" file="hai-long-theo-thoi-gian-cho"
    sheet=${some ? dotSheet(column, rows) : undefined} show=${dotWritten}
    legend=${html`<${Why} name=${title} text=${t("manager.opinion.waiting_why")} />`}>
    ${some
      ? html`${curve.points.length > 0
            ? html`<${CurvePicture} points=${curve.points} bands=${bands} from=${scaleFrom(lows)} />
                <div class="legend">
                  <span class="key"><i class="swatch mark" aria-hidden="true"></i>${t("manager.opinion.legend_band")}</span>
                  <span class="key"><i class="stroke solid" aria-hidden="true"></i>${t("manager.opinion.legend_curve")}</span>
                  <span class="key"><i class="swatch spread" aria-hidden="true"></i>${t("manager.opinion.legend_spread")}</span>
                  <span class="key dim">${t("manager.opinion.legend_axis")}</span>
                </div>`
            : html`<${DotTable} rows=${rows} column=${column} label=${title} />`}
          <p class="worth" data-testid="worth">${worthSentence(opinion)}</p>`
      : html`<p class="empty">${t("manager.opinion.none")}</p>`}
  <//>`;
}

/** The parts of the wall board. */
import { pick, t } from "/static/js/text.js";
import { ticketNumber } from "/static/js/format.js";
import { BrandMark, Icon, html } from "/static/js/ui.js";

import { RECENT, shortName } from "./rows.js";

/** @typedef {import("./rows.js").CallRow} CallRow */
/** @typedef {import("./turns.js").Turn} Turn */

export const ARROWS = { left: "arrow-left", right: "arrow-right", ahead: "arrow-up" };

/** @param {{branch: {name: {vi: string, en: string}, is_demo: boolean} | null, clock: string, date: string, badges: string[]}} props */
export function Header({ branch, clock, date, badges }) {
  const name = branch ? shortName(pick(branch.name)) : "";
  return html`<header class="wall-header">
    <${BrandMark} size=${64} />
    <h1 class=${`wall-name ${name.length > 44 ? "is-long" : ""}`}>${name}</h1>
    ${branch?.is_demo && html`<p class="badge badge-demo">${t("display.demo")}</p>`}
    <div class="wall-badges">
      ${badges.map((words) => html`<p class="badge badge-sound" key=${words}>
        <${Icon} name="volume-x" />${words}
      </p>`)}
    </div>
    <p class="wall-time"><time class="wall-clock">${clock}</time><span class="wall-date">${date}</span></p>
  </header>`;
}

/**
 * The call happening now. `data-seq` and `data-number` say which call is really on the wall.
 * @param {{row: CallRow, turn: Turn | null}} props
 */
export function Hero({ row, turn }) {
  const seq = turn && turn.number === row.number ? turn.seq : row.seq;
  const isCalling = row.status === "called" || Boolean(turn);
  const heading = isCalling ? callHeading(row, turn) : t("display.last_call");
  const service = shortName(pick(row.service));
  return html`<section
    class=${`hero ${isCalling ? "hero-now" : "hero-past"}`}
    data-testid="hero" data-seq=${seq} data-number=${row.number}
    aria-live="polite" aria-atomic="true"
  >
    <div class="hero-ticket" key=${turn ? seq : "quiet"} data-turn=${turn ? "now" : "quiet"}>
      <p class="hero-heading"><${Icon} name="megaphone" />${heading}</p>
      <p class=${`hero-service ${service.length > 22 ? "is-long" : ""}`}>${service}</p>
      <p class=${`hero-number ${/[MW]/u.test(row.number) ? "is-wide" : ""}`}>${ticketNumber(row.number)}</p>
    </div>
    <div class="hero-counter">
      <p class="hero-desk"><span class="hero-word"><span>${t("display.counter")}</span></span> <span class="hero-desk-number">${desk(row.counter)}</span></p>
      <p class="hero-way"><${Icon} name=${ARROWS[row.direction] ?? ARROWS.ahead} />${t(`display.${row.direction}`)}</p>
    </div>
  </section>`;
}

/** What the call is headed by. @param {CallRow} row @param {Turn | null} turn */
export function callHeading(row, turn) {
  if (turn?.kind === "forward") return t("display.forward");
  if (turn?.kind === "last_call") return t("display.final_call");
  const isRecall = turn ? turn.kind === "recall" : row.times > 1;
  return t(isRecall ? "display.recall" : "display.call");
}

/** @param {{noticeText: string}} props */
export function EmptyHero({ noticeText }) {
  return html`<section class="hero hero-empty" data-testid="hero-empty">
    <${BrandMark} size=${200} />
    <p class="hero-empty-title">${t("display.empty_title")}</p>
    <p class="hero-empty-hint">${noticeText}</p>
  </section>`;
}

/** @param {{rows: CallRow[], queued: Set<string>, most?: number}} props `most`: as many as there is room for */
export function Recent({ rows, queued, most = RECENT }) {
  return html`<section class="recent" aria-labelledby="recent-title">
    <div class="recent-head">
      <h2 id="recent-title">${t("display.called_numbers")}</h2>
      <p>${t("display.counter")}</p>
    </div>
    <ol class="recent-rows" data-testid="recent" data-most=${most}>
      ${rows.map((row) => html`<${Row} key=${row.id} row=${row} isQueued=${queued.has(row.number)} />`)}
    </ol>
  </section>`;
}

/**
 * Before the first call of the day: which letter is which field, and how many wait.
 * @param {{lines: {id: string, prefix: string, name: {vi: string, en: string}, waiting: number,
 *   wait: {vi: string, en: string} | null}[]}} props `wait`: what a newcomer is told
 */
export function Fields({ lines }) {
  return html`<section class="recent" aria-labelledby="fields-title">
    <div class="fields-head"><h2 id="fields-title">${t("display.fields")}</h2><p>${t("display.waiting")}</p></div>
    <ul class="fields">
      ${lines.map(({ id, prefix, name, waiting, wait }) => html`<li class="field" key=${id}>
        <b>${prefix}</b><span class=${shortName(pick(name)).length > 26 ? "is-long" : ""}>${shortName(pick(name))}</span>
        <small>${wait && pick(wait)}</small><strong>${waiting}</strong>
      </li>`)}
    </ul>
  </section>`;
}

/** @param {{row: CallRow, isQueued: boolean}} props */
function Row({ row, isQueued }) {
  const service = shortName(pick(row.service));
  const isLong = service.length > 14 || service.split(" ").some((word) => word.length > 10);
  return html`<li class=${`row ${isQueued ? "row-queued" : ""}`} data-seq=${row.seq} data-number=${row.number}>
    <p class="row-number">${ticketNumber(row.number)}</p>
    <p class=${`row-service ${isLong ? "is-long" : ""}`}>${service}</p>
    <p class="row-desk">
      <span><span class="visually-hidden">${t("display.counter")} </span>${desk(row.counter)}</span>
      <${Icon} name=${ARROWS[row.direction] ?? ARROWS.ahead} />
      <span class="visually-hidden">${t(`display.${row.direction}`)}</span>
    </p>
  </li>`;
}

/** @param {{text: string, isLost: boolean, isSpoken: boolean, total: number}} props `isSpoken`: it belongs to what is said now */
export function NoticeBar({ text, isLost, isSpoken, total }) {
  return html`<footer class=${`notice ${isLost ? "notice-lost" : ""} ${isSpoken ? "notice-spoken" : ""}`} data-testid="notice-bar" data-spoken=${isSpoken ? "now" : "no"}>
    <p class="notice-label" role=${isLost ? "alert" : undefined}>
      <span class="notice-icon" hidden=${isLost || isSpoken}><${Icon} name="bell" /></span><span class="notice-icon" hidden=${isLost || !isSpoken}><${Icon} name="megaphone" /></span><span class="notice-icon" hidden=${!isLost}><${Icon} name="wifi-off" /></span>${isLost ? t("display.connection_lost") : t("display.notice")}
    </p>
    <p class="notice-text" key=${text}>${text}</p>
    <p class="notice-waiting"><${Icon} name="users" />${t("display.waiting")} <strong>${total}</strong></p>
  </footer>`;
}

/**
 * People waiting by queue: shown where the screen stands upright and has room.
 * @param {{lines: {id: string, prefix: string, waiting: number}[]}} props
 */
export function Lines({ lines }) {
  return html`<section class="lines" aria-labelledby="lines-title">
    <h2 id="lines-title">${t("display.waiting_by_field")}</h2>
    <ul>
      ${lines.map(({ id, prefix, waiting }) => html`<li key=${id}><b>${prefix}</b><span>${waiting}</span></li>`)}
    </ul>
  </section>`;
}

/** @param {{onUnlock: () => void}} props */
export function SoundBar({ onUnlock }) {
  return html`<button class="sound-bar" type="button" data-testid="unlock-sound" onClick=${onUnlock}>
    <${Icon} name="volume-x" />${t("display.touch_for_sound")}
  </button>`;
}

/** What a device without its permission says: what happened, what to do, who helps. */
export function Refused() {
  return html`<main class="refused">
    <${BrandMark} size=${160} />
    <h1>${t("display.refused_title")}</h1>
    <p>${t("display.refused_hint")}</p>
  </main>`;
}

/** @param {number} counter */
export function desk(counter) {
  return String(counter).padStart(2, "0");
}

/** The arrangements of a wall. What they are made of stands in `board.js`. */
import { pick, t } from "/static/js/text.js";
import { clock as clockOf, ticketNumber } from "/static/js/format.js";
import { BrandMark, Icon, html } from "/static/js/ui.js";

import { ARROWS, EmptyHero, Fields, Hero, Lines, Recent, callHeading, desk } from "./board.js";
import { MOST_COUNTERS, gridFor, pageOf } from "./hall.js";
import { MediaPanel } from "./media.js";
import { recent, shortName } from "./rows.js";
import { isSounding } from "./sound.js";
import { announcer, branch, counters, display, hero, media, ownCounter, people, rows, second, turn, zone } from "./store.js";
import { SHOW_MS, isCall } from "./turns.js";

/** @typedef {import("./rows.js").CallRow} CallRow */
/** @typedef {import("./hall.js").CounterRow} CounterRow */

const FAR_ROWS = 3;
const BESIDE_MEDIA = 3;
const PAGE_S = 10;

function Call() {
  if (!hero.value) return html`<${EmptyHero} noticeText=${t("display.empty_hint")} />`;
  return html`<${Hero} row=${hero.value} turn=${turn.value} />`;
}

/** @param {{most?: number}} props */
function List({ most }) {
  if (!hero.value) return html`<${Fields} lines=${people.value.lines} />`;
  const queued = new Set(announcer.turns.value.waiting.map((one) => one.number));
  return html`<${Recent} rows=${recent(rows.value, hero.value, most)} queued=${queued} most=${most} />`;
}

/** The call and the last five. */
export function Standard() {
  return html`<${Call} /><${List} /><${Lines} lines=${people.value.lines} />`;
}

/** Three rows that are read from the far end of a hall. */
export function Far() {
  if (!hero.value) return html`<${Call} />`;
  const queued = new Set(announcer.turns.value.waiting.map((one) => one.number));
  const listed = [hero.value, ...recent(rows.value, hero.value, FAR_ROWS - 1)];
  return html`<ol class="far" data-testid="far">
    ${listed.map((row, place) => html`<${FarRow} key=${row.id} row=${row} isHero=${place === 0} isQueued=${queued.has(row.number)} />`)}
  </ol>`;
}

/** @param {{row: CallRow, isHero: boolean, isQueued: boolean}} props */
function FarRow({ row, isHero, isQueued }) {
  const now = isHero ? turn.value : null;
  const isCalling = isHero && (row.status === "called" || Boolean(now));
  return html`<li class=${`far-row ${isCalling ? "far-now" : ""} ${isQueued ? "row-queued" : ""}`}
    data-testid=${isHero ? "hero" : undefined} data-seq=${now?.seq ?? row.seq} data-number=${row.number}
    aria-live=${isHero ? "polite" : undefined} aria-atomic="true" data-turn=${now ? "now" : "quiet"}>
    <p class="far-heading">${isCalling && html`<b>${callHeading(row, now)}</b>`}<span>${shortName(pick(row.service))}</span></p>
    <p class="far-number">${ticketNumber(row.number)}</p>
    <p class="far-desk"><span>${t("display.counter")}</span><b>${desk(row.counter)}</b><${Icon} name=${ARROWS[row.direction] ?? ARROWS.ahead} /></p>
  </li>`;
}

/** Every counter with its number, in pages; the call stands above them. */
export function Many() {
  const isUpright = innerHeight > innerWidth;
  const { items, page, pages } = pageOf(counters.value, MOST_COUNTERS, Math.floor(second.value / PAGE_S));
  const { columns, rows: lines } = gridFor(items.length, isUpright);
  return html`<div class="many" data-testid="many" data-page=${page} data-columns=${columns} data-rows=${lines}>
    <${Strip} />
    ${items.length === 0 && html`<p class="many-nobody">${t("display.no_counter_open")}</p>`}
    <ul class="many-grid">
      ${items.map((row) => html`<${Cell} key=${row.id} row=${row} isNow=${isCalledTo(row.number)} />`)}
    </ul>
    ${pages > 1 && html`<p class="many-pages">${t("display.page", { n: page + 1, of: pages })}</p>`}
  </div>`;
}

/** Whether the call to this counter is the one that is spoken. @param {number} counter */
function isCalledTo(counter) {
  return turn.value !== null && isCall(turn.value) && turn.value.counter === counter;
}

/** The call in one line. */
function Strip() {
  const row = hero.value;
  if (!row) return html`<p class="many-strip many-quiet">${t("display.empty_hint")}</p>`;
  const isCalling = row.status === "called" || Boolean(turn.value);
  return html`<section class=${`many-strip ${isCalling ? "many-now" : ""}`} data-testid="hero" data-seq=${turn.value?.seq ?? row.seq}
    data-number=${row.number} aria-live="polite" aria-atomic="true" data-turn=${turn.value ? "now" : "quiet"}>
    <p class="many-heading"><${Icon} name="megaphone" />${isCalling ? callHeading(row, turn.value) : t("display.last_call")}</p>
    <p class="many-number">${ticketNumber(row.number)}</p>
    <p class="many-desk"><span>${t("display.counter")}</span> <b>${desk(row.counter)}</b><${Icon} name=${ARROWS[row.direction] ?? ARROWS.ahead} /></p>
  </section>`;
}

/** @param {{row: CounterRow, isNow: boolean}} props `isNow`: its call is the one that is spoken */
function Cell({ row, isNow }) {
  const isCalled = row.ticket_status === "called";
  return html`<li class=${`cell ${isCalled ? "cell-called" : ""} ${isNow && row.ticket ? "cell-now" : ""}`} data-counter=${row.number} data-number=${row.ticket ?? ""}>
    <p class="cell-desk">${t("display.counter")} <b>${desk(row.number)}</b></p>
    ${row.ticket
      ? html`<p class="cell-number">${ticketNumber(row.ticket)}</p>`
      : html`<p class="cell-word">${t(row.status === "paused" ? "display.paused" : "display.free")}</p>`}
  </li>`;
}

/** The call and the last three beside what the office wants to show. */
export function Beside() {
  return html`<div class="beside-calls"><${Call} /><${List} most=${BESIDE_MEDIA} /></div>
    <${MediaPanel} items=${media.value} branch=${branch.value?.id ?? ""} isLow=${isCallHeard()} />`;
}

/** Where another display of the hall speaks, nobody here knows how long: the time of a turn. */
function isCallHeard() {
  const { current } = announcer.turns.value;
  if (isSounding.value || display.value.speaks || !current) return isSounding.value;
  second.value;
  return performance.now() - current.startedAt < SHOW_MS;
}

/** The small screen above one counter. */
export function Sign() {
  const row = ownCounter.value;
  if (!row) return html`<main class="sign"><p class="sign-word">${t("display.no_such_counter")}</p></main>`;
  const isCalled = row.ticket_status === "called";
  const number = row.status === "closed" ? null : row.ticket;
  const called = rows.value.find((one) => one.number === number);
  const now = turn.value?.number === number ? turn.value : null;
  return html`<main class=${`sign ${isCalled ? "sign-now" : ""}`} data-testid="sign" data-status=${row.status}>
    <header><${BrandMark} size=${72} /><p>${t("display.counter")} <b>${desk(row.number)}</b></p>
      ${branch.value?.is_demo && html`<span class="badge">${t("display.demo")}</span>`}</header>
    <section data-testid=${number ? "hero" : undefined} data-seq=${now?.seq ?? called?.seq} data-number=${number}
      aria-live="polite" aria-atomic="true" data-turn=${isCalled && now ? "now" : "quiet"}>
      ${number
        ? html`<p class="sign-heading">${isCalled ? (called ? callHeading(called, now) : t("display.call")) : t("display.serving")}</p>
            <p class="sign-number">${ticketNumber(number)}</p>`
        : html`<p class="sign-word">${signWord(row)}</p>`}
    </section>
    ${row.officer && row.status !== "closed" && html`<footer><b>${row.officer}</b><span>${row.title}</span></footer>`}
  </main>`;
}

/** @param {CounterRow} row */
function signWord({ status, return_at: at }) {
  if (status === "closed") return t("display.closed");
  if (status !== "paused") return t("display.please_wait");
  return at ? t("display.paused_until", { time: clockOf(at, zone.value) }) : t("display.paused");
}

/** The first screen: greeting and one tile for each service. It never scrolls. */
import { useEffect, useState } from "preact/hooks";
import { clock, weekday } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { isWithoutPaper } from "./agent.js";
import {
  canIssue, chooseService, isAlone, isLarge, isLow, isReady, link, page, problem, showLookup,
} from "./session.js";
import { isToday, lengthOf, pageOf, tileOf } from "./tiles.js";
import { onPress } from "/static/js/touch.js";

/** @typedef {import("./session.js").Service} Service */

const PAGE = 10;
const LARGE_PAGE = 4;
/** What has room in the lower half of an upright screen, above the entries and the aids. */
const LOW_PAGE = 6;

export function Home() {
  const state = link.state.value;
  const services = /** @type {Service[]} */ (state?.catalogue.services ?? []);
  const size = isLarge.value ? LARGE_PAGE : isLow.value ? LOW_PAGE : PAGE;
  const shown = pageOf(services, page.value, size);
  return html`<main class="home" data-count=${shown.items.length}>
    <div class="greeting">
      <h1>${t("kiosk.greeting")}</h1>
      <p class="lead"><strong>${t("kiosk.take_ticket")}:</strong> ${t("kiosk.choose_service")}</p>
    </div>
    <${Trouble} />
    <ul class="tiles" aria-label=${t("kiosk.services")}>
      ${shown.items.map((each) => html`<${ServiceTile} key=${each.id} service=${each} />`)}
    </ul>
    <div class="home-foot">
    ${shown.pages > 1 &&
    html`<button class="button more" ...${onPress(() => (page.value = shown.index + 1))}>
      <span>${t("kiosk.more_services")}</span>
      <span class="numbers">${shown.index + 1}/${shown.pages}</span>
      <${Icon} name="chevron-right" size=${40} />
    </button>`}
    <div class="entries">
      <button class="button" ...${onPress(showLookup)}><${Icon} name="search" size=${44} /><span>${t("kiosk.lookup")}</span></button>
      <button class="button" ...${onPress(() => (problem.value = t("kiosk.booked_away")))}>
        <${Icon} name="qr-code" size=${44} /><span>${t("kiosk.booked")}</span></button>
    </div>
    </div>
  </main>`;
}

/** @param {{service: Service}} props */
function ServiceTile({ service }) {
  const state = link.state.value;
  const row = /** @type {import("./tiles.js").QueueRow|undefined} */ (
    state?.tables.queues?.[service.queue]
  );
  const tile = tileOf(row, state?.catalogue.policy?.wait_targets_minutes ?? [15, 30]);
  const title = pick(service.name);
  // Cut off, the kiosk knows only which numbers of its own it has left.
  const canChoose = isReady.value ? tile.isOpen : canIssue(service.queue);
  const press = () => {
    if (canChoose) chooseService(service);
    else problem.value = isReady.value ? t("error.queue_closed") : t("kiosk.offline");
  };
  return html`<li>
    <button class="tile" data-level=${tile.level} data-length=${lengthOf(title)}
      aria-disabled=${canChoose ? undefined : "true"} ...${onPress(press)}>
      <span class="tile-top">
        <span class="tile-icon"><${Icon} name=${service.icon} any size=${60} stroke=${1.8} /></span>
        <span class="tile-words">
          <span class="tile-title">${title}</span>
          <span class="tile-hint">${pick(service.hint)}</span>
        </span>
      </span>
      <span class="tile-bottom">
        ${isAlone.value
          ? html`<${Alone} has=${canChoose} />`
          : tile.isOpen ? html`<${Wait} row=${row} tile=${tile} />` : html`<${Closed} row=${row} />`}
      </span>
    </button>
  </li>`;
}

/** @param {{row: import("./tiles.js").QueueRow, tile: import("./tiles.js").Tile}} props */
function Wait({ row, tile }) {
  const people = tile.people === 0 ? t("kiosk.nobody_waiting") : t("kiosk.people", { n: tile.people });
  // Where there is no room for the words, the number stands beside the icon alone.
  return html`<span class="people"><${Icon} name="users" size=${30} />
      <span class="words">${people}</span>
      <span class="count numbers" aria-hidden="true">${tile.people}</span></span>
    ${row.quote && html`<span class="pill" data-level=${tile.level}>${pick(row.quote.short)}</span>`}`;
}

/** @param {{has: boolean}} props */
function Alone({ has }) {
  return html`<span class="people"></span>
    <span class="pill" data-level=${has ? "none" : "closed"}>${t(has ? "kiosk.own_numbers" : "kiosk.guide_desk")}</span>`;
}

/** @param {{row: import("./tiles.js").QueueRow|undefined}} props */
function Closed({ row }) {
  const words = row?.state === "full" ? t("kiosk.full") : t("kiosk.closed");
  const opens = openingWords(row?.opens_at);
  return html`<span class="people">${opens && html`<${Icon} name="clock" size=${30} />`}${opens}</span>
    <span class="pill" data-level="closed">${row ? words : t("kiosk.unknown")}</span>`;
}

/** @param {string|null|undefined} opensAt */
function openingWords(opensAt) {
  if (!opensAt) return "";
  const zone = link.state.value?.branch.time_zone;
  const hour = clock(opensAt, zone);
  if (isToday(opensAt, link.serverNow(), zone)) return t("kiosk.opens_at", { hour });
  return t("kiosk.opens_on", { hour, day: weekday(opensAt, zone).replace(" ", "\u00a0") });
}

/** What is wrong and what to do: the link first, then the last refusal. */
export function Trouble() {
  const status = link.status.value;
  const isStarting = useStarting();
  if (status === "refused") {
    return html`<p class="trouble" role="alert"><${Icon} name="lock" size=${44} />
      <span>${link.refusal.value?.message}</span></p>`;
  }
  if (!isReady.value && !isStarting) {
    const state = link.state.value;
    const hour = state ? clock(state.at, state.branch.time_zone) : "";
    return html`<p class=${`trouble ${isAlone.value ? "goes-on" : ""}`} role="alert"><${Icon} name="wifi-off" size=${44} />
      <span>${isAlone.value
        ? t("kiosk.alone")
        : html`${t("kiosk.offline")} ${hour && t("link.last_data", { hour })}`}</span></p>`;
  }
  if (!problem.value && isWithoutPaper.value) {
    return html`<p class="trouble goes-on" role="status"><${Icon} name="printer" size=${44} />
      <span>${t("kiosk.without_paper")}</span></p>`;
  }
  if (!problem.value) return null;
  return html`<p class="trouble" role="alert"><${Icon} name="circle-alert" size=${44} />
    <span>${problem.value}</span></p>`;
}

/** For its first seconds a screen is starting, not cut off. */
function useStarting() {
  const [isStarting, set] = useState(performance.now() < 4_000);
  useEffect(() => {
    const timer = setTimeout(() => set(false), Math.max(0, 4_000 - performance.now()));
    return () => clearTimeout(timer);
  }, []);
  return isStarting;
}

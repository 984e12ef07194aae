/**
 * What every screen is drawn with: Preact through htm, icons from the sprite, and the few parts
 * that look the same everywhere. Importing this module makes components follow signals.
 *
 * @typedef {import("./socket.js").Link} Link
 * @typedef {import("./socket.js").Status} Status
 */
import "@preact/signals";
import htm from "htm";
import { h, render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { clock, fullDate } from "./format.js";
import { t } from "./text.js";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(/** @type {any} */ (h));

/**
 * @param {import("preact").ComponentType<any>} App
 * @param {Element|null} element
 */
export function mount(App, element) {
  if (!element) throw new Error("no element to draw the screen in");
  render(h(App, {}), element);
  element.setAttribute("data-ready", "");
}

const SPRITE = document.documentElement.dataset.icons;

/**
 * An icon of the sprite; with `any`, one that a branch chose for a service from the whole set.
 * Always beside words, hence hidden from screen readers.
 * @param {{name: string, size?: number, any?: boolean, stroke?: number, class?: string}} props
 */
export function Icon({ name, size = 24, any = false, stroke = 2, class: extra = "" }) {
  const href = any ? `/static/icons/${name}.svg#icon` : `${SPRITE}#${name}`;
  return html`<svg class=${`icon ${extra}`} width=${size} height=${size} stroke-width=${stroke}
    aria-hidden="true" focusable="false"><use href=${href} /></svg>`;
}

/**
 * Our own neutral mark: an open door, one gold threshold. A branch may replace it by its own file.
 * @param {{size?: number, src?: string}} props
 */
export function BrandMark({ size = 64, src = "" }) {
  if (src) return html`<img class="brand-mark" src=${src} alt="" width=${size} height=${size} />`;
  return html`<svg class="brand-mark" viewBox="0 0 64 64" width=${size} height=${size} aria-hidden="true">
    <rect x="1.5" y="1.5" width="61" height="61" rx="17" fill="#fff" />
    <path d="M14 50V30a18 18 0 0 1 36 0v20" fill="none" stroke="#c01f26" stroke-width="5.5" stroke-linecap="round" />
    <path d="M23.5 50V30.5a8.5 8.5 0 0 1 17 0V50Z" fill="#12305e" />
    <path d="M11 50h42" stroke="#f5b301" stroke-width="5.5" stroke-linecap="round" />
    <circle cx="36" cy="39" r="2.4" fill="#f5b301" />
  </svg>`;
}

/** @type {Record<Status, [string, () => string]>} */
const LINK_WORDS = {
  live: ["wifi", () => t("link.live")],
  slow: ["wifi", () => t("link.slow")],
  reconnecting: ["rotate-ccw", () => t("link.reconnecting")],
  offline: ["wifi-off", () => t("link.offline")],
  refused: ["lock", () => t("link.refused")],
};

/**
 * How the screen is linked, in an icon and a word; colour only repeats it.
 * @param {{link: Link}} props
 */
export function LinkBadge({ link }) {
  const status = link.status.value;
  const [icon, words] = LINK_WORDS[status];
  return html`<span class="link-badge" data-status=${status} role="status">
    <${Icon} name=${icon} size=${18} /><span>${words()}</span></span>`;
}

/**
 * The server's hour in the branch's time zone, and with `date` the day under it.
 * @param {{link: Link, date?: boolean}} props
 */
export function Clock({ link, date = false }) {
  const now = useNow(link);
  const zone = link.state.value?.branch.time_zone;
  return html`<div class="clock">
    <time class="clock-hour numbers" dateTime=${new Date(now).toISOString()}>${clock(now, zone)}</time>
    ${date && html`<span class="clock-date">${fullDate(now, zone)}</span>`}
  </div>`;
}

/**
 * The server's time, redrawn every `every` milliseconds.
 * @param {Link} link
 * @param {number} [every]
 */
export function useNow(link, every = 1_000) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((count) => count + 1), every);
    return () => clearInterval(timer);
  }, [every]);
  return link.serverNow();
}

/**
 * Says that what the screen shows is old, and from which hour; nothing while all is well.
 * @param {{link: Link}} props
 */
export function StaleBanner({ link }) {
  const status = link.status.value;
  const state = link.state.value;
  if (status === "live" || status === "slow") return null;
  const hour = state ? clock(state.at, state.branch.time_zone) : "";
  return html`<div class="stale-banner" role="alert" data-status=${status}>
    <${Icon} name=${status === "refused" ? "lock" : "wifi-off"} />
    <span>${status === "refused" ? link.refusal.value?.message : t("link.lost")}
    ${hour && ` ${t("link.last_data", { hour })}`}</span>
  </div>`;
}

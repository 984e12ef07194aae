/** Outside opening hours: a dark screen with the next opening, and a fresh page once a night. */
import { clock, weekday } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

/** A page that has run so long begins anew in the night. */
const OLD_MS = 12 * 3_600_000;
const RELOAD_FROM = "02:30";
const RELOAD_TO = "04:30";

/** @param {{now: {clock: string}, opens: string|null, zone: string}} props */
export function Night({ now, opens, zone }) {
  const when = opens ? t("display.opens", { time: clock(opens, zone), day: weekday(opens, zone) }) : "";
  return html`<main class="night" data-testid="night">
    <time>${now.clock}</time>
    <p>${when}</p>
  </main>`;
}

/**
 * Load the page anew, once, in the dark, when the server answers: a page that cannot come is not asked for.
 * @param {string} time local "HH:MM"
 */
export async function renewAtNight(time) {
  if (performance.now() < OLD_MS || time < RELOAD_FROM || time >= RELOAD_TO) return;
  try {
    if ((await fetch(location.pathname, { method: "HEAD", cache: "no-store" })).ok) location.reload();
  } catch {
    // Another minute, or another night.
  }
}

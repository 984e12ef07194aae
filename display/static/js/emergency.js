/** A notice that takes the whole screen, with a sound of its own. */
import { useEffect } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { alarm } from "./sound.js";

const AGAIN_MS = 20_000;

/** @param {{notice: {seq: number, text: {vi: string, en: string}}, clock: string, isDemo: boolean}} props */
export function Emergency({ notice, clock, isDemo }) {
  useEffect(() => {
    alarm();
    const timer = setInterval(alarm, AGAIN_MS);
    return () => clearInterval(timer);
  }, [notice.seq]);
  const { vi, en } = notice.text;
  return html`<main class="emergency" data-testid="emergency" data-seq=${notice.seq}>
    <header><${Icon} name="triangle-alert" /><h1>${t("display.emergency")}</h1>
      ${isDemo && html`<span class="badge">${t("display.demo")}</span>`}<time>${clock}</time></header>
    <div class="emergency-body" role="alert">
      <p class=${`emergency-words ${vi.length > 90 ? "is-long" : ""}`} lang="vi">${vi}</p>
      ${en && en !== vi && html`<p class="emergency-english" lang="en">${en}</p>`}
    </div>
    <footer>${t("display.emergency_hint")}</footer>
  </main>`;
}

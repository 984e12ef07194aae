/** A notice that takes the whole screen, with a sound of its own. */
import { useEffect } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { alarm, hush, say } from "./sound.js";

const AGAIN_MS = 20_000;

/** @param {{notice: {seq: number, text: {vi: string, en: string}}, attention: import("./sound.js").Said, clock: string, isDemo: boolean}} props */
export function Emergency({ notice, attention, clock, isDemo }) {
  useEffect(() => {
    const sound = async () => {
      const isOver = await alarm();
      if (isOver) await say(attention);
    };
    void sound();
    const timer = setInterval(sound, AGAIN_MS);
    return () => {
      clearInterval(timer);
      hush();
    };
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

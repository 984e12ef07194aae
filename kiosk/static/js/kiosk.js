/** The touch kiosk: one header, one step at a time, one bar of aids at the bottom. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { PairingScreen } from "/static/js/pair.js";
import { language, pick, setLanguage, t } from "/static/js/text.js";
import { BrandMark, Clock, Icon, html, mount } from "/static/js/ui.js";

import { fetchAhead, hush, isSilent, readFocus, readNews, readScreen } from "./aloud.js";
import { Priority, Procedures, Sheet } from "./choose.js";
import { Home } from "./home.js";
import { IdleQuestion, watchIdle } from "./idle.js";
import { Lookup } from "./lookup.js";
import { Help, Result } from "./result.js";
import { device, hasContrast, isAloud, isLarge, isLow, link, page, place, showHelp } from "./session.js";
import { guardPage, onPress } from "/static/js/touch.js";

const PLACES = {
  home: Home, procedures: Procedures, sheet: Sheet, priority: Priority, result: Result, help: Help,
  lookup: Lookup,
};

function App() {
  const here = place.value;
  const words = language.value;
  const step = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    // Whoever reads by ear or by keys is put at the top of the new step.
    if (here !== "home") step.current?.querySelector("h1")?.focus();
    if (isAloud.value) readScreen();
  }, [here, words, page.value, isAloud.value]);
  if (device.isUnpaired.value) return html`<${PairingScreen} device=${device} />`;
  return html`<div class="kiosk" data-place=${here}>
    <${Header} />
    <div class="step-area" ref=${step}><${PLACES[here]} key=${here} /></div>
    <${Aids} />
    <${IdleQuestion} />
  </div>`;
}

function Header() {
  const branch = link.state.value?.branch;
  return html`<header class="kiosk-header">
    <div class="brand-band"></div>
    <div class="kiosk-bar">
      <${BrandMark} size=${92} />
      <div class="branch">
        <p class="branch-name">${pick(branch?.name) || initialName()}</p>
        ${branch?.is_demo && html`<p class="demo-label">${t("page.demo")}</p>`}
      </div>
      <${Clock} link=${link} date />
    </div>
  </header>`;
}

/** The branch's name as the page was served, until the first snapshot. */
function initialName() {
  return pick(JSON.parse(document.getElementById("context")?.textContent ?? "{}").name);
}

function Aids() {
  return html`<nav class="aids" aria-label=${t("kiosk.aids")}>
    <div class="languages" role="group" aria-label=${t("kiosk.language")}>
      <${LanguageButton} code="vi" short="VI" name="Tiếng Việt" />
      <${LanguageButton} code="en" short="EN" name="English" />
    </div>
    <${Switch} icon="a-large-small" words=${t("kiosk.large")} on=${isLarge} />
    <${Switch} icon="contrast" words=${t("kiosk.contrast")} on=${hasContrast} />
    <${Switch} class="aloud" icon=${isAloud.value && isSilent.value ? "volume-x" : "volume-2"} on=${isAloud}
      words=${t(isAloud.value && isSilent.value ? "kiosk.aloud_away" : "kiosk.aloud")} />
    <${Switch} icon="arrow-down-to-line" words=${t("kiosk.lower")} on=${isLow} />
    <button class="aid help-button" ...${onPress(showHelp)}>
      <${Icon} name="hand-helping" size=${44} /><span>${t("kiosk.help")}</span></button>
  </nav>`;
}

/** @param {{code: string, short: string, name: string}} props */
function LanguageButton({ code, short, name }) {
  return html`<button class="aid language" lang=${code} aria-pressed=${language.value === code}
    ...${onPress(() => setLanguage(code))}><strong aria-hidden="true">${short}</strong><span>${name}</span></button>`;
}

/** @param {{icon: string, words: string, on: import("@preact/signals").Signal<boolean>, class?: string}} props */
function Switch({ icon, words, on, class: name = "" }) {
  return html`<button class=${`aid ${name}`} aria-pressed=${on.value} ...${onPress(() => (on.value = !on.value))}>
    <${Icon} name=${icon} size=${44} /><span>${words}</span></button>`;
}

effect(() => {
  const { classList } = document.documentElement;
  classList.toggle("large", isLarge.value);
  classList.toggle("contrast", hasContrast.value);
  classList.toggle("low", isLow.value);
});
effect(() => {
  document.title = `${t("kiosk.title")} – ${pick(link.state.value?.branch.name) || "Motcua"}`;
});
effect(() => {
  if (isAloud.value) fetchAhead();
  else hush();
});
effect(() => {
  // What was read is gone from the screen: silence at once, before the new step is drawn.
  void [place.value, page.value];
  hush();
});

guardPage();
readFocus();
readNews();
watchIdle();
mount(App, document.getElementById("app"));

/** The wall display of a branch: the newest call, the recent ones, a notice, the people waiting. */
import { PairingScreen } from "/static/js/pair.js";
import { t } from "/static/js/text.js";
import { html, mount } from "/static/js/ui.js";

import { Header, NoticeBar, Refused, SoundBar } from "./board.js";
import { Emergency } from "./emergency.js";
import { Beside, Far, Many, Sign, Standard } from "./layouts.js";
import { Night, renewAtNight } from "./night.js";
import { prepare, speaker, unlock } from "./sound.js";
import {
  announcer, asides, attention, badges, branch, device, display, emergency, isDark, isLost, lastHeard, nextDoors, notice, people,
  second, socket, spokenLine, time, zone,
} from "./store.js";

const SHIFT_MS = 600_000;
/** Where the picture stands in turn, px: no line is burnt into the panel. */
const SHIFTS = [[0, 0], [3, 2], [-2, 3], [-3, -2], [2, -3]];
const LAYOUTS = { standard: Standard, far: Far, many: Many, media: Beside, sign: Sign };

function Bottom() {
  const lost = isLost.value;
  const usual = lost ? t("display.stale", { time: lastHeard() }) : notice.value;
  const line = spokenLine.value;
  return html`<${NoticeBar} text=${line || usual} isLost=${lost} isSpoken=${Boolean(line)} total=${people.value.total} />`;
}

function Wall() {
  if (device.isUnpaired.value) return html`<${PairingScreen} device=${device} />`;
  if (socket.status.value === "refused" && !socket.state.value) return html`<${Refused} />`;
  if (emergency.value) return html`<${Emergency} notice=${emergency.value} attention=${attention.value} clock=${time.value.clock} isDemo=${Boolean(branch.value?.is_demo)} />`;
  if (isDark.value) return html`<${Night} now=${time.value} opens=${nextDoors.value} zone=${zone.value} />`;
  const { layout } = display.value;
  const Layout = LAYOUTS[layout] ?? Standard;
  const bar = speaker.value === "blocked" && display.value.speaks && html`<${SoundBar} onUnlock=${unlock} />`;
  if (layout === "sign") {
    return html`<div class="wall wall-sign" data-layout="sign">
      <div class=${`sign-frame ${isLost.value ? "is-stale" : ""}`}><${Sign} /></div>${bar}
      ${isLost.value && html`<p class="sign-lost" role="alert">${t("display.connection_lost")}</p>`}
    </div>`;
  }
  return html`<div class="wall" data-layout=${layout}>
    <${Header} branch=${branch.value} badges=${badges.value} ...${time.value} />
    <main class=${`wall-main ${isLost.value ? "is-stale" : ""}`}><${Layout} /></main>
    ${bar}
    <${Bottom} />
  </div>`;
}

function shift() {
  const [x, y] = SHIFTS[Math.floor(Date.now() / SHIFT_MS) % SHIFTS.length];
  document.documentElement.style.setProperty("--shift-x", `${x}px`);
  document.documentElement.style.setProperty("--shift-y", `${y}px`);
}

/** A wall has no visitor to click: what it learnt from a snapshot is kept for later departures. */
socket.state.subscribe((state) => announcer.learn(state?.tables?.calls));
socket.onChange(announcer.onChange);
socket.onChange(asides.onChange);
prepare();
setInterval(() => (second.value += 1), 1000);
setInterval(asides.tick, 1000);
setInterval(shift, SHIFT_MS / 10);
setInterval(() => isDark.peek() && renewAtNight(time.peek().clock), 60_000);
shift();
mount(Wall, document.getElementById("app"));

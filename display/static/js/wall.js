/** The wall display of a branch: the newest call, the recent ones, a notice, the people waiting. */
import { computed, signal } from "@preact/signals";
import { openDevice } from "/static/js/device.js";
import { PairingScreen } from "/static/js/pair.js";
import { pick, t } from "/static/js/text.js";
import { clock, fullDate } from "/static/js/format.js";
import { html, mount } from "/static/js/ui.js";

import { makeAnnouncer, painted } from "./announcer.js";
import { EmptyHero, Fields, Header, Hero, Lines, NoticeBar, Recent, Refused, SoundBar } from "./board.js";
import { calls, heroRow, recent, waiting } from "./rows.js";
import { announceAloud, hasVoice, hush, prepare, say, speaker, unlock } from "./sound.js";

const NOTICE_MS = 12_000;
const SHIFT_MS = 600_000;
const STALE_MS = 12_000;
/** Where the picture stands in turn, px: no line is burnt into the panel. */
const SHIFTS = [[0, 0], [3, 2], [-2, 3], [-3, -2], [2, -3]];

const place = location.pathname.split("/")[2] ?? "";
const device = openDevice("display", place, { condition });
const socket = device.link;
const second = signal(0);
const announcer = makeAnnouncer({
  now: socket.serverNow,
  announceAloud,
  say,
  hush,
  painted,
  report: (event, seq) => socket.emit(event, { seq }),
});

const branch = computed(() => socket.state.value?.branch ?? null);
const rows = computed(() => calls(socket.state.value?.tables ?? {}));
const hero = computed(() => heroRow(rows.value, announcer.turns.value.current));
const people = computed(() =>
  waiting(socket.state.value?.tables ?? {}, socket.state.value?.catalogue?.queues ?? []),
);
const isLost = computed(() => {
  second.value;
  const isCut = socket.status.value === "offline" || socket.status.value === "refused";
  const silent = Date.now() - (socket.lastHeardAt.value ?? 0);
  return socket.state.value !== null && (isCut || silent > STALE_MS);
});
const time = computed(() => {
  second.value;
  const zone = branch.value?.time_zone ?? "Asia/Ho_Chi_Minh";
  const now = new Date(socket.serverNow());
  return { clock: clock(now, zone), date: fullDate(now, zone) };
});
const notices = computed(() => {
  const posted = Object.values(socket.state.value?.tables.notices ?? {}).map((row) => row.text);
  const standing = socket.state.value?.catalogue?.notices ?? [];
  const told = [...posted, ...standing].map(pick).filter(Boolean);
  const texts = told.length ? told : [t("display.default_notice")];
  const lines = people.value.lines.filter((line) => line.waiting > 0);
  const counts = lines.map((line) => `${line.prefix} ${line.waiting}`).join("  ·  ");
  return counts ? [...texts, t("display.waiting_fields", { counts })] : texts;
});
const notice = computed(() => {
  const page = Math.floor((second.value * 1000) / NOTICE_MS);
  return notices.value[page % notices.value.length];
});
const badges = computed(() => {
  if (speaker.value !== "on") return [t("display.muted")];
  return hasVoice.value === false ? [t("display.chime_only")] : [];
});

function Top() {
  return html`<${Header} branch=${branch.value} badges=${badges.value} ...${time.value} />`;
}

function Call() {
  const row = hero.value;
  if (!row) return html`<${EmptyHero} noticeText=${t("display.empty_hint")} />`;
  const { current } = announcer.turns.value;
  return html`<${Hero} row=${row} turn=${current?.number === row.number ? current : null} />`;
}

function List() {
  if (!hero.value) return html`<${Fields} lines=${people.value.lines} />`;
  const queued = new Set(announcer.turns.value.waiting.map((turn) => turn.number));
  return html`<${Recent} rows=${recent(rows.value, hero.value)} queued=${queued} />`;
}

function Bottom() {
  const lost = isLost.value;
  const at = lastHeard();
  const text = lost ? t("display.stale", { time: at }) : notice.value;
  return html`<${NoticeBar} text=${text} isLost=${lost} total=${people.value.total} />`;
}

function lastHeard() {
  const at = socket.state.value?.at;
  return at ? clock(at, branch.value?.time_zone ?? "Asia/Ho_Chi_Minh") : "";
}

/** How the sound is, for the wall of devices. @returns {import("/static/js/device.js").Condition} */
function condition() {
  const heard = speaker.value === "blocked" ? "muted" : speaker.value;
  return { sound: heard === "on" && hasVoice.value === false ? "chime" : heard };
}

function Wall() {
  if (device.isUnpaired.value) return html`<${PairingScreen} device=${device} />`;
  if (socket.status.value === "refused" && !socket.state.value) return html`<${Refused} />`;
  return html`<div class="wall">
    <${Top} />
    <main class=${`wall-main ${isLost.value ? "is-stale" : ""}`}>
      <${Call} />
      <${List} />
      <${Lines} lines=${people.value.lines} />
    </main>
    ${speaker.value === "blocked" && html`<${SoundBar} onUnlock=${unlock} />`}
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
prepare();
setInterval(() => (second.value += 1), 1000);
setInterval(shift, SHIFT_MS / 10);
shift();
mount(Wall, document.getElementById("app"));

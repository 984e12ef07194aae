/** What the wall knows: its link, the hall's tables, and what follows from them. */
import { computed, signal } from "@preact/signals";
import { openDevice } from "/static/js/device.js";
import { clock, fullDate } from "/static/js/format.js";
import { pick, t } from "/static/js/text.js";

import { makeAnnouncer, painted } from "./announcer.js";
import { makeAsides } from "./asides.js";
import { USUAL, isInZone, isLit, isWithin, manned, volumeAt } from "./hall.js";
import { problems } from "./media.js";
import { calls, forwardRow, heroRow, waiting } from "./rows.js";
import {
  announceAloud, hasVoice, hush, lookFor, reportLacking, say, selfTest, setVolume, speaker,
} from "./sound.js";
import { isAside } from "./turns.js";
import { isFallback, missing } from "./voice.js";

/** @typedef {import("./hall.js").Display} Display */
/** @typedef {import("./hall.js").Media} Media */
/** @typedef {import("./hall.js").CounterRow} CounterRow */

const NOTICE_MS = 12_000;
const STALE_MS = 12_000;
const ZONE = "Asia/Ho_Chi_Minh";

const place = location.pathname.split("/")[2] ?? "";
export const device = openDevice("display", place, { condition });
export const socket = device.link;
/** Counts the seconds: whatever depends on the time looks at it. */
export const second = signal(0);

const tables = computed(() => socket.state.value?.tables ?? {});
const catalogue = computed(() => socket.state.value?.catalogue ?? {});
export const branch = computed(() => socket.state.value?.branch ?? null);
export const zone = computed(() => branch.value?.time_zone ?? ZONE);
export const display = computed(() => /** @type {Display} */ (catalogue.value.display ?? USUAL));

/** Local time of the server, and the volume that goes with it. */
export const time = computed(() => {
  second.value;
  const now = new Date(socket.serverNow());
  return { clock: clock(now, zone.value), date: fullDate(now, zone.value) };
});
const volume = computed(() => volumeAt(display.value, time.value.clock));
volume.subscribe((percent) => setVolume(percent / 100));

/** One that takes the whole screen. */
export const emergency = computed(() => {
  const posted = Object.values(tables.value.notices ?? {});
  return posted.find((row) => row.emergency && isStanding(row.until)) ?? null;
});

/** What is spoken after its alarm. */
export const attention = computed(() => catalogue.value.attention);
emergency.subscribe((notice) => notice && hush());

/** Whether the chime was heard, the last time that the doors opened. */
const isSoundProven = signal(true);

export const announcer = makeAnnouncer({
  now: () => performance.now(),
  serverNow: socket.serverNow,
  isOurs: (counter) => isInZone(display.peek(), counter),
  // An alarm is not talked over; the calls stand on the wall when it is over.
  announceAloud: (said) => (emergency.peek() ? Promise.resolve("muted") : announceAloud(said)),
  say: (said) => (emergency.peek() ? Promise.resolve(false) : say(said)),
  hush,
  painted,
  report: (event, seq) => socket.emit(event, { seq }),
});

export const rows = computed(() => calls(tables.value).filter((row) => isInZone(display.value, row.counter)));
export const hero = computed(() => {
  const { current } = announcer.turns.value;
  return current?.kind === "forward" ? forwardRow(current) : heroRow(rows.value, announcer.turns.value);
});
/** The turn of the row in the gold block. */
export const turn = computed(() => {
  const { current } = announcer.turns.value;
  return current && current.number === hero.value?.number ? current : null;
});
/** What is said now, where the gold block does not tell it. */
export const spokenLine = computed(() => {
  const { current } = announcer.turns.value;
  if (!current) return "";
  if (current.kind === "forward") return t("display.forward_hint");
  if (isAside(current)) return pick(current.text);
  return current.line ? pick(current.line) : "";
});
export const people = computed(() => waiting(tables.value, catalogue.value.queues ?? []));
export const counters = computed(() =>
  manned(/** @type {Record<string, CounterRow>} */ (tables.value.counters ?? {}), display.value),
);
/** The counter of a sign, also when it is closed. */
export const ownCounter = computed(
  () =>
    Object.values(/** @type {Record<string, CounterRow>} */ (tables.value.counters ?? {})).find(
      (row) => row.number === display.value.counters[0],
    ) ?? null,
);
export const media = computed(() =>
  (catalogue.value.media ?? []).filter((/** @type {Media} */ one) => isWithin(time.value.clock, one.since, one.until)),
);

export const isLost = computed(() => {
  second.value;
  const isCut = socket.status.value === "offline" || socket.status.value === "refused";
  const silent = Date.now() - (socket.lastHeardAt.value ?? 0);
  return socket.state.value !== null && (isCut || silent > STALE_MS);
});
/** Dark outside opening hours, unless somebody is still called. */
export const isDark = computed(() => {
  second.value;
  if (socket.state.value === null || emergency.value) return false;
  const isBusy = rows.value.some((row) => row.status !== "served");
  const doors = /** @type {import("./hall.js").Doors | undefined} */ (/** @type {unknown} */ (tables.value.hall?.today));
  return !isBusy && !isLit(doors, socket.serverNow());
});
/** Each morning the sound is tried before the first call. */
let wasDark = false;
isDark.subscribe((isNight) => {
  if (wasDark && !isNight && display.peek().speaks) void selfTest().then((isHeard) => (isSoundProven.value = isHeard));
  wasDark = isNight;
});
/** What else is said: see `asides.js`. */
export const asides = makeAsides({
  serverNow: socket.serverNow,
  silentMs: () => Date.now() - (socket.lastHeardAt.peek() || Date.now()),
  doors: () => /** @type {import("./hall.js").Doors | undefined} */ (/** @type {unknown} */ (tables.peek().hall?.today)),
  sentences: () => /** @type {import("./asides.js").Sentences} */ ({ closing: null, outage: null, closing_minutes: 0, ...catalogue.peek() }),
  isPosted: (seq) => {
    const row = tables.peek().notices?.[seq];
    return row !== undefined && isStanding(row.until);
  },
  isQuiet: () => isDark.peek() || emergency.peek() !== null,
  isOurs: (counter) => isInZone(display.peek(), counter),
  say: announcer.say,
  unsay: announcer.unsay,
  // Where nothing is spoken, no clip is waited for.
  look: async (said) => (display.peek().speaks ? lookFor(said) : "whole"),
  lacks: reportLacking,
});
socket.lastHeardAt.subscribe(() => asides.heard());
export const nextDoors = computed(() => /** @type {string|null} */ (tables.value.hall?.today?.next_doors ?? null));

const notices = computed(() => {
  const posted = Object.values(tables.value.notices ?? {}).filter((row) => !row.emergency && isStanding(row.until));
  const told = [...posted.map((row) => row.text), ...(catalogue.value.notices ?? [])].map(pick).filter(Boolean);
  const texts = told.length ? told : [t("display.default_notice")];
  const lines = people.value.lines.filter((line) => line.waiting > 0);
  const counts = lines.map((line) => `${line.prefix} ${line.waiting}`).join("  ·  ");
  return counts ? [...texts, t("display.waiting_fields", { counts })] : texts;
});
export const notice = computed(() => {
  const page = Math.floor((second.value * 1000) / NOTICE_MS);
  return notices.value[page % notices.value.length];
});
export const badges = computed(() => {
  if (!display.value.speaks) return [];
  if (speaker.value !== "on") return [t("display.muted")];
  if (volume.value === 0) return [t("display.quiet_hours")];
  return hasVoice.value === false ? [t("display.chime_only")] : [];
});

/** @param {string|null} until */
function isStanding(until) {
  second.value;
  return !until || Date.parse(until) > socket.serverNow();
}

/** How the sound and the media are, for the wall of devices. @returns {import("/static/js/device.js").Condition} */
function condition() {
  const faults = [
    ...problems.peek(),
    ...(missing.peek().length ? ["voice_incomplete"] : []),
    ...(isSoundProven.peek() ? [] : ["sound_failed"]),
  ];
  if (!display.peek().speaks) return { problems: faults };
  if (isFallback.peek()) faults.push("voice_fallback");
  const heard = speaker.value === "blocked" ? "muted" : speaker.value;
  const sound = heard === "on" && hasVoice.value === false ? "chime" : heard;
  return { sound, problems: faults };
}

export function lastHeard() {
  const at = socket.state.value?.at;
  return at ? clock(at, zone.value) : "";
}

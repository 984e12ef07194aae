/** Today's counters: who was to be there, who is, who is late or absent; one tap says that nobody comes. */
import { useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { absenceOf, declare, hour, sessionsOf, today, week, withdraw, open } from "./roster_calls.js";
import { planOf, stateOf, stretchesOf } from "./roster_model.js";
import { tables, view } from "./store.js";
import { localDate } from "./time.js";
import { localClock, queuePrefix } from "./words.js";

/** @typedef {import("./roster_calls.js").Counter} Counter */
/** @typedef {import("./roster_model.js").Now} Now */

/** @type {Record<Now, [icon: string, look: string]>} */
const LOOKS = {
  open: ["circle-check", "is-good"],
  paused: ["coffee", "is-soon"],
  absent: ["user-x", "is-bad"],
  late: ["clock-alert", "is-bad"],
  soon: ["clock", ""],
  left: ["log-out", ""],
  over: ["circle-minus", ""],
  none: ["circle-minus", ""],
};

/** How a counter of the roster is now. @param {Counter} counter */
function situation(counter) {
  const row = tables.value.counters?.[counter.id];
  const plan = planOf(week.value?.shifts ?? [], counter.id, today.value);
  const stretches = stretchesOf(plan, sessionsToday(counter));
  const absence = absenceOf(counter.id, today.value);
  const zone = view.value?.branch.time_zone ?? "UTC";
  const left = row?.status === "closed" && row.since && localDate(Date.parse(row.since), zone) === today.value;
  const seen = { status: row?.status ?? "closed", closedAt: left && row?.since ? localClock(row.since) : null };
  const planned = [...new Set(stretches.map((s) => s.officer).filter(Boolean))].join(", ");
  const there = row && row.status !== "closed" ? row.officer : null;
  const state = stateOf(seen, stretches, absence, hour.value);
  // Nobody planned a counter without shifts: it is not late.
  const now = state.now === "late" && !plan.isNamed ? "soon" : state.now;
  return { ...state, now, stretches, absence, planned, there };
}

/** The hours of today, also while another week is shown. @param {Counter} counter */
function sessionsToday(counter) {
  const here = sessionsOf(counter, today.value);
  if (week.value?.days.some((one) => one.date === today.value)) kept = { date: today.value, days: week.value.days };
  if (here.length > 0 || kept.date !== today.value) return here;
  const day = kept.days.find((one) => one.date === today.value);
  return (day?.sessions ?? []).filter((s) => s.queues.length === 0 || s.queues.some((q) => counter.queues.includes(q)));
}

/** @type {{date: string, days: import("./roster_calls.js").Week["days"]}} */
let kept = { date: "", days: [] };

/** @param {{mayDeclare: boolean}} props */
export function TodayRoster({ mayDeclare }) {
  const all = (week.value?.counters ?? []).map((counter) => ({ counter, at: situation(counter) }));
  const count = (/** @type {Now} */ now) => all.filter(({ at }) => at.now === now).length;
  return html`<section class="card roster-today" aria-labelledby="roster-today-title">
    <header>
      <h2 id="roster-today-title">${t("roster.today")}</h2>
      <p class="roster-sum" role="status">
        ${sum("open", count("open") + count("paused"))} ${sum("late", count("late"))} ${sum("absent", count("absent"))}
      </p>
    </header>
    <ul>
      ${all.map(({ counter, at }) => html`<${Line} key=${counter.id} counter=${counter} at=${at} mayDeclare=${mayDeclare} />`)}
    </ul>
  </section>`;
}

/** @param {Now} now @param {number} n */
function sum(now, n) {
  const [icon, look] = LOOKS[now];
  return html`<span class=${n > 0 ? look : ""}><${Icon} name=${icon} size=${17} />${t(`roster.sum_${now}`, { n })}</span>`;
}

/** @param {{counter: Counter, at: ReturnType<typeof situation>, mayDeclare: boolean}} props */
function Line({ counter, at, mayDeclare }) {
  const [busy, setBusy] = useState(false);
  const [icon, look] = LOOKS[at.now];
  const { number } = counter;
  const isHere = at.now === "open" || at.now === "paused";
  const press = async () => {
    setBusy(true);
    if (at.absence) await withdraw(counter.id, number, today.value);
    else await declare(counter.id, number);
    setBusy(false);
  };
  const isOther = isHere && at.there && at.planned && !at.planned.includes(at.there);
  return html`<li class=${`roster-line ${look}`} data-testid="roster-line" data-counter=${number} data-now=${at.now}>
    <button type="button" class="roster-number" aria-label=${t("roster.open_of", { counter: number })} onClick=${() => (open.value = { kind: "cell", counter: counter.id, date: today.value })}>
      <b class="num">${number}</b><small>${counter.queues.map((q) => queuePrefix(q)).join(" ")}</small>
    </button>
    <div class="roster-who">
      <b>${at.there || at.planned || t(at.stretches.length > 0 ? "roster.nobody_yet" : "roster.nobody")}</b>
      <span class="roster-hours num">${at.stretches.length > 0 ? windows(at.stretches).map((w) => html`<span key=${w}>${w}</span>`) : "–"}</span>
      ${at.absence?.since && at.now !== "absent" && html`<small>${stretchOf(at.absence)}</small>`}
      ${isOther && html`<small>${t("roster.instead_of", { officer: at.planned })}</small>`}
    </div>
    <p class="roster-state ${look}"><${Icon} name=${icon} size=${15} /><span>${stateWords(at)}</span></p>
    ${mayDeclare && !isHere && (at.absence || !["over", "none"].includes(at.now)) && html`<button type="button"
      class=${`quiet-button roster-away ${at.absence ? "is-undo" : ""}`} disabled=${busy} data-testid=${`away-${number}`}
      aria-label=${t(at.absence ? "roster.undo_of" : "roster.away_of", { counter: number })} onClick=${press}>
      <${Icon} name=${at.absence ? "undo-2" : "user-x"} size=${16} />${t(at.absence ? "roster.undo" : "roster.away")}</button>`}
  </li>`;
}

/** @param {ReturnType<typeof situation>} at */
function stateWords({ now, minutes, absence, stretches }) {
  if (now === "late") return t("roster.now_late", { n: minutes });
  if (now === "absent" && absence?.until) return t("roster.now_absent_until", { at: absence.until });
  const next = stretches.find((s) => s.opens > hour.value);
  if (now === "soon" && next && !stretches.some((s) => s.opens <= hour.value && hour.value < s.closes)) return t("roster.now_opens", { at: next.opens });
  return t(`roster.now_${now}`);
}

/** An absence that comes later today. @param {import("./roster_model.js").Absence} absence */
function stretchOf({ since, until }) {
  return until ? t("roster.now_away_later", { from: since ?? "", to: until }) : t("roster.now_away_from", { from: since ?? "" });
}

/** Stretches that meet as one. @param {{opens: string, closes: string}[]} stretches */
function windows(stretches) {
  /** @type {{opens: string, closes: string}[]} */
  const joined = [];
  for (const { opens, closes } of stretches) {
    const last = joined.at(-1);
    if (last && opens <= last.closes) last.closes = closes > last.closes ? closes : last.closes;
    else joined.push({ opens, closes });
  }
  return joined.map((s) => `${s.opens}–${s.closes}`);
}

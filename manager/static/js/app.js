/**
 * The manager's page: side bar, head, and one of three views.
 */

import { useEffect } from "preact/hooks";
import { clock, fullDate } from "/static/js/format.js";
import { language, pick, setLanguage, t } from "/static/js/text.js";
import { Printers } from "/static/js/printers.js";
import { BrandMark, Icon, LinkBadge, StaleBanner, html } from "/static/js/ui.js";

import { sorted } from "./alerts.js";
import { Banner } from "./banner.js";
import { TodayCards } from "./cards.js";
import { CounterTiles, CountersPage } from "./counters.js";
import { keepAsking, todayFigures, usualByHour } from "./day_figures.js";
import { usualIssued } from "./day_model.js";
import { CounterDays, FieldDots, FollowUpStrip } from "./day_panels.js";
import { Dialogs } from "./dialogs.js";
import { heat, waitsByHour } from "./figures.js";
import { openFollowUps } from "./follow_ups.js";
import { EmergencyBar } from "./notices.js";
import { PeriodPage } from "./period.js";
import { GROUPS, MORE, pagesOf } from "./pages.js";
import { may } from "./permissions.js";
import { before, compare, hide, show, shown } from "./periods.js";
import { QueueBars, QueuesPage } from "./queues.js";
import { dialog, message, now, page, period, socket, tables, view } from "./store.js";
import { Unprinted } from "./unprinted.js";
import { HeatPanel, WaitPanel } from "./waits.js";
import { dropKept } from "./keep_draft.js";
import { lastDays } from "./time.js";

/** @typedef {import("./store.js").Page} Page */
/** @typedef {import("./store.js").Period} Period */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

/** @param {{name: Page, icon: string, text: string, count?: number}} props */
function Entry({ name, icon, text, count = 0 }) {
  return html`<li>
    <a href=${`#${name}`} aria-current=${page.value === name ? "page" : undefined}>
      <${Icon} name=${icon} size=${20} /><span>${text}</span>${count > 0 && html`<b class="badge">${count}</b>`}
    </a>
  </li>`;
}

function LanguageSwitch() {
  const choose = (/** @type {"vi"|"en"} */ wanted) => () => {
    setLanguage(wanted);
    const address = new URL(location.href);
    address.searchParams.set("language", wanted);
    history.replaceState(null, "", address);
  };
  const choice = (/** @type {"vi"|"en"} */ wanted, /** @type {string} */ name) =>
    html`<button
      type="button"
      lang=${wanted}
      aria-pressed=${language.value === wanted}
      onClick=${choose(wanted)}
    >
      ${name}
    </button>`;
  return html`<div class="languages" role="group" aria-label=${t("manager.language")}>
    ${choice("vi", "Tiếng Việt")} ${choice("en", "English")}
  </div>`;
}

/** How much waits for somebody on a page. @param {string} name */
function waiting(name) {
  if (name === "alerts") return sorted(tables.value.alerts).open.length;
  return name === "follow-ups" ? openFollowUps().length : 0;
}

/** @param {{name: string, snapshot: Snapshot}} props */
function Group({ name, snapshot }) {
  const pages = pagesOf(snapshot).filter((one) => one.group === name);
  if (name !== "now" && pages.length === 0) return null;
  return html`<section>
    <h2 id=${`nav-${name}`}>${t(`manager.nav.group.${name}`)}</h2>
    <ul aria-labelledby=${`nav-${name}`}>
      ${name === "now" &&
      html`<${Entry} name="overview" icon="gauge" text=${t("manager.nav.overview")} />
        <${Entry} name="queues" icon="users" text=${t("manager.nav.queues")} />
        <${Entry} name="counters" icon="monitor" text=${t("manager.nav.counters")} />`}
      ${pages.map((one) => html`<${Entry} key=${one.name} name=${one.name} icon=${one.icon} text=${one.title()}
        count=${waiting(one.name)} />`)}
    </ul>
  </section>`;
}

/** @param {{snapshot: Snapshot, csrf: string}} props */
function SideBar({ snapshot, csrf }) {
  return html`<header class="side">
    <a class="brand" href=${`/manager/${encodeURIComponent(snapshot.branch.id)}`}>
      <${BrandMark} size=${44} />
      <div>
        <p class="branch">${pick(snapshot.branch.name)}</p>
        ${snapshot.branch.is_demo && html`<span class="demo-label">${t("manager.demo")}</span>`}
      </div>
    </a>
    <nav aria-label=${t("manager.navigation")}>
      ${GROUPS.map((group) => html`<${Group} key=${group} name=${group} snapshot=${snapshot} />`)}
    </nav>
    <div class="deeds">
      ${may(snapshot, "post_notices") &&
      html`<button type="button" onClick=${() => (dialog.value = { kind: "notice" })}>
        <${Icon} name="megaphone" size=${18} /><span>${t("manager.notice.action")}</span>
      </button>`}
      ${may(snapshot, "close_day") &&
      html`<button type="button" onClick=${() => (dialog.value = { kind: "close_day" })}>
        <${Icon} name="door-closed" size=${18} /><span>${t("manager.close_day.action")}</span>
      </button>`}
    </div>
    <div class="foot">
      <${LanguageSwitch} />
      <a href="/password"><${Icon} name="key-round" size=${16} /><span>${t("manager.own_password")}</span></a>
      <form method="post" action="/logout" onSubmit=${dropKept}>
        <input type="hidden" name="csrf" value=${csrf} />
        <button><${Icon} name="log-out" size=${16} /><span>${t("manager.sign_out")}</span></button>
      </form>
    </div>
  </header>`;
}

/** @param {{snapshot: Snapshot}} props */
function PeriodSwitch({ snapshot }) {
  const choose = (/** @type {Period} */ wanted) => () => {
    period.value = wanted;
    if (wanted === "today") hide();
    else void show(snapshot.branch, Number(wanted), socket.serverNow);
  };
  const choice = (/** @type {Period} */ key, /** @type {string} */ text) =>
    html`<button type="button" aria-pressed=${period.value === key} onClick=${choose(key)}>
      ${text}
    </button>`;
  return html`<div class="switch" role="group" aria-label=${t("manager.period.choose")}>
    ${choice("today", t("manager.period.today"))} ${choice("7", t("manager.period.week"))}
    ${choice("30", t("manager.period.month"))}
  </div>`;
}

function title() {
  if (page.value === "queues") return t("manager.nav.queues");
  if (page.value === "counters") return t("manager.nav.counters");
  const more = MORE.find((one) => one.name === page.value);
  if (more) return more.title();
  if (period.value === "today") return t("manager.title.today");
  return t("manager.title.period", { n: period.value });
}

/** @param {{snapshot: Snapshot}} props */
function Head({ snapshot }) {
  const zone = snapshot.branch.time_zone;
  const days = page.value === "overview" ? shown.value?.days : undefined;
  const range = days ? lastDays(days, now.value, zone) : null;
  const spelled = (/** @type {string} */ date) => date.split("-").reverse().join("/");
  const date = range ? `${spelled(range.from)} – ${spelled(range.to)}` : fullDate(now.value, zone);
  return html`<header class="head">
    <div class="what">
      <h1>${title()}</h1>
      <span class="date">${date}</span>
    </div>
    <div class="when">
      <${LinkBadge} link=${socket} />
      <span class="updated">
        ${t("manager.updated")}${" "}
        <span class="numbers">${exact(snapshot.at, zone)}</span>
      </span>
    </div>
    ${page.value === "overview" && may(snapshot, "see_figures") && html`<${PeriodSwitch} snapshot=${snapshot} />`}
  </header>`;
}

/**
 * Hours, minutes and seconds at the branch.
 *
 * @param {string} at
 * @param {string} zone
 */
function exact(at, zone) {
  return `${clock(at, zone)}:${at.slice(17, 19)}`;
}

/** What today is held against. @param {Snapshot} snapshot @returns {import("./cards.js").Usual} */
function usual(snapshot) {
  const [hours, minutes] = clock(now.value, snapshot.branch.time_zone).split(":").map(Number);
  const days = before.value?.groups.filter((g) => g.issued > 0).length ?? 0;
  return {
    groups: todayFigures.value?.hour.groups ?? [],
    compared: before.value?.total ?? null,
    issued: usualByHour.value ? usualIssued(usualByHour.value.groups, days, hours + minutes / 60) : null,
  };
}

/** @param {{snapshot: Snapshot}} props */
function Overview({ snapshot }) {
  const today = tables.value.today?.today;
  const { catalogue } = snapshot;
  const targets = catalogue.policy.wait_targets_minutes;
  const seesFigures = may(snapshot, "see_figures");
  useEffect(() => (seesFigures ? keepAsking() : undefined), [seesFigures]);
  if (!today) return html`<p class="card empty" role="status">${t("manager.loading")}</p>`;
  return html`<div class="overview">
    <${Banner} />
    <${TodayCards}
      today=${today}
      targets=${targets}
      now=${now.value}
      usual=${usual(snapshot)}
    />
    <${WaitPanel}
      points=${waitsByHour(tables.value.hours ?? {})}
      target=${today.target_minutes}
      title=${t("manager.waits.title")}
      area="waits"
    />
    <${HeatPanel} map=${heat(tables.value.cells ?? {}, catalogue)} targets=${targets} />
    ${seesFigures && html`<${CounterDays} /><${FieldDots} />`}
    <${QueueBars} />
    <${CounterTiles} />
    ${may(snapshot, "follow_up") && html`<${FollowUpStrip} zone=${snapshot.branch.time_zone} />`}
  </div>`;
}

/** @param {{snapshot: Snapshot}} props */
function View({ snapshot }) {
  if (page.value === "queues") return html`<${QueuesPage} />`;
  if (page.value === "counters") return html`<${CountersPage} />`;
  const more = pagesOf(snapshot).find((one) => one.name === page.value);
  if (more) return html`<${more.Page} snapshot=${snapshot} />`;
  if (period.value !== "today") return html`<${PeriodPage} />`;
  return html`<${Overview} snapshot=${snapshot} />`;
}

/** What was just done, in one sentence. */
function Message() {
  const said = message.value;
  return html`<div class="message" role="status">
    ${said &&
    html`<p class=${said.bad ? "bad" : "good"}>
      <${Icon} name=${said.bad ? "triangle-alert" : "circle-check"} size=${20} />${said.text}
    </p>`}
  </div>`;
}

/** Signed out elsewhere, or the session ended: the way back in. */
function SignedOut() {
  if (socket.status.value !== "refused") return null;
  const next = encodeURIComponent(location.pathname);
  return html`<a class="button" href=${`/login?next=${next}`}>${t("manager.sign_in_again")}</a>`;
}

/** The whole page. The branch's name of the address is the server's to check. */
export function App() {
  const snapshot = view.value;
  const csrf = document.getElementById("app")?.dataset.csrf ?? "";
  useEffect(() => {
    document.title = `${title()} · ${snapshot ? pick(snapshot.branch.name) : "Motcua"}`;
  });
  useEffect(() => {
    if (snapshot && may(snapshot, "see_figures")) void compare(snapshot.branch, now.peek());
  }, [snapshot?.branch.id]);
  if (!snapshot) {
    return html`<main class="starting">
      <${BrandMark} size=${72} />
      <h1>${t("manager.title.today")}</h1>
      <p role="status">${t("manager.loading")}</p>
      <${StaleBanner} link=${socket} />
      <${SignedOut} />
    </main>`;
  }
  return html`<div class="shell">
    <${SideBar} snapshot=${snapshot} csrf=${csrf} />
    <main tabindex="-1">
      <${Head} snapshot=${snapshot} />
      <${StaleBanner} link=${socket} />
      <${EmergencyBar} />
      <${Unprinted} />
      <${Printers} printers=${socket.state.value?.tables.printers} />
      <${SignedOut} />
      <${View} snapshot=${snapshot} />
    </main>
    <${Message} />
    <${Dialogs} />
  </div>`;
}

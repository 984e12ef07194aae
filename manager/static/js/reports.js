/** Reports: ask for one, see how far it is, download it; and those that make themselves. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, shortDate } from "/static/js/format.js";
import { knows, language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { choices, inWords } from "./report_periods.js";
import { FORMATS, KINDS, address, ask, isAsking, isBusy, known, load, trouble } from "./reports_calls.js";
import { now } from "./store.js";
import { localDate } from "./time.js";

/** @typedef {import("./reports_calls.js").Report} Report */
/** @typedef {import("./reports_calls.js").Schedule} Schedule */
/** @typedef {import("./report_periods.js").Kind} Kind */
/** @typedef {import("./rows.js").Snapshot} Snapshot */

const LOOK_MS = 1_000;
const REST = 15;

const wanted = signal({ kind: /** @type {Kind} */ ("month"), day: "", language: "", formats: ["pdf", "xlsx"] });

/** @param {Partial<typeof wanted.value>} change */
const want = (change) => (wanted.value = { ...wanted.value, ...change });

/** @param {{snapshot: Snapshot}} props */
export function ReportsPage({ snapshot }) {
  useEffect(() => {
    void load();
    let beats = 0;
    const timer = setInterval(() => {
      beats += 1;
      if (isBusy() || beats % REST === 0) void load();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return html`<div class="reports">
    <${Form} snapshot=${snapshot} />
    <div class="reports-lists">
      <${Earlier} snapshot=${snapshot} />
      <${Schedules} zone=${snapshot.branch.time_zone} />
    </div>
  </div>`;
}

/** @param {{snapshot: Snapshot}} props */
function Form({ snapshot }) {
  const today = localDate(now.value, snapshot.branch.time_zone);
  const { kind, formats } = wanted.value;
  const periods = choices(kind, today);
  const day = wanted.value.day || (periods[1] ?? periods[0])?.day || today;
  const spoken = wanted.value.language || language.value;
  const toggle = (/** @type {string} */ one) =>
    want({ formats: formats.includes(one) ? formats.filter((f) => f !== one) : FORMATS.filter((f) => f === one || formats.includes(f)) });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void ask({ kind, day, language: spoken, formats });
  };
  return html`<form class="card report-form" onSubmit=${submit}>
    <h2>${t("reporting.make")}</h2>
    <label><span>${t("reporting.kind")}</span>
      <select value=${kind} data-testid="report-kind" onChange=${(/** @type {any} */ e) => want({ kind: e.currentTarget.value, day: "" })}>
        ${KINDS.map((one) => html`<option key=${one} value=${one}>${t(`reporting.kind_${one}`)}</option>`)}
      </select></label>
    <label><span>${t("reporting.period")}</span>
      ${kind === "day"
        ? html`<input type="date" value=${day} max=${today} data-testid="report-day" required onChange=${(/** @type {any} */ e) => want({ day: e.currentTarget.value })} />`
        : html`<select value=${day} data-testid="report-day" onChange=${(/** @type {any} */ e) => want({ day: e.currentTarget.value })}>
            ${periods.map((one) => html`<option key=${one.day} value=${one.day}>${one.text}</option>`)}
          </select>`}</label>
    <label><span>${t("reporting.language")}</span>
      <select value=${spoken} onChange=${(/** @type {any} */ e) => want({ language: e.currentTarget.value })}>
        <option value="vi" lang="vi">Tiếng Việt</option><option value="en" lang="en">English</option>
      </select></label>
    <fieldset><legend>${t("reporting.formats")}</legend>
      ${FORMATS.map((one) => html`<label key=${one} class="report-format">
        <input type="checkbox" checked=${formats.includes(one)} data-testid=${`report-format-${one}`} onChange=${() => toggle(one)} />
        <span><b>${one.toUpperCase()}</b> ${t(`reporting.about_${one}`)}</span>
      </label>`)}
    </fieldset>
    <button class="button" data-testid="report-ask" disabled=${formats.length === 0 || isAsking.value}>
      <${Icon} name="file-plus" size=${20} />${t("reporting.make")}
    </button>
    <p class="hint">${t("reporting.hint")}</p>
  </form>`;
}

/** @param {{snapshot: Snapshot}} props */
function Earlier({ snapshot }) {
  const found = known.value?.reports;
  return html`<section class="card report-list" aria-labelledby="reports-made">
    <h2 id="reports-made">${t("reporting.made")}</h2>
    ${trouble.value && html`<p class="report-trouble" role="alert">${trouble.value}</p>`}
    ${!found && !trouble.value && html`<p class="empty" role="status">${t("manager.loading")}</p>`}
    ${found?.length === 0 && html`<p class="empty">${t("reporting.none")}</p>`}
    ${found && found.length > 0 && html`<ul>${found.map((one) => html`<${Row} key=${one.id} one=${one} snapshot=${snapshot} />`)}</ul>`}
  </section>`;
}

/** @param {{one: Report, snapshot: Snapshot}} props */
function Row({ one, snapshot }) {
  const zone = snapshot.branch.time_zone;
  const name = inWords(one.kind, one.from);
  return html`<li class="report" data-testid="report" data-state=${one.state}>
    <div class="report-what">
      <b>${name}</b>
      <small>${t("reporting.asked", { at: `${clock(one.asked_at, zone)} ${shortDate(one.asked_at, zone)}`, by: who(one.asked_by) })}${one.language === "en" ? " · English" : ""}</small>
    </div>
    ${one.state === "ready" && html`<div class="report-files">
      ${one.formats.map((format) => html`<a key=${format} class="quiet-button" href=${address(snapshot.branch.id, one, format)} download=${one.files[format]}
        data-testid=${`download-${format}`} aria-label=${t("reporting.download", { format: format.toUpperCase(), name })}>
        <${Icon} name="download" size=${16} />${format.toUpperCase()}</a>`)}
    </div>`}
    ${(one.state === "queued" || one.state === "working") && html`<${Progress} one=${one} />`}
    ${one.state === "failed" && html`<div class="report-failed" role="alert">
      <p><${Icon} name="triangle-alert" size=${16} /> ${reasonWords(one.reason)}</p>
      <button type="button" class="quiet-button" onClick=${() => void ask({ kind: one.kind, day: one.from, language: one.language, formats: one.formats })}>
        <${Icon} name="rotate-ccw" size=${16} />${t("reporting.again")}</button>
    </div>`}
  </li>`;
}

/** @param {{one: Report}} props */
function Progress({ one }) {
  const text = one.state === "queued" ? t("reporting.queued") : t("reporting.working", { done: one.done, total: one.total });
  return html`<div class="report-progress">
    <progress max=${one.total} value=${one.done} aria-label=${text}></progress><span role="status">${text}</span>
  </div>`;
}

/** @param {string} actor */
function who(actor) {
  const [kind, id] = actor.split(":");
  return kind === "job" ? t("reporting.by_itself") : id;
}

/** @param {string} reason */
function reasonWords(reason) {
  const key = `reporting.reason_${reason}`;
  return knows(key) ? t(key) : reason;
}

/** @param {{zone: string}} props */
function Schedules({ zone }) {
  const found = known.value?.schedules;
  if (!found) return null;
  return html`<section class="card report-list" aria-labelledby="reports-by-themselves">
    <h2 id="reports-by-themselves">${t("reporting.schedules")}</h2>
    ${found.length === 0 && html`<p class="empty">${t("reporting.no_schedule")}</p>`}
    <ul>${found.map((one, i) => html`<${Planned} key=${i} one=${one} zone=${zone} />`)}</ul>
  </section>`;
}

/** @param {{one: Schedule, zone: string}} props */
function Planned({ one, zone }) {
  const to = [...one.to, ...(one.folder ? [t("reporting.folder", { name: `exports/${one.folder}` })] : [])].join(", ");
  return html`<li class="report" data-testid="schedule">
    <div class="report-what">
      <b>${t(`reporting.every_${one.period}`)} · ${one.formats.map((f) => f.toUpperCase()).join(", ")}</b>
      <small>${t("reporting.goes_to", { to })}</small>
      <small>${t("reporting.next", { at: `${clock(one.next_at, zone)} ${shortDate(one.next_at, zone)}` })}</small>
    </div>
    ${one.last && html`<p class=${`report-last is-${one.last.state}`}>
      <${Icon} name=${one.last.state === "sent" ? "circle-check" : one.last.state === "failed" ? "triangle-alert" : "clock"} size=${16} />
      ${t(`reporting.last_${one.last.state}`, { period: inWords(one.period, one.last.start) })}${one.last.reason ? ` (${reasonWords(one.last.reason)})` : ""}
    </p>`}
    ${one.to.length > 0 && !known.value?.has_mail && html`<p class="report-last is-failed"><${Icon} name="triangle-alert" size=${16} />${t("reporting.reason_no_smtp")}</p>`}
  </li>`;
}

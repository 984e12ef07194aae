/** The action pad, and above it what just happened: undo, refusal, a command not yet confirmed. */
import { t } from "/static/js/text.js";
import { ticketNumber } from "/static/js/format.js";
import { Icon, html } from "/static/js/ui.js";

import { act } from "./actions.js";
import { Key, PadButton, ruleWords } from "./parts.js";
import { Reminder } from "./reminders.js";
import { busy, can, counter, isLive, may, now, refusal, ticket, word } from "./store.js";

export function Pad() {
  const row = counter.value;
  const all = can.value;
  const status = ticket.value?.status;
  const isPaused = row?.status === "paused";
  const next = row?.next;
  const reason = next ? [ticketNumber(next.number), ruleWords(next.rule)].filter(Boolean).join(" · ") : t("counter.nobody_waits");
  return html`<div class="pad" role="group" aria-label=${t("counter.actions")}>
    ${isPaused
      ? html`<${PadButton} action="resume" main icon="play" kind="pad-main pad-go" enabled=${isLive.value} onPress=${() => act("resume")}
          testid="resume-counter" label=${t("counter.resume")}><small class="pad-sub"><${Key} of="pause" /></small><//>`
      : html`<${PadButton} action="next" main icon="megaphone" kind=${`pad-main ${status === "called" ? "" : "pad-act"}`}
          enabled=${Boolean(all && (all.next || status))} onPress=${() => act("next")} testid="call-next" label=${t("counter.call_next")}>
          <small class="pad-sub"><span>${reason}</span><${Key} of="next" /></small><//>`}
    <div class="pad-grid">
      <${Small} doing="start" icon="play" label=${t("counter.start_short")} kind=${status === "called" ? "pad-go" : ""} />
      <${Small} doing="complete" icon="check" label=${t("counter.complete")} kind=${status === "serving" ? "pad-go" : ""} />
      <${Small} doing="recall" icon="bell-ring" label=${t("counter.recall")} />
      <${Small} doing="transfer" icon="arrow-right-left" label=${t("counter.transfer_short")} />
      <${Small} doing="park" icon="circle-pause" label=${t("counter.park_short")} />
      <${Small} doing="no-show" icon="user-x" label=${t("counter.no_show")} kind="pad-danger" />
    </div>
    <div class="pad-more">
      ${may("call_chosen") && html`<${More} doing="choose" icon="list-checks" words=${t("counter.choose_long")} />`}
      <${More} doing="add-service" icon="file-plus" words=${t("counter.add")} />
      <${More} doing="roll" icon="ticket" words=${t("counter.roll")} />
      <${More} doing="hand-over" icon="arrow-right-left" words=${t("counter.hand_over_short")} />
      <${More} doing="close" testid="close-counter" icon="log-out" words=${t("counter.close")} />
    </div>
  </div>`;
}

/** @param {{doing: "choose"|"add-service"|"roll"|"hand-over"|"close", icon: string, words: string, testid?: string}} props */
function More({ doing, icon, words, testid = doing }) {
  return html`<button type="button" class="link" data-testid=${testid} aria-disabled=${can.value?.[doing] ? undefined : "true"}
    onClick=${() => act(doing)}><${Icon} name=${icon} size=${18} />${words}</button>`;
}

/** @param {{doing: "start"|"complete"|"recall"|"transfer"|"park"|"no-show", icon: string, label: string, kind?: string}} props */
function Small({ doing, icon, label, kind = "" }) {
  return html`<${PadButton} action=${doing} icon=${icon} label=${label} kind=${kind} enabled=${Boolean(can.value?.[doing])}
    onPress=${() => act(doing)}><${Key} of=${doing} /><//>`;
}

/** One strip at a time, in order of weight: refused, not confirmed, undo, a good word. */
export function Strip() {
  const refused = refusal.value;
  if (refused) {
    return html`<div class="strip strip-refused" role="alert" data-testid="refusal" data-code=${refused.code}>
      <${Icon} name="circle-alert" /><p>${refused.message}</p>
      ${refused.again && html`<button type="button" class="small" data-testid="retry" aria-disabled=${isLive.value ? undefined : "true"} onClick=${refused.again}>${t("counter.again")}</button>`}
      <button type="button" class="small" onClick=${() => (refusal.value = null)}>${t("counter.understood")}</button>
    </div>`;
  }
  if (busy.value?.phase === "unconfirmed") {
    return html`<div class="strip strip-waiting" role="alert" data-testid="unconfirmed"><span class="spinner" aria-hidden="true"></span><p>${t("counter.unconfirmed")}</p></div>`;
  }
  return html`<${Undo} />`;
}

function Undo() {
  const undo = counter.value?.undo;
  const left = undo ? Math.ceil((Date.parse(undo.until) - now.value) / 1000) : 0;
  if (undo && left > 0 && can.value) {
    return html`<div class="strip strip-undo" role="status" data-testid="did" data-event=${undo.event} data-number=${undo.number}>
      <${Icon} name="check" /><p>${t(`counter.did_${undo.event}`, { number: ticketNumber(undo.number) })}</p>
      <small class="numbers">${t("counter.seconds_left", { n: left })}</small>
      <button type="button" class="undo" data-testid="undo" onClick=${() => act("undo")}><${Icon} name="undo-2" size=${20} />${t("counter.undo")} <${Key} of="undo" /></button>
    </div>`;
  }
  if (word.value) return html`<div class="strip strip-undo" role="status"><${Icon} name="info" /><p>${word.value}</p></div>`;
  return html`<${Reminder} />`;
}

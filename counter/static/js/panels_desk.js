/** The inline forms about the counter and its officer. */
import { useEffect, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { CAPS } from "./keys.js";
import { Frame, Minutes, Reason, usual } from "./panel_parts.js";
import { Key } from "./parts.js";
import { PinForm } from "./lock.js";
import { can, close, csrf, focusMain, later, me, run, state } from "./store.js";

export function Pause() {
  const [minutes, setMinutes] = useState(0);
  return html`<${Frame} title=${t("counter.pause_title")} hint=${t("counter.pause_hint")}>
    <${Reason} reasons=${usual("pause")} label=${t("counter.pause")}
      onGive=${(/** @type {string} */ reason) => { close(); run("pause", "PauseCounter", { reason, ...later(minutes) }); }}>
      <${Minutes} label=${t("counter.pause_until")} choices=${[5, 10, 15, 30, 60]} value=${minutes} onPick=${setMinutes} />
    <//>
  <//>`;
}

export function CloseCounter() {
  return html`<${Frame} title=${t("counter.close_title")} hint=${t("counter.close_hint")}>
    <div class="reason-row"><button type="button" class="confirm confirm-danger" data-testid="confirm" data-first=""
      onClick=${() => { close(); run("close", "CloseCounter"); }}><${Icon} name="log-out" size=${20} />${t("counter.close")}</button></div>
  <//>`;
}

/** The shift changes: the next officer has the counter, with whoever is at the desk. */
export function HandOver() {
  const [to, setTo] = useState("");
  const officers = /** @type {{account: string, name: string, title: string}[]} */ (state.value?.catalogue.officers ?? []);
  const others = officers.filter((one) => one.account !== me.value?.account);
  const isReady = to !== "" && Boolean(can.value);
  /** @param {Event} event */
  const give = (event) => {
    event.preventDefault();
    if (!isReady) return;
    close();
    void run("hand-over", "HandOverCounter", { to });
  };
  return html`<${Frame} title=${t("counter.hand_over_title")} hint=${t("counter.hand_over_hint")}>
    <form class="reason-row" onSubmit=${give}>
      <label class="field"><span>${t("counter.next_officer")}</span>
        <select data-first="" data-testid="hand-over-to" value=${to} onChange=${(/** @type {any} */ event) => setTo(event.target.value)}>
          <option value="">${t("counter.pick")}</option>
          ${others.map((one) => html`<option key=${one.account} value=${one.account}>${[one.name, one.title].filter(Boolean).join(" · ")}</option>`)}
        </select></label>
      <button type="submit" class="confirm" data-testid="confirm" aria-disabled=${isReady ? undefined : "true"}>${t("counter.hand_over")}</button>
    </form>
  <//>`;
}

/** The officer's own: the PIN that opens a locked screen, the password, the way out. */
export function Mine() {
  return html`<${Frame} title=${[me.value?.name, me.value?.title].filter(Boolean).join(" · ")} hint=${t("counter.mine_hint")}>
    <${PinForm} />
    <div class="row-actions">
      <a class="small" href="/password"><${Icon} name="key-round" size=${16} />${t("counter.change_password")}</a>
      <form method="post" action="/logout"><input type="hidden" name="csrf" value=${csrf} />
        <button class="small"><${Icon} name="log-out" size=${16} />${t("counter.sign_out")}</button></form>
    </div>
  <//>`;
}

export function Help() {
  /** @type {(keyof typeof CAPS)[]} */
  const keys = ["next", "start", "complete", "recall", "transfer", "no-show", "park", "pause", "lock", "undo", "arrows", "cancel", "help"];
  useEffect(() => focusMain, []);
  return html`<${Frame} title=${t("counter.keys")} hint=${t("counter.keys_hint")}>
    <dl class="keys">${keys.map((name) => html`<div key=${name}><dt><${Key} of=${name} /></dt><dd>${t(`counter.key_${name.replace("-", "_")}`)}</dd></div>`)}</dl>
  <//>`;
}

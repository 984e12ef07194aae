/** Notices on the walls: posted, taken down, and the emergency that takes every screen. */
import { useState } from "preact/hooks";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { Ask } from "./ask.js";
import { may } from "./permissions.js";
import { say, socket, view } from "./store.js";

/** @typedef {import("./rows.js").NoticeRow} NoticeRow */

/** @returns {NoticeRow[]} */
const posted = () => Object.values(view.value?.tables.notices ?? {});

/** @param {NoticeRow} notice */
async function withdraw({ seq }) {
  const ack = await socket.call("WithdrawNotice", { notice: seq });
  say(ack.ok ? t("manager.notice.withdrawn") : ack.error.message);
}

/** While an emergency stands on the walls, whoever may end it sees it on every page. */
export function EmergencyBar() {
  const standing = posted().find((row) => row.emergency);
  if (!standing) return null;
  return html`<section class="emergency-bar" role="alert" data-testid="emergency-bar">
    <${Icon} name="triangle-alert" size=${24} />
    <p><b>${t("manager.notice.emergency_stands")}</b> <span>${pick(standing.text)}</span></p>
    ${may(view.value, "post_notices") &&
    html`<button type="button" class="button" onClick=${() => withdraw(standing)}>${t("manager.notice.end_emergency")}</button>`}
  </section>`;
}

export function Notice() {
  const [vi, setVi] = useState("");
  const [en, setEn] = useState("");
  const [emergency, setEmergency] = useState(false);
  const [aloud, setAloud] = useState(false);
  const standing = view.value?.catalogue.notices ?? [];
  const isSpoken = view.value?.catalogue.speaks?.includes("notice");
  const rows = posted();
  return html`<${Ask}
    title=${t("manager.notice.title")}
    action=${t(emergency ? "manager.notice.post_emergency" : "manager.notice.post")}
    danger=${emergency}
    ready=${vi.trim() !== ""}
    command="PostNotice"
    args=${() => ({ text_vi: vi.trim(), text_en: en.trim(), ...(emergency ? { emergency } : aloud ? { aloud } : {}) })}
    done=${t("manager.notice.done")}
  >
    <p>${t("manager.notice.where")}</p>
    ${rows.length + standing.length > 0 &&
    html`<div class="notices">
      <h3>${t("manager.notice.current")}</h3>
      <ul>
        ${rows.map((row) => html`<li key=${row.id}><span>${pick(row.text)}</span>
          <button type="button" class="quiet-button" aria-label=${t("manager.notice.withdraw_this", { text: pick(row.text) })} onClick=${() => withdraw(row)}>${t("manager.notice.withdraw")}</button></li>`)}
        ${standing.map((text) => html`<li key=${text.vi}><span>${pick(text)}</span></li>`)}
      </ul>
    </div>`}
    <label for="notice-vi">${t("manager.notice.vi")}</label>
    <textarea
      id="notice-vi"
      lang="vi"
      rows="3"
      maxlength="160"
      required
      onInput=${(/** @type {any} */ e) => setVi(e.currentTarget.value)}
    ></textarea>
    <label for="notice-en">${t("manager.notice.en")}</label>
    <textarea
      id="notice-en"
      lang="en"
      rows="2"
      maxlength="160"
      onInput=${(/** @type {any} */ e) => setEn(e.currentTarget.value)}
    ></textarea>
    ${isSpoken && html`<label class="check">
      <input type="checkbox" data-testid="aloud" checked=${aloud && !emergency} disabled=${emergency} aria-describedby="notice-aloud-hint"
        onChange=${(/** @type {any} */ e) => setAloud(e.currentTarget.checked)} />
      <span>${t("manager.notice.aloud")}<small id="notice-aloud-hint">${t("manager.notice.aloud_hint")}</small></span>
    </label>`}
    <label class="check">
      <input type="checkbox" data-testid="emergency" checked=${emergency} onChange=${(/** @type {any} */ e) => setEmergency(e.currentTarget.checked)} />
      <span>${t("manager.notice.emergency")}</span>
    </label>
  <//>`;
}

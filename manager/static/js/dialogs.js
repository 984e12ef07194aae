/**
 * What a supervisor may do from here, each asked once and told plainly.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { pick, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { dialog, say, socket, tables, view } from "./store.js";
import { numberOf } from "./words.js";

const close = () => (dialog.value = null);

/**
 * A form in a dialog: sends one command, stays open with the reason when it is refused.
 *
 * @param {{title: string, action: string, danger?: boolean, ready: boolean, command: string,
 *   args: () => Record<string, unknown>, done: string, children?: unknown}} props
 */
function Ask({ title, action, danger = false, ready, command, args, done, children }) {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  useEffect(() => element.current?.showModal(), []);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    const ack = await socket.call(command, args());
    setBusy(false);
    if (!ack.ok) return setRefused(ack.error.message);
    say(done);
    close();
  };
  return html`<dialog ref=${element} onClose=${close} aria-labelledby="dialog-title">
    <form onSubmit=${send}>
      <h2 id="dialog-title">${title}</h2>
      ${children}
      ${refused &&
      html`<p class="refused" role="alert"><${Icon} name="triangle-alert" size=${18} />${refused}</p>`}
      <footer>
        <button type="button" class="quiet-button" onClick=${() => element.current?.close()}>
          ${t("manager.cancel")}
        </button>
        <button class=${danger ? "button danger" : "button"} disabled=${busy || !ready}>
          ${busy ? t("manager.sending") : action}
        </button>
      </footer>
    </form>
  </dialog>`;
}

/** @param {{id: string}} props */
function Release({ id }) {
  const reasons = [t("manager.release.left"), t("manager.release.stuck"), t("manager.release.shift")];
  const [reason, setReason] = useState("");
  const counter = tables.value.counters?.[id];
  const facts = { counter: counter?.number };
  const number = numberOf(counter?.ticket ?? null);
  return html`<${Ask}
    title=${t("manager.release.title", facts)}
    action=${t("manager.release.action")}
    danger
    ready=${reason.trim() !== ""}
    command="ReleaseCounter"
    args=${() => ({ counter: id, reason: reason.trim() })}
    done=${t("manager.release.done", facts)}
  >
    <p>
      ${number ? t("manager.release.with_ticket", { number }) : t("manager.release.without_ticket")}
    </p>
    <fieldset>
      <legend>${t("manager.release.reason")}</legend>
      <div class="choices">
        ${reasons.map(
          (text) =>
            html`<button type="button" aria-pressed=${reason === text} onClick=${() => setReason(text)}>
              ${text}
            </button>`,
        )}
      </div>
      <label for="reason">${t("manager.release.own_words")}</label>
      <input
        id="reason"
        maxlength="200"
        value=${reason}
        onInput=${(/** @type {any} */ e) => setReason(e.currentTarget.value)}
      />
    </fieldset>
  <//>`;
}

function Notice() {
  const [vi, setVi] = useState("");
  const [en, setEn] = useState("");
  const posted = Object.values(view.value?.tables.notices ?? {}).map((row) => row.text);
  const current = [...posted, ...(view.value?.catalogue.notices ?? [])];
  return html`<${Ask}
    title=${t("manager.notice.title")}
    action=${t("manager.notice.post")}
    ready=${vi.trim() !== ""}
    command="PostNotice"
    args=${() => ({ text_vi: vi.trim(), text_en: en.trim() })}
    done=${t("manager.notice.done")}
  >
    <p>${t("manager.notice.where")}</p>
    ${current.length > 0 &&
    html`<div class="notices">
      <h3>${t("manager.notice.current")}</h3>
      <ul>
        ${current.map((text) => html`<li>${pick(text)}</li>`)}
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
  <//>`;
}

function CloseDay() {
  const [sure, setSure] = useState(false);
  const [end, setEnd] = useState("");
  const policy = view.value?.catalogue.policy.day_close ?? "close";
  const tickets = Object.values(tables.value.tickets ?? {});
  const waiting = tickets.filter((x) => ["waiting", "parked"].includes(x.status)).length;
  const busy = tickets.filter((x) => ["called", "serving"].includes(x.status)).length;
  return html`<${Ask}
    title=${t("manager.close_day.title")}
    action=${t("manager.close_day.action")}
    danger
    ready=${sure && (policy !== "ask" || end !== "" || waiting + busy === 0)}
    command="CloseDay"
    args=${() => (policy === "ask" && end ? { waiting: end } : {})}
    done=${t("manager.close_day.done")}
  >
    <p>${t(`manager.close_day.what_${policy}`)}</p>
    <ul class="facts">
      <li>${t("manager.close_day.waiting", { n: waiting })}</li>
      <li>${t("manager.close_day.busy", { n: busy })}</li>
    </ul>
    ${policy === "ask" &&
    html`<fieldset>
      <legend>${t("manager.close_day.choose")}</legend>
      <div class="choices">
        ${["close", "carry_over"].map(
          (one) =>
            html`<button type="button" key=${one} aria-pressed=${end === one} onClick=${() => setEnd(one)}>
              ${t(`manager.close_day.${one}`)}
            </button>`,
        )}
      </div>
    </fieldset>`}
    <label class="check">
      <input
        type="checkbox"
        checked=${sure}
        onChange=${(/** @type {any} */ e) => setSure(e.currentTarget.checked)}
      />
      <span>${t("manager.close_day.sure")}</span>
    </label>
  <//>`;
}

/** Whichever dialog is open. */
export function Dialogs() {
  const open = dialog.value;
  if (open?.kind === "release") return html`<${Release} key=${open.counter} id=${open.counter} />`;
  if (open?.kind === "notice") return html`<${Notice} />`;
  if (open?.kind === "close_day") return html`<${CloseDay} />`;
  return null;
}

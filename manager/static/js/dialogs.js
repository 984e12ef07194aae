/**
 * What a supervisor may do from here, each asked once and told plainly.
 */

import { useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { Ask } from "./ask.js";
import { Notice } from "./notices.js";
import { dialog, tables, view } from "./store.js";
import { numberOf } from "./words.js";

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

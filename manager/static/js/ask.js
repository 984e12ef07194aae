/** A form in a dialog that sends one command. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { dialog, say, socket } from "./store.js";

const close = () => (dialog.value = null);

/**
 * A form in a dialog: sends one command, stays open with the reason when it is refused.
 *
 * @param {{title: string, action: string, danger?: boolean, ready: boolean, command: string,
 *   args: () => Record<string, unknown>, done: string, after?: () => void, onShut?: () => void, children?: unknown}} props
 */
export function Ask({ title, action, danger = false, ready, command, args, done, after = close, onShut = close, children }) {
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
    after();
  };
  return html`<dialog ref=${element} onClose=${onShut} aria-labelledby="dialog-title">
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

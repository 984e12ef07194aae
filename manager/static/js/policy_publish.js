/** Publishing: what changes, from when, why. */
import { useEffect, useState } from "preact/hooks";
import { clock, shortDate } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { Ask } from "./ask.js";
import { editing, load, look, preview, publishing } from "./policy_calls.js";
import { Differences, summed } from "./policy_preview.js";
import { now } from "./store.js";
import { addDays, localDate } from "./time.js";

/** @typedef {"next_opening"|"date"|"now"} When */

/** @param {{found: import("./policy_calls.js").Known, zone: string}} props */
export function PublishDialog({ found, zone }) {
  const wanted = /** @type {{policy: any, restores: number|null}} */ (publishing.value);
  const tomorrow = addDays(localDate(now.value, zone), 1);
  const [when, setWhen] = useState(/** @type {When} */ (found.next_opening ? "next_opening" : "date"));
  const [day, setDay] = useState(tomorrow);
  const [note, setNote] = useState("");
  useEffect(() => {
    look(wanted.policy, 0);
    return () => {
      if (editing.peek()) look(/** @type {any} */ (editing.peek()), 0);
    };
  }, []);
  const close = () => (publishing.value = null);
  const done = () => {
    editing.value = null;
    close();
    void load();
  };
  const choice = (/** @type {When} */ one, /** @type {string} */ words, /** @type {unknown} */ more = null) =>
    html`<label key=${one} class="policy-when"><input type="radio" name="when" checked=${when === one} data-testid=${`policy-when-${one}`}
      onChange=${() => setWhen(one)} /><span>${words}${more}</span></label>`;
  const opening = found.next_opening ? `${clock(found.next_opening, zone)} ${shortDate(found.next_opening, zone)}` : "";
  return html`<${Ask}
    title=${wanted.restores ? t("calling.roll_back_title", { n: wanted.restores }) : t("calling.publish_title")}
    action=${t(when === "now" ? "calling.publish_now" : "calling.publish")}
    danger=${when === "now"}
    ready=${note.trim() !== "" && preview.value !== null && (when !== "date" || day !== "")}
    command="PublishPolicy"
    args=${() => ({
      policy: wanted.policy, base: preview.value?.base ?? 0, note: note.trim(), effective: when === "date" ? day : when,
      ...(wanted.restores ? { restores: wanted.restores } : {}),
    })}
    done=${t(when === "now" ? "calling.published" : "calling.put_down")}
    after=${done}
    onShut=${close}
  >
    <${Differences} found=${preview.value} />
    <fieldset><legend>${t("calling.from_when")}</legend>
      ${found.next_opening && choice("next_opening", t("calling.at_next_opening", { at: opening }), html`<small>${t("calling.at_next_opening_means")}</small>`)}
      ${choice("date", t("calling.on_a_day"), html` <input type="date" aria-label=${t("calling.on_a_day")} value=${day} min=${tomorrow} disabled=${when !== "date"}
        onInput=${(/** @type {any} */ e) => setDay(e.currentTarget.value)} />`)}
      ${choice("now", t("calling.right_now"))}
    </fieldset>
    ${when === "now" && html`<p class="facts" role="alert" data-testid="policy-warning"><${Icon} name="triangle-alert" size=${18} />${" "}${t("calling.now_warning")}${" "}${preview.value ? summed(preview.value) : ""}</p>`}
    <label for="policy-note">${t("calling.why")}</label>
    <textarea id="policy-note" rows="2" maxlength="200" value=${note} required onInput=${(/** @type {any} */ e) => setNote(e.currentTarget.value)}></textarea>
  <//>`;
}

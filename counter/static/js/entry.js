/** Before work: the officer says who sits at this counter. Or the device is not let in at all. */
import { useEffect, useState } from "preact/hooks";
import { t } from "/static/js/text.js";
import { BrandMark, Icon, html } from "/static/js/ui.js";

import { Strip } from "./pad.js";
import { busy, counter, isLive, memory, run, socket, state } from "./store.js";

export function Entry() {
  const [name, setName] = useState(memory.officer() ?? "");
  const row = counter.value;
  const officers = /** @type {string[]} */ (state.value?.catalogue.officers ?? []);
  const isReady = isLive.value && name.trim() !== "" && !busy.value;
  const queues = (state.value?.catalogue.queues ?? []).filter((/** @type {{id: string}} */ q) => row?.queues.includes(q.id));
  useEffect(() => document.getElementById("officer")?.focus(), []);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    if (!isReady) return;
    const ack = await run("open", "OpenCounter", { officer: name.trim() });
    if (ack?.ok) memory.rememberOfficer(name.trim());
  };
  return html`<main class="entry">
    <form class="card entry-card" onSubmit=${submit}>
      <${BrandMark} size=${64} />
      <h1>${t("counter.open_title", { number: String(row?.number ?? "").padStart(2, "0") })}</h1>
      <p class="entry-queues">${queues.map((/** @type {any} */ q) => html`<span class="tag" key=${q.id}><b>${q.prefix}</b> ${q.name.vi}</span>`)}</p>
      <label class="field" for="officer"><span>${t("counter.officer")}</span>
        <input id="officer" list="officers" value=${name} maxlength="80" autocomplete="off" data-testid="officer-name"
          placeholder=${t("counter.officer_hint")} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></label>
      <datalist id="officers">${officers.map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>
      <div class="chips entry-officers" role="group" aria-label=${t("counter.officer")}>
        ${officers.slice(0, 12).map((one) => html`<button type="button" class="chip" key=${one} aria-pressed=${name === one} onClick=${() => setName(one)}>${one}</button>`)}
      </div>
      <${Strip} />
      <button type="submit" class="confirm entry-open" data-testid="open-counter" aria-disabled=${isReady ? undefined : "true"}>
        ${busy.value ? html`<span class="spinner" aria-hidden="true"></span>` : html`<${Icon} name="log-in" size=${24} />`}${t("counter.open")}</button>
    </form>
  </main>`;
}

/** @param {{title: string, hint: string}} props */
export function Stop({ title, hint }) {
  return html`<main class="entry"><div class="card entry-card"><${BrandMark} size=${64} /><h1>${title}</h1><p>${hint}</p></div></main>`;
}

/** Why nothing is shown yet. */
export function Waiting() {
  if (socket.status.value === "refused") return html`<${Stop} title=${t("counter.refused_title")} hint=${t("counter.refused_hint")} />`;
  if (state.value) return html`<${Stop} title=${t("counter.unknown_title")} hint=${t("counter.unknown_hint")} />`;
  return html`<${Stop} title=${t("counter.connecting")} hint=${t("counter.connecting_hint")} />`;
}

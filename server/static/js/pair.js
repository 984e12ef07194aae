/**
 * The screen of a device that was not let in: a code for an administrator to type in. It asks for
 * another by itself when the code runs out, and goes on when the device has been approved.
 *
 * @typedef {import("./device.js").Device} Device
 * @typedef {{id: string, secret: string, code: string, expires_in_s: number}} Asked
 * @typedef {{state: "asking"|"shown"|"away"|"unknown"|"paired", code: string, until: number, name: string}} Pairing `until`: by `performance.now()`
 */
import { signal } from "@preact/signals-core";
import { useEffect, useState } from "preact/hooks";

import { hasStorage } from "./token.js";
import { t } from "./text.js";
import { BrandMark, Icon, html } from "./ui.js";

const LOOK_MS = 2_000;
const AGAIN_MS = 5_000;
/** Time for a last look before the code runs out. */
const SPARE_S = 5;
const ICONS = { kiosk: "tablet-smartphone", display: "tv", rating: "star" };

const pairing = signal(/** @type {Pairing} */ ({ state: "asking", code: "", until: 0, name: "" }));

/** @param {{device: Device}} props */
export function PairingScreen({ device }) {
  useEffect(() => begin(device), [device]);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  const { state, code, until, name } = pairing.value;
  const left = Math.max(0, Math.ceil((until - performance.now()) / 1_000));
  return html`<main class="pair" data-kind=${device.kind} data-state=${state}>
    <header class="pair-head">
      <${BrandMark} size=${72} />
      <p class="pair-kind"><${Icon} name=${ICONS[device.kind]} size=${40} />${t(`pair.kind_${device.kind}`)}</p>
      <p class="pair-place">${device.place}</p>
    </header>
    <section class="pair-body">
      <h1>${t(state === "paired" ? "pair.paired" : "pair.title")}</h1>
      ${state === "paired"
        ? html`<p class="pair-how" role="status">${t("pair.connecting", { name })}</p>`
        : html`<p class="pair-how">${t("pair.how")}</p>
            <p class="pair-code numbers" data-testid="pair-code" aria-live="polite">
              ${code ? html`<span>${code.slice(0, 3)}</span><span>${code.slice(3)}</span>` : html`<span class="pair-blank">– – –</span><span class="pair-blank">– – –</span>`}
            </p>
            <p class="pair-left" role="status">
              ${state === "shown" ? t("pair.left", { time: minutes(left) }) : t(`pair.${state}`)}
            </p>`}
    </section>
    <footer class="pair-foot">
      ${!hasStorage() && html`<p><${Icon} name="triangle-alert" size=${32} />${t("pair.no_storage")}</p>`}
      ${device.kind === "kiosk" && html`<p><${Icon} name="hand-helping" size=${32} />${t("pair.citizens")}</p>`}
    </footer>
  </main>`;
}

/** @param {number} seconds */
function minutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Ask, show, look, for as long as the screen stands. @param {Device} device @returns {() => void} ends it */
function begin(device) {
  let isOver = false;
  const later = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  async function run() {
    while (!isOver) {
      const asked = await post("/pairings", wishOf(device));
      if (!asked) {
        pairing.value = { ...pairing.value, state: asked === false ? "unknown" : "away", code: "" };
        await later(AGAIN_MS);
        continue;
      }
      const until = performance.now() + asked.expires_in_s * 1_000;
      pairing.value = { state: "shown", code: asked.code, until, name: "" };
      while (!isOver && performance.now() < until - SPARE_S * 1_000) {
        await later(LOOK_MS);
        const answer = await post(`/pairings/${asked.id}`, { secret: asked.secret });
        if (answer?.state === "paired") return finish(device, answer);
        // Not known any more: used by somebody, or swept. Away: the code stands until it runs out.
        if (answer === false) break;
      }
    }
  }
  void run();
  return () => (isOver = true);
}

/** @param {Device} device @param {any} answer */
async function finish(device, { token, kind, branch, counter, name, home }) {
  pairing.value = { state: "paired", code: "", until: 0, name };
  const place = kind === "rating" ? counter : branch;
  if (kind === device.kind && place === device.place) return device.adopt(token);
  // It was approved for another place than this page's: there it belongs.
  location.replace(`${home}#token=${encodeURIComponent(token)}`);
}

/** @param {Device} device */
function wishOf({ kind, place }) {
  if (kind !== "rating") return { kind, branch: place };
  return { kind, branch: place.slice(0, place.lastIndexOf("-")), counter: place };
}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>} null: no answer, or not now; false: there is no such pairing
 */
async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
    });
    if (answer.status === 404) return false;
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

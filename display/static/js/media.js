/** Pictures, films and words between the calls, one after the other. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { pick } from "/static/js/text.js";
import { BrandMark, html } from "/static/js/ui.js";

/** @typedef {import("./hall.js").Media} Media */

/** A film that stands still is passed over. */
const LONGEST_FILM_MS = 30 * 60_000;
const TRY_AGAIN_MS = 10 * 60_000;

/** A film's own sound: usually, and under a call. */
const FULL = 0.6;
const LOW = 0.08;
/** A call that is alone is read twice: the film waits out the pause between. */
const RAISED_AFTER_MS = 3_000;

/** What the administrator is told of: files that could not be shown. */
export const problems = signal(/** @type {string[]} */ ([]));

/** @type {Map<string, number>} file -> when it failed */
const failed = new Map();

/** @param {{items: Media[], branch: string, isLow: boolean}} props `isLow`: a call is being spoken */
export function MediaPanel({ items, branch, isLow }) {
  const [at, setAt] = useState(0);
  const shown = items.filter(({ file }) => !file || performance.now() - (failed.get(file) ?? -Infinity) > TRY_AGAIN_MS);
  const item = shown[at % Math.max(1, shown.length)];
  const next = () => setAt((n) => n + 1);
  const skip = () => {
    failed.set(item.file, performance.now());
    problems.value = ["media_missing"];
    next();
  };
  const isFilm = Boolean(item?.file.match(/\.(mp4|webm)$/u));
  useEffect(() => {
    if (!item) return undefined;
    const timer = setTimeout(next, isFilm ? LONGEST_FILM_MS : item.seconds * 1000);
    return () => clearTimeout(timer);
  }, [at, item?.file, shown.length]);
  if (!item) return html`<section class="media media-empty"><${BrandMark} size=${200} /></section>`;
  const address = `/display/media/${encodeURIComponent(branch)}/${item.file}`;
  return html`<section class="media" data-testid="media" data-file=${item.file}>
    ${isFilm
      ? html`<${Film} key=${`${item.file} ${at}`} address=${address} isLow=${isLow} onOver=${next} onFail=${skip} />`
      : item.file
        ? html`<img key=${item.file} src=${address} alt="" onError=${skip} />`
        : html`<p key=${at}>${pick(item.text)}</p>`}
  </section>`;
}

/** A film's own sound gives way to a call. @param {{address: string, isLow: boolean, onOver: () => void, onFail: () => void}} props */
function Film({ address, isLow, onOver, onFail }) {
  const film = useRef(/** @type {HTMLVideoElement|null} */ (null));
  useEffect(() => {
    if (film.current) film.current.volume = LOW;
    if (isLow) return undefined;
    const timer = setTimeout(() => film.current && (film.current.volume = FULL), RAISED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isLow]);
  useEffect(() => {
    // Without leave to sound it runs silently rather than not at all.
    film.current?.play().catch(() => {
      if (!film.current) return;
      film.current.muted = true;
      film.current.play().catch(onFail);
    });
  }, []);
  return html`<video ref=${film} src=${address} playsinline onEnded=${onOver} onError=${onFail}></video>`;
}

/**
 * Keeps the public page of waits true without loading it anew: only words that differ are exchanged,
 * so nothing flashes and a screen reader hears only what changed.
 */

const page = document.body;
const freshMs = Number(page.dataset.fresh) * 1_000;
const staleMs = Number(page.dataset.stale) * 1_000;
const warning = /** @type {HTMLElement} */ (document.querySelector("#stale"));
const isStaleAtFirst = !warning.hidden;
let heardAt = Date.now();
let isStale = isStaleAtFirst;
let isAsking = false;

async function refresh() {
  if (isAsking || document.hidden) return;
  isAsking = true;
  try {
    const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
    if (answer.ok) {
      exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
      heardAt = Date.now();
    }
  } catch {
    // Told below once it has lasted; the next turn tries again.
  } finally {
    isAsking = false;
    judge();
  }
}

/** @param {Document} newer */
function exchange(newer) {
  if (fieldsOf(newer) !== fieldsOf(document)) {
    location.reload();
    return;
  }
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = newer.querySelector(`[data-part="${CSS.escape(part.getAttribute("data-part") ?? "")}"]`);
    if (other && other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes);
  }
  isStale = !newer.querySelector("#stale")?.hasAttribute("hidden");
}

/** @param {Document} some */
function fieldsOf(some) {
  return [...some.querySelectorAll("[data-field]")].map((each) => each.getAttribute("data-field")).join(" ");
}

/** Minutes that nobody has confirmed for a minute are not shown. */
function judge() {
  const isLate = Date.now() - heardAt > staleMs;
  warning.hidden = !(isLate || isStale);
  page.classList.toggle("late", isLate);
}

setInterval(refresh, freshMs);
setInterval(judge, 1_000);
document.addEventListener("visibilitychange", () => {
  judge();
  refresh();
});
addEventListener("pageshow", (event) => event.persisted && refresh());

/** The page of the counters, kept up to date in place: whoever reads or tabs through it is not disturbed. */

const EVERY_MS = 15_000;

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  // The sign-in has ended: to the page that asks for it.
  if (answer.redirected) return location.reload();
  if (!answer.ok) return undefined;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = document.querySelector(".desks");
  const then = page.querySelector(".desks");
  if (!now || !then || now.innerHTML === then.innerHTML) return undefined;
  const chosen = document.activeElement?.closest(".desks a")?.getAttribute("href");
  now.replaceWith(then);
  const again = [...then.querySelectorAll("a")].find((one) => one.getAttribute("href") === chosen);
  return again?.focus();
}

// Out of reach for a while: what is on the screen stays, and is asked for again.
setInterval(() => refresh().catch(() => {}), EVERY_MS);

/**
 * Several branches side by side, for accounts that look at more than their own.
 */

import { useEffect, useState } from "preact/hooks";
import { decimal } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { inMinutes } from "./figures.js";
import { Panel } from "./panel.js";
import { satisfaction } from "./satisfaction.js";
import { now } from "./store.js";
import { lastDays, localDate } from "./time.js";
import { percent } from "./words.js";

/** @typedef {import("./rows.js").FiguresAnswer["groups"][number]} Group */
/** @typedef {{names: Record<string, string>, groups: Group[], total: import("./rows.js").Figures}} Answer */

const RENEW_MS = 60_000;
const PERIODS = /** @type {const} */ ([
  [0, "manager.period.today"],
  [7, "manager.period.week"],
  [30, "manager.period.month"],
]);

/**
 * @param {import("./rows.js").Branch} branch
 * @param {number} days before today; 0 = today
 * @returns {Promise<Answer>}
 */
async function ask(branch, days) {
  const today = localDate(now.peek(), branch.time_zone);
  const range = days ? lastDays(days, now.peek(), branch.time_zone) : { from: today, to: today };
  const answer = await fetch(`/api/v1/oversight/figures?${new URLSearchParams(range)}`, {
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) throw new Error(`oversight: ${answer.status}`);
  return answer.json();
}

/** @param {number|null} seconds */
const minutes = (seconds) => {
  const found = inMinutes(seconds);
  return found === null ? "–" : decimal(found, 1);
};

/** @param {number|null} share */
const shared = (share) => (share === null ? "–" : percent(share));

/** @param {import("./rows.js").Figures} group */
function opinion(group) {
  const found = satisfaction(group.ratings_satisfied, group.ratings_n, group.completed);
  const counts = `${decimal(found.satisfied, 0)}/${decimal(found.n, 0)}`;
  return found.share === null ? counts : `${percent(found.share)} (${counts})`;
}

/** @param {{name: string, group: import("./rows.js").Figures, strong?: boolean}} props */
function Row({ name, group, strong = false }) {
  return html`<tr class=${strong ? "total" : undefined}>
    <th scope="row"><span class="name" title=${name}>${name}</span></th>
    <td class="num">${decimal(group.issued, 0)}</td>
    <td class="num">${decimal(group.served, 0)}</td>
    <td class="num">${minutes(group.wait_p50_s)}</td>
    <td class="num">${minutes(group.wait_p90_s)}</td>
    <td class="num">${shared(group.within_target)}</td>
    <td class="num">${shared(group.no_show_share)}</td>
    <td class="num">${shared(group.occupancy)}</td>
    <td class="num">${opinion(group)}</td>
  </tr>`;
}

/** @param {{snapshot: import("./rows.js").Snapshot}} props */
export function OversightPage({ snapshot }) {
  const [days, setDays] = useState(0);
  const [answer, setAnswer] = useState(/** @type {Answer|null} */ (null));
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let isShown = true;
    const renew = () =>
      ask(snapshot.branch, days).then(
        (found) => isShown && (setAnswer(found), setFailed(false)),
        () => isShown && setFailed(true),
      );
    void renew();
    const timer = setInterval(renew, RENEW_MS);
    return () => {
      isShown = false;
      clearInterval(timer);
    };
  }, [days]);
  const head = ["branch", "issued", "served"].map((key) => t(`manager.column.${key}`));
  head.push(t("manager.median"), t("manager.p90"), t("manager.kpi.within"));
  head.push(...["absent_share", "occupancy", "satisfied"].map((key) => t(`manager.column.${key}`)));
  const groups = [...(answer?.groups ?? [])].sort((a, b) => (b.wait_p90_s ?? -1) - (a.wait_p90_s ?? -1));
  const named = (/** @type {Group} */ group) => answer?.names[String(group.key)] ?? String(group.key);
  const sheet = {
    head,
    rows: groups.map((g) => [
      named(g), g.issued, g.served, inMinutes(g.wait_p50_s), inMinutes(g.wait_p90_s),
      g.within_target, g.no_show_share, g.occupancy,
      g.ratings_n ? g.ratings_satisfied / g.ratings_n : null,
    ]),
  }; // prettier-ignore
  return html`<div class="oversight">
    <div class="switch" role="group" aria-label=${t("manager.period.choose")}>
      ${PERIODS.map(
        ([n, key]) =>
          html`<button type="button" aria-pressed=${days === n} onClick=${() => setDays(n)}>${t(key)}</button>`,
      )}
    </div>
    ${failed && html`<p class="failed" role="status">${t("manager.oversight.failed")}</p>`}
    <${Panel} title=${t("manager.oversight.title")} unit=${t("manager.oversight.unit")} area="oversight"
      file="cac-chi-nhanh" sheet=${answer ? sheet : undefined}>
      <div class="scroll" tabindex="0" role="group" aria-label=${t("manager.oversight.title")}>
        <table class="list figures">
          <thead>
            <tr>
              ${head.map((name) => html`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${groups.map((group) => html`<${Row} key=${group.key} name=${named(group)} group=${group} />`)}
            ${answer && groups.length > 1 && html`<${Row} name=${t("manager.oversight.all")} group=${answer.total} strong=${true} />`}
          </tbody>
        </table>
      </div>
    <//>
  </div>`;
}

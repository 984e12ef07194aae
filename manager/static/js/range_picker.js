/** The choice of a period above a page of figures; the address keeps it. */

import { t } from "/static/js/text.js";
import { html } from "/static/js/ui.js";

import { KINDS, moved, rangeOf, searchWith } from "./ranges.js";
import { localDate } from "./time.js";
import { now, view } from "./store.js";

/** @typedef {import("./ranges.js").Range} Range */
/** @typedef {import("./ranges.js").RangeKind} RangeKind */

/** The business date at the branch. */
export function today() {
  return localDate(now.peek(), view.peek()?.branch.time_zone ?? "UTC");
}

/** @param {Range} range */
function keep(range) {
  history.replaceState(null, "", `${searchWith(location.search, range)}${location.hash}`);
}

/** @param {{range: Range, choose: (range: Range) => void}} props */
export function RangePicker({ range, choose }) {
  const take = (/** @type {Range} */ wanted) => {
    keep(wanted);
    choose(wanted);
  };
  const pick = (/** @type {RangeKind} */ kind) => () =>
    take(kind === "dates" ? { ...range, kind } : rangeOf(kind, today()));
  const dated = (/** @type {"from"|"to"} */ name) =>
    html`<label
      >${t(`manager.range.${name}`)}
      <input
        type="date"
        value=${range[name]}
        max=${today()}
        data-testid=${`range-${name}`}
        onChange=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => {
          const value = event.currentTarget.value;
          if (value) take(moved(range, name, value));
        }}
      />
    </label>`;
  return html`<div class="range">
    <div class="switch ranges" role="group" aria-label=${t("manager.period.choose")}>
      ${KINDS.map(
        (kind) =>
          html`<button key=${kind} type="button" aria-pressed=${range.kind === kind} onClick=${pick(kind)}>
            ${t(`manager.range.kind_${kind}`)}
          </button>`,
      )}
    </div>
    ${range.kind === "dates" && html`<div class="range-dates">${dated("from")} ${dated("to")}</div>`}
  </div>`;
}

/**
 * The frame of a chart or table: title, unit, the same figures as a table, and as a file.
 */

import { useState } from "preact/hooks";
import { language, t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { csvText, download } from "./csv.js";
import { now, view } from "./store.js";
import { localDate } from "./time.js";

/** @typedef {string|number|null} Value */
/** @typedef {{head: string[], rows: Value[][]}} Sheet */

/**
 * @param {{sheet: Sheet, label: string, show: (value: Value, column: number) => string}} props
 */
function SheetTable({ sheet, label, show }) {
  return html`<div class="sheet" tabindex="0" role="group" aria-label=${label}>
    <table>
      <thead>
        <tr>
          ${sheet.head.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${sheet.rows.map(
          ([first, ...rest]) =>
            html`<tr>
              <th scope="row">${show(first, 0)}</th>
              ${rest.map((value, at) => html`<td>${show(value, at + 1)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * @param {{title: string, unit?: string, area: string, legend?: unknown, file?: string,
 *   sheet?: Sheet, show?: (value: Value, column: number) => string,
 *   children?: unknown}} props
 *   `show` writes a value in the table; the file has the plain numbers
 */
export function Panel({ title, unit, area, legend, file, sheet, show = plain, children }) {
  const [asTable, setAsTable] = useState(false);
  const id = `panel-${area}`;
  const save = () => {
    const date = localDate(now.peek(), view.peek()?.branch.time_zone ?? "UTC");
    if (sheet) download(`${file}-${date}.csv`, csvText(sheet.head, sheet.rows, language.value));
  };
  return html`<section class=${`card panel ${area}`} aria-labelledby=${id}>
    <header>
      <h2 id=${id}>${title}</h2>
      ${unit && html`<span class="unit">${unit}</span>`}
      <span class="grow"></span>
      ${legend}
      ${sheet &&
      html`<div class="tools">
        <button
          type="button"
          class="tool"
          aria-pressed=${asTable}
          aria-label=${`${t("manager.see_table")}: ${title}`}
          title=${t("manager.see_table")}
          onClick=${() => setAsTable(!asTable)}
        >
          <${Icon} name="table" size=${17} /><span>${t("manager.table")}</span>
        </button>
        <button
          type="button"
          class="tool"
          aria-label=${`${t("manager.download_csv")}: ${title}`}
          title=${t("manager.download_csv")}
          onClick=${save}
        >
          <${Icon} name="download" size=${17} /><span>CSV</span>
        </button>
      </div>`}
    </header>
    ${asTable && sheet ? html`<${SheetTable} sheet=${sheet} label=${title} show=${show} />` : children}
  </section>`;
}

/** @param {Value} value */
function plain(value) {
  return value === null ? "–" : String(value);
}

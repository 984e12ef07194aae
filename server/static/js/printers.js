/** Kiosks whose printer needs somebody: shown to staff, wherever they look. */
import { t } from "./text.js";
import { Icon, html } from "./ui.js";

const WELL = new Set(["ok", "unknown"]);
/** Paper still comes out. */
const SOON = new Set(["paper_low"]);

/** @param {{printers: Record<string, {id: string, state: string}>|undefined}} props */
export function Printers({ printers }) {
  const ill = Object.values(printers ?? {}).filter((each) => !WELL.has(each.state));
  if (!ill.length) return null;
  return html`<div role="status" data-testid="printers"><ul class="printers">
    ${ill.map((each) => html`<li key=${each.id} data-soon=${SOON.has(each.state)}>
      <${Icon} name="printer" size=${18} />
      <span>${t("printer.of", { device: each.id })} <b>${t(`printer.${each.state}`)}</b></span></li>`)}
  </ul></div>`;
}

/** Which inline form is open between the ticket and the pad: no dialog ever covers the work. */
import { html } from "/static/js/ui.js";

import { CloseCounter, HandOver, Help, Mine, Pause } from "./panels_desk.js";
import { AddService, Cancel, Lower, Outcome, Park, Priority, Reinstate, Roll, StillCalled, Transfer } from "./panels_ticket.js";
import { Choose, Waiting } from "./panels_waiting.js";
import { panel } from "./store.js";

/** @typedef {import("./store.js").Panel} Panel */

/** @type {Record<string, (props: {ask: Panel}) => any>} */
const PANELS = {
  outcome: Outcome,
  called: StillCalled,
  transfer: Transfer,
  park: Park,
  pause: Pause,
  waiting: Waiting,
  choose: Choose,
  reinstate: Reinstate,
  cancel: Cancel,
  lower: Lower,
  priority: Priority,
  "add-service": AddService,
  roll: Roll,
  "hand-over": HandOver,
  mine: Mine,
  close: CloseCounter,
  help: Help,
};

export function OpenPanel() {
  const ask = panel.value;
  const Body = ask && PANELS[ask.kind];
  return Body ? html`<${Body} ask=${ask} key=${`${ask.kind}-${ask.ticket?.id ?? ""}`} />` : null;
}

/** Everything that happened to one ticket, and who was called before it. */
import { clock, ticketNumber } from "/static/js/format.js";
import { t } from "/static/js/text.js";
import { Icon, html } from "/static/js/ui.js";

import { actorWords } from "./audit_words.js";
import { go, story } from "./explore_data.js";
import { Failed, Skeleton } from "./explore_parts.js";
import { counterName, dayText } from "./explore_words.js";
import { isQuiet, told } from "./story_words.js";
import { view } from "./store.js";
import { queueName } from "./words.js";

/** @typedef {import("./rows.js").Story} Story */
/** @typedef {import("./rows.js").StoryEvent} StoryEvent */

/** What the timeline shows with a mark. @type {Record<string, string>} */
const ICONS = {
  TicketIssued: "ticket",
  TicketCalled: "megaphone",
  TicketRecalled: "bell-ring",
  ServiceStarted: "play",
  ServiceCompleted: "circle-check",
  NoShowRecorded: "user-x",
  TicketTransferred: "arrow-right-left",
  TicketParked: "circle-pause",
  TicketResumed: "rotate-ccw",
  TicketReinstated: "rotate-ccw",
  TicketCancelled: "ban",
  RatingGiven: "star",
  FollowUpOpened: "message-square-warning",
  StepUndone: "undo-2",
  SlipPrinted: "printer",
  SlipPrintFailed: "triangle-alert",
};

/** Numbers beyond this are counted. */
const MOST_NUMBERS = 30;

/** @param {{state: import("./explore_state.js").State}} props */
export function StoryView({ state }) {
  const { found, isLoading, trouble } = story.value;
  const shown = found?.ticket === state.ticket ? found : null;
  return html`<section class="card explore-card story" aria-busy=${isLoading} aria-labelledby="explore-story">
      <header class="explore-head">
        <button type="button" class="quiet-button" data-testid="back" onClick=${() => go({ view: "visits" })}><${Icon} name="arrow-left" size=${16} />${t("explore.back_to_visits")}</button>
        <h2 id="explore-story">${shown ? t("story.title", { number: ticketNumber(shown.number) }) : t("story.title_unknown")}</h2>
        ${shown && html`<span class="unit">${queueName(shown.queue)} · ${dayText(shown.events[0].at, zone())}</span>`}
      </header>
      ${shown && !trouble && html`<${Told} story=${shown} />`}
    </section>
    ${trouble && html`<${Failed} trouble=${trouble} />`}
    ${!shown && !trouble && html`<${Skeleton} rows=${10} hasChart=${false} />`}`;
}

const zone = () => view.value?.branch.time_zone ?? "UTC";

/** @param {{story: Story}} props */
function Told({ story: one }) {
  return html`<div class="story-parts">
    <ol class="timeline" data-testid="timeline">${one.events.map((event) => html`<${Happened} key=${event.seq} event=${event} story=${one} />`)}</ol>
    <aside class="order">
      <h3>${t("story.order")}</h3>
      ${!one.events.some((event) => event.type === "TicketCalled") ? html`<p>${t("story.never_called")}</p>` : html`<${Order} story=${one} />`}
    </aside>
  </div>`;
}

/** @param {{story: Story}} props */
function Order({ story: one }) {
  return html`<p>${one.ahead.length === 0 ? t("story.none_ahead") : t("story.were_ahead", { n: one.ahead.length })}</p>
    ${one.ahead.length > 0 && html`<${Numbers} numbers=${one.ahead} />`}
    <p>${one.overtaken_by.length === 0 ? t("story.not_overtaken") : t("story.overtaken", { n: one.overtaken_by.length })}</p>
    ${one.overtaken_by.length > 0 && html`<${Numbers} numbers=${one.overtaken_by} />
      <p class="hint">${t("story.overtaken_why")}</p>`}`;
}

/** @param {{numbers: string[]}} props */
function Numbers({ numbers }) {
  const rest = numbers.length - MOST_NUMBERS;
  return html`<p class="numbers-list">${numbers.slice(0, MOST_NUMBERS).map((one) => html`<span key=${one}>${ticketNumber(one)}</span>`)}${rest > 0 && ` ${t("story.more", { n: rest })}`}</p>`;
}

/**
 * Who did it: the account or device by its name, and at a counter whom it had called the ticket for.
 *
 * @param {StoryEvent} event
 * @param {Story} one
 */
function who(event, one) {
  const [kind, id] = event.actor.split(":");
  const calls = one.events.filter((other) => other.seq <= event.seq && other.payload.officer);
  const officer = calls.findLast((other) => other.payload.counter === id)?.payload.officer;
  if (kind === "counter") return [officer, counterName(id)].filter(Boolean).join(" · ");
  // A citizen's phone has no name but the ticket's id.
  const { words, code } = actorWords(kind === "ticket" ? kind : event.actor, one.names);
  return words || code;
}

/** @param {{event: StoryEvent, story: Story}} props */
function Happened({ event, story: one }) {
  const { what, why } = told(event);
  const minutes = Math.floor((Date.parse(event.at) - Date.parse(one.events[0].at)) / 60_000);
  return html`<li class=${isQuiet(event) ? "quiet" : ""} data-type=${event.type}>
    <span class="story-at"><b>${clock(event.at, zone())}:${event.at.slice(17, 19)}</b>${minutes > 0 && html`<small>${t("story.after", { n: minutes })}</small>`}</span>
    <span class="story-mark"><${Icon} name=${ICONS[event.type] ?? "info"} size=${17} /></span>
    <div class="story-what"><p><b>${what}</b></p>
      ${why.length > 0 && html`<p>${why.join(" · ")}</p>`}
      <p class="story-who">${who(event, one)}</p></div>
  </li>`;
}

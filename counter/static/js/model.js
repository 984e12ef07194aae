/**
 * What the officer's screen shows, worked out from the tables. Pure.
 *
 * @typedef {import("/static/js/reducer.js").State} State
 * @typedef {{vi: string, en?: string}} Text
 */

/**
 * @typedef {object} TicketRow
 * @property {string} id
 * @property {string} number
 * @property {string} queue
 * @property {string} service
 * @property {string | null} procedure
 * @property {"waiting"|"called"|"serving"|"parked"|"served"|"no_show"|"cancelled"} status
 * @property {string | null} priority
 * @property {boolean} priority_confirmed
 * @property {string} arrival_at
 * @property {string} issued_at
 * @property {string | null} called_at
 * @property {string | null} started_at
 * @property {string | null} ended_at
 * @property {number} calls
 * @property {string | null} counter
 * @property {string | null} officer
 * @property {string | null} rule
 * @property {string} channel
 * @property {string | null} from_counter
 * @property {string | null} to_counter
 * @property {string | null} to_officer
 * @property {string | null} note
 * @property {string | null} park_reason
 * @property {string | null} return_at
 * @property {string} slip
 * @property {string} readiness
 * @property {number} version
 */

/**
 * @typedef {object} CounterRow
 * @property {string} id
 * @property {number} number
 * @property {"closed"|"open"|"paused"} status
 * @property {string[]} queues
 * @property {string | null} officer
 * @property {string} account
 * @property {string} title
 * @property {boolean} auto_call
 * @property {string | null} lease_until
 * @property {string | null} since
 * @property {string | null} pause_reason
 * @property {string | null} return_at
 * @property {string | null} ticket
 * @property {{ticket: string, number: string, rule: string} | null} next
 * @property {number} served
 * @property {number | null} service_s
 * @property {{event: string, ticket: string, number: string, until: string} | null} undo
 * @property {{seq: number, shown: number, spoken: number} | null} announced
 */

/** @typedef {"good"|"long"|"late"} WaitLevel */

const DEFAULT_TARGETS = [15, 30];

/**
 * Tickets this counter may call, in the order expected: each queue in its own line's order,
 * the lines merged by arrival, whoever the server named next in front.
 * @param {State} state
 * @param {CounterRow} counter
 * @returns {TicketRow[]}
 */
export function waitingLine(state, counter) {
  const tickets = state.tables.tickets ?? {};
  const lines = counter.queues.map((queue) =>
    (state.tables.queues?.[queue]?.line ?? [])
      .map((/** @type {string} */ id) => /** @type {TicketRow} */ (tickets[id]))
      .filter((/** @type {TicketRow | undefined} */ ticket) => isFor(ticket, counter)),
  );
  const listed = new Set(lines.flat().map((ticket) => ticket.id));
  const directed = /** @type {TicketRow[]} */ (Object.values(tickets)).filter(
    (ticket) => !listed.has(ticket.id) && isDirectedTo(ticket, counter),
  );
  const merged = mergeByArrival([...lines, directed.sort(byArrival)]);
  const next = merged.find((ticket) => ticket.id === counter.next?.ticket);
  return next ? [next, ...merged.filter((ticket) => ticket !== next)] : merged;
}

/** @param {TicketRow | undefined} ticket @param {CounterRow} counter */
function isFor(ticket, counter) {
  if (!ticket || ticket.status !== "waiting") return false;
  if (!ticket.to_counter && !ticket.to_officer) return true;
  return isDirectedTo(ticket, counter);
}

/** @param {TicketRow} ticket @param {CounterRow} counter */
function isDirectedTo(ticket, counter) {
  if (ticket.status !== "waiting") return false;
  if (ticket.to_counter) return ticket.to_counter === counter.id;
  return Boolean(ticket.to_officer) && ticket.to_officer === counter.officer;
}

/** @param {TicketRow[][]} lines @returns {TicketRow[]} */
function mergeByArrival(lines) {
  const rest = lines.filter((line) => line.length).map((line) => [...line]);
  const merged = [];
  while (rest.length) {
    const first = rest.reduce((a, b) => (byArrival(b[0], a[0]) < 0 ? b : a));
    merged.push(/** @type {TicketRow} */ (first.shift()));
    if (!first.length) rest.splice(rest.indexOf(first), 1);
  }
  return merged;
}

/** @param {TicketRow} a @param {TicketRow} b */
function byArrival(a, b) {
  return Date.parse(a.arrival_at) - Date.parse(b.arrival_at);
}

/**
 * Tickets of this counter's queues whose slip failed, the earliest first.
 * @param {State} state
 * @param {CounterRow} counter
 * @returns {TicketRow[]}
 */
export function unprinted(state, counter) {
  return inState(state, counter, "parked").filter(isUnprinted).sort(byArrival);
}

/** @param {TicketRow} ticket */
function isUnprinted(ticket) {
  return ticket.park_reason === "unprinted";
}

/**
 * Parked tickets of this counter's queues, the longest parked first.
 * @param {State} state
 * @param {CounterRow} counter
 * @returns {TicketRow[]}
 */
export function parked(state, counter) {
  return inState(state, counter, "parked").filter((one) => !isUnprinted(one)).sort(byArrival);
}

/**
 * Today's no-shows of this counter's queues, the latest first.
 * @param {State} state
 * @param {CounterRow} counter
 * @returns {TicketRow[]}
 */
export function noShows(state, counter) {
  return inState(state, counter, "no_show").sort(
    (a, b) => Date.parse(b.ended_at ?? b.arrival_at) - Date.parse(a.ended_at ?? a.arrival_at),
  );
}

/** @param {State} state @param {CounterRow} counter @param {string} status @returns {TicketRow[]} */
function inState(state, counter, status) {
  const rows = /** @type {TicketRow[]} */ (Object.values(state.tables.tickets ?? {}));
  return rows.filter(
    (row) => row.status === status && (row.counter === counter.id || counter.queues.includes(row.queue)),
  );
}

/**
 * The ticket at the counter: called or being served.
 * @param {State} state
 * @param {CounterRow} counter
 * @returns {TicketRow | null}
 */
export function currentTicket(state, counter) {
  const row = state.tables.tickets?.[counter.ticket ?? ""];
  return /** @type {TicketRow | null} */ (row ?? null);
}

/**
 * The service a ticket is for, as configured.
 * @param {State} state
 * @param {{service?: string | null, queue?: string | null}} ticket
 */
export function serviceOf(state, ticket) {
  const services = state.catalogue.services ?? [];
  return (
    services.find((/** @type {{id: string}} */ one) => one.id === ticket.service) ??
    services.find((/** @type {{queue: string}} */ one) => one.queue === ticket.queue) ??
    null
  );
}

/**
 * @param {State} state
 * @param {string | null} id
 */
export function procedureOf(state, id) {
  return (state.catalogue.procedures ?? []).find((/** @type {{id: string}} */ p) => p.id === id) ?? null;
}

/**
 * How a service may end.
 * @param {State} state
 * @param {string} service
 * @returns {{code: string, name: Text}[]}
 */
export function outcomesOf(state, service) {
  return (state.catalogue.outcomes ?? []).filter(
    (/** @type {{services?: string[]}} */ outcome) =>
      !outcome.services?.length || outcome.services.includes(service),
  );
}

/**
 * How long a wait is, against the branch's internal targets.
 * @param {number} seconds
 * @param {number[]} [targets] minutes
 * @returns {WaitLevel}
 */
export function waitLevel(seconds, targets = DEFAULT_TARGETS) {
  const [first, second] = targets;
  if (seconds >= second * 60) return "late";
  return seconds >= first * 60 ? "long" : "good";
}

/**
 * Seconds since an instant; 0 for one that is missing or still to come.
 * @param {string | null | undefined} instant
 * @param {number} now ms
 */
export function since(instant, now) {
  const at = Date.parse(instant ?? "");
  return Number.isNaN(at) ? 0 : Math.max(0, (now - at) / 1000);
}

/**
 * Whether a wall has taken up the counter's last call.
 * @param {CounterRow} counter
 * @param {number} calledSeconds since the call
 * @returns {"none"|"waiting"|"shown"|"spoken"|"missing"}
 */
export function announcedState(counter, calledSeconds) {
  const { announced } = counter;
  if (announced?.spoken) return "spoken";
  if (announced?.shown) return "shown";
  if (!counter.ticket && !announced) return "none";
  return calledSeconds > 3 ? "missing" : "waiting";
}

/**
 * Whether an officer has the counter: it is open, or paused, under their account.
 * @param {CounterRow | null} counter
 * @param {{account: string} | null} officer
 */
export function isHeldBy(counter, officer) {
  return counter !== null && officer !== null && counter.status !== "closed" && counter.account === officer.account;
}

/**
 * Which of the counter's actions make sense now.
 * @param {CounterRow} counter
 * @param {TicketRow | null} ticket
 */
export function possible(counter, ticket) {
  const isOpen = counter.status === "open";
  const isCalled = ticket?.status === "called";
  const isServing = ticket?.status === "serving";
  const hasTicket = isCalled || isServing;
  return {
    next: isOpen && !isCalled,
    start: isCalled,
    complete: isServing,
    recall: isCalled,
    transfer: hasTicket,
    "no-show": isCalled,
    park: hasTicket,
    "add-service": isServing,
    pause: isOpen && !hasTicket,
    close: counter.status !== "closed" && !hasTicket,
    choose: isOpen && !hasTicket,
    roll: isOpen,
    "hand-over": counter.status !== "closed",
    undo: Boolean(counter.undo),
  };
}

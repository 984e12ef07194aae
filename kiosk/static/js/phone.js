/**
 * Following a ticket on a phone. The page is whole without this file; with it, the place in the
 * line moves by itself and the phone rings when the turn is near. The socket library comes after
 * the page has been drawn. When the ticket's own state changes, the page is fetched anew.
 *
 * @typedef {{vi: string, en: string}} Words
 * @typedef {{ahead: number, text: Words|null, as_of: Words|null, grew: Words|null}} Wait from so many
 *   people ahead, until the next one; `as_of` when it was reckoned, `grew` why it is longer now
 * @typedef {{line: string[], waits: Wait[], serving: {number: string, counter: number}[]}} Queue
 * @typedef {{number: string, queue: string, status: string, counter: number|null, rated: boolean,
 *   can_rate: boolean, direction: string|null}} Mine
 */
const context = JSON.parse(document.getElementById("context")?.textContent ?? "{}");
const language = /** @type {"vi"|"en"} */ (document.documentElement.lang);
const NEAR = 2;
const THIN_SPACE = "\u2009";

/** @type {Record<string, string>} */
const words = context.words;
let mine = /** @type {Mine} */ (context.view.ticket);
/** @type {Queue|null} */
let queue = null;
let ahead = /** @type {number|null} */ (context.view.ahead);
let hasRungNear = ahead !== null && ahead <= NEAR;
let isFetching = false;

/**
 * @param {string} key
 * @param {Record<string, string|number|null>} facts
 */
function t(key, facts = {}) {
  const sentence = (facts.n === 1 && words[`${key}.one`]) || words[key];
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
}

/**
 * @param {string} id
 * @param {string} text
 */
function write(id, text) {
  const element = document.getElementById(id);
  if (element && element.textContent !== text) element.textContent = text;
}

/** @param {string} number */
const spaced = (number) => number[0] + THIN_SPACE + number.slice(1);

/** Take over what a snapshot or a change says about this ticket and its queue. */
function take(/** @type {any} */ tables) {
  const before = mine;
  mine = tables.tickets?.mine ?? mine;
  queue = tables.queues?.[mine.queue] ?? queue;
  if (mine.status !== before.status || mine.counter !== before.counter || mine.rated !== before.rated) {
    if (mine.status === "called") ring(t("phone.alert_called", facts()));
    void fetchPage();
  } else if (mine.status === "waiting") showPlace();
}

function facts() {
  return { number: spaced(mine.number), counter: mine.counter };
}

function showPlace() {
  const place = queue?.line.indexOf(mine.number) ?? -1;
  if (!queue || place < 0) return;
  ahead = place;
  write("ahead", String(ahead));
  write("ahead-words", t("phone.ahead", { n: ahead }));
  const waits = queue.waits.filter((each) => each.ahead <= place);
  const told = waits[waits.length - 1];
  write("wait", told?.text?.[language] ?? t("phone.no_estimate"));
  write("as-of", told?.as_of?.[language] ?? "");
  write("grew", told?.grew?.[language] ?? "");
  write("near", t(ahead <= NEAR ? "phone.near" : "phone.stay_near"));
  const called = queue.serving.slice(0, 3).map(
    ({ number, counter }) => t("phone.at_counter", { number: spaced(number), counter }),
  );
  write("serving", called.join("\n") || t("phone.nobody_called"));
  if (ahead <= NEAR && !hasRungNear) {
    hasRungNear = true;
    ring(t("phone.alert_near", facts()));
  }
}

/** @param {string} sentence */
function ring(sentence) {
  navigator.vibrate?.([400, 200, 400, 200, 400]);
  document.title = sentence;
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    new Notification(sentence, { tag: "motcua-turn", icon: "/static/mark.svg" });
  } catch {
    // Some phones allow notifications from service workers only; they have vibrated.
  }
}

/** Put the server's own drawing of the ticket in place; a form in use is left alone. */
async function fetchPage() {
  if (isFetching) return;
  isFetching = true;
  try {
    const answer = await fetch(`/t/${context.token}?language=${language}`, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const drawn = fresh.getElementById("ticket");
    const isRating = document.getElementById("rating") && fresh.getElementById("rating");
    if (drawn && !isRating) {
      document.getElementById("ticket")?.replaceWith(document.adoptNode(drawn));
      offerNotices();
    }
  } catch {
    // The link is down: the badge says so, and the next snapshot tries again.
  } finally {
    isFetching = false;
  }
}

/** Notifications exist on secure pages only; nothing is offered that cannot be kept. */
function offerNotices() {
  const button = document.getElementById("notify");
  if (!button || !isSecureContext || !("Notification" in window)) return;
  button.hidden = Notification.permission !== "default";
  button.addEventListener("click", async () => {
    if ((await Notification.requestPermission()) === "granted") {
      write("notify-words", t("phone.notify_on"));
    }
    button.hidden = Notification.permission !== "granted";
  });
}

/** @param {boolean} isLive */
function showLink(isLive) {
  const badge = document.getElementById("link");
  if (!badge) return;
  badge.hidden = false;
  badge.dataset.status = isLive ? "live" : "lost";
  badge.textContent = t(isLive ? "link.live" : "link.reconnecting");
}

async function follow() {
  const { io } = await import(context.socket);
  const socket = io("/ticket", {
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    auth: { token: context.token, language },
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 10_000,
  });
  let seq = -1;
  const adopt = (/** @type {any} */ snapshot) => {
    if (!snapshot?.tables) return;
    seq = snapshot.seq;
    take(snapshot.tables);
    showLink(true);
  };
  const refresh = async () => {
    if (!socket.connected) return socket.connect();
    try {
      adopt(await socket.timeout(5_000).emitWithAck("snapshot", {}));
    } catch {
      showLink(false);
    }
  };
  socket.on("snapshot", adopt);
  socket.on("change", (/** @type {any} */ change) => {
    if (change.seq <= seq) return;
    if (change.after > seq) void refresh();
    else {
      seq = change.seq;
      take(change.rows);
    }
  });
  socket.on("pulse", (/** @type {any} */ pulse) => (pulse.seq > seq ? refresh() : take(pulse.rows ?? {})));
  socket.on("disconnect", () => showLink(false));
  socket.on("connect_error", () => showLink(false));
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}

offerNotices();
if (["waiting", "called", "serving", "parked", "unprinted", "no_show"].includes(mine.status)) {
  addEventListener("load", () => setTimeout(follow, 200));
}

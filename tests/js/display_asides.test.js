import assert from "node:assert/strict";
import { beforeEach, afterEach, mock, test } from "node:test";

import { makeAnnouncer } from "../../display/static/js/announcer.js";
import { closingAt, isOpen, makeAsides } from "../../display/static/js/asides.js";

const START = Date.parse("2026-11-24T16:14:30+07:00");
const DOORS = {
  sessions: [["2026-11-24T07:30:00+07:00", "2026-11-24T17:00:00+07:00"]],
  next_doors: null,
  last_ticket: "2026-11-24T16:30:00+07:00",
};
const said = (text) => ({ text: { vi: text, en: "" }, words: { vi: [text] }, languages: ["vi"] });

/** Sentences that began while another one was read. */
const overlaps = [];

/** A wall with its announcer and asides; every sentence takes four seconds, a second reading too. */
function wall({ zone = () => true, doors = DOORS } = {}) {
  const spoken = [];
  const lacking = [];
  let hushes = 0;
  const reading = new Set();
  const known = { heardAt: Date.now(), isQuiet: false, sayable: "whole", posted: new Set(), looks: 0, clock: 0 };
  const read = async (turn) => {
    // What is thrown here would be taken for a sentence that failed.
    if (reading.size > 0) overlaps.push(turn.text.vi);
    const before = hushes;
    const entry = { text: turn.text.vi, at: Date.now(), isWhole: false };
    spoken.push(entry);
    reading.add(entry);
    for (let n = 0; n < 40 && before === hushes; n += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    reading.delete(entry);
    entry.isWhole = before === hushes;
    return entry.isWhole;
  };
  const announcer = makeAnnouncer({
    now: () => Date.now(),
    serverNow: () => Date.now() + known.clock,
    isOurs: zone,
    announceAloud: async (turn) => ((await read(turn)) ? "spoken" : "muted"),
    say: read,
    hush: () => {
      hushes += 1;
      reading.clear();
    },
    painted: async () => {},
    report: (event, seq) => assert.ok(seq > 0 && event),
  });
  const asides = makeAsides({
    serverNow: () => Date.now() + known.clock,
    silentMs: () => Date.now() - known.heardAt,
    doors: () => doors,
    sentences: () => ({ closing: said("closing"), closing_minutes: 15, outage: said("outage") }),
    isPosted: (seq) => known.posted.has(seq),
    isQuiet: () => known.isQuiet,
    isOurs: zone,
    say: announcer.say,
    unsay: announcer.unsay,
    look: async () => {
      known.looks += 1;
      return known.sayable;
    },
    lacks: (words) => lacking.push(words.text.vi),
  });
  const change = (one) => {
    announcer.onChange(one);
    asides.onChange(one);
  };
  const hear = () => {
    known.heardAt = Date.now();
    asides.heard();
  };
  /** Seconds pass; the server is heard, or not. */
  const pass = async (seconds, isHeard = true) => {
    for (let n = 0; n < seconds * 10; n += 1) {
      mock.timers.tick(100);
      if (isHeard && n % 50 === 0) hear();
      if (n % 10 === 9) asides.tick();
      for (let m = 0; m < 12; m += 1) await Promise.resolve();
    }
  };
  return { announcer, asides, change, hear, known, lacking, pass, spoken, texts: () => spoken.map((one) => one.text) };
}

let seq = 0;
const announce = (kind, number, counter = 3, more = {}) => {
  seq += 1;
  const expires_at = new Date(Date.now() + 120_000).toISOString();
  return { seq, kind, number, counter, ...said(`${kind} ${number}`.trim()), expires_at, ...more };
};

beforeEach(() => {
  seq = 0;
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: START });
});
afterEach(() => {
  mock.timers.reset();
  assert.deepEqual(overlaps, []);
});

test("the last ticket is announced once, when its time passes before the wall's eyes", async () => {
  const { known, pass, texts } = wall();
  await pass(29);
  assert.deepEqual(texts(), []);
  await pass(2);
  assert.deepEqual(texts(), ["closing"]);
  // The server's clock steps back a little with each message.
  known.clock = -3_000;
  await pass(120);
  assert.deepEqual(texts(), ["closing"]);
});

test("a page that comes after that time, as after a reload, does not say it", async () => {
  mock.timers.setTime(START + 31_000);
  const { pass, texts } = wall();
  await pass(60);
  assert.deepEqual(texts(), []);
});

test("nor does a wall that has heard nothing for a minute, one that slept, or one that is dark", async () => {
  const cut = wall({ doors: { ...DOORS, sessions: [] } });
  cut.known.heardAt = START - 60_000;
  await cut.pass(60, false);
  assert.deepEqual(cut.texts(), []);
  const asleep = wall();
  mock.timers.setTime(START);
  await asleep.pass(1);
  mock.timers.setTime(START + 95_000);
  await asleep.pass(10);
  assert.deepEqual(asleep.texts(), []);
  mock.timers.setTime(START);
  const dark = wall();
  dark.known.isQuiet = true;
  await dark.pass(60);
  assert.deepEqual(dark.texts(), []);
});

test("a day without a last ticket has no such time", () => {
  assert.equal(closingAt(DOORS, 15), Date.parse("2026-11-24T16:15:00+07:00"));
  for (const doors of [undefined, { ...DOORS, last_ticket: null }]) assert.ok(Number.isNaN(closingAt(doors, 15)));
  assert.ok(isOpen(DOORS, START) && !isOpen(undefined, START) && !isOpen(DOORS, Date.parse("2026-11-24T17:00:00+07:00")));
});

test("an outage is said after a minute of silence, then every five minutes, and never outside the hours", async () => {
  const { pass, spoken, texts } = wall({ doors: { ...DOORS, last_ticket: null } });
  await pass(10);
  await pass(55, false);
  assert.deepEqual(texts(), []);
  await pass(10, false);
  assert.deepEqual(texts(), ["outage"]);
  await pass(700, false);
  assert.equal(spoken.length, 3);
  for (const n of [1, 2]) assert.ok(spoken[n].at - spoken[n - 1].at >= 300_000);
  await pass(2_400, false);
  assert.equal(spoken.filter((one) => one.at >= Date.parse("2026-11-24T17:00:00+07:00")).length, 0);
});

test("when the server is back the outage stops in its middle, and a second cut within five minutes is silent", async () => {
  const { announcer, hear, pass, spoken, texts } = wall({ doors: { ...DOORS, last_ticket: null } });
  await pass(1);
  for (let n = 0; n < 90 && spoken.length === 0; n += 1) await pass(1, false);
  await pass(1, false);
  assert.equal(announcer.turns.value.current?.kind, "outage");
  hear();
  assert.equal(announcer.turns.value.current, null);
  await pass(1);
  assert.equal(spoken[0].isWhole, false);
  await pass(120, false);
  assert.deepEqual(texts(), ["outage"]);
});

test("what is about no ticket waits for both readings of a call, and a call cuts it off and is first", async () => {
  const { change, pass, spoken } = wall();
  change({ announce: announce("call", "A001") });
  await pass(1);
  change({ announce: announce("pause", ""), event: { type: "CounterPaused", counter: "c3" } });
  await pass(11);
  assert.deepEqual(spoken.map((one) => one.text), ["call A001", "call A001", "pause"]);
  assert.ok(spoken[1].isWhole, "the second reading is whole");
  change({ announce: announce("call", "A002") });
  assert.equal(spoken.at(-1).text, "call A002", "at once");
  await pass(25);
  assert.deepEqual(spoken.map((one) => one.text).slice(2), ["pause", "call A002", "call A002", "pause", "closing"]);
  assert.deepEqual(spoken.map((one) => one.isWhole), [true, true, false, true, true, true, true]);
});

test("a pause of another zone is not told, and one that is over is taken back", async () => {
  const { announcer, change, pass, texts } = wall({ zone: (counter) => counter === 3 });
  change({ announce: announce("pause", "", 9), event: { type: "CounterPaused", counter: "c9" } });
  assert.equal(announcer.turns.value.current, null);
  change({ announce: announce("pause", "", 3), event: { type: "CounterPaused", counter: "c3" } });
  assert.equal(announcer.turns.value.current.kind, "pause");
  change({ event: { type: "CounterResumed", counter: "c9" } });
  assert.equal(announcer.turns.value.current.kind, "pause");
  change({ event: { type: "CounterResumed", counter: "c3" } });
  assert.equal(announcer.turns.value.current, null);
  await pass(20);
  assert.deepEqual(texts(), ["pause"]);
});

test("a forward is told once and leaves; it is taken back by its undo and by the call at its counter", async () => {
  const { announcer, change, pass, texts } = wall({ zone: (counter) => counter === 3 });
  const forward = (ticket, more = {}) => change({
    announce: announce("forward", `B00${ticket}`, 3, { from_counter: 8, ...more }),
    event: { type: "TicketTransferred", ticket: `t${ticket}` },
    rows: { calls: { [`t${ticket}`]: null } },
  });
  forward(1);
  assert.equal(announcer.turns.value.current.number, "B001");
  // The acknowledgement of a wall, and the rows that come with another event of the same step.
  change({ event: { type: "CallAnnounced", ticket: "t1" }, rows: { calls: { t1: null } } });
  assert.equal(announcer.turns.value.current.number, "B001");
  await pass(12);
  assert.equal(announcer.turns.value.current, null);
  assert.deepEqual(texts(), ["forward B001"]);
  forward(2);
  await pass(1);
  change({ event: { type: "StepUndone", ticket: "t1" } });
  assert.equal(announcer.turns.value.current.number, "B002");
  change({ event: { type: "StepUndone", ticket: "t2" } });
  assert.equal(announcer.turns.value.current, null);
  forward(3, { aloud: false });
  change({ event: { type: "TicketCalled", ticket: "t3" }, announce: announce("call", "B003") });
  assert.equal(announcer.turns.value.current.kind, "call");
  await pass(15);
  assert.deepEqual(texts(), ["forward B001", "forward B002", "call B003", "call B003"]);
  const away = announce("forward", "B004", 9, { from_counter: 8 });
  change({ announce: away, event: { type: "TicketTransferred", ticket: "t4" } });
  assert.ok(announcer.turns.value.waiting.length === 0 && announcer.turns.value.current.number === "B003");
});

test("a last call is not swallowed by the recall that is being read", async () => {
  const { change, pass, texts } = wall();
  change({ announce: announce("recall", "A001") });
  await pass(2);
  change({ announce: announce("last_call", "A001") });
  await pass(20);
  assert.ok(texts().includes("last_call A001"));
});

test("a notice is said once, when its clip is there and it still stands", async () => {
  const { change, known, pass, texts } = wall({ doors: null });
  known.sayable = "not";
  change({ announce: announce("notice", "", 0), event: { type: "NoticePosted" } });
  known.posted.add(1);
  await pass(20);
  assert.deepEqual(texts(), []);
  assert.ok(known.looks >= 5 && known.looks <= 8, `${known.looks}`);
  known.sayable = "first";
  await pass(4);
  assert.deepEqual(texts(), [], "the other language has some time");
  await pass(10);
  assert.deepEqual(texts(), ["notice"]);
  await pass(200);
  assert.deepEqual(texts(), ["notice"]);
});

test("a notice that is taken down is not said, nor goes on", async () => {
  const { announcer, change, known, pass, texts } = wall({ doors: null });
  change({ announce: announce("notice", "", 0) });
  known.posted.add(1);
  change({ rows: { notices: { 1: null } } });
  await pass(20);
  assert.deepEqual(texts(), []);
  change({ announce: announce("notice", "", 0) });
  known.posted.add(2);
  await pass(3);
  assert.equal(announcer.turns.value.current.kind, "notice");
  change({ rows: { notices: { 2: null } } });
  assert.equal(announcer.turns.value.current, null);
});

test("a clip that never comes blocks nothing and is reported", async () => {
  const { change, known, lacking, pass, texts } = wall({ doors: null });
  known.sayable = "not";
  change({ announce: announce("notice", "", 0) });
  known.posted.add(1);
  await pass(30);
  change({ announce: announce("call", "A001") });
  await pass(100);
  assert.deepEqual(texts(), ["call A001", "call A001"]);
  assert.deepEqual(lacking, ["notice"]);
  known.sayable = "whole";
  await pass(20);
  assert.equal(texts().length, 2, "two minutes are over");
});

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { makeAnnouncer } from "../../display/static/js/announcer.js";

/** A hall whose sentence takes six seconds; `said` is what was spoken, with its begin and end. */
function hall({ zone = () => true } = {}) {
  const said = [];
  const reports = [];
  let isSpeaking = false;
  const speak = (seconds) => async (turn) => {
    assert.ok(!isSpeaking, "two sentences at once");
    isSpeaking = true;
    const began = Date.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    isSpeaking = false;
    said.push({ number: turn.number, began, ended: Date.now() });
    return seconds === 6 ? "spoken" : true;
  };
  const announcer = makeAnnouncer({
    now: () => Date.now(),
    serverNow: () => Date.now(),
    isOurs: zone,
    announceAloud: speak(6),
    say: speak(5),
    hush: () => {},
    painted: async () => {},
    report: (event, seq) => reports.push([event, seq]),
  });
  return { announcer, said, reports };
}

const call = (seq, counter = (seq % 16) + 1) => ({
  announce: {
    seq,
    kind: "call",
    number: `A${String(seq).padStart(3, "0")}`,
    counter,
    text: { vi: "", en: "" },
    expires_at: new Date(Date.now() + 300_000).toISOString(),
  },
});

async function pass(ms) {
  for (let passed = 0; passed < ms; passed += 500) {
    mock.timers.tick(500);
    for (let n = 0; n < 10; n += 1) await Promise.resolve();
  }
}

test("thirty calls in one second are all spoken whole, one after the other, in order", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-11-24T02:00:00Z") });
  const { announcer, said, reports } = hall();
  for (let seq = 1; seq <= 30; seq += 1) {
    announcer.onChange(call(seq));
    await pass(33);
  }
  await pass(400_000);
  assert.deepEqual([...new Set(said.map((one) => one.number))], Array.from({ length: 30 }, (_, n) => call(n + 1).announce.number));
  for (let n = 1; n < said.length; n += 1) assert.ok(said[n].began >= said[n - 1].ended);
  // The last one is alone and is said twice.
  assert.equal(said.length, 31);
  const spoken = reports.filter(([event]) => event === "spoken").map(([, seq]) => seq);
  assert.deepEqual(spoken, Array.from({ length: 30 }, (_, n) => n + 1));
  mock.timers.reset();
});

test("calls of another zone are neither shown nor spoken nor reported", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-11-24T02:00:00Z") });
  const { announcer, said, reports } = hall({ zone: (counter) => counter < 3 });
  announcer.onChange(call(1, 2));
  announcer.onChange(call(2, 5));
  await pass(60_000);
  assert.deepEqual([...new Set(said.map((one) => one.number))], ["A001"]);
  assert.deepEqual([...new Set(reports.map(([, seq]) => seq))], [1]);
  assert.equal(announcer.turns.value.waiting.length, 0);
  mock.timers.reset();
});

test("a call that is taken back is hushed, and so is the second reading of one that is called again", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-11-24T02:00:00Z") });
  let hushed = 0;
  const announcer = makeAnnouncer({
    now: () => Date.now(),
    serverNow: () => Date.now(),
    isOurs: () => true,
    announceAloud: async () => "spoken",
    say: async () => true,
    hush: () => (hushed += 1),
    painted: async () => {},
    report: () => {},
  });
  announcer.learn({ t1: { number: "A001" } });
  announcer.onChange(call(1));
  await pass(9_000);
  const again = call(2, 2);
  announcer.onChange({ announce: { ...again.announce, kind: "recall", number: "A001" } });
  await pass(500);
  assert.equal(hushed, 1);
  announcer.onChange({ rows: { calls: { t1: null } } });
  assert.equal(hushed, 2);
  assert.equal(announcer.turns.value.current, null);
  mock.timers.reset();
});

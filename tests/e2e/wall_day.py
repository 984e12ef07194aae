"""A day of the demo's office on a wall, many times as fast as it is lived.

The calls are those of a made-up day (`server/simulate`): when, at which counter, from which queue.
They are made again through the REST of a running office, at their distances in time; the wall is a
page in fast time (`fast_wall.py`). The office's own clock stands at nine, when every queue is open:
each person takes a number right before being called.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import CDPSession, Page

from server import branches, database, logbook, queries
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.simulate import history
from tests.e2e import fast_wall
from tests.live_office import BRANCH, MORNING, Office, prepare

TIMES: Final = 60
#: Longer without a call is passed over: the break at noon.
_LONGEST_GAP: Final = timedelta(minutes=6)
_DRAINED_EVERY_S: Final = 5.0
#: Every number that took the gold block, in that order.
WATCH_BOARD: Final = """
(() => {
  window.shown = [];
  const look = () => {
    const row = document.querySelector("[data-turn=now]")?.closest("[data-number]");
    const number = row?.dataset.number;
    if (number && number !== window.shown.at(-1)) window.shown.push(number);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""


@dataclass(frozen=True, slots=True)
class Call:
    """Made at `at`, at this counter, for somebody in the first of its own queues."""

    at: datetime
    counter: int
    queue: str


@dataclass
class Lived:
    """What came of it: calls as made, numbers as shown and as spoken, and where sounds ran into another."""

    calls: list[tuple[str, int]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    clips: list[fast_wall.Played] = field(default_factory=list)


def calls_of_a_day() -> list[Call]:
    """Every call of a made-up Tuesday of the demo's office."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        engine = database.connect(f"sqlite:///{folder}/motcua.db")
        known = branches.require(engine, BRANCH)
        evening = datetime.fromisoformat(MORNING).replace(hour=19)
        history.write(engine, known, 0, until=evening, seed=5, progress=lambda *_: None)
        try:
            with queries.reading(engine) as connection:
                return list(_calls(logbook.read(connection, BRANCH), known))
        finally:
            engine.dispose()


def _calls(recorded: Iterable[ev.Recorded], known: Catalogue) -> Iterator[Call]:
    of = {counter.id: counter for counter in known.counters}
    for one in recorded:
        if isinstance(one.event, ev.TicketCalled):
            counter = of[one.event.counter]
            yield Call(one.at, counter.number, counter.queues[0])


def live(
    office: Office, page: Page, calls: list[Call], lived: Lived | None = None, times: int = TIMES
) -> Lived:
    """Make the calls, after those of `lived`, and wait until the wall has come to the end of them."""
    lived = lived or Lived()
    now, due = calls[0].at, time.monotonic()
    busy = {counter for _, counter in lived.calls}
    drained = due
    for call in calls:
        due += min(call.at - now, _LONGEST_GAP).total_seconds() / times
        now = call.at
        page.wait_for_timeout(max(1.0, (due - time.monotonic()) * 1000))
        _make(office, call, busy, lived)
        if time.monotonic() - drained > _DRAINED_EVERY_S:
            drained = time.monotonic()
            _drain(page, lived)
    for _ in range(600):
        before = len(lived.clips)
        page.wait_for_timeout(1_000)
        _drain(page, lived)
        if len(lived.clips) == before and lived.shown[-1:] == [lived.calls[-1][0]]:
            break
    return lived


def _make(office: Office, call: Call, busy: set[int], lived: Lived) -> None:
    if call.counter in busy:
        for verb, body in (("start", {}), ("complete", {"outcome": "huong-dan"})):
            status, answer = office.desk(verb, body, call.counter)
            assert status == 200, answer
    else:
        assert office.desk("open", {}, call.counter)[0] == 200
        busy.add(call.counter)
    body = {"queue": call.queue, "channel": "api"}
    status, answer = office.call("api", "POST", f"/branches/{BRANCH}/tickets", body)
    assert status == 201, answer
    status, answer = office.desk("call-next", {}, call.counter)
    assert status == 200, answer
    assert answer["ticket"], call
    lived.calls.append((answer["ticket"]["number"], call.counter))


def _drain(page: Page, lived: Lived) -> None:
    """What the page noted for the test is taken out of it, or it would be its memory that grows."""
    for number in page.evaluate("window.shown.splice(0)"):
        if lived.shown[-1:] != [number]:
            lived.shown.append(number)
    lived.clips += [
        fast_wall.Played(n["clip"], n["at"], n["until"], n["late"], n["isCut"])
        for n in page.evaluate("window.played.splice(0)")
    ]


def spoken(lived: Lived, words: dict[str, str]) -> tuple[list[str], list[str]]:
    """The numbers as spoken, second readings left out; and what was wrong: cut, or over another."""
    clips_of = fast_wall.clips_of(lived.calls, words)
    known = {tuple(clips): number for (number, _), clips in zip(lived.calls, clips_of, strict=True)}
    longest = max(map(len, known))
    numbers: list[str] = []
    wrong: list[str] = []
    clips, free = lived.clips, 0.0
    while clips:
        told = [one.clip for one in clips[:longest]]
        size = next((n for n in range(1, longest + 1) if tuple(told[:n]) in known), 0)
        assert size, f"no call begins with {told}"
        reading, clips = clips[:size], clips[size:]
        number = known[tuple(told[:size])]
        is_second = numbers[-1:] == [number]
        is_cut = any(one.is_cut for one in reading)
        # The next call may cut the second reading short, and nothing else.
        if is_cut and not is_second:
            wrong.append(f"{number} was cut")
        if reading[0].at < free:
            wrong.append(f"{number} began over the one before")
        ends = [one.until for one in reading]
        free = 0.0 if is_cut else max(ends)
        if not is_second:
            numbers.append(number)
    return numbers, wrong


def kept(page: Page, session: CDPSession) -> dict[str, float]:
    """What the page holds once rubbish is collected: MB of heap, nodes, listeners, audio nodes."""
    page.wait_for_timeout(2_000)
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    found = session.send("Performance.getMetrics")["metrics"]
    metrics = {one["name"]: one["value"] for one in found}
    return {
        "heap": metrics["JSHeapUsedSize"] / 1e6,
        "nodes": metrics["Nodes"],
        "listeners": metrics["JSEventListeners"],
        "audio": metrics.get("AudioHandlers", 0),
    }

"""Walls in a real Chromium: from the answer to the number on the glass; a week of calls in one page."""

import itertools
import os
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from display.announce import vocabulary
from display.voice import voices
from display.voice.build import Build
from display.voice.shelf import Shelf
from server import branches, database
from tests.bench.call import NOTE
from tests.bench.parts import told
from tests.browser import ARGUMENTS, chromium_path
from tests.e2e import fast_wall, wall_day
from tests.live_office import BRANCH, EARLIER, Office, running

_CALLS = 40
#: So many calls are a week of sixteen counters.
_WEEK = int(os.environ.get("BENCH_CALLS", "20000"))
_COUNTERS = range(1, 6)


def wall() -> None:
    """1, 5 and 20 walls."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        for n in _COUNTERS:
            office.desk("open", {}, n)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=list(ARGUMENTS)
            )
            pages: list[Page] = []
            for many in (1, 5, 20):
                pages += [_wall(browser, office) for _ in range(many - len(pages))]
                pages[0].wait_for_timeout(3000)
                ms = [late for n in range(_CALLS) for late in _painted(office, pages, n)]
                print(f"call acked -> painted on each of {many} walls: {told(ms)}")
            browser.close()


def _wall(browser: Browser, office: Office, *, notes: bool = True) -> Page:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{office.base_url}/display/{BRANCH}#token={office.tokens['display']}")
    page.locator(".wall").wait_for()
    if notes:
        page.evaluate(NOTE)
    return page


def _painted(office: Office, pages: list[Page], n: int) -> Iterator[float]:
    """How long after the answer each wall had painted the number, ms."""
    counter = _COUNTERS[n % len(_COUNTERS)]
    office.issue("ho-tich", channel="api")
    answer = office.desk("call-next", {}, counter)[1]
    acked = pages[0].evaluate("Date.now()")
    # Looked up well after: asking the pages meanwhile would slow them.
    pages[0].wait_for_timeout(400 + 60 * len(pages))
    number = answer["ticket"]["number"]
    for page in pages:
        # On a wall before this clock was read: it counts as at once.
        yield max(0.0, page.evaluate("number => window.painted[number]", number) - acked)
    office.desk("recall", {}, counter)
    office.desk("no-show", {}, counter)


def week() -> None:
    """What a page keeps after a thousand calls, and after a week's."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        queues = _open_numbers(office)
        for n in range(1, 17):
            office.desk("open", {}, n)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=[*ARGUMENTS, "--js-flags=--expose-gc"]
            )
            page = _wall(browser, office, notes=False)
            session = page.context.new_cdp_session(page)
            done = 0
            for stop in (_WEEK // 20, _WEEK // 4, _WEEK // 2, _WEEK):
                _call_much(office, queues, stop - done, page)
                done = stop
                heap, nodes = _kept(page, session)
                print(f"after {done:,} calls: {heap:.1f} MB of heap, {nodes} nodes")
            browser.close()


def day() -> None:
    """A day of the demo's office at sixty times its speed on one speaking wall."""
    calls = wall_day.calls_of_a_day()
    with tempfile.TemporaryDirectory() as folder:
        voice = voices.espeak()
        shelf = Shelf(Path(folder) / "voice", "vi")
        list(Build(shelf, voice, vocabulary("vi")).steps())
        voice.close()
        with running(Path(folder)) as office, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=list(ARGUMENTS)
            )
            _day(office, browser, calls)
            browser.close()


def _day(office: Office, browser: Browser, calls: list[wall_day.Call]) -> None:
    address = f"{office.base_url}/display/{BRANCH}#token={office.tokens['display']}"
    page = fast_wall.open_fast(
        browser.new_page, address, wall_day.WATCH_BOARD, times=wall_day.TIMES
    )
    words = fast_wall.manifest(page)
    session = page.context.new_cdp_session(page)
    lived = wall_day.Lived()
    stops = [0, 50, *range(100, len(calls), 100), len(calls)]
    for begin, end in itertools.pairwise(stops):
        wall_day.live(office, page, calls[begin:end], lived)
        held = ", ".join(f"{v:.2f} {k}" for k, v in wall_day.kept(page, session).items())
        print(f"after {len(lived.calls)} calls: {held}", flush=True)
    numbers = [number for number, _ in lived.calls]
    said, wrong = wall_day.spoken(lived, words)
    is_whole = (lived.shown == numbers, said == numbers)
    print(
        f"{len(numbers)} calls; {len(lived.shown)} shown, {len(said)} spoken, all and in order: "
        f"{is_whole}; {len(lived.clips)} clips; cut or over another: {wrong}"
    )


def _open_numbers(office: Office) -> list[str]:
    """Series that are long enough; the first queue of each counter."""
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    known = branches.require(engine, BRANCH)
    queues = tuple(replace(queue, last_number=99_999) for queue in known.queues)
    branches.apply(engine, replace(known, queues=queues), now=EARLIER, actor="job:bench")
    engine.dispose()
    return [counter.queues[0] for counter in known.counters]


def _call_much(office: Office, queues: list[str], calls: int, page: Page) -> None:
    """Half of them first calls, half recalls, at sixteen counters at once."""
    left = threading.Semaphore(calls // 2)

    def work(counter: int) -> None:
        body = {"queue": queues[counter - 1], "channel": "api"}
        while left.acquire(blocking=False):
            office.call("api", "POST", f"/branches/{BRANCH}/tickets", body)
            if office.desk("call-next", {}, counter)[1].get("ticket"):
                office.desk("recall", {}, counter)
                office.desk("no-show", {}, counter)

    with ThreadPoolExecutor(8) as desks:
        busy = [desks.submit(work, counter) for counter in range(1, 17)]
        # The page goes on painting while they work.
        while not all(one.done() for one in busy):
            page.wait_for_timeout(500)
        for one in busy:
            one.result()


def _kept(page: Page, session: CDPSession) -> tuple[float, int]:
    page.wait_for_timeout(3000)
    page.evaluate("gc()")
    session.send("Performance.enable")
    found = session.send("Performance.getMetrics")["metrics"]
    metrics = {each["name"]: each["value"] for each in found}
    return metrics["JSHeapUsedSize"] / 1e6, int(metrics["Nodes"])

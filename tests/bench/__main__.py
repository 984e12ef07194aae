"""`python -m tests.bench [issue|call|scale|watchers]`: medians, percentiles and ratios."""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import socketio
from playwright.sync_api import sync_playwright

from server import branches, branchfile, bulk, database
from server.dispatch import Dispatcher
from server.domain import commands as cmd
from server.domain.ids import CounterId, QueueId, ServiceId, TicketId
from server.domain.state import BranchState
from server.simulate.memory import MemoryLog
from tests.browser import ARGUMENTS, chromium_path
from tests.live_office import BRANCH, DEMO_FILE, ROOT, Office, running

MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def percentiles(values: list[float]) -> str:
    """p50 and p99 of seconds, in milliseconds."""
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms"


def issue() -> None:
    """Issue a ticket over REST, 16 clients, durable commit on SQLite."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        times: list[float] = []

        def client(n: int) -> None:
            for _ in range(100):
                body = {"queue": "ABCDEHKLMR"[n % 10], "channel": "api"}
                started = time.perf_counter()
                status, answer = office.call("kiosk", "POST", f"/branches/{BRANCH}/tickets", body)
                times.append(time.perf_counter() - started)
                assert status == 201, answer

        started = time.perf_counter()
        _together(client, 16)
        print(
            f"issue, 16 clients: {len(times) / (time.perf_counter() - started):.0f}/s,"
            f" {percentiles(times)}"
        )


def _together(function: object, clients: int) -> None:
    threads = [threading.Thread(target=function, args=(n,)) for n in range(clients)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def call() -> None:
    """Press at the counter -> number painted on a wall in Chromium, 300 watchers, 16 counters."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        watchers = _watch_from_elsewhere(office, 300)
        for n in range(1, 17):
            office.desk("open", {"officer": f"O{n}"}, n)
        for n in range(200):
            office.call("kiosk", "POST", f"/branches/{BRANCH}/tickets", {"queue": "AB"[n % 2]})
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=list(ARGUMENTS)
            )
            wall = browser.new_page(viewport={"width": 1920, "height": 1080})
            wall.goto(f"{office.base_url}/display/{BRANCH}#token={office.tokens['display']}")
            wall.wait_for_timeout(2000)
            wall.evaluate(
                """() => { window.painted = {}; new MutationObserver(() => requestAnimationFrame(() => {
                for (const e of document.querySelectorAll('[data-number]'))
                  window.painted[e.dataset.number] ??= Date.now(); })).observe(document.body,
                {subtree: true, childList: true, attributes: true, characterData: true}); }"""
            )
            times = []
            for n in range(100):
                counter = 1 + n % 5
                pressed = time.time()  # noqa: TID251 - compared with the browser's wall clock
                _, answer = office.desk("call-next", {}, counter)
                if not answer["ticket"]:
                    break
                number = answer["ticket"]["number"]
                wall.wait_for_function(f"window.painted['{number}']", timeout=10_000)
                painted = wall.evaluate(f"window.painted['{number}']") / 1000
                times.append(max(0.0, painted - pressed))
                office.desk("no-show", {}, counter)
            browser.close()
        watchers.terminate()
        watchers.wait()
        print(f"call -> painted, 300 watchers: {percentiles(times)} (n = {len(times)})")


_WATCH = """
import sys, time, socketio, threading
clients = []
for _ in range(int(sys.argv[3])):
    c = socketio.Client(reconnection=False)
    c.connect(sys.argv[1], auth={"token": sys.argv[2]}, namespaces=["/display"], transports=["websocket"])
    clients.append(c)
print("ready", flush=True)
time.sleep(600)
"""


def _watch_from_elsewhere(office: Office, many: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _WATCH, office.base_url, office.tokens["display"], str(many)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def scale() -> None:
    """Cost of call-next with 100 and 100,000 waiting, in the dispatcher, on SQLite."""
    p99 = {}
    for waiting in (100, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            engine = database.connect(f"sqlite:///{folder}/motcua.db")
            database.migrate(engine)
            branches.apply(engine, branchfile.load(DEMO_FILE), now=MORNING, actor="bench")
            _fill(engine, waiting)
            dispatcher = Dispatcher(
                engine, now=lambda: MORNING + timedelta(hours=1), nudge=lambda _b: None, secret="s"
            )
            counter = CounterId(f"{BRANCH}-1")
            run = dispatcher.execute
            run(
                cmd.OpenCounter(branch=BRANCH, command_id="o", counter=counter, officer="O"),
                actor="x",
            )
            times = []
            for n in range(300 if waiting > 100 else 95):
                started = time.perf_counter()
                run(cmd.CallNext(branch=BRANCH, command_id=f"c{n}", counter=counter), actor="x")
                times.append(time.perf_counter() - started)
                run(cmd.RecordNoShow(branch=BRANCH, command_id=f"n{n}", counter=counter), actor="x")
            engine.dispose()
            print(f"call-next, {waiting:,} waiting: {percentiles(times)}")
            p99[waiting] = sorted(times)[int(len(times) * 0.99)]
    print(f"ratio of p99: {p99[100_000] / p99[100]:.2f}")


def _fill(engine: object, waiting: int) -> None:
    catalogue = branches.require(engine, BRANCH)  # type: ignore[arg-type]
    queues = [q for q in catalogue.queues if q.id in ("A", "B")]
    state = BranchState(BRANCH)
    state.seq = 2
    log = MemoryLog(catalogue, state=state, ticket_ids=lambda: TicketId(uuid.uuid4().hex[:16]))
    object.__setattr__(queues[0], "last_number", 10**6)
    object.__setattr__(queues[1], "last_number", 10**6)
    for n in range(waiting):
        command = cmd.IssueTicket(
            branch=BRANCH, command_id=f"i{n}", queue=QueueId("AB"[n % 2]),
            service=ServiceId(("ho-tich", "chung-thuc")[n % 2]),
        )  # fmt: skip
        log.execute(command, now=MORNING + timedelta(milliseconds=10 * n), actor="bench")
    bulk.append_history(engine, BRANCH, log.events, state)  # type: ignore[arg-type]


def watchers() -> None:
    """Memory for idle watchers, and the time until a room of 500 has been reached."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        pids = json.loads((Path(folder) / "run" / "pids.json").read_text())
        web = psutil.Process(pids["web"])
        before = web.memory_full_info().pss
        process = _watch_from_elsewhere(office, 500)
        each = (web.memory_full_info().pss - before) / 500 / 1024
        reached: list[float] = []
        client = socketio.Client()
        client.on("change", lambda _d: reached.append(time.perf_counter()), namespace="/display")
        client.connect(
            office.base_url,
            auth={"token": office.tokens["display"]},
            namespaces=["/display"],
            transports=["websocket"],
        )
        times = []
        for _ in range(100):
            reached.clear()
            started = time.perf_counter()
            office.issue("chung-thuc")
            deadline = time.perf_counter() + 5
            while not reached and time.perf_counter() < deadline:
                time.sleep(0.0005)
            times.append(reached[0] - started if reached else 5.0)
        client.disconnect()
        process.terminate()
        process.wait()
        total = sum(psutil.Process(p).memory_full_info().pss for p in pids.values()) / 2**20
        print(f"idle watchers: {each:.0f} KiB each (500 of them)")
        print(f"last of a room of 500 reached after an issue over REST: {percentiles(times)}")
        print(f"memory of the whole single box: {total:.0f} MiB PSS")


BENCHES = {"issue": issue, "call": call, "scale": scale, "watchers": watchers}

if __name__ == "__main__":
    for chosen in sys.argv[1:] or BENCHES:
        BENCHES[chosen]()

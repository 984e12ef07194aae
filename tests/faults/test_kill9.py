"""Processes killed with -9 under load: nothing acknowledged is lost, nothing happens twice."""

import random
import threading
import time
import uuid
from pathlib import Path

import pytest
import socketio

from server import database, logbook
from tests import processes
from tests.live_office import BRANCH, Office, running
from tests.sizes import sized

pytestmark = [
    pytest.mark.faults,
    # The socket client leaves its cut connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
#: `make faults` kills each a hundred times.
KILLS = sized(3, 100)


class Kiosk(threading.Thread):
    """Takes numbers all the time; a press without an answer is repeated under its own key."""

    def __init__(self, office: Office) -> None:
        super().__init__(daemon=True)
        self.office = office
        self.stopping = threading.Event()
        self.acknowledged: dict[str, str] = {}

    def run(self) -> None:
        while not self.stopping.is_set():
            key = str(uuid.uuid4())
            while not self.stopping.is_set():
                try:
                    status, answer = self.office.call(
                        "kiosk", "POST", f"/branches/{BRANCH}/tickets",
                        {"queue": "ABCD"[int(key[0], 16) % 4], "channel": "kiosk"}, key, timeout=5,
                    )  # fmt: skip
                except OSError:
                    time.sleep(0.05)
                    continue
                if status == 201:
                    ticket = answer["ticket"]
                    assert ticket["id"] not in self.acknowledged
                    self.acknowledged[ticket["id"]] = ticket["number"]
                    break
                assert status == 503, answer
            # Paper is slow: each slip is a job of its own, and all are counted at the end.
            time.sleep(0.8)


class Wall:
    """A display that follows by the rules of the wire: changes in order, a snapshot on a gap."""

    def __init__(self, office: Office) -> None:
        self.seq = -1
        self.waiting: dict[str, int] = {}
        self.client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.5)
        self.client.on("snapshot", self._snapshot, namespace="/display")
        self.client.on("change", self._change, namespace="/display")
        self.client.on("pulse", self._change, namespace="/display")
        self.client.connect(
            office.base_url, auth={"token": office.tokens["display"]}, namespaces=["/display"]
        )

    def _snapshot(self, data: dict) -> None:  # type: ignore[type-arg]
        self.seq = data["seq"]
        self.waiting = {q: r["waiting"] for q, r in data["tables"]["queues"].items()}

    def _change(self, data: dict) -> None:  # type: ignore[type-arg]
        expected = self.seq + 1 if "event" in data else self.seq
        if data["seq"] > expected:
            self.client.emit("snapshot", {}, namespace="/display", callback=self._snapshot)
            return
        if data["seq"] < expected:
            return
        self.seq = data["seq"]
        for queue, row in data.get("rows", {}).get("queues", {}).items():
            self.waiting[queue] = row["waiting"]


@pytest.mark.parametrize(
    ("victim", "options"),
    [("web", ()), ("redis", ()), ("relay", ("--relay", "outside"))],
)
def test_killed_again_and_again_under_load(
    victim: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    # A clock that stands still would never call a lost slip overdue.
    with running(tmp_path, *options, clock="shifted") as office:
        wall = Wall(office)
        try:
            acknowledged = _under_load(office, victim)
            assert len(acknowledged) > KILLS
            _nothing_lost(office, acknowledged)
            _printed_once(office)
            _wall_is_current(office, wall)
        finally:
            wall.client.disconnect()


def _under_load(office: Office, victim: str) -> dict[str, str]:
    """Kill the victim again and again; returns the tickets that kiosks were given meanwhile."""
    kiosks = [Kiosk(office) for _ in range(2)]
    for kiosk in kiosks:
        kiosk.start()
    try:
        for _ in range(KILLS):
            _await_presses(kiosks, 2)
            time.sleep(random.uniform(0.0, 0.2))
            processes.kill(office.data, victim)
        _await_presses(kiosks, 2)
    finally:
        for kiosk in kiosks:
            kiosk.stopping.set()
        for kiosk in kiosks:
            kiosk.join(timeout=30)
    return {t: n for kiosk in kiosks for t, n in kiosk.acknowledged.items()}


def _await_presses(kiosks: list[Kiosk], more: int) -> None:
    """Wait until the office works again: so many more presses were acknowledged."""
    wanted = sum(len(k.acknowledged) for k in kiosks) + more
    deadline = time.monotonic() + 30
    while sum(len(k.acknowledged) for k in kiosks) < wanted:
        assert time.monotonic() < deadline, "nothing is acknowledged any more"
        time.sleep(0.02)


def _nothing_lost(office: Office, acknowledged: dict[str, str]) -> None:
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    try:
        assert logbook.verify(engine, BRANCH) == []
        with engine.connect() as connection:
            issued = [r.event for r in logbook.read(connection, BRANCH) if r.type == "TicketIssued"]
    finally:
        engine.dispose()
    recorded = {e.ticket: e.number for e in issued}
    assert acknowledged.items() <= recorded.items()
    for queue in "ABCD":
        serials = [e.serial for e in issued if e.queue == queue]
        assert serials == list(range(1, len(serials) + 1))


def _printed_once(office: Office) -> None:
    """Every ticket has its one slip; a slip begun by a worker that was killed is not repeated."""
    least, deadline = 10**9, 0.0
    while True:
        _, page = office.call("api", "GET", f"/branches/{BRANCH}/board")
        missing = [t["number"] for t in page["tables"]["tickets"].values() if not t["slip"]]
        if not missing:
            break
        if len(missing) < least:
            # Paper is slow; a slip whose job died is looked for only after some seconds.
            least, deadline = len(missing), time.monotonic() + 60
        assert time.monotonic() < deadline, f"never printed: {missing}"
        # To a relay of its own the log tells a simulated time: it must go on.
        office.call("api", "POST", f"/counters/{BRANCH}-16/open", {"officer": "Lê Thị Thu Trang"})
        office.call("api", "POST", f"/counters/{BRANCH}-16/close", {})
        time.sleep(0.5)
    events: list[str] = []
    after = 0
    while True:
        _, page = office.call("api", "GET", f"/branches/{BRANCH}/events?after={after}&limit=1000")
        events += [e["ticket"] for e in page["events"] if e["type"].startswith("SlipPrint")]
        if page["next"] == after:
            break
        after = page["next"]
    assert len(events) == len(set(events))


def _wall_is_current(office: Office, wall: Wall) -> None:
    """Rule S5: after cuts of any length a board equals one freshly opened."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        _, fresh = office.call("api", "GET", f"/branches/{BRANCH}/board")
        wanted = {q: r["waiting"] for q, r in fresh["tables"]["queues"].items()}
        if wall.seq == fresh["seq"] and wall.waiting == wanted:
            return
        time.sleep(0.5)
    assert (wall.seq, wall.waiting) == (fresh["seq"], wanted)

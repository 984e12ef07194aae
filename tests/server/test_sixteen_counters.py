"""Sixteen counters on one queue, over real sockets, all pressing "call next" at the same moments."""

import random
import re
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import socketio

from server import database, logbook
from tests.live_office import BRANCH, DEMO_FILE, Office, running
from tests.sizes import sized

pytestmark = [
    # The socket client leaves its cut connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

COUNTERS: Final = 16
TICKETS: Final = sized(80, 200)
_SEED: Final = 20261124
#: Of the branch file: one priority ticket after so many normal ones.
_NORMAL_PER_PRIORITY: Final = 2
#: What becomes of a visit, each at an officer's own speed.
_VISITS: Final = (
    ("StartService", "CompleteService"),
    ("RecallTicket", "StartService", "CompleteService"),
    ("RecallTicket", "RecordNoShow"),
)
_EVENT_OF: Final = {
    "CallNext": "TicketCalled",
    "RecallTicket": "TicketRecalled",
    "StartService": "ServiceStarted",
    "CompleteService": "ServiceCompleted",
    "RecordNoShow": "NoShowRecorded",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Every counter serves the first queue before all others."""
    folder: Path = tmp_path_factory.mktemp("sixteen")
    text = DEMO_FILE.read_text(encoding="utf-8")
    # A queue that no counter serves is refused; nobody takes a number of the others.
    sources = (
        'sources = [{ queues = ["A"] }, { queues = ["B", "C", "D", "E", "H", "K", "L", "M", "R"] }]'
    )
    one_queue = re.sub(r"^sources = .*$", sources, text, flags=re.MULTILINE)
    file = folder / "one-queue.toml"
    file.write_text(one_queue, encoding="utf-8")
    with running(folder / "data", branch_file=file) as started:
        yield started


class Day:
    """What the officers have in common: when they press, and whether somebody found nobody waiting."""

    def __init__(self) -> None:
        self.together = threading.Barrier(COUNTERS)
        self.is_over = threading.Event()


class Desk(threading.Thread):
    """An officer: whom the answers say was called, and what else they say was done."""

    def __init__(self, office: Office, number: int, day: "Day") -> None:
        super().__init__(daemon=True)
        self.number = number
        self.counter = f"{BRANCH}-{number}"
        self.day = day
        self.chance = random.Random(_SEED + number)
        self.failure: BaseException | None = None
        #: Of each command that did something: its id, the event it must have caused, the ticket.
        self.acks: dict[str, tuple[str, str]] = {}
        self.client = socketio.Client(
            reconnection=False,
            # Looked at byte by byte in Python, it would be most of the test's time.
            websocket_extra_options={"skip_utf8_validation": True},
        )
        self.client.connect(
            office.base_url,
            auth={"token": office.tokens[f"counter-{number}"]},
            namespaces=["/counter"],
            transports=["websocket"],
        )

    def press(self, name: str, **content: Any) -> dict[str, Any] | None:
        """The ticket of the answer. Now and then the press arrives twice: same id, same answer."""
        message = {
            "name": name,
            "command_id": str(uuid.uuid4()),
            "counter": self.counter,
            **content,
        }
        times = 2 if self.chance.random() < 0.2 else 1
        answers = [
            self.client.call("command", message, namespace="/counter", timeout=20)
            for _ in range(times)
        ]
        assert all(answer == answers[0] for answer in answers), answers
        assert answers[0]["ok"], answers[0]
        ticket: dict[str, Any] | None = answers[0]["result"].get("ticket")
        if ticket is not None and name in _EVENT_OF:
            self.acks[message["command_id"]] = (_EVENT_OF[name], ticket["id"])
        return ticket

    def run(self) -> None:
        try:
            while not self.day.is_over.is_set():
                self.day.together.wait(30)
                called = self.press("CallNext")
                if called is None:
                    self.day.is_over.set()
                else:
                    assert called["counter"] == self.counter
                    self.visit(called["id"])
                self.day.together.wait(30)
        except BaseException as failure:
            self.failure = failure
            self.day.together.abort()

    def visit(self, ticket: str) -> None:
        """Until the one who was called has gone."""
        for name in self.chance.choice(_VISITS):
            outcome = {"outcome": "tiep-nhan"} if name == "CompleteService" else {}
            done = self.press(name, **outcome)
            assert done is not None
            assert done["id"] == ticket


def _work(office: Office) -> list[Desk]:
    """Every round all of them press at once, until somebody finds nobody waiting."""
    day = Day()
    desks = [Desk(office, n, day) for n in range(1, COUNTERS + 1)]
    try:
        for desk in desks:
            desk.press("OpenCounter", officer=f"Cán bộ {desk.number}")
        for desk in desks:
            desk.start()
        for desk in desks:
            desk.join(60)
    finally:
        for desk in desks:
            desk.client.disconnect()
    return desks


def test_sixteen_counters_call_everybody_once_in_the_order_of_the_rule(office: Office) -> None:
    """Rules D1, D2, D3, D5: what was answered is what the log holds, and nothing else."""
    chance = random.Random(_SEED)
    classes = ["CT" if chance.random() < 0.15 else None for _ in range(TICKETS)]
    issued = {}
    for priority in classes:
        ticket = office.issue("ho-tich", channel="api", priority=priority)["ticket"]
        issued[ticket["id"]] = priority
    before = office.call("api", "GET", f"/branches/{BRANCH}/events?limit=1")[1]["last_seq"]

    desks = _work(office)
    assert [desk.failure for desk in desks if desk.failure] == []

    log = office.events(before)
    calls = [event for event in log if event["type"] == "TicketCalled"]
    assert Counter(event["ticket"] for event in calls) == Counter(issued.keys()), (
        "each of them once"
    )
    assert [event["ticket"] for event in calls] == _expected(issued)
    acks = {key: (desk, *ack) for desk in desks for key, ack in desk.acks.items()}
    caused = {event["cause"]: event for event in log if event["ticket"]}
    assert len(caused) == len([e for e in log if e["ticket"]]), "no command counted twice"
    assert caused.keys() == acks.keys()
    for key, (desk, kind, ticket) in acks.items():
        event = caused[key]
        assert (event["type"], event["ticket"]) == (kind, ticket)
        assert event["actor"] == f"officer:canbo{desk.number}"
        assert event["payload"]["counter"] == desk.counter
    assert len({event["payload"]["counter"] for event in calls}) == COUNTERS, "all had work"
    _nobody_is_left(office)


def _expected(issued: dict[str, str | None]) -> list[str]:
    """The rule, written out: in order of arrival, but after two others one with priority."""
    waiting, order, normal = list(issued), [], _NORMAL_PER_PRIORITY
    while waiting:
        favoured = [t for t in waiting if issued[t]] if normal >= _NORMAL_PER_PRIORITY else []
        chosen = (favoured or waiting)[0]
        waiting.remove(chosen)
        normal = 0 if issued[chosen] else normal + 1
        order.append(chosen)
    return order


def _nobody_is_left(office: Office) -> None:
    tables = office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["tables"]
    assert tables["queues"]["A"]["waiting"] == 0
    assert [row["ticket"] for row in tables["counters"].values()] == [None] * COUNTERS
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    try:
        assert logbook.verify(engine, BRANCH) == []
    finally:
        engine.dispose()

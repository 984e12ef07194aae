"""An old snapshot and the changes since equal a fresh snapshot, for every audience and command."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from server import branches, branchfile, database, queries, views
from server.boards import Board
from server.dispatch import Dispatcher
from server.domain import commands as cmd
from server.domain.commands import COMMAND_TYPES
from server.domain.ids import CounterId
from server.relay import Relay
from server.screens import ScreenPusher
from tests.live_office import BRANCH, DEMO_FILE

ONE = CounterId(f"{BRANCH}-1")


class Recorder:
    """An emitter that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []

    def emit(self, event: str, data: Any, *, to: str, namespace: str) -> None:
        if to == BRANCH:
            self.sent.append((namespace.removeprefix("/"), event, data))


class Hall:
    """A branch, its relay, and one screen of each audience."""

    def __init__(self, engine: Engine) -> None:
        self.now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
        self.engine = engine
        self.recorder = Recorder()
        self.pusher = ScreenPusher(engine, self.recorder, lambda: self.now)
        self.relay = Relay(engine, {"screens": self.pusher.push})
        self.dispatcher = Dispatcher(
            engine, now=lambda: self.now, nudge=lambda _b: None, secret="s"
        )
        self._ids = itertools.count()
        self.pusher.pulse()
        self.recorder.sent.clear()
        fresh = Board(engine, BRANCH, lambda: self.now)
        self.seq = dict.fromkeys(views.AUDIENCES, fresh.state.seq)
        self.screens = {a: fresh.view().tables(a) for a in views.AUDIENCES}
        self.used: set[str] = set()

    def do(self, kind: type[cmd.AnyCommand], **content: Any) -> Any:
        """Run a command, deliver it, and compare every screen with a fresh one."""
        self.now += timedelta(seconds=7)
        self.used.add(kind.__name__)
        command = kind(branch=BRANCH, command_id=f"c{next(self._ids)}", **content)
        result = self.dispatcher.execute(command, actor="test").result["ticket"]
        self.relay.deliver()
        for audience, event, message in self.recorder.sent:
            assert event == "change"
            assert message["seq"] == self.seq[audience] + 1
            self.seq[audience] = message["seq"]
            self.screens[audience] = views.merged(self.screens[audience], message["rows"])
        self.recorder.sent.clear()
        self.compare()
        return result

    def compare(self) -> None:
        """Each screen shows what one opened now would show."""
        view = Board(self.engine, BRANCH, lambda: self.now).view()
        for audience in views.AUDIENCES:
            assert self.screens[audience] == view.tables(audience), audience
            assert self.seq[audience] == view.state.seq


@pytest.fixture
def hall(database_url: str) -> Iterator[Hall]:
    engine = database.connect(database_url)
    database.migrate(engine)
    start = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    branches.apply(engine, branchfile.load(DEMO_FILE), now=start, actor="test")
    yield Hall(engine)
    engine.dispose()


def test_every_command_keeps_every_screen_current(hall: Hall) -> None:
    issue, nxt = cmd.IssueTicket, cmd.CallNext
    first = hall.do(issue, queue="A", priority="CT")
    for queue in "ABABB":
        last = hall.do(issue, queue=queue)
    hall.do(cmd.OpenCounter, counter=ONE, officer="Lan")
    called = hall.do(nxt, counter=ONE)
    assert called["id"] == first["id"]
    with queries.reading(hall.engine) as connection:
        seq = queries.last_seq(connection, BRANCH)
    hall.do(cmd.RecordAnnouncement, display="d1", call_seq=seq, how="shown")
    hall.do(cmd.RecallTicket, counter=ONE)
    hall.do(cmd.StartService, counter=ONE)
    hall.do(cmd.ConfirmPriority, counter=ONE, ticket=first["id"])
    hall.do(cmd.AddService, counter=ONE, service="chung-thuc", outcome="tiep-nhan")
    hall.do(cmd.CompleteService, counter=ONE, outcome="tiep-nhan")
    hall.do(cmd.RateTicket, ticket=first["id"], level=5)
    hall.do(cmd.RecordPrint, ticket=first["id"], job="j", printer="p")
    hall.do(nxt, counter=ONE)
    hall.do(cmd.UndoLast, counter=ONE)
    gone = hall.do(nxt, counter=ONE)
    hall.do(cmd.RecordNoShow, counter=ONE)
    hall.do(cmd.ReinstateTicket, ticket=gone["id"], reason="x")
    hall.do(nxt, counter=ONE)
    parked = hall.do(cmd.ParkTicket, counter=ONE, reason="x")
    hall.do(cmd.ResumeTicket, counter=ONE, ticket=parked["id"], to_counter=True)
    hall.do(cmd.TransferTicket, counter=ONE, reason="x", to_queue="C")
    hall.do(cmd.ChangePriority, ticket=last["id"], priority="KT", reason="x")
    hall.do(cmd.CallTicket, counter=ONE, ticket=last["id"], reason="x")
    hall.do(cmd.ReleaseCounter, counter=ONE, reason="x")
    hall.do(cmd.CancelTicket, ticket=last["id"])
    hall.do(cmd.OpenCounter, counter=ONE, officer="Lan")
    hall.do(cmd.PauseCounter, counter=ONE, reason="x")
    hall.do(cmd.ResumeCounter, counter=ONE)
    hall.do(cmd.CloseCounter, counter=ONE)
    hall.do(cmd.PostNotice, text_vi="Thông báo")
    hall.do(cmd.CloseDay)
    assert hall.used == set(COMMAND_TYPES)


def test_what_only_time_changes_comes_with_the_pulse(hall: Hall) -> None:
    hall.now = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    hall.pusher.pulse()
    for audience, event, message in hall.recorder.sent:
        assert event == "pulse"
        assert message["seq"] == hall.seq[audience]
        hall.screens[audience] = views.merged(hall.screens[audience], message.get("rows", {}))
    assert hall.screens["kiosk"]["queues"]["A"]["state"] == "closed"
    hall.compare()


def test_a_subscriber_that_fails_is_asked_again_and_holds_up_nobody(hall: Hall) -> None:
    seen: list[int] = []
    failing = [True]

    def fragile(_branch: str, batch: Any) -> None:
        if failing.pop() if failing else False:
            raise ConnectionError
        seen.extend(r.seq for r in batch)

    steady: list[int] = []
    relay = Relay(
        hall.engine,
        {"fragile": fragile, "steady": lambda _b, batch: steady.extend(r.seq for r in batch)},
    )
    relay.deliver()
    assert steady == [1, 2]
    assert seen == []
    relay._retry_at.clear()
    relay.deliver()
    assert seen == [1, 2]

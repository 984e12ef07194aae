"""The one way in: the same press once, refusals that write nothing, a database that goes and returns."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from server import database, logbook
from server.dispatch import Unavailable
from server.domain import commands as cmd
from server.domain.errors import IdempotencyConflict, Refused, UnknownQueue, WrongState
from server.domain.ids import CounterId, QueueId, TicketId
from tests.server.office import BRANCH, FOLDED, LOG, A, B, Office, installed, rows


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def at_once(calls: list[Callable[[], Any]], threads: int = 0) -> list[Any]:
    """Run them together; each gives its answer or what it raised."""

    def one(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(threads or len(calls)) as pool:
        return list(pool.map(one, calls))


def test_the_same_id_ten_times_is_one_change_and_one_answer(office: Office) -> None:
    """Rule D2."""
    answers = [office.execute(cmd.IssueTicket, "press", queue=A) for _ in range(10)]
    assert {(a.seq, a.result["ticket"]["id"]) for a in answers} == {
        (3, answers[0].result["ticket"]["id"])
    }
    assert all(a == answers[0] for a in answers)
    assert len(office.events()) == 3
    assert rows(office.engine, "tickets")["tickets"][1:] == []


def test_the_same_id_ten_times_at_once(office: Office) -> None:
    answers = at_once([lambda: office.execute(cmd.IssueTicket, "press", queue=A)] * 10)
    assert all(a == answers[0] for a in answers)
    assert len(office.events()) == 3


def test_the_answer_is_the_first_one_whatever_happened_since(office: Office) -> None:
    counter = office.open()
    office.issue()
    office.issue()
    first = office.execute(cmd.CallNext, "press", counter=counter)
    office.do(cmd.StartService, counter=counter)
    office.do(cmd.CompleteService, counter=counter, outcome="xong")
    assert office.execute(cmd.CallNext, "press", counter=counter) == first
    assert first.result["ticket"]["status"] == "called"


def test_the_same_id_for_something_else_is_a_conflict(office: Office) -> None:
    office.execute(cmd.IssueTicket, "press", queue=A)
    before = rows(office.engine, *LOG, *FOLDED, "answers")
    with pytest.raises(IdempotencyConflict) as conflict:
        office.execute(cmd.IssueTicket, "press", queue=B)
    assert conflict.value.code == "idempotency_conflict"
    with pytest.raises(IdempotencyConflict):
        office.execute(cmd.PostNotice, "press", text_vi="x")
    assert rows(office.engine, *LOG, *FOLDED, "answers") == before


def test_a_refused_press_may_be_repeated_under_its_id(office: Office) -> None:
    """A refusal is not an answer to keep: the moment may be right later."""
    counter = CounterId(f"{BRANCH}-1")
    with pytest.raises(Refused):
        office.execute(cmd.CallNext, "press", counter=counter)
    office.open()
    ticket = office.issue()
    called = office.execute(cmd.CallNext, "press", counter=counter)
    assert called.result["ticket"]["id"] == ticket["id"]


def test_a_refusal_writes_nothing_and_wakes_nobody(office: Office) -> None:
    office.open()
    ticket = office.issue()
    before = rows(office.engine, *LOG, *FOLDED, "answers")
    nudges = len(office.nudged)
    one = CounterId(f"{BRANCH}-1")
    refused: list[tuple[type[cmd.AnyCommand], dict[str, Any]]] = [
        (cmd.IssueTicket, {"queue": QueueId("Z")}),
        (cmd.IssueTicket, {"queue": A, "priority": "KC"}),
        (cmd.StartService, {"counter": one}),
        (cmd.CompleteService, {"counter": one, "outcome": "xong"}),
        (cmd.CallTicket, {"counter": one, "ticket": ticket["id"], "reason": " "}),
        (cmd.CancelTicket, {"ticket": TicketId("unknown")}),
        (cmd.IssueTicket, {"queue": A, "channel": "fax"}),
        (cmd.IssueTicket, {"queue": A, "language": "fr"}),
        (cmd.CancelTicket, {"ticket": ticket["id"], "version": 7}),
        (cmd.OpenCounter, {"counter": one, "officer": "Khác"}),
        (cmd.RateTicket, {"ticket": ticket["id"], "level": 6}),
        (cmd.UndoLast, {"counter": CounterId(f"{BRANCH}-2")}),
    ]
    for kind, content in refused:
        with pytest.raises(Refused):
            office.execute(kind, **content)
    assert rows(office.engine, *LOG, *FOLDED, "answers") == before
    assert len(office.nudged) == nudges


def test_two_hundred_at_once_share_commits_and_each_gets_its_own_answer(office: Office) -> None:
    """Rule N1, within one process."""
    calls = [
        lambda n=n: office.execute(cmd.IssueTicket, f"k{n}", queue=(A, B)[n % 2])  # type: ignore[misc]
        for n in range(200)
    ]
    answers = at_once(calls)
    for queue in (A, B):
        numbers = sorted(
            a.result["ticket"]["number"] for a in answers if a.result["ticket"]["queue"] == queue
        )
        assert numbers == [f"{queue}{n:03d}" for n in range(1, 101)]
    assert [office.execute(cmd.IssueTicket, f"k{n}", queue=(A, B)[n % 2]) for n in range(200)] == (
        answers
    )
    assert logbook.verify(office.engine, BRANCH) == []


class Held:
    """Holds the first command back, so that those behind it are certain to share a transaction."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.calls: list[int] = []
        real = office.dispatcher._commit

        def commit(branch: Any, requests: Any) -> None:
            if not self.calls:
                line = office.dispatcher._lines[branch]
                self._until(lambda: len(line) + len(requests) >= self.all)
            self.calls.append(len(requests))
            real(branch, requests)

        self.all = 0
        office.dispatcher._commit = commit  # type: ignore[method-assign]

    @staticmethod
    def _until(condition: Callable[[], bool]) -> None:
        done = threading.Event()
        for _ in range(500):
            if condition() or done.wait(0.01):
                return

    def together(self, calls: list[Callable[[], Any]]) -> list[Any]:
        """The first commit waits until all the calls stand in line."""
        self.all = len(calls)
        return at_once(calls)


def test_one_that_is_refused_does_not_spoil_those_it_shares_a_commit_with(office: Office) -> None:
    held = Held(office)
    answers = held.together(
        [
            lambda n=n: office.execute(cmd.IssueTicket, f"k{n}", queue=QueueId("AZ"[n % 5 == 4]))  # type: ignore[misc]
            for n in range(25)
        ]
    )
    assert max(held.calls) > 1
    assert sum(isinstance(a, UnknownQueue) for a in answers) == 5
    numbers = sorted(a.result["ticket"]["number"] for a in answers if not isinstance(a, Exception))
    assert numbers == [f"A{n:03d}" for n in range(1, 21)]


@pytest.mark.parametrize("fault", ["constraint", "error"])
def test_one_that_fails_does_not_spoil_those_it_shares_a_commit_with(
    office: Office, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault undoes the common transaction; each then stands on its own."""
    from server.handlers import HANDLERS

    real = HANDLERS[cmd.PostNotice]

    def faulty(command: cmd.PostNotice, log: Any) -> Any:
        if command.text_vi == "fault":
            if fault == "error":
                raise ZeroDivisionError
            log.connection.execute(text("INSERT INTO cursors VALUES ('x', 'y', 1), ('x', 'y', 1)"))
        return real(command, log)

    monkeypatch.setitem(HANDLERS, cmd.PostNotice, faulty)
    held = Held(office)
    answers = held.together(
        [
            lambda n=n: (  # type: ignore[misc]
                office.execute(cmd.PostNotice, f"k{n}", text_vi="fault")
                if n == 7
                else office.execute(cmd.IssueTicket, f"k{n}", queue=A)
            )
            for n in range(20)
        ]
    )
    assert max(held.calls) > 1
    assert isinstance(answers[7], ZeroDivisionError if fault == "error" else Unavailable)
    numbers = [a.result["ticket"]["number"] for n, a in enumerate(answers) if n != 7]
    assert sorted(numbers) == [f"A{n:03d}" for n in range(1, 20)]
    assert logbook.verify(office.engine, BRANCH) == []


def test_a_command_of_a_wrong_moment_sees_what_its_neighbour_did(office: Office) -> None:
    """In one transaction the second command decides on what the first one left."""
    ticket = office.issue()
    held = Held(office)
    answers = held.together(
        [
            lambda n=n: office.execute(cmd.CancelTicket, f"k{n}", ticket=ticket["id"])
            for n in range(6)
        ]  # type: ignore[misc]
    )
    assert sum(isinstance(a, WrongState) for a in answers) == 5


@contextlib.contextmanager
def _database_gone(url: str) -> Iterator[None]:
    """SQLite: another program holds the file. PostgreSQL: connections are cut and refused."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(Path(make_url(url).database or ""))) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    name = make_url(url).database
    admin = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(cut), {"name": name})
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()


def test_a_database_that_is_gone_is_said_so_and_the_same_id_works_after(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 200)
    with installed(database_url) as engine:
        office = Office(engine)
        office.issue()
        with _database_gone(database_url):
            answers = at_once([lambda: office.execute(cmd.IssueTicket, "press", queue=A)] * 3)
            assert [type(a) for a in answers] == [Unavailable] * 3
        ticket = office.execute(cmd.IssueTicket, "press", queue=A).result["ticket"]
        assert ticket["number"] == "A002"
        assert logbook.verify(engine, BRANCH) == []


def test_an_answer_lost_on_its_way_is_given_by_the_retry(office: Office) -> None:
    """The commit happened, the caller never heard: the same id gets the ticket it already has."""
    real = office.dispatcher._nudge

    def lost(_branch: Any) -> None:
        raise ConnectionError

    office.dispatcher._nudge = lost
    with pytest.raises(ConnectionError):
        office.execute(cmd.IssueTicket, "press", queue=A)
    office.dispatcher._nudge = real
    answer = office.execute(cmd.IssueTicket, "press", queue=A)
    assert answer.result["ticket"]["number"] == "A001"
    assert len(office.events()) == 3

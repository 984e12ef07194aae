"""Many at once, from several processes, on both databases; and the turn of the day."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from server import database, logbook
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.errors import CounterOccupied, SeriesFull
from server.domain.ids import CounterId
from tests.server.office import BRANCH, A, B, Office, catalogue, installed

ROOT = Path(__file__).resolve().parents[2]
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url, catalogue(counters=16, last_number=9_999)) as made:
        yield made


def work(url: str, job: str, name: str, share: int) -> None:
    """What each of the processes runs: eight threads that begin together."""
    engine = database.connect(url)
    office = Office(engine)
    together = threading.Barrier(8)
    failures: list[BaseException] = []

    def one(thread: int) -> None:
        try:
            together.wait(30)
            _JOBS[job](office, name, thread, share)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert failures == []


def _issue(office: Office, name: str, thread: int, share: int) -> None:
    for n in range(share // 8):
        office.execute(cmd.IssueTicket, f"{name}-{thread}-{n}", queue=A)


def _call(office: Office, name: str, thread: int, share: int) -> None:
    counter = CounterId(f"{BRANCH}-{share + thread}")
    for n in range(4):
        called = office.execute(cmd.CallNext, f"{name}-{thread}-{n}", counter=counter)
        if called.result["ticket"] is None:
            return
        office.execute(cmd.StartService, f"{name}-{thread}-{n}-start", counter=counter)
        done = {"counter": counter, "outcome": "xong"}
        office.execute(cmd.CompleteService, f"{name}-{thread}-{n}-done", **done)


def _open(office: Office, name: str, thread: int, _share: int) -> None:
    """Eight officers of each process want each of two counters."""
    for number in (1, 2):
        counter, key = CounterId(f"{BRANCH}-{number}"), f"{name}-{thread}-{number}"
        try:
            office.execute(cmd.OpenCounter, key, counter=counter, officer=f"{name}-{thread}")
        except CounterOccupied as refusal:
            assert refusal.facts["officer"], "the second is told who holds it"


_JOBS = {"issue": _issue, "call": _call, "open": _open}


def in_two_processes(engine: Engine, job: str, shares: tuple[int, int] = (0, 0)) -> None:
    """Separate dispatchers, separate connections, one database (rule D3)."""
    code = (
        "import sys; from tests.server.test_concurrency import work;"
        "work(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))"
    )
    url = engine.url.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen([sys.executable, "-c", code, url, job, name, str(share)], cwd=ROOT)
        for name, share in zip("ab", shares, strict=True)
    ]
    try:
        assert [p.wait(timeout=120) for p in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_thousand_issues_give_a_thousand_consecutive_numbers(engine: Engine) -> None:
    """Rule N1: no error, no number twice, none left out."""
    in_two_processes(engine, "issue", (504, 496))
    issued = [r.event for r in Office(engine).events() if isinstance(r.event, ev.TicketIssued)]
    assert [e.number for e in issued] == [f"A{n:03d}" for n in range(1, 1001)]
    assert logbook.verify(engine, BRANCH) == []


@pytest.mark.parametrize("waiting", [10, 40])
def test_sixteen_counters_never_share_a_ticket(engine: Engine, waiting: int) -> None:
    """Rules D1, D3, D5: everyone gets one of their own, or nobody."""
    office = Office(engine)
    for number in range(1, 17):
        office.open(number)
    for n in range(waiting):
        office.issue((A, B)[n % 2])
    in_two_processes(engine, "call", (1, 9))
    called = [r for r in office.events() if isinstance(r.event, ev.TicketCalled)]
    assert len(called) == waiting
    assert len({r.ticket for r in called}) == waiting
    held: dict[str, str] = {}
    for recorded in office.events():
        event = recorded.event
        if isinstance(event, ev.TicketCalled):
            assert event.counter not in held, "a counter holds one ticket at a time"
            held[event.counter] = str(recorded.ticket)
        elif isinstance(event, ev.ServiceCompleted):
            assert held.pop(event.counter) == recorded.ticket
    assert held == {}
    assert logbook.verify(engine, BRANCH) == []


def test_a_counter_wanted_by_sixteen_officers_is_held_by_one(engine: Engine) -> None:
    """Rule D6."""
    in_two_processes(engine, "open")
    opened = [r.event for r in Office(engine).events() if isinstance(r.event, ev.CounterOpened)]
    assert sorted(e.counter for e in opened) == [f"{BRANCH}-1", f"{BRANCH}-2"]


# The turn of the day ------------------------------------------------------------------------
@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url, catalogue(last_number=3)) as engine:
        yield Office(engine)


def test_a_number_belongs_to_the_local_date(office: Office) -> None:
    """Rules N2, N3: nothing is reset, and UTC's date is nobody's business."""
    given = []
    for hour, minute, day in (
        (6, 59, 25), (7, 0, 25), (23, 59, 25), (0, 0, 26), (6, 59, 26), (7, 0, 26)
    ):  # fmt: skip
        office.now = datetime(2026, 11, day, hour, minute, tzinfo=HANOI)
        ticket = office.issue()
        given.append((ticket["number"], ticket["business_date"]))
    assert given == [
        *((f"A{n:03d}", "2026-11-25") for n in (1, 2, 3)),
        *((f"A{n:03d}", "2026-11-26") for n in (1, 2, 3)),
    ]
    assert logbook.verify(office.engine, BRANCH) == []


def test_the_last_second_and_the_first_one(office: Office) -> None:
    midnight = datetime(2026, 11, 26, tzinfo=HANOI)
    office.now = midnight - timedelta(microseconds=2)
    assert office.issue()["business_date"] == "2026-11-25"
    office.now = midnight
    assert office.issue()["business_date"] == "2026-11-26"


def test_a_full_series_is_full_until_the_day_turns(office: Office) -> None:
    """Rules N4, N8: a number is never given twice on a day, and no job has to run at night."""
    office.now = datetime(2026, 11, 25, 23, 50, tzinfo=HANOI)
    assert [office.issue()["number"] for _ in range(3)] == ["A001", "A002", "A003"]
    with pytest.raises(SeriesFull):
        office.issue()
    assert office.issue(B)["number"] == "B001"
    office.now += timedelta(minutes=11)
    assert office.issue()["number"] == "A001"
    assert logbook.verify(office.engine, BRANCH) == []


def test_two_tickets_of_one_number_on_two_days_wait_side_by_side(office: Office) -> None:
    """Rule N7: an office may keep its tickets overnight; the older one goes first."""
    office.now = datetime(2026, 11, 25, 23, 50, tzinfo=HANOI)
    yesterday = office.issue()
    office.now += timedelta(minutes=20)
    today = office.issue()
    assert yesterday["number"] == today["number"]
    counter = office.open()
    assert office.serve(counter)["id"] == yesterday["id"]
    assert office.serve(counter)["id"] == today["id"]

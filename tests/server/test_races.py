"""Many at once, from several processes, over both databases (rules D1-D5, N1)."""

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from server import branches, branchfile, database, logbook, tables
from server.dispatch import Dispatcher
from server.domain import commands as cmd
from server.domain.errors import IdempotencyConflict, Refused
from server.domain.ids import CounterId, QueueId
from tests.live_office import BRANCH, DEMO_FILE, ROOT

MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = database.connect(database_url)
    database.migrate(made)
    branches.apply(made, branchfile.load(DEMO_FILE), now=MORNING, actor="test")
    yield made
    made.dispose()


def dispatcher_on(engine: Engine) -> Dispatcher:
    """A dispatcher whose clock stands at nine."""
    return Dispatcher(engine, now=lambda: MORNING, nudge=lambda _b: None, secret="s")


def work(url: str, job: str, share: int) -> None:
    """Run by the other process: issue `share` tickets, or call with `share` counters."""
    engine = database.connect(url)
    dispatcher = dispatcher_on(engine)
    threads = [
        threading.Thread(
            target=_issue_many if job == "issue" else _call_many, args=(dispatcher, n, share)
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


def _issue_many(dispatcher: Dispatcher, _n: int, share: int) -> None:
    for _ in range(share // 8):
        dispatcher.execute(
            cmd.IssueTicket(branch=BRANCH, command_id=str(uuid.uuid4()), queue=QueueId("B")),
            actor="kiosk:1",
        )


def _call_many(dispatcher: Dispatcher, n: int, share: int) -> None:
    counter = CounterId(f"{BRANCH}-{share + n}")
    for kind, content in (
        (cmd.OpenCounter, {"officer": f"O{counter}"}), (cmd.CallNext, {}),
    ):  # fmt: skip
        command = kind(branch=BRANCH, command_id=str(uuid.uuid4()), counter=counter, **content)
        dispatcher.execute(command, actor="counter:1")


def _in_two_processes(url: str, job: str, shares: tuple[int, int]) -> None:
    code = "import sys; from tests.server.test_races import work; work(sys.argv[1], sys.argv[2], int(sys.argv[3]))"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, url, job, str(share)], cwd=ROOT)
        for share in shares
    ]
    assert [p.wait(timeout=120) for p in processes] == [0, 0]


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_a_thousand_issues_at_once_give_a_thousand_consecutive_numbers(engine: Engine) -> None:
    with database.writing(engine) as connection:
        c = tables.catalogues
        document = connection.scalar(select(c.c.document).where(c.c.branch_id == BRANCH))
        for queue in document["queues"]:
            queue["last_number"] = 2000
        connection.execute(update(c).values(document=document))
    _in_two_processes(_url(engine), "issue", (504, 496))
    with engine.connect() as connection:
        serials = list(connection.scalars(select(tables.tickets.c.serial)))
    assert sorted(serials) == list(range(1, 1001))
    assert logbook.verify(engine, BRANCH) == []


def test_sixteen_counters_calling_at_once_never_share_a_ticket(engine: Engine) -> None:
    dispatcher = dispatcher_on(engine)
    for queue in "ABCDEHKLMR":
        for _ in range(2):
            _issue(dispatcher, queue)
    _in_two_processes(_url(engine), "call", (1, 9))
    t = tables.tickets
    with engine.connect() as connection:
        query = (
            select(t.c.counter, func.count()).where(t.c.status == "called").group_by(t.c.counter)
        )
        held = dict(connection.execute(query).all())
    # Counters 1-5 have four tickets between them, 6-8 have two: two officers get nobody.
    assert len(held) == 14
    assert set(held.values()) == {1}
    assert logbook.verify(engine, BRANCH) == []


def _issue(dispatcher: Dispatcher, queue: str, key: str = "") -> str:
    command = cmd.IssueTicket(
        branch=BRANCH, command_id=key or str(uuid.uuid4()), queue=QueueId(queue)
    )
    result: str = dispatcher.execute(command, actor="kiosk:1").result["ticket"]["number"]
    return result


def test_the_same_id_changes_the_state_once(engine: Engine) -> None:
    """Rule D2."""
    dispatcher = dispatcher_on(engine)
    assert {_issue(dispatcher, "A", "same") for _ in range(10)} == {"A001"}
    with pytest.raises(IdempotencyConflict):
        _issue(dispatcher, "B", "same")


def test_a_refusal_writes_nothing_and_spoils_nobody(engine: Engine) -> None:
    dispatcher = dispatcher_on(engine)
    outcomes: list[str] = []

    def one(n: int) -> None:
        try:
            outcomes.append(_issue(dispatcher, "A" if n % 2 else "Z"))
        except Refused as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("unknown_queue") == 12
    assert sorted(o for o in outcomes if o.startswith("A")) == [f"A{n:03d}" for n in range(1, 13)]


def test_the_database_itself_refuses_what_must_not_be(engine: Engine) -> None:
    dispatcher = dispatcher_on(engine)
    _issue(dispatcher, "A")
    _issue(dispatcher, "A")
    t = tables.tickets
    with pytest.raises(IntegrityError), database.writing(engine) as connection:
        connection.execute(update(t).values(status="called", counter=f"{BRANCH}-1"))
    with pytest.raises(IntegrityError), database.writing(engine) as connection:
        connection.execute(update(t).values(number="A001"))


def test_the_log_never_runs_backwards(engine: Engine) -> None:
    dispatcher_on(engine)
    _issue(dispatcher_on(engine), "A")
    early = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    back = Dispatcher(engine, now=lambda: early, nudge=lambda _b: None, secret="s")
    _issue(back, "A")
    with engine.connect() as connection:
        e = tables.event_log
        instants = list(connection.scalars(select(e.c.at).order_by(e.c.seq)))
    assert instants == sorted(instants)


def test_a_log_travels_and_is_rebuilt(engine: Engine, tmp_path: Path) -> None:
    dispatcher = dispatcher_on(engine)
    for queue in "AABBR":
        _issue(dispatcher, queue)
    _call_many(dispatcher, 0, 1)
    file = tmp_path / "log.jsonl"
    with file.open("w") as out:
        logbook.export(engine, BRANCH, out)
    other = database.connect(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        database.migrate(other)
        with file.open() as lines:
            assert logbook.import_(other, lines) == 9
        assert logbook.verify(other, BRANCH) == []
        copy = tmp_path / "copy.jsonl"
        with copy.open("w") as out:
            logbook.export(other, BRANCH, out)
        assert copy.read_bytes() == file.read_bytes()
        broken = file.read_text().splitlines()
        broken[4] = broken[4].replace('"seq":4', '"seq":44')
        with pytest.raises(logbook.BadLine, match="line 5"):
            logbook.import_(other, broken)
    finally:
        other.dispose()
    with database.writing(engine) as connection:
        connection.execute(update(tables.tickets).values(rule="tampered"))
    assert len(logbook.verify(engine, BRANCH)) == 5
    logbook.rebuild(engine, BRANCH)
    assert logbook.verify(engine, BRANCH) == []

"""What a call costs as the line and the log grow: in the dispatcher, on SQLite."""

import gc
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from server import branches, branchfile, bulk, database, tables
from server.dispatch import Dispatcher
from server.domain import commands as cmd
from server.domain.ids import CounterId, QueueId, ServiceId, TicketId
from server.domain.state import BranchState
from server.simulate.memory import MemoryLog
from tests.bench.parts import percentile, told
from tests.live_office import BRANCH, DEMO_FILE

_MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_CALLS = 400
#: The longest log; ten million rows take some minutes to write and 6 GB of disk.
_EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))


@contextmanager
def _installed() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        engine = database.connect(f"sqlite:///{folder}/motcua.db")
        database.migrate(engine)
        found = branchfile.load(DEMO_FILE)
        queues = tuple(replace(q, last_number=999_999) for q in found.queues)
        branches.apply(engine, replace(found, queues=queues), now=_MORNING, actor="job:bench")
        yield engine
        engine.dispose()


def _calls(engine: Engine) -> list[float]:
    """Milliseconds of each call; every called ticket is given up at once."""
    # What was written to prepare is not to be paid for by the first calls.
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    gc.collect()
    dispatcher = Dispatcher(
        engine, now=lambda: _MORNING + timedelta(hours=1), nudge=lambda _b: None, secret="s"
    )
    counter = CounterId(f"{BRANCH}-1")
    ids = iter(range(10**9))

    def run(kind: type[cmd.AnyCommand], **content: object) -> None:
        command = kind(branch=BRANCH, command_id=f"c{next(ids)}", **content)  # type: ignore[arg-type]
        dispatcher.execute(command, actor="bench")

    run(cmd.OpenCounter, counter=counter, officer="O")
    ms = []
    for n in range(_CALLS + 20):
        # One comes for each that is called, so that the line keeps its length.
        run(cmd.IssueTicket, queue=QueueId("AB"[n % 2]))
        began = time.perf_counter()
        run(cmd.CallNext, counter=counter)
        ms.append((time.perf_counter() - began) * 1000)
        run(cmd.RecallTicket, counter=counter)
        run(cmd.RecordNoShow, counter=counter)
    return ms[20:]


def waiting() -> None:
    """100 and 100,000 waiting."""
    p99 = []
    for people in (100, 100_000):
        with _installed() as engine:
            _fill_line(engine, people)
            ms = _calls(engine)
        print(f"call-next, {people:,} waiting: {told(ms)}")
        p99.append(percentile(ms, 0.99))
    print(f"ratio of p99: {p99[1] / p99[0]:.2f}")


def _fill_line(engine: Engine, people: int) -> None:
    catalogue = branches.require(engine, BRANCH)
    state = BranchState(BRANCH)
    state.seq = 2
    log = MemoryLog(catalogue, state=state, ticket_ids=lambda: TicketId(uuid.uuid4().hex[:16]))
    for n in range(people):
        command = cmd.IssueTicket(
            branch=BRANCH, command_id=f"i{n}", queue=QueueId("AB"[n % 2]),
            service=ServiceId(("ho-tich", "chung-thuc")[n % 2]),
        )  # fmt: skip
        log.execute(command, now=_MORNING + timedelta(milliseconds=10 * n), actor="bench")
    bulk.append_history(engine, BRANCH, log.events, state)


def log() -> None:
    """A young log and a long one, 100 waiting in both."""
    p99 = []
    for events in (10_000, _EVENTS):
        with _installed() as engine:
            _fill_line(engine, 100)
            _fill_log(engine, events)
            ms = _calls(engine)
        print(f"call-next, log of {events:,} events: {told(ms)}")
        p99.append(percentile(ms, 0.99))
    print(f"ratio of p99: {p99[1] / p99[0]:.2f}")


def _fill_log(engine: Engine, events: int) -> None:
    """Past days behind the present one: five events a ticket, written by the database itself."""
    day = 86_400_000_000
    tickets = {
        "id": "'past-' || n",
        "number": "'A' || (n % 500)",
        "business_date": "date('2026-11-23', '-' || (n / 500) || ' days')",
        "status": "'served'",
        "arrival_at": f"arrival_at - {day} * (1 + n / 500)",
        "first_called_at": f"arrival_at - {day} * (1 + n / 500) + 600000000",
        "ended_at": f"arrival_at - {day} * (1 + n / 500) + 1200000000",
    }
    log_rows = {
        "seq": "102 + n",
        "ticket_id": "'past-' || (n / 5)",
        "version": "n % 5 + 1",
        "cause": "'past-' || n",
    }
    with database.writing(engine) as connection:
        for table, changed, rows in (
            (tables.tickets, tickets, events // 5),
            (tables.event_log, log_rows, events),
        ):
            columns = ", ".join(changed.get(c.name, c.name) for c in table.columns)
            connection.execute(
                text(
                    "WITH RECURSIVE past(n) AS"  # noqa: S608 - the names are our own
                    " (SELECT 1 UNION ALL SELECT n + 1 FROM past WHERE n < :rows),"
                    f" model AS (SELECT * FROM {table.name} ORDER BY rowid DESC LIMIT 1)"
                    f" INSERT INTO {table.name} SELECT {columns} FROM past, model"
                ),
                {"rows": rows},
            )
        connection.execute(text("UPDATE branches SET last_seq = last_seq + :n"), {"n": events})
        connection.execute(text("ANALYZE"))

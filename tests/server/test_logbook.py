"""The log as a whole: it agrees with its rows, says where it does not, travels and is rebuilt."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from server import branches, bulk, database, logbook, queries, tables
from server.domain import commands as cmd
from server.domain.errors import Refused, UnknownBranch
from server.domain.ids import BranchId
from tests.server.office import BRANCH, FOLDED, A, Office, catalogue, installed, lived, rows


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


@pytest.fixture
def busy(office: Office) -> Office:
    """An office with a day and a half behind it."""
    lived(office, 3)
    return office


def exported(engine: Engine) -> str:
    out = io.StringIO()
    logbook.export(engine, BRANCH, out)
    return out.getvalue()


@contextmanager
def empty(tmp_path: Path) -> Iterator[Engine]:
    """Another installation, without any branch."""
    engine = database.connect(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        database.migrate(engine)
        yield engine
    finally:
        engine.dispose()


# Verify and rebuild -------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(2))
def test_a_log_agrees_with_its_rows_and_is_rebuilt_exactly(office: Office, seed: int) -> None:
    lived(office, seed)
    assert logbook.verify(office.engine, BRANCH) == []
    before = rows(office.engine, *FOLDED, "branches", "event_log", "expiring_facts")
    assert logbook.rebuild(office.engine, BRANCH) == len(office.events())
    assert rows(office.engine, *FOLDED, "branches", "event_log", "expiring_facts") == before
    office.issue()
    assert logbook.verify(office.engine, BRANCH) == []


t, c, s, e = tables.tickets, tables.counters, tables.stages, tables.event_log
_one_ticket = t.c.id.in_(select(t.c.id).order_by(t.c.id).limit(1))
_one_stage = s.c.ticket.in_(select(s.c.ticket).order_by(s.c.ticket).limit(1)) & (s.c.ordinal == 1)
#: What somebody did to a row -> the words the finding must contain.
TAMPERED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a ticket changed": (update(t).where(_one_ticket).values(rule="x"), ("tickets", "rule")),
    "a ticket gone": (delete(t).where(_one_ticket), ("tickets", "missing")),
    "a counter changed": (update(c).values(officer="x"), ("counters", "officer")),
    "a counter gone": (delete(c).where(c.c.id == f"{BRANCH}-1"), ("counters", "missing")),
    "a counter too many": (
        insert(c).values(
            id="thu-9", branch_id=BRANCH, status="open", officer="x", pause_reason="",
            shown=0, spoken=0,
        ),
        ("counters thu-9", "not in the log"),
    ),
    "a stage changed": (update(s).where(_one_stage).values(calls=99), ("stages", "calls")),
    "a stage gone": (delete(s).where(_one_stage), ("stages", "missing")),
    "a last number changed": (
        update(tables.series).values(last_serial=1), ("series", "the log says"),
    ),
    "a last number gone": (delete(tables.series), ("series", "None")),
    "a head count changed": (
        insert(tables.waiting).values(branch_id=BRANCH, queue="A", priority="ZZ", people=2),
        ("waiting", "ZZ"),
    ),
    "a tally changed": (update(tables.tallies).values(normal_since=77), ("tallies", "77")),
    "the closed day changed": (
        update(tables.branches).values(closed_date=None), ("closed_date",),
    ),
}  # fmt: skip


def test_every_row_that_was_tampered_with_is_found_and_restored(busy: Office) -> None:
    before = rows(busy.engine, *FOLDED, "branches")
    for what, (statement, words) in TAMPERED.items():
        with database.writing(busy.engine) as connection:
            assert connection.execute(statement).rowcount, what
        found = logbook.verify(busy.engine, BRANCH)
        assert any(all(word in line for word in words) for line in found), (what, found)
        logbook.rebuild(busy.engine, BRANCH)
        assert logbook.verify(busy.engine, BRANCH) == []
        assert rows(busy.engine, *FOLDED, "branches") == before


_last = select(e.c.seq).order_by(e.c.seq.desc()).limit(1).scalar_subquery()
_last_of_ticket = (
    select(e.c.seq)
    .where(e.c.ticket_id.is_not(None))
    .order_by(e.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
#: What somebody did to the log itself -> a word of the finding.
BROKEN: dict[str, tuple[Any, str]] = {
    "the first event deleted": (delete(e).where(e.c.seq == 1), "seq"),
    "an event deleted": (delete(e).where(e.c.seq == 20), "seq"),
    "the last event deleted": (delete(e).where(e.c.seq == _last), "last_seq"),
    "an event without its ticket": (update(e).where(e.c.seq == _last_of_ticket).values(ticket_id=None, version=None), "ticket"),
    "an event of another version": (update(e).where(e.c.seq == _last_of_ticket).values(version=99), "version"),
    "an event of another type": (update(e).where(e.c.seq == 9).values(type="TicketEaten"), "TicketEaten"),
    "an event of another shape": (update(e).where(e.c.seq == 9).values(payload='{"x":1}'), "bad_value"),
    "an event that is not JSON": (update(e).where(e.c.seq == 9).values(payload="{"), "bad_value"),
    "an event moved in time": (update(e).where(e.c.seq == 30).values(at=tables.instant(0)), "at"),
}  # fmt: skip


def test_a_log_that_was_tampered_with_is_found(busy: Office) -> None:
    with busy.engine.connect() as connection:
        kept = [dict(row) for row in connection.execute(select(e)).mappings()]
    for what, (statement, word) in BROKEN.items():
        with database.writing(busy.engine) as connection:
            assert connection.execute(statement).rowcount, what
        found = logbook.verify(busy.engine, BRANCH)
        assert found, what
        assert word in found[0], (what, found)
        with database.writing(busy.engine) as connection:
            connection.execute(delete(e))
            connection.execute(insert(e), kept)
        assert logbook.verify(busy.engine, BRANCH) == []


def test_a_broken_log_is_not_rebuilt_from(busy: Office) -> None:
    before = rows(busy.engine, *FOLDED)
    with database.writing(busy.engine) as connection:
        connection.execute(delete(e).where(e.c.seq == 20))
    with pytest.raises(Refused):
        logbook.rebuild(busy.engine, BRANCH)
    assert rows(busy.engine, *FOLDED) == before


def test_a_rebuild_of_one_branch_leaves_the_other_alone(office: Office) -> None:
    branches.apply(
        office.engine, catalogue(branch="khac"), now=office.now, actor="test"
    )  # another branch in the same database
    other = Office(office.engine, branch=BranchId("khac"))
    other.issue()
    office.issue()
    before = rows(office.engine, *FOLDED, "branches")
    logbook.rebuild(office.engine, BRANCH)
    assert rows(office.engine, *FOLDED, "branches") == before
    assert logbook.verify(office.engine, BranchId("khac")) == []


# Export and import --------------------------------------------------------------------------
def test_a_log_travels(busy: Office, tmp_path: Path) -> None:
    text = exported(busy.engine)
    heading, *lines = text.splitlines()
    assert json.loads(heading) == {
        "format": "motcua-log", "version": 1, "branch": BRANCH, "events": len(lines),
    }  # fmt: skip
    with empty(tmp_path) as other:
        assert logbook.import_(other, text.splitlines(keepends=True)) == len(lines)
        assert exported(other) == text
        assert logbook.verify(other, BRANCH) == []
        names = (*FOLDED, "event_log", "expiring_facts", "catalogues", "policies", "branches")
        assert rows(other, *names) == rows(busy.engine, *names)
        on = Office(other, now=busy.now)
        on.nudged.clear()
        on.execute(cmd.IssueTicket, "later", queue=A)
        assert logbook.verify(other, BRANCH) == []


def test_what_was_forgotten_travels_as_forgotten(busy: Office, tmp_path: Path) -> None:
    logbook.purge(busy.engine, busy.now + timedelta(days=200))
    text = exported(busy.engine)
    with empty(tmp_path) as other:
        logbook.import_(other, text.splitlines())
        assert exported(other) == text
        names = (*FOLDED, "event_log", "expiring_facts")
        assert rows(other, *names) == rows(busy.engine, *names)


def test_an_imported_history_is_not_printed_or_announced(busy: Office, tmp_path: Path) -> None:
    text = exported(busy.engine)
    with empty(tmp_path) as other:
        count = logbook.import_(other, text.splitlines())
        with queries.reading(other) as connection:
            placed = connection.execute(select(tables.cursors)).mappings().all()
        assert {r["subscriber"]: r["seq"] for r in placed} == dict.fromkeys(
            ("screens", "slips", "figures", "alerts", "voices", "forecasts", "history"), count
        )


def _line(number: int, /, **change: Any) -> Any:
    """Line `number` with other values."""

    def edit(lines: list[str]) -> None:
        lines[number - 1] = json.dumps(json.loads(lines[number - 1]) | change)

    return edit


def _raw(number: int, text: str) -> Any:
    def edit(lines: list[str]) -> None:
        lines[number - 1] = text

    return edit


def _payload(number: int, /, **change: Any) -> Any:
    def edit(lines: list[str]) -> None:
        content = json.loads(lines[number - 1])
        content["payload"] |= change
        lines[number - 1] = json.dumps(content)

    return edit


def _cut(lines: list[str]) -> None:
    del lines[-1]


def _twice(lines: list[str]) -> None:
    """The number of the first ticket is given to a second one."""
    issued = [n for n, line in enumerate(lines) if '"type":"TicketIssued"' in line]
    number = json.loads(lines[issued[0]])["payload"]["number"]
    _payload(issued[1] + 1, number=number)(lines)


def _no_configuration(lines: list[str]) -> None:
    del lines[1:]
    lines[0] = json.dumps(json.loads(lines[0]) | {"events": 0})


#: What is wrong with the file -> how the refusal begins.
BAD: dict[str, tuple[Any, str]] = {
    "another format": (_line(1, format="x"), "line 1: expected"),
    "a newer format": (_line(1, version=2), "line 1: expected"),
    "no branch": (_line(1, branch=None), "line 1: branch"),
    "another branch": (_line(1, branch="khac"), "the log's configuration is that of thu"),
    "an empty file": (lambda lines: lines.clear(), "line 1: not JSON"),
    "not JSON": (_raw(9, "{"), "line 9: not JSON"),
    "not an object": (_raw(9, "[]"), "line 9: not an object"),
    "nothing in it": (_raw(9, "{}"), "line 9: KeyError"),
    "a gap": (_line(9, seq=44), "line 9: seq 44, expected 8"),
    "an unknown type": (_line(9, type="TicketEaten"), "line 9: bad_value"),
    "an unknown field": (_payload(9, colour="red"), "line 9: bad_value"),
    "a later schema": (_line(9, schema_version=2), "line 9: bad_value"),
    "no time": (_line(9, at="soon"), "line 9: ValueError"),
    "no time zone": (_line(9, at="2026-11-24T09:00:00"), "line 9: ValueError"),
    "an earlier time": (_line(30, at="2020-01-01T00:00:00Z"), "line 30: bad_value"),
    "another version": (_line(9, version=7), "line 9: bad_value"),
    "a number given twice": (_twice, "line "),
    "its end is missing": (_cut, "line 1: "),
    "no configuration": (_no_configuration, "the log needs"),
    "a broken configuration": (_payload(3, catalogue={"time_zone": "Mars/Olympus"}), "the log's configuration"),
    "a broken policy": (_payload(2, policy={"mode": "mood"}), "the log's configuration"),
}  # fmt: skip


def test_a_bad_file_is_refused_by_its_line_and_leaves_nothing(busy: Office, tmp_path: Path) -> None:
    good = exported(busy.engine).splitlines()
    every = [table.name for table in tables.metadata.sorted_tables]
    with empty(tmp_path) as other:
        before = rows(other, *every)
        for what, (edit, words) in BAD.items():
            lines = [*good]
            edit(lines)
            with pytest.raises(logbook.BadLine) as refused:
                logbook.import_(other, lines)
            assert str(refused.value).startswith(words), (what, refused.value)
            assert rows(other, *every) == before, what
        assert logbook.import_(other, good) == len(good) - 1


def test_what_only_the_database_refuses_leaves_nothing_either(busy: Office, tmp_path: Path) -> None:
    """Tickets that another branch of the installation has already: rule D5's second line."""
    lines = exported(busy.engine).splitlines()
    text = "\n".join(lines).replace(f'"branch":"{BRANCH}"', '"branch":"khac"')
    every = [table.name for table in tables.metadata.sorted_tables]
    with empty(tmp_path) as other:
        logbook.import_(other, lines)
        before = rows(other, *every)
        with pytest.raises(logbook.BadLine, match="the database refuses"):
            logbook.import_(other, text.splitlines())
        assert rows(other, *every) == before
        assert logbook.verify(other, BRANCH) == []


def test_a_branch_with_a_log_takes_no_other(busy: Office) -> None:
    every = [table.name for table in tables.metadata.sorted_tables]
    before = rows(busy.engine, *every)
    with pytest.raises(bulk.HistoryRefused):
        logbook.import_(busy.engine, exported(busy.engine).splitlines())
    assert rows(busy.engine, *every) == before


def test_an_unknown_branch_has_nothing_to_export(office: Office) -> None:
    with pytest.raises(UnknownBranch):
        logbook.export(office.engine, BranchId("khac"), io.StringIO())

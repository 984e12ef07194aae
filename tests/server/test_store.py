"""The store on both databases: the same rows as in memory, and constraints that say no themselves."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError

from server import branches, codec, database, logbook, queries, tables
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Mode
from server.domain.counters import CounterStatus
from server.domain.errors import Refused, UnknownBranch
from server.domain.ids import BranchId, CounterId, TicketId
from server.domain.state import BranchState
from server.learning import learned_of
from server.rows import counter_of, event_row, stage_of, ticket_of
from server.simulate.memory import MemoryLog
from server.store import writing_branch
from tests.server.office import BRANCH, FOLDED, NINE, A, B, Office, installed, press, rows


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


class Twin:
    """Every command runs in the database and in memory; both must say the same."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.given = TicketId("")
        state = BranchState(BRANCH)
        self.first = office.events()
        for recorded in self.first:
            state.apply(recorded)
        self.memory = MemoryLog(
            branches.require(office.engine, BRANCH), state=state, ticket_ids=lambda: self.given
        )

    def do(self, kind: type[cmd.AnyCommand], key: str, **content: Any) -> TicketId | None:
        command = kind(branch=BRANCH, command_id=key, **content)
        try:
            result = self.office.dispatcher.execute(command, actor="test").result["ticket"]
        except Refused as refusal:
            with pytest.raises(type(refusal)):
                self.memory.execute(command, now=self.office.now, actor="test")
            return None
        self.given = TicketId(result["id"]) if result else TicketId("")
        with self.office.engine.connect() as connection:
            self.memory.teaching = learned_of(connection, self.memory.catalogue, self.office.now)
        self.memory.execute(command, now=self.office.now, actor="test")
        return self.given or None

    def compare(self) -> None:
        state, engine = self.memory.state, self.office.engine
        # As they are written: a document that was read back has lists where it had tuples.
        written = [event_row(recorded) for recorded in self.office.events()]
        assert written == [event_row(recorded) for recorded in self.first + self.memory.events]
        with engine.connect() as connection:

            def all_of(table: Any) -> Any:
                return connection.execute(select(table)).mappings().all()

            assert {r["id"]: ticket_of(r) for r in all_of(tables.tickets)} == state.tickets
            assert {r["id"]: counter_of(r) for r in all_of(tables.counters)} == state.counters
            stages = {(r["ticket"], r["ordinal"]): stage_of(r) for r in all_of(tables.stages)}
            assert stages == {(s.ticket, s.ordinal): s for v in state.stages.values() for s in v}
            serials = {
                (r["queue"], r["business_date"]): r["last_serial"] for r in all_of(tables.series)
            }
            assert serials == state.serials
            tallies = {
                tuple(r["pool"].split("+")): r["normal_since"] for r in all_of(tables.tallies)
            }
            assert tallies == state.since
            people: dict[str, int] = {}
            for row in all_of(tables.waiting):
                people[row["queue"]] = people.get(row["queue"], 0) + row["people"]
            assert {q: n for q, n in people.items() if n} == state.waiting_counts()
            assert {r["seq"] for r in all_of(tables.notices)} == set(state.notices)


@pytest.mark.parametrize("seed", range(4))
def test_the_database_and_the_memory_hold_the_same_rows(office: Office, seed: int) -> None:
    twin, chance = Twin(office), random.Random(seed)
    known: list[TicketId] = []
    for number in (1, 2):
        twin.do(
            cmd.OpenCounter,
            f"o{number}",
            counter=CounterId(f"{BRANCH}-{number}"),
            officer=f"Cán bộ {number}",
        )
    for step in range(200):
        office.now += timedelta(seconds=chance.uniform(0, 90))
        kind, content = press(chance, known, twin.memory.state.seq)
        ticket = twin.do(kind, f"p{step}", **content)
        if ticket and ticket not in known:
            known.append(ticket)
    assert len(known) > 15
    twin.compare()
    twin.do(cmd.CloseDay, "close")
    assert all(c.status is CounterStatus.CLOSED for c in twin.memory.state.counters.values())
    twin.compare()
    assert logbook.verify(office.engine, BRANCH) == []


def test_a_policy_put_down_for_later_comes_into_force_in_both(office: Office) -> None:
    """Not sooner, not later, not one that was taken back; and the calls follow it."""
    twin = Twin(office)
    strict = codec.policy_document(replace(twin.memory.catalogue.policy, mode=Mode.STRICT))
    tomorrow = {"policy": strict, "base": 1, "note": "thử", "effective": "next_opening"}
    twin.do(cmd.PublishPolicy, "first", **tomorrow)
    twin.do(cmd.PublishPolicy, "one-at-a-time", **tomorrow)
    twin.do(cmd.WithdrawPolicy, "none-such", scheduled=9_999)
    twin.do(cmd.WithdrawPolicy, "back", scheduled=twin.memory.state.seq)
    twin.do(cmd.PublishPolicy, "second", **tomorrow)
    one = CounterId(f"{BRANCH}-1")
    twin.do(cmd.OpenCounter, "open", counter=one, officer="Lan")
    for n, priority in enumerate(("CT", None, None, None, "CT")):
        twin.do(cmd.IssueTicket, f"issue{n}", queue=A, priority=priority)
    midnight = datetime(2026, 11, 24, 17, tzinfo=UTC)
    for n, at in enumerate((NINE, midnight - timedelta(microseconds=1), midnight)):
        office.now = at
        twin.do(cmd.CallNext, f"call{n}", counter=one)
        twin.do(cmd.RecordNoShow, f"gone{n}", counter=one)
    calls = [r.event for r in office.events() if isinstance(r.event, ev.TicketCalled)]
    assert [call.policy_version for call in calls] == [1, 1, 2]
    assert [call.rule for call in calls] == ["arrival", "arrival", "priority"]
    assert twin.memory.catalogue.policy == branches.require(office.engine, BRANCH).policy
    twin.compare()


def test_next_completes_one_ticket_and_calls_another_at_the_same_counter(office: Office) -> None:
    """The row that leaves the counter is written before the row that comes to it (rule D5)."""
    counter = office.open()
    for _ in range(12):
        office.issue()
    office.do(cmd.CallNext, counter=counter)
    for _ in range(11):
        office.do(cmd.StartService, counter=counter)
        assert office.do(cmd.CallNext, counter=counter, outcome="xong")["status"] == "called"
    assert logbook.verify(office.engine, BRANCH) == []


def _refused(engine: Engine, *statements: Any) -> None:
    with pytest.raises(IntegrityError), database.writing(engine) as connection:
        for statement in statements:
            connection.execute(statement)


def test_the_database_refuses_what_must_not_be(office: Office) -> None:
    """Rules D1, D5, N1: the second line of defence, with the first one out of the way."""
    first, second = office.issue(), office.issue()
    counter = office.open()
    office.do(cmd.CallNext, counter=counter)
    t, c, e = tables.tickets, tables.counters, tables.event_log
    of_second = t.c.id == second["id"]
    _refused(office.engine, update(t).where(of_second).values(status="called", counter=counter))
    _refused(office.engine, update(t).where(of_second).values(status="serving", counter=counter))
    _refused(office.engine, update(t).where(of_second).values(number=first["number"]))
    other = CounterId(f"{BRANCH}-2")
    with office.engine.connect() as connection:
        held = dict(connection.execute(select(c).where(c.c.id == counter)).mappings().one())
    _refused(office.engine, c.insert().values(**{**held, "id": other}))
    last = office.events()[-1]
    again, _ = event_row(last)
    _refused(office.engine, e.insert().values(**again))
    _refused(office.engine, e.insert().values(**{**again, "seq": last.seq + 1}))
    _refused(office.engine, e.insert().values(**{**again, "ticket_id": None, "version": None}))
    assert logbook.verify(office.engine, BRANCH) == []


def test_the_clock_of_the_log_never_runs_backwards(office: Office) -> None:
    office.issue()
    office.now -= timedelta(minutes=40)
    assert office.issue()["arrival_at"] == "2026-11-24T02:00:00Z"
    office.now = NINE + timedelta(seconds=1)
    office.issue()
    instants = [r.at for r in office.events()]
    assert instants == sorted(instants)
    assert instants[-1] == office.now
    assert logbook.verify(office.engine, BRANCH) == []


def test_a_clock_set_back_over_midnight_stays_on_the_day_of_the_log(office: Office) -> None:
    """Rule N2: the business date follows the log, so no number of yesterday comes back."""
    office.issue()
    office.now -= timedelta(days=1)
    issued = office.issue()
    assert (issued["number"], issued["business_date"]) == ("A002", "2026-11-24")


def test_an_unknown_branch_is_refused_and_nothing_is_made(office: Office) -> None:
    before = rows(office.engine, *FOLDED, "branches", "event_log", "answers")
    nowhere = Office(office.engine, branch=BranchId("nowhere"))
    with pytest.raises(UnknownBranch):
        nowhere.issue()
    with pytest.raises(UnknownBranch), writing_branch(office.engine, BranchId("x"), NINE):
        pass
    assert rows(office.engine, *FOLDED, "branches", "event_log", "answers") == before


# What must be forgotten ---------------------------------------------------------------------
def _facts(engine: Engine) -> dict[tuple[int, str], tuple[str, date]]:
    with engine.connect() as connection:
        return {
            (r["seq"], r["field"]): (r["value"], r["expires_on"])
            for r in connection.execute(select(tables.expiring_facts)).mappings()
        }


def test_what_expires_is_kept_beside_the_log(office: Office) -> None:
    # 06:30 in Hà Nội is still the day before in UTC: the local date counts (rule N3).
    office.now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    office.issue(priority="CT")
    issued = office.events()[-1]
    e = tables.event_log
    with office.engine.connect() as connection:
        stored = connection.scalar(select(e.c.payload).where(e.c.seq == issued.seq))
    assert '"priority":"*"' in str(stored)
    assert "CT" not in str(stored)
    assert isinstance(issued.event, ev.TicketIssued)
    assert issued.event.priority == "CT"
    assert _facts(office.engine) == {(issued.seq, "priority"): ("CT", date(2026, 11, 26))}


def _two_days(office: Office) -> dict[str, str]:
    """A served, rated ticket; one sent on with a note; one that is still parked at night."""
    counter = office.open()
    served = office.issue(priority="CT")
    office.serve(counter)
    office.do(cmd.RateTicket, ticket=served["id"], level=5, comment="rất tốt")
    sent = office.issue(A)
    office.do(cmd.CallNext, counter=counter)
    office.do(cmd.TransferTicket, counter=counter, reason="x", to_queue=B, note="hồ sơ dày")
    office.serve(counter)
    parked = office.issue(priority="KT")
    office.do(cmd.CallNext, counter=counter)
    office.do(cmd.ParkTicket, counter=counter, reason="bổ sung")
    late = office.issue(priority="CT")
    office.now += timedelta(days=1)
    office.do(cmd.CallNext, counter=counter)
    office.do(cmd.StartService, counter=counter)
    office.do(cmd.CompleteService, counter=counter, outcome="xong")
    today = office.issue(priority="CT")
    return {
        name: ticket["id"]
        for name, ticket in (
            ("served", served), ("sent", sent), ("parked", parked), ("late", late), ("today", today)
        )
    }  # fmt: skip


def _priority_and_note(engine: Engine, ticket: str) -> tuple[str | None, str]:
    t = tables.tickets
    with engine.connect() as connection:
        found = connection.execute(select(t.c.priority, t.c.note).where(t.c.id == ticket)).one()
    return found[0], found[1]


def test_purge_forgets_and_the_log_still_agrees_with_its_rows(office: Office) -> None:
    tickets = _two_days(office)
    assert logbook.purge(office.engine, office.now) == 0, "the first day is kept for one day more"
    assert _priority_and_note(office.engine, tickets["served"]) == ("CT", "")
    seen = {name: _priority_and_note(office.engine, t) for name, t in tickets.items()}
    assert seen["sent"] == (None, "hồ sơ dày")

    # 00:10 in Hà Nội on the second day after, when UTC is still on the day before.
    office.now = datetime(2026, 11, 25, 17, 10, tzinfo=UTC)
    assert logbook.purge(office.engine, office.now) == 3
    seen = {name: _priority_and_note(office.engine, t) for name, t in tickets.items()}
    assert seen == {
        "served": ("*", ""),
        "sent": (None, "*"),
        "parked": ("KT", ""),
        "late": ("*", ""),
        "today": ("CT", ""),
    }
    assert {value for value, _ in _facts(office.engine).values()} == {"KT", "CT", "rất tốt"}
    assert logbook.verify(office.engine, BRANCH) == []
    before = rows(office.engine, *FOLDED)
    logbook.rebuild(office.engine, BRANCH)
    assert rows(office.engine, *FOLDED) == before
    assert logbook.purge(office.engine, office.now) == 0, "safe to repeat"

    issued = office.events()[3].event
    assert isinstance(issued, ev.TicketIssued)
    assert issued.priority == "*"

    office.now += timedelta(days=91)
    assert logbook.purge(office.engine, office.now) == 1, "the comment; the others are unfinished"
    assert logbook.verify(office.engine, BRANCH) == []


def test_a_class_changed_on_the_second_day_outlives_that_of_the_first(office: Office) -> None:
    counter = office.open()
    ticket = office.issue(priority="CT")
    office.now += timedelta(days=1)
    office.do(cmd.CallNext, counter=counter)
    e = office.do(cmd.RecallTicket, counter=counter)
    assert e["id"] == ticket["id"]
    with writing_branch(office.engine, BRANCH, office.now) as log:
        change = ev.PriorityChanged(reason="x", priority="KT")
        log.append([(TicketId(ticket["id"]), change)], actor="test", cause="x")
    office.do(cmd.StartService, counter=counter)
    office.do(cmd.CompleteService, counter=counter, outcome="xong")
    office.now += timedelta(days=1)
    assert logbook.purge(office.engine, office.now) == 1
    assert _priority_and_note(office.engine, ticket["id"]) == ("KT", "")
    assert logbook.verify(office.engine, BRANCH) == []


def test_an_ended_ticket_that_is_purged_can_still_be_read_as_a_state(office: Office) -> None:
    _two_days(office)
    office.now += timedelta(days=5)
    logbook.purge(office.engine, office.now)
    state, _ = queries.load_state(office.engine, BRANCH, date(2026, 11, 24))
    counted = {q: n for q, n in state.waiting_counts().items() if n}
    assert counted == {"A": 1}

"""The calling policy from the draft to the call that keeps its version, on both databases."""

import io
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server import (
    due_policies,
    logbook,
    policies,
    queries,
    tables,
)
from server.boards import Board
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Mode
from server.domain.errors import (
    BadPolicy,
    BadValue,
    PolicyChanged,
    PolicyOutOfRange,
    PolicyPending,
    PolicySame,
    ReasonRequired,
    UnknownPolicy,
)
from tests.server.office import BRANCH, NINE, A, Office, catalogue, installed
from tests.server.policy_office import TOMORROW, configured, document, in_force, publish


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url, configured()) as engine:
        yield Office(engine)


def _versions_of_calls(office: Office) -> list[int]:
    return [r.event.policy_version for r in office.events() if isinstance(r.event, ev.TicketCalled)]


# Publishing ---------------------------------------------------------------------------------
def test_a_call_keeps_the_version_that_chose_it(office: Office) -> None:
    for priority in ("CT", None, None, None, "CT", "CT"):
        office.issue(A, priority=priority)
    desk = office.open()
    assert [office.serve(desk)["number"] for _ in range(2)] == ["A001", "A002"]
    publish(office, mode=Mode.STRICT)
    assert office.serve(desk)["number"] == "A005"
    publish(office, mode=Mode.INTERLEAVE, normal_per_priority=1)
    assert office.serve(desk)["number"] == "A003"
    assert _versions_of_calls(office) == [1, 1, 2, 3]
    with queries.reading(office.engine) as connection:
        told = policies.versions(connection, BRANCH, "vi")
    assert [(v["version"], v["calls"], v["by"], v["note"]) for v in told] == [
        (3, 1, "Hoa", "thử"),
        (2, 1, "Hoa", "thử"),
        (1, 2, "", ""),
    ]
    assert told[1]["difference"] == ["Cách xếp ưu tiên: xen kẽ → ưu tiên tuyệt đối"]
    assert "Xen kẽ: 1 lượt ưu tiên sau 2 → 1 lượt thường" in told[0]["difference"]
    assert logbook.verify(office.engine, BRANCH) == []


def test_calls_that_share_a_commit_with_a_publication_keep_the_right_version(
    office: Office,
) -> None:
    """Presses that arrive together are decided one after the other in one transaction."""
    for _ in range(40):
        office.issue(A)
    desks = [office.open(n) for n in (1, 2, 3)]
    start = threading.Barrier(4)

    def work(desk: Any) -> None:
        start.wait()
        for n in range(8):
            for kind, more in (
                (cmd.CallNext, {}), (cmd.StartService, {}), (cmd.CompleteService, {"outcome": "xong"}),
            ):  # fmt: skip
                command = kind(
                    branch=BRANCH, command_id=f"{desk}-{n}-{kind.__name__}", counter=desk, **more
                )
                office.dispatcher.execute(command, actor="test")

    def change() -> None:
        start.wait()
        for n in range(6):
            publish(office, overtaking_cap_minutes=30 + n)

    threads = [threading.Thread(target=work, args=(d,)) for d in desks]
    threads.append(threading.Thread(target=change))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    in_force, calls = 0, Counter[int]()
    for recorded in office.events():
        if isinstance(recorded.event, ev.PolicyPublished):
            assert recorded.event.version == in_force + 1
            in_force = recorded.event.version
        elif isinstance(recorded.event, ev.TicketCalled):
            assert recorded.event.policy_version == in_force, recorded.seq
            calls[in_force] += 1
    assert sum(calls.values()) == 24
    with queries.reading(office.engine) as connection:
        told = {v["version"]: v["calls"] for v in policies.versions(connection, BRANCH, "en")}
    assert {v: n for v, n in told.items() if n} == dict(calls)


_REFUSED: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"base": 7}, PolicyChanged),
    ({"note": " "}, ReasonRequired),
    ({"policy": document()}, PolicySame),
    ({"policy": document(normal_per_priority=0)}, PolicyOutOfRange),
    ({"policy": document(wait_targets_minutes=(30, 20))}, BadPolicy),
    ({"policy": {**document(), "speed": 1}}, BadValue),
    ({"policy": {**document(), "mode": "fifo"}}, BadValue),
    ({"policy": {**document(), "classes": [{"code": "CT"}]}}, BadValue),
    ({"policy": {**document(), "classes": [{"code": "CT", "x": 1}]}}, BadValue),
    ({"policy": {**document(), "undo_seconds": "15"}}, BadValue),
    ({"effective": "soon"}, BadValue),
    ({"effective": "2026-11-24"}, BadValue),
    ({"effective": "2028-01-03"}, BadValue),
    ({"restores": 1}, UnknownPolicy),
    ({"restores": 9}, UnknownPolicy),
]


def test_what_cannot_be_published_changes_nothing(office: Office) -> None:
    usual = {"policy": document(normal_per_priority=3), "base": 1, "note": "x", "effective": "now"}
    before = len(office.events())
    for content, refusal in _REFUSED:
        with pytest.raises(refusal):
            office.execute(cmd.PublishPolicy, **(usual | content))
    assert len(office.events()) == before
    assert in_force(office).version == 1


def test_the_same_press_publishes_once(office: Office) -> None:
    content = {
        "policy": document(normal_per_priority=3),
        "base": 1,
        "note": "x",
        "effective": "now",
    }
    first = office.execute(cmd.PublishPolicy, "k1", **content)
    assert office.execute(cmd.PublishPolicy, "k1", **content) == first
    assert in_force(office).version == 2


# A day to come ------------------------------------------------------------------------------
def test_by_default_it_comes_into_force_at_the_next_opening(office: Office) -> None:
    """The old one holds until then; the first command after the moment is decided by the new one."""
    for priority in ("CT", None, None, None, "CT"):
        office.issue(A, priority=priority)
    desk = office.open()
    assert office.serve(desk)["number"] == "A001"
    publish(office, "next_opening", mode=Mode.STRICT)
    board = Board(office.engine, BRANCH, lambda: office.now)
    office.now = TOMORROW - timedelta(microseconds=1)
    assert office.serve(desk)["number"] == "A002"
    office.now = TOMORROW
    assert office.serve(desk)["number"] == "A005", "strict from half past seven on"
    assert _versions_of_calls(office) == [1, 1, 2]
    published = [r for r in office.events() if isinstance(r.event, ev.PolicyPublished)]
    assert [r.actor for r in published] == ["test", "job:policy"]
    scheduled = next(r for r in office.events() if isinstance(r.event, ev.PolicyScheduled))
    event = published[1].event
    assert isinstance(event, ev.PolicyPublished)
    assert (event.version, event.by, event.note, event.scheduled) == (
        2,
        "Hoa",
        "thử",
        scheduled.seq,
    )
    board.catch_up()
    assert board.catalogue.policy == in_force(office)
    with office.engine.connect() as connection:
        row = connection.execute(select(tables.branches)).mappings().one()
    assert (row["policy_scheduled"], row["policy_due_at"]) == (None, None)
    assert logbook.verify(office.engine, BRANCH) == []


def test_where_nobody_writes_the_beat_brings_it_in_once(office: Office) -> None:
    """Also after a restart, late, and by two relays at the same time."""
    publish(office, "2026-11-27", normal_per_priority=3)
    keepers = [due_policies.Keeper(office.engine, lambda: office.now) for _ in range(4)]
    office.now = datetime(2026, 11, 27, 0, 29, 59, tzinfo=UTC)
    keepers[0].look()
    assert in_force(office).version == 1
    office.now += timedelta(hours=5)
    threads = [threading.Thread(target=k.look) for k in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keepers[0].look()
    assert in_force(office) == replace(configured().policy, version=2, normal_per_priority=3)
    assert sum(isinstance(r.event, ev.PolicyPublished) for r in office.events()) == 2


def test_a_clock_that_runs_ahead_and_back_publishes_once(office: Office) -> None:
    publish(office, "next_opening", normal_per_priority=3)
    office.now = TOMORROW + timedelta(days=30)
    office.issue(A)
    assert in_force(office).version == 2
    office.now = NINE
    office.issue(A)
    due_policies.Keeper(office.engine, lambda: office.now).look()
    office.now = TOMORROW
    office.issue(A)
    assert sum(isinstance(r.event, ev.PolicyPublished) for r in office.events()) == 2
    assert in_force(office).version == 2


def test_the_next_opening_passes_over_days_that_are_closed(office: Office) -> None:
    """A Wednesday evening before a holiday: Friday. Before doors open, the same day."""

    def scheduled_at() -> datetime:
        with queries.reading(office.engine) as connection:
            found = policies.pending(connection, BRANCH)
        assert found is not None
        office.execute(cmd.WithdrawPolicy, scheduled=found[0])
        return found[1].effective_at

    office.now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    publish(office, "next_opening", normal_per_priority=3)
    assert scheduled_at() == datetime(2026, 11, 27, 0, 30, tzinfo=UTC)
    # A day that is closed begins at its midnight.
    publish(office, "2026-11-28", normal_per_priority=3)
    assert scheduled_at() == datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    office.now = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    publish(office, "next_opening", normal_per_priority=3)
    assert scheduled_at() == datetime(2026, 11, 27, 0, 30, tzinfo=UTC)


def test_one_waits_at_a_time_and_can_be_taken_back(office: Office) -> None:
    publish(office, "next_opening", normal_per_priority=3)
    for effective in ("now", "next_opening"):
        with pytest.raises(PolicyPending):
            publish(office, effective, normal_per_priority=4)
    seq = office.events()[-1].seq
    with pytest.raises(UnknownPolicy):
        office.execute(cmd.WithdrawPolicy, scheduled=seq - 1)
    office.execute(cmd.WithdrawPolicy, scheduled=seq, note="chưa cần", by="Hoa")
    with pytest.raises(UnknownPolicy):
        office.execute(cmd.WithdrawPolicy, "again", scheduled=seq)
    office.now = TOMORROW
    office.issue(A)
    assert in_force(office).version == 1
    publish(office, "now", normal_per_priority=4)
    assert in_force(office).version == 2


def test_one_that_cannot_be_used_is_withdrawn_and_the_office_goes_on(office: Office) -> None:
    """Only a log from elsewhere holds such a thing; it must not stop the calls."""
    from server.store import writing_branch

    bad = ev.PolicyScheduled(
        policy={"mode": "fifo"}, base=1, effective_at=TOMORROW, by="x", note="x"
    )
    with writing_branch(office.engine, BRANCH, office.now) as log:
        log.append([(None, bad)], actor="test", cause="c")
    office.now = TOMORROW
    office.issue(A)
    office.issue(A)
    over = [r.event for r in office.events() if isinstance(r.event, ev.PolicyScheduleWithdrawn)]
    assert [event.note for event in over] == ["unusable"]
    assert in_force(office).version == 1


def test_a_log_that_is_brought_in_keeps_what_waits(office: Office, tmp_path: Path) -> None:
    publish(office, "now", normal_per_priority=3)
    publish(office, "next_opening", normal_per_priority=4)
    out = io.StringIO()
    logbook.export(office.engine, BRANCH, out)
    with installed(f"sqlite:///{tmp_path / 'other.db'}", catalogue(branch="khac")) as engine:
        logbook.import_(engine, out.getvalue().splitlines())
        other = Office(engine, now=TOMORROW)
        assert in_force(other).normal_per_priority == 3
        other.issue(A)
        assert (in_force(other).version, in_force(other).normal_per_priority) == (3, 4)

"""The calling policy from the draft to the call that keeps its version, on both databases."""

import io
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server import (
    admin,
    branches,
    branchfile,
    codec,
    due_policies,
    logbook,
    policies,
    policy_files,
    queries,
    tables,
)
from server.boards import Board
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Hours, Mode, Policy, Window
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
from server.settings import Settings
from tests.server.office import BRANCH, NINE, A, Office, catalogue, installed

#: Half past seven at the branch, the day after `NINE`.
TOMORROW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


def _configured() -> Any:
    """Doors from half past seven to five on weekdays; closed on the 26th."""
    made = catalogue()
    window = Window(opens=time(8), closes=time(17), doors=time(7, 30), last_ticket=time(16, 45))
    weekly = ((window,),) * 5 + ((), ())
    hours = Hours(weekly=weekly, holidays=frozenset({datetime(2026, 11, 26).date()}))  # noqa: DTZ001
    return replace(made, hours=hours)


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url, _configured()) as engine:
        yield Office(engine)


def _in_force(office: Office) -> Policy:
    return branches.require(office.engine, BRANCH).policy


def _document(**values: Any) -> dict[str, Any]:
    policy = replace(_configured().policy, **values)
    return codec.policy_document(policy)


def _publish(office: Office, effective: str = "now", **values: Any) -> None:
    base = _in_force(office).version
    policy = codec.policy_document(replace(_in_force(office), **values))
    content = {"policy": policy, "base": base, "effective": effective, "note": "thử", "by": "Hoa"}
    office.execute(cmd.PublishPolicy, **content)


def _versions_of_calls(office: Office) -> list[int]:
    return [r.event.policy_version for r in office.events() if isinstance(r.event, ev.TicketCalled)]


# Publishing ---------------------------------------------------------------------------------
def test_a_call_keeps_the_version_that_chose_it(office: Office) -> None:
    for priority in ("CT", None, None, None, "CT", "CT"):
        office.issue(A, priority=priority)
    desk = office.open()
    assert [office.serve(desk)["number"] for _ in range(2)] == ["A001", "A002"]
    _publish(office, mode=Mode.STRICT)
    assert office.serve(desk)["number"] == "A005"
    _publish(office, mode=Mode.INTERLEAVE, normal_per_priority=1)
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

    def publish() -> None:
        start.wait()
        for n in range(6):
            _publish(office, overtaking_cap_minutes=30 + n)

    threads = [threading.Thread(target=work, args=(d,)) for d in desks]
    threads.append(threading.Thread(target=publish))
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
    ({"policy": _document()}, PolicySame),
    ({"policy": _document(normal_per_priority=0)}, PolicyOutOfRange),
    ({"policy": _document(wait_targets_minutes=(30, 20))}, BadPolicy),
    ({"policy": {**_document(), "speed": 1}}, BadValue),
    ({"policy": {**_document(), "mode": "fifo"}}, BadValue),
    ({"policy": {**_document(), "classes": [{"code": "CT"}]}}, BadValue),
    ({"policy": {**_document(), "classes": [{"code": "CT", "x": 1}]}}, BadValue),
    ({"policy": {**_document(), "undo_seconds": "15"}}, BadValue),
    ({"effective": "soon"}, BadValue),
    ({"effective": "2026-11-24"}, BadValue),
    ({"effective": "2028-01-03"}, BadValue),
    ({"restores": 1}, UnknownPolicy),
    ({"restores": 9}, UnknownPolicy),
]


def test_what_cannot_be_published_changes_nothing(office: Office) -> None:
    usual = {"policy": _document(normal_per_priority=3), "base": 1, "note": "x", "effective": "now"}
    before = len(office.events())
    for content, refusal in _REFUSED:
        with pytest.raises(refusal):
            office.execute(cmd.PublishPolicy, **(usual | content))
    assert len(office.events()) == before
    assert _in_force(office).version == 1


def test_the_same_press_publishes_once(office: Office) -> None:
    content = {
        "policy": _document(normal_per_priority=3),
        "base": 1,
        "note": "x",
        "effective": "now",
    }
    first = office.execute(cmd.PublishPolicy, "k1", **content)
    assert office.execute(cmd.PublishPolicy, "k1", **content) == first
    assert _in_force(office).version == 2


# A day to come ------------------------------------------------------------------------------
def test_by_default_it_comes_into_force_at_the_next_opening(office: Office) -> None:
    """The old one holds until then; the first command after the moment is decided by the new one."""
    for priority in ("CT", None, None, None, "CT"):
        office.issue(A, priority=priority)
    desk = office.open()
    assert office.serve(desk)["number"] == "A001"
    _publish(office, "next_opening", mode=Mode.STRICT)
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
    assert board.catalogue.policy == _in_force(office)
    with office.engine.connect() as connection:
        row = connection.execute(select(tables.branches)).mappings().one()
    assert (row["policy_scheduled"], row["policy_due_at"]) == (None, None)
    assert logbook.verify(office.engine, BRANCH) == []


def test_where_nobody_writes_the_beat_brings_it_in_once(office: Office) -> None:
    """Also after a restart, late, and by two relays at the same time."""
    _publish(office, "2026-11-27", normal_per_priority=3)
    keepers = [due_policies.Keeper(office.engine, lambda: office.now) for _ in range(4)]
    office.now = datetime(2026, 11, 27, 0, 29, 59, tzinfo=UTC)
    keepers[0].look()
    assert _in_force(office).version == 1
    office.now += timedelta(hours=5)
    threads = [threading.Thread(target=k.look) for k in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keepers[0].look()
    assert _in_force(office) == replace(_configured().policy, version=2, normal_per_priority=3)
    assert sum(isinstance(r.event, ev.PolicyPublished) for r in office.events()) == 2


def test_a_clock_that_runs_ahead_and_back_publishes_once(office: Office) -> None:
    _publish(office, "next_opening", normal_per_priority=3)
    office.now = TOMORROW + timedelta(days=30)
    office.issue(A)
    assert _in_force(office).version == 2
    office.now = NINE
    office.issue(A)
    due_policies.Keeper(office.engine, lambda: office.now).look()
    office.now = TOMORROW
    office.issue(A)
    assert sum(isinstance(r.event, ev.PolicyPublished) for r in office.events()) == 2
    assert _in_force(office).version == 2


def test_the_next_opening_passes_over_days_that_are_closed(office: Office) -> None:
    """A Wednesday evening before a holiday: Friday. Before doors open, the same day."""

    def scheduled_at() -> datetime:
        with queries.reading(office.engine) as connection:
            found = policies.pending(connection, BRANCH)
        assert found is not None
        office.execute(cmd.WithdrawPolicy, scheduled=found[0])
        return found[1].effective_at

    office.now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    _publish(office, "next_opening", normal_per_priority=3)
    assert scheduled_at() == datetime(2026, 11, 27, 0, 30, tzinfo=UTC)
    # A day that is closed begins at its midnight.
    _publish(office, "2026-11-28", normal_per_priority=3)
    assert scheduled_at() == datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    office.now = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    _publish(office, "next_opening", normal_per_priority=3)
    assert scheduled_at() == datetime(2026, 11, 27, 0, 30, tzinfo=UTC)


def test_one_waits_at_a_time_and_can_be_taken_back(office: Office) -> None:
    _publish(office, "next_opening", normal_per_priority=3)
    for effective in ("now", "next_opening"):
        with pytest.raises(PolicyPending):
            _publish(office, effective, normal_per_priority=4)
    seq = office.events()[-1].seq
    with pytest.raises(UnknownPolicy):
        office.execute(cmd.WithdrawPolicy, scheduled=seq - 1)
    office.execute(cmd.WithdrawPolicy, scheduled=seq, note="chưa cần", by="Hoa")
    with pytest.raises(UnknownPolicy):
        office.execute(cmd.WithdrawPolicy, "again", scheduled=seq)
    office.now = TOMORROW
    office.issue(A)
    assert _in_force(office).version == 1
    _publish(office, "now", normal_per_priority=4)
    assert _in_force(office).version == 2


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
    assert _in_force(office).version == 1


def test_a_log_that_is_brought_in_keeps_what_waits(office: Office, tmp_path: Path) -> None:
    _publish(office, "now", normal_per_priority=3)
    _publish(office, "next_opening", normal_per_priority=4)
    out = io.StringIO()
    logbook.export(office.engine, BRANCH, out)
    with installed(f"sqlite:///{tmp_path / 'other.db'}", catalogue(branch="khac")) as engine:
        logbook.import_(engine, out.getvalue().splitlines())
        other = Office(engine, now=TOMORROW)
        assert _in_force(other).normal_per_priority == 3
        other.issue(A)
        assert (_in_force(other).version, _in_force(other).normal_per_priority) == (3, 4)


# Drafts -------------------------------------------------------------------------------------
def _save(office: Office, author: str, revision: int, **values: Any) -> dict[str, Any]:
    return policies.save(
        office.engine, BRANCH, _document(**values), author=author, name=author,
        revision=revision, now=office.now,
    )  # fmt: skip


def _drafts(office: Office, author: str = "hoa") -> list[tuple[str, int, bool]]:
    view = Board(office.engine, BRANCH, lambda: office.now).view()
    found = policies.shown(office.engine, view, "vi", author=author, sees_drafts=True)
    return [(d["name"], d["revision"], d["is_mine"]) for d in found["drafts"]]


def test_an_author_has_one_draft_and_two_windows_do_not_overwrite_each_other(
    office: Office,
) -> None:
    first = _save(office, "hoa", 0, normal_per_priority=3)
    assert _save(office, "hoa", 0, normal_per_priority=3) == first, "the same again"
    with pytest.raises(PolicyChanged):
        _save(office, "hoa", 0, normal_per_priority=4)
    again = _save(office, "hoa", 1, normal_per_priority=4)
    assert again == {"draft": first["draft"], "revision": 2}
    office.now += timedelta(minutes=1)
    _save(office, "lan", 0, normal_per_priority=5)
    assert _drafts(office) == [("lan", 1, False), ("hoa", 2, True)]
    with queries.reading(office.engine) as connection:
        assert policies.draft(connection, BRANCH, first["draft"]).normal_per_priority == 4
        with pytest.raises(UnknownPolicy):
            policies.draft(connection, BRANCH, "none")
    with pytest.raises(PolicyOutOfRange):
        _save(office, "hoa", 2, normal_per_priority=101)
    for n in range(policies.MOST_DRAFTS - 2):
        _save(office, f"n{n}", 0, normal_per_priority=6)
    with pytest.raises(BadPolicy):
        _save(office, "one too many", 0, normal_per_priority=6)
    policies.discard(office.engine, BRANCH, first["draft"])
    policies.discard(office.engine, BRANCH, first["draft"])
    assert "hoa" not in [name for name, _, _ in _drafts(office)]


def test_what_is_published_is_no_draft_any_more(office: Office) -> None:
    _save(office, "hoa", 0, normal_per_priority=3)
    _publish(office, "next_opening", normal_per_priority=3)
    assert _drafts(office) == []
    office.now = TOMORROW
    office.issue(A)
    assert _drafts(office) == []
    # Its author sees none and begins anew.
    assert _save(office, "hoa", 0, normal_per_priority=4)["revision"] == 2
    with pytest.raises(PolicyChanged):
        _save(office, "hoa", 0, normal_per_priority=5)
    assert _drafts(office) == [("hoa", 2, True)]


# The branch file ----------------------------------------------------------------------------
@pytest.fixture
def settings(office: Office, tmp_path: Path) -> Settings:
    url = office.engine.url.render_as_string(hide_password=False)
    return Settings(data=tmp_path, database_url=url)


def _file(path: Path, office: Office, **values: Any) -> Path:
    known = branches.require(office.engine, BRANCH)
    text = branchfile.dumps(replace(known, policy=replace(known.policy, **values)))
    path.write_text(text, encoding="utf-8")
    return path


def test_an_older_file_never_silently_replaces_a_published_policy(
    office: Office, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = _file(tmp_path / "old.toml", office)
    _publish(office, normal_per_priority=5)
    assert admin.apply_file(settings, old, ask=False)
    said = capsys.readouterr().out
    assert "CHÚ Ý: quy tắc gọi số đang áp dụng (bản 2) do Hoa công bố" in said
    assert "là của bản 1, cũ hơn bản đang áp dụng" in said
    assert "Giữ quy tắc gọi số đang áp dụng" in said
    assert _in_force(office).normal_per_priority == 5
    # What is exported now says what is in force, and is no older file.
    exported = _file(tmp_path / "new.toml", office)
    assert "normal_per_priority = 5" in exported.read_text("utf-8")
    assert admin.apply_file(settings, exported, ask=False)
    assert "CHÚ Ý" not in capsys.readouterr().out
    assert admin.apply_file(settings, old, ask=False, policy="file")
    assert (_in_force(office).version, _in_force(office).normal_per_priority) == (3, 2)
    # The one in force came from a file now: another file is the usual way.
    assert admin.apply_file(settings, exported, ask=False)
    assert "CHÚ Ý" not in capsys.readouterr().out.split("danh mục")[-1]
    assert _in_force(office).normal_per_priority == 5


def test_the_rest_of_a_file_is_applied_beside_the_policy_that_stays(
    office: Office, settings: Settings, tmp_path: Path
) -> None:
    file = _file(tmp_path / "old.toml", office)
    _publish(office, normal_per_priority=5)
    file.write_text(
        file.read_text("utf-8").replace("is_demo", "lock_minutes = 12\nis_demo"), "utf-8"
    )
    assert admin.apply_file(settings, file, ask=False)
    known = branches.require(office.engine, BRANCH)
    assert (known.lock_minutes, known.policy.normal_per_priority) == (12, 5)


def test_a_file_with_another_policy_withdraws_what_waits(office: Office) -> None:
    known = branches.require(office.engine, BRANCH)
    wanted = replace(known, policy=replace(known.policy, yield_places=0))
    _publish(office, "next_opening", normal_per_priority=5)
    said = policy_files.clash(office.engine, known, wanted)
    assert "đang chờ áp dụng từ 07:30 ngày 25/11/2026" in said[0]
    branches.apply(office.engine, known, now=office.now, actor="test")
    with queries.reading(office.engine) as connection:
        assert policies.pending(connection, BRANCH), "the same policy again withdraws nothing"
    branches.apply(office.engine, wanted, now=office.now, actor="test")
    with queries.reading(office.engine) as connection:
        assert policies.pending(connection, BRANCH) is None
    office.now = TOMORROW + timedelta(days=2)
    office.issue(A)
    assert _in_force(office) == replace(wanted.policy, version=2)


def test_a_policy_that_has_come_due_is_not_lost_when_a_file_comes_first(office: Office) -> None:
    """The file is held against what is in force at its moment."""
    known = branches.require(office.engine, BRANCH)
    _publish(office, "next_opening", normal_per_priority=5)
    longer = replace(known, lock_minutes=12)
    branches.apply(office.engine, longer, now=TOMORROW, actor="test", keeps_policy=True)
    assert _in_force(office) == replace(known.policy, version=2, normal_per_priority=5)
    assert branches.require(office.engine, BRANCH).lock_minutes == 12

"""The demo's preparation: its clock, its sign-ins, its history; and that it can be repeated."""

import itertools
import json
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import (
    accounts,
    branches,
    branchfile,
    database,
    demo,
    devices,
    passwords,
    queries,
    tables,
)
from server.access import Role
from server.domain.catalogue import Catalogue
from server.domain.counters import CounterStatus
from server.domain.ids import BranchId
from server.domain.ticket import ENDED
from server.settings import Settings

LONG_BIEN = BranchId("long-bien")


@pytest.fixture(autouse=True)
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DAYS", 2)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return branchfile.load(demo.BRANCH_FILE)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path)
    engine = database.connect(made.database)
    database.migrate(engine)
    engine.dispose()
    return made


def hanoi(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 by the clock of Hà Nội."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        (hanoi(24, 8, 15), hanoi(24, 8, 15)),
        (hanoi(24, 11), hanoi(24, 11)),
        (hanoi(24, 13, 15), hanoi(24, 13, 15)),
        (hanoi(24, 16), hanoi(24, 16)),
        (hanoi(24, 8, 14), hanoi(24, 9)),
        (hanoi(24, 11, 1), hanoi(24, 9)),
        (hanoi(24, 16, 1), hanoi(24, 9)),
        (hanoi(24, 23, 30), hanoi(24, 9)),
        (hanoi(25, 0, 30), hanoi(25, 9)),
        (hanoi(21, 9), hanoi(20, 9)),
        (hanoi(22, 10), hanoi(20, 9)),
    ],
)
def test_the_demos_clock(catalogue: Catalogue, real: datetime, shown: datetime) -> None:
    """The real time inside a session of a whole day, else nine o'clock of the latest such day."""
    assert demo.demo_now(real, catalogue) == shown


def test_the_demos_clock_skips_holidays(catalogue: Catalogue) -> None:
    in_tet = datetime(2027, 2, 9, 3, 0, tzinfo=UTC)
    assert demo.demo_now(in_tet, catalogue) == datetime(2027, 2, 4, 2, 0, tzinfo=UTC)


def rows(settings: Settings, table: Any) -> list[Any]:
    engine = database.connect(settings.database)
    with engine.connect() as connection:
        found = list(connection.execute(table.select()).mappings())
    engine.dispose()
    return found


def test_a_first_start_prepares_everything(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    made = demo.prepare(settings, hanoi(25, 9, 30))
    assert made.starts_at == hanoi(25, 9, 30)
    assert "Đang nạp dữ liệu minh họa: ngày 3/3" in capsys.readouterr().out
    path = settings.data / "demo.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document == made.document
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(settings.data.glob("*.part")) == []
    assert document.keys() == {
        *(
            "base_url",
            "branch",
            "kiosk",
            "counters",
            "display",
            "manager",
            "api",
            "people",
            "pads",
            "urls",
        )
    }
    assert document["branch"] == LONG_BIEN
    assert [c["number"] for c in document["counters"]] == list(range(1, 17))
    assert all(
        c.keys() == {"id", "number", "queues", "username", "token"} for c in document["counters"]
    )

    engine = database.connect(settings.database)
    for part, role in (("kiosk", Role.KIOSK), ("display", Role.DISPLAY), ("api", Role.INTEGRATION)):
        actor = devices.of_token(engine, document[part]["token"])
        assert actor is not None
        assert (actor.role, actor.branch) == (role, LONG_BIEN)
    for entry in document["counters"]:
        actor = accounts.of_token(engine, entry["token"])
        assert actor is not None
        assert (actor.id, actor.role) == (entry["username"], Role.OFFICER)
        assert actor.counter == entry["id"]
    password = document["manager"]["password"]
    assert len(document["people"]) == 20
    for person in document["people"][:5]:
        row = accounts.row_of(engine, person["username"])
        assert row is not None
        assert passwords.verify(row["password_hash"], password)
        assert row["role"] == person["role"]
    state, configured = queries.load_state(engine, LONG_BIEN, date(2026, 11, 25))
    engine.dispose()

    yours = [c.id for c in configured.counters if c.number in demo.YOURS]
    assert all(state.counter(c).status is CounterStatus.CLOSED for c in yours)
    assert any(t.status not in ENDED for t in state.tickets.values())
    days = {row["business_date"] for row in rows(settings, tables.tickets)}
    assert days == {date(2026, 11, d) for d in (23, 24, 25)}
    cursors = {row["subscriber"]: row["seq"] for row in rows(settings, tables.cursors)}
    assert cursors == dict.fromkeys(
        ("screens", "slips", "figures", "alerts", "voices", "forecasts", "history"), state.seq
    )
    assert all(f"#token={document['kiosk']['token']}" in u for u in [document["urls"]["kiosk"]])


def test_a_second_start_keeps_sign_ins_and_goes_on(settings: Settings) -> None:
    first = demo.prepare(settings, hanoi(25, 9, 30))
    many = len(rows(settings, tables.event_log))
    again = demo.prepare(settings, hanoi(25, 10, 30))
    assert again.document == first.document
    assert len(rows(settings, tables.event_log)) == many
    assert len(rows(settings, tables.devices)) == 5
    assert len(rows(settings, tables.user_tokens)) == 16
    assert hanoi(25, 9) < again.starts_at <= hanoi(25, 9, 30)


def test_a_start_on_a_later_day_adds_the_missing_days_only(settings: Settings) -> None:
    demo.prepare(settings, hanoi(24, 9, 30))
    before = {row["seq"]: row["cause"] for row in rows(settings, tables.event_log)}
    later = demo.prepare(settings, hanoi(26, 14))
    assert later.starts_at == hanoi(26, 14)
    after = rows(settings, tables.event_log)
    assert before.items() <= {row["seq"]: row["cause"] for row in after}.items()
    assert [row["seq"] for row in after] == list(range(1, len(after) + 1))
    assert all(a["at"] <= b["at"] for a, b in itertools.pairwise(after))
    old = [r for r in rows(settings, tables.tickets) if r["business_date"] < date(2026, 11, 26)]
    assert {r["business_date"] for r in old} == {date(2026, 11, d) for d in (23, 24, 25)}
    assert all(r["status"] in {s.value for s in ENDED} for r in old)


def test_a_demo_that_jumped_ahead_goes_on_from_there(settings: Settings) -> None:
    demo.prepare(settings, hanoi(26, 9, 30))
    back = demo.prepare(settings, hanoi(25, 10))
    assert hanoi(26, 9) < back.starts_at <= hanoi(26, 9, 30)


def test_sign_ins_of_another_database_are_not_kept(settings: Settings, tmp_path: Path) -> None:
    first = demo.prepare(settings, hanoi(25, 9, 30))
    moved = Settings(data=settings.data, database_url=f"sqlite:///{tmp_path / 'other.db'}")
    engine = database.connect(moved.database)
    database.migrate(engine)
    second = demo.prepare(moved, hanoi(25, 9, 30))
    assert second.document["kiosk"] != first.document["kiosk"]
    assert devices.of_token(engine, second.document["kiosk"]["token"])
    assert branches.ids(engine) == [LONG_BIEN]
    engine.dispose()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"counters": 1}'])
def test_a_damaged_file_of_sign_ins_is_made_anew(settings: Settings, content: str) -> None:
    (settings.data / "demo.json").write_text(content, encoding="utf-8")
    made = demo.prepare(settings, hanoi(25, 9, 30))
    assert len(made.document["counters"]) == 16

"""The report of the forecast's accuracy, from rows whose outcome is known by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from server import database, forecast_report, tables
from server.domain.errors import BadValue
from server.domain.ids import TicketId
from tests.server.office import BRANCH, A, B, Office, installed

DAY = date(2026, 11, 24)


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def _waited(office: Office, ticket: TicketId, minutes: float, **more: Any) -> None:
    """What the row of a ticket says of its first call and of what was told."""
    t = tables.tickets
    with database.writing(office.engine) as connection:
        row = connection.execute(t.select().where(t.c.id == ticket)).mappings().one()
        values = {
            "first_called_at": row["issued_at"] + timedelta(minutes=minutes),
            "expected_s": 900,
            "low_s": 600,
            "high_s": 1_200,
            **more,
        }
        connection.execute(update(t).where(t.c.id == ticket).values(**values))


def _asked(office: Office, by: str = "none", start: date = DAY, days: int = 0) -> dict[str, Any]:
    return forecast_report.answer(
        office.engine, BRANCH, start, start + timedelta(days=days), by, office.now
    )


def test_shares_by_queue_and_yesterday(office: Office) -> None:
    assert _asked(office)["total"]["n"] == 0
    assert _asked(office)["last_day"] is None
    office.open(1)
    for n in range(40):
        queue = A if n < 35 else B
        ticket = office.issue(queue)["id"]
        # Of A: 28 right, 7 late by 5 minutes. The last of B was told nothing.
        told = {"low_s": None, "high_s": None} if n == 39 else {}
        _waited(office, ticket, 15 if n < 28 or n >= 35 else 25, **told)
    _waited(office, office.issue(A)["id"], 0.2)
    answer = _asked(office, "queue")
    groups = {g["key"]: g for g in answer["groups"]}
    assert (groups["A"]["n"], groups["A"]["right"], groups["A"]["late"]) == (35, 0.8, 0.2)
    assert groups["A"]["very_late"] == 0
    assert (groups["B"]["n"], groups["B"]["right"], groups["B"]["unsaid"]) == (4, None, 1)
    assert answer["total"]["n"] == 39
    assert [g["key"] for g in _asked(office, "class")["groups"]] == ["normal"]
    assert [g["key"] for g in _asked(office, "hour")["groups"]] == ["09"]
    assert [g["key"] for g in _asked(office, "day")["groups"]] == [DAY.isoformat()]
    # Today is not over.
    assert answer["last_day"] is None
    office.now += timedelta(days=1)
    last = _asked(office)["last_day"]
    assert last == {
        "date": DAY.isoformat(), "is_yesterday": True, "n": 39, "right": pytest.approx(32 / 39),
    }  # fmt: skip
    kept = forecast_report.LastDays(office.engine)
    assert kept.of(BRANCH, office.now) == last
    office.now += timedelta(days=2)
    later = kept.of(BRANCH, office.now)
    assert later is not None
    assert not later["is_yesterday"]
    assert kept.of(BRANCH, office.now + timedelta(days=10)) is None


def test_who_let_others_go_first_or_came_on_paper_is_left_out(office: Office) -> None:
    office.open(1)
    first, second = (office.issue(A)["id"] for _ in range(2))
    _waited(office, first, 15, yielded=1)
    _waited(office, second, 15, channel="roll")
    _waited(office, office.issue(A)["id"], 24 * 60)
    assert _asked(office)["total"]["n"] == 0


def test_a_period_that_cannot_be_answered(office: Office) -> None:
    with pytest.raises(BadValue):
        _asked(office, days=-1)
    with pytest.raises(BadValue):
        _asked(office, days=forecast_report.MOST_DAYS)


def test_the_same_day_is_that_of_the_branch(office: Office) -> None:
    """At 1 in the morning in Hà Nội it is still yesterday by UTC."""
    office.open(1)
    for _ in range(30):
        _waited(office, office.issue(A)["id"], 15)
    night = datetime.fromisoformat("2026-11-25T01:00:00+07:00")
    found = forecast_report.answer(office.engine, BRANCH, DAY, DAY, "none", night)["last_day"]
    assert found["is_yesterday"]

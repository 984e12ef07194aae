"""The report of the forecast's accuracy, from rows whose outcome is known by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from server import database, forecast_admin, forecast_report, logbook, queries, tables
from server.domain import commands as cmd
from server.domain import estimate
from server.domain import events as ev
from server.domain.errors import BadValue
from server.domain.ids import TicketId
from server.domain.outlook import PERCENTS
from server.forecast.backtest import Backtest
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


# Against the simpler rules ------------------------------------------------------------------
def test_the_simpler_rules_are_compared_by_group(office: Office) -> None:
    """A: told by simulation. B: told by the fallback. Tickets from before the naive rule: neither."""
    office.open(1)
    levels = "[" + ",".join(str(60 * n) for n, _ in enumerate(PERCENTS, 10)) + "]"
    simulated = {"model": "mc.1", "levels": levels, "fallback_s": 1_500, "naive_s": 300}
    formula = {"model": estimate.MODEL, "naive_s": 1_800}
    for _ in range(30):
        _waited(office, office.issue(A)["id"], 20, **simulated)
        _waited(office, office.issue(B)["id"], 20, **formula)
    for _ in range(5):
        _waited(office, office.issue(A)["id"], 20, model="mc.1", fallback_s=900, naive_s=None)
    answer = _asked(office, "queue")
    total = answer["total"]
    assert (total["n"], total["compared"], total["compared_simulated"]) == (65, 60, 30)
    assert total["mae_told_s"] == 300
    assert total["mae_fallback_s"] == (300 + 300) / 2
    assert total["mae_naive_s"] == (900 + 600) / 2
    groups = {g["key"]: g for g in answer["groups"]}
    assert (groups["A"]["mae_fallback_s"], groups["A"]["mae_naive_s"]) == (300, 900)
    assert (groups["B"]["mae_fallback_s"], groups["B"]["mae_naive_s"]) == (300, 600)
    # The fallback against itself: what it told is what it would have said.
    assert (groups["B"]["mae_told_s"], groups["B"]["compared_simulated"]) == (300, 0)


def test_a_backtest_says_what_was_kept_at_each_issue(office: Office) -> None:
    """The rules, the people ahead, the counters and what was learned are the same, live and after."""
    counters = [office.open(1), office.open(2)]
    for n in range(36):
        office.now += timedelta(minutes=2)
        office.issue(A if n % 3 else B, priority="CT" if n % 7 == 5 else None)
        if n % 2:
            continue
        counter = counters[n // 2 % 2]
        called = office.do(cmd.CallNext, counter=counter)
        if called is None:
            continue
        if n % 10 == 8:
            for _ in range(2):
                office.now += timedelta(seconds=40)
                office.do(cmd.RecallTicket, counter=counter)
            office.now += timedelta(seconds=40)
            office.do(cmd.RecordNoShow, counter=counter)
            continue
        office.do(cmd.StartService, counter=counter)
        office.now += timedelta(seconds=70 + 31 * n)
        office.do(cmd.CompleteService, counter=counter, outcome="xong")
    with queries.reading(office.engine) as connection:
        catalogue, every = forecast_admin._configured(logbook.read(connection, BRANCH))
        events = list(every)
    kept = {r.event.ticket: r.event.quote for r in events if isinstance(r.event, ev.TicketIssued)}
    test = Backtest(catalogue, replications=1)
    found = {p.ticket: (p.fallback_s, p.naive_s) for p in test.run(events).priced}
    assert len(found) > 15
    assert len({naive for _, naive in found.values()}) > 5
    for ticket, (fallback_s, naive_s) in found.items():
        quote = kept[ticket]
        assert quote is not None
        assert (quote.expected_s, quote.naive_s) == (fallback_s, naive_s)
    with queries.reading(office.engine) as connection:
        t = tables.tickets
        rows = dict(connection.execute(t.select().with_only_columns(t.c.id, t.c.naive_s)).all())
    assert all(rows[ticket] == naive_s for ticket, (_, naive_s) in found.items())

"""Days that are counted and sealed: late news, tampering, months, and the visits behind a figure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from server import (
    database,
    figure_check,
    figure_jobs,
    queries,
    reports,
    stories,
    visits,
)
from server.domain import commands as cmd
from server.domain.errors import UnknownTicket
from server.domain.ids import BranchId, TicketId
from server.domain.visits import VERSION
from server.figure_tables import rollups, sealed_days
from server.figure_tables import visits as visit_rows
from server.sums import LONG_SPANS, Sums
from tests import recount
from tests.server.figure_days import (
    DESK,
    HANOI,
    ONE,
    THREE,
    TWO,
    Script,
    ask,
    shut_days,
    with_lunch,
)
from tests.server.office import BRANCH, NINE, A, Office, handed_in, installed


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url, with_lunch()) as engine:
        yield Office(engine)


@pytest.fixture
def shut(office: Office) -> Office:
    return shut_days(office)


# Seals ------------------------------------------------------------------------------------
def _tickets(office: Office) -> list[dict[str, Any]]:
    question = reports.Question(branches=(BRANCH,), start=ONE, end=THREE)
    found: list[dict[str, Any]] = stories.visits_behind(office.engine, question, office.now)[
        "visits"
    ]
    return found


def test_late_news_breaks_a_seal_and_is_counted(shut: Office) -> None:
    engine = shut.engine
    unseal = visits.Unsealer(engine)
    served = next(
        v for v in _tickets(shut) if v["end"] == "served" and v["business_date"] == f"{TWO}"
    )
    old = shut.events()
    assert not unseal(BRANCH, old), "what was counted already breaks nothing"
    shut.now -= timedelta(hours=3)
    shut.do(cmd.RateTicket, ticket=served["ticket"], level=2)
    shut.now += timedelta(hours=3)
    batch = [r for r in shut.events() if r.seq > old[-1].seq]
    assert unseal(BRANCH, batch)
    assert not unseal(BRANCH, batch)
    assert ask(engine, shut.now, TWO, TWO)["total"]["levels"] == [0, 1, 0, 0, 0]
    assert figure_jobs.seal_days(engine, BRANCH, shut.now) == (1, True)
    assert not unseal(BRANCH, batch), "delivered again after the seal"
    assert ask(engine, shut.now, TWO, TWO)["total"]["levels"] == [0, 1, 0, 0, 0]
    assert figure_check.differences(engine, BRANCH) == []


def test_news_between_measuring_and_sealing_is_not_lost(
    shut: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay had no seal to break when it came."""
    served = next(v for v in _tickets(shut) if v["business_date"] == f"{TWO}")
    real = visits.measure
    with database.writing(shut.engine) as connection:
        visits.unseal(connection, BRANCH, [TWO])

    def then_a_rating(*arguments: Any) -> visits.Day:
        measured = real(*arguments)
        shut.now -= timedelta(hours=3)
        shut.do(cmd.RateTicket, ticket=served["ticket"], level=4)
        shut.now += timedelta(hours=3)
        return measured

    monkeypatch.setattr(visits, "measure", then_a_rating)
    assert not visits.seal(shut.engine, BRANCH, TWO, shut.now)
    monkeypatch.undo()
    assert visits.seal(shut.engine, BRANCH, TWO, shut.now)
    assert ask(shut.engine, shut.now, TWO, TWO)["total"]["ratings_n"] == 1


def test_a_day_that_is_not_over_is_not_sealed(office: Office) -> None:
    Script(office).at(ONE, "09:00")
    office.open()
    office.issue()
    office.serve(DESK)
    assert not visits.seal(office.engine, BRANCH, ONE, office.now)


def test_a_void_ticket_is_counted_as_nothing_else(office: Office) -> None:
    s = Script(office)
    s.at(ONE, "08:00")
    office.do(cmd.CancelTicket, ticket=office.issue()["id"], code="print_failure")
    s.at(THREE, "08:00")
    assert figure_jobs.seal_days(office.engine, BRANCH, office.now) == (2, True)
    answer = ask(office.engine, office.now, by="day")
    assert answer["total"] == recount.figures([], []) | {"voided": 1}
    assert [(g["key"], g["voided"]) for g in answer["groups"]] == [(f"{ONE}", 1)]
    assert [v["end"] for v in _tickets(office)] == ["void"], "every number opens to its tickets"
    assert figure_check.differences(office.engine, BRANCH) == []


# Tampering --------------------------------------------------------------------------------
def _tamper(engine: Engine, what: str) -> None:
    v, r = visit_rows, rollups
    with database.writing(engine) as connection:
        if what == "seconds":
            connection.execute(v.update().where(v.c.wait_s == 180).values(wait_s=179))
        elif what == "missing":
            connection.execute(v.delete().where(v.c.wait_s == 180))
        elif what == "extra":
            row = dict(connection.execute(select(v).where(v.c.wait_s == 180)).mappings().one())
            connection.execute(v.insert(), row | {"ticket": "x", "number": "X001"})
        else:
            wanted = (r.c.span == "day", r.c.since == ONE, r.c.dimension == "all")
            text = connection.scalar(select(r.c.tally).where(*wanted)) or ""
            old, new = {
                "absent": ('"no_show":1', '"no_show":0'),
                "desk": ('"engaged_s":5460', '"engaged_s":9460'),
                "spread": ('"wait":{"', '"wait":{"1":1,"'),
                "more": ('"n":{', '"n":{"level1":3,'),
            }[what]
            assert old in text
            connection.execute(r.update().where(*wanted).values(tally=text.replace(old, new)))


def test_every_tampering_is_found(shut: Office, capsys: pytest.CaptureFixture[str]) -> None:
    from server.__main__ import main

    engine = shut.engine
    url = engine.url.render_as_string(hide_password=False)

    def verify() -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MOTCUA_DATABASE_URL", url)
            return main(["log", "verify", "--branch", BRANCH])

    assert verify() == 0
    for what in ("seconds", "missing", "extra", "absent", "desk", "spread", "more"):
        assert figure_check.differences(engine, BRANCH) == []
        _tamper(engine, what)
        found = figure_check.differences(engine, BRANCH)
        assert found, what
        assert all(line.startswith(f"{ONE}: ") for line in found)
        if what == "desk":
            capsys.readouterr()
            assert verify() == 1
            assert found[0] in capsys.readouterr().out
        # Counted anew, it is mended.
        assert visits.seal(engine, BRANCH, ONE, shut.now)


def test_a_month_is_the_sum_of_its_days_and_a_changed_one_is_found(office: Office) -> None:
    s = Script(office)
    for day in range(1, 32):
        s.at(date(2026, 12, day), "09:00")
        if day in (1, 2, 20):
            office.issue()
            counter = office.open()
            office.serve(counter)
            office.do(cmd.CloseDay, waiting="close")
    now = datetime(2027, 1, 2, 1, tzinfo=HANOI)
    start, end = date(2026, 12, 1), date(2026, 12, 31)

    def asked() -> list[dict[str, Any]]:
        return [ask(office.engine, now, start, end, by) for by in ("none", "queue", "counter")]

    before = asked()
    assert before[0]["total"]["issued"] == 3
    figure_jobs.seal_days(office.engine, BRANCH, now)
    with queries.reading(office.engine) as connection:
        months = set(connection.scalars(select(rollups.c.since).where(rollups.c.span == "month")))
    assert months == {start}
    assert asked() == before
    assert figure_check.differences(office.engine, BRANCH) == []
    r = rollups
    with database.writing(office.engine) as connection:
        wanted = (r.c.span == "month", r.c.dimension == "all")
        text = connection.scalar(select(r.c.tally).where(*wanted)) or ""
        assert '"issued":3' in text
        changed = text.replace('"issued":3', '"issued":4')
        connection.execute(r.update().where(*wanted).values(tally=changed))
    assert figure_check.differences(office.engine, BRANCH) == ["2026-12: all: issued differ"]


def test_a_year_is_the_sum_of_its_months_and_late_news_undoes_it(office: Office) -> None:
    s = Script(office)
    for month in range(1, 13):
        s.at(date(2027, month, 5), "09:00")
        ticket = office.issue()
        counter = office.open()
        office.serve(counter)
        office.do(cmd.CloseDay, waiting="close")
    engine, now = office.engine, datetime(2028, 1, 2, 1, tzinfo=HANOI)
    start, end = date(2027, 1, 1), date(2027, 12, 31)
    branches = (BRANCH,)
    days = [start + timedelta(days=n) for n in range(365)]

    def asked() -> list[dict[str, Any]]:
        # From years, from months, and from days; a part of the year never from the year.
        return [
            ask(engine, now, first, end, by)
            for first in (start, days[5])
            for by in ("none", "hour", "year", "quarter", "month", "weekday", "cell")
        ]

    with database.writing(engine) as connection:
        # On all other days nobody came: there is nothing to count.
        connection.execute(
            sealed_days.insert(),
            [
                {"branch_id": BRANCH, "business_date": day, "seq": 0, "visits": 0,
                 "version": VERSION}
                for day in days if day.day != 5
            ],
        )  # fmt: skip
    before = asked()
    assert [answer["total"]["issued"] for answer in before] == [12] * 7 + [11] * 7
    figure_jobs.seal_days(engine, BRANCH, now)
    r = rollups.c
    with queries.reading(engine) as connection:
        query = select(r.tally).where(r.span == "year", r.dimension == "all")
        assert '"issued":12' in (connection.scalar(query) or "")
        sums = Sums(connection, branches, start, end)
        read = [since for _, since, _, _ in sums.read("all", LONG_SPANS, with_cells=True)]
        assert read == [start], "the year alone"
    assert asked() == before
    assert figure_check.differences(engine, BRANCH) == []
    with database.writing(engine) as connection:
        wanted = (r.span == "year", r.dimension == "all")
        text = connection.scalar(select(r.tally).where(*wanted)) or ""
        changed = text.replace('"issued":12', '"issued":13')
        connection.execute(rollups.update().where(*wanted).values(tally=changed))
    assert figure_check.differences(engine, BRANCH) == ["2027: all: issued differ"]
    office.now = s.office.now + timedelta(minutes=1)
    office.do(cmd.RateTicket, ticket=ticket["id"], level=2)
    assert visits.Unsealer(engine)(BRANCH, office.events()[-1:])
    with queries.reading(engine) as connection:
        assert not connection.scalar(select(func.count()).where(r.span == "year"))
    assert not visits.roll_up(engine, BRANCH, "year", start), "a day of it is not sealed"
    assert ask(engine, now, start, end)["total"]["levels"] == [0, 1, 0, 0, 0]


def test_the_nightly_check_logs_what_differs(
    shut: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """A row beside the log was changed before the day was sealed."""
    from server import tables

    with database.writing(shut.engine) as connection:
        visits.unseal(connection, BRANCH, [THREE, TWO])
        s = tables.stages
        late = s.c.entered_at > datetime.combine(TWO, time(), HANOI)
        first = connection.execute(select(s.c.ticket, s.c.started_at).where(late)).one()
        changed = first.started_at + timedelta(minutes=5)
        connection.execute(s.update().where(s.c.ticket == first.ticket).values(started_at=changed))
    figure_jobs.seal_days(shut.engine, BRANCH, datetime.combine(THREE, time(1), HANOI))
    assert "wait_s" in caplog.text


# Visits behind a figure -------------------------------------------------------------------
def test_paging_reaches_every_visit_once(shut: Office) -> None:
    question = reports.Question(branches=(BRANCH,), start=ONE, end=THREE)
    for broken in ([], [ONE], [TWO], [ONE, TWO]):
        figure_jobs.seal_days(shut.engine, BRANCH, shut.now)
        with database.writing(shut.engine) as connection:
            visits.unseal(connection, BRANCH, broken)
            # The 24th, the first of the log, has no ticket and is no day of the office.
            left = connection.scalar(select(func.count()).select_from(sealed_days))
        assert left == 3 - len(broken)
        for limit in (1, 5, 100):
            seen: list[dict[str, Any]] = []
            after: str | None = ""
            while after is not None:
                page = stories.visits_behind(
                    shut.engine, question, shut.now, after=after, limit=limit
                )
                assert page["total"] == 14, "two of them are void"
                seen += page["visits"]
                after = page["next"]
            assert len({v["ticket"] for v in seen}) == len(seen) == 14
            places = [(v["business_date"], v["hour"], v["number"]) for v in seen]
            assert places == sorted(places)


def test_a_story_is_told_to_its_own_branch(shut: Office) -> None:
    ticket = TicketId(_tickets(shut)[0]["ticket"])
    assert (
        next(e["type"] for e in stories.story(shut.engine, BRANCH, ticket)["events"])
        == "TicketIssued"
    )
    with pytest.raises(UnknownTicket):
        stories.story(shut.engine, BranchId("khac"), ticket)


def test_a_number_handed_in_a_day_late_counts_on_its_own_day(database_url: str) -> None:
    """The log has it later than it was given; the check looks for it where it counts."""
    with installed(database_url) as engine:
        office = Office(engine)
        first = NINE.astimezone(HANOI).date()
        office.execute(cmd.GrantBlock, device="k1", queue=A)
        office.now += timedelta(days=1)
        office.do(cmd.HandInTicket, **handed_in(990))
        office.now += timedelta(days=1)
        assert figure_jobs.seal_days(engine, BRANCH, office.now) == (2, True)
        assert ask(engine, office.now, first, first)["total"]["unserved"] == 1
        assert figure_check.differences(engine, BRANCH) == []

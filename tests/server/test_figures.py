"""The figures: a day counted by hand, an auditor's own recount, and what holds of every question."""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server import (
    branches,
    figure_check,
    figure_jobs,
    logbook,
    queries,
    reports,
    sketch,
    visits,
)
from server.domain import commands as cmd
from server.domain.errors import BadValue
from server.domain.ids import BranchId, TicketId
from server.figure_tables import visits as visit_rows
from tests import recount
from tests.server.figure_days import (
    CARRIED,
    FIRST_DAY,
    HANOI,
    ONE,
    SESSIONS,
    THREE,
    TWO,
    Script,
    agree_with_the_auditor,
    ask,
    everything,
    exported,
    play,
    shut_days,
    with_lunch,
)
from tests.server.office import BRANCH, NINE, Office, catalogue, installed, lived


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url, with_lunch()) as engine:
        yield Office(engine)


def test_a_day_counted_by_hand_open_sealed_and_rebuilt(office: Office) -> None:
    play(office)
    engine = office.engine
    night = datetime.combine(THREE + timedelta(days=1), time(1), HANOI)

    def check(now: datetime) -> None:
        assert ask(engine, now, ONE, ONE)["total"] == FIRST_DAY
        second = ask(engine, now, TWO, TWO)["total"]
        assert {name: second[name] for name in CARRIED} == CARRIED
        by_queue = {g["key"]: g for g in ask(engine, now, ONE, ONE, "queue")["groups"]}
        # B: the transferred, the absent, who was sent on; A: the others
        assert {k: (g["issued"], g["served"], g["no_show"]) for k, g in by_queue.items()} == {
            "A": (8, 5, 0), "B": (3, 1, 1),
        }  # fmt: skip
        by_hour = {g["key"]: g["issued"] for g in ask(engine, now, ONE, ONE, "hour")["groups"]}
        assert by_hour == {"07": 1, "08": 2, "09": 1, "10": 1, "11": 1, "14": 3, "15": 2}
        agree_with_the_auditor(engine, now, SESSIONS)

    check(night)
    as_open = everything(engine, night)
    # The third day is over, and a visit of the second ended on it.
    assert figure_jobs.seal_days(engine, BRANCH, night) == (3, True)
    assert everything(engine, night) == as_open
    assert figure_check.differences(engine, BRANCH) == []
    check(night)
    # Sealed again, as after a crash between two of them.
    assert visits.seal(engine, BRANCH, TWO, night)
    assert visits.seal(engine, BRANCH, THREE, night)
    assert everything(engine, night) == as_open
    logbook.rebuild(engine, BRANCH)
    assert figure_check.sealed_count(engine, BRANCH) == 0
    assert everything(engine, night) == as_open


def test_a_cancelled_no_show_stays_one(office: Office) -> None:
    """Taking the number back afterwards improves nothing."""
    s = Script(office)
    s.at(ONE, "08:00")
    office.open(1)
    ticket = office.issue()
    s.at(ONE, "08:40")
    s.desk(cmd.CallNext)
    s.desk(cmd.RecordNoShow)
    office.do(cmd.CancelTicket, ticket=ticket["id"], code="citizen")
    total = ask(office.engine, office.now)["total"]
    assert (total["no_show"], total["left"], total["within_target"]) == (1, 0, 0.0)


# Random histories -------------------------------------------------------------------------
FIRST = NINE.astimezone(HANOI).date()


def history(office: Office, seed: int, steps: int = 240) -> list[TicketId]:
    """Whatever people press, on two days that were closed."""
    known = lived(office, seed, steps)
    office.do(cmd.CloseDay)
    return known


@pytest.fixture(params=[1])
def busy(request: pytest.FixtureRequest, database_url: str) -> Iterator[Office]:
    with installed(database_url, catalogue()) as engine:
        office = Office(engine)
        history(office, request.param)
        yield office


def test_an_auditor_counts_the_same_and_so_does_every_path(busy: Office) -> None:
    engine, first, last = busy.engine, FIRST, FIRST + timedelta(days=2)
    agree_with_the_auditor(engine, busy.now, recount.ALL_DAY, first, last)
    night = datetime.combine(last, time(1), HANOI)
    before = {by: ask(engine, night, first, last, by) for by in reports.GROUPS}
    # Groups add up to the total, and days to the period.
    for by, answer in before.items():
        if by in ("none", "officer"):
            continue
        for name in (
            "issued",
            "served",
            "no_show",
            "left",
            "unserved",
            "wait_n",
            "recalls",
            "parked_s",
        ):
            assert sum(g[name] for g in answer["groups"]) == answer["total"][name], (by, name)
    # Queue length over time and the time people waited are one figure counted twice.
    integral, waited, n = recount.queue_integral(exported(engine), night)
    assert integral == pytest.approx(waited, abs=1e-3)
    assert n
    figure_jobs.seal_days(engine, BRANCH, night)
    assert {by: ask(engine, night, first, last, by) for by in reports.GROUPS} == before
    assert figure_check.differences(engine, BRANCH) == []
    # A filter asks for the group of the same key.
    for by in ("queue", "hour", "channel", "priority", "outcome", "counter"):
        for group in before[by]["groups"]:
            filtered = ask(engine, night, first, last, **{by: group["key"]})["total"]
            counted = {
                k: v
                for k, v in group.items()
                if k in ("issued", "wait_p75_s", "levels", "within_target")
            }
            assert {k: filtered[k] for k in counted} == counted
    # Nothing that expires changes a figure, and no visit keeps what does.
    logbook.purge(engine, night + timedelta(days=100))
    with queries.reading(engine) as connection:
        kept = set(connection.scalars(select(visit_rows.c.priority)))
    assert kept <= {"normal", "priority"}
    assert figure_check.differences(engine, BRANCH) == []


def test_sketches_say_the_percentiles_within_one_percent() -> None:
    import numpy as np

    chance = random.Random(5)
    for n in (1, 2, 3, 7, 50, 20_000):
        values = [int(chance.lognormvariate(6.5, 1.1)) for _ in range(n)]
        halves = sketch.buckets(values[::2])
        sketch.merge(halves, sketch.buckets(values[1::2]))
        for share, found in zip(
            (0.5, 0.75, 0.9), sketch.percentiles(halves, (0.5, 0.75, 0.9)), strict=True
        ):
            assert found == pytest.approx(float(np.percentile(values, 100 * share)), rel=0.0101)
    assert sketch.percentiles({}, (0.5,)) == [None]


def test_two_branches_together_are_each_added(office: Office) -> None:
    play(office)
    engine, start, end = office.engine, ONE, THREE
    night = datetime.combine(THREE + timedelta(days=1), time(1), HANOI)
    figure_jobs.seal_days(engine, BRANCH, night)
    other = BranchId("khac")
    branches.apply(engine, catalogue(branch=other), now=NINE, actor="test")
    second = Office(engine, datetime(2026, 11, 25, 9, tzinfo=HANOI), other)
    second._ids = iter(range(9_000, 9_999))  # type: ignore[assignment]
    for _ in range(3):
        second.issue()
    counter = second.open()
    second.now += timedelta(minutes=10)
    second.serve(counter)

    def of(*some: BranchId) -> dict[str, Any]:
        question = reports.Question(branches=some, start=start, end=end, by="branch")
        return reports.answer(engine, question, night)

    both, one, two = of(BRANCH, other), of(BRANCH)["total"], of(other)["total"]
    for name in ("issued", "served", "wait_n", "open_s", "engaged_s", "parked_s", "recalls"):
        assert both["total"][name] == one[name] + two[name]
    assert [g["issued"] for g in both["groups"]] == [two["issued"], one["issued"]]
    assert both["error"] == sketch.ERROR


@pytest.fixture
def shut(office: Office) -> Office:
    return shut_days(office)


# What is asked wrongly --------------------------------------------------------------------
def test_an_officer_of_few_visits_is_not_shown(shut: Office) -> None:
    assert [g["key"] for g in ask(shut.engine, shut.now, by="officer")["groups"]] == []
    with pytest.raises(BadValue):
        ask(shut.engine, shut.now, officer="Lan")


def test_bad_questions_are_refused_clearly(tmp_path: Path) -> None:
    from tests.live_office import BRANCH as DEMO
    from tests.server.signing import Browser, application

    with application(tmp_path) as app:
        manager, officer, supervisor = Browser(app), Browser(app), Browser(app)
        manager.sign_in("quanly")
        officer.sign_in("canbo1")
        supervisor.sign_in("giamsat")
        base = f"/api/v1/branches/{DEMO}"
        for path in ("figures", "visits", "tickets/x/story"):
            assert officer.get(f"{base}/{path}").status_code == 403, path
            other = manager.get(f"/api/v1/branches/khac/{path}")
            assert other.status_code == 404, path
        assert manager.get(f"{base}/tickets/x/story").status_code == 404
        assert supervisor.get(f"{base}/figures?by=officer").status_code == 200
        for question in (
            "figures?from=2026-11-25&to=2026-11-24", "visits?from=2026-11-25&to=2026-11-24",
            "figures?by=xx", "figures?hour=xx", "visits?hour=24", "figures?hour=9999999999999999999",
            "visits?hour=-1", "visits?after=garbage", "visits?after=2026-11-24~99~A~b",
            "visits?after=2026-11-24~99999999999999999999~A~b", "visits?after=~~~",
            "visits?limit=0", "visits?limit=x", "figures?from=x", "figures?to=2026-02-30",
            "figures?from=1926-01-01&to=2026-01-01", "visits?from=1926-01-01&to=2026-01-01",
            "figures?queue=%00",
        ):  # fmt: skip
            answer = manager.get(f"{base}/{question}")
            assert answer.status_code == 422, (question, answer.text)
            assert (answer.get_json() or {}).get("code") == "bad_value"
        for question in (
            "figures?hour=9",
            "visits?hour=09",
            "figures?from=2001-01-01",
            "figures?queue=xx",
        ):
            assert manager.get(f"{base}/{question}").status_code == 200, question

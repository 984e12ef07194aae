"""The demo profile and the days lived by it."""

import itertools
import random
from collections import Counter as Tally
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import branches, codec, database, queries
from server.branchfile import load
from server.domain.catalogue import Catalogue, Policy, PriorityClass
from server.domain.counters import CounterStatus
from server.domain.hours import windows_of
from server.domain.measures import percentile
from server.domain.state import BranchState
from server.domain.text import Text
from server.domain.ticket import AT_COUNTER, ENDED, Status, Ticket
from server.simulate import history, profile
from server.simulate.day import Day
from server.simulate.memory import MemoryLog
from tests.domain.office import catalogue as small_office

DEMO = Path(__file__).parents[2] / "deploy" / "branches" / "long-bien.toml"
TUESDAY, SATURDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 21), date(2026, 11, 22)
NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo() -> Catalogue:
    return load(DEMO)


def live(catalogue: Catalogue, day: date, seed: int = 1, until: datetime | None = None) -> Any:
    """A day's log. Any refusal but a full series would be raised here."""
    rng = random.Random(seed)
    log = MemoryLog(catalogue, ticket_ids=lambda: history._ticket_id(rng))
    Day(log, day, rng).run(until)
    return log


def minutes_waited(catalogue: Catalogue, ticket: Ticket) -> float | None:
    """From the arrival, or the opening if that is later, to the first call; without lunch."""
    if ticket.first_called_at is None:
        return None
    day = ticket.business_date

    def at(hour: int) -> datetime:
        return datetime.combine(day, time(hour), catalogue.zone)

    start, end = max(ticket.arrival_at, at(8)), ticket.first_called_at
    lunch = max(timedelta(0), min(end, at(13)) - max(start, at(12)))
    return max(0.0, (end - start - lunch).total_seconds() / 60)


def test_the_profile_adds_up(demo: Catalogue) -> None:
    assert sum(share for _, share in profile.WEEKDAY_ARRIVALS) == pytest.approx(100)
    assert sum(share for _, share in profile.SATURDAY_ARRIVALS) == pytest.approx(100)
    assert sum(weight for _, weight in profile.REASONS) == 100
    assert all(sum(shares) == 100 for _, shares in profile.LEVELS)
    assert sum(share for _, share in profile.PRIORITY) == pytest.approx(0.09)
    wednesday, monday, friday = (date(2026, 11, d) for d in (25, 23, 27))
    total = {
        day: sum(profile.volume(demo, s, day) for s in demo.services)
        for day in (wednesday, monday, friday, SATURDAY, SUNDAY)
    }
    assert total[wednesday] == pytest.approx(460)
    assert total[monday] == pytest.approx(460 * 1.2)
    assert total[friday] == pytest.approx(460 * 0.95)
    assert total[SATURDAY] == pytest.approx(170)
    assert total[SUNDAY] == 0


def test_everybody_comes_while_numbers_are_given(demo: Catalogue) -> None:
    """What the demo profile has at 11:30 to 12:00 comes before the morning's last ticket."""
    assert time(11, 30) not in dict(profile.WEEKDAY_ARRIVALS)
    assert dict(profile.WEEKDAY_ARRIVALS)[time(11)] == 4 + 1.5
    for day in (TUESDAY, SATURDAY):
        windows = windows_of(demo.hours, day)
        for arrival in profile.arrivals(demo, day, random.Random(3)):
            hour, minute = divmod(int(arrival.minute), 60)
            assert any(w.doors <= time(hour, minute) < w.last_ticket for w in windows)


def test_the_return_queue_only_returns_and_the_others_share_the_rest(demo: Catalogue) -> None:
    rng = random.Random(5)
    total = sum(weight for _, weight in profile.OUTCOMES)
    for service in demo.services:
        drawn = Tally(profile.outcome(demo, service, rng) for _ in range(4_000))
        assert all(demo.outcome(code, service.id) for code in drawn)
        if service.queue == profile.RETURN_QUEUE:
            assert set(drawn) == {profile.RETURNED}
        else:
            for code, weight in profile.OUTCOMES:
                assert drawn[code] / 4_000 == pytest.approx(weight / total, abs=0.03)


def test_saturday_has_its_own_arrivals_for_three_fields(demo: Catalogue) -> None:
    coming = profile.arrivals(demo, SATURDAY, random.Random(3))
    assert {a.service.queue for a in coming} == {"A", "B", "R"}
    assert 7 * 60 + 30 <= coming[0].minute <= coming[-1].minute < 11 * 60
    assert len(coming) == pytest.approx(170, rel=0.2)
    opened = {c.id for c in live(demo, SATURDAY).state.counters.values()}
    assert opened == {c.id for c in demo.counters if {"A", "B", "R"} & set(c.queues)}


def test_the_week_after_tet_is_the_busiest(demo: Catalogue) -> None:
    assert 2 in {d.month for d in demo.hours.holidays}
    assert profile.follows_tet(demo.hours, date(2027, 2, 12))
    assert profile.follows_tet(demo.hours, date(2027, 2, 18))
    assert not profile.follows_tet(demo.hours, date(2027, 2, 19))
    assert not profile.follows_tet(demo.hours, date(2027, 2, 4))
    assert not profile.follows_tet(demo.hours, date(2027, 5, 4))
    wednesday = date(2027, 2, 17)
    assert sum(profile.volume(demo, s, wednesday) for s in demo.services) == pytest.approx(644)


def test_service_times_have_the_configured_mean(demo: Catalogue) -> None:
    rng = random.Random(7)
    for service in demo.services:
        drawn = [profile.service_seconds(service, rng) / 60 for _ in range(8_000)]
        assert sum(drawn) / len(drawn) == pytest.approx(service.mean_minutes, rel=0.06)


def test_longer_waits_are_rated_lower_and_only_low_levels_have_reasons() -> None:
    rng = random.Random(8)
    means = []
    for wait in (5.0, 20.0, 50.0):
        rated = [profile.rating(wait, rng) for _ in range(2_000)]
        assert all((level <= 2) == bool(reasons) for level, reasons in rated)
        means.append(sum(level for level, _ in rated) / len(rated))
    assert means == sorted(means, reverse=True)


def test_an_urgent_class_is_never_declared(demo: Catalogue) -> None:
    urgent = PriorityClass(code="CT", name=Text(vi="Khẩn"), rank=1, urgent=True)
    office = small_office()
    object.__setattr__(office, "policy", Policy(classes=(urgent,)))
    rng = random.Random(9)
    assert {profile.priority(office, rng) for _ in range(500)} == {None}
    declared = Tally(profile.priority(demo, rng) for _ in range(10_000))
    assert 1 - declared[None] / 10_000 == pytest.approx(0.09, abs=0.01)


def test_the_same_seed_lives_the_same_day_to_the_byte(demo: Catalogue) -> None:
    def told(seed: int) -> bytes:
        return codec.to_json(live(demo, TUESDAY, seed).events).encode()

    assert told(4) == told(4)
    assert told(4) != told(5)


@pytest.mark.parametrize("seed", range(4))
def test_a_weekday_is_as_the_profile_says(demo: Catalogue, seed: int) -> None:
    log = live(demo, TUESDAY, seed)
    tickets = list(log.state.tickets.values())
    n = len(tickets)
    assert n == pytest.approx(460, rel=0.15)
    assert all(a.at <= b.at for a, b in itertools.pairwise(log.events))
    assert [e.seq for e in log.events] == list(range(1, len(log.events) + 1))
    assert all(t.status in ENDED for t in tickets)
    assert log.events[-1].type == "DayClosed"
    assert all(c.status is CounterStatus.CLOSED for c in log.state.counters.values())
    statuses = Tally(t.status for t in tickets)
    assert 0.03 < statuses[Status.NO_SHOW] / n < 0.1
    assert 0.01 < statuses[Status.CANCELLED] / n < 0.05
    kinds = Tally(e.type for e in log.events)
    assert 0.015 < kinds["TicketTransferred"] / n < 0.07
    assert kinds["RatingGiven"] / kinds["ServiceCompleted"] == pytest.approx(0.32, abs=0.08)
    assert kinds["CounterPaused"] == kinds["CounterResumed"] == 16
    assert kinds["CounterClosed"] == 16
    assert "CounterReleased" not in kinds


def test_waits_are_those_of_an_office_that_shares_its_counters(demo: Catalogue) -> None:
    """The reference run has P90 16 and 11 % over 15 minutes, without walks, no-shows, priority."""
    waits = [
        waited
        for seed in range(6)
        for ticket in live(demo, TUESDAY, seed).state.tickets.values()
        if (waited := minutes_waited(demo, ticket)) is not None
    ]
    p90 = percentile(waits, 0.9)
    assert p90 is not None
    assert 10 < p90 < 30
    assert 0.05 < sum(w > 15 for w in waits) / len(waits) < 0.25


def test_a_day_lived_until_now_leaves_a_live_office(demo: Catalogue) -> None:
    rng = random.Random(2)
    log = MemoryLog(demo)
    Day(log, TUESDAY, rng, closed=frozenset({1, 2})).run(NINE)
    assert log.events[-1].at <= NINE
    assert all(log.counter(c.id).status is CounterStatus.CLOSED for c in demo.counters[:2])
    assert sum(c.status is CounterStatus.OPEN for c in log.state.counters.values()) == 14
    statuses = Tally(t.status for t in log.state.tickets.values())
    assert statuses[Status.SERVING] >= 5
    assert statuses[Status.WAITING] >= 1
    at_desks = {c.ticket for c in log.state.counters.values() if c.ticket}
    held = {t.id for t in log.state.tickets.values() if t.status in AT_COUNTER}
    assert at_desks == held


@pytest.mark.parametrize("counters", [1, 3, 12, 30])
def test_branches_of_any_size_can_be_lived_in(counters: int) -> None:
    made = history.make_branch(counters)
    assert len(made.counters) == counters
    assert {q for c in made.counters for q in c.queues} == {q.id for q in made.queues}
    log = live(made, TUESDAY)
    served = sum(t.status is Status.SERVED for t in log.state.tickets.values())
    assert 15 * counters < served < 60 * counters
    assert all(t.status in ENDED for t in log.state.tickets.values())


def test_other_hours_than_the_profile_knows_are_lived_in() -> None:
    """Open from midnight to midnight: each day keeps to its date, and nothing is refused."""
    log = MemoryLog(small_office())
    for day in (SUNDAY, SUNDAY + timedelta(days=1)):
        Day(log, day, random.Random(1)).run()
        assert log.business_date == log.closed_date == day
        assert all(t.status in ENDED for t in log.state.tickets.values())
    assert all(a.at <= b.at for a, b in itertools.pairwise(log.events))
    assert len(log.state.tickets) > 100


# Written into a database ---------------------------------------------------------------------
def write(engine: Any, catalogue: Catalogue, days: int, until: datetime) -> int:
    start = until - timedelta(days=days + 1)
    branches.apply(engine, catalogue, now=start, actor="test")
    return history.write(
        engine, catalogue, days, until=until, seed=1, progress=lambda _done, _total: None
    )


def replayed(engine: Any, catalogue: Catalogue) -> BranchState:
    """The state that the whole log folds into."""
    state = BranchState(catalogue.branch)
    with queries.reading(engine) as connection:
        while batch := queries.events_after(connection, catalogue.branch, state.seq, 5_000):
            for recorded in batch:
                state.apply(recorded)
    return state


def same_rows(engine: Any, catalogue: Catalogue, today: date) -> BranchState:
    """The rows as loaded, after comparing them with the log's own."""
    loaded, _ = queries.load_state(engine, catalogue.branch, today)
    folded = replayed(engine, catalogue)
    folded.forget_days_before(today)
    assert loaded.seq == folded.seq
    assert loaded.tickets == folded.tickets
    assert loaded.stages == folded.stages
    assert loaded.serials == folded.serials
    assert loaded.since == folded.since
    assert loaded.waiting_counts() == folded.waiting_counts()
    assert loaded.closed_date == folded.closed_date
    assert {c.id: c for c in folded.counters.values()} == loaded.counters
    return loaded


def test_history_and_the_day_under_way_are_written_whole(
    demo: Catalogue, database_url: str
) -> None:
    engine = database.connect(database_url)
    database.migrate(engine)
    assert write(engine, demo, 3, NINE) == 4
    loaded = same_rows(engine, demo, TUESDAY)
    live_now = [t for t in loaded.tickets.values() if t.status not in ENDED]
    assert len(live_now) > 5
    assert all(t.business_date == TUESDAY for t in live_now)
    assert write(engine, demo, 3, NINE) == 0
    engine.dispose()


def test_a_later_run_closes_the_day_it_finds_open_and_repeats_no_id(
    demo: Catalogue, tmp_path: Path
) -> None:
    engine = database.connect(f"sqlite:///{tmp_path / 'motcua.db'}")
    database.migrate(engine)
    write(engine, demo, 1, NINE)
    # Both runs begin with a Monday: the same expectations, so the same chances were they seeded so.
    later = NINE + timedelta(days=8)
    assert write(engine, demo, 3, later) == 4
    loaded = same_rows(engine, demo, later.date())
    assert all(
        t.business_date == later.date() for t in loaded.tickets.values() if t.status not in ENDED
    )
    state = replayed(engine, demo)
    left = [t for t in state.tickets.values() if t.business_date == TUESDAY]
    assert all(t.status in ENDED for t in left)
    assert {"day_close"} < {t.outcome for t in left}
    assert state.closed_date == later.date() - timedelta(days=1)
    engine.dispose()


def test_a_day_depends_on_seed_and_date_not_on_the_run(demo: Catalogue, tmp_path: Path) -> None:
    """What is written in two goes is what is written in one, arrival by arrival."""

    def arrivals(name: str, *runs: tuple[int, datetime]) -> list[tuple[Any, ...]]:
        engine = database.connect(f"sqlite:///{tmp_path / name}")
        database.migrate(engine)
        for days, until in runs:
            write(engine, demo, days, until)
        state = replayed(engine, demo)
        engine.dispose()
        return [
            (t.number, t.arrival_at)
            for t in sorted(state.tickets.values(), key=lambda t: (t.arrival_at, t.number))
            if t.business_date == TUESDAY - timedelta(days=1)
        ]

    evening = NINE - timedelta(days=3) + timedelta(hours=12)
    assert arrivals("one.db", (4, NINE)) == arrivals("two.db", (1, evening), (4, NINE))

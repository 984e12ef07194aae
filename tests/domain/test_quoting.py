"""Which forecast is said, and how a run some seconds old is made that of this moment."""

from datetime import UTC, datetime, timedelta

import pytest

from server.domain import estimate, quoting
from server.domain.estimate import Learned, Load
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import PERCENTS, RAW_PERCENTS, Foretold, Lane, Outlook, Told
from server.domain.quoting import Basis
from tests.domain.test_estimate import OFFICE, SURE, A, B, at, load

T1, T2 = TicketId("t1"), TicketId("t2")
C1, C2 = CounterId("thu-1"), CounterId("thu-2")
BOTH = Load(open_counters={C1: (A, B), C2: (A, B)}, busy=frozenset())
#: 5, 10, 15, 25, 50, 75, 85, 90 and 95 %, minutes.
LEVELS = (4, 6, 8, 10, 15, 20, 24, 26, 30)


def foretold(*levels: int | None, before_break: float | None = None) -> Foretold:
    return Foretold(
        levels_s=tuple(None if m is None else 60 * m for m in levels or LEVELS),
        raw_s=tuple(60 * n for n, _ in enumerate(RAW_PERCENTS)),
        before_break=before_break,
        ahead=5,
    )


def outlook(then: datetime, lane: Lane = (A, None), **more: object) -> Outlook:
    given: dict[str, object] = {
        "newcomers": {lane: foretold()},
        "people": {(A, None): 5, (B, None): 2, (A, "CT"): 1},
        "step_s": {A: 120.0},
        "is_initial": False,
    }
    return Outlook(branch=OFFICE.branch, seq=9, at=then, model="mc.1", **(given | more))  # type: ignore[arg-type]


def basis(
    now: datetime, run: Outlook | None, *, a: int = 5, b: int = 2, at_work: Load = BOTH
) -> Basis:
    return Basis(
        catalogue=OFFICE, load=at_work, learned=SURE, outlook=run, counts={A: a, B: b}, now=now
    )


def minutes(found: object) -> tuple[float, float, float]:
    assert isinstance(found, quoting.Quote)
    return found.low_s / 60, found.expected_s / 60, found.high_s / 60


def test_a_fresh_run_is_said_with_the_levels_that_are_printed() -> None:
    now = at("09:00")
    assert minutes(quoting.quote_for(basis(now, outlook(now)), A)) == (8, 15, 26)


def test_what_is_kept_with_a_ticket_says_every_level_and_the_fallback() -> None:
    now = at("09:00")
    found = quoting.quote_for(basis(now, outlook(now)), A, to_keep=True)
    assert found is not None
    assert found.model == "mc.1"
    said = estimate.quote(OFFICE, BOTH, SURE, {A: 5, B: 2}, A, now)
    assert said is not None
    assert found.fallback_s == said.expected_s
    assert found.naive_s == 60 * 5 * SURE.service_minutes[A] / 2
    assert [s // 60 for s in found.levels_s if s is not None] == list(LEVELS)
    assert len(found.raw_s) == len(RAW_PERCENTS)


def test_an_initial_forecast_is_said_by_its_widest_levels() -> None:
    now = at("09:00")
    run = outlook(now, is_initial=True)
    assert minutes(quoting.quote_for(basis(now, run), A)) == (4, 15, 30)
    assert basis(now, run).is_initial
    assert not basis(now, None).is_initial


def test_who_came_and_who_was_called_since_the_run_move_it() -> None:
    now = at("09:00")
    come = quoting.quote_for(basis(now, outlook(now), a=7), A)
    assert minutes(come) == (12, 19, 30)
    gone = quoting.quote_for(basis(now, outlook(now), a=0), A)
    assert minutes(gone) == (0, 5, 16)
    # Another queue that the same counters serve, and one of which only one of two counters is ours.
    assert minutes(quoting.quote_for(basis(now, outlook(now), b=3), A)) == (10, 17, 28)
    half = Load(open_counters={C1: (A, B), C2: (B,)}, busy=frozenset())
    shared = quoting.quote_for(basis(now, outlook(now), b=3, at_work=half), A)
    assert minutes(shared) == (9, 16, 27)
    apart = Load(open_counters={C1: (A,), C2: (B,)}, busy=frozenset())
    assert minutes(quoting.quote_for(basis(now, outlook(now), b=9, at_work=apart), A)) == (
        8,
        15,
        26,
    )


def test_a_class_has_a_forecast_and_people_ahead_of_its_own() -> None:
    now = at("09:00")
    run = outlook(now, (A, "CT"))
    assert minutes(quoting.quote_for(basis(now, run), A, priority="CT", ahead=1)) == (8, 15, 26)
    assert minutes(quoting.quote_for(basis(now, run), A, priority="CT", ahead=2)) == (10, 17, 28)


def test_time_that_passed_since_the_run_is_waited_already() -> None:
    now = at("09:00")
    found = quoting.quote_for(basis(now + timedelta(seconds=30), outlook(now)), A)
    assert minutes(found) == (7.5, 14.5, 25.5)


def test_a_step_across_lunch_takes_lunch_with_it() -> None:
    """From 11:10: 11:18, 11:25 and 11:36, which is 13:06; two more people are four minutes."""
    now = at("11:10")
    levels = (4, 6, 8, 10, 15, 110, 112, 116, 120)
    run = outlook(now, newcomers={(A, None): foretold(*levels)})
    assert minutes(quoting.quote_for(basis(now, run, a=8), A)) == (14, 111, 122)
    after = outlook(now, newcomers={(A, None): foretold(*(m + 104 for m in LEVELS))})
    fewer = quoting.quote_for(basis(now, after, a=0), A)
    assert minutes(fewer) == (12, 19, 120)


def test_past_today_there_are_no_minutes_and_a_thin_tail_ends_at_closing() -> None:
    now = at("16:30")
    tail = foretold(4, 6, 8, 10, 15, 20, 24, None, None)
    assert minutes(quoting.quote_for(basis(now, outlook(now, newcomers={(A, None): tail})), A)) == (
        8, 15, 30,
    )  # fmt: skip
    fat = foretold(4, 6, 8, 10, 15, None, None, None, None)
    assert quoting.quote_for(basis(now, outlook(now, newcomers={(A, None): fat})), A) is None
    late = outlook(now, step_s={A: 1200.0})
    assert quoting.quote_for(basis(now, late, a=9), A) is None


def test_without_a_fresh_run_the_skill_weighted_line_is_said() -> None:
    now = at("09:00")
    found = quoting.quote_for(basis(now, None), A)
    assert found == estimate.quote(OFFICE, BOTH, SURE, {A: 5, B: 2}, A, now)
    assert found is not None
    assert found.model == estimate.MODEL
    # Nor for a lane that the run did not price.
    assert quoting.quote_for(basis(now, outlook(now)), A, priority="KT", ahead=0) == estimate.quote(
        OFFICE, BOTH, SURE, {A: 0, B: 2}, A, now
    )


def test_without_an_open_counter_nothing_is_said() -> None:
    now = at("09:00")
    nobody = load({1: ("B",)})
    assert quoting.quote_for(basis(now, outlook(now), at_work=nobody), A) is None
    told = outlook(now, told={T1: Told(at=now, low_s=60, high_s=120)})
    assert quoting.told_for(
        basis(now, told, at_work=nobody), T1, A, priority=None, ahead=0
    ) is None  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "has_minutes"),
    [("07:10", True), ("07:30", False), ("11:29", False), ("12:10", True), ("17:00", False)],
)
def test_before_a_session_the_plan_is_enough(clock: str, has_minutes: bool) -> None:
    """Nobody has opened yet, and nobody need have; the formula knows no plan and says nothing."""
    now, nobody = at(clock), load({1: ("B",)})
    found = quoting.quote_for(basis(now, outlook(now), at_work=nobody), A)
    assert (found is not None) is has_minutes
    assert quoting.quote_for(basis(now, None, at_work=nobody), A) is None


def test_who_waits_is_told_what_the_run_says_or_what_their_place_is_worth() -> None:
    now = at("09:00")
    told = Told(at=now - timedelta(minutes=3), low_s=300, high_s=600, reason="slow")
    run = outlook(now, told={T1: told})
    assert quoting.told_for(basis(now, run), T1, A, priority=None, ahead=3) is told
    later = quoting.told_for(basis(now, run), T2, A, priority=None, ahead=6)
    assert later is not None
    assert (later.at, later.low_s, later.high_s) == (now, 600, 1680)
    silent = outlook(now, told={T1: Told(at=now, low_s=None, high_s=None)})
    assert quoting.told_for(basis(now, silent), T1, A, priority=None, ahead=3) is None


def test_a_young_office_says_so_where_there_is_no_run() -> None:
    young = Basis(
        catalogue=OFFICE, load=BOTH, learned=Learned(), outlook=None, counts={},
        now=datetime(2026, 11, 24, 2, tzinfo=UTC),
    )  # fmt: skip
    assert young.is_initial
    assert quoting.quote_for(young, QueueId("A")) is not None


def test_the_printed_levels_are_among_those_kept() -> None:
    assert {*quoting.PRINTED, *quoting.PRINTED_INITIALLY} <= set(PERCENTS)
    with pytest.raises(ValueError, match="not in"):
        foretold().at(42)

"""What a waiting person is told: right for as long as it stands, changed only when it matters."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain import rounding, telling
from server.domain.outlook import PERCENTS, RAW_PERCENTS, Foretold, Told

NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RAW = (None,) * len(RAW_PERCENTS)


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def foretold(*minutes: float | None, chance: float | None = None) -> Foretold:
    """A forecast by its levels in minutes."""
    return Foretold(
        levels_s=tuple(None if m is None else round(60 * m) for m in minutes),
        raw_s=RAW,
        before_break=chance,
    )


def about(median: float, spread: float = 8.0, chance: float | None = None) -> Foretold:
    """A forecast whose q15 and q90 lie `spread` either side of `median`, minutes."""
    far = {5: -1.2, 10: -1.1, 15: -1.0, 25: -0.5, 50: 0.0, 75: 0.5, 85: 0.8, 90: 1.0, 95: 1.3}
    levels = (max(0.0, median + far[p] * spread) for p in PERCENTS)
    return foretold(*levels, chance=chance)


def tell(before: Told | None, now: Foretold, minute: float, reason: str = "") -> Told:
    return telling.tell(before, now, after(minute), is_initial=False, reason=reason)


# The levels ----------------------------------------------------------------------------------
def test_the_printed_levels_are_told_and_wider_ones_at_first() -> None:
    levels = foretold(1, 2, 3, 4, 5, 6, 7, 8, 9)
    sure = telling.tell(None, levels, NINE, is_initial=False)
    first = telling.tell(None, levels, NINE, is_initial=True)
    assert (sure.low_s, sure.high_s) == (180, 480)
    assert (first.low_s, first.high_s) == (60, 540)


def test_what_falls_past_today_is_bounded_by_the_closing_or_not_told() -> None:
    late = foretold(60, 70, 80, 90, 100, 110, 120, None, None)
    unknown = telling.tell(None, late, NINE, is_initial=False)
    assert (unknown.low_s, unknown.high_s) == (None, None)
    until = telling.tell(None, late, NINE, is_initial=False, closes_s=7_500)
    assert (until.low_s, until.high_s) == (4_800, 7_500)
    hardly = foretold(60, 70, 80, 90, 100, None, None, None, None)
    assert telling.tell(None, hardly, NINE, is_initial=False, closes_s=7_500).high_s is None


# When it changes -----------------------------------------------------------------------------
def test_it_stays_while_the_median_stays_in_the_shown_range() -> None:
    told = tell(None, about(30), 0)
    assert telling.shown(told) == (after(20), after(40))
    # Later by 9 minutes, and no sharper: still 9:20 to 9:40.
    assert tell(told, about(34), 5) is told


def test_it_changes_when_the_median_leaves_the_shown_range() -> None:
    told = tell(None, about(30), 0)
    later = tell(told, about(41), 1)
    assert later.at == after(1)
    assert telling.shown(later) == (after(31), after(51))
    assert tell(told, about(15), 1).at == after(1)


def test_it_changes_when_it_can_be_five_minutes_sharper() -> None:
    told = tell(None, about(30, 15), 0)
    assert telling.shown(told) == (after(15), after(50))
    assert tell(told, about(30, 14), 0) is told
    assert tell(told, about(30, 9), 0).at == NINE
    assert telling.shown(tell(told, about(30, 9), 0)) == (after(20), after(40))


def test_minutes_come_and_go() -> None:
    unknown = foretold(*(None,) * len(PERCENTS))
    nothing = tell(None, unknown, 0)
    assert telling.shown(nothing) is None
    assert tell(nothing, unknown, 5) is nothing
    told = tell(nothing, about(30), 6)
    assert told.at == after(6)
    assert tell(told, unknown, 7).low_s is None


@pytest.mark.parametrize(
    ("was", "now", "is_new"),
    [
        (0.95, 0.84, False), (0.95, 0.79, True), (0.5, 0.88, False), (0.5, 0.91, True),
        (0.5, 0.12, False), (0.5, 0.09, True), (0.1, 0.19, False), (0.1, 0.21, True),
        (0.5, None, True), (None, 0.5, False), (None, None, False),
    ],
)  # fmt: skip
def test_the_session_of_the_call_changes_only_beyond_doubt(
    was: float | None, now: float | None, is_new: bool
) -> None:
    told = tell(None, about(30, chance=was), 0)
    assert (tell(told, about(30, chance=now), 1) is not told) is is_new


# Why -----------------------------------------------------------------------------------------
def test_a_wait_that_grew_by_a_step_says_why() -> None:
    told = tell(None, about(30), 0)
    grown = tell(told, about(45), 1, "counter_paused")
    assert grown.reason == "counter_paused"
    # The reason stands while it lasts, and goes when the wait is shorter again.
    moved = tell(grown, about(43, 4), 3)
    assert (moved.at, moved.reason) == (after(3), "counter_paused")
    assert tell(moved, about(12), 20).reason == ""


def test_a_wait_that_shrank_or_hardly_grew_says_nothing() -> None:
    told = tell(None, about(30), 0)
    assert tell(told, about(10), 1, "long_case").reason == ""
    wide = tell(None, about(30, 15), 0)
    assert tell(wide, about(36, 9), 0, "long_case").reason == ""


_minutes = st.floats(0, 200)
_forecasts = st.builds(
    about,
    _minutes,
    st.floats(0, 60),
    st.none() | st.floats(0, 1),
)
_reasons = st.sampled_from(list(telling.Reason))
_day = st.lists(st.tuples(st.floats(0.05, 25), _forecasts, st.booleans(), _reasons), max_size=25)


@given(_day)
def test_through_any_day_no_bound_is_past_and_changes_are_earned(
    day: list[tuple[float, Foretold, bool, telling.Reason]],
) -> None:
    minute, told = 0.0, tell(None, about(30), 0)
    for passed, levels, is_initial, reason in day:
        minute += passed
        now, before = after(minute), told
        told = telling.tell(before, levels, now, is_initial=is_initial, reason=reason)
        bounds = telling.shown(told)
        assert bounds is not None
        # It is shown until the next forecast, up to a minute from now.
        assert bounds[1] > now + timedelta(minutes=1)
        assert bounds[0] < bounds[1]
        if told is before:
            median_s = levels.at(50)
            assert median_s is not None
            assert bounds[0] <= now + timedelta(seconds=median_s) <= bounds[1]
            continue
        assert told.at == now
        grew = telling.grew(before, told)
        step = timedelta(minutes=rounding.step((before.high_s or 0) / 60))
        if grew >= step:
            assert told.reason == reason
        elif grew <= -step:
            assert told.reason == ""
        else:
            assert told.reason == before.reason


@given(_forecasts, st.floats(0, 30))
def test_the_same_forecast_again_changes_nothing(levels: Foretold, minute: float) -> None:
    told = tell(None, levels, minute)
    assert tell(told, levels, minute) is told


@given(st.floats(0, 300), st.floats(0, 100))
@example(30.0, 0.0)
def test_rounding_is_outward_and_on_its_grid(low: float, width: float) -> None:
    told_low, told_high = rounding.outward(60 * low, 60 * (low + width))
    assert 0 <= told_low <= low
    assert told_high >= max(low + width, rounding.SOON)
    assert told_low % rounding.step(low) == 0
    assert told_low < told_high

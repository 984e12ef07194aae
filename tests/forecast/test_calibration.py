"""The office's own errors correct its forecasts: by hand, and back to nominal under a biased one."""

import math
import random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.hits import AT_ONCE_S
from server.domain.outlook import PERCENTS, RAW_PERCENTS
from server.forecast import calibration as cal
from server.forecast.calibration import Calibration, quantile, share_below
from server.forecast.model import Raw

#: 5 % at one minute … 95 % at nineteen.
LADDER = tuple(60.0 * n for n in range(1, 20))
TAIL_S = (LADDER[18] - LADDER[14]) / math.log(5)


def raw(levels: tuple[float | None, ...]) -> Raw:
    return Raw(levels_s=levels)


def whole(levels: tuple[float | None, ...]) -> tuple[int | None, ...]:
    return tuple(None if v is None else round(v) for v in levels)


def test_where_a_wait_lies_in_its_forecast() -> None:
    assert share_below(LADDER, 60, 0.7) == 0.05, "a level that stands alone is no tie"
    assert share_below(LADDER, 90, 0.7) == pytest.approx(0.075)
    assert share_below(LADDER, 600, 0.7) == 0.5
    assert share_below(LADDER, 1_140 + TAIL_S, 0.7) == pytest.approx(1 - 0.05 / math.e)
    assert share_below(LADDER, 0, 0.7) == pytest.approx(0.05 * math.exp(-60 / TAIL_S))


def test_ties_are_drawn_between_their_ends() -> None:
    levels = (0.0,) * 8 + LADDER[8:]
    assert share_below(levels, 0, 0.25) == pytest.approx(0.1)
    levels = (*LADDER[:5], *(400.0,) * 5, *LADDER[10:])
    assert share_below(levels, 400, 0.0) == pytest.approx(0.25)
    assert share_below(levels, 400, 0.5) == pytest.approx(0.375)


def test_past_today_lies_beyond_every_level_that_is_known() -> None:
    levels = (*LADDER[:10], *(None,) * 9)
    assert share_below(levels, 9_999, 0.5) == pytest.approx(0.525)
    assert share_below((None,) * 19, 60, 0.5) == pytest.approx(0.025)
    assert quantile(levels, 0.5) == 600
    assert quantile(levels, 0.51) is None
    assert quantile((None,) * 19, 0.01) is None


def test_the_draw_of_a_ticket_is_always_the_same() -> None:
    assert cal.chance("t1") == cal.chance("t1") != cal.chance("t2")
    drawn = [cal.chance(f"t{n}") for n in range(2_000)]
    assert sum(drawn) / 2_000 == pytest.approx(0.5, abs=0.03)


rising = st.lists(st.floats(1, 300), min_size=19, max_size=19).map(
    lambda steps: tuple(sum(steps[: n + 1]) for n in range(19))
)


@given(rising, st.floats(0.02, 0.98))
def test_a_level_and_its_share_are_inverse(levels: tuple[float, ...], p: float) -> None:
    at = quantile(levels, p)
    assert at is not None
    if at > 0:
        assert share_below(levels, at, 0.5) == pytest.approx(p, abs=1e-6)


def test_groups_are_by_priority_and_size() -> None:
    sizes = [(7.9 * 60, 0), (8 * 60, 0), (8.1 * 60, 1), (25.1 * 60, 2), (61 * 60, 3)]
    for median, n in sizes:
        assert cal.group_of((median,) * 19, is_priority=True) == (True, n)
    assert cal.group_of((None,) * 19, is_priority=False) == (False, 3)


def test_a_cold_start_is_widened() -> None:
    assert cal.widened(0.10) == pytest.approx(0.03)
    assert cal.widened(0.90) == pytest.approx(0.97)
    assert cal.widened(0.50) == pytest.approx(0.50)
    fresh = Calibration()
    assert fresh.level((False, 1), 0.9) == pytest.approx(0.97)
    for n in range(50):
        fresh.observe(f"t{n}", 600, whole(LADDER), is_priority=False)
    # Fifty errors at the median against a hundred widened ones.
    assert fresh.level((False, 1), 0.9) == pytest.approx((50 * 0.5 + 100 * 0.97) / 150)
    assert fresh.level((True, 1), 0.9) == pytest.approx(0.97), "of another group"


def test_from_150_calls_on_the_errors_count_against_sixty() -> None:
    known = Calibration()
    for n in range(149):
        known.observe(f"t{n}", 600, whole(LADDER), is_priority=False)
    assert known.is_initial
    known.observe("last", 600, whole(LADDER), is_priority=False)
    assert not known.is_initial
    assert known.level((False, 1), 0.9) == pytest.approx((150 * 0.5 + 60 * 0.9) / 210)
    for n in range(1_000):
        known.observe(f"u{n}", 900, whole(LADDER), is_priority=False)
    assert len(known.errors[False, 1]) == 600
    assert known.level((False, 1), 0.1) == pytest.approx((600 * 0.75 + 60 * 0.1) / 660)


def test_whoever_was_called_at_once_teaches_nothing() -> None:
    known = Calibration()
    known.observe("t", AT_ONCE_S, whole(LADDER), is_priority=False)
    known.observe("t", 100, (), is_priority=False)
    assert known.first_calls == 0
    known.observe("t", AT_ONCE_S + 1, whole(LADDER), is_priority=False)
    assert known.first_calls == 1


def test_what_is_foretold_rises_and_ends_at_closing() -> None:
    fresh = Calibration()
    found = fresh.foretell(raw(LADDER), False)
    levels = [v for v in found.levels_s if v is not None]
    assert len(levels) == len(PERCENTS)
    assert levels == sorted(levels)
    assert found.at(50) == 600
    assert found.raw_s == tuple(60 * n for n in range(1, 20))
    closing = fresh.foretell(raw(LADDER), False, 1_000.0)
    assert closing.at(50) == 600
    assert closing.levels_s[-3:] == (None, None, None)
    never = fresh.foretell(raw((None,) * 19), False)
    assert set(never.levels_s) == {None} == set(never.raw_s)


def test_an_initial_forecast_is_never_narrow() -> None:
    found = Calibration().foretell(raw((120.0,) * 19), False)
    assert found.at(95) - found.at(5) >= 600  # type: ignore[operator]
    assert found.at(50) == 120


def coverage(factor: float, spread: float, calls: int) -> tuple[float, float]:
    """Inside the 80 % interval as it was foretold, and as it was corrected; of the last half.

    The forecaster says: log-normal, median half an hour. The truth is longer or wider than that.
    """
    told = tuple(1_800 * math.exp(0.4 * NormalDist().inv_cdf(p / 100)) for p in RAW_PERCENTS)
    rng, known, inside, corrected = random.Random(8), Calibration(), 0, 0
    for k in range(calls):
        waited = 1_800 * factor * math.exp(0.4 * spread * rng.gauss(0, 1))
        if k >= calls // 2:
            found = known.foretell(raw(told), False)
            low, high = found.at(10), found.at(90)
            assert low is not None
            assert high is not None
            corrected += low <= waited <= high
            inside += told[1] <= waited <= told[17]
        known.observe(f"t{k}", waited, whole(told), is_priority=False)
    return inside / (calls - calls // 2), corrected / (calls - calls // 2)


@pytest.mark.parametrize(("factor", "spread"), [(1.4, 1.0), (0.7, 1.0), (1.0, 1.5), (1.0, 0.6)])
def test_a_biased_forecaster_comes_back_to_nominal(factor: float, spread: float) -> None:
    as_foretold, corrected = coverage(factor, spread, 3_000)
    assert abs(as_foretold - 0.8) > 0.1
    assert corrected == pytest.approx(0.8, abs=0.045)


def test_an_honest_forecaster_stays_honest() -> None:
    as_foretold, corrected = coverage(1.0, 1.0, 3_000)
    assert as_foretold == pytest.approx(0.8, abs=0.03)
    assert corrected == pytest.approx(0.8, abs=0.03)

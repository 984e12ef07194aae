"""The index, its parts, and an interval that comes out the same on every machine."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.ids import ServiceId
from server.domain.satisfaction import Cell
from server.domain.service_index import (
    DEFAULT_WEIGHTS,
    MIN_DAYS,
    DayCounts,
    Tally,
    Weights,
    _Draws,
    bootstrap,
    composite,
    index_interval,
    index_of,
    service_component,
    waiting_component,
    weights_on,
)

A, B = ServiceId("a"), ServiceId("b")
USUAL = DEFAULT_WEIGHTS[0]
SHARES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("wait_s", "component"),
    [
        (-1, 1.0),
        (0, 1.0),
        (900, 1.0),
        (901, 1 - 1 / 1800),
        (1800, 0.5),
        (2700, 0.0),
        (99_999, 0.0),
    ],
)
def test_a_wait_counts_fully_up_to_the_target_and_not_from_three_times(
    wait_s: float, component: float
) -> None:
    assert waiting_component(wait_s, 900) == pytest.approx(component)
    assert service_component(wait_s, 900) == pytest.approx(component)


@pytest.mark.parametrize("norm_s", [0, -60])
def test_there_is_no_component_without_a_time_to_compare_with(norm_s: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        waiting_component(1, norm_s)
    with pytest.raises(ValueError, match="above 0"):
        service_component(1, norm_s)


@given(st.floats(0, 20_000), st.floats(0, 20_000), st.floats(60, 3600))
def test_no_second_is_worth_more_than_another_so_nothing_is_gained_at_an_edge(
    one_s: float, other_s: float, target_s: float
) -> None:
    one, other = waiting_component(one_s, target_s), waiting_component(other_s, target_s)
    assert abs(one - other) <= abs(one_s - other_s) / (2 * target_s) + 1e-12
    assert (one - other) * (one_s - other_s) <= 0
    assert 0 <= one <= 1


def test_the_index_by_hand() -> None:
    assert composite(0.8, 0.6, 0.9, USUAL) == pytest.approx(48 + 15 + 13.5)
    assert composite(1, 1, 1, USUAL) == pytest.approx(100)
    assert composite(0, 0, 0, USUAL) == 0


def test_without_a_part_there_is_no_index() -> None:
    assert composite(None, 0.6, 0.9, USUAL) is None
    assert composite(0.8, None, 0.9, USUAL) is None
    assert composite(0.8, 0.6, None, USUAL) is None
    # A part without a weight may be missing, satisfaction never.
    assert composite(0.8, 0.5, None, Weights(date(2026, 1, 1), 0.7, 0.3, 0)) == pytest.approx(71)
    assert composite(None, 0.5, 0.5, Weights(date(2026, 1, 1), 0, 0.5, 0.5)) is None


@given(SHARES, SHARES, SHARES, SHARES, st.integers(0, 2))
def test_the_index_never_falls_when_a_part_rises(
    s: float, a: float, fvr: float, more: float, which: int
) -> None:
    parts = [s, a, fvr]
    risen = list(parts)
    risen[which] = max(risen[which], more)
    low, high = composite(*parts, USUAL), composite(*risen, USUAL)
    assert low is not None
    assert high is not None
    assert 0 <= low <= high + 1e-9 <= 100 + 1e-6


@pytest.mark.parametrize("parts", [(0.6, 0.25, 0.25), (0.5, 0.2, 0.2), (1.2, -0.2, 0.0)])
def test_weights_are_shares_of_one(parts: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        Weights(date(2026, 1, 1), *parts)


def test_a_past_day_keeps_its_weights() -> None:
    later = Weights(date(2027, 1, 1), 0.5, 0.3, 0.2)
    table = (later, USUAL)
    assert weights_on(date(2026, 12, 31), table) == USUAL
    assert weights_on(date(2027, 1, 1), table) == later
    assert weights_on(date(2020, 1, 1), table) == USUAL
    assert weights_on(date(2030, 1, 1)) == Weights(USUAL.valid_from, 0.60, 0.25, 0.15)
    with pytest.raises(ValueError, match="needs weights"):
        weights_on(date(2026, 1, 1), ())


def some_days(number: int) -> list[DayCounts]:
    """Days that differ: the third of every three is bad for everybody."""
    days = []
    for n in range(number):
        bad = 6 * (n % 3 == 2)
        days.append(
            DayCounts(
                {
                    (A, 0): Cell(30 + n % 4, 20, 18 - bad),
                    (A, n % 6): Cell(20, 8, 6 - bad),
                    (B, 1): Cell(15, 6, 5),
                },
                Tally(50.0 - bad, 65 + n % 4),
                Tally(60, 65 + n % 4),
            )
        )
    return days


def test_the_index_of_days_is_that_of_their_sums() -> None:
    days = some_days(12)
    whole = index_of(days, USUAL)
    waiting = Tally()
    for day in days:
        waiting += day.waiting
    assert whole.waiting == pytest.approx(waiting.mean)
    assert whole.first_visit == pytest.approx(
        float(Fraction(720, sum(65 + n % 4 for n in range(12))))
    )
    share = whole.satisfaction.share
    assert whole.index == composite(share, whole.waiting, whole.first_visit, USUAL)
    assert index_of(reversed(days), USUAL) == whole
    assert index_of([], USUAL).index is None


def test_the_interval_of_the_index_is_the_plain_bootstrap_of_it() -> None:
    days = some_days(MIN_DAYS)

    def plain(picked: Sequence[DayCounts]) -> float | None:
        return index_of(picked, USUAL).index

    fast, slow = index_interval(days, USUAL, 5), bootstrap(days, plain, 5)
    assert fast is not None
    assert fast == pytest.approx(slow, abs=1e-9)
    index = index_of(days, USUAL).index
    assert index is not None
    assert fast[0] < index < fast[1]
    assert index_interval(days, USUAL, 5) == fast
    assert index_interval(days, USUAL, 6) != fast


def test_few_days_have_no_interval() -> None:
    assert index_interval(some_days(MIN_DAYS - 1), USUAL) is None
    assert bootstrap(list(range(MIN_DAYS - 1)), fmean) is None


def test_an_interval_is_not_said_where_resamples_often_have_no_value() -> None:
    days = list(range(20))
    # A resample misses a given day of twenty in .95 ** 20 = 36 % of the cases.
    assert bootstrap(days, lambda d: fmean(d) if 7 in d else None) is None
    assert bootstrap(days, lambda _: float("nan")) is None
    # One of 1000 that has none is left out.
    assert bootstrap(days, lambda d: fmean(d) if len(set(d)) > 7 else None) is not None


def test_a_bootstrap_is_as_wide_as_theory_says_and_the_same_for_ever() -> None:
    days = [float((n * 37) % 101) for n in range(80)]
    interval = bootstrap(days, fmean, seed=1)
    assert interval is not None
    half = 1.96 * stdev(days) / len(days) ** 0.5
    middle = fmean(days)
    assert interval == pytest.approx((middle - half, middle + half), abs=0.12 * half)
    # Written down: another version of Python, or another machine, must find these.
    assert interval == (43.7746875, 56.4378125)


def test_draws_are_those_of_splitmix64() -> None:
    draws = _Draws(1234567)
    # The first outputs of the published reference implementation for this seed.
    assert [draws.below(1 << 64) for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@pytest.mark.parametrize("n", [2, 7, 22])
def test_every_day_is_drawn_as_often(n: int) -> None:
    draws = _Draws(n)
    counts = [0] * n
    for _ in range(2000 * n):
        counts[draws.below(n)] += 1
    # Chi squared with n - 1 degrees of freedom, beyond five standard deviations only by a defect.
    assert sum((c - 2000) ** 2 / 2000 for c in counts) < (n - 1) + 5 * (2 * n) ** 0.5


def test_columns_are_ordered_by_key_and_not_by_day() -> None:
    days = some_days(MIN_DAYS)
    turned = [DayCounts(dict(reversed(d.cells.items())), d.waiting, d.first_visit) for d in days]
    assert index_interval(turned, USUAL, 5) == index_interval(days, USUAL, 5)
    assert all(one != other for one, other in pairwise(days))

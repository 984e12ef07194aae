"""Shares, their intervals and the adjusted share: by hand, by chance and against scipy."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from server.domain.ids import ServiceId
from server.domain.satisfaction import (
    BAND_EDGES,
    LAST_MINUTE,
    MIN_CELL,
    MIN_RATINGS,
    BandKey,
    Cell,
    Stratum,
    adjusted,
    band_of,
    band_of_minute,
    by_band,
    cell_of,
    merged,
    minute_of,
    pooled,
    share_of,
    strata,
    wilson,
)

A, B, C = ServiceId("a"), ServiceId("b"), ServiceId("c")


@st.composite
def cells(draw: st.DrawFn, most: int = 60) -> Cell:
    completed = draw(st.integers(0, most))
    rated = draw(st.integers(0, completed))
    return Cell(completed, rated, draw(st.integers(0, rated)))


TABLES = st.dictionaries(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 5)), cells())
BINS = st.dictionaries(st.tuples(st.sampled_from([A, B, C]), st.integers(0, LAST_MINUTE)), cells())


@pytest.mark.parametrize("counts", [(1, 2, 0), (2, 1, 2), (-1, -1, -1), (3, 2, -1)])
def test_counts_that_no_visits_make_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not counts"):
        Cell(*counts)


@pytest.mark.parametrize(
    ("level", "cell"),
    [
        (None, Cell(1, 0, 0)),
        (1, Cell(1, 1, 0)),
        (3, Cell(1, 1, 0)),
        (4, Cell(1, 1, 1)),
        (5, Cell(1, 1, 1)),
    ],
)
def test_a_visit_satisfies_from_level_four(level: int | None, cell: Cell) -> None:
    assert cell_of(level) == cell


@pytest.mark.parametrize(
    ("wait_s", "minute", "band"),
    [
        (-1, 0, 0),
        (0, 0, 0),
        (0.5, 1, 0),
        (60, 1, 0),
        (60.5, 2, 0),
        (300, 5, 0),
        (300.001, 6, 1),
        (600, 10, 1),
        (600.5, 11, 2),
        (1200, 20, 2),
        (1201, 21, 3),
        (2400, 40, 3),
        (2401, 41, 4),
        (4800, 80, 4),
        (4801, 81, 5),
        (14_340, 239, 5),
        (14_341, 240, 5),
        (1e9, 240, 5),
    ],
)
def test_waits_fall_into_their_bin_and_band(wait_s: float, minute: int, band: int) -> None:
    assert (minute_of(wait_s), band_of(wait_s)) == (minute, band)


@given(st.integers(0, LAST_MINUTE))
def test_a_bin_lies_in_one_band(minute: int) -> None:
    if minute:
        assert band_of((minute - 1) * 60 + 0.01) == band_of(minute * 60) == band_of_minute(minute)
    assert 0 <= band_of_minute(minute) <= len(BAND_EDGES)


@given(st.lists(BINS, max_size=4))
def test_merging_is_pooling(tables: list[dict[BandKey, Cell]]) -> None:
    assert pooled(merged(tables).values()) == pooled(c for t in tables for c in t.values())
    assert merged(tables) == merged(reversed(tables))
    assert by_band(merged(tables)) == merged(by_band(t) for t in tables)


@given(
    st.lists(
        st.tuples(st.sampled_from([A, B]), st.floats(0, 9000), st.sampled_from([None, 1, 3, 4, 5])),
        max_size=80,
    ),
    st.integers(1, 5),
)
def test_a_period_is_the_sum_of_any_parts_of_it(
    visits: list[tuple[ServiceId, float, int | None]], parts: int
) -> None:
    def counted(some: Iterable[tuple[ServiceId, float, int | None]]) -> dict[BandKey, Cell]:
        return merged({(s, band_of(wait)): cell_of(level)} for s, wait, level in some)

    assert merged(counted(visits[n::parts]) for n in range(parts)) == counted(visits)


@pytest.mark.parametrize(
    ("k", "n"), [(0, 1), (1, 1), (0, 30), (30, 30), (29, 30), (9, 10), (500, 650), (1, 100_000)]
)
def test_wilson_is_scipys(k: int, n: int) -> None:
    # z = 1.96 is 95 % rounded; scipy is asked for exactly what 1.96 covers.
    theirs = binomtest(k, n).proportion_ci(2 * norm.cdf(1.96) - 1, "wilson")
    assert wilson(k, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_by_hand() -> None:
    # k = 45, n = 60: (45 + 1.9208 -+ 1.96 sqrt(45*15/60 + .9604)) / 63.8416
    low, high = wilson(45, 60)
    assert (low, high) == pytest.approx((0.627677, 0.842236), abs=1e-6)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(0, 400), st.integers(1, 400))
def test_wilson_holds_the_share_within_zero_and_one(k: int, n: int) -> None:
    k = min(k, n)
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1


@pytest.mark.parametrize(
    ("p", "n", "ours", "walds"), [(0.9, 10, 0.93, 0.65), (0.97, 30, 0.94, 0.60)]
)
def test_wilson_covers_where_wald_does_not(p: float, n: int, ours: float, walds: float) -> None:
    drawn = np.random.default_rng(4).binomial(n, p, 20_000)
    ends = np.array([wilson(k, n) for k in range(n + 1)])
    covered = (ends[drawn, 0] <= p) & (p <= ends[drawn, 1])
    share = drawn / n
    half = 1.96 * np.sqrt(share * (1 - share) / n)
    wald = (share - half <= p) & (p <= share + half)
    # The figures that measures.md quotes.
    assert covered.mean() == pytest.approx(ours, abs=0.012)
    assert wald.mean() == pytest.approx(walds, abs=0.012)


def test_a_share_of_few_ratings_is_not_said_but_how_many_answered_is() -> None:
    few = share_of(Cell(100, 29, 20))
    assert (few.share, few.low, few.high, few.response_rate) == (None, None, None, 0.29)
    enough = share_of(Cell(100, 30, 24))
    assert (enough.share, enough.k, enough.n, enough.completed) == (0.8, 24, 30, 100)
    assert (enough.low, enough.high) == wilson(24, 30)
    assert share_of(Cell()).response_rate is None


def test_bands_with_few_ratings_join_the_next_and_what_is_left_the_last() -> None:
    table = {
        (A, 0): Cell(10, 4, 4),
        (A, 1): Cell(10, 1, 0),
        (A, 2): Cell(20, 6, 3),
        (A, 3): Cell(5, 4, 1),
        (A, 5): Cell(3, 0, 0),
        (B, 1): Cell(8, 4, 4),
        (C, 4): Cell(6, 2, 1),
    }
    assert strata(table) == (
        Stratum(A, (0, 1), Cell(20, 5, 4)),
        Stratum(A, (2, 3, 5), Cell(28, 10, 4)),
        Stratum(None, (), Cell(14, 6, 5)),
    )


def test_adjusted_by_hand() -> None:
    # Of those who wait long a tenth answers: 30 of 50 and 5 of 50 are rated.
    got = adjusted({(A, 0): Cell(50, 30, 27), (A, 4): Cell(50, 5, 2)})
    assert got.share == pytest.approx(0.5 * 0.9 + 0.5 * 0.4)
    assert (got.k, got.n, got.completed) == (29, 35, 100)
    assert (got.low, got.high) == pytest.approx((0.65 - 0.065, 0.65 + 0.065))
    assert (got.least, got.most) == pytest.approx((0.29, 0.94))


def test_a_rest_that_is_too_small_counts_at_the_share_of_all() -> None:
    got = adjusted({(A, 0): Cell(60, 40, 30), (B, 0): Cell(40, 4, 0)})
    assert got.share == pytest.approx(0.6 * 30 / 40 + 0.4 * 30 / 44)


def test_nothing_is_adjusted_below_thirty_ratings() -> None:
    few = adjusted({(A, 0): Cell(60, 29, 20)})
    assert (few.share, few.low, few.high, few.least, few.most) == (None,) * 5
    assert (few.k, few.n, few.completed) == (20, 29, 60)
    assert adjusted({}).share is None


@given(TABLES)
def test_adjusted_lies_between_zero_and_one_and_its_bounds_hold_it(
    table: dict[BandKey, Cell],
) -> None:
    got = adjusted(table)
    if got.n < MIN_RATINGS:
        assert got.share is None
        return
    assert got.share is not None
    assert got.low is not None
    assert got.high is not None
    assert got.least is not None
    assert got.most is not None
    assert 0 <= got.low <= got.share <= got.high <= 1
    assert 0 <= got.least <= got.k / got.n <= got.most <= 1
    assert got.high - got.low <= 0.2 * (1 - got.n / got.completed) + 1e-12


@given(TABLES, st.randoms())
def test_the_order_of_cells_changes_nothing(table: dict[BandKey, Cell], chance) -> None:
    turned = list(table.items())
    chance.shuffle(turned)
    assert adjusted(dict(turned)) == adjusted(table)


@given(TABLES)
def test_strata_lose_nobody_and_are_read_alone_only_with_enough(
    table: dict[BandKey, Cell],
) -> None:
    groups = strata(table)
    assert pooled(s.cell for s in groups) == pooled(table.values())
    assert all(s.cell.rated >= MIN_CELL for s in groups if s.service is not None)
    for one, other in pairwise(s for s in groups if s.service is not None):
        assert one.service != other.service or one.bands[-1] < other.bands[0]


@given(
    st.dictionaries(
        st.tuples(st.sampled_from([A, B, C]), st.integers(0, 5)),
        st.tuples(st.integers(0, 40), st.integers(5, 40)).flatmap(
            lambda t: st.integers(0, t[1]).map(lambda k: Cell(t[0] + t[1], t[1], k))
        ),
        min_size=6,
    )
)
def test_adjusted_is_the_formula_in_exact_fractions(table: dict[BandKey, Cell]) -> None:
    visits = sum(c.completed for c in table.values())
    exact = sum(
        Fraction(c.completed, visits) * Fraction(c.satisfied, c.rated) for c in table.values()
    )
    assert adjusted(table).share == pytest.approx(float(exact), abs=1e-12)


@given(TABLES)
def test_where_everybody_answers_adjusted_is_the_plain_share(table: dict[BandKey, Cell]) -> None:
    full = {key: Cell(c.rated, c.rated, c.satisfied) for key, c in table.items()}
    got = adjusted(full)
    if got.share is not None and got.low is not None:
        total = pooled(full.values())
        # A rest too small to be read alone counts at the share of all: off by its weight at most.
        rest = sum(s.cell.completed for s in strata(full) if s.cell.rated < MIN_CELL)
        assert got.share == pytest.approx(total.satisfied / total.rated, abs=rest / got.n + 1e-9)
        assert got.low == got.share == got.high


def test_adjusting_mends_response_that_differs_by_service_and_wait() -> None:
    chance = np.random.default_rng(7)
    naive, mended, truth = [], [], []
    middles = np.array([3, 7, 15, 30, 60, 110])
    true = 1 / (1 + np.exp(-(2.4 - 0.95 * np.log1p(middles / 12))))
    for _ in range(60):
        table = {}
        right = 0.0
        for service in range(8):
            visits = chance.multinomial(250, [0.2, 0.2, 0.25, 0.2, 0.1, 0.05])
            p = np.clip(true + 0.02 * (service - 3.5), 0, 1)
            answers = np.array([0.45, 0.42, 0.38, 0.3, 0.22, 0.18]) * (0.8 + 0.05 * service)
            rated = chance.binomial(visits, answers)
            satisfied = chance.binomial(rated, p)
            right += float((visits * p).sum())
            for band in range(6):
                table[ServiceId(str(service)), band] = Cell(
                    int(visits[band]), int(rated[band]), int(satisfied[band])
                )
        got = adjusted(table)
        truth.append(right / got.completed)
        mended.append(got.share)
        naive.append(got.k / got.n)
    bias = np.mean(np.array(naive) - truth)
    left = np.mean(np.array(mended, float) - truth)
    assert bias > 0.02
    assert abs(left) < 0.006

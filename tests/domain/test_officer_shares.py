"""Officers' shares: the Beta distribution against scipy, and what drawing to the mean gains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from server.domain.officer_shares import (
    LEAST_PRIOR,
    MOST_PRIOR,
    _shrunk_one,
    beta_cdf,
    beta_quantile,
    prior_strength,
    shrunk,
)
from server.domain.satisfaction import MIN_RATINGS, Cell
from server.figure_values import shrunk_shares
from server.tally import Tally


@given(st.floats(0.5, 5000), st.floats(0.5, 5000), st.floats(0.001, 0.999))
def test_the_beta_distribution_is_scipys(a: float, b: float, p: float) -> None:
    x = float(beta.ppf(p, a, b))
    assert beta_cdf(x, a, b) == pytest.approx(float(beta.cdf(x, a, b)), abs=1e-9)
    assert beta_quantile(p, a, b) == pytest.approx(x, abs=1e-10)


def test_the_beta_distribution_ends_where_it_does() -> None:
    assert (beta_cdf(0, 2, 3), beta_cdf(1, 2, 3), beta_cdf(-1, 2, 3)) == (0.0, 1.0, 0.0)
    # Beta(1, 1) is even, Beta(2, 1) has the cdf x^2.
    assert beta_cdf(0.3, 1, 1) == pytest.approx(0.3)
    assert beta_quantile(0.25, 2, 1) == pytest.approx(0.5)


def test_shrinking_by_hand() -> None:
    groups = {"an": Cell(200, 100, 90), "binh": Cell(200, 100, 70), "chi": Cell(50, 29, 29)}
    a = prior_strength(groups)
    # Moments, by hand: k/n = 189/229; the spread among officers over what chance alone makes.
    mean = 189 / 229
    chance = mean * (1 - mean) * 2
    seen = 100 * (0.9 - mean) ** 2 + 100 * (0.7 - mean) ** 2 + 29 * (1 - mean) ** 2
    most = mean * (1 - mean) * (229 - (2 * 100**2 + 29**2) / 229) - chance
    assert a == pytest.approx(most / (seen - chance) - 1)
    assert LEAST_PRIOR < a < MOST_PRIOR
    got = shrunk(groups)
    an = got["an"]
    assert an.share == pytest.approx((90 + a * mean) / (100 + a))
    sides = 90 + a * mean, 10 + a * (1 - mean)
    assert (an.low, an.high) == pytest.approx(tuple(beta.ppf([0.05, 0.95], *sides)))
    assert (got["chi"].share, got["chi"].low, got["chi"].high) == (None, None, None)
    assert (got["chi"].k, got["chi"].n, got["chi"].completed) == (29, 29, 50)


def test_the_strength_of_the_mean_has_its_edges() -> None:
    alike = {n: Cell(100, 100, 80) for n in range(5)}
    assert prior_strength(alike) == MOST_PRIOR
    assert prior_strength({"a": Cell(99, 80, 10), "b": Cell(99, 80, 79)}) == LEAST_PRIOR
    assert prior_strength({"a": Cell(99, 80, 10), "none": Cell(3, 0, 0)}) == MOST_PRIOR
    assert prior_strength({n: Cell(50, 40, 40) for n in range(3)}) == MOST_PRIOR
    assert prior_strength({"a": Cell(1, 1, 0), "b": Cell(1, 1, 1)}) == MOST_PRIOR
    assert shrunk({}) == {}


def test_where_all_are_satisfied_the_interval_still_has_a_width() -> None:
    got = shrunk({"a": Cell(40, 40, 40), "b": Cell(50, 50, 50)})["a"]
    assert got.share == got.high == 1.0
    # Half a rating stands for the dissatisfied, of whom there are none: 40 + 400 and 0.5.
    assert got.low == pytest.approx(float(beta.ppf(0.05, 440, 0.5)), abs=1e-9)


@given(
    st.dictionaries(
        st.integers(0, 9),
        st.tuples(st.integers(0, 200), st.integers(0, 200)).map(
            lambda t: Cell(max(t), max(t), min(t))
        ),
    ),
    st.randoms(),
)
def test_a_share_lies_between_its_own_and_the_mean(groups: dict[int, Cell], chance) -> None:
    got = shrunk(groups)
    n = sum(c.rated for c in groups.values())
    turned = list(groups.items())
    chance.shuffle(turned)
    assert shrunk(dict(turned)) == got
    for key, cell in groups.items():
        share = got[key].share
        assert (share is None) == (cell.rated < MIN_RATINGS)
        if share is not None:
            mean = sum(c.satisfied for c in groups.values()) / n
            own = cell.satisfied / cell.rated
            assert min(own, mean) - 1e-9 <= share <= max(own, mean) + 1e-9
            assert 0 <= got[key].low <= share <= got[key].high <= 1


def test_drawing_to_the_mean_cuts_the_error_and_the_interval_covers() -> None:
    """A centre like that of measures.md: officers differ by 4 points, 30 to 110 ratings each."""
    chance = np.random.default_rng(12)
    plain, drawn, covered, knowing = [], [], [], []
    worst_plain, worst_drawn = [], []
    for _ in range(45):
        true = chance.beta(0.77 * 110, 0.23 * 110, 20)
        n = chance.integers(30, 110, 20)
        k = chance.binomial(n, true)
        got = shrunk({i: Cell(int(n[i]), int(n[i]), int(k[i])) for i in range(20)})
        shares = np.array([got[i].share for i in range(20)])
        plain.append(np.mean((k / n - true) ** 2))
        drawn.append(np.mean((shares - true) ** 2))
        covered += [got[i].low <= true[i] <= got[i].high for i in range(20)]
        known = [
            _shrunk_one(Cell(int(r), int(r), int(s)), 84.7, 25.3) for r, s in zip(n, k, strict=True)
        ]
        knowing += [one.low <= p <= one.high for one, p in zip(known, true, strict=True)]
        bottom = np.sort(true)[3]
        worst_plain.append(true[np.argmin(k / n)] <= bottom)
        worst_drawn.append(true[np.argmin(shares)] <= bottom)
    assert np.mean(plain) / np.mean(drawn) > 2.2
    # 90 % where the strength of the mean is known; less where 20 officers tell it.
    assert np.mean(knowing) == pytest.approx(0.9, abs=0.02)
    assert np.mean(covered) == pytest.approx(0.82, abs=0.03)
    assert np.mean(worst_drawn) > np.mean(worst_plain)


def test_officers_figures_carry_the_share_drawn_towards_the_mean() -> None:
    """A perfect forty stands below 100 %, and nine ratings say nothing."""

    def officer(level5: int, level2: int) -> Tally:
        tally = Tally()
        tally.n.update(served=level5 + level2 + 50, level5=level5, level2=level2)
        return tally

    groups = {"Lan": officer(40, 0), "Minh": officer(60, 40), "Tú": officer(9, 0)}
    found = shrunk_shares(groups)
    lan, minh = found["Lan"]["shrunk"], found["Minh"]["shrunk"]
    mean = 109 / 149
    assert mean < lan["share"] < 1
    assert 0.6 < minh["share"] < mean
    assert lan["low"] < lan["share"] < lan["high"] <= 1
    assert found["Tú"]["shrunk"] == {"share": None, "low": None, "high": None}

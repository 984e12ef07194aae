"""An officer's satisfaction share, drawn towards the centre's mean as far as its ratings are few.

Definition: measures.md §4.2, "Officer". Such shares are for the officer and the manager; they are
never ranked in public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, fsum, lgamma, log, log1p
from typing import Final, TypeVar

from server.domain.satisfaction import MIN_RATINGS, Cell, pooled

#: Prior ratings that the centre's mean is worth: least and most.
LEAST_PRIOR: Final = 5.0
MOST_PRIOR: Final = 400.0
_TAIL: Final = 0.05
#: A side of the Beta interval is never given less than Jeffreys' half a rating.
_LEAST_SIDE: Final = 0.5
_STEPS: Final = 300
_TINY: Final = 1e-300
_NEAR: Final = 1e-13
K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerShare:
    """S_o with its 90 % Beta interval (§4.2); all three None below 30 ratings.

    The interval takes a as known. As a is estimated from few officers it held the truth 82 % of
    the time with 20 officers of 30 to 110 ratings, 88 % with 200 to 400 ratings each (simulated).
    """

    k: int
    n: int
    completed: int
    share: float | None
    low: float | None
    high: float | None


def prior_strength(groups: Mapping[K, Cell]) -> float:
    """a: how many ratings the centre's mean is worth, by moments, from 5 to 400 (§4.2).

    Kleinman's moments of the beta-binomial with the groups weighed by their ratings. 400 where
    the groups differ no more than chance makes them, or where there is nothing to compare.
    """
    counts = [(c.satisfied, c.rated) for c in groups.values() if c.rated]
    n = sum(rated for _, rated in counts)
    if len(counts) < 2:  # noqa: PLR2004 - one group has nothing to differ from
        return MOST_PRIOR
    mean = sum(k for k, _ in counts) / n
    spread = mean * (1 - mean)
    by_chance = spread * (len(counts) - 1)
    between = fsum(rated * (k / rated - mean) ** 2 for k, rated in counts) - by_chance
    most = spread * (n - sum(rated * rated for _, rated in counts) / n) - by_chance
    if between <= 0 or most <= 0:
        return MOST_PRIOR
    alike = min(1.0, between / most)  # the correlation of two ratings of one officer, 1/(a + 1)
    return min(MOST_PRIOR, max(LEAST_PRIOR, 1 / alike - 1))


def shrunk(groups: Mapping[K, Cell]) -> dict[K, OfficerShare]:
    """S_o = (k_o + a mu)/(n_o + a) for every officer, mu being the mean of all ratings (§4.2).

    Officers with fewer than 30 ratings are not shown, but count in mu and a.
    """
    total = pooled(groups.values())
    mean = total.satisfied / total.rated if total.rated else 0.0
    a = prior_strength(groups)
    return {key: _shrunk_one(cell, a * mean, a * (1 - mean)) for key, cell in groups.items()}


def _shrunk_one(cell: Cell, prior_k: float, prior_rest: float) -> OfficerShare:
    share = low = high = None
    if cell.rated >= MIN_RATINGS:
        k = cell.satisfied + prior_k
        rest = cell.rated - cell.satisfied + prior_rest
        share = k / (k + rest)
        sides = max(k, _LEAST_SIDE), max(rest, _LEAST_SIDE)
        # Where everybody was satisfied the share lies at the interval's end, not beyond it.
        low = min(share, beta_quantile(_TAIL, *sides))
        high = max(share, beta_quantile(1 - _TAIL, *sides))
    return OfficerShare(
        k=cell.satisfied,
        n=cell.rated,
        completed=cell.completed,
        share=share,
        low=low,
        high=high,
    )


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x below which a share `p` of the Beta(a, b) distribution lies, within 1e-12."""
    low, high = 0.0, 1.0
    x = a / (a + b)
    for _ in range(_STEPS):
        over = beta_cdf(x, a, b) - p
        low, high = (low, x) if over > 0 else (x, high)
        if high - low < _NEAR:
            break
        slope = exp(_log_density(x, a, b))
        newton = x - over / slope if slope else low
        # Newton's step where it stays inside what is known to hold the answer, else the middle.
        step = newton if low < newton < high else (low + high) / 2
        if abs(step - x) < _NEAR:
            return step
        x = step
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b): the share of Beta(a, b) below x."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    # The fraction converges fast below the mean; above it the mirror image does.
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    front = exp(_log_density(x, a, b) + log(x) + log1p(-x))
    return min(1.0, front / a * _fraction(x, a, b))


def _log_density(x: float, a: float, b: float) -> float:
    """The logarithm of the density of Beta(a, b) at an x between 0 and 1."""
    whole = lgamma(a + b) - lgamma(a) - lgamma(b)
    return whole + (a - 1) * log(x) + (b - 1) * log1p(-x)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz' method."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            change = c * d
            value *= change
        if abs(change - 1) < 1e-15:  # noqa: PLR2004 - nothing changes any more
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

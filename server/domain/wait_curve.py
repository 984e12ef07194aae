"""How satisfaction falls with the wait: the learned curve and what is read from it.

g(w) = P(rating >= 4 | wait w minutes) = logistic(b0 + b1 ln(1 + w/12)), b1 <= 0; measures.md §4.2,
"Learned curve". It is an association and not an effect, which a screen that shows it has to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, fsum, log, log1p, sqrt
from typing import Final

from server.domain.satisfaction import Z95, Cell, MinuteKey, band_of_minute, by_band, pooled

#: The fewest ratings for which the curve's error was measured (4.9 points, measures.md §4.2).
MIN_CURVE_RATINGS: Final = 200
_SCALE_MINUTES: Final = 12.0
_CAP_SHARE: Final = 0.95
_ROUNDS: Final = 100
_HALVINGS: Final = 40
Matrix = tuple[float, float, float]
"""A symmetric 2 x 2 matrix: (0, 0), (0, 1) and (1, 1)."""


class FitCode(StrEnum):
    """How a fit ended; there is a curve after FITTED and FLAT only."""

    FITTED = "fitted"
    #: Longer waits were not rated worse: b1 is 0, the edge of what is allowed.
    FLAT = "flat"
    #: Fewer than 200 ratings.
    TOO_FEW = "too_few"
    #: Every rating is satisfied, or none is.
    ALL_EQUAL = "all_equal"
    #: All ratings lie in one bin, so nothing can be said of any other wait.
    ONE_WAIT = "one_wait"
    #: Above some wait nobody is satisfied and below it everybody: the best slope is infinite.
    SEPARATED = "separated"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval. Shares: a difference of 0.03 is three points."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The fitted curve; `covariance` is that of (b0, b1), robust to the weights (sandwich)."""

    b0: float
    b1: float
    covariance: Matrix

    def at(self, minutes: float) -> float:
        """g(w): the share of satisfied ratings after a wait of so many minutes."""
        return _logistic(self.b0 + self.b1 * _scaled(minutes))

    def interval_at(self, minutes: float) -> Estimate:
        """g(w) with its pointwise 95 % interval, symmetric in the logit."""
        x = _scaled(minutes)
        middle = self.b0 + self.b1 * x
        reach = Z95 * sqrt(_quadratic(self.covariance, 1.0, x))
        return Estimate(_logistic(middle), _logistic(middle - reach), _logistic(middle + reach))


@dataclass(frozen=True, slots=True)
class Fit:
    """A curve, or None and the code that says why there is none."""

    curve: Curve | None
    code: FitCode


@dataclass(frozen=True, slots=True)
class _Point:
    """The ratings of one wait: its scaled minutes, ratings, satisfied ones and weight of each."""

    x: float
    n: int
    k: int
    weight: float


def representative(minute: int) -> float:
    """The wait in minutes that stands for a whole-minute bin: its middle, and 0 for bin 0."""
    return max(0.0, minute - 0.5)


def fit_curve(bins: Mapping[MinuteKey, Cell]) -> Fit:
    """The learned curve from ratings by service and whole-minute wait bin (§4.2).

    Every rating weighs 1/response rate of its service and wait band, capped at the 95th percentile
    of those weights. Likelihood is maximised by IRLS under b1 <= 0.
    """
    total = pooled(bins.values())
    points = _points(bins)
    if total.rated < MIN_CURVE_RATINGS:
        return Fit(None, FitCode.TOO_FEW)
    if total.satisfied in (0, total.rated):
        return Fit(None, FitCode.ALL_EQUAL)
    if len({p.x for p in points}) == 1:
        return Fit(None, FitCode.ONE_WAIT)
    mean = fsum(p.weight * p.k for p in points) / fsum(p.weight * p.n for p in points)
    level = log(mean / (1 - mean))
    # The likelihood is concave: where it does not rise towards b1 < 0 from the best level curve,
    # that curve is the best of all that are allowed.
    if fsum(p.weight * (p.k - p.n * mean) * p.x for p in points) >= 0:
        return Fit(Curve(level, 0.0, _sandwich(points, level, 0.0)), FitCode.FLAT)
    if max(p.x for p in points if p.k) <= min(p.x for p in points if p.k < p.n):
        return Fit(None, FitCode.SEPARATED)
    b0, b1 = _maximum(points, level)
    return Fit(Curve(b0, b1, _sandwich(points, b0, b1)), FitCode.FITTED)


def overall(curve: Curve, bins: Mapping[MinuteKey, Cell]) -> Estimate | None:
    """S_hat_all: the mean of g(W_i) over all completed visits, silent ones too (§4.2).

    A share with its 95 % interval (delta method, in the logit); None without visits. More than 5
    points from S means that ratings are unrepresentative, or gamed.
    """
    weighed = list(_visits(bins))
    if not weighed:
        return None
    value, d0, d1 = _mean_of(curve, weighed, 0.0)
    slope = value * (1 - value)
    if slope <= 0:
        return Estimate(value, value, value)
    middle = log(value / (1 - value))
    reach = Z95 * sqrt(_quadratic(curve.covariance, d0, d1)) / slope
    return Estimate(value, _logistic(middle - reach), _logistic(middle + reach))


def worth_of(curve: Curve, bins: Mapping[MinuteKey, Cell], minutes: float = 5.0) -> Estimate | None:
    """What every wait shorter by `minutes`, though not below 0, would be worth (§4.2).

    A difference of shares (0.03 = three points) with its 95 % interval, never below 0 since
    b1 <= 0; None without visits.
    """
    weighed = list(_visits(bins))
    if not weighed:
        return None
    shorter, s0, s1 = _mean_of(curve, weighed, minutes)
    now, n0, n1 = _mean_of(curve, weighed, 0.0)
    value = max(0.0, shorter - now)
    reach = Z95 * sqrt(_quadratic(curve.covariance, s0 - n0, s1 - n1))
    return Estimate(value, max(0.0, value - reach), min(1.0, value + reach))


def _points(bins: Mapping[MinuteKey, Cell]) -> list[_Point]:
    """The rated bins in one order whatever the order of `bins`, with their capped weights."""
    bands = by_band(bins)
    rated = []
    for (service, minute), cell in sorted(bins.items()):
        if cell.rated:
            band = bands[service, band_of_minute(minute)]
            rated.append((band.completed / band.rated, minute, cell))
    cap = _cap([(weight, cell.rated) for weight, _, cell in rated])
    return [
        _Point(_scaled(representative(minute)), cell.rated, cell.satisfied, min(weight, cap))
        for weight, minute, cell in rated
    ]


def _cap(weights: list[tuple[float, int]]) -> float:
    """The least weight that 95 % of the ratings do not exceed; `weights` are (weight, ratings)."""
    wanted = _CAP_SHARE * sum(n for _, n in weights)
    held = 0
    for weight, n in sorted(weights):
        held += n
        if held >= wanted:
            return weight
    return 1.0


def _maximum(points: list[_Point], level: float) -> tuple[float, float]:
    """The most likely (b0, b1), from the best level curve uphill; it exists and is unique."""
    b0, b1 = level, 0.0
    best = _likelihood(points, b0, b1)
    for _ in range(_ROUNDS):
        g0, g1 = _score(points, b0, b1)
        a, b, d = _information(points, b0, b1)
        determinant = a * d - b * b
        if determinant <= 0:
            break
        step0, step1 = (d * g0 - b * g1) / determinant, (a * g1 - b * g0) / determinant
        for _ in range(_HALVINGS):
            risen = _likelihood(points, b0 + step0, b1 + step1)
            if risen >= best:
                break
            step0, step1 = step0 / 2, step1 / 2
        else:
            break  # nothing is higher than here, up to rounding
        b0, b1, best = b0 + step0, b1 + step1, risen
        if max(abs(step0), abs(step1)) < 1e-12:  # noqa: PLR2004 - below what is stored
            break
    return b0, min(0.0, b1)


def _likelihood(points: list[_Point], b0: float, b1: float) -> float:
    """The weighted log likelihood."""
    return fsum(p.weight * (p.k * (eta := b0 + b1 * p.x) - p.n * _log1p_exp(eta)) for p in points)


def _score(points: list[_Point], b0: float, b1: float) -> tuple[float, float]:
    left = [(p.weight * (p.k - p.n * _logistic(b0 + b1 * p.x)), p.x) for p in points]
    return fsum(r for r, _ in left), fsum(r * x for r, x in left)


def _information(points: list[_Point], b0: float, b1: float) -> Matrix:
    weighed = []
    for p in points:
        g = _logistic(b0 + b1 * p.x)
        weighed.append((p.weight * p.n * g * (1 - g), p.x))
    return _moments(weighed)


def _sandwich(points: list[_Point], b0: float, b1: float) -> Matrix:
    """The covariance of (b0, b1) that allows for the weights: H^-1 (sum of squared scores) H^-1."""
    weighed = []
    for p in points:
        g = _logistic(b0 + b1 * p.x)
        squares = p.k * (1 - g) ** 2 + (p.n - p.k) * g**2
        weighed.append((p.weight**2 * squares, p.x))
    m00, m01, m11 = _moments(weighed)
    a, b, d = _information(points, b0, b1)
    determinant = a * d - b * b
    i00, i01, i11 = d / determinant, -b / determinant, a / determinant
    r00, r01 = i00 * m00 + i01 * m01, i00 * m01 + i01 * m11
    r10, r11 = i01 * m00 + i11 * m01, i01 * m01 + i11 * m11
    return r00 * i00 + r01 * i01, r00 * i01 + r01 * i11, r10 * i01 + r11 * i11


def _moments(weighed: list[tuple[float, float]]) -> Matrix:
    return (
        fsum(w for w, _ in weighed),
        fsum(w * x for w, x in weighed),
        fsum(w * x * x for w, x in weighed),
    )


def _visits(bins: Mapping[MinuteKey, Cell]) -> Iterator[tuple[float, int]]:
    """(minutes waited, completed visits) of every bin that has visits."""
    for (_, minute), cell in sorted(bins.items()):
        if cell.completed:
            yield representative(minute), cell.completed


def _mean_of(
    curve: Curve, weighed: list[tuple[float, int]], less: float
) -> tuple[float, float, float]:
    """The mean of g over visits whose waits are shorter by `less` minutes, and its gradient."""
    visits = sum(n for _, n in weighed)
    scaled = [(_scaled(max(0.0, wait - less)), n) for wait, n in weighed]
    values = [(_logistic(curve.b0 + curve.b1 * x), x, n) for x, n in scaled]
    slopes = [(g * (1 - g) * n, x) for g, x, n in values]
    return (
        fsum(g * n for g, _, n in values) / visits,
        fsum(s for s, _ in slopes) / visits,
        fsum(s * x for s, x in slopes) / visits,
    )


def _quadratic(m: Matrix, d0: float, d1: float) -> float:
    """The variance d' M d, without the -1e-20 that rounding makes of nothing."""
    return max(0.0, m[0] * d0 * d0 + 2 * m[1] * d0 * d1 + m[2] * d1 * d1)


def _scaled(minutes: float) -> float:
    return log1p(minutes / _SCALE_MINUTES)


def _logistic(eta: float) -> float:
    if eta >= 0:
        return 1 / (1 + exp(-eta))
    return exp(eta) / (1 + exp(eta))


def _log1p_exp(eta: float) -> float:
    """ln(1 + e^eta) without overflow."""
    return max(eta, 0.0) + log1p(exp(-abs(eta)))

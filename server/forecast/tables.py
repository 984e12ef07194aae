"""Distributions of seconds from few observations: a table of quantiles, shrunk to a prior."""

from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Final

from server.forecast.model import QUANTILES, Quantiles

#: The last so many observations make a table.
KEPT: Final = 400
#: The prior of a table counts as so many observations.
PRIOR_WEIGHT: Final = 12.0
_NORMAL = NormalDist()
_POINTS: Final = tuple((i + 0.5) / QUANTILES for i in range(QUANTILES))
_SCORES: Final = tuple(_NORMAL.inv_cdf(p) for p in _POINTS)
#: No observation counts as shorter: its logarithm would outweigh all others.
_SHORTEST_S: Final = 0.5


def at(ordered: Sequence[float], p: float) -> float:
    """The quantile `p` of sorted values, the k-th of n standing at (k - 0.5)/n."""
    place = min(max(p * len(ordered) - 0.5, 0.0), len(ordered) - 1.0)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@lru_cache(maxsize=1_024)
def lognormal(mean_s: float, cv: float) -> Quantiles:
    """The table of a log-normal distribution with this mean and coefficient of variation."""
    variance = log(1 + cv * cv)
    middle, sd = log(mean_s) - variance / 2, sqrt(variance)
    return tuple(exp(middle + sd * z) for z in _SCORES)


def middle_of(mean_s: float, cv: float) -> float:
    """The median, and geometric mean, of that distribution."""
    return mean_s / sqrt(1 + cv * cv)


def mean_of(table: Quantiles) -> float:
    """The mean of a table, seconds; its tail beyond the last point is left out."""
    return sum(table) / len(table)


class Sample:
    """The last `KEPT` observations of something, in seconds, and its prior."""

    __slots__ = ("_logs", "_table", "cv", "mean_s", "values")

    def __init__(self, mean_s: float, cv: float, values: Iterable[float] = ()) -> None:
        self.mean_s = mean_s
        self.cv = cv
        self.values: deque[float] = deque(values, maxlen=KEPT)
        self._table: Quantiles | None = None
        self._logs: float | None = None

    def __len__(self) -> int:
        return len(self.values)

    def add(self, seconds: float) -> None:
        """Keep an observation, to a tenth of a second."""
        self.values.append(max(round(seconds, 1), _SHORTEST_S))
        self._table = self._logs = None

    @property
    def weight(self) -> float:
        """How much the observations count against the prior, 0…1."""
        return len(self.values) / (len(self.values) + PRIOR_WEIGHT)

    @property
    def middle_s(self) -> float:
        """The geometric mean, shrunk towards that of the prior."""
        if self._logs is None:
            # Summed anew, because a running sum would drift from that of a state read back.
            self._logs = sum(map(log, self.values))
        n = len(self.values)
        prior = log(middle_of(self.mean_s, self.cv))
        return exp((self._logs + PRIOR_WEIGHT * prior) / (n + PRIOR_WEIGHT))

    def table(self) -> Quantiles:
        """The quantiles: log Q = w·log Q_observed + (1 - w)·log Q_prior."""
        if self._table is None:
            prior = lognormal(self.mean_s, self.cv)
            if not self.values:
                self._table = prior
            else:
                w, ordered = self.weight, sorted(self.values)
                self._table = tuple(
                    exp(w * log(at(ordered, p)) + (1 - w) * log(q))
                    for p, q in zip(_POINTS, prior, strict=True)
                )
        return self._table

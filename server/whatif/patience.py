"""How long people wait before they go without a word, from what is seen at the call: gone or not.

measures.md §3.1: p(w) = p0 + (1 - p0) * Phi((ln w - mu) / sigma), w in minutes. Current-status data:
nobody knows when a person went, only whether they were there when called.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

_NORMAL: Final = NormalDist()
#: Before the log says anything: 5 % never come, half of the others wait two hours. The spread of
#: each belief is in logits, logarithms and logarithms; twenty days of a small office outweigh them.
_PRIOR: Final = np.array([log(0.05 / 0.95), log(117.0), log(0.73)])
_SPREAD: Final = np.array([1.0, 0.5, 0.35])
#: Below so many days what was believed before counts as much as if it were known twice as well.
FULL_DAYS: Final = 20
#: Waits longer than this say when people go; with fewer calls after them than `ENOUGH_CALLS`, or
#: fewer people missing than `ENOUGH_ABSENT`, it is mostly what is usual elsewhere that speaks.
LONG_MINUTES: Final = 30
ENOUGH_CALLS, ENOUGH_ABSENT = 200, 30
#: The patience of whoever never comes: shorter than any wait, that of nothing included.
NEVER: Final = -1.0
_ROUNDS, _ENOUGH = 200, 1e-9
_LEAST_MINUTES: Final = 0.5
_EDGE: Final = 1e-9

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Patience:
    """`p0` never come; of the others half have gone after exp(`mu`) minutes."""

    p0: float
    mu: float
    sigma: float

    def gone_by(self, minutes: float) -> float:
        """F(w): the share of those who came to stay that has gone after `minutes`."""
        return _NORMAL.cdf((log(minutes) - self.mu) / self.sigma) if minutes > 0 else 0.0

    def absent_at(self, minutes: float) -> float:
        """p(w): the share that is not there when called after `minutes`."""
        return self.p0 + (1 - self.p0) * self.gone_by(minutes)

    def at(self, level: float) -> float:
        """The patience in minutes that a share `level` does not exceed."""
        return exp(self.mu + self.sigma * _NORMAL.inv_cdf(min(max(level, _EDGE), 1 - _EDGE)))

    def of_served(self, minutes: float, u: float) -> float:
        """A patience of somebody who was there after `minutes`; `u` is uniform in [0, 1)."""
        gone = self.gone_by(minutes)
        return max(minutes, self.at(gone + u * (1 - gone)))

    def of_absent(self, minutes: float, which: float, u: float) -> float:
        """A patience of somebody who was not there after `minutes`; `NEVER` for whoever never comes."""
        gone = self.gone_by(minutes)
        never = self.p0 / (self.p0 + (1 - self.p0) * gone) if self.p0 > 0 else 0.0
        if which < never or gone <= 0:
            return NEVER
        return min(minutes, self.at(u * gone))

    def of_unknown(self, which: float, u: float) -> float:
        """A patience of somebody who was never called."""
        return NEVER if which < self.p0 else self.at(u)


def fit(seen: Iterable[tuple[float, bool]], days: int) -> Patience:
    """The likeliest patience of first calls: (minutes waited, whether nobody came).

    With few days or few calls it stays near what is usual elsewhere.
    """
    waits, calls, gone = _binned(seen)
    spread = _SPREAD if days >= FULL_DAYS else _SPREAD / 2
    at = _PRIOR.copy()
    best = _objective(at, waits, calls, gone, spread)
    damping = 1e-3
    for _ in range(_ROUNDS):
        slope, curvature = _derivatives(at, waits, calls, gone, spread)
        step = np.linalg.solve(curvature + damping * np.diag(np.diag(curvature)), slope)
        tried = at + np.clip(step, -0.5, 0.5)
        value = _objective(tried, waits, calls, gone, spread)
        if value < best:
            damping *= 4
            if damping > 1e12:  # noqa: PLR2004 - no step is short enough to rise
                break
            continue
        is_done = value - best < _ENOUGH
        at, best, damping = tried, value, max(damping / 4, 1e-9)
        if is_done:
            break
    return Patience(p0=float(1 / (1 + np.exp(-at[0]))), mu=float(at[1]), sigma=float(np.exp(at[2])))


def _binned(seen: Iterable[tuple[float, bool]]) -> tuple[_Floats, _Floats, _Floats]:
    """Waits in bins of a twentieth of their length: thousands of calls become a few hundred."""
    tally: dict[int, list[float]] = {}
    for minutes, is_gone in seen:
        w = max(minutes, _LEAST_MINUTES)
        row = tally.setdefault(round(log(w) * 20), [0.0, 0.0, 0.0])
        row[0] += log(w)
        row[1] += 1
        row[2] += is_gone
    rows = np.array(list(tally.values()) or [[0.0, 1e-12, 0.0]])
    return rows[:, 0] / rows[:, 1], rows[:, 1], rows[:, 2]


def _model(at: _Floats, log_waits: _Floats) -> tuple[_Floats, _Floats]:
    """p(w) of every bin, and its gradient by (logit p0, mu, ln sigma)."""
    p0, sigma = 1 / (1 + np.exp(-at[0])), np.exp(at[2])
    z = (log_waits - at[1]) / sigma
    cdf = np.array([_NORMAL.cdf(x) for x in z])
    pdf = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    p = np.clip(p0 + (1 - p0) * cdf, 1e-12, 1 - 1e-12)
    gradient = np.stack(
        [p0 * (1 - p0) * (1 - cdf), -(1 - p0) * pdf / sigma, -(1 - p0) * pdf * z], axis=1
    )
    return p, gradient


def _objective(
    at: _Floats, waits: _Floats, calls: _Floats, gone: _Floats, spread: _Floats
) -> float:
    p, _ = _model(at, waits)
    likelihood = np.sum(gone * np.log(p) + (calls - gone) * np.log1p(-p))
    return float(likelihood - np.sum(((at - _PRIOR) / spread) ** 2) / 2)


def _derivatives(
    at: _Floats, waits: _Floats, calls: _Floats, gone: _Floats, spread: _Floats
) -> tuple[_Floats, _Floats]:
    """Slope and expected curvature (Fisher scoring)."""
    p, gradient = _model(at, waits)
    variance = p * (1 - p)
    slope = gradient.T @ ((gone - calls * p) / variance) - (at - _PRIOR) / spread**2
    curvature = (gradient * (calls / variance)[:, None]).T @ gradient + np.diag(1 / spread**2)
    return slope, curvature

"""Distributions as tables of quantiles: drawing from them, and what is left of one under way."""

from collections.abc import Sequence
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: How much of the tail sets its rate: from the quantile at 1 - 8.5/65 on.
_TAIL: Final = 9


class Table:
    """Seconds by their quantiles at (i + 0.5)/n. Beyond the last one the tail is exponential."""

    def __init__(self, quantiles: Sequence[float]) -> None:
        # A table that falls somewhere, or goes below zero, is a defect of whoever made it; a wait
        # must not become negative for it.
        self._q = np.maximum.accumulate(np.maximum(np.asarray(quantiles, dtype=float), 0.0))
        n = len(self._q)
        self._at = (np.arange(n) + 0.5) / n
        self._rest = 0.5 / n
        back = min(_TAIL, n)
        self._tail = float(self._q[-1] - self._q[-back]) / log(2 * back - 1) if back > 1 else 0.0

    def draw(self, u: Floats) -> Floats:
        """The values at the levels `u`, each in [0, 1)."""
        values = np.interp(u, self._at, self._q)
        beyond = u > self._at[-1]
        if self._tail > 0 and beyond.any():
            values[beyond] = self._q[-1] - self._tail * np.log((1.0 - u[beyond]) / self._rest)
        return values

    def share_beyond(self, value: float) -> float:
        """The share that is longer than `value`."""
        last = float(self._q[-1])
        if value < last:
            return float(1.0 - np.interp(value, self._q, self._at, left=0.0))
        return self._rest * float(np.exp(-(value - last) / self._tail)) if self._tail > 0 else 0.0

    def left(self, elapsed: float, u: Floats) -> Floats:
        """What is left, at the levels `u`, of one that has lasted `elapsed` already."""
        last = float(self._q[-1])
        if elapsed >= last:
            return -self._tail * np.log1p(-u)  # memoryless
        begun = 1.0 - self.share_beyond(elapsed)
        return np.maximum(self.draw(begun + (1.0 - begun) * u) - elapsed, 0.0)


def strata(rng: np.random.Generator, columns: int, replications: int) -> Floats:
    """Levels in [0, 1), (columns, replications): each column has one in each equal part.

    So a hundred replications tell as much of one ticket as several hundred independent ones.
    """
    parts = rng.permuted(np.tile(np.arange(replications), (columns, 1)), axis=1)
    return np.asarray((parts + rng.random((columns, replications))) / replications)

"""What the fallback learns from past visits: mean service, no-shows, its own errors (measures.md §1.5).

The product reads these from its tables, a backtest from the log it lives through; both reckon here.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Final

from server.domain import estimate
from server.domain.measures import percentile

#: How long what was learned is used before it is learned again.
FRESH: Final = timedelta(seconds=60)
#: The last so many services of a queue count, and the last so many first calls of the branch.
DURATIONS: Final = 400
CALLS: Final = 600
#: Errors of a size needed before it has a range of its own.
_MIN_ERRORS: Final = 30
_NO_SHOW_SHARE, _NO_SHOW_WEIGHT = 0.06, 30  # pseudo-observations


def service_minutes(mean_s: float, n: int, configured: Collection[float]) -> float:
    """The mean service of a queue: that of `n` services, shrunk to its services' configured minutes."""
    return estimate.blend(mean_s / 60, n, sum(configured) / len(configured))


def no_show_share(called: int, absent: int) -> float:
    """The share of called people who do not come."""
    return (absent + _NO_SHOW_SHARE * _NO_SHOW_WEIGHT) / (called + _NO_SHOW_WEIGHT)


def ratios(errors: Iterable[tuple[float, float]]) -> Mapping[int, tuple[float, float]]:
    """q15 and q90 of actual/predicted by size of the prediction, from pairs (predicted, actual), seconds.

    Empty while there are too few to say.
    """
    seen: dict[int, list[float]] = {}
    for predicted_s, actual_s in errors:
        one = estimate.ratio(actual_s, predicted_s)
        seen.setdefault(estimate.bucket(predicted_s), []).append(one)
    every = [one for values in seen.values() for one in values]
    found: dict[int, tuple[float, float]] = {}
    if len(every) < estimate.COLD_START_CALLS:
        return found
    for size in range(estimate.SIZES):
        # Of a size that hardly occurred the errors of all sizes say more than a guess: with that,
        # half an hour would become "over an hour" on the quietest day's first queue.
        values = seen.get(size, [])
        values = values if len(values) >= _MIN_ERRORS else every
        low, high = percentile(values, 0.15), percentile(values, 0.90)
        if low is not None and high is not None:
            found[size] = (low, high)
    return found

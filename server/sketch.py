"""Percentiles that add up: counts of seconds in buckets whose width grows with the value.

The buckets are DDSketch's (Masson, Rim, Lee 2019). Merging adds counts, so the order in which days
and branches come together changes nothing, and no answer is off by more than `ERROR` of itself.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Final

from ddsketch.mapping import LogarithmicMapping

#: The relative error of every percentile read from a sketch.
ERROR: Final = 0.01
_MAPPING: Final = LogarithmicMapping(relative_accuracy=ERROR)
#: The bucket of 0 s, for which there is no logarithm.
_ZERO: Final = -1

Buckets = dict[int, int]


def buckets(seconds: Iterable[int]) -> Buckets:
    """The counts of whole seconds, by bucket."""
    counts: Buckets = {}
    for value in seconds:
        bucket = _MAPPING.key(value) if value > 0 else _ZERO
        counts[bucket] = counts.get(bucket, 0) + 1
    return counts


def merge(counts: Buckets, more: Mapping[int, int]) -> None:
    """Add `more` to `counts`."""
    get = counts.get
    for bucket, n in more.items():
        counts[bucket] = get(bucket, 0) + n


def percentiles(counts: Mapping[int, int], shares: Iterable[float]) -> list[float | None]:
    """The values below which these shares lie, seconds; None for an empty sketch.

    Between two neighbours as by type 7 (`measures.percentile`), so that few values do as well.
    """
    ordered = sorted(counts.items())
    places = list(accumulate(n for _, n in ordered))
    if not places:
        return [None for _ in shares]
    last = places[-1] - 1

    def nth(place: int) -> float:
        return _value(ordered[bisect_right(places, place)][0])

    found: list[float | None] = []
    for share in shares:
        low = int(share * last)
        below, above = nth(low), nth(min(low + 1, last))
        found.append(below + (above - below) * (share * last - low))
    return found


def _value(bucket: int) -> float:
    return float(_MAPPING.value(bucket)) if bucket != _ZERO else 0.0

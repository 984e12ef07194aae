"""How a wait is rounded for reading: outward, so that what is told holds what was foretold.

To 5 minutes below 20, to 10 up to 60, to 15 beyond (measures.md §1.6).
"""

from math import ceil, floor
from typing import Final

#: The least that is ever told as an upper bound, minutes.
SOON: Final = 5
_SHORT: Final = 20
_LONG: Final = 60


def step(minutes: float) -> int:
    """The grid, in minutes, on which a wait of so many minutes is told."""
    if minutes < _SHORT:
        return 5
    return 10 if minutes <= _LONG else 15


def outward(low_s: float, high_s: float) -> tuple[int, int]:
    """The told range, whole minutes, that holds `low_s`…`high_s` (seconds, `low_s` <= `high_s`).

    Never a single number: a step wide at least.
    """
    low, high = max(0.0, low_s / 60), max(0.0, high_s / 60)
    down, up = step(low), step(high)
    first = floor(low / down) * down
    return first, max(SOON, ceil(high / up) * up, first + down)

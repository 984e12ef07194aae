"""Online recalibration: a forecast's levels are read where the office's own past errors put them.

measures.md §1.5. For every first call u = F(actual wait) is kept, F being the uncalibrated forecast
that the ticket was given; level p is then read at
p' = m/(m+60)·quantile(last 600 u, p) + 60/(m+60)·p, within groups of priority and size. Until 150
first calls are known the levels are widened instead, and count as 100.

F is linear between the levels of `RAW_PERCENTS`. Beyond them its tails are exponential: above as
steep as from 75 to 95 %, below as from 25 to 5 %, and nobody is called before now.
"""

from collections import deque
from collections.abc import Sequence
from hashlib import blake2b
from math import exp, log
from statistics import NormalDist
from typing import Final

from server.domain.hits import had_to_queue
from server.domain.outlook import PERCENTS, RAW_PERCENTS, Foretold
from server.forecast import tables
from server.forecast.model import Raw

#: First calls until which a forecast is an initial one.
COLD_CALLS: Final = 150
#: The last so many errors of a group count.
KEPT: Final = 600
_WEIGHT, _COLD_WEIGHT = 60.0, 100.0
#: Upper edges of the bins of the forecast median, minutes.
MEDIAN_BINS: Final = (8.0, 25.0, 60.0, float("inf"))
#: The 90 % interval of an initial forecast is at least so wide, seconds.
_LEAST_COLD_WIDTH_S: Final = 600
#: u is kept in steps of 1/10 000.
_STEPS: Final = 10_000

_NORMAL = NormalDist()
#: Widens 10 % and 90 % to 3 % and 97 %.
_STRETCH: Final = _NORMAL.inv_cdf(0.97) / _NORMAL.inv_cdf(0.90)
_LEAST, _MOST = 0.001, 0.995
_P25, _P75, _P95 = RAW_PERCENTS.index(25), RAW_PERCENTS.index(75), RAW_PERCENTS.index(95)

#: Whether it is a priority ticket, and the bin of the forecast median.
Group = tuple[bool, int]


class Calibration:
    """The errors of a branch's forecasts, and how they correct the next ones."""

    def __init__(self) -> None:
        self.first_calls = 0
        self.errors: dict[Group, deque[int]] = {}
        self._ordered: dict[Group, list[float]] = {}

    @property
    def is_initial(self) -> bool:
        """Whether too few first calls are known to trust the office's own errors."""
        return self.first_calls < COLD_CALLS

    def observe(
        self, ticket: str, waited_s: float, raw_s: Sequence[int | None], *, is_priority: bool
    ) -> None:
        """A ticket with this uncalibrated forecast was first called after so long.

        One that was called at once teaches nothing: nothing was to be foretold.
        """
        if not had_to_queue(waited_s) or len(raw_s) != len(RAW_PERCENTS):
            return
        self.first_calls += 1
        group = group_of(raw_s, is_priority=is_priority)
        u = share_below(raw_s, waited_s, chance(ticket))
        self.errors.setdefault(group, deque(maxlen=KEPT)).append(round(u * _STEPS))
        self._ordered.pop(group, None)

    def level(self, group: Group, p: float) -> float:
        """Where in an uncalibrated forecast of the group its level `p` stands, 0…1."""
        errors = self._sorted(group)
        m = len(errors)
        weight, prior = (_COLD_WEIGHT, widened(p)) if self.is_initial else (_WEIGHT, p)
        seen = tables.at(errors, p) if m else prior
        return min(max((m * seen + weight * prior) / (m + weight), 0.0), _MOST)

    def foretell(
        self,
        raw: Raw,
        is_priority: bool,
        limit_s: float | None = None,
    ) -> Foretold:
        """The forecast as it is told: whole seconds at `PERCENTS`, that never fall.

        A level past today's closing is None, and so is one later than `limit_s`.
        """
        levels = raw.levels_s
        group = group_of(levels, is_priority=is_priority)
        found: list[int | None] = []
        least = 0
        for percent in PERCENTS:
            value = quantile(levels, self.level(group, percent / 100))
            if value is None or (limit_s is not None and value > limit_s):
                break
            least = max(least, round(value))
            found.append(least)
        found += [None] * (len(PERCENTS) - len(found))
        if self.is_initial:
            found = widened_at_the_end(found, limit_s)
        return Foretold(
            levels_s=tuple(found),
            raw_s=tuple(None if v is None else round(v) for v in levels),
            before_break=raw.before_break,
            ahead=raw.ahead,
        )

    def _sorted(self, group: Group) -> list[float]:
        if group not in self._ordered:
            self._ordered[group] = sorted(u / _STEPS for u in self.errors.get(group, ()))
        return self._ordered[group]


def widened(p: float) -> float:
    """The level at which `p` is read while nothing is known."""
    return _NORMAL.cdf(_STRETCH * _NORMAL.inv_cdf(p))


def group_of(levels: Sequence[float | None], *, is_priority: bool) -> Group:
    """The group that a forecast is corrected in."""
    median = levels[RAW_PERCENTS.index(50)]
    minutes = float("inf") if median is None else median / 60
    return is_priority, next(n for n, edge in enumerate(MEDIAN_BINS) if minutes <= edge)


def chance(ticket: str) -> float:
    """A number from 0 to 1 that is as good as random, and always the same for a ticket."""
    return int.from_bytes(blake2b(ticket.encode(), digest_size=8).digest(), "big") / 2**64


def share_below(levels: Sequence[float | None], waited_s: float, drawn: float) -> float:
    """F(waited): where an actual wait lies in a forecast. `drawn` decides between equal levels.

    A wait beyond the last level that falls today lies before the next one, that does not.
    """
    known = [v for v in levels if v is not None]
    below = [p / 100 for v, p in zip(known, RAW_PERCENTS, strict=False) if v < waited_s]
    upto = [p / 100 for v, p in zip(known, RAW_PERCENTS, strict=False) if v <= waited_s]
    if len(upto) > len(below):  # equal to one level or more
        low = below[-1] if below else 0.0
        # One level alone stands at its own place; several share the stretch up to the last.
        return upto[-1] if len(upto) == len(below) + 1 else low + drawn * (upto[-1] - low)
    n = len(below)
    low_p = below[-1] if below else 0.0
    if n == 0 and known:
        return 0.05 * exp(-(known[0] - waited_s) / _low_tail_s(known))
    if n < len(known):
        low_s, high_s = known[n - 1], known[n]
        step = RAW_PERCENTS[n] / 100 - low_p
        return low_p + step * (waited_s - low_s) / (high_s - low_s)
    if n < len(RAW_PERCENTS):
        return low_p + drawn * (RAW_PERCENTS[n] / 100 - low_p)
    return 1 - 0.05 * exp(-(waited_s - known[-1]) / _tail_s(known))


def quantile(levels: Sequence[float | None], p: float) -> float | None:
    """F⁻¹(p), the inverse of `share_below`; None when it falls past today."""
    place = p * 100 / 5 - 1
    n = int(place + 1e-9)
    if place < 0:
        known = [v for v in levels if v is not None]
        if not known:
            return None
        return max(0.0, known[0] + log(max(p, _LEAST) / 0.05) * _low_tail_s(known))
    low = levels[n]
    if low is None:
        return None
    if n == _P95:
        known = [v for v in levels if v is not None]
        return low + max(0.0, log(0.05 / (1 - p))) * _tail_s(known)
    part = max(place - n, 0.0)
    if part < 1e-9:  # noqa: PLR2004 - a level that is known itself
        return low
    high = levels[n + 1]
    return None if high is None else low + (high - low) * part


def _low_tail_s(known: Sequence[float]) -> float:
    """The mean of the tail below 5 %, seconds."""
    return max((known[min(_P25, len(known) - 1)] - known[0]) / log(5), 1.0)


def _tail_s(known: Sequence[float]) -> float:
    """The mean of the tail beyond 95 %, seconds."""
    return max((known[_P95] - known[_P75]) / log(5), 1.0)


def widened_at_the_end(found: list[int | None], limit_s: float | None) -> list[int | None]:
    """An initial forecast is never a narrow one."""
    low, high = found[0], found[-1]
    if low is None or high is None or high - low >= _LEAST_COLD_WIDTH_S:
        return found
    wide = low + _LEAST_COLD_WIDTH_S
    return [*found[:-1], None if limit_s is not None and wide > limit_s else wide]

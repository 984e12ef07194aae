"""How forecasts turned out: what was printed against when the ticket was first called.

Over the tickets that had to queue: whoever is called at once was not told anything that could be wrong.
Definitions: measures.md §1.3 and §1.6, in words deploy/FORECAST.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server.domain import rounding
from server.domain.outlook import PERCENTS
from server.domain.wording import TOO_WIDE

#: What is promised: so many of those who queued are called within the printed range.
TARGET: Final = 0.85
#: Of fewer tickets no share is told.
LEAST: Final = 30
#: Who is called within this many seconds did not have to queue; as calibration has it.
AT_ONCE_S: Final = 15
_VERY_LATE_S: Final = 600


class Verdict(StrEnum):
    """Where the call came, seen from the printed range."""

    EARLY = "early"
    RIGHT = "right"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A ticket that had to queue and was told minutes. Seconds from its issue."""

    waited_s: float
    expected_s: int
    low_s: int
    high_s: int
    #: At `outlook.PERCENTS`, None past today; empty where there was no simulation.
    levels_s: tuple[int | None, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """By the range as it was printed, rounded outward."""
        low, high = rounding.outward(self.low_s, self.high_s)
        if self.waited_s < 60 * low:
            return Verdict.EARLY
        return Verdict.LATE if self.waited_s > 60 * high else Verdict.RIGHT

    @property
    def is_very_late(self) -> bool:
        """More than ten minutes after the end of the printed range."""
        return self.waited_s > 60 * rounding.outward(self.low_s, self.high_s)[1] + _VERY_LATE_S

    @property
    def is_vague(self) -> bool:
        """Whether it was so wide that no minutes were printed, only "more than an hour"."""
        low, high = rounding.outward(self.low_s, self.high_s)
        return high - low > TOO_WIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares from 0 to 1, seconds; None where there were too few to say.

    `simulated` is how many had a forecast by simulation: `coverage80`, `coverage90`, `above90` and
    `pinball_s` (mean over the levels, times two) are of those alone.
    """

    n: int
    simulated: int
    right: float | None
    early: float | None
    late: float | None
    very_late: float | None
    vague: float | None
    wait_mean_s: float | None
    mae_s: float | None
    coverage80: float | None
    coverage90: float | None
    above90: float | None
    pinball_s: float | None


def score(told: Sequence[Told]) -> Score:
    """The figures of these tickets."""
    simulated = [one for one in told if one.levels_s]
    verdicts = [one.verdict for one in told]
    return Score(
        n=len(told),
        simulated=len(simulated),
        right=_mean(v is Verdict.RIGHT for v in verdicts),
        early=_mean(v is Verdict.EARLY for v in verdicts),
        late=_mean(v is Verdict.LATE for v in verdicts),
        very_late=_mean(one.is_very_late for one in told),
        vague=_mean(one.is_vague for one in told),
        wait_mean_s=_mean(one.waited_s for one in told),
        mae_s=_mean(abs(one.waited_s - one.expected_s) for one in told),
        coverage80=_mean(_is_within(one, 10, 90) for one in simulated),
        coverage90=_mean(_is_within(one, 5, 95) for one in simulated),
        above90=_mean(one.waited_s > _level(one, 90) for one in simulated),
        pinball_s=_mean(_pinball(one) for one in simulated),
    )


def _level(one: Told, percent: int) -> float:
    # A level past today's closing is later than any call of today.
    found = one.levels_s[PERCENTS.index(percent)]
    return float("inf") if found is None else found


def _is_within(one: Told, low: int, high: int) -> bool:
    return _level(one, low) <= one.waited_s <= _level(one, high)


def _pinball(one: Told) -> float:
    losses = []
    for percent, level in zip(PERCENTS, one.levels_s, strict=True):
        if level is not None:
            over, p = one.waited_s - level, percent / 100
            losses.append(2 * (p * over if over >= 0 else (p - 1) * over))
    return sum(losses) / len(losses) if losses else 0.0


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if len(found) >= LEAST else None

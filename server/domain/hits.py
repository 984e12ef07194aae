"""How forecasts turned out: what was printed against when the ticket was first called.

Over the tickets that had to queue: whoever is called at once was not told anything that could be wrong.
The manager's page and the backtest both count here. Definitions: measures.md §1.3 and §1.6, in words
deploy/FORECAST.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import isfinite
from typing import Final

from server.domain import rounding
from server.domain.outlook import PERCENTS
from server.domain.wording import TOO_WIDE

#: What is promised: so many of those who queued are called within the printed range.
TARGET: Final = 0.85
#: Of fewer tickets no share is told.
LEAST: Final = 30
#: Who is called within this many seconds did not have to queue: the officer only looked up.
AT_ONCE_S: Final = 15.0
_VERY_LATE_S: Final = 600
#: What a range too wide for its minutes is told as, minutes.
_VAGUE_FROM: Final = 60


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
    #: What the two simpler rules would have said then; None where either was not kept.
    fallback_s: float | None = None
    naive_s: float | None = None

    @property
    def is_compared(self) -> bool:
        """Whether it is known what both simpler rules would have said."""
        return self.fallback_s is not None and self.naive_s is not None

    @property
    def printed(self) -> tuple[int, int]:
        """The range as it was printed, minutes, rounded outward.

        "More than 60 minutes" begins there; it ends where its range does, or it would never be late.
        """
        low, high = rounding.outward(self.low_s, self.high_s)
        return (_VAGUE_FROM if self.is_vague else low), high

    @property
    def verdict(self) -> Verdict:
        """By the range as it was printed."""
        low, high = self.printed
        if self.waited_s < 60 * low:
            return Verdict.EARLY
        return Verdict.LATE if self.waited_s > 60 * high else Verdict.RIGHT

    @property
    def is_very_late(self) -> bool:
        """More than ten minutes after the end of the printed range."""
        return self.waited_s > 60 * self.printed[1] + _VERY_LATE_S

    @property
    def is_vague(self) -> bool:
        """Whether it was so wide that no minutes were printed, only "more than an hour"."""
        low, high = rounding.outward(self.low_s, self.high_s)
        return high - low > TOO_WIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares from 0 to 1, seconds; None where there were too few to say.

    `n` were told minutes, `unsaid` were told none and are in no share. `simulated` is how many had a
    forecast by simulation: `coverage80`, `coverage90`, `above90`, `width80_s` and `pinball_s` (mean
    over the levels, times two) are of those alone. A level past today is later than any call of
    today; width and pinball leave it out.

    `compared` is how many are known to have had an answer of both simpler rules, `compared_simulated`
    those among them that were told a simulation, and the three errors are over the same tickets:
    of what was told, of the fallback, of people ahead times mean over counters.
    """

    n: int
    simulated: int
    unsaid: int
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
    width80_s: float | None
    pinball_s: float | None
    compared: int
    compared_simulated: int
    mae_told_s: float | None
    mae_fallback_s: float | None
    mae_naive_s: float | None


def score(tickets: Iterable[Told | None], *, least: int = LEAST) -> Score:
    """The figures of tickets that had to queue; None is one that was told no minutes.

    A figure over fewer than `least` tickets is None.
    """
    every = list(tickets)
    told = [one for one in every if one is not None]
    simulated = [one for one in told if one.levels_s]
    compared = [one for one in told if one.is_compared]
    verdicts = [one.verdict for one in told]
    mean = partial(_mean, least=least)
    return Score(
        n=len(told),
        simulated=len(simulated),
        unsaid=len(every) - len(told),
        right=mean(v is Verdict.RIGHT for v in verdicts),
        early=mean(v is Verdict.EARLY for v in verdicts),
        late=mean(v is Verdict.LATE for v in verdicts),
        very_late=mean(one.is_very_late for one in told),
        vague=mean(one.is_vague for one in told),
        wait_mean_s=mean(one.waited_s for one in told),
        mae_s=mean(_error(one, one.expected_s) for one in told),
        coverage80=mean(_is_within(one, 10, 90) for one in simulated),
        coverage90=mean(_is_within(one, 5, 95) for one in simulated),
        above90=mean(one.waited_s > _level(one, 90) for one in simulated),
        width80_s=mean(w for one in simulated if isfinite(w := _level(one, 90) - _level(one, 10))),
        pinball_s=mean(p for one in simulated if (p := _pinball(one)) is not None),
        compared=len(compared),
        compared_simulated=sum(bool(one.levels_s) for one in compared),
        mae_told_s=mean(_error(one, one.expected_s) for one in compared),
        mae_fallback_s=mean(_error(one, one.fallback_s) for one in compared),
        mae_naive_s=mean(_error(one, one.naive_s) for one in compared),
    )


def had_to_queue(waited_s: float) -> bool:
    """Whether a first call so many seconds after the issue is counted at all."""
    return waited_s > AT_ONCE_S


def _error(one: Told, said_s: float | None) -> float:
    assert said_s is not None, "only tickets with an answer are compared"  # noqa: S101
    return abs(one.waited_s - said_s)


def _level(one: Told, percent: int) -> float:
    # A level past today's closing is later than any call of today.
    found = one.levels_s[PERCENTS.index(percent)]
    return float("inf") if found is None else found


def _is_within(one: Told, low: int, high: int) -> bool:
    return _level(one, low) <= one.waited_s <= _level(one, high)


def _pinball(one: Told) -> float | None:
    """A level p costs p for each second too low, and 1 - p for each too high; None without levels."""
    losses = []
    for percent, level in zip(PERCENTS, one.levels_s, strict=True):
        if level is not None:
            over, p = one.waited_s - level, percent / 100
            losses.append(2 * (p * over if over >= 0 else (p - 1) * over))
    return sum(losses) / len(losses) if losses else None


def _mean(values: Iterable[float], least: int) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found and len(found) >= least else None

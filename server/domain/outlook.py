"""The newest forecast of a branch, as its workers published it: what the rest of the product reads.

A forecast is made away from the request that needs it (`server/forecast`); here is only what came
of it. Definitions: measures.md §1.5 and §1.6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from server.domain.ids import BranchId, QueueId, TicketId

#: Levels of a calibrated forecast, percent: what is audited, printed and shown.
PERCENTS: Final = (5, 10, 15, 25, 50, 75, 85, 90, 95)
#: Levels of an uncalibrated one, percent: what recalibration learns from.
RAW_PERCENTS: Final = tuple(range(5, 100, 5))

#: A lane: a queue and the priority class a newcomer has, None for a normal ticket.
Lane = tuple[QueueId, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """When a ticket will first be called: seconds from the moment the forecast was made.

    `levels_s` at `PERCENTS` after recalibration, `raw_s` at `RAW_PERCENTS` before it. A level that
    falls past today's closing is None, and so are those above it.
    """

    levels_s: tuple[int | None, ...]
    raw_s: tuple[int | None, ...]
    #: The chance that it is called before the session under way ends; None where no other session
    #: of the queue follows today.
    before_break: float | None = None
    #: How many people were expected to be called before it.
    ahead: int = 0

    def at(self, percent: int) -> int | None:
        """The calibrated level at one of `PERCENTS`."""
        return self.levels_s[PERCENTS.index(percent)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the holder of a waiting ticket is told, and since when.

    It is not changed with every forecast: only when it would be wrong or can be much sharper
    (measures.md §1.6). `low_s`/`high_s` count from `at`. `reason` is why the wait grew: a code, or
    empty.
    """

    at: datetime
    low_s: int | None
    high_s: int | None
    before_break: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A branch's forecast made at `at` from its state at `seq`."""

    branch: BranchId
    seq: int
    at: datetime
    model: str
    #: Whether too few first calls are known to trust the office's own errors (cold start).
    is_initial: bool
    newcomers: Mapping[Lane, Foretold] = field(default_factory=dict)
    waiting: Mapping[TicketId, Foretold] = field(default_factory=dict)
    told: Mapping[TicketId, Told] = field(default_factory=dict)
    #: What one more person ahead adds to a wait in the queue, seconds.
    step_s: Mapping[QueueId, float] = field(default_factory=dict)
    #: The chance that some ordinary ticket waiting in the queue passes the red target uncalled, and
    #: which one is likeliest to.
    breaches: Mapping[QueueId, tuple[float, TicketId]] = field(default_factory=dict)
    #: How many were ahead of a newcomer in its own queue, by lane: what has changed since then moves
    #: the forecast by so many steps.
    people: Mapping[Lane, int] = field(default_factory=dict)
    #: Until when time alone makes it no less right: in an office that is closed and empty, until it
    #: opens. None = it ages like any other.
    good_until: datetime | None = None


#: Branch, its `seq` and now -> its newest forecast, None where that is late, old or missing.
Foresight = Callable[[BranchId, int, datetime], Outlook | None]


def no_foresight(_branch: BranchId, _seq: int, _now: datetime) -> None:
    """Where nobody makes forecasts."""

"""What the holder of a waiting ticket is told, and when it is told anew (measures.md §1.6).

A forecast moves with every event of the office; a sentence that moved with it would say nothing.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from server.domain import rounding
from server.domain.outlook import Foretold, Told
from server.domain.ticket import Ticket

#: The levels that are told, percent; while the forecast is an initial one, the wider ones.
PRINTED: Final = (15, 90)
PRINTED_INITIALLY: Final = (5, 95)
#: Where the upper level falls past today but this one does not, the day's closing is the bound.
SURE_ENOUGH: Final = 75
#: A range is told anew when it can be sharper by so much.
_SHARPER: Final = timedelta(minutes=5)
#: A forecast is shown for up to a minute after it was made: its bound must still be ahead then.
_SHOWN_FOR: Final = timedelta(minutes=1)
#: Between these chances of being called before the break, nobody is told which it will be.
BREAK_IS_LIKELY: Final = 0.15
BREAK_IS_UNLIKELY: Final = 0.85
#: How far past such an edge the chance must be before the sentence changes: the forecast's own noise.
_NOISE: Final = 0.05


class Reason(StrEnum):
    """Why a wait grew, as far as the office's own log says."""

    COUNTER_PAUSED = "counter_paused"
    COUNTER_CLOSED = "counter_closed"
    LONG_CASE = "long_case"
    PRIORITY_CAME = "priority_came"
    ABSENCE = "absence"
    SLOW_TODAY = "slow_today"
    UNKNOWN = ""


def tell(
    before: Told | None,
    foretold: Foretold,
    at: datetime,
    *,
    is_initial: bool,
    reason: str = "",
    closes_s: int | None = None,
) -> Told:
    """What is told from `at` on: `before` as long as it is right, else the forecast made at `at`.

    For a new ticket `before` is what its slip says. `reason` is why a wait may have grown since
    `before` was told, a `Reason` or empty; it is kept while the wait stays so long. `closes_s` is
    when the day ends for the queue, from `at`: it bounds a range whose far end falls past today.
    """
    fresh = _of(foretold, at, is_initial=is_initial, closes_s=closes_s)
    if before is None:
        return fresh
    if _still_right(before, fresh, foretold.at(50), at):
        return before
    return _with_reason(before, fresh, reason)


def slip_of(ticket: Ticket) -> Told | None:
    """What was told at the issue; None where no minutes were, or it waits for something else now."""
    is_first = ticket.entered_at == ticket.issued_at and not ticket.calls and not ticket.yielded
    if ticket.low_s is None or ticket.high_s is None or not is_first:
        return None
    return Told(at=ticket.issued_at, low_s=ticket.low_s, high_s=ticket.high_s)


def _of(foretold: Foretold, at: datetime, *, is_initial: bool, closes_s: int | None) -> Told:
    lower, upper = PRINTED_INITIALLY if is_initial else PRINTED
    low_s, high_s = foretold.at(lower), foretold.at(upper)
    sure_s = foretold.at(SURE_ENOUGH)
    if high_s is None and closes_s is not None and sure_s is not None:
        high_s = max(closes_s, sure_s)
    if low_s is None or high_s is None:
        return Told(at=at, low_s=None, high_s=None, before_break=foretold.before_break)
    return Told(
        at=at,
        low_s=max(0, low_s),
        high_s=max(0, low_s, high_s),
        before_break=foretold.before_break,
    )


def shown(told: Told) -> tuple[datetime, datetime] | None:
    """The instants between which the reader of `told` expects the call; None = no minutes are told."""
    if told.low_s is None or told.high_s is None:
        return None
    low, high = rounding.outward(told.low_s, told.high_s)
    return told.at + timedelta(minutes=low), told.at + timedelta(minutes=high)


def _still_right(before: Told, fresh: Told, median_s: int | None, at: datetime) -> bool:
    was, now = shown(before), shown(fresh)
    if was is None or now is None or median_s is None:
        return was is None and now is None
    if before.at > at or was[1] <= at + _SHOWN_FOR:
        return False
    if not was[0] <= at + timedelta(seconds=median_s) <= was[1]:
        return False
    if _tells_another_session(before.before_break, fresh.before_break):
        return False
    # What has passed of the old range is no part of it any more.
    left = was[1] - max(was[0], at)
    return left - (now[1] - now[0]) < _SHARPER


def _tells_another_session(was: float | None, now: float | None) -> bool:
    """Whether morning, afternoon or "perhaps" became another one of them, beyond doubt."""
    if was is None:
        # Told without the chance, as a slip is: its minutes alone decide.
        return False
    if now is None:
        return True
    if was > BREAK_IS_UNLIKELY:
        return now < BREAK_IS_UNLIKELY - _NOISE
    if was < BREAK_IS_LIKELY:
        return now > BREAK_IS_LIKELY + _NOISE
    return not BREAK_IS_LIKELY - _NOISE <= now <= BREAK_IS_UNLIKELY + _NOISE


def grew(before: Told, after: Told) -> timedelta:
    """By how much the far end of what is told moved away; negative when it came nearer."""
    if before.high_s is None or after.high_s is None:
        return timedelta(0)
    return (after.at - before.at) + timedelta(seconds=after.high_s - before.high_s)


def _with_reason(before: Told, fresh: Told, reason: str) -> Told:
    if before.high_s is None or fresh.high_s is None:
        return fresh
    by, least = grew(before, fresh), timedelta(minutes=rounding.step(before.high_s / 60))
    if by >= least:
        why = reason
    elif by <= -least:
        why = ""
    else:
        why = before.reason
    return Told(
        at=fresh.at,
        low_s=fresh.low_s,
        high_s=fresh.high_s,
        before_break=fresh.before_break,
        reason=why,
    )

"""Counters: who sits where, and which ticket is at the desk. Occupancy is a lease (rule D6)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from server.domain import errors
from server.domain import events as ev
from server.domain.catalogue import Policy
from server.domain.ids import CounterId, TicketId


class CounterStatus(StrEnum):
    """Whether a counter serves."""

    CLOSED = "closed"
    OPEN = "open"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterState:
    """A counter as its events leave it. `ticket` is the one called or being served there.

    `last_*` is the step that may be undone; `announced_*` is what displays acknowledged of the
    last call.
    """

    id: CounterId
    status: CounterStatus = CounterStatus.CLOSED
    officer: str = ""
    since: datetime | None = None
    active_at: datetime | None = None
    pause_reason: str = ""
    return_at: datetime | None = None
    ticket: TicketId | None = None
    last_event: str = ""
    last_ticket: TicketId | None = None
    last_at: datetime | None = None
    call_seq: int | None = None
    shown: int = 0
    spoken: int = 0


#: Steps a counter may take back within the policy's undo time.
UNDOABLE = frozenset({ev.TicketCalled.__name__, ev.NoShowRecorded.__name__})


def refuse_unless_open(counter: CounterState, number: int) -> None:
    """Raise `CounterNotOpen` when nobody serves at the counter."""
    if counter.status is not CounterStatus.OPEN:
        raise errors.CounterNotOpen(counter=number, state=counter.status.value)


def lease_expired(counter: CounterState, policy: Policy, now: datetime) -> bool:
    """Whether the officer has done nothing for the length of the lease."""
    lease = timedelta(minutes=policy.counter_lease_minutes)
    return counter.active_at is not None and now - counter.active_at >= lease


def undo_until(counter: CounterState, policy: Policy) -> datetime | None:
    """Until when the last step can be undone; None when there is nothing to undo."""
    if counter.last_event not in UNDOABLE or counter.last_at is None:
        return None
    return counter.last_at + timedelta(seconds=policy.undo_seconds)


def evolve(counter: CounterState, event: ev.CounterEvent, *, at: datetime) -> CounterState:
    """The counter after one of its own events."""
    clear = replace(counter, last_event="", last_ticket=None, last_at=None, active_at=at)
    match event:
        case ev.CounterOpened():
            return CounterState(
                id=counter.id,
                status=CounterStatus.OPEN,
                officer=event.officer,
                since=at,
                active_at=at,
            )
        case ev.CounterPaused():
            return replace(
                clear,
                status=CounterStatus.PAUSED,
                since=at,
                pause_reason=event.reason,
                return_at=event.return_at,
            )
        case ev.CounterResumed():
            return replace(
                clear, status=CounterStatus.OPEN, since=at, pause_reason="", return_at=None
            )
        case ev.CounterClosed() | ev.CounterReleased():
            return CounterState(id=counter.id, since=at)
        case _:
            assert_never(event)


def evolve_by_ticket(
    counter: CounterState, ticket: TicketId, event: ev.TicketEvent, *, at: datetime, seq: int
) -> CounterState:
    """The counter after an event of the ticket at its desk."""
    if isinstance(event, ev.CallAnnounced):
        if event.call_seq != counter.call_seq:
            return counter
        if event.how == "spoken":
            return replace(counter, spoken=counter.spoken + 1)
        return replace(counter, shown=counter.shown + 1)
    stepped = replace(
        counter, active_at=at, last_event=type(event).__name__, last_ticket=ticket, last_at=at
    )
    match event:
        case ev.TicketCalled() | ev.TicketResumed():
            return replace(stepped, ticket=ticket, call_seq=seq, shown=0, spoken=0)
        case ev.TicketRecalled():
            return replace(stepped, call_seq=seq, shown=0, spoken=0)
        case ev.ServiceStarted() | ev.ServiceAdded() | ev.PriorityConfirmed():
            return stepped
        case _:
            return replace(stepped, ticket=None)

"""Counters: who sits where, and which ticket is at the desk. Occupancy is a lease (rule D6)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from server.domain import errors
from server.domain import events as ev
from server.domain.catalogue import Policy
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.measures import Stage
from server.domain.ticket import AT_COUNTER, Status, Ticket


class CounterStatus(StrEnum):
    """Whether a counter serves."""

    CLOSED = "closed"
    OPEN = "open"
    PAUSED = "paused"


#: So many steps can be taken back, the last one first, each within the undo time.
STEPS_KEPT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something a counter did and may take back, with what was before it.

    `status` is what it made of the ticket. `since` is the tally of its line before a call, and
    `tally` the one after it. What was before is not compared: its values may have been forgotten.
    """

    seq: int
    event: str
    at: datetime
    ticket: TicketId
    status: Status
    before: Ticket | None = field(default=None, compare=False)
    stage: Stage | None = field(default=None, compare=False)
    pool: tuple[QueueId, ...] = ()
    since: int = 0
    tally: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterState:
    """A counter as its events leave it. `ticket` is the one called or being served there.

    `steps` are those that may be undone, the last one last; `shown` and `spoken` are what displays
    acknowledged of the last call.
    """

    id: CounterId
    status: CounterStatus = CounterStatus.CLOSED
    officer: str = ""
    #: Who signed in; empty for an officer of an integration.
    account: str = ""
    title: str = ""
    since: datetime | None = None
    active_at: datetime | None = None
    pause_reason: str = ""
    return_at: datetime | None = None
    ticket: TicketId | None = None
    #: The last visit that ended here: the one that the rating pad asks about.
    served: TicketId | None = None
    steps: tuple[Step, ...] = ()
    call_seq: int | None = None
    shown: int = 0
    spoken: int = 0


def refuse_unless_open(counter: CounterState, number: int) -> None:
    """Raise `CounterNotOpen` when nobody serves at the counter."""
    if counter.status is not CounterStatus.OPEN:
        raise errors.CounterNotOpen(counter=number, state=counter.status.value)


def refuse_stranger(counter: CounterState, number: int, by: str) -> None:
    """Raise `CounterOccupied`, naming who has it, unless the account `by` has the counter."""
    is_free = counter.status is CounterStatus.CLOSED
    if by and not is_free and counter.account != by:
        raise errors.CounterOccupied(counter=number, officer=counter.officer)


def lease_until(counter: CounterState, policy: Policy) -> datetime | None:
    """When others may take the counter if its officer does nothing until then."""
    if counter.active_at is None:
        return None
    return counter.active_at + timedelta(minutes=policy.counter_lease_minutes)


def lease_expired(counter: CounterState, policy: Policy, now: datetime) -> bool:
    """Whether the officer has done nothing for the length of the lease."""
    until = lease_until(counter, policy)
    return until is not None and now >= until


def undo_until(counter: CounterState, policy: Policy) -> datetime | None:
    """Until when the last step can be undone; None when there is nothing to undo."""
    if not counter.steps:
        return None
    return counter.steps[-1].at + timedelta(seconds=policy.undo_seconds)


def evolve(counter: CounterState, event: ev.CounterEvent, *, at: datetime) -> CounterState:
    """The counter after one of its own events."""
    clear = replace(counter, steps=(), active_at=at)
    match event:
        case ev.CounterOpened():
            return CounterState(
                id=counter.id,
                status=CounterStatus.OPEN,
                officer=event.officer,
                account=event.account,
                title=event.title,
                since=at,
                active_at=at,
            )
        case ev.CounterHandedOver():
            return replace(
                clear, officer=event.officer, account=event.account, title=event.title, since=at
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


def announced(counter: CounterState, event: ev.CallAnnounced) -> CounterState:
    """The counter after a display acknowledged its last call; older calls are past."""
    if event.call_seq != counter.call_seq:
        return counter
    if event.how == "spoken":
        return replace(counter, spoken=counter.spoken + 1)
    return replace(counter, shown=counter.shown + 1)


def evolve_by_ticket(
    counter: CounterState, after: Ticket, event: ev.TicketEvent, step: Step
) -> CounterState:
    """The counter after an event of a ticket at its desk, or that it did to another."""
    steps = (*counter.steps, step)[-STEPS_KEPT:]
    stepped = replace(counter, active_at=step.at, steps=steps)
    is_here = after.status in AT_COUNTER and after.counter == counter.id
    match event:
        case ev.TicketCalled() | ev.TicketRecalled() | ev.TicketResumed() if is_here:
            return replace(stepped, ticket=after.id, call_seq=step.seq, shown=0, spoken=0)
        case _ if is_here:
            return stepped
        case ev.ServiceCompleted():
            return replace(stepped, ticket=None, served=after.id)
        case _ if counter.ticket == after.id:
            return replace(stepped, ticket=None)
        case _:
            return stepped


def evolve_by_undo(counter: CounterState, after: Ticket, *, at: datetime) -> CounterState:
    """The counter after it took its last step back; `after` is the ticket as it was before."""
    back = replace(counter, active_at=at, steps=counter.steps[:-1])
    if after.status in AT_COUNTER and after.counter == counter.id:
        served = None if counter.served == after.id else counter.served
        return replace(back, ticket=after.id, call_seq=after.call_seq, served=served)
    return replace(back, ticket=None) if counter.ticket == after.id else back

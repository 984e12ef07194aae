"""Times of a visit, stage by stage. A stage is one stay of a ticket in one queue.

Definitions: measures.md §2. Waiting ends with the first call of a stage; a call taken back within
the undo time never ended it. Only the server's clock counts, so no time runs backwards (rule T6).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import floor

from server.domain import events as ev
from server.domain.ids import CounterId, QueueId, ServiceId, TicketId
from server.domain.ticket import Ticket

#: Below this many values a 90th percentile says nothing: "chưa đủ số liệu".
MIN_N_FOR_P90 = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stay in a queue, from entering it to leaving it. Instants are aware UTC."""

    ticket: TicketId
    ordinal: int
    queue: QueueId
    service: ServiceId
    entered_at: datetime
    called_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end: str = ""
    counter: CounterId | None = None
    officer: str = ""
    calls: int = 0
    outcome: str | None = None

    @property
    def waiting_s(self) -> float | None:
        """Seconds from entering the queue to the first call, or to leaving uncalled."""
        until = self.called_at or self.ended_at
        return (until - self.entered_at).total_seconds() if until else None

    @property
    def walk_s(self) -> float | None:
        """Seconds from the first call to the start of service."""
        if self.called_at is None or self.started_at is None:
            return None
        return (self.started_at - self.called_at).total_seconds()

    @property
    def service_s(self) -> float | None:
        """Seconds of service given in this stage."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


def evolve_stage(  # noqa: C901, PLR0912 - one case per event
    current: Stage | None, before: Ticket | None, after: Ticket, event: ev.TicketEvent, at: datetime
) -> tuple[Stage, ...]:
    """The stage rows that `event` writes: the current one, and a new one where a stay begins."""
    if current is None or before is None:
        return (_opened(after, 1, after.entered_at),)
    match event:
        case ev.TicketCalled():
            return (
                replace(
                    current,
                    called_at=current.called_at or at,
                    counter=event.counter,
                    officer=event.officer,
                    calls=current.calls + 1,
                ),
            )
        case ev.TicketRecalled():
            return (replace(current, calls=current.calls + 1),)
        case ev.CallWithdrawn():
            return (replace(current, called_at=None, counter=None, officer="", calls=0),)
        case ev.ServiceStarted():
            return (replace(current, started_at=current.started_at or at),)
        case ev.TicketParked() | ev.NoShowRecorded() | ev.TicketCancelled():
            return (
                replace(
                    current,
                    ended_at=current.ended_at or at,
                    end=current.end or type(event).__name__,
                ),
            )
        case ev.ServiceCompleted():
            return (replace(current, ended_at=at, end=type(event).__name__, outcome=event.outcome),)
        case ev.TicketTransferred():
            ended = replace(current, ended_at=current.ended_at or at, end=type(event).__name__)
            return ended, _opened(after, current.ordinal + 1, at)
        case ev.ServiceAdded():
            ended = replace(current, ended_at=at, end=type(event).__name__, outcome=event.outcome)
            added = replace(
                _opened(after, current.ordinal + 1, at),
                called_at=at,
                started_at=at,
                counter=before.counter,
                officer=before.officer,
            )
            return ended, added
        case ev.TicketReinstated():
            return (_opened(after, current.ordinal + 1, at),)
        case ev.TicketResumed():
            resumed = _opened(after, current.ordinal + 1, at)
            if event.counter is not None:
                resumed = replace(
                    resumed, called_at=at, counter=event.counter, officer=event.officer, calls=1
                )
            return (resumed,)
        case _:
            return ()


def _opened(ticket: Ticket, ordinal: int, at: datetime) -> Stage:
    return Stage(
        ticket=ticket.id,
        ordinal=ordinal,
        queue=ticket.queue,
        service=ticket.service,
        entered_at=at,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Hyndman-Fan type 7 over unsorted `values` (numpy's default); None without values."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def p90(values: Sequence[float]) -> float | None:
    """The 90th percentile, or None below 20 values."""
    return percentile(values, 0.9) if len(values) >= MIN_N_FOR_P90 else None

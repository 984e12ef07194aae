"""One ticket's life: the whole state machine, the decisions, and the fold of events into a row."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from server.domain import errors
from server.domain import events as ev
from server.domain.ids import CounterId, ProcedureId, QueueId, ServiceId, TicketId


class Status(StrEnum):
    """Where a ticket is in its life."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
    SERVED = "served"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


_W, _C, _S, _P = Status.WAITING, Status.CALLED, Status.SERVING, Status.PARKED
_N = Status.NO_SHOW

#: The whole state machine; anything not listed is refused. The same list stands in README.md and
#: a test compares the two, so that a change here is approved by a human (rule D4).
NEXT: Final[dict[tuple[Status | None, type[ev.TicketEvent]], tuple[Status, ...]]] = {
    (None, ev.TicketIssued): (_W,),
    (_W, ev.TicketCalled): (_C,),
    (_C, ev.TicketRecalled): (_C,),
    (_C, ev.ServiceStarted): (_S,),
    (_C, ev.NoShowRecorded): (_N,),
    (_C, ev.CallWithdrawn): (_W,),
    (_C, ev.TicketParked): (_P,),
    (_S, ev.TicketParked): (_P,),
    (_P, ev.TicketResumed): (_W, _C),
    (_W, ev.TicketTransferred): (_W,),
    (_C, ev.TicketTransferred): (_W,),
    (_S, ev.TicketTransferred): (_W,),
    (_W, ev.PlaceYielded): (_W,),
    (_S, ev.ServiceCompleted): (Status.SERVED,),
    (_S, ev.ServiceAdded): (_S,),
    (_N, ev.TicketReinstated): (_W,),
    (_W, ev.SlipPrintFailed): (_P,),
    (_P, ev.SlipPrinted): (_W,),
    (_P, ev.SlipWaived): (_W,),
    (_W, ev.TicketCancelled): (Status.CANCELLED,),
    (_P, ev.TicketCancelled): (Status.CANCELLED,),
    (_N, ev.TicketCancelled): (Status.CANCELLED,),
    (_W, ev.StepUndone): (_C, _S, _P, _N, _W),
    (_C, ev.StepUndone): (_W, _P, _C),
    (_S, ev.StepUndone): (_C, _S),
    (_P, ev.StepUndone): (_C, _S),
    (Status.SERVED, ev.StepUndone): (_S,),
    (_N, ev.StepUndone): (_C,),
    (Status.CANCELLED, ev.StepUndone): (_W, _P, _N),
    (_W, ev.TicketCarriedOver): (_W,),
    (_P, ev.TicketCarriedOver): (_P,),
}

#: Events of a ticket that may come in any state. They leave it as it is, but for a slip that fails
#: or comes at last: see `NEXT`.
NOTES: Final = (
    ev.PriorityConfirmed,
    ev.PriorityChanged,
    ev.SlipPrinted,
    ev.SlipPrintFailed,
    ev.ReprintRequested,
    ev.CallAnnounced,
    ev.RatingGiven,
    ev.FollowUpOpened,
    ev.FollowUpSettled,
)

#: The only states from which "next" may take a ticket (rule D7).
ELIGIBLE: Final = frozenset({Status.WAITING})
#: A counter holds a ticket in these.
AT_COUNTER: Final = frozenset({Status.CALLED, Status.SERVING})
#: `park_reason` of a ticket set aside because its slip failed: neither called nor counted as
#: waiting until staff settle it (rule P1).
UNPRINTED: Final = "unprinted"
#: `slip` of a ticket whose reprint is on its way.
REPRINTING: Final = "reprinting"
ENDED: Final = frozenset({Status.SERVED, Status.NO_SHOW, Status.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as its events leave it. Instants are aware UTC.

    `arrival_at` is the arrival key: the instant from which the ticket counts as waiting; nothing
    but an explicit, reasoned event changes it (rule F3). `entered_at` is when it entered its
    present queue or came back to it.
    """

    id: TicketId
    number: str
    serial: int
    queue: QueueId
    service: ServiceId
    business_date: date
    arrival_at: datetime
    issued_at: datetime
    entered_at: datetime
    status: Status
    version: int
    channel: str
    language: str
    procedure: ProcedureId | None = None
    priority: str | None = None
    priority_confirmed: bool = False
    counter: CounterId | None = None
    officer: str = ""
    first_called_at: datetime | None = None
    called_at: datetime | None = None
    calls: int = 0
    call_seq: int | None = None
    started_at: datetime | None = None
    first_started_at: datetime | None = None
    ended_at: datetime | None = None
    rule: str = ""
    outcome: str | None = None
    dossier_code: str | None = None
    result_on: date | None = None
    from_counter: CounterId | None = None
    to_counter: CounterId | None = None
    to_officer: str | None = None
    note: str = ""
    park_reason: str = ""
    return_at: datetime | None = None
    #: The wait it was told at its issue, as `events.Quote` has it; none where no minutes were.
    expected_s: int | None = None
    low_s: int | None = None
    high_s: int | None = None
    model: str = ""
    #: The forecast at `outlook.PERCENTS`, seconds; empty where it was not made by simulation.
    levels: tuple[int | None, ...] = ()
    #: What the fallback would have said then, where another model was asked.
    fallback_s: int | None = None
    #: What people ahead x mean / counters would have said; None in logs that did not keep it.
    naive_s: int | None = None
    level: int | None = None
    service_s: float = 0.0
    slip: str = ""
    readiness: str = ""
    #: How often its holder let others go first.
    yielded: int = 0
    #: The kiosk that gave it.
    device: str = ""

    @property
    def is_unprinted(self) -> bool:
        """Whether it is set aside until staff settle that its slip failed."""
        return self.status is Status.PARKED and self.park_reason == UNPRINTED


def refuse_unless(ticket: Ticket, event: type[ev.TicketEvent]) -> None:
    """Raise `WrongState`, naming the state, when the machine has no such step."""
    if (ticket.status, event) not in NEXT:
        raise errors.WrongState(number=ticket.number, state=ticket.status.value)


def refuse_if_stale(ticket: Ticket, version: int | None, business_date: date) -> None:
    """Raise `TicketStale` when the caller saw another version, or the ticket's day is over."""
    if ticket.business_date != business_date or (version is not None and version != ticket.version):
        raise errors.TicketStale(number=ticket.number)


def restored(ticket: Ticket, before: Ticket) -> Ticket:
    """The ticket as it was `before` a step that is undone; what happened beside it stays.

    Raises `WrongState` when the machine has no way back to there.
    """
    if before.status not in NEXT.get((ticket.status, ev.StepUndone), ()):
        raise errors.WrongState(number=ticket.number, state=ticket.status.value)
    return replace(before, version=ticket.version + 1, slip=ticket.slip, level=ticket.level)


def evolve(ticket: Ticket | None, event: ev.TicketEvent, *, at: datetime, seq: int) -> Ticket:
    """The ticket after `event`, recorded at `at` under `seq`.

    Raises `WrongState` when the machine has no such step: a log that does so is broken. A
    `StepUndone` needs what was before it, and goes by `restored`.
    """
    if isinstance(event, ev.TicketIssued):
        return _issued(event, at)
    if ticket is None:
        raise errors.UnknownTicket(ticket="?")
    if not isinstance(event, NOTES):
        refuse_unless(ticket, type(event))
    return replace(_moved(ticket, event, at, seq), version=ticket.version + 1)


def _issued(event: ev.TicketIssued, at: datetime) -> Ticket:
    # A number given while the server was out of reach counts from then, not from its hand-in.
    at = event.issued_at or at
    quote = event.quote
    return Ticket(
        id=event.ticket,
        number=event.number,
        serial=event.serial,
        queue=event.queue,
        service=event.service,
        business_date=event.business_date,
        arrival_at=at,
        issued_at=at,
        entered_at=at,
        status=Status.WAITING,
        version=1,
        channel=event.channel,
        language=event.language,
        procedure=event.procedure,
        priority=event.priority,
        expected_s=quote.expected_s if quote else None,
        low_s=quote.low_s if quote else None,
        high_s=quote.high_s if quote else None,
        model=quote.model if quote else "",
        levels=quote.levels_s if quote else (),
        fallback_s=quote.fallback_s if quote else None,
        naive_s=quote.naive_s if quote else None,
        readiness=event.readiness,
        slip="" if event.paper else "none",
        device=event.device,
    )


def _moved(t: Ticket, event: ev.TicketEvent, at: datetime, seq: int) -> Ticket:  # noqa: C901, PLR0912 - one case per event, exhaustive
    match event:
        case ev.TicketCalled():
            return _called(t, event.counter, event.officer, event.rule, at, seq)
        case ev.TicketRecalled():
            return replace(t, calls=t.calls + 1, call_seq=seq)
        case ev.ServiceStarted():
            return replace(t, status=_S, started_at=at, first_started_at=t.first_started_at or at)
        case ev.NoShowRecorded():
            return replace(t, status=_N, ended_at=at)
        case ev.CallWithdrawn():
            first = None if t.first_called_at == t.called_at else t.first_called_at
            return replace(_waiting(t), first_called_at=first, called_at=None, calls=0)
        case ev.TicketParked():
            return replace(
                t,
                status=_P,
                counter=None,
                from_counter=event.counter,
                park_reason=event.reason,
                return_at=event.return_at,
                service_s=_served_s(t, at),
                started_at=None,
            )
        case ev.TicketResumed(counter=None):
            return replace(_waiting(t), entered_at=at, park_reason="", return_at=None)
        case ev.TicketResumed():
            back = replace(t, park_reason="", return_at=None, entered_at=at)
            return _called(back, event.counter, event.officer, "resumed", at, seq)
        case ev.TicketTransferred():
            return replace(
                _waiting(t),
                queue=event.queue,
                service=event.service,
                entered_at=at,
                from_counter=event.from_counter,
                to_counter=event.to_counter,
                to_officer=event.to_officer,
                note=event.note,
                service_s=_served_s(t, at),
            )
        case ev.PlaceYielded():
            return replace(t, arrival_at=event.arrival_at, yielded=t.yielded + 1)
        case ev.ServiceCompleted():
            return replace(
                t,
                status=Status.SERVED,
                ended_at=at,
                outcome=event.outcome,
                dossier_code=event.dossier_code,
                result_on=event.result_on,
                service_s=_served_s(t, at),
            )
        case ev.ServiceAdded():
            return replace(
                t,
                service=event.service,
                outcome=event.outcome,
                procedure=None,
                service_s=_served_s(t, at),
                started_at=at,
            )
        case ev.TicketReinstated():
            return replace(_waiting(t), entered_at=at, ended_at=None, calls=0)
        case ev.TicketCancelled():
            return replace(
                t, status=Status.CANCELLED, ended_at=at, outcome=event.code, counter=None
            )
        case ev.PriorityConfirmed():
            return replace(t, priority_confirmed=True)
        case ev.PriorityChanged():
            return replace(t, priority=event.priority, priority_confirmed=True)
        case ev.SlipPrinted():
            printed = replace(t, slip="printed")
            return _settled(printed) if t.is_unprinted else printed
        case ev.SlipPrintFailed():
            # Whoever lost a slip that did come out keeps the place when its reprint fails.
            is_first = t.status is _W and not t.slip
            failed = replace(t, slip=event.code)
            return replace(failed, status=_P, park_reason=UNPRINTED) if is_first else failed
        case ev.ReprintRequested():
            return replace(t, slip=REPRINTING)
        case ev.SlipWaived():
            return _settled(replace(t, slip="waived"))
        case ev.RatingGiven():
            return replace(t, level=event.level)
        case ev.TicketCarriedOver():
            return replace(t, business_date=event.business_date)
        case ev.StepUndone():
            raise errors.WrongState(number=t.number, state=t.status.value)
        case ev.CallAnnounced() | ev.FollowUpOpened() | ev.FollowUpSettled():
            return t
        case ev.TicketIssued():
            return _issued(event, at)


def _called(
    t: Ticket, counter: CounterId | None, officer: str, rule: str, at: datetime, seq: int
) -> Ticket:
    return replace(
        t,
        status=_C,
        counter=counter,
        officer=officer,
        rule=rule,
        first_called_at=t.first_called_at or at,
        called_at=at,
        calls=1,
        call_seq=seq,
        to_counter=None,
        to_officer=None,
        started_at=None,
    )


def _waiting(t: Ticket) -> Ticket:
    return replace(t, status=_W, counter=None, officer="", started_at=None, rule="")


def _settled(t: Ticket) -> Ticket:
    """Back in the line, at the place of its arrival: the printer's trouble is not the citizen's."""
    return replace(_waiting(t), park_reason="")


def _served_s(t: Ticket, at: datetime) -> float:
    """Service time so far, seconds: the sum of the started -> parked/completed intervals."""
    if t.started_at is None:
        return t.service_s
    return t.service_s + (at - t.started_at).total_seconds()

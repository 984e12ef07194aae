"""Every fact the log can hold: past tense, final, immutable.

The envelope (branch, seq, time, actor, cause) is `Recorded`; the classes are the content. The name
on the wire is the class name. Fields marked `expires` are kept beside the log and are forgotten
before the event is (domain.md, privacy): a replay then reads `EXPIRED`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from server.domain.branch_events import (
    AbsenceDeclared,
    AbsenceEvent,
    AbsenceWithdrawn,
    AlertAcknowledged,
    AlertCleared,
    AlertEvent,
    AlertRaised,
    BlockGranted,
    BranchEvent,
    CatalogueChanged,
    CounterClosed,
    CounterEvent,
    CounterHandedOver,
    CounterOpened,
    CounterPaused,
    CounterReleased,
    CounterResumed,
    DayClosed,
    NoticePosted,
    NoticeWithdrawn,
    PolicyPublished,
    PolicyScheduled,
    PolicyScheduleWithdrawn,
    PrinterReported,
)
from server.domain.ids import BranchId, CounterId, ProcedureId, QueueId, ServiceId, TicketId

#: Facts of counters and of the branch stand in a file of their own and are read from here.
__all__ = [
    "EVENT_TYPES", "EXPIRED", "AbsenceDeclared", "AbsenceEvent", "AbsenceWithdrawn",
    "AlertAcknowledged", "AlertCleared", "AlertEvent", "AlertRaised",
    "AnyEvent", "BlockGranted", "BranchEvent", "CallAnnounced", "CallWithdrawn",
    "CatalogueChanged", "CounterClosed", "CounterEvent", "CounterHandedOver", "CounterOpened",
    "CounterPaused", "CounterReleased", "CounterResumed", "DayClosed", "FollowUpOpened",
    "FollowUpSettled", "NoShowRecorded", "NoticePosted", "NoticeWithdrawn", "PlaceYielded",
    "PolicyPublished", "PolicyScheduleWithdrawn", "PolicyScheduled", "PrinterReported", "PriorityChanged", "PriorityConfirmed", "Quote",
    "RatingGiven", "Recorded", "ReprintRequested", "ServiceAdded", "ServiceCompleted",
    "ServiceStarted", "SlipPrintFailed", "SlipPrinted", "SlipWaived", "StepUndone",
    "TicketCalled", "TicketCancelled", "TicketCarriedOver", "TicketEvent", "TicketIssued",
    "TicketParked", "TicketRecalled", "TicketReinstated", "TicketResumed", "TicketTransferred",
    "expiring",
]  # fmt: skip

#: What a forgotten value reads as. For a priority class: "was a priority ticket, of which class is
#: no longer known", so that orders and counts can still be rebuilt.
EXPIRED: Final = "*"


def expiring(days: int) -> dict[str, Any]:
    """Field metadata: this value is forgotten so many business days after it was given."""
    return {"expires": days}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The wait a citizen was told: seconds, counted from the issue of the ticket.

    `low_s`/`high_s` are the printed range; `expected_s` the point forecast it was built on.
    `levels_s` and `raw_s` are the forecast at `outlook.PERCENTS` and `outlook.RAW_PERCENTS`, so that
    its accuracy can be audited from the log; empty where it was not made by simulation.
    `fallback_s` is then what the fallback would have said: how it errs must be known when it is
    needed. `naive_s` is what people ahead x mean / counters would have; both only to compare.
    """

    expected_s: int
    low_s: int
    high_s: int
    model: str
    levels_s: tuple[int | None, ...] = ()
    raw_s: tuple[int | None, ...] = ()
    before_break: float | None = None
    #: Whether too few first calls were known for anything but a wide range.
    is_initial: bool = False
    fallback_s: int | None = None
    naive_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIssued:
    ticket: TicketId
    number: str
    serial: int
    queue: QueueId
    service: ServiceId
    business_date: date
    procedure: ProcedureId | None = None
    priority: str | None = field(default=None, metadata=expiring(1))
    channel: str = "kiosk"
    language: str = "vi"
    #: Whether a slip is to be printed; asked only of kiosks.
    paper: bool = True
    #: `ready` or `guidance`, as the citizen said after reading the procedure's sheet; or nothing.
    readiness: str = ""
    ahead: int = 0
    quote: Quote | None = None
    #: The kiosk that gave it; empty for other channels.
    device: str = ""
    #: The number block it was taken from while the server was out of reach, and when that was.
    block: str = ""
    issued_at: datetime | None = None
    #: Whether the number is that of a paper roll, and of no series.
    roll: bool = False
    #: The counter that took it for the citizen.
    desk: CounterId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCalled:
    """`rule` names the line of the policy that chose it; `pool` the queues served as one line."""

    counter: CounterId
    officer: str
    rule: str
    policy_version: int
    pool: tuple[QueueId, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecalled:
    counter: CounterId
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStarted:
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShowRecorded:
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWithdrawn:
    """The counter took its call back within the undo time; the ticket keeps its place."""

    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketParked:
    counter: CounterId
    reason: str
    return_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResumed:
    """Back to its queue, or straight to `counter`."""

    counter: CounterId | None = None
    officer: str = ""
    #: The counter that sent it back to its queue.
    desk: CounterId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTransferred:
    """To a queue, perhaps to one counter or officer of it. Number and arrival stay (rule N6, F3)."""

    queue: QueueId
    service: ServiceId
    reason: str
    from_counter: CounterId | None = None
    to_counter: CounterId | None = None
    to_officer: str | None = None
    note: str = field(default="", metadata=expiring(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceYielded:
    """The citizen let up to `places` people of the same line go first, and counts from `arrival_at`."""

    places: int
    arrival_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCompleted:
    counter: CounterId
    outcome: str
    dossier_code: str | None = None
    #: The day the result is promised for.
    result_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAdded:
    """Another service in the same visit, at the same counter, under the same number."""

    counter: CounterId
    service: ServiceId
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReinstated:
    """A no-show is back; the policy places it by its arrival."""

    reason: str
    desk: CounterId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCancelled:
    """`code` says who ended it: citizen, officer, print_failure, mistake or day_close."""

    code: str
    reason: str = ""
    desk: CounterId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone:
    """A counter took its step recorded at `undone` back within the undo time.

    The ticket, its stage and the counter are again what they were before that step.
    """

    counter: CounterId
    step: str
    undone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCarriedOver:
    """It was still waiting at the end of the day, and waits on at `business_date`."""

    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityConfirmed:
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged:
    reason: str
    priority: str | None = field(default=None, metadata=expiring(1))
    desk: CounterId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPrinted:
    job: str
    printer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPrintFailed:
    """`code` is `nothing_sent` or `unconfirmed`; the second is never retried by itself.

    A ticket whose first slip failed while it waited is set aside until staff settle it (rule P1).
    """

    job: str
    printer: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprintRequested:
    """Staff want the slip once more; it will say that it is a reprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipWaived:
    """Staff let a ticket that could not be printed wait without paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnnounced:
    """A display acknowledged that it showed, or spoke, the call recorded at `call_seq`."""

    display: str
    call_seq: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven:
    level: int
    channel: str
    reasons: tuple[str, ...] = ()
    comment: str = field(default="", metadata=expiring(90))


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpOpened:
    """The visit was rated 1 or 2: a manager looks into it until `due_on`."""

    due_on: date
    level: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpSettled:
    """What came of it."""

    note: str


TicketEvent = (
    TicketIssued
    | TicketCalled
    | TicketRecalled
    | ServiceStarted
    | NoShowRecorded
    | CallWithdrawn
    | TicketParked
    | TicketResumed
    | TicketTransferred
    | PlaceYielded
    | ServiceCompleted
    | ServiceAdded
    | TicketReinstated
    | TicketCancelled
    | StepUndone
    | TicketCarriedOver
    | PriorityConfirmed
    | PriorityChanged
    | SlipPrinted
    | SlipPrintFailed
    | ReprintRequested
    | SlipWaived
    | CallAnnounced
    | RatingGiven
    | FollowUpOpened
    | FollowUpSettled
)
AnyEvent = TicketEvent | CounterEvent | BranchEvent

#: Name on the wire -> class. Explicit, because `__subclasses__` lists slotted classes twice.
EVENT_TYPES: Final[dict[str, type[AnyEvent]]] = {
    t.__name__: t for t in (*TicketEvent.__args__, *CounterEvent.__args__, *BranchEvent.__args__)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as the log holds it.

    `seq` is its place in the branch's log (no gaps), `version` its place in the ticket's life,
    `at` the server's time (UTC), `actor` who, `cause` the id of the command.
    """

    branch: BranchId
    seq: int
    at: datetime
    actor: str
    cause: str
    event: AnyEvent
    ticket: TicketId | None = None
    version: int | None = None

    @property
    def type(self) -> str:
        """The event's name on the wire."""
        return type(self.event).__name__

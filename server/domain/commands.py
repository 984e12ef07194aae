"""Everything a person or a device may ask for. This list is the API; a command can be refused.

`command_id` is made by the device: the same id gives the same answer once (rules D2, P2).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.domain.ids import BranchId, CounterId, ProcedureId, QueueId, ServiceId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command carries."""

    branch: BranchId
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTicket(Command):
    """Take a number. One of `service` and `queue` is enough."""

    service: ServiceId | None = None
    queue: QueueId | None = None
    procedure: ProcedureId | None = None
    priority: str | None = None
    channel: str = "kiosk"
    language: str = "vi"
    #: What the citizen said of the papers, having read the sheet: ready, guidance, or nothing.
    readiness: str = ""
    #: The kiosk that asks; said by its connection, never by the caller.
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantBlock(Command):
    """Numbers for a kiosk to give by itself when the server is out of reach."""

    device: str
    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandInTicket(Command):
    """A ticket that a kiosk gave from its block, with what became of its slip.

    `ticket` is the id that came with the block, `issued_at` the kiosk's time, `wish` the id of the
    citizen's press: the server may have answered it before the link went. `slip` is `printed`, or
    the code of a slip that failed, or empty where none was to be printed.
    """

    device: str
    block: str
    serial: int
    ticket: TicketId
    issued_at: datetime
    service: ServiceId
    wish: str = ""
    procedure: ProcedureId | None = None
    priority: str | None = None
    language: str = "vi"
    readiness: str = ""
    ahead: int = 0
    job: str = ""
    printer: str = ""
    slip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPrinter(Command):
    """How a kiosk's printer is."""

    device: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNext(Command):
    """Call whom the policy chooses. `outcome` completes the ticket being served first."""

    counter: CounterId
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTicket(Command):
    """Call a chosen ticket; needs a reason and is counted (rule F2)."""

    counter: CounterId
    ticket: TicketId
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallTicket(Command):
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class StartService(Command):
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteService(Command):
    counter: CounterId
    outcome: str
    dossier_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNoShow(Command):
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkTicket(Command):
    counter: CounterId
    reason: str
    return_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTicket(Command):
    """To the queue, or, with `to_counter`, straight to the counter that asks."""

    counter: CounterId
    ticket: TicketId
    to_counter: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTicket(Command):
    """Send the counter's ticket to a queue, a counter or an officer."""

    counter: CounterId
    reason: str
    to_queue: QueueId | None = None
    to_counter: CounterId | None = None
    to_officer: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddService(Command):
    """End the present service with `outcome` and begin another in the same visit."""

    counter: CounterId
    service: ServiceId
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLast(Command):
    """Take back the counter's last call or no-show within the undo time."""

    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinstateTicket(Command):
    ticket: TicketId
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTicket(Command):
    ticket: TicketId
    code: str = "citizen"
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldPlace(Command):
    """Let the next people of the line go first, as many as the policy says."""

    ticket: TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPriority(Command):
    counter: CounterId
    ticket: TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePriority(Command):
    ticket: TicketId
    reason: str
    priority: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCounter(Command):
    counter: CounterId
    officer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCounter(Command):
    counter: CounterId
    reason: str
    return_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCounter(Command):
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCounter(Command):
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCounter(Command):
    """Free a stuck counter; its called ticket goes back to its place (rule D5)."""

    counter: CounterId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTicket(Command):
    ticket: TicketId
    level: int
    channel: str = "phone"
    reasons: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPrint(Command):
    """The outcome of a print job: empty `code` = printed."""

    ticket: TicketId
    job: str
    printer: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprintSlip(Command):
    """Print a live ticket's slip once more."""

    ticket: TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveSlip(Command):
    """Let a ticket that could not be printed wait without paper."""

    ticket: TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnnouncement(Command):
    """A display showed or spoke the call recorded at `call_seq`."""

    display: str
    call_seq: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNotice(Command):
    text_vi: str
    text_en: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDay(Command):
    """End the business day: whoever still waits is cancelled with the code `day_close`."""


AnyCommand = (
    IssueTicket
    | GrantBlock
    | HandInTicket
    | ReportPrinter
    | CallNext
    | CallTicket
    | RecallTicket
    | StartService
    | CompleteService
    | RecordNoShow
    | ParkTicket
    | ResumeTicket
    | TransferTicket
    | AddService
    | UndoLast
    | ReinstateTicket
    | CancelTicket
    | YieldPlace
    | ConfirmPriority
    | ChangePriority
    | OpenCounter
    | PauseCounter
    | ResumeCounter
    | CloseCounter
    | ReleaseCounter
    | RateTicket
    | RecordPrint
    | ReprintSlip
    | WaiveSlip
    | RecordAnnouncement
    | PostNotice
    | CloseDay
)

COMMAND_TYPES: Final[dict[str, type[AnyCommand]]] = {t.__name__: t for t in AnyCommand.__args__}

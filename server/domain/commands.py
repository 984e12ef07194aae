"""Everything a person or a device may ask for. This list is the API; a command can be refused.

`command_id` is made by the device: the same id gives the same answer once (rules D2, P2).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from server.domain.branch_commands import (
    AcknowledgeAlert,
    ClearAlert,
    CloseDay,
    DeclareAbsence,
    PostNotice,
    PublishPolicy,
    PublishRoster,
    RaiseAlert,
    WithdrawAbsence,
    WithdrawNotice,
    WithdrawPolicy,
)
from server.domain.command import AtCounter, Command
from server.domain.ids import CounterId, ProcedureId, QueueId, ServiceId, TicketId

#: Those about the branch as a whole stand in a file of their own and are read from here.
__all__ = [
    "COMMAND_TYPES", "AcknowledgeAlert", "AddService", "AnyCommand", "AtCounter", "CallNext",
    "CallTicket", "CancelTicket", "ChangePriority", "ClearAlert", "CloseCounter", "CloseDay",
    "Command", "CompleteService", "ConfirmPriority", "DeclareAbsence", "GrantBlock", "HandInTicket",
    "HandOverCounter", "IssueTicket", "OpenCounter", "ParkTicket", "PauseCounter", "PostNotice", "PublishPolicy", "PublishRoster",
    "RaiseAlert", "RateTicket", "RecallTicket", "RecordAnnouncement", "RecordNoShow",
    "RecordPrint", "ReinstateTicket", "ReleaseCounter", "ReportPrinter", "ReprintSlip",
    "ResumeCounter", "ResumeTicket", "SettleFollowUp", "StartService", "TransferTicket",
    "UndoLast", "WaiveSlip", "WithdrawAbsence", "WithdrawNotice", "WithdrawPolicy", "YieldPlace",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTicket(Command):
    """Take a number. One of `service` and `queue` is enough.

    `roll` is the number of a preprinted paper roll, when there is no kiosk (rule P9); with `call`
    the `counter` that records it calls it at once.
    """

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
    counter: CounterId | None = None
    by: str = ""
    roll: int | None = None
    call: bool = False


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
class CallNext(AtCounter):
    """Call whom the policy chooses. `outcome` completes the ticket being served first."""

    outcome: str | None = None
    dossier_code: str | None = None
    result_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTicket(AtCounter):
    """Call a chosen ticket; needs a reason and is counted (rule F2)."""

    ticket: TicketId
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallTicket(AtCounter):
    """Summon the ticket at the desk again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartService(AtCounter):
    """The person is at the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteService(AtCounter):
    outcome: str
    dossier_code: str | None = None
    #: The day the result is promised for.
    result_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNoShow(AtCounter):
    """Called, did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkTicket(AtCounter):
    reason: str
    return_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTicket(AtCounter):
    """To the queue, or, with `to_counter`, straight to the counter that asks."""

    ticket: TicketId
    to_counter: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTicket(AtCounter):
    """Send the counter's ticket to a queue, a counter or an officer."""

    reason: str
    to_queue: QueueId | None = None
    to_counter: CounterId | None = None
    to_officer: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddService(AtCounter):
    """End the present service with `outcome` and begin another in the same visit."""

    service: ServiceId
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLast(AtCounter):
    """Take back the counter's last step within the undo time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinstateTicket(Command):
    """A no-show is back. The `counter` that says so may take it back."""

    ticket: TicketId
    reason: str
    version: int | None = None
    counter: CounterId | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTicket(Command):
    """Give a ticket up. The `counter` that does so may take it back."""

    ticket: TicketId
    code: str = "citizen"
    reason: str = ""
    version: int | None = None
    counter: CounterId | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldPlace(Command):
    """Let the next people of the line go first, as many as the policy says."""

    ticket: TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPriority(AtCounter):
    """The declared class is right."""

    ticket: TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePriority(Command):
    """Give, change or take a class. The `counter` that does so may take it back."""

    ticket: TicketId
    reason: str
    priority: str | None = None
    version: int | None = None
    counter: CounterId | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCounter(AtCounter):
    """Take the counter. Name and title are those of the account `by`, where there is one."""

    officer: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCounter(AtCounter):
    reason: str
    return_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCounter(AtCounter):
    """The pause is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCounter(AtCounter):
    """The officer leaves the counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverCounter(AtCounter):
    """The shift changes: the account `to` has the counter now, with the ticket at its desk.

    `officer` and `title` are those of `to`, said by the server.
    """

    to: str
    officer: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCounter(Command):
    """Free a stuck counter; its called ticket goes back to its place (rule D5)."""

    counter: CounterId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTicket(Command):
    """Rate a visit. `counter` is that of the rating pad; said by its connection."""

    ticket: TicketId
    level: int
    counter: CounterId | None = None
    channel: str = "phone"
    reasons: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleFollowUp(Command):
    """What came of a visit that was rated 1 or 2."""

    ticket: TicketId
    note: str


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
    | HandOverCounter
    | ReleaseCounter
    | RateTicket
    | SettleFollowUp
    | RecordPrint
    | ReprintSlip
    | WaiveSlip
    | RecordAnnouncement
    | PostNotice
    | WithdrawNotice
    | PublishPolicy
    | WithdrawPolicy
    | RaiseAlert
    | AcknowledgeAlert
    | ClearAlert
    | DeclareAbsence
    | WithdrawAbsence
    | PublishRoster
    | CloseDay
)

COMMAND_TYPES: Final[dict[str, type[AnyCommand]]] = {t.__name__: t for t in AnyCommand.__args__}

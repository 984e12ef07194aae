"""Who may send which command: one table, asked by the socket and the REST side alike."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from typing_extensions import override

from server.domain import commands as cmd
from server.domain import errors
from server.domain.ids import BranchId, CounterId


class Role(StrEnum):
    """What a caller is."""

    KIOSK = "kiosk"
    #: The program beside a kiosk's printer; it has the kiosk's token and does other things.
    AGENT = "agent"
    COUNTER = "counter"
    DISPLAY = "display"
    PHONE = "ticket"
    MANAGER = "manager"
    INTEGRATION = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who sends a command. `counter` binds a counter terminal to its own desk."""

    role: Role
    id: str
    branch: BranchId
    counter: CounterId | None = None

    @override
    def __str__(self) -> str:
        return f"{self.role.value}:{self.id}"


_DESK: Final = (
    cmd.CallNext,
    cmd.CallTicket,
    cmd.RecallTicket,
    cmd.StartService,
    cmd.CompleteService,
    cmd.RecordNoShow,
    cmd.ParkTicket,
    cmd.ResumeTicket,
    cmd.TransferTicket,
    cmd.AddService,
    cmd.UndoLast,
    cmd.ConfirmPriority,
    cmd.OpenCounter,
    cmd.PauseCounter,
    cmd.ResumeCounter,
    cmd.CloseCounter,
)
_STAFF: Final = (
    cmd.ReinstateTicket,
    cmd.CancelTicket,
    cmd.ChangePriority,
    cmd.ReprintSlip,
    cmd.WaiveSlip,
)
_SUPERVISOR: Final = (cmd.ReleaseCounter, cmd.PostNotice, cmd.CloseDay)

#: The whole permission table. A role that is not listed beside a command may not send it.
MAY: Final[dict[Role, frozenset[type[cmd.AnyCommand]]]] = {
    Role.KIOSK: frozenset({cmd.IssueTicket}),
    Role.AGENT: frozenset({cmd.GrantBlock, cmd.HandInTicket, cmd.RecordPrint, cmd.ReportPrinter}),
    Role.COUNTER: frozenset({*_DESK, *_STAFF, cmd.IssueTicket}),
    Role.DISPLAY: frozenset({cmd.RecordAnnouncement}),
    Role.PHONE: frozenset({cmd.CancelTicket, cmd.RateTicket, cmd.YieldPlace}),
    Role.MANAGER: frozenset({*_STAFF, *_SUPERVISOR}),
    Role.INTEGRATION: frozenset({*_DESK, *_STAFF, *_SUPERVISOR, cmd.IssueTicket, cmd.RateTicket}),
}


def require(actor: Actor, command: cmd.AnyCommand) -> None:
    """Raise `NotAllowed` unless the actor may send this command here.

    Another branch's things answer as unknown, never as forbidden (rule O2).
    """
    if command.branch != actor.branch:
        raise errors.UnknownBranch(branch=command.branch)
    if type(command) not in MAY[actor.role]:
        raise errors.NotAllowed(command=type(command).__name__)
    counter = getattr(command, "counter", None)
    if actor.counter is not None and counter is not None and counter != actor.counter:
        raise errors.NotAllowed(command=type(command).__name__)

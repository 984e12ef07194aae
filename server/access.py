"""Who may do what: one table, asked by the sockets, the REST side and the pages alike."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from typing_extensions import override

from server.domain import commands as cmd
from server.domain import errors
from server.domain.ids import BranchId, CounterId


class Role(StrEnum):
    """What a caller is: a device, a citizen's phone, another system, or one of the staff."""

    KIOSK = "kiosk"
    #: The program beside a kiosk's printer; it has the kiosk's token and does other things.
    AGENT = "agent"
    DISPLAY = "display"
    #: The tablet at a counter that asks how it was.
    RATING = "rating"
    PHONE = "ticket"
    INTEGRATION = "api"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


#: Roles of people, who sign in.
STAFF: Final = (Role.OFFICER, Role.SUPERVISOR, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)
#: Roles of devices, which are paired or given a token.
DEVICES: Final = (Role.KIOSK, Role.DISPLAY, Role.RATING, Role.INTEGRATION)


class Permission(StrEnum):
    """One thing that somebody may do. A user may be granted some beyond those of the role."""

    ISSUE = "issue"
    GIVE_OFFLINE = "give_offline"
    ANNOUNCE = "announce"
    FOLLOW = "follow"
    RATE = "rate"
    #: The day's work at a counter.
    SERVE = "serve"
    #: Out of order: with a reason, and counted (rule F2).
    CALL_CHOSEN = "call_chosen"
    #: Absent again there, given up, priority, paper.
    SETTLE_TICKETS = "settle_tickets"
    RELEASE_COUNTERS = "release_counters"
    POST_NOTICES = "post_notices"
    CLOSE_DAY = "close_day"
    #: Say that a counter will not be opened today, or on another day.
    DECLARE_ABSENCES = "declare_absences"
    #: Who is planned to open which counter.
    EDIT_ROSTER = "edit_roster"
    FOLLOW_UP = "follow_up"
    #: Say that one sees to an alert.
    SEE_TO_ALERTS = "see_to_alerts"
    #: Questions about how a counter works: for whoever leads the people there, and nobody else.
    SEE_QUESTIONS = "see_questions"
    SEE_OFFICE = "see_office"
    SEE_FIGURES = "see_figures"
    #: Figures by officer, each from ten visits on.
    SEE_OFFICERS = "see_officers"
    READ_LOG = "read_log"
    EXPORT = "export"
    SEE_AUDIT = "see_audit"
    #: Try other rosters, queues, hours and rules on days of the log.
    PLAN = "plan"
    #: Draft, publish and take back the calling policy.
    MANAGE_POLICY = "manage_policy"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_PEOPLE = "manage_people"


_P = Permission
_DESK: Final = frozenset({_P.ISSUE, _P.SERVE, _P.SETTLE_TICKETS})

#: The whole permission table: what a role may do. What is not listed is refused.
MAY: Final[dict[Role, frozenset[Permission]]] = {
    Role.KIOSK: frozenset({_P.ISSUE}),
    Role.AGENT: frozenset({_P.GIVE_OFFLINE}),
    Role.DISPLAY: frozenset({_P.ANNOUNCE}),
    Role.RATING: frozenset({_P.RATE}),
    Role.PHONE: frozenset({_P.FOLLOW, _P.RATE}),
    Role.INTEGRATION: frozenset(
        {
            *_DESK, _P.CALL_CHOSEN, _P.RATE, _P.RELEASE_COUNTERS, _P.POST_NOTICES, _P.CLOSE_DAY,
            _P.SEE_OFFICE, _P.SEE_FIGURES, _P.READ_LOG, _P.EXPORT, _P.DECLARE_ABSENCES,
            _P.EDIT_ROSTER, _P.PLAN,
        }
    ),
    Role.OFFICER: _DESK,
    Role.SUPERVISOR: frozenset(
        {
            *_DESK, _P.CALL_CHOSEN, _P.RELEASE_COUNTERS, _P.POST_NOTICES, _P.SEE_OFFICE,
            _P.SEE_FIGURES, _P.SEE_OFFICERS, _P.SEE_TO_ALERTS, _P.DECLARE_ABSENCES,
        }
    ),
    Role.MANAGER: frozenset(
        {
            _P.SETTLE_TICKETS, _P.RELEASE_COUNTERS, _P.POST_NOTICES, _P.CLOSE_DAY, _P.FOLLOW_UP,
            _P.SEE_OFFICE, _P.SEE_FIGURES, _P.SEE_OFFICERS, _P.READ_LOG, _P.EXPORT,
            _P.SEE_TO_ALERTS, _P.SEE_QUESTIONS, _P.DECLARE_ABSENCES, _P.EDIT_ROSTER, _P.PLAN,
            _P.MANAGE_POLICY,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {_P.SEE_OFFICE, _P.POST_NOTICES, _P.MANAGE_DEVICES, _P.MANAGE_PEOPLE, _P.SEE_AUDIT}
    ),
    Role.AUDITOR: frozenset(
        {
            _P.SEE_OFFICE, _P.SEE_FIGURES, _P.SEE_OFFICERS, _P.READ_LOG, _P.EXPORT, _P.SEE_AUDIT,
        }
    ),
}  # fmt: skip

#: What an administrator may grant to one user beyond the role.
GRANTABLE: Final = (_P.CALL_CHOSEN, _P.RELEASE_COUNTERS, _P.POST_NOTICES, _P.FOLLOW_UP, _P.EXPORT)

#: What a command needs; any one of them is enough.
NEEDS: Final[dict[type[cmd.AnyCommand], tuple[Permission, ...]]] = {
    cmd.IssueTicket: (_P.ISSUE,),
    cmd.GrantBlock: (_P.GIVE_OFFLINE,),
    cmd.HandInTicket: (_P.GIVE_OFFLINE,),
    cmd.ReportPrinter: (_P.GIVE_OFFLINE,),
    cmd.RecordPrint: (_P.GIVE_OFFLINE,),
    cmd.RecordAnnouncement: (_P.ANNOUNCE,),
    cmd.CallNext: (_P.SERVE,),
    cmd.CallTicket: (_P.CALL_CHOSEN,),
    cmd.RecallTicket: (_P.SERVE,),
    cmd.StartService: (_P.SERVE,),
    cmd.CompleteService: (_P.SERVE,),
    cmd.RecordNoShow: (_P.SERVE,),
    cmd.ParkTicket: (_P.SERVE,),
    cmd.ResumeTicket: (_P.SERVE,),
    cmd.TransferTicket: (_P.SERVE,),
    cmd.AddService: (_P.SERVE,),
    cmd.UndoLast: (_P.SERVE,),
    cmd.ConfirmPriority: (_P.SERVE,),
    cmd.OpenCounter: (_P.SERVE,),
    cmd.PauseCounter: (_P.SERVE,),
    cmd.ResumeCounter: (_P.SERVE,),
    cmd.CloseCounter: (_P.SERVE,),
    cmd.HandOverCounter: (_P.SERVE,),
    cmd.ReinstateTicket: (_P.SETTLE_TICKETS,),
    cmd.CancelTicket: (_P.SETTLE_TICKETS, _P.FOLLOW),
    cmd.ChangePriority: (_P.SETTLE_TICKETS,),
    cmd.ReprintSlip: (_P.SETTLE_TICKETS,),
    cmd.WaiveSlip: (_P.SETTLE_TICKETS,),
    cmd.YieldPlace: (_P.FOLLOW,),
    cmd.RateTicket: (_P.RATE,),
    cmd.SettleFollowUp: (_P.FOLLOW_UP,),
    cmd.ReleaseCounter: (_P.RELEASE_COUNTERS,),
    cmd.PostNotice: (_P.POST_NOTICES,),
    cmd.WithdrawNotice: (_P.POST_NOTICES,),
    cmd.DeclareAbsence: (_P.DECLARE_ABSENCES,),
    cmd.WithdrawAbsence: (_P.DECLARE_ABSENCES,),
    cmd.PublishRoster: (_P.EDIT_ROSTER,),
    cmd.PublishPolicy: (_P.MANAGE_POLICY,),
    cmd.WithdrawPolicy: (_P.MANAGE_POLICY,),
    cmd.AcknowledgeAlert: (_P.SEE_TO_ALERTS,),
    # The watcher's alone: nobody who asks from outside may.
    cmd.RaiseAlert: (),
    cmd.ClearAlert: (),
    cmd.CloseDay: (_P.CLOSE_DAY,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who sends a command.

    `id` is the device's name or the user's account; `counter` binds a rating pad or a token to its
    own desk; `grants` are what this user may do beyond the role.
    """

    role: Role
    id: str
    branch: BranchId
    counter: CounterId | None = None
    grants: frozenset[Permission] = field(default=frozenset())
    name: str = ""
    title: str = ""
    #: Which device it is; empty for whoever is none.
    device: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.role.value}:{self.id}"

    def may(self, permission: Permission) -> bool:
        """Whether the actor has this permission, by role or by grant."""
        return permission in MAY[self.role] or permission in self.grants

    @property
    def is_staff(self) -> bool:
        """Whether the actor is a person who signed in."""
        return self.role in STAFF


def require(actor: Actor, command: cmd.AnyCommand) -> None:
    """Raise `NotAllowed` unless the actor may send this command here.

    Another branch's things answer as unknown, never as forbidden (rule O2).
    """
    if command.branch != actor.branch:
        raise errors.UnknownBranch(branch=command.branch)
    if not any(actor.may(permission) for permission in NEEDS[type(command)]):
        raise errors.NotAllowed(command=type(command).__name__)
    counter = getattr(command, "counter", None)
    if actor.counter is not None and counter is not None and counter != actor.counter:
        raise errors.NotAllowed(command=type(command).__name__)

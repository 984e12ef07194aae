"""Refusals. The class is the reason, `code` is stable, `args_` fill the sentence on the screen.

The sentence itself lives in the language catalogues under `error.<code>`; a test fails when a
refusal has no sentence there.
"""

from typing import ClassVar


class Refused(Exception):
    """A command that the rules do not allow. Nothing was written."""

    code: ClassVar[str] = "refused"
    #: What a caller may do about it: 404 unknown thing, 409 wrong moment, 422 wrong content.
    status: ClassVar[int] = 409

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.code, facts)
        self.facts: dict[str, str | int] = facts


class UnknownBranch(Refused):
    """No branch has this id, or the caller may not see it (rule O2)."""

    code = "unknown_branch"
    status = 404


class UnknownQueue(Refused):
    """The branch has no such queue."""

    code = "unknown_queue"
    status = 404


class UnknownService(Refused):
    """The branch offers no such service."""

    code = "unknown_service"
    status = 404


class UnknownProcedure(Refused):
    """The service has no such procedure."""

    code = "unknown_procedure"
    status = 404


class UnknownCounter(Refused):
    """The branch has no such counter."""

    code = "unknown_counter"
    status = 404


class UnknownTicket(Refused):
    """The branch has no such ticket."""

    code = "unknown_ticket"
    status = 404


class UnknownPriority(Refused):
    """The policy has no such priority class."""

    code = "unknown_priority"
    status = 422


class PriorityNotDeclarable(Refused):
    """This class is given by an officer with a reason, never at the kiosk."""

    code = "priority_not_declarable"
    status = 422


class UnknownOutcome(Refused):
    """The catalogue has no such outcome for this service."""

    code = "unknown_outcome"
    status = 422


class ServiceRequired(Refused):
    """A ticket needs a service or a queue, and the two must belong together."""

    code = "service_required"
    status = 422


class ReasonRequired(Refused):
    """This step is only taken with a reason."""

    code = "reason_required"
    status = 422


class BadValue(Refused):
    """A field holds a value that cannot be used."""

    code = "bad_value"
    status = 422


class QueueClosed(Refused):
    """The queue takes no tickets at this hour."""

    code = "queue_closed"


class SeriesFull(Refused):
    """The queue has used its last number of the day (rule N8)."""

    code = "series_full"


class UnknownNotice(Refused):
    """No such notice is on the walls: it was taken down, or its time is over."""

    code = "unknown_notice"
    status = 404


class UnknownAlert(Refused):
    """The branch has no such alert."""

    code = "unknown_alert"
    status = 404


class UnknownPolicy(Refused):
    """The branch has no such draft, version or date of a calling policy."""

    code = "unknown_policy"
    status = 404


class PolicyOutOfRange(Refused):
    """A number of a calling policy lies outside what is allowed."""

    code = "policy_out_of_range"
    status = 422


class BadPolicy(Refused):
    """A calling policy contradicts itself; `policy_fault` says how."""

    code = "bad_policy"
    status = 422


class PolicyChanged(Refused):
    """Somebody else published, or changed the draft, since the caller looked."""

    code = "policy_changed"


class PolicyPending(Refused):
    """Another policy is put down for a day that has not come; it is withdrawn first."""

    code = "policy_pending"


class PolicySame(Refused):
    """It is the policy in force already."""

    code = "policy_same"


class UnknownBlock(Refused):
    """The kiosk holds no such number block."""

    code = "unknown_block"
    status = 404


class CounterOccupied(Refused):
    """Another officer is already at this counter (rule D6)."""

    code = "counter_occupied"


class OfficerElsewhere(Refused):
    """The officer has another counter: one at a time."""

    code = "officer_elsewhere"


class UnknownOfficer(Refused):
    """No officer of the branch has this account."""

    code = "unknown_officer"
    status = 404


class RecallFirst(Refused):
    """The policy wants more recalls before a no-show."""

    code = "recall_first"


class NumberTaken(Refused):
    """A ticket of today has this number already."""

    code = "number_taken"


class DayCloseChoice(Refused):
    """The policy asks what becomes of those who still wait."""

    code = "day_close_choice"
    status = 422


class UnknownFollowUp(Refused):
    """The visit needs no follow-up, or it has been settled."""

    code = "unknown_follow_up"
    status = 404


class CounterNotOpen(Refused):
    """The counter is closed or paused: nobody is there to serve."""

    code = "counter_not_open"


class CounterAlreadyOpen(Refused):
    """The counter is open already."""

    code = "counter_already_open"


class CallOpen(Refused):
    """The counter has a ticket called or being served: end that first (rule D5)."""

    code = "call_open"


class NoOpenCall(Refused):
    """The counter has no ticket called or being served."""

    code = "no_open_call"


class WrongState(Refused):
    """The ticket is in a state from which this step does not exist (rule D4)."""

    code = "wrong_state"


class TicketStale(Refused):
    """The ticket changed, or its day is over, since the caller looked at it."""

    code = "ticket_stale"


class TicketElsewhere(Refused):
    """The ticket is held by another counter."""

    code = "ticket_elsewhere"


class NothingToUndo(Refused):
    """The last step of this counter cannot be undone, or its time is over."""

    code = "nothing_to_undo"


class NobodyBehind(Refused):
    """Nobody of the same line waits behind this ticket."""

    code = "nobody_behind"


class YieldRefused(Refused):
    """The policy lets nobody go first, or this ticket has done so often enough."""

    code = "yield_refused"


class AlreadyRated(Refused):
    """This visit has been rated: one rating a visit."""

    code = "already_rated"


class RatingClosed(Refused):
    """The visit is not finished, or the time to rate it has passed."""

    code = "rating_closed"


class NotAllowed(Refused):
    """The caller's role does not include this command."""

    code = "not_allowed"
    status = 403


class IdempotencyConflict(Refused):
    """The same command id came with a different content (rule D2)."""

    code = "idempotency_conflict"


class RosterRefused(Refused):
    """The roster has a mistake: `place` counts its shifts from 1, `mistake` is the code of it."""

    code = "roster_refused"
    status = 422


class RosterChanged(Refused):
    """The configuration is another by now than the one from which this roster was made."""

    code = "roster_changed"


class DayClosedAlready(Refused):
    """The business day is closed already."""

    code = "day_closed_already"

"""A visit: one ticket measured from its issue to its end (measures.md §2).

All durations are whole seconds, so that sums, means and percentiles of stored visits are exact and
the same on every database. None = it did not happen, or not yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from server.domain import events as ev
from server.domain import hours
from server.domain.catalogue import Catalogue
from server.domain.ids import QueueId, TicketId
from server.domain.measures import Stage
from server.domain.ticket import Status, Ticket

#: Changed when a definition below changes: figures name the version they were counted by.
VERSION: Final = 2

#: Cancelled with these codes there never was a visit: nobody held the number. They are counted by
#: themselves, so that no number disappears (measures.md §4.4).
VOID: Final = frozenset({"mistake", "print_failure"})
#: Its holder was given another number for the same press: nothing to count.
_REPLACED: Final = "replaced"
#: What staff took back, or a kiosk could not print. An officer may cancel a visit that there was.
_TAKEN_BACK: Final = VOID | {"officer"}
_DAY_CLOSE: Final = "day_close"
_NO_SHOW: Final = ev.NoShowRecorded.__name__


class End(StrEnum):
    """How a visit ended."""

    SERVED = "served"
    NO_SHOW = "no_show"
    #: Given up or taken back before it was served: "abandoned, known".
    LEFT = "left"
    #: Nobody had served it when the day was closed.
    UNSERVED = "unserved"
    #: Not ended.
    OPEN = "open"
    #: There was no visit: only how many such numbers there were is counted.
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a ticket counts for. `queue` and `service` are what the person came for first."""

    ticket: TicketId
    number: str
    business_date: date
    #: Local hour of issue, 0-23.
    hour: int
    queue: str
    service: str
    procedure: str
    #: The counter and officer that called it last; empty when nobody did.
    counter: str
    officer: str
    channel: str
    #: "priority" for any declared class, which one is forgotten after the day; else "normal".
    priority: str
    end: End
    #: The outcome code of a served visit, the cancellation's code, or the end.
    outcome: str
    #: Issue, or the published opening when that is later, to the first start of service.
    wait_s: int | None
    #: The same to the first call.
    wait_call_s: int | None
    #: The wait without published closed time (lunch): for staffing, not for the citizen.
    wait_open_s: int | None
    #: All waits: the first, and each later one from re-queueing to the next start of service.
    wait_total_s: int | None
    #: Age of a visit that nobody served: at its first call (no-show), at its end, or now.
    age_s: int | None
    #: Set aside, for the citizen's own reasons: neither wait nor service.
    parked_s: int
    #: Sum of the stretches of service; None before there was one.
    service_s: int | None
    #: The call that the first start of service followed, to that start.
    walk_s: int | None
    #: Issue to the last completion; served visits only.
    sojourn_s: int | None
    recalls: int
    transfers: int
    parks: int
    #: Further services in the same visit.
    added: int
    #: The rating, 1-5.
    level: int | None
    #: What was read on the sheet at the kiosk: "" | "ready" | "guidance".
    readiness: str


#: A void ticket is where and when it was taken, and no more.
_NOTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(("wait_s", "wait_call_s", "wait_open_s", "wait_total_s", "age_s")),
    **dict.fromkeys(("service_s", "walk_s", "sojourn_s", "level")),
    **dict.fromkeys(("parked_s", "recalls", "transfers", "parks", "added"), 0),
    "readiness": "",
}


def visit_of(
    ticket: Ticket, stages: Sequence[Stage], catalogue: Catalogue, now: datetime
) -> Visit | None:
    """The visit of a ticket with its stages in order, seen at `now`; None for a replaced ticket."""
    if ticket.status is Status.CANCELLED and ticket.outcome == _REPLACED:
        return None
    first, last = stages[0], _last_called(stages)
    began = hours.published_opening(catalogue.hours, catalogue.zone, first.queue, ticket.issued_at)
    started = next((s.started_at for s in stages if s.started_at), None)
    called = next((s.called_at for s in stages if s.called_at), None)
    end = _end(ticket, stages[-1])
    #: A no-show is as old as at its first call; whom nobody served in the end, as at that end.
    until = ticket.ended_at if end is End.UNSERVED else called or ticket.ended_at or now
    wait_s = _seconds(began, started)
    visit = Visit(
        ticket=ticket.id,
        number=ticket.number,
        # A ticket that was carried over keeps the day of its issue.
        business_date=ticket.issued_at.astimezone(catalogue.zone).date(),
        hour=ticket.issued_at.astimezone(catalogue.zone).hour,
        queue=first.queue,
        service=first.service,
        procedure=ticket.procedure or "",
        counter=(last.counter or "") if last else "",
        officer=last.officer if last else "",
        channel=ticket.channel,
        priority="priority" if ticket.priority else "normal",
        end=end,
        outcome=ticket.outcome or end.value,
        wait_s=wait_s,
        wait_call_s=_seconds(began, called),
        wait_open_s=_open_s(catalogue, first.queue, began, started),
        wait_total_s=None if wait_s is None else wait_s + _later_waits_s(stages),
        age_s=None if started else _seconds(began, until),
        parked_s=_parked_s(stages),
        service_s=_service_s(stages),
        walk_s=next((_seconds(s.called_at, s.started_at) for s in stages if s.started_at), None),
        sojourn_s=_seconds(ticket.issued_at, ticket.ended_at) if end is End.SERVED else None,
        recalls=sum(max(0, s.calls - 1) for s in stages),
        transfers=sum(s.end == "TicketTransferred" for s in stages),
        parks=sum(s.end == "TicketParked" for s in stages),
        added=sum(s.end == "ServiceAdded" for s in stages),
        level=ticket.level,
        readiness=ticket.readiness,
    )
    return replace(visit, **_NOTHING) if end is End.VOID else visit


def is_taken_back(visit: Visit) -> bool:
    """Whether staff took the number back: "voided" of measures.md §4.4."""
    return visit.end is not End.SERVED and visit.outcome in _TAKEN_BACK


def is_within(visit: Visit, target_s: float) -> bool | None:
    """SLA_T of measures.md §2: was it in time? None = left out of the share.

    Left out are no-shows called within the target, whom the wait did not drive away, and who left
    before any call. Who is still waiting counts only once the target is missed for certain.
    """
    if visit.wait_s is not None:
        return visit.wait_s <= target_s
    if visit.end is End.LEFT or visit.age_s is None:
        return None
    return False if visit.age_s > target_s else None


def _end(ticket: Ticket, last: Stage) -> End:
    match ticket.status:
        case Status.SERVED:
            return End.SERVED
        case Status.NO_SHOW:
            return End.NO_SHOW
        case Status.CANCELLED if ticket.outcome in VOID:
            return End.VOID
        case Status.CANCELLED if last.end == _NO_SHOW:
            # Cancelling it afterwards, by hand or at the close of the day, hides no no-show.
            return End.NO_SHOW
        case Status.CANCELLED if ticket.outcome == _DAY_CLOSE:
            return End.UNSERVED
        case Status.CANCELLED:
            return End.LEFT
        case _:
            return End.OPEN


def _last_called(stages: Sequence[Stage]) -> Stage | None:
    return next((s for s in reversed(stages) if s.called_at), None)


def _seconds(since: datetime | None, until: datetime | None) -> int | None:
    """Whole seconds, rounded down; people called before the published opening did not wait."""
    if since is None or until is None:
        return None
    return max(0, int((until - since).total_seconds()))


def _open_s(
    catalogue: Catalogue, queue: QueueId, since: datetime, until: datetime | None
) -> int | None:
    if until is None:
        return None
    return int(
        hours.open_time(catalogue.hours, catalogue.zone, queue, since, until).total_seconds()
    )


def _later_waits_s(stages: Sequence[Stage]) -> int:
    """Waits after a transfer or a return, each from re-queueing to the next start of service."""
    first = next(i for i, s in enumerate(stages) if s.started_at)
    return sum(_seconds(s.entered_at, s.started_at) or 0 for s in stages[first + 1 :])


def _parked_s(stages: Sequence[Stage]) -> int:
    """From each parking to the return."""
    return sum(
        _seconds(before.ended_at, after.entered_at) or 0
        for before, after in pairwise(stages)
        if before.end == "TicketParked"
    )


def _service_s(stages: Sequence[Stage]) -> int | None:
    stretches = [_seconds(s.started_at, s.ended_at) for s in stages if s.started_at and s.ended_at]
    return sum(s or 0 for s in stretches) if stretches else None

"""Follow-ups: visits rated 1 or 2, which a manager looks into by a day that is promised."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from server.domain import events as ev
from server.domain import hours
from server.domain.catalogue import Hours
from server.domain.ids import CounterId, ServiceId, TicketId
from server.domain.ticket import Ticket

#: A rating of at most this opens one.
LOW: Final = 2
#: Why a visit may be rated so low.
REASONS: Final = ("wait", "guidance", "supplement", "attitude", "other")
#: No office is closed for longer than this on end.
_FURTHEST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One visit to look into. Instants are aware UTC, `due_on` is a day of the branch."""

    ticket: TicketId
    number: str
    service: ServiceId
    counter: CounterId | None
    officer: str
    level: int
    reasons: str
    opened_at: datetime
    due_on: date
    settled_at: datetime | None = None
    settled_by: str = ""
    note: str = ""


def due_on(configured: Hours, day: date, working_days: int) -> date:
    """The day so many working days after `day`; calendar days where the office has no hours."""
    due = day
    for n in range(1, _FURTHEST + 1):
        if not working_days:
            break
        due = day + timedelta(days=n)
        if hours.windows_of(configured, due):
            working_days -= 1
    return due


def opened(event: ev.FollowUpOpened, ticket: Ticket, at: datetime) -> FollowUp:
    """The row of a visit that was rated low."""
    return FollowUp(
        ticket=ticket.id,
        number=ticket.number,
        service=ticket.service,
        counter=ticket.counter,
        officer=ticket.officer,
        level=event.level,
        reasons=",".join(event.reasons),
        opened_at=at,
        due_on=event.due_on,
    )


def settled(known: FollowUp, event: ev.FollowUpSettled, at: datetime, by: str) -> FollowUp:
    """The row once somebody said what came of it."""
    return replace(known, settled_at=at, settled_by=by, note=event.note)

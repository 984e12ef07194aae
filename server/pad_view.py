"""What the rating pad at a counter sees: who serves there, which number, and whether to ask."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from server import replies
from server.changes import Row
from server.domain.ids import CounterId, TicketId
from server.domain.state import BranchState
from server.domain.ticket import Status, Ticket

if TYPE_CHECKING:
    from server.views import View

_TOKEN_LENGTH: Final = 24


def pads(view: "View") -> dict[str, Row]:
    """A row for each counter. `ask` is about the visit that ended there last, while it may be rated."""
    return {c.id: _pad(view, c.id, c.number) for c in view.catalogue.counters}


def _pad(view: "View", counter: CounterId, number: int) -> Row:
    state = view.state.counter(counter)
    current = view.state.ticket(state.ticket) if state.ticket else None
    return {
        "id": counter,
        "number": number,
        "status": state.status.value,
        "officer": state.officer,
        "title": state.title,
        "pause_reason": state.pause_reason,
        "return_at": replies.instant(state.return_at),
        "current": (
            {"number": current.number, "status": current.status.value} if current else None
        ),
        "ask": _ask(view, state.served),
    }


def _ask(view: "View", served: TicketId | None) -> Row | None:
    ticket = view.state.ticket(served) if served else None
    if ticket is None or ticket.ended_at is None or ticket.level is not None:
        return None
    until = ticket.ended_at + timedelta(seconds=view.catalogue.policy.rating_pad_seconds)
    if ticket.status is not Status.SERVED or until <= view.now:
        return None
    return {
        "number": ticket.number,
        "token": visit_token(ticket),
        "language": ticket.language,
        "until": replies.instant(until),
        "seconds": view.catalogue.policy.rating_pad_seconds,
    }


def visit_token(ticket: Ticket) -> str:
    """What a pad says to rate this visit and no other.

    A ticket's id is a secret nobody can guess, and this does not tell it. Once the visit is rated,
    or served again after an undo, the token is worth nothing.
    """
    visit = f"pad:{ticket.id}:{ticket.ended_at}".encode()
    return hashlib.sha256(visit).hexdigest()[:_TOKEN_LENGTH]


def rated_visit(state: BranchState, counter: CounterId, token: str) -> TicketId | None:
    """The visit that a pad's token stands for: the last one of its own counter, or none."""
    served = state.counter(counter).served
    ticket = state.ticket(served) if served else None
    return ticket.id if ticket and visit_token(ticket) == token else None

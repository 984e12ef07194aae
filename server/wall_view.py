"""What the wall displays know besides the calls: who serves where, and when the doors are open."""

from typing import TYPE_CHECKING

from server import replies
from server.changes import Row
from server.domain import hours
from server.domain.catalogue import Counter

if TYPE_CHECKING:
    from server.views import View


def counters(view: "View") -> dict[str, Row]:
    """Every counter, for walls that show them all and for the sign above one of them."""
    return {c.id: _counter(view, c) for c in view.catalogue.counters}


def _counter(view: "View", configured: Counter) -> Row:
    counter = view.state.counter(configured.id)
    ticket = view.state.ticket(counter.ticket) if counter.ticket else None
    return {
        "id": configured.id,
        "number": configured.number,
        "status": counter.status.value,
        "direction": configured.direction.value,
        "officer": counter.officer,
        "title": counter.title,
        "ticket": ticket.number if ticket else None,
        "ticket_status": ticket.status.value if ticket else None,
        "return_at": replies.instant(counter.return_at),
        "queues": list(configured.queues),
    }


def hall(view: "View") -> dict[str, Row]:
    """When the doors are open today, and when next: outside these times a wall is dark."""
    rules, zone = view.catalogue.hours, view.catalogue.zone
    doors = [hours.next_doors(rules, zone, q.id, view.now) for q in view.catalogue.queues]
    next_doors = min(filter(None, doors), default=None)
    sessions = [
        [replies.instant(s.doors), replies.instant(s.closes)]
        for s in hours.sessions(rules, zone, view.day)
    ]
    last = max((s.last_ticket for s in hours.sessions(rules, zone, view.day)), default=None)
    today = {
        "id": "today",
        "sessions": sessions,
        "next_doors": replies.instant(next_doors),
        # Until when numbers are given; none any more once the day was closed.
        "last_ticket": None if view.state.closed_date == view.day else replies.instant(last),
    }
    return {"today": today}

"""From a figure down to its visits, and from a visit down to everything that happened to it."""

import heapq
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, ScalarSelect, func, select, tuple_

from server import codec, queries, replies, reports, tables, visits
from server.domain.errors import UnknownTicket
from server.domain.ids import BranchId, TicketId
from server.domain.visits import VERSION, Visit
from server.figure_tables import sealed_days
from server.figure_tables import visits as visit_rows

#: What of a visit a manager sees; the officer only with the permission.
_SHOWN = (
    *("ticket", "number", "hour", "queue", "service", "procedure", "counter", "channel"),
    *("priority", "outcome", "wait_s", "wait_call_s", "service_s", "recalls", "transfers"),
    *("parks", "level"),
)


def visits_behind(
    engine: Engine,
    question: reports.Question,
    now: datetime,
    *,
    after: str = "",
    limit: int = 100,
    with_officer: bool = False,
) -> dict[str, Any]:
    """The visits that a figure of one branch counts, in order of their issue, a page at a time.

    `after` is the `next` of the page before. Raises `UnknownBranch`, ValueError when it is not,
    and `BadValue` for a bad period.
    """
    reports.refuse_bad_period(question)
    branch = question.branches[0]
    with queries.reading(engine) as connection:
        open_visits = reports.open_visits(connection, question, now)
        v, d = visit_rows.c, sealed_days.c
        sealed = select(d.business_date).where(d.branch_id == branch, d.version == VERSION)
        stored = reports.chosen_visits(branch, question).where(v.business_date.in_(sealed))
        total = connection.scalar(select(func.count()).select_from(stored.subquery())) or 0
        place = tuple_(v.business_date, v.hour, v.number, v.ticket)
        page = stored.order_by(*place.clauses)
        if after:
            last = _read_place(after)
            page = page.where(place > tuple_(*last))
            later = [v for v in open_visits if _place(v) > last]
        else:
            later = open_visits
        rows = connection.execute(page.limit(limit + 1)).mappings().all()
    # A day is sealed as a whole or not at all, so by their dates the two are in one order.
    stored_visits = map(visits.of_row, rows)
    found = list(heapq.merge(stored_visits, later, key=lambda visit: visit.business_date))
    return {
        "total": total + len(open_visits),
        "visits": [_shown(visit, with_officer=with_officer) for visit in found[:limit]],
        "next": _written(found[limit - 1]) if len(found) > limit else None,
    }


_Place = tuple[date, int, str, str]


def _place(visit: Visit) -> _Place:
    return visit.business_date, visit.hour, visit.number, visit.ticket


def _written(visit: Visit) -> str:
    return f"{visit.business_date}~{visit.hour:02d}~{visit.number}~{visit.ticket}"


def _read_place(text: str) -> _Place:
    """The place that `_written` wrote. Raises ValueError."""
    day, hour, number, ticket = text.split("~")
    if int(hour) not in range(24) or "\0" in text:
        raise ValueError(text)
    return date.fromisoformat(day), int(hour), number, ticket


def _shown(visit: Visit, *, with_officer: bool) -> dict[str, Any]:
    shown = {name: getattr(visit, name) for name in _SHOWN}
    shown |= {"business_date": visit.business_date.isoformat(), "end": visit.end.value}
    return shown | ({"officer": visit.officer} if with_officer else {})


def story(engine: Engine, branch: BranchId, ticket: TicketId) -> dict[str, Any]:
    """Every event of a ticket of the branch, and who was called before it and why they stood so.

    Values that expire are left out. Raises `UnknownTicket`.
    """
    with queries.reading(engine) as connection:
        t = tables.tickets
        row = connection.execute(
            select(t).where(t.c.id == ticket, t.c.branch_id == branch)
        ).mappings().first()  # fmt: skip
        if row is None:
            raise UnknownTicket(ticket=ticket)
        events = queries.events_of_ticket(connection, branch, ticket)
        queue = events[0].event.queue  # type: ignore[union-attr]
        before = _called_before(connection, branch, row, queue)
    return {
        "ticket": ticket,
        "number": row["number"],
        "queue": queue,
        "events": [
            {
                "seq": recorded.seq,
                "at": replies.instant(recorded.at),
                "type": recorded.type,
                "actor": recorded.actor,
                "payload": codec.split(recorded.event)[0],
            }
            for recorded in events
        ],
        "ahead": [n for n, issued_at in before if issued_at <= row["issued_at"]],
        "overtaken_by": [n for n, issued_at in before if issued_at > row["issued_at"]],
    }


def _called_before(
    connection: Connection, branch: BranchId, row: Any, queue: str
) -> list[tuple[str, datetime]]:
    """Who of its queue was called between its issue and its own first call, in that order."""
    called_at = row["first_called_at"]
    if called_at is None:
        return []
    t, s, e = tables.tickets, tables.stages, tables.event_log

    def first_call(ticket: Any) -> ScalarSelect[Any]:
        calls = select(func.min(e.c.seq)).where(
            e.c.branch_id == branch, e.c.ticket_id == ticket, e.c.type == "TicketCalled"
        )
        return calls.scalar_subquery()

    query = (
        select(t.c.number, t.c.issued_at)
        .join(s, (s.c.ticket == t.c.id) & (s.c.ordinal == 1))
        .where(
            t.c.branch_id == branch,
            s.c.queue == queue,
            t.c.first_called_at >= row["issued_at"],
            (t.c.first_called_at < called_at)
            # Of two calls of one instant the log knows which came first.
            | ((t.c.first_called_at == called_at) & (first_call(t.c.id) < first_call(row["id"]))),
            t.c.id != row["id"],
        )
        .order_by(t.c.first_called_at, first_call(t.c.id))
    )
    return [(number, issued_at) for number, issued_at in connection.execute(query)]

"""The figures of a day counted anew from the log, and every difference to what is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, func, select

from server import catalogues, queries, tables, visits
from server.domain import events as ev
from server.domain.ids import BranchId, TicketId
from server.domain.state import BranchState
from server.domain.visits import Visit, visit_of
from server.figure_tables import rollups, sealed_days
from server.figure_tables import visits as visit_rows
from server.tally import Tally


def differences(engine: Engine, branch: BranchId, days: Iterable[date] | None = None) -> list[str]:
    """What the stored figures of sealed days say otherwise than the log; all of them by default."""
    d = sealed_days.c
    with queries.reading(engine) as connection:
        query = select(d.business_date, d.visits).where(d.branch_id == branch)
        sealed = {row[0]: row[1] for row in connection.execute(query.order_by(d.business_date))}
        wanted = sealed if days is None else [day for day in days if day in sealed]
        return [
            f"{day}: {difference}"
            for day in wanted
            for difference in _of_day(connection, branch, day, sealed[day])
        ]


def sealed_count(engine: Engine, branch: BranchId) -> int:
    """How many days of a branch are sealed: those that `differences` looks at."""
    d = sealed_days.c
    with queries.reading(engine) as connection:
        query = select(func.count()).where(d.branch_id == branch)
        return connection.scalar(query) or 0


def _of_day(connection: Connection, branch: BranchId, day: date, count: int) -> Iterator[str]:
    recounted = {v.ticket: v for v in by_log(connection, branch, day)}
    stored = {v.ticket: v for v in _stored(connection, branch, day)}
    if count != len(stored):
        yield f"{count} visits were sealed, {len(stored)} are stored"
    for ticket in sorted(recounted.keys() | stored.keys()):
        mine, theirs = recounted.get(ticket), stored.get(ticket)
        if mine is None or theirs is None:
            yield f"ticket {ticket}: {'not in the log' if mine is None else 'not stored'}"
        elif mine != theirs:
            names = (f.name for f in fields(Visit))
            unequal = [n for n in names if getattr(mine, n) != getattr(theirs, n)]
            yield f"ticket {theirs.number} ({ticket}): {', '.join(unequal)} differ"
    yield from _added_up_otherwise(connection, branch, day, list(recounted.values()))


def _stored(connection: Connection, branch: BranchId, day: date) -> list[Visit]:
    v = visit_rows.c
    query = select(visit_rows).where(v.branch_id == branch, v.business_date == day)
    return [visits.of_row(row) for row in connection.execute(query).mappings()]


def by_log(connection: Connection, branch: BranchId, day: date) -> list[Visit]:
    """The visits of a day from its tickets' own events, without any row kept beside the log."""
    zone = queries.zone_of(connection, branch)
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    catalogue = catalogues.in_force(connection, branch, end)
    e = tables.event_log
    issued = select(e.c.ticket_id).where(
        e.c.branch_id == branch,
        e.c.seq > queries.seq_at(connection, branch, begin),
        e.c.seq <= queries.seq_at(connection, branch, end),
        e.c.type == ev.TicketIssued.__name__,
    )
    tickets = [TicketId(ticket) for ticket in connection.scalars(issued)]
    found = []
    for ticket, events in queries.events_of_tickets(connection, branch, tickets).items():
        state = BranchState(branch)
        for recorded in events:
            state.apply(recorded)
        row = state.tickets[ticket]
        visit = visit_of(row, state.stages[ticket], catalogue, end)
        if visit is not None:
            found.append(visit)
    return found


def _added_up_otherwise(
    connection: Connection, branch: BranchId, day: date, some: list[Visit]
) -> Iterator[str]:
    """Where a day's sums are not those of its visits."""
    zone = queries.zone_of(connection, branch)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    targets = visits.targets_of(catalogues.in_force(connection, branch, end))
    recounted = visits.tallies(
        visits.Day(date=day, targets=targets, visits=some, times={}), visits.DIMENSIONS
    )
    r = rollups.c
    query = select(r.dimension, r.key, r.tally).where(
        r.branch_id == branch, r.span == "day", r.since == day
    )
    stored = {(row[0], row[1]): Tally.from_json(row[2]) for row in connection.execute(query)}
    wanted = {(d, key): tally for d, keys in recounted.items() for key, tally in keys.items()}
    for place in sorted(stored.keys() | wanted.keys()):
        mine, theirs = wanted.get(place, Tally()), stored.get(place, Tally())
        unequal = [n for n in mine.counted() if mine.n.get(n, 0) != theirs.n.get(n, 0)]
        if unequal:
            yield f"{' '.join(place).strip()}: {', '.join(unequal)} differ"

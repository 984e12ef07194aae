"""The figures of a day counted anew from the log, and every difference to what is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from math import isclose

from sqlalchemy import Connection, Engine, func, select

from server import catalogues, queries, tables, visits
from server.domain import counter_time
from server.domain import events as ev
from server.domain.ids import BranchId, TicketId
from server.domain.measures import Stage
from server.domain.state import BranchState
from server.domain.visits import Visit, visit_of
from server.figure_tables import rollups, sealed_days
from server.figure_tables import visits as visit_rows
from server.tally import Tally

#: Dimension and key of a sum.
_Place = tuple[str, str]


def differences(engine: Engine, branch: BranchId, days: Iterable[date] | None = None) -> list[str]:
    """What the stored figures of sealed days say otherwise than the log; all of them by default."""
    d = sealed_days.c
    with queries.reading(engine) as connection:
        query = select(d.business_date, d.visits).where(d.branch_id == branch)
        sealed = {row[0]: row[1] for row in connection.execute(query.order_by(d.business_date))}
        wanted = sealed if days is None else [day for day in days if day in sealed]
        found = [
            f"{day}: {difference}"
            for day in wanted
            for difference in _of_day(connection, branch, day, sealed[day])
        ]
        if days is None:
            for span in ("month", "year"):
                found += _longer_otherwise(connection, branch, sealed, span)
        return found


def sealed_count(engine: Engine, branch: BranchId) -> int:
    """How many days of a branch are sealed: those that `differences` looks at."""
    d = sealed_days.c
    with queries.reading(engine) as connection:
        query = select(func.count()).where(d.branch_id == branch)
        return connection.scalar(query) or 0


def _of_day(connection: Connection, branch: BranchId, day: date, count: int) -> Iterator[str]:
    measured = by_log(connection, branch, day)
    recounted = {v.ticket: v for v in measured.visits}
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
    yield from _added_up_otherwise(connection, branch, measured)


def _stored(connection: Connection, branch: BranchId, day: date) -> list[Visit]:
    v = visit_rows.c
    query = select(visit_rows).where(v.branch_id == branch, v.business_date == day)
    return [visits.of_row(row) for row in connection.execute(query).mappings()]


def by_log(connection: Connection, branch: BranchId, day: date) -> visits.Day:
    """A day from its tickets' own events, without any row kept beside the log."""
    zone = queries.zone_of(connection, branch)
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    catalogue = catalogues.in_force(connection, branch, end)
    found: list[Visit] = []
    stages: list[Stage] = []
    tickets = _issued(connection, branch, begin, end)
    for ticket, events in queries.events_of_tickets(connection, branch, tickets).items():
        state = BranchState(branch)
        for recorded in events:
            state.apply(recorded)
        row = state.tickets[ticket]
        if not begin <= row.issued_at < end:
            continue
        stages += state.stages[ticket]
        visit = visit_of(row, state.stages[ticket], catalogue, end)
        if visit is not None:
            found.append(visit)
    spans = counter_time.spans(visits.counter_events(connection, branch, begin, end), end)
    return visits.Day(
        date=day,
        targets=visits.targets_of(catalogue),
        visits=found,
        times=counter_time.times(spans, stages, end),
    )


def _issued(
    connection: Connection, branch: BranchId, begin: datetime, end: datetime
) -> list[TicketId]:
    """The tickets given in this time, by the log or by their rows.

    A number that a kiosk gave by itself may be in the log much later than it was given.
    """
    e, t = tables.event_log, tables.tickets
    in_log = select(e.c.ticket_id).where(
        e.c.branch_id == branch,
        e.c.seq > queries.seq_at(connection, branch, begin),
        e.c.seq <= queries.seq_at(connection, branch, end),
        e.c.type == ev.TicketIssued.__name__,
    )
    by_row = select(t.c.id).where(
        t.c.branch_id == branch, t.c.issued_at >= begin, t.c.issued_at < end
    )
    found = {*connection.scalars(in_log), *connection.scalars(by_row)}
    return sorted(TicketId(ticket) for ticket in found)


def _added_up_otherwise(
    connection: Connection, branch: BranchId, measured: visits.Day
) -> Iterator[str]:
    """Where a day's sums are not those of its visits and counters."""
    recounted = visits.tallies(measured, visits.DIMENSIONS)
    wanted = {(d, key): tally for d, keys in recounted.items() for key, tally in keys.items()}
    yield from _unequal(wanted, _rolled(connection, branch, "day", measured.date, measured.date))


def _longer_otherwise(
    connection: Connection, branch: BranchId, sealed: Iterable[date], span: str
) -> Iterator[str]:
    """Where a month's or year's sums are not those of its days, or of one not over there are any."""
    r = rollups.c
    query = select(r.since).where(r.branch_id == branch, r.span == span).distinct()
    days = set(sealed)
    for since in sorted(connection.scalars(query)):
        last = visits.last_of(since, span)
        named = f"{since:%Y-%m}" if span == "month" else f"{since:%Y}"
        of_days = _rolled(connection, branch, "day", since, last)
        for difference in _unequal(of_days, _rolled(connection, branch, span, since, since)):
            yield f"{named}: {difference}"
        missing = (last - since).days + 1 - sum(since <= day <= last for day in days)
        if missing:
            yield f"{named}: added up without {missing} of its days"


def _rolled(
    connection: Connection, branch: BranchId, span: str, first: date, last: date
) -> dict[_Place, Tally]:
    r = rollups.c
    query = select(r.dimension, r.key, r.tally).where(
        r.branch_id == branch, r.span == span, r.since.between(first, last)
    )
    found: dict[_Place, Tally] = {}
    for dimension, key, text in connection.execute(query.order_by(r.since)):
        tally = Tally.from_json(text)
        if (dimension, key) in found:
            found[dimension, key].merge(tally)
        else:
            found[dimension, key] = tally
    return found


def _unequal(wanted: dict[_Place, Tally], stored: dict[_Place, Tally]) -> Iterator[str]:
    for place in sorted(stored.keys() | wanted.keys()):
        names = _names(wanted.get(place, Tally()), stored.get(place, Tally()))
        if names:
            yield f"{' '.join(place).strip()}: {', '.join(names)} differ"


def _names(mine: Tally, theirs: Tally) -> list[str]:
    """What two tallies count or spread differently."""
    found = sorted(
        n for n in mine.counted() | theirs.counted() if mine.n.get(n, 0) != theirs.n.get(n, 0)
    )
    # Sums of fractions depend on the order of adding in their last digits.
    found += sorted(
        n
        for n in mine.sums.keys() | theirs.sums.keys()
        if not isclose(mine.sums.get(n, 0.0), theirs.sums.get(n, 0.0), abs_tol=1e-6)
    )
    spreads, stored = mine.sketches(), theirs.sketches()
    found += [f"spread of {n}" for n in spreads if spreads[n] != stored[n]]
    return found + (["ratings by wait"] if mine.cells != theirs.cells else [])

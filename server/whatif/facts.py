"""A day of a branch as what-if needs it: tickets, stages, and what its counters did. Raw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, select

from server import catalogues, queries, rows, tables
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId, CounterId, TicketId
from server.domain.measures import Stage
from server.domain.state import BranchState
from server.domain.ticket import Ticket

#: (ticket, instant of the transfer) -> the counter or the officer it was sent to alone.
Directed = Mapping[tuple[TicketId, datetime], tuple[CounterId | None, str | None]]

_KINDS = (
    ev.CounterOpened, ev.CounterHandedOver, ev.CounterPaused, ev.CounterResumed, ev.CounterClosed,
    ev.CounterReleased, ev.TicketTransferred,
)  # fmt: skip
_NAMES = tuple(kind.__name__ for kind in _KINDS)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything recorded of one local day, and the configuration that was in force at its end."""

    catalogue: Catalogue
    day: date
    tickets: Sequence[Ticket]
    stages: Mapping[TicketId, Sequence[Stage]]
    #: Counter events and transfers, in order.
    events: Sequence[ev.Recorded]

    @property
    def midnight(self) -> datetime:
        """The instant the day begins; seconds of a trace count from it."""
        return datetime.combine(self.day, time(), self.catalogue.zone)

    @property
    def directed(self) -> Directed:
        """Transfers to one counter or officer."""
        return {
            (r.ticket, r.at): (e.to_counter, e.to_officer)
            for r in self.events
            if r.ticket and isinstance(e := r.event, ev.TicketTransferred) and _is_directed(e)
        }


def _is_directed(event: ev.TicketTransferred) -> bool:
    return bool(event.to_counter or event.to_officer)


def of_state(
    catalogue: Catalogue, state: BranchState, events: Iterable[ev.Recorded], day: date
) -> Facts:
    """The day from a branch in memory, which must not have forgotten it."""
    tickets = [t for t in state.tickets.values() if t.business_date == day]
    return Facts(
        catalogue=catalogue,
        day=day,
        tickets=sorted(tickets, key=lambda t: (t.issued_at, t.id)),
        stages={t.id: state.stages.get(t.id, []) for t in tickets},
        events=[r for r in events if isinstance(r.event, _KINDS)],
    )


def load(connection: Connection, branch: BranchId, day: date) -> Facts:
    """The day from the database. Raises `UnknownBranch`."""
    zone = queries.zone_of(connection, branch)
    since = datetime.combine(day, time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    catalogue = catalogues.in_force(connection, branch, until)
    t, s, e = tables.tickets.c, tables.stages.c, tables.event_log.c
    of_day = (t.branch_id == branch) & (t.business_date == day)
    found = connection.execute(select(tables.tickets).where(of_day).order_by(t.issued_at, t.id))
    tickets = [rows.ticket_of(row) for row in found.mappings()]
    own = select(t.id).where(of_day)
    stages: dict[TicketId, list[Stage]] = {}
    query = select(tables.stages).where(s.ticket.in_(own)).order_by(s.ticket, s.ordinal)
    for row in connection.execute(query).mappings():
        stages.setdefault(row["ticket"], []).append(rows.stage_of(row))
    first, last = (queries.seq_at(connection, branch, at) for at in (since, until))
    query = (
        select(tables.event_log)
        .where(e.branch_id == branch, e.seq > first, e.seq <= last, e.type.in_(_NAMES))
        .order_by(e.seq)
    )
    events = [queries.recorded_of(row, {}) for row in connection.execute(query).mappings()]
    return Facts(catalogue=catalogue, day=day, tickets=tickets, stages=stages, events=events)


def days_with_visits(
    connection: Connection, branch: BranchId, since: date, until: date
) -> list[date]:
    """The days of a period on which tickets were given, in order."""
    t = tables.tickets.c
    query = (
        select(t.business_date)
        .where(t.branch_id == branch, t.business_date.between(since, until))
        .distinct()
        .order_by(t.business_date)
    )
    return list(connection.scalars(query))

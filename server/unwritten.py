"""What a transaction changed and has not written yet: all of a kind goes in one statement."""

from collections import Counter as Tally
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table

from server import rows, statements, tables
from server.domain.blocks import NumberBlock
from server.domain.counters import CounterState
from server.domain.follow_ups import FollowUp
from server.domain.ids import BranchId, CounterId, QueueId, TicketId
from server.domain.measures import Stage
from server.domain.ticket import AT_COUNTER, Ticket

#: A queue and a class, '' for none.
Lane = tuple[QueueId, str]


class Unwritten:
    """The changes to a branch since the last `write`, each row as it is to be."""

    def __init__(self, connection: Connection, branch: BranchId) -> None:
        self._connection = connection
        self._branch = branch
        #: Columns of the branch's own row.
        self.branch: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.facts: list[dict[str, Any]] = []
        self.documents: list[tuple[Table, dict[str, Any]]] = []
        self.counters: dict[CounterId, CounterState] = {}
        self.stages: dict[tuple[TicketId, int], Stage] = {}
        self.follow_ups: dict[TicketId, FollowUp] = {}
        self.blocks: dict[str, NumberBlock] = {}
        self.tallies: dict[str, int] = {}
        self.serials: dict[tuple[QueueId, date], int] = {}
        #: By how many people each lane grew.
        self.arrivals: Tally[Lane] = Tally()
        self._tickets: dict[TicketId, Ticket] = {}
        self._new: set[TicketId] = set()
        self._dropped_stages: list[dict[str, Any]] = []

    def put_ticket(self, ticket: Ticket, *, is_new: bool) -> None:
        """Keep the row; `is_new` where there is none of it yet, written or not."""
        self._tickets[ticket.id] = ticket
        if is_new:
            self._new.add(ticket.id)

    def drop_stage(self, stage: Stage) -> None:
        """Forget it, written or not."""
        self.stages.pop((stage.ticket, stage.ordinal), None)
        self._dropped_stages.append({"_ticket": stage.ticket, "_ordinal": stage.ordinal})

    def write(self) -> None:
        """Everything, in the order that the constraints want. Raises IntegrityError."""
        self._execute(tables.event_log.insert(), self.events)
        self._execute(tables.expiring_facts.insert(), self.facts)
        self._write_tickets()
        self._write_rows()
        self._write_counts()
        b = tables.branches
        change = b.update().where(b.c.id == self._branch).values(**self.branch)
        self._connection.execute(change)

    def _write_tickets(self) -> None:
        # Who leaves a counter is written before who comes to it: it holds one ticket (rule D5).
        for at_counter in (False, True):
            some = [t for t in self._tickets.values() if (t.status in AT_COUNTER) is at_counter]
            changed = [self._row_of(t) for t in some if t.id not in self._new]
            self._execute(rows.UPDATE_TICKET, (row | {"_id": row.pop("id")} for row in changed))
            new = (self._row_of(t) for t in some if t.id in self._new)
            self._execute(tables.tickets.insert(), new)

    def _write_rows(self) -> None:
        self._upsert(tables.counters, map(self._row_of, self.counters.values()))
        for dropped in self._dropped_stages:
            self._connection.execute(statements.DROP_STAGE, dropped)
        self._upsert(tables.stages, map(self._row_of, self.stages.values()))
        self._upsert(tables.follow_ups, map(self._row_of, self.follow_ups.values()))
        for table, row in self.documents:
            self._upsert(table, [row])

    def _write_counts(self) -> None:
        tallies = ({"pool": p, "normal_since": n} for p, n in self.tallies.items())
        self._upsert(tables.tallies, tallies)
        series = (
            {"queue": queue, "business_date": day, "last_serial": serial}
            for (queue, day), serial in self.serials.items()
        )
        self._upsert(tables.series, series)
        counts = (
            {"queue": queue, "priority": code, "people": change}
            for (queue, code), change in self.arrivals.items()
            if change
        )
        self._execute(rows.count_of(self._connection.dialect.name), counts)

    def _row_of(self, entity: Ticket | CounterState | Stage | FollowUp) -> dict[str, Any]:
        return rows.values_of(entity, self._branch)

    def _upsert(self, table: Table, values: Iterable[dict[str, Any]]) -> None:
        self._execute(rows.upsert_of(table, self._connection.dialect.name), values)

    def _execute(self, statement: Any, values: Iterable[dict[str, Any]]) -> None:
        if written := [{**row, "branch_id": self._branch} for row in values]:
            # A list, even of one row, is sent the way of many, which costs twice as much.
            self._connection.execute(statement, written if len(written) > 1 else written[0])

"""The write side: one writer per branch, one transaction, the log and its rows together."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, RowMapping, TextClause, bindparam, select, text
from sqlalchemy.dialects import postgresql, sqlite

from server import catalogues, codec, tables
from server.database import writing
from server.domain import errors, fold, numbering
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.counters import CounterState, CounterStatus
from server.domain.discipline import Candidate
from server.domain.estimate import Learned
from server.domain.ids import BranchId, CounterId, QueueId, TicketId
from server.domain.measures import Stage
from server.domain.state import candidate
from server.domain.ticket import AT_COUNTER, ELIGIBLE, Status, Ticket
from server.learning import learned_of
from server.replies import new_ticket_id

Fact = tuple[TicketId | None, ev.AnyEvent]

_TICKET_FIELDS = tuple(f.name for f in dataclasses.fields(Ticket))
_COUNTER_FIELDS = tuple(f.name for f in dataclasses.fields(CounterState))
_STAGE_FIELDS = tuple(f.name for f in dataclasses.fields(Stage))


def ticket_of(row: RowMapping) -> Ticket:
    """The ticket of a row of `tickets`."""
    values = {name: row[name] for name in _TICKET_FIELDS}
    return Ticket(**(values | {"status": Status(values["status"])}))


def counter_of(row: RowMapping) -> CounterState:
    """The counter of a row of `counters`."""
    values = {name: row[name] for name in _COUNTER_FIELDS}
    return CounterState(**(values | {"status": CounterStatus(values["status"])}))


def stage_of(row: RowMapping) -> Stage:
    """The stage of a row of `stages`."""
    return Stage(**{name: row[name] for name in _STAGE_FIELDS})


def values_of(entity: Ticket | CounterState | Stage, branch: BranchId) -> dict[str, Any]:
    """The row of an entity."""
    names = [f.name for f in dataclasses.fields(entity)]
    return {n: getattr(entity, n) for n in names} | {"branch_id": branch}


class BranchLog:
    """A branch inside the transaction that holds its lock: what handlers read, and `append`.

    Implements `domain.fold.Rows`; changed rows are written together by `flush`.
    """

    def __init__(self, connection: Connection, row: RowMapping, now: datetime) -> None:
        self.connection = connection
        self.branch = BranchId(row["id"])
        self.seq: int = row["last_seq"]
        # The log never runs backwards, also when the machine's clock does.
        self.now = max(now, row["last_at"]) if row["last_at"] else now
        self._versions = (row["catalogue_version"], row["policy_version"])
        self._time_zone: str = row["time_zone"]
        self.business_date = numbering.business_date(self.now, row["time_zone"])
        self.closed_date: date | None = row["closed_date"]
        self._branch_changes: dict[str, Any] = {}
        self._tickets: dict[TicketId, Ticket | None] = {}
        self._counters: dict[CounterId, CounterState] = {}
        self._stages: dict[TicketId, Stage | None] = {}
        self._clear_changes()

    def _clear_changes(self) -> None:
        self._new_tickets: set[TicketId] = set()
        self._changed_tickets: set[TicketId] = set()
        self._changed_counters: set[CounterId] = set()
        self._changed_stages: dict[tuple[TicketId, int], Stage] = {}
        self._events: list[dict[str, Any]] = []
        self._facts: list[dict[str, Any]] = []
        self._upserts: list[tuple[Any, dict[str, Any]]] = []
        self._people: dict[tuple[QueueId, str], int] = {}

    @cached_property
    def catalogue(self) -> Catalogue:
        """The branch as configured when its lock was taken."""
        return catalogues.load(self.connection, self.branch, *self._versions)

    @property
    def zone(self) -> ZoneInfo:
        """The branch's time zone."""
        return ZoneInfo(self._time_zone)

    def new_ticket_id(self) -> TicketId:
        """An id nobody can guess."""
        return new_ticket_id()

    # What handlers read --------------------------------------------------------------------
    def ticket(self, ticket: TicketId) -> Ticket | None:
        """The ticket with this id, if it is of this branch."""
        if ticket not in self._tickets:
            query = select(tables.tickets).where(
                tables.tickets.c.id == ticket, tables.tickets.c.branch_id == self.branch
            )
            row = self.connection.execute(query).mappings().first()
            self._tickets[ticket] = ticket_of(row) if row else None
        return self._tickets[ticket]

    def counter(self, counter: CounterId) -> CounterState:
        """The counter's row; a counter without events is closed."""
        if counter not in self._counters:
            query = select(tables.counters).where(tables.counters.c.id == counter)
            row = self.connection.execute(query).mappings().first()
            self._counters[counter] = counter_of(row) if row else CounterState(id=counter)
        return self._counters[counter]

    def counters(self) -> list[CounterState]:
        """Every counter that is not closed."""
        query = select(tables.counters.c.id).where(
            tables.counters.c.branch_id == self.branch, tables.counters.c.status != "closed"
        )
        return [self.counter(CounterId(c)) for c in self.connection.scalars(query)]

    def heads(self, queues: Sequence[QueueId]) -> list[Candidate]:
        """The earliest waiting ticket of each class of these queues: one index look-up a lane."""
        w = tables.waiting
        counted = select(w.c.queue, w.c.priority).where(
            w.c.branch_id == self.branch, w.c.queue.in_(queues), w.c.people > 0
        )
        lanes = [(queue, code) for queue, code in self.connection.execute(counted)]
        if not lanes:
            return []
        values: dict[str, str] = {"branch": self.branch}
        for n, (queue, code) in enumerate(lanes):
            values[f"queue{n}"] = queue
            if code:
                values[f"class{n}"] = code
        shape = tuple(bool(code) for _, code in lanes)
        return [
            Candidate(tables.instant(row[0]), *row[1:])
            for row in self.connection.execute(_heads_query(shape), values)
        ]

    def directed_to(self, counter: CounterId, officer: str) -> list[Candidate]:
        """Waiting tickets sent to this counter or officer alone."""
        t = tables.tickets
        query = select(t).where(
            t.c.branch_id == self.branch,
            tables.IS_WAITING,
            (t.c.to_counter == counter) | (t.c.to_officer == (officer or None)),
        )
        return [candidate(ticket_of(r)) for r in self.connection.execute(query).mappings()]

    def line(self, queue: QueueId) -> dict[str | None, list[Candidate]]:
        """A queue's waiting by class, in order of arrival."""
        t = tables.tickets
        query = (
            select(t)
            .where(
                t.c.branch_id == self.branch,
                t.c.queue == queue,
                tables.IS_WAITING,
                t.c.to_counter.is_(None),
                t.c.to_officer.is_(None),
            )
            .order_by(t.c.arrival_at, t.c.serial, t.c.id)
        )
        lanes: dict[str | None, list[Candidate]] = {}
        for row in self.connection.execute(query).mappings():
            lanes.setdefault(row["priority"], []).append(candidate(ticket_of(row)))
        return lanes

    def waiting_counts(self) -> dict[QueueId, int]:
        """How many wait, by queue."""
        w = tables.waiting
        query = select(w.c.queue, w.c.people).where(w.c.branch_id == self.branch)
        counts: dict[QueueId, int] = {}
        for queue, people in self.connection.execute(query):
            counts[queue] = counts.get(queue, 0) + people
        return counts

    def normal_since(self, pool: fold.Pool) -> int | None:
        """Normal calls made from this line since its last priority call."""
        y = tables.tallies
        query = select(y.c.normal_since).where(
            y.c.branch_id == self.branch, y.c.pool == "+".join(pool)
        )
        return self.connection.scalar(query)

    def last_serial(self, queue: QueueId) -> int | None:
        """The last number the queue gave today."""
        s = tables.series
        query = select(s.c.last_serial).where(
            s.c.branch_id == self.branch,
            s.c.queue == queue,
            s.c.business_date == self.business_date,
        )
        return self.connection.scalar(query)

    def unfinished(self) -> list[Ticket]:
        """Every ticket that has not ended, of any day."""
        t = tables.tickets
        open_states = [Status.WAITING, Status.CALLED, Status.SERVING, Status.PARKED]
        query = (
            select(t)
            .where(t.c.branch_id == self.branch, t.c.status.in_([s.value for s in open_states]))
            .order_by(t.c.arrival_at, t.c.serial, t.c.id)
        )
        return [ticket_of(r) for r in self.connection.execute(query).mappings()]

    def learned(self) -> Learned:
        """What the office's own log says about its times; refreshed about once a minute."""
        return learned_of(self.connection, self.catalogue, self.now)

    # Rows of the fold ----------------------------------------------------------------------
    def put_ticket(self, before: Ticket | None, after: Ticket) -> None:
        """Keep the row, and the head count of the line it stands in."""
        self._tickets[after.id] = after
        (self._new_tickets if before is None else self._changed_tickets).add(after.id)
        for ticket, change in ((before, -1), (after, +1)):
            if ticket is not None and ticket.status in ELIGIBLE:
                key = (ticket.queue, ticket.priority or "")
                self._people[key] = self._people.get(key, 0) + change

    def put_counter(self, counter: CounterState) -> None:
        """Keep the row."""
        self._counters[counter.id] = counter
        self._changed_counters.add(counter.id)

    def stage(self, ticket: TicketId) -> Stage | None:
        """The ticket's present stage."""
        if ticket not in self._stages:
            s = tables.stages
            query = select(s).where(s.c.ticket == ticket).order_by(s.c.ordinal.desc()).limit(1)
            row = self.connection.execute(query).mappings().first()
            self._stages[ticket] = stage_of(row) if row else None
        return self._stages[ticket]

    def put_stage(self, stage: Stage) -> None:
        """Keep the row."""
        self._stages[stage.ticket] = stage
        self._changed_stages[stage.ticket, stage.ordinal] = stage

    def put_normal_since(self, pool: fold.Pool, calls: int) -> None:
        """Keep the tally."""
        row = {"branch_id": self.branch, "pool": "+".join(pool), "normal_since": calls}
        self._upserts.append((tables.tallies, row))

    def put_serial(self, queue: QueueId, day: date, serial: int) -> None:
        """Keep the last number of the queue's day."""
        row = {
            "branch_id": self.branch,
            "queue": queue,
            "business_date": day,
            "last_serial": serial,
        }
        self._upserts.append((tables.series, row))

    def put_branch_event(self, recorded: ev.Recorded) -> None:
        """Keep what concerns the branch as a whole."""
        match recorded.event:
            case ev.NoticePosted() as posted:
                row = {
                    "branch_id": self.branch,
                    "seq": recorded.seq,
                    "text_vi": posted.text_vi,
                    "text_en": posted.text_en,
                    "until": posted.until,
                }
                self._upserts.append((tables.notices, row))
            case ev.DayClosed(business_date=day):
                self.closed_date = day
                self._branch_changes["closed_date"] = day
            case ev.CatalogueChanged(version=version, catalogue=document):
                row = {"branch_id": self.branch, "version": version, "document": document}
                self._upserts.append((tables.catalogues, row))
                self._branch_changes["catalogue_version"] = version
                self._branch_changes["time_zone"] = document["time_zone"]
            case ev.PolicyPublished(version=version, policy=document):
                row = {"branch_id": self.branch, "version": version, "document": document}
                self._upserts.append((tables.policies, row))
                self._branch_changes["policy_version"] = version
            case _:
                pass

    # Writing -------------------------------------------------------------------------------
    def append(self, facts: Iterable[Fact], *, actor: str, cause: str) -> list[ev.Recorded]:
        """Record events at the end of the log and fold them into the rows, in this transaction."""
        recorded: list[ev.Recorded] = []
        for ticket_id, event in facts:
            before = self.ticket(ticket_id) if ticket_id else None
            record = ev.Recorded(
                branch=self.branch,
                seq=self.seq + 1,
                at=self.now,
                actor=actor,
                cause=cause,
                event=event,
                ticket=ticket_id,
                version=(before.version + 1 if before else 1) if ticket_id else None,
            )
            self.record(record)
            recorded.append(record)
        return recorded

    def record(self, record: ev.Recorded) -> None:
        """Fold one event that has its place already, and keep it for the log."""
        fold.apply(self, record)
        self.seq = record.seq
        row, facts = event_row(record)
        self._events.append(row)
        for name, value in facts.items():
            kept = timedelta(days=codec.EXPIRING[record.type][name])
            self._facts.append(
                {
                    "branch_id": self.branch,
                    "seq": record.seq,
                    "field": name,
                    "value": value,
                    "expires_on": record.at.astimezone(self.zone).date() + kept,
                }
            )

    def flush(self) -> None:
        """Write the changed rows. Raises IntegrityError where a constraint says no."""
        execute = self.connection.execute
        if self._events:
            execute(tables.event_log.insert(), self._events)
            self._branch_changes |= {"last_seq": self.seq, "last_at": self.now}
        if self._facts:
            execute(tables.expiring_facts.insert(), self._facts)
        self._flush_tickets()
        for counter in self._changed_counters:
            self._upsert(tables.counters, values_of(self._counters[counter], self.branch))
        for stage in self._changed_stages.values():
            self._upsert(tables.stages, values_of(stage, self.branch))
        for table, row in self._upserts:
            self._upsert(table, row)
        for (queue, code), change in self._people.items():
            if change:
                self._count(queue, code, change)
        if self._branch_changes:
            b = tables.branches
            execute(b.update().where(b.c.id == self.branch).values(**self._branch_changes))
            self._branch_changes = {}
        self._clear_changes()

    def _flush_tickets(self) -> None:
        new = [self._tickets[t] for t in self._new_tickets]
        if new:
            rows = [values_of(t, self.branch) for t in new if t]
            self.connection.execute(tables.tickets.insert(), rows)
        changed = [self._tickets[t] for t in self._changed_tickets - self._new_tickets]
        # Who leaves a counter is written before who comes to it: it holds one ticket (rule D5).
        for ticket in sorted((t for t in changed if t), key=lambda t: t.status in AT_COUNTER):
            row = values_of(ticket, self.branch)
            self.connection.execute(_UPDATE_TICKET, row | {"_id": row.pop("id")})

    def _upsert(self, table: Any, row: Mapping[str, Any]) -> None:
        self.connection.execute(upsert_of(table, self.connection.dialect.name), row)

    def _count(self, queue: QueueId, code: str, change: int) -> None:
        w = tables.waiting
        at = (w.c.branch_id == self.branch, w.c.queue == queue, w.c.priority == code)
        changed = self.connection.execute(w.update().where(*at).values(people=w.c.people + change))
        if not changed.rowcount:
            row = {"branch_id": self.branch, "queue": queue, "priority": code, "people": change}
            self.connection.execute(w.insert(), row)


@cache
def _heads_query(shape: tuple[bool, ...]) -> TextClause:
    """The first of each lane; `shape` says which lanes are of a priority class.

    Written as text: the partial index is only used with its condition spelled out, and a union
    of a dozen look-ups built anew for every call costs more than running it.
    """
    lanes = (
        "SELECT * FROM (SELECT arrival_at, queue, serial, id, number, priority FROM tickets"  # noqa: S608 - no value is pasted in
        f" WHERE branch_id = :branch AND queue = :queue{n} AND status = 'waiting'"
        f" AND priority {f'= :class{n}' if has_class else 'IS NULL'}"
        " AND to_counter IS NULL AND to_officer IS NULL"
        f" ORDER BY arrival_at, serial, id LIMIT 1) AS lane{n}"
        for n, has_class in enumerate(shape)
    )
    return text(" UNION ALL ".join(lanes))


_UPDATE_TICKET = (
    tables.tickets.update()
    .where(tables.tickets.c.id == bindparam("_id"))
    .values({c.name: bindparam(c.name) for c in tables.tickets.c if c.name != "id"})
)
_upserts: dict[tuple[str, str], Any] = {}


def upsert_of(table: Any, dialect: str) -> Any:
    """INSERT … ON CONFLICT UPDATE for the table, built once per dialect."""
    key = (table.name, dialect)
    if key not in _upserts:
        insert = (postgresql if dialect == "postgresql" else sqlite).insert(table)
        keys = [c.name for c in table.primary_key]
        rest = {c.name: insert.excluded[c.name] for c in table.c if c.name not in keys}
        _upserts[key] = insert.on_conflict_do_update(index_elements=keys, set_=rest)
    return _upserts[key]


def event_row(record: ev.Recorded) -> tuple[dict[str, Any], dict[str, str]]:
    """The row of the log, and the expiring values kept beside it."""
    payload, facts = codec.split(record.event)
    row = {
        "branch_id": record.branch,
        "seq": record.seq,
        "ticket_id": record.ticket,
        "version": record.version,
        "type": record.type,
        "schema_version": codec.SCHEMA_VERSION,
        "at": record.at,
        "actor": record.actor,
        "cause": record.cause,
        "payload": codec.to_json(payload),
    }
    return row, facts


@contextmanager
def writing_branch(engine: Engine, branch: BranchId, now: datetime) -> Iterator[BranchLog]:
    """The branch's one writer: locks it first, then reads, decides and writes, then commits.

    Raises `UnknownBranch`. Rows appended are flushed before the commit.
    """
    with writing(engine) as connection:
        query = select(tables.branches).where(tables.branches.c.id == branch).with_for_update()
        row = connection.execute(query).mappings().first()
        if row is None:
            raise errors.UnknownBranch(branch=branch)
        log = BranchLog(connection, row, now)
        yield log
        log.flush()

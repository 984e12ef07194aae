"""The write side: one writer per branch, one transaction, the log and its rows together."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, RowMapping

from server import branch_rows, catalogues, codec, rows, statements, tables
from server.database import writing
from server.domain import errors, fold, numbering
from server.domain import events as ev
from server.domain.absences import Absence
from server.domain.alert import Alert
from server.domain.blocks import NumberBlock
from server.domain.catalogue import Catalogue
from server.domain.counters import CounterState, CounterStatus
from server.domain.discipline import Candidate
from server.domain.estimate import Learned
from server.domain.follow_ups import FollowUp
from server.domain.ids import BranchId, CounterId, QueueId, TicketId
from server.domain.measures import Stage
from server.domain.outlook import Foresight, Outlook, no_foresight
from server.domain.state import candidate
from server.domain.ticket import ELIGIBLE, Ticket
from server.learning import learned_of
from server.replies import new_ticket_id
from server.unwritten import Lane, Unwritten

Fact = tuple[TicketId | None, ev.AnyEvent]


class BranchLog:
    """A branch inside the transaction that holds its lock: what handlers read, and `append`.

    Implements `domain.fold.Rows`. Rows are read once; changed ones are written together by
    `flush`, which comes by itself before a query that must see them.
    """

    def __init__(
        self,
        connection: Connection,
        row: RowMapping,
        now: datetime,
        foresight: Foresight = no_foresight,
    ) -> None:
        self.connection = connection
        self._foresight = foresight
        self.branch = BranchId(row["id"])
        self.seq: int = row["last_seq"]
        # The log never runs backwards, also when the machine's clock does.
        self.now = max(now, row["last_at"]) if row["last_at"] else now
        self._versions = (row["catalogue_version"], row["policy_version"])
        self._time_zone: str = row["time_zone"]
        self.business_date = numbering.business_date(self.now, row["time_zone"])
        self.closed_date: date | None = row["closed_date"]
        self._scheduled: int | None = row["policy_scheduled"]
        self.policy_due_at: datetime | None = row["policy_due_at"]
        self._tickets: dict[TicketId, Ticket | None] = {}
        self._stages: dict[TicketId, Stage | None] = {}
        self._since: dict[fold.Pool, int | None] = {}
        self._unwritten = Unwritten(connection, self.branch)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The branch as configured when its lock was taken."""
        return catalogues.load(self.connection, self.branch, *self._versions)

    @property
    def is_configured(self) -> bool:
        """Whether the branch has ever had a catalogue."""
        return bool(self._versions[0])

    @property
    def zone(self) -> ZoneInfo:
        """The branch's time zone."""
        return ZoneInfo(self._time_zone)

    def new_ticket_id(self) -> TicketId:
        """An id nobody can guess, and that no ticket has."""
        ticket = new_ticket_id()
        self._tickets[ticket] = self._stages[ticket] = None
        return ticket

    # What handlers read --------------------------------------------------------------------
    def ticket(self, ticket: TicketId) -> Ticket | None:
        """The ticket with this id, if it is of this branch."""
        if ticket not in self._tickets:
            row = self._read(statements.TICKET, ticket=ticket).first()
            self._tickets[ticket] = rows.ticket_of(row) if row else None
        return self._tickets[ticket]

    @cached_property
    def _counters(self) -> dict[CounterId, CounterState]:
        found = (rows.counter_of(row) for row in self._read(statements.COUNTERS))
        return {counter.id: counter for counter in found}

    def counter(self, counter: CounterId) -> CounterState:
        """The counter's row; a counter without events is closed."""
        return self._counters.get(counter) or CounterState(id=counter)

    def counters(self) -> list[CounterState]:
        """Every counter that is not closed, in one order, whichever row was written last."""
        known = (self._counters[counter] for counter in sorted(self._counters))
        return [c for c in known if c.status is not CounterStatus.CLOSED]

    @cached_property
    def _people(self) -> dict[Lane, int]:
        """How many wait, by queue and class ('' for none)."""
        found = self._read(statements.WAITING)
        return {(row["queue"], row["priority"]): row["people"] for row in found}

    def heads(self, queues: Sequence[QueueId]) -> list[Candidate]:
        """The earliest waiting ticket of each class of these queues: one index look-up a lane."""
        lanes = [lane for lane, people in self._people.items() if lane[0] in queues and people]
        if not lanes:
            return []
        values: dict[str, str] = {"branch": self.branch}
        for n, (queue, code) in enumerate(lanes):
            values[f"queue{n}"] = queue
            if code:
                values[f"class{n}"] = code
        self.flush()
        query = rows.heads_query(tuple(bool(code) for _, code in lanes))
        found = self.connection.execute(query, values)
        return [Candidate(tables.instant(row[0]), *row[1:]) for row in found]

    def directed_to(self, counter: CounterId, officer: str) -> list[Candidate]:
        """Waiting tickets sent to this counter or officer alone."""
        self.flush()
        found = self._read(statements.DIRECTED, counter=counter, officer=officer or None)
        return [candidate(rows.ticket_of(row)) for row in found]

    def line(self, queue: QueueId) -> dict[str | None, list[Candidate]]:
        """A queue's waiting by class, in order of arrival."""
        self.flush()
        lanes: dict[str | None, list[Candidate]] = {}
        for row in self._read(statements.LINE, queue=queue):
            lanes.setdefault(row["priority"], []).append(candidate(rows.ticket_of(row)))
        return lanes

    def waiting_counts(self) -> dict[QueueId, int]:
        """How many wait, by queue."""
        counts: dict[QueueId, int] = {}
        for (queue, _), people in self._people.items():
            counts[queue] = counts.get(queue, 0) + people
        return counts

    def normal_since(self, pool: fold.Pool) -> int | None:
        """Normal calls made from this line since its last priority call."""
        if pool not in self._since:
            row = self._read(statements.TALLY, pool="+".join(pool)).first()
            self._since[pool] = row["normal_since"] if row else None
        return self._since[pool]

    def last_serial(self, queue: QueueId) -> int | None:
        """The last number the queue gave today."""
        return self._serials.get((queue, self.business_date))

    @cached_property
    def _serials(self) -> dict[tuple[QueueId, date], int]:
        found = self._read(statements.SERIALS, day=self.business_date)
        return {(row["queue"], self.business_date): row["last_serial"] for row in found}

    def blocks(self, day: date) -> list[NumberBlock]:
        """The numbers that kiosks hold for a day."""
        found = map(rows.block_of, self._read(statements.BLOCKS, day=day))
        return [*found, *(b for b in self._unwritten.blocks.values() if b.business_date == day)]

    def block(self, block: str) -> NumberBlock | None:
        """The block with this id."""
        row = self._read(statements.BLOCK, block=block).first()
        return rows.block_of(row) if row else self._unwritten.blocks.get(block)

    def printer(self, device: str) -> str | None:
        """How a kiosk's printer was last said to be."""
        self.flush()
        row = self._read(statements.PRINTER, device=device).first()
        return row["state"] if row else None

    def notice(self, seq: int) -> ev.NoticePosted | None:
        """The notice that was posted at this place in the log."""
        self.flush()
        row = self._read(statements.NOTICE, seq=seq).first()
        return rows.notice_of(row) if row else None

    def alert(self, seq: int) -> Alert | None:
        """The alert that was raised at this place in the log."""
        self.flush()
        row = self._read(statements.ALERT, seq=seq).first()
        return rows.alert_of(row) if row else None

    def last_alert(self, rule: str, subject: str) -> Alert | None:
        """The newest alert of this cause."""
        self.flush()
        row = self._read(statements.LAST_ALERT, rule=rule, subject=subject).first()
        return rows.alert_of(row) if row else None

    def absence(self, counter: CounterId, day: date) -> Absence | None:
        """What was last said of a counter's absence on a day."""
        self.flush()
        row = self._read(statements.ABSENCE, counter=counter, day=day).first()
        return rows.absence_of(row) if row else None

    def issued_by(self, command_id: str) -> Ticket | None:
        """The ticket that a command issued, by the answer that was given to it."""
        row = self._read(statements.ANSWER, command_id=command_id).first()
        answer = codec.from_json(row["result"]) if row else {}
        ticket = answer.get("ticket") if "follow_url" in answer else None
        return self.ticket(TicketId(ticket["id"])) if ticket else None

    def scheduled_policy(self) -> tuple[int, ev.PolicyScheduled] | None:
        """The policy that is put down for later, and the place of its event in the log."""
        self.flush()
        row = self._read(statements.EVENT, seq=self._scheduled).first()
        event = codec.join(row["type"], codec.from_json(row["payload"]), {}) if row else None
        return (row["seq"], event) if row and isinstance(event, ev.PolicyScheduled) else None

    def has_number(self, number: str, day: date) -> bool:
        """Whether a ticket of the day has this number."""
        self.flush()
        return self._read(statements.NUMBER, number=number, day=day).first() is not None

    def unfinished(self) -> list[Ticket]:
        """Every ticket that has not ended, of any day."""
        self.flush()
        return [rows.ticket_of(row) for row in self._read(statements.UNFINISHED)]

    def learned(self) -> Learned:
        """What the office's own log says about its times; refreshed about once a minute."""
        return learned_of(self.connection, self.catalogue, self.now)

    def outlook(self) -> Outlook | None:
        """The newest forecast, while it is fresh: a look into memory, never a computation."""
        return self._foresight(self.branch, self.seq, self.now)

    def _read(self, query: Any, **values: Any) -> Any:
        return self.connection.execute(query, {"branch": self.branch, **values}).mappings()

    # Rows of the fold ----------------------------------------------------------------------
    def put_ticket(self, before: Ticket | None, after: Ticket) -> None:
        """Keep the row, and the head count of the line it stands in."""
        self._tickets[after.id] = after
        self._unwritten.put_ticket(after, is_new=before is None)
        for ticket, change in ((before, -1), (after, +1)):
            if ticket is not None and ticket.status in ELIGIBLE:
                lane = (ticket.queue, ticket.priority or "")
                self._people[lane] = self._people.get(lane, 0) + change
                self._unwritten.arrivals[lane] += change

    def put_counter(self, counter: CounterState) -> None:
        """Keep the row."""
        self._counters[counter.id] = counter
        self._unwritten.counters[counter.id] = counter

    def stage(self, ticket: TicketId) -> Stage | None:
        """The ticket's present stage."""
        if ticket not in self._stages:
            row = self._read(statements.STAGE, ticket=ticket).first()
            self._stages[ticket] = rows.stage_of(row) if row else None
        return self._stages[ticket]

    def put_stage(self, stage: Stage) -> None:
        """Keep the row."""
        self._stages[stage.ticket] = stage
        self._unwritten.stages[stage.ticket, stage.ordinal] = stage

    def drop_stage(self, stage: Stage) -> None:
        """Forget the ticket's last stage: what began it was undone."""
        self._unwritten.drop_stage(stage)

    def follow_up(self, ticket: TicketId) -> FollowUp | None:
        """What is being looked into about a visit."""
        if found := self._unwritten.follow_ups.get(ticket):
            return found
        row = self._read(statements.FOLLOW_UP, ticket=ticket).first()
        return rows.follow_up_of(row) if row else None

    def put_follow_up(self, follow_up: FollowUp) -> None:
        """Keep the row."""
        self._unwritten.follow_ups[follow_up.ticket] = follow_up

    def put_normal_since(self, pool: fold.Pool, calls: int) -> None:
        """Keep the tally."""
        self._since[pool] = calls
        self._unwritten.tallies["+".join(pool)] = calls

    def put_serial(self, queue: QueueId, day: date, serial: int) -> None:
        """Keep the last number of the queue's day."""
        self._serials[queue, day] = self._unwritten.serials[queue, day] = serial

    def put_block(self, block: NumberBlock) -> None:
        """Keep the row."""
        self._unwritten.blocks[block.id] = block
        self._unwritten.documents.append((tables.blocks, dataclasses.asdict(block)))

    def put_alert(self, alert: Alert) -> None:
        """Keep the row."""
        self._unwritten.documents.append((tables.alerts, rows.alert_row(alert)))

    def put_absence(self, absence: Absence) -> None:
        """Keep the row."""
        self._unwritten.documents.append((tables.absences, dataclasses.asdict(absence)))

    def put_branch_event(self, recorded: ev.Recorded) -> None:
        """Keep what concerns the branch as a whole."""
        documents, changes = branch_rows.written_by(recorded)
        self._unwritten.documents += documents
        self._unwritten.branch |= changes
        if "policy_due_at" in changes:
            self._scheduled = changes["policy_scheduled"]
            self.policy_due_at = changes["policy_due_at"]
        self._reconfigure(recorded.event)
        if isinstance(recorded.event, ev.DayClosed):
            self.closed_date = recorded.event.business_date
        elif isinstance(recorded.event, ev.NoticeWithdrawn):
            seq = recorded.event.notice
            if known := self.notice(seq):
                over = dataclasses.replace(known, until=recorded.at)
                self._unwritten.documents.append((tables.notices, rows.notice_row(seq, over)))

    def _reconfigure(self, event: ev.AnyEvent) -> None:
        """Commands that share this transaction are decided by it; it is not in the database yet."""
        if not all(self._versions):
            return  # the first configuration of all comes in two events
        if isinstance(event, ev.PolicyPublished):
            self.catalogue = dataclasses.replace(self.catalogue, policy=codec.policy(event.policy))
        elif isinstance(event, ev.CatalogueChanged):
            policy = codec.policy_document(self.catalogue.policy)
            self.catalogue = codec.catalogue(event.catalogue, policy)

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
        row, facts = rows.event_row(record)
        self._unwritten.events.append(row)
        if facts:
            self._unwritten.facts += rows.expiring_rows(record, facts, self.zone)

    def flush(self) -> None:
        """Write the changed rows. Raises IntegrityError where a constraint says no."""
        if self._unwritten.events:
            self._unwritten.branch |= {"last_seq": self.seq, "last_at": self.now}
            self._unwritten.write()
            self._unwritten = Unwritten(self.connection, self.branch)


@contextmanager
def writing_branch(
    engine: Engine, branch: BranchId, now: datetime, foresight: Foresight = no_foresight
) -> Iterator[BranchLog]:
    """The branch's one writer: locks it first, then reads, decides and writes, then commits.

    Raises `UnknownBranch`. Rows appended are flushed before the commit.
    """
    with writing(engine) as connection:
        row = connection.execute(statements.BRANCH, {"branch": branch}).mappings().first()
        if row is None:
            raise errors.UnknownBranch(branch=branch)
        log = BranchLog(connection, row, now, foresight)
        yield log
        log.flush()

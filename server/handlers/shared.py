"""What a decision may read, what it is, and the look-ups that most decisions begin with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from server.domain import commands as cmd
from server.domain import counters, errors
from server.domain import events as ev
from server.domain.absences import Absence
from server.domain.alert import Alert
from server.domain.blocks import NumberBlock
from server.domain.catalogue import Catalogue, Counter
from server.domain.counters import CounterState
from server.domain.discipline import Candidate
from server.domain.estimate import Learned
from server.domain.fold import Pool
from server.domain.follow_ups import FollowUp
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import Outlook
from server.domain.ticket import Ticket, refuse_unless

Fact = tuple[TicketId | None, ev.AnyEvent]

#: Longer reasons and notes are cut.
REASON_MAX: Final = 200


class Log(Protocol):
    """What a decision may read of its branch. The SQL store and the simulator both offer it."""

    @property
    def now(self) -> datetime: ...
    @property
    def business_date(self) -> date: ...
    @property
    def closed_date(self) -> date | None: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def zone(self) -> ZoneInfo: ...
    def new_ticket_id(self) -> TicketId: ...
    def ticket(self, ticket: TicketId) -> Ticket | None: ...
    def counter(self, counter: CounterId) -> CounterState: ...
    def counters(self) -> list[CounterState]: ...
    def heads(self, queues: Sequence[QueueId]) -> list[Candidate]: ...
    def directed_to(self, counter: CounterId, officer: str) -> list[Candidate]: ...
    def line(self, queue: QueueId) -> Mapping[str | None, list[Candidate]]: ...
    def waiting_counts(self) -> Mapping[QueueId, int]: ...
    def normal_since(self, pool: Pool) -> int | None: ...
    def last_serial(self, queue: QueueId) -> int | None: ...
    def blocks(self, day: date) -> Sequence[NumberBlock]: ...
    def block(self, block: str) -> NumberBlock | None: ...
    def printer(self, device: str) -> str | None: ...
    def notice(self, seq: int) -> ev.NoticePosted | None: ...
    def alert(self, seq: int) -> Alert | None: ...
    def last_alert(self, rule: str, subject: str) -> Alert | None: ...
    def absence(self, counter: CounterId, day: date) -> Absence | None: ...
    def issued_by(self, command_id: str) -> Ticket | None: ...
    def has_number(self, number: str, day: date) -> bool: ...
    def follow_up(self, ticket: TicketId) -> FollowUp | None: ...
    def unfinished(self) -> list[Ticket]: ...
    def learned(self) -> Learned: ...
    def outlook(self) -> Outlook | None: ...
    def scheduled_policy(self) -> tuple[int, ev.PolicyScheduled] | None: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """The events to append, and the ticket the answer is about."""

    facts: list[Fact]
    ticket: TicketId | None = None


def find_ticket(log: Log, ticket: TicketId) -> Ticket:
    found = log.ticket(ticket)
    if found is None:
        raise errors.UnknownTicket(ticket=ticket)
    return found


def find_counter(log: Log, counter: CounterId) -> tuple[Counter, CounterState]:
    configured = log.catalogue.counter(counter)
    if configured is None:
        raise errors.UnknownCounter(counter=counter)
    return configured, log.counter(counter)


def find_held_counter(log: Log, counter: CounterId, by: str) -> tuple[Counter, CounterState]:
    """The counter, if the account `by` has it or nobody has."""
    configured, state = find_counter(log, counter)
    counters.refuse_stranger(state, configured.number, by)
    return configured, state


def find_open_counter(log: Log, counter: CounterId, by: str) -> tuple[Counter, CounterState]:
    configured, state = find_held_counter(log, counter, by)
    counters.refuse_unless_open(state, configured.number)
    return configured, state


def desk_of(log: Log, counter: CounterId | None, by: str) -> CounterId | None:
    """The counter that does something to a ticket elsewhere, and may take it back."""
    return find_held_counter(log, counter, by)[0].id if counter else None


def refuse_open_call(log: Log, state: CounterState) -> None:
    if state.ticket is not None:
        ticket = find_ticket(log, state.ticket)
        raise errors.CallOpen(number=ticket.number, state=ticket.status.value)


def find_at_desk(
    log: Log, command: cmd.AtCounter, event: type[ev.TicketEvent]
) -> tuple[Ticket, Counter, CounterState]:
    """The ticket at an open counter, if the machine lets `event` happen to it."""
    configured, state = find_open_counter(log, command.counter, command.by)
    if state.ticket is None:
        raise errors.NoOpenCall(counter=configured.number)
    ticket = find_ticket(log, state.ticket)
    refuse_unless(ticket, event)
    return ticket, configured, state


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise errors.ReasonRequired

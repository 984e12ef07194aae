"""A branch's log in memory: the same handlers and the same fold as the database, without its cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from server import codec, due_policies
from server.domain import events as ev
from server.domain import numbering
from server.domain.absences import Absence
from server.domain.alert import Alert
from server.domain.blocks import NumberBlock
from server.domain.catalogue import Catalogue
from server.domain.commands import AnyCommand
from server.domain.counters import CounterState, CounterStatus
from server.domain.discipline import Candidate
from server.domain.estimate import Learned
from server.domain.fold import Pool
from server.domain.follow_ups import FollowUp
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import Outlook
from server.domain.state import BranchState
from server.domain.ticket import ENDED, Ticket
from server.handlers import HANDLERS, Decision
from server.handlers.shared import Fact
from server.replies import new_ticket_id


class MemoryLog:
    """Implements `handlers.Log`; `execute` decides, records and folds one command."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        state: BranchState | None = None,
        ticket_ids: Callable[[], TicketId] = new_ticket_id,
    ) -> None:
        self.catalogue = catalogue
        self.state = state or BranchState(catalogue.branch)
        self.now: datetime
        self.business_date: date
        self.events: list[ev.Recorded] = []
        self.teaching = Learned()
        self.foresight: Outlook | None = None
        self._scheduled: tuple[int, ev.PolicyScheduled] | None = None
        self._ticket_ids = ticket_ids
        tickets = self.state.tickets.values()
        self._open = {t.id for t in tickets if t.status not in ENDED}
        self._numbers = {(t.number, t.business_date) for t in tickets}

    def execute(self, command: AnyCommand, *, now: datetime, actor: str) -> Decision:
        """Run `command` at `now`. Raises the handlers' refusals; then nothing was recorded."""
        self.now = now
        self.business_date = numbering.business_date(now, self.catalogue.time_zone)
        if (pending := self._scheduled) and now >= pending[1].effective_at:
            # As the database does: what has come due is in force before anything is decided.
            due = due_policies.come_due(pending, self.catalogue)
            cause = due_policies.cause_of(pending)
            self._record([(None, due)], actor=due_policies.ACTOR, cause=cause)
        decision = HANDLERS[type(command)](command, self)
        self._record(decision.facts, actor=actor, cause=command.command_id)
        return decision

    def _record(self, facts: Sequence[Fact], *, actor: str, cause: str) -> None:
        for ticket_id, event in facts:
            before = self.state.ticket(ticket_id) if ticket_id else None
            recorded = ev.Recorded(
                branch=self.catalogue.branch,
                seq=self.state.seq + 1,
                at=self.now,
                actor=actor,
                cause=cause,
                event=event,
                ticket=ticket_id,
                version=(before.version + 1 if before else 1) if ticket_id else None,
            )
            self.state.apply(recorded)
            self.events.append(recorded)
            self._reconfigure(recorded)
            if ticket_id:
                after = self.state.tickets[ticket_id]
                self._numbers.add((after.number, after.business_date))
                ended = after.status in ENDED
                (self._open.discard if ended else self._open.add)(ticket_id)

    def _reconfigure(self, recorded: ev.Recorded) -> None:
        match recorded.event:
            case ev.PolicyPublished(policy=document):
                self.catalogue = replace(self.catalogue, policy=codec.policy(document))
                self._scheduled = None
            case ev.PolicyScheduled() as scheduled:
                self._scheduled = recorded.seq, scheduled
            case ev.PolicyScheduleWithdrawn():
                self._scheduled = None
            case ev.CatalogueChanged(catalogue=document):
                policy = codec.policy_document(self.catalogue.policy)
                self.catalogue = codec.catalogue(document, policy)
            case _:
                pass

    # handlers.Log --------------------------------------------------------------------------
    @property
    def zone(self) -> ZoneInfo:
        """The branch's time zone."""
        return self.catalogue.zone

    @property
    def closed_date(self) -> date | None:
        """The last business day that was closed."""
        return self.state.closed_date

    def new_ticket_id(self) -> TicketId:
        """An id from the source this log was made with."""
        return self._ticket_ids()

    def ticket(self, ticket: TicketId) -> Ticket | None:
        """The ticket with this id."""
        return self.state.ticket(ticket)

    def counter(self, counter: CounterId) -> CounterState:
        """The counter's row."""
        return self.state.counter(counter)

    def counters(self) -> list[CounterState]:
        """Every counter that is not closed, in the store's order."""
        found = (c for c in self.state.counters.values() if c.status is not CounterStatus.CLOSED)
        return sorted(found, key=lambda counter: counter.id)

    def heads(self, queues: Sequence[QueueId]) -> list[Candidate]:
        """The earliest waiting ticket of each class of these queues."""
        return self.state.heads(queues)

    def directed_to(self, counter: CounterId, officer: str) -> list[Candidate]:
        """Waiting tickets sent to this counter or officer alone."""
        return self.state.directed_to(counter, officer)

    def line(self, queue: QueueId) -> Mapping[str | None, list[Candidate]]:
        """A queue's waiting by class."""
        return self.state.lanes_of(queue)

    def waiting_counts(self) -> Mapping[QueueId, int]:
        """How many wait, by queue."""
        return self.state.waiting_counts()

    def normal_since(self, pool: Pool) -> int | None:
        """Normal calls made from this line since its last priority call."""
        return self.state.normal_since(pool)

    def last_serial(self, queue: QueueId) -> int | None:
        """The last number the queue gave today."""
        return self.state.serials.get((queue, self.business_date))

    def blocks(self, day: date) -> Sequence[NumberBlock]:
        """The numbers that kiosks hold for a day."""
        return [b for b in self.state.blocks.values() if b.business_date == day]

    def block(self, block: str) -> NumberBlock | None:
        """The block with this id."""
        return self.state.blocks.get(block)

    def printer(self, device: str) -> str | None:
        """How a kiosk's printer was last said to be."""
        return self.state.printers.get(device)

    def notice(self, seq: int) -> ev.NoticePosted | None:
        """The notice that was posted at this place in the log."""
        return self.state.notices.get(seq)

    def scheduled_policy(self) -> tuple[int, ev.PolicyScheduled] | None:
        """The policy that is put down for later, and the place of its event in the log."""
        return self._scheduled

    def alert(self, seq: int) -> Alert | None:
        """The alert that was raised at this place in the log."""
        return self.state.alert(seq)

    def last_alert(self, rule: str, subject: str) -> Alert | None:
        """The newest alert of this cause."""
        of_cause = [a for a in self.state.alerts.values() if a.cause == (rule, subject)]
        return max(of_cause, key=lambda a: a.seq, default=None)

    def absence(self, counter: CounterId, day: date) -> Absence | None:
        """What was last said of a counter's absence on a day."""
        return self.state.absence(counter, day)

    def issued_by(self, command_id: str) -> Ticket | None:
        """The ticket that a command issued."""
        for recorded in self.events:
            if recorded.cause == command_id and isinstance(recorded.event, ev.TicketIssued):
                return self.state.ticket(recorded.event.ticket)
        return None

    def has_number(self, number: str, day: date) -> bool:
        """Whether a ticket of the day has this number."""
        return (number, day) in self._numbers

    def follow_up(self, ticket: TicketId) -> FollowUp | None:
        """What is being looked into about a visit."""
        return self.state.follow_up(ticket)

    def unfinished(self) -> list[Ticket]:
        """Every ticket that has not ended, in order of arrival."""
        tickets = [self.state.tickets[t] for t in self._open]
        return sorted(tickets, key=lambda t: (t.arrival_at, t.serial, t.id))

    def learned(self) -> Learned:
        """What the simulated office knows of its times; set by whoever runs it."""
        return self.teaching

    def outlook(self) -> Outlook | None:
        """The forecast that is fresh now; set by whoever runs the office."""
        return self.foresight

"""One function per command: read what it needs, decide, return the events. Nothing is written here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from server.domain import commands as cmd
from server.domain import counters, discipline, errors, estimate, hours, numbering
from server.domain import events as ev
from server.domain.catalogue import Catalogue, Counter, Queue, Service
from server.domain.counters import CounterState, CounterStatus
from server.domain.discipline import Candidate
from server.domain.estimate import Learned, Load
from server.domain.fold import Pool
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.ticket import (
    AT_COUNTER,
    Status,
    Ticket,
    refuse_if_stale,
    refuse_unless,
)

Fact = tuple[TicketId | None, ev.AnyEvent]

#: Whom a ticket's cancellation may be put down to.
CANCEL_CODES: Final = ("citizen", "officer", "print_failure")
LEVELS: Final = range(1, 6)
_REASON_MAX = 200
_COMMENT_MAX = 500


class Log(Protocol):
    """What a decision may read of its branch. The SQL store and the simulator both offer it."""

    now: datetime
    business_date: date
    closed_date: date | None
    catalogue: Catalogue

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
    def unfinished(self) -> list[Ticket]: ...
    def learned(self) -> Learned: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """The events to append, and the ticket the answer is about."""

    facts: list[Fact]
    ticket: TicketId | None = None


# Citizens ----------------------------------------------------------------------------------
def issue(command: cmd.IssueTicket, log: Log) -> Decision:
    """A new ticket at the end of its queue."""
    queue, service = _queue_and_service(command, log.catalogue)
    if command.procedure is not None:
        procedure = log.catalogue.procedure(command.procedure)
        if procedure is None or procedure.service != service.id:
            raise errors.UnknownProcedure(procedure=command.procedure)
    _refuse_undeclarable(command, log.catalogue)
    open_now = hours.takes_tickets(log.catalogue.hours, log.zone, queue.id, log.now)
    if not open_now or log.closed_date == log.business_date:
        raise errors.QueueClosed(queue=queue.name.vi)
    serial = numbering.next_serial(queue, log.last_serial(queue.id))
    ticket = log.new_ticket_id()
    counts = log.waiting_counts()
    ahead, ahead_counts = _ahead(command, log, queue, serial, ticket, counts)
    issued = ev.TicketIssued(
        ticket=ticket,
        number=numbering.number(queue, serial),
        serial=serial,
        queue=queue.id,
        service=service.id,
        business_date=log.business_date,
        procedure=command.procedure,
        priority=command.priority,
        channel=command.channel[:20],
        language=command.language,
        ahead=ahead,
        quote=estimate.quote(
            log.catalogue, load(log), log.learned(), ahead_counts, queue.id, log.now
        ),
    )
    return Decision([(ticket, issued)], ticket)


def _queue_and_service(command: cmd.IssueTicket, catalogue: Catalogue) -> tuple[Queue, Service]:
    service = catalogue.service(command.service) if command.service is not None else None
    if command.service is not None and service is None:
        raise errors.UnknownService(service=command.service)
    if command.queue is not None:
        queue = catalogue.queue(command.queue)
        if queue is None:
            raise errors.UnknownQueue(queue=command.queue)
        service = service or catalogue.service_of_queue(queue.id)
        if service is None or service.queue != queue.id:
            raise errors.ServiceRequired(queue=command.queue)
        return queue, service
    if service is None:
        raise errors.ServiceRequired(queue="")
    queue = catalogue.queue(service.queue)
    if queue is None:
        raise errors.UnknownQueue(queue=service.queue)
    return queue, service


def _refuse_undeclarable(command: cmd.IssueTicket, catalogue: Catalogue) -> None:
    if command.priority is None:
        return
    priority = catalogue.policy.priority_class(command.priority)
    if priority is None:
        raise errors.UnknownPriority(priority=command.priority)
    if priority.urgent:
        raise errors.PriorityNotDeclarable(priority=priority.name.vi)


def _ahead(
    command: cmd.IssueTicket,
    log: Log,
    queue: Queue,
    serial: int,
    ticket: TicketId,
    counts: Mapping[QueueId, int],
) -> tuple[int, dict[QueueId, int]]:
    """People ahead in the ticket's own queue, and in every queue that shares its counters."""
    ahead = counts.get(queue.id, 0)
    if command.priority is not None and ahead:
        newcomer = Candidate(
            log.now, queue.id, serial, ticket, numbering.number(queue, serial), command.priority
        )
        since = log.normal_since((queue.id,)) or 0
        ahead = discipline.ahead_of_new(
            log.catalogue.policy, log.line(queue.id), since, newcomer
        )
    return ahead, {**counts, queue.id: ahead}


def load(log: Log) -> Load:
    """Who serves at this moment."""
    states = [c for c in log.counters() if c.status is CounterStatus.OPEN]
    return Load(
        open_counters={c.id: estimate.own_queues(log.catalogue, c.id) for c in states},
        busy=frozenset(c.id for c in states if c.ticket is not None),
    )


def cancel(command: cmd.CancelTicket, log: Log) -> Decision:
    """A ticket is given up, by the citizen or for them."""
    if command.code not in CANCEL_CODES:
        raise errors.BadValue(field="code", problem=", ".join(CANCEL_CODES))
    if command.code == "officer":
        _require_reason(command.reason)
    ticket = _ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketCancelled)
    refuse_if_stale(ticket, command.version, log.business_date)
    event = ev.TicketCancelled(code=command.code, reason=command.reason[:_REASON_MAX])
    return Decision([(ticket.id, event)], ticket.id)


def rate(command: cmd.RateTicket, log: Log) -> Decision:
    """A citizen rates the visit: once, after it was served, within the rating time."""
    if command.level not in LEVELS:
        raise errors.BadValue(field="level", problem="1–5")  # noqa: RUF001
    ticket = _ticket(log, command.ticket)
    if ticket.level is not None:
        raise errors.AlreadyRated(number=ticket.number)
    open_for = timedelta(hours=log.catalogue.policy.rating_hours)
    if ticket.status is not Status.SERVED or not ticket.ended_at:
        raise errors.RatingClosed(number=ticket.number)
    if log.now - ticket.ended_at > open_for:
        raise errors.RatingClosed(number=ticket.number)
    event = ev.RatingGiven(
        level=command.level,
        channel=command.channel[:20],
        reasons=tuple(r[:40] for r in command.reasons[:5]),
        comment=command.comment[:_COMMENT_MAX],
    )
    return Decision([(ticket.id, event)], ticket.id)


# Officers ----------------------------------------------------------------------------------
def call_next(command: cmd.CallNext, log: Log) -> Decision:
    """Call whom the policy chooses, after completing the present ticket if an outcome came."""
    counter, state = _open_counter(log, command.counter)
    facts: list[Fact] = []
    if state.ticket is not None:
        current = _ticket(log, state.ticket)
        if command.outcome is None or current.status is not Status.SERVING:
            raise errors.CallOpen(number=current.number, state=current.status.value)
        facts.append((current.id, _completed(log, current, counter, command.outcome, None)))
    choice = choose(log, counter, state)
    if choice is None:
        return Decision(facts)
    called = ev.TicketCalled(
        counter=counter.id,
        officer=state.officer,
        rule=choice.rule,
        policy_version=log.catalogue.policy.version,
        pool=choice.pool,
    )
    return Decision([*facts, (choice.ticket, called)], choice.ticket)


def choose(log: Log, counter: Counter, state: CounterState) -> discipline.Choice | None:
    """Whom this counter would call now."""
    heads = [*log.heads(counter.queues), *log.directed_to(counter.id, state.officer)]
    pools = {s.queues for s in counter.sources}
    since = {p: n for p in pools if (n := log.normal_since(p)) is not None}
    return discipline.choose(log.catalogue.policy, counter, heads, since, log.now)


def call_ticket(command: cmd.CallTicket, log: Log) -> Decision:
    """Call a chosen ticket out of order; the reason is kept and counted (rule F2)."""
    _require_reason(command.reason)
    counter, state = _open_counter(log, command.counter)
    _refuse_open_call(log, state)
    ticket = _ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketCalled)
    refuse_if_stale(ticket, command.version, log.business_date)
    called = ev.TicketCalled(
        counter=counter.id,
        officer=state.officer,
        rule="chosen",
        policy_version=log.catalogue.policy.version,
        pool=(),
        reason=command.reason[:_REASON_MAX],
    )
    return Decision([(ticket.id, called)], ticket.id)


def recall(command: cmd.RecallTicket, log: Log) -> Decision:
    """Summon the same ticket again; rings again."""
    ticket, counter, _ = _at_desk(log, command.counter, ev.TicketRecalled)
    event = ev.TicketRecalled(counter=counter.id, times=ticket.calls + 1)
    return Decision([(ticket.id, event)], ticket.id)


def start(command: cmd.StartService, log: Log) -> Decision:
    """The person is at the desk: called is not serving."""
    ticket, counter, _ = _at_desk(log, command.counter, ev.ServiceStarted)
    return Decision([(ticket.id, ev.ServiceStarted(counter=counter.id))], ticket.id)


def complete(command: cmd.CompleteService, log: Log) -> Decision:
    """The service ends, with its outcome."""
    ticket, counter, _ = _at_desk(log, command.counter, ev.ServiceCompleted)
    event = _completed(log, ticket, counter, command.outcome, command.dossier_code)
    return Decision([(ticket.id, event)], ticket.id)


def _completed(
    log: Log, ticket: Ticket, counter: Counter, outcome: str, dossier: str | None
) -> ev.ServiceCompleted:
    if log.catalogue.outcome(outcome, ticket.service) is None:
        raise errors.UnknownOutcome(outcome=outcome)
    return ev.ServiceCompleted(
        counter=counter.id, outcome=outcome, dossier_code=dossier[:60] if dossier else None
    )


def no_show(command: cmd.RecordNoShow, log: Log) -> Decision:
    """Called, did not come."""
    ticket, counter, _ = _at_desk(log, command.counter, ev.NoShowRecorded)
    return Decision([(ticket.id, ev.NoShowRecorded(counter=counter.id))], ticket.id)


def park(command: cmd.ParkTicket, log: Log) -> Decision:
    """Hold the ticket aside."""
    _require_reason(command.reason)
    ticket, counter, _ = _at_desk(log, command.counter, ev.TicketParked)
    event = ev.TicketParked(
        counter=counter.id, reason=command.reason[:_REASON_MAX], return_at=command.return_at
    )
    return Decision([(ticket.id, event)], ticket.id)


def resume(command: cmd.ResumeTicket, log: Log) -> Decision:
    """A parked ticket waits again, or comes straight to the counter that asks."""
    ticket = _ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketResumed)
    refuse_if_stale(ticket, command.version, log.business_date)
    if not command.to_counter:
        _counter(log, command.counter)
        return Decision([(ticket.id, ev.TicketResumed())], ticket.id)
    counter, state = _open_counter(log, command.counter)
    _refuse_open_call(log, state)
    event = ev.TicketResumed(counter=counter.id, officer=state.officer)
    return Decision([(ticket.id, event)], ticket.id)


def transfer(command: cmd.TransferTicket, log: Log) -> Decision:
    """Same ticket, other queue, counter or officer; number and arrival stay."""
    _require_reason(command.reason)
    ticket, counter, _ = _at_desk(log, command.counter, ev.TicketTransferred)
    queue, service = ticket.queue, ticket.service
    if command.to_queue is not None:
        target = log.catalogue.queue(command.to_queue)
        found = log.catalogue.service_of_queue(command.to_queue)
        if target is None or found is None:
            raise errors.UnknownQueue(queue=command.to_queue)
        queue, service = target.id, found.id
    elif command.to_counter is not None:
        _counter(log, command.to_counter)
    elif not command.to_officer:
        raise errors.BadValue(field="to_queue", problem="to_queue, to_counter, to_officer")
    event = ev.TicketTransferred(
        queue=queue,
        service=service,
        reason=command.reason[:_REASON_MAX],
        from_counter=counter.id,
        to_counter=command.to_counter,
        to_officer=command.to_officer,
        note=command.note[:_REASON_MAX],
    )
    return Decision([(ticket.id, event)], ticket.id)


def add_service(command: cmd.AddService, log: Log) -> Decision:
    """Another service in the same visit, under the same number."""
    ticket, counter, _ = _at_desk(log, command.counter, ev.ServiceAdded)
    if log.catalogue.service(command.service) is None:
        raise errors.UnknownService(service=command.service)
    if log.catalogue.outcome(command.outcome, ticket.service) is None:
        raise errors.UnknownOutcome(outcome=command.outcome)
    event = ev.ServiceAdded(
        counter=counter.id, service=command.service, outcome=command.outcome
    )
    return Decision([(ticket.id, event)], ticket.id)


def undo(command: cmd.UndoLast, log: Log) -> Decision:
    """Take back the counter's last call or no-show, as a new event."""
    counter, state = _counter(log, command.counter)
    until = counters.undo_until(state, log.catalogue.policy)
    if until is None or log.now > until or state.last_ticket is None:
        raise errors.NothingToUndo(counter=counter.number)
    ticket = _ticket(log, state.last_ticket)
    if state.last_event == ev.TicketCalled.__name__:
        refuse_unless(ticket, ev.CallWithdrawn)
        event: ev.AnyEvent = ev.CallWithdrawn(counter=counter.id)
    else:
        refuse_unless(ticket, ev.TicketReinstated)
        event = ev.TicketReinstated(reason="undo")
    return Decision([(ticket.id, event)], ticket.id)


def reinstate(command: cmd.ReinstateTicket, log: Log) -> Decision:
    """A no-show is back."""
    _require_reason(command.reason)
    ticket = _ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketReinstated)
    refuse_if_stale(ticket, command.version, log.business_date)
    event = ev.TicketReinstated(reason=command.reason[:_REASON_MAX])
    return Decision([(ticket.id, event)], ticket.id)


def confirm_priority(command: cmd.ConfirmPriority, log: Log) -> Decision:
    """The officer saw that the declared class is right."""
    counter, _ = _open_counter(log, command.counter)
    ticket = _ticket(log, command.ticket)
    if ticket.priority is None:
        raise errors.UnknownPriority(priority="")
    if ticket.counter != counter.id or ticket.status not in AT_COUNTER:
        raise errors.TicketElsewhere(number=ticket.number)
    return Decision([(ticket.id, ev.PriorityConfirmed(counter=counter.id))], ticket.id)


def change_priority(command: cmd.ChangePriority, log: Log) -> Decision:
    """Give, change or take a priority class, with a reason."""
    _require_reason(command.reason)
    ticket = _ticket(log, command.ticket)
    refuse_if_stale(ticket, command.version, log.business_date)
    if ticket.status not in (Status.WAITING, *AT_COUNTER):
        raise errors.WrongState(number=ticket.number, state=ticket.status.value)
    if command.priority and log.catalogue.policy.priority_class(command.priority) is None:
        raise errors.UnknownPriority(priority=command.priority)
    event = ev.PriorityChanged(
        reason=command.reason[:_REASON_MAX], priority=command.priority or None
    )
    return Decision([(ticket.id, event)], ticket.id)


# Counters ----------------------------------------------------------------------------------
def open_counter(command: cmd.OpenCounter, log: Log) -> Decision:
    """An officer takes the counter; refused while another officer's lease runs (rule D6)."""
    counter, state = _counter(log, command.counter)
    officer = " ".join(command.officer.split())[:120]
    if not officer:
        raise errors.BadValue(field="officer", problem="empty")
    facts: list[Fact] = []
    if state.status is not CounterStatus.CLOSED:
        if state.officer == officer:
            raise errors.CounterAlreadyOpen(counter=counter.number)
        if not counters.lease_expired(state, log.catalogue.policy, log.now):
            raise errors.CounterOccupied(counter=counter.number, officer=state.officer)
        facts = _released(log, state, "lease_expired")
    facts.append((None, ev.CounterOpened(counter=counter.id, officer=officer)))
    return Decision(facts)


def pause_counter(command: cmd.PauseCounter, log: Log) -> Decision:
    """The counter stops calling for a while, with a reason."""
    _require_reason(command.reason)
    counter, state = _open_counter(log, command.counter)
    _refuse_open_call(log, state)
    event = ev.CounterPaused(
        counter=counter.id, reason=command.reason[:_REASON_MAX], return_at=command.return_at
    )
    return Decision([(None, event)])


def resume_counter(command: cmd.ResumeCounter, log: Log) -> Decision:
    """The paused counter serves again."""
    counter, state = _counter(log, command.counter)
    if state.status is not CounterStatus.PAUSED:
        raise errors.CounterNotOpen(counter=counter.number, state=state.status.value)
    return Decision([(None, ev.CounterResumed(counter=counter.id))])


def close_counter(command: cmd.CloseCounter, log: Log) -> Decision:
    """The officer leaves; nobody may be called or served at that moment."""
    counter, state = _counter(log, command.counter)
    if state.status is CounterStatus.CLOSED:
        raise errors.CounterNotOpen(counter=counter.number, state=state.status.value)
    _refuse_open_call(log, state)
    return Decision([(None, ev.CounterClosed(counter=counter.id))])


def release_counter(command: cmd.ReleaseCounter, log: Log) -> Decision:
    """A supervisor frees a stuck counter; its ticket is kept, not lost (rule D5)."""
    _require_reason(command.reason)
    counter, state = _counter(log, command.counter)
    if state.status is CounterStatus.CLOSED:
        raise errors.CounterNotOpen(counter=counter.number, state=state.status.value)
    return Decision(_released(log, state, command.reason[:_REASON_MAX]))


def _released(log: Log, state: CounterState, reason: str) -> list[Fact]:
    """A called ticket goes back to its place, one being served is parked; the counter is free."""
    facts: list[Fact] = []
    if state.ticket is not None:
        ticket = _ticket(log, state.ticket)
        if ticket.status is Status.CALLED:
            facts.append((ticket.id, ev.CallWithdrawn(counter=state.id)))
        else:
            facts.append((ticket.id, ev.TicketParked(counter=state.id, reason=reason)))
    released = ev.CounterReleased(counter=state.id, officer=state.officer, reason=reason)
    return [*facts, (None, released)]


# Devices and the branch ----------------------------------------------------------------------
def record_print(command: cmd.RecordPrint, log: Log) -> Decision:
    """A print job ended; the same job is recorded once."""
    ticket = _ticket(log, command.ticket)
    if not command.code:
        event: ev.AnyEvent = ev.SlipPrinted(job=command.job, printer=command.printer)
    else:
        event = ev.SlipPrintFailed(job=command.job, printer=command.printer, code=command.code)
    return Decision([(ticket.id, event)], ticket.id)


def record_announcement(command: cmd.RecordAnnouncement, log: Log) -> Decision:
    """A display acknowledged the last call of a ticket; acknowledgements of older ones are past."""
    if command.how not in ("shown", "spoken"):
        raise errors.BadValue(field="how", problem="shown, spoken")
    for state in log.counters():
        if state.call_seq == command.call_seq and state.ticket is not None:
            event = ev.CallAnnounced(
                display=command.display, call_seq=command.call_seq, how=command.how
            )
            return Decision([(state.ticket, event)])
    return Decision([])


def post_notice(command: cmd.PostNotice, log: Log) -> Decision:
    """A line of text on the walls of the branch."""
    if not command.text_vi.strip():
        raise errors.BadValue(field="text_vi", problem="empty")
    event = ev.NoticePosted(
        text_vi=command.text_vi.strip()[:300],
        text_en=command.text_en.strip()[:300],
        until=command.until,
    )
    return Decision([(None, event)])


def close_day(_command: cmd.CloseDay, log: Log) -> Decision:
    """End the business day: counters are freed, whoever still waits is cancelled with its code."""
    if log.closed_date is not None and log.closed_date >= log.business_date:
        raise errors.DayClosedAlready(date=log.closed_date.isoformat())
    facts: list[Fact] = []
    for state in log.counters():
        facts += _released(log, state, "day_close")
    waiting = log.unfinished()
    cancelled = ev.TicketCancelled(code="day_close")
    facts += [(ticket.id, cancelled) for ticket in waiting]
    closed = ev.DayClosed(business_date=log.business_date, cancelled=len(waiting))
    return Decision([*facts, (None, closed)])


# What the handlers share ---------------------------------------------------------------------
def _ticket(log: Log, ticket: TicketId) -> Ticket:
    found = log.ticket(ticket)
    if found is None:
        raise errors.UnknownTicket(ticket=ticket)
    return found


def _counter(log: Log, counter: CounterId) -> tuple[Counter, CounterState]:
    configured = log.catalogue.counter(counter)
    if configured is None:
        raise errors.UnknownCounter(counter=counter)
    return configured, log.counter(counter)


def _open_counter(log: Log, counter: CounterId) -> tuple[Counter, CounterState]:
    configured, state = _counter(log, counter)
    counters.refuse_unless_open(state, configured.number)
    return configured, state


def _refuse_open_call(log: Log, state: CounterState) -> None:
    if state.ticket is not None:
        ticket = _ticket(log, state.ticket)
        raise errors.CallOpen(number=ticket.number, state=ticket.status.value)


def _at_desk(
    log: Log, counter: CounterId, event: type[ev.TicketEvent]
) -> tuple[Ticket, Counter, CounterState]:
    """The ticket at an open counter, if the machine lets `event` happen to it."""
    configured, state = _open_counter(log, counter)
    if state.ticket is None:
        raise errors.NoOpenCall(counter=configured.number)
    ticket = _ticket(log, state.ticket)
    refuse_unless(ticket, event)
    return ticket, configured, state


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise errors.ReasonRequired()


HANDLERS: Final[dict[type[cmd.AnyCommand], Callable[[Any, Log], Decision]]] = {
    cmd.IssueTicket: issue,
    cmd.CallNext: call_next,
    cmd.CallTicket: call_ticket,
    cmd.RecallTicket: recall,
    cmd.StartService: start,
    cmd.CompleteService: complete,
    cmd.RecordNoShow: no_show,
    cmd.ParkTicket: park,
    cmd.ResumeTicket: resume,
    cmd.TransferTicket: transfer,
    cmd.AddService: add_service,
    cmd.UndoLast: undo,
    cmd.ReinstateTicket: reinstate,
    cmd.CancelTicket: cancel,
    cmd.ConfirmPriority: confirm_priority,
    cmd.ChangePriority: change_priority,
    cmd.OpenCounter: open_counter,
    cmd.PauseCounter: pause_counter,
    cmd.ResumeCounter: resume_counter,
    cmd.CloseCounter: close_counter,
    cmd.ReleaseCounter: release_counter,
    cmd.RateTicket: rate,
    cmd.RecordPrint: record_print,
    cmd.RecordAnnouncement: record_announcement,
    cmd.PostNotice: post_notice,
    cmd.CloseDay: close_day,
}



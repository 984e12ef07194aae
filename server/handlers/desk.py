"""What an officer does with tickets at the counter."""

from datetime import date

from server.domain import commands as cmd
from server.domain import counters, discipline, errors
from server.domain import events as ev
from server.domain.catalogue import Counter
from server.domain.counters import CounterState, Step
from server.domain.ticket import AT_COUNTER, Status, Ticket, refuse_if_stale, refuse_unless
from server.handlers.shared import (
    REASON_MAX,
    Decision,
    Fact,
    Log,
    desk_of,
    find_at_desk,
    find_counter,
    find_held_counter,
    find_open_counter,
    find_ticket,
    refuse_open_call,
    require_reason,
)


def call_next(command: cmd.CallNext, log: Log) -> Decision:
    """Call whom the policy chooses, after completing the present ticket if an outcome came."""
    counter, state = find_open_counter(log, command.counter, command.by)
    facts: list[Fact] = []
    if state.ticket is not None:
        current = find_ticket(log, state.ticket)
        if command.outcome is None or current.status is not Status.SERVING:
            raise errors.CallOpen(number=current.number, state=current.status.value)
        ended = _completed(
            log, current, counter, command.outcome, command.dossier_code, command.result_on
        )
        facts.append((current.id, ended))
    return _calling_next(facts, log, counter, state)


def _calling_next(facts: list[Fact], log: Log, counter: Counter, state: CounterState) -> Decision:
    """Then the call of whom the policy chooses, if anybody waits."""
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


def _ended(fact: Fact, log: Log, counter: Counter, state: CounterState) -> Decision:
    """A ticket has left the desk: where the counter calls by itself, the next one is called."""
    if not counter.auto_call:
        return Decision([fact], fact[0])
    return _calling_next([fact], log, counter, state)


def choose(log: Log, counter: Counter, state: CounterState) -> discipline.Choice | None:
    """Whom this counter would call now."""
    heads = [*log.heads(counter.queues), *log.directed_to(counter.id, state.officer)]
    pools = {s.queues for s in counter.sources}
    since = {p: n for p in pools if (n := log.normal_since(p)) is not None}
    return discipline.choose(log.catalogue.policy, counter, heads, since, log.now)


def call_ticket(command: cmd.CallTicket, log: Log) -> Decision:
    """Call a chosen ticket out of order; the reason is kept and counted (rule F2)."""
    require_reason(command.reason)
    counter, state = find_open_counter(log, command.counter, command.by)
    refuse_open_call(log, state)
    ticket = find_ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketCalled)
    refuse_if_stale(ticket, command.version, log.business_date)
    called = ev.TicketCalled(
        counter=counter.id,
        officer=state.officer,
        rule="chosen",
        policy_version=log.catalogue.policy.version,
        pool=(),
        reason=command.reason[:REASON_MAX],
    )
    return Decision([(ticket.id, called)], ticket.id)


def recall(command: cmd.RecallTicket, log: Log) -> Decision:
    """Summon the same ticket again; rings again."""
    ticket, counter, _ = find_at_desk(log, command, ev.TicketRecalled)
    event = ev.TicketRecalled(counter=counter.id, times=ticket.calls + 1)
    return Decision([(ticket.id, event)], ticket.id)


def start(command: cmd.StartService, log: Log) -> Decision:
    """The person is at the desk: called is not serving."""
    ticket, counter, _ = find_at_desk(log, command, ev.ServiceStarted)
    return Decision([(ticket.id, ev.ServiceStarted(counter=counter.id))], ticket.id)


def complete(command: cmd.CompleteService, log: Log) -> Decision:
    """The service ends, with its outcome."""
    ticket, counter, state = find_at_desk(log, command, ev.ServiceCompleted)
    event = _completed(
        log, ticket, counter, command.outcome, command.dossier_code, command.result_on
    )
    return _ended((ticket.id, event), log, counter, state)


def _completed(
    log: Log,
    ticket: Ticket,
    counter: Counter,
    outcome: str,
    dossier: str | None,
    result_on: date | None,
) -> ev.ServiceCompleted:
    if log.catalogue.outcome(outcome, ticket.service) is None:
        raise errors.UnknownOutcome(outcome=outcome)
    if result_on is not None and result_on < log.business_date:
        raise errors.BadValue(field="result_on", problem=f">= {log.business_date}")
    return ev.ServiceCompleted(
        counter=counter.id,
        outcome=outcome,
        dossier_code=dossier[:60] if dossier else None,
        result_on=result_on,
    )


def no_show(command: cmd.RecordNoShow, log: Log) -> Decision:
    """Called, did not come, and was recalled as often as the policy wants."""
    ticket, counter, state = find_at_desk(log, command, ev.NoShowRecorded)
    missing = log.catalogue.policy.recalls_before_no_show - (ticket.calls - 1)
    if missing > 0:
        raise errors.RecallFirst(number=ticket.number, times=missing)
    fact = (ticket.id, ev.NoShowRecorded(counter=counter.id))
    return _ended(fact, log, counter, state)


def park(command: cmd.ParkTicket, log: Log) -> Decision:
    """Hold the ticket aside."""
    require_reason(command.reason)
    ticket, counter, _ = find_at_desk(log, command, ev.TicketParked)
    event = ev.TicketParked(
        counter=counter.id, reason=command.reason[:REASON_MAX], return_at=command.return_at
    )
    return Decision([(ticket.id, event)], ticket.id)


def resume(command: cmd.ResumeTicket, log: Log) -> Decision:
    """A parked ticket waits again, or comes straight to the counter that asks."""
    ticket = find_ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketResumed)
    refuse_if_stale(ticket, command.version, log.business_date)
    if not command.to_counter:
        counter, _ = find_held_counter(log, command.counter, command.by)
        return Decision([(ticket.id, ev.TicketResumed(desk=counter.id))], ticket.id)
    counter, state = find_open_counter(log, command.counter, command.by)
    refuse_open_call(log, state)
    event = ev.TicketResumed(counter=counter.id, officer=state.officer)
    return Decision([(ticket.id, event)], ticket.id)


def transfer(command: cmd.TransferTicket, log: Log) -> Decision:
    """Same ticket, other queue, counter or officer; number and arrival stay."""
    require_reason(command.reason)
    ticket, counter, _ = find_at_desk(log, command, ev.TicketTransferred)
    queue, service = ticket.queue, ticket.service
    if command.to_queue is not None:
        target = log.catalogue.queue(command.to_queue)
        found = log.catalogue.service_of_queue(command.to_queue)
        if target is None or found is None:
            raise errors.UnknownQueue(queue=command.to_queue)
        queue, service = target.id, found.id
    elif command.to_counter is not None:
        find_counter(log, command.to_counter)
    elif not command.to_officer:
        raise errors.BadValue(field="to_queue", problem="to_queue, to_counter, to_officer")
    event = ev.TicketTransferred(
        queue=queue,
        service=service,
        reason=command.reason[:REASON_MAX],
        from_counter=counter.id,
        to_counter=command.to_counter,
        to_officer=command.to_officer,
        note=command.note[:REASON_MAX],
    )
    return Decision([(ticket.id, event)], ticket.id)


def add_service(command: cmd.AddService, log: Log) -> Decision:
    """Another service in the same visit, under the same number."""
    ticket, counter, _ = find_at_desk(log, command, ev.ServiceAdded)
    if log.catalogue.service(command.service) is None:
        raise errors.UnknownService(service=command.service)
    if log.catalogue.outcome(command.outcome, ticket.service) is None:
        raise errors.UnknownOutcome(outcome=command.outcome)
    event = ev.ServiceAdded(counter=counter.id, service=command.service, outcome=command.outcome)
    return Decision([(ticket.id, event)], ticket.id)


def undo(command: cmd.UndoLast, log: Log) -> Decision:
    """Take back the counter's last step, as a new event.

    What others have done with the ticket since is never taken back with it.
    """
    counter, state = find_held_counter(log, command.counter, command.by)
    until = counters.undo_until(state, log.catalogue.policy)
    if until is None or log.now > until:
        raise errors.NothingToUndo(counter=counter.number)
    step = state.steps[-1]
    ticket = find_ticket(log, step.ticket)
    if not _is_as_left(ticket, step, state):
        raise errors.NothingToUndo(counter=counter.number)
    if step.before is None:
        # A number that was taken for somebody by mistake: it is on record, so it is cancelled.
        refuse_unless(ticket, ev.TicketCancelled)
        return Decision([(ticket.id, ev.TicketCancelled(code="mistake"))], ticket.id)
    refuse_unless(ticket, ev.StepUndone)
    event = ev.StepUndone(counter=counter.id, step=step.event, undone=step.seq)
    return Decision([(ticket.id, event)], ticket.id)


def _is_as_left(ticket: Ticket, step: Step, state: CounterState) -> bool:
    """Whether nobody has moved the ticket since, and the desk is free to take it back."""
    is_here = ticket.counter == state.id or step.status not in AT_COUNTER
    comes_back = step.before is not None and step.before.status in AT_COUNTER
    is_free = state.ticket in (None, ticket.id) or not comes_back
    return ticket.status is step.status and is_here and is_free


def reinstate(command: cmd.ReinstateTicket, log: Log) -> Decision:
    """A no-show is back."""
    require_reason(command.reason)
    ticket = find_ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketReinstated)
    refuse_if_stale(ticket, command.version, log.business_date)
    desk = desk_of(log, command.counter, command.by)
    event = ev.TicketReinstated(reason=command.reason[:REASON_MAX], desk=desk)
    return Decision([(ticket.id, event)], ticket.id)


def confirm_priority(command: cmd.ConfirmPriority, log: Log) -> Decision:
    """The officer saw that the declared class is right."""
    counter, _ = find_open_counter(log, command.counter, command.by)
    ticket = find_ticket(log, command.ticket)
    if ticket.priority is None:
        raise errors.UnknownPriority(priority="")
    if ticket.counter != counter.id or ticket.status not in AT_COUNTER:
        raise errors.TicketElsewhere(number=ticket.number)
    return Decision([(ticket.id, ev.PriorityConfirmed(counter=counter.id))], ticket.id)


def change_priority(command: cmd.ChangePriority, log: Log) -> Decision:
    """Give, change or take a priority class, with a reason."""
    require_reason(command.reason)
    ticket = find_ticket(log, command.ticket)
    refuse_if_stale(ticket, command.version, log.business_date)
    if ticket.status not in (Status.WAITING, *AT_COUNTER):
        raise errors.WrongState(number=ticket.number, state=ticket.status.value)
    if command.priority and log.catalogue.policy.priority_class(command.priority) is None:
        raise errors.UnknownPriority(priority=command.priority)
    event = ev.PriorityChanged(
        reason=command.reason[:REASON_MAX],
        priority=command.priority or None,
        desk=desk_of(log, command.counter, command.by),
    )
    return Decision([(ticket.id, event)], ticket.id)

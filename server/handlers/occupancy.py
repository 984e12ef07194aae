"""Who sits at which counter, and when the day ends for all of them."""

from server.domain import commands as cmd
from server.domain import counters, errors, follow_ups
from server.domain import events as ev
from server.domain.catalogue import DayClose
from server.domain.counters import CounterState, CounterStatus
from server.domain.ticket import Status
from server.handlers.rosters import there_after_all
from server.handlers.shared import (
    REASON_MAX,
    Decision,
    Fact,
    Log,
    find_counter,
    find_held_counter,
    find_open_counter,
    find_ticket,
    refuse_open_call,
    require_reason,
)


def open_counter(command: cmd.OpenCounter, log: Log) -> Decision:
    """An officer takes the counter; refused while another officer's lease runs (rule D6)."""
    counter, state = find_counter(log, command.counter)
    officer = " ".join(command.officer.split())[:120]
    if not officer:
        raise errors.BadValue(field="officer", problem="empty")
    facts: list[Fact] = []
    if state.status is not CounterStatus.CLOSED:
        if (state.account, state.officer) == (command.by, officer):
            raise errors.CounterAlreadyOpen(counter=counter.number)
        if not counters.lease_expired(state, log.catalogue.policy, log.now):
            raise errors.CounterOccupied(counter=counter.number, officer=state.officer)
        facts = released(log, state, "lease_expired")
    facts += there_after_all(log, counter.id)
    _refuse_second_counter(log, state, command.by)
    opened = ev.CounterOpened(
        counter=counter.id, officer=officer, account=command.by, title=command.title[:120]
    )
    return Decision([*facts, (None, opened)])


def _refuse_second_counter(log: Log, wanted: CounterState, account: str) -> None:
    """One officer, one counter: a number is called by somebody who is there."""
    for state in log.counters():
        if account and state.account == account and state.id != wanted.id:
            held = log.catalogue.counter(state.id)
            raise errors.OfficerElsewhere(counter=held.number if held else 0)


def hand_over(command: cmd.HandOverCounter, log: Log) -> Decision:
    """The next shift has the counter, with whoever is called or served at it."""
    counter, state = find_held_counter(log, command.counter, command.by)
    if state.status is CounterStatus.CLOSED:
        raise errors.CounterNotOpen(counter=counter.number, state=state.status.value)
    if not command.officer or command.to == state.account:
        raise errors.UnknownOfficer(officer=command.to)
    _refuse_second_counter(log, state, command.to)
    event = ev.CounterHandedOver(
        counter=counter.id, officer=command.officer, account=command.to, title=command.title
    )
    return Decision([(None, event)])


def pause_counter(command: cmd.PauseCounter, log: Log) -> Decision:
    """The counter stops calling for a while, with a reason."""
    require_reason(command.reason)
    counter, state = find_open_counter(log, command.counter, command.by)
    refuse_open_call(log, state)
    event = ev.CounterPaused(
        counter=counter.id, reason=command.reason[:REASON_MAX], return_at=command.return_at
    )
    return Decision([(None, event)])


def resume_counter(command: cmd.ResumeCounter, log: Log) -> Decision:
    """The paused counter serves again."""
    counter, state = find_held_counter(log, command.counter, command.by)
    if state.status is not CounterStatus.PAUSED:
        raise errors.CounterNotOpen(counter=counter.number, state=state.status.value)
    return Decision([(None, ev.CounterResumed(counter=counter.id))])


def close_counter(command: cmd.CloseCounter, log: Log) -> Decision:
    """The officer leaves; nobody may be called or served at that moment."""
    counter, state = find_held_counter(log, command.counter, command.by)
    if state.status is CounterStatus.CLOSED:
        raise errors.CounterNotOpen(counter=counter.number, state=state.status.value)
    refuse_open_call(log, state)
    return Decision([(None, ev.CounterClosed(counter=counter.id))])


def release_counter(command: cmd.ReleaseCounter, log: Log) -> Decision:
    """A supervisor frees a stuck counter; its ticket is kept, not lost (rule D5)."""
    require_reason(command.reason)
    counter, state = find_counter(log, command.counter)
    if state.status is CounterStatus.CLOSED:
        raise errors.CounterNotOpen(counter=counter.number, state=state.status.value)
    return Decision(released(log, state, command.reason[:REASON_MAX]))


def released(log: Log, state: CounterState, reason: str) -> list[Fact]:
    """A called ticket goes back to its place, one being served is parked; the counter is free."""
    facts: list[Fact] = []
    if state.ticket is not None:
        ticket = find_ticket(log, state.ticket)
        if ticket.status is Status.CALLED:
            facts.append((ticket.id, ev.CallWithdrawn(counter=state.id)))
        else:
            facts.append((ticket.id, ev.TicketParked(counter=state.id, reason=reason)))
    released = ev.CounterReleased(counter=state.id, officer=state.officer, reason=reason)
    return [*facts, (None, released)]


def close_day(command: cmd.CloseDay, log: Log) -> Decision:
    """End the business day: counters are freed, and the policy says what becomes of the waiting.

    They are cancelled with a code of their own, or wait on, first in line, on the next day that
    the office is open; where the policy asks, whoever closes the day says which (rule N7).
    """
    if log.closed_date is not None and log.closed_date >= log.business_date:
        raise errors.DayClosedAlready(date=log.closed_date.isoformat())
    facts: list[Fact] = []
    for state in log.counters():
        facts += released(log, state, "day_close")
    waiting = log.unfinished()
    end = _end_of_waiting(command, log) if waiting else ev.TicketCancelled(code="day_close")
    facts += [(ticket.id, end) for ticket in waiting]
    carried = len(waiting) if isinstance(end, ev.TicketCarriedOver) else 0
    closed = ev.DayClosed(
        business_date=log.business_date, cancelled=len(waiting) - carried, carried_over=carried
    )
    return Decision([*facts, (None, closed)])


def _end_of_waiting(command: cmd.CloseDay, log: Log) -> ev.TicketCancelled | ev.TicketCarriedOver:
    policy = log.catalogue.policy.day_close
    asked = policy is DayClose.ASK
    if asked and command.waiting not in (DayClose.CLOSE, DayClose.CARRY_OVER):
        raise errors.DayCloseChoice(waiting=len(log.unfinished()))
    if (command.waiting if asked else policy) == DayClose.CLOSE:
        return ev.TicketCancelled(code="day_close")
    following = follow_ups.due_on(log.catalogue.hours, log.business_date, 1)
    return ev.TicketCarriedOver(business_date=following)

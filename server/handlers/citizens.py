"""What citizens may do: take a number, give it up, rate the visit."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from server.domain import (
    blocks,
    discipline,
    errors,
    estimate,
    follow_ups,
    hours,
    numbering,
    quoting,
)
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Catalogue, DayClose, Queue, Service
from server.domain.counters import CounterStatus
from server.domain.discipline import Candidate
from server.domain.estimate import Load
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.quoting import Basis
from server.domain.ticket import Status, refuse_if_stale, refuse_unless
from server.handlers.shared import (
    REASON_MAX,
    Decision,
    Fact,
    Log,
    desk_of,
    find_open_counter,
    find_ticket,
    refuse_open_call,
    require_reason,
)

#: Where a ticket may be taken; `staff` is the guide desk or a counter.
CHANNELS: Final = ("kiosk", "phone", "staff", "api", "roll")
#: What a citizen may say of the papers.
READINESS: Final = ("", "ready", "guidance")
LANGUAGES: Final = ("vi", "en")
#: Whom a ticket's cancellation may be put down to.
CANCEL_CODES: Final = ("citizen", "officer", "print_failure")
LEVELS: Final = range(1, 6)
_COMMENT_MAX: Final = 500
_ROLL: Final = range(1, 10_000)
#: As long as a phone number or an identity number, however it is grouped.
_LONG_DIGITS: Final = re.compile(r"\d(?:[ .\-]?\d){8,}")


def issue(command: cmd.IssueTicket, log: Log) -> Decision:
    """A new ticket at the end of its queue."""
    if command.channel not in CHANNELS:
        raise errors.BadValue(field="channel", problem=", ".join(CHANNELS))
    if command.language not in LANGUAGES:
        raise errors.BadValue(field="language", problem=", ".join(LANGUAGES))
    if command.readiness not in READINESS:
        raise errors.BadValue(field="readiness", problem="ready, guidance")
    queue, service = _queue_and_service(command, log.catalogue)
    if command.procedure is not None:
        procedure = log.catalogue.procedure(command.procedure)
        if procedure is None or procedure.service != service.id:
            raise errors.UnknownProcedure(procedure=command.procedure)
    _refuse_undeclarable(command, log.catalogue)
    # Whoever holds a number of the roll has been let in already.
    open_now = command.roll is not None or hours.takes_tickets(
        log.catalogue.hours, log.zone, queue.id, log.now
    )
    if not open_now or log.closed_date == log.business_date:
        raise errors.QueueClosed(queue=queue.name.vi)
    serial, number = (
        _from_roll(command.roll, log) if command.roll is not None else _next(queue, log)
    )
    desk = desk_of(log, command.counter, command.by)
    ticket = log.new_ticket_id()
    counts = log.waiting_counts()
    ahead = _ahead(command, log, queue, serial, ticket, counts)
    issued = ev.TicketIssued(
        ticket=ticket,
        number=number,
        serial=serial,
        queue=queue.id,
        service=service.id,
        business_date=log.business_date,
        procedure=command.procedure,
        priority=command.priority,
        channel=command.channel if command.roll is None else "roll",
        language=command.language,
        paper=queue.prints,
        roll=command.roll is not None,
        desk=desk,
        readiness=command.readiness,
        device=command.device,
        ahead=ahead,
        quote=quoting.quote_for(
            basis(log, counts), queue.id, priority=command.priority, ahead=ahead, to_keep=True
        ),
    )
    facts: list[Fact] = [(ticket, issued)]
    if command.call and desk is not None:
        facts.append((ticket, _called_at_once(desk, command.by, log)))
    return Decision(facts, ticket)


def _called_at_once(desk: CounterId, by: str, log: Log) -> ev.TicketCalled:
    _, state = find_open_counter(log, desk, by)
    refuse_open_call(log, state)
    return ev.TicketCalled(
        counter=desk,
        officer=state.officer,
        rule="roll",
        policy_version=log.catalogue.policy.version,
        pool=(),
    )


def _next(queue: Queue, log: Log) -> tuple[int, str]:
    """The next number of the series; near its top, below those that kiosks hold.

    Numbers of people who wait since yesterday are passed over.
    """
    last = log.last_serial(queue.id)
    is_near = last is not None and last + 1 >= blocks.floor_of(queue)
    end = blocks.lowest_held(queue, log.blocks(log.business_date)) if is_near else None
    serial = numbering.next_serial(queue, last, end)
    carries = log.catalogue.policy.day_close is not DayClose.CLOSE
    while carries and log.has_number(numbering.number(queue, serial), log.business_date):
        serial = numbering.next_serial(queue, serial, end)
    return serial, numbering.number(queue, serial)


def _from_roll(roll: int, log: Log) -> tuple[int, str]:
    """A number of the paper roll, which nobody of today has."""
    if roll not in _ROLL:
        raise errors.BadValue(field="roll", problem=f"{_ROLL.start}–{_ROLL.stop - 1}")  # noqa: RUF001
    number = f"{log.catalogue.roll_prefix}{roll:03d}"
    if log.has_number(number, log.business_date):
        raise errors.NumberTaken(number=number)
    return roll, number


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
) -> int:
    """People ahead in the ticket's own queue."""
    ahead = counts.get(queue.id, 0)
    if command.priority is not None and ahead:
        newcomer = Candidate(
            log.now, queue.id, serial, ticket, numbering.number(queue, serial), command.priority
        )
        policy, counters = log.catalogue.policy, log.catalogue.counters
        since = discipline.line_since(policy, counters, queue.id, log.normal_since)
        ahead = discipline.ahead_of_new(policy, log.line(queue.id), since, newcomer)
    return ahead


def basis(log: Log, counts: Mapping[QueueId, int]) -> Basis:
    """What the wait of a new ticket is told from."""
    return Basis(
        catalogue=log.catalogue,
        load=load(log),
        learned=log.learned(),
        outlook=log.outlook(),
        counts=counts,
        now=log.now,
    )


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
        require_reason(command.reason)
    ticket = find_ticket(log, command.ticket)
    refuse_unless(ticket, ev.TicketCancelled)
    refuse_if_stale(ticket, command.version, log.business_date)
    desk = desk_of(log, command.counter, command.by)
    event = ev.TicketCancelled(code=command.code, reason=command.reason[:REASON_MAX], desk=desk)
    return Decision([(ticket.id, event)], ticket.id)


def yield_place(command: cmd.YieldPlace, log: Log) -> Decision:
    """The ticket goes behind the next people of its own queue and class, and keeps its number.

    The new arrival key is just after that of the last one let by, so that nobody else is moved.
    """
    places = log.catalogue.policy.yield_places
    ticket = find_ticket(log, command.ticket)
    refuse_unless(ticket, ev.PlaceYielded)
    refuse_if_stale(ticket, None, log.business_date)
    if not places or ticket.yielded >= discipline.YIELDS:
        raise errors.YieldRefused(number=ticket.number)
    lane = log.line(ticket.queue).get(ticket.priority, [])
    behind = lane[1 + next((i for i, c in enumerate(lane) if c.ticket == ticket.id), len(lane)) :]
    if not behind:
        raise errors.NobodyBehind(number=ticket.number)
    passed = behind[:places]
    event = ev.PlaceYielded(
        places=len(passed), arrival_at=passed[-1].arrival_at + timedelta(microseconds=1)
    )
    return Decision([(ticket.id, event)], ticket.id)


def rate(command: cmd.RateTicket, log: Log) -> Decision:
    """A citizen rates the visit: once, after it was served, within the rating time.

    At the pad of a counter only the visit that ended there last, and only for a moment. A rating
    of 1 or 2 opens a follow-up for a manager.
    """
    if command.level not in LEVELS:
        raise errors.BadValue(field="level", problem="1–5")  # noqa: RUF001
    ticket = find_ticket(log, command.ticket)
    if ticket.level is not None:
        raise errors.AlreadyRated(number=ticket.number)
    if ticket.status is not Status.SERVED or not ticket.ended_at:
        raise errors.RatingClosed(number=ticket.number)
    if log.now - ticket.ended_at > _rating_time(command, log):
        raise errors.RatingClosed(number=ticket.number)
    if unknown := set(command.reasons) - set(follow_ups.REASONS):
        raise errors.BadValue(field="reasons", problem=min(unknown)[:40])
    is_low = command.level <= follow_ups.LOW
    reasons = tuple(dict.fromkeys(command.reasons)) if is_low else ()
    given = ev.RatingGiven(
        level=command.level,
        channel=command.channel[:20],
        reasons=reasons,
        comment=masked(command.comment.strip()[:_COMMENT_MAX]),
    )
    facts: list[Fact] = [(ticket.id, given)]
    if is_low:
        due_on = follow_ups.due_on(
            log.catalogue.hours, log.business_date, log.catalogue.policy.follow_up_days
        )
        opened = ev.FollowUpOpened(due_on=due_on, level=command.level, reasons=reasons)
        facts.append((ticket.id, opened))
    return Decision(facts, ticket.id)


def _rating_time(command: cmd.RateTicket, log: Log) -> timedelta:
    policy = log.catalogue.policy
    if command.counter is None:
        return timedelta(hours=policy.rating_hours)
    if log.counter(command.counter).served != command.ticket:
        raise errors.RatingClosed(number="")
    # Whoever has begun to answer may finish.
    return timedelta(seconds=2 * policy.rating_pad_seconds)


def masked(comment: str) -> str:
    """The comment without what may be somebody's phone or identity number (domain.md §9)."""
    return _LONG_DIGITS.sub("•••", comment)


def settle_follow_up(command: cmd.SettleFollowUp, log: Log) -> Decision:
    """A manager says what came of a visit that was rated low."""
    require_reason(command.note)
    known = log.follow_up(command.ticket)
    if known is None or known.settled_at is not None:
        raise errors.UnknownFollowUp(ticket=command.ticket)
    event = ev.FollowUpSettled(note=masked(command.note.strip()[:_COMMENT_MAX]))
    return Decision([(command.ticket, event)], command.ticket)

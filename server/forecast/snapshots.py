"""A branch at one moment as a forecast needs it: its desks, who waits, what is left of the day."""

import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from server.domain import hours, roster
from server.domain.catalogue import Catalogue, Counter, Mode, Policy, PriorityClass
from server.domain.counters import CounterState, CounterStatus
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, QueueId, ServiceId
from server.domain.outlook import Lane
from server.domain.state import BranchState, candidate
from server.domain.ticket import Ticket
from server.forecast.learner import Learner
from server.forecast.model import Desk, Phase, Snapshot, Span, Waiter

_log = logging.getLogger(__name__)

#: A counter that somebody opened before any session begins is taken as theirs for so long.
_EARLY: Final = timedelta(hours=1)


def of(
    state: BranchState,
    catalogue: Catalogue,
    absent: Collection[CounterId],
    learner: Learner,
    now: datetime,
    *,
    lanes: tuple[Lane, ...] | None = None,
) -> Snapshot:
    """The branch at `now`. `absent` are the counters declared absent today.

    `lanes` are those to price for newcomers, when not all. Tickets set aside because their slip
    failed do not wait, nor do those that were carried over to another day.
    """
    local = now.astimezone(catalogue.zone)
    spans = _spans(catalogue, now, local.date())
    return Snapshot(
        branch=state.branch,
        seq=state.seq,
        at=now,
        policy=catalogue.policy,
        desks=tuple(
            _desk(state, catalogue, counter, absent, learner, now) for counter in catalogue.counters
        ),
        waiters=tuple(_waiters(state, catalogue, now, local.date())),
        spans=spans,
        normal_since=dict(state.since),
        lanes=lanes_of(catalogue, spans) if lanes is None else lanes,
        service_of=service_of(catalogue, learner.durations.wanted),
        second_of_day=local.hour * 3_600 + local.minute * 60 + local.second,
        weekday=local.weekday(),
    )


# Desks ------------------------------------------------------------------------------------
def _desk(
    state: BranchState,
    catalogue: Catalogue,
    counter: Counter,
    absent: Collection[CounterId],
    learner: Learner,
    now: datetime,
) -> Desk:
    row = state.counter(counter.id)
    windows = _windows(catalogue, counter, absent, now)
    day = now.astimezone(catalogue.zone).date()
    seen = row.active_at or row.since
    is_left_open = seen is not None and seen.astimezone(catalogue.zone).date() != day
    if row.status is CounterStatus.CLOSED or is_left_open:
        # Of a counter that nobody closed last evening it is not known whether anybody is there.
        if row.status is not CounterStatus.CLOSED:
            _log.info("%s: counter %s was left open", catalogue.branch, counter.number)
        return Desk(
            counter=counter,
            phase=Phase.CLOSED,
            officer=row.officer or learner.officer_of(counter.id),
            windows=windows,
        )
    windows = _with_now(catalogue, counter, windows, now)
    if row.status is CounterStatus.PAUSED:
        return Desk(
            counter=counter,
            phase=Phase.PAUSED,
            phase_s=_elapsed(row.since, now),
            officer=row.officer,
            returns_s=(row.return_at - now).total_seconds() if row.return_at else None,
            windows=windows,
        )
    return _open_desk(state, catalogue, counter, row, windows, now)


def _open_desk(
    state: BranchState,
    catalogue: Catalogue,
    counter: Counter,
    row: CounterState,
    windows: tuple[tuple[float, float], ...],
    now: datetime,
) -> Desk:
    ticket = state.ticket(row.ticket) if row.ticket else None
    if ticket is None:
        # Nobody is wrapping up who has nobody to call.
        wanted = state.heads(counter.queues) or state.directed_to(counter.id, row.officer)
        return Desk(
            counter=counter,
            phase=Phase.WRAPPING if wanted else Phase.IDLE,
            phase_s=_elapsed(row.active_at, now),
            officer=row.officer,
            windows=windows,
        )
    called_at = ticket.called_at or now
    return Desk(
        counter=counter,
        phase=Phase.SERVING if ticket.started_at else Phase.CALLING,
        phase_s=_elapsed(ticket.started_at or called_at, now),
        officer=row.officer,
        service=_service(catalogue, ticket),
        waited_s=_elapsed(ticket.entered_at, called_at),
        windows=windows,
    )


def _elapsed(since: datetime | None, now: datetime) -> float:
    # A clock that was set back does not make anything last less than nothing.
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _windows(
    catalogue: Catalogue, counter: Counter, absent: Collection[CounterId], now: datetime
) -> tuple[tuple[float, float], ...]:
    day = now.astimezone(catalogue.zone).date()
    planned = roster.windows(catalogue, absent, counter.id, day)
    return tuple(
        ((opens - now).total_seconds(), (closes - now).total_seconds())
        for opens, closes in planned
        if closes > now
    )


def _with_now(
    catalogue: Catalogue,
    counter: Counter,
    windows: tuple[tuple[float, float], ...],
    now: datetime,
) -> tuple[tuple[float, float], ...]:
    """The windows of a counter that is open: outside them it stays so until the session's end."""
    if any(opens <= 0 for opens, _ in windows):
        return windows
    day = now.astimezone(catalogue.zone).date()
    for session in hours.sessions(catalogue.hours, catalogue.zone, day):
        takes = any(map(session.takes, counter.queues))
        if takes and min(session.doors, session.opens - _EARLY) <= now < session.closes:
            opens = max(0.0, (session.opens - now).total_seconds())
            closes = (session.closes - now).total_seconds()
            if any(a <= opens < b for a, b in windows):
                return windows
            # Not past the beginning of its next planned window: two windows never overlap.
            ends = min([closes, *(a for a, _ in windows if a > opens)])
            return tuple(sorted([(opens, ends), *windows]))
    return windows


# People -----------------------------------------------------------------------------------
def _waiters(
    state: BranchState, catalogue: Catalogue, now: datetime, day: date
) -> Iterator[Waiter]:
    for one, ticket in _waiting(state):
        if ticket.business_date > day:
            continue
        if catalogue.queue(ticket.queue) is None:
            _log.info("%s: %s waits in a queue that is gone", catalogue.branch, ticket.number)
            continue
        yield Waiter(
            candidate=one,
            service=_service(catalogue, ticket),
            issued_s=min(0.0, (ticket.issued_at - now).total_seconds()),
            counter=ticket.to_counter,
            officer=ticket.to_officer,
        )


def _waiting(state: BranchState) -> Iterator[tuple[Candidate, Ticket]]:
    for queue in sorted(state.lanes):
        lanes = state.lanes[queue]
        for code in sorted(lanes, key=lambda c: c or ""):
            for one in lanes[code]:
                yield one, state.tickets[one.ticket]
    for ticket in sorted(state.directed.values(), key=lambda t: t.id):
        yield candidate(ticket), ticket


def _service(catalogue: Catalogue, ticket: Ticket) -> ServiceId:
    """Its service, or while that is not configured any more, the first one of its queue."""
    if catalogue.service(ticket.service) is not None:
        return ticket.service
    known = catalogue.service_of_queue(ticket.queue) or next(iter(catalogue.services), None)
    return known.id if known else ticket.service


def service_of(catalogue: Catalogue, wanted: Mapping[ServiceId, float]) -> dict[QueueId, ServiceId]:
    """What a newcomer to each queue is taken to want: what most people came for."""
    found: dict[QueueId, ServiceId] = {}
    for service in catalogue.services:
        best = found.get(service.queue)
        if best is None or wanted.get(service.id, 0.0) > wanted.get(best, 0.0):
            found[service.queue] = service.id
    return found


# Lanes ------------------------------------------------------------------------------------
def lanes_of(catalogue: Catalogue, spans: Collection[Span]) -> tuple[Lane, ...]:
    """The lanes to price: each queue that still gives numbers today, normal and by kind of class."""
    leaders = dict.fromkeys(leader_of(catalogue.policy).values())
    return tuple(
        (queue.id, code)
        for queue in catalogue.queues
        if any(s.last_ticket_s > 0 and (not s.queues or queue.id in s.queues) for s in spans)
        for code in (None, *leaders)
    )


def leader_of(policy: Policy) -> dict[str, str]:
    """For each class that is not urgent, the first one that the policy treats like it.

    Newcomers of both have the same wait, and it is found once.
    """
    first: dict[int, str] = {}
    return {
        c.code: first.setdefault(_kind(policy, c), c.code) for c in policy.classes if not c.urgent
    }


def _kind(policy: Policy, of_class: PriorityClass) -> int:
    match policy.mode:
        case Mode.STRICT:
            return of_class.rank
        case Mode.HEAD_START:
            return of_class.head_start_minutes
        case Mode.INTERLEAVE:
            # Its rank decides between arrivals of one instant only.
            return 0


def _spans(catalogue: Catalogue, now: datetime, day: date) -> tuple[Span, ...]:
    return tuple(
        Span(
            opens_s=(s.opens - now).total_seconds(),
            closes_s=(s.closes - now).total_seconds(),
            last_ticket_s=(s.last_ticket - now).total_seconds(),
            queues=s.queues,
            doors_s=(s.doors - now).total_seconds(),
        )
        for s in hours.sessions(catalogue.hours, catalogue.zone, day)
        if s.closes > now
    )

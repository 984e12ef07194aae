"""One dispatcher of desks and tickets: what a branch does from one moment on, event by event.

Forecast and replay both run it, and whom a desk calls is asked of `discipline.choose` alone. What
follows a call (whether the person comes, how long it takes, where they go next) is asked of a
`Draw`: the forecast draws it, the replay reads it from the log. Times are seconds from `at`; a desk
calls as soon as it is free, is inside one of its windows, and somebody it may serve has arrived.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from math import inf

from server.domain.catalogue import Policy
from server.domain.discipline import Candidate, Choice, choose, choose_in_line, pick, since_of
from server.domain.ids import QueueId, TicketId
from server.forecast.desks import (
    Desk,
    Draw,
    Ghosts,
    Line,
    Outcome,
    Standing,
    Ticket,
    Visit,
    is_sent_to,
)

__all__ = ["Desk", "Dispatcher", "Draw", "Ghosts", "Outcome", "Standing", "Ticket", "Visit"]

#: At one instant people arrive before desks choose, so that a desk sees all who are there.
_ARRIVAL, _DESK = 0, 1


class Dispatcher:
    """A run from `begin_s` on. Tickets, desks and ghosts are changed: they carry the results."""

    def __init__(
        self,
        policy: Policy,
        at: datetime,
        normal_since: Mapping[tuple[QueueId, ...], int],
        draw: Draw,
        *,
        begin_s: float = 0.0,
    ) -> None:
        self._policy = policy
        self._at = at
        self._draw = draw
        self._begin = begin_s
        #: As the log keeps it (`server/domain/fold.py`).
        self.normal_since = dict(normal_since)
        #: By queue, how many tickets were called.
        self.called: dict[QueueId, int] = {}
        self._lines: dict[tuple[QueueId, str | None], Line] = {}
        self._serving: dict[QueueId, list[Desk]] = {}
        self._tickets: dict[TicketId, Ticket] = {}
        self._desks: Sequence[Desk] = ()
        #: In the order in which they became idle.
        self._idle: dict[int, Desk] = {}
        self._events: list[tuple[float, int, int, Ticket | Desk]] = []
        self._count = 0
        self._awaited = 0
        self._ghosts: Ghosts | None = None
        self._unseen = 0
        #: By ghost, when it was called and after how many of its queue.
        self.ghosts_called: dict[int, tuple[float, int]] = {}
        self._anybody_leaves = False

    def run(
        self,
        tickets: Iterable[Ticket],
        desks: Sequence[Desk],
        ghosts: Ghosts | None = None,
        later: Iterator[Ticket] | None = None,
    ) -> None:
        """Go on until everybody awaited and every ghost is called, or nobody can be any more.

        `later` are arrivals in their order that nobody awaits: each is taken only when the one
        before it has arrived, so that those after the end need never be made. No two tickets of one
        id may wait at a time.
        """
        self._take_desks(desks)
        self._take_tickets(tickets)
        self._play(ghosts, later)
        for ticket in self._tickets.values():
            if ticket.leaves_s < inf:
                ticket.outcome, ticket.end_s = Outcome.LEFT, ticket.leaves_s

    def run_again(self, standing: Standing, ghosts: Ghosts, later: Iterator[Ticket]) -> None:
        """The same of what was prepared."""
        self._desks, self._serving = standing.desks, standing.serving
        self._tickets = standing.tickets.copy()
        self._awaited = len(self._tickets)
        for lane, candidates in standing.lines.items():
            line = self._lines[lane] = deque(candidates)
            for desk in self._serving.get(lane[0], ()):
                desk.lines.append(line)
        for desk, candidate in standing.directed:
            desk.directed.append(candidate)
        self._plan(standing.desks)
        heapify(self._events)
        self._play(ghosts, later)

    def _play(self, ghosts: Ghosts | None, later: Iterator[Ticket] | None) -> None:
        if ghosts is not None:
            self._ghosts, self._unseen = ghosts, ghosts.served
        events, idle = self._events, self._idle
        later = later or iter(())
        following = self._take_next(later)
        while events and (self._awaited > 0 or self._unseen):
            now, _, _, thing = heappop(events)
            if isinstance(thing, Desk):
                self._decide(thing, now)
                continue
            self._join(thing)
            if idle:
                self._wake(thing, now)
            if thing is following:
                following = self._take_next(later)

    # Beginning ----------------------------------------------------------------------------
    def _take_desks(self, desks: Sequence[Desk]) -> None:
        self._desks = desks
        for desk in desks:
            for queue in desk.queues:
                self._serving.setdefault(queue, []).append(desk)
        self._plan(desks)

    def _plan(self, desks: Sequence[Desk]) -> None:
        for desk in desks:
            if desk.windows:
                first = max(desk.free_s, self._begin, desk.windows[0][0])
                self._events.append((first, _DESK, self._count, desk))
                self._count += 1

    def _take_tickets(self, tickets: Iterable[Ticket]) -> None:
        for ticket in tickets:
            if ticket.is_awaited:
                self._awaited += 1
            if ticket.arrival_s <= self._begin:
                self._join(ticket)
            else:
                self._events.append((ticket.arrival_s, _ARRIVAL, self._count, ticket))
                self._count += 1
        heapify(self._events)

    def _take_next(self, later: Iterator[Ticket]) -> Ticket | None:
        ticket = next(later, None)
        if ticket is not None:
            self._push(ticket.arrival_s, _ARRIVAL, ticket)
        return ticket

    def _push(self, when: float, kind: int, thing: Ticket | Desk) -> None:
        heappush(self._events, (when, kind, self._count, thing))
        self._count += 1

    # Arriving -----------------------------------------------------------------------------
    def _line(self, queue: QueueId, priority: str | None) -> Line:
        line = self._lines.get((queue, priority))
        if line is None:
            line = self._lines[queue, priority] = deque()
            for desk in self._serving.get(queue, ()):
                desk.lines.append(line)
        return line

    def _join(self, ticket: Ticket) -> None:
        candidate = ticket.candidate
        self._tickets[candidate.ticket] = ticket
        if ticket.leaves_s < inf:
            self._anybody_leaves = True
        if candidate.is_directed:
            for desk in self._desks:
                if is_sent_to(ticket, desk):
                    desk.directed.append(candidate)
            return
        line = self._line(candidate.queue, candidate.priority)
        if not line or line[-1].arrival_at < candidate.arrival_at:
            line.append(candidate)
        else:
            insort(line, candidate)

    def _wake(self, ticket: Ticket, now: float) -> None:
        """The desk that has been idle longest of those that may serve `ticket` looks up."""
        candidate = ticket.candidate
        for key, desk in list(self._idle.items()):
            if candidate.is_directed:
                may_serve = is_sent_to(ticket, desk)
            else:
                may_serve = candidate.queue in desk.queues
            if may_serve:
                del self._idle[key]
                self._decide(desk, now)
                if ticket.called_s is not None:
                    return

    # Choosing -----------------------------------------------------------------------------
    def _decide(self, desk: Desk, now: float) -> None:
        """`desk` is free: it calls, is idle, or waits for its next window."""
        windows = desk.windows
        while now >= windows[desk.window][1]:
            desk.window += 1
            if desk.window == len(windows):
                return
        if now < windows[desk.window][0]:
            self._push(windows[desk.window][0], _DESK, desk)
            return
        if self._anybody_leaves:
            self._let_go(desk, now)
        heads = [line[0] for line in desk.lines if line]
        if desk.directed:
            heads += desk.directed
        if self._unseen and self._ghosts is not None:
            self._show(self._ghosts, desk, heads, now)
        if not heads:
            self._idle[id(desk)] = desk
            return
        choice = self._choice(desk, heads, now)
        if choice is None:
            self._idle[id(desk)] = desk
        else:
            self._call(desk, choice, now)

    def _choice(self, desk: Desk, heads: list[Candidate], now: float) -> Choice | None:
        if desk.pool is not None:
            return choose_in_line(self._policy, heads, desk.pool, self.normal_since)
        instant = self._at + timedelta(seconds=now) if desk.is_timed else self._at
        return choose(self._policy, desk.counter, heads, self.normal_since, instant)

    def _call(self, desk: Desk, choice: Choice, now: float) -> None:
        ticket = self._tickets.pop(choice.ticket)
        candidate = ticket.candidate
        queue = candidate.queue
        if candidate.is_directed:
            self._take_out(ticket)
        else:
            # The discipline chooses among heads only.
            self._lines[queue, candidate.priority].popleft()
        pool = choice.pool
        if pool:
            is_normal = candidate.priority is None
            self.normal_since[pool] = (self.normal_since.get(pool) or 0) + 1 if is_normal else 0
        ahead = ticket.ahead = self.called.get(queue, 0)
        self.called[queue] = ahead + 1
        visit = self._draw.visit(ticket, desk, now)
        ticket.called_s, ticket.desk, ticket.rule = now, desk, choice.rule
        end, free, start, outcome, again = visit
        ticket.end_s, ticket.start_s, ticket.outcome = end, start, outcome
        desk.busy_s += end - now
        desk.calls += 1
        if ticket.is_awaited:
            self._awaited -= 1
        heappush(self._events, (free, _DESK, self._count, desk))
        self._count += 1
        if again is not None:
            self._awaited += again.is_awaited
            self._push(max(again.arrival_s, now), _ARRIVAL, again)

    def _take_out(self, directed: Ticket) -> None:
        for desk in self._desks:
            if is_sent_to(directed, desk):
                desk.directed.remove(directed.candidate)

    def _show(self, ghosts: Ghosts, desk: Desk, heads: list[Candidate], now: float) -> None:
        """Call those ghosts that the desk would choose, each alone there with the real ones.

        What stands before a ghost in its own line needs no care: inside a class the order is that
        of arrival. For the same reason one is asked about only when nobody of its class is before
        it in its queue; where a desk has one line, in the line, and all of a class are alike then.
        """
        has_one_line = len(desk.counter.sources) == 1
        for priority, served in ghosts.of_desk[desk.key]:
            here = self._unseen & served
            if not here:
                continue
            if not heads:
                called = _bits(here)  # whoever is alone there is called
            elif has_one_line:
                if _is_before(heads, priority, ghosts.at):
                    continue
                first = (here & -here).bit_length() - 1
                if not self._would_call(desk, heads, ghosts, first, now):
                    continue
                called = _bits(here)
            else:
                before = {
                    h.queue
                    for h in heads
                    if h.priority == priority and not h.is_directed and h.arrival_at <= ghosts.at
                }
                called = [
                    n
                    for n in _bits(here)
                    if ghosts.candidates[n].queue not in before
                    and self._would_call(desk, heads, ghosts, n, now)
                ]
            for n in called:
                self._unseen &= ~(1 << n)
                self.ghosts_called[n] = now, self.called.get(ghosts.candidates[n].queue, 0)

    def _would_call(
        self, desk: Desk, heads: list[Candidate], ghosts: Ghosts, n: int, now: float
    ) -> bool:
        ghost = ghosts.candidates[n]
        if desk.pool is not None:
            since = since_of(self._policy, self.normal_since.get(desk.pool))
            return pick(self._policy, [*heads, ghost], since)[0] is ghost
        found = self._choice(desk, [*heads, ghost], now)
        return found is not None and found.ticket == ghost.ticket

    # Leaving ------------------------------------------------------------------------------
    def _let_go(self, desk: Desk, now: float) -> None:
        """Drop those who have gone from where `desk` looks."""
        for line in desk.lines:
            while line and self._tickets[line[0].ticket].leaves_s < now:
                self._leave(line.popleft())
        for candidate in desk.directed[:]:
            ticket = self._tickets[candidate.ticket]
            if ticket.leaves_s < now:
                self._take_out(ticket)
                self._leave(candidate)

    def _leave(self, candidate: Candidate) -> None:
        ticket = self._tickets.pop(candidate.ticket)
        ticket.outcome, ticket.end_s = Outcome.LEFT, ticket.leaves_s
        if ticket.is_awaited:
            self._awaited -= 1


def _is_before(heads: Sequence[Candidate], priority: str | None, at: datetime) -> bool:
    """Whether somebody of the class stands before who comes at `at`."""
    # A plain loop: `any` over a generator takes twice as long, a hundred thousand times.
    for head in heads:  # noqa: SIM110
        if head.priority == priority and head.arrival_at <= at:
            return True
    return False


def _bits(of: int) -> list[int]:
    """Which bits of a number are set."""
    found = []
    while of:
        low = of & -of
        found.append(low.bit_length() - 1)
        of ^= low
    return found

"""One dispatcher of desks and tickets: what a branch does from one moment on, event by event.

Forecast and replay both run it, and whom a desk calls is asked of `discipline.choose` alone. What
follows a call (whether the person comes, how long it takes, where they go next) is asked of a
`Draw`: the forecast draws it, the replay reads it from the log. Times are seconds from `at`; a desk
calls as soon as it is free, is inside one of its windows, and somebody it may serve has arrived.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heapify, heappop, heappush
from math import inf
from typing import NamedTuple, Protocol

from server.domain.catalogue import Counter, Policy
from server.domain.discipline import Candidate, Choice, choose
from server.domain.ids import CounterId, QueueId, ServiceId

_Line = deque[Candidate]

#: At one instant people arrive before desks choose, so that a desk sees all who are there.
_ARRIVAL, _DESK = 0, 1


class Outcome(StrEnum):
    """What became of a ticket."""

    WAITING = "waiting"  # never called while the run lasted
    SERVED = "served"
    NO_SHOW = "no_show"  # called, did not come: it cost the desk time
    LEFT = "left"  # gone before its turn: it cost nobody anything


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One stage of a ticket: once in a line, once at a desk. A transfer is another one.

    `arrival_s` is when it can first be called, which may be later than the arrival that gives it
    its place, `candidate.arrival_at`.
    """

    candidate: Candidate
    arrival_s: float
    service: ServiceId
    #: The caller's own index, for its draws.
    key: int = 0
    #: The counter or the officer it was sent to alone (`candidate.is_directed`).
    counter: CounterId | None = None
    officer: str | None = None
    #: When the person goes away unless called before.
    leaves_s: float = inf
    #: The run ends when all of these have been called; the others matter only as far as they delay
    #: them.
    is_awaited: bool = True

    # What came of it.
    outcome: Outcome = Outcome.WAITING
    called_s: float | None = None
    desk: "Desk | None" = None
    rule: str = ""
    start_s: float | None = None
    end_s: float | None = None
    #: How many others of its queue had been called in this run before it.
    ahead: int = 0


@dataclass(slots=True, kw_only=True)
class Desk:
    """A counter with the officer at it. Two officers one after the other are two desks.

    `windows` are the stretches in which it calls, in order and apart; a pause is a gap between two.
    What was begun is finished, past a window's end too. `free_s` is when it is first free.
    """

    counter: Counter
    officer: str = ""
    windows: Sequence[tuple[float, float]] = ((-inf, inf),)
    free_s: float = -inf
    #: The caller's own index, for its draws.
    key: int = 0
    #: Those of the counter; who makes many desks of one counter gives them.
    queues: tuple[QueueId, ...] = ()

    # What came of it: from calls to the ends of what they began.
    busy_s: float = 0.0
    calls: int = 0

    # Of the run: the lines of its queues, those sent here alone, and the window it is in.
    lines: list[_Line] = field(default_factory=list, repr=False)
    directed: list[Candidate] = field(default_factory=list, repr=False)
    window: int = 0

    def __post_init__(self) -> None:
        self.queues = self.queues or self.counter.queues


class Ghosts:
    """People who are asked about, not there: called in their turn, at no cost to anybody else.

    All of them join their lines last, at `at`. Prepared once for many runs of the same desks, whose
    keys are then their places in `counters`.
    """

    def __init__(self, at: datetime, candidates: Sequence[Candidate], counters: Sequence[Counter]):
        self.at = at
        self.candidates = candidates
        #: Those that some counter serves: the others are never called.
        self.served: set[int] = set()
        #: By desk: class, and which ghosts of it the desk may serve.
        self.of_desk: list[list[tuple[str | None, set[int]]]] = []
        for counter in counters:
            queues, by_class = set(counter.queues), dict[str | None, set[int]]()
            for n, candidate in enumerate(candidates):
                if candidate.queue in queues:
                    by_class.setdefault(candidate.priority, set()).add(n)
                    self.served.add(n)
            self.of_desk.append(list(by_class.items()))


class Visit(NamedTuple):
    """What follows a call. `free_s` is when the desk can call again, its wrapping up included."""

    end_s: float
    free_s: float
    start_s: float | None = None
    outcome: Outcome = Outcome.SERVED
    #: The next stage of the ticket: sent to another queue, or back from being parked.
    again: Ticket | None = None


class Draw(Protocol):
    """What happens after a call, known to whoever runs the dispatcher."""

    def visit(self, ticket: Ticket, desk: Desk, now: float) -> Visit:
        """What follows when `desk` calls `ticket` at `now`."""
        ...


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
        self._lines: dict[tuple[QueueId, str | None], _Line] = {}
        self._serving: dict[QueueId, list[Desk]] = {}
        self._tickets: dict[str, Ticket] = {}
        self._desks: Sequence[Desk] = ()
        #: In the order in which they became idle.
        self._idle: dict[int, Desk] = {}
        self._events: list[tuple[float, int, int, Ticket | Desk]] = []
        self._count = 0
        self._awaited = 0
        self._ghosts: Ghosts | None = None
        self._unseen: set[int] = set()
        #: By ghost, when it was called and after how many of its queue.
        self.ghosts_called: dict[int, tuple[float, int]] = {}
        self._anybody_leaves = False

    def run(
        self, tickets: Iterable[Ticket], desks: Sequence[Desk], ghosts: Ghosts | None = None
    ) -> None:
        """Go on until everybody awaited and every ghost is called, or nobody can be any more.

        A queue must not hold two tickets of one id at a time.
        """
        self._take_desks(desks)
        self._take_tickets(tickets)
        if ghosts is not None:
            self._ghosts, self._unseen = ghosts, set(ghosts.served)
        events, idle = self._events, self._idle
        while events and (self._awaited > 0 or self._unseen):
            now, _, _, thing = heappop(events)
            if isinstance(thing, Desk):
                self._decide(thing, now)
                continue
            self._join(thing)
            if idle:
                self._wake(thing, now)
        if self._anybody_leaves:
            self._let_the_rest_go()

    # Beginning ----------------------------------------------------------------------------
    def _take_desks(self, desks: Sequence[Desk]) -> None:
        self._desks = desks
        for desk in desks:
            for queue in desk.queues:
                self._serving.setdefault(queue, []).append(desk)
            if desk.windows:
                self._push(max(desk.free_s, self._begin, desk.windows[0][0]), _DESK, desk)

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

    def _push(self, when: float, kind: int, thing: Ticket | Desk) -> None:
        heappush(self._events, (when, kind, self._count, thing))
        self._count += 1

    # Arriving -----------------------------------------------------------------------------
    def _line(self, queue: QueueId, priority: str | None) -> _Line:
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
                if _is_sent_to(ticket, desk):
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
                may_serve = _is_sent_to(ticket, desk)
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
        instant = self._at + timedelta(seconds=now)
        choice = None
        if heads:
            choice = choose(self._policy, desk.counter, heads, self.normal_since, instant)
        if self._unseen and self._ghosts is not None:
            self._show(self._ghosts, desk, heads, now, instant)
        if choice is None:
            self._idle[id(desk)] = desk
        else:
            self._call(desk, choice, now)

    def _call(self, desk: Desk, choice: Choice, now: float) -> None:
        ticket = self._tickets.pop(choice.ticket)
        candidate = ticket.candidate
        queue = candidate.queue
        self._take_out(ticket)
        if choice.pool:
            since = self.normal_since.get(choice.pool) or 0
            self.normal_since[choice.pool] = 0 if candidate.priority is not None else since + 1
        ticket.ahead = self.called.get(queue, 0)
        self.called[queue] = ticket.ahead + 1
        visit = self._draw.visit(ticket, desk, now)
        ticket.called_s, ticket.desk, ticket.rule = now, desk, choice.rule
        ticket.end_s, ticket.start_s, ticket.outcome = visit.end_s, visit.start_s, visit.outcome
        desk.busy_s += visit.end_s - now
        desk.calls += 1
        if ticket.is_awaited:
            self._awaited -= 1
        self._push(visit.free_s, _DESK, desk)
        again = visit.again
        if again is not None:
            self._awaited += again.is_awaited
            self._push(max(again.arrival_s, now), _ARRIVAL, again)

    def _take_out(self, ticket: Ticket) -> None:
        candidate = ticket.candidate
        if candidate.is_directed:
            for desk in self._desks:
                if _is_sent_to(ticket, desk):
                    desk.directed.remove(candidate)
            return
        # The discipline chooses among heads only.
        self._lines[candidate.queue, candidate.priority].popleft()

    def _show(
        self, ghosts: Ghosts, desk: Desk, heads: list[Candidate], now: float, instant: datetime
    ) -> None:
        """Call those ghosts that the desk would choose, each alone there with the real ones.

        What stands before a ghost in its own line needs no care: inside a class the order is that
        of arrival. For the same reason, where a desk has one line, ghosts of a class are asked
        about only when nobody of it is before them, and are alike then.
        """
        has_one_line = len(desk.counter.sources) == 1
        before = {h.priority for h in heads if h.arrival_at <= ghosts.at} if has_one_line else ()
        for priority, served in ghosts.of_desk[desk.key]:
            if priority in before:
                continue
            here = self._unseen & served
            if not here:
                continue
            if not has_one_line:
                here = {n for n in here if self._would_call(desk, heads, ghosts, n, instant)}
            elif not self._would_call(desk, heads, ghosts, next(iter(here)), instant):
                continue
            self._unseen -= here
            for n in here:
                ahead = self.called.get(ghosts.candidates[n].queue, 0)
                self.ghosts_called[n] = now, ahead

    def _would_call(
        self, desk: Desk, heads: list[Candidate], ghosts: Ghosts, n: int, instant: datetime
    ) -> bool:
        ghost = ghosts.candidates[n]
        found = choose(self._policy, desk.counter, [*heads, ghost], self.normal_since, instant)
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

    def _let_the_rest_go(self) -> None:
        for ticket in self._tickets.values():
            if ticket.leaves_s < inf:
                ticket.outcome, ticket.end_s = Outcome.LEFT, ticket.leaves_s


def _is_sent_to(ticket: Ticket, desk: Desk) -> bool:
    """As `BranchState.directed_to` has it."""
    return ticket.counter == desk.counter.id or bool(
        desk.officer and ticket.officer == desk.officer
    )

"""What a dispatcher runs with: tickets, desks, people who are only asked about, what follows a call.

Times are seconds from a moment that the run is given.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import inf
from typing import NamedTuple, Protocol

from server.domain.catalogue import Counter, SourceRule
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, QueueId, ServiceId

#: Those of one queue and class, in order of arrival.
Line = deque[Candidate]


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

    def renew(self) -> None:
        """Make it fit for another run: nothing has come of it."""
        self.outcome, self.called_s, self.desk, self.rule = Outcome.WAITING, None, None, ""
        self.start_s = self.end_s = None
        self.ahead = 0


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
    # What came of it: from calls to the ends of what they began.
    busy_s: float = 0.0
    calls: int = 0

    # Of the run: the lines of its queues, those sent here alone, and the window it is in.
    lines: list[Line] = field(default_factory=list, repr=False)
    directed: list[Candidate] = field(default_factory=list, repr=False)
    window: int = 0

    #: Those of the counter; and the same where it serves them as one line, whatever happens.
    queues: tuple[QueueId, ...] = field(init=False)
    pool: tuple[QueueId, ...] | None = field(init=False)
    #: Whether the hour matters to whom it calls.
    is_timed: bool = field(init=False)

    def __post_init__(self) -> None:
        sources = self.counter.sources
        self.queues = self.counter.queues
        is_one_line = len(sources) == 1 and sources[0].when is SourceRule.ALWAYS
        self.pool = sources[0].queues if is_one_line else None
        self.is_timed = any(s.when is SourceRule.WAIT_OVER for s in sources)

    def renew(self, windows: Sequence[tuple[float, float]], free_s: float) -> None:
        """Make it fit for another run."""
        self.windows, self.free_s = windows, free_s
        self.busy_s, self.calls, self.window = 0.0, 0, 0
        self.lines, self.directed = [], []


class Ghosts:
    """People who are asked about, not there: called in their turn, at no cost to anybody else.

    All of them join their lines last, at `at`. Prepared once for many runs of the same desks, whose
    keys are then their places in `counters`.
    """

    def __init__(self, at: datetime, candidates: Sequence[Candidate], counters: Sequence[Counter]):
        self.at = at
        self.candidates = candidates
        # Ghosts as bits, the n-th as 1 << n: a set of them is one number.
        #: Those that some counter serves: the others are never called.
        self.served = 0
        #: By desk: class, and which ghosts of it the desk may serve.
        self.of_desk: list[list[tuple[str | None, int]]] = []
        for counter in counters:
            queues, by_class = set(counter.queues), dict[str | None, int]()
            for n, candidate in enumerate(candidates):
                if candidate.queue in queues:
                    by_class[candidate.priority] = by_class.get(candidate.priority, 0) | 1 << n
                    self.served |= 1 << n
            self.of_desk.append(list(by_class.items()))


class Standing:
    """Desks and those who stand in line at them when a run begins, prepared once for many runs.

    Each run needs desks and tickets renewed. All are awaited, and nobody leaves before the call.
    """

    def __init__(self, tickets: Sequence[Ticket], desks: Sequence[Desk]) -> None:
        self.desks = desks
        self.tickets = {t.candidate.ticket: t for t in tickets}
        self.serving: dict[QueueId, list[Desk]] = {}
        for desk in desks:
            for queue in desk.queues:
                self.serving.setdefault(queue, []).append(desk)
        self.lines: dict[tuple[QueueId, str | None], list[Candidate]] = {}
        self.directed: list[tuple[Desk, Candidate]] = []
        for ticket in sorted(tickets, key=lambda t: t.candidate):
            candidate = ticket.candidate
            if candidate.is_directed:
                self.directed += [(d, candidate) for d in desks if is_sent_to(ticket, d)]
            else:
                self.lines.setdefault((candidate.queue, candidate.priority), []).append(candidate)


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


def is_sent_to(ticket: Ticket, desk: Desk) -> bool:
    """As `BranchState.directed_to` has it."""
    return ticket.counter == desk.counter.id or bool(
        desk.officer and ticket.officer == desk.officer
    )

"""What the learner remembers of tickets and desks that are not done: enough to measure with.

Small on purpose, and without the rows of the branch: it is kept with what was learned, so that a
process that starts goes on where the last one stopped. Instants are seconds since 1970.
"""

from collections import deque
from typing import NamedTuple

from server.domain.ids import CounterId, QueueId, ServiceId, TicketId


class Visit(NamedTuple):
    """A ticket that has not ended. `entered` is when it came, or came back, to its queue."""

    service: ServiceId
    queue: QueueId
    is_priority: bool
    issued: float
    entered: float
    counter: CounterId | None = None
    officer: str = ""
    #: When it was called; None where the person was at the desk already.
    called: float | None = None
    started: float | None = None
    #: The places in the log of its present call and of its first one; 0 = not yet.
    call_seq: int = 0
    first_seq: int = 0
    #: The uncalibrated forecast it was given, while that can still be checked.
    raw_s: tuple[int | None, ...] = ()
    is_no_show: bool = False


class Desk(NamedTuple):
    """A counter. `since` is for how long it is open or paused, `freed` when its last ticket left."""

    is_open: bool = False
    is_paused: bool = False
    officer: str = ""
    since: float = 0.0
    freed: float | None = None
    #: Up to here its late starts were looked at: the end of a planned window.
    judged_until: float = 0.0
    #: Whether it paused after its last ticket had left.
    has_rested: bool = False


class Step(NamedTuple):
    """What a counter did and may take back, with what was before."""

    at: float
    seq: int
    ticket: TicketId
    visit: Visit | None
    counter: CounterId | None
    desk: Desk


class Hall:
    """The tickets and desks of a branch, as far as the learner needs them."""

    def __init__(self) -> None:
        self.visits: dict[TicketId, Visit] = {}
        self.desks: dict[CounterId, Desk] = {}
        self.steps: deque[Step] = deque()

    def desk(self, counter: CounterId) -> Desk:
        """The desk; one that nothing is known of is closed."""
        return self.desks.get(counter) or Desk()

    def remember(self, at: float, seq: int, ticket: TicketId, counter: CounterId | None) -> None:
        """Keep what is there now, in case the step recorded at `seq` is undone."""
        visit = self.visits.get(ticket)
        desk = self.desk(counter) if counter else Desk()
        self.steps.append(Step(at, seq, ticket, visit, counter, desk))

    def forget_steps_before(self, at: float) -> None:
        """Drop the steps that nobody can take back any more."""
        while self.steps and self.steps[0].at < at:
            self.steps.popleft()

    def step(self, seq: int) -> Step | None:
        """The remembered step recorded at `seq`."""
        return next((s for s in reversed(self.steps) if s.seq == seq), None)

    def undo(self, seq: int) -> bool:
        """Put back what was before the step at `seq`; False when that is not known."""
        step = self.step(seq)
        if step is None:
            return False
        self.steps.remove(step)
        if step.visit is not None:
            self.visits[step.ticket] = step.visit
        if step.counter is not None:
            self.desks[step.counter] = step.desk
        return True

    def end_day(self, oldest: float) -> None:
        """Forget no-shows, and whatever was issued before `oldest` and never ended."""
        self.visits = {
            t: v for t, v in self.visits.items() if not v.is_no_show and v.issued >= oldest
        }

"""Why a wait grew, from what the branch was like when it was told and what it is like now."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from server.domain.catalogue import Policy
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import Told
from server.domain.telling import Reason
from server.forecast.model import QUANTILES, Desk, Phase, Snapshot, Times, Waiter

#: A service longer than so many in a hundred of its kind is a long case.
_LONG: Final = 0.90
#: Today is slow from this factor on, and when it has become slower by so much.
_SLOW: Final = 1.15
_SLOWER: Final = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A counter as far as waits depend on it. `since` is when its phase began."""

    queues: frozenset[QueueId]
    phase: Phase
    since: datetime
    #: Whether it is to be open now, and whether at all in what is left of today.
    is_planned_now: bool
    is_planned: bool
    is_long: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What may lengthen a wait, at one moment. Small: one is shared by all who were told then."""

    at: datetime
    posts: Mapping[CounterId, Post]
    #: Those waiting with a priority: where, and when they came.
    preferred: Mapping[TicketId, tuple[QueueId, str, datetime]] = field(default_factory=dict)
    slow: float = 1.0


def moment(snapshot: Snapshot, times: Times) -> Moment:
    """The facts of a snapshot that a reason is found in."""
    return Moment(
        at=snapshot.at,
        posts={d.counter.id: _post(d, snapshot.at, times) for d in snapshot.desks},
        preferred={
            w.ticket: (
                w.candidate.queue,
                w.candidate.priority,
                snapshot.at + timedelta(seconds=w.issued_s),
            )
            for w in snapshot.waiters
            if w.candidate.priority is not None
        },
        slow=times.slow,
    )


def _post(desk: Desk, at: datetime, times: Times) -> Post:
    return Post(
        queues=frozenset(desk.counter.queues),
        phase=desk.phase,
        since=at - timedelta(seconds=desk.phase_s),
        is_planned_now=any(start <= 0 < end for start, end in desk.windows),
        is_planned=any(end > 0 for _, end in desk.windows),
        is_long=_is_long(desk, times),
    )


def _is_long(desk: Desk, times: Times) -> bool:
    table = times.service.get(desk.service) if desk.service else None
    if desk.phase is not Phase.SERVING or not table:
        return False
    usual_s = table[round(_LONG * QUANTILES - 0.5)] * times.speed.get(desk.officer, 1.0)
    return desk.phase_s > usual_s * times.slow


class Memory:
    """One worker's memory of what the office was like when each waiting person was told something."""

    def __init__(self) -> None:
        self._then: dict[TicketId, Moment] = {}

    def why(self, now: Moment, waiter: Waiter, told: Told, policy: Policy) -> Reason:
        """Why the wait grew of somebody who was told `told`."""
        return why(self._then.get(waiter.ticket), now, waiter, told.at, policy)

    def keep(
        self, now: Moment, told_anew: Collection[TicketId], waiting: Iterable[TicketId]
    ) -> None:
        """These were told something at `now`; of nobody but those who wait is anything kept."""
        self._then = {
            ticket: now if ticket in told_anew else self._then.get(ticket, now)
            for ticket in waiting
        }


def why(
    before: Moment | None, now: Moment, waiter: Waiter, since: datetime, policy: Policy
) -> Reason:
    """Why `waiter`, who was told something at `since`, waits longer now; the plainest reason found.

    `before` is the office of about that moment, None where it is not known any more: then only what
    bears its own date can be a reason. A reason is never guessed.
    """
    queue = waiter.candidate.queue
    found = set(_of_counters(before, now, queue, since))
    if _was_overtaken(now, waiter, since, policy):
        found.add(Reason.PRIORITY_CAME)
    if before is not None and now.slow >= max(_SLOW, before.slow + _SLOWER):
        found.add(Reason.SLOW_TODAY)
    return next((each for each in _PLAINEST_FIRST if each in found), Reason.UNKNOWN)


_PLAINEST_FIRST: Final = (
    Reason.ABSENCE, Reason.COUNTER_CLOSED, Reason.COUNTER_PAUSED, Reason.LONG_CASE,
    Reason.PRIORITY_CAME, Reason.SLOW_TODAY,
)  # fmt: skip


def _of_counters(
    before: Moment | None, now: Moment, queue: QueueId, since: datetime
) -> Iterator[Reason]:
    for counter, post in _serving(now, queue):
        earlier = before.posts.get(counter) if before else None
        if earlier and earlier.is_planned and not post.is_planned and post.phase is Phase.CLOSED:
            # Planned until the day's last session ended is not absent: nobody waits for that.
            yield Reason.ABSENCE
        was_there = earlier is not None and earlier.phase is not Phase.CLOSED
        if was_there and post.phase is Phase.CLOSED and post.is_planned_now:
            yield Reason.COUNTER_CLOSED
        if post.phase is Phase.PAUSED and post.since > since:
            yield Reason.COUNTER_PAUSED
        if post.is_long and not (earlier and earlier.is_long and earlier.since == post.since):
            yield Reason.LONG_CASE


def _serving(now: Moment, queue: QueueId) -> Iterable[tuple[CounterId, Post]]:
    return ((counter, post) for counter, post in now.posts.items() if queue in post.queues)


def _was_overtaken(now: Moment, waiter: Waiter, since: datetime, policy: Policy) -> bool:
    """Whether somebody of a better class came to a line that shares a counter with this one."""
    mine = policy.priority_class(waiter.candidate.priority)
    shared = {q for _, post in _serving(now, waiter.candidate.queue) for q in post.queues}
    for ticket, (queue, code, came) in now.preferred.items():
        theirs = policy.priority_class(code)
        if ticket == waiter.ticket or queue not in shared or came <= since or theirs is None:
            continue
        if mine is None or theirs.rank < mine.rank:
            return True
    return False

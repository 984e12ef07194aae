"""Who is called next, in which order a queue will be called, and why.

The one dispatch function: product, forecast and replay call the same code. Pure over the *heads*
of the lines: for each queue the earliest waiting ticket of each priority class. That is enough,
because inside a class the order is always that of arrival.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Final, NamedTuple

from server.domain.catalogue import Counter, Mode, Policy, PriorityClass, SourceRule
from server.domain.ids import QueueId, TicketId

#: Priority class -> waiting tickets in order of arrival; None = the normal lane.
Lanes = Mapping[str | None, Sequence["Candidate"]]

_EXPIRED_CLASS_RANK = 50
_NONE = timedelta(0)

#: How often one ticket may let others go first.
YIELDS: Final = 3


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A waiting ticket, as far as the order needs it.

    Its field order is the order of arrival: total (a queue gives a serial once a day) and stable (nothing in it changes while waiting).
    """

    arrival_at: datetime
    queue: QueueId
    serial: int
    ticket: TicketId
    number: str
    priority: str | None
    is_directed: bool = False


class Choice(NamedTuple):
    """The ticket chosen, the rule that chose it, and the queues that were one line for it."""

    ticket: TicketId
    number: str
    rule: str
    pool: tuple[QueueId, ...]


#: The order of arrival, as comparing candidates has it but without the cost of comparing them.
_arrival = attrgetter("arrival_at", "queue", "serial", "ticket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A ticket's turn in the expected order of its queue."""

    ticket: TicketId
    number: str
    rule: str


def choose(  # noqa: C901 - the three steps of a work profile, in their order
    policy: Policy,
    counter: Counter,
    heads: Iterable[Candidate],
    normal_since: Mapping[tuple[QueueId, ...], int],
    now: datetime,
) -> Choice | None:
    """Whom `counter` calls next, or None when nobody eligible waits.

    `heads` holds the heads of every lane the counter may serve, and every ticket directed to it.
    1. a group whose longest wait is over its limit; 2. own groups in their order, with tickets
    directed here; 3. the groups served when the own ones are empty.
    """
    sources = counter.sources
    if len(sources) == 1 and sources[0].when is SourceRule.ALWAYS:
        # Most counters, and the heart of every forecast: one line, one step.
        queues = sources[0].queues
        own = [h for h in heads if h.is_directed or h.queue in queues]
        return choose_in_line(policy, own, queues, normal_since) if own else None
    heads = list(heads)
    directed = [h for h in heads if h.is_directed]
    by_queue: dict[QueueId, list[Candidate]] = {}
    for head in heads:
        if not head.is_directed:
            by_queue.setdefault(head.queue, []).append(head)

    def line(queues: Sequence[QueueId]) -> list[Candidate]:
        return [h for q in queues for h in by_queue.get(q, ())]

    for source in sources:
        over = line(source.queues)
        limit = timedelta(minutes=source.minutes)
        if (
            source.when is SourceRule.WAIT_OVER
            and over
            and now - min(over, key=_arrival).arrival_at > limit
        ):
            return choose_in_line(policy, over, source.queues, normal_since, "wait_over")
    first_own = True
    for source in sources:
        if source.when is SourceRule.ALWAYS:
            own = line(source.queues) + (directed if first_own else [])
            first_own = False
            if own:
                return choose_in_line(policy, own, source.queues, normal_since)
    if first_own and directed:
        return choose_in_line(policy, directed, (), normal_since)
    for source in sources:
        rest = line(source.queues)
        if source.when is not SourceRule.ALWAYS and rest:
            return choose_in_line(policy, rest, source.queues, normal_since, "own_empty")
    return None


def choose_in_line(
    policy: Policy,
    heads: Sequence[Candidate],
    pool: tuple[QueueId, ...],
    normal_since: Mapping[tuple[QueueId, ...], int],
    rule: str = "",
) -> Choice:
    """The next of `heads` (not empty) where all of them are one line of the queues `pool`."""
    best, why = pick(policy, heads, since_of(policy, normal_since.get(pool)))
    if best.is_directed:
        why = "directed"
    return Choice(best.ticket, best.number, rule or why, pool)


def since_of(policy: Policy, tally: int | None) -> int:
    """The normal calls since the last priority one; a line that never called owes a priority one."""
    return policy.normal_per_priority if tally is None else tally


def line_since(
    policy: Policy,
    counters: Iterable[Counter],
    queue: QueueId,
    tally: Callable[[tuple[QueueId, ...]], int | None],
) -> int:
    """`normal_since` of a queue's own line, for `line` and whoever reads it, as `choose` has it.

    A queue that is served together with others only is taken to stand where that line stands. The
    lines of those who help it only now and then do not count where somebody serves it always.
    """
    serving = [s for c in counters for s in c.sources if queue in s.queues]
    always = {s.queues for s in serving if s.when is SourceRule.ALWAYS}
    pools = always or {s.queues for s in serving}
    if (queue,) in pools:
        return since_of(policy, tally((queue,)))
    shared = [n for pool in pools if (n := tally(pool)) is not None]
    return max(shared, default=policy.normal_per_priority)


def pick(policy: Policy, heads: Sequence[Candidate], normal_since: int) -> tuple[Candidate, str]:
    """The next of `heads` (not empty) under the policy's mode, and the rule that decided.

    `normal_since` counts the normal tickets called since the last priority one. Nobody is
    overtaken by a ticket that arrived more than the cap after it, urgent ones apart.
    """
    if len(heads) == 1:
        return heads[0], "urgent" if _is_urgent(policy, heads[0]) else "arrival"
    oldest = _first(heads)
    prioritised = [h for h in heads if h.priority is not None]
    if not prioritised:
        return oldest, "arrival"
    urgent = [h for h in prioritised if _is_urgent(policy, h)]
    if urgent:
        return _first(urgent), "urgent"
    mode = policy.mode
    if mode is not Mode.STRICT and oldest.priority is not None:
        return oldest, "arrival"
    if mode is Mode.INTERLEAVE and normal_since < policy.normal_per_priority:
        return oldest, "arrival"
    latest = oldest.arrival_at + _minutes(policy.overtaking_cap_minutes)
    allowed = [h for h in prioritised if h.arrival_at <= latest]
    best = _best(policy, allowed, oldest, normal_since)
    if best is not oldest:
        return best, _RULES[mode]
    if len(allowed) == len(prioritised):
        return oldest, "arrival"
    capped = _best(policy, prioritised, oldest, normal_since) is not oldest
    return oldest, "cap" if capped else "arrival"


def _first(heads: Sequence[Candidate]) -> Candidate:
    """The one that arrived first. A plain loop: a forecast asks hundreds of thousands of times."""
    first = heads[0]
    at = first.arrival_at
    for head in heads:
        when = head.arrival_at
        if when < at or (when == at and _arrival(head) < _arrival(first)):
            first, at = head, when
    return first


def _is_urgent(policy: Policy, head: Candidate) -> bool:
    if head.priority is None:
        return False
    known = policy.priority_class(head.priority)
    return known is not None and known.urgent


@lru_cache(maxsize=256)
def _minutes(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


_RULES = {Mode.STRICT: "priority", Mode.INTERLEAVE: "interleave", Mode.HEAD_START: "head_start"}


def _best(
    policy: Policy, prioritised: Sequence[Candidate], oldest: Candidate, normal_since: int
) -> Candidate:
    """The next of the prioritised heads and the oldest of all, which stands for the normal ones."""
    if not prioritised:
        return oldest
    match policy.mode:
        case Mode.STRICT:
            if len(prioritised) == 1:
                return prioritised[0]
            return min(prioritised, key=lambda h: (_rank(policy, h), _arrival(h)))
        case Mode.HEAD_START:
            best, since = oldest, oldest.arrival_at - _head_start(policy, oldest)
            for head in prioritised:
                at = head.arrival_at - _head_start(policy, head)
                if at < since or (at == since and _arrival(head) < _arrival(best)):
                    best, since = head, at
            return best
        case Mode.INTERLEAVE:
            if normal_since < policy.normal_per_priority:
                return oldest
            if len(prioritised) == 1:
                return prioritised[0]
            return min(prioritised, key=lambda h: (h.arrival_at, _rank(policy, h), _arrival(h)))


def _rank(policy: Policy, head: Candidate) -> int:
    known: PriorityClass | None = policy.priority_class(head.priority)
    return known.rank if known else _EXPIRED_CLASS_RANK


def _head_start(policy: Policy, head: Candidate) -> timedelta:
    known = policy.priority_class(head.priority)
    return _minutes(known.head_start_minutes) if known else _NONE


def line(policy: Policy, lanes: Lanes, normal_since: int) -> Iterator[Place]:
    """The order in which one queue's waiting tickets are expected to be called, lazily."""
    at = dict.fromkeys(lanes, 0)
    while heads := [lane[at[c]] for c, lane in lanes.items() if at[c] < len(lane)]:
        best, rule = pick(policy, heads, normal_since)
        at[best.priority] += 1
        normal_since = 0 if best.priority is not None else normal_since + 1
        yield Place(ticket=best.ticket, number=best.number, rule=rule)


def explain(
    policy: Policy, lanes: Lanes, normal_since: int, ticket: TicketId
) -> list[Place] | None:
    """Exactly who is expected ahead of `ticket` in its queue, and by which rule each is.

    The last place is the ticket's own. None when the ticket is not waiting there (rule F1).
    """
    ahead: list[Place] = []
    for place in line(policy, lanes, normal_since):
        ahead.append(place)
        if place.ticket == ticket:
            return ahead
    return None


def ahead_of_new(policy: Policy, lanes: Lanes, normal_since: int, newcomer: Candidate) -> int:
    """How many are expected to be called before a ticket that joins now.

    Exact up to the first 500 of a line; beyond that the head count of the line, which is an upper
    bound: nobody reads a difference there, and an issue must not pay for it.
    """
    total = sum(len(lane) for lane in lanes.values())
    policy_class = policy.priority_class(newcomer.priority)
    if newcomer.priority is None or total == 0:
        return total
    if policy_class and policy_class.urgent:
        return 0
    joined = {c: list(lane) for c, lane in lanes.items()}
    joined.setdefault(newcomer.priority, []).append(newcomer)
    for n, place in enumerate(islice(line(policy, joined, normal_since), 500)):
        if place.ticket == newcomer.ticket:
            return n
    return total

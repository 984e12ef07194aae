"""A first proposal of counters from closed formulas; the last word is the replay's.

measures.md §3.2: skills, lunch and priority break these formulas, so they only say where to begin.
Rates are per minute, times in minutes; `load` is a = arrival rate times mean time at the counter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, sqrt
from typing import Final

#: No pool of one office needs more.
MOST_COUNTERS: Final = 60


def erlang_b(counters: int, load: float) -> float:
    """The share that finds all counters busy where nobody can wait."""
    blocked = 1.0
    for k in range(1, counters + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(counters: int, load: float) -> float:
    """The share that has to wait; 1 where the counters cannot keep up."""
    if load <= 0:
        return 0.0
    if counters <= load:
        return 1.0
    blocked = erlang_b(counters, load)
    return counters * blocked / (counters - load * (1 - blocked))


def mean_wait(counters: int, load: float, service: float) -> float:
    """The mean wait of everybody; infinite where the counters cannot keep up."""
    if counters <= load:
        return float("inf")
    return erlang_c(counters, load) * service / (counters - load)


def share_within(counters: int, load: float, service: float, minutes: float) -> float:
    """The share that waits at most `minutes`."""
    if counters <= load:
        return 0.0
    return 1 - erlang_c(counters, load) * exp(-(counters - load) * minutes / service)


@dataclass(frozen=True, slots=True)
class WithPatience:
    """An M/M/c+M queue in balance: the shares that wait and that go, and how many wait."""

    waiting: float
    going: float
    length: float


def erlang_a(counters: int, arrivals: float, service: float, patience: float) -> WithPatience:
    """Waiting where people go after an exponential patience; the queue is always in balance."""
    mu, theta = 1 / service, 1 / patience
    weight, total, busy, length, n = 1.0, 1.0, 0.0, 0.0, 0
    if counters == 0:
        busy = 1.0
    # Weights rise, then fall faster than any geometric series: stop when the rest is nothing.
    while n < counters or weight > 1e-14 * total:
        n += 1
        weight *= arrivals / (min(n, counters) * mu + max(0, n - counters) * theta)
        total += weight
        if n >= counters:
            busy += weight
            length += (n - counters) * weight
        if total > 1e250:  # noqa: PLR2004 - far from overflow, the ratios stay
            weight, total, busy, length = (x / 1e250 for x in (weight, total, busy, length))
    mean_length = length / total
    return WithPatience(
        waiting=busy / total, going=theta * mean_length / arrivals, length=mean_length
    )


def square_root(load: float, beta: float = 0.8) -> int:
    """The square-root rule: a + beta * sqrt(a), rounded up."""
    return ceil(load + beta * sqrt(load)) if load > 0 else 0


def needed(load: float, service: float, minutes: float, share: float) -> int:
    """The fewest counters that let `share` wait at most `minutes`; 0 without load."""
    if load <= 0:
        return 0
    for counters in range(max(1, ceil(load)), MOST_COUNTERS):
        if share_within(counters, load, service, minutes) >= share:
            return counters
    return MOST_COUNTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one queue asks of its counters: people by half hour of an ordinary day, and minutes.

    `engaged` = (1 - no-shows)(walk + service) + no-shows * their time + gap.
    """

    by_half_hour: Mapping[int, float]
    engaged: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A half hour of a pool: people that come in it, load, and the counters it needs."""

    half_hour: int
    people: float
    load: float
    service: float
    counters: int
    within: float


def proposal(pool: Sequence[Demand], minutes: float, share: float) -> list[Need]:
    """By half hour, the counters that a pool of queues served as one line needs.

    Work lasts beyond the half hour it came in, so each is staffed for the mean of itself and of the
    one before it, weighed by how long a visit takes (formula 8 in its plainest form).
    """
    hours = sorted({hour for queue in pool for hour in queue.by_half_hour})
    needs = []
    for hour in hours:
        people = sum(queue.by_half_hour.get(hour, 0.0) for queue in pool)
        work = sum(_carried(queue, hour) * queue.engaged for queue in pool)
        carried = sum(_carried(queue, hour) for queue in pool)
        service = work / carried if carried else 0.0
        load = work / 30
        counters = needed(load, service, minutes, share)
        within = share_within(counters, load, service, minutes) if load else 1.0
        needs.append(
            Need(
                half_hour=hour, people=people, load=load, service=service, counters=counters,
                within=within,
            )
        )  # fmt: skip
    return needs


def _carried(queue: Demand, hour: int) -> float:
    """People whose work falls into the half hour, some of them having come in the one before."""
    late = min(0.5, queue.engaged / 60)
    now, before = queue.by_half_hour.get(hour, 0.0), queue.by_half_hour.get(hour - 1, 0.0)
    return (1 - late) * now + late * before

"""Who comes to a made-up centre on a day, and how its officers' day goes: drawn before it is lived.

Days are numbered: working days from 0. All chance hangs on a person or on a counter's day. So two centres that differ in their counters or
their policy see the same people, which is how what-if answers are checked.
"""

import math
import random
from dataclasses import dataclass
from random import Random

from server.domain.ids import QueueId, TicketId
from server.simulate import centre as centres
from server.simulate.behaviour import BOOKED, BOOKED_SHARE, PRIORITY, PRIORITY_SHARE
from server.simulate.centre import Centre

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A citizen on the way. Minutes count from midnight; what takes time is in seconds."""

    minute: float
    service: int
    ticket: TicketId
    priority: str | None
    #: What the service takes of an officer of ordinary speed on an ordinary day.
    needs_s: float
    #: Where the visit goes on, and what it takes there; None for most.
    transfer: QueueId | None
    then_needs_s: float
    never_comes: bool
    patience_s: float
    walk_s: float
    is_recalled: bool
    gone_s: float
    gap_s: float
    #: Uniform draws for whether and how the visit is rated.
    rates: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A counter's day: how late it begins each half, and its pauses (minute, seconds, entered)."""

    is_absent: bool
    late_s: tuple[float, ...]
    pauses: tuple[tuple[float, float, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A stretch of the day, in minutes, in which every service takes longer."""

    since: float
    until: float
    factor: float

    def at(self, minute: float) -> float:
        """What a service that begins in this minute is multiplied by."""
        return self.factor if self.since <= minute < self.until else 1.0


def volume(centre: Centre, number: int) -> tuple[float, ...]:
    """Expected people of each service on this very working day."""
    rng, behaviour = centre.rng("volume", number), centre.behaviour
    whole = rng.lognormvariate(-(behaviour.volume_sd**2) / 2, behaviour.volume_sd)
    mix = behaviour.mix_sd
    return tuple(whole * n * rng.lognormvariate(-(mix**2) / 2, mix) for n in centre.people)


def drifted(centre: Centre, service: int, number: int) -> float:
    """What a service takes on this working day, times what it took at first."""
    behaviour = centre.behaviour
    has = behaviour.drift_day is not None and number >= behaviour.drift_day
    return behaviour.drift_factor if has and service == behaviour.drift_service else 1.0


def slow_of(centre: Centre, number: int) -> Slow:
    """The day's slow stretch; none on most days."""
    rng, behaviour = centre.rng("slow", number), centre.behaviour
    if rng.random() >= behaviour.slow_days:
        return Slow(since=0, until=0, factor=1)
    since = rng.uniform(7.5 * 60, 15.5 * 60)
    return Slow(
        since=since,
        until=since + rng.uniform(*behaviour.slow_minutes),
        factor=behaviour.slow_factor,
    )


def body(centre: Centre, service: int) -> tuple[float, float]:
    """Mu and sigma of the log-normal body of a service time in seconds."""
    behaviour = centre.behaviour
    quick = sum(behaviour.quick_minutes) / 2
    mean = (centre.minutes[service] - behaviour.quick_share * quick) / (1 - behaviour.quick_share)
    sigma = math.sqrt(math.log(1 + behaviour.body_cv**2))
    return math.log(60 * mean) - sigma**2 / 2, sigma


def people(centre: Centre, number: int) -> list[Person]:
    """The day's people in order of arrival."""
    slots = [at for at, _ in centres.ARRIVALS]
    weights = [share for _, share in centres.ARRIVALS]
    coming: list[Person] = []
    for n, expected in enumerate(volume(centre, number)):
        rng = centre.rng("people", number, centre.catalogue.services[n].id)
        for _ in range(max(0, round(rng.gauss(expected, math.sqrt(expected))))):
            slot = rng.choices(slots, weights)[0]
            length = centres.CUT_SLOTS.get(slot, 30)
            minute = slot.hour * 60 + slot.minute + length * rng.random()
            coming.append(_person(centre, n, minute, number, rng))
    return sorted(coming, key=lambda p: p.minute)


def _person(centre: Centre, service: int, minute: float, number: int, chance: Random) -> Person:
    # A sequence of its own: what one person draws moves nobody else.
    rng = random.Random(chance.getrandbits(64))
    behaviour, queues = centre.behaviour, centre.catalogue.queues
    others = [n for n in range(len(queues)) if n != service]
    goes_on = bool(others) and rng.random() < behaviour.transfer_share
    then = rng.choice(others) if goes_on else service
    drawn = rng.random()
    priority = PRIORITY if drawn < PRIORITY_SHARE else None
    if PRIORITY_SHARE <= drawn < PRIORITY_SHARE + BOOKED_SHARE:
        priority = BOOKED
    median = 60 * behaviour.patience_median_minutes
    return Person(
        minute=minute,
        service=service,
        ticket=TicketId("".join(rng.choices(_ALPHABET, k=16))),
        priority=priority,
        needs_s=needs_s(centre, service, number, rng),
        transfer=queues[then].id if goes_on else None,
        then_needs_s=needs_s(centre, then, number, rng),
        never_comes=rng.random() < centre.no_show[service],
        patience_s=rng.lognormvariate(math.log(median), behaviour.patience_sd),
        walk_s=walk_s(rng),
        is_recalled=rng.random() < behaviour.recall_share,
        gone_s=gone_s(rng),
        gap_s=gap_s(rng),
        rates=(rng.random(), rng.random()),
    )


def needs_s(centre: Centre, service: int, number: int, rng: Random) -> float:
    """A service time of an officer of ordinary speed, seconds."""
    behaviour = centre.behaviour
    if rng.random() < behaviour.quick_share:
        return 60 * rng.uniform(*behaviour.quick_minutes)
    return max(20.0, rng.lognormvariate(*body(centre, service))) * drifted(centre, service, number)


def walk_s(rng: Random) -> float:
    """From the call to the desk, where one call is enough, seconds."""
    return rng.lognormvariate(math.log(30), 0.4)


def gone_s(rng: Random) -> float:
    """How long an officer calls somebody who does not come, seconds."""
    return rng.uniform(80, 140)


def gap_s(rng: Random) -> float:
    """From one person's leaving to the next call, where nothing comes between, seconds."""
    return rng.lognormvariate(math.log(18), 0.6)


def pause_s(centre: Centre, rng: Random) -> float:
    """How long a pause lasts, seconds."""
    behaviour = centre.behaviour
    mu = math.log(60 * behaviour.pause_minutes) - behaviour.pause_sd**2 / 2
    return rng.lognormvariate(mu, behaviour.pause_sd)


def shift(centre: Centre, number: int, counter: int) -> Shift:
    """How the day of the counter with this index goes."""
    rng, behaviour = centre.rng("shift", number, counter), centre.behaviour
    is_absent = rng.random() < behaviour.absence
    late: list[float] = []
    pauses: list[tuple[float, float, bool]] = []
    for window in centre.catalogue.hours.weekly[0]:
        late.append(rng.expovariate(1 / (60 * behaviour.late_minutes)))
        opens, closes = (t.hour * 60 + t.minute for t in (window.opens, window.closes))
        at = opens + rng.expovariate(behaviour.pauses / (closes - opens))
        while at < closes:
            length = pause_s(centre, rng)
            pauses.append((at, length, rng.random() < behaviour.entered_share))
            at += rng.expovariate(behaviour.pauses / (closes - opens))
    return Shift(is_absent=is_absent, late_s=tuple(late), pauses=tuple(pauses))

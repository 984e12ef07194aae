"""The demo office's habits: who comes when, for how long, with what outcome. All illustrative.

Known services have their own daily volume; any other catalogue gets an even share of a volume that
suits its number of counters, so that the simulator serves branches of any size.
"""

import math
import random
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from server.domain.catalogue import Catalogue, Service

#: Tickets on an ordinary weekday, by queue.
WEEKDAY_VOLUME: Final = {
    "A": 60, "B": 130, "C": 40, "D": 25, "E": 14, "H": 30, "K": 11, "L": 50, "M": 20, "R": 80,
}  # fmt: skip
SATURDAY_VOLUME: Final = 170
#: Tickets a counter can take in a day, for branches the profile does not know.
_PER_COUNTER: Final = 28
_MONDAY, _FRIDAY, _SATURDAY = 0, 4, 5
_DAY_FACTOR: Final = {_MONDAY: 1.2, _FRIDAY: 0.95}

#: Share of a weekday's tickets by the half hour they are taken in. The 1.5 % that the profile has
#: after the last ticket of the morning are taken in the half hour before it.
WEEKDAY_ARRIVALS: Final = (
    (time(7, 30), 6.0), (time(8), 11.0), (time(8, 30), 12.0), (time(9), 11.0), (time(9, 30), 9.5),
    (time(10), 8.0), (time(10, 30), 6.0), (time(11), 5.5), (time(13), 5.5), (time(13, 30), 7.0),
    (time(14), 6.5), (time(14, 30), 5.0), (time(15), 3.5), (time(15, 30), 2.5), (time(16), 1.0),
)  # fmt: skip
SATURDAY_ARRIVALS: Final = (
    (time(7, 30), 14.0), (time(8), 19.0), (time(8, 30), 18.0), (time(9), 16.0),
    (time(9, 30), 14.0), (time(10), 11.0), (time(10, 30), 8.0),
)  # fmt: skip

NO_SHOW: Final = 0.06
ABANDON: Final = 0.03
TRANSFER: Final = 0.04
RECALL: Final = 0.08
PRIORITY: Final = (("CT", 0.06), ("TN", 0.015), ("KT", 0.01), ("NC", 0.005))
RATED: Final = 0.32

#: Shares of outcomes; the return queue ends all its tickets with the first one that fits it.
OUTCOMES: Final = (
    ("tiep-nhan", 52.0), ("tra-ngay", 22.0), ("huong-dan", 6.0), ("bo-sung", 4.0), ("tu-choi", 1.0),
)  # fmt: skip
RETURNED: Final = "tra-ket-qua"
RETURN_QUEUE: Final = "R"

#: Wait up to so many minutes -> shares of the levels 5, 4, 3, 2, 1.
LEVELS: Final = (
    (15.0, (68, 21, 7, 3, 1)),
    (30.0, (52, 25, 13, 7, 3)),
    (math.inf, (34, 25, 20, 13, 8)),
)
REASONS: Final = (
    ("wait", 46), ("guidance", 21), ("supplement", 15), ("attitude", 9), ("other", 9),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """A citizen on the way: when (local time of day, minutes), for what, of which class."""

    minute: float
    service: Service
    priority: str | None


def volume(catalogue: Catalogue, service: Service, day: date) -> float:
    """Expected tickets of a service on a day."""
    if day.weekday() == _SATURDAY:
        open_on_saturday = {"A": 60, "B": 130, "R": 80}
        share = open_on_saturday.get(service.queue, 0) / sum(open_on_saturday.values())
        known = SATURDAY_VOLUME * share
    else:
        known = WEEKDAY_VOLUME.get(service.queue, 0) * _DAY_FACTOR.get(day.weekday(), 1.0)
    if catalogue.is_demo:
        return known
    return _PER_COUNTER * len(catalogue.counters) / len(catalogue.services)


def arrivals(catalogue: Catalogue, day: date, rng: random.Random) -> list[Arrival]:
    """The day's citizens in order of arrival."""
    slots = SATURDAY_ARRIVALS if day.weekday() == _SATURDAY else WEEKDAY_ARRIVALS
    weights = [share for _, share in slots]
    coming: list[Arrival] = []
    for service in catalogue.services:
        expected = volume(catalogue, service, day)
        for _ in range(max(0, round(rng.gauss(expected, math.sqrt(expected))))):
            start = rng.choices(slots, weights)[0][0]
            minute = start.hour * 60 + start.minute + rng.random() * 30
            coming.append(Arrival(minute, service, priority(catalogue, rng)))
    return sorted(coming, key=lambda a: a.minute)


def share_now(minute: float, *, saturday: bool) -> float:
    """Share of the day's tickets that are taken per minute at this minute of the day."""
    for start, share in SATURDAY_ARRIVALS if saturday else WEEKDAY_ARRIVALS:
        begin = start.hour * 60 + start.minute
        if begin <= minute < begin + 30:
            return share / 100 / 30
    return 0.0


def priority(catalogue: Catalogue, rng: random.Random) -> str | None:
    """The class a citizen declares; None for nine in ten."""
    drawn = rng.random()
    for code, share in PRIORITY:
        if drawn < share:
            return code if catalogue.policy.priority_class(code) else None
        drawn -= share
    return None


def service_seconds(service: Service, rng: random.Random) -> float:
    """A service time: log-normal with the service's mean and standard deviation."""
    variance = math.log(1 + (service.sd_minutes / service.mean_minutes) ** 2)
    mu = math.log(service.mean_minutes) - variance / 2
    return max(20.0, 60 * rng.lognormvariate(mu, math.sqrt(variance)))


def outcome(catalogue: Catalogue, service: Service, rng: random.Random) -> str:
    """How a service ends, among the outcomes the catalogue lets it end with."""
    if service.queue == RETURN_QUEUE and catalogue.outcome(RETURNED, service.id):
        return RETURNED
    fitting = [(c, w) for c, w in OUTCOMES if catalogue.outcome(c, service.id)]
    if not fitting:
        fitting = [
            (o.code, 1.0) for o in catalogue.outcomes if catalogue.outcome(o.code, service.id)
        ]
    codes, weights = [c for c, _ in fitting], [w for _, w in fitting]
    return rng.choices(codes, weights)[0]


def rating(wait_minutes: float, rng: random.Random) -> tuple[int, tuple[str, ...]]:
    """A level from 5 to 1, and a reason where it is low."""
    shares: tuple[int, ...] = next(shares for limit, shares in LEVELS if wait_minutes <= limit)
    level = rng.choices((5, 4, 3, 2, 1), shares)[0]
    if level > 2:  # noqa: PLR2004 - reasons are asked for 1 and 2
        return level, ()
    codes, weights = [c for c, _ in REASONS], [w for _, w in REASONS]
    return level, (rng.choices(codes, weights)[0],)

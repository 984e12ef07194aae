"""The demo profile: who comes when, for how long, with what outcome. All illustrative.

The demo branch has its own daily volumes; any other catalogue gets an even share of what its
counters can serve in its hours, so that the simulator lives in branches of any size.
"""

import math
import random
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from server.domain.catalogue import Catalogue, Hours, Service, Window
from server.domain.hours import windows_of

#: Tickets on an ordinary weekday, by queue.
WEEKDAY_VOLUME: Final = {
    "A": 60, "B": 130, "C": 40, "D": 25, "E": 14, "H": 30, "K": 11, "L": 50, "M": 20, "R": 80,
}  # fmt: skip
SATURDAY_VOLUME: Final = 170
#: The queues open on a Saturday; they share its tickets as they share those of a weekday.
SATURDAY_QUEUES: Final = ("A", "B", "R")
#: Share of its open time that a counter serves, for branches the profile does not know.
_BUSY: Final = 0.6
#: From calling a person to seeing them at the desk, minutes.
_WALK: Final = 1.0
_MONDAY, _FRIDAY, _SATURDAY = 0, 4, 5
_DAY_FACTOR: Final = {_MONDAY: 1.2, _FRIDAY: 0.95}
AFTER_TET: Final = 1.4
_TET_DAYS, _TET_HOLIDAYS, _WEEK = 5, 3, 7

#: Share of a weekday's tickets by the half hour they are taken in, %. The 1.5 % that the demo
#: profile has after the last ticket of the morning are taken in the half hour before it.
WEEKDAY_ARRIVALS: Final = (
    (time(7, 30), 6.0), (time(8), 11.0), (time(8, 30), 12.0), (time(9), 11.0), (time(9, 30), 9.5),
    (time(10), 8.0), (time(10, 30), 6.0), (time(11), 5.5), (time(13), 5.5), (time(13, 30), 7.0),
    (time(14), 6.5), (time(14, 30), 5.0), (time(15), 3.5), (time(15, 30), 2.5), (time(16), 1.0),
)  # fmt: skip
#: The same for Saturday, whose last ticket is given at 11:00.
SATURDAY_ARRIVALS: Final = (
    (time(7, 30), 14.0), (time(8), 19.0), (time(8, 30), 18.0), (time(9), 16.0),
    (time(9, 30), 14.0), (time(10), 11.0), (time(10, 30), 8.0),
)  # fmt: skip

#: Shares of tickets: not there when called; given up while waiting; sent on to another queue;
#: summoned a second time and then there; declared as of a priority class; rated.
NO_SHOW: Final = 0.06
ABANDON: Final = 0.03
TRANSFER: Final = 0.04
RECALL: Final = 0.08
PRIORITY: Final = (("CT", 0.06), ("TN", 0.015), ("KT", 0.01), ("NC", 0.005))
RATED: Final = 0.32

#: Shares of outcomes outside the return queue, which ends all its tickets with `RETURNED`. That
#: leaves no room for the 15 % of the demo profile, so the other five share the rest alone.
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
    windows = [w for w in windows_of(catalogue.hours, day) if _takes(w, service)]
    if not windows:
        return 0.0
    tet = AFTER_TET if follows_tet(catalogue.hours, day) else 1.0
    if _is_known(catalogue):
        return tet * _known_volume(service, day)
    minutes = sum(_minute(w.closes) - _minute(w.opens) for w in windows)
    served = minutes * _BUSY / (service.mean_minutes + _WALK)
    counters = len(catalogue.counters) / len(catalogue.services)
    return tet * _DAY_FACTOR.get(day.weekday(), 1.0) * served * counters


def _is_known(catalogue: Catalogue) -> bool:
    """Whether this is the branch the profile was made for."""
    return catalogue.is_demo and all(s.queue in WEEKDAY_VOLUME for s in catalogue.services)


def _known_volume(service: Service, day: date) -> float:
    volumes: dict[str, int] = WEEKDAY_VOLUME
    if day.weekday() != _SATURDAY:
        return volumes[service.queue] * _DAY_FACTOR.get(day.weekday(), 1.0)
    if service.queue not in SATURDAY_QUEUES:
        return 0.0
    share = volumes[service.queue] / sum(volumes[q] for q in SATURDAY_QUEUES)
    return SATURDAY_VOLUME * share


def follows_tet(hours: Hours, day: date) -> bool:
    """Whether `day` is in the week after a holiday of five days on end: only Tết is as long."""
    before = [day - timedelta(days=n) for n in range(1, _WEEK + _TET_DAYS)]
    runs = [before[n : n + _TET_DAYS] for n in range(_WEEK)]
    return any(
        sum(d in hours.holidays for d in run) >= _TET_HOLIDAYS
        and not any(windows_of(hours, d) for d in run)
        for run in runs
    )


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _takes(window: Window, service: Service) -> bool:
    return not window.queues or service.queue in window.queues


def arrivals(catalogue: Catalogue, day: date, rng: random.Random) -> list[Arrival]:
    """The day's citizens in order of arrival, all while numbers are given."""
    slots = SATURDAY_ARRIVALS if day.weekday() == _SATURDAY else WEEKDAY_ARRIVALS
    weights = [share for _, share in slots]
    coming: list[Arrival] = []
    for service in catalogue.services:
        windows = [
            (_minute(w.doors), _minute(w.last_ticket))
            for w in windows_of(catalogue.hours, day)
            if _takes(w, service)
        ]
        expected = volume(catalogue, service, day)
        for _ in range(max(0, round(rng.gauss(expected, math.sqrt(expected))))):
            minute = _minute(rng.choices(slots, weights)[0][0]) + rng.random() * 30
            if not any(doors <= minute < last for doors, last in windows):
                # Other hours than the profile's: whenever this branch gives numbers.
                doors, last = rng.choices(windows, [last - doors for doors, last in windows])[0]
                minute = doors + rng.random() * (last - doors)
            coming.append(Arrival(minute, service, priority(catalogue, rng)))
    return sorted(coming, key=lambda a: a.minute)


def share_now(minute: float, *, saturday: bool) -> float:
    """Share of the day's tickets that are taken per minute at this minute of the day."""
    for start, share in SATURDAY_ARRIVALS if saturday else WEEKDAY_ARRIVALS:
        begin = _minute(start)
        if begin <= minute < begin + 30:
            return share / 100 / 30
    return 0.0


def priority(catalogue: Catalogue, rng: random.Random) -> str | None:
    """The class a citizen declares; None for nine in ten, and where it cannot be declared."""
    drawn = rng.random()
    for code, share in PRIORITY:
        if drawn < share:
            known = catalogue.policy.priority_class(code)
            return code if known is not None and not known.urgent else None
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


#: The share of low ratings that a manager has looked into by the end of the day.
LOOKED_INTO: Final = 0.96
#: What came of it.
NOTES: Final = (
    "Đã trao đổi với cán bộ về cách hướng dẫn giấy tờ.",
    "Đã bố trí thêm người ở quầy vào giờ cao điểm.",
    "Đã nhắc niêm yết danh mục giấy tờ tại quầy.",
    "Đã xem lại lượt phục vụ, không có sai sót về thủ tục.",
)


def rating(wait_minutes: float, rng: random.Random) -> tuple[int, tuple[str, ...]]:
    """A level from 5 to 1, and a reason where it is low."""
    shares: tuple[int, ...] = next(shares for limit, shares in LEVELS if wait_minutes <= limit)
    level = rng.choices((5, 4, 3, 2, 1), shares)[0]
    if level > 2:  # noqa: PLR2004 - reasons are asked for 1 and 2
        return level, ()
    codes, weights = [c for c, _ in REASONS], [w for _, w in REASONS]
    return level, (rng.choices(codes, weights)[0],)

"""How many people come when: by queue and half hour of the day, decayed over days, at today's pace."""

from collections import defaultdict
from datetime import date, datetime
from typing import Final

from server.domain import hours
from server.domain.catalogue import Catalogue
from server.domain.ids import QueueId
from server.domain.outlook import Lane

#: What an earlier day counts for against the one after it.
_DECAY: Final = 0.9
#: Today's pace is measured against so many people as if they had come as usual.
_PACE_WEIGHT: Final = 60.0
HALF_HOUR_S: Final = 1_800
_HALF_HOURS: Final = 48
#: Rates that are smaller than one person in ten days of eight hours are dropped.
_LEAST: Final = 0.05

#: A queue and how somebody comes into it: normal, priority, or back from elsewhere ("transfer").
Stream = tuple[QueueId, str]
NORMAL, PRIORITY, TRANSFER = "normal", "priority", "transfer"


class Arrivals:
    """Counts of arrivals. Which priority class somebody has is learned for the branch as a whole.

    The class of a ticket is forgotten after a day (domain.md, privacy) and "a priority ticket"
    is not: so a state rebuilt from an older log knows the same streams.
    """

    def __init__(self) -> None:
        self.day: date | None = None
        self.today: dict[tuple[Stream, int], int] = {}
        self.sums: dict[tuple[Stream, int], float] = {}
        #: By half hour, how many days its sums stand for.
        self.days: dict[int, float] = {}
        self.classes: dict[str, float] = {}

    def add(self, stream: Stream, local: datetime) -> None:
        """Count one who came at a local time of the day under way."""
        key = (stream, half_hour(local))
        self.today[key] = self.today.get(key, 0) + 1

    def add_class(self, code: str) -> None:
        """Count the class of a priority ticket."""
        self.classes[code] = self.classes.get(code, 0.0) + 1.0

    def begin(self, day: date, catalogue: Catalogue) -> None:
        """Fold the day before in and begin `day`."""
        if self.day is not None and self.today:
            for n in _open_half_hours(catalogue, self.day):
                self.days[n] = self.days.get(n, 0.0) * _DECAY + 1.0
                for key in [k for k in self.sums if k[1] == n]:
                    self.sums[key] *= _DECAY
            for key, count in self.today.items():
                if self.days.get(key[1]):
                    self.sums[key] = self.sums.get(key, 0.0) + count
            self.sums = {k: v for k, v in self.sums.items() if v >= _LEAST}
            self.classes = {c: v * _DECAY for c, v in self.classes.items()}
        self.day = day
        self.today = {}

    def keep_queues(self, queues: set[QueueId]) -> None:
        """Drop the streams of queues that are gone."""
        self.today = {k: v for k, v in self.today.items() if k[0][0] in queues}
        self.sums = {k: v for k, v in self.sums.items() if k[0][0] in queues}

    def pace(self, local: datetime) -> float:
        """How many come today against other days at this time, shrunk to 1."""
        if not self.days:
            return 1.0
        now, part = half_hour(local), (local.minute % 30 * 60 + local.second) / HALF_HOUR_S
        usual = 0.0
        for (_, n), total in self.sums.items():
            if n <= now and self.days.get(n):
                usual += total / self.days[n] * (part if n == now else 1.0)
        seen = sum(self.today.values()) if self.day == local.date() else 0
        return (seen + _PACE_WEIGHT) / (usual + _PACE_WEIGHT)

    def rates(self, catalogue: Catalogue, local: datetime) -> dict[tuple[Lane, int], float]:
        """Arrivals a second of those who can overtake, by lane and half hour, at today's pace."""
        overtaking = overtaking_queues(catalogue)
        shares = self._shares(catalogue)
        found: dict[tuple[Lane, int], float] = defaultdict(float)
        for (stream, n), rate in self._by_stream(local).items():
            queue, kind = stream
            if kind == TRANSFER:
                found[(queue, TRANSFER), n] += rate
            elif kind == NORMAL and queue in overtaking:
                found[(queue, None), n] += rate
            elif kind == PRIORITY:
                for code, share in shares.items():
                    found[(queue, code), n] += rate * share
        return dict(found)

    def _by_stream(self, local: datetime) -> dict[tuple[Stream, int], float]:
        if self.days:
            pace = self.pace(local)
            return {
                (stream, n): total / self.days[n] / HALF_HOUR_S * pace
                for (stream, n), total in self.sums.items()
                if self.days.get(n)
            }
        # The first day of all: it goes on as it began.
        if self.day != local.date() or not self.today:
            return {}
        first = min(n for _, n in self.today)
        elapsed = max(local.hour * 3_600 + local.minute * 60 - first * HALF_HOUR_S, 3_600)
        totals: dict[Stream, int] = {}
        for (stream, _), count in self.today.items():
            totals[stream] = totals.get(stream, 0) + count
        ahead = range(half_hour(local), _HALF_HOURS)
        return {(s, n): count / elapsed for s, count in totals.items() for n in ahead}

    def _shares(self, catalogue: Catalogue) -> dict[str, float]:
        codes = [c.code for c in catalogue.policy.classes]
        weights = {c: self.classes.get(c, 0.0) for c in codes}
        total = sum(weights.values())
        if not total:
            usual = [c.code for c in catalogue.policy.classes if not c.urgent]
            return {c: 1 / len(usual) for c in usual}
        return {c: w / total for c, w in weights.items() if w}


def half_hour(local: datetime) -> int:
    """The half hour of the day, 0…47."""
    return local.hour * 2 + local.minute // 30


def overtaking_queues(catalogue: Catalogue) -> frozenset[QueueId]:
    """Queues whose later normal arrivals some counter calls before earlier ones of other queues."""
    return frozenset(queue for c in catalogue.counters if len(c.sources) > 1 for queue in c.queues)


def _open_half_hours(catalogue: Catalogue, day: date) -> set[int]:
    """The half hours of a day in which numbers are given."""
    found: set[int] = set()
    for session in hours.sessions(catalogue.hours, catalogue.zone, day):
        found.update(range(half_hour(session.doors), half_hour(session.last_ticket) + 1))
    return found

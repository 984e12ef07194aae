"""How long things take: services, officers, walks, pauses; and who does not come (measures.md §1.5)."""

from collections import deque
from math import exp, fsum, log, sqrt
from typing import Final, NamedTuple

from server.domain.catalogue import Catalogue
from server.domain.ids import ServiceId
from server.forecast.model import WAIT_BINS
from server.forecast.tables import Sample

#: Coefficient of variation of a configured service time.
SERVICE_CV: Final = 0.8
_UNKNOWN_MINUTES: Final = 10.0
#: Seconds and coefficient of variation of the rest, before anything is known.
SIMPLE: Final = {
    "walk": (40.0, 0.6),
    "gap": (25.0, 1.2),
    "no_show": (100.0, 0.6),
    "pause": (600.0, 1.0),
}
#: A service is absurd beyond twelve times what is configured, and beyond one hour.
_MOST_TIMES, _MOST_S = 12.0, 3_600.0

#: A service teaches an officer's speed only from so many observations on.
_KNOWN: Final = 30
_SPEED_WEIGHT, _SPEED_DECAY, _SPEED_CAP = 25.0, 0.995, 1.5
#: More officers than any branch has; the one with the least weight goes.
_MOST_OFFICERS: Final = 300

#: As many services as the largest branch ends in an hour.
_SLOW_KEPT: Final = 300
_SLOW_AGE_S, _SLOW_CAP = 3_600.0, 2.0
#: Standard deviations of a logarithm: of one service about what was to be expected of it (0.77 in
#: made-up centres, log-normal with CV 0.6 and one in eight over at once), and of what all services
#: of an hour have in common (0.06 there) with what is not known of their means.
_ONE_SD, _HOUR_SD = 0.77, 0.07
#: So many services tell as much of an hour as is known of it beforehand.
_SLOW_WEIGHT: Final = (_ONE_SD / _HOUR_SD) ** 2
_SLOWEST, _FASTEST = 1.6, 0.75

_LATE_S, _LATE_WEIGHT, _LATE_KEPT = 240.0, 12.0, 200
_NO_SHOW, _NO_SHOW_WEIGHT, _NO_SHOW_DECAY = 0.06, 30.0, 0.999
#: One pause of a counter in half a day of some thirty tickets, half of them entered.
_REST, _REST_WEIGHT, _REST_DECAY = 0.02, 30.0, 0.999
_TRANSFER, _TRANSFER_WEIGHT, _TRANSFER_DECAY = 0.02, 30.0, 0.998


class Officer(NamedTuple):
    """Decayed sum of log(duration / usual duration), and of observations."""

    total: float = 0.0
    n: float = 0.0

    @property
    def log_speed(self) -> float:
        """Shrunk to 0, that of an officer as fast as the service's own mean."""
        return self.total / (self.n + _SPEED_WEIGHT)


class Share(NamedTuple):
    """Decayed counts of something that happened `yes` of `n` times."""

    yes: float = 0.0
    n: float = 0.0

    def counted(self, *, happened: bool, decay: float) -> "Share":
        """The counts with one more."""
        return Share(self.yes * decay + happened, self.n * decay + 1.0)

    def shrunk(self, prior: float, weight: float) -> float:
        """The share, as if `prior` had been seen `weight` times before."""
        return (self.yes + prior * weight) / (self.n + weight)


class Durations:
    """Everything that is learned of times and shares. Seconds."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.services: dict[ServiceId, Sample] = {}
        self.officers: dict[str, Officer] = {}
        self.walk = Sample(*SIMPLE["walk"])
        self.gap = Sample(*SIMPLE["gap"])
        self.no_show = Sample(*SIMPLE["no_show"])
        self.pause = Sample(*SIMPLE["pause"])
        #: Logs of how slow the last services were against what was to be expected, and when.
        self.recent: deque[tuple[float, float]] = deque(maxlen=_SLOW_KEPT)
        self.lates: deque[float] = deque(maxlen=_LATE_KEPT)
        self.absences: dict[tuple[ServiceId, int], Share] = {}
        self.transfers = Share()
        self.rests = Share()
        #: How often each service was asked for.
        self.wanted: dict[ServiceId, float] = {}
        self.reconfigure(catalogue)

    def reconfigure(self, catalogue: Catalogue) -> None:
        """New services appear with their priors, gone ones are dropped, configured times count."""
        self.services = {
            s.id: Sample(
                max(s.mean_minutes, 0.1) * 60,
                SERVICE_CV,
                self.services[s.id].values if s.id in self.services else (),
            )
            for s in catalogue.services
        }
        self.absences = {k: v for k, v in self.absences.items() if k[0] in self.services}
        self.wanted = {k: v for k, v in self.wanted.items() if k in self.services}

    def of(self, service: ServiceId) -> Sample:
        """The times of a service; one that is not configured has a usual prior."""
        known = self.services.get(service)
        return Sample(_UNKNOWN_MINUTES * 60, SERVICE_CV) if known is None else known

    def simple(self, kind: str) -> Sample:
        """The times of a walk, gap, no_show or pause."""
        return {
            "walk": self.walk, "gap": self.gap, "no_show": self.no_show, "pause": self.pause,
        }[kind]  # fmt: skip

    # Services -----------------------------------------------------------------------------
    def most_s(self, service: ServiceId) -> float:
        """What is longer was no service: somebody forgot to end it."""
        return max(_MOST_S, _MOST_TIMES * self.of(service).mean_s)

    def served(self, service: ServiceId, officer: str, seconds: float, at: float) -> None:
        """A service by an officer took so long and ended at `at`."""
        sample = self.of(service)
        speed = self.speed(officer)
        ratio = log(max(seconds, 1.0) / sample.middle_s)
        slow = min(max(ratio - log(speed), -_SLOW_CAP), _SLOW_CAP)
        self.recent.append((at, slow))
        if officer and len(sample) >= _KNOWN:
            before = self.officers.get(officer, Officer())
            capped = min(max(ratio, -_SPEED_CAP), _SPEED_CAP)
            self.officers[officer] = Officer(
                before.total * _SPEED_DECAY + capped, before.n * _SPEED_DECAY + 1.0
            )
            if len(self.officers) > _MOST_OFFICERS:
                least = min(self.officers, key=lambda o: (self.officers[o].n, o))
                del self.officers[least]
        sample.add(seconds / speed)

    def speed(self, officer: str) -> float:
        """How long a service takes with this officer against the branch's mean; 1 = as usual."""
        known = self.officers.get(officer)
        return exp(known.log_speed - self._centre()) if known else 1.0

    def speeds(self) -> dict[str, float]:
        """The speed of every officer that is known."""
        centre = self._centre()
        return {name: exp(o.log_speed - centre) for name, o in self.officers.items()}

    def _centre(self) -> float:
        """The mean log speed, by observations: what all officers share belongs to the service."""
        # fsum: the same for a state read back, whose officers stand in another order.
        n = fsum(o.n for o in self.officers.values())
        return fsum(o.n * o.log_speed for o in self.officers.values()) / n if n else 0.0

    def slow(self, now: float) -> float:
        """How slow the last hour was against what is usual: its services, shrunk and clipped.

        All of them, and much shrunk: the last dozen would only say by chance that everything takes
        a tenth more or less, and after an opening that it takes less, since short ones end first.
        """
        logs = self._last_hour(now)
        mean = sum(logs) / (len(logs) + _SLOW_WEIGHT)
        return min(max(exp(mean), _FASTEST), _SLOWEST)

    def slow_sd(self, now: float) -> float:
        """What is not known of it: the standard deviation of its logarithm."""
        return _HOUR_SD * sqrt(_SLOW_WEIGHT / (len(self._last_hour(now)) + _SLOW_WEIGHT))

    def _last_hour(self, now: float) -> list[float]:
        return [x for at, x in self.recent if now - _SLOW_AGE_S <= at <= now]

    # The rest -----------------------------------------------------------------------------
    def leg(self, *, is_transfer: bool) -> None:
        """A stretch of serving ended."""
        self.transfers = self.transfers.counted(happened=is_transfer, decay=_TRANSFER_DECAY)

    def rested(self, *, is_rest: bool) -> None:
        """Between two tickets, with people waiting, the officer paused, or did not."""
        self.rests = self.rests.counted(happened=is_rest, decay=_REST_DECAY)

    @property
    def rest_share(self) -> float:
        """How often an officer pauses between two tickets, with people waiting."""
        return self.rests.shrunk(_REST, _REST_WEIGHT)

    @property
    def transfer_share(self) -> float:
        """Share of services that end in a transfer."""
        return self.transfers.shrunk(_TRANSFER, _TRANSFER_WEIGHT)

    def late(self, seconds: float) -> None:
        """A planned window began so late."""
        self.lates.append(round(seconds, 1))

    @property
    def late_mean_s(self) -> float:
        """How late planned windows begin, in the mean."""
        return (sum(self.lates) + _LATE_S * _LATE_WEIGHT) / (len(self.lates) + _LATE_WEIGHT)

    def answered(self, service: ServiceId, waited_s: float, *, is_no_show: bool) -> None:
        """Somebody who had waited so long was called, and came or did not."""
        key = (service, wait_bin(waited_s))
        share = self.absences.get(key, Share())
        self.absences[key] = share.counted(happened=is_no_show, decay=_NO_SHOW_DECAY)

    def no_show_shares(self, service: ServiceId) -> tuple[float, float, float, float]:
        """By bin of the wait; shrunk to the share of all services in it, and that to the usual one."""

        def share(n: int) -> float:
            every = [s for (_, found), s in self.absences.items() if found == n]
            of_all = Share(fsum(s.yes for s in every), fsum(s.n for s in every))
            prior = of_all.shrunk(_NO_SHOW, _NO_SHOW_WEIGHT)
            return self.absences.get((service, n), Share()).shrunk(prior, _NO_SHOW_WEIGHT)

        return share(0), share(1), share(2), share(3)

    def asked(self, service: ServiceId) -> None:
        """Somebody took a ticket for the service."""
        if service in self.services:
            self.wanted[service] = self.wanted.get(service, 0.0) + 1.0


def wait_bin(waited_s: float) -> int:
    """The bin of a wait, by `WAIT_BINS`."""
    return next(n for n, edge in enumerate(WAIT_BINS) if waited_s <= edge * 60)

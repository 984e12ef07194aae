"""How the people of a made-up centre behave (measures.md §1.2), as parameters, and the scenarios.

Tests and benchmarks may read them, to know what a perfect learner would. The product never does.
"""

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from server.domain.catalogue import Mode

#: Shares of those who come with a priority card, and with a booking.
PRIORITY_SHARE: Final = 0.11
BOOKED_SHARE: Final = 0.04
#: Their codes in a made-up centre.
PRIORITY, BOOKED = "UT", "HEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Shares are of tickets, or of days of a counter where it says so; `sd` are of the logarithm."""

    #: What ordinary demand takes of the counters' planned time.
    load: float = 0.84
    #: Of the log-normal body of a service time.
    body_cv: float = 0.6
    #: Services that end at once ("wrong papers"), and how long they take, minutes.
    quick_share: float = 0.13
    quick_minutes: tuple[float, float] = (0.7, 2.5)
    #: Officers' speeds.
    speed_sd: float = 0.15
    #: Not there when called, however short the wait: from the first service to the last.
    no_show: tuple[float, float] = (0.03, 0.07)
    #: After so long (log-normal) people leave without a word.
    patience_median_minutes: float = 117.0
    patience_sd: float = 0.73
    transfer_share: float = 0.04
    #: Of a service that ends in a transfer, this part is done before.
    before_transfer: float = 0.35
    recall_share: float = 0.08
    #: Officers begin so much late after opening and lunch: exponential.
    late_minutes: float = 4.0
    #: Days of a counter with nobody there.
    absence: float = 0.05
    #: Whether somebody declares those in the morning.
    is_absence_declared: bool = False
    #: Of a counter in half a day: Poisson; log-normal.
    pauses: float = 1.0
    pause_minutes: float = 6.0
    pause_sd: float = 0.5
    #: Of the pauses: those that the officer enters.
    entered_share: float = 0.6
    #: How much more or less comes on a day, in all and of each service.
    volume_sd: float = 0.10
    mix_sd: float = 0.15
    #: Days with a slow portal, how much longer every service then takes, for how long (minutes).
    slow_days: float = 0.12
    slow_factor: float = 1.45
    slow_minutes: tuple[float, float] = (50.0, 150.0)
    #: From this working day on (0 = the first) the service with this index takes so much longer.
    drift_day: int | None = None
    drift_service: int = 2
    drift_factor: float = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A centre of a size, with its behaviour and its policy for priority tickets."""

    counters: int = 12
    mode: Mode = Mode.STRICT
    behaviour: Behaviour = field(default_factory=Behaviour)
    #: What the centre configures as the minutes of a service, times the true mean.
    configured: float = 1.0


_BASE: Final = Behaviour()

SCENARIOS: Final = MappingProxyType(
    {
        "base": Scenario(),
        "declared": Scenario(behaviour=replace(_BASE, is_absence_declared=True)),
        "busy": Scenario(behaviour=replace(_BASE, load=0.95)),
        "small": Scenario(counters=3, behaviour=replace(_BASE, load=0.66)),
        "single": Scenario(counters=1, behaviour=replace(_BASE, load=0.68)),
        "large": Scenario(counters=30, behaviour=replace(_BASE, load=0.93)),
        "drift": Scenario(behaviour=replace(_BASE, load=0.80, drift_day=15)),
        "late": Scenario(behaviour=replace(_BASE, load=0.80, late_minutes=12.0)),
        "boost": Scenario(mode=Mode.HEAD_START),
        "interleave": Scenario(mode=Mode.INTERLEAVE),
    }
)

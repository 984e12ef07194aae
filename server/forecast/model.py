"""What a forecast begins with: the branch at one moment, and what its log has taught.

Everything is in seconds; instants are seconds from `Snapshot.at`, so those in the past are negative.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from server.domain.catalogue import Counter, Policy
from server.domain.discipline import Candidate
from server.domain.ids import BranchId, CounterId, QueueId, ServiceId, TicketId
from server.domain.outlook import Lane, Told

#: A distribution of seconds as its quantiles at (i + 0.5)/65 for i in 0…64.
Quantiles = tuple[float, ...]
QUANTILES: Final = 65
#: Upper edges of the wait bins of no-show shares, minutes.
WAIT_BINS: Final = (20.0, 45.0, 90.0, float("inf"))


class Phase(StrEnum):
    """What a counter is doing."""

    IDLE = "idle"
    CALLING = "calling"  # called somebody, who is on the way
    SERVING = "serving"
    WRAPPING = "wrapping"  # between one ticket and the next call, with people waiting
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A counter as the forecast finds it: `phase_s` is for how long it has been in its phase.

    `windows` are the stretches of today that are left in which it is planned to be open, absences
    taken out; one that has begun has a negative start. `returns_s` is when a pause is to end, where
    the officer said so.
    """

    counter: Counter
    phase: Phase
    phase_s: float = 0.0
    officer: str = ""
    service: ServiceId | None = None
    #: How long the ticket at the desk had waited when it was called.
    waited_s: float = 0.0
    returns_s: float | None = None
    windows: tuple[tuple[float, float], ...] = ()
    #: Of a closed counter that nobody has opened today: for how long it was planned to be open.
    missed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """A waiting ticket. `issued_s` counts from the snapshot and so is not positive."""

    candidate: Candidate
    service: ServiceId
    issued_s: float
    #: The counter or the officer it was sent to alone.
    counter: CounterId | None = None
    officer: str | None = None
    #: What its slip says.
    slip: Told | None = None

    @property
    def ticket(self) -> TicketId:
        """Its id."""
        return self.candidate.ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A session of the opening hours that is not over; `queues` empty = all.

    `doors_s` is from when its tickets are given: those issued between doors and opening count
    against the targets from the opening only. None = an hour before it opens.
    """

    opens_s: float
    closes_s: float
    last_ticket_s: float
    queues: tuple[QueueId, ...] = ()
    doors_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A branch at one moment. `second_of_day` and `weekday` are local, for arrival rates."""

    branch: BranchId
    seq: int
    at: datetime
    policy: Policy
    desks: tuple[Desk, ...]
    waiters: tuple[Waiter, ...]
    spans: tuple[Span, ...]
    #: Normal calls made from each line since its last priority call (`discipline.choose`).
    normal_since: Mapping[tuple[QueueId, ...], int]
    #: The lanes to price for people who are not here yet.
    lanes: tuple[Lane, ...]
    #: Which service a newcomer to a queue is taken to want.
    service_of: Mapping[QueueId, ServiceId]
    second_of_day: int = 0
    weekday: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What the log has taught, frozen for one run. Officers and services that are new have priors.

    `service` is free of the officer's speed and of how slow today is: a service by officer o takes
    Q * speed[o] * slow.
    """

    service: Mapping[ServiceId, Quantiles]
    speed: Mapping[str, float] = field(default_factory=dict)
    slow: float = 1.0
    #: What is not known of `slow`: the standard deviation of its logarithm. One draw a replication.
    slow_sd: float = 0.0
    walk: Quantiles
    gap: Quantiles
    no_show: Quantiles
    pause: Quantiles
    #: How often an officer, with people waiting, pauses before the next call, and says so.
    rest_share: float = 0.0
    late_mean_s: float = 240.0
    absent_share: float = 0.05
    #: By service, one share for each of `WAIT_BINS`.
    no_show_shares: Mapping[ServiceId, tuple[float, float, float, float]]
    #: Arrivals a second of those who can overtake: lane and half hour of the day (0…47), already
    #: times today's pace. Transfers stand under the priority class "transfer".
    arrivals: Mapping[tuple[Lane, int], float] = field(default_factory=dict)
    #: Share of services that end in a transfer.
    transfer_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What a run found of one ticket or lane, before recalibration.

    `levels_s` at `outlook.RAW_PERCENTS`, None past today. `before_break` and `ahead` as in
    `outlook.Foretold`. `breach` is the chance of passing the red target uncalled.
    """

    levels_s: tuple[float | None, ...]
    before_break: float | None = None
    ahead: int = 0
    breach: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run found of everybody: those who wait, and whoever would come now, by lane."""

    waiting: Mapping[TicketId, Raw]
    newcomers: Mapping[Lane, Raw]

"""What the rules of alerts look at, and what they find."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from server.domain import estimate, hours
from server.domain.alert_stats import Usual
from server.domain.catalogue import Catalogue
from server.domain.discipline import Candidate
from server.domain.estimate import Learned, Load
from server.domain.ids import QueueId, ServiceId
from server.domain.outlook import Outlook
from server.domain.state import BranchState
from server.domain.ticket import Ticket

RED: Final = "red"
AMBER: Final = "amber"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """What a device last said, and since when it has been out of reach, if it is."""

    id: str
    kind: str
    name: str
    lost_since: datetime | None = None
    problems: tuple[str, ...] = ()
    sound: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the branch's earlier days say."""

    services: Mapping[ServiceId, Usual] = field(default_factory=dict)
    no_show_share: float = 0.06
    first_calls: int = 0
    is_rated: bool = False
    #: Of the last forecasts of people who had to queue, how many there were, and how many waits lay
    #: between the levels of 10 and 90 %.
    foretold: tuple[int, int] = (0, 0)
    #: By rule, how many of its predictions came and how many did not.
    outcomes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that holds. `figures` are plain values; the sentences are made elsewhere."""

    rule: str
    subject: str
    level: str
    since: datetime
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def cause(self) -> tuple[str, str]:
        """What it is about."""
        return self.rule, self.subject


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that the rules look at. `standing` are the causes of alerts that are not over."""

    state: BranchState
    catalogue: Catalogue
    learned: Learned
    now: datetime
    history: History = field(default_factory=History)
    devices: tuple[DeviceReport, ...] = ()
    #: Seconds by which the clock moved against the time that passed.
    clock_jump_s: float = 0.0
    #: The newest forecast, while it is fresh.
    outlook: Outlook | None = None
    standing: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def load(self) -> Load:
        """Who serves now."""
        return estimate.load_of(self.catalogue, self.state.counters.values())

    def is_served(self, queue: QueueId) -> bool:
        """Whether it is this queue's time: within a session, from its opening on."""
        zone = self.catalogue.zone
        today = hours.sessions(self.catalogue.hours, zone, self.now.astimezone(zone).date())
        return any(s.takes(queue) and s.opens <= self.now < s.closes for s in today)

    def waiting_since(self, candidate: Candidate | Ticket) -> datetime:
        """From when a ticket's wait counts: its arrival, or the opening that it came before."""
        c = self.catalogue
        return hours.published_opening(c.hours, c.zone, candidate.queue, candidate.arrival_at)

    def stands(self, rule: str, subject: str) -> bool:
        """Whether an alert of this cause is not over: it ends at another mark than it begins."""
        return (rule, subject) in self.standing


def minutes(span: timedelta) -> int:
    """Whole minutes."""
    return int(span.total_seconds() // 60)

"""A day as it can be lived again: who came for what, and how every counter's day went.

Seconds count from the local midnight. What was not seen (the service of somebody who went, the gap
after the last person of a quiet hour) is None, and is drawn with the ticket's own seed when needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId, QueueId, ServiceId, TicketId

#: A stretch of time, seconds.
Stretch = tuple[float, float]


@dataclass(slots=True, kw_only=True)
class Stay:
    """One stay in a queue, and what came of it on the day itself.

    `end` is served, no_show, left (went and said so) or open (never called). `back_s` is the time
    from its end to the next stay, where one followed.
    """

    queue: QueueId
    service: ServiceId
    entered_s: float
    end: str
    called_s: float | None = None
    #: Of an officer of ordinary speed.
    needs_s: float | None = None
    served_s: float | None = None
    walk_s: float | None = None
    gone_s: float | None = None
    gap_s: float | None = None
    left_s: float | None = None
    back_s: float | None = None
    at_counter: CounterId | None = None
    at_officer: str = ""
    #: Where it was sent to alone.
    counter: CounterId | None = None
    officer: str | None = None


@dataclass(slots=True, kw_only=True)
class Visit:
    """A ticket with its stays, and its own draws, each uniform in [0, 1)."""

    ticket: TicketId
    serial: int
    priority: str | None
    arrival_at: datetime
    issued_s: float
    #: From when the wait counts: max(issue, published opening).
    counts_s: float
    stays: list[Stay]
    draws: tuple[float, ...] = ()


@dataclass(slots=True, kw_only=True)
class Shift:
    """One officer's day at one counter: when it called, and the breaks inside opening hours."""

    counter: CounterId
    officer: str
    windows: list[Stretch]
    breaks: list[Stretch] = field(default_factory=list)
    #: How late its first call of each session was, seconds; None where it was not there.
    late_s: tuple[float | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A day to live again."""

    catalogue: Catalogue
    day: date
    midnight: datetime
    #: Opening and closing of each session.
    sessions: Sequence[Stretch]
    visits: Sequence[Visit]
    shifts: Sequence[Shift]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What many days say that one day does not show. Times in seconds."""

    #: Officer -> how long they take, times the ordinary.
    speed: Mapping[str, float]
    #: Service -> what visits took (ordinary speed), where they went on (or ""), what that took.
    donors: Mapping[ServiceId, Sequence[tuple[float, QueueId, ServiceId, float]]]
    walk: Sequence[float]
    gap: Sequence[float]
    gone: Sequence[float]
    #: How far past its closing calls are made while people wait, by session from the last.
    overrun: Sequence[float]
    #: Counter -> the queues it has served at all.
    skills: Mapping[CounterId, frozenset[QueueId]]
    #: Counters that had an officer on most days.
    staffed: frozenset[CounterId]
    patience: tuple[float, float, float]
    days: int
    #: What patience was learned from: first calls that nobody came to, and calls after a long wait.
    absent: int = 0
    waited_long: int = 0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a day is lived again under. `new_skill` is the speed at a queue never served before."""

    catalogue: Catalogue
    shifts: Sequence[Shift]
    new_skill: float = 0.8
    #: Sessions that the day did not have.
    extra: Sequence[Stretch] = ()

"""Facts of counters and of a branch as a whole: notices, kiosks, alerts, catalogues, days.

The names on the wire are the class names here too; `events.py` lists them with the others.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from server.domain.ids import CounterId, QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterOpened:
    """`account` is who signed in; empty for an officer of an integration."""

    counter: CounterId
    officer: str
    account: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterHandedOver:
    """The next officer has the counter, with the ticket at its desk."""

    counter: CounterId
    officer: str
    account: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPaused:
    counter: CounterId
    reason: str
    return_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterResumed:
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterClosed:
    counter: CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReleased:
    """Taken from its officer by a supervisor, or because the lease ran out."""

    counter: CounterId
    officer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePosted:
    text_vi: str
    text_en: str = ""
    until: datetime | None = None
    emergency: bool = False
    #: Spoken once by the walls that were there.
    aloud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWithdrawn:
    """Taken down before its end; `notice` is the `seq` of its `NoticePosted`."""

    notice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockGranted:
    """A kiosk may give the numbers `first`…`last` of a day by itself; nobody else gives them."""

    block: str
    device: str
    queue: QueueId
    business_date: date
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterReported:
    """How a kiosk's printer is, told when it changes.

    `ok`, `paper_low`, `paper_out`, `cover_open`, `offline`, `unknown`; `lost` when its agent is out
    of reach.
    """

    device: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPublished:
    """In force from here on. `by` is who published it on the manager's page, or nobody.

    `scheduled` is the `seq` of the `PolicyScheduled` that has come due; `restores` the version whose
    content it is, where somebody went back to one.
    """

    version: int
    policy: dict[str, Any]
    by: str = ""
    note: str = ""
    scheduled: int | None = None
    restores: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyScheduled:
    """To be published at `effective_at`, over the version `base`; the one in force holds until then."""

    policy: dict[str, Any]
    base: int
    effective_at: datetime
    by: str
    note: str
    restores: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyScheduleWithdrawn:
    """It will not be published; `scheduled` is the `seq` of its `PolicyScheduled`."""

    scheduled: int
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueChanged:
    version: int
    catalogue: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosed:
    business_date: date
    cancelled: int
    carried_over: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised:
    """Something needs a person's eye. The alert is known by the `seq` of this event.

    `figures` are plain values that explain it (minutes, counts, numbers of tickets and counters);
    `since` is when the cause began, as far as is known. No name of a person is in it.
    """

    rule: str
    subject: str
    level: str
    since: datetime
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged:
    """Somebody sees to it; `by` is that person's name, `word` what they said, or nothing."""

    alert: int
    by: str
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCleared:
    """The cause is gone. `outcome` says of a prediction whether it came: hit, miss or averted."""

    alert: int
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceDeclared:
    """Nobody will open the counter on that day, or from `since` to `until`, local time.

    It stands in the place of an earlier one of the same counter and day. `officer` is whom the
    roster named; `reason` is one of `absences.REASONS`, and never an illness.
    """

    counter: CounterId
    business_date: date
    officer: str = ""
    since: time | None = None
    until: time | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceWithdrawn:
    """The counter is there after all: somebody said so, or opened it."""

    counter: CounterId
    business_date: date


AbsenceEvent = AbsenceDeclared | AbsenceWithdrawn
AlertEvent = AlertRaised | AlertAcknowledged | AlertCleared
CounterEvent = (
    CounterOpened
    | CounterHandedOver
    | CounterPaused
    | CounterResumed
    | CounterClosed
    | CounterReleased
)
BranchEvent = (
    NoticePosted
    | NoticeWithdrawn
    | BlockGranted
    | PrinterReported
    | AlertRaised
    | AlertAcknowledged
    | AlertCleared
    | AbsenceDeclared
    | AbsenceWithdrawn
    | PolicyPublished
    | PolicyScheduled
    | PolicyScheduleWithdrawn
    | CatalogueChanged
    | DayClosed
)

"""An alert as its events leave it: raised, perhaps acknowledged by a person, over again."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, assert_never

from server.domain import events as ev


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`seq` is that of its `AlertRaised`. `by` is the name of whoever acknowledged it."""

    seq: int
    rule: str
    subject: str
    level: str
    since: datetime
    raised_at: datetime
    figures: dict[str, Any] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    by: str = ""
    word: str = ""
    cleared_at: datetime | None = None
    outcome: str = ""

    @property
    def cause(self) -> tuple[str, str]:
        """What it is about: one alert stands for a cause at a time."""
        return self.rule, self.subject

    @property
    def is_open(self) -> bool:
        """Whether its cause still stands."""
        return self.cleared_at is None


def raised(event: ev.AlertRaised, *, seq: int, at: datetime) -> Alert:
    """The alert that begins with this event."""
    return Alert(
        seq=seq,
        rule=event.rule,
        subject=event.subject,
        level=event.level,
        since=event.since,
        raised_at=at,
        figures=event.figures,
    )


def evolve(alert: Alert, event: ev.AlertAcknowledged | ev.AlertCleared, at: datetime) -> Alert:
    """The alert after one of its later events."""
    match event:
        case ev.AlertAcknowledged():
            return replace(alert, acknowledged_at=at, by=event.by, word=event.word)
        case ev.AlertCleared():
            return replace(alert, cleared_at=at, outcome=event.outcome)
        case _:
            assert_never(event)


def kept_since(day: date) -> datetime:
    """Alerts raised from here on are of `day`, whatever the zone: none is further east of UTC."""
    return datetime.combine(day, time(), UTC) - timedelta(hours=14)

"""Absences: a counter that nobody will open on a day, or for some hours of it, as somebody declared."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from typing_extensions import override

from server.domain.branch_events import AbsenceDeclared, AbsenceEvent
from server.domain.ids import CounterId

#: Why, as far as the log may know: an illness is nobody's business but the person's.
REASONS: Final = ("", "leave", "duty", "training", "other")
#: Nobody knows further ahead than this; who is away for longer is taken out of the roster.
MOST_DAYS_AHEAD: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The last word about a counter on a day. `since` and `until` are local; None = all day."""

    counter: CounterId
    business_date: date
    officer: str
    since: time | None
    until: time | None
    reason: str
    declared_at: datetime
    #: Taken back since.
    withdrawn_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it has not been taken back."""
        return self.withdrawn_at is None

    @property
    def is_whole(self) -> bool:
        """Whether it is for the whole day."""
        return self.since is None and self.until is None

    @property
    def hours(self) -> tuple[time, time]:
        """From when to when, local."""
        return self.since or time.min, self.until or time.max


def evolve(known: Absence | None, event: AbsenceEvent, at: datetime) -> Absence | None:
    """The row after an event: a new declaration stands in the place of an older one."""
    if isinstance(event, AbsenceDeclared):
        return Absence(
            counter=event.counter,
            business_date=event.business_date,
            officer=event.officer,
            since=event.since,
            until=event.until,
            reason=event.reason,
            declared_at=at,
        )
    return None if known is None else replace(known, withdrawn_at=at)


class Absent(Collection[CounterId]):
    """The counters that are absent all day; `hours` knows of those who are for a part of it."""

    def __init__(self, absences: Iterable[Absence]) -> None:
        standing = [one for one in absences if one.stands]
        self._whole = frozenset(one.counter for one in standing if one.is_whole)
        self._parts = {one.counter: one.hours for one in standing if not one.is_whole}

    @override
    def __contains__(self, counter: object) -> bool:
        return counter in self._whole

    @override
    def __iter__(self) -> Iterator[CounterId]:
        return iter(self._whole)

    @override
    def __len__(self) -> int:
        return len(self._whole)

    def hours(self, counter: CounterId) -> tuple[time, time] | None:
        """From when to when a counter is absent that is there for the rest of the day."""
        return self._parts.get(counter)

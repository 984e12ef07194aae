"""Opening hours: when a queue gives tickets, when counters serve, in the branch's own time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from server.domain.catalogue import Hours, Window
from server.domain.ids import QueueId

#: How far ahead to look for the next opening; Tết is the longest closure of the year.
DAYS_AHEAD = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A window on a given day, as instants."""

    doors: datetime
    opens: datetime
    last_ticket: datetime
    closes: datetime
    queues: tuple[QueueId, ...]

    def takes(self, queue: QueueId) -> bool:
        """Whether this session is for `queue`."""
        return not self.queues or queue in self.queues


def windows_of(hours: Hours, day: date) -> tuple[Window, ...]:
    """The windows of a day: its special ones, none on a holiday, else those of the weekday."""
    for special, windows in hours.special:
        if special == day:
            return windows
    return () if day in hours.holidays else hours.weekly[day.weekday()]


@lru_cache(maxsize=2_048)
def sessions(hours: Hours, zone: ZoneInfo, day: date) -> tuple[Session, ...]:
    """The sessions of a local day."""
    return tuple(
        Session(
            doors=datetime.combine(day, w.doors, zone),
            opens=datetime.combine(day, w.opens, zone),
            last_ticket=datetime.combine(day, w.last_ticket, zone),
            closes=datetime.combine(day, w.closes, zone),
            queues=w.queues,
        )
        for w in windows_of(hours, day)
    )


def takes_tickets(hours: Hours, zone: ZoneInfo, queue: QueueId, now: datetime) -> bool:
    """Whether `queue` gives numbers at `now`: doors open, before the last ticket."""
    today = sessions(hours, zone, now.astimezone(zone).date())
    return any(s.takes(queue) and s.doors <= now < s.last_ticket for s in today)


def next_doors(hours: Hours, zone: ZoneInfo, queue: QueueId, now: datetime) -> datetime | None:
    """When `queue` next begins to give numbers; None when not within 16 days."""
    for session in _upcoming(hours, zone, now):
        if session.takes(queue) and session.doors > now:
            return session.doors
    return None


def next_session(hours: Hours, zone: ZoneInfo, now: datetime) -> Session | None:
    """The session that opens next, of whatever queues; None when not within 16 days."""
    later = (session for session in _upcoming(hours, zone, now) if session.opens > now)
    return min(later, key=lambda session: session.opens, default=None)


def opening_after(hours: Hours, zone: ZoneInfo, queue: QueueId, now: datetime) -> datetime | None:
    """From when `queue` is served, seen at `now`: `now` itself inside a session."""
    for session in _upcoming(hours, zone, now):
        if session.takes(queue) and session.closes > now:
            return max(session.opens, now)
    return None


def add_working_time(
    hours: Hours, zone: ZoneInfo, queue: QueueId, now: datetime, work: timedelta
) -> datetime | None:
    """The instant at which `work` of open time has passed since `now`; closed time does not count."""
    left = work
    for session in _upcoming(hours, zone, now):
        if not session.takes(queue):
            continue
        start = max(session.opens, now)
        room = session.closes - start
        if room < timedelta(0):
            continue
        if left <= room:
            return start + left
        left -= room
    return None


def open_time(
    hours: Hours, zone: ZoneInfo, queue: QueueId, since: datetime, until: datetime
) -> timedelta:
    """How much of `since`…`until` lies in sessions that take `queue`."""
    total = timedelta(0)
    day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        for session in sessions(hours, zone, day):
            if session.takes(queue):
                shared = min(session.closes, until) - max(session.opens, since)
                total += max(shared, timedelta(0))
        day += timedelta(days=1)
    return total


def published_opening(hours: Hours, zone: ZoneInfo, queue: QueueId, at: datetime) -> datetime:
    """max(`at`, opening of the session that takes it): from when a wait counts (measures.md §2)."""
    for session in sessions(hours, zone, at.astimezone(zone).date()):
        if session.takes(queue) and session.doors <= at < session.closes:
            return max(at, session.opens)
    return at


def _upcoming(hours: Hours, zone: ZoneInfo, now: datetime) -> Iterator[Session]:
    day = now.astimezone(zone).date()
    for n in range(DAYS_AHEAD):
        yield from sessions(hours, zone, day + timedelta(days=n))

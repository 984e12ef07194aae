"""When a counter is planned to be open: the roster's windows, without the hours of those absent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.domain import hours
from server.domain.absences import Absent
from server.domain.catalogue import Catalogue
from server.domain.hours import Session
from server.domain.ids import CounterId
from server.domain.shifts import Shift

#: A stretch of planned opening.
Window = tuple[datetime, datetime]
#: So long a counter may be late before anybody is told.
LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a counter's day as planned, with whom the roster names for it."""

    opens: datetime
    closes: datetime
    officer: str = ""


def windows(
    catalogue: Catalogue, absent: Collection[CounterId], counter: CounterId, day: date
) -> tuple[Window, ...]:
    """The planned windows of a counter on a local day, in order, none touching another.

    A counter that the roster does not name on that day is planned for every session of its queues.
    `absent` are the counters that somebody declared absent for the day; as `BranchState.absent`
    gives them, hours of which a counter is absent are taken out too.
    """
    if counter in absent:
        return ()
    planned = _joined((s.opens, s.closes) for s in stretches(catalogue, counter, day))
    gone = absent.hours(counter) if isinstance(absent, Absent) else None
    if gone is None:
        return planned
    since, until = (datetime.combine(day, at, catalogue.zone) for at in gone)
    parts = ((o, min(c, since)) for o, c in planned), ((max(o, until), c) for o, c in planned)
    return tuple(sorted((o, c) for some in parts for o, c in some if o < c))


def stretches(catalogue: Catalogue, counter: CounterId, day: date) -> tuple[Stretch, ...]:
    """The planned day of a counter with its officers, in order, whoever is absent."""
    configured = catalogue.counter(counter)
    if configured is None:
        return ()
    sessions = [
        session
        for session in hours.sessions(catalogue.hours, catalogue.zone, day)
        if any(map(session.takes, configured.queues))
    ]
    if not is_named(catalogue, counter, day):
        return tuple(Stretch(opens=s.opens, closes=s.closes) for s in sessions)
    found = [
        Stretch(opens=opens, closes=closes, officer=shift.officer)
        for shift in shifts_of(catalogue, counter, day)
        for opens, closes in _within(shift, sessions, day)
    ]
    return tuple(sorted(found, key=lambda stretch: stretch.opens))


def is_named(catalogue: Catalogue, counter: CounterId, day: date) -> bool:
    """Whether the roster says anything about the counter on that day."""
    return any(shift.is_in_force(day) for shift in catalogue.shifts_of(counter))


def shifts_of(catalogue: Catalogue, counter: CounterId, day: date) -> tuple[Shift, ...]:
    """The shifts of a counter's day: those of the date, else those of the weekday."""
    found = [shift for shift in catalogue.shifts_of(counter) if shift.is_for(day)]
    return tuple(s for s in found if s.on is not None) or tuple(found)


def _within(shift: Shift, sessions: Sequence[Session], day: date) -> Iterable[Window]:
    """The shift without the hours in which the office is closed to the counter's queues."""
    if shift.opens is None or shift.closes is None or not sessions:
        return
    zone = sessions[0].opens.tzinfo
    opens, closes = (datetime.combine(day, at, zone) for at in (shift.opens, shift.closes))
    spans: Iterable[Window] = ((s.opens, s.closes) for s in sessions)
    if shift.covers_break:
        spans = [(min(s.opens for s in sessions), max(s.closes for s in sessions))]
    for start, end in _joined(spans):
        if max(start, opens) < min(end, closes):
            yield max(start, opens), min(end, closes)


def _joined(spans: Iterable[Window]) -> tuple[Window, ...]:
    """The same time in order, with what meets or overlaps as one."""
    joined: list[Window] = []
    for opens, closes in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return tuple(joined)


# What is told before a roster is put in force --------------------------------------------------
def outside(catalogue: Catalogue, shift: Shift) -> bool:
    """Whether some of the shift lies outside the hours of its counter's queues, breaks apart.

    Of a weekly one the usual week is looked at; a holiday in it is no mistake of the roster.
    """
    configured = catalogue.counter(shift.counter)
    if configured is None or shift.opens is None or shift.closes is None:
        return False
    days = (
        [hours.windows_of(catalogue.hours, shift.on)]
        if shift.on
        else [catalogue.hours.weekly[day] for day in shift.weekdays]
    )
    for day in days:
        mine = [w for w in day if not w.queues or {*w.queues} & {*configured.queues}]
        if not mine or shift.opens < min(w.opens for w in mine):
            return True
        if shift.closes > max(w.closes for w in mine):
            return True
    return False


def twice(catalogue: Catalogue, day: date) -> list[tuple[str, CounterId, CounterId]]:
    """Officers whom the roster has at two counters at one time of a day."""
    found: list[tuple[str, CounterId, CounterId]] = []
    seen: dict[str, list[tuple[CounterId, Stretch]]] = {}
    for counter in catalogue.counters:
        for stretch in stretches(catalogue, counter.id, day):
            others = seen.setdefault(stretch.officer, [])
            if stretch.officer:
                found += [
                    (stretch.officer, other, counter.id)
                    for other, theirs in others
                    if other != counter.id
                    and max(theirs.opens, stretch.opens) < min(theirs.closes, stretch.closes)
                ]
            others.append((counter.id, stretch))
    return list(dict.fromkeys(found))

"""Shifts: who is planned to open which counter, and when. What a roster is made of, and its rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations

from server.domain.ids import CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A counter's planned opening: every week on some weekdays, or on one date.

    A shift of one date beats the weekly ones of its counter; without hours it says that the counter
    stays closed on that date. Hours are local and may span the break: the counter is then closed in
    it, unless `covers_break`.
    """

    counter: CounterId
    #: Whose name is shown; empty = not said yet.
    officer: str = ""
    #: 0 = Monday; empty for a shift of one date.
    weekdays: tuple[int, ...] = ()
    #: The one date that it is for.
    on: date | None = None
    #: First and last day of a weekly one; None = no such end.
    since: date | None = None
    until: date | None = None
    opens: time | None = None
    closes: time | None = None
    #: Stays open between two sessions of the day.
    covers_break: bool = False

    def is_in_force(self, day: date) -> bool:
        """Whether it says anything about that day, if only that the counter is closed."""
        if self.on is not None:
            return self.on == day
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until)

    def is_for(self, day: date) -> bool:
        """Whether it is one of that day, were there no other."""
        return self.is_in_force(day) and (self.on == day or day.weekday() in self.weekdays)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a roster is refused: the shift's place in it, a code, and the other shift of a pair."""

    place: int
    code: str
    other: int = -1


def mistakes(shifts: Sequence[Shift], known: Sequence[CounterId]) -> list[Mistake]:
    """Everything for which a roster is refused, in the order of its shifts."""
    found = [
        Mistake(place, code)
        for place, shift in enumerate(shifts)
        for code in _mistakes_of(shift, known)
    ]
    found += overlaps(shifts)
    return sorted(found, key=lambda mistake: mistake.place)


def _mistakes_of(shift: Shift, known: Sequence[CounterId]) -> Iterator[str]:
    if shift.counter not in known:
        yield "unknown_counter"
    if (shift.on is None) == (not shift.weekdays):
        yield "day_or_weekdays"
    if any(not 0 <= day <= 6 for day in shift.weekdays):  # noqa: PLR2004 - Sunday
        yield "bad_weekday"
    if shift.on is not None and (shift.since or shift.until):
        yield "dates_of_one_day"
    if shift.since and shift.until and shift.since > shift.until:
        yield "dates_order"
    if (shift.opens is None) != (shift.closes is None) or (shift.opens is None and not shift.on):
        yield "hours_missing"
    elif shift.opens is not None and shift.closes is not None and shift.opens >= shift.closes:
        yield "hours_order"


def overlaps(shifts: Sequence[Shift]) -> Iterator[Mistake]:
    """Pairs of shifts that are for one counter at one time; the later one in the list is told."""
    by_counter: dict[CounterId, list[int]] = {}
    for place, shift in enumerate(shifts):
        by_counter.setdefault(shift.counter, []).append(place)
    for places in by_counter.values():
        for one, other in combinations(places, 2):
            if _meet(shifts[one], shifts[other]):
                yield Mistake(other, "overlap", one)


def _meet(a: Shift, b: Shift) -> bool:
    """Whether two shifts of one counter hold at one time; a date beats a week, and so they do not."""
    if (a.on is None) != (b.on is None):
        return False
    if a.on is not None:
        if a.on != b.on:
            return False
        is_off = a.opens is None or b.opens is None
        return is_off or _share_hours(a, b)
    ends = [end for end in (a.until, b.until) if end]
    starts = [start for start in (a.since, b.since) if start]
    share_dates = not (ends and starts and max(starts) > min(ends))
    return share_dates and bool({*a.weekdays} & {*b.weekdays}) and _share_hours(a, b)


def _share_hours(a: Shift, b: Shift) -> bool:
    if a.opens is None or a.closes is None or b.opens is None or b.closes is None:
        return False
    return max(a.opens, b.opens) < min(a.closes, b.closes)

"""The roster as rows: its shifts, what they plan day by day, who is absent. For page, REST and files."""

from datetime import date, datetime, time, timedelta
from typing import Any

from server.changes import Row
from server.domain import hours, roster
from server.domain.absences import Absence
from server.domain.catalogue import Catalogue
from server.domain.shifts import Shift


def shift_row(shift: Shift, catalogue: Catalogue) -> Row:
    """A shift with its counter's number beside the id."""
    return {
        "counter": shift.counter,
        "number": number_of(shift.counter, catalogue),
        "officer": shift.officer,
        "weekdays": list(shift.weekdays),
        "on": _day(shift.on),
        "since": _day(shift.since),
        "until": _day(shift.until),
        "opens": clock(shift.opens),
        "closes": clock(shift.closes),
        "covers_break": shift.covers_break,
    }


def planned_rows(catalogue: Catalogue, first: date, days: int) -> list[Row]:
    """Every planned stretch of some days, whoever is absent."""
    return [
        {
            "date": day.isoformat(),
            "counter": counter.id,
            "number": counter.number,
            "officer": stretch.officer,
            "opens": clock(_local(stretch.opens, catalogue)),
            "closes": clock(_local(stretch.closes, catalogue)),
        }
        for day in days_from(first, days)
        for counter in catalogue.counters
        for stretch in roster.stretches(catalogue, counter.id, day)
    ]


def day_rows(catalogue: Catalogue, first: date, days: int) -> list[Row]:
    """The sessions of some days; none on a holiday."""
    return [
        {
            "date": day.isoformat(),
            "sessions": [
                {
                    "opens": clock(w.opens),
                    "closes": clock(w.closes),
                    "queues": list(w.queues),
                }
                for w in hours.windows_of(catalogue.hours, day)
            ],
        }
        for day in days_from(first, days)
    ]


def absence_row(absence: Absence, catalogue: Catalogue) -> Row:
    """An absence that stands."""
    return {
        "counter": absence.counter,
        "number": number_of(absence.counter, catalogue),
        "date": absence.business_date.isoformat(),
        "officer": absence.officer,
        "since": clock(absence.since),
        "until": clock(absence.until),
        "reason": absence.reason,
    }


def number_of(counter: str, catalogue: Catalogue) -> int:
    """The counter's number; 0 for one that is no longer there."""
    return next((c.number for c in catalogue.counters if c.id == counter), 0)


def days_from(first: date, days: int) -> list[date]:
    """So many days from the first on."""
    return [first + timedelta(days=n) for n in range(days)]


def clock(at: time | None) -> Any:
    """`HH:MM`, or nothing."""
    return None if at is None else f"{at:%H:%M}"


def _local(at: datetime, catalogue: Catalogue) -> time:
    return at.astimezone(catalogue.zone).time()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

"""The periods a report is about: a day, an ISO week, a month, a quarter, a year; its schedules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo


class Kind(StrEnum):
    """How long the period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS: Final = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """Business dates `start` to `end`, both included."""

    kind: Kind
    start: date
    end: date

    @property
    def before(self) -> "Period":
        """The period that ended the day before this one begins."""
        return period_of(self.kind, self.start - timedelta(days=1))

    @property
    def trend(self) -> str:
        """The group by which the course of the period is told."""
        return {
            Kind.DAY: "hour", Kind.WEEK: "day", Kind.MONTH: "day", Kind.QUARTER: "week",
            Kind.YEAR: "month",
        }[self.kind]  # fmt: skip

    @property
    def slug(self) -> str:
        """The period in letters that every file system takes: 2026-11-24, 2026-W48, 2026-11…"""
        year, week, _ = self.start.isocalendar()
        return {
            Kind.DAY: self.start.isoformat(),
            Kind.WEEK: f"{year}-W{week:02d}",
            Kind.MONTH: f"{self.start:%Y-%m}",
            Kind.QUARTER: f"{self.start.year}-Q{(self.start.month + 2) // 3}",
            Kind.YEAR: str(self.start.year),
        }[self.kind]


def period_of(kind: Kind, day: date) -> Period:
    """The period of this kind that holds `day`."""
    if kind is Kind.DAY:
        return Period(kind, day, day)
    if kind is Kind.WEEK:
        start = day - timedelta(days=day.weekday())
        return Period(kind, start, start + timedelta(days=6))
    months = _MONTHS[kind]
    start = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return Period(kind, start, _months_later(start, months) - timedelta(days=1))


def _months_later(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


class Format(StrEnum):
    """A kind of file that a report is written as."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSchedule:
    """A report made by itself after each period, and where it goes."""

    period: Kind = Kind.MONTH
    formats: tuple[Format, ...] = (Format.PDF,)
    #: So many days after the period's last one.
    day: int = 1
    #: Local time.
    at: time = time(7)
    #: E-mail addresses.
    to: tuple[str, ...] = ()
    #: A folder in `exports` in the data folder; empty = none.
    folder: str = ""
    language: str = "vi"

    def due(self, period: Period, zone: ZoneInfo) -> datetime:
        """When the report of a period is made."""
        return datetime.combine(period.end + timedelta(days=self.day), self.at, zone)

    def last_due(self, now: datetime, zone: ZoneInfo) -> Period:
        """The newest period whose report is due at `now`."""
        period = period_of(self.period, now.astimezone(zone).date())
        while self.due(period, zone) > now:
            period = period.before
        return period

    def due_since(self, since: datetime, now: datetime, zone: ZoneInfo) -> Iterator[Period]:
        """The periods whose report fell due after `since` and is due now, the newest first."""
        period = self.last_due(now, zone)
        while self.due(period, zone) > since:
            yield period
            period = period.before

"""Number series: letter + 3 digits, from the first number, per queue and business date (rule N4)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from server.domain import errors
from server.domain.catalogue import Queue


def business_date(now: datetime, time_zone: str) -> date:
    """The local date of the branch at `now` (aware): never UTC arithmetic (rules N2, N3)."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def next_serial(queue: Queue, last: int | None, end: int | None = None) -> int:
    """The serial after `last` (None = none given today), below `end` where kiosks hold the rest.

    Raises `SeriesFull` past the last number: no number is used twice on a day (rule N8).
    """
    serial = queue.first_number if last is None else last + 1
    if serial > queue.last_number or (end is not None and serial >= end):
        raise errors.SeriesFull(queue=queue.name.vi)
    return serial


def number(queue: Queue, serial: int) -> str:
    """What people read: `A042`."""
    return f"{queue.prefix}{serial:03d}"

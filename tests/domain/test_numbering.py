"""Number series: who reads them, where they end, and whose midnight counts."""

from datetime import UTC, date, datetime

import pytest

from server.domain import numbering
from server.domain.catalogue import Queue
from server.domain.errors import SeriesFull
from server.domain.ids import QueueId
from server.domain.text import Text

QUEUE = Queue(id=QueueId("A"), prefix="A", name=Text(vi="Hộ tịch"))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 17, 0, 0, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 0, 30, 0, tzinfo=UTC), date(2026, 11, 24)),
    ],
)
def test_the_day_turns_at_the_branchs_midnight(instant: datetime, day: date) -> None:
    """Rules N2, N3: a ticket of 07:30 in Hanoi is not of yesterday, whatever UTC says."""
    assert numbering.business_date(instant, "Asia/Ho_Chi_Minh") == day


def test_a_series_begins_at_one_and_has_no_gap() -> None:
    assert numbering.next_serial(QUEUE, None) == 1
    assert [numbering.next_serial(QUEUE, n) for n in (1, 2, 998)] == [2, 3, 999]


def test_the_end_of_a_series_is_said_and_nothing_is_given_twice() -> None:
    with pytest.raises(SeriesFull) as refused:
        numbering.next_serial(QUEUE, 999)
    assert refused.value.facts == {"queue": "Hộ tịch"}


@pytest.mark.parametrize(("serial", "read"), [(1, "A001"), (42, "A042"), (999, "A999")])
def test_what_people_read(serial: int, read: str) -> None:
    assert numbering.number(QUEUE, serial) == read

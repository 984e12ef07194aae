"""Opening hours in the branch's own time zone, around every edge that a clock has."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import hours
from server.domain.catalogue import Hours, Window
from server.domain.ids import QueueId

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
A, R = QueueId("A"), QueueId("R")
MORNING = Window(doors=time(7, 15), opens=time(7, 30), last_ticket=time(11), closes=time(11, 30))
AFTERNOON = Window(
    doors=time(12, 45), opens=time(13), last_ticket=time(16, 30), closes=time(17), queues=(A,)
)
WEEK = Hours(
    weekly=((MORNING, AFTERNOON),) * 5 + ((MORNING,), ()),
    holidays=frozenset({date(2026, 9, 2)}),
    special=((date(2026, 9, 3), (AFTERNOON,)),),
)
TUESDAY = date(2026, 11, 24)


def at(clock: str, day: date = TUESDAY) -> datetime:
    """A local time as the server knows it."""
    return datetime.combine(day, time.fromisoformat(clock), HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [
        ("07:14", False), ("07:15", True), ("10:59", True), ("11:00", False), ("12:44", False),
        ("12:45", True), ("16:29", True), ("16:30", False),
    ],
)  # fmt: skip
def test_numbers_are_given_from_doors_to_the_last_ticket(clock: str, is_open: bool) -> None:
    assert hours.takes_tickets(WEEK, HANOI, A, at(clock)) is is_open


def test_a_window_may_be_for_some_queues_only() -> None:
    assert hours.takes_tickets(WEEK, HANOI, R, at("09:00"))
    assert not hours.takes_tickets(WEEK, HANOI, R, at("14:00"))
    assert hours.next_doors(WEEK, HANOI, R, at("14:00")) == at("07:15", date(2026, 11, 25))


def test_sundays_holidays_and_special_days() -> None:
    assert hours.windows_of(WEEK, date(2026, 11, 29)) == ()
    assert hours.windows_of(WEEK, date(2026, 11, 28)) == (MORNING,)
    assert hours.windows_of(WEEK, date(2026, 9, 2)) == ()
    assert hours.windows_of(WEEK, date(2026, 9, 3)) == (AFTERNOON,)


def test_the_next_doors_lie_over_lunch_night_and_weekend() -> None:
    assert hours.next_doors(WEEK, HANOI, A, at("11:10")) == at("12:45")
    assert hours.next_doors(WEEK, HANOI, A, at("18:00")) == at("07:15", date(2026, 11, 25))
    saturday = at("12:00", date(2026, 11, 28))
    assert hours.next_doors(WEEK, HANOI, A, saturday) == at("07:15", date(2026, 11, 30))
    assert hours.next_doors(Hours(weekly=((),) * 7), HANOI, A, saturday) is None


def test_work_passes_in_open_time_only() -> None:
    """Half an hour of work begun at 11:20 ends at 13:20: lunch does not count."""
    end = hours.add_working_time(WEEK, HANOI, A, at("11:20"), timedelta(minutes=30))
    assert end == at("13:20")
    assert hours.add_working_time(WEEK, HANOI, A, at("06:00"), timedelta(0)) == at("07:30")
    late = hours.add_working_time(WEEK, HANOI, A, at("16:50"), timedelta(minutes=20))
    assert late == at("07:40", date(2026, 11, 25))


def test_a_wait_before_the_opening_is_nobodys_fault() -> None:
    """measures.md §2: whoever comes at 07:15 waits from 07:30."""
    assert hours.published_opening(WEEK, HANOI, A, at("07:15")) == at("07:30")
    assert hours.published_opening(WEEK, HANOI, A, at("08:00")) == at("08:00")
    assert hours.published_opening(WEEK, HANOI, A, at("12:00")) == at("12:00")


def test_a_day_with_a_change_of_clocks_has_its_hours() -> None:
    """Berlin, 29 March 2026: the night is an hour shorter, the office opens at the clock's eight."""
    berlin = ZoneInfo("Europe/Berlin")
    day = Window(doors=time(8), opens=time(8), last_ticket=time(12), closes=time(12))
    week = Hours(weekly=((day,),) * 7)
    before, after = (
        hours.sessions(week, berlin, d)[0].opens for d in (date(2026, 3, 28), date(2026, 3, 29))
    )
    assert after - before.astimezone(UTC) == timedelta(hours=23)


@given(
    start=st.integers(0, 14 * 24 * 60), work=st.integers(0, 10 * 60), more=st.integers(0, 10 * 60)
)
def test_more_work_never_ends_earlier(start: int, work: int, more: int) -> None:
    now = at("00:00") + timedelta(minutes=start)
    first = hours.add_working_time(WEEK, HANOI, A, now, timedelta(minutes=work))
    second = hours.add_working_time(WEEK, HANOI, A, now, timedelta(minutes=work + more))
    assert first is not None
    assert second is not None
    assert now <= first <= second


def test_equal_hours_are_found_again() -> None:
    """Sessions are kept by hours: two that are equal must not be told apart."""
    again = Hours(weekly=WEEK.weekly, holidays=WEEK.holidays, special=WEEK.special)
    assert again == WEEK
    assert hash(again) == hash(WEEK)
    other = Hours(weekly=((),) * 7, holidays=WEEK.holidays, special=WEEK.special)
    assert hash(other) == hash(WEEK)
    assert hours.sessions(other, HANOI, TUESDAY) == ()
    assert len(hours.sessions(WEEK, HANOI, TUESDAY)) == 2

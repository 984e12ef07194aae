"""The predicted wait and how it is told, on an office small enough to compute by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import estimate, wording
from server.domain.catalogue import Hours, Window
from server.domain.estimate import Learned, Load
from server.domain.events import Quote
from server.domain.ids import CounterId
from tests.domain import office

A, B = office.A, office.B
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = (
    Window(doors=time(7), opens=time(7, 30), last_ticket=time(11), closes=time(11, 30)),
    Window(doors=time(12, 45), opens=time(13), last_ticket=time(16, 30), closes=time(17)),
)
OFFICE = replace(office.catalogue(), hours=Hours(weekly=(DAY,) * 7))
#: Six minutes a ticket, nobody absent, and ranges that are the prediction itself.
SURE = Learned(
    service_minutes={A: 6.0, B: 4.0},
    no_show_share=0.0,
    ratios=dict.fromkeys(range(4), (1.0, 1.0)),
    first_calls=500,
)
GAP = 0.75


def at(clock: str) -> datetime:
    return datetime.combine(
        date(2026, 11, 24),
        time.fromisoformat(clock),
        HANOI,
    ).astimezone(UTC)


def load(counters: dict[int, tuple[str, ...]], busy: tuple[int, ...] = ()) -> Load:
    return Load(
        open_counters={CounterId(f"c{n}"): q for n, q in counters.items()},  # type: ignore[misc]
        busy=frozenset(CounterId(f"c{n}") for n in busy),
    )


def minutes(ahead: dict[str, int], present: Load, queue: str = "A") -> float | None:
    seconds = estimate.work_ahead_s(OFFICE, present, SURE, ahead, queue)  # type: ignore[arg-type]
    return None if seconds is None else seconds / 60


def test_one_counter_serves_those_ahead_one_after_the_other() -> None:
    assert minutes({"A": 3}, load({1: ("A",)})) == pytest.approx(3 * (6 + GAP))


def test_two_counters_halve_it() -> None:
    assert minutes({"A": 4}, load({1: ("A",), 2: ("A",)})) == pytest.approx(2 * (6 + GAP))


def test_people_of_another_queue_count_for_the_share_of_counters_they_take() -> None:
    """Two in B; one of the two counters that may serve them is ours: they cost us one of them."""
    present = load({1: ("A", "B"), 2: ("B",)})
    assert minutes({"A": 1, "B": 2}, present) == pytest.approx((6 + GAP) + 2 * (4 + GAP) / 2)


def test_those_only_others_serve_cost_nothing() -> None:
    assert minutes({"A": 1, "B": 9}, load({1: ("A",), 2: ("B",)})) == pytest.approx(6 + GAP)


def test_nobody_ahead_still_waits_for_a_desk_to_be_free() -> None:
    assert minutes({}, load({1: ("A",)})) == 0
    assert minutes({}, load({1: ("A",)}, busy=(1,))) == pytest.approx(6)
    assert minutes({}, load({1: ("A",), 2: ("A",)}, busy=(1, 2))) == pytest.approx(3)
    assert minutes({}, load({1: ("A",), 2: ("A",)}, busy=(1,))) == 0


def test_without_a_counter_that_serves_it_nothing_is_promised() -> None:
    present = load({1: ("B",)})
    assert minutes({"A": 2}, present) is None
    assert estimate.quote(OFFICE, present, SURE, {A: 2}, A, at("09:00")) is None


def test_it_is_never_people_times_average() -> None:
    """The same five people, four counters that differ in what they serve."""
    few, many = load({1: ("A",)}), load(dict.fromkeys(range(4), ("A",)))
    assert minutes({"A": 5}, few) == pytest.approx(4 * (minutes({"A": 5}, many) or 0))


def test_lunch_lies_in_between() -> None:
    """Four times 6.75 minutes from 11:15: fifteen before lunch, twelve after it."""
    found = estimate.quote(OFFICE, load({1: ("A",)}), SURE, {A: 4}, A, at("11:15"))
    assert found is not None
    assert found.expected_s == (at("13:12") - at("11:15")).total_seconds()


def test_what_falls_past_today_is_not_said() -> None:
    assert estimate.quote(OFFICE, load({1: ("A",)}), SURE, {A: 40}, A, at("16:20")) is None


def test_a_young_office_gives_wide_ranges() -> None:
    found = estimate.quote(OFFICE, load({1: ("A",)}), Learned(), {A: 3}, A, at("09:00"))
    assert found is not None
    assert found.low_s < found.expected_s / 2
    assert found.high_s > 2 * found.expected_s
    assert Learned().is_initial
    assert not SURE.is_initial


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 4))
def test_more_people_never_wait_less(people: int, more: int, counters: int) -> None:
    present = load(dict.fromkeys(range(counters), ("A", "B")))
    first, second = minutes({"A": people}, present), minutes({"A": people + more}, present)
    assert first is not None
    assert second is not None
    assert first <= second


def test_a_mean_of_few_leans_on_what_was_configured() -> None:
    assert estimate.blend(20.0, 0, 10.0) == 10.0
    assert estimate.blend(20.0, 12, 10.0) == 15.0
    assert estimate.blend(20.0, 12_000, 10.0) == pytest.approx(20.0, abs=0.02)


# How it is told ------------------------------------------------------------------------------
def phrase(low: float, high: float, clock: str = "09:00") -> wording.Phrase:
    quote = Quote(expected_s=int(60 * low), low_s=int(60 * low), high_s=int(60 * high), model="m")
    found = wording.phrase(OFFICE, A, quote, at(clock), is_initial=False)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("low", "high", "kind", "told"),
    [
        (0, 3, "soon", (0, 5)), (1, 9, "range", (0, 10)), (6, 13, "range", (5, 15)),
        (12, 24, "range", (10, 30)), (21, 33, "range", (20, 40)), (41, 70, "range", (40, 75)),
        (10, 110, "over", (10, 120)),
    ],
)  # fmt: skip
def test_ranges_are_rounded_outward(
    low: float, high: float, kind: str, told: tuple[int, int]
) -> None:
    found = phrase(low, high)
    assert (found.kind, (found.low, found.high)) == (kind, told)


@given(st.integers(0, 100), st.integers(0, 60))
def test_what_is_told_holds_what_was_predicted(low: int, width: int) -> None:
    found = phrase(low, low + width, "07:30")
    assert found.low <= low
    assert found.high >= low + width


def test_the_sentences() -> None:
    assert phrase(0, 3).text.vi == "Sắp đến lượt, dưới 5 phút"
    assert phrase(1, 9).text.vi == "Dưới 10 phút"
    assert phrase(12, 24).text.vi.startswith("Khoảng 10\u201330 phút (9:10\u20139:30")
    assert phrase(10, 110).text.vi == "Trên 60 phút"
    assert phrase(12, 24).text.en.startswith("About 10\u201330 minutes")
    assert phrase(1, 9).short.vi == "dưới 10 phút"
    assert phrase(12, 24).short.vi == "10\u201330 phút"


def test_over_lunch_the_clock_is_told_and_no_minutes() -> None:
    assert phrase(5, 120, "11:10").text.vi == "Có thể sang buổi chiều (sau 13:00)"
    sure = phrase(120, 150, "11:10")
    assert sure.kind == "lunch"
    assert sure.text.vi.startswith("Buổi chiều, khoảng 13:")
    assert "phút" not in sure.text.vi


def test_without_a_quote_there_is_no_sentence() -> None:
    assert wording.phrase(OFFICE, A, None, at("09:00"), is_initial=True) is None


def test_nothing_is_ever_promised_to_the_minute() -> None:
    """measures.md §1.6: a range, whatever the prediction."""
    for predicted in range(0, 90, 7):
        found = phrase(predicted, predicted)
        assert found.low < found.high
        assert timedelta(minutes=found.high - found.low) >= timedelta(minutes=5)

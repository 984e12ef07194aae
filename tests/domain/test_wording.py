"""The sentences of a wait, word for word, and what they may never say."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import wording
from server.domain.events import Quote
from server.domain.outlook import Told
from server.domain.telling import Reason
from tests.domain.test_estimate import OFFICE, A, at


def phrase(
    low: float,
    high: float,
    clock: str = "08:12",
    *,
    chance: float | None = None,
    is_initial: bool = False,
) -> wording.Phrase:
    quote = Quote(
        expected_s=int(60 * low),
        low_s=int(60 * low),
        high_s=int(60 * high),
        model="m",
        before_break=chance,
    )
    found = wording.phrase(OFFICE, A, quote, at(clock), is_initial=is_initial)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("found", "screen", "tile", "paper"),
    [
        (
            phrase(0, 4), "Sắp đến lượt, dưới 5 phút", "dưới 5 phút",
            "Sắp đến lượt, dưới 5 phút (tính lúc 8:12)",
        ),
        (
            phrase(11, 19.5), "Khoảng 10\u201320 phút", "10\u201320 phút",
            "Khoảng 10\u201320 phút (tính lúc 8:12)",
        ),
        (
            phrase(33, 58), "Khoảng 30\u201360 phút (8:40\u20139:15)", "30\u201360 phút",
            "Khoảng 30\u201360 phút, khoảng 8:40\u20139:15 (tính lúc 8:12)",
        ),
        (phrase(2, 8), "Dưới 10 phút", "dưới 10 phút", "Dưới 10 phút (tính lúc 8:12)"),
        (phrase(30, 150), "Trên 60 phút", "trên 60 phút", "Trên 60 phút (tính lúc 8:12)"),
        (
            phrase(11, 19, is_initial=True), "Khoảng 10\u201320 phút", "10\u201320 phút",
            "Khoảng 10\u201320 phút (ước tính ban đầu, tính lúc 8:12)",
        ),
        # Lunch is from 11:30 to 13:00.
        (
            phrase(10, 130, "11:05", chance=0.5), "Có thể sang buổi chiều (sau 13:00)",
            "có thể sang chiều", "Có thể sang buổi chiều (sau 13:00), tính lúc 11:05",
        ),
        (
            phrase(118, 142, "11:05", chance=0.1), "Buổi chiều, khoảng 13:00\u201313:35", "buổi chiều",
            "Buổi chiều, khoảng 13:00\u201313:35 (tính lúc 11:05)",
        ),
        (
            phrase(12, 130, "10:45", chance=0.88), "Khoảng 10\u201345 phút (10:55\u201311:30)", "10\u201345 phút",
            "Khoảng 10\u201345 phút, khoảng 10:55\u201311:30 (tính lúc 10:45)",
        ),
    ],
)  # fmt: skip
def test_the_sentences(found: wording.Phrase, screen: str, tile: str, paper: str) -> None:
    assert (found.text.vi, found.short.vi, found.dated.vi) == (screen, tile, paper)


@pytest.mark.parametrize(
    ("chance", "kind"),
    [
        (0.0, "lunch"),
        (0.14, "lunch"),
        (0.15, "maybe_lunch"),
        (0.85, "maybe_lunch"),
        (0.86, "range"),
    ],
)
def test_the_chance_decides_about_lunch_and_not_the_range(chance: float, kind: str) -> None:
    assert phrase(12, 130, "10:45", chance=chance).kind == kind
    # Also where the range itself says otherwise.
    assert phrase(12, 20, "09:00", chance=chance).kind == kind


def test_before_the_first_session_lunch_is_the_break_after_it() -> None:
    """The doors open at 7:00, counters at 7:30: "after 7:30" is no afternoon."""
    found = phrase(200, 380, "07:10", chance=0.5)
    assert found.text.vi == "Có thể sang buổi chiều (sau 13:00)"


def test_the_hours_never_begin_before_the_office_opens() -> None:
    """Its doors open at seven, its counters half an hour later: minutes are rounded, hours not."""
    found = phrase(29, 39, "07:01", chance=1.0)
    assert found.text.vi == "Khoảng 20\u201340 phút (7:30\u20137:45)"
    assert "khoảng 7:30\u20137:45" in found.dated.vi


def test_what_was_told_has_the_moment_it_was_told_at() -> None:
    told = Told(at=at("08:12"), low_s=660, high_s=1_170, reason="counter_paused")
    found = wording.of_told(OFFICE, A, told, is_initial=False)
    assert found is not None
    assert found.dated == phrase(11, 19.5).dated
    assert found.as_of.vi == "tính lúc 8:12"
    assert wording.of_told(OFFICE, A, replace(told, low_s=None), is_initial=False) is None


def test_every_reason_has_a_sentence_about_no_person() -> None:
    for reason in set(Reason) - {Reason.UNKNOWN}:
        found = wording.reason(Told(at=at("08:12"), low_s=1, high_s=2, reason=reason))
        assert found is not None
        assert found.vi.startswith("Thời gian chờ tăng vì ")
    assert wording.reason(Told(at=at("08:12"), low_s=1, high_s=2)) is None


@given(st.integers(0, 170), st.integers(0, 200), st.integers(0, 540), st.none() | st.floats(0, 1))
def test_no_sentence_names_a_single_minute_or_the_break(
    low: int, width: int, minute: int, chance: float | None
) -> None:
    clock = f"{7 + minute // 60:02}:{minute % 60:02}"
    found = phrase(low, low + width, clock, chance=chance)
    assert found.high - found.low >= 5
    first, _, last = found.text.vi.partition("(")[2].rstrip(")").partition("\u2013")
    if found.kind == "range" and last:
        hours, minutes = map(int, last.split(":"))
        until = timedelta(hours=hours, minutes=minutes)
        assert until % timedelta(minutes=5) == timedelta(0)
        assert first != last
        if chance is not None and at(clock) < at("11:25"):
            assert until <= timedelta(hours=11, minutes=30)

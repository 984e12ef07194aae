"""The nine indicators at every boundary of their table."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.indicators import (
    TABLES,
    Attendance,
    Duty,
    Evidence,
    Grade,
    Readings,
    Tier,
    attendance,
    attitude_score,
    bodies_score,
    contacts_score,
    feedback_score,
    indicator_score,
    is_replaced,
    officer_result,
    on_site_score,
    online_score,
    publication_score,
    table_on,
    time_score,
    unit_result,
)

TABLE = TABLES[0]
OURS = Readings()


def per_cent(n: str) -> Fraction:
    return Fraction(n) / 100


def spread(total: str, numbers: tuple[int, ...]) -> dict[int, Decimal | None]:
    """Scores of at most 2 each that add up to `total`."""
    left = Decimal(total)
    scores: dict[int, Decimal | None] = {}
    for number in numbers:
        scores[number] = min(Decimal(2), left)
        left -= min(Decimal(2), left)
    assert not left
    return scores


NINE = tuple(range(1, 10))


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("18", Grade.EXCELLENT),
        ("15.1", Grade.EXCELLENT),
        ("15.0", Grade.EXCELLENT),
        ("15", Grade.EXCELLENT),
        ("14.9", Grade.GOOD),
        ("12.0", Grade.GOOD),
        ("11.9", Grade.FAIR),
        ("9.0", Grade.FAIR),
        ("8.9", Grade.AVERAGE),
        ("6.0", Grade.AVERAGE),
        ("5.9", Grade.WEAK),
        ("0", Grade.WEAK),
    ],
)
def test_a_grade_begins_at_its_boundary(total: str, grade: Grade) -> None:
    got = unit_result(spread(total, NINE), TABLE)
    assert got is not None
    assert (got.total, got.grade, got.left_out) == (Decimal(total), grade, ())


@pytest.mark.parametrize(
    ("total", "duty"),
    [
        ("10", Duty.FULL),
        ("5.0", Duty.FULL),
        ("4.9", Duty.MOST),
        ("3.5", Duty.MOST),
        ("3.4", Duty.LESS),
        ("0", Duty.LESS),
    ],
)
def test_an_officers_duty_begins_at_its_boundary(total: str, duty: Duty) -> None:
    scores = spread(total, (1, 2, 3, 4, 7))
    assert officer_result({**scores, 5: Decimal(2), 9: Decimal(2)}, TABLE) == (
        Decimal(total),
        duty,
    )
    assert officer_result({5: Decimal(2)}, TABLE) is None


def test_what_has_no_score_is_left_out_and_named() -> None:
    scores = {**dict.fromkeys(NINE, Decimal("1.7")), 2: None}
    del scores[9]
    got = unit_result(scores, TABLE)
    assert got is not None
    assert (got.total, got.grade, got.left_out) == (Decimal("11.9"), Grade.FAIR, (2, 9))
    assert unit_result({}, TABLE) is None
    # 11.9 of 14 stretched is 15.3 of 18.
    stretched = unit_result(scores, replace(TABLE, readings=Readings(stretch_left_out=True)))
    assert stretched is not None
    assert (stretched.total, stretched.grade) == (Decimal("15.3"), Grade.EXCELLENT)


def test_a_stretched_total_is_not_rounded_over_a_boundary() -> None:
    table = replace(TABLE, readings=Readings(stretch_left_out=True))
    # 13.3 of 16 would be 14.96 of 18.
    got = unit_result(spread("13.3", NINE[:8]), table)
    assert got is not None
    assert (got.total, got.grade) == (Decimal("14.9"), Grade.GOOD)
    whole = unit_result(spread("15", NINE), table)
    assert whole is not None
    assert whole.total == 15


def test_which_indicators_our_own_data_speak_of() -> None:
    assert {i.number: i.evidence for i in TABLE.indicators if i.evidence} == {
        1: Evidence.HANDED_OVER,
        3: Evidence.SUPPLEMENTS,
        4: Evidence.BODIES,
        7: Evidence.ATTITUDE,
    }
    assert tuple(i.number for i in TABLE.indicators) == NINE


def test_a_table_is_dated() -> None:
    newer = replace(TABLE, valid_from=date(2027, 1, 1), replaced_from=None)
    assert table_on(date(2018, 6, 20)) is None
    assert table_on(date(2018, 6, 21)) is TABLE
    assert table_on(date(2026, 12, 31), (newer, TABLE)) is TABLE
    assert table_on(date(2027, 1, 1), (newer, TABLE)) is newer
    assert [is_replaced(TABLE, date(2025, 6, 30)), is_replaced(TABLE, date(2025, 7, 1))] == [
        False,
        True,
    ]
    assert not is_replaced(newer, date(2030, 1, 1))


@pytest.mark.parametrize(("taken", "score"), [(4.9, 2), (5, 1), (5.1, 0)])
def test_times(taken: float, score: int) -> None:
    assert time_score(attendance(taken, 5)) == score
    assert attitude_score(attendance(taken, 5), valid_complaint=True, readings=OURS) == 0
    assert attitude_score(attendance(taken, 5), valid_complaint=False, readings=OURS) == score


def test_a_late_result_without_a_complaint_is_read_as_configured() -> None:
    kind = Readings(late_without_complaint=1)
    assert attitude_score(Attendance.LONGER, valid_complaint=False, readings=kind) == 1
    assert attitude_score(Attendance.LONGER, valid_complaint=True, readings=kind) == 0


@pytest.mark.parametrize(("contacts", "score"), [(0, 2), (1, 1), (2, 0), (9, 0)])
def test_contacts(contacts: int, score: int) -> None:
    assert contacts_score(contacts) == score


@pytest.mark.parametrize(
    ("bodies", "one_stop", "score"),
    [(0, False, 2), (1, True, 1), (1, False, 0), (2, True, 0), (2, False, 0)],
)
def test_bodies(bodies: int, one_stop: bool, score: int) -> None:
    assert bodies_score(bodies, one_stop, OURS) == score


def test_one_other_body_is_read_as_configured() -> None:
    assert bodies_score(1, one_stop=False, readings=Readings(one_other_body=1)) == 1


@pytest.mark.parametrize(
    ("tier", "enough", "too_few"),
    [
        (Tier.PROVINCE, "20", "19.9"),
        (Tier.DISTRICT, "50", "49.9"),
        (Tier.COMMUNE, "100", "99.9"),
    ],
)
def test_on_site(tier: Tier, enough: str, too_few: str) -> None:
    nobody, everybody = Fraction(0), Fraction(1)
    assert on_site_score(tier, per_cent(enough), nobody, TABLE) == 2
    assert on_site_score(tier, per_cent(too_few), everybody, TABLE) == 1
    assert on_site_score(tier, per_cent(too_few), per_cent("99.9"), TABLE) == 0


@pytest.mark.parametrize(
    ("posted", "electronic", "score"),
    [(True, True, 2), (True, False, 1), (False, True, 1), (False, False, 0)],
)
def test_publication(posted: bool, electronic: bool, score: int) -> None:
    assert publication_score(posted, electronic) == score


@pytest.mark.parametrize(
    ("received", "on_time", "prolonged", "score"),
    [
        (0, 0, False, 2),
        (10, 10, False, 2),
        (1000, 999, False, 1),
        (10, 9, False, 1),
        (1000, 899, False, 0),
        (10, 10, True, 0),
        (0, 0, True, 0),
    ],
)
def test_feedback(received: int, on_time: int, prolonged: bool, score: int) -> None:
    assert feedback_score(received, on_time, prolonged, TABLE) == score


@pytest.mark.parametrize(
    ("procedures", "dossiers", "late", "score"),
    [
        ("20", "30", False, 2),
        ("20", "30", True, 0),
        ("19.9", "30", False, 1),
        ("20", "29.9", False, 1),
        ("15", "15", False, 1),
        ("14.9", "30", False, 0),
        ("20", "14.9", False, 0),
        ("100", "100", False, 2),
        ("0", "0", False, 0),
    ],
)
def test_online(procedures: str, dossiers: str, late: bool, score: int) -> None:
    assert online_score(per_cent(procedures), per_cent(dossiers), late, TABLE) == score


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], None),
        ([2], "2.0"),
        ([1, 2], "1.5"),
        ([2] * 13 + [1] * 7, "1.7"),  # 1.65, a half
        ([2] * 5 + [1] * 15, "1.3"),  # 1.25: to even would be 1.2
        ([2, 1, 1], "1.3"),
        ([0] * 20 + [1], "0.0"),  # 0.0476
        ([0] * 19 + [1], "0.1"),  # 0.05
    ],
)
def test_an_indicator_is_rounded_to_a_tenth(scores: list[int], expected: str | None) -> None:
    assert indicator_score(scores) == (None if expected is None else Decimal(expected))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=300))
def test_rounding_is_to_the_nearest_tenth(scores: list[int]) -> None:
    got = indicator_score(scores)
    assert got is not None
    assert 0 <= got <= 2
    assert abs(Fraction(got) - Fraction(sum(scores), len(scores))) <= Fraction(1, 20)

"""The nine indicators of the one-stop mechanism and the grade bands, as a dated table.

Source: TT 01/2018/TT-VPCP Đ13-15 under NĐ 61/2018; domain.md §3. Historical since 1 July 2025, yet
used by provinces: configuration, kept apart from the composite of measures.md §4.2, and never to be
called "điểm 766", which the national portal alone computes.

What the texts leave open is our own reading, and stands in `Readings` to be shown and changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeVar

TWO, ONE, NONE = 2, 1, 0

B = TypeVar("B")


class Level(StrEnum):
    """Whether an indicator is scored for each dossier or for the unit."""

    DOSSIER = "dossier"
    UNIT = "unit"
    BOTH = "both"


class Evidence(StrEnum):
    """What of our own visits and ratings an indicator is read from."""

    #: The day the result was handed over, beside the promised day of the dossier.
    HANDED_OVER = "handed_over"
    #: Visits of a dossier that ended with "yêu cầu bổ sung", the applicant's own faults left out.
    SUPPLEMENTS = "supplements"
    #: The bodies a visitor was sent to for the same dossier, when the rating pad asks.
    BODIES = "bodies"
    #: HANDED_OVER, and follow-ups of low ratings for "attitude" that were found valid.
    ATTITUDE = "attitude"


class Tier(StrEnum):
    """The kind of unit, which decides what indicator 5 asks."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Attendance(StrEnum):
    """How a time stands to the time that is allowed."""

    SHORTER = "shorter"
    EQUAL = "equal"
    LONGER = "longer"


class Grade(StrEnum):
    """Grades of a unit: xuất sắc, tốt, khá, trung bình, yếu."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    AVERAGE = "average"
    WEAK = "weak"


class Duty(StrEnum):
    """How much of their duty an officer fulfilled: 100 %, 70 to under 100 %, under 70 %."""

    FULL = "full"
    MOST = "most"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. `evidence` is None where our own data say nothing of it."""

    number: int
    level: Level
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What the texts do not say, as we read it: always the reading that flatters less."""

    #: Indicator 4 with a single body that is not the one-stop unit.
    one_other_body: int = NONE
    #: Indicator 7 with a late result and no valid complaint.
    late_without_complaint: int = NONE
    #: Whether a total is stretched to 18 where indicators are left out.
    stretch_left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The scoring in force from a day on. A band is its lowest total, included, and its name."""

    source: str
    valid_from: date
    replaced_from: date | None
    indicators: tuple[Indicator, ...]
    grades: tuple[tuple[Decimal, Grade], ...]
    duties: tuple[tuple[Decimal, Duty], ...]
    officer_indicators: tuple[int, ...]
    whole_on_site: Mapping[Tier, Fraction]
    answered_on_time: Fraction
    procedures_online: tuple[Fraction, Fraction]
    dossiers_online: tuple[Fraction, Fraction]
    readings: Readings = Readings()


#: The table of 2018. Exactly 15 is "xuất sắc".
TABLES: Final = (
    Table(
        source="TT 01/2018/TT-VPCP",
        valid_from=date(2018, 6, 21),
        replaced_from=date(2025, 7, 1),
        indicators=(
            Indicator(1, Level.DOSSIER, Evidence.HANDED_OVER),
            Indicator(2, Level.DOSSIER),
            Indicator(3, Level.DOSSIER, Evidence.SUPPLEMENTS),
            Indicator(4, Level.DOSSIER, Evidence.BODIES),
            Indicator(5, Level.UNIT),
            Indicator(6, Level.BOTH),
            Indicator(7, Level.DOSSIER, Evidence.ATTITUDE),
            Indicator(8, Level.UNIT),
            Indicator(9, Level.UNIT),
        ),
        grades=(
            (Decimal(15), Grade.EXCELLENT),
            (Decimal(12), Grade.GOOD),
            (Decimal(9), Grade.FAIR),
            (Decimal(6), Grade.AVERAGE),
            (Decimal(0), Grade.WEAK),
        ),
        duties=((Decimal(5), Duty.FULL), (Decimal("3.5"), Duty.MOST), (Decimal(0), Duty.LESS)),
        officer_indicators=(1, 2, 3, 4, 7),
        whole_on_site={
            Tier.PROVINCE: Fraction(20, 100),
            Tier.DISTRICT: Fraction(50, 100),
            Tier.COMMUNE: Fraction(1),
        },
        answered_on_time=Fraction(90, 100),
        procedures_online=(Fraction(20, 100), Fraction(15, 100)),
        dossiers_online=(Fraction(30, 100), Fraction(15, 100)),
    ),
)


def table_on(day: date, tables: Sequence[Table] = TABLES) -> Table | None:
    """The table of a day: the latest that is valid by then, replaced or not; None before any."""
    known = [t for t in tables if t.valid_from <= day]
    return max(known, key=lambda t: t.valid_from, default=None)


def is_replaced(table: Table, day: date) -> bool:
    """Whether the law no longer knows the table on a day, which a screen has to say."""
    return table.replaced_from is not None and day >= table.replaced_from


def attendance(taken: float, allowed: float) -> Attendance:
    """How a time taken stands to the time allowed, both in the same unit (domain.md §3)."""
    if taken == allowed:
        return Attendance.EQUAL
    return Attendance.SHORTER if taken < allowed else Attendance.LONGER


def time_score(time: Attendance) -> int:
    """Indicators 1 (the whole time) and 2 (one body's time): shorter 2, equal 1, longer 0."""
    return {Attendance.SHORTER: TWO, Attendance.EQUAL: ONE, Attendance.LONGER: NONE}[time]


def contacts_score(contacts: int) -> int:
    """Indicator 3: 2 for no further contact, 1 for one, else 0.

    Contacts that the applicant's own fault made necessary are not counted by the caller.
    """
    return max(NONE, TWO - contacts)


def bodies_score(bodies: int, one_stop: bool, readings: Readings) -> int:
    """Indicator 4: 2 for no body contacted, 1 for the one-stop unit only, 0 for more than one.

    `bodies` counts the one-stop unit too, `one_stop` says whether it is among them.
    """
    if bodies == 0:
        return TWO
    if bodies > 1:
        return NONE
    return ONE if one_stop else readings.one_other_body


def on_site_score(tier: Tier, whole: Fraction, received: Fraction, table: Table) -> int:
    """Indicator 5: 2 where the whole process is on site for enough procedures of such a unit.

    1 where all procedures are received and returned there, else 0. Both are shares of procedures,
    exact: 0.15 as a float is less than 15 %.
    """
    if whole >= table.whole_on_site[tier]:
        return TWO
    return ONE if received >= 1 else NONE


def publication_score(posted: bool, electronic: bool) -> int:
    """Indicator 6: procedures published in full on the wall and electronically: 1 for each."""
    return int(posted) + int(electronic)


def attitude_score(time: Attendance, valid_complaint: bool, readings: Readings) -> int:
    """Indicator 7: 2 early, 1 on time, each without a valid complaint; 0 with one."""
    if valid_complaint:
        return NONE
    if time is Attendance.LONGER:
        return readings.late_without_complaint
    return time_score(time)


def feedback_score(received: int, on_time: int, prolonged: bool, table: Table) -> int:
    """Indicator 8: 2 for no feedback or all answered on time, 1 from 90 %, 0 below or prolonged."""
    if prolonged:
        return NONE
    if on_time >= received:
        return TWO
    return ONE if Fraction(on_time, received) >= table.answered_on_time else NONE


def online_score(procedures: Fraction, dossiers: Fraction, any_late: bool, table: Table) -> int:
    """Indicator 9: 2 from 20 % of procedures and 30 % of dossiers online, 1 from 15 %, else 0.

    Any late dossier makes it 0. Where the two shares fall in different columns the lower counts,
    which is our reading.
    """
    if any_late:
        return NONE
    return min(
        _column(procedures, table.procedures_online), _column(dossiers, table.dossiers_online)
    )


def indicator_score(scores: Sequence[int]) -> Decimal | None:
    """The score of an indicator: sum over dossiers / dossiers, to one decimal, halves up (Đ15.2).

    None without dossiers: such an indicator is left out.
    """
    return score_of_sum(sum(scores), len(scores))


def score_of_sum(total: int, dossiers: int) -> Decimal | None:
    """`indicator_score` of dossiers whose scores add up to `total`."""
    if not dossiers:
        return None
    tenths = (20 * total + dossiers) // (2 * dossiers)
    return Decimal(tenths) / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The total of a unit, its grade and the indicators that were left out for want of data."""

    total: Decimal
    grade: Grade
    left_out: tuple[int, ...]


def unit_result(scores: Mapping[int, Decimal | None], table: Table) -> Result | None:
    """The total of at most 18 and the grade of a unit (Đ15.3.b); None without any score.

    Bands begin at their boundary: 15.0 is xuất sắc, 14.9 tốt. With indicators left out the total
    is not stretched to 18 unless the table's readings say so.
    """
    known = {i.number: scores.get(i.number) for i in table.indicators}
    held = [score for score in known.values() if score is not None]
    if not held:
        return None
    total = sum(held, Decimal(0))
    if table.readings.stretch_left_out and len(held) < len(known):
        # Cut down, not rounded: 14.96 is not yet 15.
        total = Decimal(int(total * 10 * len(known) / len(held))) / 10
    return Result(
        total=total,
        grade=_band(total, table.grades),
        left_out=tuple(number for number, score in known.items() if score is None),
    )


def officer_result(
    scores: Mapping[int, Decimal | None], table: Table
) -> tuple[Decimal, Duty] | None:
    """An officer's total of indicators 1, 2, 3, 4 and 7, at most 10, and what it says (Đ15.3.a)."""
    held = [s for n in table.officer_indicators if (s := scores.get(n)) is not None]
    if not held:
        return None
    total = sum(held, Decimal(0))
    return total, _band(total, table.duties)


def _band(total: Decimal, bands: Sequence[tuple[Decimal, B]]) -> B:
    return next(name for lowest, name in bands if total >= lowest)


def _column(share: Fraction, edges: tuple[Fraction, Fraction]) -> int:
    return sum(share >= edge for edge in edges)

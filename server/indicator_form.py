"""The form of the nine indicators: what is entered by hand, scored, beside what our data say.

Our visits are not joined to dossiers, so no indicator is scored from them: they are facts that help
whoever fills the form. Nothing that is entered is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select

from server import queries, reports, tables
from server.domain import indicators
from server.domain.errors import BadValue
from server.domain.indicators import Level, Table, Tier
from server.tally import Tally

#: The most dossiers in one field of the form.
_MOST: Final = 1_000_000
_TIERS: Final = [tier.value for tier in Tier]
_COUNTS: Final = {"type": "string", "pattern": r"^\d{1,7},\d{1,7},\d{1,7}$"}
_WHOLE: Final = {"type": "integer", "minimum": 0, "maximum": _MOST}
_PERCENT: Final = {"type": "string", "pattern": r"^\d{1,3}([.,]\d{0,2})?$"}
_YES: Final = {"type": "boolean"}
#: What the form takes: name, schema, meaning.
FIELDS: Final[tuple[tuple[str, dict[str, Any], str], ...]] = (
    *(
        (f"i{n}", _COUNTS, f"Indicator {n}: dossiers with 2, 1 and 0 points")
        for n in (1, 2, 3, 4, 7)
    ),
    ("tier", {"type": "string", "enum": _TIERS, "default": "commune"}, "Indicator 5: the unit"),
    ("whole", _PERCENT, "Indicator 5: % of procedures whole on site"),
    ("received", _PERCENT, "Indicator 5: % received and returned on site"),
    ("posted", _YES, "Indicator 6: posted in full on the wall"),
    ("electronic", _YES, "Indicator 6: published in full electronically"),
    ("feedback", _WHOLE, "Indicator 8: feedback received"),
    ("answered", _WHOLE, "Indicator 8: answered on time"),
    ("prolonged", _YES, "Indicator 8: any answer drawn out"),
    ("online_procedures", _PERCENT, "Indicator 9: % of procedures online"),
    ("online_dossiers", _PERCENT, "Indicator 9: % of dossiers online"),
    ("online_late", _YES, "Indicator 9: any of them late"),
)


def form(
    engine: Engine, question: reports.Question, entered: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """The table in force at the period's end, its scores, total and grade, and our facts.

    Raises `UnknownBranch` and `BadValue`.
    """
    table = indicators.table_on(question.end)
    if table is None:
        raise BadValue(field="to", problem="no table of indicators by then")
    entries = _Entries(entered)
    scores = _scores(entries, table)
    result = indicators.unit_result(scores, table)
    with queries.reading(engine) as connection:
        groups = reports.gather(connection, question, now)
        complaints = _attitude(connection, question)
    total = Tally()
    for _, tally in sorted(groups.items()):
        total.merge(tally)
    return {
        "from": question.start.isoformat(),
        "to": question.end.isoformat(),
        "source": table.source,
        "is_replaced": indicators.is_replaced(table, question.end),
        "rows": [
            {
                "number": i.number,
                "level": i.level.value,
                "by_dossier": i.level is Level.DOSSIER,
                "score": _number(scores.get(i.number)),
            }
            for i in table.indicators
        ],
        "total": _number(result.total) if result else None,
        "grade": result.grade.value if result else None,
        "left_out": list(result.left_out) if result else [i.number for i in table.indicators],
        "bands": [{"lowest": float(low), "grade": grade.value} for low, grade in table.grades],
        "facts": {
            "served": total.n.get("served", 0),
            "supplements": total.n.get("incomplete", 0),
            **complaints,
        },
    }


@dataclass(frozen=True, slots=True)
class _Entries:
    """What was entered; an empty field is None."""

    given: Mapping[str, str]

    def counts(self, name: str) -> tuple[int, int, int] | None:
        text = self.given.get(name, "")
        if not text:
            return None
        parts = text.split(",")
        wanted = 3
        if len(parts) != wanted or not all(p.isdecimal() and int(p) <= _MOST for p in parts):
            raise BadValue(field=name, problem="three counts")
        two, one, none = map(int, parts)
        return two, one, none

    def whole(self, name: str) -> int | None:
        text = self.given.get(name, "")
        if not text:
            return None
        if not text.isdecimal() or int(text) > _MOST:
            raise BadValue(field=name, problem=f"0-{_MOST}")
        return int(text)

    def share(self, name: str) -> Fraction | None:
        """A percentage as an exact share: 14.9 is less than 15, whatever a float makes of it."""
        text = self.given.get(name, "").replace(",", ".")
        if not text:
            return None
        whole, _, tenths = text.partition(".")
        if not whole.isdecimal() or not (tenths or "0").isdecimal() or len(text) > len("100.00"):
            raise BadValue(field=name, problem="0-100")
        share = Fraction(Decimal(text)) / 100
        if share > 1:
            raise BadValue(field=name, problem="0-100")
        return share

    def yes(self, name: str) -> bool | None:
        text = self.given.get(name, "")
        if text not in ("", "true", "false"):
            raise BadValue(field=name, problem="true, false")
        return None if not text else text == "true"

    def tier(self) -> Tier:
        text = self.given.get("tier", "") or Tier.COMMUNE.value
        if text not in _TIERS:
            raise BadValue(field="tier", problem=", ".join(_TIERS))
        return Tier(text)


def _scores(entries: _Entries, table: Table) -> dict[int, Decimal | None]:
    """The score of every indicator that was entered whole."""
    found: dict[int, Decimal | None] = {}
    for n in (1, 2, 3, 4, 7):
        counts = entries.counts(f"i{n}")
        found[n] = _mean(counts) if counts else None
    whole, received = entries.share("whole"), entries.share("received")
    tier = entries.tier()
    if whole is not None and received is not None:
        found[5] = Decimal(indicators.on_site_score(tier, whole, received, table))
    posted, electronic = entries.yes("posted"), entries.yes("electronic")
    if posted is not None and electronic is not None:
        found[6] = Decimal(indicators.publication_score(posted, electronic))
    feedback, answered = entries.whole("feedback"), entries.whole("answered")
    if feedback is not None and answered is not None:
        if answered > feedback:
            raise BadValue(field="answered", problem=f"<= {feedback}")
        prolonged = entries.yes("prolonged") or False
        found[8] = Decimal(indicators.feedback_score(feedback, answered, prolonged, table))
    procedures, dossiers = entries.share("online_procedures"), entries.share("online_dossiers")
    late = entries.yes("online_late")
    if procedures is not None and dossiers is not None and late is not None:
        found[9] = Decimal(indicators.online_score(procedures, dossiers, late, table))
    return found


def _mean(counts: tuple[int, int, int]) -> Decimal | None:
    """`indicators.indicator_score` of so many dossiers with 2, 1 and 0 points."""
    two, one, none = counts
    return indicators.score_of_sum(2 * two + one, two + one + none)


def _number(value: Decimal | None) -> float | None:
    """For the wire: one decimal, which a float holds closely enough to be read back."""
    return None if value is None else float(value)


def _attitude(connection: Connection, question: reports.Question) -> dict[str, int]:
    """Low ratings of the period that named the attitude, and how many have been looked into."""
    f = tables.follow_ups.c
    zone = queries.zone_of(connection, question.branches[0])
    since = datetime.combine(question.start, time(), zone).astimezone(UTC)
    until = datetime.combine(question.end + timedelta(days=1), time(), zone).astimezone(UTC)
    query = select(func.count(), func.count(f.settled_at)).where(
        f.branch_id == question.branches[0],
        f.opened_at >= since,
        f.opened_at < until,
        f.reasons.like("%attitude%"),
    )
    complaints, settled = connection.execute(query).one()
    return {"attitude": complaints, "attitude_settled": settled}

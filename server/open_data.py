"""The open data of a branch: what its sealed days add up to, by field, small counts left out.

Never by officer or counter, and nothing of a day that is not over. The columns and the rule of
suppression are described in `deploy/OPEN_DATA.md`.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, and_, select

from server import queries, replies, reports
from server.breath import Breath
from server.domain import numbering, suppression
from server.domain.catalogue import Catalogue
from server.domain.errors import BadValue
from server.domain.ids import BranchId, QueueId
from server.domain.visits import VERSION
from server.figure_tables import rollups, sealed_days
from server.tally import Tally

#: Changes when a column changes its meaning or goes; new ones may come at the end.
SCHEMA_VERSION: Final = 1
LONGEST_DAYS: Final = 366
USUAL_DAYS: Final = 31
#: The row of all fields together.
ALL: Final = "*"
COLUMNS: Final = (
    "date",
    "field",
    "name_vi",
    "name_en",
    "issued",
    "served",
    "wait_median_s",
    "within_target_share",
    "ratings",
    "satisfied_share",
)

Row = dict[str, Any]


def daily(
    engine: Engine, branch: BranchId, start: date | None, end: date | None, now: datetime
) -> Row:
    """The rows of a period of at most a year, by default the last 31 days that are over.

    Raises `UnknownBranch`, and `BadValue` for a period that is backwards or too long.
    """
    with queries.reading(engine) as connection:
        catalogue = reports.catalogue_now(connection, branch)
        yesterday = numbering.business_date(now, catalogue.time_zone) - timedelta(days=1)
        end = end or max(yesterday, start or yesterday)
        start = start or end - timedelta(days=min(USUAL_DAYS - 1, (end - date.min).days))
        if not 0 <= (end - start).days < LONGEST_DAYS:
            raise BadValue(field="from", problem=f"1 – {LONGEST_DAYS} days")  # noqa: RUF001
        r, d = rollups.c, sealed_days.c
        same_day = and_(d.branch_id == r.branch_id, d.business_date == r.since)
        query = (
            select(r.since, r.key, r.tally)
            .join(sealed_days, same_day)
            .where(
                r.branch_id == branch,
                r.span == "day",
                r.dimension == "queue",
                # The clock of a simulation may have been set back.
                r.since.between(start, min(end, yesterday)),
                d.version == VERSION,
            )
        )
        days: dict[date, dict[str, Tally]] = defaultdict(dict)
        breathe = Breath()
        for day, key, text in connection.execute(query):
            days[day][key] = Tally.from_json(text)
            breathe()
    return {
        "branch": branch,
        "name": replies.text(catalogue.name),
        "is_demo": catalogue.is_demo,
        "licence": catalogue.public.licence,
        "schema_version": SCHEMA_VERSION,
        "least_count": suppression.LEAST,
        "target_minutes": catalogue.policy.wait_targets_minutes[0],
        "from": start.isoformat(),
        "to": end.isoformat(),
        "rows": [row for day in sorted(days) for row in rows_of(day, days[day], catalogue)],
    }


def rows_of(day: date, fields: Mapping[str, Tally], catalogue: Catalogue) -> list[Row]:
    """A day's row for each field to which somebody came, and the one for all of them."""
    told = _Told(day, fields)
    whole = Tally(values=None)
    for tally in fields.values():
        whole.merge(tally)
    rows = [_row(day, key, fields[key], catalogue, told) for key in sorted(fields)]
    return [*rows, _row(day, "", whole, catalogue, told)]


class _Told:
    """Which of a day's figures may be told."""

    def __init__(self, day: date, fields: Mapping[str, Tally]) -> None:
        def counts(of: Any) -> dict[str, int]:
            return {key: of(tally) for key, tally in fields.items()}

        seed = day.isoformat()
        issued, served = counts(_issued), counts(_served)
        rated, satisfied = counts(lambda t: t.rated), counts(lambda t: t.satisfied)
        within = counts(lambda t: t.n.get("within1", 0))
        late = counts(lambda t: t.n.get("within1_n", 0) - t.n.get("within1", 0))

        def less(some: dict[str, int], others: dict[str, int]) -> dict[str, int]:
            return {key: count - others[key] for key, count in some.items()}

        self.issued, self.served, self.rated, self.satisfied = suppression.hidden(
            [
                [issued],
                [served, less(issued, served)],
                [rated, less(served, rated)],
                [satisfied, less(rated, satisfied)],
            ],
            seed,
        )
        self.within = suppression.hidden([[issued], [within, late]], seed)[1]


def _issued(tally: Tally) -> int:
    return tally.n.get("issued", 0)


def _served(tally: Tally) -> int:
    return tally.n.get("served", 0)


def _row(day: date, key: str, tally: Tally, catalogue: Catalogue, told: _Told) -> Row:
    queue = catalogue.queue(QueueId(key))
    name = {"vi": "Tất cả", "en": "All"} if not key else {"vi": key, "en": key}
    name = replies.text(queue.name) if queue else name
    waited = tally.n.get("wait_n", 0)
    median = tally.spread("wait")[0]
    has_median = key not in told.issued and waited >= suppression.LEAST and median is not None
    return {
        "date": day.isoformat(),
        "field": key or ALL,
        "name_vi": name["vi"],
        "name_en": name["en"],
        "issued": _issued(tally) if key not in told.issued else None,
        "served": _served(tally) if key not in told.served else None,
        "wait_median_s": round(median) if has_median and median is not None else None,
        "within_target_share": (
            _share(tally, "within1", "within1_n") if key not in told.within else None
        ),
        "ratings": tally.rated if key not in told.rated else None,
        "satisfied_share": (
            round(tally.satisfied / tally.rated, 2) if key not in told.satisfied else None
        ),
    }


def _share(tally: Tally, part: str, whole: str) -> float | None:
    share = tally.share(part, whole)
    return None if share is None else round(share, 2)


def as_csv(content: Row) -> str:
    """The rows as CSV with a heading; the first line says what they are and how they may be used."""
    out = io.StringIO()
    demo = "; dữ liệu minh họa / invented data" if content["is_demo"] else ""
    out.write(
        f"# Motcua, {_line(content['name']['vi'])} ({content['branch']})"
        f", {content['from']} – {content['to']}"  # noqa: RUF001
        f"; licence: {_line(content['licence'])}; schema {content['schema_version']}"
        f"; counts below {content['least_count']} are left out{demo}\r\n"
    )
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in content["rows"]:
        table.writerow([_cell(row[name]) for name in COLUMNS])
    return out.getvalue()


def _line(words: str) -> str:
    return " ".join(words.split())


def _cell(value: object) -> object:
    """A leading sign would be a formula in a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return value

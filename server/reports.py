"""Figures over days and branches: one query for the screens, the API and every export.

Percentiles are exact, from every single visit, up to `EXACT_UP_TO` visits of one branch; beyond
that they come from sketches that add up (`server/sketch.py`), and the answer says how far they may
be off. Counts, sums and shares are exact always, by the same tallies.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, func, select

from server import catalogues, queries, sketch, tables, visits
from server.breath import Breath
from server.domain import numbering
from server.domain.catalogue import Catalogue
from server.domain.errors import BadValue
from server.domain.ids import BranchId
from server.domain.visits import VERSION, Visit
from server.figure_tables import rollups, sealed_days
from server.figure_tables import visits as visit_rows
from server.tally import SPREADS, Tally, Targets
from server.visits import DIMENSIONS

#: So many visits are read one by one; more are read as what their days add up to.
EXACT_UP_TO: Final = 15_000
#: With a filter every visit has to be looked at.
MOST_FILTERED: Final = 120_000
#: Officers with fewer visits are not shown: a figure must not point at one citizen's visit.
LEAST_OF_AN_OFFICER: Final = 10

_OfDate = Callable[[date], str]
#: Groups that follow from the day alone.
_CALENDAR: Final[dict[str, _OfDate]] = {
    "day": lambda d: d.isoformat(),
    "week": lambda d: (d - timedelta(days=d.weekday())).isoformat(),
    "month": lambda d: f"{d:%Y-%m}",
    "quarter": lambda d: f"{d.year}-Q{(d.month + 2) // 3}",
    "year": lambda d: str(d.year),
    "weekday": lambda d: str(d.isoweekday()),
}
#: What figures can be grouped by.
GROUPS: Final = (*_CALENDAR, *(d for d in DIMENSIONS if d != "all"), "branch", "none")
FILTERS: Final = tuple(visits.CHOICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which figures are asked for: business dates `start`…`end`, both included."""

    branches: tuple[BranchId, ...]
    start: date
    end: date
    by: str = "none"
    #: Dimension -> its only key.
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def dimension(self) -> str:
        """The stored dimension that holds the groups."""
        return self.by if self.by in DIMENSIONS else "all"

    def group(self, branch: BranchId, day: date, key: str) -> str:
        """The group of a stored key."""
        if self.by in _CALENDAR:
            return _CALENDAR[self.by](day)
        return branch if self.by == "branch" else "" if self.by == "none" else key


def figures(
    engine: Engine, branch: BranchId, start: date | None, end: date | None, by: str, now: datetime
) -> dict[str, Any]:
    """The measures of one branch, today by default. Raises `UnknownBranch` and `BadValue`."""
    with queries.reading(engine) as connection:
        zone = queries.zone_of(connection, branch)
    end = end or now.astimezone(zone).date()
    question = Question(branches=(branch,), start=start or end, end=end, by=by)
    return answer(engine, question, now)


def answer(engine: Engine, question: Question, now: datetime) -> dict[str, Any]:
    """The measures in total and by group, as every screen and export shows them.

    Raises `UnknownBranch`, and `BadValue` for a period that is backwards or too much to filter.
    """
    if question.end < question.start:
        raise BadValue(field="from", problem=f"{question.start} – {question.end}")  # noqa: RUF001
    with queries.reading(engine) as connection:
        groups = gather(connection, question, now)
        targets = catalogue_now(connection, question.branches[0]).policy.wait_targets_minutes
    total = Tally()
    for _, tally in sorted(groups.items()):
        total.merge(tally)
    return {
        "from": question.start.isoformat(),
        "to": question.end.isoformat(),
        "by": question.by,
        "where": dict(question.where),
        "version": VERSION,
        "target_minutes": targets[0],
        "targets_minutes": list(targets),
        "error": 0.0 if total.is_exact else sketch.ERROR,
        "total": measured(total),
        "groups": [
            {"key": key, **measured(tally)}
            for key, tally in sorted(groups.items())
            if question.by != "none" and _may_be_shown(question, tally)
        ],
    }


def catalogue_now(connection: Connection, branch: BranchId) -> Catalogue:
    """The configuration in force. Raises `UnknownBranch`."""
    row = queries.branch_row(connection, branch)
    return catalogues.load(connection, branch, row["catalogue_version"], row["policy_version"])


def _may_be_shown(question: Question, tally: Tally) -> bool:
    return question.by != "officer" or tally.n.get("issued", 0) >= LEAST_OF_AN_OFFICER


def gather(connection: Connection, question: Question, now: datetime) -> dict[str, Tally]:
    """What the visits of a question add up to, by group. Raises `UnknownBranch` and `BadValue`."""
    found: dict[str, Tally] = defaultdict(Tally)
    durations: dict[str, dict[str, list[int]]] = defaultdict(_lists)
    is_exact = True
    breathe = Breath()
    for branch in question.branches:
        source = _Source(connection, question, branch, now)
        is_exact = is_exact and source.is_exact
        for day, key, tally in source.parts():
            group = question.group(branch, day, key)
            found[group].merge(tally)
            breathe()
            for name, seconds in (tally.values or {}).items():
                durations[group][name] += seconds
        if source.is_exact:
            for day, key, values in source.durations():
                breathe()
                kept = durations[question.group(branch, day, key)]
                for name, value in zip(SPREADS, values, strict=True):
                    if value is not None:
                        kept[name].append(value)
    if is_exact:
        for group, tally in found.items():
            tally.values = durations[group]
    return dict(found)


def _lists() -> dict[str, list[int]]:
    return {name: [] for name in SPREADS}


class _Source:
    """Where the figures of one branch come from: sealed days as stored, the others measured now."""

    def __init__(
        self, connection: Connection, question: Question, branch: BranchId, now: datetime
    ) -> None:
        self._connection, self._question, self._branch = connection, question, branch
        self._now = now
        self._zone = queries.zone_of(connection, branch)
        self._today = numbering.business_date(now, self._zone.key)
        self._sealed = self._sealed_days()
        held = sum(self._sealed.values())
        self.is_exact = bool(question.where) or (
            len(question.branches) == 1 and held <= EXACT_UP_TO
        )
        if question.where and held > MOST_FILTERED:
            raise BadValue(field="from", problem=f"> {MOST_FILTERED}")

    def parts(self) -> Iterator[tuple[date, str, Tally]]:
        """Tallies with their day and key in the question's dimension."""
        if self._question.where:
            yield from self._filtered()
        else:
            yield from self._added_up()
        for day in self.open_days():
            measured = visits.measure(self._connection, self._branch, day, self._now)
            yield from self._tallied(measured)

    def durations(self) -> Iterator[tuple[date, str, Sequence[int | None]]]:
        """Of every visit of the sealed days: the durations of `SPREADS`."""
        if self._question.where:
            return
        v, dimension = visit_rows.c, self._question.dimension
        names = {"all": (), "cell": ("queue", "hour")}.get(dimension, (dimension,))
        columns = [v[source] for source in SPREADS.values()]
        query = select(v.business_date, *columns, *(v[name] for name in names)).where(
            v.branch_id == self._branch,
            v.business_date.between(self._question.start, self._question.end),
        )
        for day, wait, call, service, *key in self._connection.execute(query):
            if day in self._sealed:
                yield day, _key(dimension, key), (wait, call, service)

    def _sealed_days(self) -> dict[date, int]:
        d, q = sealed_days.c, self._question
        query = select(d.business_date, d.visits).where(
            d.branch_id == self._branch,
            d.business_date.between(q.start, q.end),
            d.version == VERSION,
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def open_days(self) -> list[date]:
        """The days of the period that are not sealed: today, and whatever was not counted yet."""
        if len(self._sealed) > (self._question.end - self._question.start).days:
            return []
        first = first_day(self._connection, self._branch)
        if first is None:
            return []
        day, last = max(first, self._question.start), min(self._today, self._question.end)
        days = (day + timedelta(days=n) for n in range((last - day).days + 1))
        return [one for one in days if one not in self._sealed]

    def _tallied(self, day: visits.Day) -> Iterator[tuple[date, str, Tally]]:
        """A measured day by the question's dimension, as far as it is asked for."""
        where, dimension = self._question.where, self._question.dimension
        if where:
            day = replace(day, visits=[v for v in day.visits if _is_chosen(v, where)], times={})
        for key, tally in visits.tallies(day, (dimension,))[dimension].items():
            yield day.date, key, tally

    def _filtered(self) -> Iterator[tuple[date, str, Tally]]:
        query = chosen_visits(self._branch, self._question).order_by(
            visit_rows.c.business_date, visit_rows.c.ticket
        )
        read = (visits.of_row(row) for row in self._connection.execute(query).mappings())
        for day, some in groupby(read, key=lambda v: v.business_date):
            if day in self._sealed:
                targets = self._targets(day)
                measured = visits.Day(date=day, targets=targets, visits=list(some), times={})
                yield from self._tallied(measured)

    def _targets(self, day: date) -> Targets:
        end = datetime.combine(day + timedelta(days=1), time(), self._zone)
        return visits.targets_of(catalogues.in_force(self._connection, self._branch, end))

    def _added_up(self) -> Iterator[tuple[date, str, Tally]]:
        months = set() if self._question.by in _CALENDAR else self._whole_months()
        if months:
            for day, key, tally in self._rollups("month"):
                if day in months:
                    yield day, key, tally
        if all(day.replace(day=1) in months for day in self._sealed):
            return
        for day, key, tally in self._rollups("day"):
            if day in self._sealed and day.replace(day=1) not in months:
                yield day, key, tally

    def _whole_months(self) -> set[date]:
        """The months that lie in the period as a whole and are added up."""
        r, q = rollups.c, self._question
        query = (
            select(r.since)
            .where(
                r.branch_id == self._branch,
                r.span == "month",
                r.dimension == "all",
                r.since >= q.start,
            )
            .distinct()
        )
        return {m for m in self._connection.scalars(query) if visits.last_of(m) <= q.end}

    def _rollups(self, span: str) -> Iterator[tuple[date, str, Tally]]:
        r, q = rollups.c, self._question
        query = select(r.since, r.key, r.tally).where(
            r.branch_id == self._branch,
            r.span == span,
            r.dimension == q.dimension,
            r.since.between(q.start, q.end),
        )
        for since, key, text in self._connection.execute(query.order_by(r.since, r.key)):
            yield since, key, Tally.from_json(text)


def _key(dimension: str, values: Sequence[Any]) -> str:
    """The key of a visit in a dimension, from its columns."""
    match dimension:
        case "all":
            return ""
        case "hour":
            return f"{values[0]:02d}"
        case "cell":
            return f"{values[0]}|{values[1]:02d}"
        case _:
            return str(values[0])


def _is_chosen(visit: Visit, where: Mapping[str, str]) -> bool:
    return all(visits.CHOICES[name](visit) == key for name, key in where.items())


def open_visits(connection: Connection, question: Question, now: datetime) -> list[Visit]:
    """The visits of a question on days that are not sealed, in order of their issue."""
    source = _Source(connection, question, question.branches[0], now)
    return [
        visit
        for day in source.open_days()
        for visit in visits.measure(connection, question.branches[0], day, now).visits
        if _is_chosen(visit, question.where)
    ]


def first_day(connection: Connection, branch: BranchId) -> date | None:
    """The local day of the branch's first ticket."""
    t = tables.tickets
    first = connection.scalar(select(func.min(t.c.issued_at)).where(t.c.branch_id == branch))
    return first.astimezone(queries.zone_of(connection, branch)).date() if first else None


def chosen_visits(branch: BranchId, question: Question) -> "Select[Any]":
    """The stored visits that a question is about."""
    v = visit_rows.c
    query = select(visit_rows).where(
        v.branch_id == branch, v.business_date.between(question.start, question.end)
    )
    for name, key in question.where.items():
        if name == "weekday":
            days = visits.dates_on(question.start, question.end, key)
            query = query.where(v.business_date.in_(days))
        else:
            query = query.where(v[name] == (int(key) if name == "hour" else key))
    return query


def measured(tally: Tally) -> dict[str, Any]:
    """A tally as figures (measures.md §2). Seconds; None = nothing, or too few to say."""
    n = tally.n
    wait, call, service = (tally.spread(name) for name in ("wait", "call", "service"))
    engaged_of = n.get("open_s", 0) - n.get("paused_s", 0)
    return {
        "issued": n.get("issued", 0),
        "served": n.get("served", 0),
        "completed": n.get("served", 0),
        "no_show": n.get("no_show", 0),
        "left": n.get("left", 0),
        "left_late": n.get("left_late", 0),
        "unserved": n.get("unserved", 0),
        "cancelled": n.get("left", 0) + n.get("unserved", 0),
        "open": n.get("open", 0),
        "no_show_share": _share(n.get("no_show", 0), n.get("no_show", 0) + n.get("served", 0)),
        "wait_n": n.get("wait_n", 0),
        "wait_mean_s": _rounded(tally.mean("wait")),
        "wait_p50_s": _rounded(wait[0]),
        "wait_p75_s": _rounded(wait[1]),
        "wait_p90_s": _rounded(wait[2]),
        "call_n": n.get("call_n", 0),
        "call_mean_s": _rounded(tally.mean("call")),
        "call_p50_s": _rounded(call[0]),
        "call_p90_s": _rounded(call[2]),
        "wait_open_mean_s": _rounded(tally.mean("wait_open")),
        "wait_total_mean_s": _rounded(tally.mean("wait_total")),
        "within_target": _rounded_share(tally.share("within1", "within1_n")),
        "within_red": _rounded_share(tally.share("within2", "within2_n")),
        "within_n": n.get("within1_n", 0),
        "service_n": n.get("service_n", 0),
        "service_mean_s": _rounded(tally.mean("service")),
        "service_p50_s": _rounded(service[0]),
        "service_p90_s": _rounded(service[2]),
        "walk_mean_s": _rounded(tally.mean("walk")),
        "sojourn_mean_s": _rounded(tally.mean("sojourn")),
        "parked_s": n.get("parked_s", 0),
        "recalls": n.get("recalls", 0),
        "transfers": n.get("transfers", 0),
        "parks": n.get("parks", 0),
        "added": n.get("added", 0),
        "first_visit": _rounded_share(
            _share(n.get("served", 0) - n.get("incomplete", 0), n.get("served", 0))
        ),
        "sheets_read": n.get("sheets_read", 0),
        "guidance_needed": n.get("guidance_needed", 0),
        "levels": list(tally.levels),
        "ratings_n": tally.rated,
        "ratings_satisfied": tally.satisfied,
        "open_s": n.get("open_s", 0),
        "paused_s": n.get("paused_s", 0),
        "engaged_s": n.get("engaged_s", 0),
        "serving_s": n.get("serving_s", 0),
        "occupancy": _rounded_share(_share(n.get("engaged_s", 0), engaged_of)),
        "service_share": _rounded_share(_share(n.get("serving_s", 0), n.get("open_s", 0))),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _rounded_share(share: float | None) -> float | None:
    return None if share is None else round(share, 6)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)

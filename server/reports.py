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
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Select, func, select

from server import catalogues, queries, sketch, tables, visits
from server.breath import Breath
from server.domain import numbering
from server.domain.catalogue import Catalogue
from server.domain.errors import BadValue
from server.domain.ids import BranchId
from server.domain.visits import VERSION, Visit
from server.figure_tables import visits as visit_rows
from server.figure_values import measured, shrunk_shares
from server.sums import LONG_SPANS, Sums
from server.tally import SPREADS, TIMES, Tally
from server.visits import DIMENSIONS

#: So many visits are read one by one; more are read as what their days add up to.
EXACT_UP_TO: Final = 15_000
#: The longest period that is answered.
MOST_DAYS: Final = 30 * 366
#: With a filter every visit that it leaves has to be looked at.
MOST_FILTERED: Final = 60_000
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
#: Stored dimensions whose groups have a share in the counters' time.
_TIMED: Final = ("all", "counter", "officer")
#: Groups that lie across months.
_OF_DAYS: Final = frozenset({"day", "week", "weekday"})
#: Groups that lie within a year, but not within a month.
_OF_MONTHS: Final = frozenset({"month", "quarter"})
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

    @property
    def spans(self) -> tuple[str, ...]:
        """The sums that lie within one group each, beside those of single days."""
        return () if self.by in _OF_DAYS else ("month",) if self.by in _OF_MONTHS else LONG_SPANS

    def group(self, branch: BranchId, day: date, key: str) -> str:
        """The group of a stored key."""
        if self.by in _CALENDAR:
            return _CALENDAR[self.by](day)
        return branch if self.by == "branch" else "" if self.by == "none" else key


def answer(engine: Engine, question: Question, now: datetime) -> dict[str, Any]:
    """The measures in total and by group, as every screen and export shows them.

    Raises `UnknownBranch`, and `BadValue` for a period that is backwards, longer than `MOST_DAYS` or
    too much to filter, and for an officer of fewer than `LEAST_OF_AN_OFFICER` visits.
    """
    refuse_bad_period(question)
    with queries.reading(engine) as connection:
        groups, time_spent = _gathered(connection, question, now, with_cells=False)
        targets = catalogue_now(connection, question.branches[0]).policy.wait_targets_minutes
    total = Tally()
    for _, tally in sorted(groups.items()):
        total.merge(tally)
    if question.dimension not in _TIMED:
        total.merge(time_spent)
    if "officer" in question.where and not _may_be_shown(question, total):
        raise BadValue(field="officer", problem=f"< {LEAST_OF_AN_OFFICER}")
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
        "groups": _groups(question, groups),
    }


def _groups(question: Question, groups: Mapping[str, Tally]) -> list[dict[str, Any]]:
    if question.by == "none":
        return []
    shares = shrunk_shares(groups) if question.by == "officer" else {}
    return [
        {"key": key, **measured(tally), **shares.get(key, {})}
        for key, tally in sorted(groups.items())
        if _may_be_shown(question, tally)
    ]


def refuse_bad_period(question: Question) -> None:
    """Raise `BadValue` for a period that is backwards, or longer than `MOST_DAYS`."""
    if question.end < question.start:
        raise BadValue(field="from", problem=f"{question.start} – {question.end}")  # noqa: RUF001
    if (question.end - question.start).days > MOST_DAYS:
        raise BadValue(field="from", problem=f"> {MOST_DAYS} days")


def catalogue_now(connection: Connection, branch: BranchId) -> Catalogue:
    """The configuration in force. Raises `UnknownBranch`."""
    row = queries.branch_row(connection, branch)
    return catalogues.load(connection, branch, row["catalogue_version"], row["policy_version"])


def _may_be_shown(question: Question, tally: Tally) -> bool:
    """Whether a group, or the total of one officer, is of enough visits."""
    is_of_officer = question.by == "officer" or "officer" in question.where
    return not is_of_officer or tally.n.get("issued", 0) >= LEAST_OF_AN_OFFICER


def gather(connection: Connection, question: Question, now: datetime) -> dict[str, Tally]:
    """What the visits of a question add up to, by group. Raises `UnknownBranch` and `BadValue`."""
    return _gathered(connection, question, now, with_cells=True)[0]


def _gathered(
    connection: Connection, question: Question, now: datetime, *, with_cells: bool
) -> tuple[dict[str, Tally], Tally]:
    """The groups, and the counters' time of the period, which only some groups have a share in."""
    sums = Sums(connection, question.branches, question.start, question.end)
    zones = queries.zones_of(connection, question.branches)
    sources = [_Source(connection, question, b, zones[b], sums, now) for b in question.branches]
    found: dict[str, Tally] = {}
    durations: dict[str, dict[str, list[int]]] = defaultdict(_lists)
    breathe = Breath()
    for branch, day, key, tally in _parts(question, sources, sums, with_cells):
        group = question.group(branch, day, key)
        for name, seconds in (tally.values or {}).items():
            durations[group][name] += seconds
        if group in found:
            found[group].merge(tally)
        else:
            found[group] = tally
        breathe()
    if all(source.is_exact for source in sources):
        _add_durations(question, sources, durations)
        for group, tally in found.items():
            tally.values = durations[group]
    return found, _time_spent(question, sources, sums)


def _add_durations(
    question: Question, sources: "Sequence[_Source]", found: dict[str, dict[str, list[int]]]
) -> None:
    """Add every single duration of the sealed days to its group."""
    breathe = Breath()
    for source in sources:
        for day, key, values in source.durations():
            breathe()
            kept = found[question.group(source.branch, day, key)]
            for name, value in zip(SPREADS, values, strict=True):
                if value is not None:
                    kept[name].append(value)


def _time_spent(question: Question, sources: "Sequence[_Source]", sums: Sums) -> Tally:
    """The counters' time of the period: as stored, and of the days that were measured."""
    spent = Tally()
    if not question.where and question.dimension not in _TIMED:
        for _, _, _, tally in sums.read("all", question.spans, with_cells=False):
            for name in TIMES:
                spent.n[name] += tally.n.get(name, 0)
    for source in sources:
        spent.merge(source.time_spent)
    return spent


def _parts(
    question: Question, sources: "Sequence[_Source]", sums: Sums, with_cells: bool
) -> Iterator[tuple[BranchId, date, str, Tally]]:
    """Tallies with their branch, day and key in the question's dimension."""
    if not question.where:
        yield from sums.read(question.dimension, question.spans, with_cells=with_cells)
    for source in sources:
        for day, key, tally in source.parts(with_cells=with_cells):
            yield source.branch, day, key, tally


def _lists() -> dict[str, list[int]]:
    return {name: [] for name in SPREADS}


class _Source:
    """What of a branch is not stored as sums: days not sealed, and what a filter leaves."""

    def __init__(
        self,
        connection: Connection,
        question: Question,
        branch: BranchId,
        zone: ZoneInfo,
        sums: Sums,
        now: datetime,
    ) -> None:
        self.branch = branch
        self._connection, self._question = connection, question
        self._zone, self._now = zone, now
        self._today = numbering.business_date(now, zone.key)
        #: The counters' time of the days that were measured; nothing under a filter.
        self.time_spent = Tally()
        self._sealed, held = sums.sealed(branch).days, sums.sealed(branch).visits
        self.is_exact = bool(question.where) or (
            len(question.branches) == 1 and held <= EXACT_UP_TO
        )
        if question.where and self._chosen(held) > MOST_FILTERED:
            raise BadValue(field="from", problem=f"> {MOST_FILTERED}")

    def _chosen(self, held: int) -> int:
        """How many visits a filter leaves, as far as it matters."""
        if held <= MOST_FILTERED:
            return held
        chosen = chosen_visits(self.branch, self._question).subquery()
        return self._connection.scalar(select(func.count()).select_from(chosen)) or 0

    def parts(self, *, with_cells: bool) -> Iterator[tuple[date, str, Tally]]:
        """Tallies with their day and key in the question's dimension."""
        if self._question.where:
            yield from self._filtered(with_cells)
        for day in self.open_days():
            measured = visits.measure(self._connection, self.branch, day, self._now)
            yield from self._tallied(measured, with_cells)

    def durations(self) -> Iterator[tuple[date, str, Sequence[int | None]]]:
        """Of every visit of the sealed days: the durations of `SPREADS`."""
        if self._question.where:
            return
        v, dimension = visit_rows.c, self._question.dimension
        names = {"all": (), "cell": ("queue", "hour")}.get(dimension, (dimension,))
        columns = [v[source] for source in SPREADS.values()]
        query = select(v.business_date, *columns, *(v[name] for name in names)).where(
            v.branch_id == self.branch,
            v.business_date.between(self._question.start, self._question.end),
        )
        for day, wait, call, service, *key in self._connection.execute(query):
            if day in self._sealed:
                yield day, _key(dimension, key), (wait, call, service)

    def open_days(self) -> list[date]:
        """The days of the period that are not sealed: today, and whatever was not counted yet."""
        if len(self._sealed) > (self._question.end - self._question.start).days:
            return []
        first = first_day(self._connection, self.branch)
        if first is None:
            return []
        day, last = max(first, self._question.start), min(self._today, self._question.end)
        days = (day + timedelta(days=n) for n in range((last - day).days + 1))
        return [one for one in days if one not in self._sealed]

    def _tallied(self, day: visits.Day, with_cells: bool) -> Iterator[tuple[date, str, Tally]]:
        """A measured day by the question's dimension, as far as it is asked for."""
        where, dimension = self._question.where, self._question.dimension
        for spent in () if where else day.times.values():
            self.time_spent.add_time(spent)
        if where:
            day = replace(day, visits=[v for v in day.visits if _is_chosen(v, where)], times={})
        counted = visits.tallies(day, (dimension,), with_cells=with_cells)
        for key, tally in counted[dimension].items():
            yield day.date, key, tally

    def _filtered(self, with_cells: bool) -> Iterator[tuple[date, str, Tally]]:
        v = visit_rows.c
        query = chosen_visits(self.branch, self._question).order_by(v.business_date, v.ticket)
        columns = [v[name] for name in visits.FIELDS]
        in_force = catalogues.each_in_force(self._connection, self.branch)
        rows = self._connection.execute(query.with_only_columns(*columns))
        read = (visits.of_values(row) for row in rows)
        for day, some in groupby(read, key=lambda v: v.business_date):
            if day in self._sealed:
                end = datetime.combine(day + timedelta(days=1), time(), self._zone)
                targets = visits.targets_of(in_force(end))
                measured = visits.Day(date=day, targets=targets, visits=list(some), times={})
                yield from self._tallied(measured, with_cells)


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
    branch, zones = question.branches[0], queries.zones_of(connection, question.branches)
    sums = Sums(connection, question.branches, question.start, question.end)
    source = _Source(connection, question, branch, zones[branch], sums, now)
    return [
        visit
        for day in source.open_days()
        for visit in visits.measure(connection, branch, day, now).visits
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

"""Figures over days and branches: one query for the screens, the API and every export.

Percentiles are exact, from every single visit, up to `EXACT_UP_TO` visits of one branch; beyond
that they come from sketches that add up (`server/sketch.py`), and the answer says how far they may
be off. Counts, sums and shares are exact always, by the same tallies.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
from server.figure_values import measured, shrunk_shares
from server.tally import SPREADS, TIMES, Tally, Targets
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
#: So many days are named one by one in a query; more are read from the first to the last.
_NAMED: Final = 400
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


def answer(engine: Engine, question: Question, now: datetime) -> dict[str, Any]:
    """The measures in total and by group, as every screen and export shows them.

    Raises `UnknownBranch`, and `BadValue` for a period that is backwards, longer than `MOST_DAYS` or
    too much to filter, and for an officer of fewer than `LEAST_OF_AN_OFFICER` visits.
    """
    refuse_bad_period(question)
    with queries.reading(engine) as connection:
        groups, time_spent = _gathered(connection, question, now)
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
    return _gathered(connection, question, now)[0]


def _gathered(
    connection: Connection, question: Question, now: datetime
) -> tuple[dict[str, Tally], Tally]:
    """The groups, and the counters' time of the period, which only some groups have a share in."""
    time_spent = Tally()
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
        time_spent.merge(source.time_spent)
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
    return dict(found), time_spent


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
        #: The counters' time of the parts that were read; nothing under a filter.
        self.time_spent = Tally()
        self._sealed = self._sealed_days()
        held = sum(self._sealed.values())
        self.is_exact = bool(question.where) or (
            len(question.branches) == 1 and held <= EXACT_UP_TO
        )
        if question.where and self._chosen(held) > MOST_FILTERED:
            raise BadValue(field="from", problem=f"> {MOST_FILTERED}")

    def _chosen(self, held: int) -> int:
        """How many visits a filter leaves, as far as it matters."""
        if held <= MOST_FILTERED:
            return held
        chosen = chosen_visits(self._branch, self._question).subquery()
        return self._connection.scalar(select(func.count()).select_from(chosen)) or 0

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
        for spent in () if where else day.times.values():
            self.time_spent.add_time(spent)
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
        dimension = self._question.dimension
        yield from self._stored(dimension)
        if dimension not in _TIMED:
            for _, _, tally in self._stored("all"):
                for name in TIMES:
                    self.time_spent.n[name] += tally.n.get(name, 0)

    def _stored(self, dimension: str) -> Iterator[tuple[date, str, Tally]]:
        months = set() if self._question.by in _OF_DAYS else self._whole_months()
        yield from self._rollups("month", dimension, months)
        days = [day for day in self._sealed if day.replace(day=1) not in months]
        yield from self._rollups("day", dimension, days)

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
        sealed = Counter(day.replace(day=1) for day in self._sealed)
        # Days counted by an older version are measured again, and then their month is not used.
        return {
            m
            for m in self._connection.scalars(query)
            if visits.last_of(m) <= q.end and sealed[m] == visits.last_of(m).day
        }

    def _rollups(
        self, span: str, dimension: str, some: Collection[date]
    ) -> Iterator[tuple[date, str, Tally]]:
        """What is stored of these days or months."""
        if not some:
            return
        r = rollups.c
        query = select(r.since, r.key, r.tally).where(
            r.branch_id == self._branch,
            r.span == span,
            r.dimension == dimension,
            r.since.between(min(some), max(some)),
        )
        if len(some) <= _NAMED:
            query = query.where(r.since.in_(some))
        wanted = set(some)
        for since, key, text in self._connection.execute(query.order_by(r.since, r.key)):
            if since in wanted:
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

"""What is sealed of some branches in a period, and its sums; one query for many branches."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from server import visits
from server.domain.ids import BranchId
from server.domain.visits import VERSION
from server.figure_tables import rollups, sealed_days
from server.tally import Tally

#: Spans of sums, the longest first.
LONG_SPANS: Final = ("year", "month")
#: So many days are named one by one in a query; more are read from the first to the last.
_NAMED: Final = 400
#: Branches of one query: databases limit how many values a statement may have.
_AT_ONCE: Final = 400
_NONE: Final[frozenset[date]] = frozenset()


@dataclass(frozen=True, slots=True)
class Sealed:
    """The days of a branch that are counted, and how many visits they hold."""

    days: frozenset[date] = _NONE
    visits: int = 0


#: Span -> the first days of what is read of it. No day lies in two of them.
_Parts = tuple[tuple[str, frozenset[date]], ...]


class Sums:
    """The sealed days of some branches from `start` to `end`, both included."""

    def __init__(
        self, connection: Connection, branches: Sequence[BranchId], start: date, end: date
    ) -> None:
        self._connection, self._branches = connection, branches
        self._start, self._end = start, end
        self._ranges: dict[tuple[date, date], frozenset[date]] = {}
        self._sealed = dict(self._read_sealed())

    def sealed(self, branch: BranchId) -> Sealed:
        """What is sealed of a branch."""
        return self._sealed.get(branch, Sealed())

    def read(
        self, dimension: str, spans: Collection[str], *, with_cells: bool
    ) -> Iterator[tuple[BranchId, date, str, Tally]]:
        """Branch, first day, key and tally of each sum, each day once.

        Of `spans` the longest that lie in the period as a whole are read, and single days beside.
        """
        alike: dict[_Parts, list[BranchId]] = defaultdict(list)
        for branch, parts in self._parts(spans).items():
            alike[parts].append(branch)
        for parts, some in alike.items():
            for span, days in parts:
                for chunk in _chunks(some):
                    yield from self._of(chunk, span, days, dimension, with_cells)

    def _read_sealed(self) -> Iterator[tuple[BranchId, Sealed]]:
        """Days without a gap are told by the first and the last: there may be millions."""
        d = sealed_days.c
        with_gaps = []
        for chunk in _chunks(self._branches):
            query = (
                select(
                    d.branch_id,
                    func.count(),
                    func.sum(d.visits),
                    func.min(d.business_date),
                    func.max(d.business_date),
                )
                .where(d.branch_id.in_(chunk), *self._in_period())
                .group_by(d.branch_id)
            )
            for branch, count, held, first, last in self._connection.execute(query):
                if (last - first).days + 1 == count:
                    yield branch, Sealed(self._range(first, last), int(held))
                else:
                    with_gaps.append((branch, int(held)))
        for branch, held in with_gaps:
            query = select(d.business_date).where(d.branch_id == branch, *self._in_period())
            yield branch, Sealed(frozenset(self._connection.scalars(query)), held)

    def _in_period(self) -> tuple[Any, ...]:
        d = sealed_days.c
        return (d.business_date.between(self._start, self._end), d.version == VERSION)

    def _range(self, first: date, last: date) -> frozenset[date]:
        """The days from `first` to `last`; the same object for every branch that has the same."""
        if (first, last) not in self._ranges:
            days = (first + timedelta(days=n) for n in range((last - first).days + 1))
            self._ranges[first, last] = frozenset(days)
        return self._ranges[first, last]

    def _parts(self, spans: Collection[str]) -> dict[BranchId, _Parts]:
        """What of each branch is read to have every sealed day once."""
        added_up = self._added_up(spans) if spans else {}
        made: dict[tuple[frozenset[date], frozenset[tuple[str, date]]], _Parts] = {}
        found = {}
        for branch, sealed in self._sealed.items():
            key = (sealed.days, frozenset(added_up.get(branch, ())))
            if key not in made:
                made[key] = _cover(*key)
            found[branch] = made[key]
        return found

    def _added_up(self, spans: Collection[str]) -> dict[BranchId, set[tuple[str, date]]]:
        r = rollups.c
        found: dict[BranchId, set[tuple[str, date]]] = defaultdict(set)
        for chunk in _chunks(self._branches):
            query = (
                select(r.branch_id, r.span, r.since)
                .where(
                    r.branch_id.in_(chunk),
                    r.span.in_(sorted(spans)),
                    r.dimension == "all",
                    r.since.between(self._start, self._end),
                )
                .distinct()
            )
            for branch, span, since in self._connection.execute(query):
                found[branch].add((span, since))
        return found

    def _of(
        self,
        branches: Sequence[BranchId],
        span: str,
        days: frozenset[date],
        dimension: str,
        with_cells: bool,
    ) -> Iterator[tuple[BranchId, date, str, Tally]]:
        r = rollups.c
        query = select(r.branch_id, r.since, r.key, r.tally).where(
            r.branch_id.in_(branches),
            r.span == span,
            r.dimension == dimension,
            r.since.between(min(days), max(days)),
        )
        if len(days) <= _NAMED:
            query = query.where(r.since.in_(days))
        ordered = query.order_by(r.branch_id, r.since, r.key)
        for branch, since, key, text in self._connection.execute(ordered):
            if since in days:
                yield branch, since, key, Tally.from_json(text, with_cells=with_cells)


def _cover(sealed: frozenset[date], added_up: frozenset[tuple[str, date]]) -> _Parts:
    """The sums that hold each of these days once, the longest first.

    Days counted by an older version are not among them, and then their month and year are not used.
    """
    left = set(sealed)
    parts = []
    for span in LONG_SPANS:
        per_span = Counter(visits.first_of(span, day) for day in left)
        whole = frozenset(
            since
            for name, since in added_up
            if name == span and per_span[since] == (visits.last_of(since, span) - since).days + 1
        )
        left = {day for day in left if visits.first_of(span, day) not in whole}
        parts.append((span, whole))
    parts.append(("day", frozenset(left)))
    return tuple((span, days) for span, days in parts if days)


def _chunks(branches: Sequence[BranchId]) -> Iterator[Sequence[BranchId]]:
    return (branches[n : n + _AT_ONCE] for n in range(0, len(branches), _AT_ONCE))

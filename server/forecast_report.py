"""How right the told waits were, over a period: from the tickets' own rows, so that it can be audited."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, select

from server import codec, queries, tables
from server.breath import Breath
from server.domain import estimate, hits, numbering
from server.domain.errors import BadValue
from server.domain.hits import LEAST, TARGET, Told
from server.domain.ids import BranchId

#: The longest period that is answered: every ticket of it is read.
MOST_DAYS: Final = 366
#: How far back the last day with enough tickets is looked for.
_LOOKED_BACK: Final = timedelta(days=7)
#: How long the last day's share is told again, seconds by the branch's clock.
_KEPT: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class _Ticket:
    queue: str
    is_priority: bool
    day: date
    hour: str
    #: None where it queued and no minutes were said.
    told: Told | None


_GROUPS: Final[dict[str, Callable[[_Ticket], str]]] = {
    "none": lambda _: "",
    "queue": lambda t: t.queue,
    "class": lambda t: "priority" if t.is_priority else "normal",
    "hour": lambda t: t.hour,
    "day": lambda t: t.day.isoformat(),
}
#: What it can be grouped by.
GROUPS: Final = tuple(_GROUPS)


def answer(
    engine: Engine, branch: BranchId, start: date, end: date, by: str, now: datetime
) -> dict[str, Any]:
    """The figures of business dates `start`…`end`, in total and by group.

    Raises `UnknownBranch`, and `BadValue` for a period that is backwards or too long.
    """
    if end < start:
        raise BadValue(field="from", problem=f"{start} – {end}")  # noqa: RUF001
    if (end - start).days >= MOST_DAYS:
        raise BadValue(field="from", problem=f"> {MOST_DAYS} days")
    with queries.reading(engine) as connection:
        found = list(_tickets(connection, branch, start, end))
        last = _last_day(connection, branch, now)
    groups: dict[str, list[_Ticket]] = defaultdict(list)
    for ticket in found:
        groups[_GROUPS[by](ticket)].append(ticket)
    return {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "by": by,
        "target": TARGET,
        "least": LEAST,
        "last_day": last,
        "total": _figures(found),
        "groups": [
            {"key": key, **_figures(some)} for key, some in sorted(groups.items()) if by != "none"
        ],
    }


def _figures(tickets: list[_Ticket]) -> dict[str, Any]:
    return asdict(hits.score(t.told for t in tickets))


def _tickets(connection: Connection, branch: BranchId, start: date, end: date) -> Iterator[_Ticket]:
    """Those that had to queue, and were called in the order they came."""
    t = tables.tickets
    zone = queries.zone_of(connection, branch)
    query = select(
        t.c.queue, t.c.priority, t.c.business_date, t.c.issued_at, t.c.first_called_at,
        t.c.expected_s, t.c.low_s, t.c.high_s, t.c.levels, t.c.model, t.c.fallback_s, t.c.naive_s,
    ).where(
        t.c.branch_id == branch,
        t.c.business_date.between(start, end),
        t.c.first_called_at.is_not(None),
        # Who let others go first waits by choice; a number of the paper roll is called as it is given.
        t.c.yielded == 0,
        t.c.channel != "roll",
    )  # fmt: skip
    breathe = Breath()
    for row in connection.execute(query):
        breathe()
        waited_s = (row.first_called_at - row.issued_at).total_seconds()
        issued = row.issued_at.astimezone(zone)
        # Carried over to another day, it was told nothing about that.
        is_of_today = row.first_called_at.astimezone(zone).date() == issued.date()
        if hits.had_to_queue(waited_s) and is_of_today:
            yield _Ticket(
                queue=row.queue,
                is_priority=row.priority is not None,
                day=row.business_date,
                hour=f"{issued.hour:02d}",
                told=_told(row, waited_s),
            )


def _told(row: Any, waited_s: float) -> Told | None:
    if row.low_s is None or row.high_s is None or row.expected_s is None:
        return None
    return Told(
        waited_s=waited_s,
        expected_s=row.expected_s,
        low_s=row.low_s,
        high_s=row.high_s,
        levels_s=codec.levels(row.levels),
        # The fallback's own tickets: what it would have said is what was told.
        fallback_s=row.expected_s if row.model == estimate.MODEL else row.fallback_s,
        naive_s=row.naive_s,
    )


def _last_day(connection: Connection, branch: BranchId, now: datetime) -> dict[str, Any] | None:
    """The newest day that is over and of which a share can be told; None without one in a week."""
    today = numbering.business_date(now, queries.zone_of(connection, branch).key)
    days: dict[date, list[Told]] = defaultdict(list)
    for ticket in _tickets(connection, branch, today - _LOOKED_BACK, today - timedelta(days=1)):
        if ticket.told is not None:
            days[ticket.day].append(ticket.told)
    for day in sorted(days, reverse=True):
        found = hits.score(days[day])
        if found.right is not None:
            is_yesterday = day == today - timedelta(days=1)
            return {
                "date": day.isoformat(),
                "is_yesterday": is_yesterday,
                "n": found.n,
                "right": found.right,
            }
    return None


class LastDays:
    """The last day's share of each branch, for readers who come every few seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[BranchId, tuple[datetime, dict[str, Any] | None]] = {}

    def of(self, branch: BranchId, now: datetime) -> dict[str, Any] | None:
        """As `last_day` of the report, at most half an hour old."""
        kept = self._kept.get(branch)
        if kept is None or not timedelta(0) <= now - kept[0] < _KEPT:
            with queries.reading(self._engine) as connection:
                kept = (now, _last_day(connection, branch, now))
            self._kept[branch] = kept
        return kept[1]

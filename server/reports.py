"""Figures over days, straight from the ticket rows: one query for the screen, the API and exports."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, select

from server import branches, tables
from server.domain import numbering
from server.domain.catalogue import Catalogue
from server.domain.errors import BadValue
from server.domain.ids import BranchId
from server.domain.measures import p90, percentile
from server.domain.ticket import Status, Ticket
from server.figures import guidance, share_within, wait_call_s
from server.rows import ticket_of

_SATISFIED = 4
#: The longest period of one question, days.
_LONGEST = 366

_Key = Callable[[Ticket, Catalogue], str]

#: What figures can be grouped by.
GROUPS: Final[dict[str, _Key]] = {
    "day": lambda t, _: t.business_date.isoformat(),
    "hour": lambda t, c: f"{t.issued_at.astimezone(c.zone).hour:02d}",
    "queue": lambda t, _: t.queue,
    "service": lambda t, _: t.service,
    "counter": lambda t, _: t.counter or "",
    "channel": lambda t, _: t.channel,
    "outcome": lambda t, _: t.outcome or "",
    "procedure": lambda t, _: t.procedure or "",
}


def figures(
    engine: Engine, branch: BranchId, start: date | None, end: date | None, by: str, now: datetime
) -> dict[str, Any]:
    """The measures of business dates `start`…`end` (today by default), in total and by group.

    Raises `UnknownBranch`, and `BadValue` for a period that is backwards or too long.
    """
    catalogue = branches.require(engine, branch)
    end = end or numbering.business_date(now, catalogue.time_zone)
    start = start or end
    if not timedelta(0) <= end - start <= timedelta(days=_LONGEST):
        raise BadValue(field="from", problem=f"{start} – {end}")  # noqa: RUF001
    tickets = _tickets(engine, branch, start, end)
    groups: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        groups[GROUPS[by](ticket, catalogue)].append(ticket)
    return {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "by": by,
        "target_minutes": catalogue.policy.wait_targets_minutes[0],
        "total": measured(tickets, catalogue, now),
        "groups": [
            {"key": key, **measured(members, catalogue, now)}
            for key, members in sorted(groups.items())
        ],
    }


def measured(tickets: Iterable[Ticket], catalogue: Catalogue, now: datetime) -> dict[str, Any]:
    """The measures of a group of tickets (measures.md §2). Seconds; None = too few."""
    members = list(tickets)
    target_s = catalogue.policy.wait_targets_minutes[0] * 60
    waits = [wait_call_s(t, catalogue, t.first_called_at) for t in members if t.first_called_at]
    served = [t for t in members if t.status is Status.SERVED]
    levels = [t.level for t in members if t.level is not None]
    services = [t.service_s for t in served]
    asked = guidance(members)
    return {
        "issued": len(members),
        "served": len(served),
        "no_show": sum(1 for t in members if t.status is Status.NO_SHOW),
        "cancelled": sum(1 for t in members if t.status is Status.CANCELLED),
        "completed": len(served),
        "wait_n": len(waits),
        "wait_p50_s": _rounded(percentile(waits, 0.5)),
        "wait_p75_s": _rounded(percentile(waits, 0.75)),
        "wait_p90_s": _rounded(p90(waits)),
        "within_target": share_within(members, catalogue, target_s, now),
        "service_mean_s": _rounded(sum(services) / len(services)) if services else None,
        "sheets_read": asked["asked"],
        "guidance_needed": asked["guidance"],
        "ratings_n": len(levels),
        "ratings_satisfied": sum(1 for level in levels if level >= _SATISFIED),
    }


def _tickets(engine: Engine, branch: BranchId, start: date, end: date) -> list[Ticket]:
    t = tables.tickets
    query = select(t).where(
        t.c.branch_id == branch, t.c.business_date >= start, t.c.business_date <= end
    )
    with engine.connect() as connection:
        return [ticket_of(row) for row in connection.execute(query).mappings()]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)

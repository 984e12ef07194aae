"""What ratings say of an officer, and what citizens wrote: read by query, never pushed to counters."""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, func, select

from server import codec, replies, tables
from server.domain.ids import BranchId, TicketId

#: An officer sees nothing of fewer ratings: single citizens could be told (domain.md §9).
FEWEST: Final = 10
_OVER: Final = timedelta(days=30)
_DAY: Final = timedelta(days=1)
_KEPT_S: Final = 60.0
_SETTLED_SHOWN: Final = 100

_t, _f, _e, _x = tables.tickets, tables.follow_ups, tables.event_log, tables.expiring_facts


class OfficerRatings:
    """The mean of an officer's own visits, looked up at most once a minute."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[tuple[BranchId, str], tuple[float, dict[str, Any]]] = {}

    def of(self, branch: BranchId, officer: str, now: datetime) -> dict[str, Any]:
        """`{n, mean}` over thirty days, levels 1 to 5; n is null below `FEWEST`.

        Today is left out: a mean that moves with each visit tells how that visit was rated.
        """
        key = (branch, officer)
        kept = self._kept.get(key)
        if kept is None or time.monotonic() - kept[0] > _KEPT_S:
            kept = self._kept[key] = (time.monotonic(), self._read(branch, officer, now))
        return kept[1]

    def _read(self, branch: BranchId, officer: str, now: datetime) -> dict[str, Any]:
        query = select(func.count(_t.c.level), func.avg(_t.c.level)).where(
            _t.c.branch_id == branch,
            _t.c.business_date.between((now - _OVER).date(), (now - _DAY).date()),
            _t.c.status == "served",
            _t.c.officer == officer,
            _t.c.level.is_not(None),
        )
        with self._engine.connect() as connection:
            n, mean = connection.execute(query).one()
        return {"n": n, "mean": round(float(mean), 2)} if n >= FEWEST else {"n": None}


def comments(engine: Engine, branch: BranchId, ticket_ids: list[TicketId]) -> dict[str, str]:
    """What was written with the ratings of these visits; what has been forgotten is left out."""
    query = (
        select(_e.c.ticket_id, _x.c.value)
        .join(_x, (_x.c.branch_id == _e.c.branch_id) & (_x.c.seq == _e.c.seq))
        .where(
            _e.c.branch_id == branch,
            _e.c.ticket_id.in_(ticket_ids),
            _e.c.type == "RatingGiven",
            _x.c.field == "comment",
        )
    )
    with engine.connect() as connection:
        return {row.ticket_id: row.value for row in connection.execute(query)}


def channels(engine: Engine, branch: BranchId, ticket_ids: list[TicketId]) -> dict[str, str]:
    """By which way the ratings of these visits came."""
    query = select(_e.c.ticket_id, _e.c.payload).where(
        _e.c.branch_id == branch, _e.c.ticket_id.in_(ticket_ids), _e.c.type == "RatingGiven"
    )
    with engine.connect() as connection:
        found = connection.execute(query).all()
    return {row.ticket_id: codec.from_json(row.payload)["channel"] for row in found}


def settled(engine: Engine, branch: BranchId, now: datetime) -> list[dict[str, Any]]:
    """What was settled in the last thirty days, the newest first."""
    query = (
        select(_f)
        .where(_f.c.branch_id == branch, _f.c.settled_at >= now - _OVER)
        .order_by(_f.c.settled_at.desc())
        .limit(_SETTLED_SHOWN)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        {
            "id": row["ticket"],
            "number": row["number"],
            "service": row["service"],
            "level": row["level"],
            "opened_at": replies.instant(row["opened_at"]),
            "settled_at": replies.instant(row["settled_at"]),
            "settled_by": row["settled_by"].partition(":")[2] or row["settled_by"],
            "note": row["note"],
        }
        for row in rows
    ]

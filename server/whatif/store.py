"""What-if comparisons in the database: what was asked, how far it is, what came of it."""

import hashlib
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select, update

from server import queries
from server.clock import Clock
from server.database import writing
from server.domain.errors import IdempotencyConflict, Refused
from server.domain.ids import BranchId
from server.tables import trials
from server.whatif.plans import BadPlan, Plan

#: So many are kept for a branch; more have to be deleted by somebody first.
MOST_KEPT: Final = 50
_OVER: Final = frozenset({"ready", "failed", "cancelled"})


class UnknownTrial(Refused):
    """There is no such comparison here, or it was deleted."""

    code = "unknown_plan"
    status = 404


class Trial(msgspec.Struct, kw_only=True):
    """A comparison of plans over some days."""

    id: str
    name: str
    asked_by: str
    asked_at: datetime
    state: str = "queued"
    done: int = 0
    total: int = 0
    reason: str = ""
    moved_at: datetime
    days: tuple[date, ...]
    plans: tuple[Plan, ...]
    versions: dict[str, Any] = {}

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done for it."""
        return self.state in _OVER


def id_of(by: str, key: str) -> str:
    """The one comparison that a caller's key stands for."""
    return hashlib.sha256(f"{by}|{key}".encode()).hexdigest()[:16]


def put(engine: Engine, branch: BranchId, trial: Trial) -> Trial:
    """Keep a new comparison; asked again under the same id, the one there is.

    Raises `IdempotencyConflict` for other content, `BadPlan` when the branch keeps too many.
    """
    with writing(engine) as connection:
        found = _row(connection, branch, trial.id)
        if found is not None:
            there = _trial(found)
            if (there.days, there.plans) != (trial.days, trial.plans):
                raise IdempotencyConflict
            return there
        count = select(func.count()).select_from(trials).where(trials.c.branch_id == branch)
        if (connection.scalar(count) or 0) >= MOST_KEPT:
            raise BadPlan(why="full", what=str(MOST_KEPT))
        connection.execute(
            insert(trials).values(
                branch_id=branch, id=trial.id, name=trial.name, asked_by=trial.asked_by,
                asked_at=trial.asked_at, state=trial.state, done=0, total=trial.total, reason="",
                moved_at=trial.moved_at, result="", versions="{}",
                days=msgspec.json.encode(trial.days).decode(),
                plans=msgspec.json.encode(trial.plans).decode(),
            )
        )  # fmt: skip
    return trial


def _row(connection: Connection, branch: BranchId, trial: str) -> RowMapping | None:
    t = trials.c
    query = select(trials).where(t.branch_id == branch, t.id == trial)
    return connection.execute(query).mappings().first()


def _trial(row: RowMapping) -> Trial:
    return Trial(
        id=row["id"], name=row["name"], asked_by=row["asked_by"], asked_at=row["asked_at"],
        state=row["state"], done=row["done"], total=row["total"], reason=row["reason"],
        moved_at=row["moved_at"],
        days=msgspec.json.decode(row["days"], type=tuple[date, ...]),
        plans=msgspec.json.decode(row["plans"], type=tuple[Plan, ...]),
        versions=msgspec.json.decode(row["versions"]),
    )  # fmt: skip


def find(engine: Engine, branch: BranchId, trial: str) -> tuple[Trial, dict[str, Any] | None]:
    """The comparison, and its result once there is one. Raises `UnknownTrial`."""
    with queries.reading(engine) as connection:
        row = _row(connection, branch, trial)
    if row is None:
        raise UnknownTrial(plan=trial[:24])
    return _trial(row), msgspec.json.decode(row["result"]) if row["result"] else None


def every(engine: Engine, branch: BranchId) -> list[Trial]:
    """The branch's comparisons, the newest first, without their results."""
    columns = [c for c in trials.c if c.name != "result"]
    query = select(*columns).where(trials.c.branch_id == branch)
    with queries.reading(engine) as connection:
        found = connection.execute(query.order_by(trials.c.asked_at.desc(), trials.c.id)).mappings()
        return [_trial(row) for row in found]


def unfinished(engine: Engine) -> list[tuple[BranchId, str]]:
    """Every comparison that is queued or under way."""
    query = select(trials.c.branch_id, trials.c.id).where(trials.c.state.not_in(_OVER))
    with queries.reading(engine) as connection:
        return [(BranchId(branch), trial) for branch, trial in connection.execute(query)]


def move(engine: Engine, branch: BranchId, trial: str, **values: Any) -> bool:
    """Write how far it is, unless it is over; whether it still was under way."""
    t = trials.c
    of = (t.branch_id == branch) & (t.id == trial) & t.state.not_in(_OVER)
    with writing(engine) as connection:
        done = connection.execute(update(trials).where(of).values(moved_at=Clock().now(), **values))
    return bool(done.rowcount)


def rename(engine: Engine, branch: BranchId, trial: str, name: str) -> None:
    """Give it another name. Raises `UnknownTrial`."""
    t = trials.c
    with writing(engine) as connection:
        done = connection.execute(
            update(trials).where(t.branch_id == branch, t.id == trial).values(name=name)
        )
    if not done.rowcount:
        raise UnknownTrial(plan=trial[:24])


def forget(engine: Engine, branch: BranchId, trial: str) -> None:
    """Delete it; deleted twice is deleted once."""
    t = trials.c
    with writing(engine) as connection:
        connection.execute(delete(trials).where(t.branch_id == branch, t.id == trial))

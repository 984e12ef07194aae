"""Who did what beside the log: sign-ins, refusals, permissions used, settings, exports.

Never a secret, never anything of a citizen: `detail` holds names of things and codes.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from server import codec, tables
from server.database import writing
from server.domain.ids import BranchId

_log = logging.getLogger(__name__)

OK: Final = "ok"
REFUSED: Final = "refused"
_a = tables.audit
_DETAIL_MAX: Final = 1000


def record(
    engine: Engine,
    *,
    at: datetime,
    actor: str,
    action: str,
    outcome: str = OK,
    branch: BranchId | None = None,
    address: str = "",
    **detail: Any,
) -> None:
    """Add a line. `action` is a word such as `sign_in`; `outcome` is `ok` or why not."""
    row = {
        "at": at,
        "branch_id": branch,
        "actor": actor[:160],
        "action": action[:40],
        "outcome": outcome[:40],
        "detail": codec.to_json(detail)[:_DETAIL_MAX] if detail else "",
        "address": address[:64],
    }
    with writing(engine) as connection:
        connection.execute(_a.insert(), row)


def note(engine: Engine, **line: Any) -> None:
    """Add a line about what was done: it stays done when the line cannot be written."""
    try:
        record(engine, **line)
    except SQLAlchemyError:
        _log.exception("the audit could not be written")


def lines(
    engine: Engine,
    branch: BranchId,
    *,
    action: str = "",
    actor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 200,
) -> Sequence[dict[str, Any]]:
    """The newest lines of a branch first, narrowed by action, actor and time."""
    query = select(_a).where(_a.c.branch_id == branch)
    if action:
        query = query.where(_a.c.action == action)
    if actor:
        query = query.where(_a.c.actor.contains(actor, autoescape=True))
    if since:
        query = query.where(_a.c.at >= since)
    if until:
        query = query.where(_a.c.at < until)
    with engine.connect() as connection:
        found = connection.execute(query.order_by(_a.c.at.desc(), _a.c.id.desc()).limit(limit))
        return [dict(row) for row in found.mappings()]


def actions(engine: Engine, branch: BranchId) -> list[str]:
    """The words that lines of the branch have for what was done."""
    query = select(_a.c.action).where(_a.c.branch_id == branch).distinct()
    with engine.connect() as connection:
        return sorted(connection.scalars(query))


def forget_before(engine: Engine, instant: datetime) -> int:
    """Delete the lines from before `instant`; returns how many."""
    with writing(engine) as connection:
        return connection.execute(_a.delete().where(_a.c.at < instant)).rowcount

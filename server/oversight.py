"""Accounts that look at several branches: their figures side by side, and nothing else of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, delete, select

from server import branches, queries, reports, tables
from server.access import Actor
from server.database import writing
from server.domain.errors import UnknownBranch
from server.domain.ids import BranchId
from server.figure_values import measured
from server.tally import Tally


def overseen(engine: Engine, actor: Actor) -> list[BranchId]:
    """The branches whose figures an actor may see: its own first, then those it was given."""
    o = tables.overseen
    query = select(o.c.branch_id).where(o.c.username == actor.id).order_by(o.c.branch_id)
    with engine.connect() as connection:
        given = connection.scalars(query).all() if actor.is_staff else []
    return list(dict.fromkeys([actor.branch, *map(BranchId, given)]))


def oversee(engine: Engine, username: str, some: Iterable[BranchId]) -> None:
    """Let an account see the figures of these branches beside its own, and of no others.

    Raises `UnknownBranch`.
    """
    wanted = sorted(set(some))
    for branch in wanted:
        branches.require(engine, branch)
    o = tables.overseen
    rows = [{"username": username, "branch_id": branch} for branch in wanted]
    with writing(engine) as connection:
        connection.execute(delete(o).where(o.c.username == username))
        if rows:
            connection.execute(o.insert(), rows)


def side_by_side(
    engine: Engine,
    actor: Actor,
    some: Sequence[BranchId],
    start: date | None,
    end: date | None,
    now: datetime,
) -> dict[str, Any]:
    """The figures of branches beside each other; all that the actor may see when none is named.

    Raises `UnknownBranch` for one that it may not see, and `BadValue`.
    """
    known = overseen(engine, actor)
    if strange := [branch for branch in some if branch not in known]:
        raise UnknownBranch(branch=strange[0])
    chosen = tuple(some or known)
    with queries.reading(engine) as connection:
        end = end or now.astimezone(queries.zone_of(connection, chosen[0])).date()
        names = queries.names_of(connection, chosen)
    question = reports.Question(branches=chosen, start=start or end, end=end, by="branch")
    answer = reports.answer(engine, question, now)
    found = {group["key"] for group in answer["groups"]}
    empty = [{"key": branch, **measured(Tally())} for branch in chosen if branch not in found]
    return answer | {"groups": [*answer["groups"], *empty], "names": names}

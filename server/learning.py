"""What the branch's own log teaches the estimate: durations, absences, past errors. Cached."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, case, func, select, type_coerce

from server import tables
from server.domain import estimate, lessons
from server.domain.catalogue import Catalogue
from server.domain.estimate import Learned
from server.domain.ids import BranchId, QueueId

_kept: dict[tuple[str, BranchId], tuple[datetime, Learned]] = {}


def learned_of(connection: Connection, catalogue: Catalogue, now: datetime) -> Learned:
    """The learned figures of the branch, at most a minute old by the server's clock."""
    key = (str(connection.engine.url), catalogue.branch)
    kept = _kept.get(key)
    if kept is None or not timedelta(0) <= now - kept[0] < lessons.FRESH:
        kept = (now, _learn(connection, catalogue))
        _kept[key] = kept
    return kept[1]


def _learn(connection: Connection, catalogue: Catalogue) -> Learned:
    ratios, calls = _ratios(connection, catalogue.branch)
    return Learned(
        service_minutes=_service_minutes(connection, catalogue),
        no_show_share=_no_show_share(connection, catalogue.branch),
        ratios=ratios,
        first_calls=calls,
    )


def _service_minutes(connection: Connection, catalogue: Catalogue) -> dict[QueueId, float]:
    """Mean service minutes by queue over the last stages, shrunk to the configured ones."""
    s = tables.stages
    minutes: dict[QueueId, float] = {}
    for queue in catalogue.queues:
        services = [service for service in catalogue.services if service.queue == queue.id]
        if not services:
            continue
        last = (
            select((_us(s.c.ended_at) - _us(s.c.started_at)).label("us"))
            .where(
                s.c.branch_id == catalogue.branch,
                s.c.service.in_([service.id for service in services]),
                s.c.ended_at.is_not(None),
                s.c.started_at.is_not(None),
            )
            .order_by(s.c.ended_at.desc())
            .limit(lessons.DURATIONS)
            .subquery()
        )
        query = select(func.count(), func.coalesce(func.avg(last.c.us), 0))
        n, mean_us = connection.execute(query.select_from(last)).one()
        configured = [service.mean_minutes for service in services]
        minutes[queue.id] = lessons.service_minutes(float(mean_us) / 1e6, n, configured)
    return minutes


def _us(column: Any) -> Any:
    """An instant as the stored number, to subtract in SQL."""
    return type_coerce(column, BigInteger)


def _no_show_share(connection: Connection, branch: BranchId) -> float:
    t = tables.tickets
    last = (
        select(t.c.status)
        .where(t.c.branch_id == branch, t.c.first_called_at.is_not(None))
        .order_by(t.c.first_called_at.desc())
        .limit(lessons.CALLS)
        .subquery()
    )
    query = select(func.count(), func.sum(case((last.c.status == "no_show", 1), else_=0)))
    called, absent = connection.execute(query.select_from(last)).one()
    return lessons.no_show_share(called, absent or 0)


def _ratios(
    connection: Connection, branch: BranchId
) -> tuple[Mapping[int, tuple[float, float]], int]:
    """How its predictions turned out by size, and how many calls there were."""
    t = tables.tickets
    # Where another model was asked, what this one would have said stands beside it.
    said = case((t.c.model == estimate.MODEL, t.c.expected_s), else_=t.c.fallback_s)
    query = (
        select(said, t.c.arrival_at, t.c.first_called_at)
        .where(
            t.c.branch_id == branch,
            t.c.first_called_at.is_not(None),
            said.is_not(None),
        )
        .order_by(t.c.first_called_at.desc())
        .limit(lessons.CALLS)
    )
    errors = [
        (expected_s, (called_at - arrival_at).total_seconds())
        for expected_s, arrival_at, called_at in connection.execute(query)
    ]
    return lessons.ratios(errors), len(errors)

"""Asking for a comparison and telling how far it is: the same for the REST side and the page."""

import contextlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select

from server import queries
from server.access import Actor
from server.clock import Clock
from server.context import Context
from server.domain import roster
from server.domain.catalogue import Catalogue
from server.domain.errors import BadValue
from server.domain.ids import BranchId
from server.problems import WireError
from server.tables import tickets
from server.whatif import applying, plans, queueing, store
from server.whatif.plans import AddSession, BadPlan, Plan, Rostered
from server.whatif.store import Trial

MOST_DAYS: Final = 92
#: The page offers the days of so long a time.
_OFFERED: Final = timedelta(days=190)
_LONGEST_NAME: Final = 80
#: A worker moves a comparison on every second or two; after so long none is at it.
_STALLED: Final = timedelta(seconds=60)


def days(context: Context, branch: BranchId) -> list[dict[str, Any]]:
    """The days before today that people came on, with how many, in order."""
    today = context.clock.now().astimezone(context.view(branch).catalogue.zone).date()
    t = tickets.c
    query = (
        select(t.business_date, func.count())
        .where(
            t.branch_id == branch,
            t.business_date < today,
            t.business_date >= today - _OFFERED,
        )
        .group_by(t.business_date)
        .order_by(t.business_date)
    )
    with queries.reading(context.engine) as connection:
        found = connection.execute(query).all()
    return [{"day": day.isoformat(), "people": people} for day, people in found]


def ask(
    context: Context, actor: Actor, name: str, wanted: Sequence[str], documents: object, key: str
) -> Trial:
    """Have plans compared with the present over these days.

    The same key gets the same comparison. Raises `BadPlan`, `BadValue`, `IdempotencyConflict`, and
    `WireError` 503 when Redis is away.
    """
    if not isinstance(documents, list) or not 1 <= len(documents) <= plans.MOST_PLANS:
        raise BadPlan(why="count", what=str(plans.MOST_PLANS))
    asked = tuple(plans.plan_of(document) for document in documents)
    catalogue = context.view(actor.branch).catalogue
    for plan in asked:
        applying.check_on(plan, catalogue)
    chosen = _days(context, actor.branch, wanted)
    for plan in asked:
        _check_days(plan, catalogue, {day.weekday() for day in chosen})
    now = Clock().now()
    trial = store.put(
        context.engine,
        actor.branch,
        Trial(
            id=store.id_of(str(actor), key),
            name=_named(name or asked[0].name),
            asked_by=str(actor),
            asked_at=context.clock.now(),
            moved_at=now,
            total=queueing.STEPS_PER_DAY * len(chosen),
            days=chosen,
            plans=asked,
        ),
    )
    if not trial.is_over:
        _queue_up(context, actor.branch, trial.id)
    return trial


def _queue_up(context: Context, branch: BranchId, trial: str) -> None:
    try:
        with contextlib.closing(
            Redis.from_url(context.settings.redis_url, socket_timeout=3)
        ) as redis:
            queueing.queue_up(redis, branch, trial)
    except RedisError as error:
        # Asked again with the same key it is queued then.
        raise WireError("unavailable", 503) from error


def _days(context: Context, branch: BranchId, wanted: Sequence[str]) -> tuple[date, ...]:
    known = {row["day"] for row in days(context, branch)}
    chosen = sorted(set(wanted))
    if not 1 <= len(chosen) <= MOST_DAYS:
        raise BadPlan(why="days", what=str(MOST_DAYS))
    for day in chosen:
        if day not in known:
            raise BadValue(field="days", problem=day[:20])
    return tuple(date.fromisoformat(day) for day in chosen)


def _check_days(plan: Plan, catalogue: Catalogue, weekdays: set[int]) -> None:
    """Raise `BadPlan` for weekdays of which the days say nothing, or the roster nothing."""
    for change in plan.changes:
        match change:
            case AddSession(weekdays=wanted) if not weekdays.issuperset(wanted):
                raise BadPlan(why="no_log", what="")
            case Rostered(weekdays=wanted) if not weekdays.intersection(wanted):
                raise BadPlan(why="no_log", what="")
            case Rostered(week=week, weekdays=wanted):
                if not set(wanted) <= set(rostered_weekdays(catalogue, week)):
                    raise BadPlan(why="no_roster", what=f"{week:%d/%m/%Y}")
            case _:
                pass


def rostered_weekdays(catalogue: Catalogue, week: date) -> list[int]:
    """The weekdays of the week from a Monday on which the roster opens a counter."""
    return [
        weekday
        for weekday in range(7)
        if any(
            roster.is_named(catalogue, counter.id, day)
            and roster.stretches(catalogue, counter.id, day)
            for counter in catalogue.counters
            for day in [plans.rostered_day(week, weekday)]
        )
    ]


def _named(name: str) -> str:
    kept = " ".join(name.split())[:_LONGEST_NAME]
    if not kept or not kept.isprintable():
        raise BadPlan(why="name", what=str(_LONGEST_NAME))
    return kept


def rename(context: Context, branch: BranchId, trial: str, name: str) -> None:
    """Give a comparison another name. Raises `UnknownTrial`, `BadPlan`."""
    store.rename(context.engine, branch, trial, _named(name))


def cancel(context: Context, branch: BranchId, trial: str) -> Trial:
    """Stop it, if it is under way. Raises `UnknownTrial`."""
    store.move(context.engine, branch, trial, state="cancelled")
    return store.find(context.engine, branch, trial)[0]


def told(trial: Trial) -> dict[str, Any]:
    """A comparison as callers see it."""
    return {
        "id": trial.id,
        "name": trial.name,
        "asked_by": trial.asked_by,
        "asked_at": trial.asked_at.isoformat(),
        "state": trial.state,
        "done": trial.done,
        "total": trial.total,
        "reason": trial.reason,
        "is_stalled": not trial.is_over and Clock().now() - trial.moved_at > _STALLED,
        "days": [day.isoformat() for day in trial.days],
        "plans": [document(plan) for plan in trial.plans],
        "versions": trial.versions,
    }


def document(plan: Plan) -> dict[str, Any]:
    """A plan as it was sent."""
    found: dict[str, Any] = msgspec.to_builtins(plan)
    return found

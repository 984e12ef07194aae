"""Calls of the manager's page "Thử phương án": compare plans, see how far that is, keep and delete."""

from datetime import timedelta
from typing import Any, Final

from server import plan_asking as asking
from server.access import Actor, Permission
from server.context import Context
from server.domain.catalogue import Catalogue
from server.office.calls import NOTHING, Arguments, OfficeCall, text_of
from server.whatif import store

_WEEK: Final = timedelta(days=7)


def _list(context: Context, actor: Actor, _arguments: Arguments) -> dict[str, Any]:
    catalogue = context.view(actor.branch).catalogue
    policy = catalogue.policy
    return {
        "plans": [asking.told(one) for one in store.every(context.engine, actor.branch)],
        "days": asking.days(context, actor.branch),
        "now": {
            "counters": [
                {
                    "id": c.id,
                    "number": c.number,
                    "queues": list(c.queues),
                    "own": [q for s in c.sources if s.when == "always" for q in s.queues],
                }
                for c in catalogue.counters
            ],
            "queues": [
                {"id": q.id, "prefix": q.prefix, "vi": q.name.vi, "en": q.name.en or q.name.vi}
                for q in catalogue.queues
            ],
            "sessions": _sessions(catalogue.hours.weekly),
            "rosters": _rosters(context, catalogue),
            "policy": {
                "version": policy.version,
                "mode": policy.mode.value,
                "normal_per_priority": policy.normal_per_priority,
                "head_start_minutes": max(
                    (c.head_start_minutes for c in policy.classes), default=0
                ),
                "cap_minutes": policy.overtaking_cap_minutes,
                "targets": list(policy.wait_targets_minutes),
            },
        },
    }


def _rosters(context: Context, catalogue: Catalogue) -> list[dict[str, Any]]:
    """This week's roster and the next, and the weekdays on which they open a counter."""
    today = context.clock.now().astimezone(catalogue.zone).date()
    monday = today - timedelta(days=today.weekday())
    found = [(week, asking.rostered_weekdays(catalogue, week)) for week in (monday, monday + _WEEK)]
    return [{"week": week.isoformat(), "weekdays": days} for week, days in found if days]


def _sessions(weekly: Any) -> list[list[str]]:
    longest = max(weekly, key=len, default=())
    return [[f"{w.opens:%H:%M}", f"{w.closes:%H:%M}"] for w in longest]


def _ask(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    days = arguments.get("days")
    trial = asking.ask(
        context,
        actor,
        str(arguments.get("title") or ""),
        [str(day) for day in days[: asking.MOST_DAYS + 1]] if isinstance(days, list) else [],
        arguments.get("plans"),
        text_of(arguments, "key", 80),
    )
    return {"plan": asking.told(trial)}


def _show(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    trial, result = store.find(context.engine, actor.branch, text_of(arguments, "plan", 24))
    return {"plan": asking.told(trial), "result": result}


def _rename(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    asking.rename(
        context, actor.branch, text_of(arguments, "plan", 24), text_of(arguments, "title", 80)
    )
    return NOTHING


def _cancel(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    return {
        "plan": asking.told(asking.cancel(context, actor.branch, text_of(arguments, "plan", 24)))
    }


def _delete(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    store.forget(context.engine, actor.branch, text_of(arguments, "plan", 24))
    return NOTHING


_P: Final = Permission.PLAN

CALLS: Final[dict[str, OfficeCall]] = {
    "plans.list": OfficeCall(_P, _list),
    "plans.show": OfficeCall(_P, _show),
    "plans.ask": OfficeCall(_P, _ask, is_change=True, recorded=("title",)),
    "plans.rename": OfficeCall(_P, _rename, is_change=True, recorded=("plan", "title")),
    "plans.cancel": OfficeCall(_P, _cancel, is_change=True, recorded=("plan",)),
    "plans.delete": OfficeCall(_P, _delete, is_change=True, recorded=("plan",)),
}

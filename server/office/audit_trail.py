"""Calls of the manager's page: the audit trail, searched and exported."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from server import audit, branches, codec, devices, people, replies
from server.access import Actor, Permission
from server.context import Context
from server.office.calls import Arguments, OfficeCall
from server.problems import WireError

_SHOWN: Final = 200
_EXPORTED: Final = 5_000


def _lines(context: Context, actor: Actor, arguments: Arguments, limit: int) -> dict[str, Any]:
    zone = branches.require(context.engine, actor.branch).zone

    def midnight(name: str, days: int) -> datetime | None:
        text = str(arguments.get(name, "") or "")
        if not text:
            return None
        try:
            day = date.fromisoformat(text) + timedelta(days=days)
        except ValueError as error:
            raise WireError("bad_value", 422, field=name, problem="YYYY-MM-DD") from error
        return datetime.combine(day, time(), zone)

    found = audit.lines(
        context.engine,
        actor.branch,
        action=str(arguments.get("action", ""))[:40],
        actor=str(arguments.get("actor", ""))[:160],
        since=midnight("from", 0),
        until=midnight("to", 1),
        limit=limit,
    )
    return {
        "lines": [_line(row) for row in found],
        "is_cut": len(found) == limit,
        "names": _names(context, actor),
    }


def _names(context: Context, actor: Actor) -> dict[str, dict[str, str]]:
    """What accounts and devices are called: lines hold their codes."""
    return {
        "people": people.names(context.engine, actor.branch),
        "devices": {
            one["id"]: one["name"] for one in devices.of_branch(context.engine, actor.branch)
        },
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    detail = codec.from_json(row["detail"]) if row["detail"] else {}
    return {
        "id": row["id"],
        "at": replies.instant(row["at"]),
        "actor": row["actor"],
        "action": row["action"],
        "outcome": row["outcome"],
        "detail": {str(k): str(v) for k, v in detail.items()},
        "address": row["address"],
    }


def _search(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    answer = _lines(context, actor, arguments, _SHOWN)
    return answer | {"actions": audit.actions(context.engine, actor.branch)}


def _export(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    if not actor.may(Permission.EXPORT):
        context.put_refusal_on_record(actor, "audit.export")
        raise WireError("not_allowed", 403)
    return _lines(context, actor, arguments, _EXPORTED)


CALLS: Final[dict[str, OfficeCall]] = {
    "audit.search": OfficeCall(Permission.SEE_AUDIT, _search),
    "audit.export": OfficeCall(
        Permission.SEE_AUDIT, _export, is_change=True, recorded=("action", "actor", "from", "to")
    ),
    # The page makes these files itself, of what it shows: that it did is put on record.
    "export.record": OfficeCall(
        Permission.EXPORT, lambda *_: {}, is_change=True, recorded=("what",)
    ),
}

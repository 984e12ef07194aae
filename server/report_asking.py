"""Asking for a report and telling how far it is: the same for the REST side and the manager's page."""

import contextlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from server import report_jobs
from server.access import Actor
from server.context import Context
from server.domain.errors import BadValue
from server.domain.report_periods import Format, Kind
from server.problems import WireError
from server.report import files
from server.report_store import State, Wanted
from server.text import LANGUAGES

#: No branch has figures outside these years; a date beyond them is a slip of the finger.
_YEARS: Final = range(2000, 2100)


def wanted(kind: str, day: str, language: str, formats: Sequence[str]) -> Wanted:
    """What is asked for, checked. Raises `BadValue` naming the field."""
    if kind not in list(Kind):
        raise BadValue(field="kind", problem=", ".join(Kind))
    if language not in LANGUAGES:
        raise BadValue(field="language", problem=", ".join(LANGUAGES))
    if not formats or set(formats) - set(Format):
        raise BadValue(field="formats", problem=", ".join(Format))
    try:
        found = date.fromisoformat(day)
    except ValueError as error:
        raise BadValue(field="day", problem="YYYY-MM-DD") from error
    if found.year not in _YEARS:
        raise BadValue(field="day", problem="2000-2099")
    chosen = tuple(one for one in Format if one in formats)
    return Wanted(kind=Kind(kind), day=found, language=language, formats=chosen)


def ask(context: Context, actor: Actor, asked: Wanted, key: str) -> State:
    """Have it made. Raises `WireError` 503 when Redis is away, `IdempotencyConflict`, `BadValue`."""
    now = context.clock.now()
    if asked.period.start > now.astimezone(context.view(actor.branch).catalogue.zone).date():
        raise BadValue(field="day", problem="not begun")
    url = context.settings.redis_url
    try:
        with contextlib.closing(Redis.from_url(url, socket_timeout=3)) as redis:
            return report_jobs.ask(
                context.settings.data, redis, context.engine, actor.branch, asked,
                now=now, by=str(actor), key=key,
            )  # fmt: skip
    except RedisError as error:
        raise WireError("unavailable", 503) from error


def told(state: State, branch_name: str) -> dict[str, Any]:
    """A report as callers see it; `files` once it is ready."""
    slug = state.period.slug
    names = {f.value: files.name_of(branch_name, slug, state.language, f) for f in state.formats}
    return {
        "id": state.id,
        "kind": state.kind.value,
        "from": state.start,
        "to": state.end,
        "language": state.language,
        "formats": [f.value for f in state.formats],
        "asked_at": state.asked_at,
        "asked_by": state.asked_by,
        "state": state.state,
        "done": state.done,
        "total": state.total,
        "reason": state.reason,
        "made_at": state.made_at,
        "files": names if state.state == "ready" else {},
    }

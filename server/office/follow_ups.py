"""Calls of the manager's page: what was written with low ratings, and what has been settled."""

from typing import Any, Final

from server import ratings
from server.access import Actor, Permission
from server.context import Context
from server.office.calls import Arguments, OfficeCall


def _details(context: Context, actor: Actor, _arguments: Arguments) -> dict[str, Any]:
    open_ones = [
        one.ticket
        for one in context.view(actor.branch).state.follow_ups.values()
        if one.settled_at is None
    ]
    engine, branch = context.engine, actor.branch
    return {
        "comments": ratings.comments(engine, branch, open_ones),
        "channels": ratings.channels(engine, branch, open_ones),
        "settled": ratings.settled(engine, branch, context.clock.now()),
    }


CALLS: Final[dict[str, OfficeCall]] = {
    "follow_ups.details": OfficeCall(Permission.FOLLOW_UP, _details),
}

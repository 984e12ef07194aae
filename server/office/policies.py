"""Calls of the manager's page: the calling policy, drafts, and what one would change."""

from collections.abc import Mapping
from typing import Any, Final

from server import policies
from server.access import Actor, Permission
from server.context import Context
from server.domain.errors import BadValue
from server.office.calls import NOTHING, Arguments, OfficeCall, text_of


def _shown(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    return policies.shown(
        context.engine,
        context.view(actor.branch),
        _language(arguments),
        author=str(actor),
        sees_drafts=actor.may(Permission.MANAGE_POLICY),
    )


def _previewed(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    view = context.view(actor.branch)
    return policies.previewed(view, _policy(arguments), _language(arguments))


def _saved(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    revision = arguments.get("revision", 0)
    if not isinstance(revision, int):
        raise BadValue(field="revision", problem="integer")
    return policies.save(
        context.engine,
        actor.branch,
        _policy(arguments),
        author=str(actor),
        name=actor.name or actor.id,
        revision=revision,
        now=context.clock.now(),
    )


def _discarded(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    policies.discard(context.engine, actor.branch, text_of(arguments, "draft", 80))
    return NOTHING


def _policy(arguments: Arguments) -> Mapping[str, Any]:
    found = arguments.get("policy")
    if not isinstance(found, Mapping):
        raise BadValue(field="policy", problem="object")
    return found


def _language(arguments: Arguments) -> str:
    return "en" if arguments.get("language") == "en" else "vi"


_P: Final = Permission.MANAGE_POLICY

CALLS: Final[dict[str, OfficeCall]] = {
    "policy.show": OfficeCall(Permission.SEE_FIGURES, _shown),
    "policy.preview": OfficeCall(_P, _previewed),
    "policy.save": OfficeCall(_P, _saved, is_change=True),
    "policy.discard": OfficeCall(_P, _discarded, is_change=True, recorded=("draft",)),
}

"""Calls of the manager's page: accounts and their tokens. The rules are those of `server.people`."""

from typing import Any, Final

from server import accounts, passwords, people, replies
from server.access import GRANTABLE, STAFF, Actor, Permission, Role
from server.clock import Clock
from server.context import Context
from server.domain.errors import BadValue
from server.domain.ids import CounterId
from server.office.calls import NOTHING, Arguments, OfficeCall, text_of


def _list(context: Context, actor: Actor, _arguments: Arguments) -> dict[str, Any]:
    rows = people.listing(context.engine, actor.branch, at=Clock().now())
    tokens = accounts.tokens(context.engine, actor.branch)
    return {
        "people": [{**row, "last_at": _told(row["last_at"])} for row in rows],
        "tokens": [{**row, "added_at": _told(row["added_at"])} for row in tokens],
        "roles": [role.value for role in STAFF],
        "grantable": [permission.value for permission in GRANTABLE],
    }


def _told(at: Any) -> str | None:
    return None if at is None else replies.instant(at)


def _add(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    """With a password that is told once and must be changed."""
    password = passwords.one_time()
    people.add(
        context.engine,
        actor.branch,
        username=text_of(arguments, "username"),
        name=text_of(arguments, "full_name"),
        password=password,
        role=_role(arguments),
        title=str(arguments.get("title", "")),
        grants=_grants(arguments),
        must_change=True,
    )
    return {"password": password}


def _change(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    people.change(
        context.engine,
        actor.branch,
        _whom(arguments),
        by=actor.id,
        name=text_of(arguments, "full_name"),
        title=str(arguments.get("title", "")),
        role=_role(arguments),
        grants=_grants(arguments),
    )
    return NOTHING


def _give_password(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    password = passwords.one_time()
    people.give_password(
        context.engine, actor.branch, _whom(arguments), password, must_change=True, by=actor.id
    )
    return {"password": password}


def _unlock(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    people.unlock(context.engine, actor.branch, _whom(arguments))
    return NOTHING


def _reset_second_factor(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    people.reset_second_factor(context.engine, actor.branch, _whom(arguments), by=actor.id)
    return NOTHING


def _disable(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    whom = _whom(arguments)
    people.set_enabled(context.engine, actor.branch, whom, is_enabled=False, by=actor.id)
    return NOTHING


def _enable(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    people.set_enabled(context.engine, actor.branch, _whom(arguments), is_enabled=True)
    return NOTHING


def _end_sign_ins(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    return {"n": people.end_sign_ins(context.engine, actor.branch, _whom(arguments))}


def _link(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    subject = str(arguments.get("subject", "")).strip()
    people.link(context.engine, actor.branch, _whom(arguments), subject)
    return NOTHING


def _add_token(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    counter = str(arguments.get("counter") or "")
    token = people.add_token(
        context.engine,
        actor.branch,
        _whom(arguments),
        name=text_of(arguments, "label"),
        counter=CounterId(counter) if counter else None,
        at=Clock().now(),
    )
    return {"token": token}


def _revoke_token(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    people.revoke_token(context.engine, actor.branch, text_of(arguments, "id"))
    return NOTHING


def _whom(arguments: Arguments) -> str:
    return text_of(arguments, "username")


def _role(arguments: Arguments) -> Role:
    try:
        return Role(str(arguments.get("role", "")))
    except ValueError as error:
        raise BadValue(field="role", problem=", ".join(STAFF)) from error


def _grants(arguments: Arguments) -> list[Permission]:
    given = arguments.get("grants", [])
    try:
        return [Permission(str(name)) for name in given]
    except (TypeError, ValueError) as error:
        raise BadValue(field="grants", problem=", ".join(GRANTABLE)) from error


_P: Final = Permission.MANAGE_PEOPLE
_WHOM: Final = ("username",)
_WHAT: Final = ("username", "role", "grants")

CALLS: Final[dict[str, OfficeCall]] = {
    "people": OfficeCall(_P, _list),
    "add_person": OfficeCall(_P, _add, is_change=True, recorded=_WHAT),
    "change_person": OfficeCall(_P, _change, is_change=True, recorded=_WHAT),
    "give_password": OfficeCall(_P, _give_password, is_change=True, recorded=_WHOM),
    "unlock_person": OfficeCall(_P, _unlock, is_change=True, recorded=_WHOM),
    "reset_second_factor": OfficeCall(_P, _reset_second_factor, is_change=True, recorded=_WHOM),
    "disable_person": OfficeCall(_P, _disable, is_change=True, recorded=_WHOM),
    "enable_person": OfficeCall(_P, _enable, is_change=True, recorded=_WHOM),
    "end_sign_ins": OfficeCall(_P, _end_sign_ins, is_change=True, recorded=_WHOM),
    "link_person": OfficeCall(_P, _link, is_change=True, recorded=_WHOM),
    "add_token": OfficeCall(_P, _add_token, is_change=True, recorded=("username", "counter")),
    "revoke_token": OfficeCall(_P, _revoke_token, is_change=True, recorded=("id",)),
}

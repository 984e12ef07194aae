"""The verbs about people: accounts and the tokens that act for them.

A password or PIN is asked for, or read from a file; it never stands on the command line, where
every user of the machine could read it. Each change is put on record as done by `cli`.
"""

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from server import accounts, audit, branches, database, oversight, people
from server.access import GRANTABLE, STAFF, Permission, Role
from server.clock import Clock
from server.domain.errors import BadValue
from server.domain.ids import BranchId, CounterId
from server.settings import Settings

Verb = Callable[[argparse.Namespace, Settings], int]
_BY: Final = "cli"


def add_parsers(verb: Callable[[str, Verb, str], argparse.ArgumentParser]) -> None:
    """The parsers of `user` and `token`."""
    user_ = verb("user", user, "add, list and change the accounts of staff")
    user_.add_argument("action", choices=["add", "list", *_CHANGES])
    user_.add_argument("--branch", default="", help="for add and list")
    user_.add_argument("--username", default="")
    user_.add_argument("--name", help="as others read it")
    user_.add_argument("--title", help="such as Chuyên viên")
    user_.add_argument("--role", choices=[role.value for role in STAFF])
    user_.add_argument(
        "--grant", action="append", default=[], choices=[p.value for p in GRANTABLE],
        help="a permission beyond the role; may be repeated",
    )  # fmt: skip
    user_.add_argument("--password-file", type=Path, help="read the password or PIN from a file")
    user_.add_argument("--one-time", action="store_true", help="it is changed at the next sign-in")
    user_.add_argument(
        "--see",
        action="append",
        default=[],
        help="oversee: a branch beside its own; may be repeated",
    )
    user_.add_argument("--subject", default="", help="link: who it is to the OpenID provider")
    token_ = verb("token", token, "tokens that act for a user: add, list, revoke")
    token_.add_argument("action", choices=["add", "list", "revoke"])
    token_.add_argument("--branch", default="", help="for list")
    token_.add_argument("--username", default="", help="whom it acts for")
    token_.add_argument("--name", default="", help="what uses it")
    token_.add_argument("--counter", help="the only counter it acts at")
    token_.add_argument("--id", default="", help="token id, for revoke")


def user(arguments: argparse.Namespace, settings: Settings) -> int:
    """Add an account, list those of a branch, or change one."""
    with database.opened(settings.database) as engine:
        if arguments.action == "list":
            _list(engine, branches.require(engine, BranchId(arguments.branch)).branch)
            return 0
        if arguments.action == "add":
            branch, action = _add(arguments, engine), "add_person"
        else:
            branch = _branch_of(engine, arguments.username)
            action, change = _CHANGES[arguments.action]
            change(arguments, engine, branch)
        _record(engine, branch, action, username=arguments.username)
    return 0


def token(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make a token and show it once, list those of a branch, or shut one out."""
    with database.opened(settings.database) as engine:
        if arguments.action == "list":
            branch = branches.require(engine, BranchId(arguments.branch)).branch
            for row in accounts.tokens(engine, branch):
                state = "revoked" if row["revoked"] else "-"
                print(row["id"], row["username"], row["counter_id"] or "-", state, row["name"])
        elif arguments.action == "add":
            branch = _branch_of(engine, arguments.username)
            print(
                people.add_token(
                    engine,
                    branch,
                    arguments.username,
                    name=arguments.name or arguments.username,
                    counter=CounterId(arguments.counter) if arguments.counter else None,
                    at=Clock().now(),
                )
            )
            _record(engine, branch, "add_token", username=arguments.username, name=arguments.name)
        else:
            branch = _branch_of_token(engine, arguments.id)
            people.revoke_token(engine, branch, arguments.id)
            _record(engine, branch, "revoke_token", id=arguments.id)
    return 0


def _list(engine: Engine, branch: BranchId) -> None:
    for one in people.listing(engine, branch, at=Clock().now()):
        marks = (
            ("disabled", one["is_disabled"]), ("locked", one["is_locked"]),
            ("second factor", one["has_second_factor"]), ("pin", one["has_pin"]),
            ("linked", one["is_linked"]), ("one-time password", one["must_change"]),
        )  # fmt: skip
        told = ", ".join(word for word, holds in marks if holds) or "-"
        grants = ",".join(one["grants"]) or "-"
        print(one["username"], one["role"], grants, f"[{told}]", one["name"], sep="\t")


def _add(arguments: argparse.Namespace, engine: Engine) -> BranchId:
    branch = branches.require(engine, BranchId(arguments.branch)).branch
    people.add(
        engine,
        branch,
        username=arguments.username,
        name=arguments.name or arguments.username,
        password=_secret(arguments, "Mật khẩu: "),
        role=Role(_needed(arguments, "role")),
        title=arguments.title or "",
        grants=[Permission(p) for p in arguments.grant],
        must_change=arguments.one_time,
    )
    return branch


def _password(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.give_password(
        engine,
        branch,
        arguments.username,
        _secret(arguments, "Mật khẩu mới: "),
        must_change=arguments.one_time,
    )


def _role(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.change(engine, branch, arguments.username, role=Role(_needed(arguments, "role")))


def _rename(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    name, title = arguments.name, arguments.title
    people.change(engine, branch, arguments.username, name=name, title=title)


def _grant(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    had = accounts.grants_of(people.require(engine, branch, arguments.username))
    people.change(engine, branch, arguments.username, grants=had | _granted(arguments))


def _revoke_grant(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    had = accounts.grants_of(people.require(engine, branch, arguments.username))
    people.change(engine, branch, arguments.username, grants=had - _granted(arguments))


def _pin(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    pin = _secret(arguments, "Mã PIN (bỏ trống để xóa): ")
    people.give_pin(engine, branch, arguments.username, pin)


def _reset_totp(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.reset_second_factor(engine, branch, arguments.username)


def _link(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.link(engine, branch, arguments.username, arguments.subject)


def _oversee(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.require(engine, branch, arguments.username)
    oversight.oversee(engine, arguments.username, map(BranchId, arguments.see))


def _unlock(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.unlock(engine, branch, arguments.username)


def _disable(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.set_enabled(engine, branch, arguments.username, is_enabled=False)


def _enable(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    people.set_enabled(engine, branch, arguments.username, is_enabled=True)


def _sign_out(arguments: argparse.Namespace, engine: Engine, branch: BranchId) -> None:
    print(people.end_sign_ins(engine, branch, arguments.username))


#: What each action puts on record, and does.
_CHANGES: Final[dict[str, tuple[str, Callable[[argparse.Namespace, Engine, BranchId], None]]]] = {
    "password": ("give_password", _password),
    "role": ("change_person", _role),
    "rename": ("change_person", _rename),
    "grant": ("change_person", _grant),
    "revoke-grant": ("change_person", _revoke_grant),
    "pin": ("give_pin", _pin),
    "reset-totp": ("reset_second_factor", _reset_totp),
    "link": ("link_person", _link),
    "oversee": ("change_person", _oversee),
    "unlock": ("unlock_person", _unlock),
    "disable": ("disable_person", _disable),
    "enable": ("enable_person", _enable),
    "sign-out": ("end_sign_ins", _sign_out),
}


def _granted(arguments: argparse.Namespace) -> frozenset[Permission]:
    if not arguments.grant:
        raise BadValue(field="--grant", problem=", ".join(GRANTABLE))
    return frozenset(Permission(p) for p in arguments.grant)


def _needed(arguments: argparse.Namespace, name: str) -> str:
    value: str | None = getattr(arguments, name)
    if not value:
        raise BadValue(field=f"--{name}", problem=", ".join(STAFF))
    return value


def _secret(arguments: argparse.Namespace, prompt: str) -> str:
    if arguments.password_file:
        text: str = arguments.password_file.read_text(encoding="utf-8")
        return text.removesuffix("\n").removesuffix("\r")
    given = getpass.getpass(prompt, stream=sys.stderr)
    if given != getpass.getpass("Nhập lại: ", stream=sys.stderr):
        raise BadValue(field="password", problem="not the same twice")
    return given


def _branch_of(engine: Engine, username: str) -> BranchId:
    """The shell is of no branch: the account says its own. Raises `UnknownUser`."""
    found = accounts.branch_of(engine, username)
    if found is None:
        raise people.UnknownUser(user=username)
    return found


def _branch_of_token(engine: Engine, token_id: str) -> BranchId:
    for branch in branches.ids(engine):
        if token_id in {row["id"] for row in accounts.tokens(engine, branch)}:
            return branch
    raise people.UnknownUser(token=token_id)


def _record(engine: Engine, branch: BranchId, action: str, **detail: str) -> None:
    audit.record(engine, at=Clock().now(), actor=_BY, action=action, branch=branch, **detail)

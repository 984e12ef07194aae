"""Between the password and being signed in: the steps that are left, and how far somebody is.

That much stands in the signed cookie alone, for five minutes. It is worth nothing without the steps
that are left, and once they are done there is a new session.
"""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from flask import redirect, request, session
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from server import accounts, audit, lockouts, second_factor, sign_ins
from server.access import Actor, Permission
from server.api.operations import context
from server.clock import Clock

LASTS: Final = timedelta(minutes=5)
#: A path of our own. A browser reads a backslash as a slash and leaves tabs out.
_OWN_PATH: Final = re.compile(r"/(?!/)[!-\[\]-~]*")
#: Who goes on to a page that is not theirs is asked to sign in again: take them to their own.
_NEEDS: Final = {"/manager/": Permission.SEE_OFFICE, "/counter": Permission.SERVE}


def begin(username: str, *, by: str, next_page: str) -> None:
    """The first factor holds: a password, or the word of the OpenID provider (`by`).

    A new session, so that a cookie planted before signing in is worth nothing after.
    """
    session.clear()
    until = Clock().now() + LASTS
    session["half"] = {"user": username, "by": by, "next": next_page, "until": until.isoformat()}


def current() -> RowMapping | None:
    """The account of whoever is half signed in; None when nobody is, or not any more."""
    half: dict[str, Any] = session.get("half") or {}
    if not half or datetime.fromisoformat(half["until"]) <= Clock().now():
        session.pop("half", None)
        return None
    return accounts.row_of(context().engine, half["user"])


def give_code() -> None:
    """The second factor holds too."""
    session["half"] = {**session["half"], "code": True}


def advance() -> Response:
    """On to the next step, or in."""
    row = current()
    if row is None:
        return redirect(localized("/login"))
    step = _step(row)
    return redirect(localized(f"/login/{step}")) if step else _finish(row)


def is_at(step: str) -> RowMapping | None:
    """The account of whoever has this step before them."""
    row = current()
    return row if row is not None and _step(row) == step else None


def offered() -> str:
    """The secret offered to whoever sets an app up; the cookie keeps what it is made of."""
    if "enrol" not in session:
        session["enrol"] = secrets.token_urlsafe(18)
    return str(session["enrol"])


def sign_in(actor: Actor) -> None:
    """Make this browser the user's: a new session with a sign-in of its own."""
    session.clear()
    session["sign_in"] = sign_ins.begin(
        context().engine, actor.id, at=Clock().now(), address=request.remote_addr or ""
    )
    session.permanent = True


def record(actor: Actor | None, action: str, outcome: str, **detail: str) -> None:
    """Put something about signing in on record; of a name nobody has, not even the name."""
    audit.record(
        context().engine,
        at=Clock().now(),
        actor=str(actor) if actor else "unknown",
        action=action,
        outcome=outcome,
        branch=actor.branch if actor else None,
        address=request.remote_addr or "",
        **detail,
    )


def record_lock(tried: lockouts.Try) -> None:
    """Put on record that this failure has locked the account."""
    if tried.row is not None and tried.has_locked:
        n = str(tried.row["failures"])
        record(accounts.actor_of(tried.row), "lock_account", audit.OK, failures=n)


def home_of(actor: Actor) -> str:
    """The first page of a user: the office, or the choice of a counter."""
    if actor.may(Permission.SEE_OFFICE):
        return f"/manager/{actor.branch}"
    return f"/counters/{actor.branch}"


def localized(path: str) -> str:
    """The path with the language of this request, where it is not the first one."""
    return f"{path}?language=en" if request.args.get("language") == "en" else path


def safe_next(target: str, actor: Actor) -> str:
    """Where to go on: only to a path of our own that the user may see, else home."""
    suits = all(actor.may(p) for start, p in _NEEDS.items() if target.startswith(start))
    if target not in ("", "/") and suits and _OWN_PATH.fullmatch(target):
        return target
    return localized(home_of(actor))


def _step(row: RowMapping) -> str:
    """What is left: `code`, `enrol`, `password`, or nothing."""
    half: dict[str, Any] = session["half"]
    if row["totp_secret"]:
        if not half.get("code"):
            return "code"
    elif second_factor.is_required(context().engine, row):
        return "enrol"
    # Who comes by the provider has no use for the password they were given.
    return "password" if row["must_change"] and half["by"] == "password" else ""


def _finish(row: RowMapping) -> Response:
    actor, half = accounts.actor_of(row), session["half"]
    if row["failures"]:
        lockouts.forgive(context().engine, actor.id)
    sign_in(actor)
    record(actor, "sign_in", audit.OK, by=half["by"])
    return redirect(safe_next(half["next"], actor))

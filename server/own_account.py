"""The pages of one's own account: another password, the second factor on and off."""

from datetime import datetime, timedelta
from typing import Final

from flask import Response, request, session
from werkzeug.wrappers import Response as AnyResponse

from server import (
    accounts,
    audit,
    half_sign_in,
    lockouts,
    locks,
    passwords,
    second_factor,
    sign_ins,
)
from server.access import Actor
from server.api.operations import context
from server.clock import Clock
from server.sessions import blueprint, csrf_holds, form_page, said
from server.sign_in_steps import change_password, offer_to, set_up, to_login

Answer = tuple[Response, int] | AnyResponse
#: How long the password that was just given lets somebody set up an app.
_PROVED_FOR: Final = timedelta(minutes=10)


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> Answer:
    """Change one's own password; every other sign-in of the user ends."""
    actor = _signed_in()
    if actor is None:
        return to_login("/password")
    refused, is_done = "", False
    if request.method == "POST" and csrf_holds():
        refused = _proved(actor, "change_password")
        row = accounts.row_of(context().engine, actor.id)
        refused = refused or change_password(actor, row["password_hash"] if row else "")
        is_done = not refused
        if is_done:
            _begin_anew(actor)
    page = form_page(
        "own_password.html",
        refused=refused,
        is_done=is_done,
        least=passwords.LEAST,
        home=half_sign_in.home_of(actor),
        account=actor.id,
    )
    return (page, 422) if refused else page


@blueprint.route("/second-factor", methods=["GET", "POST"])
def second_factor_page() -> Answer:
    """Set up the app that gives codes, or do without one again."""
    actor = _signed_in()
    if actor is None:
        return to_login("/second-factor")
    refused, done = "", ""
    if request.method == "POST" and csrf_holds():
        refused, done = _ACTIONS.get(request.form.get("do", ""), _nothing)(actor)
    row = accounts.row_of(context().engine, actor.id)
    is_on = bool(row and row["totp_secret"])
    is_offered = not is_on and _may_set_up()
    page = form_page(
        "own_second_factor.html",
        refused=refused,
        done=done,
        is_on=is_on,
        is_required=bool(row and second_factor.is_required(context().engine, row)),
        offer=offer_to(actor) if is_offered else None,
        home=half_sign_in.home_of(actor),
    )
    return (page, 422) if refused else page


def _signed_in() -> Actor | None:
    """Who is signed in here, unless their screen is locked."""
    found = context().sign_in(session.get("sign_in", ""))
    return found.actor if found and not found.is_locked else None


def _proved(actor: Actor, action: str) -> str:
    """Why the password in the form does not hold, in words; "" when it does."""
    given, address = request.form.get("password", ""), request.remote_addr or ""
    try:
        locks.prove(context().engine, actor, given, action, address=address)
    except locks.WrongPassword:
        return said("error.wrong_password")
    return ""


def _ask_for_app(actor: Actor) -> tuple[str, str]:
    refused = _proved(actor, "set_second_factor")
    if not refused:
        session["proved"] = (Clock().now() + _PROVED_FOR).isoformat()
        session.pop("enrol", None)
    return refused, ""


def _may_set_up() -> bool:
    until = session.get("proved", "")
    return bool(until) and datetime.fromisoformat(until) > Clock().now()


def _confirm(actor: Actor) -> tuple[str, str]:
    if not _may_set_up():
        return said("login.expired"), ""
    if not set_up(actor):
        return said("login.code_wrong"), ""
    _end_others(actor)
    return "", said("login.factor_set")


def _remove(actor: Actor) -> tuple[str, str]:
    engine, now = context().engine, Clock().now()
    row = accounts.row_of(engine, actor.id)
    if row is None or second_factor.is_required(engine, row):
        return said("login.factor_required"), ""
    if refused := _proved(actor, "remove_second_factor"):
        return refused, ""
    tried = lockouts.claim(engine, actor.id, at=now)
    given = request.form.get("code", "")
    if not tried.is_allowed or not second_factor.use(engine, actor.id, given, at=now):
        half_sign_in.record(actor, "remove_second_factor", "wrong_code")
        half_sign_in.record_lock(tried)
        return said("login.code_wrong"), ""
    lockouts.forgive(engine, actor.id)
    second_factor.remove(engine, actor.id)
    half_sign_in.record(actor, "remove_second_factor", audit.OK)
    _end_others(actor)
    return "", said("login.factor_removed")


def _nothing(_actor: Actor) -> tuple[str, str]:
    return "", ""


_ACTIONS: Final = {"ask": _ask_for_app, "confirm": _confirm, "remove": _remove}


def _end_others(actor: Actor) -> None:
    sign_ins.end_all(context().engine, actor.id)
    _begin_anew(actor)


def _begin_anew(actor: Actor) -> None:
    """This browser goes on, by a sign-in and a session of its own."""
    context().forget_sign_in(session.get("sign_in", ""))
    half_sign_in.sign_in(actor)

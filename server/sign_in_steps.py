"""The steps after the password: a code, setting up the app that gives codes, a password of one's own."""

from flask import Response, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from server import accounts, half_sign_in, lockouts, passwords, people, second_factor
from server.access import Actor
from server.api.operations import context
from server.clock import Clock
from server.domain.errors import Refused
from server.sessions import blueprint, csrf_holds, form_page, said

Answer = tuple[Response, int] | AnyResponse


@blueprint.route("/login/code", methods=["GET", "POST"])
def code() -> Answer:
    """The six digits of the app; wrong ones count like wrong passwords."""
    row = half_sign_in.is_at("code")
    if row is None:
        return half_sign_in.advance()
    if request.method == "GET" or not csrf_holds():
        return form_page("sign_in_code.html", refused="")
    engine, username, now = context().engine, row["username"], Clock().now()
    tried = lockouts.claim(engine, username, at=now)
    given = request.form.get("code", "")
    if tried.is_allowed and second_factor.use(engine, username, given, at=now):
        half_sign_in.give_code()
        return half_sign_in.advance()
    outcome = "wrong_code" if tried.is_allowed else "locked"
    half_sign_in.record(accounts.actor_of(row), "sign_in", outcome)
    half_sign_in.record_lock(tried)
    return form_page("sign_in_code.html", refused=said("login.code_wrong")), 401


@blueprint.route("/login/enrol", methods=["GET", "POST"])
def enrol() -> Answer:
    """Where the branch asks for a second factor: set the app up before going on."""
    row = half_sign_in.is_at("enrol")
    if row is None:
        return half_sign_in.advance()
    actor, refused = accounts.actor_of(row), ""
    if request.method == "POST" and csrf_holds():
        if set_up(actor):
            half_sign_in.give_code()
            return half_sign_in.advance()
        refused = said("login.code_wrong")
    page = form_page("sign_in_enrol.html", refused=refused, offer=offer_to(actor))
    return (page, 401) if refused else page


@blueprint.route("/login/password", methods=["GET", "POST"])
def own_password() -> Answer:
    """The password was given by somebody else: choose one of one's own."""
    row = half_sign_in.is_at("password")
    if row is None:
        return half_sign_in.advance()
    refused = ""
    if request.method == "POST" and csrf_holds():
        refused = change_password(accounts.actor_of(row), row["password_hash"])
        if not refused:
            return half_sign_in.advance()
    page = form_page("sign_in_password.html", refused=refused, least=passwords.LEAST)
    return (page, 422) if refused else page


def offer_to(actor: Actor) -> dict[str, str]:
    """What the page that sets up an app shows."""
    secret = _offered_secret(actor)
    return {
        "qr": second_factor.qr(secret, actor.id),
        "secret": second_factor.grouped(secret),
        "account": actor.id,
    }


def set_up(actor: Actor) -> bool:
    """Keep the offered secret if the form holds a code of it."""
    engine, given = context().engine, request.form.get("code", "")
    is_right = second_factor.enrol(
        engine, actor.id, _offered_secret(actor), given, at=Clock().now()
    )
    if is_right:
        session.pop("enrol", None)
    half_sign_in.record(actor, "set_second_factor", "ok" if is_right else "wrong_code")
    return is_right


def change_password(actor: Actor, hashed: str) -> str:
    """Set the password that the form holds twice; why not, in words, or "" when it was done."""
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return said("login.not_the_same")
    if passwords.verify(hashed, new):
        return said("login.same_as_before")
    try:
        people.set_password(context().engine, actor.branch, actor.id, new)
    except Refused as refusal:
        half_sign_in.record(actor, "change_password", refusal.code)
        return said(f"error.{refusal.code}", **refusal.facts)
    half_sign_in.record(actor, "change_password", "ok")
    return ""


def _offered_secret(actor: Actor) -> str:
    key = context().secret
    return second_factor.offered_secret(key, actor.id, half_sign_in.offered())


def to_login(next_page: str) -> AnyResponse:
    """To the sign-in page, and back here afterwards."""
    return redirect(f"/login?next={next_page}")

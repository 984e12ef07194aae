"""Signing in and out of the manager's pages: a signed cookie, CSRF-protected forms."""

import hmac
import secrets

from flask import Blueprint, Response, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from server import accounts
from server.api.operations import context
from server.limits import Limiter
from server.pages import render_screen

blueprint = Blueprint("sessions", __name__)

#: Ten in five minutes from one address.
_tries = Limiter(10, 300.0)


@blueprint.get("/login")
def login() -> Response:
    """The sign-in page."""
    return _page(None)


@blueprint.post("/login")
def sign_in() -> tuple[Response, int] | AnyResponse:
    """Check the password; ten tries in five minutes from one address."""
    if not _csrf_holds():
        return _page("login.expired"), 400
    if not _tries.take(request.remote_addr or ""):
        return _page("login.too_many"), 429
    username = request.form.get("username", "")
    actor = accounts.signed_in(context().engine, username, request.form.get("password", ""))
    if actor is None:
        return _page("login.wrong"), 401
    _tries.forget(request.remote_addr or "")
    # A new session, so that a cookie planted before signing in is worth nothing after.
    session.clear()
    session["username"] = actor.id
    session.permanent = True
    return redirect(_safe_next(f"/manager/{actor.branch}"))


@blueprint.post("/logout")
def sign_out() -> AnyResponse:
    """Forget the sign-in."""
    if _csrf_holds():
        session.clear()
    return redirect("/login")


def csrf() -> str:
    """The token that a form of this session must bring back."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    token: str = session["csrf"]
    return token


def _csrf_holds() -> bool:
    sent = request.form.get("csrf", "")
    return bool(sent) and hmac.compare_digest(sent, session.get("csrf", ""))


def _safe_next(default: str) -> str:
    """Only a path of our own: a link to elsewhere is ignored."""
    target = request.form.get("next", "")
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if ours else default


def _page(error: str | None) -> Response:
    demo = context().demo
    return render_screen(
        "login.html",
        screen="manager",
        csrf=csrf(),
        next=request.values.get("next", ""),
        error=error,
        demo=demo,
    )

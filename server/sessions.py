"""Signing in and out: a signed cookie, CSRF-protected forms. The password is the first step."""

import hmac
import secrets
import time
from typing import Any, Final

from flask import Blueprint, Response, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from server import accounts, audit, half_sign_in, lockouts, sign_ins
from server.api.operations import context
from server.clock import Clock
from server.limits import SIGN_IN
from server.pages import render_screen
from server.text import sentence

blueprint = Blueprint("sessions", __name__)

#: A wrong answer takes so long, whatever was wrong: nobody, a locked account, a password.
_WRONG_S: Final = 0.4


@blueprint.get("/login")
def login() -> Response:
    """The sign-in page."""
    return _page("")


@blueprint.post("/login")
def sign_in() -> tuple[Response, int] | AnyResponse:
    """Check the password; ten tries in five minutes from one address."""
    started = time.monotonic()
    if not csrf_holds():
        return _page("login.expired"), 400
    if not context().limits.take(SIGN_IN, request.remote_addr or ""):
        return _page("login.too_many"), 429
    engine, username = context().engine, request.form.get("username", "").strip()
    password = request.form.get("password", "")
    tried = lockouts.try_password(engine, username, password, at=Clock().now())
    if not tried.is_right:
        actor = accounts.actor_of(tried.row) if tried.row else None
        half_sign_in.record(actor, "sign_in", tried.outcome)
        half_sign_in.record_lock(tried)
        time.sleep(max(0.0, started + _WRONG_S - time.monotonic()))
        return _page("login.wrong"), 401
    context().limits.forget(SIGN_IN, request.remote_addr or "")
    lockouts.give_back(engine, username)
    half_sign_in.begin(username, by="password", next_page=request.form.get("next", ""))
    return half_sign_in.advance()


@blueprint.post("/logout")
def sign_out() -> AnyResponse:
    """Forget the sign-in."""
    if csrf_holds():
        token = session.get("sign_in", "")
        known = context().sign_in(token)
        sign_ins.end(context().engine, token)
        context().forget_sign_in(token)
        session.clear()
        if known is not None:
            half_sign_in.record(known.actor, "sign_out", audit.OK)
    return redirect(half_sign_in.localized("/login"))


def csrf() -> str:
    """The token that a form of this session must bring back."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    token: str = session["csrf"]
    return token


def csrf_holds() -> bool:
    """Whether the form that was sent is one of this session."""
    sent = request.form.get("csrf", "")
    return bool(sent) and hmac.compare_digest(sent.encode(), session.get("csrf", "").encode())


def said(key: str, **facts: object) -> str:
    """A sentence of the pages about signing in, in the language of the request."""
    return sentence(key, request.args.get("language", ""), facts, screen="manager")


def form_page(template: str, **content: Any) -> Response:
    """A page about signing in, with its CSRF token; never kept by the browser."""
    response = render_screen(template, screen="manager", csrf=csrf(), **content)
    response.cache_control.no_store = True
    return response


def _page(error: str) -> Response:
    """The sign-in page, with what was wrong as the key of a sentence."""
    settings = context().settings
    return form_page(
        "login.html",
        next=request.values.get("next", ""),
        refused=error and said(error),
        demo=context().demo,
        provider=settings.oidc_issuer and (settings.oidc_name or settings.oidc_issuer),
    )

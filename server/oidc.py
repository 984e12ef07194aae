"""Signing in by the office's own OpenID provider: authorization code with PKCE, by Authlib.

The provider says who it is by a subject. An administrator has linked that subject to an account
(`user link`); nobody is let in by an e-mail address, and no account makes itself.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from flask import abort, current_app, redirect, request, session
from requests import RequestException
from werkzeug.wrappers import Response

from server import accounts, half_sign_in
from server.api.operations import context
from server.clock import Clock
from server.limits import PROVIDER
from server.sessions import blueprint, form_page, said

#: Each request to the provider.
_TIMEOUT_S: Final = 10
#: Between leaving for the provider and coming back.
_AWAY_FOR: Final = timedelta(minutes=10)
#: The provider's clock may differ by so much.
_LEEWAY_S: Final = 60
#: Signatures that only the provider can make.
_SIGNATURES: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                      "ES512", "EdDSA", "Ed25519")  # fmt: skip
_NAME: Final = "oidc"
_log = logging.getLogger(__name__)


@blueprint.get("/login/oidc")
def to_provider() -> Response:
    """Leave for the provider."""
    client = _client()
    # Whoever leaves again and again must not fill the cookie.
    for key in [key for key in session if key.startswith("_state_")]:
        session.pop(key)
    session["away"] = {
        "next": request.args.get("next", ""),
        "until": (Clock().now() + _AWAY_FOR).isoformat(),
        "language": request.args.get("language", ""),
    }
    try:
        going: Response = client.authorize_redirect(_back_here())
    except Exception as error:
        return _failed(error)
    return going


@blueprint.get("/login/oidc/callback")
def back() -> Response:
    """Back from the provider: everything it says is checked before anybody is let in."""
    client = _client()
    away: dict[str, str] = session.get("away") or {}
    if away.get("language") and "language" not in request.args:
        return redirect(f"{request.full_path}&language={away['language']}")
    if not context().limits.take(PROVIDER, request.remote_addr or ""):
        return _told("login.too_many", 429)
    if not away or datetime.fromisoformat(away["until"]) <= Clock().now():
        return _refused("stale")
    try:
        _hold_to_own_signatures(client)
        token = client.authorize_access_token(claims_options=_claims(), leeway=_LEEWAY_S)
        subject = str(token["userinfo"]["sub"])
    except Exception as error:
        return _failed(error)
    finally:
        session.pop("away", None)
    row = accounts.of_subject(context().engine, subject)
    if row is None:
        return _refused("unlinked")
    half_sign_in.begin(row["username"], by=_NAME, next_page=away["next"])
    return half_sign_in.advance()


def _client() -> Any:
    """Authlib's client of the configured provider; 404 where none is."""
    settings = context().settings
    if not settings.oidc_issuer:
        abort(404)
    made = current_app.extensions.get("motcua_oidc")
    if made is None:
        from authlib.integrations.flask_client import OAuth  # noqa: PLC0415 - where it is needed

        # It would write the secrets of a sign-in under way to the log.
        logging.getLogger("authlib").setLevel(logging.INFO)
        made = OAuth(current_app).register(
            _NAME,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid",
                "code_challenge_method": "S256",
                "default_timeout": _TIMEOUT_S,
            },
        )
        current_app.extensions["motcua_oidc"] = made
    return made


def _hold_to_own_signatures(client: Any) -> None:
    """Take no signature that somebody else could make, whatever the provider says it supports."""
    metadata = client.load_server_metadata()
    told = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [a for a in told if a in _SIGNATURES]


def _claims() -> dict[str, Any]:
    """What the ID token must say, beside the nonce and the times."""
    settings = context().settings
    return {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
        "sub": {"essential": True},
    }


def _back_here() -> str:
    root = context().settings.public_url or request.url_root
    return f"{root.rstrip('/')}/login/oidc/callback"


def _failed(error: Exception) -> Response:
    """Away, or not to be believed. The log says what kind of error; its words may hold secrets."""
    _log.warning("OpenID sign-in failed: %s", type(error).__name__)
    if isinstance(error, RequestException):
        return _told("login.provider_away", 503)
    return _refused("invalid")


def _refused(outcome: str) -> Response:
    half_sign_in.record(None, "sign_in", outcome, by=_NAME)
    key = "login.provider_unlinked" if outcome == "unlinked" else "login.provider_invalid"
    return _told(key, 403)


def _told(key: str, status: int) -> Response:
    page = form_page("sign_in_failed.html", refused=said(key))
    page.status_code = status
    return page

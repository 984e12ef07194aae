"""The walls around every answer: its headers, and whether what changes something comes from us."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from flask import Response, current_app, request, session

from server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_READING: Final = ("GET", "HEAD", "OPTIONS")
#: On every answer, also on those of the socket's transport.
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    # A follow address is a key to one ticket: it must not travel in a referrer.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
#: Two years, with the names below ours: what the lists of browsers ask for.
_HTTPS_ONLY: Final = "max-age=63072000; includeSubDomains"


def policy(nonce: str, framed_by: str = "'none'") -> str:
    """The content security policy of a page: nothing from elsewhere, nothing inline."""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
        " img-src 'self' data:; connect-src 'self' ws: wss:; media-src 'self' blob:;"
        f" object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    )


def _missing(named: Mapping[str, str]) -> dict[str, str]:
    """The headers that an answer with these (names in lower case) does not have yet."""
    found = {k: v for k, v in HEADERS.items() if k.lower() not in named}
    policy = named.get("content-security-policy", "frame-ancestors 'none'")
    if "frame-ancestors 'none'" not in policy:
        # It may stand in the frames that its policy lists, which the older header cannot say.
        found.pop("X-Frame-Options", None)
    return found


def secure(response: Response, nonce: str) -> Response:
    """Add what is missing. A page may say more by itself; it is never overruled."""
    response.headers.setdefault("Content-Security-Policy", policy(nonce))
    for name, value in _missing({k.lower(): v for k, v in response.headers}).items():
        response.headers[name] = value
    if _settings().is_production:
        response.headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
    if response.mimetype == "text/html" and "sign_in" in session:
        # After signing out the browser's way back must lead to nothing.
        response.headers["Cache-Control"] = "no-store"
    return response


def is_foreign() -> bool:
    """Whether the request would change something and was sent by a page of another origin.

    Programs name no origin. A page without referrer names `null`: there the form's token decides.
    """
    if request.method in _READING:
        return False
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    if site:
        return site not in ("same-origin", "none")
    if origin in ("", "null"):
        return False
    return urlsplit(origin).netloc not in {request.host, urlsplit(_settings().public_url).netloc}


def _settings() -> Settings:
    found: Settings = current_app.extensions["motcua"].settings
    return found


def guarded(application: "WSGIApplication") -> "WSGIApplication":
    """The application with the headers also on what Flask does not answer: the socket's polling."""

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            missing = _missing({name.lower(): value for name, value in headers})
            return start(status, [*headers, *missing.items()], *more)

        return application(environ, begin)

    return answer

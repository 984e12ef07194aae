"""What every page is made of: the shell, the browser's files, the security headers."""

import gzip
import json
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    make_response,
    render_template,
    request,
)
from markupsafe import Markup

from server import browser_files, icons, problems, text, web_security
from server.version import VERSION

_log = logging.getLogger(__name__)

blueprint = Blueprint("pages", __name__)

_TRY_AGAIN_S: Final = 5

A_YEAR: Final = 365 * 24 * 3600
TYPES: Final = {
    "mjs": "text/javascript; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "woff2": "font/woff2",
    "svg": "image/svg+xml",
}
FONTS: Final = "fonts.css"
#: Which characters each font file holds, as published with the fonts.
RANGES: Final = {
    "vietnamese": "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,"
    "U+0300-0301,U+0303-0304,U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB",
    "latin-ext": "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,"
    "U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113",
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,"
    "U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
}


def render_screen(template: str, screen: str = "kiosk", **context: Any) -> Response:
    """A page of a screen; in its place, if the browser's files are missing, what to run."""
    if browser_files.missing():
        return _plain(browser_files.HOW_TO_INSTALL)
    language = str(context.pop("language", "") or request.args.get("language", ""))
    language = language if language in text.LANGUAGES else text.LANGUAGES[0]
    prefix = vendor_prefix()
    page = render_template(
        template,
        screen=screen,
        language=language,
        vendor=prefix,
        nonce=nonce(),
        version=VERSION,
        messages=embedded(text.messages(screen)),
        import_map=embedded(browser_files.import_map(prefix)),
        icon=_icon,
        icons=f"/static/icons-{icons.version()}.svg",
        t=sentences(language, screen),
        pick=partial(_pick, language),
        **context,
    )
    response = make_response(page)
    response.cache_control.no_cache = True
    return response


def vendor_prefix() -> str:
    """Where the browser's libraries and fonts are found."""
    return f"/vendor/{browser_files.lock_hash()}"


def sentences(language: str, screen: str) -> Callable[..., str]:
    """The `t(key, name=fact…)` of a template."""

    def t(key: str, **facts: object) -> str:
        return text.sentence(key, language, facts, screen=screen)

    return t


def message_page(title: str, words: str, status: int, **context: Any) -> Response:
    """A whole page for one message: what happened, what to do, who helps."""
    response = render_screen("message.html", title=title, words=words, **context)
    if response.status_code == HTTPStatus.OK:
        response.status_code = status
    return response


def nonce() -> str:
    """This request's nonce, for the import map and any script in the page."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    return str(g.nonce)


def embedded(document: object) -> Markup:
    """JSON that cannot end the script element it stands in."""
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Markup(written.replace("<", "\\u003c").replace("\u2028", "\\u2028"))  # noqa: S704


@blueprint.get("/")
def index() -> Response:
    """The list of screens: with addresses and sign-ins when this is the demo."""
    return render_screen("index.html", screen="index", demo=current_app.config.get("MOTCUA_DEMO"))


@blueprint.get("/vendor/<version>/<name>")
def vendor(version: str, name: str) -> Response:
    """One of the browser's libraries or fonts. The address changes when any of them does."""
    if version != browser_files.lock_hash():
        abort(HTTPStatus.NOT_FOUND)
    body = _vendor_body(name)
    if body is None:
        abort(HTTPStatus.NOT_FOUND)
    return _kept(_asset(body, name))


@blueprint.get("/static/icons-<version>.svg")
def icon_sprite(version: str) -> Response:
    """The icons that the screens name: kept, so that one first needed offline is there."""
    if version != icons.version():
        abort(HTTPStatus.NOT_FOUND)
    return _kept(_asset(icons.sprite().encode(), "icons.svg"))


@blueprint.get("/static/icons/<name>.svg")
def icon_single(name: str) -> Response:
    """One icon, as a branch chose it for a service."""
    drawn = icons.single(name) or icons.single("file-text")
    return _revalidated(_asset(str(drawn).encode(), "icon.svg"))


@blueprint.after_app_request
def secure(response: Response) -> Response:
    """The headers of every answer. A page may say more by itself; it is never overruled."""
    return web_security.secure(response, nonce())


def _kept(response: Response) -> Response:
    """For ever: the address changes when the content does."""
    response.cache_control.public = True
    response.cache_control.max_age = A_YEAR
    response.cache_control.immutable = True
    return response


def _revalidated(response: Response) -> Response:
    response.add_etag()
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def _asset(body: bytes, name: str) -> Response:
    kind = name.rsplit(".", 1)[-1]
    response = Response(body, content_type=TYPES[kind])
    if kind != "woff2" and request.accept_encodings.quality("gzip") > 0:
        response.set_data(_compressed(body))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


@lru_cache(maxsize=64)
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


@lru_cache(maxsize=64)
def _vendor_body(name: str) -> bytes | None:
    if name == FONTS:
        return _font_faces().encode()
    path = browser_files.vendor_path(name)
    return None if path is None or not path.is_file() else path.read_bytes()


def _font_faces() -> str:
    """The `@font-face` rules for the font files on the list; addresses relative to this file."""
    rules = []
    for name in browser_files.VENDOR_FILES:
        if not name.endswith(".woff2"):
            continue
        subset = next(s for s in ("latin-ext", "vietnamese", "latin") if f"-{s}-" in name)
        if name.startswith("inter"):
            family, weight = "Inter Variable", "100 900"
        else:
            family, weight = "Be Vietnam Pro", name.split("-")[-2]
        rules.append(
            f'@font-face{{font-family:"{family}";font-style:normal;font-weight:{weight};'
            f'font-display:swap;src:url("{name}") format("woff2");'
            f"unicode-range:{RANGES[subset]}}}"
        )
    return "\n".join(rules)


def _icon(name: str, size: int = 24, stroke: float = 2) -> Markup:
    return Markup(icons.inline(name, size, stroke))  # noqa: S704 - drawings of our own package


def _pick(language: str, words: dict[str, str] | None) -> str:
    if not words:
        return ""
    return (words.get("en") if language == "en" else "") or words["vi"]


def _plain(words: str) -> Response:
    """A page that needs nothing: shown when nothing else can be."""
    page = (
        '<!doctype html><html lang="vi"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Motcua</title>'
        f'<style nonce="{nonce()}">body{{font:1.25rem/1.6 system-ui,sans-serif;max-width:38em;'
        "margin:12vh auto;padding:0 1.5em}}</style><body><h1>Màn hình chưa sẵn sàng</h1>"
        "<p>Máy chủ đang chạy nhưng chưa có các tệp của trình duyệt."
        " Người quản trị chạy lệnh <code>make run</code> trong thư mục của chương trình,"
        " rồi tải lại trang này.</p>"
        f'<p lang="en">{words}</p><p>Mời công dân đến bàn hướng dẫn.</p></body></html>'
    )
    return Response(page, status=HTTPStatus.SERVICE_UNAVAILABLE)


def not_found(_error: Exception) -> Response:
    """The page for an address that leads nowhere."""
    language = "en" if request.args.get("language") == "en" else "vi"
    say = sentences(language, "index")
    return message_page(
        say("page.unknown_title"),
        say("page.unknown"),
        HTTPStatus.NOT_FOUND,
        screen="index",
        language=language,
    )


def failed(error: Exception) -> Response:
    """The page when the server itself cannot go on; it tries again by itself."""
    status = problems.status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("unexpected error on %s", request.path, exc_info=error)
    language = "en" if request.args.get("language") == "en" else "vi"
    say = sentences(language, "index")
    response = message_page(
        say("page.failed_title"), say("page.failed"), status, screen="index", language=language
    )
    if request.method == "GET":
        response.headers["Refresh"] = str(_TRY_AGAIN_S)
    response.headers["Retry-After"] = str(_TRY_AGAIN_S)
    return response


@blueprint.app_template_filter("local_clock")
def local_clock(instant: str, time_zone: str) -> str:
    """The hour and minute of an instant of the wire, in a branch's time zone."""
    return f"{datetime.fromisoformat(instant).astimezone(ZoneInfo(time_zone)):%H:%M}"

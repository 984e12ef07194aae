"""What the kiosk's browser asks this machine for: its page, and tickets while the server is away.

Listens on the loopback address only. Websockets are passed through byte by byte.
"""

import contextlib
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import quote

from typing_extensions import override

from kiosk.agent.pages import Page, Upstream

_log = logging.getLogger(__name__)

#: The page asks this every two seconds, as long as its script runs.
PAGE_ASKS: Final = "/agent/state"
_LARGEST_BODY: Final = 64 * 1024
_CHUNK: Final = 64 * 1024
_CONNECT_S: Final = 5.0

#: Shown when the server has never been reached from this kiosk.
_NEVER_SEEN: Final = """<!doctype html><html lang="vi"><head><meta charset="utf-8">
<meta http-equiv="refresh" content="5"><title>Ki-ốt</title><style>
html{height:100%;background:#FAF7F1;color:#14213D;font:600 40px/1.5 "Be Vietnam Pro",system-ui,sans-serif}
body{min-height:90%;display:grid;place-content:center;text-align:center;padding:48px;margin:0}
h1{font-size:60px;line-height:1.4;margin:0 0 24px}</style></head>
<body><h1>Ki-ốt đang kết nối</h1><p>Ki-ốt chưa kết nối được máy chủ và sẽ tự thử lại.<br>
Mời ông, bà đến bàn hướng dẫn để lấy số.</p>
<p lang="en" style="font-weight:400">Connecting. Please go to the guide desk to take a number.</p></body></html>"""

Answer = tuple[int, Mapping[str, Any]]


class Local(ThreadingHTTPServer):
    """The loopback server. `answers` maps `METHOD /agent/…` to a function of the JSON body."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        port: int,
        upstream: Upstream,
        home: Callable[[], str],
        answers: Mapping[str, Callable[[Mapping[str, Any]], Answer]],
        is_away: Callable[[], bool],
    ) -> None:
        self.upstream = upstream
        self.home = home
        self.answers = answers
        self.is_away = is_away
        #: When the kiosk's page last asked for anything that only it asks for; monotonic, seconds.
        self.page_seen = time.monotonic()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def origin(self) -> str:
        """The origin of pages that this server serves."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def home_of(branch: str, token: str) -> str:
    """Where the browser is sent first; the token is in the fragment, which no server sees."""
    return f"/kiosk/{quote(branch)}#token={quote(token)}&agent=1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Local

    def do_GET(self) -> None:
        if not self._is_ours():
            self._json(403, {"code": "not_allowed"})
        elif self.path == "/":
            self._send(Page(302, (("Location", self.server.home()),), b""))
        elif self.path.startswith("/agent/"):
            if self.path == PAGE_ASKS:
                self.server.page_seen = time.monotonic()
            self._local({})
        elif self.headers.get("Upgrade", "").lower() == "websocket":
            self._tunnel()
        else:
            self._pass_on(b"")

    do_HEAD = do_GET  # noqa: N815 - the library's own name

    def do_POST(self) -> None:
        if not self._is_ours():
            self._json(403, {"code": "not_allowed"})
            self.close_connection = True
            return
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY:
            self._json(413, {"code": "too_large"})
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        if not self.path.startswith("/agent/"):
            self._pass_on(body)
            return
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            self._json(400, {"code": "bad_value"})
            return
        self._local(content)

    def _is_ours(self) -> bool:
        """Another page in this browser must not take numbers, nor may a name that points here."""
        origin = self.server.origin
        host = self.headers.get("Host", "")
        return self.headers.get("Origin", origin) == origin and f"http://{host}" == origin

    def _local(self, content: Mapping[str, Any]) -> None:
        verb, _, rest = self.path.removeprefix("/agent/").partition("/")
        answer = self.server.answers.get(f"{self.command} {verb}")
        if answer is None:
            self._json(404, {"code": "not_found"})
            return
        self._json(*answer({**content, **({"id": rest} if rest else {})}))

    def _pass_on(self, body: bytes) -> None:
        upstream = self.server.upstream
        method = "GET" if self.command == "HEAD" else self.command
        # While the server is away, what is here is shown at once instead of after a time-out.
        kept = upstream.kept(self.path) if method == "GET" else None
        if kept is not None and self.server.is_away():
            self._send(kept)
            return
        try:
            page = upstream.fetch(method, self.path, self.headers.items(), body)
        except OSError as error:
            _log.info("%s: %s", self.path, error)
            self._send(kept or self._never_seen())
            return
        # A server that has no database says so to everybody: the kiosk goes on with what it has.
        self._send(kept if page.status >= 500 and kept is not None else page)  # noqa: PLR2004

    def _never_seen(self) -> Page:
        if self.path.startswith("/kiosk/"):
            self.server.page_seen = time.monotonic()  # it has no script, and asks again by itself
            headers = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"))
            return Page(503, headers, _NEVER_SEEN.encode())
        return Page(503, (("Cache-Control", "no-store"),), b"")

    def _json(self, status: int, content: Mapping[str, Any]) -> None:
        headers = (
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-store"),
        )
        self._send(Page(status, headers, json.dumps(content).encode()))

    def _send(self, page: Page) -> None:
        self.send_response_only(page.status)
        for name, value in page.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)

    # Websockets ------------------------------------------------------------------------------
    def _tunnel(self) -> None:
        self.close_connection = True
        upstream = self.server.upstream
        try:
            far = socket.create_connection((upstream.host, upstream.port), timeout=_CONNECT_S)
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if upstream.is_secure:
                far = ssl.create_default_context().wrap_socket(far, server_hostname=upstream.host)
        except OSError:
            self._send(Page(503, (), b""))
            return
        with far:
            far.sendall(self._handshake())
            far.settimeout(None)
            back = threading.Thread(target=_pour, args=(far, self.connection), daemon=True)
            back.start()
            _pour(self.connection, far)
            back.join()

    def _handshake(self) -> bytes:
        upstream = self.server.upstream
        passed = upstream.passed_on(self.headers.items())
        # These belong to the upgrade itself.
        passed |= {n: v for n, v in self.headers.items() if n.lower() in ("connection", "upgrade")}
        lines = [f"GET {self.path} HTTP/1.1", *(f"{n}: {v}" for n, v in passed.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    @override
    def log_message(self, format: str, *args: Any) -> None:
        del format, args  # every request of a screen would fill the journal


def _pour(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until either side is done, then end both ways."""
    with contextlib.suppress(OSError):
        while content := source.recv(_CHUNK):
            target.sendall(content)
    for link in (source, target):
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)

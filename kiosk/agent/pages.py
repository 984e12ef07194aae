"""The kiosk's page from this machine: fetched from the server, kept, and shown when it is away."""

import hashlib
import http.client
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

#: Kept on the disk: the shells of pages and what they load, never an answer about anybody.
_KEPT: Final = ("/kiosk/", "/static/", "/vendor/")
_LARGEST: Final = 20_000_000
_TIMEOUT_S: Final = 8.0
#: A long poll of the socket's fallback is answered within the server's ping.
_POLL_TIMEOUT_S: Final = 40.0
#: These say how a connection is used, not what is carried.
HOP: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers",
        "transfer-encoding", "upgrade", "host", "origin", "content-length",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """An answer, whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Upstream:
    """The server as seen from here."""

    def __init__(self, address: str, folder: Path) -> None:
        parts = urlsplit(address)
        self.is_secure = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if self.is_secure else 80)
        self.netloc = parts.netloc
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._folder = folder / "pages"
        self._folder.mkdir(parents=True, exist_ok=True)

    def fetch(
        self, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Page:
        """Ask the server; what may be kept is kept. Raises OSError when it does not answer."""
        timeout = _POLL_TIMEOUT_S if path.startswith("/socket.io/") else _TIMEOUT_S
        link = self._link(timeout)
        try:
            link.request(method, path, body or None, self.passed_on(headers))
            answer = link.getresponse()
            content = answer.read(_LARGEST)
        except http.client.HTTPException as error:
            raise OSError(f"no answer: {error!r}") from error
        finally:
            link.close()
        kept = tuple((k, v) for k, v in answer.getheaders() if k.lower() not in HOP)
        page = Page(answer.status, kept, content)
        if method == "GET" and answer.status == http.client.OK and path.startswith(_KEPT):
            self._keep(path, page)
        return page

    def passed_on(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The browser's headers, as if it had asked the server itself."""
        passed: dict[str, str] = {}
        for name, value in headers:
            if name.lower() == "origin":
                passed["Origin"] = self.origin
            elif name.lower() not in HOP and name.lower() != "accept-encoding":
                passed[name] = value
        return passed | {"Host": self.netloc}

    def kept(self, path: str) -> Page | None:
        """The page as it last was; None when it was never seen."""
        name = self._file(path)
        try:
            meta: Mapping[str, list[list[str]]] = json.loads(name.with_suffix(".json").read_text())
            body = name.read_bytes()
        except (OSError, ValueError):
            return None
        return Page(200, tuple((k, v) for k, v in meta["headers"]), body)

    def _keep(self, path: str, page: Page) -> None:
        name = self._file(path)
        meta = json.dumps({"path": path, "headers": [list(h) for h in page.headers]})
        for target, content in ((name, page.body), (name.with_suffix(".json"), meta.encode())):
            # Whole or not at all: the power may go at any moment.
            fresh = target.with_suffix(".new")
            fresh.write_bytes(content)
            fresh.replace(target)

    def _file(self, path: str) -> Path:
        return self._folder / f"{hashlib.sha256(path.encode()).hexdigest()}.page"

    def _link(self, timeout: float) -> http.client.HTTPConnection:
        if self.is_secure:
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=timeout, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

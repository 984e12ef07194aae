"""The kiosk's page from the agent: passed on, kept, and closed to everybody else."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kiosk.agent.pages import Upstream
from kiosk.agent.web import Local, home_of


class _Far(BaseHTTPRequestHandler):
    """A server that shows who it believes to be asked by."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers.items()) | {"path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Door:
    """The agent's page server before a small server of ours that can go away."""

    def __init__(self, folder: Path) -> None:
        self.far = ThreadingHTTPServer(("127.0.0.1", 0), _Far)
        threading.Thread(target=self.far.serve_forever, daemon=True).start()
        self.is_away = False
        self.issued: list[Any] = []
        upstream = Upstream(f"http://127.0.0.1:{self.far.server_address[1]}", folder)
        self.local = Local(
            0,
            upstream,
            lambda: home_of("long-bien", "s3cret"),
            {"POST issue": self._issue, "GET slip": lambda c: (200, dict(c))},
            is_away=lambda: self.is_away,
        )
        threading.Thread(target=self.local.serve_forever, daemon=True).start()

    def _issue(self, content: Any) -> tuple[int, Any]:
        self.issued.append(content)
        return 200, {"ok": True}

    def leave(self) -> None:
        self.far.shutdown()
        self.far.server_close()

    def get(self, path: str, **headers: str) -> tuple[int, Any, Any]:
        request = urllib.request.Request(self.local.origin + path, headers=headers)
        return self._answer(request)

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, Any, Any]:
        request = urllib.request.Request(self.local.origin + path, data=body, headers=headers)
        return self._answer(request)

    def _answer(self, request: urllib.request.Request) -> tuple[int, Any, Any]:
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: Any) -> None:
                return None

        try:
            with urllib.request.build_opener(Stay).open(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    yield made
    made.leave()
    made.local.shutdown()
    made.local.server_close()


def test_the_browser_is_sent_to_the_kiosk_with_its_token(door: Door) -> None:
    status, headers, _ = door.get("/")
    assert (status, headers["Location"]) == (302, "/kiosk/long-bien#token=s3cret&agent=1")


def test_the_server_believes_to_be_asked_directly(door: Door) -> None:
    _, _, body = door.get("/kiosk/long-bien?x=1", Origin=door.local.origin)
    seen = json.loads(body)
    assert seen["Host"] == seen["Origin"].removeprefix("http://")
    assert seen["Host"] != door.local.origin.removeprefix("http://")
    assert seen["path"] == "/kiosk/long-bien?x=1"


def test_pages_stay_when_the_server_goes(door: Door) -> None:
    first = door.get("/kiosk/long-bien")[2]
    door.get("/api/v1/figures")
    door.leave()
    status, headers, body = door.get("/kiosk/long-bien")
    assert (status, body) == (200, first)
    assert headers["Content-Security-Policy"] == "default-src 'self'"
    assert door.get("/api/v1/figures")[0] == 503, "answers about anything are not kept"


def test_while_it_is_known_to_be_away_nothing_waits_for_it(door: Door) -> None:
    door.get("/static/a.js", Accept="one")
    door.is_away = True
    assert b'"one"' in door.get("/static/a.js", Accept="two")[2]


def test_a_kiosk_that_never_saw_its_server_says_what_to_do(door: Door) -> None:
    door.leave()
    status, headers, body = door.get("/kiosk/long-bien")
    assert (status, headers["Cache-Control"]) == (503, "no-store")
    assert "bàn hướng dẫn" in body.decode()
    assert 'http-equiv="refresh"' in body.decode()


def test_numbers_are_given_to_this_page_alone(door: Door) -> None:
    wish = json.dumps({"service": "ho-tich"}).encode()
    assert door.post("/agent/issue", wish, Origin=door.local.origin)[0] == 200
    assert door.post("/agent/issue", wish, Origin="http://evil.example")[0] == 403
    assert door.post("/agent/issue", wish, Host="evil.example")[0] == 403
    assert len(door.issued) == 1


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"[]", 400), (b"{", 400), (b"x" * 70_000, 413)]
)
def test_what_is_no_wish_is_refused(door: Door, body: bytes, status: int) -> None:
    assert door.post("/agent/issue", body)[0] == status
    assert door.issued == []


def test_an_unknown_question_is_not_passed_on(door: Door) -> None:
    assert door.get("/agent/unknown")[0] == 404
    assert json.loads(door.get("/agent/slip/t990")[2]) == {"id": "t990"}

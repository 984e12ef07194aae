"""The tests' own ground: what it promises is tried, or the rest proves little."""

import re
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import redis
from sqlalchemy import create_engine, inspect, text
from typing_extensions import override

from tests.browser import OpenPage, Watch


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.invalid", 443)])
def test_no_test_reaches_the_outside(address: tuple[str, int]) -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="tried to connect"):
        outside.connect(address)


def test_the_machine_itself_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_redis(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.dbsize() == 0
        connection.set("turn", turn)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE turns (turn integer)"))
        connection.execute(text("INSERT INTO turns VALUES (:turn)"), {"turn": turn})
    engine.dispose()


PAGE = """<!doctype html><html lang="vi"><title>Một cửa</title><script>{script}</script></html>"""


@pytest.fixture
def site() -> Iterator[Any]:
    """A page on this machine that runs the script it is asked for."""
    scripts: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.format(script=scripts.get(self.path, "")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()

        def address(path: str, script: str = "") -> str:
            scripts[path] = script
            return f"http://127.0.0.1:{server.server_address[1]}{path}"

        yield address
        server.shutdown()
        thread.join()


@pytest.mark.e2e
def test_a_page_opens_in_chromium(open_page: OpenPage, site: Any) -> None:
    page = open_page(site("/"), viewport={"width": 1080, "height": 1920})
    assert page.title() == "Một cửa"
    assert page.evaluate("[innerWidth, innerHeight, navigator.language]") == [1080, 1920, "vi-VN"]


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("throw new Error('broken')", "error in the page: .*broken"),
        ("fetch('http://192.0.2.1/x').catch(() => 0)", "outside: http://192.0.2.1/x"),
        ("new WebSocket('ws://192.0.2.1/y')", "outside: ws://192.0.2.1/y"),
    ],
)
def test_a_fault_of_a_page_is_seen(browser: Any, site: Any, script: str, fault: str) -> None:
    watch = Watch()
    page = watch.open(browser, site("/fault", script))
    page.wait_for_timeout(200)
    watch.close()
    assert len(watch.faults) == 1
    assert re.search(fault, watch.faults[0])

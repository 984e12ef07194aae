"""What every test may lean on: real servers, a real browser, and no way out of the machine."""

import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text

from server import redis_server
from tests import browser as browsers
from tests.pg_server import PostgresServer, PostgresUnavailable

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "nightly",
    max_examples=5_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers the longest files begin first, so that none works on alone at the end."""
    if hasattr(config, "workerinput"):
        order = {"faults": 0, "e2e": 1}
        items.sort(key=lambda item: order.get(item.path.parent.name, 2))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave the machine."""

    def allowed(address: object) -> bool:
        # Unix sockets are named by a path, the others by (host, port, ...).
        host = address[0] if isinstance(address, tuple) else None
        return host is None or host in {"localhost", "::1"} or str(host).startswith("127.")

    def guard(name: str) -> None:
        real = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            if not allowed(address):
                raise AssertionError(f"a test tried to connect to {address!r}")
            return real(self, address)

        monkeypatch.setattr(socket.socket, name, connect)

    guard("connect")
    guard("connect_ex")


@pytest.fixture(scope="session")
def redis_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis_server.RedisServer]:
    server = redis_server.start(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_service: redis_server.RedisServer) -> str:
    """The address of a real, empty Redis."""
    import redis

    with redis.Redis.from_url(redis_service.url) as connection:
        connection.flushall()
    return redis_service.url


@pytest.fixture(scope="session")
def postgres_service() -> Iterator[str]:
    """The address of a PostgreSQL in which databases may be made and dropped."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(named).set(drivername="postgresql+psycopg").render_as_string(False)
        return
    try:
        server = PostgresServer()
    except (PostgresUnavailable, KeyError) as reason:
        pytest.skip(str(reason))
    yield server.url()
    server.stop()


@pytest.fixture
def postgres_url(postgres_service: str) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    name = f"motcua_test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(postgres_service, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield make_url(postgres_service).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'motcua.db'}"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for the whole session."""
    from playwright.sync_api import expect, sync_playwright

    # What comes at once on a quiet machine; where a limit is meant, it is said.
    expect.set_options(timeout=25_000)
    path = browsers.chromium_path()
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=list(browsers.ARGUMENTS), timeout=120_000
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[browsers.OpenPage]:
    """`open_page(url=None, **context options)`: a page in a context of its own, watched."""
    watch = browsers.Watch()
    yield lambda url=None, **options: watch.open(browser, url, **options)
    watch.close()
    assert watch.faults == []


@pytest.fixture
def page(open_page: browsers.OpenPage) -> Any:
    """One watched, empty page."""
    return open_page()


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a complete Vietnamese pack by the real espeak-ng; not to be changed.

    Made once for all workers that run tests side by side.
    """
    from display.announce import vocabulary
    from display.voice import voices
    from display.voice.build import Build
    from display.voice.shelf import Shelf

    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    data = shared / "hall"
    with (shared / "hall.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        voice = voices.espeak()
        list(Build(Shelf(data / "voice", "vi"), voice, vocabulary("vi")).steps())
        voice.close()
    return data

"""The pages' shell: what browsers may keep, and the headers of every answer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server import icons
from server.app import create_app
from server.settings import Settings
from tests.live_office import BRANCH, prepare


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    data: Path = tmp_path_factory.mktemp("pages")
    prepare(data)
    app, _ = create_app(Settings(data=data, redis_url="redis://127.0.0.1:1/0", secret="s"))
    yield app.test_client()
    app.extensions["motcua"].relay.stop()
    app.extensions["motcua"].engine.dispose()


PAGES = ("/", "/login", f"/kiosk/{BRANCH}", f"/counter/{BRANCH}-1", f"/display/{BRANCH}")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_fresh_and_guarded(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.cache_control.no_cache
    policy = answer.headers["Content-Security-Policy"]
    assert "'unsafe-eval'" not in policy
    assert "frame-ancestors 'none'" in policy
    scripts = re.search(r"script-src ([^;]*)", policy)
    assert scripts
    assert "unsafe-inline" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "http://" not in answer.text.replace("http://www.w3.org", ""), "nothing from elsewhere"


def test_icons_are_kept_so_that_one_first_needed_offline_is_there(client: FlaskClient) -> None:
    found = re.search(r'data-icons="([^"]+)"', client.get("/").text)
    assert found
    answer = client.get(found[1])
    assert answer.status_code == 200
    assert answer.cache_control.immutable
    assert {f'id="{name}"' for name in icons.SPRITE} <= set(re.findall(r'id="[^"]+"', answer.text))
    assert client.get("/static/icons-000000000000.svg").status_code == 404


@pytest.mark.parametrize("path", ["/kiosk/khac", "/t/unknown", "/nowhere"])
def test_what_is_not_there_is_said_in_words(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Motcua" in answer.text
    assert "Traceback" not in answer.text


def test_the_database_gone_is_a_503_in_words(client: FlaskClient) -> None:
    """No half page, no stack trace; the same request may be sent again."""
    context = client.application.extensions["motcua"]
    engine, context.engine = context.engine, _Gone()
    try:
        answer = client.get(
            f"/api/v1/branches/{BRANCH}/board", headers={"Authorization": "Bearer x"}
        )
        page = client.get(f"/kiosk/{BRANCH}")
    finally:
        context.engine = engine
    assert (page.status_code, page.headers["Refresh"]) == (503, "5")
    assert "Hệ thống tạm ngừng" in page.text
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] == "unavailable"
    assert answer.headers["Retry-After"]


class _Gone:
    """What is left of an engine whose database cannot be reached."""

    def connect(self) -> None:
        from sqlalchemy.exc import OperationalError

        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

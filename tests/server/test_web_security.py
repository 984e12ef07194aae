"""Posts and sockets of pages elsewhere, and the headers of every kind of answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.access import Role
from tests.live_office import BRANCH
from tests.server.signing import Browser, application, context_of

ELSEWHERE = "https://noi-khac.vi-du.vn"
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("web-security")) as made:
        yield made


@pytest.mark.parametrize("path", ["/login", "/logout", "/password", "/t/x/cancel", "/t/x/rating"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ELSEWHERE},
        {"Origin": "http://localhost.noi-khac.vn"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_elsewhere_posts_nothing(app: Flask, path: str, headers: dict[str, str]) -> None:
    browser = Browser(app)
    browser.sign_in("canbo1")
    csrf = browser.csrf("/password")
    answer = browser.client.post(path, data={"csrf": csrf}, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "foreign_origin")
    assert answer.get_json()["detail"] != "error.foreign_origin"
    assert browser.is_in


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost"}, {"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}],
)  # fmt: skip
def test_a_page_of_our_own_does(app: Flask, headers: dict[str, str]) -> None:
    browser = Browser(app)
    browser.sign_in("canbo1")
    csrf = browser.csrf("/password")
    answer = browser.client.post("/logout", data={"csrf": csrf}, headers=headers)
    assert answer.status_code == 302
    assert not browser.is_in


def test_a_foreign_page_with_a_token_posts_nothing_over_rest(app: Flask) -> None:
    from server import devices

    token = devices.add(
        context_of(app).engine, branch=BRANCH, role=Role.INTEGRATION, name="elsewhere"
    )
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/branches/{BRANCH}/close-day"
    client = app.test_client()
    answer = client.post(path, json={}, headers=bearer | {"Origin": ELSEWHERE})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "foreign_origin")
    assert client.post(path, json={}, headers=bearer).get_json().get("code") != "foreign_origin"
    # Another page may not read either: nothing tells the browser that it might.
    answer = client.options(path, headers={"Origin": ELSEWHERE})
    assert "Access-Control-Allow-Origin" not in answer.headers


def _guarded(answer: TestResponse, where: str) -> None:
    for name, value in (
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Referrer-Policy", "no-referrer"),
    ):  # fmt: skip
        assert answer.headers.getlist(name) == [value], (where, name)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], where
    assert "'unsafe-" not in answer.headers["Content-Security-Policy"], where
    assert "camera=()" in answer.headers["Permissions-Policy"], where


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nowhere", "/static/css/base.css", "/healthz", "/api/v1/",
             "/api/v1/nowhere", f"/api/v1/branches/{BRANCH}/board", HANDSHAKE],
)  # fmt: skip
def test_every_kind_of_answer_is_guarded(app: Flask, path: str) -> None:
    answer = app.test_client().get(path, buffered=True)
    _guarded(answer, path)
    assert "Strict-Transport-Security" not in answer.headers, (
        "an office without https stays reachable"
    )


def test_a_body_too_large_is_guarded_too(app: Flask) -> None:
    answer = app.test_client().post("/login", data={"x": "x" * 100_000})
    assert answer.status_code == 413
    _guarded(answer, "413")


def test_pages_of_who_is_signed_in_are_not_kept(app: Flask) -> None:
    browser = Browser(app)
    assert not browser.get("/").cache_control.no_store
    browser.sign_in("quanly")
    for path in (f"/manager/{BRANCH}", "/", "/password"):
        assert browser.get(path).cache_control.no_store, path
    kept = browser.client.get("/static/css/base.css", buffered=True)
    assert not kept.cache_control.no_store


def test_production_is_https_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("production")
    with application(data, environment="production", proxies=1) as app:
        answer = app.test_client().get("/login")
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert "Secure" in answer.headers["Set-Cookie"]
        _behind_a_proxy(app)


def _behind_a_proxy(app: Flask) -> None:
    """The address, the name and the scheme that the proxy says, for sockets as for pages."""
    forwarded = {
        "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "so.vi-du.vn",
    }  # fmt: skip
    seen: dict[str, Any] = {}

    def look(environ: dict[str, Any]) -> bool:
        seen.update(environ)
        return True

    engine = app.extensions["socketio"].server.eio
    real = engine._cors_allowed_origins
    engine._cors_allowed_origins = lambda environ: look(environ) and real(environ)
    own = forwarded | {"Origin": "https://so.vi-du.vn"}
    assert app.test_client().get(HANDSHAKE, headers=own).status_code == 200
    assert seen["REMOTE_ADDR"] == "203.0.113.7"
    other = forwarded | {"Origin": ELSEWHERE}
    assert app.test_client().get(HANDSHAKE, headers=other).status_code == 400

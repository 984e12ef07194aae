"""Signing in by an OpenID provider: what it says is believed only when everything holds."""

import http.client
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy import Engine

from server import oidc
from tests import oidc_provider
from tests.live_office import BRANCH, free_port
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.server.signing import (
    Browser,
    application,
    ask_administrators_for_codes,
    audited,
    context_of,
    set_user,
)


@pytest.fixture(scope="module")
def _provider() -> Iterator[Provider]:
    with oidc_provider.running() as started:
        yield started


@pytest.fixture(autouse=True)
def provider(_provider: Provider) -> Provider:
    _provider.reset()
    return _provider


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, _provider: Provider) -> Iterator[Flask]:
    settings = {
        "oidc_issuer": _provider.address,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_name": "Cổng Hà Nội",
    }
    with application(tmp_path_factory.mktemp("oidc"), **settings) as made:
        set_user(context_of(made).engine, "canbo1", subject="s-canbo1")
        set_user(context_of(made).engine, "quantri", subject="s-quantri")
        yield made


@pytest.fixture
def engine(app: Flask) -> Engine:
    return context_of(app).engine


def leave(browser: Browser, query: str = "") -> str:
    """Press the button; the provider's address that the browser is sent to."""
    answer = browser.get(f"/login/oidc{query}")
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def visit(address: str) -> str:
    """Be at the provider; the path and query of ours that it sends the browser back to."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = urlsplit(str(connection.getresponse().headers["Location"]))
    connection.close()
    assert back.path == "/login/oidc/callback"
    return f"{back.path}?{back.query}"


def refused(browser: Browser, path: str) -> bool:
    """Whether coming back by this address is refused in words, and nobody is in."""
    answer = browser.get(path)
    is_told = answer.status_code == 403 and "không hợp lệ" in answer.text
    return is_told and not browser.is_in and "half" not in browser.session()


def test_who_is_linked_gets_in(app: Flask, engine: Engine) -> None:
    browser = Browser(app)
    page = browser.get("/login?next=/password").text
    assert "Đăng nhập bằng Cổng Hà Nội" in page
    assert 'href="/login/oidc?next=/password"' in page
    browser.csrf("/login")
    planted = browser.client.get_cookie("session")
    asked = parse_qs(urlsplit(leave(browser, f"?next=/counter/{BRANCH}-1")).query)
    assert asked["redirect_uri"] == ["http://localhost/login/oidc/callback"]
    assert len(asked["state"][0]) >= 20
    assert len(asked["nonce"][0]) >= 16
    answer = browser.get(visit(leave(browser, f"?next=/counter/{BRANCH}-1")))
    assert answer.location == f"/counter/{BRANCH}-1"
    assert browser.is_in
    now = browser.client.get_cookie("session")
    assert planted
    assert now
    assert now.value != planted.value
    assert not [key for key in browser.session() if key.startswith("_state_")]
    assert audited(engine, "sign_in", "officer:canbo1")[-1] == "ok"


def test_the_language_goes_along(app: Flask) -> None:
    browser = Browser(app)
    back = visit(leave(browser, "?language=en"))
    answer = browser.get(str(browser.get(back).location))
    assert answer.location == f"/counters/{BRANCH}?language=en"


def test_a_page_elsewhere_is_not_gone_on_to(app: Flask) -> None:
    browser = Browser(app)
    answer = browser.get(visit(leave(browser, "?next=//evil.example")))
    assert answer.location == f"/counters/{BRANCH}"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": "another", "azp": CLIENT_ID},
        {"aud": None},
        {"iss": "http://127.0.0.1:1"},
        {"iss": None},
        {"sub": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
    ],
    ids=lambda claims: "-".join(f"{k}={v}" for k, v in claims.items()),
)
def test_an_id_token_that_does_not_hold_is_refused(
    app: Flask, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims = dict(claims)
    browser = Browser(app)
    assert refused(browser, visit(leave(browser)))


@pytest.mark.parametrize("forgery", ["another key", "shared secret", "none"])
def test_a_signature_that_is_not_the_providers_is_refused(
    app: Flask, provider: Provider, forgery: str
) -> None:
    if forgery == "another key":
        provider.signing = RSAKey.generate_key(2048, {"kid": "k1"})
    else:
        provider.algorithm = "HS256" if forgery == "shared secret" else "none"
    browser = Browser(app)
    assert refused(browser, visit(leave(browser)))


def test_a_state_counts_once_and_only_where_it_was_given(app: Flask) -> None:
    browser, victim = Browser(app), Browser(app)
    back = visit(leave(browser))
    leave(victim)
    assert refused(victim, back), "another browser's"
    assert refused(Browser(app), back), "of a browser that never left"
    assert browser.get(back).status_code == 302
    browser.client.post("/logout", data={"csrf": browser.csrf("/password")})
    leave(browser)
    assert refused(browser, back), "used before"
    code = parse_qs(urlsplit(visit(leave(browser))).query)["code"][0]
    assert refused(browser, f"/login/oidc/callback?code={code}"), "no state at all"
    leave(browser)
    assert refused(browser, f"/login/oidc/callback?code={code}&state=x")


def test_coming_back_too_late_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "_AWAY_FOR", timedelta(seconds=-1))
    browser = Browser(app)
    assert refused(browser, visit(leave(browser)))


def test_leaving_often_does_not_fill_the_cookie(app: Flask) -> None:
    browser = Browser(app)
    for _ in range(6):
        back = visit(leave(browser))
    assert len([key for key in browser.session() if key.startswith("_state_")]) == 1
    assert browser.get(back).status_code == 302


def test_nobody_is_let_in_who_was_not_linked(
    app: Flask, engine: Engine, provider: Provider
) -> None:
    provider.subject = "s-nobody"
    provider.claims = {"email": "canbo1@example.vn", "preferred_username": "canbo1"}
    browser = Browser(app)
    answer = browser.get(visit(leave(browser)))
    assert answer.status_code == 403
    assert "chưa được liên kết" in answer.text
    assert not browser.is_in
    assert audited(engine, "sign_in", "unknown")[-1] == "unlinked"
    provider.subject = "s-canbo1"
    set_user(engine, "canbo1", revoked=True)
    assert browser.get(visit(leave(browser))).status_code == 403
    set_user(engine, "canbo1", revoked=False)
    provider.subject = ""
    assert browser.get(visit(leave(browser))).status_code == 403


def test_the_branch_may_ask_for_a_code_all_the_same(
    app: Flask, engine: Engine, provider: Provider
) -> None:
    provider.subject = "s-quantri"
    browser = Browser(app)
    ask_administrators_for_codes(engine, is_asked=True)
    assert browser.get(visit(leave(browser))).location == "/login/enrol"
    ask_administrators_for_codes(engine, is_asked=False)
    assert not browser.is_in


def test_a_provider_that_says_no_is_told_in_words(app: Flask, provider: Provider) -> None:
    provider.says_no = "access_denied"
    browser = Browser(app)
    assert refused(browser, visit(leave(browser)))


def test_one_address_comes_back_thirty_times(app: Flask) -> None:
    browser = Browser(app)
    statuses = [browser.get("/login/oidc/callback?state=x").status_code for _ in range(31)]
    assert statuses == [403] * 30 + [429]


def test_nothing_secret_is_logged(
    app: Flask, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Browser(app)
    back = visit(leave(browser))
    verifier = next(v for k, v in browser.session().items() if k.startswith("_state_"))
    assert browser.get(back).status_code == 302
    provider.claims = {"nonce": "another"}
    browser.get(visit(leave(browser)))
    assert "OpenID sign-in failed: InvalidClaimError" in caplog.text
    for secret in (CLIENT_SECRET, verifier["data"]["code_verifier"], verifier["data"]["nonce"]):
        assert secret not in caplog.text


@pytest.mark.parametrize("fault", ["nobody listens", "too slow"])
def test_a_provider_that_is_away_is_said_so(
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    monkeypatch.setattr(oidc, "_TIMEOUT_S", 0.2)
    address = f"http://127.0.0.1:{free_port()}" if fault == "nobody listens" else provider.address
    provider.delay_s = 1.0
    settings = {"oidc_issuer": address, "oidc_client_id": "x", "oidc_client_secret": "y"}
    with application(tmp_path_factory.mktemp("away"), **settings) as made:
        browser, started = Browser(made), time.monotonic()
        answer = browser.get("/login/oidc")
        assert time.monotonic() - started < 0.9
        assert answer.status_code == 503
        assert "không trả lời" in answer.text
        assert 'href="/login"' in answer.text
        # A password does as ever.
        assert browser.sign_in("canbo2").location == f"/counters/{BRANCH}"


def test_without_settings_there_is_no_provider(tmp_path_factory: pytest.TempPathFactory) -> None:
    with application(tmp_path_factory.mktemp("none")) as made:
        browser = Browser(made)
        assert "/login/oidc" not in browser.get("/login").text
        assert browser.get("/login/oidc").status_code == 404
        assert browser.get("/login/oidc/callback").status_code == 404

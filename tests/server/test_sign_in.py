"""Signing in by the page: who gets in and where to, and what guessing gains."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from server import half_sign_in, sessions, sign_ins, tables
from server.clock import Clock
from tests.live_office import BRANCH, PASSWORD
from tests.server.signing import GOOD, Browser, application, audited, context_of, set_user

WRONG = "tên đăng nhập hoặc mật khẩu không đúng"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("sign-in")) as made:
        yield made


@pytest.fixture
def engine(app: Flask) -> Engine:
    return context_of(app).engine


@pytest.mark.parametrize(
    ("username", "home"),
    [
        ("quanly", f"/manager/{BRANCH}"),
        ("giamsat", f"/manager/{BRANCH}"),
        ("quantri", f"/manager/{BRANCH}"),
        ("kiemtra", f"/manager/{BRANCH}"),
        ("canbo1", f"/counters/{BRANCH}"),
    ],
)
def test_everybody_goes_to_a_page_of_their_own(app: Flask, username: str, home: str) -> None:
    browser = Browser(app)
    answer = browser.sign_in(username)
    assert (answer.status_code, answer.location) == (302, home)
    assert browser.get(home).status_code == 200


@pytest.mark.parametrize(
    ("target", "arrives"),
    [
        (f"/counter/{BRANCH}-3", f"/counter/{BRANCH}-3"),
        ("/password?language=en", "/password?language=en"),
        *((bad, f"/counters/{BRANCH}") for bad in (
            "", "/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
            "https://evil.example/", "javascript:alert(1)", "/\n/evil.example", " /password",
            f"/manager/{BRANCH}", "/a\\..\\b",
        )),
    ],
)  # fmt: skip
def test_next_leads_only_to_a_path_of_our_own_that_suits(
    app: Flask, target: str, arrives: str
) -> None:
    assert Browser(app).sign_in("canbo2", next=target).location == arrives


def test_a_form_without_this_sessions_token_is_not_looked_at(app: Flask) -> None:
    browser, other = Browser(app), Browser(app)
    for csrf in ("", "x", "é", other.csrf("/login")):
        fields = {"csrf": csrf, "username": "canbo3", "password": PASSWORD}
        assert browser.client.post("/login", data=fields).status_code == 400
    assert not browser.is_in


def test_a_cookie_planted_before_is_worth_nothing_after(app: Flask) -> None:
    """Session fixation: signing in makes a new session, signing out ends it on the server too."""
    browser = Browser(app)
    csrf = browser.csrf("/login")
    planted = browser.client.get_cookie("session")
    assert planted
    browser.sign_in("canbo3")
    mine = browser.client.get_cookie("session")
    assert mine
    assert mine.value != planted.value
    assert mine.http_only
    assert mine.same_site == "Lax"
    assert browser.csrf("/password") != csrf
    thief = Browser(app)
    thief.client.set_cookie("session", planted.value)
    assert not thief.is_in
    browser.client.post("/logout", data={"csrf": browser.csrf("/password")})
    assert not browser.is_in
    thief.client.set_cookie("session", mine.value)
    assert not thief.is_in


def test_signing_out_needs_the_sessions_token(app: Flask) -> None:
    browser = Browser(app)
    browser.sign_in("canbo3")
    browser.client.post("/logout", data={"csrf": "x"})
    assert browser.is_in


def test_production_sends_the_cookie_by_https_alone(tmp_path: object) -> None:
    from pathlib import Path

    from server.app import create_app
    from server.settings import Settings

    assert isinstance(tmp_path, Path)
    made = Settings(data=tmp_path, environment="production", secret="s", redis_url="redis://x")
    app, _ = create_app(made)
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_DOMAIN"] is None
    assert app.config["SESSION_COOKIE_PATH"] in (None, "/")
    context_of(app).engine.dispose()


def test_nobody_learns_which_accounts_exist(
    app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, wrong, disabled and locked answer alike, and no faster."""
    monkeypatch.setattr(sessions, "_WRONG_S", 0.3)
    set_user(engine, "canbo4", revoked=True)
    set_user(engine, "canbo5", failures=5, locked_until=Clock().now() + timedelta(minutes=1))
    tries = (("nobody", PASSWORD), ("canbo3", "sai"), ("canbo4", PASSWORD), ("canbo5", PASSWORD),
             ("canbo3", "x" * 5000), ("", ""))  # fmt: skip
    pages, times = set(), []
    for username, password in tries:
        browser = Browser(app)
        csrf = browser.csrf("/login")
        started = time.monotonic()
        fields = {"csrf": csrf, "username": username, "password": password}
        answer = browser.client.post("/login", data=fields)
        times.append(time.monotonic() - started)
        assert answer.status_code == 401
        assert WRONG in answer.text.lower()
        pages.add(answer.text[answer.text.index("<body") :].replace(browser.csrf("/login"), ""))
    assert len(pages) == 1
    assert min(times) >= 0.3


def test_who_guesses_waits_and_the_right_password_does_not_help(app: Flask, engine: Engine) -> None:
    before = len(audited(engine, "sign_in", "officer:canbo6"))
    for _ in range(5):
        assert Browser(app).sign_in("canbo6", "sai").status_code == 401
    assert Browser(app).sign_in("canbo6").status_code == 401
    assert audited(engine, "sign_in", "officer:canbo6")[before:] == ["wrong_password"] * 5 + [
        "locked"
    ]
    assert audited(engine, "lock_account", "canbo6") == ["ok"]
    set_user(engine, "canbo6", locked_until=Clock().now() - timedelta(seconds=1))
    browser = Browser(app)
    assert browser.sign_in("canbo6").status_code == 302
    assert browser.is_in
    assert audited(engine, "sign_in", "officer:canbo6")[-1] == "ok"
    # Counted from nothing again.
    assert Browser(app).sign_in("canbo6", "sai").status_code == 401
    assert Browser(app).sign_in("canbo6").status_code == 302


def test_what_was_typed_as_an_unknown_name_is_nowhere(app: Flask, engine: Engine) -> None:
    """People type their password there."""
    Browser(app).sign_in("mat-khau-cua-toi", "bi-mat-1234")
    with engine.connect() as connection:
        lines = str(connection.execute(tables.audit.select()).all())
    assert "mat-khau-cua-toi" not in lines
    assert "bi-mat-1234" not in lines
    assert "'unknown', 'sign_in', 'unknown'" in lines


def test_one_address_tries_ten_times(app: Flask) -> None:
    browser = Browser(app)
    statuses = {browser.sign_in(f"nobody{n}", "x").status_code for n in range(10)}
    assert statuses == {401}
    answer = browser.sign_in("canbo7")
    assert answer.status_code == 429
    assert not browser.is_in


def test_a_new_password_signs_everybody_else_out(app: Flask, engine: Engine) -> None:
    browser, elsewhere = Browser(app), Browser(app)
    browser.sign_in("canbo8")
    elsewhere.sign_in("canbo8")
    old = browser.session()["sign_in"]
    wrong = {"password": "sai", "new": GOOD, "again": GOOD}
    assert browser.send("/password", **wrong).status_code == 422
    for new, again in ((GOOD, GOOD + "x"), ("ngắn", "ngắn"), (PASSWORD, PASSWORD)):
        answer = browser.send("/password", password=PASSWORD, new=new, again=again)
        assert answer.status_code == 422
    assert elsewhere.is_in
    answer = browser.send("/password", password=PASSWORD, new=GOOD, again=GOOD)
    assert answer.status_code == 200
    assert "Đã đổi mật khẩu" in answer.text
    assert browser.is_in
    assert sign_ins.of_token(engine, old, at=Clock().now()) is None
    context_of(app).forget_sign_in(elsewhere.session()["sign_in"])
    assert not elsewhere.is_in
    assert Browser(app).sign_in("canbo8").status_code == 401
    assert Browser(app).sign_in("canbo8", GOOD).status_code == 302
    assert audited(engine, "change_password", "canbo8") == [
        "wrong_password",
        "password_short",
        "ok",
    ]


def test_an_open_screen_is_no_place_to_guess_the_password(app: Flask) -> None:
    browser = Browser(app)
    browser.sign_in("canbo9")
    for _ in range(5):
        browser.send("/password", password="sai", new=GOOD, again=GOOD)
    answer = browser.send("/password", password=PASSWORD, new=GOOD, again=GOOD)
    assert answer.status_code == 422
    assert Browser(app).sign_in("canbo9", GOOD).status_code == 401


def test_a_locked_screen_opens_no_page_of_the_account(app: Flask, engine: Engine) -> None:
    browser = Browser(app)
    browser.sign_in("canbo10")
    token = browser.session()["sign_in"]
    assert browser.is_in
    sign_ins.lock(engine, token)
    context_of(app).forget_sign_in(token)
    assert browser.get("/password").location == "/login?next=/password"
    assert browser.get("/second-factor").status_code == 302


def test_a_password_given_by_somebody_else_is_changed_first(app: Flask, engine: Engine) -> None:
    set_user(engine, "canbo11", must_change=True)
    browser = Browser(app)
    answer = browser.sign_in("canbo11", next=f"/counter/{BRANCH}-2")
    assert answer.location == "/login/password"
    assert not browser.is_in
    assert "sign_in" not in browser.session()
    assert browser.send("/login/password", new=PASSWORD, again=PASSWORD).status_code == 422
    assert browser.send("/login/password", new="1234567890", again="1234567890").status_code == 422
    answer = browser.send("/login/password", new=GOOD, again=GOOD)
    assert answer.location == f"/counter/{BRANCH}-2"
    assert browser.is_in
    assert Browser(app).sign_in("canbo11", GOOD).location == f"/counters/{BRANCH}"


def test_half_signed_in_lasts_five_minutes(
    app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_user(engine, "canbo12", must_change=True)
    monkeypatch.setattr(half_sign_in, "LASTS", timedelta(seconds=-1))
    browser = Browser(app)
    browser.sign_in("canbo12")
    assert browser.get("/login/password").location == "/login"
    assert not browser.is_in


@pytest.mark.parametrize("step", ["code", "enrol", "password"])
def test_nobody_enters_by_a_later_step(app: Flask, step: str) -> None:
    browser = Browser(app)
    assert browser.get(f"/login/{step}").location == "/login"
    fields = {"csrf": browser.csrf("/login"), "code": "000000", "new": GOOD, "again": GOOD}
    assert browser.client.post(f"/login/{step}", data=fields).location == "/login"
    # Who has no such step before them goes on instead.
    browser.sign_in("canbo13")
    assert browser.get(f"/login/{step}").location == "/login"


def test_the_pages_are_not_kept_and_speak_the_readers_language(app: Flask) -> None:
    browser = Browser(app)
    answer = browser.get("/login?language=en")
    assert answer.cache_control.no_store
    assert 'action="/login?language=en"' in answer.text
    fields = {"csrf": browser.csrf("/login"), "username": "canbo13", "password": "x"}
    assert "password is wrong" in browser.client.post("/login?language=en", data=fields).text
    fields["password"] = PASSWORD
    answer = browser.client.post("/login?language=en", data=fields)
    assert answer.location == f"/counters/{BRANCH}?language=en"

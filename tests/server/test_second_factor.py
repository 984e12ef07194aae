"""The second factor: each code once, no guessing, and only who set it up can take it away."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine

from server import accounts, people, second_factor
from server.clock import Clock
from tests.live_office import BRANCH, PASSWORD
from tests.server import office
from tests.server.signing import (
    GOOD,
    Browser,
    application,
    ask_administrators_for_codes,
    audited,
    context_of,
    set_user,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of nobody
NOW = datetime(2026, 11, 24, 2, 0, 10, tzinfo=UTC)


def code_at(at: datetime, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(at)


# The codes themselves ------------------------------------------------------------------------
@pytest.fixture
def store(database_url: str) -> Iterator[Engine]:
    with office.installed(database_url) as engine:
        accounts.put_user(
            engine, username="q", password="mot-cua-1", name="Q", branch=office.BRANCH
        )
        assert second_factor.enrol(engine, "q", SECRET, code_at(NOW), at=NOW)
        yield engine


def test_a_code_counts_once_and_only_near_its_time(store: Engine) -> None:
    step = timedelta(seconds=30)
    assert not second_factor.use(store, "q", code_at(NOW), at=NOW), "used to set it up"
    late = NOW + 4 * step
    for off in (-2, 2):
        assert not second_factor.use(store, "q", code_at(late + off * step), at=late)
    assert second_factor.use(store, "q", code_at(late - step), at=late)
    assert second_factor.use(store, "q", code_at(late)[:3] + " " + code_at(late)[3:], at=late)
    assert not second_factor.use(store, "q", code_at(late), at=late)
    assert not second_factor.use(store, "q", code_at(late - step), at=late), "older than the last"
    assert second_factor.use(store, "q", code_at(late + step), at=late)
    for wrong in ("", "12345", "abcdef", "\uff11" * 6, "0" * 500):
        assert not second_factor.use(store, "q", wrong, at=late + 4 * step)
    assert not second_factor.use(store, "nobody", code_at(late), at=late)


def test_of_many_at_once_one_gets_in_by_a_code(store: Engine) -> None:
    later = NOW + timedelta(minutes=5)
    gate, let_in = threading.Barrier(8), []

    def try_it() -> None:
        gate.wait()
        let_in.append(second_factor.use(store, "q", code_at(later), at=later))

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(let_in) == [False] * 7 + [True]


def test_an_app_that_is_set_up_is_not_replaced(store: Engine) -> None:
    other, later = pyotp.random_base32(), NOW + timedelta(minutes=5)
    assert not second_factor.enrol(store, "q", other, code_at(later, other), at=later)
    assert second_factor.use(store, "q", code_at(later), at=later)
    second_factor.remove(store, "q")
    assert not second_factor.use(store, "q", code_at(later + timedelta(minutes=5)), at=later)


def test_what_is_offered_cannot_be_foretold_and_fits_an_app() -> None:
    one = second_factor.offered_secret("key", "q", "n1")
    assert len(one) == 32
    assert one == second_factor.offered_secret("key", "q", "n1")
    others = {("key", "q", "n2"), ("key", "r", "n1"), ("other", "q", "n1")}
    assert one not in {second_factor.offered_secret(*other) for other in others}
    assert second_factor.grouped(one).split() == [one[n : n + 4] for n in range(0, 32, 4)]


# Signing in with them ------------------------------------------------------------------------
@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("codes")) as made:
        yield made


@pytest.fixture
def engine(app: Flask) -> Engine:
    return context_of(app).engine


def _now_code(secret: str = SECRET) -> str:
    return code_at(Clock().now(), secret)


def _wrong_code() -> str:
    near = {code_at(Clock().now() + timedelta(seconds=30 * n)) for n in range(-3, 4)}
    return next(f"{n:06}" for n in range(100) if f"{n:06}" not in near)


def test_the_password_alone_opens_nothing(app: Flask, engine: Engine) -> None:
    set_user(engine, "canbo1", totp_secret=SECRET)
    browser = Browser(app)
    browser.sign_in("canbo5")
    assert browser.is_in, "as somebody else, before"
    assert browser.sign_in("canbo1", next=f"/counter/{BRANCH}-4").location == "/login/code"
    assert not browser.is_in
    assert "sign_in" not in browser.session()
    assert SECRET not in str(browser.session())
    assert browser.send("/login/code", code=_wrong_code()).status_code == 401
    assert browser.client.post("/login/code", data={"code": _now_code()}).status_code == 200
    assert not browser.is_in, "the form's token was missing"
    answer = browser.send("/login/code", code=_now_code())
    assert answer.location == f"/counter/{BRANCH}-4"
    assert browser.is_in
    assert audited(engine, "sign_in", "canbo1") == ["wrong_code", "ok"]
    again = Browser(app)
    again.sign_in("canbo1")
    assert again.send("/login/code", code=_now_code()).status_code == 401, "used once"


def test_guessing_codes_locks_the_account_however_often_the_password_is_given(
    app: Flask, engine: Engine
) -> None:
    set_user(engine, "canbo2", totp_secret=SECRET)
    for _ in range(5):
        browser = Browser(app)
        assert browser.sign_in("canbo2").location == "/login/code"
        assert browser.send("/login/code", code=_wrong_code()).status_code == 401
    # Locked: neither the right code nor the right password helps now.
    assert browser.send("/login/code", code=_now_code()).status_code == 401
    assert Browser(app).sign_in("canbo2").status_code == 401
    assert audited(engine, "lock_account", "canbo2") == ["ok"]
    # After a minute it goes on where it stood: the next wrong code locks for two.
    set_user(engine, "canbo2", locked_until=Clock().now() - timedelta(seconds=1))
    assert browser.send("/login/code", code=_wrong_code()).status_code == 401
    row = accounts.row_of(engine, "canbo2")
    assert row is not None
    assert timedelta(seconds=110) < row["locked_until"] - Clock().now() < timedelta(seconds=121)


def _offered(page: str) -> str:
    import re

    found = re.search(r'class="secret">([^<]+)<', page)
    assert found
    return found[1].replace(" ", "")


def test_administrators_set_it_up_where_the_branch_asks(app: Flask, engine: Engine) -> None:
    ask_administrators_for_codes(engine, is_asked=True)
    browser = Browser(app)
    assert browser.sign_in("quantri").location == "/login/enrol"
    assert not browser.is_in
    page = browser.get("/login/enrol").text
    secret = _offered(page)
    assert "<svg" in page
    assert secret not in str(browser.session())
    assert _offered(browser.get("/login/enrol").text) == secret, "the same until it is set up"
    assert browser.send("/login/enrol", code=_wrong_code()).status_code == 401
    answer = browser.send("/login/enrol", code=_now_code(secret))
    assert answer.location == f"/manager/{BRANCH}"
    assert browser.is_in
    # The manager of the same branch is not asked.
    assert Browser(app).sign_in("quanly").location == f"/manager/{BRANCH}"
    # It cannot be turned off, nor set up anew by whoever has the password.
    assert 'name="do"' not in browser.get("/second-factor").text
    fields = {"csrf": browser.csrf("/password"), "do": "remove", "password": PASSWORD}
    set_user(engine, "quantri", totp_step=0)
    fields["code"] = _now_code(secret)
    assert browser.client.post("/second-factor", data=fields).status_code == 422
    other = Browser(app)
    assert other.sign_in("quantri").location == "/login/code"
    assert other.get("/login/enrol").location == "/login/code"
    # A lost phone: the shell or another administrator resets it, and signs them out.
    people.reset_second_factor(engine, BRANCH, "quantri")
    context_of(app).forget_sign_in(browser.session()["sign_in"])
    assert not browser.is_in
    assert Browser(app).sign_in("quantri").location == "/login/enrol"
    ask_administrators_for_codes(engine, is_asked=False)


def test_anybody_may_have_it_and_do_without_again(app: Flask, engine: Engine) -> None:
    browser, elsewhere = Browser(app), Browser(app)
    browser.sign_in("canbo3")
    elsewhere.sign_in("canbo3")
    assert 'class="secret"' not in browser.get("/second-factor").text
    assert browser.send("/second-factor", do="confirm", code="123456").status_code == 422
    assert browser.send("/second-factor", do="ask", password="sai").status_code == 422
    secret = _offered(browser.send("/second-factor", do="ask", password=PASSWORD).text)
    assert browser.send("/second-factor", do="confirm", code=_wrong_code()).status_code == 422
    answer = browser.send("/second-factor", do="confirm", code=_now_code(secret))
    assert "Đã bật xác thực hai bước" in answer.text
    assert browser.is_in
    context_of(app).forget_sign_in(elsewhere.session()["sign_in"])
    assert not elsewhere.is_in
    for fields in ({"password": PASSWORD, "code": "000000"}, {"password": "sai", "code": "1"}):
        assert browser.send("/second-factor", do="remove", **fields).status_code == 422
    set_user(engine, "canbo3", totp_step=0)
    fields = {"do": "remove", "password": PASSWORD, "code": _now_code(secret)}
    assert "Đã tắt" in browser.send("/second-factor", **fields).text
    assert Browser(app).sign_in("canbo3").location == f"/counters/{BRANCH}"
    assert audited(engine, "set_second_factor", "canbo3") == ["wrong_password", "wrong_code", "ok"]
    assert audited(engine, "remove_second_factor", "canbo3")[-1] == "ok"


def test_a_code_and_then_a_password_of_ones_own(app: Flask, engine: Engine) -> None:
    set_user(engine, "canbo4", totp_secret=SECRET, must_change=True)
    browser = Browser(app)
    assert browser.sign_in("canbo4").location == "/login/code"
    assert browser.get("/login/password").location == "/login/code"
    assert browser.send("/login/code", code=_now_code()).location == "/login/password"
    assert not browser.is_in
    answer = browser.send("/login/password", new=GOOD, again=GOOD)
    assert answer.location == f"/counters/{BRANCH}"
    assert browser.is_in

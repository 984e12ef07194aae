"""Signing in as people do it: real browsers, a real provider, the whole office behind them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
import socketio
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from server import database, people
from tests import oidc_provider
from tests.live_office import BRANCH, PASSWORD, Office, running
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.server.signing import GOOD, ask_administrators_for_codes

pytestmark = pytest.mark.e2e
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with oidc_provider.running() as started:
        yield started


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Office]:
    settings = {
        "oidc_issuer": provider.address,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_name": "Cổng Hà Nội",
    }
    with running(tmp_path_factory.mktemp("sign-in"), **settings) as started:
        yield started


@pytest.fixture(scope="module")
def engine(office: Office) -> Iterator[Engine]:
    made = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    yield made
    made.dispose()


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.fill("#username", username)
    page.fill("#password", password)
    page.keyboard.press("Enter")


def check(page: Page) -> None:
    """No accessibility violation, nothing wider than the screen."""
    page.wait_for_timeout(300)
    violations = Axe().run(page).response["violations"]
    assert not [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in violations]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_an_administrator_sets_up_the_second_factor_and_runs_the_people_page(
    office: Office, engine: Engine, open_page: Callable[..., Page]
) -> None:
    ask_administrators_for_codes(engine, is_asked=True)
    admin = open_page(f"{office.base_url}/login", viewport={"width": 1440, "height": 900})
    check(admin)
    sign_in(admin, "quantri", "sai")
    expect(admin.get_by_role("alert")).to_contain_text("không đúng")
    sign_in(admin, "quantri")
    expect(admin.locator(".qr svg")).to_be_visible()
    check(admin)
    secret = admin.locator(".secret").inner_text().replace(" ", "")
    admin.fill("#code", pyotp.TOTP(secret).now())
    admin.keyboard.press("Enter")
    expect(admin).to_have_url(re.compile(f"/manager/{BRANCH}"))
    admin.goto(f"{office.base_url}/manager/{BRANCH}#people")
    expect(admin.locator("tr[data-username=canbo16]")).to_be_visible()
    check(admin)
    # Their own role is not theirs to change, and another one stays refused in words.
    admin.locator("tr[data-username=quantri] button").click()
    expect(admin.locator("#person-role")).to_be_disabled()
    expect(admin.get_by_test_id("disable_person")).to_have_count(0)
    admin.keyboard.press("Escape")
    password = _add_person(admin)
    _first_sign_in(office, open_page, password)
    _shut_out(admin, office, open_page)
    admin.set_viewport_size(PHONE)
    check(admin)


def _add_person(admin: Page) -> str:
    """A new account; the password that is shown once."""
    admin.get_by_test_id("add-person").click()
    admin.fill("#person-username", "canbo1")
    admin.fill("#person-name", 'Lê <b>Minh</b> "Ánh"')
    admin.get_by_test_id("save-person").click()
    expect(admin.get_by_role("alert")).to_contain_text("đã có người dùng")
    admin.fill("#person-username", "minhanh")
    admin.fill("#person-job", "Chuyên viên")
    admin.get_by_test_id("save-person").click()
    password = admin.get_by_test_id("secret").inner_text()
    check(admin)
    admin.get_by_test_id("secret-noted").click()
    row = admin.locator("tr[data-username=minhanh]")
    expect(row).to_contain_text('Lê <b>Minh</b> "Ánh"')
    expect(row).to_contain_text("Chờ đổi mật khẩu")
    return password


def _first_sign_in(office: Office, open_page: Callable[..., Page], password: str) -> None:
    officer = open_page(f"{office.base_url}/login", viewport=PHONE)
    sign_in(officer, "minhanh", password)
    expect(officer.locator("#new")).to_be_visible()
    check(officer)
    officer.fill("#new", GOOD)
    officer.fill("#again", GOOD)
    officer.keyboard.press("Enter")
    expect(officer).to_have_url(re.compile(f"/counters/{BRANCH}"))
    officer.goto(f"{office.base_url}/second-factor")
    check(officer)
    officer.goto(f"{office.base_url}/password?language=en")
    check(officer)
    officer.get_by_text("Back to work").click()
    expect(officer).to_have_url(re.compile(f"/counters/{BRANCH}"))


def _shut_out(admin: Page, office: Office, open_page: Callable[..., Page]) -> None:
    row = admin.locator("tr[data-username=minhanh]")
    expect(row.locator(".people-last")).to_contain_text("1")
    row.locator("button").click()
    check(admin)
    admin.fill("#token-label", "máy gọi số")
    admin.get_by_test_id("add-token").click()
    token = admin.get_by_test_id("secret").inner_text()
    assert len(token) == 32
    admin.get_by_test_id("secret-noted").click()
    expect(admin.locator(".person-tokens li")).to_contain_text("máy gọi số")
    admin.get_by_test_id("disable_person").click()
    expect(admin.get_by_test_id("disable_person")).to_contain_text("Nhấn lần nữa")
    admin.get_by_test_id("disable_person").click()
    expect(row).to_contain_text("Ngừng sử dụng")
    admin.keyboard.press("Escape")
    late = open_page(f"{office.base_url}/login", viewport=DESK)
    sign_in(late, "minhanh", GOOD)
    expect(late.get_by_role("alert")).to_contain_text("không đúng")


def test_an_officer_comes_by_the_provider(
    office: Office, engine: Engine, provider: Provider, open_page: Callable[..., Page]
) -> None:
    """The web process itself talks to the provider, by gevent's sockets."""
    people.link(engine, BRANCH, "canbo1", "s-canbo1")
    page = open_page(f"{office.base_url}/counter/{BRANCH}-1", viewport=DESK)
    expect(page).to_have_url(re.compile("/login"))
    check(page)
    page.get_by_text("Đăng nhập bằng Cổng Hà Nội").click()
    expect(page).to_have_url(re.compile(f"/counter/{BRANCH}-1"))
    provider.claims = {"nonce": "another"}
    other = open_page(f"{office.base_url}/login", viewport=DESK)
    other.get_by_text("Đăng nhập bằng Cổng Hà Nội").click()
    expect(other.get_by_role("alert")).to_contain_text("không hợp lệ")
    provider.claims = {}


def _desk(office: Office, page: Page) -> socketio.Client:
    """The counter's socket with the cookie of the page."""
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in page.context.cookies())
    client = socketio.Client(handle_sigint=False)
    client.connect(
        office.base_url,
        namespaces=["/counter"],
        headers={"Cookie": cookies},
        auth={"counter": f"{BRANCH}-5"},
        transports=["websocket"],
    )
    return client


def test_a_screen_left_alone_opens_by_its_pin(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{office.base_url}/login", viewport=DESK)
    sign_in(page, "canbo5")
    expect(page).to_have_url(re.compile("/counters/"))
    client = _desk(office, page)

    def ask(event: str, **content: Any) -> Any:
        return client.call(event, content, namespace="/counter", timeout=10)

    try:
        assert ask("lock")["error"]["code"] == "no_pin"
        assert ask("set_pin", pin="123456", password=PASSWORD)["error"]["code"] == "pin_weak"
        refused = ask("set_pin", pin="135790", password="sai")
        assert refused["error"]["code"] == "wrong_password"
        assert ask("set_pin", pin="135790", password=PASSWORD) == {"ok": True, "result": {}}
        assert ask("lock") == {"ok": True, "result": {}}
        opening = {"name": "OpenCounter", "command_id": "pin-1", "counter": f"{BRANCH}-5"}
        assert ask("command", **opening)["error"]["code"] == "locked"
        assert ask("set_pin", pin="246802", password=PASSWORD)["error"]["code"] == "locked"
        assert ask("snapshot")["catalogue"]["me"]["is_locked"]
        assert page.goto(f"{office.base_url}/password")
        expect(page).to_have_url(re.compile("/login"))
        wrong = ask("unlock", pin="135791")["error"]
        assert (wrong["code"], wrong["facts"]) == ("wrong_pin", {"left": 4})
        assert ask("unlock", pin="135790") == {"ok": True, "result": {}}
        assert ask("command", **opening)["ok"]
        ask("lock")
        codes = [ask("unlock", pin="000000")["error"]["code"] for _ in range(5)]
        assert codes == ["wrong_pin"] * 4 + ["signed_out"]
        assert ask("unlock", pin="135790")["error"]["code"] == "signed_out"
        assert ask("command", **opening)["error"]["code"] == "signed_out"
    finally:
        client.disconnect()

"""Devices from the first start to being shut out, as they and an administrator live it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.live_office import BRANCH, PASSWORD, Office, running

pytestmark = pytest.mark.e2e
MARKUP = "<img src=x onerror=alert(1)>"
SIZES: dict[str, dict[str, Any]] = {
    "kiosk": {"width": 1080, "height": 1920},
    "display": {"width": 1920, "height": 1080},
    "rating": {"width": 800, "height": 1280},
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("pairing")) as started:
        yield started


def check(page: Page) -> None:
    """No accessibility violation, and every word within its screen."""
    page.wait_for_timeout(300)
    violations = Axe().run(page).response["violations"]
    assert not [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in violations]
    outside = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter((e) => e.checkVisibility()
        && !e.closest('.visually-hidden') && e.getBoundingClientRect().right > innerWidth + 1).length"""
    )
    assert outside == 0


def code_of(page: Page) -> str:
    shown = page.get_by_test_id("pair-code")
    expect(shown).to_contain_text(re.compile(r"\d{3}"))
    return re.sub(r"\D", "", shown.inner_text())


def card(admin: Page, name: str) -> Locator:
    return admin.locator("[data-testid=device]").filter(has=admin.get_by_role("heading", name=name))


def pair(admin: Page, page: Page, name: str) -> None:
    admin.get_by_test_id("pair-device").click()
    admin.fill("#pair-code", code_of(page))
    expect(admin.get_by_test_id("asking")).to_contain_text("127.0.0.1")
    admin.fill("#pair-name", name)
    check(admin)
    admin.get_by_test_id("approve").click()
    expect(card(admin, name)).to_have_attribute("data-state", "here")


@pytest.fixture
def admin(office: Office, open_page: Callable[..., Page]) -> Page:
    page = open_page(f"{office.base_url}/login", viewport={"width": 1440, "height": 900})
    page.fill("#username", "quantri")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/manager/{BRANCH}"))
    page.goto(f"{office.base_url}/manager/{BRANCH}#devices")
    return page


def test_devices_are_paired_watched_renewed_and_shut_out(
    office: Office, admin: Page, open_page: Callable[..., Page]
) -> None:
    paths = {"kiosk": f"/kiosk/{BRANCH}", "display": f"/display/{BRANCH}",
             "rating": f"/counter/{BRANCH}-3/rating"}  # fmt: skip
    pages = {
        kind: open_page(office.base_url + path, viewport=SIZES[kind])
        for kind, path in paths.items()
    }
    for page in pages.values():
        code_of(page)
        check(page)
    kiosk, wall, pad = pages.values()

    admin.get_by_test_id("pair-device").click()
    admin.fill("#pair-code", "000000" if code_of(kiosk) != "000000" else "000001")
    expect(admin.get_by_role("alert")).to_contain_text("Không có thiết bị nào")
    admin.keyboard.press("Escape")

    pair(admin, wall, MARKUP)
    expect(wall.locator(".wall")).to_be_visible()
    expect(card(admin, MARKUP)).to_contain_text("Chromium")
    expect(card(admin, MARKUP)).to_contain_text("mới nhất")
    assert admin.locator(".device img").count() == 0, "a name is words, not markup"
    pair(admin, pad, "Bảng quầy 3")
    expect(pad.locator(".pad-idle")).to_be_visible()
    pair(admin, kiosk, "Cửa chính")
    expect(kiosk.get_by_text("Hộ tịch").first).to_be_visible()
    check(admin)

    # A new token, while the kiosk goes on; then the old one is worth nothing.
    old = kiosk.evaluate("Object.values(localStorage).join()")
    card(admin, "Cửa chính").get_by_role("button").click()
    check(admin)
    for _ in range(2):
        admin.get_by_test_id("rotate-device").click()
    kiosk.reload()
    expect(kiosk.get_by_text("Hộ tịch").first).to_be_visible()
    settled = "(old) => { const kept = Object.values(localStorage); return kept.length === 1 && kept[0] !== old; }"
    kiosk.wait_for_function(settled, arg=old)
    kiosk.wait_for_timeout(1_100)  # so long the server trusts what it has just looked up
    office.tokens["old"] = old
    assert office.call("old", "GET", f"/branches/{BRANCH}/board")[0] == 401
    kiosk.reload()
    expect(kiosk.get_by_text("Hộ tịch").first).to_be_visible()

    # Shut out: within seconds, though it has asked for nothing.
    for _ in range(2):
        admin.get_by_test_id("revoke-device").click()
    expect(kiosk.get_by_test_id("pair-code")).to_be_visible(timeout=8_000)
    expect(card(admin, "Cửa chính")).to_have_count(0)
    expect(admin.get_by_text("Thiết bị đã thu hồi (1)")).to_be_visible()

    # Gone: said so, since when.
    pad.close()
    expect(card(admin, "Bảng quầy 3")).to_contain_text("Mất liên lạc từ")


def test_who_may_only_look_changes_nothing(office: Office, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{office.base_url}/login", viewport={"width": 390, "height": 844})
    page.fill("#username", "giamsat")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    # A supervisor serves, too: the first page is that of the counters.
    expect(page).not_to_have_url(re.compile("/login"))
    page.goto(f"{office.base_url}/manager/{BRANCH}#devices")
    expect(page.locator("[data-testid=device]").first).to_be_visible()
    check(page)
    assert page.get_by_test_id("pair-device").count() == 0
    assert page.locator(".device button").count() == 0

"""A number from the kiosk to the wall, as its users live it, in a real browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e
# A busy machine was seen to take ten seconds for a page.


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office of its own for each test: the numbers begin at 001."""
    with running(tmp_path) as started:
        yield started


def test_a_number_goes_from_the_kiosk_to_the_wall(
    office: Office, open_page: Callable[..., Page]
) -> None:
    tokens = office.tokens
    wall = open_page(
        f"{office.base_url}/display/{BRANCH}#token={tokens['display']}",
        viewport={"width": 1920, "height": 1080},
    )
    desk = open_page(
        f"{office.base_url}/counter/{BRANCH}-1#token={tokens['counter-1']}",
        viewport={"width": 1366, "height": 768},
    )
    kiosk = open_page(
        f"{office.base_url}/kiosk/{BRANCH}#token={tokens['kiosk']}",
        viewport={"width": 1080, "height": 1920},
    )
    manager = open_page(
        f"{office.base_url}/manager/{BRANCH}", viewport={"width": 1440, "height": 900}
    )
    _sign_in(manager)

    _tap(kiosk, "Hộ tịch")
    _tap(kiosk, re.compile("không chọn thủ tục", re.IGNORECASE))
    _tap(kiosk, re.compile("thứ tự thông thường"))
    expect(kiosk.get_by_text(re.compile(r"A.?001"))).to_be_visible()
    expect(kiosk.get_by_text(re.compile("không thay thế"))).to_be_visible()

    desk.get_by_test_id("open-counter").click()
    expect(desk.get_by_test_id("call-next")).to_be_visible()
    desk.keyboard.press("Space")
    expect(desk.get_by_test_id("current-number")).to_have_attribute("data-number", "A001")
    expect(wall.locator("[data-number='A001']").first).to_be_visible()

    desk.get_by_test_id("start").click()
    desk.get_by_test_id("complete").click()
    desk.get_by_test_id("outcome-tiep-nhan").click()
    expect(desk.get_by_test_id("current-number")).to_have_count(0)
    figures = office.call("api", "GET", f"/branches/{BRANCH}/figures")[1]["total"]
    assert (figures["issued"], figures["served"]) == (1, 1)


def _tap(kiosk: Page, words: "str | re.Pattern[str]", **options: Any) -> None:
    """A tap as a person makes it: the kiosk ignores a second one within 400 ms."""
    options.setdefault("exact", True)
    target = kiosk.get_by_text(words, exact=options.pop("exact")).first
    expect(target).to_be_visible()
    kiosk.wait_for_timeout(500)
    target.click(**options)


def _sign_in(page: Page) -> None:
    page.fill("input[name=username]", "quanly")
    page.fill("input[name=password]", "mot-cua-1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/manager/{BRANCH}"))


def test_a_phone_follows_its_ticket_without_any_script(
    office: Office, open_page: Callable[..., Page]
) -> None:
    issued: Any = office.issue("chung-thuc")
    phone = open_page(
        office.base_url + issued["follow_url"],
        viewport={"width": 390, "height": 844},
        java_script_enabled=False,
    )
    number = issued["ticket"]["number"]
    expect(phone.get_by_text(re.compile(number[0] + ".?" + number[1:])).first).to_be_visible()


def test_a_phone_lets_others_go_first_without_any_script(
    office: Office, open_page: Callable[..., Page]
) -> None:
    first, *_ = [office.issue("chung-thuc") for _ in range(3)]
    phone = open_page(
        office.base_url + first["follow_url"],
        viewport={"width": 390, "height": 844},
        java_script_enabled=False,
    )
    expect(phone.locator("#ahead")).to_have_text("0")
    phone.get_by_text("Lùi lại 5 người").click()
    expect(phone.locator("#ahead")).to_have_text("2")
    phone.get_by_text("Lùi lại 5 người").click()
    expect(phone.get_by_role("alert")).to_contain_text("Chưa có ai chờ sau số")


def test_ten_quick_taps_give_one_ticket(office: Office, open_page: Callable[..., Page]) -> None:
    """Rule P3."""
    before = office.call("api", "GET", f"/branches/{BRANCH}/figures")[1]["total"]["issued"]
    kiosk = open_page(
        f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
        viewport={"width": 1080, "height": 1920},
    )
    _tap(kiosk, "Đất đai")
    _tap(kiosk, re.compile("không chọn thủ tục", re.IGNORECASE))
    _tap(kiosk, re.compile("thứ tự thông thường"), click_count=10, delay=5)
    expect(kiosk.get_by_text(re.compile(r"C.?\d\d\d")).first).to_be_visible()
    after = office.call("api", "GET", f"/branches/{BRANCH}/figures")[1]["total"]["issued"]
    assert after - before == 1

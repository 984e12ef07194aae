"""Every screen in its main states: no accessibility violation, nothing wider than its screen."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import database
from server.demo import DOSSIERS_FILE
from server.dossiers import table
from tests.e2e.looks import check
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e

KIOSK = {"width": 1080, "height": 1920}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("accessible")) as started:
        started.desk("open", {"officer": "Nguyễn Thị Hồng Nhung"}, 2)
        for n in range(12):
            started.issue(("ho-tich", "chung-thuc")[n % 2], channel="api")
        for _ in range(2):
            started.desk("call-next", {}, 2)
            started.desk("recall", {}, 2)
            started.desk("no-show", {}, 2)
        started.desk("call-next", {}, 2)
        engine = database.connect(f"sqlite:///{started.data / 'motcua.db'}")
        table.load(engine, BRANCH, table.read(DOSSIERS_FILE)[0])
        engine.dispose()
        yield started


def _kiosk(office: Office, open_page: Callable[..., Page], **size: Any) -> Page:
    page = open_page(
        f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}", viewport=size
    )
    expect(page.get_by_text("Hộ tịch").first).to_be_visible()
    return page


def _press(page: Page, name: str) -> None:
    page.wait_for_timeout(500)
    page.get_by_text(name).first.click()
    page.wait_for_timeout(300)


@pytest.mark.parametrize("aid", ["", "Chữ to", "Tương phản", "English"])
def test_kiosk(office: Office, open_page: Callable[..., Page], aid: str) -> None:
    page = _kiosk(office, open_page, **KIOSK)
    if aid:
        _press(page, aid)
    check(page, f"home {aid}")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a')].filter((e) => e.checkVisibility()
        && (e.offsetHeight < 96 || e.offsetWidth < 96)).map((e) => e.innerText)"""
    )
    assert small == [], "a finger needs 96 pixels"
    is_english = aid == "English"
    _press(page, "Look up a dossier" if is_english else "Tra cứu hồ sơ")
    check(page, f"look-up {aid}")
    page.fill("#code", "000.00.12.H26-261112-0023")
    page.keyboard.press("Enter")
    expect(page.locator(".dossier, .trouble")).to_be_visible()
    check(page, f"dossier {aid}")
    page.wait_for_timeout(500)
    page.get_by_text("Done" if is_english else "Xong").click()
    if aid:
        # Going home forgets the aids with everything else.
        _press(page, aid)
    _press(page, "Civil status" if is_english else "Hộ tịch")
    check(page, f"procedures {aid}")
    page.locator(".choice").first.click()
    check(page, f"sheet {aid}")
    page.locator(".actions .primary").click()
    check(page, f"priority {aid}")
    page.wait_for_timeout(500)
    page.locator(".choice.normal").click()
    expect(page.locator(".ticket-number")).to_be_visible()
    check(page, f"result {aid}")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768)])
def test_kiosk_lying_down(
    office: Office, open_page: Callable[..., Page], width: int, height: int
) -> None:
    page = _kiosk(office, open_page, width=width, height=height)
    check(page, "home")
    _press(page, "Hộ tịch")
    page.wait_for_timeout(500)
    page.locator("input[type=search]").click()
    for key in "KET HON":
        page.wait_for_timeout(120)
        page.locator(".key", has_text="Dấu cách" if key == " " else re.compile(f"^{key}$")).click()
    expect(page.locator(".choice").first).to_contain_text("kết hôn")
    check(page, "search")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 768)])
def test_counter(office: Office, open_page: Callable[..., Page], width: int, height: int) -> None:
    number = 1 if width == 1366 else 3
    page = open_page(
        f"{office.base_url}/counter/{BRANCH}-{number}#token={office.tokens[f'counter-{number}']}",
        viewport={"width": width, "height": height},
    )
    check(page, "entry")
    page.get_by_test_id("open-counter").click()
    expect(page.get_by_test_id("call-next")).to_be_visible()
    check(page, "idle")
    page.keyboard.press("Space")
    expect(page.get_by_test_id("current-number")).to_be_visible()
    check(page, "called")
    page.get_by_test_id("start").click()
    page.get_by_test_id("complete").click()
    check(page, "outcomes")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720)])
def test_display(office: Office, open_page: Callable[..., Page], width: int, height: int) -> None:
    page = open_page(
        f"{office.base_url}/display/{BRANCH}#token={office.tokens['display']}",
        viewport={"width": width, "height": height},
    )
    expect(page.locator("[data-number]").first).to_be_visible()
    check(page, "calls")


def test_manager(office: Office, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{office.base_url}/manager/{BRANCH}", viewport={"width": 1440, "height": 900})
    check(page, "sign-in")
    page.fill("input[name=username]", "quanly")
    page.fill("input[name=password]", "mot-cua-1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Điều hành hôm nay").first).to_be_visible()
    check(page, "live")
    page.set_viewport_size({"width": 390, "height": 844})
    check(page, "live on a phone")


def test_phone(office: Office, open_page: Callable[..., Page]) -> None:
    issued = office.issue("ho-tich", channel="api")
    page = open_page(office.base_url + issued["follow_url"], viewport={"width": 390, "height": 844})
    check(page, "waiting")

"""The told wait is the same wherever it is read, and the manager's page says how often it came true."""

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import database, paper, settings
from server.domain.ids import TicketId
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import SIZES, signed_in
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e
_PHONE: Any = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("forecast"), clock="manual", past_days=2) as started:
        started.desk("open")
        started.desk("open", counter=2)
        yield started


def _manager(office: Office, open_page: Callable[..., Page], query: str = "") -> Page:
    page = signed_in(office, open_page)
    page.goto("about:blank")
    page.goto(f"{office.base_url}/manager/{BRANCH}?{query}#forecast")
    return page


def _asked(office: Office, query: str) -> Any:
    status, answer = office.call("api", "GET", f"/branches/{BRANCH}/forecast?{query}")
    assert status == 200, answer
    return answer


def _short(sentence: str) -> str:
    """The range of a sentence: what a tile has room for."""
    return re.split(r"[(,]", sentence.removeprefix("Khoảng ").lower())[0].strip()


def test_one_moment_one_range(office: Office, open_page: Callable[..., Page]) -> None:
    """Tile, wall and public page before the press; result, slip and phone after it."""
    for _ in range(14):
        office.issue("ho-tich", channel="api")
    time.sleep(3)  # a run is made at most once a second
    kiosk = open_page(
        f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
        viewport={"width": 1080, "height": 1920},
    )
    tile = kiosk.locator(".tile", has_text="Hộ tịch").first.locator(".pill")
    expect(tile).to_have_text(re.compile("phút"), timeout=20_000)
    told = tile.inner_text()
    wall = open_page(
        f"{office.base_url}/display/{BRANCH}#token={office.tokens['display']}",
        viewport={"width": 1920, "height": 1080},
    )
    expect(wall.locator(".field", has_text="Hộ tịch").locator("small")).to_have_text(told)
    public = open_page(f"{office.base_url}/public/{BRANCH}", viewport=_PHONE)
    expect(public.locator("[data-field=A] .pill")).to_have_text(told)
    answer = office.issue("ho-tich")
    # The phone at once, before the next run may know better.
    with urllib.request.urlopen(f"{office.base_url}{answer['follow_url']}?language=vi") as page:
        phone = page.read().decode()
    told_now = answer["estimate"]
    assert _short(told_now["text"]["vi"]) == told
    assert told_now["as_of"]["vi"].endswith("tính lúc 9:00")
    assert f'id="wait">{told_now["text"]["vi"]}</dd>' in phone
    assert f'class="as-of">{told_now["as_of"]["vi"]}</span>' in phone
    assert '<p class="grew" id="grew" role="status"></p>' in phone
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    loaded = settings.load({"MOTCUA_DATA": str(office.data)})
    slip = paper.slip_of(engine, TicketId(answer["ticket"]["id"]), loaded, is_reprint=False)
    engine.dispose()
    wait = next(line.text for line in slip.lines if "tính lúc 9:00)" in line.text)
    assert _short(wait) == told


def test_how_often_it_came_true(office: Office, open_page: Callable[..., Page]) -> None:
    answer = _asked(office, "from=2026-10-26&to=2026-11-24&by=queue")
    last = answer["last_day"]
    assert last is not None, "too few waits were made up for this test"
    page = _manager(office, open_page)
    said = page.get_by_test_id("last-day")
    expect(said).to_contain_text(f"{round(100 * last['right'])}%", timeout=20_000)
    expect(said).to_contain_text("lượt được gọi đúng khoảng đã báo")
    days = _asked(office, "from=2026-10-26&to=2026-11-24&by=day")["groups"]
    expect(page.locator(".hit-bars > b")).to_have_count(len(days))
    groups = page.locator(".hit-groups")
    expect(groups.locator(".hit-table tbody tr")).to_have_count(len(answer["groups"]))
    groups.get_by_role("button", name="Giờ lấy số").click()
    expect(groups.locator(".hit-table tbody th").first).to_have_text(re.compile(r"\d\dh"))
    page.get_by_role("button", name="Xem bảng: Đúng khoảng đã báo").click()
    expect(page.locator(".hit-days .sheet tbody tr")).to_have_count(len(days))
    page.locator(".hit-days .tool[aria-pressed=true]").click()
    page.evaluate("document.activeElement.blur()")
    reads_well(page, "forecast")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        fits(page, size)
    reads_well(page, "forecast on a phone")


def test_the_forecast_is_held_against_the_simpler_rules(
    office: Office, open_page: Callable[..., Page]
) -> None:
    """The made-up days were told the fallback, and the page says what that means; all of it explained."""
    query = "from=2026-10-26&to=2026-11-24&by="
    total = _asked(office, f"{query}none")["total"]
    assert total["compared"] >= 30 > total["compared_simulated"]
    page = _manager(office, open_page)
    expect(page.get_by_test_id("none-simulated")).to_contain_text(
        "công thức dự phòng", timeout=20_000
    )
    said = page.locator(".rivals-said")
    expect(said).to_contain_text(f"Trên cùng {total['compared']} lượt")
    for rule, seconds in (("told", total["mae_told_s"]), ("naive", total["mae_naive_s"])):
        minutes = f"{seconds / 60:.1f}".replace(".", ",")
        expect(page.locator(f".rival-bars .{rule} b")).to_have_text(f"{minutes} phút")
    table = page.locator(".rivals tbody tr")
    for by, button in (("day", "Ngày"), ("hour", "Giờ lấy số"), ("class", "Đối tượng")):
        page.locator(".hit-rivals").get_by_role("button", name=button, exact=True).click()
        expect(table).to_have_count(len(_asked(office, query + by)["groups"]))
    page.get_by_role("button", name="Đọc giải thích đầy đủ").click()
    expect(page.locator(".explained summary")).to_be_focused()
    expect(page.locator(".explained")).to_contain_text("số quầy đang mở cho lĩnh vực ấy")
    page.evaluate("document.activeElement.blur()")
    reads_well(page, "forecast explained")
    fits(page, "forecast explained")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="English").click()
    expect(page.locator(".explained")).to_contain_text("What you see, what to do")
    fits(page, "forecast explained on a phone")


def test_without_any_wait_nothing_is_said(office: Office, open_page: Callable[..., Page]) -> None:
    page = _manager(office, open_page, "period=dates&from=2026-01-05&to=2026-01-06")
    expect(page.locator(".hit-days .empty")).to_contain_text("Chưa đủ số liệu", timeout=20_000)
    expect(page.locator(".hit-card .unknown")).to_have_count(4)
    expect(page.locator(".rivals > .empty")).to_contain_text("Mới có 0 lượt")
    expect(page.get_by_test_id("none-simulated")).to_have_count(0)
    fits(page, "no wait at all")
    reads_well(page, "no wait at all")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="English").click()
    expect(page.locator(".how dt").first).to_have_text("How")
    fits(page, "in English on a phone")

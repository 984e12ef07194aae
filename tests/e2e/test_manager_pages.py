"""The manager's further pages, on a desk and on a phone: follow-ups, devices, people, audit."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from server import database, devices, tables
from server.access import Role
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import signed_in
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
LONG = "Công Tằng Tôn Nữ Thị Phương Uyển Nhi"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("pages"), clock="shifted") as started:
        engine = database.connect(f"sqlite:///{started.data / 'motcua.db'}")
        with database.writing(engine) as connection:
            title = "Chuyên viên Văn phòng - Thống kê, Tư pháp - Hộ tịch"
            for name in ("canbo1", "quantri"):
                row = tables.users.update().where(tables.users.c.username == name)
                connection.execute(row.values(name=LONG, title=title))
        name = "Ki-ốt cạnh cửa chính, sảnh tầng một, nhà A"
        devices.add(engine, branch=BRANCH, role=Role.KIOSK, name=name)
        engine.dispose()
        for _ in range(2):
            _serve_badly(started)
        waiting = started.issue("ho-tich", channel="api")["ticket"]["id"]
        started.desk("call", {"ticket": waiting, "reason": "hẹn trước"})
        assert started.call("display", "GET", f"/branches/{BRANCH}/events")[0] == 403
        assert started.desk("call-next", {}, 9)[0] >= 400
        yield started


def _serve_badly(office: Office) -> None:
    ticket = office.issue("chung-thuc", channel="api")["ticket"]["id"]
    office.desk("open")
    office.desk("call-next")
    office.desk("start")
    assert office.desk("complete", {"outcome": "tiep-nhan"})[0] == 200
    body = {"level": 1, "reasons": ["wait", "attitude"], "comment": "Đợi lâu. " * 40}
    status, answer = office.call("api", "POST", f"/tickets/{ticket}/rating", body)
    assert status in (200, 201), answer


def held(page: Page, state: str) -> None:
    fits(page, state)
    reads_well(page, state)


@pytest.mark.parametrize("size", SIZES)
def test_follow_ups(office: Office, open_page: Callable[..., Page], size: str) -> None:
    page = signed_in(office, open_page, "quanly", size)
    page.evaluate("location.hash = '#follow-ups'")
    expect(page.get_by_test_id("follow-up").first).to_be_visible(timeout=20_000)
    expect(page.locator("blockquote").first).to_be_visible()
    held(page, "follow-ups")
    page.get_by_test_id("settle").first.click()
    expect(page.get_by_test_id("note")).to_be_visible()
    held(page, "settling one")


@pytest.mark.parametrize("size", SIZES)
def test_devices_people_and_audit(
    office: Office, open_page: Callable[..., Page], size: str
) -> None:
    page = signed_in(office, open_page, "quantri", size)
    page.evaluate("location.hash = '#devices'")
    expect(page.get_by_test_id("device").first).to_be_visible(timeout=20_000)
    held(page, "devices")
    page.get_by_test_id("pair-device").click()
    expect(page.locator("#pair-code")).to_be_visible()
    held(page, "pairing")
    kiosk = open_page(f"{office.base_url}/kiosk/{BRANCH}", viewport={"width": 1080, "height": 1920})
    shown = kiosk.get_by_test_id("pair-code")
    expect(shown).to_contain_text(re.compile(r"\d{3}"))
    fits(kiosk, f"a kiosk that is nobody's, {size}")
    page.fill("#pair-code", re.sub(r"\D", "", shown.inner_text()))
    expect(page.get_by_test_id("asking")).to_be_visible()
    held(page, "pairing, asked")
    page.keyboard.press("Escape")
    page.locator("[data-testid=device] button").last.click()
    expect(page.locator("#device-name")).to_be_visible()
    held(page, "a device")
    page.keyboard.press("Escape")

    page.evaluate("location.hash = '#people'")
    expect(page.locator("[data-username=canbo1]")).to_be_visible()
    held(page, "people")
    page.locator("[data-username=canbo1] button").click()
    expect(page.locator("dialog.person")).to_be_visible()
    held(page, "a person")
    page.keyboard.press("Escape")
    page.get_by_test_id("add-person").click()
    held(page, "a new person")
    page.keyboard.press("Escape")

    page.evaluate("location.hash = '#audit'")
    row = page.locator("tr[data-action=CallTicket]")
    expect(row).to_contain_text(f"{LONG} · Cán bộ tiếp nhận")
    expect(row).to_contain_text("officer:canbo1")
    expect(row).to_contain_text("Số thứ tự: ")
    expect(page.locator("tr[data-action=events]")).to_contain_text("Màn hình gọi số")
    held(page, "audit")
    if size == "desk":
        # No code stands where words belong: none but in the small print.
        bare = page.evaluate(
            r"""() => [...document.querySelectorAll('.audit-list td')].map((td) => {
                const copy = td.cloneNode(true);
                copy.querySelectorAll('code').forEach((one) => one.remove());
                return copy.textContent.trim();
            }).filter((words) => /[a-z]_[a-z]|[a-z][A-Z]|\w:\w/u.test(words) && !/^\d/u.test(words)
              && !words.startsWith('Đường dẫn'))"""
        )
        assert bare == []

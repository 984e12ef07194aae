"""The manager's page of alerts: found by the server, seen to by a person, over when the cause is gone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import branchfile
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import SIZES, signed_in
from tests.live_office import BRANCH, DEMO_FILE, MORNING, Office, running

pytestmark = pytest.mark.e2e
#: The watcher looks every quarter of a minute.
_SOON_MS = 40_000


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("alerts")
    # Without a roster nobody is late: that alert has its own tests.
    unplanned = folder / "branch.toml"
    bare = replace(branchfile.load(DEMO_FILE), roster=())
    unplanned.write_text(branchfile.into(DEMO_FILE.read_text("utf-8"), bare), "utf-8")
    with running(folder / "data", branch_file=unplanned) as started:
        started.desk("open", counter=6)
        for _ in range(6):
            _visit(started, 6)
        for service in ("ho-tich", "ho-tich", "chung-thuc"):
            started.issue(service, channel="api")
        yield started


def _visit(office: Office, counter: int) -> None:
    """A visit that was over as soon as it had begun."""
    office.issue("dat-dai", channel="api")
    assert office.desk("call-next", {}, counter)[0] == 200
    assert office.desk("start", {}, counter)[0] == 200
    assert office.desk("complete", {"outcome": "tiep-nhan"}, counter)[0] == 200


def _clock(office: Office, minutes: int) -> None:
    now = datetime.fromisoformat(MORNING) + timedelta(minutes=minutes)
    status, answer = office.call("api", "PUT", "/simulation/clock", {"now": now.isoformat()})
    assert status == 200, answer


def _row(page: Page, rule: str) -> Any:
    return page.get_by_test_id("alert").and_(page.locator(f'[data-rule="{rule}"]'))


def test_an_alert_is_found_seen_to_and_over(office: Office, open_page: Callable[..., Page]) -> None:
    page = signed_in(office, open_page, "quanly")
    expect(page.locator(".banner.green")).to_be_visible()
    _clock(office, 32)
    banner = page.get_by_test_id("alert-banner")
    expect(banner).to_contain_text("Chưa có quầy phục vụ: Hộ tịch", timeout=_SOON_MS)
    expect(banner).to_contain_text("2 người đang chờ, số A\u2009001 chờ từ 09:00")
    expect(banner).to_contain_text("Quầy có thể hỗ trợ: 1, 2, 3, 4 (đang đóng)")
    reads_well(page, "banner", ".alert-banner")
    page.get_by_role("link", name="Cảnh báo", exact=False).first.click()
    expect(page.get_by_test_id("alert")).to_have_count(2)
    row = _row(page, "no_counter").first
    row.get_by_placeholder("Ghi chú (không bắt buộc)").fill("Gọi quầy 2 về")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        fits(page, f"alerts, {size}")
    page.set_viewport_size({"width": 1440, "height": 900})
    reads_well(page, "alerts")
    row.get_by_test_id("acknowledge").click()
    expect(page.get_by_text("Quản lý nhận xử lý lúc 09:32 “Gọi quầy 2 về”")).to_be_visible()
    assert office.events()[-1]["payload"]["by"] == "Quản lý"

    supervisor = signed_in(office, open_page, "giamsat", "phone")
    # What somebody sees to already is no longer the first thing.
    expect(supervisor.get_by_test_id("alert-banner")).to_contain_text("Chứng thực")
    reads_well(supervisor, "banner on a phone", ".alert-banner")
    assert supervisor.evaluate("document.documentElement.scrollWidth <= innerWidth")
    supervisor.get_by_test_id("alert-banner").get_by_test_id("acknowledge").click()
    expect(page.get_by_text("Giám sát nhận xử lý lúc 09:32")).to_be_visible()
    # All are being seen to: the gravest still stands there, and says by whom.
    expect(supervisor.get_by_test_id("alert-banner")).to_contain_text("Quản lý nhận xử lý")
    expect(supervisor.get_by_test_id("acknowledge")).to_have_count(0)

    for counter in (1, 2, 3):
        office.desk("open", counter=counter)
        office.desk("call-next", {}, counter)
    expect(page.get_by_text("Không có việc gì cần xử lý.")).to_be_visible(timeout=_SOON_MS)
    page.get_by_text("Đã qua hôm nay (2)").click()
    expect(page.get_by_test_id("alerts-past").get_by_test_id("alert")).to_have_count(2)
    fits(page, "past alerts")


def test_questions_are_for_the_manager_alone(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = signed_in(office, open_page, "quanly")
    page.goto(f"{office.base_url}/manager/{BRANCH}#alerts")
    page.get_by_text("Câu hỏi cần làm rõ").click()
    asked = page.get_by_test_id("question")
    expect(asked).to_have_count(1)
    expect(asked).to_contain_text("Vì sao 6 lượt ở quầy 6 dưới 20 giây?")
    asked.get_by_text("6 lượt liên quan").click()
    expect(asked.locator("li")).to_have_count(6)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        asked.locator("summary").scroll_into_view_if_needed()
        fits(page, f"questions, {size}")
    reads_well(page, "questions")
    for name in ("giamsat", "kiemtra", "quantri"):
        other = signed_in(office, open_page, name)
        other.goto(f"{office.base_url}/manager/{BRANCH}#alerts")
        expect(other.get_by_role("heading", name="Cần xử lý")).to_be_visible()
        expect(other.get_by_test_id("questions")).to_have_count(0)

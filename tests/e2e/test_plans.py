"""Plans on the manager's page: pooled from a press, run, read, renamed, kept and deleted; who may not."""

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.cut_proxy import line_to
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import SIZES, signed_in
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("plans"), clock="shifted", past_days=14) as started:
        yield started


def _plans(
    office: Office, open_page: Callable[..., Page], username: str, size: str, at: str = ""
) -> Page:
    page = signed_in(office, open_page, username, size, at=at)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=20_000)
    page.evaluate("location.hash = '#plans'")
    return page


def test_pooling_is_tried_kept_and_deleted(office: Office, open_page: Callable[..., Page]) -> None:
    page = _plans(office, open_page, "quanly", "desk")
    page.get_by_test_id("plan-idea-pool").click(timeout=20_000)
    page.get_by_test_id("plan-more").click()
    page.get_by_test_id("plan-kind-counters").click()
    page.get_by_test_id("plan-what").select_option("remove")
    page.locator(".plan-chip").first.click()
    fits(page, "plans, a form")
    reads_well(page, "plans, a form")
    page.get_by_test_id("plan-add").click()
    page.get_by_test_id("plan-run").click()
    heads = page.get_by_test_id("plan-head")
    expect(heads).to_have_count(2, timeout=90_000)
    said = page.get_by_test_id("plan-said")
    # The same sixteen officers, fewer long waits; one officer less, more of them.
    expect(said.nth(0)).to_contain_text(
        re.compile(r"Cùng 16 cán bộ: số lượt chờ trên \d+ phút giảm từ")
    )
    expect(said.nth(1)).to_contain_text(re.compile(r"Bớt 1 cán bộ: .* tăng từ"))
    expect(page.get_by_test_id("plan-fidelity")).to_contain_text("khớp với nhật ký")
    page.get_by_test_id("plan-needs").locator("summary").click()
    fits(page, "plans, a result")
    reads_well(page, "plans, a result")
    page.get_by_role("button", name="Đổi tên").click()
    page.get_by_test_id("plan-rename").fill("Gộp quầy tháng 11")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("plan-title")).to_have_text("Gộp quầy tháng 11")
    page.reload()
    for size in ("laptop", "phone"):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.get_by_test_id("plan-kept").first.click(timeout=20_000)
        expect(heads).to_have_count(2, timeout=20_000)
        fits(page, f"plans, {size}")
        reads_well(page, f"plans, {size}")
    page.get_by_test_id("plan-delete").click()
    page.get_by_test_id("plan-delete-sure").click()
    expect(page.get_by_test_id("plan-kept")).to_have_count(0)


def _by_key(page: Page, testid: str, key: str = "Enter") -> None:
    """Tab on until the control has the focus, then press the key."""
    for _ in range(90):
        if page.evaluate("document.activeElement?.dataset.testid") == testid:
            page.keyboard.press(key)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{testid} is not reached by Tab")


def test_by_keyboard_over_a_cut_line_one_comparison_is_run_once(
    office: Office, open_page: Callable[..., Page]
) -> None:
    with line_to(office.base_url) as line:
        page = _plans(office, open_page, "quanly", "laptop", line.base_url)
        expect(page.get_by_test_id("plan-kind-roster")).to_be_visible(timeout=20_000)
        # The roster on Mondays to Fridays, and one session more on Saturdays.
        _by_key(page, "plan-kind-roster")
        _by_key(page, "plan-on-5")
        expect(page.get_by_text("Các ngày T7 giữ giờ quầy như nhật ký")).to_be_visible()
        _by_key(page, "plan-add")
        expect(page.locator(".plan-changes")).to_contain_text(re.compile("T2.T6"))
        _by_key(page, "plan-kind-opening")
        _by_key(page, "plan-opening", "ArrowDown")
        expect(page.get_by_text("Chưa có ngày CN nào trong những ngày đã chọn")).to_be_visible()
        _by_key(page, "plan-on-5")
        page.locator(".plan-all").last.press("Enter")
        fits(page, "plans, a session more")
        reads_well(page, "plans, a session more")
        _by_key(page, "plan-add")
        page.reload()
        expect(page.locator(".plan-changes li")).to_have_count(2, timeout=20_000)
        # Asked, and the answer lost: asked again it is the same comparison.
        line.lose("answers")
        _by_key(page, "plan-run")
        expect(page.locator(".plan-go [role=alert]")).to_be_visible(timeout=10_000)
        line.mend()
        page.wait_for_timeout(1_500)
        expect(page.get_by_text("Trực tiếp")).to_be_visible(timeout=20_000)
        _by_key(page, "plan-run")
        expect(page.get_by_test_id("plan-title")).to_be_focused(timeout=10_000)
        line.cut()
        line.mend()
        expect(page.get_by_test_id("plan-head")).to_have_count(1, timeout=90_000)
        expect(page.get_by_test_id("plan-kept")).to_have_count(1)
        expect(page.get_by_test_id("plan-said")).to_contain_text("Theo phân công:")
        unknown = page.locator(".plan-unknown")
        expect(unknown).to_contain_text("coi như mọi người có tên đều đến")
        expect(unknown).to_contain_text("ai sẽ đến thêm")
        expect(unknown).to_contain_text(re.compile(r"chờ 30 phút thì [\d,]+ % bỏ về"))
    kept = office.call("api", "GET", f"/branches/{BRANCH}/plans")[1]["plans"]
    assert [one["state"] for one in kept] == ["ready"]
    assert office.call("api", "DELETE", f"/branches/{BRANCH}/plans/{kept[0]['id']}")[0] == 200


def test_a_caller_compares_plans_once_and_may_stop(office: Office) -> None:
    path = f"/branches/{BRANCH}/plans"
    days = [f"2026-11-{n}" for n in (17, 18, 19)]
    body = {
        "name": "Thử",
        "days": days,
        "plans": [{"name": "A", "changes": [{"type": "remove_counter", "counter": f"{BRANCH}-1"}]}],
    }
    key = str(uuid.uuid4())
    status, first = office.call("api", "POST", path, body, key=key)
    assert status == 202, first
    status, second = office.call("api", "POST", path, body, key=key)
    assert (status, second["id"]) == (202, first["id"])
    status, other = office.call("api", "POST", path, body | {"days": days[:2]}, key=key)
    assert status == 409, other
    status, stopped = office.call("api", "POST", f"{path}/{first['id']}/cancel", {})
    assert status == 200
    assert stopped["state"] in ("cancelled", "ready")
    status, renamed = office.call("api", "POST", f"{path}/{first['id']}/rename", {"name": "Lại"})
    assert (status, renamed["name"]) == (200, "Lại")
    assert [one["id"] for one in office.call("api", "GET", path)[1]["plans"]].count(
        first["id"]
    ) == 1
    status, _ = office.call("api", "DELETE", f"{path}/{first['id']}")
    assert status == 200
    assert office.call("api", "GET", f"{path}/{first['id']}")[0] == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "remove_counter", "counter": "x"}, "plan_counter"),
        ({"type": "y"}, "plan_shape"),
        # The one day asked about is a Tuesday: of no other it says anything.
        (
            {
                "type": "add_session",
                "counters": [f"{BRANCH}-1"],
                "hours": ["17:00", "19:00"],
                "weekdays": [1, 6],
            },
            "plan_no_log",
        ),
        ({"type": "rostered", "week": "2026-11-23", "weekdays": [0]}, "plan_no_log"),
        ({"type": "rostered", "week": "2026-11-23", "weekdays": [1, 6]}, "plan_no_roster"),
    ],
)
def test_a_plan_that_cannot_be_tried_is_refused(office: Office, change: object, code: str) -> None:
    body = {"days": ["2026-11-17"], "plans": [{"name": "A", "changes": [change]}]}
    status, answer = office.call("api", "POST", f"/branches/{BRANCH}/plans", body)
    assert (status, answer["code"]) == (422, code)
    body = {"days": ["2031-01-01"], "plans": [{"name": "A", "changes": [
        {"type": "remove_counter", "counter": f"{BRANCH}-1"}]}]}  # fmt: skip
    assert office.call("api", "POST", f"/branches/{BRANCH}/plans", body)[0] == 422


def test_a_supervisor_sees_no_such_page(office: Office, open_page: Callable[..., Page]) -> None:
    page = _plans(office, open_page, "giamsat", "desk")
    expect(page.get_by_role("button", name="Thử phương án")).to_have_count(0)
    assert office.call("kiosk", "GET", f"/branches/{BRANCH}/plans")[0] == 403

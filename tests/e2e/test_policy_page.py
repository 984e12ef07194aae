"""The page of calling rules on a desk, a laptop and a phone, and the same by REST."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import accounts, database
from tests.cut_proxy import line_to
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import SIZES, signed_in
from tests.live_office import BRANCH, EARLIER, Office, running

pytestmark = pytest.mark.e2e
PATH = f"/branches/{BRANCH}/policy"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("policy"), clock="shifted") as started:
        engine = database.connect(f"sqlite:///{started.data / 'motcua.db'}")
        for role, name in (("manager", "quanly"), ("supervisor", "giamsat")):
            token = accounts.add_token(engine, username=name, name="test", at=EARLIER)
            started.tokens[role] = token
        engine.dispose()
        for n in range(9):
            started.issue(channel="api", **({"priority": "CT"} if n in (6, 8) else {}))
        started.desk("open")
        assert started.desk("call-next")[0] == 200
        yield started


def _get(office: Office) -> Any:
    status, answer = office.call("manager", "GET", PATH)
    assert status == 200, answer
    return answer


def _policy(office: Office, **values: Any) -> dict[str, Any]:
    return {**_get(office)["in_force"]["policy"], **values}


def _open(
    office: Office, open_page: Callable[..., Page], username: str, size: str, at: str = ""
) -> Page:
    page = signed_in(office, open_page, username, size, view="policy", at=at)
    expect(page.get_by_test_id("policy-now")).to_be_visible(timeout=20_000)
    return page


def _held(page: Page, state: str) -> None:
    fits(page, state)
    reads_well(page, state)


def _try_out(page: Page, said: str) -> None:
    """The draft becomes a plan on the page of plans."""
    page.get_by_role("button", name="Thử phương án").click()
    plan = page.locator(".plan-edit")
    expect(plan).to_contain_text("Theo bản nháp quy tắc", timeout=10_000)
    expect(plan).to_contain_text(said)
    page.evaluate("location.hash = '#policy'")


@pytest.mark.parametrize("size", SIZES)
def test_from_the_draft_to_the_version_that_is_gone_back_to(
    office: Office, open_page: Callable[..., Page], size: str
) -> None:
    before = _get(office)["in_force"]
    page = _open(office, open_page, "quanly", size)
    _held(page, f"in force, {size}")
    page.get_by_test_id("policy-edit").click()
    wanted = before["policy"]["overtaking_cap_minutes"] + 5
    field = page.get_by_test_id("policy-overtaking_cap_minutes")
    field.fill("481")
    expect(page.locator(".policy-editor .refused")).to_contain_text("giá trị phải từ 1 đến 480")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_test_id("policy-publish")).to_be_disabled()
    field.fill(str(wanted))
    page.get_by_test_id("policy-normal_per_priority").fill("1")
    lines = page.get_by_test_id("policy-difference").first
    expect(lines).to_contain_text(f"Vượt lượt tối đa: {wanted - 5} → {wanted} phút")
    expect(lines).to_contain_text("Xen kẽ: 1 lượt ưu tiên sau 2 → 1 lượt thường")
    expect(page.get_by_test_id("policy-sum")).to_contain_text("lên sớm hơn")
    expect(page.locator(".policy-chip.is-sooner").first).to_be_visible()
    _held(page, f"a draft, {size}")
    page.get_by_test_id("policy-save").click()
    expect(page.locator(".message")).to_contain_text("Đã lưu bản nháp")
    if size == "desk":
        _try_out(page, f"{wanted} phút")
    page.get_by_test_id("policy-publish").click()
    page.get_by_test_id("policy-when-now").check()
    expect(page.get_by_test_id("policy-warning")).to_contain_text("nhiều nhất")
    _held(page, f"publishing, {size}")
    action = page.locator("dialog footer button").last
    expect(action).to_be_disabled()
    page.fill("#policy-note", "Giờ cao điểm buổi sáng")
    action.click()
    now = page.get_by_test_id("policy-now")
    expect(now).to_have_attribute("data-version", str(before["version"] + 1))
    expect(now).to_contain_text("Quản lý công bố · “Giờ cao điểm buổi sáng” · 0 lượt gọi")
    assert _get(office)["drafts"] == [], "what is in force is no draft"
    page.locator(f"[data-testid=policy-version][data-version='{before['version']}'] button").click()
    expect(page.locator("dialog")).to_contain_text("Xen kẽ: 1 lượt ưu tiên sau 1 → 2 lượt thường")
    expect(page.get_by_test_id("policy-when-next_opening")).to_be_checked()
    page.fill("#policy-note", "Thử xong")
    page.locator("dialog footer button").last.click()
    waiting = page.get_by_test_id("policy-waiting")
    expect(waiting).to_contain_text("Sẽ áp dụng từ 07:30 25/11/2026")
    expect(now).to_have_attribute("data-version", str(before["version"] + 1))
    _held(page, f"one that waits, {size}")
    page.get_by_test_id("policy-withdraw").click()
    expect(waiting).to_be_hidden()
    # As it was, for the next size.
    status, _ = office.call(
        "manager", "POST", f"{PATH}/rollback",
        {"version": before["version"], "base": before["version"] + 1, "note": "x", "effective": "now"},
    )  # fmt: skip
    assert status == 200
    expect(now).to_have_attribute("data-version", str(before["version"] + 2), timeout=10_000)
    newest = page.get_by_test_id("policy-version").first
    expect(newest).to_contain_text(f"lấy lại nội dung bản {before['version']}")


def test_who_may_look_and_not_publish_sees_no_button(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = _open(office, open_page, "giamsat", "desk")
    expect(page.get_by_test_id("policy-version").first).to_be_visible()
    assert page.get_by_test_id("policy-edit").count() == 0
    assert page.get_by_test_id("policy-go-back").count() == 0
    answer = office.call("supervisor", "GET", PATH)[1]
    assert (answer["in_force"]["version"] >= 1, answer["drafts"]) == (True, [])
    body = {"policy": _policy(office, yield_places=0)}
    for path, content in (
        ("preview", body),
        ("publish", {**body, "base": 1, "note": "x"}),
        ("rollback", {"version": 1, "base": 1, "note": "x"}),
        ("withdraw", {"scheduled": 1}),
    ):
        assert office.call("supervisor", "POST", f"{PATH}/{path}", content)[0] == 403, path
    assert office.call("supervisor", "PUT", f"{PATH}/draft", body)[0] == 403
    assert office.call("kiosk", "GET", PATH)[0] == 403
    assert office.call("manager", "GET", "/branches/elsewhere/policy")[0] == 404


def test_the_same_by_rest(office: Office) -> None:
    policy = _policy(office, normal_per_priority=3)
    status, seen = office.call("manager", "POST", f"{PATH}/preview", {"policy": policy})
    assert status == 200
    assert seen["difference"] == ["Xen kẽ: 1 lượt ưu tiên sau 2 → 3 lượt thường"]
    numbers = [p["number"] for p in seen["queues"][0]["people"]]
    assert len(numbers) == len(set(numbers)) == 8
    known = next((d["revision"] for d in _get(office)["drafts"] if d["is_mine"]), 0)
    body = {"policy": policy, "revision": known}
    status, draft = office.call("manager", "PUT", f"{PATH}/draft", body)
    assert (status, draft["revision"] > known) == (200, True)
    other = {"policy": {**policy, "normal_per_priority": 4}, "revision": known}
    status, refused = office.call("manager", "PUT", f"{PATH}/draft", other)
    assert (status, refused["code"]) == (409, "policy_changed")
    bad = {"policy": {**policy, "undo_seconds": 0}, "revision": draft["revision"]}
    status, refused = office.call("manager", "PUT", f"{PATH}/draft", bad)
    assert (status, refused["code"], refused["facts"]["field"]) == (
        422, "policy_out_of_range", "undo_seconds",
    )  # fmt: skip
    assert refused["detail"] == "Thời gian hoàn tác: giá trị phải từ 1 đến 600."
    base, key = _get(office)["in_force"]["version"], str(uuid.uuid4())
    body = {"draft": draft["draft"], "base": base, "note": "thử", "effective": "now"}
    first = office.call("manager", "POST", f"{PATH}/publish", body, key)
    assert first[0] == 200, first
    assert office.call("manager", "POST", f"{PATH}/publish", body, key) == first
    status, refused = office.call("manager", "POST", f"{PATH}/publish", body)
    assert (status, refused["code"]) == (409, "policy_changed"), "somebody published since"
    office.desk("no-show")
    office.desk("recall")
    office.desk("no-show")
    assert office.desk("call-next")[0] == 200
    calls = [e["payload"] for e in office.events() if e["type"] == "TicketCalled"]
    assert calls[-1]["policy_version"] == base + 1
    versions = {v["version"]: v["calls"] for v in _get(office)["versions"]}
    assert versions[base + 1] == 1
    assert sum(versions.values()) == len(calls)
    status, _ = office.call("manager", "DELETE", f"{PATH}/drafts/{draft['draft']}")
    assert status == 200
    again = {"version": base, "base": base + 1, "note": "như trước", "effective": "now"}
    assert office.call("manager", "POST", f"{PATH}/rollback", again)[0] == 200
    assert _get(office)["versions"][0]["restores"] == base


def test_rules_not_saved_outlive_a_cut_line_a_reload_and_a_hasty_press(
    office: Office, open_page: Callable[..., Page]
) -> None:
    with line_to(office.base_url) as line:
        page = _open(office, open_page, "quanly", "desk", line.base_url)
        page.get_by_test_id("policy-edit").click()
        field = page.get_by_test_id("policy-normal_per_priority")
        field.fill("7")
        expect(page.get_by_test_id("policy-difference").first).to_contain_text("7 lượt thường")
        line.cut()
        page.get_by_test_id("policy-save").click()
        expect(page.locator(".message")).to_be_visible(timeout=15_000)
        expect(field).to_have_value("7")
        line.mend()
        page.reload()
        expect(field).to_have_value("7", timeout=20_000)
        expect(page.get_by_test_id("policy-difference").first).to_contain_text("7 lượt thường")
        _held(page, "a draft after a reload")
        close = page.get_by_test_id("policy-close")
        close.click()
        expect(close).to_have_text("Bỏ những thay đổi chưa lưu")
        page.get_by_test_id("policy-save").click()
        expect(page.locator(".message")).to_contain_text("Đã lưu bản nháp")
        close.click()
        expect(field).to_have_count(0)
        page.get_by_test_id("policy-edit").click()
        page.get_by_role("button", name="Bỏ bản nháp").first.click()
        expect(field).to_have_count(0)
    assert _get(office)["drafts"] == []

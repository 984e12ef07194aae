"""The page of the roster: one tap for an absence, a week edited by hand and by file, on desk and phone."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cut_proxy import line_to
from tests.e2e.looks import check, fits, reads_well
from tests.e2e.managers import signed_in
from tests.live_office import BRANCH, DEMO_FILE, Office, running

pytestmark = pytest.mark.e2e
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
LONG = "Công Tằng Tôn Nữ Thị Phương Uyển Nhi"
#: Thursday of the week shown; today is a Tuesday.
THURSDAY = "2026-11-26"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Thirty counters, one of them with a long name; two are open, one is paused."""
    folder = tmp_path_factory.mktemp("roster")
    more = "".join(
        f'[[counters]]\nnumber = {n}\ndirection = "right"\nsources = [{{ queues = ["A", "B", "C"] }}]\n\n'
        for n in range(17, 31)
    )
    text = DEMO_FILE.read_text("utf-8").replace("[hours]\n", f"{more}[hours]\n", 1)
    file = folder / "branch.toml"
    file.write_text(text.replace('officer = "Lê Thị Thanh Huyền"', f'officer = "{LONG}"'), "utf-8")
    with running(folder / "data", clock="shifted", branch_file=file) as started:
        for n in (1, 2, 9):
            assert started.desk("open", {}, n)[0] == 200
        assert started.desk("pause", {"reason": "Họp"}, 9)[0] == 200
        yield started


def _page(
    office: Office, open_page: Callable[..., Page], username: str, size: str = "desk", at: str = ""
) -> Page:
    page = signed_in(office, open_page, username, size, view="roster", at=at)
    expect(page.get_by_test_id("roster-line")).to_have_count(30, timeout=20_000)
    return page


def _held(page: Page, state: str) -> None:
    fits(page, state)
    reads_well(page, state)


def _line(page: Page, counter: int) -> Any:
    return page.locator(f"[data-testid=roster-line][data-counter='{counter}']")


def _roster(office: Office, query: str = "") -> Any:
    status, found = office.call("api", "GET", f"/branches/{BRANCH}/roster{query}")
    assert status == 200
    return found


def _planned(office: Office, counter: int, day: str) -> list[tuple[str, str, str]]:
    rows = _roster(office, f"?from={day}&days=1")["planned"]
    return [(r["officer"], r["opens"], r["closes"]) for r in rows if r["number"] == counter]


def test_a_phone_shows_all_of_it(office: Office, open_page: Callable[..., Page]) -> None:
    page = _page(office, open_page, "quanly", "phone")
    expect(_line(page, 5)).to_contain_text("Trễ")
    _held(page, "the roster, phone")
    page.get_by_test_id(f"cell-3-{THURSDAY}").click()
    expect(page.locator("#shift-officer-0")).to_have_value(LONG)
    fits(page, "a cell, phone")
    reads_well(page, "a cell, phone", "dialog")


def test_one_tap_says_who_is_absent_and_one_takes_it_back(
    office: Office, open_page: Callable[..., Page]
) -> None:
    """A supervisor may do it, and no more."""
    page = _page(office, open_page, "giamsat")
    expect(page.get_by_test_id("copy-week")).to_have_count(0)
    page.get_by_test_id("away-6").click()
    expect(_line(page, 6)).to_have_attribute("data-now", "absent")
    expect(page.get_by_test_id("cell-6-2026-11-24")).to_contain_text("Vắng")
    assert [a["number"] for a in _roster(office)["absences"]] == [6]
    page.get_by_test_id("away-6").click()
    expect(_line(page, 6)).to_have_attribute("data-now", "late")
    assert _roster(office)["absences"] == []
    # Some hours of another day, with a reason; and whoever opens the counter is there.
    page.get_by_test_id(f"cell-6-{THURSDAY}").click()
    expect(page.get_by_test_id("keep-cell")).to_have_count(0)
    page.fill("#away-since", "13")
    page.fill("#away-until", "15:30")
    page.select_option("#away-reason", "training")
    page.get_by_test_id("declare-absence").click()
    expect(page.get_by_test_id("withdraw-absence")).to_be_visible()
    (absence,) = _roster(office)["absences"]
    assert (absence["date"], absence["since"], absence["until"]) == (THURSDAY, "13:00", "15:30")
    page.get_by_test_id("withdraw-absence").click()
    expect(page.get_by_test_id("declare-absence")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_test_id("away-6").click()
    expect(_line(page, 6)).to_have_attribute("data-now", "absent")
    assert office.desk("open", {}, 6)[0] == 200
    expect(_line(page, 6)).to_have_attribute("data-now", "open")
    assert _roster(office)["absences"] == []


def test_a_week_is_edited_seen_saved_and_a_file(
    office: Office, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = _page(office, open_page, "quanly")
    expect(_line(page, 1)).to_have_attribute("data-now", "open")
    expect(_line(page, 9)).to_have_attribute("data-now", "paused")
    _held(page, "the roster, desk")
    page.set_viewport_size({"width": 1366, "height": 768})
    check(page, "the roster, laptop")
    page.set_viewport_size({"width": 1440, "height": 900})
    _edit_with_keys(office, page)
    _file(office, page, tmp_path)


def _edit_with_keys(office: Office, page: Page) -> None:
    page.get_by_test_id("cell-1-2026-11-23").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#device-title")).to_have_text("Quầy 2, Thứ Năm, 26/11")
    page.fill("#shift-officer-0", "Cán bộ trực thay")
    page.fill("#shift-closes-0", "11")
    page.keyboard.press("Enter")
    cell = page.get_by_test_id(f"cell-2-{THURSDAY}")
    expect(cell).to_contain_text(re.compile("08:00.11:00"))
    assert _planned(office, 2, THURSDAY)[0][0] == "Trần Minh Đức", "a draft is no roster"
    # Every week from then on, and what was before stays.
    page.get_by_test_id(f"cell-4-{THURSDAY}").click()
    page.fill("#shift-closes-0", "18:00")
    page.locator("input[value=weekday]").check()
    page.get_by_test_id("keep-cell").click()
    page.get_by_test_id("review").click()
    dialog = page.locator("dialog.roster-review")
    expect(dialog).to_contain_text("Cán bộ trực thay")
    expect(dialog.locator(".roster-warnings")).to_contain_text("ngoài giờ làm việc")
    fits(page, "what will change")
    reads_well(page, "what will change", "dialog")
    page.get_by_test_id("save-roster").click()
    expect(page.get_by_test_id("review")).to_have_count(0)
    assert _planned(office, 2, THURSDAY) == [("Cán bộ trực thay", "08:00", "11:00")]
    assert len(_planned(office, 2, "2026-12-03")) == 2
    shifts = [s for s in _roster(office)["shifts"] if s["number"] == 4 and s["closes"] == "18:00"]
    assert [(s["weekdays"], s["since"]) for s in shifts] == [([3], THURSDAY)]
    assert _planned(office, 4, "2026-11-19") == _planned(office, 4, "2026-11-20")
    # The week as it is now, in the week after it.
    page.get_by_test_id("copy-week").click()
    expect(page.get_by_test_id("cell-2-2026-12-03")).to_contain_text("Cán bộ trực thay")
    page.get_by_test_id("forget-draft").click()
    expect(page.get_by_test_id("cell-2-2026-12-03")).to_contain_text("Trần Minh Đức")


def _file(office: Office, page: Page, tmp_path: Path) -> None:
    expect(page.get_by_test_id("cell-7-2026-12-02")).to_be_visible()
    with page.expect_download() as got:
        page.get_by_text("Xuất tệp CSV").click()
    rows = list(
        csv.reader(Path(got.value.path()).read_text("utf-8-sig").splitlines(), delimiter=";")
    )
    assert rows[0] == ["ngày", "quầy", "cán bộ", "mở", "đóng", "trực trưa"]
    mine = next(row for row in rows if row[:2] == ["02/12/2026", "7"])
    file = tmp_path / "tuan.csv"
    file.write_text(
        "\n".join(";".join(row) for row in (rows[0], [*mine[:3], "09:00", "10:00", ""]))
    )
    page.get_by_test_id("roster-file").set_input_files(file)
    expect(page.get_by_test_id("cell-7-2026-12-02")).to_contain_text(re.compile("09:00.10:00"))
    page.get_by_test_id("review").click()
    page.get_by_test_id("save-roster").click()
    expect(page.get_by_test_id("review")).to_have_count(0)
    assert [p[1:] for p in _planned(office, 7, "2026-12-02")] == [("09:00", "10:00")]
    file.write_text(
        "ngày;quầy;cán bộ;mở;đóng\n31/02/2026;7;Lan;08:00;09:00\n02/12/2026;99;Lan;08:00;09:00"
    )
    page.get_by_test_id("roster-file").set_input_files(file)
    problems = page.locator(".roster-problems li")
    expect(problems).to_have_count(2)
    expect(problems.first).to_contain_text("Dòng 2")
    reads_well(page, "a file that is wrong", "dialog")


def _plan(page: Page, counter: int, officer: str, day: str = "2026-12-01") -> None:
    page.get_by_test_id(f"cell-{counter}-{day}").click()
    page.fill("#shift-officer-0", officer)
    page.get_by_test_id("keep-cell").click()
    expect(page.get_by_test_id(f"cell-{counter}-{day}")).to_contain_text(officer)


def _put_in_force(page: Page) -> None:
    page.get_by_test_id("review").click()
    page.get_by_test_id("save-roster").click()


def test_two_managers_and_a_cut_line_lose_nothing(
    office: Office, open_page: Callable[..., Page]
) -> None:
    day = "2026-12-01"
    with line_to(office.base_url) as line:
        one = _page(office, open_page, "quanly", at=line.base_url)
        other = _page(office, open_page, "quanly")
        for page in (one, other):
            page.get_by_test_id("next-week").click()
            expect(page.get_by_test_id(f"cell-3-{day}")).to_be_visible()
        _plan(one, 11, LONG)
        _plan(other, 12, "Người thứ hai")
        _put_in_force(other)
        expect(other.get_by_test_id("review")).to_have_count(0)
        # The page hears of it; what the other saved is neither hidden nor undone.
        one.get_by_test_id("next-week").click()
        expect(one.locator(".message")).to_contain_text("Người khác vừa lưu phân công")
        # A reload, and a save whose line is cut: the change is still there.
        one.reload()
        expect(one.get_by_test_id("review")).to_be_enabled(timeout=20_000)
        one.get_by_test_id("next-week").click()
        expect(one.get_by_test_id(f"cell-11-{day}")).to_contain_text(LONG)
        expect(one.get_by_test_id(f"cell-12-{day}")).to_contain_text("Người thứ hai")
        one.get_by_test_id("review").click()
        expect(one.get_by_test_id("save-roster")).to_be_enabled()
        line.cut()
        one.get_by_test_id("save-roster").click()
        refused = one.locator("dialog.roster-review .refused")
        expect(refused).not_to_be_empty(timeout=15_000)
        fits(one, "a roster that is not saved")
        reads_well(one, "a roster that is not saved", "dialog")
        line.mend()
        expect(one.get_by_text("Trực tiếp")).to_be_visible(timeout=20_000)
        one.get_by_test_id("save-roster").click()
        expect(one.get_by_test_id("review")).to_have_count(0, timeout=15_000)
    assert {officer for officer, *_ in _planned(office, 11, day)} == {LONG}
    assert {officer for officer, *_ in _planned(office, 12, day)} == {"Người thứ hai"}

"""The manager's satisfaction page, the nine indicators, and a live page that does not jump."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import database, queries, tables
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import SIZES, signed_in
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e
#: Simulated days before today: enough ratings for a curve.
PAST = 4

#: What moves the page without anybody's doing, summed from here on.
_WATCH_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => list.getEntries().filter((e) => !e.hadRecentInput).forEach((e) =>
    window.shifts.push([e.value, e.sources.map((s) => s.node?.className ?? s.node?.nodeName ?? '')])))
    .observe({type: 'layout-shift', buffered: true});
}"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("opinion"), clock="shifted", past_days=PAST) as started:
        started.desk("open")
        yield started


def _at(page: Page, office: Office, query: str = "", view: str = "satisfaction") -> None:
    page.goto("about:blank")
    page.goto(f"{office.base_url}/manager/{BRANCH}?{query}#{view}")


def _held(page: Page, state: str) -> None:
    fits(page, state)
    reads_well(page, state)


def _asked(page: Page, path: str) -> Any:
    return page.evaluate("(path) => fetch(path).then((a) => a.json())", path)


def _serve(office: Office) -> str:
    """One visit from its issue to its end."""
    ticket = office.issue("ho-tich", channel="api")["ticket"]["id"]
    for verb, body in (("call-next", {}), ("start", {}), ("complete", {"outcome": "tiep-nhan"})):
        status, answer = office.desk(verb, body)
        assert status == 200, answer
    return str(ticket)


def test_a_period_as_it_was_rated(office: Office, open_page: Callable[..., Page]) -> None:
    page = signed_in(office, open_page)
    page.locator("a[href='#satisfaction']").first.click()
    headline = page.locator(".measure.headline .value")
    expect(headline).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="30 ngày")).to_have_attribute("aria-pressed", "true")
    answer = _asked(page, f"/api/v1/branches/{BRANCH}/satisfaction?from=2026-10-26&to=2026-11-24")
    assert answer["share"]["n"] >= 200, "too few ratings were made up for this test"
    expect(headline).to_have_text(f"{round(100 * answer['share']['share'])}%")
    shown = f"{answer['index']['value']:.1f}".replace(".", ",")
    expect(page.locator(".measure.index .value")).to_have_text(shown)
    weights = page.locator("table.components tbody td:nth-child(3)").all_inner_texts()
    assert [said.split()[-1] for said in weights] == ["0,60", "0,25", "0,15"]
    expect(page.get_by_test_id("worth")).to_contain_text("không phải nguyên nhân")
    dots = page.locator(".panel.fields tbody tr")
    assert dots.count() == len(answer["fields"])
    assert page.locator("a.quiet-button[href='#follow-ups']").count() == 1
    page.get_by_role("button", name="Xem bảng: Thời gian chờ").click()
    rows = page.locator(".panel.drivers .sheet tbody tr")
    assert rows.count() == 6
    page.locator(".panel.drivers .tool[aria-pressed=true]").click()
    text = page.locator("main").inner_text()
    assert "Cán bộ" not in text, "satisfaction is never by person"
    why = page.locator(".measure.index summary")
    why.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".measure.index .why p")).to_contain_text("trọng số")
    _held(page, "a definition open")
    page.keyboard.press("Escape")
    expect(page.locator(".measure.index .why p")).to_be_hidden()
    page.evaluate("document.activeElement.blur()")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        fits(page, size)
    reads_well(page, "phone")


def test_the_address_keeps_the_period_and_little_is_said_of_little(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = signed_in(office, open_page)
    _at(page, office)
    page.get_by_role("button", name="Tháng trước").click()
    expect(page.locator(".measure.headline")).to_contain_text("Chưa có lượt nào", timeout=20_000)
    assert "period=last-month" in page.url
    expect(page.locator(".measure .unknown")).to_have_count(3)
    _held(page, "no visit at all")
    page.get_by_role("button", name="Chọn ngày").click()
    page.fill("[data-testid=range-from]", "2026-11-24")
    page.fill("[data-testid=range-to]", "2026-11-24")
    ticket = _serve(office)
    body = {"level": 2, "reasons": ["wait"]}
    assert office.call("api", "POST", f"/tickets/{ticket}/rating", body)[0] in (200, 201)
    page.reload()
    headline = page.locator(".measure.headline")
    expect(headline).to_contain_text("Mới có 1 phiếu", timeout=20_000)
    assert page.input_value("[data-testid=range-from]") == "2026-11-24"
    expect(page.locator(".measure.index .value")).to_have_count(0)
    expect(page.locator(".measure.index")).to_contain_text("Thiếu một thành phần")
    expect(page.get_by_test_id("worth")).to_contain_text("Chưa đủ 200 phiếu")
    page.set_viewport_size({"width": 390, "height": 844})
    _held(page, "one rating, on a phone")


def test_the_nine_indicators(office: Office, open_page: Callable[..., Page]) -> None:
    page = signed_in(office, open_page)
    _at(page, office, "view=indicators")
    result = page.get_by_test_id("indicator-result")
    expect(result).to_contain_text("Chưa tính chỉ số: 1, 2, 3, 4, 5, 6, 7, 8, 9", timeout=20_000)
    for n in (2, 3, 4, 7):
        page.fill(f"[data-testid='i{n}.2']", "10")
    page.fill("[data-testid='i1.2']", "95")
    page.fill("[data-testid='i1.0']", "5")
    for name, value in (
        ("whole", "100"),
        ("received", "100"),
        ("feedback", "10"),
        ("answered", "9"),
    ):
        page.fill(f"[data-testid={name}]", value)
    page.select_option("[data-testid=posted]", "true")
    page.select_option("[data-testid=electronic]", "true")
    expect(result).to_contain_text("14,9")
    expect(result).to_contain_text("Tốt")
    expect(result).to_contain_text("Chưa tính chỉ số: 9")
    page.fill("[data-testid='i1.0']", "0")
    page.keyboard.press("Tab")
    expect(result).to_contain_text("15,0")
    expect(result.locator(".grade")).to_have_text("Tạm tính: Xuất sắc")
    page.fill("[data-testid=online_procedures]", "20")
    page.fill("[data-testid=online_dossiers]", "29,9")
    page.select_option("[data-testid=online_late]", "false")
    expect(result).to_contain_text("16,0")
    expect(result.locator(".grade")).to_have_text("Xuất sắc")
    _held(page, "nine indicators")
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(result).to_be_visible()
    page.emulate_media(media="screen")
    _at(page, office, "view=indicators&language=en")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("indicator-result")).to_contain_text(
        "Nothing entered", timeout=20_000
    )
    _held(page, "in English on a phone")


def test_the_live_page_stands_still(office: Office, open_page: Callable[..., Page]) -> None:
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    with queries.reading(engine) as connection:
        assert connection.execute(tables.follow_ups.select()).first() is not None
    engine.dispose()
    page = signed_in(office, open_page)
    page.add_init_script(f"({_WATCH_SHIFTS})()")
    _at(page, office, view="overview")
    expect(page.locator(".overview > .use .days li")).to_have_count(16, timeout=20_000)
    expect(page.locator(".overview > .opinions td.dots")).not_to_have_count(0)
    expect(page.locator(".kpi .spark")).to_have_count(5)
    expect(page.locator(".kpi").first).to_contain_text("thường lệ")
    expect(page.locator(".to-follow li").first).to_be_visible()
    page.wait_for_timeout(500)
    loading = page.evaluate("window.shifts.splice(0)")
    for _ in range(3):
        _serve(office)
        page.wait_for_timeout(1200)
    running_on = page.evaluate("window.shifts")
    assert sum(value for value, _ in running_on) < 0.01, running_on
    assert sum(value for value, _ in loading) < 0.1, loading
    _held(page, "live")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        fits(page, size)
    page.get_by_role("button", name="English").click()
    _held(page, "live, in English on a phone")

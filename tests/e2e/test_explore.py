"""Explore: from any figure down to its visits and their stories, with everything in the address."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import text

from server import branchfile, database
from server.simulate import history
from tests import live_office
from tests.e2e.looks import fits, reads_well
from tests.live_office import BRANCH, DEMO_FILE, MORNING, PASSWORD, Office, running

pytestmark = pytest.mark.e2e
NOW = datetime.fromisoformat(MORNING)
#: A whole Monday, and the morning of a Tuesday.
DAYS = 2
PROCEDURE = "chung-thuc-ban-sao"
SIZES = {"desk": (1440, 900), "small desk": (1366, 768), "phone": (390, 844)}
LONG = "Chứng thực bản sao từ bản chính, chứng thực chữ ký và hợp đồng, giao dịch về tài sản"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_office, "EARLIER", NOW - timedelta(days=DAYS + 2))
        prepare = live_office.prepare

        def with_history(
            data: Path, url: str, printer: str, file: Path, _past_days: int
        ) -> dict[str, str]:
            tokens = prepare(data, url, printer, file)
            engine = database.connect(f"sqlite:///{data / 'motcua.db'}")
            history.write(
                engine,
                branchfile.load(file),
                DAYS,
                until=NOW,
                seed=7,
                progress=lambda _done, _total: None,
            )
            engine.dispose()
            return tokens

        patch.setattr(live_office, "prepare", with_history)
        folder = tmp_path_factory.mktemp("explore")
        file = folder / "branch.toml"
        content = DEMO_FILE.read_text("utf-8")
        assert 'name = { vi = "Chứng thực"' in content
        named = content.replace('name = { vi = "Chứng thực"', f'name = {{ vi = "{LONG}"')
        file.write_text(named, "utf-8")
        with running(folder / "data", clock="shifted", branch_file=file) as started:
            # The only one of a procedure: nobody has served it.
            started.issue("chung-thuc", procedure=PROCEDURE)
            yield started


@contextmanager
def _broken(office: Office) -> Iterator[None]:
    """The stored visits are out of reach for a while."""
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")

    def rename(old: str, new: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("visits", "visits_away")
    try:
        yield
    finally:
        rename("visits_away", "visits")
        engine.dispose()


@pytest.fixture(scope="module")
def signed_in(office: Office, browser: Browser) -> dict[str, object]:
    """The cookies of a manager: signing in is not what is tried here."""
    page = browser.new_context().new_page()
    page.goto(f"{office.base_url}/login?next=/manager/{BRANCH}")
    page.fill("#username", "quanly")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".shell").wait_for(timeout=20_000)
    state: dict[str, object] = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture
def explore(
    office: Office, signed_in: dict[str, object], open_page: Callable[..., Page]
) -> Callable[..., Page]:
    def opened(query: str = "", page: str = "#explore") -> Page:
        return open_page(
            f"{office.base_url}/manager/{BRANCH}{query}{page}",
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",
            storage_state=signed_in,
        )

    return opened


def _number(text_: str) -> int:
    return int(re.sub(r"\D", "", text_))


def _answer(page: Page) -> None:
    expect(page.locator(".explore-answer[aria-busy=false], .visit-table, .timeline")).to_have_count(
        1, timeout=20_000
    )


def _shown(page: Page) -> dict[str, int]:
    """Of every row: how many visits it counts."""
    rows = page.locator(".explore-table tbody tr")
    found = rows.evaluate_all("rows => rows.map((r) => [r.dataset.key, r.cells[1].innerText])")
    return {key: _number(count) for key, count in found}


def _asked(office: Office, path: str) -> dict[str, object]:
    status, answer = office.call("api", "GET", f"/branches/{BRANCH}/{path}")
    assert status == 200, answer
    return answer  # type: ignore[no-any-return]


def test_from_a_figure_to_the_story_of_a_visit_and_back(
    office: Office, explore: Callable[..., Page]
) -> None:
    page = explore("?measure=issued&by=queue&period=7")
    _answer(page)
    told = _asked(office, "figures?from=2026-11-18&to=2026-11-24&by=queue")
    by_queue = {group["key"]: group["issued"] for group in told["groups"]}  # type: ignore[attr-defined]
    assert _shown(page) == by_queue
    assert _number(page.get_by_test_id("total").inner_text()) == sum(by_queue.values())

    page.locator("tr[data-key=B] [data-testid=narrow]").click()
    expect(page.get_by_test_id("chip")).to_contain_text("Chứng thực")
    expect(page).to_have_url(re.compile(r"[?&]queue=B"))
    _answer(page)
    assert sum(_shown(page).values()) == by_queue["B"]

    page.locator(".explore-table tfoot [data-testid=open-visits]").click()
    expect(page.locator("#explore-visits")).to_have_text(f"{by_queue['B']} lượt", timeout=20_000)
    page.get_by_test_id("next-page").click()
    expect(page.locator(".pages")).to_contain_text(f"{min(200, by_queue['B'])} trong")
    expect(page.locator(".visit-table")).to_be_visible()
    listed = page.url

    page.get_by_test_id("open-story").nth(3).click()
    expect(page.locator(".timeline li").first).to_be_visible(timeout=20_000)
    ticket = re.search(r"ticket=(\w+)", page.url)
    assert ticket
    story = _asked(office, f"tickets/{ticket[1]}/story")
    kinds = page.locator(".timeline li").evaluate_all("all => all.map((one) => one.dataset.type)")
    assert kinds == [event["type"] for event in story["events"]]  # type: ignore[attr-defined]
    for number in [*story["ahead"][:30], *story["overtaken_by"][:30]]:  # type: ignore[index]
        expect(page.locator(".order")).to_contain_text(re.sub(r"(\D+)", "\\1\u2009", number))
    # No code of the log stands where words belong.
    assert not re.search(r"[a-z]_[a-z]|[a-z][A-Z]|\w:[a-z]", page.locator(".timeline").inner_text())

    page.go_back()
    expect(page).to_have_url(listed)
    expect(page.locator(".pages")).to_contain_text("101")
    for _ in range(3):
        page.go_back()
    _answer(page)
    assert _shown(page) == by_queue


def test_a_weekday_is_as_many_visits_as_its_cell_says(explore: Callable[..., Page]) -> None:
    page = explore("?measure=issued&by=weekday&period=7")
    _answer(page)
    cells = _shown(page)
    assert cells.keys() == {"1", "2"}
    page.locator("tr[data-key='1'] [data-testid=open-visits]").click()
    expect(page.locator("#explore-visits")).to_have_text(f"{cells['1']} lượt", timeout=20_000)
    # The 23rd is the only Monday of the week.
    dates = page.locator(".visit-table tbody td:nth-child(2)").all_inner_texts()
    assert set(dates) == {"23/11/2026"}


def test_a_sent_address_shows_the_same(explore: Callable[..., Page]) -> None:
    page = explore()
    _answer(page)
    page.get_by_test_id("measure").select_option("wait_p90")
    page.get_by_test_id("by").select_option("hour")
    page.get_by_test_id("period").select_option("custom")
    page.get_by_test_id("from").fill("2026-11-23")
    page.get_by_test_id("against").select_option("none")
    _answer(page)
    expect(page.locator(".explore-table tbody tr").first).to_be_visible()
    # Also by way of a sign-in, which loses what stands behind the "#".
    for end in ("#explore", ""):
        other = explore("?" + page.url.partition("?")[2].partition("#")[0], page=end)
        _answer(other)
        for part in (".explore-table", "[data-testid=total]", ".explore-legend"):
            assert other.locator(part).inner_text() == page.locator(part).inner_text()
    page.locator("nav a[href='#queues']").click()
    expect(page).to_have_url(re.compile(rf"/manager/{BRANCH}#queues$"))
    page.go_back()
    _answer(page)
    expect(page.get_by_test_id("measure")).to_have_value("wait_p90")


def test_rows_are_sorted_and_saved_as_shown(explore: Callable[..., Page]) -> None:
    page = explore("?measure=wait_p50&by=service&period=7&against=none")
    _answer(page)
    page.locator("[data-column=value]").click()
    head = page.locator("th.value-head")
    expect(head).to_have_attribute("aria-sort", "descending")
    values = page.locator(".explore-table tbody td.strong").all_inner_texts()
    numbers = [float(one.replace(",", ".")) for one in values if one[0].isdigit()]
    assert len(numbers) > 3
    assert numbers == sorted(numbers, reverse=True)
    with page.expect_download() as download:
        page.get_by_test_id("csv").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    saved = [float(line.split(";")[2].replace(",", ".")) for line in lines[1:-1] if line[-1] != ";"]
    assert saved == numbers
    assert len(lines) == len(values) + 2


def test_definitions_are_one_key_away(explore: Callable[..., Page]) -> None:
    page = explore("?measure=within&by=queue&period=7")
    _answer(page)
    page.get_by_test_id("what-is").focus()
    page.keyboard.press("Enter")
    box = page.locator(".explained-box:popover-open")
    expect(box).to_contain_text("lượt vắng mặt được gọi muộn hơn cam kết")
    expect(box).to_contain_text("Bản định nghĩa số 2")
    reads_well(page, "a definition")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    measures = page.locator("[data-testid=measure] option").count()
    page.keyboard.press("Enter")
    expect(page.locator(".definitions article")).to_have_count(measures)
    assert measures > 20
    reads_well(page, "all definitions")
    for shown in page.locator(".definitions dd").all_inner_texts():
        assert not shown.startswith("explore."), shown


def test_no_visits_one_visit_and_troubles(office: Office, explore: Callable[..., Page]) -> None:
    page = explore("?measure=wait_p90&by=day&period=custom&from=2020-01-01&to=2020-01-31")
    expect(page.get_by_test_id("none")).to_be_visible(timeout=20_000)
    fits(page, "no visits")

    page = explore(f"?measure=issued&by=procedure&period=7&procedure={PROCEDURE}")
    _answer(page)
    assert _shown(page) == {PROCEDURE: 1}
    fits(page, "one visit")
    page.get_by_test_id("measure").select_option("wait_p50")
    expect(page.get_by_test_id("total")).to_have_text("Chưa đủ số liệu")
    expect(page.locator("tbody td.strong")).to_have_text("Chưa đủ số liệu")
    page.get_by_test_id("chip").click()
    _answer(page)

    page.context.set_offline(True)
    page.get_by_test_id("by").select_option("queue")
    expect(page.get_by_test_id("trouble")).to_contain_text("Mất kết nối")
    fits(page, "offline")
    page.context.set_offline(False)
    _answer(page)

    with _broken(office):
        page.get_by_test_id("by").select_option("service")
        expect(page.get_by_test_id("trouble")).to_contain_text("Máy chủ", timeout=20_000)
        reads_well(page, "a server that fails")
    page.get_by_test_id("trouble").get_by_role("button").click()
    _answer(page)


def test_a_slow_answer_keeps_its_place(explore: Callable[..., Page]) -> None:
    page = explore(page="#queues")
    page.locator(".shell").wait_for()

    def late(route: Route) -> None:
        page.wait_for_timeout(1_200)
        route.continue_()

    page.route("**/figures?**", late)
    page.locator("nav a[href='#explore']").click()
    expect(page.get_by_test_id("skeleton")).to_be_visible()
    fits(page, "waiting for the first answer")
    _answer(page)
    before = page.locator(".explore-card").last.bounding_box()
    page.get_by_test_id("against").select_option("year")
    expect(page.locator(".explore-answer")).to_have_attribute("aria-busy", "true")
    assert page.locator(".explore-card").last.bounding_box() == before
    _answer(page)


def test_every_view_fits_and_reads_well(explore: Callable[..., Page]) -> None:
    page = explore("?measure=wait_p90&by=day&period=7")
    for name, query in {
        "by day": "",
        "by service": "?measure=satisfied&by=service&period=7&queue=B&priority=normal",
        "by officer": "?measure=service_mean&by=officer&period=7&sort=value&direction=down",
        "visits": "?measure=issued&by=service&view=visits&period=7&queue=B",
    }.items():
        if query:
            page.goto(page.url.partition("?")[0] + query + "#explore")
        _answer(page)
        _looked_at(page, name)
    page.get_by_test_id("open-story").first.click()
    _answer(page)
    _looked_at(page, "a story")


def _looked_at(page: Page, name: str) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        fits(page, f"{name}, {size}")
        if size != "small desk":
            reads_well(page, f"{name}, {size}")

"""Every form and state of the terminal, on the desk's screen and on a tablet, with a full hall."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import database, tables
from tests.e2e.looks import fits, reads_well
from tests.e2e.officer import PIN, Officer
from tests.live_office import BRANCH, PASSWORD, Office, running

pytestmark = pytest.mark.e2e
#: Which counter is worked at which size.
SIZES = {1: (1366, 768), 3: (1280, 800), 4: (800, 1280)}
STANDING = 4
NAMES = (
    "Nguyễn Hoàng Thị Phương Uyển Nhi",
    "Trương Nguyễn Ngọc Quỳnh Hương Giang",
    "Công Tằng Tôn Nữ Thị Diễm Quỳnh",
    "Đỗ Thị Ỷ Lan Hương",
)
WAITING = 200


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("panels")) as started:
        _name_people(started)
        for n in range(WAITING + 10):
            priority = "CT" if n % 9 == 0 else None
            service = ("ho-tich", "chung-thuc")[n % 2]
            started.issue(service, channel="api", priority=priority)
        started.desk("open", {}, 5)
        started.desk("open", {}, 2)
        for _ in range(4):
            started.desk("call-next", {}, 2)
            started.desk("recall", {}, 2)
            started.desk("no-show", {}, 2)
        for _ in range(3):
            started.desk("call-next", {}, 2)
            status, answer = started.desk("park", {"reason": "Chờ bổ sung giấy tờ tùy thân"}, 2)
            assert status == 200, answer
        yield started


def _name_people(office: Office) -> None:
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    u = tables.users
    with database.writing(engine) as connection:
        for n in range(1, 17):
            changed = u.update().where(u.c.username == f"canbo{n}")
            title = "Chuyên viên Văn phòng - Thống kê, Tư pháp - Hộ tịch"
            connection.execute(changed.values(name=NAMES[n % len(NAMES)], title=title))
    engine.dispose()


class Desk:
    """One officer at one screen, whose every state is held to the rules."""

    def __init__(self, office: Office, page: Page, number: int) -> None:
        self.page = page
        self.number = number
        self.officer = Officer(page, office.base_url)
        self.is_touch = number != 1

    def held(self, state: str, *parts: str) -> None:
        fits(self.page, state, touch=self.is_touch)
        # Standing or lying, the tablet has the same page.
        if self.number != STANDING:
            reads_well(self.page, state, *parts)

    def form(self, state: str) -> None:
        """The open form; then back to the big button, as by the key."""
        self.officer.see("[data-testid=panel]")
        # What is beside it is as it was without the form.
        self.held(state, "h1", ".panel")
        self.officer.press("Escape")
        self.officer.see("[data-main]:focus")
        assert self.page.locator("[data-testid=panel]").count() == 0

    def rare(self, button: str) -> None:
        self.officer.go("ArrowUp", f"[data-testid={button}]", 6)
        self.officer.press("Enter")


@pytest.mark.parametrize("number", SIZES)
def test_every_state(office: Office, open_page: Callable[..., Page], number: int) -> None:
    width, height = SIZES[number]
    options: dict[str, Any] = {"viewport": {"width": width, "height": height}}
    page = open_page(has_touch=number != 1, reduced_motion="reduce", **options)
    desk = Desk(office, page, number)
    _arrive(desk)
    _idle(desk)
    _line(desk)
    _called(desk)
    _serving(desk)
    _away(desk)


def _arrive(desk: Desk) -> None:
    o = desk.officer
    desk.page.goto(f"{o.base_url}/login?next=/counters/{BRANCH}")
    o.see("#username:focus")
    desk.held("sign-in")
    o.type(f"canbo{desk.number}")
    o.press("Tab")
    o.type("nothing like it")
    o.press("Enter")
    o.see("[role=alert]")
    desk.held("sign-in refused")
    o.sign_in(f"canbo{desk.number}")
    desk.held("choice of a counter")
    o.choose_counter(5)
    o.see("[data-testid=stranger]")
    desk.held("a counter that is another's")
    desk.page.go_back()
    o.choose_counter(desk.number)
    o.see('[data-testid=open-counter]:not([aria-disabled="true"])')
    desk.held("before work")
    assert desk.page.get_by_test_id("keys").count() == 0, "no list of keys that do nothing yet"
    o.open()


def _idle(desk: Desk) -> None:
    o = desk.officer
    desk.held("idle")
    assert desk.page.get_by_test_id("keys").is_visible()
    o.press("?")
    desk.form("help")
    o.press("F2")
    o.see("[data-testid=new-pin]:focus")
    desk.form("mine, without a PIN")
    o.set_pin()
    desk.page.get_by_test_id("mine").focus()
    o.press("Enter")
    desk.form("mine")
    for button in ("roll", "hand-over", "close-counter"):
        desk.rare(button)
        desk.form(button)
    desk.rare("choose")
    o.type("zz9")
    desk.form("choose, no such number")
    o.press("F10")
    desk.form("pause")
    o.pause("1")
    desk.held("paused")
    o.end_pause()


def _line(desk: Desk) -> None:
    o = desk.officer
    rows = desk.page.locator(".qrow-button")
    number = rows.nth(min(rows.count(), 30) - 1).get_attribute("data-number") or ""
    o.waiting_row(number)
    o.see("[data-testid=why]")
    desk.form("a number in the line")
    for button in ("choose-this", "give-priority", "cancel-ticket"):
        o.waiting_row(number)
        desk.page.get_by_test_id(button).focus()
        o.press("Enter")
        desk.form(button)
    o.to_tab("parked")
    desk.held("parked")
    o.go("ArrowRight", "[data-testid=tab-missed]", 1)
    desk.held("missed")
    if desk.is_touch:
        o.go("ArrowRight", "[data-testid=tab-counters]", 1)
        desk.held("the other counters")
        o.go("ArrowLeft", "[data-testid=tab-missed]", 1)
    o.go("ArrowDown", "[data-testid=reinstate]", 1)
    o.press("Enter")
    desk.form("reinstate")
    o.back_from("missed")


def _called(desk: Desk) -> None:
    o = desk.officer
    number = (
        desk.page.locator(".qrow-priority .qrow-button").first.get_attribute("data-number") or ""
    )
    o.choose(number)
    expect(desk.page.get_by_test_id("lower-priority")).to_be_visible()
    desk.held("called, to be confirmed")
    o.go("Shift+Tab", "[data-testid=lower-priority]")
    o.press("Enter")
    desk.form("lower")
    o.press("Space")
    desk.form("still called")
    o.confirm_priority(number, (number, "called"))
    desk.held("called, just confirmed")
    o.start(number)


def _serving(desk: Desk) -> None:
    o = desk.officer
    before = o.desk()
    o.see("[data-testid=undo]")
    o.press("F9")
    o.see("[data-testid=panel]")
    o.press("Control+z")
    desk.page.wait_for_timeout(500)
    assert o.desk() == before, "a form hides what would be undone"
    o.press("Escape")
    desk.held("serving")
    o.press("F8")
    desk.form("outcome")
    o.press("Space")
    o.go("Tab", "[data-testid=result-on]")
    o.type("31/2")
    desk.form("outcome, no such day")
    for key, state in (("F6", "transfer"), ("F9", "park")):
        o.press(key)
        desk.form(state)
    desk.rare("add-service")
    desk.form("add-service")
    o.add_service(o.desk()[0], "cu-tru-can-cuoc", "2")
    desk.held("serving two things")


def _away(desk: Desk) -> None:
    o = desk.officer
    o.press("F2")
    o.see("[data-testid=pin]:focus")
    desk.held("locked")
    o.type("000000")
    expect(desk.page.locator("#pin-wrong")).not_to_be_empty()
    o.type("12")
    desk.held("locked, wrong PIN")
    o.press("Backspace", "Backspace")
    o.type(PIN)
    o.see("[data-main]")
    # On paper, for the day without a network: the whole line, nothing of the screen.
    desk.page.emulate_media(media="print")
    assert desk.page.locator(".print-list tbody tr").count() >= WAITING
    assert desk.page.locator(".pad, .head").first.is_hidden()
    desk.page.emulate_media(media="screen")


def test_a_supervisor_frees_a_counter(office: Office, open_page: Callable[..., Page]) -> None:
    page = open_page(
        f"{office.base_url}/login?next=/counter/{BRANCH}-5",
        viewport={"width": 1366, "height": 768},
        reduced_motion="reduce",
    )
    page.fill("#username", "giamsat")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/counter/{BRANCH}-5"))
    page.get_by_test_id("release").click()
    expect(page.get_by_test_id("reason")).to_be_visible()
    fits(page, "release")
    reads_well(page, "release")


def test_the_list_of_counters_is_renewed_under_whoever_reads_it(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1366, "height": 768})
    page.clock.install()
    Officer(page, office.base_url).sign_in("canbo6")
    mine = page.locator(f'a[href="/counter/{BRANCH}-6"]')
    mine.focus()
    office.desk("open", {}, 7)
    page.clock.fast_forward(16_000)
    expect(page.locator(f'a[href="/counter/{BRANCH}-7"]')).to_contain_text("Đang phục vụ")
    expect(mine).to_be_focused()

"""Markup in every text that people can type or configure: shown as it is on every screen, never run."""

import csv
import dataclasses
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import branches, database, devices, tables
from server.access import Role
from server.domain.ids import CounterId
from server.domain.text import Text
from server.dossiers import table
from tests.live_office import BRANCH, MORNING, PASSWORD, Office, running

pytestmark = pytest.mark.e2e

#: Ends an attribute, ends a tag, and would run.
HOSTILE = "\"'><img src=x onerror=hacked()>"
_LOOK = """() => ({
  made: document.querySelectorAll('img[src=x], [onerror]').length,
  ran: window.ran ?? 0,
  broken: window.broken ?? [],
  shown: document.body.innerText.includes('onerror=hacked()')
    || [...document.querySelectorAll('input')].some((e) => e.value.includes('onerror=hacked()')),
})"""
_WATCH = """
  window.ran = 0;
  window.hacked = () => { window.ran += 1; };
  window.broken = [];
  addEventListener('securitypolicyviolation', (e) => window.broken.push(e.violatedDirective));
"""
DOSSIER = "000.00.12.H26-261112-0023"
#: Texts of a branch file that are plain strings, by the name of their field.
_PLAIN = {"papers", "steps", "officers"} | {"fee", "statutory_time", "address", "agency"}


def _spoilt(value: Any, name: str = "") -> Any:
    """A configuration with markup behind each of its texts."""
    if isinstance(value, Text):
        return Text(vi=value.vi + HOSTILE, en=(value.en or value.vi) + HOSTILE)
    if isinstance(value, str) and name in _PLAIN:
        return value + HOSTILE
    if isinstance(value, tuple):
        return tuple(_spoilt(each, name) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [f.name for f in dataclasses.fields(value) if f.init]
        return dataclasses.replace(value, **{f: _spoilt(getattr(value, f), f) for f in fields})
    return value


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("hostile"), clock="shifted") as started:
        engine = database.connect(f"sqlite:///{started.data / 'motcua.db'}")
        spoilt = _spoilt(branches.require(engine, BRANCH))
        branches.apply(engine, spoilt, now=datetime.fromisoformat(MORNING), actor="job:test")
        u = tables.users
        with database.writing(engine) as connection:
            connection.execute(u.update().values(name=u.c.name + HOSTILE, title=HOSTILE))
        started.tokens["pad"] = devices.add(
            engine, branch=BRANCH, role=Role.RATING, name=HOSTILE, counter=CounterId(f"{BRANCH}-1")
        )
        file = started.data / "dossiers.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(
                [["code", "status", "procedure", "next_step"], [DOSSIER, 4, HOSTILE, HOSTILE]]
            )
        table.load(engine, BRANCH, table.read(file)[0])
        engine.dispose()
        _live(started)
        yield started


def _live(office: Office) -> None:
    """A morning in which every reason, note, notice and comment is markup."""
    why = {"reason": HOSTILE}
    assert office.desk("open")[0] == 200
    tickets = [office.issue("ho-tich", channel="api")["ticket"]["id"] for _ in range(6)]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("call-next", {}), ("start", {}), ("park", why),
        ("call-next", {}), ("transfer", {**why, "note": HOSTILE, "to_counter": f"{BRANCH}-2"}),
        ("call", {"ticket": tickets[3], **why}), ("start", {}),
        ("complete", {"outcome": "tiep-nhan"}), ("call-next", {}), ("start", {}),
    ]  # fmt: skip
    for verb, body in steps:
        status, answer = office.desk(verb, body)
        assert status == 200, (verb, answer)
    rating = {"level": 1, "reasons": ["wait"], "comment": HOSTILE}
    assert office.call("api", "POST", f"/tickets/{tickets[3]}/rating", rating)[0] == 200
    assert office.desk("open", {}, 2)[0] == 200
    assert office.desk("pause", why, 2)[0] == 200
    office.tokens["follow"] = office.issue("ho-tich", channel="api")["follow_url"]


def _check(page: Page, where: str, *, is_shown: bool = True) -> None:
    deadline = time.monotonic() + 10
    found = page.evaluate(_LOOK)
    while is_shown and not found["shown"] and time.monotonic() < deadline:
        page.wait_for_timeout(200)
        found = page.evaluate(_LOOK)
    assert (found["made"], found["ran"]) == (0, 0), where
    assert found["broken"] == [], f"{where}: the content security policy does not suit the screen"
    assert found["shown"] or not is_shown, f"{where}: the text is not there, so nothing was tried"


@pytest.fixture
def look(open_page: Callable[..., Page], office: Office) -> Callable[..., Page]:
    """Open a screen in a window of this size, with `hacked` counting."""

    def opened(path: str, width: int, height: int) -> Page:
        page = open_page(viewport={"width": width, "height": height})
        page.add_init_script(_WATCH)
        page.goto(office.base_url + path)
        return page

    return opened


@pytest.mark.parametrize("language", ["vi", "en"])
def test_citizens_screens(office: Office, look: Callable[..., Page], language: str) -> None:
    kiosk = look(f"/kiosk/{BRANCH}?language={language}#token={office.tokens['kiosk']}", 1080, 1920)
    _check(kiosk, "kiosk")
    kiosk.wait_for_timeout(500)
    kiosk.locator("button.tile, .tile").first.click()
    kiosk.wait_for_timeout(700)
    _check(kiosk, "procedures")
    kiosk.locator(".choice").first.click()
    kiosk.wait_for_timeout(700)
    _check(kiosk, "sheet")
    _check(look(f"{office.tokens['follow']}?language={language}", 390, 844), "phone")
    wall = f"/display/{BRANCH}?language={language}#token={office.tokens['display']}"
    _check(look(wall, 1920, 1080), "wall")


def test_a_dossier(office: Office, look: Callable[..., Page]) -> None:
    kiosk = look(f"/kiosk/{BRANCH}#token={office.tokens['kiosk']}", 1080, 1920)
    kiosk.get_by_text("Tra cứu hồ sơ").first.click()
    kiosk.fill("#code", DOSSIER)
    kiosk.keyboard.press("Enter")
    expect(kiosk.locator(".dossier")).to_be_visible(timeout=20_000)
    _check(kiosk, "dossier")


def test_officers_screens(office: Office, look: Callable[..., Page]) -> None:
    desk = look(f"/counter/{BRANCH}-1#token={office.tokens['counter-1']}", 1366, 768)
    _check(desk, "counter")
    for tab in desk.locator("[role=tab]").all():
        tab.click()
        desk.wait_for_timeout(300)
        _check(desk, "a tab of the counter", is_shown=False)
    _check(look(f"/counter/{BRANCH}-2#token={office.tokens['counter-2']}", 1366, 768), "paused")
    _check(look(f"/counter/{BRANCH}-1/rating#token={office.tokens['pad']}", 1280, 800), "pad")


@pytest.mark.parametrize("username", ["quanly", "quantri", "kiemtra", "canbo3"])
def test_pages_of_those_who_sign_in(
    office: Office, look: Callable[..., Page], username: str
) -> None:
    page = look("/login", 1440, 900)
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/manager/**" if username != "canbo3" else "**/counters/**")
    _check(page, username)
    views = page.eval_on_selector_all("nav a[href^='#']", "all => all.map((a) => a.hash)")
    for view in views:
        page.evaluate("(hash) => { location.hash = hash; }", view)
        page.wait_for_timeout(600)
        _check(page, f"{username} {view}", is_shown=view != "#audit")
    page.goto(office.base_url + "/password")
    _check(page, "own password", is_shown=False)


def test_an_emergency(office: Office, look: Callable[..., Page]) -> None:
    """Raised and ended on the manager's page, as a supervisor does it."""
    wall = look(f"/display/{BRANCH}#token={office.tokens['display']}", 1920, 1080)
    page = look("/login", 1440, 900)
    page.fill("#username", "giamsat")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Đăng thông báo").click()
    page.fill("#notice-vi", f"Mời rời khỏi toà nhà {HOSTILE}")
    page.get_by_test_id("emergency").check()
    page.get_by_role("button", name="Phát thông báo khẩn").click()
    expect(wall.get_by_test_id("emergency")).to_be_visible(timeout=10_000)
    _check(wall, "emergency")
    expect(page.get_by_test_id("emergency-bar")).to_be_visible()
    _check(page, "emergency at the manager's")
    page.get_by_role("button", name="Kết thúc thông báo khẩn").click()
    expect(wall.get_by_test_id("emergency")).to_have_count(0, timeout=10_000)
    expect(page.get_by_test_id("emergency-bar")).to_have_count(0)


def test_what_cannot_be_printed_is_left_out(office: Office) -> None:
    """Control characters and those that turn the direction of writing."""
    ticket = office.issue("ho-tich", channel="api")["ticket"]["id"]
    reason = "lý\x07 do\x1b[2J\x00\u202eod\u2066"
    status, _ = office.call("api", "POST", f"/counters/{BRANCH}-2/release", {"reason": reason})
    assert status == 200
    _, page = office.call("api", "GET", f"/branches/{BRANCH}/events?after=0&limit=1000")
    kept = [e["payload"]["reason"] for e in page["events"] if e["type"] == "CounterReleased"]
    assert kept[-1].startswith("lý do")
    assert not {"\x07", "\x1b", "\x00", "\u202e", "\u2066"} & set(kept[-1]), ascii(kept[-1])
    assert office.call("api", "GET", f"/tickets/{ticket}")[0] == 200

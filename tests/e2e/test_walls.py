"""Walls in a real Chromium: every layout at every size, zones, a cut, an emergency, the night."""

import base64
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import socketio
from PIL import Image, ImageStat
from playwright.sync_api import Page, Route, expect

from display import media
from tests.e2e import looks
from tests.e2e.walls import LISTEN, address, announcers, furnish, told_of, until, wall
from tests.live_office import BRANCH, Office, running
from tests.server.test_rating import signed_in

pytestmark = pytest.mark.e2e
HERO = "[data-testid=hero]"
QUEUES = "ABCDEHKLMR"
SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (1080, 1920)]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, hall: Path) -> Iterator[Office]:
    data = tmp_path_factory.mktemp("walls")
    shutil.copytree(hall / "voice", data / "voice")
    with running(data) as started:
        furnish(started, counters=40)
        yield started


@pytest.fixture(scope="module", autouse=True)
def morning(office: Office) -> None:
    """Fourteen counters that have called, one on a break."""
    for n in range(1, 15):
        office.desk("open", {}, n)
    office.desk("pause", {"reason": "Nghỉ giải lao"}, 14)
    for queue in QUEUES:
        for _ in range(14):
            office.call(
                "kiosk", "POST", f"/branches/{BRANCH}/tickets", {"queue": queue, "channel": "api"}
            )
    for n in range(1, 14):
        assert office.desk("call-next", {}, n)[0] == 200


def clock(office: Office, at: str) -> None:
    assert office.call("api", "PUT", "/simulation/clock", {"now": at})[0] == 200


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_layout_fits_every_screen(
    office: Office, open_page: Callable[..., Page], size: tuple[int, int]
) -> None:
    for name, inside in (
        ("display", HERO), ("far", HERO), ("many", "[data-testid=many]"),
        ("media", "[data-testid=media]"), ("sign", "[data-testid=sign]"),
    ):  # fmt: skip
        page = wall(open_page, office, name, size)
        expect(page.locator(inside).first).to_be_visible()
        # Axe judges what is the same at every size: once lying, once upright.
        _fits(page, f"{name} {size}", is_read=size in {(1920, 1080), (1080, 1920)})
        page.close()


#: Parts of a call that stick out of its block, lie over each other, or words that are cut.
_SPILT = """() => {
  const box = (e) => e.getBoundingClientRect();
  const out = [...document.querySelectorAll('.hero, .many-strip')].flatMap((block) =>
    [...block.querySelectorAll('*')].filter((e) => !e.closest('.visually-hidden')
      && (box(e).right > box(block).right + 1 || box(e).left < box(block).left - 1)));
  const cut = [...document.querySelectorAll('.row-service')].filter((e) => e.scrollWidth > e.clientWidth + 1);
  const pairs = [['.many-number', '.many-desk'], ['.hero-desk', '.hero-way']].map((pair) => pair.map((s) => document.querySelector(s)));
  const over = pairs.filter(([a, b]) => a && b && box(a).right > box(b).left + 1).map(([a]) => a);
  return [...out, ...cut, ...over].map((e) => `${e.className}: ${e.textContent}`);
}"""


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)], ids=str)
def test_a_wall_in_english_fits_too(
    office: Office, open_page: Callable[..., Page], size: tuple[int, int]
) -> None:
    """Its words are longer, and do not break where Vietnamese ones do."""
    for name in ("display", "many", "media"):
        page = open_page(viewport={"width": size[0], "height": size[1]})
        page.goto(address(office, name).replace("#", "?language=en#"))
        expect(page.get_by_text("Counter").first).to_be_visible()
        page.wait_for_timeout(400)
        assert page.evaluate(_SPILT) == [], f"{name} {size}"
        page.close()


def _fits(page: Page, state: str, *, is_read: bool = True) -> None:
    if is_read:
        looks.check(page, state)
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.wall *')].filter((e) => {
          const box = e.getBoundingClientRect();
          return e.checkVisibility() && !e.closest('.visually-hidden') && box.width > 0
            && (box.right > innerWidth + 5 || box.bottom > innerHeight + 5 || box.left < -5 || box.top < -5);
        }).map((e) => e.className)"""
    )
    assert outside == [], state
    # Digits stand in boxes lower than themselves: boxes are compared, not what may scroll.
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.cell, .row, .far-row, .many-strip, .hero-ticket, .hero-counter')]
          .flatMap((frame) => [...frame.querySelectorAll('p, b, span, svg')].map((e) => [frame, e]))
          .filter(([frame, e]) => {
            const [outer, box] = [frame.getBoundingClientRect(), e.getBoundingClientRect()];
            return box.width > 0 && !e.closest('.visually-hidden') && (box.left < outer.left - 3
              || box.right > outer.right + 3 || box.top < outer.top - 3 || box.bottom > outer.bottom + 3);
          }).map(([frame, e]) => `${frame.className}: ${e.className} ${e.textContent}`)"""
    )
    assert cut == [], state


def test_forty_counters_are_shown_in_pages_and_none_is_cut(
    office: Office, open_page: Callable[..., Page]
) -> None:
    for n in range(15, 41):
        body = {"officer": f"Nguyễn Thị Phương Thảo {n}"}
        assert office.call("api", "POST", f"/counters/{BRANCH}-{n}/open", body)[0] == 200
    page = wall(open_page, office, "many")
    seen: set[str] = set()
    for number in range(2):
        expect(page.locator(f"[data-testid=many][data-page='{number}']")).to_be_visible()
        _fits(page, f"page {number}")
        seen |= {cell.get_attribute("data-counter") or "" for cell in page.locator(".cell").all()}
    assert seen == {str(n) for n in range(1, 41)}


def test_a_zone_shows_and_speaks_its_own_counters_alone(
    office: Office, open_page: Callable[..., Page]
) -> None:
    zone, whole = wall(open_page, office, "zone"), wall(open_page, office, "display")
    expect(zone.locator(HERO)).to_be_visible()
    shown = {row.get_attribute("data-number") for row in zone.locator("[data-number]").all()}
    number = _call(office, 5)
    expect(whole.locator(f"[data-number='{number}']").first).to_be_visible()
    assert {
        row.get_attribute("data-number") for row in zone.locator("[data-number]").all()
    } == shown
    own = _call(office, 2)
    expect(zone.locator(f"[data-number='{own}']").first).to_be_visible()
    assert "zone" not in announcers(office, number)
    assert announcers(office, own) >= {"zone"}


def _call(office: Office, n: int) -> str:
    """The counter's next one; whoever was there has not come."""
    office.desk("recall", {}, n)
    office.desk("no-show", {}, n)
    status, answer = office.desk("call-next", {}, n)
    assert status == 200, answer
    return str(answer["ticket"]["number"])


def test_a_call_is_really_spoken_out_of_clips(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = wall(open_page, office, "display")
    expect(page.get_by_text("Chỉ có chuông")).to_have_count(0)
    page.wait_for_timeout(2500)
    page.evaluate("window.heard.ms = 0")
    number = _call(office, 3)
    expect(page.locator(f"{HERO}[data-number='{number}']")).to_be_visible()
    until(page, "window.heard.ms > 3500")
    heard = page.evaluate("window.heard")
    assert 0.1 < heard["level"] <= 1.0, heard
    for _ in range(100):
        if "display" in announcers(office, number, "spoken"):
            return
        page.wait_for_timeout(200)
    raise AssertionError("the call was not reported as spoken")


def test_a_missing_clip_blocks_nothing(office: Office, open_page: Callable[..., Page]) -> None:
    """It rings and is shown; the counter is not told that it was spoken, the administrator is told why."""
    page = open_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(LISTEN)
    page.route("**/display/voice/**/*.ogg", lambda route: route.fulfill(status=500, body=""))
    page.goto(address(office, "zone"))
    expect(page.locator(HERO)).to_be_visible()
    page.wait_for_timeout(1500)
    page.evaluate("window.heard.ms = 0")
    numbers = [_call(office, n) for n in (1, 2)]
    for number in numbers:
        expect(page.locator(f"{HERO}[data-number='{number}']")).to_be_visible()
    until(page, "window.heard.ms > 400")
    told_of(office, page, b"voice_incomplete")
    assert "zone" in announcers(office, numbers[0])
    assert "zone" not in announcers(office, numbers[0], "spoken")


def test_after_a_cut_the_board_is_a_fresh_one_and_nothing_sounds(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = wall(open_page, office, "display")
    expect(page.locator(HERO)).to_be_visible()
    page.wait_for_timeout(9000)  # the calls of before have had their turn
    page.context.set_offline(True)
    expect(page.locator(".notice-lost")).to_be_visible(timeout=40_000)
    missed = [_call(office, n) for n in (6, 7, 8)]
    page.evaluate("window.heard.ms = 0")
    page.context.set_offline(False)
    expect(page.locator(".notice-lost")).to_have_count(0, timeout=40_000)
    expect(page.locator(f"[data-number='{missed[-1]}']").first).to_be_visible()
    fresh = wall(open_page, office, "display")
    expect(fresh.locator(f"[data-number='{missed[-1]}']").first).to_be_visible()
    board = (
        "[...document.querySelectorAll('.wall-main [data-number]')].map((e) => e.dataset.number)"
    )
    assert page.evaluate(board) == fresh.evaluate(board)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.heard.ms") == 0
    assert announcers(office, missed[-1]) == set()


def test_an_emergency_takes_every_screen_and_gives_it_back(
    office: Office, open_page: Callable[..., Page]
) -> None:
    walls = [wall(open_page, office, "display"), wall(open_page, office, "sign", (1080, 1920))]
    supervisor = socketio.Client()
    cookie = {"Cookie": signed_in(office, "giamsat")}
    supervisor.connect(office.base_url, namespaces=["/manager"], auth={"branch": BRANCH},
                       headers=cookie, transports=["websocket"])  # fmt: skip
    words = "Yêu cầu mọi người rời khỏi toà nhà theo lối thoát hiểm gần nhất " * 2

    def send(name: str, **content: Any) -> Any:
        message = {"name": name, "command_id": f"{name} 1", **content}
        return supervisor.call("command", message, namespace="/manager", timeout=10)

    raised = send("PostNotice", text_vi=words.strip(), text_en="Leave the building", emergency=True)
    assert raised["ok"], raised
    for page in walls:
        expect(page.get_by_test_id("emergency")).to_be_visible(timeout=5_000)
        looks.check(page, "emergency")
        until(page, "window.heard.ms > 800")
    assert send("WithdrawNotice", notice=raised["seq"])["ok"]
    for page in walls:
        expect(page.get_by_test_id("emergency")).to_have_count(0, timeout=5_000)
        expect(page.locator(".wall")).to_be_visible()
    supervisor.disconnect()


def test_a_missing_file_is_passed_over_and_told(
    office: Office, open_page: Callable[..., Page]
) -> None:
    (media.folder(office.data, BRANCH) / "anh.png").write_text("not a picture")
    try:
        page = wall(open_page, office, "media")
        expect(page.get_by_text("Nộp hồ sơ trực tuyến tại nhà")).to_be_visible()
        told_of(office, page, b"media_missing")
    finally:
        furnish(office, counters=40)


def test_the_night_is_dark_and_the_morning_wakes(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with running(tmp_path) as office:
        _from_evening_to_morning(office, open_page)
        _renewed_in_the_night(office, open_page)


def _from_evening_to_morning(office: Office, open_page: Callable[..., Page]) -> None:
    page = wall(open_page, office, "display")
    clock(office, "2026-11-24T21:00:00+07:00")
    night = page.get_by_test_id("night")
    expect(night).to_contain_text("Mở cửa lúc 07:30, Thứ Tư", timeout=15_000)
    dark = page.evaluate("getComputedStyle(document.querySelector('.night')).backgroundColor")
    assert dark == "rgb(0, 0, 0)"
    clock(office, "2026-11-25T07:15:00+07:00")
    page.evaluate("window.heard.ms = 0")
    expect(night).to_have_count(0, timeout=15_000)
    expect(page.locator(".wall")).to_be_visible()
    until(page, "window.heard.ms > 200")  # the sound is tried


#: Until it is loaded anew the page has run for thirteen hours, and it looks every half second.
_AGED = """
(() => {
  const hours = sessionStorage.getItem("loaded") ? 0 : 13;
  sessionStorage.setItem("loaded", "1");
  window.aged = {
    performance: { now: () => performance.now() + hours * 3_600_000 },
    setInterval: (what, ms) => setInterval(what, ms === 60_000 ? 500 : ms),
  };
})();
"""


def _renewed_in_the_night(office: Office, open_page: Callable[..., Page]) -> None:
    """Once, in the dark alone, not while somebody is called, and without a flash."""
    page = open_page(viewport={"width": 960, "height": 540})
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    page.add_init_script(_AGED)
    page.route(re.compile(r"/display/js/(night|wall)\.js"), _aged)
    page.goto(address(office, "display"))
    expect(page.locator(".wall")).to_be_visible()
    brightness: list[float] = []
    film = page.context.new_cdp_session(page)

    def look(frame: dict[str, Any]) -> None:
        picture = Image.open(io.BytesIO(base64.b64decode(frame["data"])))
        brightness.append(ImageStat.Stat(picture.convert("L")).mean[0])
        film.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    film.on("Page.screencastFrame", look)
    page.wait_for_timeout(1_500)
    assert len(loads) == 1, "loaded anew in the light"
    clock(office, "2026-11-26T02:25:00+07:00")
    office.desk("open")
    # Somebody of the night, with a number of the paper roll.
    status, answer = office.desk("roll", {"queue": "A", "roll": 7, "call": True})
    assert status == 200, answer
    expect(page.locator("[data-number=P007]").first).to_be_visible()
    clock(office, "2026-11-26T02:40:00+07:00")
    page.wait_for_timeout(2_500)  # it has looked five times
    assert len(loads) == 1, "loaded anew while somebody is called"
    film.send("Page.startScreencast", {"format": "jpeg", "everyNthFrame": 1})
    assert office.desk("start")[0] == 200
    assert office.desk("complete", {"outcome": "tiep-nhan"})[0] == 200
    clock(office, "2026-11-26T02:45:00+07:00")
    for _ in range(150):
        if len(loads) > 1:
            break
        page.wait_for_timeout(200)
    expect(page.get_by_test_id("night")).to_be_visible()
    page.wait_for_timeout(3_000)
    assert len(loads) == 2
    assert len(brightness) > 2
    assert max(brightness) < 100, brightness


def _aged(route: Route) -> None:
    answer = route.fetch()
    shadow = "setInterval" if "wall.js" in route.request.url else "performance"
    route.fulfill(response=answer, body=f"const {{ {shadow} }} = globalThis.aged;\n{answer.text()}")

"""Walls in a real Chromium: every layout at every size, zones, a cut, an emergency, the night."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
import socketio
from playwright.sync_api import Page, expect

from display import media
from server import redis_server
from tests.e2e import looks
from tests.e2e.walls import address, furnish
from tests.live_office import BRANCH, Office, running
from tests.server.test_rating import signed_in

pytestmark = pytest.mark.e2e
expect.set_options(timeout=25_000)
HERO = "[data-testid=hero]"
SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (1080, 1920)]
#: Counts what comes out of the loudspeaker: how often it sounded, and how long in all.
_LISTEN = """
(() => {
  window.heard = {level: 0, ms: 0, nodes: 0};
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && !(this instanceof AnalyserNode)) {
      window.heard.nodes += 1;
      const ear = this.context.createAnalyser();
      ear.fftSize = 2048;
      connect.call(this, ear);
      const samples = new Float32Array(ear.fftSize);
      setInterval(() => {
        ear.getFloatTimeDomainData(samples);
        const level = Math.max(...samples.map(Math.abs));
        window.heard.level = Math.max(window.heard.level, level);
        if (level > 0.02) window.heard.ms += 40;
      }, 40);
    }
    return connect.call(this, to, ...more);
  };
})();
"""


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
    for queue in "ABCDEHKLMR":
        for _ in range(14):
            office.call(
                "kiosk", "POST", f"/branches/{BRANCH}/tickets", {"queue": queue, "channel": "api"}
            )
    for n in range(1, 14):
        assert office.desk("call-next", {}, n)[0] == 200


def wall(
    open_page: Callable[..., Page], office: Office, name: str, size: tuple[int, int] = SIZES[0]
) -> Page:
    page = open_page(viewport={"width": size[0], "height": size[1]})
    page.add_init_script(_LISTEN)
    page.goto(address(office, name))
    expect(page.locator(".wall")).to_be_visible()
    return page


def _until(page: Page, condition: str) -> None:
    """The page's policy lets nothing be evaluated by the page itself."""
    for _ in range(150):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{condition}: {page.evaluate('window.heard')}")


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
    assert "zone" not in _announcers(office, number)
    assert _announcers(office, own) >= {"zone"}


def _call(office: Office, n: int) -> str:
    """The counter's next one; whoever was there has not come."""
    office.desk("recall", {}, n)
    office.desk("no-show", {}, n)
    status, answer = office.desk("call-next", {}, n)
    assert status == 200, answer
    return str(answer["ticket"]["number"])


def _announcers(office: Office, number: str, how: str = "shown") -> set[str]:
    """The displays that said they showed (or spoke) this number's call."""
    found = office.events()
    of = {e["ticket"]: e["payload"]["number"] for e in found if e["type"] == "TicketIssued"}
    return {
        e["payload"]["display"]
        for e in found
        if e["type"] == "CallAnnounced" and of[e["ticket"]] == number and e["payload"]["how"] == how
    }


def test_a_call_is_really_spoken_out_of_clips(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = wall(open_page, office, "display")
    expect(page.get_by_text("Chỉ có chuông")).to_have_count(0)
    page.wait_for_timeout(2500)
    page.evaluate("window.heard.ms = 0")
    number = _call(office, 3)
    expect(page.locator(f"{HERO}[data-number='{number}']")).to_be_visible()
    _until(page, "window.heard.ms > 3500")
    heard = page.evaluate("window.heard")
    assert 0.1 < heard["level"] <= 1.0, heard
    for _ in range(100):
        if "display" in _announcers(office, number, "spoken"):
            return
        page.wait_for_timeout(200)
    raise AssertionError("the call was not reported as spoken")


def test_ten_calls_at_once_are_spoken_whole_and_in_order(
    office: Office, open_page: Callable[..., Page]
) -> None:
    """Thirty of them are tried without sound in `tests/js/display_announcer.test.js`."""
    page = wall(open_page, office, "display")
    page.wait_for_timeout(2500)
    page.evaluate("window.heard.ms = 0")
    counters = (1, 2, 3, 4, 6, 7, 8, 9, 10, 12)
    for n in counters:
        office.desk("start", {}, n)
        office.desk("complete", {"outcome": "tiep-nhan"}, n)
    with ThreadPoolExecutor(len(counters)) as desks:
        answers = list(desks.map(lambda n: office.desk("call-next", {}, n), counters))
    numbers = [answer["ticket"]["number"] for status, answer in answers if status == 200]
    assert len(numbers) == len(counters)
    spoken: list[str] = []
    for _ in range(60):
        spoken = _said_by(office, "display", set(numbers))
        if len(spoken) == len(numbers):
            break
        page.wait_for_timeout(2_000)
    assert spoken == _called(office, set(numbers))
    # A call takes four seconds and more; none was cut short for the next.
    assert page.evaluate("window.heard.ms") > 2_500 * len(numbers)


def _called(office: Office, numbers: set[str]) -> list[str]:
    """These numbers in the order of their calls."""
    found = office.events()
    of = {e["ticket"]: e["payload"]["number"] for e in found if e["type"] == "TicketIssued"}
    return [
        of[e["ticket"]] for e in found if e["type"] == "TicketCalled" and of[e["ticket"]] in numbers
    ]


def _said_by(office: Office, display: str, numbers: set[str]) -> list[str]:
    """These numbers in the order in which a display spoke them."""
    found = office.events()
    of = {e["ticket"]: e["payload"]["number"] for e in found if e["type"] == "TicketIssued"}
    said = [
        of[e["ticket"]]
        for e in found
        if e["type"] == "CallAnnounced"
        and (e["payload"]["display"], e["payload"]["how"]) == (display, "spoken")
    ]
    return [number for number in dict.fromkeys(said) if number in numbers]


def test_a_missing_clip_blocks_nothing(office: Office, open_page: Callable[..., Page]) -> None:
    """It rings and is shown; the counter is not told that it was spoken, the administrator is told why."""
    page = open_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(_LISTEN)
    page.route("**/display/voice/**/*.ogg", lambda route: route.fulfill(status=500, body=""))
    page.goto(address(office, "zone"))
    expect(page.locator(HERO)).to_be_visible()
    page.wait_for_timeout(1500)
    page.evaluate("window.heard.ms = 0")
    numbers = [_call(office, n) for n in (1, 2)]
    for number in numbers:
        expect(page.locator(f"{HERO}[data-number='{number}']")).to_be_visible()
    _until(page, "window.heard.ms > 400")
    _told_of(office, page, b"voice_incomplete")
    assert "zone" in _announcers(office, numbers[0])
    assert "zone" not in _announcers(office, numbers[0], "spoken")


def _told_of(office: Office, page: Page, problem: bytes) -> None:
    """The device wall will say it."""
    with redis.Redis.from_url(redis_server.url_of(office.data)) as known:
        for _ in range(200):
            if any(problem in entry for entry in known.hvals(f"motcua:contacts:{BRANCH}")):  # type: ignore[union-attr]
                return
            page.wait_for_timeout(200)
    raise AssertionError("nobody was told")


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
    assert _announcers(office, missed[-1]) == set()


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
        _until(page, "window.heard.ms > 800")
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
        _told_of(office, page, b"media_missing")
    finally:
        furnish(office, counters=40)


def test_the_night_is_dark_and_the_morning_wakes(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with running(tmp_path) as office:
        _from_evening_to_morning(office, open_page)


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
    _until(page, "window.heard.ms > 200")  # the sound is tried

"""What a wall says besides calls, in a real Chromium: shown, and spoken by the clips of its words."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from display.announce import announcement, plain
from display.voice import voices
from display.voice.build import Build
from display.voice.sentences import for_browser
from display.voice.shelf import Shelf
from server import branches, database
from server.domain.announcements import SPOKEN, Sentence
from server.domain.hall import Voice
from tests.e2e import looks
from tests.e2e.walls import address, furnish
from tests.live_office import BRANCH, MORNING, PASSWORD, Office, running

pytestmark = pytest.mark.e2e
HERO = "[data-testid=hero]"
PAUSE_MINUTES = 12
SPEAKING = "[data-testid=notice-bar][data-spoken=now]"
#: Keeps which clip each sound that begins is made of, and lets the page's clock be set forward.
_LISTEN = """
(() => {
  window.begun = [];
  window.later = 0;
  const now = Date.now;
  Date.now = () => now() + window.later;
  const [body, decode] = [Response.prototype.arrayBuffer, BaseAudioContext.prototype.decodeAudioData];
  Response.prototype.arrayBuffer = async function () {
    return Object.assign(await body.call(this), {from: this.url});
  };
  BaseAudioContext.prototype.decodeAudioData = async function (bytes) {
    const {from} = bytes;
    return Object.assign(await decode.call(this, bytes), {from});
  };
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    window.begun.push(this.buffer.from.split('/').at(-1).replace('.ogg', ''));
    return start.apply(this, when);
  };
})();
"""


def _pack(data: Path) -> None:
    """The clips of what is said here, and no more: a whole pack takes half a minute."""
    said = (
        *(announcement(kind, number="A001", counter=n) for kind in Sentence for n in (1, 2)),
        announcement(Sentence.PAUSE_MINUTES, counter=2, minutes=PAUSE_MINUTES),
        announcement(Sentence.CLOSING, minutes=15),
    )
    words = dict.fromkeys(word for one in said for word in one.words_vi)
    voice = voices.espeak()
    list(Build(Shelf(data / "voice", "vi"), voice, tuple(words)).steps())
    voice.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data = tmp_path_factory.mktemp("sentences")
    _pack(data)
    with running(data, clock="shifted") as started:
        furnish(started)
        engine = database.connect(f"sqlite:///{data / 'motcua.db'}")
        known = branches.require(engine, BRANCH)
        talkative = replace(known, voice=Voice(speaks=SPOKEN))
        branches.apply(engine, talkative, now=datetime.fromisoformat(MORNING), actor="job:test")
        engine.dispose()
        for n in (1, 2):
            started.desk("open", {}, n)
        for _ in range(4):
            started.issue()
        yield started


@pytest.fixture
def wall(office: Office, open_page: Callable[..., Page]) -> Page:
    page = open_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(_LISTEN)
    page.goto(address(office, "display"))
    expect(page.locator(".wall")).to_be_visible()
    return page


def _said(office: Office, page: Page) -> str:
    """The words that began to sound, in order; the empty string before the first."""
    known = for_browser(Shelf(office.data / "voice", "vi"))["words"]
    words = {clip["clip"]: word for word, clip in known.items()}
    return " ".join(plain(words.get(clip, "?")) for clip in page.evaluate("window.begun"))


def _until_said(office: Office, page: Page, words: str) -> None:
    for _ in range(100):
        if words in _said(office, page):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{words!r} was not said: {_said(office, page)!r}")


def _line(page: Page, words: str) -> Locator:
    bar = page.locator(SPEAKING)
    expect(bar).to_contain_text(words, timeout=15_000)
    return bar


def _clock(office: Office, at: str) -> None:
    assert (
        office.call("api", "PUT", "/simulation/clock", {"now": f"2026-11-24T{at}+07:00"})[0] == 200
    )


def test_last_call_forward_and_pause(office: Office, wall: Page) -> None:
    wall.wait_for_timeout(2_000)  # the clips are on their way
    assert office.desk("call-next")[0] == 200
    assert office.desk("recall")[0] == 200
    expect(wall.locator(HERO)).to_contain_text("GỌI LẦN CUỐI", timeout=10_000)
    _line(wall, "Đây là lần gọi cuối. Nếu vắng mặt, số của Quý công dân sẽ được tạm giữ.")
    looks.check(wall, "last call")
    _until_said(office, wall, "nhắc lại lần hai")
    _until_said(office, wall, "đây là lần gọi cuối nếu vắng mặt")

    office.desk("start")
    assert office.desk("transfer", {"to_counter": f"{BRANCH}-2", "reason": "Đúng quầy"})[0] == 200
    hero = wall.locator(HERO)
    expect(hero).to_contain_text("MỜI CHUYỂN QUẦY")
    expect(hero.locator(".hero-desk-number")).to_have_text("02")
    _line(wall, "không cần lấy lại số")
    looks.check(wall, "forward")
    _until_said(office, wall, "kính mời quý công dân chuyển đến quầy số hai")
    assert office.desk("undo")[0] == 200
    expect(hero).not_to_contain_text("MỜI CHUYỂN QUẦY", timeout=5_000)
    expect(wall.locator(SPEAKING)).to_have_count(0)

    at = datetime.fromisoformat(office.events()[-1]["at"])
    back = at + timedelta(minutes=PAUSE_MINUTES - 0.5)
    pause = {"reason": "Nghỉ", "return_at": back.isoformat()}
    assert office.desk("pause", pause, 2)[0] == 200
    _line(wall, "Quầy số hai tạm dừng phục vụ khoảng mười hai phút.")
    looks.check(wall, "pause")
    _until_said(office, wall, "quầy số hai tạm dừng phục vụ khoảng mười hai phút")
    assert office.desk("resume", {}, 2)[0] == 200
    expect(wall.locator(SPEAKING)).to_have_count(0, timeout=5_000)


def test_a_notice_is_read_aloud_once(
    office: Office, wall: Page, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{office.base_url}/login")
    page.fill("#username", "giamsat")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Đăng thông báo").click()
    page.fill("#notice-vi", "Mời chủ xe máy biển số 29 ra cổng")
    page.get_by_label("Đọc lên loa").check()
    looks.check(page, "notice to be read aloud")
    page.get_by_role("button", name="Đăng", exact=True).click()
    _line(wall, "Mời chủ xe máy biển số 29 ra cổng")
    _until_said(office, wall, "Mời chủ xe máy biển số hai mươi chín ra cổng")
    looks.check(wall, "notice")
    wall.reload()
    expect(wall.locator(".notice-text")).to_be_visible()
    wall.wait_for_timeout(4_500)
    assert "Mời chủ xe" not in _said(office, wall)


def test_the_wall_alone_says_that_the_last_ticket_is_near(office: Office, wall: Page) -> None:
    wall.wait_for_timeout(1_500)
    _clock(office, "16:14:57")
    _line(wall, "Còn mười lăm phút nữa hết giờ nhận số.")
    looks.check(wall, "closing")
    _until_said(office, wall, "còn mười lăm phút nữa hết giờ nhận số")
    wall.reload()
    expect(wall.locator(".notice-text")).to_be_visible()
    wall.wait_for_timeout(2_500)
    expect(wall.locator(SPEAKING)).to_have_count(0)
    assert _said(office, wall) == ""


def test_the_wall_alone_says_that_the_server_is_silent(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(_LISTEN)
    is_cut: dict[str, Any] = {"now": False}

    def between(client: WebSocketRoute) -> None:
        server = client.connect_to_server()
        client.on_message(lambda message: None if is_cut["now"] else server.send(message))
        server.on_message(lambda message: None if is_cut["now"] else client.send(message))

    page.route_web_socket("**/socket.io/**", between)
    page.goto(address(office, "display"))
    expect(page.locator(".wall")).to_be_visible()
    page.wait_for_timeout(3_000)  # the clips are on their way
    is_cut["now"] = True
    page.evaluate("window.later = 59_000")
    expect(page.locator(SPEAKING)).to_have_count(0)
    bar = _line(page, "Hệ thống gọi số đang gián đoạn.")
    expect(bar).to_contain_text("Mất kết nối")
    looks.check(page, "outage")
    _until_said(office, page, "hệ thống gọi số đang gián đoạn")
    is_cut["now"] = False
    expect(page.locator(SPEAKING)).to_have_count(0, timeout=10_000)
    expect(page.locator(".notice-lost")).to_have_count(0)

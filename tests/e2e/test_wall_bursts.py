"""What a wall makes of many calls at once, of a cut in their midst, and of a film that plays meanwhile."""

import base64
import contextlib
import http.client
import itertools
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from display import media
from server.domain.hall import Media
from tests import processes
from tests.e2e import fast_wall
from tests.e2e.walls import LISTEN, address, furnish, told_of, until, wall
from tests.live_office import BRANCH, Office, ready, running
from tests.server.test_rating import signed_in

pytestmark = pytest.mark.e2e
HERO = "[data-testid=hero]"
QUEUES = "ABCDEHKLMR"
#: A second of a grey picture with a tone, as a browser films it.
_RECORD_FILM = """async () => {
  const canvas = document.createElement("canvas");
  const paint = setInterval(() => canvas.getContext("2d").fillRect(0, 0, 100, performance.now() % 90), 40);
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  const tracks = [...canvas.captureStream(25).getTracks(), ...out.stream.getTracks()];
  const recorder = new MediaRecorder(new MediaStream(tracks), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const isOver = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  setTimeout(() => recorder.stop(), 1_000);
  await isOver;
  clearInterval(paint);
  return (await new Blob(parts).bytes()).toBase64();
}"""


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, hall: Path, browser: Browser
) -> Iterator[Office]:
    """Sixteen open counters."""
    data = tmp_path_factory.mktemp("bursts")
    shutil.copytree(hall / "voice", data / "voice")
    with running(data) as started:
        furnish(started, more_media=(Media(file="phim.webm"),))
        page = browser.new_page()
        film = media.folder(data, BRANCH) / "phim.webm"
        film.write_bytes(base64.b64decode(page.evaluate(_RECORD_FILM)))
        page.close()
        _issue(started, 14)
        for n in range(1, 17):
            started.desk("open", {}, n)
        yield started


def test_a_stopgap_voice_is_hinted_at_once_for_all_displays(
    office: Office, open_page: Callable[..., Page]
) -> None:
    speaking, other = wall(open_page, office, "display"), wall(open_page, office, "far")
    for page in (speaking, other):
        told_of(office, page, b"voice_fallback")
    manager = open_page()
    for cookie in signed_in(office, "quantri").split("; "):
        name, _, value = cookie.partition("=")
        manager.context.add_cookies([{"name": name, "value": value, "url": office.base_url}])
    manager.goto(f"{office.base_url}/manager/{BRANCH}#devices")
    expect(manager.get_by_test_id("voice-hint")).to_have_count(1)
    expect(manager.get_by_test_id("voice-hint")).to_contain_text("deploy/VOICE.md")
    card = manager.locator("[data-testid=device][data-name=far]")
    expect(card).to_contain_text("đang phát tiếng")
    expect(card.locator(".device-notes li")).to_have_count(0)


#: The numbers that stood in the gold block, one after the other.
_WATCH_BOARD = """
(() => {
  window.shown = [];
  setInterval(() => {
    const number = document.querySelector("[data-turn=now]")?.closest("[data-number]").dataset.number;
    if (number !== window.shown.at(-1)) window.shown.push(number);
  }, 20);
})();
"""


def test_thirty_calls_at_once_are_spoken_whole_and_in_order(
    office: Office, open_page: Callable[..., Page]
) -> None:
    """From sixteen counters; in fast time, clip by clip on the audio clock."""
    page = fast_wall.open_fast(open_page, address(office, "display"), LISTEN, _WATCH_BOARD)
    words = fast_wall.manifest(page)
    until(page, f"window.fast.decoded >= {len(set(words.values()))}")
    page.evaluate("window.shown.length = 0")
    page.evaluate("window.heard.ms = 0")
    calls, took = _burst(office)
    assert len({number for number, _ in calls}) == 30
    assert took < 15, (
        took
    )  # one second on a quiet machine; as long as two are spoken it is no burst
    expected = fast_wall.clips_of(calls, words)
    until(page, f"window.played.length >= {sum(map(len, expected))}", within_s=120)
    heard = fast_wall.played(page)[: sum(map(len, expected))]
    assert [one.clip for one in heard] == [clip for said in expected for clip in said]
    page.wait_for_timeout(1_500)  # the last one comes to its end
    heard = fast_wall.played(page)[: len(heard)]
    assert fast_wall.faults(heard) == []
    assert page.evaluate("window.heard.ms") > 2_000 * len(calls) / fast_wall.TIMES
    shown = [number for number in page.evaluate("window.shown") if number]
    assert list(dict.fromkeys(shown)) == [number for number, _ in calls]
    # Who has left the counter meanwhile needs no note; the last of each counter has one.
    last = set({counter: number for number, counter in calls}.values())
    assert _said_by(office, "display", last) == [n for n, _ in calls if n in last]


def test_a_page_loaded_anew_and_a_killed_server_lose_nothing_and_say_nothing_twice(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = fast_wall.open_fast(open_page, address(office, "display"), LISTEN)
    words = fast_wall.manifest(page)
    until(page, f"window.fast.decoded >= {len(set(words.values()))}")
    _burst(office, 16)
    until(page, "window.played.length > 20")
    page.reload()
    expect(page.locator(HERO)).to_be_visible()
    page.wait_for_timeout(2_500)  # of which it would have spoken for half a minute
    assert (fast_wall.played(page), page.evaluate("window.chimes")) == ([], 0)
    _equals_a_fresh_one(office, open_page, page)

    heard, _ = _burst(office, 16)
    until(page, "window.played.length > 20")
    processes.kill(office.data, "web")
    # As soon as it is there again, whether the wall is or not.
    ready(office)
    calls = [*heard, *_burst(office, 16)[0]]
    assert len({number for number, _ in calls}) == 32
    _equals_a_fresh_one(office, open_page, page)
    said = fast_wall.said(page, calls, words)
    assert said == [number for number, _ in calls if number in set(said)]
    assert said, "the kill came before anything was said"
    # A chime is six tones; whoever was called while the link was cut has none.
    assert page.evaluate("window.chimes") == 6 * len(said)


def _equals_a_fresh_one(office: Office, open_page: Callable[..., Page], page: Page) -> None:
    """Once its turns are over, the wall shows what one shows that was opened just now."""
    expect(page.locator(".notice-lost")).to_have_count(0, timeout=40_000)
    fresh = wall(open_page, office, "display")
    expect(fresh.locator(HERO)).to_be_visible()
    shown = "JSON.stringify([...document.querySelectorAll('.wall-main [data-number]')].map((e) => e.dataset.number))"
    for _ in range(300):
        if page.evaluate(shown) == fresh.evaluate(shown):
            break
        page.wait_for_timeout(200)
    assert page.evaluate(shown) == fresh.evaluate(shown)
    fresh.close()


#: The film's volume, and whether a clip is heard at that moment, fifty times a second.
_WATCH_FILM = """
(() => {
  window.film = [];
  setInterval(() => {
    const video = document.querySelector("video");
    if (!video) return;
    video.loop = true;  // a second of it is enough
    const now = window.fast?.audio?.currentTime ?? 0;
    const isHeard = window.played.some(({ at, until }) => at <= now && now < until);
    window.film.push([Math.round(video.volume * 100), isHeard, !video.paused && !video.muted]);
  }, 20);
})();
"""


def test_a_film_is_lowered_under_a_call_and_raised_after_it(
    office: Office, open_page: Callable[..., Page]
) -> None:
    """On a display that speaks by what it says; on a silent one, where another speaks, for a turn."""
    pages = [
        fast_wall.open_fast(open_page, address(office, name), _WATCH_FILM)
        for name in ("film", "media")
    ]
    for page in pages:
        until(page, "window.film.at(-1)?.[0] === 60")
        page.evaluate("window.film = []")
    _free(office, 1)
    office.issue(channel="api")
    assert office.desk("call-next", {}, 1)[1]["ticket"]
    for page in pages:
        until(page, "window.film.some(([volume]) => volume === 8) && window.film.at(-1)[0] === 60")
    speaking, silent = (page.evaluate("window.film") for page in pages)
    assert all(is_playing for _, _, is_playing in speaking)
    under = {volume for volume, is_heard, _ in speaking if is_heard}
    assert under == {8}
    assert not any(is_heard for _, is_heard, _ in silent)
    for told in (speaking, silent):
        levels = [volume for volume, _, _ in told]
        steps = [levels[0], *(b for a, b in itertools.pairwise(levels) if a != b)]
        assert steps == [60, 8, 60], "it goes down and up once, not between the two readings"


def _free(office: Office, n: int) -> None:
    """Nobody is at the counter."""
    office.desk("open", {}, n)
    office.desk("resume", {}, n)
    office.desk("start", {}, n)
    office.desk("complete", {"outcome": "huong-dan"}, n)


def _burst(office: Office, many: int = 30) -> tuple[list[tuple[str, int]], float]:
    """So many calls as fast as sixteen counters can: in the order of the log, and the seconds."""
    for n in range(1, 17):
        _free(office, n)
    _issue(office, 3)
    after = office.events()[-1]["seq"]
    began = time.monotonic()
    with ThreadPoolExecutor(16) as desks:
        work = [desks.submit(_work, office, n, 1 + (n <= many - 16)) for n in range(1, 17)]
        for each in work:
            each.result()
    took = time.monotonic() - began
    return _calls(office, after), took


def _issue(office: Office, many: int) -> None:
    """So many people more in every queue."""
    for queue in QUEUES * many:
        body = {"queue": queue, "channel": "api"}
        assert office.call("kiosk", "POST", f"/branches/{BRANCH}/tickets", body)[0] == 201


def _work(office: Office, n: int, many: int) -> None:
    """So many people at one counter, each done as soon as called."""
    for again in range(many):
        if again:
            _pressed(office, n, "start", {})
            _pressed(office, n, "complete", {"outcome": "huong-dan"})
        _pressed(office, n, "call-next", {})


def _pressed(office: Office, n: int, verb: str, body: dict[str, str]) -> None:
    """Pressed again, as the same press, until the server answers."""
    path, key = f"/counters/{BRANCH}-{n}/{verb}", str(uuid.uuid4())
    for _ in range(100):
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, answer = office.call(f"counter-{n}", "POST", path, body, key=key)
            if status < 500:
                assert status == 200, answer
                return
        time.sleep(0.1)
    raise AssertionError("the server did not come back")


def _calls(office: Office, after: int) -> list[tuple[str, int]]:
    """Number and counter of each call after `after`."""
    found = office.events()
    of = {e["ticket"]: e["payload"]["number"] for e in found if e["type"] == "TicketIssued"}
    return [
        (of[e["ticket"]], int(e["payload"]["counter"].rsplit("-", 1)[1]))
        for e in found
        if e["type"] == "TicketCalled" and e["seq"] > after
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

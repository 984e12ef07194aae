"""Everything readable aloud, from this machine: heard to the end, in both languages, and hushed."""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from server import database
from server.demo import DOSSIERS_FILE
from server.dossiers import table
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e
#: Notes what is played, how long it is, and how it ends.
_LISTEN = """
  window.heard = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const one = { at: performance.now(), ended: false, duration: 0 };
    window.heard.push(one);
    this.addEventListener('ended', () => { one.ended = true; one.duration = (performance.now() - one.at) / 1000; }, { once: true });
    return play.call(this);
  };
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("office")) as live:
        yield live


@pytest.fixture
def kiosk(office: Office, open_page: Callable[..., Page]) -> Page:
    page = open_page(viewport={"width": 1080, "height": 1920})
    page.add_init_script(_LISTEN)
    page.goto(f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}")
    expect(page.locator(".tile:not([aria-disabled])").first).to_be_visible(timeout=25_000)
    return page


@pytest.fixture
def asked(office: Office, open_page: Callable[..., Page]) -> tuple[Page, list[dict[str, str]]]:
    """A kiosk, and the sentences that it has asked for."""
    said: list[dict[str, str]] = []

    def note(frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else ""
        if '["say",' in text:
            said.append(json.loads(text[text.index("[") :])[1])

    page = open_page(viewport={"width": 1080, "height": 1920})
    page.add_init_script(_LISTEN)
    page.on("websocket", lambda socket: socket.on("framesent", note))
    page.goto(f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}")
    expect(page.locator(".tile:not([aria-disabled])").first).to_be_visible(timeout=25_000)
    return page, said


def wait_for(page: Page, said: list[dict[str, str]], words: str, language: str) -> None:
    for _ in range(450):
        if any(words in one["text"] and one["language"] == language for one in said):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never read: {words!r} ({language}); read: {said}")


def press(page: Page, target: str) -> None:
    page.wait_for_timeout(500)
    page.locator(target).first.click()


def ended(page: Page, more: int) -> None:
    """So many more clips have been heard to their end."""
    before = page.evaluate("window.heard.filter((one) => one.ended).length")
    page.wait_for_function(
        "n => window.heard.filter((one) => one.ended).length >= n",
        arg=before + more,
        timeout=60_000,
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_screen_is_read_to_the_end_and_the_next_one_too(kiosk: Page, language: str) -> None:
    if language == "en":
        press(kiosk, ".language[lang=en]")
    press(kiosk, ".aid:has(.icon) >> text=/Đọc|Read/")
    ended(kiosk, 2)
    assert (
        kiosk.evaluate("Math.min(...window.heard.filter((o) => o.ended).map((o) => o.duration))")
        > 0.4
    )
    assert Axe().run(kiosk).response["violations"] == []
    assert kiosk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if folder := os.environ.get("SHOTS"):
        kiosk.screenshot(path=f"{folder}/aloud-{language}.png")
    before = kiosk.evaluate("window.heard.length")
    press(kiosk, ".tile")
    kiosk.wait_for_function("n => window.heard.length > n", arg=before, timeout=15_000)
    press(kiosk, ".aid[aria-pressed=true]:has(.icon)")
    silent = kiosk.evaluate("window.heard.length")
    kiosk.wait_for_timeout(2_500)
    assert kiosk.evaluate("window.heard.length") == silent, "hushed at once"


def test_nothing_is_heard_before_it_is_switched_on(kiosk: Page) -> None:
    press(kiosk, ".tile")
    kiosk.wait_for_timeout(1_500)
    assert kiosk.evaluate("window.heard.length") == 0


def test_keys_read_what_they_reach(kiosk: Page) -> None:
    press(kiosk, ".aid:has(.icon) >> text=/Đọc/")
    ended(kiosk, 1)
    before = kiosk.evaluate("window.heard.length")
    kiosk.keyboard.press("Tab")
    kiosk.wait_for_function("n => window.heard.length > n", arg=before, timeout=15_000)


def is_quiet(page: Page) -> None:
    """Everything that was to be read has been."""
    page.wait_for_function(
        """() => {
          const now = performance.now();
          const last = window.heard.at(-1);
          const until = last && (last.ended ? last.at + 1000 * last.duration : now);
          return last && now - until > 1500;
        }""",
        timeout=90_000,
    )


def test_a_number_stays_until_it_was_read_and_all_its_time_after(kiosk: Page) -> None:
    for target in (".tile", ".choices .choice", ".actions .primary"):
        press(kiosk, target)
    press(kiosk, ".aid:has(.icon) >> text=/Đọc/")
    press(kiosk, ".choice.normal")
    expect(kiosk.locator(".ticket-number")).to_be_visible()
    shown = kiosk.evaluate("performance.now()")
    is_quiet(kiosk)
    left = int(re.findall(r"\d+", kiosk.locator(".stay-words").inner_text())[0])
    took = (kiosk.evaluate("performance.now()") - shown) / 1000
    assert took > 8, "there was something to hear"
    assert left >= 15, f"{left} s left after {took:.0f} s of reading"
    expect(kiosk.locator(".ticket-number")).to_have_count(0, timeout=25_000)


def test_who_listens_is_not_asked_whether_they_are_there(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1080, "height": 1920})
    page.add_init_script(_LISTEN)
    page.clock.install()
    page.goto(f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}")
    press(page, ".tile")
    press(page, ".choices .choice")
    press(page, ".aid:has(.icon) >> text=/Đọc/")
    # In the midst of a sentence: after the last one nobody listens any more.
    page.wait_for_function("() => window.heard.some((one) => !one.ended)", timeout=60_000)
    page.clock.fast_forward(61_000)
    page.wait_for_timeout(600)
    expect(page.locator("dialog.idle")).to_have_count(0)
    press(page, ".aid[aria-pressed=true]:has(.icon)")
    page.clock.fast_forward(61_000)
    expect(page.locator("dialog.idle")).to_be_visible()


def test_a_voice_that_died_speaks_again(kiosk: Page, office: Office) -> None:
    press(kiosk, ".aid:has(.icon) >> text=/Đọc/")
    ended(kiosk, 1)
    workers = voices_of(office)
    assert workers
    for worker in workers:
        worker.kill()
    press(kiosk, ".tile")
    ended(kiosk, 1)


def voices_of(office: Office) -> list[psutil.Process]:
    """The voices of this office alone: others may be speaking on the same machine."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_voice = "kiosk.speech_worker" in process.cmdline()
            if is_voice and process.environ().get("MOTCUA_DATA") == str(office.data):
                found.append(process)
    return found


def test_papers_stay_vietnamese_on_an_english_screen(
    asked: tuple[Page, list[dict[str, str]]],
) -> None:
    page, said = asked
    press(page, ".language[lang=en]")
    press(page, ".aid:has(.icon) >> text=/Read/")
    press(page, ".tile")
    press(page, ".choice")
    paper = page.locator(".sheet-list[lang=vi] li span:not(.bullet)").first.inner_text()
    wait_for(page, said, paper[:40], "vi")
    assert not [one for one in said if paper[:40] in one["text"] and one["language"] == "en"]


def test_what_appears_by_itself_is_read(asked: tuple[Page, list[dict[str, str]]]) -> None:
    page, said = asked
    press(page, ".aid:has(.icon) >> text=/Đọc/")
    ended(page, 1)
    press(page, ".entries .button:nth-child(2)")
    wait_for(page, said, "Ki-ốt này chưa nhận mã hẹn", "vi")
    ended(page, 1)


def test_a_dossier_is_read(office: Office, asked: tuple[Page, list[dict[str, str]]]) -> None:
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    table.load(engine, BRANCH, table.read(DOSSIERS_FILE)[0])
    engine.dispose()
    page, said = asked
    press(page, ".aid:has(.icon) >> text=/Đọc/")
    press(page, ".entries .button:nth-child(1)")
    page.fill("#code", "000.00.12.H26-261112-0023")
    page.keyboard.press("Enter")
    status = page.locator(".dossier-status span").inner_text(timeout=10_000)
    wait_for(page, said, status, "vi")
    ended(page, 1)

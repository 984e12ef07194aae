"""Everything readable aloud, from this machine: heard to the end, in both languages, and hushed."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

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


def test_a_voice_that_died_speaks_again(kiosk: Page, tmp_path: Path) -> None:
    del tmp_path
    press(kiosk, ".aid:has(.icon) >> text=/Đọc/")
    ended(kiosk, 1)
    found = subprocess.run(
        ("pgrep", "-f", "kiosk.speech_worker"), capture_output=True, text=True, check=False
    )
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    press(kiosk, ".tile")
    ended(kiosk, 1)

"""From the citizen's touch to the number on the kiosk, and what a slip costs to draw."""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from kiosk.__main__ import _SAMPLE
from kiosk.printer import escpos_bytes
from kiosk.slip import render
from tests.bench.parts import told
from tests.browser import ARGUMENTS, chromium_path
from tests.live_office import BRANCH, running

#: Notes the last lifting of a finger, and when a number has been painted after it.
_NOTE = """() => {
  addEventListener('pointerup', () => { window.lifted = performance.now(); window.seen = 0; }, true);
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    if (!window.seen && document.querySelector('.ticket-number')) window.seen = performance.now();
  }))).observe(document.body, {subtree: true, childList: true});
}"""
_TOUCHES = 60
_DRAWN = 20
#: The kiosk takes no second touch within 400 ms.
_PAUSE_MS = 450


def touch() -> None:
    """The last touch, on "no priority", until the number is painted in Chromium."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=list(ARGUMENTS)
            )
            page = browser.new_page(viewport={"width": 1080, "height": 1920}, bypass_csp=True)
            page.goto(f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}")
            page.locator(".tile").first.wait_for()
            page.evaluate(_NOTE)
            ms = [_take_a_number(page, n) for n in range(_TOUCHES)]
            browser.close()
        print(f"touch -> number painted on the kiosk: {told(ms)}")


def _take_a_number(page: Page, n: int) -> float:
    for target in (page.locator(".tile").nth(n % 8), page.locator(".actions .primary").first):
        page.wait_for_timeout(_PAUSE_MS)
        target.click()
    page.wait_for_timeout(_PAUSE_MS)
    if page.locator(".choice.normal").count():
        page.locator(".choice.normal").click()
    page.wait_for_function("() => window.seen > 0")
    painted: float = page.evaluate("window.seen - window.lifted")
    page.wait_for_timeout(_PAUSE_MS)
    page.locator(".actions .primary").click()
    return painted


def slip() -> None:
    """The sample slip with three papers, on both widths of paper."""
    for name, width in (("80 mm", 576), ("58 mm", 384)):
        drawn, encoded = [], []
        for _ in range(_DRAWN):
            began = time.perf_counter()
            image = render(_SAMPLE, width)
            drawn.append(time.perf_counter() - began)
            content = escpos_bytes(image)
            encoded.append(time.perf_counter() - began - drawn[-1])
        print(
            f"slip {name}: drawn in {1000 * statistics.median(drawn):.0f} ms, encoded in"
            f" {1000 * statistics.median(encoded):.0f} ms, {len(content)} bytes,"
            f" {image.height / 203 * 2.54:.0f} cm"
        )

"""A link that dies without a word: the kiosk says so within six seconds, and recovers alone."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.live_office import BRANCH, running

pytestmark = pytest.mark.e2e
#: Six seconds, and what a busy machine adds to a page and to this test's own look at it.
_SAID_WITHIN_S = 6 + 2


def test_a_server_that_falls_silent_is_noticed(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with running(tmp_path) as office:
        kiosk = open_page(
            f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
            viewport={"width": 1080, "height": 1920},
        )
        expect(kiosk.locator(".tile:not([aria-disabled])").first).to_be_visible(timeout=25_000)
        kiosk.wait_for_timeout(5_000)
        expect(kiosk.locator(".trouble")).to_have_count(0)
        web = json.loads((tmp_path / "run" / "pids.json").read_text())["web"]
        os.kill(web, signal.SIGSTOP)
        try:
            silent = time.monotonic()
            expect(kiosk.locator(".trouble")).to_be_visible(timeout=20_000)
            assert time.monotonic() - silent < _SAID_WITHIN_S
            kiosk.wait_for_timeout(500)
            expect(kiosk.locator(".tile").first).to_have_attribute("aria-disabled", "true")
        finally:
            os.kill(web, signal.SIGCONT)
        expect(kiosk.locator(".trouble")).to_have_count(0, timeout=30_000)
        expect(kiosk.locator(".tile:not([aria-disabled])").first).to_be_visible()

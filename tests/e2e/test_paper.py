"""Paper that cannot lie: what citizen and officer see when the printer is out (rule P1)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.kiosk.printer_simulator import PrinterSimulator
from tests.live_office import BRANCH, running

pytestmark = pytest.mark.e2e
#: The printer is tried for a quarter of a minute before the staff are told.
SETTLED_MS = 40_000


def test_a_slip_that_fails_is_told_to_the_citizen_and_settled_by_an_officer(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with (
        PrinterSimulator("paper_out") as printer,
        running(tmp_path, printer=printer.address) as office,
    ):
        desk = open_page(
            f"{office.base_url}/counter/{BRANCH}-1#token={office.tokens['counter-1']}",
            viewport={"width": 1366, "height": 768},
        )
        desk.get_by_test_id("open-counter").click()
        kiosk = open_page(
            f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
            viewport={"width": 1080, "height": 1920},
        )
        for words in ("Hộ tịch", "không chọn thủ tục", "thứ tự thông thường"):
            target = kiosk.get_by_text(re.compile(words, re.IGNORECASE)).first
            expect(target).to_be_visible(timeout=25_000)
            kiosk.wait_for_timeout(500)
            target.click()
        paper = kiosk.locator(".paper")
        expect(paper).to_have_attribute("data-paper", re.compile("printing|slow"), timeout=15_000)
        expect(paper).to_have_attribute("data-paper", "failed", timeout=SETTLED_MS)

        listed = desk.get_by_test_id("unprinted")
        expect(listed.locator("[data-number='A001']")).to_be_visible()
        expect(desk.get_by_test_id("tab-waiting")).to_contain_text("0")
        printer.state = "ok"
        listed.get_by_test_id("reprint").click()
        expect(listed).to_have_count(0, timeout=SETTLED_MS)
        expect(desk.get_by_test_id("tab-waiting")).to_contain_text("1")
        assert len(printer.slips) == 1

"""Interlinked procedures: found by any part's words, one choice, one ticket; and what staff see."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.kiosk.printer_simulator import PrinterSimulator
from tests.live_office import BRANCH, running

pytestmark = pytest.mark.e2e


def press(page: Page, target: str) -> None:
    """Touch something, as slowly as people do."""
    found = page.locator(target).first
    expect(found).to_be_visible(timeout=25_000)
    page.wait_for_timeout(500)
    found.click()


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def fits(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_choice_one_ticket_and_guidance_is_counted(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with (
        PrinterSimulator("paper_out") as printer,
        running(tmp_path, printer=printer.address) as office,
    ):
        kiosk = open_page(
            f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
            viewport={"width": 1080, "height": 1920},
        )
        press(kiosk, ".tile:has-text('Hộ tịch')")
        first = kiosk.locator(".choices .choice").first
        expect(first).to_contain_text("Đến một lần, lấy một số")
        kiosk.locator("input[type=search]").fill("bhyt tre em")
        expect(kiosk.locator(".choices .choice")).to_have_count(1)
        fits(kiosk)
        shot(kiosk, "linked-search")
        press(kiosk, ".choices .choice")
        parts = kiosk.locator(".parts")
        expect(parts).to_contain_text("Gồm 3 thủ tục")
        expect(parts).to_contain_text("Đăng ký thường trú")
        fits(kiosk)
        shot(kiosk, "linked-sheet")
        press(kiosk, ".guidance")
        press(kiosk, ".choice.normal")
        expect(kiosk.locator(".ticket-service")).to_contain_text("Liên thông", timeout=15_000)
        tickets = office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["tables"]["tickets"]
        assert [t["procedure"] for t in tickets.values()] == ["lien-thong-khai-sinh"]

        manager = open_page(
            f"{office.base_url}/manager/{BRANCH}", viewport={"width": 1440, "height": 900}
        )
        manager.fill("input[name=username]", "quanly")
        manager.fill("input[name=password]", "mot-cua-1")
        manager.keyboard.press("Enter")
        expect(manager.get_by_text(re.compile("1/1 người đọc bảng giấy tờ"))).to_be_visible()
        listed = manager.get_by_test_id("unprinted")
        expect(listed.locator("[data-number='A001']")).to_be_visible(timeout=40_000)
        fits(manager)
        shot(manager, "linked-manager")
        manager.set_viewport_size({"width": 390, "height": 844})
        fits(manager)
        manager.set_viewport_size({"width": 1440, "height": 900})
        listed.get_by_test_id("waive").click()
        expect(listed).to_have_count(0, timeout=10_000)
        figures = office.call("api", "GET", f"/branches/{BRANCH}/figures?by=service")[1]
        group = next(g for g in figures["groups"] if g["key"] == "ho-tich")
        assert (group["sheets_read"], group["guidance_needed"]) == (1, 1)
        figures = office.call("api", "GET", f"/branches/{BRANCH}/figures?by=procedure")[1]
        assert [g["key"] for g in figures["groups"]] == ["lien-thong-khai-sinh"]

        desk = open_page(
            f"{office.base_url}/counter/{BRANCH}-1#token={office.tokens['counter-1']}",
            viewport={"width": 1366, "height": 768},
        )
        desk.get_by_test_id("open-counter").click()
        desk.wait_for_timeout(500)
        desk.keyboard.press("Space")
        expect(desk.locator(".sheet-parts")).to_contain_text("gồm 3 thủ tục", timeout=10_000)
        fits(desk)
        shot(desk, "linked-counter")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768)])
@pytest.mark.parametrize("aid", ["", "large", "English"])
def test_it_fits_other_screens(
    tmp_path: Path, open_page: Callable[..., Page], width: int, height: int, aid: str
) -> None:
    with running(tmp_path) as office:
        kiosk = open_page(
            f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
            viewport={"width": width, "height": height},
        )
        if aid:
            press(kiosk, {"large": ".aid:has-text('Chữ to')", "English": ".language[lang=en]"}[aid])
        press(kiosk, ".tile:has-text('Hộ tịch'), .tile:has-text('Civil')")
        fits(kiosk)
        shot(kiosk, f"linked-list-{width}-{aid}")
        press(kiosk, ".choices .choice")
        expect(kiosk.locator(".parts")).to_be_visible()
        fits(kiosk)
        shot(kiosk, f"linked-sheet-{width}-{aid}")

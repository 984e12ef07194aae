"""A kiosk whose server is out of reach goes on: at the screen, on paper, and back in the line."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.kiosk.printer_simulator import PrinterSimulator
from tests.live_agent import agent_of
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e
SIZE = {"width": 1080, "height": 1920}


@contextmanager
def silence(office: Office) -> Iterator[None]:
    """The server stopped in its tracks: sockets stay open, nothing answers."""
    web = json.loads((office.data / "run" / "pids.json").read_text())["web"]
    os.kill(web, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(web, signal.SIGCONT)


def take_a_number(kiosk: Page) -> str:
    """Touch through to the number."""
    for words in ("Hộ tịch", "không chọn thủ tục", "thứ tự thông thường"):
        target = kiosk.get_by_text(re.compile(words, re.IGNORECASE)).first
        expect(target).to_be_visible(timeout=25_000)
        kiosk.wait_for_timeout(500)
        target.click()
    number = kiosk.locator(".ticket-number")
    expect(number).to_be_visible(timeout=20_000)
    return re.sub(r"\s", "", number.inner_text())


def test_numbers_go_on_and_come_back_in_order(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with (
        PrinterSimulator() as printer,
        running(tmp_path / "office", kiosk_printer="agent") as office,
        agent_of(tmp_path / "kiosk", office, printer.address) as agent,
    ):
        kiosk = open_page(f"{agent.origin}/", viewport=SIZE)
        first = take_a_number(kiosk)
        assert agent.ask("health")[1]["page_silent_s"] < 10
        assert first == "A001"
        expect(kiosk.locator(".paper")).to_have_attribute("data-paper", "printed", timeout=20_000)
        kiosk.wait_for_timeout(500)
        kiosk.locator(".actions .primary").click()
        expect(kiosk.locator(".tile").first).to_be_visible()
        with silence(office):
            tile = kiosk.locator(".tile", has_text="Hộ tịch")
            expect(tile).to_contain_text("Vẫn lấy được số", timeout=15_000)
            expect(kiosk.locator(".trouble")).to_contain_text("Ki-ốt vẫn cấp số")
            assert Axe().run(kiosk).response["violations"] == []
            if folder := os.environ.get("SHOTS"):
                kiosk.screenshot(path=f"{folder}/alone-home.png")
            own = take_a_number(kiosk)
            assert own == "A980"
            expect(kiosk.locator(".ticket-alone")).to_be_visible()
            expect(kiosk.locator(".follow .qr svg")).to_be_visible()
            paper = kiosk.locator(".paper")
            expect(paper).to_have_attribute("data-paper", "printed", timeout=20_000)
            assert Axe().run(kiosk).response["violations"] == []
            assert len(printer.slips) == 2
            if folder := os.environ.get("SHOTS"):
                kiosk.screenshot(path=f"{folder}/alone-result.png")
            # A page that starts without the server is whole, too: after a power cut, say.
            cold = open_page(f"{agent.origin}/", viewport=SIZE)
            assert take_a_number(cold) == "A981"
        agent.wait_for(lambda: agent.state()["to_hand_in"] == 0, 60)
        rows = office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["tables"]["tickets"]
        line = sorted(rows.values(), key=lambda t: t["arrival_at"])
        assert [t["number"] for t in line] == ["A001", "A980", "A981"]
        kiosk.wait_for_timeout(500)
        kiosk.locator(".actions .primary").click()
        expect(kiosk.locator(".trouble")).to_have_count(0, timeout=30_000)
        expect(kiosk.locator(".tile", has_text="Hộ tịch")).not_to_contain_text("Vẫn lấy được số")


def test_when_its_numbers_are_used_up_it_sends_to_the_guide_desk(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with (
        running(tmp_path / "office", kiosk_printer="agent") as office,
        agent_of(tmp_path / "kiosk", office) as agent,
    ):
        kiosk = open_page(f"{agent.origin}/", viewport=SIZE)
        expect(kiosk.locator(".tile").first).to_be_visible(timeout=25_000)
        with silence(office):
            for n in range(20):
                wish = {"service": "ho-tich", "command_id": f"press-{n}"}
                assert agent.ask("issue", wish)[0] == 200
            tile = kiosk.locator(".tile", has_text="Hộ tịch")
            expect(tile).to_contain_text("Mời đến bàn hướng dẫn", timeout=15_000)
            expect(tile).to_have_attribute("aria-disabled", "true")
            other = kiosk.locator(".tile", has_text="Chứng thực")
            expect(other).to_contain_text("Vẫn lấy được số")


def test_a_printer_without_paper_is_told_to_citizen_and_staff(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with (
        PrinterSimulator("paper_out") as printer,
        running(tmp_path / "office", kiosk_printer="agent") as office,
        agent_of(tmp_path / "kiosk", office, printer.address) as agent,
    ):
        kiosk = open_page(f"{agent.origin}/", viewport=SIZE)
        expect(kiosk.locator(".trouble")).to_contain_text(
            "Máy in chưa in được phiếu", timeout=25_000
        )
        assert Axe().run(kiosk).response["violations"] == []
        token = office.tokens["counter-1"]
        desk = open_page(
            f"{office.base_url}/counter/{BRANCH}-1#token={token}",
            viewport={"width": 1366, "height": 768},
        )
        desk.get_by_test_id("open-counter").click()
        expect(desk.get_by_test_id("printers")).to_contain_text("hết giấy", timeout=20_000)
        assert Axe().run(desk).response["violations"] == []
        manager = open_page(
            f"{office.base_url}/manager/{BRANCH}", viewport={"width": 1440, "height": 900}
        )
        manager.locator("input[name=username]").fill("quanly")
        manager.locator("input[name=password]").fill("mot-cua-1")
        manager.keyboard.press("Enter")
        expect(manager.get_by_test_id("printers")).to_contain_text("hết giấy", timeout=20_000)
        if folder := os.environ.get("SHOTS"):
            for name, page in (("kiosk", kiosk), ("desk", desk), ("manager", manager)):
                page.screenshot(path=f"{folder}/paper-{name}.png")
        printer.state = "ok"
        expect(desk.get_by_test_id("printers")).to_have_count(0, timeout=60_000)
        expect(kiosk.locator(".trouble")).to_have_count(0, timeout=10_000)

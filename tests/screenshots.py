"""Pictures of every screen, taken from the running demo, for the README. `make screenshots`."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import ARGUMENTS, chromium_path
from tests.e2e import walls
from tests.live_office import ROOT, Office, free_port

PICTURES = ROOT / "deploy" / "pictures"


def main() -> None:
    """Start the demo, look at each screen at its real size, stop the demo."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        port = str(free_port())
        command = [sys.executable, "-m", "server", "demo", "--data", folder, "--port", port]
        demo = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"LOGLEVEL": "ERROR"})
        try:
            _wait(f"http://127.0.0.1:{port}/readyz")
            document = json.loads((Path(folder) / "demo.json").read_text(encoding="utf-8"))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium_path(), args=list(ARGUMENTS)
                )
                _take_all(browser, document)
                _take_walls(browser, document["base_url"], Path(folder))
                browser.close()
        finally:
            demo.terminate()
            demo.wait(timeout=30)


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)


def _take_all(browser: Browser, document: dict[str, Any]) -> None:
    urls, manager = document["urls"], document["manager"]
    wall = _open(browser, urls["display"], 1920, 1080)
    kiosk = _open(browser, urls["kiosk"], 1080, 1920)
    desk = _open(browser, urls["counter_1"], 1366, 768)
    live = _open(browser, urls["manager"], 1440, 900)
    live.fill("input[name=username]", manager["username"])
    live.fill("input[name=password]", manager["password"])
    live.keyboard.press("Enter")
    desk.get_by_test_id("open-counter").click()
    desk.get_by_test_id("call-next").wait_for()
    desk.keyboard.press("Space")
    desk.wait_for_timeout(2500)
    for name, page in (("display", wall), ("kiosk", kiosk), ("manager", live)):
        page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
    _take_lookup(kiosk)
    desk.get_by_test_id("start").click()
    desk.wait_for_timeout(1500)
    desk.screenshot(path=PICTURES / "counter.png", animations="disabled")
    _take_devices(live)
    _take_satisfaction(live)
    _take_foresight(live)
    _take_explore(live)
    _take_rating(browser, desk, urls["rating_1"])
    _take_phone(browser, document)
    _take_public(browser, document)


def _take_rating(browser: Browser, desk: Page, url: str) -> None:
    pad = _open(browser, url, 1280, 800)
    desk.keyboard.press("F8")
    desk.get_by_test_id("outcome-tiep-nhan").click()
    pad.get_by_test_id("ask").wait_for()
    pad.wait_for_timeout(500)
    pad.screenshot(path=PICTURES / "rating.png", animations="disabled")


def _take_devices(manager: Page) -> None:
    manager.locator("a[href='#devices']").click()
    manager.get_by_test_id("device").first.wait_for()
    manager.screenshot(path=PICTURES / "devices.png", animations="disabled")


def _take_explore(manager: Page) -> None:
    manager.locator("a[href='#explore']").click()
    manager.get_by_test_id("measure").select_option("wait_p90")
    manager.get_by_test_id("by").select_option("hour")
    manager.get_by_test_id("period").select_option("7")
    manager.locator(".explore-answer[aria-busy=false] .mark-was").wait_for()
    manager.wait_for_timeout(1500)
    manager.screenshot(path=PICTURES / "explore.png", animations="disabled")
    manager.locator("tr[data-key='09'] [data-testid=open-visits]").click()
    # One who was served, had people before it, and rated the visit.
    rated = manager.locator(".visit-table tbody tr", has_text="Chứng thực").filter(has_text="/5")
    rated.nth(4).get_by_test_id("open-story").click()
    manager.locator(".timeline").wait_for()
    manager.wait_for_timeout(1500)
    manager.screenshot(path=PICTURES / "story.png", animations="disabled")


def _take_satisfaction(manager: Page) -> None:
    manager.locator("nav a[href='#satisfaction']").click()
    manager.get_by_test_id("worth").wait_for()
    manager.screenshot(path=PICTURES / "satisfaction.png", animations="disabled")
    manager.get_by_test_id("indicators").click()
    for n, counts in {1: (812, 96, 4), 2: (790, 110, 12), 3: (861, 40, 11), 4: (905, 7, 0)}.items():
        for points, count in zip((2, 1, 0), counts, strict=True):
            manager.fill(f"[data-testid='i{n}.{points}']", str(count))
    manager.fill("[data-testid='i7.2']", "812")
    manager.fill("[data-testid='i7.1']", "96")
    manager.fill("[data-testid=whole]", "100")
    manager.fill("[data-testid=received]", "100")
    manager.select_option("[data-testid=posted]", "true")
    manager.select_option("[data-testid=electronic]", "true")
    manager.fill("[data-testid=feedback]", "14")
    manager.fill("[data-testid=answered]", "13")
    manager.locator(".left-out", has_text=": 9").wait_for()
    manager.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
    manager.screenshot(path=PICTURES / "indicators.png", animations="disabled")


def _take_foresight(manager: Page) -> None:
    """How right forecasts were, the roster, the rules of calling, and a plan tried on past days."""
    for page, ready in (
        ("forecast", "[data-testid=last-day]"),
        ("roster", "[data-testid=next-week]"),
        ("policy", "[data-testid=policy-now]"),
    ):
        manager.locator(f"nav a[href='#{page}']").click()
        manager.locator(ready).wait_for()
        manager.wait_for_timeout(2500)
        manager.screenshot(path=PICTURES / f"{page}.png", animations="disabled")
    manager.locator("nav a[href='#plans']").click()
    manager.get_by_test_id("plan-idea-pool").click()
    manager.get_by_test_id("plan-more").click()
    manager.get_by_test_id("plan-kind-counters").click()
    manager.get_by_test_id("plan-what").select_option("remove")
    manager.locator(".plan-chip").first.click()
    manager.get_by_test_id("plan-add").click()
    manager.get_by_test_id("plan-run").click()
    manager.get_by_test_id("plan-head").nth(1).wait_for(timeout=120_000)
    manager.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
    manager.wait_for_timeout(500)
    manager.screenshot(path=PICTURES / "plans.png", animations="disabled")


def _take_walls(browser: Browser, base_url: str, data: Path) -> None:
    """The other layouts, with a zone and a picture of their own."""
    office = Office(data, int(base_url.rsplit(":", 1)[1]))
    walls.furnish(office)
    for name in ("far", "many", "media", "sign"):
        page = _open(browser, walls.address(office, name), 1920, 1080)
        page.locator(".wall").wait_for()
        page.wait_for_timeout(17_000 if name == "media" else 2_000)
        page.screenshot(path=PICTURES / f"display-{name}.png", animations="disabled")


def _take_lookup(kiosk: Page) -> None:
    kiosk.get_by_text("Tra cứu hồ sơ").click()
    kiosk.fill("#code", "000.00.12.H26-261112-0023")
    kiosk.keyboard.press("Enter")
    kiosk.locator(".dossier").wait_for()
    kiosk.screenshot(path=PICTURES / "lookup.png", animations="disabled")


def _take_public(browser: Browser, document: dict[str, Any]) -> None:
    address = f"{document['base_url']}/public/{document['branch']}"
    for name, width, height in (("public", 390, 844), ("public-desk", 1440, 900)):
        page = _open(browser, address, width, height)
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def _take_phone(browser: Browser, document: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{document['base_url']}/api/v1/branches/{document['branch']}/tickets",
        data=json.dumps({"service": "chung-thuc", "channel": "phone"}).encode(),
        headers={
            "Authorization": f"Bearer {document['kiosk']['token']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        follow_url = json.loads(answer.read())["follow_url"]
    phone = _open(browser, document["base_url"] + follow_url, 390, 844)
    phone.wait_for_timeout(1500)
    phone.screenshot(path=PICTURES / "phone.png", animations="disabled")


def _open(browser: Browser, url: str, width: int, height: int) -> Page:
    page = browser.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN"
    ).new_page()
    page.goto(url, timeout=60_000)
    page.wait_for_timeout(1500)
    return page


if __name__ == "__main__":
    main()

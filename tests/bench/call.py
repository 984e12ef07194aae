"""From the officer's press to the number on the wall, in a real Chromium."""

import tempfile
import threading
import time
import uuid
from pathlib import Path

import socketio
from playwright.sync_api import sync_playwright

from tests.bench.parts import Watchers, told
from tests.browser import ARGUMENTS, chromium_path
from tests.live_office import BRANCH, Office, running

#: Notes when each number has been painted: the frame after the one that changed the page has begun.
_NOTE = """() => {
  window.painted = {};
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    for (const e of document.querySelectorAll('[data-number]'))
      window.painted[e.dataset.number] ??= Date.now();
  }))).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
}"""
_CALLS = 150
_WATCHERS = 300


def call() -> None:
    """300 phones that follow their tickets, 16 open counters that work, one wall in Chromium."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        desks = [_desk(office, n) for n in range(1, 17)]
        issued = [
            office.issue(("ho-tich", "chung-thuc")[n % 2], channel="api") for n in range(_WATCHERS)
        ]
        followed = [ticket["follow_url"].removeprefix("/t/") for ticket in issued]
        watchers = Watchers(office.base_url, "/ticket", _WATCHERS, followed)
        stopping = threading.Event()
        others = threading.Thread(target=_others, args=(office, desks[5:], stopping))
        others.start()
        try:
            ms = _measure(office, desks[:5])
        finally:
            stopping.set()
            others.join()
            for desk in desks:
                desk.disconnect()
            watchers.close()
        print(f"call -> painted on a wall, {_WATCHERS} phones, 16 counters: {told(ms)}")


def _desk(office: Office, n: int) -> socketio.Client:
    client = socketio.Client()
    client.connect(
        office.base_url,
        auth={"token": office.tokens[f"counter-{n}"]},
        namespaces=["/counter"],
        transports=["websocket"],
    )
    _press(client, "OpenCounter", officer=f"Cán bộ {n}")
    return client


def _press(
    client: socketio.Client, name: str, **content: object
) -> dict[str, dict[str, dict[str, str]]]:
    message = {"name": name, "command_id": str(uuid.uuid4()), **content}
    ack: dict[str, dict[str, dict[str, str]]] = client.call(
        "command", message, namespace="/counter", timeout=10
    )
    return ack


def _others(office: Office, desks: list[socketio.Client], stopping: threading.Event) -> None:
    """The rest of the office works on: a new ticket, and a call somewhere, twice a second."""
    queues = ("C", "D", "E", "H", "K", "L", "M", "R")
    n = 0
    while not stopping.wait(0.5):
        office.call(
            "kiosk", "POST", f"/branches/{BRANCH}/tickets",
            {"queue": queues[n % len(queues)], "channel": "api"},
        )  # fmt: skip
        desk = desks[n % len(desks)]
        if _press(desk, "CallNext").get("result", {}).get("ticket"):
            _press(desk, "RecallTicket")
            _press(desk, "RecordNoShow")
        n += 1


def _measure(office: Office, desks: list[socketio.Client]) -> list[float]:
    ms = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        wall = browser.new_page(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
        wall.goto(f"{office.base_url}/display/{BRANCH}#token={office.tokens['display']}")
        wall.wait_for_timeout(3000)
        wall.evaluate(_NOTE)
        for n in range(_CALLS):
            desk = desks[n % len(desks)]
            pressed = time.time()  # noqa: TID251 - compared with the browser's wall clock
            ticket = _press(desk, "CallNext")["result"]["ticket"]
            if ticket is None:
                break
            number = ticket["number"]
            # Looked up well after: asking the page meanwhile would slow it.
            time.sleep(0.4)
            ms.append(wall.evaluate(f"window.painted['{number}']") - 1000 * pressed)
            _press(desk, "RecallTicket")
            _press(desk, "RecordNoShow")
            time.sleep(0.2)
        browser.close()
    return ms

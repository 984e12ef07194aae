"""From the officer's key to the answer at the counter and the number on the wall, in Chromium."""

import tempfile
import threading
import uuid
from pathlib import Path

import socketio
from playwright.sync_api import Page, sync_playwright

from tests.bench.parts import Watchers, told
from tests.browser import ARGUMENTS, chromium_path
from tests.live_office import BRANCH, Office, running

#: Notes when each number has been painted: the frame after the one that changed the page has begun.
NOTE = """() => {
  window.painted = {};
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    for (const e of document.querySelectorAll('[data-number]'))
      window.painted[e.dataset.number] ??= Date.now();
  }))).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
}"""
#: Notes at the counter when a key went down, was painted as pressed, was answered, and when what it
#: did was painted.
_NOTE_KEYS = """() => {
  const painted = (then) => requestAnimationFrame(() => setTimeout(then, 0));
  const did = () => {
    const {event, number} = document.querySelector("[data-testid=did]")?.dataset ?? {};
    return `${event} ${number}`;
  };
  window.key = null;
  addEventListener("keydown", () => (window.key = {down: Date.now(), before: did()}), true);
  new MutationObserver(() => {
    const key = window.key;
    if (!key) return;
    if (document.body.dataset.busy) painted(() => (key.pressed ??= Date.now()));
    else if (key.pressed) key.acked ??= Date.now();
    if (did() !== key.before) painted(() => (key.shown ??= Date.now()));
  }).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
_CALLS = 100
_WATCHERS = 300


def call() -> None:
    """300 phones that follow their tickets, 16 open counters that work, one of them and a wall seen."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        desks = [_desk(office, n) for n in range(2, 17)]
        issued = [office.issue("ho-tich", channel="api") for _ in range(_WATCHERS)]
        followed = [ticket["follow_url"].removeprefix("/t/") for ticket in issued]
        watchers = Watchers(office.base_url, "/ticket", _WATCHERS, followed)
        stopping = threading.Event()
        others = threading.Thread(target=_others, args=(office, desks[3:], stopping))
        others.start()
        try:
            seen = _measure(office)
        finally:
            stopping.set()
            others.join()
            for desk in desks:
                desk.disconnect()
            watchers.close()
        print(f"with {_WATCHERS} phones and 16 counters, a key at the counter ->")
        for what, ms in seen.items():
            print(f"  {what}: {told(ms)}")


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


def _measure(office: Office) -> dict[str, list[float]]:
    ms: dict[str, list[float]] = {
        "painted as pressed": [], "acked": [], "painted at the counter": [],
        "called: painted on the wall": [],
    }  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        wall = browser.new_page(viewport={"width": 1920, "height": 1080})
        wall.goto(f"{office.base_url}/display/{BRANCH}#token={office.tokens['display']}")
        desk = browser.new_context(
            viewport={"width": 1366, "height": 768}, bypass_csp=True
        ).new_page()
        desk.goto(f"{office.base_url}/counter/{BRANCH}-1#token={office.tokens['counter-1']}")
        desk.get_by_test_id("open-counter").click()
        desk.get_by_test_id("call-next").wait_for()
        wall.wait_for_timeout(3000)
        wall.evaluate(NOTE)
        desk.evaluate(_NOTE_KEYS)
        for _ in range(_CALLS):
            down = _key(desk, "Space", ms)
            number = desk.get_by_test_id("current-number").get_attribute("data-number")
            # Looked up well after: asking the page meanwhile would slow it.
            wall.wait_for_timeout(400)
            painted = wall.evaluate("number => window.painted[number]", number)
            ms["called: painted on the wall"].append(painted - down)
            _key(desk, "F3", ms)
            _key(desk, "F7", ms)
        browser.close()
    return ms


def _key(desk: Page, name: str, ms: dict[str, list[float]]) -> float:
    """Press it; wait for the answer. When it went down, by the browser's clock."""
    desk.keyboard.press(name)
    is_done = "window.key.pressed && window.key.acked && window.key.shown && window.key"
    key = desk.wait_for_function(is_done).json_value()
    for what, when in (("painted as pressed", "pressed"), ("acked", "acked"),
                       ("painted at the counter", "shown")):  # fmt: skip
        ms[what].append(key[when] - key["down"])
    desk.wait_for_timeout(200)
    return float(key["down"])

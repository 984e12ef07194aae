"""The kiosk's real browser: started by screen.sh, in cage where it can be had, held by the policy."""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium_path
from tests.deploy.machine import (
    DEPLOY,
    SCREEN,
    as_nobody,
    can_mount,
    headless_console,
    held_by,
    own,
    setpriv,
    within,
)

KIOSK = DEPLOY / "kiosk"
#: A cold start of the browser on a busy machine.
_START_S = 60.0
#: So long a page is given to go where it should not.
_ESCAPE_S = 4.0

pytestmark = pytest.mark.e2e


class Site:
    """A web server that remembers what it was asked for."""

    def __init__(self) -> None:
        self.body = ""
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(site.body.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def page() -> Iterator[Site]:
    yield from _site()


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    yield from _site()


def _site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@contextmanager
def screen(
    folder: Path, page: Site, *command: str, **env: str
) -> "Iterator[subprocess.Popen[bytes]]":
    """The screen as its unit starts it, by `command` and in a process group of its own."""
    browser = chromium_path()
    if browser is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    environ = {
        **os.environ,
        "HOME": str(folder),
        "RUNTIME_DIRECTORY": str(folder),
        "MOTCUA_BROWSER": browser,
        "MOTCUA_KIOSK_PAGE": f"{page.address}/",
        **env,
    }
    with (folder.parent / "screen.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)


WITHOUT_A_SCREEN = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def test_the_kiosks_browser_shows_the_page_with_its_own_flags(tmp_path: Path, page: Site) -> None:
    page.body = "<!doctype html><h1>x</h1><script>fetch('/agent/state')</script>"
    with screen(own(tmp_path), page, str(KIOSK / "screen.sh"), *WITHOUT_A_SCREEN) as process:
        assert within(_START_S, lambda: "/agent/state" in page.asked), page.asked
        assert process.poll() is None


# The one output of a headless cage; a bar or a frame of the browser would take some of it.
@pytest.mark.parametrize(("turned", "size"), [((), "1280x720"), (("-r",), "720x1280")])
def test_cage_gives_the_page_the_whole_screen(
    tmp_path: Path, page: Site, turned: tuple[str, ...], size: str
) -> None:
    """As on a kiosk, with a screen that exists in memory only, and with Chromium's own sandbox."""
    if not shutil.which("cage"):
        pytest.skip("cage is not installed (Debian: apt-get install cage xwayland)")
    page.body = (
        "<!doctype html><h1>x</h1><script>"
        "setInterval(() => fetch(`/size/${innerWidth}x${innerHeight}`), 200)</script>"
    )
    folder = own(tmp_path, *as_nobody())
    for script in (KIOSK / "screen.sh", SCREEN / "browser.sh"):
        (folder / script.parent.name).mkdir()
        shutil.copy(script, folder / script.parent.name)
    script = folder / "kiosk" / "screen.sh"
    env = headless_console(folder)
    if turned and turned[0] not in cage_options():
        pytest.skip("this cage does not turn the screen")
    command = (*setpriv(), "cage", *turned, "--", str(script), "--disable-gpu")
    with screen(folder, page, *command, **env) as process:
        assert within(_START_S, lambda: f"/size/{size}" in page.asked), (
            page.asked[-3:],
            (tmp_path / "screen.log").read_text(errors="replace")[-2000:],
        )
        assert process.poll() is None


@pytest.mark.parametrize("is_held", [True, False])
def test_no_page_leads_out(tmp_path: Path, page: Site, elsewhere: Site, is_held: bool) -> None:
    """Held by the policy; and without it the same page gets out, so that this test can fail."""
    if not can_mount():
        pytest.skip("no mount namespace here for a policy of the test's own")
    page.body = (
        "<!doctype html><h1>x</h1><script>setTimeout(() => {"
        f"fetch('/tried'); location.href = '{elsewhere.address}/out'"
        "}, 500)</script>"
    )
    policies = tmp_path / "policies"
    (policies / "managed").mkdir(parents=True)
    if is_held:
        files = (SCREEN / "policy.json", KIOSK / "policy.json")
        policy = {k: v for file in files for k, v in json.loads(file.read_text("utf-8")).items()}
        policy["URLAllowlist"] = [page.address]  # as there, but for the port
        (policies / "managed" / "kiosk.json").write_text(json.dumps(policy), encoding="utf-8")
    command = (*held_by(policies), str(KIOSK / "screen.sh"), *WITHOUT_A_SCREEN)
    with screen(own(tmp_path), page, *command):
        assert within(_START_S, lambda: "/tried" in page.asked), page.asked
        within(_ESCAPE_S if is_held else _START_S, lambda: "/out" in elsewhere.asked)
    assert ("/out" in elsewhere.asked) is not is_held


def cage_options() -> str:
    return subprocess.run(("cage", "-h"), capture_output=True, text=True, check=False).stdout

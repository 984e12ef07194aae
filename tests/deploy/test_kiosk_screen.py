"""The kiosk's real browser: started by screen.sh, in cage where it can be had, held by the policy."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium_path
from tests.live_office import ROOT

KIOSK = ROOT / "deploy" / "kiosk"
POLICIES = Path("/etc/chromium")
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
        "MOTCUA_KIOSK_BROWSER": browser,
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
    script = folder / "screen.sh"
    shutil.copy(KIOSK / "screen.sh", script)
    env = {
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_SESSION_TYPE": "wayland",
        "WLR_BACKENDS": "headless",
        "WLR_RENDERER": "pixman",
        "WLR_LIBINPUT_NO_DEVICES": "1",
    }
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
        policy = json.loads((KIOSK / "policy.json").read_text(encoding="utf-8"))
        policy["URLAllowlist"] = [page.address]  # as there, but for the port
        (policies / "managed" / "kiosk.json").write_text(json.dumps(policy), encoding="utf-8")
    held = (f'mount -t tmpfs none {POLICIES} && cp -r {policies} {POLICIES}/policies && exec "$@"',)
    command = (*namespace(), "sh", "-c", *held, "sh", str(KIOSK / "screen.sh"), *WITHOUT_A_SCREEN)
    with screen(own(tmp_path), page, *command):
        assert within(_START_S, lambda: "/tried" in page.asked), page.asked
        within(_ESCAPE_S if is_held else _START_S, lambda: "/out" in elsewhere.asked)
    assert ("/out" in elsewhere.asked) is not is_held


def cage_options() -> str:
    return subprocess.run(("cage", "-h"), capture_output=True, text=True, check=False).stdout


def own(folder: Path, *ids: int) -> Path:
    """A folder for the browser alone."""
    made = folder / "own"
    made.mkdir(mode=0o700)
    if ids:
        os.chown(made, *ids)
        # The folders above are pytest's, for root only; this one must be reached from outside.
        for above in folder.parents:
            if above == Path("/tmp"):  # noqa: S108
                break
            above.chmod(above.stat().st_mode | 0o011)
        folder.chmod(0o711)
    return made


def as_nobody() -> tuple[int, ...]:
    """User and group that root becomes: cage refuses to be root. Empty for anybody else."""
    return () if os.geteuid() else (65534, 65534)


def setpriv() -> tuple[str, ...]:
    if not as_nobody():
        return ()
    return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def namespace() -> tuple[str, ...]:
    return ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))


def can_mount() -> bool:
    if not (shutil.which("unshare") and POLICIES.is_dir()):
        return False
    command = (*namespace(), "mount", "-t", "tmpfs", "none", str(POLICIES))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.1)
    return False

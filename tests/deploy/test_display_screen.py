"""The wall's machine with its real browser: shown by cage, minded over the pipe, dark at night."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from display.box import wall
from display.box.config import Config
from server import redis_server
from server.contacts import Contacts
from tests.browser import chromium_path
from tests.deploy import machine
from tests.live_office import BRANCH, Office, free_port, running

pytestmark = pytest.mark.e2e
#: A cold start of the browser on a busy machine.
_START_S = 60.0
_NIGHT = "2026-11-24T20:00:00+07:00"
WITHOUT_A_SCREEN = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@pytest.fixture(scope="module", autouse=True)
def _browser() -> Iterator[None]:
    browser = chromium_path()
    if browser is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with pytest.MonkeyPatch.context() as patch:
        # Taken back afterwards: the server, started by later tests, refuses what it does not know.
        patch.setenv("MOTCUA_BROWSER", browser)
        yield


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("wall")) as started:
        yield started


class Cable(socketserver.ThreadingTCPServer):
    """From an address of its own to the office; nobody answers until it is plugged in."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, office: Office) -> None:
        port = int(office.base_url.rsplit(":", 1)[1])

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection(("127.0.0.1", port)) as far,
                ):
                    ends = {self.request: far, far: self.request}
                    while True:
                        for end in select.select(list(ends), (), ())[0]:
                            data = end.recv(65_536)
                            if not data:
                                return
                            ends[end].sendall(data)

        self.port = free_port()
        self.is_plugged = False
        super().__init__(("127.0.0.1", self.port), Handler, bind_and_activate=False)

    def plug_in(self) -> None:
        self.is_plugged = True
        self.server_bind()
        self.server_activate()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def cut(self) -> None:
        if self.is_plugged:  # else `shutdown` would wait for ever
            self.shutdown()
        self.server_close()


def page_of(folder: Path) -> str:
    """What the wall tells of its page; empty before it tells anything."""
    try:
        return str(json.loads((folder / wall.STATE).read_text())["page"])
    except OSError:
        return ""


def own_python() -> str:
    """One that whoever cage runs as may use: the box needs no package."""
    python = "/usr/bin/python3" if machine.as_nobody() else sys.executable
    asked = "import sys; sys.exit(sys.version_info < (3, 11))"
    if subprocess.run((python, "-c", asked), check=False).returncode:
        pytest.skip("python3 of this machine is older than 3.11")
    return python


def browsers(profile: Path) -> list[int]:
    """The processes of the browser that has this profile; its own first."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes()
            if f"--user-data-dir={profile}\0".encode() in words and b"--type=" not in words:
                found.append(int(process.name))
    return sorted(found)


def renderers(browser: int) -> list[int]:
    """The browser's processes that run its pages."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_ours = os.getpgid(int(process.name)) == os.getpgid(browser)
            # They rewrite their words, with blanks between them.
            if is_ours and b"--type=renderer" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


# Everything, as on the machine ---------------------------------------------------------------
def test_an_upright_wall_waits_for_its_server_and_then_calls(
    office: Office, tmp_path: Path
) -> None:
    """Laid out by its installer, started by its own script, turned by cage, with its real sandbox."""
    if not shutil.which("cage"):
        pytest.skip("cage is not installed (Debian: apt-get install cage xwayland)")
    cable = Cable(office)
    root = tmp_path / "root"
    words = ("--server", f"http://127.0.0.1:{cable.port}", "--branch", BRANCH, "--rotate", "90")
    done = machine.installed("display", root, *words, "--token", office.tokens["display"])
    assert done.returncode == 0, done.stderr
    folder = machine.own(tmp_path, *machine.as_nobody())
    config = root / "etc/motcua/display.toml"
    config.chmod(0o644)
    env = {
        **os.environ,
        **machine.headless_console(folder),
        "HOME": str(folder),
        "RUNTIME_DIRECTORY": str(folder),
        "STATE_DIRECTORY": str(folder / "state"),
        "MOTCUA_DISPLAY_CONFIG": str(config),
        "MOTCUA_DISPLAY_PYTHON": own_python(),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    script = root / "opt/motcua-display/deploy/display/screen.sh"
    command = (*held(root), *machine.setpriv(), str(script), "--", "--disable-gpu")
    log = tmp_path / "screen.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out, start_new_session=True)
    try:
        assert machine.within(_START_S, lambda: page_of(folder) == "waiting"), log.read_text()
        cable.plug_in()
        assert machine.within(_START_S, lambda: page_of(folder) == "wall"), log.read_text()
        # Not "muted": nobody touched it, and the browser lets it sound all the same.
        assert machine.within(20, lambda: sound_told(office) in ("on", "chime")), sound_told(office)
        if shutil.which("grim"):
            assert picture_size(folder, env) == (720, 1280)
        ours = browsers(folder / "state" / "profile")
        assert len(ours) == 1
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
        assert machine.within(20, lambda: not browsers(folder / "state" / "profile"))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)
        for pid in browsers(folder / "state" / "profile"):
            os.killpg(pid, signal.SIGKILL)
        cable.cut()


def held(root: Path) -> tuple[str, ...]:
    """By the policies that were laid out; their path of the waiting page is the machine's, not ours."""
    if not (machine.as_nobody() and machine.can_mount()):
        return ()
    policies = root / "etc/chromium/policies"
    own = policies / "managed" / "motcua-display.json"
    own.write_text(own.read_text("utf-8").replace("file:///opt", f"file://{root}/opt"), "utf-8")
    return machine.held_by(policies)


def sound_told(office: Office) -> str:
    """What the wall told the server of its sound."""
    told = Contacts(redis_server.url_of(office.data)).of_branch(BRANCH)
    return next((str(one["sound"]) for one in told.values() if one.get("sound")), "")


def picture_size(folder: Path, env: dict[str, str]) -> tuple[int, int]:
    """Of what cage really shows."""
    from PIL import Image

    file = folder / "shown.png"
    command = (*machine.setpriv(), "grim", "-c", str(file))
    subprocess.run(command, env={**env, "WAYLAND_DISPLAY": "wayland-0"}, check=True)
    with Image.open(file) as image:
        return image.size


# The program that minds it -------------------------------------------------------------------
@contextmanager
def minded(folder: Path, office: Office, token: str = "") -> Iterator[Path]:
    """A wall without a screen, minded by this process; its browser's profile."""
    config = Config(
        server=office.base_url, branch=BRANCH, token=token, sound="nobody",
        state=folder / "state", runtime=folder / "run",
    )  # fmt: skip
    one = wall.Wall(config, flags=WITHOUT_A_SCREEN)
    thread = threading.Thread(target=one.run)
    thread.start()
    try:
        yield folder / "state" / "profile"
    finally:
        one.stop()
        thread.join(timeout=60)


def comes_to(folder: Path, page: str) -> bool:
    return machine.within(_START_S, lambda: page_of(folder / "run") == page)


def test_a_wall_without_a_token_shows_a_code_and_keeps_what_it_is_given(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with minded(tmp_path, office) as profile:
            assert comes_to(tmp_path, "pairing")
        assert systemd.recv(100) == b"WATCHDOG=1"
        monkeypatch.delenv("NOTIFY_SOCKET")
    assert not browsers(profile)
    (tmp_path / "run" / wall.STATE).unlink()
    with minded(tmp_path, office, office.tokens["display"]):
        assert comes_to(tmp_path, "wall")
        time.sleep(1)
    (tmp_path / "run" / wall.STATE).unlink()
    with minded(tmp_path, office):
        assert comes_to(tmp_path, "wall"), "the token is in the profile"


def test_a_page_that_hangs_and_a_browser_that_dies_are_started_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall, "_ANSWER_S", 2.0)
    monkeypatch.setattr(wall, "_LOOK_EVERY_S", 0.5)
    monkeypatch.setattr(wall, "_AGAIN_S", 0.1)
    with minded(tmp_path, office, office.tokens["display"]) as profile:
        assert comes_to(tmp_path, "wall")
        for harm in (_hang, _die):
            (before,) = browsers(profile)
            harm(before)
            assert machine.within(_START_S, lambda pid=before: browsers(profile) not in ([], [pid]))
            (tmp_path / "run" / wall.STATE).unlink(missing_ok=True)
            assert comes_to(tmp_path, "wall")


def _hang(browser: int) -> None:
    pages = renderers(browser)
    assert pages
    for page in pages:
        os.kill(page, signal.SIGSTOP)


def _die(browser: int) -> None:
    os.kill(browser, signal.SIGKILL)


def test_the_panel_is_off_while_the_doors_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a wlr-randr that only writes down what it was asked: the real one needs a panel."""
    asked = tmp_path / "asked"
    tool = tmp_path / "bin" / "wlr-randr"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho "$@" >>{asked}\n[ $# -gt 0 ] || echo \'HDMI-A-1 "TV"\'\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(wall, "_DARK_S", 1.0)
    monkeypatch.setattr(wall, "_LOOK_EVERY_S", 0.5)

    def said(line: str) -> Callable[[], bool]:
        return lambda: asked.exists() and line in asked.read_text().splitlines()

    with running(tmp_path / "data", clock_start=_NIGHT) as office:
        with minded(tmp_path, office, office.tokens["display"]):
            assert machine.within(_START_S, said("--output HDMI-A-1 --off"))
            assert "--output HDMI-A-1 --on" not in asked.read_text()
            time.sleep(1.5)
            assert asked.read_text().count("--off") == 1, "once, and it is still minded"
        assert said("--output HDMI-A-1 --on")(), "a wall that is stopped leaves its panel on"


def test_a_browser_that_never_comes_up_is_tried_with_another_profile(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_BROWSER", "/bin/false")
    monkeypatch.setattr(wall, "_AGAIN_S", 0.1)
    config = Config(server=office.base_url, branch=BRANCH, state=tmp_path, runtime=tmp_path / "run")
    known = tmp_path / "profile" / "known"
    known.parent.mkdir()
    known.touch()
    assert wall.Wall(config).run() == 1
    assert not known.exists()
    assert wall.Wall(config).run() == 1
    assert known.exists(), "it was not the profile: the wall is still known to the server"

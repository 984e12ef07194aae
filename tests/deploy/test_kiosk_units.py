"""What turns a mini-PC into a kiosk: units that systemd accepts, files where they belong, no way out."""

import json
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import machine
from tests.live_office import free_port

KIOSK = machine.DEPLOY / "kiosk"
UNITS = machine.units("kiosk")
NEEDED = ("--server", "http://10.0.0.2:8000", "--branch", "long-bien", "--token", "t0ken")
#: systemd's own measure of what a service could do if it went wrong; 10 is everything.
_MOST_EXPOSED = 3.0

sys.path.insert(0, str(KIOSK))
import power  # noqa: E402
import watchdog  # noqa: E402


def installed(folder: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return machine.installed("kiosk", folder, *(arguments or NEEDED), **env)


@pytest.fixture
def mini_pc(tmp_path: Path) -> Path:
    """A root folder into which the kiosk was laid out, with stand-ins for its programs."""
    done = installed(tmp_path)
    assert done.returncode == 0, done.stderr
    programs = ("usr/bin/cage", "opt/motcua-kiosk/.venv/bin/python", "bin/sh")
    return machine.with_programs(tmp_path, *programs)


# Units -----------------------------------------------------------------------------------------
def test_systemd_accepts_every_unit(mini_pc: Path, tmp_path: Path) -> None:
    machine.assert_verified("kiosk", mini_pc, tmp_path / "verified")


def test_verify_would_notice_a_mistake(tmp_path: Path) -> None:
    broken = tmp_path / "broken.service"
    broken.write_text("[Service]\nExecStart=/no/such/program\nWatchdogSec=often\n")
    done = machine.analyze("verify", "--man=no", str(broken))
    assert "often" in done.stderr


def test_the_agent_can_do_little_harm() -> None:
    unit = KIOSK / "units" / "motcua-kiosk-agent.service"
    done = machine.analyze("security", "--offline=yes", "--no-pager", str(unit))
    last = next(line for line in done.stdout.splitlines() if "Overall exposure level" in line)
    assert float(last.split(":")[1].split()[0]) <= _MOST_EXPOSED, done.stdout


def test_every_kind_of_printer_is_open_to_the_agent() -> None:
    """By the names in the kernel's /proc/devices; /dev/usb/lp0 is of "usb"."""
    text = (KIOSK / "units" / "motcua-kiosk-agent.service").read_text(encoding="utf-8")
    opened = {line.split("=")[1] for line in text.splitlines() if line.startswith("DeviceAllow=")}
    kinds = ("usb_device", "usb", "lp", "ttyUSB", "ttyACM", "ttyS")
    assert opened == {f"char-{kind} rw" for kind in kinds}


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.name)
def test_nothing_waits_for_the_network(unit: Path) -> None:
    assert "network-online" not in unit.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["agent", "screen"])
def test_what_dies_is_started_again_for_ever(name: str) -> None:
    text = (KIOSK / "units" / f"motcua-kiosk-{name}.service").read_text(encoding="utf-8")
    assert "Restart=always" in text
    assert "StartLimitIntervalSec=0" in text


# Installing ------------------------------------------------------------------------------------
def test_files_lie_where_they_belong(mini_pc: Path) -> None:
    expected = {
        "etc/motcua/kiosk.toml": 0o600,
        "etc/chromium/policies/managed/motcua-kiosk.json": 0o644,
        "etc/chromium/policies/managed/motcua-screen.json": 0o644,
        "etc/systemd/logind.conf.d/motcua-kiosk.conf": 0o644,
        "etc/udev/rules.d/99-motcua-kiosk.rules": 0o644,
        "etc/sysctl.d/90-motcua-kiosk.conf": 0o644,
        "opt/motcua-kiosk/kiosk/agent/run.py": None,
        "opt/motcua-kiosk/kiosk/requirements.txt": None,
        "opt/motcua-kiosk/deploy/constraints.txt": 0o644,
        "opt/motcua-kiosk/deploy/screen.sh": 0o755,
        "opt/motcua-kiosk/screen/browser.sh": 0o755,
        "etc/systemd/system/motcua-kiosk-screen.service.d/console.conf": 0o644,
        **{f"etc/systemd/system/{unit.name}": 0o644 for unit in UNITS},
    }
    for name, mode in expected.items():
        file = mini_pc / name
        assert file.is_file(), name
        assert mode is None or stat.S_IMODE(file.stat().st_mode) == mode, name


def test_the_agent_reads_the_configuration_that_was_written(mini_pc: Path) -> None:
    from kiosk.agent import config

    loaded = config.load(mini_pc / "etc/motcua/kiosk.toml")
    assert (loaded.server, loaded.branch, loaded.token) == (NEEDED[1], NEEDED[3], NEEDED[5])
    assert loaded.port == 8765


def test_installing_again_changes_nothing_but_what_was_asked(mini_pc: Path) -> None:
    assert installed(mini_pc, *NEEDED, "--printer", "tcp://10.0.0.9:9100").returncode == 0
    text = (mini_pc / "etc/motcua/kiosk.toml").read_text()
    assert 'printer = "tcp://10.0.0.9:9100"' in text
    assert installed(mini_pc, "--uninstall").returncode == 0
    assert not (mini_pc / "opt/motcua-kiosk").exists()
    assert (mini_pc / "etc/motcua/kiosk.toml").exists(), "the token and waiting numbers are kept"


def test_an_update_needs_no_token(mini_pc: Path) -> None:
    """The server shows it once only."""
    config = mini_pc / "etc/motcua/kiosk.toml"
    before = config.read_text()
    assert installed(mini_pc, "--printer", "").returncode == 0
    assert config.read_text() == before
    assert installed(mini_pc, "--server", "https://motcua.example").returncode == 0
    assert config.read_text() == before.replace(NEEDED[1], "https://motcua.example")


def test_a_usb_printer_named_by_its_ids_is_the_agents(mini_pc: Path) -> None:
    rules = mini_pc / "etc/udev/rules.d/99-motcua-kiosk.rules"
    assert "idVendor" not in rules.read_text()
    for _again in range(2):
        assert installed(mini_pc, "--printer", "usb://0FE6:811e?width=384").returncode == 0
        rule = 'SUBSYSTEM=="usb", ATTR{idVendor}=="0fe6", ATTR{idProduct}=="811e", GROUP="lp"'
        assert rules.read_text().count(rule) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--branch", "b", "--token", "t"), "--server is missing"),
        (("--server", "10.0.0.2", "--branch", "b", "--token", "t"), "must begin with http"),
        ((*NEEDED[:4],), "--token is missing"),
        ((*NEEDED, "--colour", "red"), "unknown option --colour"),
        ((*NEEDED, "--printer"), "--printer needs a value"),
        ((*NEEDED, "--printer", 'x"; y = "'), "holds a quote"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = installed(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_says_everything_and_does_nothing(tmp_path: Path) -> None:
    done = installed(tmp_path, *NEEDED, "--dry-run", DESTDIR="")
    assert done.returncode == 0, done.stderr
    said = ("apt-get", "useradd", "kiosk.toml", "systemctl enable", "motcua-kiosk.json")
    # What nothing else brings along on a bare Debian, and without which the screen or sound is dead.
    for word in (*said, "xwayland", "libpam-systemd", "alsa-utils"):
        assert word in done.stdout
    assert "t0ken" not in done.stdout
    assert not Path("/opt/motcua-kiosk").exists()


def test_shell_scripts_are_sound() -> None:
    machine.assert_sound("kiosk")


def test_the_browser_may_go_nowhere_else(mini_pc: Path) -> None:
    policy = machine.policy_of(mini_pc)
    assert policy["URLBlocklist"] == ["*"]
    assert policy["URLAllowlist"] == ["http://127.0.0.1:8765"]
    assert policy["DeveloperToolsAvailability"] == 2
    assert policy["AutoplayAllowed"]
    off = ("PrintingEnabled", "PasswordManagerEnabled", "TranslateEnabled", "VideoCaptureAllowed")
    assert not any(policy[name] for name in off)


# Watchdog and hours ----------------------------------------------------------------------------
class FakeAgent:
    """Answers /agent/health with what a test wants, or not at all."""

    def __init__(self) -> None:
        self.answer: Any = {}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(fake.answer).encode() if self.path == "/agent/health" else b""
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def agent() -> Iterator[FakeAgent]:
    fake = FakeAgent()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.mark.parametrize(
    ("answer", "alive"),
    [({"page_silent_s": 1.5}, True), ({"page_silent_s": 60}, False), ({}, True), ([], True)],
)
def test_a_silent_page_is_noticed(agent: FakeAgent, answer: Any, alive: bool) -> None:
    agent.answer = answer
    assert watchdog.is_alive(agent.address) is alive


def test_an_agent_that_is_away_is_no_reason_to_restart_the_screen() -> None:
    assert watchdog.is_alive(f"http://127.0.0.1:{free_port()}")


def test_the_screen_is_started_again_at_the_second_silence_in_a_row(tmp_path: Path) -> None:
    memory = tmp_path / "failures"
    heard = [False, True, False, False, False, False]
    assert [watchdog.judge(memory, alive=alive) for alive in heard] == [
        False, False, False, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "up"),
    [
        ("ActiveState=active\nActiveEnterTimestampMonotonic=40000000\n", 60.0),
        ("ActiveState=inactive\nActiveEnterTimestampMonotonic=40000000\n", None),
        ("ActiveState=activating\nActiveEnterTimestampMonotonic=0\n", None),
        ("", None),
    ],
)
def test_a_screen_that_has_just_begun_has_its_time(shown: str, up: float | None) -> None:
    assert watchdog.seconds_up(shown, 100.0) == up


@pytest.mark.parametrize(
    ("answer", "on"),
    [
        ({"hours": {"on": True}}, True),
        ({"hours": {"on": False}}, False),
        ({"hours": {"on": None}}, None),
        ({}, None),
        ({"hours": "?"}, None),
    ],
)
def test_the_hours_are_the_agents(agent: FakeAgent, answer: Any, on: bool | None) -> None:
    agent.answer = answer
    assert power.wanted(agent.address) is on


@pytest.mark.parametrize(
    ("on", "is_on", "verb"),
    [
        (True, False, "start"), (False, True, "stop"), (None, False, "start"),
        (True, True, ""), (False, False, ""), (None, True, ""),
    ],
)  # fmt: skip
def test_nobody_knows_means_on(on: bool | None, is_on: bool, verb: str) -> None:
    assert power.step(on, is_on=is_on) == verb

"""What turns a mini-PC or TV box into a wall: units that systemd accepts, files where they belong."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from display.box import config
from tests.deploy import machine

NEEDED = ("--server", "http://10.0.0.2:8000/", "--branch", "long-bien")
UNIT = machine.DEPLOY / "display" / "units" / "motcua-display-screen.service"


def installed(folder: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return machine.installed("display", folder, *(arguments or NEEDED), **env)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A root folder into which the wall was laid out."""
    done = installed(tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_systemd_accepts_the_unit(box: Path, tmp_path: Path) -> None:
    machine.with_programs(box, "bin/sh")
    machine.assert_verified("display", box, tmp_path / "verified")


def test_the_unit_starts_again_for_ever_and_waits_for_no_network() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    for line in ("Restart=always", "StartLimitIntervalSec=0", "NotifyAccess=all"):
        assert line in lines
    assert not any("network-online" in line for line in lines)


def test_a_wall_has_no_input() -> None:
    """Neither a finger nor a plugged-in mouse or keyboard reaches the page; so no pointer is shown."""
    assert "Environment=WLR_BACKENDS=drm " in UNIT.read_text(encoding="utf-8")


def test_files_lie_where_they_belong(box: Path) -> None:
    expected = {
        "etc/motcua/display.toml": 0o600,
        "etc/chromium/policies/managed/motcua-display.json": 0o644,
        "etc/chromium/policies/managed/motcua-screen.json": 0o644,
        "etc/systemd/logind.conf.d/motcua-display.conf": 0o644,
        "etc/systemd/system/motcua-display-screen.service.d/console.conf": 0o644,
        "etc/sysctl.d/90-motcua-display.conf": 0o644,
        f"etc/systemd/system/{UNIT.name}": 0o644,
        "opt/motcua-display/deploy/display/screen.sh": 0o755,
        "opt/motcua-display/deploy/screen/browser.sh": 0o755,
        "opt/motcua-display/display/box/waiting.html": 0o644,
    }
    for name, mode in expected.items():
        assert stat.S_IMODE((box / name).stat().st_mode) == mode, name


def test_what_was_laid_out_runs_with_nothing_but_python(box: Path) -> None:
    """No package of the server or of anybody else: -I and -S leave them out."""
    app = box / "opt/motcua-display"
    script = "import runpy, sys; sys.path.insert(0, '.'); runpy.run_module('display', run_name='__main__')"
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", script, "--help"),
        cwd=app, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "check" in done.stdout


def test_the_wall_reads_the_configuration_that_was_written(box: Path) -> None:
    loaded = config.load(box / "etc/motcua/display.toml")
    assert loaded.home == "http://10.0.0.2:8000/display/long-bien"
    assert (loaded.rotate, loaded.sound, loaded.volume) == (0, "", 80)


def test_installing_again_changes_nothing_but_what_was_asked(box: Path) -> None:
    file = box / "etc/motcua/display.toml"
    before = file.read_text()
    more = ("--rotate", "270", "--sound", "HDMI 1", "--volume", "65", "--token", "t0ken")
    assert installed(box, *more).returncode == 0
    loaded = config.load(file)
    assert (loaded.rotate, loaded.sound, loaded.volume) == (270, "HDMI 1", 65)
    assert loaded.home == "http://10.0.0.2:8000/display/long-bien#token=t0ken"
    again = ("--rotate", "0", "--sound", "", "--volume", "80", "--token", "")
    assert installed(box, *again).returncode == 0
    assert file.read_text() == before


def test_uninstalling_keeps_the_wall_known_to_the_server(box: Path) -> None:
    assert installed(box, "--uninstall").returncode == 0
    left = [str(file.relative_to(box)) for file in box.rglob("*") if file.is_file()]
    assert left == ["etc/motcua/display.toml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--branch", "b"), "--server is missing"),
        (("--server", "10.0.0.2", "--branch", "b"), "must begin with http"),
        (NEEDED[:2], "--branch is missing"),
        ((*NEEDED, "--colour", "red"), "unknown option --colour"),
        ((*NEEDED, "--rotate", "45"), "--rotate must be"),
        ((*NEEDED, "--volume", "loud"), "--volume must be"),
        ((*NEEDED, "--volume", "101"), "--volume must be"),
        ((*NEEDED, "--sound"), "--sound needs a value"),
        ((*NEEDED, "--sound", 'x"; y = "'), "holds a quote"),
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
    done = installed(tmp_path, *NEEDED, "--token", "t0ken", "--dry-run", DESTDIR="")
    assert done.returncode == 0, done.stderr
    said = ("apt-get", "useradd", "display.toml", "systemctl enable", "motcua-display.json")
    for word in (*said, "xwayland", "libpam-systemd", "alsa-utils", "wlr-randr", "v4l-utils"):
        assert word in done.stdout
    assert "t0ken" not in done.stdout
    assert not Path("/opt/motcua-display").exists()


def test_shell_scripts_are_sound() -> None:
    machine.assert_sound("display")


def test_the_browser_may_go_to_its_server_and_nowhere_else(box: Path) -> None:
    policy = machine.policy_of(box)
    waiting = "file:///opt/motcua-display/display/box/waiting.html"
    assert policy["URLBlocklist"] == ["*"]
    assert policy["URLAllowlist"] == ["http://10.0.0.2:8000", waiting]
    assert policy["AutoplayAllowed"]
    # Two would shut out the program that minds the page too.
    assert policy["DeveloperToolsAvailability"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('server = "http://a"', "branch is missing"),
        ('server = "a"\nbranch = "b"', "http or https"),
        ('server = "http://a"\nbranch = "b"\ncolour = "red"', "unknown key colour"),
        ('server = "http://a"\nbranch = "b"\nrotate = "90"', "rotate must be int"),
        ('server = "http://a"\nbranch = "b"\nrotate = 45', "rotate must be 0"),
        ('server = "http://a"\nbranch = "b"\nvolume = 200', "volume must be from"),
        ("server = ", "display.toml"),
    ],
)
def test_a_wrong_file_says_what_to_mend(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "display.toml"
    file.write_text(text)
    with pytest.raises(config.ConfigError, match=said):
        config.load(file)

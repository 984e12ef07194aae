"""A machine that becomes a kiosk or a wall, in a folder: laid out by its installer, its units verified."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live_office import ROOT

DEPLOY = ROOT / "deploy"
SCREEN = DEPLOY / "screen"
POLICIES = Path("/etc/chromium")


def units(kind: str) -> list[Path]:
    return sorted((DEPLOY / kind / "units").iterdir())


def installed(
    kind: str, folder: Path, *arguments: str, **env: str
) -> "subprocess.CompletedProcess[str]":
    """What the installer of a `kind` did below `folder`."""
    command = [str(DEPLOY / kind / "install.sh"), *arguments]
    environ = {**os.environ, "DESTDIR": str(folder), **env}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    return subprocess.run(
        ("systemd-analyze", *arguments), capture_output=True, text=True, check=False
    )


def with_programs(folder: Path, *programs: str) -> Path:
    """`folder` with stand-ins for what the units start."""
    for program in programs:
        target = folder / program
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("#!/bin/sh\n")
        target.chmod(0o755)
    return folder


def assert_verified(kind: str, laid_out: Path, scratch: Path) -> None:
    """systemd has nothing to say of the units with their drop-ins."""
    scratch.mkdir()
    shutil.copytree(laid_out / "etc/systemd/system", scratch, dirs_exist_ok=True)
    # Verify looks for the programs on this machine: the units name those of the laid-out root.
    for unit in scratch.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        for program in (f"/opt/motcua-{kind}/", "/usr/bin/cage"):
            text = text.replace(f"={program}", f"={laid_out}{program}")
        unit.write_text(text, encoding="utf-8")
    assert (scratch / f"motcua-{kind}-screen.service.d" / "console.conf").is_file()
    done = analyze("verify", "--man=no", *(str(scratch / unit.name) for unit in units(kind)))
    said = [line for line in done.stderr.splitlines() if "motcua-" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


def assert_sound(kind: str) -> None:
    """shellcheck has nothing to say of the scripts."""
    scripts = [str(path) for path in (*SCREEN.glob("*.sh"), *(DEPLOY / kind).glob("*.sh"))]
    command = [str(Path(sys.executable).parent / "shellcheck"), "-x", *scripts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def policy_of(laid_out: Path) -> dict[str, Any]:
    """As the browser reads it: the files of the folder, one after the other."""
    files = sorted((laid_out / "etc/chromium/policies/managed").iterdir())
    return {k: v for file in files for k, v in json.loads(file.read_text("utf-8")).items()}


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


def headless_console(folder: Path) -> dict[str, str]:
    """What cage needs to show its screen in memory only."""
    return {
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_SESSION_TYPE": "wayland",
        "WLR_BACKENDS": "headless",
        "WLR_RENDERER": "pixman",
        "WLR_LIBINPUT_NO_DEVICES": "1",
    }


def namespace() -> tuple[str, ...]:
    return ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))


def can_mount() -> bool:
    if not (shutil.which("unshare") and POLICIES.is_dir()):
        return False
    command = (*namespace(), "mount", "-t", "tmpfs", "none", str(POLICIES))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def held_by(policies: Path) -> tuple[str, ...]:
    """Before a command: its browser reads this folder of policies, and no other program does."""
    steps = f'mount -t tmpfs none {POLICIES} && cp -r {policies} {POLICIES}/policies && exec "$@"'
    return (*namespace(), "sh", "-c", steps, "sh")


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.1)
    return False

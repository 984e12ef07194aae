"""The wall's panel: turned, and off while the doors are closed.

By wlr-randr where the compositor lets its outputs be set, and by cec-ctl for a television; where
neither works the page's own dark screen is all there is.
"""

import logging
import re
import subprocess
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 10.0
_CEC: Final = Path("/dev")
_DRM: Final = Path("/sys/class/drm")


class Panel:
    """Every output of this machine, as one."""

    def __init__(self) -> None:
        self.is_on = True
        #: Whether frames are still drawn while it is off: a television's sleep is its own affair.
        self.draws_frames = True

    def turn(self, degrees: int) -> bool:
        """Turn the picture clockwise; whether the compositor did it."""
        angle = str(degrees) if degrees else "normal"
        done = [_did("wlr-randr", "--output", name, "--transform", angle) for name in outputs()]
        return bool(done) and all(done)

    def switch(self, *, on: bool) -> None:
        """On or off; at once, as far as this machine can."""
        if on == self.is_on:
            return
        self.is_on = on
        # A television that sleeps is enough, and keeps the sound's cable awake.
        by_cec = [_cec(device, on=on) for device in sorted(_CEC.glob("cec[0-9]*"))]
        if any(by_cec) and self.draws_frames:
            _log.info("the television is %s", "on" if on else "off")
            return
        verb = "--on" if on else "--off"
        done = [_did("wlr-randr", "--output", name, verb) for name in outputs()]
        self.draws_frames = on or not any(done)
        _log.info("%d of %d outputs are %s", sum(done), len(done), "on" if on else "off")


def outputs() -> list[str]:
    """The compositor's outputs; none where it tells nobody."""
    try:
        done = subprocess.run(
            ("wlr-randr",), capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return re.findall(r"^(\S+) ", done.stdout, re.MULTILINE) if done.returncode == 0 else []


def plugged(drm: Path = _DRM) -> list[str]:
    """What hangs on the machine's sockets, with its best resolution: "HDMI-A-1 1920x1080"."""
    found = []
    for socket in sorted(drm.glob("card*-*")):
        try:
            if (socket / "status").read_text().strip() != "connected":
                continue
            modes = (socket / "modes").read_text().split()
        except OSError:
            continue
        name = socket.name.partition("-")[2]
        found.append(f"{name} {modes[0]}" if modes else name)
    return found


def _cec(device: Path, *, on: bool) -> bool:
    """Wake the television, or let it sleep; whether there is one that took it."""
    _did("cec-ctl", "-d", str(device), "--playback")
    verbs = ("--image-view-on",) if on else ("--standby",)
    return _did("cec-ctl", "-d", str(device), "--to", "0", *verbs)


def _did(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

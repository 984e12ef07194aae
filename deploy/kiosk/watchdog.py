"""Is the kiosk's page alive? Twice in a row not: the screen is started again. Run by a timer.

The page asks its agent every two seconds how things are; the agent says how long it was silent. A
browser whose process lives may show nothing, and a page whose script hangs asks nothing.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

AGENT = "http://127.0.0.1:8765"
SCREEN = "motcua-kiosk-screen.service"
#: So many failures in a row are no hiccup, and a browser that starts has its time.
ENOUGH = 2
SILENT_S = 20.0
#: A slow machine may need this long until the page asks for the first time: restarted before, it
#: would never come up.
START_S = 90.0
_TIMEOUT_S = 5


def is_alive(agent: str = AGENT) -> bool:
    """Whether the page was heard lately. An agent that does not answer is systemd's business."""
    try:
        with urllib.request.urlopen(f"{agent}/agent/health", timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return bool(json.loads(answer.read())["page_silent_s"] < SILENT_S)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def judge(memory: Path, *, alive: bool) -> bool:
    """Count failures in `memory`; whether the screen must be started again now."""
    if alive:
        memory.unlink(missing_ok=True)
        return False
    failures = int(memory.read_text()) + 1 if memory.exists() else 1
    if failures < ENOUGH:
        memory.write_text(str(failures))
        return False
    memory.unlink(missing_ok=True)
    return True


def seconds_up(shown: str, now: float) -> float | None:
    """How long the screen has run, by what systemd shows of it; None where it does not run."""
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    since = values.get("ActiveEnterTimestampMonotonic", "0")
    if values.get("ActiveState") != "active" or not since.isdigit():
        return None
    return now - int(since) / 1_000_000


def main() -> int:
    """Look once. A screen that is off by opening hours, or has just begun, is none of its business."""
    wanted = "--property=ActiveState,ActiveEnterTimestampMonotonic"
    shown = subprocess.run(
        ("systemctl", "show", wanted, SCREEN), capture_output=True, text=True, check=False
    ).stdout
    up = seconds_up(shown, time.monotonic())
    folder = Path(os.environ.get("RUNTIME_DIRECTORY", "/run/motcua-kiosk-watchdog"))
    is_young = up is None or up < START_S
    if judge(folder / "failures", alive=is_young or is_alive()):
        print("the page is silent: starting the screen again", flush=True)
        return subprocess.run(("systemctl", "try-restart", SCREEN), check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())

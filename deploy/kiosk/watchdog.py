"""Is the kiosk's page alive? Twice in a row not: the screen is started again. Run by a timer.

The page asks its agent every two seconds how things are; the agent says how long it was silent. A
browser whose process lives may show nothing, and a page whose script hangs asks nothing.
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

AGENT = "http://127.0.0.1:8765"
SCREEN = "motcua-kiosk-screen.service"
#: So many failures in a row are no hiccup, and a browser that starts has its time.
ENOUGH = 2
SILENT_S = 20.0
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


def main() -> int:
    """Look once. A screen that is off by opening hours is none of its business."""
    if subprocess.run(("systemctl", "is-active", "--quiet", SCREEN), check=False).returncode:
        return 0
    folder = Path(os.environ.get("RUNTIME_DIRECTORY", "/run/motcua-kiosk-watchdog"))
    if judge(folder / "failures", alive=is_alive()):
        print("the page is silent: starting the screen again", flush=True)
        return subprocess.run(("systemctl", "restart", SCREEN), check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The kiosk's screen on and off by opening hours, as its agent knows them. Run by a timer.

Off means that the screen's unit is stopped: the console blanks, the panel sleeps, and the morning
begins with a fresh browser. When nobody knows the hours the screen stays on.
"""

import json
import subprocess
import sys
import urllib.request

AGENT = "http://127.0.0.1:8765"
SCREEN = "motcua-kiosk-screen.service"
_TIMEOUT_S = 5


def wanted(agent: str = AGENT) -> bool | None:
    """Whether the screen is to be on; None when nobody can say."""
    try:
        with urllib.request.urlopen(f"{agent}/agent/health", timeout=_TIMEOUT_S) as answer:  # noqa: S310
            on = json.loads(answer.read())["hours"]["on"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return on if isinstance(on, bool) else None


def step(on: bool | None, *, is_on: bool) -> str:
    """What to tell systemd: `start`, `stop` or nothing."""
    if on is None:
        on = True
    if on == is_on:
        return ""
    return "start" if on else "stop"


def main() -> int:
    """Look once, and do what is to be done."""
    asked = subprocess.run(("systemctl", "is-active", "--quiet", SCREEN), check=False)
    verb = step(wanted(), is_on=asked.returncode == 0)
    if not verb:
        return 0
    print(f"{verb} the screen", flush=True)
    return subprocess.run(("systemctl", verb, SCREEN), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

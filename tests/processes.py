"""Looking at real processes from the outside, and killing them."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil


def is_running(pid: int) -> bool:
    """Is the process there? One that has ended and only waits to be collected is not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object], *, within: float = 15.0) -> None:
    """Return once the condition holds; fail the test when it does not in time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {condition}"
        time.sleep(0.02)


def pid_of(data: Path, name: str) -> int | None:
    """The process of the office in this folder; None while it has none."""
    try:
        return int(json.loads((data / "run" / "pids.json").read_text())[name])
    except (OSError, KeyError, ValueError):
        return None


def kill(data: Path, name: str) -> None:
    """Kill -9 one process of this office, as it is now, and wait for its successor."""
    pid = pid_of(data, name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: pid_of(data, name) not in (pid, None), within=30)

"""Looking at real processes from the outside."""

import time
from collections.abc import Callable

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

"""The single box: how soon it serves after a start, and what it needs when idle."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.live_office import BRANCH, DEMO_FILE, MORNING, ROOT, Office, free_port, prepare

_STARTS = 5


def start() -> None:
    """Installed and configured: from the command to the first ticket; then the memory of all."""
    seconds = []
    for n in range(_STARTS):
        with tempfile.TemporaryDirectory() as folder:
            seconds.append(_once(Path(folder), is_last=n == _STARTS - 1))
    print(
        f"cold start to the first ticket: median {statistics.median(seconds):.1f} s, "
        f"worst {max(seconds):.1f} s (n = {_STARTS})"
    )


def _once(data: Path, *, is_last: bool) -> float:
    office = Office(data, free_port())
    office.tokens = prepare(data)
    port = office.base_url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "server", "run", "--data", str(data), "--port", port]
    env = {k: v for k, v in os.environ.items() if not k.startswith("MOTCUA_")}
    # Idle means idle: the hall's voice is made once, and not here.
    env |= {"MOTCUA_CLOCK": "manual", "MOTCUA_CLOCK_START": MORNING, "MOTCUA_VOICE_BUILD": "false"}
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, "--branch-file", str(DEMO_FILE)], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
    )
    try:
        took = _first_ticket(office) - began
        if is_last:
            time.sleep(10)
            _tell_memory(data)
        return took
    finally:
        process.terminate()
        process.wait(timeout=30)


def _first_ticket(office: Office) -> float:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            status, _ = office.call(
                "kiosk", "POST", f"/branches/{BRANCH}/tickets", {"queue": "B", "channel": "api"}
            )
        except OSError:
            time.sleep(0.02)
            continue
        assert status == 201
        return time.monotonic()
    raise AssertionError("no ticket within a minute")


def _tell_memory(data: Path) -> None:
    pids = json.loads((data / "run" / "pids.json").read_text())
    parts = {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)] if name == "worker" else [process]
        parts[name] = sum(p.memory_full_info().pss for p in family) / 2**20
    told = ", ".join(f"{name} {size:.0f}" for name, size in parts.items())
    print(f"memory of the whole box, idle: {sum(parts.values()):.0f} MiB PSS ({told})")

"""Screens that only listen: what each costs, and how soon all of them have a change."""

import json
import os
import tempfile
import time
from pathlib import Path

import psutil

from tests.bench.parts import Watchers, told
from tests.live_office import running

_IDLE = int(os.environ.get("BENCH_WATCHERS", "5000"))
_ROOM = 500


def watchers() -> None:
    """Memory of many idle watchers, and the time until a room of 500 has been reached."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        pids = json.loads((Path(folder) / "run" / "pids.json").read_text())
        web = psutil.Process(pids["web"])
        before = web.memory_full_info().pss
        began = time.monotonic()
        idle = Watchers(office.base_url, "/display", _IDLE, [office.tokens["display"]])
        took = time.monotonic() - began
        each = (web.memory_full_info().pss - before) / _IDLE / 1024
        cpu = web.cpu_percent(interval=10)
        idle.close()
        print(
            f"{_IDLE:,} idle watchers: {each:.0f} KiB each, {cpu:.0f} % of a core; "
            f"all connected within {took:.0f} s"
        )
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        room = Watchers(office.base_url, "/display", _ROOM, [office.tokens["display"]])
        ms = []
        for _ in range(100):
            began = time.monotonic()
            seq = office.issue("chung-thuc", channel="api")["seq"]
            ms.append(1000 * (room.wait_for(seq) - began))
            time.sleep(0.1)
        room.close()
        print(f"issue over REST -> the last of a room of {_ROOM}: {told(ms)}")

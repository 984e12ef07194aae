"""What the measurements share."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from server import branches, branchfile, database, devices, redis_server
from server.access import Role
from server.domain.ids import BranchId
from tests.live_office import BRANCH, DEMO_FILE, EARLIER, MORNING, ROOT, free_port
from tests.pg_server import PostgresServer


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def told(ms: Sequence[float]) -> str:
    """p50 and p99 of milliseconds."""
    return f"p50 {statistics.median(ms):.1f} ms, p99 {percentile(ms, 0.99):.1f} ms (n = {len(ms)})"


def load(
    ports: Sequence[int], clients: int, seconds: float, tokens: Sequence[str], paths: Sequence[str],
    bodies: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """Run the load client in a process of its own."""
    command = [
        sys.executable, "-m", "tests.bench.load", ",".join(map(str, ports)), str(clients),
        str(seconds), ",".join(tokens), ",".join(paths), *bodies,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=120)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Watchers:
    """Many screens of one kind in a process of their own."""

    def __init__(self, base_url: str, namespace: str, many: int, tokens: Sequence[str]) -> None:
        port = base_url.rsplit(":", 1)[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.watch", port, namespace, str(many), *tokens],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._out = self._process.stdout
        assert self._out.readline().strip() == "ready"
        #: When the last of them had a change: `time.monotonic()` by seq.
        self.reached: dict[int, float] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._out:
            seq, at = line.split()
            self.reached[int(seq)] = float(at)

    def wait_for(self, seq: int, timeout: float = 10) -> float:
        """When the last of them had `seq`."""
        deadline = time.monotonic() + timeout
        while seq not in self.reached and time.monotonic() < deadline:
            time.sleep(0.001)
        return self.reached[seq]

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(timeout=20)


class Cluster:
    """PostgreSQL, one Redis, a relay and several web processes, as on shared servers."""

    def __init__(self, ports: list[int], tokens: dict[str, str]) -> None:
        self.ports = ports
        self.tokens = tokens


@contextlib.contextmanager
def cluster(webs: int, offices: int) -> Iterator[Cluster]:
    """Start it with so many branches, copies of the demo branch's file."""
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        data = Path(folder)
        postgres = PostgresServer()
        redis = redis_server.start(data)
        processes: list[subprocess.Popen[bytes]] = []
        try:
            tokens = _branches(postgres.url(), data, offices)
            ports = [free_port() for _ in range(webs)]
            env = {k: v for k, v in os.environ.items() if not k.startswith("MOTCUA_")} | {
                "DATABASE_URL": postgres.url(),
                "REDIS_URL": redis.url,
                "MOTCUA_DATA": str(data),
                "MOTCUA_RELAY": "outside",
                "MOTCUA_CLOCK": "manual",
                "MOTCUA_CLOCK_START": MORNING,
                "MOTCUA_SECRET": "bench",
            }
            for verb, port in [("relay", 0), *(("web", port) for port in ports)]:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "server", verb],
                        cwd=ROOT,
                        env=env | ({"MOTCUA_PORT": str(port)} if port else {}),
                    )
                )
            for port in ports:
                _await(port)
            yield Cluster(ports, tokens)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=30)
            redis.stop()
            postgres.stop()


def _branches(url: str, data: Path, offices: int) -> dict[str, str]:
    engine = database.connect(url)
    tokens = {}
    try:
        database.migrate(engine)
        text = DEMO_FILE.read_text(encoding="utf-8")
        for n in range(offices):
            name = BranchId(f"{BRANCH}-{n}")
            file = data / f"{name}.toml"
            file.write_text(text.replace(f'"{BRANCH}"', f'"{name}"'), encoding="utf-8")
            branches.apply(engine, branchfile.load(file), now=EARLIER, actor="job:bench")
            tokens[str(name)] = devices.add(engine, branch=name, role=Role.KIOSK, name="kiosk")
    finally:
        engine.dispose()
    return tokens


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"no web process on port {port}")

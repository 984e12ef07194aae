"""A kiosk's agent as its users meet it: a process of its own beside a running office."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.live_office import BRANCH, ROOT, Office, free_port


class LiveAgent:
    """The agent's process and its loopback address."""

    def __init__(self, folder: Path, office: Office, printer: str, redis: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "server": office.base_url,
            "token": office.tokens["kiosk"],
            "branch": BRANCH,
            "printer": printer,
            "state": str(folder / "state"),
            "redis": redis,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        (folder / "kiosk.toml").write_text("\n".join([*lines, f"port = {self.port}"]))
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it, again after `kill`."""
        with (self.folder / "agent.log").open("ab") as log:
            command = ["-m", "kiosk", "agent", "--config", str(self.folder / "kiosk.toml")]
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self.wait_for(lambda: self.ask("state")[0] == 200)
        return self.process

    def kill(self) -> None:
        """As a power cut does."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        """What the kiosk's page asks."""
        request = urllib.request.Request(
            f"{self.origin}/agent/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Origin": self.origin},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except OSError:
            return 0, {}

    def state(self) -> Any:
        """How it says it is."""
        return self.ask("state")[1]

    def wait_for(self, happened: Callable[[], Any], seconds: float = 40) -> float:
        """Until something is true; returns the seconds it took."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            assert self.process.poll() is None, self.log()
            if happened():
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(self.log())

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "agent.log").read_text()[-3_000:]


@contextmanager
def agent_of(
    folder: Path, office: Office, printer: str = "", redis: str = ""
) -> Iterator[LiveAgent]:
    """An agent beside a running office, connected and with its numbers."""
    agent = LiveAgent(folder, office, printer, redis)
    try:
        agent.wait_for(lambda: agent.state().get("left"))
        yield agent
    finally:
        agent.process.terminate()
        agent.process.wait(timeout=20)

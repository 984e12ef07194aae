"""A whole Motcua as its users meet it: real processes, real sockets, on a port of its own."""

import gc
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from server import accounts, branches, branchfile, database, devices, tables
from server.access import Permission, Role
from server.domain.ids import BranchId, CounterId
from server.simulate import history

ROOT = Path(__file__).resolve().parent.parent
DEMO_FILE = ROOT / "deploy" / "branches" / "long-bien.toml"
BRANCH = BranchId("long-bien")
PASSWORD = "mot-cua-1"  # noqa: S105 - made up
#: A Tuesday morning in the middle of opening hours.
MORNING = "2026-11-24T09:00:00+07:00"
#: When the branch is set up: a log never runs backwards, so not at the machine's time.
EARLIER = datetime.fromisoformat(MORNING) - timedelta(days=1)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Office:
    """A running installation: its address, its tokens, and a REST client for each role."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.base_url = f"http://127.0.0.1:{port}"
        self.tokens: dict[str, str] = {}

    def call(
        self,
        role: str,
        method: str,
        path: str,
        body: Any = None,
        key: str = "",
        timeout: float = 15,
    ) -> tuple[int, Any]:
        """Status and answer of a REST call. Raises OSError when nobody answers."""
        request = urllib.request.Request(
            f"{self.base_url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.tokens[role]}",
                "Content-Type": "application/json",
                "Idempotency-Key": key or str(uuid.uuid4()),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                is_json = "json" in answer.headers["Content-Type"]
                return answer.status, json.loads(answer.read()) if is_json else answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def issue(self, service: str = "ho-tich", **more: Any) -> Any:
        """Take a number."""
        body = {"service": service, "channel": "kiosk", **more}
        status, answer = self.call("kiosk", "POST", f"/branches/{BRANCH}/tickets", body)
        assert status == 201, answer
        return answer

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The branch's log after `after`, whole."""
        found: list[dict[str, Any]] = []
        while True:
            path = f"/branches/{BRANCH}/events?after={after}&limit=1000"
            page = self.call("api", "GET", path)[1]
            if not page["events"]:
                return found
            found += page["events"]
            after = page["next"]

    def desk(self, verb: str, body: Any = None, counter: int = 1) -> tuple[int, Any]:
        """A verb at a counter."""
        path = f"/counters/{BRANCH}-{counter}/{verb}"
        return self.call(f"counter-{counter}", "POST", path, body or {})


def add_staff(engine: Engine) -> None:
    """Sixteen officers and one of every other role, all with the manager's password."""
    u = tables.users
    # One hash for all: argon2 is slow on purpose.
    usual = dict(accounts.row_of(engine, "quanly") or {})
    people = [
        {"username": f"canbo{n}", "role": "officer", "name": f"Cán bộ {n}", "title": "Chuyên viên",
         "grants": Permission.CALL_CHOSEN.value}
        for n in range(1, 17)
    ]  # fmt: skip
    people += [
        {"username": "giamsat", "role": "supervisor", "name": "Giám sát"},
        {"username": "quantri", "role": "administrator", "name": "Quản trị viên"},
        {"username": "kiemtra", "role": "auditor", "name": "Kiểm tra"},
    ]
    with database.writing(engine) as connection:
        for person in people:
            connection.execute(u.insert(), usual | person)


def prepare(
    data: Path,
    url: str = "",
    kiosk_printer: str = "",
    branch_file: Path = DEMO_FILE,
    past_days: int = 0,
) -> dict[str, str]:
    """Schema, branch and devices of a new installation, with so many made-up days before it."""
    data.mkdir(parents=True, exist_ok=True)
    engine = database.connect(url or f"sqlite:///{data / 'motcua.db'}")
    try:
        database.migrate(engine)
        catalogue, begun = branchfile.load(branch_file), EARLIER - timedelta(days=past_days)
        branches.apply(engine, catalogue, now=begun, actor="job:test")
        if past_days:
            midnight = datetime.fromisoformat(MORNING).replace(hour=0)
            history.write(
                engine,
                branches.require(engine, BRANCH),
                past_days,
                until=midnight,
                seed=7,
                progress=lambda *_: None,
            )
        accounts.put_user(
            engine, username="quanly", password=PASSWORD, name="Quản lý", branch=BRANCH
        )
        add_staff(engine)

        def add(role: Role, name: str) -> str:
            printer = kiosk_printer if role is Role.KIOSK else ""
            return devices.add(engine, branch=BRANCH, role=role, name=name, printer=printer)

        tokens = {r.value: add(r, r.value) for r in (Role.KIOSK, Role.DISPLAY, Role.INTEGRATION)}
        return tokens | {
            f"counter-{n}": accounts.add_token(
                engine,
                username=f"canbo{n}",
                name="test",
                at=EARLIER,
                counter=CounterId(f"{BRANCH}-{n}"),
            )
            for n in range(1, 17)
        }
    finally:
        engine.dispose()


@contextmanager
def running(
    data: Path,
    *options: str,
    url: str = "",
    clock: str = "manual",
    printer: str = "",
    kiosk_printer: str = "",
    branch_file: Path = DEMO_FILE,
    past_days: int = 0,
    **settings: str,
) -> Iterator[Office]:
    """Start everything, wait until it is ready, and stop it at the end; more settings by name."""
    office = Office(data, free_port())
    office.tokens = prepare(data, url, kiosk_printer, branch_file, past_days)
    port = office.base_url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "server", "run", "--data", str(data), "--port", port]
    env = {k: v for k, v in os.environ.items() if not k.startswith("MOTCUA_")}
    # The hall's voice costs half a minute of work: only where it is what is tried.
    env |= {"MOTCUA_CLOCK": clock, "MOTCUA_CLOCK_START": MORNING, "MOTCUA_VOICE_BUILD": "false"}
    env |= {f"MOTCUA_{name.upper()}": value for name, value in settings.items()}
    if url:
        env["DATABASE_URL"] = url
    if printer:
        env["MOTCUA_PRINTER"] = printer
    with (data / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
        try:
            ready(office, process)
            yield office
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            finally:
                # Nothing of a test that failed so may stay behind.
                process.kill()
                process.wait()
                _collect()


def _collect() -> None:
    """What socket clients left open goes here, not in the midst of another file's tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


def ready(office: Office, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until the office answers, at its start or after its web process was killed."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process is None or process.poll() is None, (office.data / "run.log").read_text()
        try:
            with urllib.request.urlopen(f"{office.base_url}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError((office.data / "run.log").read_text())

"""Forecasts on shared servers: PostgreSQL, a Redis, a relay, two workers and two web processes.

Everything runs by the machine's own clock; the branch stands in a time zone in which it is past
seven in the morning: its doors are open, its counters open at half past eight.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import socketio
from sqlalchemy import create_engine, make_url, text

from server import redis_server
from server.clock import Clock
from server.domain import estimate
from tests import live_office
from tests.live_office import BRANCH, DEMO_FILE, ROOT, Office, free_port
from tests.processes import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.postgres,
    # The socket client leaves its cut connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

_HOURS = """[hours]
holidays = []

[[hours.weekly]]
days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
doors = "07:00"
opens = "08:30"
last_ticket = "11:30"
closes = "12:00"

"""


def early_morning() -> str:
    """The demo branch where it is between seven and eight now, every day."""
    hour = Clock().now().hour
    # Etc/GMT-3 is three hours before Greenwich; there are zones from -14 to +12.
    east = (7 - hour) % 24 if (7 - hour) % 24 <= 14 else (7 - hour) % 24 - 24
    zone = f"Etc/GMT{-east:+d}" if east else "Etc/GMT"
    document = DEMO_FILE.read_text(encoding="utf-8").replace("Asia/Ho_Chi_Minh", zone)
    document = re.sub(r"(?ms)^\[\[roster\]\].*?(?=^\[|^# )", "", document)
    start, end = document.index("[hours]"), document.index("# Chính sách gọi số / calling policy")
    return document[:start] + _HOURS + document[end:]


@dataclass
class Cluster:
    """The processes by name, and the office as each of two web processes serves it."""

    data: Path
    env: dict[str, str]
    redis: redis_server.RedisServer
    webs: list[Office] = field(default_factory=list)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    #: What the tiles of both said before anybody came, and what the first one was told.
    before: list[dict[str, Any]] = field(default_factory=list)
    first: dict[str, Any] | None = None

    def see_the_morning(self) -> None:
        """Note what is told before anything else has happened."""
        for office in self.webs:
            wait_until(lambda o=office: any(tiles(o).values()), within=30)  # type: ignore[misc]
        self.before = [tiles(office) for office in self.webs]
        self.first = quote_of(self.webs[1])

    def start(self, name: str, port: int = 0) -> None:
        """Start a process of the product; names end with a number where there are several."""
        with (self.data / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "server", name.split("-", maxsplit=1)[0]],
                cwd=ROOT,
                env=self.env | ({"MOTCUA_PORT": str(port)} if port else {}),
                stdout=log,
                stderr=log,
            )

    def open(self) -> None:
        """Have four counters open, each opened at the one or the other web process."""
        for n in range(1, 5):
            status, answer = self.webs[n % 2].desk("open", {"officer": f"O{n}"}, n)
            assert status == 200 or answer["code"] == "counter_already_open", answer

    def kill(self, name: str) -> None:
        """Kill -9."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def close(self) -> None:
        """End everything."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=30)
        self.redis.stop()


@pytest.fixture(scope="module")
def cluster(postgres_service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    data = tmp_path_factory.mktemp("shared")
    name = f"motcua_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(postgres_service, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    url = make_url(postgres_service).set(database=name).render_as_string(hide_password=False)
    file = data / "early.toml"
    file.write_text(early_morning(), encoding="utf-8")
    tokens = live_office.prepare(data, url, branch_file=file)
    redis = redis_server.start(data)
    env = {k: v for k, v in os.environ.items() if not k.startswith("MOTCUA_")} | {
        "DATABASE_URL": url,
        "REDIS_URL": redis.url,
        "MOTCUA_DATA": str(data),
        "MOTCUA_RELAY": "outside",
        "MOTCUA_SECRET": "shared",
        "MOTCUA_VOICE_BUILD": "false",
    }
    made = Cluster(data, env, redis)
    try:
        for process in ("relay", "worker-1", "worker-2"):
            made.start(process)
        for n in (1, 2):
            office = Office(data, free_port())
            office.tokens = tokens
            made.start(f"web-{n}", int(office.base_url.rsplit(":", 1)[1]))
            made.webs.append(office)
        (data / "run.log").touch()
        for office in made.webs:
            live_office.ready(office)
        made.see_the_morning()
        yield made
    finally:
        made.close()
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def quote_of(office: Office, **more: Any) -> dict[str, Any] | None:
    """Take a number at this web process; what its ticket was told."""
    told = office.issue(channel="api", **more)
    head = told["ticket"]["id"]
    page = office.events(after=max(0, _seq(office) - 40))
    found: list[Any] = [
        e["payload"]["quote"] for e in page if e["type"] == "TicketIssued" and e["ticket"] == head
    ]
    # Nobody who only asks stays in line, or it would soon reach past closing.
    assert office.call("api", "POST", f"/tickets/{head}/cancel", {})[0] == 200
    quote: dict[str, Any] | None = found[0]
    return quote


def until(condition: Callable[[Office], object], office: Office, within: float) -> None:
    """Asked once a second: each time somebody takes a number."""
    end = time.monotonic() + within
    while not condition(office):
        assert time.monotonic() < end, f"not within {within} s"
        time.sleep(1)


def model(office: Office) -> str:
    """By which model a ticket taken now is told its wait."""
    quote = quote_of(office)
    return str(quote["model"]) if quote else ""


def is_foretold(office: Office) -> bool:
    return model(office).startswith("mc.")


def is_by_formula(office: Office) -> bool:
    return model(office) == estimate.MODEL


def _seq(office: Office) -> int:
    return int(office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["seq"])


def tiles(office: Office) -> dict[str, Any]:
    """What each queue's newcomers are told, as the kiosk's tiles have it."""
    queues = office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["tables"]["queues"]
    return {
        queue: row["quote"] and (row["quote"]["low"], row["quote"]["high"])
        for queue, row in queues.items()
    }


def degraded(office: Office) -> list[str]:
    """What `/readyz` of this process says is missing."""
    try:
        with urllib.request.urlopen(f"{office.base_url}/readyz", timeout=5) as answer:
            return list(json.loads(answer.read())["degraded"])
    except urllib.error.HTTPError as error:
        with error:
            return [str(error.code)]


def is_well(office: Office) -> bool:
    return degraded(office) == []


def test_the_very_first_person_reads_a_range_at_whichever_web_process(cluster: Cluster) -> None:
    """Nobody has opened a counter and nobody has come: the run was made for the doors."""
    quote = cluster.first
    assert quote is not None
    assert quote["model"].startswith("mc.")
    assert 30 * 60 <= quote["low_s"] <= quote["expected_s"] <= quote["high_s"], "from 8:30 on"
    assert cluster.before[0] == cluster.before[1]


def test_every_web_process_tells_the_same(cluster: Cluster) -> None:
    cluster.open()
    one, two = cluster.webs
    tickets = [(one, two)[n % 2].issue("ho-tich", channel="api")["ticket"]["id"] for n in range(6)]
    time.sleep(3)

    def told(office: Office) -> list[Any]:
        found = [office.call("api", "GET", f"/tickets/{t}")[1] for t in tickets]
        return [(t["ahead"], t["estimate"]) for t in found]

    wait_until(lambda: told(one) == told(two) and tiles(one) == tiles(two), within=10)
    assert all(estimate for _, estimate in told(one))


def test_one_worker_of_two_that_is_killed_is_not_missed(cluster: Cluster) -> None:
    cluster.open()
    cluster.kill("worker-1")
    began = time.monotonic()
    while time.monotonic() - began < 8:
        quote_of(cluster.webs[0])
        time.sleep(1)
    for office in cluster.webs:
        until(is_foretold, office, within=20)
        until(is_well, office, within=10)
    cluster.start("worker-1")


def test_without_workers_the_formula_tells_until_one_is_back(cluster: Cluster) -> None:
    cluster.open()
    cluster.kill("worker-1")
    cluster.kill("worker-2")
    for office in cluster.webs:
        until(is_by_formula, office, within=20)
        until(lambda o: degraded(o) == ["forecasts"], office, within=5)
    cluster.start("worker-1")
    cluster.start("worker-2")
    for office in cluster.webs:
        until(is_foretold, office, within=30)
        until(is_well, office, within=15)


def test_without_the_relay_nobody_asks_and_no_number_is_refused(cluster: Cluster) -> None:
    cluster.open()
    cluster.kill("relay")
    for office in cluster.webs:
        until(is_by_formula, office, within=20)
    cluster.start("relay")
    for office in cluster.webs:
        until(is_foretold, office, within=30)


def test_a_redis_that_is_restarted_is_found_again_by_all(cluster: Cluster) -> None:
    """Also by what wakes the relay: afterwards screens change at once, not at the next poll."""
    cluster.open()
    os.kill(cluster.redis.pid, signal.SIGKILL)
    for office in cluster.webs:
        quote_of(office)
    time.sleep(3)
    cluster.redis.launch()
    for office in cluster.webs:
        until(is_foretold, office, within=40)
        until(is_well, office, within=15)
    for office in cluster.webs:
        late = _seconds_to_the_wall(office)
        assert late[len(late) // 2] < 0.35, f"woken by the poll alone: {late}"


def _seconds_to_the_wall(office: Office) -> list[float]:
    """From taking a number until a wall knows of it, several times; in order."""
    wall, seen = socketio.Client(), list[tuple[int, float]]()
    wall.on("change", lambda m: seen.append((m["seq"], time.monotonic())), namespace="/display")
    wall.connect(
        office.base_url,
        namespaces=["/display"],
        auth={"token": office.tokens["display"]},
        transports=["websocket"],
    )
    found: list[float] = []
    try:
        # Until the relay knows that somebody looks.
        time.sleep(1.5)
        for _ in range(7):
            began = time.monotonic()
            office.issue("ho-tich", channel="api")
            seq = _seq(office)
            wait_until(lambda of=seq: any(s >= of for s, _ in seen), within=10)  # type: ignore[misc]
            found.append(min(at for s, at in seen if s >= seq) - began)
    finally:
        wall.disconnect()
    return sorted(found)

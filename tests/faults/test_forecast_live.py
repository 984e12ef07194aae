"""Forecasts in a whole office whose worker dies, hangs and comes back, and whose Redis is restarted."""

import json
import os
import signal
import sqlite3
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from server.domain import estimate
from tests import processes
from tests.live_office import BRANCH, Office, running

pytestmark = [pytest.mark.faults]


class Kiosk(threading.Thread):
    """Takes a number every half second; notes each answer."""

    def __init__(self, office: Office) -> None:
        super().__init__(daemon=True)
        self.office = office
        self.stopping = threading.Event()
        #: When each press was answered, with which status, after how many seconds.
        self.answers: list[tuple[float, int, float]] = []

    def run(self) -> None:
        n = 0
        while not self.stopping.wait(0.5):
            n += 1
            body = {"queue": "ABCD"[n % 4], "channel": "api"}
            began = time.monotonic()
            status, _ = self.office.call(
                "kiosk", "POST", f"/branches/{BRANCH}/tickets", body, str(uuid.uuid4())
            )
            self.answers.append((time.monotonic(), status, time.monotonic() - began))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    # One set-up and one clock for all of the file: a year's tickets would not fill a series.
    with running(tmp_path_factory.mktemp("foreseen"), clock="shifted") as office:
        for n in range(1, 5):
            office.desk("open", {"officer": f"O{n}"}, n)
        yield office


@pytest.fixture
def kiosk(office: Office) -> Iterator[Kiosk]:
    kiosk = Kiosk(office)
    kiosk.start()
    yield kiosk
    kiosk.stopping.set()
    kiosk.join(timeout=30)
    assert kiosk.answers
    assert {status for _, status, _ in kiosk.answers} == {201}


def quotes(office: Office, last: int = 1) -> list[dict[str, Any]]:
    """What the last tickets were told."""
    head = office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["seq"]
    page = office.events(after=max(0, head - 40))
    issued = [e["payload"]["quote"] for e in page if e["type"] == "TicketIssued"]
    return [quote for quote in issued if quote][-last:]


def model(office: Office) -> str:
    """By which model the last ticket was told its wait."""
    found = quotes(office)
    return str(found[-1]["model"]) if found else ""


def is_foretold(office: Office) -> bool:
    return model(office).startswith("mc.")


def readyz(office: Office) -> dict[str, Any]:
    with urllib.request.urlopen(f"{office.base_url}/readyz", timeout=5) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def test_a_killed_worker_comes_back_with_its_model_and_no_request_fails(
    office: Office, kiosk: Kiosk
) -> None:
    processes.wait_until(lambda: is_foretold(office), within=30)
    assert kiosk.is_alive()
    (quote,) = quotes(office)
    assert len(quote["levels_s"]) == 9
    assert quote["low_s"] <= quote["expected_s"] <= quote["high_s"]
    processes.kill(office.data, "worker")
    time.sleep(11)
    processes.wait_until(lambda: is_foretold(office), within=30)
    assert readyz(office)["degraded"] == []


def test_a_worker_that_hangs_is_noticed_in_ten_seconds_and_the_ladder_steps_down(
    office: Office, kiosk: Kiosk
) -> None:
    processes.wait_until(lambda: is_foretold(office), within=30)
    pid = processes.pid_of(office.data, "worker")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        # Ten seconds after the last forecast, which a busy machine may have made a while ago.
        processes.wait_until(lambda: model(office) == estimate.MODEL, within=14)
        found = readyz(office)
        assert found["ok"] is True
        assert found["degraded"] == ["forecasts"]
        # Events went unforeseen for ten seconds; a moment later nobody is known to live.
        assert found["checks"]["forecasts"]["state"] in ("late", "dead")
        processes.wait_until(
            lambda: readyz(office)["checks"]["forecasts"]["state"] == "dead", within=5
        )
        with urllib.request.urlopen(f"{office.base_url}/metrics", timeout=5) as answer:
            assert "motcua_forecasts_ok 0.0" in answer.read().decode()
    finally:
        os.kill(pid, signal.SIGCONT)
    processes.wait_until(lambda: is_foretold(office), within=30)
    processes.wait_until(lambda: readyz(office)["degraded"] == [], within=15)
    assert kiosk.is_alive()


def test_redis_that_is_killed_costs_a_moments_forecasts_and_no_ticket(
    office: Office, kiosk: Kiosk
) -> None:
    processes.wait_until(lambda: is_foretold(office), within=30)
    processes.kill(office.data, "redis")
    killed = time.monotonic()
    time.sleep(5)
    processes.wait_until(lambda: readyz(office)["checks"].get("forecasts", {}).get("ok"), within=30)
    processes.wait_until(lambda: is_foretold(office), within=30)
    assert len([at for at, _, _ in kiosk.answers if at > killed]) > 5


def test_every_screen_says_the_same_of_one_queue(office: Office) -> None:
    """Tile, manager's row and a ticket issued now: one range."""
    processes.wait_until(lambda: not readyz(office)["degraded"], within=30)
    time.sleep(2)
    board = office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["tables"]["queues"]
    told = office.issue("ho-tich", channel="api")
    (quote,) = quotes(office)
    tile = board[told["ticket"]["queue"]]["quote"]
    assert tile is not None
    assert quote["model"].startswith("mc.")
    assert tile["low"] == told["estimate"]["low"]
    assert tile["high"] == told["estimate"]["high"]


def test_what_was_learned_is_kept_in_one_small_row(office: Office) -> None:
    def kept() -> list[Any]:
        with closing(sqlite3.connect(office.data / "motcua.db")) as connection:
            query = "SELECT branch_id, length(state) FROM forecast_states"
            return connection.execute(query).fetchall()

    processes.wait_until(lambda: bool(kept()), within=30)
    ((branch, size),) = kept()
    assert branch == BRANCH
    assert 0 < size < 64 * 1024

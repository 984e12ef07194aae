"""A kiosk's agent beside a real server: paper, numbers without the server, hand-in, recovery."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import redis_server
from tests.kiosk.printer_simulator import PrinterSimulator
from tests.live_agent import LiveAgent, agent_of
from tests.live_office import BRANCH, Office, running

FIRST = "A980"


@pytest.fixture(scope="module")
def printer() -> Iterator[PrinterSimulator]:
    with PrinterSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("office"), kiosk_printer="agent") as running_office:
        yield running_office


@pytest.fixture
def agent(tmp_path: Path, office: Office, printer: PrinterSimulator) -> Iterator[LiveAgent]:
    printer.state = "ok"
    printer.slips.clear()
    with agent_of(tmp_path / "kiosk", office, printer.address) as live:
        yield live


def board(office: Office) -> Any:
    return office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["tables"]


def row(office: Office, number: str) -> Any:
    tickets = board(office)["tickets"].values()
    return next((t for t in tickets if t["number"] == number), None)


def events(office: Office, kind: str) -> list[Any]:
    found: list[Any] = []
    after = 0
    while page := office.call("api", "GET", f"/branches/{BRANCH}/events?after={after}&limit=1000")[
        1
    ]["events"]:
        found += [e for e in page if e["type"] == kind]
        after = page[-1]["seq"]
    return found


def wish(**more: Any) -> dict[str, Any]:
    return {"service": "ho-tich", "command_id": str(uuid.uuid4()), **more}


class Silence:
    """The web process stopped in its tracks: sockets stay open, nothing answers."""

    def __init__(self, office: Office) -> None:
        self._web = json.loads((office.data / "run" / "pids.json").read_text())["web"]

    def __enter__(self) -> None:
        os.kill(self._web, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        os.kill(self._web, signal.SIGCONT)


def test_the_agent_prints_what_the_kiosk_issues(
    office: Office, agent: LiveAgent, printer: PrinterSimulator
) -> None:
    number = office.issue()["ticket"]["number"]
    agent.wait_for(lambda: row(office, number)["slip"] == "printed")
    assert len(printer.slips) == 1


def test_a_reprint_is_printed_by_the_agent_too(
    office: Office, agent: LiveAgent, printer: PrinterSimulator
) -> None:
    ticket = office.issue()["ticket"]
    agent.wait_for(lambda: row(office, ticket["number"])["slip"] == "printed")
    assert office.call("api", "POST", f"/tickets/{ticket['id']}/reprint", {})[0] == 200
    agent.wait_for(lambda: len(printer.slips) == 2)
    agent.wait_for(lambda: row(office, ticket["number"])["slip"] == "printed")


def test_paper_low_and_paper_out_are_reported(
    office: Office, agent: LiveAgent, printer: PrinterSimulator
) -> None:
    printer.state = "paper_out"
    number = office.issue()["ticket"]["number"]
    agent.wait_for(lambda: row(office, number)["park_reason"] == "unprinted")
    assert row(office, number)["slip"] == "nothing_sent"
    agent.wait_for(lambda: events(office, "PrinterReported")[-1]["payload"]["state"] == "paper_out")
    assert agent.state()["printer"] == "paper_out"


def test_numbers_go_on_without_the_server_and_are_handed_in_once(
    office: Office, agent: LiveAgent, printer: PrinterSimulator
) -> None:
    left = agent.state()["left"]["A"]
    with Silence(office):
        first = wish(priority="CT")
        given = [agent.ask("issue", w)[1]["result"] for w in (first, first, wish(), wish())]
        numbers = [g["ticket"]["number"] for g in given]
        assert numbers[0] == numbers[1]
        assert len(set(numbers)) == 3
        agent.wait_for(lambda: len(printer.slips) == 3)
        assert agent.state()["left"]["A"] == left - 3
        time.sleep(1)
    agent.wait_for(lambda: agent.state()["to_hand_in"] == 0, 60)
    tickets = [row(office, number) for number in dict.fromkeys(numbers)]
    assert [t["slip"] for t in tickets] == ["printed"] * 3
    assert [t["priority"] for t in tickets] == ["CT", None, None]
    assert [t["id"] for t in tickets] == list(dict.fromkeys(g["ticket"]["id"] for g in given))
    recorded = [e for e in events(office, "TicketIssued") if e["payload"]["number"] in numbers]
    assert len(recorded) == 3
    assert all(e["payload"]["block"] and e["payload"]["device"] == "kiosk" for e in recorded)
    times = [e["payload"]["issued_at"] for e in recorded]
    assert times == sorted(times)
    assert len(printer.slips) == 3, "the server prints none of them again"


def test_the_phone_page_of_a_slip_printed_alone_opens(office: Office, agent: LiveAgent) -> None:
    with Silence(office):
        given = agent.ask("issue", wish())[1]["result"]
    agent.wait_for(lambda: agent.state()["to_hand_in"] == 0, 60)
    status, answer = office.call("api", "GET", f"/tickets/{given['ticket']['id']}")
    assert status == 200
    assert answer["ticket"]["number"] == given["ticket"]["number"]


def test_a_power_cut_loses_no_number_and_prints_none_twice(
    office: Office, agent: LiveAgent, printer: PrinterSimulator
) -> None:
    with Silence(office):
        before = agent.ask("issue", wish())[1]["result"]["ticket"]["number"]
        agent.wait_for(lambda: len(printer.slips) == 1)
        agent.kill()
        agent.start()
        after = agent.ask("issue", wish())[1]["result"]["ticket"]["number"]
        assert before != after
        agent.wait_for(lambda: len(printer.slips) == 2)
    agent.wait_for(lambda: agent.state()["to_hand_in"] == 0, 60)
    assert row(office, before)
    assert row(office, after)
    assert len(printer.slips) == 2


def test_the_power_goes_while_the_printer_has_the_slip(
    office: Office, agent: LiveAgent, printer: PrinterSimulator
) -> None:
    """Bytes sent, confirmation never read: one living number, and the staff decide."""
    printer.state = "unconfirmed"
    number = office.issue()["ticket"]["number"]
    agent.wait_for(lambda: len(printer.slips) == 1)
    agent.kill()
    printer.state = "ok"
    agent.start()
    agent.wait_for(lambda: row(office, number)["slip"] == "unconfirmed")
    assert row(office, number)["park_reason"] == "unprinted"
    time.sleep(2)
    assert len(printer.slips) == 1


def test_an_agent_that_is_gone_leaves_nobody_waiting_for_paper(
    office: Office, agent: LiveAgent
) -> None:
    agent.kill()
    number = office.issue()["ticket"]["number"]
    # The clock of this office is set by hand.
    pass_time(office, 50)
    until(lambda: row(office, number)["park_reason"] == "unprinted")
    assert row(office, number)["slip"] == "unconfirmed"
    until(lambda: events(office, "PrinterReported")[-1]["payload"]["state"] == "lost")
    agent.start()
    until(lambda: events(office, "PrinterReported")[-1]["payload"]["state"] == "ok")


def pass_time(office: Office, seconds: int) -> None:
    now = datetime.fromisoformat(office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["at"])
    later = (now + timedelta(seconds=seconds)).isoformat()
    assert office.call("api", "PUT", "/simulation/clock", {"now": later})[0] == 200


def until(happened: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_jobs_come_from_redis_where_it_can_be_reached(
    tmp_path: Path, office: Office, printer: PrinterSimulator
) -> None:
    printer.state = "ok"
    printer.slips.clear()
    redis = f"unix://{redis_server._socket_path((office.data / 'redis').resolve())}"
    with agent_of(tmp_path / "kiosk", office, printer.address, redis) as agent:
        number = office.issue()["ticket"]["number"]
        agent.wait_for(lambda: row(office, number)["slip"] == "printed")
        assert len(printer.slips) == 1


def test_a_kiosk_whose_disk_was_lost_gives_no_number_a_second_time(
    tmp_path: Path, office: Office, agent: LiveAgent
) -> None:
    with Silence(office):
        first = agent.ask("issue", wish())[1]["result"]["ticket"]["number"]
        agent.kill()
    with agent_of(tmp_path / "new disk", office) as fresh:
        second = fresh.ask("issue", wish())[1]["result"]["ticket"]["number"]
        assert second != first
        fresh.wait_for(lambda: fresh.state()["to_hand_in"] == 0, 60)
        assert row(office, second)
    agent.start()
    agent.wait_for(lambda: agent.state()["to_hand_in"] == 0, 60)
    assert row(office, first), "and what the lost one gave still comes in"

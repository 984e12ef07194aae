"""The simulated people of the demo at a real server: they serve, recall, and close the day."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import branchfile, database, tables
from server.demo import YOURS
from server.demo_driver import Api, Driver
from tests.live_office import BRANCH, DEMO_FILE, MORNING, Office, running

NOON = "2026-11-24T12:00:00+07:00"
EVENING = "2026-11-24T17:30:00+07:00"
NEXT_MORNING = "2026-11-25T08:00:00+07:00"
_STEP = timedelta(seconds=30)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("driver")) as started:
        yield started


@pytest.fixture
def driver(office: Office) -> Iterator[Driver]:
    api = Api(office.base_url, office.tokens["api"])
    officers = {f"{BRANCH}-{n}": office.tokens[f"counter-{n}"] for n in range(1, 17)}
    yield Driver(api, branchfile.load(DEMO_FILE), random.Random(4), officers)
    api.close()


def _move_to(office: Office, at: datetime) -> None:
    assert office.call("api", "PUT", "/simulation/clock", {"now": at.isoformat()})[0] == 200


def _facts(office: Office) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, ticket and content of every event, in order."""
    log = tables.event_log
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    with engine.connect() as connection:
        rows = connection.execute(select(log).order_by(log.c.seq)).mappings().all()
    engine.dispose()
    return [(row["type"], row["ticket_id"] or "", json.loads(row["payload"])) for row in rows]


def test_the_people_of_the_demo_have_a_day(office: Office, driver: Driver) -> None:
    now = datetime.fromisoformat(MORNING)
    facts = _facts(office)
    while not any(kind == "NoShowRecorded" for kind, _, _ in facts):
        assert now < datetime.fromisoformat(NOON), "nobody was recorded as absent"
        for _ in range(10):
            _move_to(office, now := now + _STEP)
            driver.tick()
        facts = _facts(office)
    opened = {data["counter"] for kind, _, data in facts if kind == "CounterOpened"}
    assert not opened & {f"{BRANCH}-{n}" for n in YOURS}
    assert any(kind == "ServiceCompleted" for kind, _, _ in facts)
    for at, (kind, ticket, _) in enumerate(facts):
        if kind == "NoShowRecorded":
            assert ("TicketRecalled", ticket) in [(k, t) for k, t, _ in facts[:at]]

    waiting = office.issue()["ticket"]["id"]
    _move_to(office, datetime.fromisoformat(EVENING))
    driver.tick()
    facts = _facts(office)[len(facts) :]
    ends = {ticket: data for kind, ticket, data in facts if kind == "TicketCancelled"}
    assert ends[waiting]["code"] == "day_close"
    (closed,) = [data for kind, _, data in facts if kind == "DayClosed"]
    assert closed["business_date"] == MORNING[:10]
    assert (closed["cancelled"], closed["carried_over"]) == (len(ends), 0)
    _, board = office.call("api", "GET", f"/branches/{BRANCH}/board")
    assert datetime.fromisoformat(board["at"]) >= datetime.fromisoformat(NEXT_MORNING)

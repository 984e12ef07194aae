"""Screens that were let in once: what ends that, and what changes while they are connected."""

import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import socketio
from sqlalchemy import Engine, select

from server import database, devices, sign_ins, tables
from server.clock import Clock
from tests.live_office import BRANCH, Office, running

pytestmark = [
    # The socket client leaves its connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("let-in")) as started:
        yield started


@pytest.fixture
def engine(office: Office) -> Iterator[Engine]:
    made = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    yield made
    made.dispose()


def _client(office: Office, audience: str, token: str, **auth: Any) -> socketio.Client:
    client = socketio.Client(reconnection=False)
    client.connect(
        office.base_url, auth={"token": token, **auth}, namespaces=[f"/{audience}"],
        transports=["websocket"],
    )  # fmt: skip
    return client


def _command(client: socketio.Client, audience: str, name: str, **content: Any) -> Any:
    message = {"name": name, "command_id": str(uuid.uuid4()), **content}
    return client.call("command", message, namespace=f"/{audience}", timeout=10)


def _is_out_within(client: socketio.Client, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while client.connected and time.monotonic() < deadline:
        client.sleep(0.05)
    return not client.connected


def test_a_revoked_device_is_out_within_seconds(office: Office, engine: Engine) -> None:
    """A stolen token: the open screen is closed too, and not let in again."""
    wall = _client(office, "display", office.tokens["display"])
    with engine.connect() as connection:
        d = tables.devices
        found = connection.scalar(select(d.c.id).where(d.c.kind == "display"))
    assert devices.revoke(engine, str(found))
    assert _is_out_within(wall, 8)
    with pytest.raises(socketio.exceptions.ConnectionError):
        _client(office, "display", office.tokens["display"])


def test_a_user_token_dies_with_its_user(office: Office, engine: Engine) -> None:
    desk = _client(office, "counter", office.tokens["counter-5"])
    u = tables.users
    change = u.update().where(u.c.username == "canbo5").values(revoked=True)
    with database.writing(engine) as connection:
        connection.execute(change)
    assert _is_out_within(desk, 8)
    status, problem = office.call("counter-5", "POST", f"/counters/{BRANCH}-5/open", {})
    assert (status, problem["code"]) == (401, "bad_token")


def test_who_loses_a_role_loses_what_it_may_do(office: Office, engine: Engine) -> None:
    """The connection stays; the permissions are those of this moment."""
    desk = _client(office, "counter", office.tokens["counter-6"])
    assert _command(desk, "counter", "OpenCounter")["ok"]
    ticket = office.issue("ho-tich")["ticket"]["id"]
    u = tables.users
    change = u.update().where(u.c.username == "canbo6").values(grants="")
    with database.writing(engine) as connection:
        connection.execute(change)
    deadline = time.monotonic() + 5
    while True:
        refused = _command(desk, "counter", "CallTicket", ticket=ticket, reason="x")
        if not refused["ok"] or time.monotonic() > deadline:
            break
        assert _command(desk, "counter", "UndoLast")["ok"]
    assert refused["error"]["code"] == "not_allowed"
    assert _command(desk, "counter", "CallNext")["ok"], "the rest goes on"
    desk.disconnect()


def test_a_terminal_acts_for_its_own_counter_and_branch(office: Office) -> None:
    token = office.tokens["counter-7"]
    for counter in (f"{BRANCH}-8", "khac-7", "", "x" * 200):
        if counter:
            with pytest.raises(socketio.exceptions.ConnectionError):
                _client(office, "counter", token, counter=counter)
    desk = _client(office, "counter", token, counter=f"{BRANCH}-7")
    refused = _command(desk, "counter", "OpenCounter", counter=f"{BRANCH}-8")
    assert refused["error"]["code"] == "not_allowed"
    opened = _command(desk, "counter", "OpenCounter", officer="Người khác", by="canbo1")
    assert opened["ok"]
    board = office.call("api", "GET", f"/branches/{BRANCH}/board")[1]
    row = board["tables"]["counters"][f"{BRANCH}-7"]
    assert (row["officer"], row["account"]) == ("Cán bộ 7", "canbo7"), "said by the connection"
    desk.disconnect()


def test_a_sign_in_that_was_ended_is_gone(engine: Engine) -> None:
    token = sign_ins.begin(engine, "canbo9", at=Clock().now())
    assert sign_ins.of_token(engine, token, at=Clock().now())
    assert sign_ins.of_token(engine, token, at=Clock().now() + sign_ins.LASTS) is None
    assert sign_ins.end_all(engine, "canbo9") == 1
    assert sign_ins.of_token(engine, token, at=Clock().now()) is None


def test_what_nobody_waits_for_any_more_is_not_carried_out(tmp_path: Path) -> None:
    """A request that lay in the network; tried again it is carried out, once."""
    with running(tmp_path, clock="shifted") as office:
        desk = _client(office, "counter", office.tokens["counter-1"])
        now = datetime.fromisoformat(_fresh(desk)["at"])
        key = {"command_id": str(uuid.uuid4())}
        late = (now - timedelta(seconds=1)).isoformat()
        refused = _command(desk, "counter", "OpenCounter", **key, deadline=late)
        assert refused["error"]["code"] == "too_late"
        assert _fresh(desk)["tables"]["counters"][f"{BRANCH}-1"]["status"] == "closed"
        soon = (now + timedelta(seconds=30)).isoformat()
        for deadline in (soon, soon, "no time at all"):
            assert _command(desk, "counter", "OpenCounter", **key, deadline=deadline)["ok"]
        desk.disconnect()


def _fresh(desk: socketio.Client) -> Any:
    return desk.call("snapshot", {}, namespace="/counter", timeout=10)

"""What is known of devices: over real sockets, in a real Redis, and without one."""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import socketio
from sqlalchemy import Engine

from server import database, device_wall, devices, pairing, redis_server, replies
from server.access import Role
from server.clock import Clock
from server.contacts import Contacts
from server.device_links import browser_of
from server.domain.ids import BranchId
from tests.live_agent import agent_of
from tests.live_office import BRANCH, Office, running
from tests.server.signing import audited

pytestmark = [
    # The socket client leaves its connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CHROMIUM = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/156.0.0.0 Safari/537.36"
)
AWAY = "redis://127.0.0.1:1/0"


# Kept in Redis -------------------------------------------------------------------------------
def test_what_was_said_is_kept_and_the_last_connection_counts(redis_url: str) -> None:
    here, there = Contacts(redis_url), Contacts(redis_url)
    here.heard(BRANCH, "d1", {"link": "a", "at": "x"})
    there.heard(BRANCH, "d1", {"link": "b", "at": "y"})
    here.left(BRANCH, "d1", "a", "z")
    assert here.of_branch(BRANCH) == {"d1": {"link": "b", "at": "y"}}, "it came back elsewhere"
    there.left(BRANCH, "d1", "b", "z")
    assert here.of_branch(BRANCH) == {"d1": {"link": "b", "at": "y", "left_at": "z"}}
    assert here.of_branch(BranchId("khac")) == {}


def test_without_redis_nobody_knows_and_nobody_waits() -> None:
    for contacts in (Contacts(AWAY), Contacts("")):
        began = time.monotonic()
        for _ in range(50):
            contacts.heard(BRANCH, "d1", {"link": "a"})
            contacts.left(BRANCH, "d1", "a", "z")
            assert contacts.of_branch(BRANCH) is None
        assert time.monotonic() - began < 1


def test_the_states_of_a_device() -> None:
    now = Clock().now()
    usual = {"version": "1", "browser": "", "address": "", "since": replies.instant(now)}
    fresh = usual | {"at": replies.instant(now - timedelta(seconds=60))}
    seen = {
        "here": fresh,
        "silent": usual | {"at": replies.instant(now - timedelta(seconds=90))},
        "gone": fresh | {"left_at": replies.instant(now)},
        "out": fresh,
    }
    row = {
        "kind": "display", "name": "x", "counter_id": None, "printer": "", "revoked": False,
        "added_at": None, "rotated_at": None, "must_rotate": False,
    }  # fmt: skip
    rows = [row | {"id": name, "revoked": name == "out"} for name in (*seen, "new")]
    rows.append(row | {"id": "api", "kind": "api"})

    def states(known: dict[str, dict[str, Any]] | None) -> dict[str, str]:
        told = device_wall.shown(rows, known, now)
        assert told["is_known"] == (known is not None)
        return {one["id"]: one["state"] for one in told["devices"]}

    known = {"here": "here", "silent": "lost", "gone": "lost", "out": "revoked", "new": "never"}
    assert states(seen) == known | {"api": "unwatched"}
    unknown = dict.fromkeys(("here", "silent", "gone", "new"), "unknown")
    assert states(None) == unknown | {"out": "revoked", "api": "unwatched"}


def test_browsers_are_known_by_name_and_version() -> None:
    assert browser_of(CHROMIUM) == "Chromium 156"
    assert browser_of(CHROMIUM + " Edg/150.0") == "Edge 150"
    assert browser_of("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0") == "Firefox 140"
    assert browser_of("python-requests/2") == ""


# Over the wire -------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("contacts")
    with running(folder, kiosk_printer="agent") as started:
        yield started


@pytest.fixture
def engine(office: Office) -> Iterator[Engine]:
    made = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    yield made
    made.dispose()


@pytest.fixture
def wall(office: Office, engine: Engine) -> Callable[..., Any]:
    """What the wall says of a device, by its name."""
    contacts = Contacts(redis_server.url_of(office.data))

    def look(name: str) -> Any:
        told = device_wall.shown(
            devices.of_branch(engine, BRANCH), contacts.of_branch(BRANCH), Clock().now()
        )
        return next(one for one in told["devices"] if one["name"] == name)

    return look


def _connect(office: Office, audience: str, token: str, **auth: Any) -> socketio.Client:
    client = socketio.Client(reconnection=False)
    client.offers = []  # type: ignore[attr-defined]
    client.on("token", lambda m: client.offers.append(m["token"]), namespace=f"/{audience}")  # type: ignore[attr-defined]
    client.connect(
        office.base_url, auth={"token": token, **auth}, namespaces=[f"/{audience}"],
        transports=["websocket"], headers={"User-Agent": CHROMIUM},
    )  # fmt: skip
    return client


def _leave(client: socketio.Client) -> None:
    """Go, without the three seconds for which the library waits for the last word."""
    threading.Thread(target=client.disconnect, daemon=True).start()


def _is_refused(office: Office, audience: str, token: str) -> bool:
    try:
        _leave(_connect(office, audience, token))
    except socketio.exceptions.ConnectionError:
        return True
    return False


def _tell(client: socketio.Client, audience: str, event: str, message: object) -> Any:
    return client.call(event, message, namespace=f"/{audience}", timeout=10)


def _until(happened: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def _add(engine: Engine, name: str, role: Role = Role.DISPLAY, **more: Any) -> str:
    return devices.add(engine, branch=BRANCH, role=role, name=name, at=Clock().now(), **more)


def test_a_display_says_how_it_is(office: Office, engine: Engine, wall: Callable[..., Any]) -> None:
    token = _add(engine, "Sảnh")
    assert wall("Sảnh")["state"] == "never"
    client = _connect(office, "display", token, version="0.4.0")
    _until(lambda: wall("Sảnh")["state"] == "here")
    told = wall("Sảnh")["contact"]
    assert (told["version"], told["browser"], told["address"]) == (
        "0.4.0", "Chromium 156", "127.0.0.1",
    )  # fmt: skip
    assert told["behind"] is None, "it has not said yet"
    office.issue(channel="api")  # without a slip, which would be an event of its own
    status, board = office.call("api", "GET", f"/branches/{BRANCH}/board")
    assert status == 200
    message = {
        "seq": board["seq"] - 1,
        "at": board["at"],
        "sound": "muted",
        "problems": ["no_storage"],
    }
    assert _tell(client, "display", "status", message)["ok"]
    told = wall("Sảnh")["contact"]
    assert (told["behind"], told["lag_s"], told["sound"]) == (1, 0.0, "muted")
    assert told["problems"] == ["no_storage"]
    _leave(client)
    _until(lambda: wall("Sảnh")["state"] == "lost")


HOSTILE: tuple[object, ...] = (
    None, [], "x", {"seq": "1"}, {"seq": -(10**30)}, {"at": {"a": 1}}, {"at": "x" * 5000},
    {"sound": "<b>"}, {"problems": "x"}, {"problems": ["<script>", 7, None, "A" * 100] * 50},
)  # fmt: skip


def test_what_is_said_wrongly_counts_as_not_said(
    office: Office, engine: Engine, wall: Callable[..., Any]
) -> None:
    version = "<img src=x>" * 20
    client = _connect(office, "display", _add(engine, "Lạ"), version=version)
    for message in HOSTILE:
        assert _tell(client, "display", "status", message)["ok"]
    told = wall("Lạ")["contact"]
    assert (told["version"], told["sound"], told["problems"]) == ("", "", [])
    _leave(client)


def test_a_new_token_is_taken_over_the_socket(
    office: Office, engine: Engine, wall: Callable[..., Any]
) -> None:
    """The answer that never came, the token of another, the right one; then the old one is dead."""
    old, theirs = _add(engine, "Xoay"), _add(engine, "Khác")
    device = wall("Xoay")["id"]
    devices.rotate(engine, device)
    first = _connect(office, "display", old)
    _until(lambda: first.offers)  # type: ignore[attr-defined]
    _leave(first)
    client = _connect(office, "display", old)
    [offered] = _until(lambda: client.offers)  # type: ignore[attr-defined]
    for wrong in (first.offers[0], theirs, "", None):  # type: ignore[attr-defined]
        answer = _tell(client, "display", "token", {"token": wrong})
        assert answer["error"]["code"] == "bad_token"
    assert _tell(client, "display", "token", {"token": offered})["ok"]
    assert not wall("Xoay")["must_rotate"]
    assert _is_refused(office, "display", old)
    time.sleep(2.5)
    assert client.connected, "this connection goes on with the new token"
    assert _tell(client, "display", "snapshot", {})["ok"]
    _leave(client)
    _leave(_connect(office, "display", offered))


def test_who_is_shut_out_is_out_everywhere(office: Office, engine: Engine) -> None:
    """A stolen token after the device was revoked: the open socket, a new one, and REST."""
    token = _add(engine, "Mất cắp", Role.KIOSK)
    office.tokens["stolen"] = token
    status, _ = office.call("stolen", "GET", f"/branches/{BRANCH}/board")
    assert status == 200
    client = _connect(office, "kiosk", token)
    [device] = [d["id"] for d in devices.of_branch(engine, BRANCH) if d["name"] == "Mất cắp"]
    assert devices.revoke(engine, device, branch=BRANCH)
    _until(lambda: not client.connected, 5)
    with ThreadPoolExecutor(2) as pool:
        refused = pool.map(lambda name: _is_refused(office, name, token), ("kiosk", "agent"))
        assert all(refused)
    status, problem = office.call("stolen", "GET", f"/branches/{BRANCH}/board")
    assert (status, problem["code"]) == (401, "bad_token")


def test_a_page_with_an_agent_leaves_the_new_token_to_it(
    office: Office, engine: Engine, wall: Callable[..., Any], tmp_path: Path
) -> None:
    device = wall("kiosk")["id"]
    devices.rotate(engine, device)
    page = _connect(office, "kiosk", office.tokens["kiosk"], agent="1")
    with agent_of(tmp_path / "kiosk", office) as agent:
        _until(lambda: not wall("kiosk")["must_rotate"], 20)
        new = agent.ask("token")[1]["token"]
        assert new != office.tokens["kiosk"]
        assert page.offers == []  # type: ignore[attr-defined]
        _until(lambda: not page.connected, 8)
        _leave(_connect(office, "kiosk", new, agent="1"))
        _until(lambda: (wall("kiosk")["agent"] or {}).get("state") == "here")
        assert wall("kiosk")["agent"]["version"]
        # Revoked and paired anew on its screen: the page gives the agent the token.
        devices.revoke(engine, device)
        agent.wait_for(lambda: agent.state()["server"] == "away")
        other = _add(engine, "kiosk mới", Role.KIOSK, printer="agent")
        assert agent.ask("token", {"token": other}) == (200, {"ok": True})
        agent.wait_for(lambda: agent.state()["server"] == "live")
    office.tokens["kiosk"] = other


def test_a_wall_without_redis_says_that_it_does_not_know(
    office: Office, engine: Engine, wall: Callable[..., Any]
) -> None:
    """The devices themselves notice nothing."""
    pids = json.loads((office.data / "run" / "pids.json").read_text())
    client = _connect(office, "display", _add(engine, "Không Redis"))
    os.kill(pids["redis"], signal.SIGSTOP)
    try:
        began = time.monotonic()
        for _ in range(5):
            assert _tell(client, "display", "status", {"seq": 1})["ok"]
        assert time.monotonic() - began < 3
        assert Contacts(redis_server.url_of(office.data)).of_branch(BRANCH) is None
    finally:
        os.kill(pids["redis"], signal.SIGCONT)

    def is_known_again() -> bool:
        assert _tell(client, "display", "status", {"seq": 1, "sound": "on"})["ok"]
        return bool(wall("Không Redis")["contact"]["sound"] == "on")

    _until(is_known_again)
    _leave(client)


# The device's own calls ----------------------------------------------------------------------
def _post(office: Office, path: str, body: object, kind: str = "application/json") -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(
        office.base_url + path, data=content, headers={"Content-Type": kind}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_a_device_asks_and_comes_over_http(office: Office, engine: Engine) -> None:
    wish = {"kind": "rating", "branch": BRANCH, "counter": f"{BRANCH}-3"}
    status, asked = _post(office, "/pairings", wish)
    assert status == 201
    assert asked["expires_in_s"] == 600
    where, secret = f"/pairings/{asked['id']}", {"secret": asked["secret"]}
    assert _post(office, where, secret) == (200, {"state": "waiting"})
    wanted = pairing.Approval(name="Bảng 3", counter=f"{BRANCH}-3")
    pairing.approve(engine, BRANCH, asked["code"], wanted, at=Clock().now())
    assert _post(office, where, {"secret": "wrong"})[0] == 404
    status, paired = _post(office, where, secret)
    assert (status, paired["state"], paired["home"]) == (
        200, "paired", f"/counter/{BRANCH}-3/rating",
    )  # fmt: skip
    _leave(_connect(office, "rating", paired["token"]))
    assert _post(office, where, secret)[1]["code"] == "unknown_pairing"
    assert audited(engine, "devices.paired", "rating:Bảng 3") == ["ok"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"kind": "officer"}, "application/json", 422),
        ({"kind": "king"}, "application/json", 422),
        ({}, "application/json", 422),
        ({"kind": "kiosk", "more": 1}, "application/json", 422),
        ({"kind": "kiosk", "branch": "nowhere"}, "application/json", 404),
        ({"kind": "rating", "branch": BRANCH, "counter": "khac-1"}, "application/json", 404),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        ({"kind": "kiosk", "branch": "x" * 2000}, "application/json", 413),
        ({"kind": "kiosk"}, "text/plain", 415),
    ],
)
def test_a_wish_that_is_none(office: Office, body: object, kind: str, status: int) -> None:
    assert _post(office, "/pairings", body, kind)[0] == status

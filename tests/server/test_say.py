"""Sentences as sound over the kiosk's socket: bounded, limited, and never in the way of others."""

import base64
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import socketio

from server import database, devices
from server.access import Role
from tests.live_office import BRANCH, Office, running


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("office")) as live:
        yield live


def _kiosk(office: Office, token: str) -> Any:
    client = socketio.Client(handle_sigint=False)
    client.connect(
        office.base_url, namespaces=["/kiosk"], auth={"token": token}, transports=["websocket"]
    )
    return client


@pytest.fixture
def kiosk(office: Office) -> Iterator[Any]:
    client = _kiosk(office, office.tokens["kiosk"])
    yield client
    client.disconnect()


def say(kiosk: Any, text: Any, language: Any = "vi") -> Any:
    return kiosk.call("say", {"text": text, "language": language}, namespace="/kiosk", timeout=15)


def test_a_sentence_comes_as_ogg_and_the_same_one_again(kiosk: Any, office: Office) -> None:
    answer = say(kiosk, "Số A042, khoảng 10 phút")
    assert answer["ok"], answer
    clip = base64.b64decode(answer["audio"])
    assert clip.startswith(b"OggS")
    assert say(kiosk, "Số A042, khoảng 10 phút")["audio"] == answer["audio"]
    kept = list((office.data / "speech").glob("*.ogg"))
    assert [file.read_bytes() for file in kept].count(clip) == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [("", "vi"), ("…", "vi"), ("x" * 241, "vi"), ("một", "fr")],
)
def test_what_cannot_be_said_is_refused(kiosk: Any, text: Any, language: Any) -> None:
    answer = say(kiosk, text, language)
    assert not answer["ok"]
    assert answer["error"]["code"] == "bad_value"


def test_numbers_are_issued_while_somebody_is_read_to(kiosk: Any, office: Office) -> None:
    took: list[float] = []

    def talk() -> None:
        for n in range(12):
            say(kiosk, f"Câu thứ {n} của một người đang nghe ki-ốt đọc thành tiếng rất lâu")

    talker = threading.Thread(target=talk)
    talker.start()
    while talker.is_alive():
        began = time.perf_counter()
        office.issue("chung-thuc")
        took.append(time.perf_counter() - began)
    talker.join()
    assert len(took) >= 3
    assert sorted(took)[len(took) // 2] < 0.5


def test_a_kiosk_that_never_stops_is_told_to(office: Office) -> None:
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    token = devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="never stops")
    engine.dispose()
    kiosk = _kiosk(office, token)
    codes = {answer["error"]["code"] for _ in range(300) if not (answer := say(kiosk, "một"))["ok"]}
    kiosk.disconnect()
    assert codes == {"rate_limited"}


def test_the_branch_is_still_well(office: Office) -> None:
    assert office.call("api", "GET", f"/branches/{BRANCH}/board")[0] == 200

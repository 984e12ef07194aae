"""What the page of devices asks: who may, what is put on record, and how far guessing gets."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from server import devices, pairing
from server.access import Actor, Role
from server.clock import Clock
from server.domain.errors import Refused
from server.domain.ids import BranchId
from server.office import calls
from server.office import devices as office_devices
from server.problems import WireError
from tests.live_office import BRANCH
from tests.server.signing import application, audited, context_of

ADMIN = Actor(role=Role.ADMINISTRATOR, id="quantri", branch=BRANCH)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("wall")) as made:
        yield made


def ask(app: Flask, name: str, actor: Actor = ADMIN, **arguments: Any) -> dict[str, Any]:
    given = {"name": f"devices.{name}", **arguments}
    return calls.answer(office_devices.CALLS, context_of(app), actor, given, "10.0.0.1")


def test_looking_needs_less_than_changing(app: Flask) -> None:
    supervisor = Actor(role=Role.SUPERVISOR, id="giamsat", branch=BRANCH)
    told = ask(app, "list", supervisor)
    assert not told["is_known"], "this application has no Redis"
    assert {one["name"] for one in told["devices"]} >= {"kiosk", "display"}
    assert "hash" not in str(told)
    device = told["devices"][0]["id"]
    for name in office_devices.CALLS.keys() - {"devices.list"}:
        with pytest.raises(WireError) as refused:
            ask(app, name.removeprefix("devices."), supervisor, id=device, code="000000")
        assert refused.value.code == "not_allowed"
    with pytest.raises(WireError):
        ask(app, "list", Actor(role=Role.OFFICER, id="canbo1", branch=BRANCH))


def test_an_administrator_pairs_changes_and_revokes(app: Flask) -> None:
    engine, at = context_of(app).engine, Clock().now()
    asked = pairing.ask(engine, Role.KIOSK, at=at, branch=BRANCH, address="10.0.0.7")
    shown = ask(app, "pairing", code=asked.code)
    assert (shown["kind"], shown["address"]) == ("kiosk", "10.0.0.7")
    ask(app, "approve", code=asked.code, label="Cửa chính", printer="agent")
    paired = pairing.collect(engine, asked.id, asked.secret, at=at)
    assert paired is not None
    [one] = [d for d in ask(app, "list")["devices"] if d["name"] == "Cửa chính"]
    ask(app, "rename", id=one["id"], label="Cửa sau")
    ask(app, "printer", id=one["id"], printer="")
    ask(app, "rotate", id=one["id"])
    [one] = [d for d in ask(app, "list")["devices"] if d["id"] == one["id"]]
    assert (one["name"], one["printer"], one["must_rotate"]) == ("Cửa sau", "", True)
    with pytest.raises(Refused):
        ask(app, "printer", id=one["id"], printer="ftp://x")
    ask(app, "revoke", id=one["id"])
    assert devices.of_token(engine, paired.token) is None
    with pytest.raises(devices.UnknownDevice):
        ask(app, "revoke", id=one["id"])
    for name in ("approve", "rename", "printer", "rotate", "revoke"):
        assert audited(engine, f"devices.{name}", str(ADMIN)) == ["ok"]


def test_an_administrator_of_another_branch_finds_no_device(app: Flask) -> None:
    """Rule O2."""
    stranger = Actor(role=Role.ADMINISTRATOR, id="x", branch=BranchId("khac"))
    assert ask(app, "list", stranger)["devices"] == []
    device = ask(app, "list")["devices"][0]["id"]
    for name in ("rename", "printer", "rotate", "revoke"):
        with pytest.raises(devices.UnknownDevice):
            ask(app, name, stranger, id=device, label="x", printer="")


def test_guessing_codes_is_slow_and_on_record(app: Flask) -> None:
    guesser = Actor(role=Role.ADMINISTRATOR, id="doan", branch=BRANCH)
    engine = context_of(app).engine
    answers = []
    for n in range(18):
        with pytest.raises((Refused, WireError)) as refused:
            ask(app, "pairing", guesser, code=f"{n:06}")
        answers.append(refused.value.code)  # type: ignore[attr-defined]
    assert answers == ["unknown_code"] * 15 + ["rate_limited"] * 3
    assert audited(engine, "devices.pairing", "doan") == ["unknown_code"] * 15
    asked = pairing.ask(engine, Role.DISPLAY, at=Clock().now(), branch=BRANCH)
    with pytest.raises(WireError):
        ask(app, "approve", guesser, code=asked.code, label="x")
    other = Actor(role=Role.ADMINISTRATOR, id="khac", branch=BRANCH)
    ask(app, "approve", other, code=asked.code, label="Màn hình mới")

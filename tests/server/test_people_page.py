"""What the people page asks: who may, what is put on record, and what never leaves the server."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from server import accounts, audit, lockouts
from server.access import MAY, Actor, Permission, Role
from server.clock import Clock
from server.domain.errors import Refused
from server.domain.ids import BranchId
from server.office import calls, people
from server.problems import WireError
from tests.live_office import BRANCH
from tests.server.signing import application, audited, context_of

ADMIN = Actor(role=Role.ADMINISTRATOR, id="quantri", branch=BRANCH)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("people")) as made:
        yield made


@pytest.fixture
def engine(app: Flask) -> Engine:
    return context_of(app).engine


def ask(app: Flask, name: str, actor: Actor = ADMIN, **arguments: Any) -> dict[str, Any]:
    return calls.answer(
        people.CALLS, context_of(app), actor, {"name": name, **arguments}, "10.0.0.1"
    )


@pytest.mark.parametrize("role", [r for r in Role if Permission.MANAGE_PEOPLE not in MAY[r]])
def test_nobody_but_an_administrator_asks(app: Flask, engine: Engine, role: Role) -> None:
    actor = Actor(role=role, id="x", branch=BRANCH, grants=frozenset({Permission.EXPORT}))
    before = accounts.row_of(engine, "canbo1")
    for name in people.CALLS:
        with pytest.raises(WireError) as refused:
            ask(app, name, actor, username="canbo1", role="administrator")
        assert refused.value.code == "not_allowed"
        assert audited(engine, name, str(actor)) == ["not_allowed"]
    assert accounts.row_of(engine, "canbo1") == before


def test_the_list_holds_no_secret(app: Flask, engine: Engine) -> None:
    told = ask(app, "people")
    # Another test of this file may have added somebody already.
    assert {f"canbo{n}" for n in range(1, 17)} < {one["username"] for one in told["people"]}
    assert len(told["tokens"]) >= 16
    row = accounts.row_of(engine, "canbo1")
    assert row is not None
    assert row["password_hash"] not in str(told)
    assert "hash" not in str(told)
    assert audited(engine, "people", str(ADMIN)) == [], "looking is no change"


def test_a_person_comes_and_goes(app: Flask, engine: Engine) -> None:
    fields = {"username": "hanh", "full_name": "Đỗ Hạnh", "title": "Chuyên viên", "role": "officer"}
    password = ask(app, "add_person", **fields, grants=["export"])["password"]
    assert lockouts.try_password(engine, "hanh", password, at=Clock().now()).is_right
    ask(app, "change_person", **(fields | {"role": "supervisor"}), grants=[])
    other = ask(app, "give_password", username="hanh")["password"]
    assert other != password
    ask(app, "link_person", username="hanh", subject="s-hanh")
    with pytest.raises(Refused):
        ask(app, "link_person", username="canbo1", subject="s-hanh")
    token = ask(app, "add_token", username="hanh", label="máy", counter=f"{BRANCH}-3")["token"]
    actor = accounts.of_token(engine, token)
    assert actor is not None
    assert (actor.role, actor.counter) == (Role.SUPERVISOR, f"{BRANCH}-3")
    [listed] = [t for t in ask(app, "people")["tokens"] if t["username"] == "hanh"]
    ask(app, "revoke_token", id=listed["id"])
    for name in ("unlock_person", "reset_second_factor", "end_sign_ins", "disable_person"):
        ask(app, name, username="hanh")
    assert accounts.user(engine, "hanh") is None
    ask(app, "enable_person", username="hanh")
    lines = [line for line in audit.lines(engine, BRANCH) if line["actor"] == str(ADMIN)]
    assert "hanh" in lines[0]["detail"]
    for secret in (password, other, token):
        assert secret not in str(lines)


def test_what_is_not_done_to_ones_own_account(app: Flask) -> None:
    own = {"username": "quantri", "full_name": "Quản trị viên", "grants": []}
    for name, more in (
        ("change_person", {"role": "manager"}),
        ("give_password", {}),
        ("reset_second_factor", {}),
        ("disable_person", {}),
    ):
        with pytest.raises(Refused) as refused:
            ask(app, name, **(own | more))
        assert refused.value.code == "not_yourself"
    ask(app, "change_person", **own, role="administrator", title="Tổ trưởng")


def test_an_administrator_of_another_branch_finds_nobody_here(app: Flask, engine: Engine) -> None:
    """Rule O2."""
    stranger = replace(ADMIN, branch=BranchId("khac"))
    assert ask(app, "people", stranger)["people"] == []
    assert ask(app, "people", stranger)["tokens"] == []
    token = ask(app, "people")["tokens"][0]
    before = accounts.row_of(engine, "canbo1"), accounts.tokens(engine, BRANCH)
    facts = {"username": "canbo1", "full_name": "X", "role": "officer", "label": "x"}
    for name in people.CALLS.keys() - {"people", "add_person"}:
        with pytest.raises(Refused) as refused:
            ask(app, name, stranger, **facts, id=token["id"])
        assert refused.value.code == "unknown_user", name
    assert (accounts.row_of(engine, "canbo1"), accounts.tokens(engine, BRANCH)) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "kiosk"},
        {"role": "king"},
        {"grants": "export"},
        {"grants": ["manage_people"]},
        {"grants": 7},
        {"full_name": ""},
        {"username": ""},
        {"username": "x" * 500},
    ],
)
def test_bad_content_is_refused_whole(app: Flask, engine: Engine, wrong: dict[str, Any]) -> None:
    before = accounts.row_of(engine, "canbo2")
    usual = {"username": "canbo2", "full_name": "Cán bộ 2", "role": "officer", "grants": []}
    with pytest.raises((Refused, WireError)) as refused:
        ask(app, "change_person", **(usual | wrong))
    assert getattr(refused.value, "status", 0) in (404, 422)
    assert accounts.row_of(engine, "canbo2") == before

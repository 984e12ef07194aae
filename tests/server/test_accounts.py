"""Who may connect: tokens and passwords are kept as hashes, and a device is shut out at once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from server import accounts
from server.access import Role
from server.domain.ids import BranchId, CounterId
from tests.server.office import BRANCH, installed, rows


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url) as made:
        yield made


def test_a_device_is_known_by_its_token_alone(engine: Engine) -> None:
    counter = CounterId(f"{BRANCH}-1")
    token = accounts.add_device(
        engine, branch=BRANCH, role=Role.COUNTER, name="Quầy 1", counter=counter
    )
    other = accounts.add_device(engine, branch=BRANCH, role=Role.KIOSK, name="Ki-ốt")
    assert token != other
    assert len(token) >= 32
    actor = accounts.device(engine, token)
    assert actor is not None
    assert (actor.role, actor.branch, actor.counter) == (Role.COUNTER, BRANCH, counter)
    assert str(actor) == "counter:Quầy 1"
    for wrong in ("", token[:-1], token + "x", "x"):
        assert accounts.device(engine, wrong) is None


def test_nothing_secret_is_stored_or_listed(engine: Engine) -> None:
    """Rule O1."""
    token = accounts.add_device(engine, branch=BRANCH, role=Role.KIOSK, name="k")
    accounts.put_user(engine, username="q", password="mot-cua-1", name="Q", branch=BRANCH)
    stored = str(rows(engine, "devices", "users"))
    assert token not in stored
    assert "mot-cua-1" not in stored
    assert "$argon2id$" in stored
    listed = accounts.devices(engine, BRANCH)
    assert [set(d) for d in listed] == [{"id", "kind", "counter_id", "name", "revoked", "printer"}]


def test_a_revoked_device_is_shut_out(engine: Engine) -> None:
    token = accounts.add_device(engine, branch=BRANCH, role=Role.DISPLAY, name="Sảnh")
    listed = accounts.devices(engine, BRANCH)[0]
    assert accounts.revoke_device(engine, str(listed["id"]))
    assert accounts.device(engine, token) is None
    assert accounts.devices(engine, BRANCH)[0]["revoked"]
    assert not accounts.revoke_device(engine, "nobody")


def test_another_branch_has_its_own_devices(engine: Engine) -> None:
    """Rule O2."""
    accounts.add_device(engine, branch=BRANCH, role=Role.KIOSK, name="k")
    assert accounts.devices(engine, BranchId("khac")) == []


def test_one_token_is_one_device(engine: Engine) -> None:
    accounts.add_device(engine, branch=BRANCH, role=Role.KIOSK, name="a", token="same")
    with pytest.raises(IntegrityError):
        accounts.add_device(engine, branch=BRANCH, role=Role.KIOSK, name="b", token="same")


def test_a_manager_signs_in_with_the_newest_password_only(engine: Engine) -> None:
    def put(password: str) -> None:
        accounts.put_user(engine, username="q", password=password, name="Q", branch=BRANCH)

    put("mot-cua-1")
    actor = accounts.signed_in(engine, "q", "mot-cua-1")
    assert actor is not None
    assert (actor.role, actor.id, actor.branch) == (Role.MANAGER, "q", BRANCH)
    put("mot-cua-2")
    assert accounts.signed_in(engine, "q", "mot-cua-1") is None
    assert accounts.signed_in(engine, "q", "mot-cua-2") == actor
    assert accounts.user(engine, "q") == actor
    for username, password in (("q", ""), ("Q", "mot-cua-2"), ("", ""), ("nobody", "mot-cua-2")):
        assert accounts.signed_in(engine, username, password) is None

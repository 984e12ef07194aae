"""Pairing and tokens: what a code is good for, what is given once, and what a lost answer costs."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from kiosk import version as agent_version
from server import branches, devices, pairing, tables, version
from server.access import Role
from server.database import writing
from server.domain.errors import BadValue, Refused, UnknownBranch, UnknownCounter
from server.domain.ids import BranchId, CounterId
from server.pairing import Approval
from server.tokens import hash_of
from tests.server.office import BRANCH, catalogue, installed, rows

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
OTHER = BranchId("khac")
SECOND = timedelta(seconds=1)
MARKUP = '<img src=x onerror="alert(1)">'


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url) as made:
        from dataclasses import replace

        branches.apply(made, replace(catalogue(), branch=OTHER, counters=()), now=NOW, actor="test")
        yield made


def paired(engine: Engine, kind: Role = Role.DISPLAY, **wanted: Any) -> pairing.Paired:
    """The whole way."""
    asked = pairing.ask(engine, kind, at=NOW, branch=BRANCH)
    approval = Approval(**({"name": f"{kind} 1"} | wanted))
    pairing.approve(engine, BRANCH, asked.code, approval, at=NOW)
    found = pairing.collect(engine, asked.id, asked.secret, at=NOW)
    assert found is not None
    return found


# Pairing -------------------------------------------------------------------------------------
def test_a_device_is_paired_and_its_token_given_once(engine: Engine) -> None:
    asked = pairing.ask(engine, Role.DISPLAY, at=NOW, branch=BRANCH, address="10.0.0.5")
    assert asked.code.isdigit()
    assert len(asked.code) == 6
    assert pairing.collect(engine, asked.id, asked.secret, at=NOW) is None
    shown = pairing.waiting(engine, BRANCH, f"{asked.code[:3]} {asked.code[3:]}", at=NOW)
    assert (shown["kind"], shown["address"]) == ("display", "10.0.0.5")
    pairing.approve(engine, BRANCH, asked.code, Approval(name=" Sảnh  chính "), at=NOW)
    assert devices.of_branch(engine, BRANCH) == [], "no device before it comes"
    found = pairing.collect(engine, asked.id, asked.secret, at=NOW)
    assert found is not None
    actor = devices.of_token(engine, found.token)
    assert actor is not None
    assert (actor.role, actor.id, actor.branch) == (Role.DISPLAY, "Sảnh chính", BRANCH)
    with pytest.raises(pairing.UnknownPairing):
        pairing.collect(engine, asked.id, asked.secret, at=NOW)
    assert rows(engine, "pairings") == {"pairings": []}
    assert found.token not in str(rows(engine, "devices"))


def test_nothing_secret_is_stored(engine: Engine) -> None:
    asked = pairing.ask(engine, Role.KIOSK, at=NOW, branch=BRANCH)
    assert asked.secret not in str(rows(engine, "pairings"))


def test_a_code_counts_once_and_for_ten_minutes(engine: Engine) -> None:
    late, used = (pairing.ask(engine, Role.DISPLAY, at=NOW, branch=BRANCH) for _ in range(2))
    end = NOW + pairing.LASTS
    pairing.waiting(engine, BRANCH, late.code, at=end - SECOND)
    pairing.approve(engine, BRANCH, used.code, Approval(name="a"), at=NOW)
    for code, at in ((late.code, end), (used.code, NOW), ("000000x", NOW), ("", NOW)):
        with pytest.raises(pairing.UnknownCode):
            pairing.approve(engine, BRANCH, code, Approval(name="b"), at=at)
    with pytest.raises(pairing.UnknownPairing):
        pairing.collect(engine, late.id, late.secret, at=end)
    # Approved at the last moment: the device still has time to come.
    assert pairing.collect(engine, used.id, used.secret, at=end - SECOND) is not None
    pairing.ask(engine, Role.DISPLAY, at=end, branch=BRANCH)
    with engine.connect() as connection:
        left = connection.execute(select(tables.pairings.c.code)).all()
    assert len(left) == 1, "what ran out is swept away"


def test_an_approval_nobody_comes_for_leaves_nothing(engine: Engine) -> None:
    asked = pairing.ask(engine, Role.DISPLAY, at=NOW, branch=BRANCH)
    pairing.approve(engine, BRANCH, asked.code, Approval(name="a"), at=NOW)
    with pytest.raises(pairing.UnknownPairing):
        pairing.collect(engine, asked.id, asked.secret, at=NOW + pairing.LASTS)
    assert devices.of_branch(engine, BRANCH) == []


def test_only_who_asked_gets_the_token(engine: Engine) -> None:
    mine, theirs = (pairing.ask(engine, Role.DISPLAY, at=NOW, branch=BRANCH) for _ in range(2))
    pairing.approve(engine, BRANCH, mine.code, Approval(name="a"), at=NOW)
    tried = (
        (mine.id, theirs.secret),
        (theirs.id, mine.secret),
        (mine.id, ""),
        (mine.id, mine.code),
    )
    for pairing_id, secret in tried:
        with pytest.raises(pairing.UnknownPairing):
            pairing.collect(engine, pairing_id, secret, at=NOW)
    assert pairing.collect(engine, mine.id, mine.secret, at=NOW) is not None


def test_another_branch_finds_no_such_code(engine: Engine) -> None:
    """Rule O2. A device that is of no branch yet may be approved by any."""
    asked = pairing.ask(engine, Role.DISPLAY, at=NOW, branch=BRANCH)
    with pytest.raises(pairing.UnknownCode):
        pairing.waiting(engine, OTHER, asked.code, at=NOW)
    with pytest.raises(pairing.UnknownCode):
        pairing.approve(engine, OTHER, asked.code, Approval(name="a"), at=NOW)
    free = pairing.ask(engine, Role.AGENT, at=NOW)
    pairing.approve(engine, OTHER, free.code, Approval(name="a"), at=NOW)
    found = pairing.collect(engine, free.id, free.secret, at=NOW)
    assert found is not None
    assert (found.branch, found.role) == (OTHER, Role.KIOSK)


def test_what_may_not_ask(engine: Engine) -> None:
    for kind in (Role.OFFICER, Role.INTEGRATION, Role.PHONE):
        with pytest.raises(BadValue):
            pairing.ask(engine, kind, at=NOW, branch=BRANCH)
    with pytest.raises(UnknownBranch):
        pairing.ask(engine, Role.KIOSK, at=NOW, branch=BranchId("nowhere"))
    with pytest.raises(UnknownCounter):
        pairing.ask(engine, Role.RATING, at=NOW, branch=BRANCH, counter=CounterId("khac-1"))


def test_a_rating_pad_is_of_a_counter(engine: Engine) -> None:
    asked = pairing.ask(engine, Role.RATING, at=NOW, branch=BRANCH)
    for counter in ("", f"{OTHER}-1", "x" * 300):
        with pytest.raises(UnknownCounter):
            wanted = Approval(name="Bảng", counter=counter)
            pairing.approve(engine, BRANCH, asked.code, wanted, at=NOW)
    found = paired(engine, Role.RATING, counter=f"{BRANCH}-2")
    actor = devices.of_token(engine, found.token)
    assert actor is not None
    assert actor.counter == f"{BRANCH}-2"


def test_names_are_printable_short_and_of_one_device(engine: Engine) -> None:
    paired(engine, Role.KIOSK, name=MARKUP)
    asked = pairing.ask(engine, Role.KIOSK, at=NOW, branch=BRANCH)
    for name, code in (
        ("", "bad_value"), ("x" * 61, "bad_value"), ("a\u202eb", "bad_value"),
        (MARKUP, "device_name_taken"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            pairing.approve(engine, BRANCH, asked.code, Approval(name=name), at=NOW)
        assert refused.value.code == code
    with pytest.raises(BadValue):
        wanted = Approval(name="b", printer="ftp://x")
        pairing.approve(engine, BRANCH, asked.code, wanted, at=NOW)
    paired(engine, Role.DISPLAY, name=MARKUP)


def test_an_agent_is_its_kiosk(engine: Engine) -> None:
    found = paired(engine, Role.AGENT, name="Cửa chính", printer="tcp://10.0.0.9:9100")
    actor = devices.of_token(engine, found.token)
    assert actor is not None
    assert (actor.role, actor.id) == (Role.KIOSK, "Cửa chính")
    assert devices.printer_of(engine, BRANCH, "Cửa chính") == devices.BY_AGENT


def test_a_device_may_take_the_place_of_another(engine: Engine) -> None:
    old = devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="k1", printer="agent", at=NOW)
    device = devices.of_branch(engine, BRANCH)[0]["id"]
    asked = pairing.ask(engine, Role.AGENT, at=NOW, branch=BRANCH)
    pairing.approve(engine, BRANCH, asked.code, Approval(device=device), at=NOW)
    assert devices.of_token(engine, old) is not None, "the old one holds until the new one comes"
    found = pairing.collect(engine, asked.id, asked.secret, at=NOW)
    assert found is not None
    assert devices.of_token(engine, old) is None
    actor = devices.of_token(engine, found.token)
    assert actor is not None
    assert (actor.id, actor.device) == ("k1", device)
    assert len(devices.of_branch(engine, BRANCH)) == 1


@pytest.mark.parametrize("kind", [Role.DISPLAY, Role.KIOSK])
def test_no_place_of_another_branch_kind_or_of_the_revoked(engine: Engine, kind: Role) -> None:
    devices.add(engine, branch=BRANCH, role=Role.DISPLAY, name="d", at=NOW)
    devices.add(engine, branch=OTHER, role=Role.DISPLAY, name="o", at=NOW)
    mine, other = (
        devices.of_branch(engine, BRANCH)[0]["id"],
        devices.of_branch(engine, OTHER)[0]["id"],
    )
    asked = pairing.ask(engine, kind, at=NOW, branch=BRANCH)
    if kind is Role.DISPLAY:
        devices.revoke(engine, mine)
    for device in (mine, other, "nobody"):
        with pytest.raises(devices.UnknownDevice):
            pairing.approve(engine, BRANCH, asked.code, Approval(device=device), at=NOW)


def test_two_come_for_one_token(engine: Engine) -> None:
    for _ in range(6):
        asked = pairing.ask(engine, Role.DISPLAY, at=NOW, branch=BRANCH)
        pairing.approve(engine, BRANCH, asked.code, Approval(name=asked.code), at=NOW)
        gate, given = threading.Barrier(2), []

        def come(
            asked: pairing.Asked = asked, gate: threading.Barrier = gate, told: list[Any] = given
        ) -> None:
            gate.wait()
            try:
                told.append(pairing.collect(engine, asked.id, asked.secret, at=NOW))
            except pairing.UnknownPairing:
                told.append(None)

        threads = [threading.Thread(target=come) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(given) == 2
        assert sum(one is not None for one in given) == 1
    assert len(devices.of_branch(engine, BRANCH)) == 6


def test_there_is_room_for_five_hundred(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "_MOST", 3)
    for _ in range(3):
        pairing.ask(engine, Role.DISPLAY, at=NOW)
    with pytest.raises(pairing.PairingsFull):
        pairing.ask(engine, Role.DISPLAY, at=NOW)
    pairing.ask(engine, Role.DISPLAY, at=NOW + pairing.LASTS)


# Tokens --------------------------------------------------------------------------------------
def new_token(engine: Engine, device: str, at: datetime = NOW) -> str | None:
    return devices.offered_token(engine, device, at=at)


def test_a_new_token_ends_the_old_one_when_it_is_first_used(engine: Engine) -> None:
    old = paired(engine).token
    device = devices.of_branch(engine, BRANCH)[0]["id"]
    assert new_token(engine, device) is None, "it is young, and nobody asked"
    devices.rotate(engine, device, branch=BRANCH)
    lost, kept = new_token(engine, device), new_token(engine, device)
    assert lost
    assert kept
    assert devices.of_token(engine, old) is not None, "the device never got it"
    assert devices.of_token(engine, lost) is None, "another was offered after it"
    assert devices.of_token(engine, kept) is not None
    assert devices.of_token(engine, old) is None
    assert devices.of_token(engine, kept) is not None
    assert new_token(engine, device) is None
    stored = str(rows(engine, "devices"))
    assert old not in stored
    assert kept not in stored


def test_tokens_grow_old(engine: Engine) -> None:
    paired(engine)
    device = devices.of_branch(engine, BRANCH)[0]["id"]
    old_at = NOW + devices.TOKEN_LASTS
    assert new_token(engine, device, old_at - SECOND) is None
    assert new_token(engine, device, old_at)
    devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="from before")
    [older] = [d["id"] for d in devices.of_branch(engine, BRANCH) if d["kind"] == "kiosk"]
    assert new_token(engine, older, old_at) is None, "its age is not known: it is left alone"


def test_a_new_token_used_by_two_at_once_is_promoted_once(engine: Engine) -> None:
    paired(engine)
    device = devices.of_branch(engine, BRANCH)[0]["id"]
    devices.rotate(engine, device)
    token = new_token(engine, device)
    assert token
    gate, found = threading.Barrier(4), []

    def use() -> None:
        gate.wait()
        found.append(devices.of_token(engine, token))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [actor is not None for actor in found] == [True] * 4


def test_the_revoked_get_no_token_and_lose_the_one_on_its_way(engine: Engine) -> None:
    old = paired(engine).token
    device = devices.of_branch(engine, BRANCH)[0]["id"]
    devices.rotate(engine, device)
    offered = new_token(engine, device)
    assert devices.revoke(engine, device, branch=BRANCH)
    for token in (old, offered or ""):
        assert devices.of_token(engine, token) is None
    assert new_token(engine, device) is None
    assert not devices.revoke(engine, device)
    with pytest.raises(devices.UnknownDevice):
        devices.rotate(engine, device)


def test_another_branchs_device_answers_as_an_unknown_one(engine: Engine) -> None:
    """Rule O2."""
    token = devices.add(engine, branch=OTHER, role=Role.KIOSK, name="k", at=NOW)
    device = devices.of_branch(engine, OTHER)[0]["id"]
    before = rows(engine, "devices")
    assert not devices.revoke(engine, device, branch=BRANCH)
    assert not devices.set_printer(engine, device, "agent", branch=BRANCH)
    for call in (devices.rotate, lambda e, d, branch: devices.rename(e, d, "x", branch=branch)):
        with pytest.raises(devices.UnknownDevice):
            call(engine, device, branch=BRANCH)
    assert rows(engine, "devices") == before
    assert devices.of_token(engine, token) is not None


def test_a_kiosk_that_was_given_numbers_keeps_its_name(engine: Engine) -> None:
    for name in ("k1", "k2"):
        devices.add(engine, branch=BRANCH, role=Role.KIOSK, name=name, at=NOW)
    one, two = (d["id"] for d in devices.of_branch(engine, BRANCH))
    block = {
        "branch_id": BRANCH, "id": "A990", "device": "k1", "queue": "a", "first": 990,
        "last": 999, "business_date": NOW.date(),
    }  # fmt: skip
    with writing(engine) as connection:
        connection.execute(tables.blocks.insert(), block)
    with pytest.raises(devices.KioskNameKept):
        devices.rename(engine, one, "Cửa chính")
    devices.rename(engine, one, "k1")
    with pytest.raises(devices.DeviceNameTaken):
        devices.rename(engine, two, "k1")
    devices.rename(engine, two, "Cửa sau")
    assert {d["name"] for d in devices.of_branch(engine, BRANCH)} == {"k1", "Cửa sau"}


def test_a_token_is_found_by_its_hash_alone(engine: Engine) -> None:
    token = paired(engine).token
    assert devices.of_token(engine, hash_of(token)) is None


def test_agent_and_server_are_of_one_version() -> None:
    assert agent_version.VERSION == version.VERSION

"""Who may connect: accounts and tokens, what a password may be, and how slow guessing is."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from server import accounts, devices, lockouts, locks, passwords, sign_ins, tables
from server.access import Permission, Role
from server.database import writing
from server.domain.ids import BranchId, CounterId
from tests.live_office import PASSWORD
from tests.server.office import BRANCH, installed, rows
from tests.server.signing import audited, quick_hashes, set_user

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url) as made:
        yield made


def put(engine: Engine, username: str = "q", password: str = PASSWORD, **more: object) -> None:
    """An account of the branch."""
    values = {"name": "Q", "branch": BRANCH, "role": Role.OFFICER} | more
    accounts.put_user(engine, username=username, password=password, **values)  # type: ignore[arg-type]


# Devices -------------------------------------------------------------------------------------
def test_a_device_is_known_by_its_token_alone(engine: Engine) -> None:
    counter = CounterId(f"{BRANCH}-1")
    token = devices.add(engine, branch=BRANCH, role=Role.RATING, name="Bảng 1", counter=counter)
    other = devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="Ki-ốt")
    assert token != other
    assert len(token) >= 32
    actor = devices.of_token(engine, token)
    assert actor is not None
    assert (actor.role, actor.branch, actor.counter) == (Role.RATING, BRANCH, counter)
    assert str(actor) == "rating:Bảng 1"
    for wrong in ("", token[:-1], token + "x", "x"):
        assert devices.of_token(engine, wrong) is None


def test_nothing_secret_is_stored_or_listed(engine: Engine) -> None:
    """Rule O1."""
    token = devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="k")
    accounts.put_user(engine, username="q", password="mot-cua-1", name="Q", branch=BRANCH)
    stored = str(rows(engine, "devices", "users"))
    assert token not in stored
    assert "mot-cua-1" not in stored
    assert "$argon2id$" in stored
    listed = devices.of_branch(engine, BRANCH)
    assert "hash" not in str(listed)


def test_a_revoked_device_is_shut_out(engine: Engine) -> None:
    token = devices.add(engine, branch=BRANCH, role=Role.DISPLAY, name="Sảnh")
    listed = devices.of_branch(engine, BRANCH)[0]
    assert devices.revoke(engine, str(listed["id"]))
    assert devices.of_token(engine, token) is None
    assert devices.of_branch(engine, BRANCH)[0]["revoked"]
    assert not devices.revoke(engine, "nobody")


def test_another_branch_has_its_own_devices(engine: Engine) -> None:
    """Rule O2."""
    devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="k")
    assert devices.of_branch(engine, BranchId("khac")) == []


def test_one_token_is_one_device(engine: Engine) -> None:
    devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="a", token="same")
    with pytest.raises(IntegrityError):
        devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="b", token="same")


# Accounts and their tokens -------------------------------------------------------------------
def test_the_newest_password_counts_and_no_other(engine: Engine) -> None:
    put(engine)
    put(engine, password="mot-cua-2")
    assert not lockouts.try_password(engine, "q", "mot-cua-1", at=NOW).is_right
    assert lockouts.try_password(engine, "q", "mot-cua-2", at=NOW).is_right
    actor = accounts.user(engine, "q")
    assert actor is not None
    assert (str(actor), actor.branch, actor.role) == ("officer:q", BRANCH, Role.OFFICER)
    for username, password in (("q", ""), ("Q", "mot-cua-2"), ("", ""), ("nobody", "mot-cua-2")):
        assert not lockouts.try_password(engine, username, password, at=NOW).is_right


def test_grants_widen_a_role_and_an_old_one_is_left_out(engine: Engine) -> None:
    put(engine, grants=(Permission.CALL_CHOSEN,))
    actor = accounts.user(engine, "q")
    assert actor is not None
    assert actor.may(Permission.CALL_CHOSEN)
    assert not actor.may(Permission.EXPORT)
    set_user(engine, "q", grants="fly,call_chosen")
    assert accounts.user(engine, "q") == actor


def test_a_token_acts_for_its_user_until_one_of_the_two_is_revoked(engine: Engine) -> None:
    put(engine)
    counter = CounterId(f"{BRANCH}-1")
    token = accounts.add_token(engine, username="q", name="máy 1", at=NOW, counter=counter)
    assert token not in str(rows(engine, "user_tokens"))
    actor = accounts.of_token(engine, token)
    assert actor is not None
    assert (actor.id, actor.counter) == ("q", counter)
    assert accounts.of_token(engine, token + "x") is None
    assert accounts.of_token(engine, "") is None
    set_user(engine, "q", revoked=True)
    assert accounts.of_token(engine, token) is None
    set_user(engine, "q", revoked=False)
    assert accounts.tokens(engine, BranchId("khac")) == []
    [listed] = accounts.tokens(engine, BRANCH)
    assert "token_hash" not in listed
    assert accounts.revoke_token(engine, listed["id"])
    assert accounts.of_token(engine, token) is None
    assert not accounts.revoke_token(engine, "nobody")


def test_one_subject_of_the_provider_is_one_account(engine: Engine) -> None:
    for username in ("a", "b", "c"):
        put(engine, username)
    set_user(engine, "a", subject="s-1")
    with pytest.raises(IntegrityError):
        set_user(engine, "b", subject="s-1")
    row = accounts.of_subject(engine, "s-1")
    assert row is not None
    assert row["username"] == "a"
    assert accounts.of_subject(engine, "") is None, "whoever is not linked"
    set_user(engine, "a", revoked=True)
    assert accounts.of_subject(engine, "s-1") is None


# Passwords -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_short"),
        ("ngan qua", "password_short"),
        ("x" * 129, "password_long"),
        ("hoa sữa canbo7 thơm", "password_named"),
        ("hoa sữa CANBO7 thơm", "password_named"),
        *((common, "password_common") for common in (
            "password123", "matkhau123", "Matkhau@123", "1234567890", "qwertyuiop", "aaaaaaaaaa",
            "longbien2026", "motcua2026", "iloveyou12", "anhyeuem123", "0912345678", "22/11/1990",
            "hanoi123456", "P@ssw0rd2026",
        )),
    ],
)  # fmt: skip
def test_a_password_that_is_tried_first_is_refused(password: str, code: str) -> None:
    with pytest.raises(passwords.Refused) as refused:
        passwords.check_new(password, username="canbo7", branch="long-bien")
    assert refused.value.code == code
    assert password not in str(refused.value.facts) or not password


@pytest.mark.parametrize(
    "password", ["hoa hong do tham", "sen nở đầu hạ", "k7mp-x3rw-9fqd", "ố" * 5 + "trời xanh mây"]
)
def test_length_is_all_that_is_asked_of_the_rest(password: str) -> None:
    passwords.check_new(password, username="canbo7", branch="long-bien")
    assert passwords.verify(passwords.hash_of(password), password)


def test_a_password_made_for_somebody_is_good_and_never_the_same() -> None:
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.check_new(password, username="canbo7")
        assert not set(password) & set("0o1lij")


def test_what_is_longer_than_any_password_is_never_right() -> None:
    assert not passwords.verify(passwords.hash_of(""), "x" * 129)
    assert not passwords.verify("", "")
    assert not passwords.verify("damaged", "x")


# Lockouts ------------------------------------------------------------------------------------
def test_guessing_waits_longer_and_longer(engine: Engine) -> None:
    put(engine)
    at, waits = NOW, []
    for _ in range(14):
        assert not lockouts.try_password(engine, "q", "sai", at=at).is_right
        row = accounts.row_of(engine, "q")
        assert row is not None
        until = row["locked_until"] or at
        waits.append((until - at) // MINUTE)
        if until > at:
            early = lockouts.try_password(engine, "q", "mot-cua-1", at=until - MINUTE / 60)
            assert (early.is_right, early.outcome) == (False, "locked")
        at = until
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert lockouts.try_password(engine, "q", "mot-cua-1", at=at).is_right
    lockouts.forgive(engine, "q")
    row = accounts.row_of(engine, "q")
    assert row is not None
    assert (row["failures"], row["locked_until"]) == (0, None)


def test_of_many_guesses_at_once_five_are_looked_at(engine: Engine) -> None:
    put(engine)
    gate, tries = threading.Barrier(16), []

    def guess(n: int) -> None:
        gate.wait()
        tries.append(lockouts.try_password(engine, "q", f"sai {n}", at=NOW))

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(t.is_allowed for t in tries) == 5
    assert sum(t.has_locked for t in tries) == 1
    row = accounts.row_of(engine, "q")
    assert row is not None
    assert (row["failures"], row["locked_until"]) == (5, NOW + MINUTE)


# PINs ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "pin", ["000000", "777777", "123456", "654321", "890123", "234567", "12345", "1234567", "12345a",
            "", "\uff11\uff13\uff15\uff17\uff19\uff12", "13 579", "135792\n"]
)  # fmt: skip
def test_a_pin_that_is_tried_first_is_refused(pin: str) -> None:
    with pytest.raises(locks.PinWeak):
        locks.check_pin(pin)


def test_a_pin_opens_the_screen_and_five_wrong_ones_end_the_sign_in(engine: Engine) -> None:
    put(engine)
    actor = accounts.user(engine, "q")
    assert actor is not None
    token = sign_ins.begin(engine, "q", at=NOW)
    with pytest.raises(locks.NoPin):
        locks.lock(engine, actor, token)
    with pytest.raises(locks.WrongPassword):
        locks.set_pin(engine, actor, pin="135790", password="sai")
    locks.set_pin(engine, actor, pin="135790", password="mot-cua-1")
    assert "135790" not in str(rows(engine, "users", "audit"))
    locks.lock(engine, actor, token)
    found = sign_ins.of_token(engine, token, at=NOW)
    assert found is not None
    assert (found.is_locked, found.has_pin) == (True, True)
    for left in (4, 3, 2, 1):
        with pytest.raises(locks.WrongPin) as wrong:
            locks.unlock(engine, actor, token, pin="135791")
        assert wrong.value.facts == {"left": left}
    # Locking it again does not count from nothing.
    locks.lock(engine, actor, token)
    locks.unlock(engine, actor, token, pin="135790")
    found = sign_ins.of_token(engine, token, at=NOW)
    assert found is not None
    assert not found.is_locked
    locks.lock(engine, actor, token)
    for _ in range(4):
        with pytest.raises(locks.WrongPin):
            locks.unlock(engine, actor, token, pin="")
    with pytest.raises(locks.SignedOut):
        locks.unlock(engine, actor, token, pin="135791")
    assert sign_ins.of_token(engine, token, at=NOW) is None
    with pytest.raises(locks.SignedOut):
        locks.unlock(engine, actor, token, pin="135790")
    assert audited(engine, "unlock_screen")[-2:] == ["signed_out", "signed_out"]
    assert audited(engine, "set_pin") == ["wrong_password", "ok"]


def test_a_right_password_given_often_locks_nobody_out(engine: Engine) -> None:
    put(engine)
    actor = accounts.user(engine, "q")
    assert actor is not None
    for _ in range(7):
        locks.set_pin(engine, actor, pin="135790", password="mot-cua-1")


def test_a_pin_is_not_looked_at_after_the_last_try(engine: Engine) -> None:
    """Five more are on their way: the right one among them comes too late."""
    put(engine)
    locks.put_pin(engine, "q", "135790")
    token = sign_ins.begin(engine, "q", at=NOW)
    sign_ins.lock(engine, token)
    with writing(engine) as connection:
        connection.execute(tables.sign_ins.update().values(pin_failures=sign_ins.PIN_TRIES))
    assert sign_ins.unlock(engine, token, "135790") == sign_ins.Unlocking(is_open=False, left=0)


def test_of_many_pins_at_once_five_are_looked_at(engine: Engine) -> None:
    put(engine)
    locks.put_pin(engine, "q", "135790")
    token = sign_ins.begin(engine, "q", at=NOW)
    sign_ins.lock(engine, token)
    gate, came = threading.Barrier(12), []

    def guess(n: int) -> None:
        gate.wait()
        came.append(sign_ins.unlock(engine, token, f"{n:06}"))

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(one.is_open for one in came)
    assert sum(one.left > 0 for one in came) == 4
    assert sign_ins.of_token(engine, token, at=NOW) is None


def test_a_sign_in_lasts_a_working_day_and_ends_with_its_account(engine: Engine) -> None:
    put(engine)
    token = sign_ins.begin(engine, "q", at=NOW)
    late = NOW + sign_ins.LASTS
    assert sign_ins.of_token(engine, token, at=late - MINUTE)
    assert sign_ins.of_token(engine, token, at=late) is None
    set_user(engine, "q", revoked=True)
    assert sign_ins.of_token(engine, token, at=NOW) is None
    with writing(engine) as connection:
        connection.execute(tables.users.update().values(revoked=False))
    other = sign_ins.begin(engine, "q", at=NOW)
    assert sign_ins.under_way(engine, BRANCH, at=NOW)["q"] == {"n": 2, "last_at": NOW}
    assert sign_ins.end_all(engine, "q") == 2
    assert sign_ins.of_token(engine, other, at=NOW) is None

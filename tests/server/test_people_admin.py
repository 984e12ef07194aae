"""Accounts from the shell and the people page: one set of rules, one branch at a time."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from server import accounts, audit, cli, lockouts, passwords, people, sign_ins
from server.access import Permission, Role
from server.clock import Clock
from server.domain.errors import BadValue, Refused
from server.domain.ids import BranchId, CounterId
from server.settings import Settings
from tests.server.office import BRANCH, installed, rows
from tests.server.signing import GOOD, quick_hashes, set_user

OTHER = BranchId("khac")
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url) as made:
        for username, role in (("quantri", Role.ADMINISTRATOR), ("lan", Role.OFFICER)):
            accounts.put_user(
                made, username=username, password=GOOD, name=username, branch=BRANCH, role=role
            )
        yield made


# The rules -----------------------------------------------------------------------------------
def test_a_new_account_is_checked_whole(engine: Engine) -> None:
    def add(**values: Any) -> None:
        usual = {"username": "minh", "name": "Minh", "password": GOOD, "role": Role.OFFICER}
        people.add(engine, BRANCH, **(usual | values))

    bad: tuple[tuple[dict[str, Any], str], ...] = (
        ({"username": "Minh"}, "bad_value"),
        ({"username": "m"}, "bad_value"),
        ({"username": "minh@x"}, "bad_value"),
        ({"username": "a" * 41}, "bad_value"),
        ({"name": " "}, "bad_value"),
        ({"name": "x" * 121}, "bad_value"),
        ({"name": "a\u202eb"}, "bad_value"),
        ({"title": "a\nb"}, "bad_value"),
        ({"role": Role.KIOSK}, "bad_value"),
        ({"grants": [Permission.MANAGE_PEOPLE]}, "bad_value"),
        ({"password": "ngắn"}, "password_short"),
        ({"password": "minh la toi day"}, "password_named"),
        ({"username": "lan"}, "username_taken"),
    )
    before = rows(engine, "users")
    for values, code in bad:
        with pytest.raises(Refused) as refused:
            add(**values)
        assert refused.value.code == code, values
    assert rows(engine, "users") == before
    add(title="Chuyên viên", grants=[Permission.CALL_CHOSEN], must_change=True)
    [minh] = [p for p in people.listing(engine, BRANCH, at=NOW) if p["username"] == "minh"]
    assert minh == {
        "username": "minh", "name": "Minh", "title": "Chuyên viên", "role": "officer",
        "grants": ["call_chosen"], "has_second_factor": False, "has_pin": False,
        "is_linked": False, "must_change": True, "is_locked": False, "is_disabled": False,
        "sign_ins": 0, "last_at": None,
    }  # fmt: skip


CHANGES: dict[str, Callable[[Engine, BranchId, str], Any]] = {
    "change": lambda e, b, u: people.change(e, b, u, name="X"),
    "give_password": lambda e, b, u: people.give_password(e, b, u, GOOD + "!", must_change=True),
    "unlock": people.unlock,
    "reset_second_factor": people.reset_second_factor,
    "disable": lambda e, b, u: people.set_enabled(e, b, u, is_enabled=False),
    "end_sign_ins": people.end_sign_ins,
    "give_pin": lambda e, b, u: people.give_pin(e, b, u, "135790"),
    "link": lambda e, b, u: people.link(e, b, u, "s"),
    "add_token": lambda e, b, u: people.add_token(e, b, u, name="x", at=NOW),
}


def test_another_branchs_account_answers_as_an_unknown_one(engine: Engine) -> None:
    """Rule O2."""
    sign_ins.begin(engine, "lan", at=NOW)
    before = rows(engine, "users", "sign_ins", "user_tokens")
    answers = set()
    for change in CHANGES.values():
        for branch, username in ((OTHER, "lan"), (OTHER, "nobody"), (BRANCH, "nobody")):
            with pytest.raises(people.UnknownUser) as refused:
                change(engine, branch, username)
            answers.add((refused.value.code, *refused.value.facts))
    assert answers == {("unknown_user", "user")}
    assert rows(engine, "users", "sign_ins", "user_tokens") == before
    assert people.listing(engine, OTHER, at=NOW) == []
    for change in CHANGES.values():
        change(engine, BRANCH, "lan")


def test_another_branchs_token_answers_as_an_unknown_one(engine: Engine) -> None:
    people.add_token(engine, BRANCH, "lan", name="máy", at=NOW)
    [token] = accounts.tokens(engine, BRANCH)
    for branch, token_id in ((OTHER, token["id"]), (BRANCH, "nobody")):
        with pytest.raises(people.UnknownUser):
            people.revoke_token(engine, branch, token_id)
    people.revoke_token(engine, BRANCH, token["id"])
    assert accounts.tokens(engine, BRANCH)[0]["revoked"]
    with pytest.raises(Refused):
        people.add_token(engine, BRANCH, "lan", name="x", at=NOW, counter=CounterId(f"{OTHER}-1"))


def test_an_administrator_stays(engine: Engine) -> None:
    def demote(by: str = "") -> None:
        people.change(engine, BRANCH, "quantri", by=by, role=Role.MANAGER)

    def disable(by: str = "") -> None:
        people.set_enabled(engine, BRANCH, "quantri", is_enabled=False, by=by)

    for attempt in (demote, disable):
        with pytest.raises(people.NotYourself):
            attempt("quantri")
        with pytest.raises(people.LastAdministrator):
            attempt()
    people.change(
        engine, BRANCH, "quantri", by="quantri", role=Role.ADMINISTRATOR, title="Tổ trưởng"
    )
    people.change(engine, BRANCH, "lan", role=Role.ADMINISTRATOR)
    disable("lan")
    disable()
    with pytest.raises(people.LastAdministrator):
        people.change(engine, BRANCH, "lan", role=Role.OFFICER)
    people.set_enabled(engine, BRANCH, "quantri", is_enabled=True)
    people.change(engine, BRANCH, "lan", role=Role.OFFICER)


def test_two_administrators_do_not_shut_each_other_out(engine: Engine) -> None:
    people.change(engine, BRANCH, "lan", role=Role.ADMINISTRATOR)
    pairs = (("lan", "quantri"), ("quantri", "lan"))
    for _ in range(12):
        gate, refusals = threading.Barrier(2), []

        def shut_out(
            by: str, username: str, gate: threading.Barrier = gate, told: list[str] = refusals
        ) -> None:
            gate.wait()
            try:
                people.set_enabled(engine, BRANCH, username, is_enabled=False, by=by)
            except people.LastAdministrator as refusal:
                told.append(refusal.code)

        threads = [threading.Thread(target=shut_out, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert refusals == ["last_administrator"]
        for _by, username in pairs:
            people.set_enabled(engine, BRANCH, username, is_enabled=True)


def test_what_ends_the_sign_ins(engine: Engine) -> None:
    changes: tuple[Callable[[], Any], ...] = (
        lambda: people.change(engine, BRANCH, "lan", role=Role.SUPERVISOR),
        lambda: people.give_password(engine, BRANCH, "lan", GOOD + " mới", must_change=True),
        lambda: people.reset_second_factor(engine, BRANCH, "lan"),
        lambda: people.end_sign_ins(engine, BRANCH, "lan"),
        lambda: people.set_enabled(engine, BRANCH, "lan", is_enabled=False),
    )
    for change in changes:
        token = sign_ins.begin(engine, "lan", at=NOW)
        change()
        assert sign_ins.of_token(engine, token, at=NOW) is None
    people.set_enabled(engine, BRANCH, "lan", is_enabled=True)
    token = sign_ins.begin(engine, "lan", at=NOW)
    people.change(engine, BRANCH, "lan", name="Nguyễn Thị Lan", grants=[Permission.EXPORT])
    found = sign_ins.of_token(engine, token, at=NOW)
    assert found is not None
    assert found.actor.name == "Nguyễn Thị Lan"
    assert found.actor.may(Permission.EXPORT)


def test_a_given_password_opens_a_locked_account(engine: Engine) -> None:
    for _ in range(5):
        lockouts.try_password(engine, "lan", "sai", at=NOW)
    assert not lockouts.try_password(engine, "lan", GOOD, at=NOW).is_right
    password = passwords.one_time()
    people.give_password(engine, BRANCH, "lan", password, must_change=True)
    assert lockouts.try_password(engine, "lan", password, at=NOW).is_right
    row = accounts.row_of(engine, "lan")
    assert row is not None
    assert row["must_change"]
    people.set_password(engine, BRANCH, "lan", GOOD)
    row = accounts.row_of(engine, "lan")
    assert row is not None
    assert not row["must_change"]


# The shell -----------------------------------------------------------------------------------
@pytest.fixture
def shell(engine: Engine, tmp_path: Path) -> Callable[..., int]:
    """Run a verb; keyword `secret` is what its --password-file holds."""
    address = engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database_url=address)

    def run(*words: str, secret: str | None = None) -> int:
        argv = list(words)
        if secret is not None:
            file = tmp_path / "secret.txt"
            file.write_text(secret + "\n", encoding="utf-8")
            argv += ["--password-file", str(file)]
        arguments = cli.parser().parse_args(argv)
        code: int = arguments.verb_function(arguments, settings)
        return code

    return run


def test_an_office_is_run_from_the_shell(
    shell: Callable[..., int], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    def user(action: str, *words: str, secret: str | None = None) -> None:
        assert shell("user", action, "--username", "minh", *words, secret=secret) == 0

    user("add", "--branch", BRANCH, "--name", "Trần Minh", "--role", "officer", "--grant", "export",
         "--one-time", secret=GOOD)  # fmt: skip
    user("role", "--role", "supervisor")
    user("rename", "--title", "Tổ trưởng")
    user("grant", "--grant", "follow_up")
    user("revoke-grant", "--grant", "export")
    user("pin", secret="135790")
    user("link", "--subject", "s-minh")
    set_user(
        engine, "minh", totp_secret="X", failures=9, locked_until=Clock().now().replace(year=2999)
    )
    shell("user", "list", "--branch", BRANCH)
    told = next(line for line in capsys.readouterr().out.splitlines() if "minh" in line)
    assert told.split("\t") == [
        "minh", "supervisor", "follow_up",
        "[locked, second factor, pin, linked, one-time password]", "Trần Minh",
    ]  # fmt: skip
    user("reset-totp")
    user("unlock")
    user("pin", secret="")
    user("link", "--subject", "")
    user("password", secret=GOOD + " mới")
    assert lockouts.try_password(engine, "minh", GOOD + " mới", at=NOW).is_right
    sign_ins.begin(engine, "minh", at=NOW)
    user("sign-out")
    assert capsys.readouterr().out == "1\n"
    user("disable")
    assert accounts.user(engine, "minh") is None
    user("enable")
    actor = accounts.user(engine, "minh")
    assert actor is not None
    assert (actor.role, actor.title) == (Role.SUPERVISOR, "Tổ trưởng")
    lines = audit.lines(engine, BRANCH)
    assert {line["actor"] for line in lines} == {"cli"}
    assert len(lines) == 15
    assert GOOD not in str(lines)
    assert "135790" not in str(lines)


def test_tokens_from_the_shell(
    shell: Callable[..., int], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    counter = f"{BRANCH}-2"
    shell("token", "add", "--username", "lan", "--name", "máy 2", "--counter", counter)
    token = capsys.readouterr().out.strip()
    actor = accounts.of_token(engine, token)
    assert actor is not None
    assert (actor.id, actor.counter) == ("lan", counter)
    shell("token", "list", "--branch", BRANCH)
    listed = capsys.readouterr().out
    assert token not in listed
    assert listed.split() == [listed.split()[0], "lan", counter, "-", "máy", "2"]
    shell("token", "revoke", "--id", listed.split()[0])
    assert accounts.of_token(engine, token) is None
    assert token not in str(audit.lines(engine, BRANCH))
    for words in (("add", "--username", "nobody"), ("revoke", "--id", "x"), ("list",)):
        with pytest.raises(Refused):
            shell("token", *words)


def test_the_shell_asks_for_a_password_twice(
    shell: Callable[..., int], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([GOOD + " a", GOOD + " b", GOOD + " c", GOOD + " c"])
    monkeypatch.setattr("getpass.getpass", lambda *_words, **_options: next(typed))
    with pytest.raises(BadValue):
        shell("user", "password", "--username", "lan")
    assert lockouts.try_password(engine, "lan", GOOD, at=NOW).is_right
    shell("user", "password", "--username", "lan")
    assert lockouts.try_password(engine, "lan", GOOD + " c", at=NOW).is_right


REFUSED: tuple[tuple[str, str | None, str], ...] = (
    ("user password --username nobody", GOOD, "unknown_user"),
    ("user password --username lan", "ngắn", "password_short"),
    ("user pin --username lan", "123456", "pin_weak"),
    ("user role --username lan", None, "bad_value"),
    ("user grant --username lan", None, "bad_value"),
    ("user disable --username quantri", None, "last_administrator"),
    ("user add --branch nowhere --username xx", GOOD, "unknown_branch"),
    (f"user add --branch {BRANCH} --username xx", GOOD, "bad_value"),
)


def test_the_shell_refuses_what_the_page_does(shell: Callable[..., int]) -> None:
    for words, secret, code in REFUSED:
        with pytest.raises(Refused) as refused:
            shell(*words.split(), secret=secret)
        assert refused.value.code == code

"""The audit trail: what gets in, who may read it, and what is found in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from server import audit, cli, text
from server.access import NEEDS, STAFF, Role
from server.domain.ids import BranchId
from server.live_staff import OFFICE_CALLS
from server.settings import Settings
from tests.live_office import BRANCH, Office, running
from tests.server.office import BRANCH as SMALL
from tests.server.office import installed

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("audit")) as started:
        yield started


def _lines(office: Office) -> list[dict[str, Any]]:
    from server import database

    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    try:
        return list(audit.lines(engine, BRANCH))
    finally:
        engine.dispose()


def test_refusals_and_uses_of_a_permission_are_on_record(office: Office) -> None:
    ticket = office.issue("ho-tich")["ticket"]["id"]
    office.desk("open")
    status, _ = office.desk("call", {"ticket": ticket, "reason": "hẹn trước"})
    assert status == 200
    status, problem = office.call("kiosk", "POST", f"/counters/{BRANCH}-1/call-next", {})
    assert (status, problem["code"]) == (403, "not_allowed")
    found = {(line["actor"], line["action"], line["outcome"]) for line in _lines(office)}
    assert ("officer:canbo1", "CallTicket", "ok") in found
    called = next(line for line in _lines(office) if line["action"] == "CallTicket")
    assert '"number":"A001"' in called["detail"]
    assert ("kiosk:kiosk", "CallNext", "refused") in found
    assert not [line for line in _lines(office) if "hẹn trước" in line["detail"]], "no free text"


def test_reaching_for_what_is_not_ones_own_is_on_record(office: Office) -> None:
    """Reading too, and another branch; with the address, and not without end."""
    for path in (f"/branches/{BRANCH}/events", f"/branches/{BRANCH}/figures"):
        assert office.call("display", "GET", path)[0] == 403
    status, problem = office.call("display", "GET", "/branches/khac/board")
    assert (status, problem["code"]) == (404, "unknown_branch")
    mine = [line for line in _lines(office) if line["actor"] == "display:display"]
    assert [line["action"] for line in mine] == ["board", "figures", "events"]
    assert {(line["outcome"], line["address"]) for line in mine} == {("refused", "127.0.0.1")}
    for _ in range(70):
        assert office.call("display", "POST", f"/counters/{BRANCH}-1/open", {})[0] == 403
    assert len([line for line in _lines(office) if line["actor"] == "display:display"]) == 60


def test_a_line_that_cannot_be_written_undoes_nothing(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    from server import tables
    from server.access import Actor
    from server.domain.commands import PostNotice
    from tests.server.signing import application, context_of

    with application(tmp_path_factory.mktemp("unwritten")) as app:
        context = context_of(app)
        tables.audit.drop(context.engine)
        command = PostNotice(branch=BRANCH, command_id="c", text_vi="Thông báo")
        manager = Actor(role=Role.MANAGER, id="quanly", branch=BRANCH)
        assert context.execute(command, manager).seq > 0
    assert "the audit could not be written" in caplog.text


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url) as made:
        yield made


def _record(engine: Engine, minutes: int, branch: str = SMALL, **more: Any) -> None:
    content = {"actor": "officer:lan", "action": "sign_in"} | more
    at = NOON + timedelta(minutes=minutes)
    audit.record(engine, at=at, branch=BranchId(branch), **content)


def test_lines_are_found_by_what_who_and_when(engine: Engine) -> None:
    _record(engine, 0)
    _record(engine, 1, actor="officer:minh", outcome="wrong_password")
    _record(engine, 2, action="sign_out")
    _record(engine, 3, branch="khac")
    found = audit.lines(engine, SMALL)
    assert [line["at"] for line in found] == [NOON + timedelta(minutes=n) for n in (2, 1, 0)]
    assert len(audit.lines(engine, SMALL, action="sign_in")) == 2
    assert [line["outcome"] for line in audit.lines(engine, SMALL, actor="minh")] == [
        "wrong_password"
    ]
    assert audit.lines(engine, SMALL, actor="%") == [], "a wildcard is a letter like any other"
    since, until = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
    assert len(audit.lines(engine, SMALL, since=since, until=until)) == 1
    assert len(audit.lines(engine, SMALL, limit=1)) == 1
    assert audit.actions(engine, SMALL) == ["sign_in", "sign_out"]


def test_what_is_too_long_is_cut_and_old_lines_are_forgotten(engine: Engine) -> None:
    _record(engine, 0, actor="a" * 500, action="b" * 100, address="c" * 100)
    line = audit.lines(engine, SMALL)[0]
    assert [len(line[name]) for name in ("actor", "action", "address")] == [160, 40, 64]
    _record(engine, 10)
    assert audit.forget_before(engine, NOON + timedelta(minutes=5)) == 1
    assert [line["action"] for line in audit.lines(engine, SMALL)] == ["sign_in"]


def test_a_log_that_leaves_by_the_shell_is_on_record(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'motcua.db'}"
    with installed(address) as engine:
        words = ["log", "export", "--branch", SMALL, "--file", str(tmp_path / "log.jsonl")]
        arguments = cli.parser().parse_args(words)
        settings = Settings(data=tmp_path, database_url=address)
        assert arguments.verb_function(arguments, settings) == 0
        lines = [(line["action"], line["actor"]) for line in audit.lines(engine, SMALL)]
    assert lines == [("log.export", "cli")]


def test_whatever_can_be_on_record_has_its_words() -> None:
    """An auditor reads sentences; the code stands small beside them."""
    commands = [command.__name__ for command in NEEDS]
    calls = [name.replace(".", "_") for name in OFFICE_CALLS]
    recorded = {key for call in OFFICE_CALLS.values() for key in call.recorded}
    staff = [role.value for role in STAFF]
    others = [role.value for role in Role if role not in STAFF]
    for language in ("vi", "en"):
        known = text.messages("manager")[language]
        wanted = [f"trail.action_{name}" for name in (*commands, *calls)]
        wanted += [f"trail.detail_{name}" for name in (*recorded, "ticket", "counter", "number")]
        wanted += [f"role.{name}" for name in staff] + [f"trail.actor_{name}" for name in others]
        assert not [key for key in wanted if key not in known]

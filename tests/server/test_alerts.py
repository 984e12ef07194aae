"""Alerts in the database: raised once, also by two watchers, and the same from the log as from the rows."""

import dataclasses
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from server import (
    alert_history,
    branches,
    branchfile,
    codec,
    devices,
    logbook,
    queries,
    tables,
)
from server.access import Role
from server.alert_watch import ACTOR, Watcher
from server.boards import Board
from server.contacts import Contacts
from server.database import writing
from server.domain import commands as cmd
from server.domain.alert_settings import AlertSettings
from server.domain.alert_situation import History
from server.domain.errors import UnknownAlert
from server.office.questions import period_of
from tests.server.office import BRANCH, NINE, A, B, Office, catalogue, installed, rows


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def _watcher(office: Office, redis_url: str = "") -> Watcher:
    boards: dict[str, Board] = {}

    def view(branch: Any) -> Any:
        board = boards.setdefault(branch, Board(office.engine, branch, lambda: office.now))
        board.catch_up()
        return board.view()

    return Watcher(
        office.engine,
        view=view,
        execute=lambda command: office.dispatcher.execute(command, actor=ACTOR),
        contacts=Contacts(redis_url),
        is_real_time=False,
    )


def _alerts(office: Office) -> list[tuple[str, str, str]]:
    """Rule, subject and state of every alert on the manager's page."""
    shown = Board(office.engine, BRANCH, lambda: office.now).view().tables("manager")["alerts"]
    state = {True: "over", False: "stands"}
    return [(a["rule"], a["subject"], state[a["cleared_at"] is not None]) for a in shown.values()]


def _later(office: Office, minutes: float) -> None:
    office.now += timedelta(minutes=minutes)


def test_a_cause_is_raised_once_whoever_watches_and_is_over_when_it_is_gone(office: Office) -> None:
    office.issue()
    first, second = _watcher(office), _watcher(office)
    first.look()
    assert _alerts(office) == []
    _later(office, 4)
    for watcher in (first, second, _watcher(office), first):
        watcher.look()
    assert _alerts(office) == [("no_counter", A, "stands")]
    recorded = office.events()[-1]
    assert (recorded.type, recorded.actor) == ("AlertRaised", "job:alerts")
    office.serve(office.open())
    first.look()
    assert _alerts(office) == [("no_counter", A, "over")]
    assert logbook.verify(office.engine, BRANCH) == []
    before = rows(office.engine, "alerts")
    logbook.rebuild(office.engine, BRANCH)
    assert rows(office.engine, "alerts") == before
    assert logbook.verify(office.engine, BRANCH) == []


def test_two_watchers_at_the_same_moment_write_one_event(office: Office) -> None:
    raising = {"rule": "breach", "subject": "A", "level": "red", "since": NINE, "figures": {}}
    for _ in range(2):
        office.execute(cmd.RaiseAlert, uuid.uuid4().hex, **raising)
    assert [r.type for r in office.events()].count("AlertRaised") == 1
    seq = office.events()[-1].seq
    office.do(cmd.ClearAlert, alert=seq)
    office.do(cmd.ClearAlert, alert=seq)
    _later(office, 29)
    office.do(cmd.RaiseAlert, **raising)
    assert office.events()[-1].type == "AlertCleared"
    _later(office, 2)
    office.do(cmd.RaiseAlert, **raising)
    assert office.events()[-1].type == "AlertRaised"


def test_the_dead_time_is_the_branchs_own(database_url: str) -> None:
    quick = dataclasses.replace(catalogue(), alerts=AlertSettings(dead_minutes=5))
    with installed(database_url, quick) as engine:
        office = Office(engine)
        raising = {"rule": "printer", "subject": "k1", "level": "red", "since": NINE}
        office.do(cmd.RaiseAlert, **raising)
        office.do(cmd.ClearAlert, alert=office.events()[-1].seq)
        _later(office, 6)
        office.do(cmd.RaiseAlert, **raising)
        assert office.events()[-1].type == "AlertRaised"


def test_an_alert_is_acknowledged_once_by_name_also_when_it_is_over(office: Office) -> None:
    office.issue()
    _later(office, 5)
    _watcher(office).look()
    seq = office.events()[-1].seq
    with pytest.raises(UnknownAlert):
        office.do(cmd.AcknowledgeAlert, alert=seq - 1, by="Lan")
    office.do(cmd.ClearAlert, alert=seq)
    office.do(cmd.AcknowledgeAlert, alert=seq, by="Lan", word="đã mở quầy 2")
    office.do(cmd.AcknowledgeAlert, alert=seq, by="Minh")
    (row,) = Board(office.engine, BRANCH, lambda: office.now).view().alerts().values()
    assert (row["by"], row["word"]) == ("Lan", "đã mở quầy 2")
    assert row["text"]["vi"]["head"] == "Chưa có quầy phục vụ: A"
    assert row["text"]["vi"]["body"] == "1 người đang chờ, số A\u2009001 chờ từ 09:00."
    assert "1, 2, 3 (đang đóng)" in row["text"]["vi"]["action"]
    assert json.loads(json.dumps(row)) == row


def test_yesterdays_alerts_are_gone_unless_they_stand(office: Office) -> None:
    office.issue()
    _later(office, 5)
    _watcher(office).look()
    board = Board(office.engine, BRANCH, lambda: office.now)
    _later(office, 24 * 60)
    assert len(board.view().alerts()) == len(_alerts(office)) == 1
    office.do(cmd.ClearAlert, alert=office.events()[-1].seq)
    board.catch_up()
    _later(office, 48 * 60)
    assert board.view().alerts() == {}
    assert _alerts(office) == []


def test_devices_and_printers_are_watched(office: Office, redis_url: str) -> None:
    token = devices.add(office.engine, branch=BRANCH, role=Role.DISPLAY, name="Sảnh chính")
    actor = devices.of_token(office.engine, token)
    assert actor is not None
    contacts = Contacts(redis_url)
    said = {
        "link": "1",
        "since": "2026-11-24T00:00:00Z",
        "version": "",
        "browser": "",
        "address": "",
    }
    gone = {**said, "at": "2026-11-24T00:00:00Z", "left_at": "2026-11-24T00:00:00Z"}
    contacts.heard(BRANCH, actor.device, gone)
    office.do(cmd.ReportPrinter, device="k1", state="paper_out")
    watcher = _watcher(office, redis_url)
    watcher.look()
    assert _alerts(office) == []
    office.open()
    watcher.look()
    _later(office, 1.1)
    watcher.look()
    assert sorted(rule for rule, _, _ in _alerts(office)) == ["device_lost", "printer"]
    office.do(cmd.ReportPrinter, device="k1", state="ok")
    watcher.look()
    assert ("printer", "k1", "over") in _alerts(office)


def test_what_predictions_came_to_is_counted(office: Office) -> None:
    office.open()
    watcher = _watcher(office)
    for _ in range(9):
        office.issue()
    watcher.look()
    _later(office, 1.1)
    watcher.look()
    assert ("predicted_breach", A, "stands") in _alerts(office)
    _later(office, 31)
    watcher.look()
    with queries.reading(office.engine) as connection:
        counted = queries.alert_outcomes(connection, BRANCH, NINE)
    assert counted["predicted_breach"] == {"hit": 1}


def test_one_branch_in_trouble_is_no_others(office: Office) -> None:
    other = catalogue(branch="khac")
    branches.apply(office.engine, other, now=NINE, actor="test")
    office.issue()
    _later(office, 5)
    watcher = _watcher(office)
    usual = watcher._view

    def broken(branch: Any) -> Any:
        if branch == "khac":
            raise RuntimeError("out of order")
        return usual(branch)

    watcher._view = broken
    watcher.look()
    assert _alerts(office) == [("no_counter", A, "stands")]


def test_history_is_that_of_earlier_days(office: Office) -> None:
    counter = office.open()
    for n in range(4):
        office.issue()
        ticket = office.do(cmd.CallNext, counter=counter)
        office.do(cmd.StartService, counter=counter)
        _later(office, 5 if n % 2 else 10)
        office.do(cmd.CompleteService, counter=counter, outcome="xong")
    office.do(cmd.RateTicket, ticket=ticket["id"], level=5)
    configured, day = branches.require(office.engine, BRANCH), office.now.date()
    with queries.reading(office.engine) as connection:
        today = alert_history.history_of(connection, configured, day)
        tomorrow = alert_history.history_of(connection, configured, day + timedelta(days=1))
    assert today.services == {}
    assert today.first_calls == 0
    assert tomorrow.first_calls == 4
    assert tomorrow.services["s-a"].n == 4
    assert tomorrow.services["s-a"].minutes == pytest.approx(50**0.5)
    assert tomorrow.is_rated


def test_questions_are_asked_of_the_rows(office: Office) -> None:
    from server.domain.questions import questions

    counter = office.open()
    for queue in (A, A, A, B, B, B):
        office.issue(queue)
        office.serve(counter)
    found = questions(period_of(office.engine, BRANCH, NINE.date(), NINE.date()))
    assert [(q.kind, q.counter, q.figures["n"]) for q in found] == [("micro", counter, 6)]
    assert len(found[0].tickets) == 6
    assert (
        questions(
            period_of(
                office.engine,
                BRANCH,
                NINE.date() - timedelta(days=2),
                NINE.date() - timedelta(days=1),
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("lines", "code"),
    [('mail = ["lanh-dao"]', "bad_mail"), ('mail = ["a@b.example\\nBcc: c@d.example"]', "control_character"),
     ('webhooks = ["nhan.example"]', "bad_address"), ('webhooks = ["https://a:b@nhan.example/"]', "bad_address"),
     ('quiet = ["breech"]', "unknown_choice"), ("dead_minutes = 0", "out_of_range"),
     (f"mail = {[f'a{n}@b.example' for n in range(11)]}".replace("'", '"'), "too_many")],
)  # fmt: skip
def test_mistakes_in_what_a_branch_says_of_alerts(lines: str, code: str) -> None:
    told = branchfile.dumps(catalogue()) + f"\n[alerts]\n{lines}\n"
    with pytest.raises(branchfile.BranchFileError) as refused:
        branchfile.loads(told, "thu.toml")
    assert refused.value.problems[0].code == code


def test_what_a_branch_says_of_alerts_is_read_written_and_compared() -> None:
    said = AlertSettings(
        dead_minutes=45,
        mail=("lanh-dao@motcua.example",),
        webhooks=("https://nhan.motcua.example/canh-bao",),
        quiet=("no_rating",),
    )
    made = dataclasses.replace(catalogue(), alerts=said)
    assert branchfile.loads(branchfile.dumps(made), "thu.toml").alerts == said
    told = branchfile.difference(catalogue(), made)
    assert "Cảnh báo, không báo: (trống) → “no_rating”" in told
    assert len(told) == 4


def test_how_forecasts_and_predictions_turned_out_is_read_from_the_rows(office: Office) -> None:
    """Told 2 to 10 minutes; called after 5, 1 and 11; one more needed no queue at all."""
    waits = {"a": 300, "b": 60, "c": 660, "d": 5, "e": None}
    tickets = {name: office.issue()["id"] for name in waits}
    levels = codec.to_json([60, 120, 180, 240, 300, 420, 540, 600, 700])
    t = tables.tickets
    with writing(office.engine) as connection:
        for name, wait_s in waits.items():
            called = NINE + timedelta(seconds=wait_s) if wait_s is not None else None
            told = levels if name != "d" else codec.to_json([0] * 9)
            change = t.update().where(t.c.id == tickets[name])
            connection.execute(change.values(levels=told, issued_at=NINE, first_called_at=called))
    later = NINE + timedelta(hours=1)
    with queries.reading(office.engine) as connection:
        known = alert_history.with_lately(History(is_rated=True), connection, BRANCH, later)
        assert known.foretold == (3, 1)
        assert known.is_rated
        long_ago = alert_history.with_lately(
            History(), connection, BRANCH, later + timedelta(days=15)
        )
    assert long_ago.foretold == (0, 0)

"""A log lived through again: what is priced, what is scored, and the same bytes every time."""

import argparse
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from server import cli, codec, database, forecast_admin, logbook
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain import hits
from server.domain.ids import QueueId, TicketId
from server.domain.outlook import Foretold
from server.domain.state import BranchState
from server.forecast import scores
from server.forecast.backtest import Backtest, Priced, Replayed, seed_of
from server.settings import Settings
from server.simulate.day import Day
from server.simulate.history import make_branch
from server.simulate.memory import MemoryLog
from tests.domain.office import NINE, A, Office

MONDAY = date(2026, 3, 2)
LEVELS = (60, 120, 180, 300, 600, 900, 1_080, 1_200, 1_500)


@pytest.fixture(scope="module")
def lived() -> Any:
    return three_days(4)


def three_days(seed: int) -> Any:
    """Three days of two counters, with a configuration at their beginning like any exported log."""
    configured, rng = make_branch(2), random.Random(seed)
    log = MemoryLog(configured, ticket_ids=lambda: TicketId(f"{rng.getrandbits(64):016x}"))
    begins = datetime.combine(MONDAY, time(6), configured.zone).astimezone(UTC)
    for event in (
        ev.CatalogueChanged(version=1, catalogue=codec.catalogue_document(configured)),
        ev.PolicyPublished(version=1, policy=codec.policy_document(configured.policy)),
    ):
        recorded = ev.Recorded(
            branch=configured.branch, seq=log.state.seq + 1, at=begins, actor="", cause="",
            event=event,
        )  # fmt: skip
        log.state.apply(recorded)
        log.events.append(recorded)
    for n in range(3):
        Day(log, MONDAY + timedelta(days=n), rng).run()
    return configured, log.events


def run(lived: Any, **how: Any) -> Replayed:
    configured, events = lived
    return Backtest(configured, replications=20, **how).run(events)


@pytest.fixture(scope="module")
def whole(lived: Any) -> Replayed:
    return run(lived)


def test_two_backtests_say_the_same(lived: Any, whole: Replayed) -> None:
    again = run(lived)
    assert codec.to_json(scores.document(again)) == codec.to_json(scores.document(whole))
    assert [p.foretold for p in again.priced] == [p.foretold for p in whole.priced]
    assert seed_of("x", 1) == seed_of("x", 1) != seed_of("x", 2)


def test_every_ticket_is_scored_or_said_why_not(lived: Any, whole: Replayed) -> None:
    issued = [r for r in lived[1] if isinstance(r.event, ev.TicketIssued)]
    assert len(whole.priced) + sum(whole.skipped.values()) == len(issued)
    assert len(whole.priced) > 60
    assert set(whole.skipped) <= {
        "called at once", "left before the call", "never called", "changed while waiting",
    }  # fmt: skip
    state = BranchState(lived[0].branch)
    for recorded in lived[1]:
        state.apply(recorded)
    for priced in whole.priced:
        row = state.tickets[priced.ticket]
        assert row.first_called_at is not None
        assert priced.waited_s == (row.first_called_at - row.issued_at).total_seconds() > 15


def test_the_forecast_beats_the_fallback_from_the_second_day_on(whole: Replayed) -> None:
    figures = scores.score([p for p in whole.priced if p.day > MONDAY])
    assert figures.mae_told_s is not None
    assert figures.mae_fallback_s is not None
    assert figures.mae_told_s < 0.9 * figures.mae_fallback_s
    assert figures.coverage90 is not None
    assert figures.coverage90 > 0.8
    assert figures.right is not None
    assert figures.right > 0.85


def test_over_several_offices_it_beats_both_simpler_rules() -> None:
    """The two days of one office are too few tickets to tell it from the naive rule."""
    replayed = (run(three_days(seed)) for seed in range(1, 7))
    figures = scores.score([p for one in replayed for p in one.priced if p.day > MONDAY])
    assert figures.compared > 300
    assert figures.mae_told_s is not None
    assert figures.mae_fallback_s is not None
    assert figures.mae_naive_s is not None
    assert figures.mae_told_s < 0.95 * figures.mae_fallback_s
    assert figures.mae_told_s < 0.9 * figures.mae_naive_s


def test_only_the_days_asked_for_are_scored(lived: Any, whole: Replayed) -> None:
    third = MONDAY + timedelta(days=2)
    some = run(lived, since=third, until=third, priced_since=third - timedelta(days=1))
    assert {p.day for p in some.priced} == {third}
    assert len(some.priced) == sum(p.day == third for p in whole.priced)


def test_a_log_with_holes_is_lived_through(lived: Any) -> None:
    configured, events = lived
    holed = [r for r in events if r.seq % 11 != 5 and r.seq < 700]
    last_day = holed[-1].at.astimezone(configured.zone).date()
    found = Backtest(configured, replications=5, since=last_day).run(holed)
    assert found.skipped["learner: events are missing"] > 10
    assert any(reason.startswith("event does not fit") for reason in found.skipped)


# What is told apart -----------------------------------------------------------------------
def test_a_call_that_was_undone_is_no_call() -> None:
    office = Office()
    counter = office.open(1)
    first, second = office.issue(1), office.issue(1.2)
    office.do(cmd.CallNext, 2, counter=counter)
    office.do(cmd.UndoLast, 2.1, counter=counter)
    office.do(cmd.CallNext, 10, counter=counter)
    office.do(cmd.StartService, 11, counter=counter)
    office.do(cmd.CompleteService, 12, counter=counter, outcome="xong")
    office.do(cmd.CancelTicket, 13, ticket=second)
    found = Backtest(office.log.catalogue, replications=5).run(office.log.events)
    assert [(p.ticket, p.waited_s) for p in found.priced] == [(first, 540.0)]
    assert found.skipped["left before the call"] == 1


# Figures ----------------------------------------------------------------------------------
def priced(waited_s: float, levels: tuple[int | None, ...] = LEVELS, **how: Any) -> Priced:
    made: dict[str, Any] = {
        "ticket": TicketId("t"), "queue": A, "is_priority": False, "at": NINE, "day": MONDAY,
        "hour": 9, "foretold": Foretold(levels_s=levels, raw_s=()), "low_s": 0, "high_s": 1_200,
        "naive_s": 1_200.0, "fallback_s": 300.0, "closes_s": 7_200.0, "waited_s": waited_s,
    }  # fmt: skip
    return Priced(**(made | how))


def test_the_figures_are_those_of_the_page() -> None:
    """A backtest counts nothing itself: its tickets, as the page has them, and of few as well."""
    some = [
        priced(600),
        priced(1_260),  # above 90 %, inside 90 % interval, a minute later than told
        priced(1_860, low_s=300),  # above all
        priced(30, low_s=300, naive_s=None),
        priced(900, (*LEVELS[:4], None, None, None, None, None)),  # no minutes would be told
        priced(900, low_s=None, high_s=None),
    ]
    figures = scores.score(some)
    assert figures == hits.score([one.told for one in some], least=1)
    assert (figures.n, figures.unsaid, figures.simulated) == (4, 2, 4)
    assert figures.mae_s == pytest.approx(60 * (0 + 11 + 21 + 9.5) / 4)
    assert (figures.coverage80, figures.coverage90, figures.above90) == (0.25, 0.5, 0.5)
    assert (figures.right, figures.early, figures.late) == (0.25, 0.25, 0.5)
    assert figures.very_late == 0.25
    assert figures.compared == figures.compared_simulated == 3
    assert figures.mae_naive_s == pytest.approx(60 * (10 + 1 + 11) / 3)
    assert figures.mae_fallback_s == pytest.approx(60 * (5 + 16 + 26) / 3)
    assert figures.mae_told_s == pytest.approx(60 * (0 + 11 + 21) / 3)
    assert figures.width80_s == 1_080.0


def test_nothing_to_score_is_said_as_nothing() -> None:
    empty = Replayed()
    assert scores.score([]).mae_s is None
    assert "none" in scores.text(empty)
    assert scores.document(empty)["scores"]["all"][""]["n"] == 0


def test_figures_are_given_by_queue_class_hour_and_day() -> None:
    found = Replayed(priced=[priced(60), priced(60, queue=QueueId("B"), is_priority=True, hour=14)])
    by = scores.scores(found)
    assert {name: sorted(groups) for name, groups in by.items()} == {
        "all": [""], "queue": ["A", "B"], "class": ["normal", "priority"], "hour": ["09", "14"],
        "day": ["2026-03-02"],
    }  # fmt: skip


# The shell --------------------------------------------------------------------------------
def exported(lived: Any) -> str:
    configured, events = lived
    out = io.StringIO()
    heading = {
        "format": logbook.FORMAT, "version": 1, "branch": configured.branch, "events": len(events)
    }  # fmt: skip
    out.write(codec.to_json(heading) + "\n")
    out.writelines(codec.to_json(logbook.line_of(r)) + "\n" for r in events)
    return out.getvalue()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = database.connect(database_url)
    database.migrate(made)
    yield made
    made.dispose()


def shell(settings: Settings, *words: str) -> int:
    arguments = cli.parser().parse_args(["forecast", "backtest", *words])
    code: int = arguments.verb_function(arguments, settings)
    return code


def test_the_shell_reads_a_file_and_a_branch_alike(
    lived: Any, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(exported(lived), "utf-8")
    with file.open(encoding="utf-8") as lines:
        logbook.import_(engine, lines)
    address = engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database_url=address, redis_url="redis://127.0.0.1:1")
    asked = ("--from", "2026-03-04", "--warm-up", "0", "--replications", "5")
    assert shell(settings, "--log", str(file), "--json", *asked) == 0
    by_file = json.loads(capsys.readouterr().out)
    assert by_file["events"] == len(lived[1])
    assert list(by_file["scores"]["day"]) == ["2026-03-04"]
    assert shell(settings, "--branch", lived[0].branch, "--json", *asked) == 0
    assert json.loads(capsys.readouterr().out) == by_file
    assert shell(settings, "--log", str(file), *asked) == 0
    table = capsys.readouterr()
    assert "MAE" in table.out
    assert "called at once" in table.out
    assert "2026-03-04: 50" in table.err or by_file["scores"]["all"][""]["n"] < 50


def test_the_shell_says_what_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path, database_url="sqlite://", redis_url="redis://127.0.0.1:1")
    file = tmp_path / "log.jsonl"
    assert shell(settings, "--log", str(file)) == 2
    file.write_text("not a log\n", "utf-8")
    assert shell(settings, "--log", str(file)) == 2
    assert "line 1" in capsys.readouterr().err
    heading = {"format": logbook.FORMAT, "version": 1, "branch": "x", "events": 0}
    file.write_text(codec.to_json(heading) + "\n", "utf-8")
    assert shell(settings, "--log", str(file)) == 2
    assert "CatalogueChanged" in capsys.readouterr().err
    assert shell(settings, "--demo", "--replications", "0") == 2


def test_the_demos_days_are_working_days_and_always_the_same() -> None:
    configured = make_branch(1)  # closed on Saturday and Sunday
    arguments = argparse.Namespace(warm_up=1, days=2)
    days = forecast_admin._demo_days(configured, arguments)
    assert [day.day for day in days] == [4, 5, 6, 9, 10, 11]
    first = forecast_admin.made_up(configured, days[:1], seed=1)
    assert first == forecast_admin.made_up(configured, days[:1], seed=1)
    assert first != forecast_admin.made_up(configured, days[:1], seed=2)

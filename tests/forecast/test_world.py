"""The made-up centres: the same by their seed, with every behaviour in them, and with real logs."""

from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import mean, median

import pytest

from server import cli, database, logbook, queries, reports
from server.domain import events as ev
from server.domain.catalogue import Catalogue, Mode
from server.domain.ids import BranchId, TicketId
from server.simulate import centre, people, world
from server.simulate.behaviour import BOOKED, PRIORITY, SCENARIOS, Behaviour, Scenario
from server.simulate.centre import Centre
from tests import recount

MONDAY = date(2026, 1, 5)
SESSIONS: recount.Sessions = (
    (time(7), time(7, 30), time(11, 30)),
    (time(13), time(13, 30), time(17)),
)
DAYS = 3


def lived(scenario: Scenario, seed: int = 7, days: int = DAYS) -> list[ev.Recorded]:
    made = centre.make(scenario, seed)
    return [recorded for _, events in world.live(made, MONDAY, days) for recorded in events]


@pytest.fixture(scope="module")
def twelve() -> list[ev.Recorded]:
    return lived(SCENARIOS["base"])


@pytest.fixture(scope="module")
def made() -> Centre:
    return centre.make(SCENARIOS["base"], 7)


# Determinism --------------------------------------------------------------------------------
def test_the_same_seed_writes_the_same_log_and_another_one_another(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> bytes:
        arguments = ["--counters", "3", "--days", "1", "--seed", str(seed), "--first", "2026-01-05"]
        file = tmp_path / name
        assert cli.main(["simulate", "--data", str(tmp_path), *arguments, "--out", str(file)]) == 0
        return file.read_bytes()

    first = written("a", 7)
    assert first == written("b", 7)
    assert first != written("c", 8)


def test_another_policy_or_another_counter_meets_the_same_people(made: Centre) -> None:
    other = centre.make(SCENARIOS["boost"], 7)
    assert people.people(made, 4) == people.people(other, 4)
    less = replace(made, catalogue=replace(made.catalogue, counters=made.catalogue.counters[:-1]))
    assert people.people(less, 4) == people.people(made, 4)
    assert people.shift(less, 4, 2) == people.shift(made, 4, 2)


@pytest.mark.parametrize("counters", [1, 3, 12, 30])
def test_a_centre_of_any_size_has_officers_for_everything(counters: int) -> None:
    catalogue = centre.make(replace(Scenario(), counters=counters), 1).catalogue
    assert len(catalogue.counters) == counters
    served = {q for c in catalogue.counters for q in c.queues}
    assert served == {q.id for q in catalogue.queues}
    assert catalogue.is_demo
    if counters >= 8:
        means = [s.mean_minutes for s in catalogue.services]
        assert (len(means), min(means), max(means)) == (8, 3.5, 22.0)
        # Overlapping: every queue has counters with different others beside it.
        for queue in catalogue.queues:
            assert len({c.queues for c in catalogue.counters if queue.id in c.queues}) > 1


# Behaviour ----------------------------------------------------------------------------------
def drawn(made: Centre, days: int = 12) -> Iterator[people.Person]:
    for number in range(days):
        yield from people.people(made, number)


def test_people_are_as_the_parameters_say(made: Centre) -> None:
    everybody = list(drawn(made))
    n = len(everybody)
    classes = Tally(p.priority for p in everybody)
    assert classes[PRIORITY] / n == pytest.approx(0.11, abs=0.015)
    assert classes[BOOKED] / n == pytest.approx(0.04, abs=0.01)
    assert mean(p.transfer is not None for p in everybody) == pytest.approx(0.04, abs=0.01)
    assert median(p.patience_s for p in everybody) / 60 == pytest.approx(117, rel=0.06)
    assert mean(p.never_comes for p in everybody) == pytest.approx(0.05, abs=0.012)
    quick = mean(p.needs_s < 60 * 2.5 for p in everybody if made.minutes[p.service] > 9)
    assert quick == pytest.approx(0.13, abs=0.03)
    for n_th, minutes in enumerate(made.minutes):
        needs = [p.needs_s / 60 for p in everybody if p.service == n_th]
        assert mean(needs) == pytest.approx(minutes, rel=0.12)


def test_counters_days_and_the_centres_days_vary(made: Centre) -> None:
    shifts = [people.shift(made, day, n) for day in range(60) for n in range(12)]
    assert mean(s.is_absent for s in shifts) == pytest.approx(0.05, abs=0.02)
    assert mean(x for s in shifts for x in s.late_s) / 60 == pytest.approx(4, rel=0.12)
    pauses = [p for s in shifts for p in s.pauses]
    assert len(pauses) / len(shifts) == pytest.approx(2, rel=0.1)
    assert mean(seconds for _, seconds, _ in pauses) / 60 == pytest.approx(6, rel=0.1)
    assert mean(is_entered for *_, is_entered in pauses) == pytest.approx(0.6, abs=0.05)
    speeds = centre.make(replace(Scenario(), counters=30), 3).speed
    assert 0.6 < min(speeds) < 0.9
    assert 1.1 < max(speeds) < 1.6
    volumes = [sum(people.volume(made, day)) for day in range(40)]
    assert max(volumes) > 1.15 * min(volumes)
    slow = [people.slow_of(made, day) for day in range(200)]
    assert mean(s.factor > 1 for s in slow) == pytest.approx(0.12, abs=0.06)


def test_one_service_drifts_from_its_day_on() -> None:
    drifting = centre.make(SCENARIOS["drift"], 7)
    assert [people.drifted(drifting, 2, day) for day in (14, 15, 30)] == [1.0, 1.6, 1.6]
    assert people.drifted(drifting, 1, 30) == 1.0
    plain = people.people(replace(drifting, behaviour=Behaviour(load=0.8)), 20)
    for before, after in zip(plain, people.people(drifting, 20), strict=True):
        is_body = before.service == 2 and before.needs_s > 60 * 2.5
        assert after.needs_s == pytest.approx(before.needs_s * (1.6 if is_body else 1.0))


def test_what_people_do_is_in_the_log(twelve: list[ev.Recorded]) -> None:
    kinds = Tally(type(r.event) for r in twelve)
    issued = kinds[ev.TicketIssued]
    assert 1_200 < issued < 1_800
    ended = kinds[ev.NoShowRecorded] + kinds[ev.ServiceCompleted]
    assert 0.08 < kinds[ev.NoShowRecorded] / ended < 0.2  # those who never come, and the impatient
    assert 0.02 < kinds[ev.TicketTransferred] / issued < 0.06
    assert kinds[ev.CounterPaused] > 40
    assert kinds[ev.RatingGiven] > 200
    first = min(r.at for r in twelve if isinstance(r.event, ev.CounterOpened))
    earlier = [r for r in twelve if isinstance(r.event, ev.TicketIssued) and r.at < first]
    assert len(earlier) > 10  # the kiosk opens before the counters


def test_an_impatient_person_is_found_out_only_when_called(twelve: list[ev.Recorded]) -> None:
    issued: dict[TicketId, datetime] = {}
    waits: dict[bool, list[float]] = {True: [], False: []}
    called: dict[TicketId, datetime] = {}
    for r in twelve:
        if isinstance(r.event, ev.TicketIssued):
            issued[r.event.ticket] = r.at
        elif isinstance(r.event, ev.TicketCalled) and r.ticket:
            called.setdefault(r.ticket, r.at)
        elif isinstance(r.event, ev.NoShowRecorded | ev.ServiceStarted) and r.ticket:
            waited = (called[r.ticket] - issued[r.ticket]).total_seconds() / 60
            waits[isinstance(r.event, ev.NoShowRecorded)].append(waited)
    assert mean(waits[True]) > 1.2 * mean(waits[False])
    assert not any(
        isinstance(r.event, ev.TicketCancelled) and r.event.code == "citizen" for r in twelve
    )


# Dispatch (A11) -----------------------------------------------------------------------------
def faults(events: list[ev.Recorded], catalogue: Catalogue) -> Tally[str]:
    """What must never be, by an own reading of the log."""
    able = {c.id: set(c.queues) for c in catalogue.counters}
    waiting: dict[TicketId, tuple[datetime, str, int, str | None]] = {}
    known: dict[TicketId, tuple[datetime, str, int, str | None]] = {}
    found: Tally[str] = Tally()
    numbers: set[tuple[date, str]] = set()
    for r in events:
        event = r.event
        if isinstance(event, ev.TicketIssued):
            key = (event.business_date, event.number)
            found["number twice"] += key in numbers
            numbers.add(key)
            known[event.ticket] = (r.at, event.queue, event.serial, event.priority)
            waiting[event.ticket] = known[event.ticket]
        elif isinstance(event, ev.TicketTransferred) and r.ticket:
            at, _, serial, priority = known[r.ticket]
            waiting[r.ticket] = (at, event.queue, serial, priority)
        elif isinstance(event, ev.TicketCancelled) and r.ticket:
            del waiting[r.ticket]
        elif isinstance(event, ev.TicketCalled) and r.ticket:
            mine = waiting.pop(r.ticket, None)
            if mine is None:
                found["called twice"] += 1
                continue
            found["calls"] += 1
            found["without the skill"] += mine[1] not in able[event.counter]
            if mine[3] is None:
                before = [
                    w for w in waiting.values()
                    if w[3] is None and w[1] in able[event.counter] and w[0] < mine[0]
                ]  # fmt: skip
                found["overtaken in class"] += bool(before)
    return found


@pytest.mark.parametrize("mode", list(Mode))
def test_nobody_is_called_wrongly(mode: Mode) -> None:
    scenario = replace(Scenario(), mode=mode)
    found = faults(lived(scenario, seed=11, days=2), centre.make(scenario, 11).catalogue)
    assert found["calls"] > 700
    del found["calls"]
    assert not +found


def test_the_reading_would_find_a_fault(twelve: list[ev.Recorded], made: Centre) -> None:
    calls = [n for n, r in enumerate(twelve) if isinstance(r.event, ev.TicketCalled)]
    mixed = list(twelve)
    # Two calls of one rush hour change places: somebody is called out of turn.
    for a, b in zip(calls[100:200:2], calls[101:200:2], strict=True):
        ticket_a, ticket_b = mixed[a].ticket, mixed[b].ticket
        mixed[a], mixed[b] = replace(mixed[a], ticket=ticket_b), replace(mixed[b], ticket=ticket_a)
    found = faults(mixed, made.catalogue)
    assert found["without the skill"]
    assert found["overtaken in class"]
    assert faults([*twelve, twelve[calls[5]]], made.catalogue)["called twice"] == 1


# The log ------------------------------------------------------------------------------------
def test_the_file_is_imported_and_the_figures_agree(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "log.jsonl"
    made = centre.make(replace(SCENARIOS["small"], mode=Mode.INTERLEAVE), 5)
    count = world.write_file(made, MONDAY, 2, file, lambda *_: None)
    text = file.read_text("utf-8")
    assert len(text.splitlines()) == count + 1
    with database.opened(database_url) as engine:
        assert logbook.import_(engine, text.splitlines()) == count
        branch = made.catalogue.branch
        assert logbook.verify(engine, branch) == []
        night = datetime(2026, 1, 6, 16, tzinfo=UTC)
        days = (MONDAY, MONDAY + timedelta(days=1))
        for by in ("none", "queue", "counter", "hour"):
            question = reports.Question(branches=(branch,), start=days[0], end=days[1], by=by)
            mine = reports.answer(engine, question, night)
            total, groups = recount.report(text, by, *days, night, SESSIONS)
            assert mine["total"] == total
            assert total["issued"] > 150
            if by != "none":
                keyed = {g["key"]: {**g, "key": None} for g in mine["groups"]}
                assert keyed == {k: {**g, "key": None} for k, g in groups.items()}


def test_a_branch_of_the_database_is_made_once_and_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["simulate", "--data", str(tmp_path), "--scenario", "single", "--days", "1"]
    assert cli.main([*arguments, "--branch", "thu"]) == 0
    engine = database.connect(f"sqlite:///{tmp_path / 'motcua.db'}")
    try:
        _, catalogue = queries.load_state(engine, BranchId("thu"), MONDAY)
        assert catalogue.is_demo
        assert logbook.verify(engine, BranchId("thu")) == []
    finally:
        engine.dispose()
    assert cli.main([*arguments, "--branch", "thu"]) == 2
    assert "history_refused" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main([*arguments, "--counters", "31"])

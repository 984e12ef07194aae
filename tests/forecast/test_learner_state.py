"""A learner takes no harm from a bad log, and is the same when it is read back."""

import dataclasses
import logging
import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import codec
from server.branchfile import load
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.errors import Refused
from server.domain.ids import CounterId, ServiceId, TicketId
from server.forecast import learner_store, tables
from server.forecast.learner import Learner
from server.simulate.day import Day
from server.simulate.memory import MemoryLog
from tests.domain.office import NINE, A, Office, catalogue
from tests.domain.test_histories import _run, steps
from tests.forecast.taught import (
    DEMO,
    ONE,
    S_A,
    S_B,
    note,
    reasons,
    serve,
    taught,
)


# Bad input --------------------------------------------------------------------------------
def test_absurd_times_teach_nothing_and_are_said(caplog: pytest.LogCaptureFixture) -> None:
    office = Office()
    office.open(1)
    for _ in range(3):
        office.issue(0)
    serve(office, ONE, 1, 45, 46)  # a walk of 44 minutes
    serve(office, ONE, 46.5, 47, 47 + 11 * 60)  # eleven hours
    office.do(cmd.CallNext, 710, counter=ONE)
    office.do(cmd.StartService, counter=ONE)
    office.do(cmd.CompleteService, counter=ONE, outcome="xong")  # none at all
    with caplog.at_level(logging.INFO, "server.forecast.learner"):
        learner = taught(office)
    assert reasons(learner) == {"walk: too long": 1, "service: too long": 1, "service: negative": 1}
    assert "service: too long" in caplog.text
    assert list(learner.durations.of(S_A).values) == [60.0]


def test_a_clock_that_jumps_and_events_that_are_missing() -> None:
    office = Office()
    office.open(1)
    for _ in range(6):
        office.issue(0)
    for n in range(6):
        serve(office, ONE, n * 10 + 1, n * 10 + 2, n * 10 + 9)
    whole = office.log.events
    jumped = [
        dataclasses.replace(r, at=r.at - timedelta(hours=3)) if 12 < r.seq < 18 else r
        for r in whole
        if r.seq not in {4, 20, 21}
    ]
    learner = Learner(catalogue())
    for recorded in jumped:
        learner.apply(recorded)
    learner.apply(note(NINE + timedelta(days=2), 10_000))
    assert learner.skipped["events are missing"] >= 2
    assert any("negative" in reason or "before" in reason for reason in learner.skipped)
    assert all(0 < v < 3_600 for v in learner.durations.of(S_A).values)
    learner.times(NINE)


def test_services_and_queues_come_and_go() -> None:
    office = Office()
    office.open(1)
    office.issue(0)
    serve(office, ONE, 1, 2, 9)
    learner = taught(office)
    both = catalogue()
    only_b = dataclasses.replace(both, services=both.services[1:], queues=both.queues[1:])

    def changed(to: Catalogue) -> ev.Recorded:
        document = codec.catalogue_document(to)
        event = ev.CatalogueChanged(version=2, catalogue=document)
        at = NINE + timedelta(hours=2)
        return dataclasses.replace(note(at, learner.seq + 1), event=event)

    learner.apply(changed(only_b))
    assert set(learner.times(NINE).service) == {S_B}
    issued = ev.TicketIssued(
        ticket=TicketId("x"), number="A9", serial=9, queue=A, service=S_A,
        business_date=date(2026, 11, 24),
    )  # fmt: skip
    at = NINE + timedelta(hours=3)
    learner.apply(dataclasses.replace(note(at, learner.seq + 1), event=issued, ticket="x"))
    assert learner.skipped["issued: queue not configured"] == 1
    learner.apply(changed(both))
    assert len(learner.durations.of(S_A)) == 0, "what was gone begins anew"
    event = ev.CatalogueChanged(version=3, catalogue={"branch": 7})
    learner.apply(dataclasses.replace(note(at, learner.seq + 1), event=event))
    assert learner.skipped["configuration: cannot be used"] == 1
    assert learner.catalogue.services == both.services


# State ------------------------------------------------------------------------------------
@given(steps)
def test_any_history_is_learned_and_read_back(drawn: list[tuple[str, int, int, float]]) -> None:
    office = Office()
    office.open(1)
    office.open(2)
    for step, desk, pick, minutes in drawn:
        office.minute += minutes
        try:
            _run(office, step, CounterId(f"thu-{desk + 1}"), pick)
        except Refused:
            continue
    events = office.log.events
    lived = Learner(catalogue())
    resumed = Learner(catalogue())
    for recorded in events:
        lived.apply(recorded)
        if recorded.seq % 7 == 0:
            resumed = learner_store.loads(learner_store.dumps(resumed), catalogue())
        resumed.apply(recorded)
        resumed.apply(recorded)  # what came twice counts once
    assert learner_store.dumps(resumed) == learner_store.dumps(lived)
    assert "undone: the step is not known" not in lived.skipped
    assert not [r for r in lived.skipped if "unknown ticket" in r]
    times = lived.times(NINE + timedelta(minutes=office.minute))
    assert resumed.times(NINE + timedelta(minutes=office.minute)) == times
    for table in (*times.service.values(), times.walk, times.gap, times.no_show, times.pause):
        assert len(table) == 65
        assert list(table) == sorted(table)
        assert table[0] > 0


@given(st.data())
def test_a_log_with_holes_and_jumps_never_stops_the_learner(data: st.DataObject) -> None:
    office = Office()
    office.open(1)
    for n in range(4):
        office.issue(n)
    for n in range(4):
        serve(office, ONE, 5 + n * 6, 6 + n * 6, 10 + n * 6)
    learner = Learner(catalogue())
    for recorded in office.log.events:
        if data.draw(st.booleans()):
            shift = timedelta(minutes=data.draw(st.integers(-100_000, 100_000)))
            learner.apply(dataclasses.replace(recorded, at=recorded.at + shift))
    learner.apply(note(NINE, 10_000))
    assert learner_store.loads(learner_store.dumps(learner), catalogue()).seq == 10_000
    learner.times(NINE)


@pytest.fixture(scope="module")
def demo_day() -> Any:
    configured = load(DEMO)
    rng = random.Random(5)
    log = MemoryLog(configured, ticket_ids=lambda: TicketId(f"{rng.getrandbits(64):x}"))
    for n in range(2):
        Day(log, date(2026, 3, 2) + timedelta(days=n), rng).run()
    return configured, log.events


def test_a_rebuilt_state_is_the_one_that_lived_through_it(demo_day: Any) -> None:
    configured, events = demo_day
    lived = Learner(configured)
    for recorded in events:
        lived.apply(recorded)
        if recorded.seq == len(events) // 2:
            lived = learner_store.loads(learner_store.dumps(lived), configured)
    rebuilt = Learner(configured)
    for recorded in events:
        rebuilt.apply(recorded)
    state = learner_store.dumps(rebuilt)
    assert learner_store.dumps(lived) == state
    assert lived.times(events[-1].at) == rebuilt.times(events[-1].at)
    assert len(state) < 40_000
    assert not rebuilt.skipped
    assert len(rebuilt.durations.officers) >= 10
    known = rebuilt.durations.of(ServiceId("chung-thuc"))
    assert len(known) > 200
    # The made-up day's service times are as configured, so is what is learned of them.
    assert tables.mean_of(known.table()) == pytest.approx(300, rel=0.2)


@pytest.mark.parametrize("state", [b"", b"x", learner_store.zlib.compress(b"{}")])
def test_a_state_of_another_make_is_refused(state: bytes) -> None:
    with pytest.raises(learner_store.OtherVersion):
        learner_store.loads(state, catalogue())

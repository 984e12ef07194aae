"""What the log teaches a forecast: each formula by hand, and any history without harm."""

import dataclasses
import logging
import math
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import codec
from server.branchfile import load
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Catalogue, Hours, Window
from server.domain.errors import Refused
from server.domain.ids import CounterId, ServiceId, TicketId
from server.forecast import learner_store, tables
from server.forecast.arrivals import NORMAL, PRIORITY, TRANSFER, Arrivals
from server.forecast.durations import Durations, Officer, Share
from server.forecast.learner import Learner
from server.simulate.day import Day
from server.simulate.memory import MemoryLog
from tests.domain.office import NINE, A, B, Office, catalogue
from tests.domain.test_histories import _run, steps

S_A, S_B = ServiceId("s-a"), ServiceId("s-b")
ONE = CounterId("thu-1")
DEMO = Path(__file__).parents[2] / "deploy" / "branches" / "long-bien.toml"


def taught(office: Office) -> Learner:
    """What the office's log teaches, once nothing of it can be undone any more."""
    learner = Learner(office.log.catalogue)
    for recorded in office.log.events:
        learner.apply(recorded)
    later = NINE + timedelta(minutes=office.minute + 30)
    learner.apply(note(later, learner.seq + 1))
    return learner


def reasons(learner: Learner) -> dict[str, int]:
    """What taught nothing. The small office is open from midnight on: its counters open late."""
    return {k: n for k, n in learner.skipped.items() if k != "late: as good as absent"}


def note(at: datetime, seq: int) -> ev.Recorded:
    """An event that changes nothing."""
    return ev.Recorded(
        branch=catalogue().branch, seq=seq, at=at, actor="", cause="",
        event=ev.NoticeWithdrawn(notice=0),
    )  # fmt: skip


def serve(office: Office, counter: CounterId, called: float, started: float, ended: float) -> None:
    office.do(cmd.CallNext, called, counter=counter)
    office.do(cmd.StartService, started, counter=counter)
    office.do(cmd.CompleteService, ended, counter=counter, outcome="xong")


def values(learner: Learner, kind: str) -> list[float]:
    return list(learner.durations.simple(kind).values)


# Tables -----------------------------------------------------------------------------------
def test_the_prior_is_the_lognormal_of_the_configured_minutes() -> None:
    table = tables.lognormal(600.0, 0.8)
    assert len(table) == 65
    # The middle point of 65 is the median, mean / sqrt(1 + cv²).
    assert table[32] == pytest.approx(600 / math.sqrt(1.64))
    assert tables.mean_of(table) == pytest.approx(600, rel=0.02)


def test_a_table_is_shrunk_quantile_by_quantile() -> None:
    sample = tables.Sample(600.0, 0.8)
    assert sample.table() == tables.lognormal(600.0, 0.8)
    for _ in range(12):
        sample.add(300.0)
    # n = 12: half the weight, so the geometric mean of 300 and the prior's own quantile.
    prior = tables.lognormal(600.0, 0.8)
    assert sample.weight == 0.5
    assert sample.table()[32] == pytest.approx(math.sqrt(300 * prior[32]))
    assert sample.table()[0] == pytest.approx(math.sqrt(300 * prior[0]))


def test_quantiles_stand_in_the_middle_of_their_share() -> None:
    assert tables.at([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert tables.at([1.0, 2.0, 3.0, 4.0], 0.125) == 1.0
    assert tables.at([1.0, 2.0, 3.0, 4.0], 0.0) == 1.0
    assert tables.at([1.0, 2.0, 3.0, 4.0], 0.99) == 4.0


def test_only_the_last_400_count() -> None:
    sample = tables.Sample(600.0, 0.8)
    for n in range(500):
        sample.add(float(n + 1))
    assert len(sample) == 400
    assert sample.values[0] == 101.0


# Durations --------------------------------------------------------------------------------
def test_officers_are_compared_only_where_a_service_is_known() -> None:
    d = Durations(catalogue())
    for _ in range(29):
        d.served(S_A, "Lan", 600.0, 0.0)
    assert d.officers == {}
    d.served(S_A, "Lan", 600.0, 0.0)
    assert d.officers == {}, "thirty were not known before the thirtieth"
    before = d.of(S_A).middle_s
    d.served(S_A, "Lan", 1_200.0, 0.0)
    assert d.officers["Lan"] == Officer(pytest.approx(math.log(1_200 / before)), 1.0)


def test_speed_is_shrunk_decayed_and_centred() -> None:
    d = Durations(catalogue())
    d.officers = {"slow": Officer(10.0, 25.0), "fast": Officer(-5.0, 25.0)}
    # Shrunk logs are 10/50 and -5/50, their mean 0.05.
    assert d.speed("slow") == pytest.approx(math.exp(0.15))
    assert d.speed("fast") == pytest.approx(math.exp(-0.15))
    assert d.speed("new") == 1.0
    for _ in range(31):
        d.of(S_A).add(600.0)
    middle = d.of(S_A).middle_s
    d.served(S_A, "slow", middle, 0.0)
    assert d.officers["slow"] == Officer(pytest.approx(10 * 0.995), pytest.approx(25 * 0.995 + 1))
    # What is kept is free of the officer's speed.
    assert d.of(S_A).values[-1] == pytest.approx(middle / math.exp(0.15), abs=0.1)


def test_slow_today_is_the_shrunken_mean_of_the_last_hour() -> None:
    d = Durations(catalogue())
    middle = d.of(S_B).middle_s
    assert d.slow(0.0) == 1.0
    d.recent.extend([(0.0, 9.0), (3_000.0, 0.5), (3_500.0, 0.5)])
    # The first is more than an hour old: (0.5 + 0.5)/(2 + 121).
    assert d.slow(3_700.0) == pytest.approx(math.exp(1 / 123))
    for n in range(400):
        d.served(S_B, "", middle, 3_800.0 + n / 10)
    assert len(d.recent) == 300
    d.recent.extend([(4_000.0, 2.0)] * 300)
    assert d.slow(4_100.0) == 1.6, "clipped"
    d.recent.extend([(5_000.0, -2.0)] * 300)
    assert d.slow(5_000.0) == 0.75


def test_a_dozen_services_that_ended_early_do_not_make_a_fast_day() -> None:
    """Just after an opening only short ones can have ended."""
    d = Durations(catalogue())
    d.recent.extend([(100.0, -0.6)] * 12)
    assert 0.94 < d.slow(600.0) < 1.0
    assert d.slow_sd(600.0) < d.slow_sd(9_000.0) == pytest.approx(0.07)
    d.recent.extend([(700.0, 0.37)] * 150)
    assert d.slow(900.0) > 1.15, "a slow hour of a large branch is seen"


def test_who_does_not_come_by_service_and_wait() -> None:
    d = Durations(catalogue())
    assert d.no_show_shares(S_A) == (pytest.approx(0.06),) * 4
    d.absences = {(S_A, 0): Share(6.0, 30.0), (S_B, 0): Share(0.0, 30.0)}
    # Of all in the bin: (6 + 0.06*30)/(60 + 30); the service is shrunk to that with thirty.
    every = (6 + 1.8) / 90
    assert d.no_show_shares(S_A)[0] == pytest.approx((6 + every * 30) / 60)
    assert d.no_show_shares(S_B)[0] == pytest.approx(every * 30 / 60)
    d.answered(S_A, 20 * 60 + 1, is_no_show=True)
    assert d.absences[S_A, 1] == Share(1.0, 1.0)
    d.answered(S_A, 45 * 60 + 1, is_no_show=True)
    d.answered(S_A, 91 * 60, is_no_show=False)
    assert (S_A, 2) in d.absences
    assert d.absences[S_A, 3] == Share(0.0, 1.0)


def test_lateness_begins_at_four_minutes() -> None:
    d = Durations(catalogue())
    assert d.late_mean_s == 240.0
    d.late(840.0)
    assert d.late_mean_s == pytest.approx((840 + 12 * 240) / 13)


# Events -----------------------------------------------------------------------------------
def test_times_are_measured_between_the_events() -> None:
    office = Office()
    office.open(1)
    office.issue(0)
    office.issue(1)
    serve(office, ONE, 1, 1.5, 9)
    serve(office, ONE, 9.25, 10, 12)
    learner = taught(office)
    assert values(learner, "walk") == [30.0, 45.0]
    assert values(learner, "gap") == [15.0], "the second waited when the first left"
    assert list(learner.durations.of(S_A).values) == [450.0, 120.0]
    assert learner.durations.absences[S_A, 0].n == pytest.approx(1.999)
    assert learner.seq == len(office.log.events) + 1
    assert not reasons(learner)


def test_a_gap_is_measured_only_when_work_was_waiting() -> None:
    office = Office()
    office.open(1)
    office.issue(0)
    serve(office, ONE, 0, 0.5, 5)
    office.issue(8)
    serve(office, ONE, 9, 9.5, 12)
    assert values(taught(office), "gap") == []


def test_no_shows_pauses_and_transfers() -> None:
    office = Office()
    office.open(1)
    for _ in range(3):
        office.issue(0)
    office.do(cmd.CallNext, 1, counter=ONE)
    office.do(cmd.RecordNoShow, 3, counter=ONE)
    office.do(cmd.PauseCounter, 4, counter=ONE, reason="x")
    office.do(cmd.ResumeCounter, 14, counter=ONE)
    office.do(cmd.CallNext, 14, counter=ONE)
    office.do(cmd.StartService, 15, counter=ONE)
    office.do(cmd.TransferTicket, 17, counter=ONE, to_queue=B, reason="x")
    learner = taught(office)
    assert values(learner, "no_show") == [120.0]
    assert values(learner, "pause") == [600.0]
    assert values(learner, "gap") == [], "a pause was announced"
    assert learner.durations.rests == Share(1.0, 1.0)
    assert learner.durations.absences[S_A, 0] == Share(pytest.approx(0.999), pytest.approx(1.999))
    assert learner.durations.transfers == Share(1.0, 1.0)
    assert sum(n for (s, _), n in learner.arrivals.today.items() if s == (B, TRANSFER)) == 1
    assert sum(n for (s, _), n in learner.arrivals.today.items() if s == (A, NORMAL)) == 3


def test_what_was_undone_or_withdrawn_teaches_nothing() -> None:
    office = Office()
    office.open(1)
    office.issue(0)
    office.do(cmd.CallNext, 1, counter=ONE)
    office.do(cmd.UndoLast, 1.1, counter=ONE)
    office.do(cmd.CallNext, 2, counter=ONE)
    office.do(cmd.StartService, 3, counter=ONE)
    office.do(cmd.CompleteService, 5, counter=ONE, outcome="xong")
    office.do(cmd.UndoLast, 5.1, counter=ONE)
    office.do(cmd.CompleteService, 11, counter=ONE, outcome="xong")
    types = [r.type for r in office.log.events]
    assert "StepUndone" in types or "CallWithdrawn" in types
    learner = taught(office)
    assert list(learner.durations.of(S_A).values) == [480.0]
    assert values(learner, "walk") == [60.0]
    assert learner.durations.absences[S_A, 0].n == 1.0
    assert not reasons(learner)


def test_a_lesson_waits_until_it_cannot_be_undone() -> None:
    office = Office()
    office.open(1)
    office.issue(0)
    serve(office, ONE, 1, 1.5, 9)
    learner = Learner(office.log.catalogue)
    for recorded in office.log.events:
        learner.apply(recorded)
    assert len(learner.durations.of(S_A)) == 0
    learner.apply(note(NINE + timedelta(minutes=9, seconds=14), learner.seq + 1))
    assert len(learner.durations.of(S_A)) == 0
    learner.apply(note(NINE + timedelta(minutes=9, seconds=16), learner.seq + 1))
    assert len(learner.durations.of(S_A)) == 1


def two_sessions() -> Catalogue:
    day = (
        Window(opens=time(8), closes=time(11, 30), doors=time(7, 30), last_ticket=time(11)),
        Window(opens=time(13, 30), closes=time(17), doors=time(13), last_ticket=time(16, 30)),
    )
    return dataclasses.replace(catalogue(), hours=Hours(weekly=(day,) * 7))


def test_late_starts_are_measured_against_the_windows() -> None:
    """The office's minute 0 is nine o'clock, its windows begin at 8:00 and 13:30."""
    office = Office(two_sessions())
    office.minute = -65.0
    office.do(cmd.OpenCounter, -65, counter=ONE, officer="Lan")  # 7:55
    office.do(cmd.OpenCounter, -50, counter=CounterId("thu-2"), officer="Mai")  # 8:10
    office.do(cmd.PauseCounter, 10, counter=ONE, reason="x")
    office.do(cmd.ResumeCounter, 20, counter=ONE)  # a pause, and no late start
    office.do(cmd.PauseCounter, 150, counter=ONE, reason="Nghỉ trưa")  # 11:30
    office.do(cmd.ResumeCounter, 275, counter=ONE)  # 13:35
    learner = taught(office)
    assert list(learner.durations.lates) == [0.0, 600.0, 300.0]
    assert values(learner, "pause") == [600.0], "lunch is none"


def test_a_counter_never_closed_begins_with_its_first_call() -> None:
    office = Office(two_sessions())
    office.minute = -65.0
    office.do(cmd.OpenCounter, -65, counter=ONE, officer="Lan")
    office.issue(240)  # 13:00, after a morning with nobody
    serve(office, ONE, 290, 291, 295)
    assert list(taught(office).durations.lates) == [0.0, 1_200.0]


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


# Arrivals ---------------------------------------------------------------------------------
def test_arrivals_are_decayed_over_days_and_follow_todays_pace() -> None:
    office = catalogue()
    arrivals, day = Arrivals(), date(2026, 11, 23)
    for n, count in enumerate((20, 10)):
        arrivals.begin(day + timedelta(days=n), office)
        for _ in range(count):
            arrivals.add((A, PRIORITY), datetime(2026, 11, 23 + n, 9, 5, tzinfo=office.zone))
    arrivals.begin(day + timedelta(days=2), office)
    mean = (20 * 0.9 + 10) / 1.9
    assert arrivals.sums[(A, PRIORITY), 18] / arrivals.days[18] == pytest.approx(mean)
    ten = datetime(2026, 11, 25, 10, 0, tzinfo=office.zone)
    assert arrivals.pace(ten) == pytest.approx(60 / (mean + 60))
    for _ in range(30):
        arrivals.add((A, NORMAL), ten - timedelta(minutes=30))
    pace = 90 / (mean + 60)
    assert arrivals.pace(ten) == pytest.approx(pace)
    arrivals.add_class("CT")
    rates = arrivals.rates(office, ten)
    assert rates == {((A, "CT"), 18): pytest.approx(mean / 1_800 * pace)}


def test_normal_arrivals_overtake_only_where_a_counter_prefers_them() -> None:
    office, arrivals = catalogue(), Arrivals()
    arrivals.begin(date(2026, 11, 24), office)
    nine = datetime(2026, 11, 24, 9, 0, tzinfo=office.zone)
    arrivals.add((A, NORMAL), nine)
    arrivals.add((A, TRANSFER), nine)
    assert {lane for lane, _ in arrivals.rates(office, nine)} == {(A, "transfer")}


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

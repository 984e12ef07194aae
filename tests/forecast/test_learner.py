"""What the log teaches a forecast: each formula by hand, and any history without harm."""

import math
from datetime import date, datetime, timedelta

import pytest

from server.domain import commands as cmd
from server.domain.ids import CounterId
from server.forecast import tables
from server.forecast.arrivals import NORMAL, PRIORITY, TRANSFER, Arrivals
from server.forecast.durations import Durations, Officer, Share
from server.forecast.learner import Learner
from tests.domain.office import NINE, A, B, Office, catalogue
from tests.forecast.taught import ONE, S_A, S_B, note, reasons, serve, taught, two_sessions, values


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

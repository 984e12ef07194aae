"""What is raised, what explains it, and when it is over (measures.md §5)."""

import random
from dataclasses import replace
from datetime import time, timedelta
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import alert_stats, alerts
from server.domain import commands as cmd
from server.domain.alert_situation import DeviceReport, History
from server.domain.alert_stats import Usual, chance_of_breach, cusum, tail, usual
from server.domain.catalogue import Hours, Window
from server.domain.ids import CounterId, ServiceId
from tests.domain.house import House
from tests.domain.office import NINE, A, B, catalogue


def test_an_ordinary_ticket_beyond_the_target_is_told_with_who_could_help() -> None:
    house = House()
    counter = house.open(1)
    house.open(2)
    house.issue(0)
    house.issue(0)
    house.do(cmd.CallNext, 1, counter=counter)
    house.do(cmd.PauseCounter, 1, counter=CounterId("thu-2"), reason="họp")
    assert ("breach", A) not in house.found(30)
    found = house.found(31)[("breach", A)]
    assert found.level == "red"
    assert found.since == NINE + timedelta(minutes=30)
    assert found.figures["number"] == "A002"
    assert found.figures["beyond"] == 1
    assert found.figures["limit"] == 30
    assert found.figures["help"] == [
        {"counter": 2, "how": "paused"},
        {"counter": 3, "how": "closed"},
    ]


def test_a_priority_ticket_is_a_long_wait_and_no_breach() -> None:
    house = House()
    counter = house.open(1)
    house.issue(0)
    house.do(cmd.CallNext, counter=counter)
    house.issue(0, priority="CT")
    assert {c for c in house.found(40) if c[1] == A} == {("longest_wait", A)}


def test_a_wait_counts_from_the_opening_and_nothing_is_told_before_it() -> None:
    late = (Window(opens=time(10), closes=time(16), doors=time(9), last_ticket=time(15)),)
    house = House(replace(catalogue(), hours=Hours(weekly=(late,) * 7)))
    house.issue(0)
    assert house.found(59) == {}
    assert house.found(63)[("no_counter", A)].since == NINE + timedelta(hours=1)
    # After closing nobody can be called any more: that people are left is what matters.
    assert set(house.found(8 * 60)) == {("left_over", "day")}


def test_nobody_who_serves_is_told_once_somebody_waited_three_minutes() -> None:
    house = House()
    house.issue(0)
    assert house.found(2) == {}
    assert set(house.found(3)) == {("no_counter", A)}
    house.open(1)
    assert ("no_counter", A) not in house.found(4)


def test_a_counter_is_idle_only_while_somebody_eligible_waits_for_five_minutes() -> None:
    house = House()
    house.open(1)
    assert house.found(20) == {}
    house.issue(20)
    assert ("idle_counter", "thu-1") not in house.found(24.9)
    assert house.found(25.1)[("idle_counter", "thu-1")].figures["number"] == "A001"
    house.do(cmd.CallNext, counter=CounterId("thu-1"))
    assert ("idle_counter", "thu-1") not in house.found(26)


def test_a_call_without_an_answer_is_told_after_three_minutes_however_often_recalled() -> None:
    house = House()
    counter = house.open(1)
    house.issue(0)
    house.do(cmd.CallNext, 1, counter=counter)
    house.do(cmd.RecallTicket, 3, counter=counter)
    found = house.found(4)[("unanswered", "thu-1")]
    assert found.figures["calls"] == 2
    house.do(cmd.StartService, 5, counter=counter)
    assert ("unanswered", "thu-1") not in house.found(9)


def test_devices_speak_only_while_somebody_is_in_the_house() -> None:
    house = House()
    lost = (DeviceReport(id="d1", kind="display", name="Sảnh", lost_since=NINE),)
    assert house.found(5, devices=lost) == {}
    house.open(1)
    assert house.found(6, devices=lost)[("device_lost", "d1")].level == "red"
    muted = (DeviceReport(id="d1", kind="display", name="Sảnh", sound="muted"),)
    assert house.found(6, devices=muted)[("voice", "d1")].figures["problem"] == "muted"
    well = (DeviceReport(id="d1", kind="display", name="Sảnh", sound="on"),)
    assert house.found(6, devices=well) == {}


@pytest.mark.parametrize(
    ("how", "rule"),
    [("ok", None), ("unknown", None), ("paper_low", "paper_low"), ("paper_out", "printer"), ("lost", "printer")],
)  # fmt: skip
def test_a_printer_that_prints_nothing_is_worse_than_one_with_little_paper(
    how: str, rule: str | None
) -> None:
    house = House()
    house.open(1)
    house.log.state.printers["k1"] = how
    assert [c[0] for c in house.found(1)] == ([rule] if rule else [])


def test_the_clock_and_the_series() -> None:
    house = House()
    house.open(1)
    assert ("clock_jump", "clock") in house.found(1, clock_jump_s=-45.0)
    assert house.found(1, clock_jump_s=20.0) == {}
    state = house.log.state
    state.serials[A, NINE.date()] = 999
    assert ("series_full", A) in house.found(1)


def test_two_hours_without_a_rating_are_told_where_people_rate() -> None:
    house = House()
    counter = house.open(1)
    for n in range(16):
        ticket = house.issue(n * 10)
        house.do(cmd.CallNext, counter=counter)
        house.do(cmd.StartService, counter=counter)
        house.do(cmd.CompleteService, n * 10 + 9, counter=counter, outcome="xong")
    assert house.found(160) == {}
    found = house.found(160, history=History(is_rated=True))
    assert found[("no_rating", "branch")].figures == {"visits": 16, "hours": 2.5}
    house.do(cmd.RateTicket, ticket=ticket, level=5)
    assert house.found(161, history=History(is_rated=True)) == {}


def test_a_service_that_takes_longer_than_ever_is_told_and_ends_at_another_mark() -> None:
    known = Usual(log_mean=log(300), log_sd=0.5, n=200)
    house = House()
    counter = house.open(1)
    history = History(services={ServiceId("s-a"): known})
    raised: list[int] = []
    for n in range(40):
        house.issue(n * 11)
        house.do(cmd.CallNext, counter=counter)
        house.do(cmd.StartService, counter=counter)
        house.do(cmd.CompleteService, n * 11 + 10, counter=counter, outcome="xong")
        if "slow_service" in house.watch(house.minute, history=history)[0]:
            raised.append(n)
    assert len(raised) == 1
    assert 5 <= raised[0] <= 20
    alert = next(a for a in house.log.state.alerts.values() if a.rule == "slow_service")
    assert alert.figures["minutes"] == 10.0
    assert alert.figures["usual"] == 5.0


def test_cusum_finds_shifts_as_fast_as_was_measured_and_seldom_without_one() -> None:
    chance = random.Random(7)
    known = usual(chance.lognormvariate(6, 0.8) for _ in range(2000))
    assert known is not None

    def first_alarm(factor: float, most: int) -> int:
        durations: list[float] = []
        for n in range(most):
            durations.append(factor * chance.lognormvariate(6, 0.8))
            if cusum(durations, known) > alert_stats.CUSUM_ALARM:
                return n + 1
        return most

    doubled = sorted(first_alarm(2.0, 200) for _ in range(60))[30]
    assert 8 <= doubled <= 20
    unchanged = [first_alarm(1.0, 300) for _ in range(40)]
    assert sum(n < 300 for n in unchanged) <= 20


def test_unusual_absences_are_told_against_the_branches_own_share() -> None:
    house = House()
    counter = house.open(1)
    for n in range(24):
        house.issue(n)
        house.do(cmd.CallNext, counter=counter)
        if n % 2:
            house.do(cmd.RecordNoShow, counter=counter)
        else:
            house.do(cmd.StartService, counter=counter)
            house.do(cmd.CompleteService, counter=counter, outcome="xong")
    usual_here = History(no_show_share=0.06, first_calls=500)
    assert house.found(30, history=usual_here)[("no_shows", "branch")].figures["absent"] == 12
    assert house.found(30, history=History(no_show_share=0.45, first_calls=500)) == {}
    assert house.found(30) == {}


# Properties --------------------------------------------------------------------------------
@given(
    waited=st.floats(0, 7200),
    expected=st.floats(0, 7200),
    longer=st.floats(0, 3600),
    ratios=st.none() | st.tuples(st.floats(0.1, 0.95), st.floats(1.05, 4)),
)
def test_a_longer_wait_or_forecast_never_makes_a_breach_less_likely(
    waited: float, expected: float, longer: float, ratios: tuple[float, float] | None
) -> None:
    now = chance_of_breach(waited, expected, ratios, 1800)
    assert 0 <= now <= 1
    assert chance_of_breach(waited + longer, expected, ratios, 1800) >= now - 1e-9
    assert chance_of_breach(waited, expected + longer, ratios, 1800) >= now - 1e-9


def test_a_forecast_that_ends_at_the_target_is_an_even_chance() -> None:
    assert chance_of_breach(600, 1200, None, 1800) == pytest.approx(0.5)
    assert chance_of_breach(0, 1800, (0.5, 2.0), 1800) == pytest.approx(0.5)


@given(st.integers(0, 40), st.floats(0.01, 0.6))
def test_tails_are_chances_and_shrink(n: int, share: float) -> None:
    tails = [tail(k, n, share) for k in range(n + 1)]
    assert tails[0] == pytest.approx(1)
    assert tails == sorted(tails, reverse=True)


@pytest.mark.parametrize(
    ("successes", "trials", "share", "wanted"),
    [(3, 10, 0.5, 0.9453125), (10, 10, 0.1, 1e-10), (0, 5, 0.2, 1.0), (1, 5, 0.0, 0.0), (5, 5, 1.0, 1.0),
     (60, 2000, 0.06, 1.0), (4000, 12000, 0.3, 0.0)],
)  # fmt: skip
def test_tails_of_few_and_of_many(successes: int, trials: int, share: float, wanted: float) -> None:
    assert tail(successes, trials, share) == pytest.approx(wanted, rel=1e-6, abs=1e-9)


@given(
    st.lists(
        st.sampled_from(["issue", "call", "start", "end", "no_show", "open", "close", "b"]),
        max_size=60,
    )
)
def test_whatever_happens_no_cause_stands_twice_and_all_is_over_in_an_empty_house(
    deeds: list[str],
) -> None:
    house = House()
    for n, deed in enumerate(deeds):
        counter = {"counter": CounterId("thu-1")}
        kinds: dict[str, tuple[Any, dict[str, Any]]] = {
            "issue": (cmd.IssueTicket, {"queue": A}),
            "b": (cmd.IssueTicket, {"queue": B, "priority": "CT"}),
            "call": (cmd.CallNext, counter),
            "start": (cmd.StartService, counter),
            "end": (cmd.CompleteService, counter | {"outcome": "xong"}),
            "no_show": (cmd.RecordNoShow, counter),
            "open": (cmd.OpenCounter, counter | {"officer": "Lan"}),
            "close": (cmd.CloseCounter, counter),
        }
        kind, content = kinds[deed]
        try:
            house.do(kind, n * 4, **content)
        except Exception as refused:
            assert hasattr(refused, "facts"), refused
        house.watch(n * 4)
        standing = [a.cause for a in house.log.state.alerts.values() if a.is_open]
        assert len(standing) == len(set(standing))
        assert all(cause[0] in alerts.CODES for cause in standing)
    if not alerts.is_in_the_house(house.log.state):
        house.watch(500)
        assert not [a for a in house.log.state.alerts.values() if a.is_open]

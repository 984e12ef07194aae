"""An alert is raised once, is over once, and what it foretold comes or does not (measures.md §5)."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from server.domain import alerts
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.alert import Alert
from server.domain.alert_settings import AlertSettings
from server.domain.alert_situation import History
from server.domain.catalogue import Hours, Window
from server.domain.outlook import Outlook
from tests.domain.house import House
from tests.domain.office import BRANCH, NINE, A, catalogue


def test_a_prediction_is_raised_the_second_time_and_hits_when_the_breach_comes() -> None:
    house = House()
    counter = house.open(1)
    for _ in range(7):
        house.issue(0)
    house.do(cmd.CallNext, counter=counter)
    house.do(cmd.StartService, counter=counter)
    assert house.watch(5)[0] == []
    assert house.watch(5.5)[0] == []
    assert house.watch(6.1)[0] == ["predicted_breach"]
    assert house.watch(7) == ([], [])
    raised, ended = house.watch(31)
    assert "breach" in raised
    assert ended == ["predicted_breach:hit"]


def foreseen(chance: float, ticket: Any, queue: Any = A) -> Outlook:
    return Outlook(
        branch=BRANCH, seq=1, at=NINE, model="mc.1", is_initial=False,
        breaches={queue: (chance, ticket)},
    )  # fmt: skip


def test_a_fresh_forecast_predicts_instead_and_is_over_at_another_mark() -> None:
    house = House()
    counter = house.open(1)
    ticket = [house.issue(0) for _ in range(3)][1]
    house.do(cmd.CallNext, counter=counter)
    house.do(cmd.StartService, counter=counter)
    # The line is short: by its own reckoning nothing is to be feared.
    assert house.watch(5) == ([], [])
    assert house.watch(6, outlook=foreseen(0.49, ticket)) == ([], [])
    assert house.watch(6.5, outlook=foreseen(0.5, ticket)) == ([], [])
    assert house.watch(7.5, outlook=foreseen(0.6, ticket))[0] == ["predicted_breach"]
    (alert,) = house.log.state.alerts.values()
    assert alert.figures["chance"] == 0.6
    assert alert.figures["number"] == house.ticket(ticket).number
    assert house.watch(8, outlook=foreseen(0.2, ticket)) == ([], [])
    assert house.watch(8.5, outlook=foreseen(0.19, ticket)) == ([], ["predicted_breach:miss"])


def test_a_forecast_that_fears_nothing_silences_the_reckoning() -> None:
    house = House()
    counter = house.open(1)
    ticket, *_ = [house.issue(0) for _ in range(7)]
    house.do(cmd.CallNext, counter=counter)
    house.do(cmd.StartService, counter=counter)
    assert ("predicted_breach", A) in house.found(6)
    assert ("predicted_breach", A) not in house.found(6, outlook=foreseen(0.1, ticket))
    # Whoever was likeliest has just been called: somebody else of the line is named.
    found = house.found(6, outlook=foreseen(0.9, ticket))[("predicted_breach", A)]
    assert found.figures["number"] == "A002"


@pytest.mark.parametrize(
    ("n", "inside", "is_off"),
    [(199, 0, False), (200, 139, True), (200, 140, False), (200, 184, False), (200, 185, True)],
)
def test_forecasts_that_hold_too_seldom_or_too_often_are_told(
    n: int, inside: int, is_off: bool
) -> None:
    house = House()
    house.open(1)
    found = house.found(1, history=History(foretold=(n, inside)))
    assert (("forecast_off", "branch") in found) is is_off


@pytest.mark.parametrize(
    ("outcomes", "doubt"),
    [((9, 11), {"hits": 9, "predictions": 20}), ((10, 10), {}), ((9, 10), {}), ((0, 0), {})],
)
def test_a_rule_that_is_mostly_wrong_says_so(
    outcomes: tuple[int, int], doubt: dict[str, int]
) -> None:
    house = House()
    house.open(1)
    history = History(foretold=(200, 100), outcomes={"forecast_off": outcomes})
    decided = alerts.decide(house.at(1, history=history), {})
    (raised,) = decided.raised
    assert {k: v for k, v in raised.figures.items() if k in ("hits", "predictions")} == doubt


def test_lunch_counts_in_a_prediction() -> None:
    morning = Window(opens=time(8), closes=time(9, 10), doors=time(8), last_ticket=time(9, 10))
    noon = Window(opens=time(10), closes=time(16), doors=time(10), last_ticket=time(15))
    house = House(replace(catalogue(), hours=Hours(weekly=((morning, noon),) * 7)))
    house.open(1)
    house.open(2)
    for _ in range(3):
        house.issue(0)
    # A quarter of an hour of work for two counters; ten minutes are left before an hour's break.
    assert ("predicted_breach", A) in house.found(1)
    # In the break itself nobody is blamed for idling.
    assert not [c for c in house.found(20) if c[0] == "idle_counter"]
    assert [c for c in house.found(66) if c[0] == "idle_counter"]


def test_a_prediction_that_is_worked_off_missed_and_one_that_counters_answered_was_averted() -> (
    None
):
    for more in (0, 2):
        house = House()
        counters = [house.open(1)]
        for _ in range(7):
            house.issue(0)
        house.watch(3)
        assert house.watch(4.5)[0] == ["predicted_breach"]
        counters += [house.open(n) for n in range(2, 2 + more)]
        for _ in range(7):
            counter = counters[0]
            house.do(cmd.CallNext, counter=counter)
            house.do(cmd.StartService, counter=counter)
            house.do(cmd.CompleteService, counter=counter, outcome="xong")
        assert house.watch(9)[1] == [f"predicted_breach:{'averted' if more else 'miss'}"]


def test_the_same_cause_is_not_raised_again_within_the_dead_time() -> None:
    house = House()
    house.open(1)
    raised_at = []
    for minute in range(90):
        house.log.state.printers["k1"] = "offline" if minute % 2 else "ok"
        if house.watch(minute)[0] == ["printer"]:
            raised_at.append(minute)
    assert raised_at == [1, 31, 61]


def test_a_restart_raises_nothing_twice() -> None:
    house = House()
    house.issue(0)
    assert house.watch(5)[0] == ["no_counter"]
    house.seen = {}
    assert house.watch(5.2) == ([], [])
    again = {"rule": "no_counter", "subject": A, "level": "red", "since": NINE}
    before = house.log.state.seq
    house.do(cmd.RaiseAlert, **again)
    assert house.log.state.seq == before


def test_rules_can_be_put_to_rest() -> None:
    settings = AlertSettings(quiet=("no_counter",))
    house = House(replace(catalogue(), alerts=settings))
    house.issue(0)
    assert house.found(10) == {}


def test_the_first_who_acknowledges_is_on_record() -> None:
    house = House()
    house.issue(0)
    house.watch(5)
    (alert,) = house.log.state.alerts.values()
    house.do(cmd.AcknowledgeAlert, alert=alert.seq, by="Lan", word="  mở quầy 2 ")
    house.do(cmd.AcknowledgeAlert, alert=alert.seq, by="Minh")
    (alert,) = house.log.state.alerts.values()
    assert (alert.by, alert.word) == ("Lan", "mở quầy 2")
    assert isinstance(alert, Alert)
    kinds = [r.type for r in house.log.events if isinstance(r.event, ev.AlertEvent)]
    assert kinds == ["AlertRaised", "AlertAcknowledged"]

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
from server.domain import events as ev
from server.domain.alert import Alert
from server.domain.alert_settings import AlertSettings
from server.domain.alert_situation import DeviceReport, Finding, History, Situation
from server.domain.alert_stats import Usual, chance_of_breach, cusum, tail, usual
from server.domain.catalogue import Hours, Window
from server.domain.estimate import Learned
from server.domain.ids import CounterId, ServiceId
from server.domain.outlook import Outlook
from tests.domain.office import BRANCH, NINE, A, B, Office, catalogue


class House(Office):
    """The small office, looked at; alerts are raised and cleared as the watcher does."""

    seen: alerts.Seen = {}  # noqa: RUF012 - replaced, never changed

    def at(self, minute: float, **more: Any) -> Situation:
        self.minute = max(self.minute, minute)
        state = self.log.state
        return Situation(
            state=state,
            catalogue=self.log.catalogue,
            learned=more.pop("learned", Learned()),
            now=NINE + timedelta(minutes=self.minute),
            standing=frozenset(a.cause for a in state.alerts.values() if a.is_open),
            **more,
        )

    def found(self, minute: float, **more: Any) -> dict[tuple[str, str], Finding]:
        return {f.cause: f for f in alerts.findings(self.at(minute, **more))}

    def watch(self, minute: float, **more: Any) -> tuple[list[str], list[str]]:
        """The rules raised and the rules cleared (with their outcome) now."""
        decided = alerts.decide(self.at(minute, **more), self.seen)
        self.seen = decided.seen
        for f in decided.raised:
            self.do(cmd.RaiseAlert, rule=f.rule, subject=f.subject, level=f.level, since=f.since, figures=f.figures)  # fmt: skip
        for alert, outcome in decided.cleared:
            self.do(cmd.ClearAlert, alert=alert.seq, outcome=outcome)
        ended = [f"{a.rule}:{o}" if o else a.rule for a, o in decided.cleared]
        return [f.rule for f in decided.raised], ended

    def issue(self, at: float = 0, queue: Any = A, **more: Any) -> Any:
        return self.do(cmd.IssueTicket, at, queue=queue, **more)


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


# Raised once, over once --------------------------------------------------------------------
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

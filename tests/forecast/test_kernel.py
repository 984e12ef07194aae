"""What a run says of everybody's wait: the same every time, never negative, right where it is known."""

import os
import subprocess
import sys
from dataclasses import replace
from math import log

import pytest

from server.domain import discipline
from server.domain.catalogue import Mode, Policy, Source, SourceRule
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, ServiceId
from server.domain.outlook import RAW_PERCENTS, Lane
from server.forecast import kernel
from server.forecast.model import Phase, Run, Snapshot, Span, Times
from tests.forecast.scene import (
    CLASSES,
    HOUR,
    A,
    B,
    at,
    by_number,
    constant,
    desk,
    lognormal,
    snapshot,
    times,
    usual,
    waiter,
)

NEVER = (None,) * len(RAW_PERCENTS)


# The same every time ------------------------------------------------------------------------
def _bytes(found: Run) -> bytes:
    return repr((list(found.waiting.items()), list(found.newcomers.items()))).encode()


def test_the_same_snapshot_times_and_seed_give_the_same_bytes() -> None:
    here, taught = usual(12, 20, seed=3)
    first = _bytes(kernel.run(here, taught, seed=5))
    assert _bytes(kernel.run(here, taught, seed=5)) == first
    assert _bytes(kernel.run(here, taught, seed=6)) != first
    script = (
        "import sys, hashlib; from tests.forecast.scene import usual; from server.forecast import kernel\n"
        "r = kernel.run(*usual(12, 20, seed=3), seed=5)\n"
        "sys.stdout.write(repr((list(r.waiting.items()), list(r.newcomers.items()))))"
    )
    # Not by the order in which a process happens to hash its strings, either.
    for hash_seed in ("1", "2"):
        other = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True, check=True,
        )  # fmt: skip
        assert other.stdout == first


@pytest.mark.parametrize("mode", Mode)
def test_levels_grow_and_none_is_negative(mode: Mode) -> None:
    here, taught = usual(12, 30, seed=4, mode=mode)
    found = kernel.run(here, taught, replications=50, seed=1)
    assert len(found.waiting) == 30
    assert [*found.newcomers] == [*here.lanes]
    for raw in (*found.waiting.values(), *found.newcomers.values()):
        known = [level for level in raw.levels_s if level is not None]
        assert raw.levels_s[: len(known)] == tuple(known)
        assert known == sorted(known)
        assert known[0] >= 0
        assert 0 <= raw.breach <= 1
        assert raw.before_break is not None


# Where the answer is known ------------------------------------------------------------------
@pytest.mark.parametrize("mode", Mode)
def test_with_constant_times_the_order_is_that_of_the_line(mode: Mode) -> None:
    codes = (None, "CT", None, None, "KT", None, "CT", None, "KC", None, "XX", None)
    waiters = [waiter(n + 1, 30 - 2 * n, code) for n, code in enumerate(codes)]
    policy = Policy(mode=mode, classes=CLASSES)
    here = snapshot(waiters, [desk(1, "A")], lanes=[(A, None)], policy=policy)
    found = kernel.run(here, times(constant(60)), replications=3, seed=1)
    lanes: dict[str | None, list[Candidate]] = {}
    for one in waiters:
        lanes.setdefault(one.candidate.priority, []).append(one.candidate)
    places = list(discipline.line(policy, lanes, policy.normal_per_priority))
    for n, place in enumerate(places):
        raw = found.waiting[place.ticket]
        assert set(raw.levels_s) == {60.0 * n}
        assert raw.ahead == n
    assert found.newcomers[A, None].ahead == len(codes)
    assert set(found.newcomers[A, None].levels_s) == {60.0 * len(codes)}


def test_walking_serving_and_wrapping_up_add_up() -> None:
    here = snapshot([waiter(1, 5), waiter(2, 4)], [desk(1, "A")], lanes=[(A, None)])
    found = kernel.run(here, times(constant(300), around=20), replications=4, seed=1)
    assert by_number(found)["A2"] == (340.0,) * 19
    assert found.newcomers[A, None].levels_s == (680.0,) * 19
    slow = replace(times(constant(300), around=20), slow=1.5, speed={"o-1": 0.8})
    found = kernel.run(here, slow, replications=4, seed=1)
    assert by_number(found)["A2"] == pytest.approx((400.0,) * 19)


def test_what_is_left_of_a_service_depends_on_how_long_it_lasts() -> None:
    medians = []
    for elapsed in (0.0, 300.0, 3_000.0):
        busy = desk(1, "A", phase=Phase.SERVING, phase_s=elapsed)
        found = kernel.run(snapshot([waiter(1, 5)], [busy]), times(lognormal(600)), seed=1)
        medians.append(at(by_number(found)["A1"], 50))
    new, middling, long = medians
    assert new is not None
    assert middling is not None
    assert long is not None
    assert new == pytest.approx(600 / (1 + 0.64) ** 0.5, rel=0.03)
    assert middling < new
    assert long > 0  # past every service seen so far, and still finite


def test_after_the_service_under_way_the_desk_wraps_up() -> None:
    for phase, elapsed, expected in (
        (Phase.SERVING, 250.0, 50.0 + 20), (Phase.WRAPPING, 5.0, 15.0), (Phase.PAUSED, 0.0, 600.0),
        (Phase.CALLING, 5.0, 15.0 + 300 + 20),
    ):  # fmt: skip
        busy = desk(1, "A", phase=phase, phase_s=elapsed)
        taught = replace(times(constant(300), around=20), pause=constant(600))
        found = kernel.run(snapshot([waiter(1, 5)], [busy]), taught, replications=4, seed=1)
        assert by_number(found)["A1"] == (expected,) * 19


def test_nobody_comes_after_a_call_and_the_next_is_sooner() -> None:
    here = snapshot([waiter(1, 5), waiter(2, 4)], [desk(1, "A")])
    found = kernel.run(here, times(constant(600), no_show=1.0), replications=5, seed=1)
    assert by_number(found)["A2"] == (60.0,) * 19


def test_a_call_under_way_that_nobody_answers_is_likely_a_no_show() -> None:
    """The walk takes twenty seconds; after two minutes they are not on the way any more."""
    taught = replace(
        times(constant(600), no_show=0.1), walk=lognormal(20, 0.3), no_show=lognormal(180, 0.2)
    )
    calling = desk(1, "A", phase=Phase.CALLING, phase_s=120.0)
    late = kernel.run(snapshot([waiter(1, 5)], [calling]), taught, seed=1)
    fresh = kernel.run(snapshot([waiter(1, 5)], [replace(calling, phase_s=1.0)]), taught, seed=1)
    assert (at(by_number(late)["A1"], 50) or 0) < 120
    assert (at(by_number(fresh)["A1"], 50) or 0) > 600


# Ghosts --------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("code", [None, "CT"])
def test_a_ghost_is_priced_as_somebody_who_came_now(mode: Mode, code: str | None) -> None:
    """To the second where all is known; else within what chance does to the levels."""
    for taught, tolerance in ((None, 0.0), ("drawn", 0.1)):
        here, drawn = usual(4, 12, seed=2, mode=mode)
        lane: Lane = (A, code)
        newcomer = waiter(999, 0.0, code)
        if taught is None:
            services = {service: constant(300 + 7 * n) for n, service in enumerate(drawn.service)}
            drawn = replace(
                drawn, service=services, walk=constant(9), gap=constant(5), arrivals={},
                no_show_shares=dict.fromkeys(services, (0.0,) * 4),
            )  # fmt: skip
            here = replace(here, desks=tuple(replace(d, phase=Phase.IDLE) for d in here.desks))
        runs = 20 if taught is None else 600
        ghost = kernel.run(replace(here, lanes=(lane,)), drawn, replications=runs, seed=1)
        real = kernel.run(
            replace(here, lanes=(), waiters=(*here.waiters, newcomer)),
            drawn, replications=runs, seed=2,
        )  # fmt: skip
        one, other = ghost.newcomers[lane], real.waiting[newcomer.ticket]
        for percent in (10, 25, 50, 75, 90):
            priced = at(one.levels_s, percent)
            assert priced == pytest.approx(
                at(other.levels_s, percent), rel=tolerance, abs=tolerance * 120
            )
        assert abs(one.ahead - other.ahead) <= (0 if taught is None else 1)


def test_ghosts_do_not_change_anybody_else() -> None:
    here, taught = usual(4, 12, seed=2)
    with_them = kernel.run(here, taught, replications=30, seed=1)
    alone = kernel.run(replace(here, lanes=()), taught, replications=30, seed=1)
    assert with_them.waiting == alone.waiting


def test_a_ghost_of_a_line_with_idle_desks_is_called_at_once() -> None:
    found = kernel.run(snapshot([], [desk(1, "A")], lanes=[(A, None), (A, "CT")]), times(), seed=1)
    assert {raw.levels_s for raw in found.newcomers.values()} == {(0.0,) * 19}


# Who overtakes -------------------------------------------------------------------------------
def _rates(code: str | None, an_hour: float) -> Times:
    rates: dict[tuple[Lane, int], float] = {((A, code), h): an_hour / HOUR for h in range(48)}
    return times(constant(300), arrivals=rates)


def test_only_arrivals_that_can_overtake_are_played() -> None:
    strict = Policy(mode=Mode.STRICT, classes=CLASSES, overtaking_cap_minutes=20)
    ahead = Policy(mode=Mode.HEAD_START, classes=CLASSES, overtaking_cap_minutes=20)
    here = snapshot([waiter(1, 5)], [desk(1, "A")])
    for policy, code, horizon in (
        (strict, "CT", 1_200.0), (ahead, "CT", 600.0), (ahead, "KT", 900.0),
        (strict, "KC", 8 * HOUR), (strict, "transfer", 3_600.0), (ahead, "XX", None),
        (strict, None, None),
    ):  # fmt: skip
        found = kernel.overtakers(replace(here, policy=policy), _rates(code, 6))
        assert found == ({} if horizon is None else {(A, code): horizon})


def test_a_queue_that_a_counter_prefers_overtakes_at_it() -> None:
    """Newcomers to the counter's own queue go before those it only helps."""
    helper = desk(1, "A")
    sources = (Source(queues=(A,)), Source(queues=(B,), when=SourceRule.OWN_EMPTY))
    helper = replace(helper, counter=replace(helper.counter, sources=sources))
    here = snapshot([waiter(n, 10 - n, queue="B") for n in (1, 2, 3)], [helper])
    alone = by_number(kernel.run(here, times(constant(300)), seed=1))["B3"]
    busy = by_number(kernel.run(here, _rates(None, 6), seed=1))["B3"]
    assert alone == (600.0,) * 19
    assert (at(busy, 50) or 0) > 900


@pytest.mark.parametrize("code", ["CT", "transfer"])
def test_arrivals_ahead_make_the_wait_longer_and_not_endless(code: str) -> None:
    strict = Policy(mode=Mode.STRICT, classes=CLASSES, overtaking_cap_minutes=20)
    waiters = [waiter(n, 10 - n) for n in (1, 2, 3)]
    here = snapshot(waiters, [desk(1, "A")], policy=strict)
    found = by_number(kernel.run(here, _rates(code, 6), seed=1))["A3"]
    assert at(found, 50) is not None
    # Six an hour: two in twenty minutes where the cap ends it, more where it is an hour's start.
    assert 600 <= (at(found, 5) or 0) < (at(found, 95) or 0) < 3_600


# Nobody is called ----------------------------------------------------------------------------
def _nobody(here: Snapshot, taught: Times | None = None) -> Run:
    found = kernel.run(here, taught or times(), replications=20, seed=1)
    for raw in (*found.waiting.values(), *found.newcomers.values()):
        assert raw.levels_s == NEVER
    return found


def test_a_queue_that_no_counter_serves() -> None:
    here = snapshot([waiter(1, 5, queue="B"), waiter(2, 4)], [desk(1, "A")], lanes=[(B, None)])
    found = kernel.run(here, times(), replications=20, seed=1)
    assert by_number(found)["B1"] == found.newcomers[B, None].levels_s == NEVER
    assert by_number(found)["A2"] == (0.0,) * 19
    assert found.newcomers[B, None].ahead == 1
    assert next(iter(found.waiting.values())).breach == 1.0


def test_everybody_is_absent() -> None:
    desks = [desk(n, "A", phase=Phase.CLOSED, windows=()) for n in (1, 2)]
    found = _nobody(snapshot([waiter(1, 5), waiter(2, 4)], desks, lanes=[(A, None)]))
    assert [raw.ahead for raw in found.waiting.values()] == [0, 1]
    assert found.newcomers[A, None].ahead == 2
    assert found.newcomers[A, None].before_break == 0.0
    _nobody(snapshot([waiter(1, 5)], []))


def test_a_counter_paused_for_ever() -> None:
    paused = replace(desk(1, "A", phase=Phase.PAUSED), returns_s=100 * HOUR)
    _nobody(snapshot([waiter(1, 5)], [paused], lanes=[(A, None)]))


def test_after_the_last_closing_nobody_is_called() -> None:
    _nobody(snapshot([waiter(1, 5)], [desk(1, "A")], spans=()))
    short = (Span(opens_s=-HOUR, closes_s=900.0, last_ticket_s=0.0),)
    here = snapshot([waiter(1, 5), waiter(2, 4), waiter(3, 3)], [desk(1, "A")], spans=short)
    found = by_number(kernel.run(here, times(constant(600)), replications=5, seed=1))
    assert found["A2"] == (600.0,) * 19
    assert found["A3"] == NEVER


def test_an_empty_branch() -> None:
    assert kernel.run(snapshot([], []), times(), seed=1) == Run(waiting={}, newcomers={})


# Opening, breaks, targets --------------------------------------------------------------------
def test_before_the_break_or_after_it() -> None:
    """Ten minutes each, half an hour to the break: three are called before it, two after."""
    spans = (
        Span(opens_s=-HOUR, closes_s=1_800.0, last_ticket_s=900.0),
        Span(opens_s=9_000.0, closes_s=20_000.0, last_ticket_s=18_000.0),
    )
    windows = tuple((s.opens_s, s.closes_s) for s in spans)
    here = snapshot(
        [waiter(n, 10 - n) for n in range(1, 6)], [desk(1, "A", windows=windows)],
        lanes=[(A, None)], spans=spans,
    )  # fmt: skip
    taught = replace(times(constant(599)), late_mean_s=120.0)
    found = kernel.run(here, taught, seed=1)
    shares = [raw.before_break for raw in found.waiting.values()]
    assert shares == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert found.newcomers[A, None].before_break == 0.0
    after = at(found.newcomers[A, None].levels_s, 50)
    assert after is not None
    assert after > 9_000 + 599
    last = kernel.run(replace(here, spans=spans[:1]), taught, seed=1)
    assert {raw.before_break for raw in last.waiting.values()} == {None}


def test_the_breach_of_the_red_target_counts_from_the_opening() -> None:
    """Half an hour is the target; the desk opens in ten minutes and takes twenty for each."""
    spans = (Span(opens_s=600.0, closes_s=4 * HOUR, last_ticket_s=3 * HOUR),)
    closed = desk(1, "A", phase=Phase.CLOSED, windows=((600.0, 4 * HOUR),))
    taught = replace(times(constant(1_200)), late_mean_s=0.0, absent_share=0.0)
    waiters = [waiter(1, 15), waiter(2, 14), waiter(3, 13), waiter(4, 12, "CT")]
    strict = Policy(mode=Mode.INTERLEAVE, classes=CLASSES, normal_per_priority=9)
    here = replace(snapshot(waiters, [closed], spans=spans, policy=strict), normal_since={(A,): 0})
    found = kernel.run(here, taught, replications=10, seed=1)
    assert [raw.breach for raw in found.waiting.values()] == [0.0, 0.0, 1.0, 0.0]
    assert [at(raw.levels_s, 50) for raw in found.waiting.values()] == [600, 1800, 3000, 4200]
    # Issued the day's first thing while open: from then on.
    old = replace(here, spans=(replace(spans[0], opens_s=-HOUR),), waiters=(waiter(1, 25),))
    assert next(iter(kernel.run(old, taught, replications=5, seed=1).waiting.values())).breach == 1


def test_the_longer_a_counter_stays_closed_the_less_it_is_counted_on() -> None:
    """P(absent) = .05/(.05 + .95 exp(-delay/late)), of the whole day."""
    taught = replace(times(constant(60)), late_mean_s=300.0)
    for delay, expected in ((0.0, 0.05), (300 * log(19), 0.5), (7_200.0, 1.0)):
        closed = desk(
            1, "A", phase=Phase.CLOSED, windows=((-delay, 2.5 * HOUR), (4.5 * HOUR, 8 * HOUR))
        )
        found = kernel.run(snapshot([waiter(1, 5)], [closed]), taught, replications=200, seed=1)
        share = next(iter(found.waiting.values())).before_break
        assert share == pytest.approx(1 - expected, abs=0.03)
        called = sum(level is not None for level in by_number(found)["A1"]) / len(NEVER)
        assert called == pytest.approx(1 - expected, abs=0.06)


def test_a_counter_that_nobody_opened_in_the_morning_is_not_counted_on_after_lunch() -> None:
    taught = replace(times(constant(60)), late_mean_s=300.0)
    fresh = desk(1, "A", phase=Phase.CLOSED, windows=((600.0, 3 * HOUR),))
    for closed, expected in ((fresh, 0.95), (replace(fresh, missed_s=4 * HOUR), 0.0)):
        found = kernel.run(snapshot([waiter(1, 5)], [closed]), taught, replications=200, seed=1)
        called = sum(level is not None for level in by_number(found)["A1"]) / len(NEVER)
        assert called == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("begins", [900.0, -300.0])
def test_from_lunch_officers_come_back_late(begins: float) -> None:
    """The lateness has no memory; the length of pauses says nothing about it."""
    taught = replace(times(constant(60)), late_mean_s=300.0)
    paused = desk(1, "A", phase=Phase.PAUSED, phase_s=6_000, windows=((begins, 3 * HOUR),))
    found = kernel.run(snapshot([waiter(1, 5)], [paused]), taught, replications=400, seed=1)
    median = at(by_number(found)["A1"], 50)
    assert median == pytest.approx(max(begins, 0.0) + 300 * log(2), rel=0.05)
    said = replace(paused, returns_s=1_200.0)
    found = kernel.run(snapshot([waiter(1, 5)], [said]), taught, replications=5, seed=1)
    assert by_number(found)["A1"] == (1_200.0,) * len(NEVER)


def test_an_unplanned_open_counter_works_until_the_session_ends() -> None:
    here = snapshot([waiter(1, 5), waiter(2, 4)], [desk(1, "A", windows=())])
    assert by_number(kernel.run(here, times(), replications=5, seed=1))["A2"] == (600.0,) * 19


def test_somebody_sent_to_one_counter_waits_for_it() -> None:
    one = replace(
        waiter(1, 5), counter=CounterId("c-2"),
        candidate=replace(waiter(1, 5).candidate, is_directed=True),
    )  # fmt: skip
    desks = [desk(1, "A"), replace(desk(2, "A", phase=Phase.PAUSED), returns_s=500.0)]
    found = kernel.run(snapshot([one, waiter(2, 4)], desks), times(), replications=5, seed=1)
    assert by_number(found) == {"A1": (500.0,) * 19, "A2": (0.0,) * 19}


def test_two_hundred_wait() -> None:
    here, taught = usual(12, 200, seed=7)
    found = kernel.run(here, taught, replications=20, seed=1)
    assert len(found.waiting) == 200
    known = [at(raw.levels_s, 50) for raw in found.waiting.values()]
    assert sum(level is not None for level in known) > 150
    newcomer = found.newcomers[A, None]
    assert newcomer.ahead > 10
    assert newcomer.breach > 0.9


def test_a_service_and_an_officer_nobody_has_told_of() -> None:
    here = snapshot([replace(waiter(1, 5), service=ServiceId("?")), waiter(2, 4)], [desk(1, "A")])
    found = kernel.run(here, times(constant(600)), seed=1)
    assert 200 < (at(by_number(found)["A2"], 50) or 0) < 1_200


def test_a_clock_set_back_and_nonsense_learnt_give_no_negative_wait() -> None:
    busy = desk(1, "A", phase=Phase.SERVING, phase_s=-900.0)
    ahead = replace(waiter(1, -10), issued_s=600.0)
    taught = replace(times(lognormal(600)), speed={"o-1": -2.0}, late_mean_s=-5.0, slow=0.0)
    here = snapshot([ahead, waiter(2, 4)], [busy], lanes=[(A, None)])
    found = kernel.run(here, taught, replications=20, seed=1)
    for raw in (*found.waiting.values(), *found.newcomers.values()):
        assert all(level is not None and level >= 0 for level in raw.levels_s)

"""A made-up centre's log lived again: as it was, and beside the truly changed centre."""

from functools import cache

import pytest

from server.domain.ids import CounterId
from server.forecast.engine import Outcome
from server.simulate import centre as centres
from server.simulate.behaviour import SCENARIOS
from server.whatif import applying, compare, history, outcome, plans, replay
from server.whatif.outcome import DayResult
from server.whatif.plans import Plan
from server.whatif.trace import Known, Trace
from tests.bench import whatif as bench

DAYS = 12
CENTRE = centres.make(SCENARIOS["small"], 21)


@cache
def _lived() -> tuple[bench.Figures, Known, list[Trace]]:
    facts = list(bench.live(bench.World(centre=CENTRE), DAYS))
    known = bench.known_of(facts)
    traces = [history.Reader(f, known.speed, known.overrun).trace() for f in facts]
    return bench.figures(bench.happened(facts)), known, traces


def _replayed(plan: Plan | None = None) -> bench.Figures:
    _, known, traces = _lived()
    return bench.figures(
        [
            replay.run(
                t, known, applying.setting(plan, t, known) if plan else replay.present(t)
            ).visits
            for t in traces
        ]
    )


def test_the_same_roster_gives_the_same_waits() -> None:
    """measures.md, A13."""
    truth, _, _ = _lived()
    assert bench.a13("small", truth, _replayed()) == []


def test_a_counter_less_is_foretold_with_its_sign_and_size() -> None:
    """measures.md, A14, and that patience keeps it from being overstated."""
    gone = CENTRE.catalogue.counters[1].id
    truth, _, _ = _lived()
    base = _replayed()
    found = _replayed(Plan(name="p", changes=(plans.RemoveCounter(gone),), new_skill=1.0))
    changed = bench.World(centre=CENTRE, removed=frozenset({gone}))
    true = bench.figures(bench.happened(list(bench.live(changed, DAYS))))
    move, real = found.mean - base.mean, true.mean - truth.mean
    assert real > 5
    assert abs(move - real) <= max(1.5, 0.35 * real)
    assert found.no_show > base.no_show + 3


def test_two_runs_are_the_same_and_the_people_are_too() -> None:
    _, known, traces = _lived()
    first, second = (replay.run(traces[0], known, replay.present(traces[0])) for _ in range(2))
    assert first == second
    plan = Plan(name="p", changes=(plans.AddCounter(tuple(q.id for q in CENTRE.catalogue.queues)),))
    other = replay.run(traces[0], known, applying.setting(plan, traces[0], known))
    assert [v.queue for v in other.visits] == [v.queue for v in first.visits]
    assert CounterId("whatif-4") in other.open_s or len(other.open_s) == len(first.open_s)


def test_nobody_is_called_twice_or_by_a_counter_that_may_not() -> None:
    _, known, traces = _lived()
    for trace in traces[:3]:
        lived = replay.run(trace, known, replay.present(trace))
        assert len(lived.visits) == len(trace.visits)
        served = sum(v.outcome is Outcome.SERVED for v in lived.visits)
        assert served > 0.6 * len(lived.visits)


def _results(days: int) -> list[DayResult]:
    _, known, traces = _lived()
    plan = Plan(name="p", changes=(plans.RemoveCounter(CENTRE.catalogue.counters[0].id),))
    return [
        DayResult(
            day=t.day.isoformat(),
            observed=outcome.of_visits(replay.observed(t)),
            present=outcome.of_lived(replay.run(t, known, replay.present(t))),
            plans=[outcome.of_lived(replay.run(t, known, applying.setting(plan, t, known)))],
        )
        for t in traces[:days]
    ]


def test_a_comparison_says_how_sure_it_is() -> None:
    found = compare.compare(_results(DAYS), [15, 30], compare.Curve(2.0, -0.8))
    plan = found["plans"][0]
    assert found["is_enough"]
    assert plan["better"] + plan["worse"] + plan["same"] == DAYS
    move = plan["mean_move"]
    assert move["value"] == pytest.approx(plan["felt"] - found["present"]["felt"])
    assert move["band_low"] <= move["low"] <= move["value"] <= move["high"] <= move["band_high"]
    # The model's own error is never less than a quarter, or a minute and a half.
    assert move["band_high"] - move["value"] >= max(1.5, 0.25 * abs(move["value"])) - 1e-9
    assert plan["satisfied_move"] < 0
    assert not compare.compare(_results(9), [15, 30], None)["is_enough"]


def test_leaving_for_a_long_wait_cannot_improve_the_share_in_time() -> None:
    """SLA of measures.md §2: called after the limit and gone counts as late, before it not at all."""
    day = outcome.DayRun(lines=[outcome.LineDay("A", False, [60, 2_000], [30, 1_000], [1_200])])
    found = compare.figures([day], [15], None)
    assert found["within"]["15"] == pytest.approx(1 / 4)
    assert found["over"]["15"] == 3
    assert found["people"] == 5
    assert found["no_show_share"] == pytest.approx(0.5)
    assert found["p90"] is None
    # Whoever is never served counts with all of their waiting.
    assert found["felt"] == pytest.approx((60 + 2_000 + 30 + 1_000 + 1_200) / 5 / 60)

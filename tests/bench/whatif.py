"""How right a what-if is: replays of a made-up centre's log beside the centre re-run with the change.

measures.md §3.1 and A13, A14. The centre is lived with the same people and the same counters' days;
only the change differs. The replay knows nothing but the log.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from typing_extensions import override

from server.domain.catalogue import Counter, Mode, Source
from server.domain.ids import CounterId, QueueId
from server.domain.state import BranchState
from server.forecast.engine import Outcome
from server.simulate import centre as centres
from server.simulate import world
from server.simulate.behaviour import SCENARIOS
from server.simulate.centre import Centre
from server.simulate.centre_day import CentreDay
from server.simulate.history import undisturbed
from server.simulate.people import Shift
from server.whatif import applying, facts, history, learning, plans, replay
from server.whatif.facts import Facts
from server.whatif.plans import Plan
from server.whatif.replay import Lived
from server.whatif.trace import Known

FIRST = date(2026, 9, 1)
LATE_S = 900.0


@dataclass(frozen=True, kw_only=True)
class World:
    """A centre with a change made to it in truth."""

    centre: Centre
    removed: frozenset[CounterId] = frozenset()
    #: Counter -> the only minutes of the day in which it is open.
    only: tuple[tuple[CounterId, float, float], ...] = ()
    through_lunch: frozenset[CounterId] = frozenset()


class ChangedDay(CentreDay):
    """A day of the changed centre: the same people, and every counter's day as it would have been."""

    def __init__(self, changed: World, state: BranchState, day: date, number: int) -> None:
        self._changed = changed
        super().__init__(changed.centre, state, day, number)

    @override
    def _plan_shift(self, counter: Counter, shift: Shift) -> None:
        changed = self._changed
        if counter.id in changed.removed:
            self._staffed.remove(counter)
            return
        for one, since, until in changed.only:
            if one == counter.id:
                self._plan_part(counter, shift, since, until)
                return
        super()._plan_shift(counter, shift)

    def _plan_part(self, counter: Counter, shift: Shift, since: float, until: float) -> None:
        late = timedelta(seconds=shift.late_s[0])
        self._at(self._minute(since) + late, lambda: self._open(counter))
        self._at(self._minute(until), lambda: self._next(counter))
        for minute, seconds, is_entered in shift.pauses:
            if since < minute < until:
                self._at(
                    self._minute(minute),
                    lambda s=seconds, e=is_entered: self._pause_due(counter, s, e),  # type: ignore[misc]
                )

    @override
    def _is_closing(self, counter: Counter) -> bool:
        for one, _, until in self._changed.only:
            if one == counter.id:
                return self._now >= self._minute(until)
        return super()._is_closing(counter)

    @override
    def _next(self, counter: Counter) -> None:
        if counter.id not in self._changed.through_lunch:
            super()._next(counter)
            return
        # One whose sessions are one: no lunch falls into its day.
        sessions = self._sessions
        whole = replace(sessions[0], closes=sessions[-1].closes)
        self._sessions = (whole,)
        try:
            super()._next(counter)
        finally:
            self._sessions = sessions


def live(changed: World, days: int) -> Iterator[Facts]:
    """The days as facts, one after the other."""
    catalogue = changed.centre.catalogue
    state = BranchState(catalogue.branch)
    evening = datetime.combine(FIRST - timedelta(days=1), datetime.min.time(), catalogue.zone)
    for recorded in world.configured(changed.centre, evening):
        state.apply(recorded)
    opened = world.working_days(catalogue, FIRST)
    with undisturbed():
        for number in range(days):
            day = next(opened)
            lived = ChangedDay(changed, state, day, number)
            lived.run()
            yield facts.of_state(catalogue, state, lived.log.events, day)
            state.forget_days_before(day + timedelta(days=1))


def happened(some: Sequence[Facts]) -> list[list[Lived]]:
    """What truly became of everybody, by day."""
    return [replay.observed(history.Reader(f, {}).trace()) for f in some]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Minutes, and per cent."""

    mean: float
    p90: float
    sla: float
    no_show: float


def figures(days: Sequence[Sequence[Lived]]) -> Figures:
    """The figures of measures.md §2 over all visits of the days."""
    visits = [v for day in days for v in day]
    waits = np.array([v.wait_s for v in visits if v.outcome is Outcome.SERVED])
    missed = [v for v in visits if v.outcome is Outcome.NO_SHOW]
    rest = [v for v in visits if v.outcome in (Outcome.WAITING, Outcome.LEFT)]
    late = sum(v.call_wait_s > LATE_S for v in (*missed, *rest))
    return Figures(
        mean=float(waits.mean()) / 60,
        p90=float(np.percentile(waits, 90)) / 60,
        sla=100 * float((waits <= LATE_S).sum()) / (len(waits) + late),
        no_show=100 * len(missed) / (len(waits) + len(missed)),
    )


def with_counter(centre: Centre, *queues: QueueId) -> Centre:
    """The centre with one more counter, its officer of ordinary speed."""
    catalogue, number = centre.catalogue, len(centre.catalogue.counters) + 1
    new = Counter(
        id=CounterId(f"{catalogue.branch}-{number}"),
        number=number,
        sources=(Source(queues=queues),),
    )
    return replace(
        centre,
        catalogue=replace(
            catalogue,
            counters=(*catalogue.counters, new),
            officers=(*catalogue.officers, f"Cán bộ {number}"),
        ),
        speed=(*centre.speed, 1.0),
    )


def cases(centre: Centre) -> list[tuple[str, World, Plan]]:
    """The changes of measures.md §3.1 and those of the page."""
    catalogue = centre.catalogue
    counters, queues = catalogue.counters, [q.id for q in catalogue.queues]
    two = (queues[2], queues[min(6, len(queues) - 1)])
    new = CounterId(f"{catalogue.branch}-{len(counters) + 1}")
    gone = counters[len(counters) // 4]
    lunch = (counters[0].id, counters[len(counters) // 2].id)

    def plan(*changes: plans.Change) -> Plan:
        return Plan(name="p", changes=changes, new_skill=1.0)

    # Trained: the made-up officers know every service.
    pool = plan(plans.Pool(counters=tuple(c.id for c in counters), how="own_empty"))
    was = catalogue.policy.mode
    mode = Mode.HEAD_START if was is Mode.STRICT else Mode.STRICT
    rules = plan(plans.Rules(mode=mode.value, cap_minutes=20))
    return [
        ("remove a counter", World(centre=centre, removed=frozenset({gone.id})),
         plan(plans.RemoveCounter(gone.id))),
        ("add a counter", World(centre=with_counter(centre, *two)), plan(plans.AddCounter(two))),
        ("helper 8:00-10:30",
         World(centre=with_counter(centre, *two), only=((new, 480.0, 630.0),)),
         plan(plans.AddCounter(two, ("08:00", "10:30")))),
        ("two through lunch", World(centre=centre, through_lunch=frozenset(lunch)),
         plan(plans.LunchCover(lunch))),
        ("pool all counters",
         World(centre=replace(centre, catalogue=applying.changed(pool, catalogue))), pool),
        (f"{mode.value}, cap 20",
         World(centre=replace(centre, catalogue=applying.changed(rules, catalogue))), rules),
    ]  # fmt: skip


def known_of(days: Sequence[Facts]) -> Known:
    """What the log says."""
    learner = learning.Learner()
    for one in days:
        learner.take(one)
    return learner.known()


def run(scenario: str, seed: int, days: int, say: Callable[[str], None]) -> list[str]:
    """Measure a scenario; returns what is out of bounds."""
    centre = centres.make(SCENARIOS[scenario], seed)
    lived = list(live(World(centre=centre), days))
    truth = figures(happened(lived))
    begun = time.perf_counter()
    known = known_of(lived)
    traces = [history.Reader(f, known.speed, known.overrun).trace() for f in lived]
    base = figures([replay.run(t, known, replay.present(t)).visits for t in traces])
    took = time.perf_counter() - begun
    faults = a13(scenario, truth, base)
    say(f"{scenario} seed {seed}, {days} days: learned and replayed in {took:.1f} s")
    say(f"  same roster   truth {truth}\n                replay {base}")
    for name, changed, plan in cases(centre):
        true = figures(happened(list(live(changed, days))))
        found = figures(
            [replay.run(t, known, applying.setting(plan, t, known)).visits for t in traces]
        )
        faults += a14(name, say, true.mean - truth.mean, found.mean - base.mean,
                      (true.no_show - truth.no_show, found.no_show - base.no_show))  # fmt: skip
    return faults


def a13(scenario: str, truth: Figures, base: Figures) -> list[str]:
    """The same roster: mean within 5 %, P90 within 8 %, share within 15 minutes within 2 points."""
    faults = []
    if abs(base.mean / truth.mean - 1) > 0.05:
        faults.append(f"{scenario}: mean")
    if abs(base.p90 / truth.p90 - 1) > 0.08:
        faults.append(f"{scenario}: P90")
    if abs(base.sla - truth.sla) > 2:
        faults.append(f"{scenario}: SLA15")
    return faults


def a14(
    name: str, say: Callable[[str], None], true: float, found: float, gone: tuple[float, float]
) -> list[str]:
    """A change of the mean wait: its sign, and its size within 35 % or 1.5 min."""
    is_right = abs(true) < 1 or (
        true * found > 0 and abs(found - true) <= max(1.5, 0.35 * abs(true))
    )
    say(
        f"  {name:20} true {true:+6.2f} min, replay {found:+6.2f} min; no-shows "
        f"{gone[0]:+.1f} / {gone[1]:+.1f} points{'' if is_right else '  OUT'}"
    )
    return [] if is_right else [name]


def whatif() -> None:
    """The usual scenarios."""
    main([])


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", nargs="*", default=["base", "small", "boost"])
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--days", type=int, default=40)
    arguments = parser.parse_args(words)
    faults = [
        fault
        for name in arguments.scenario
        for fault in run(name, arguments.seed, arguments.days, lambda said: print(said, flush=True))
    ]
    print("all within A13 and A14" if not faults else f"out of bounds: {faults}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

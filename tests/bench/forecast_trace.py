"""Follows a made-up centre's log, forecasts tickets as they are issued, and keeps what came of it.

As the product does it: the forecast is made from the branch as it was before the ticket, for its
lane, and stands in the ticket's event, from which the learner takes it when the ticket is called.
"""

import itertools
import math
import random
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import NormalDist

import numpy as np

from server.domain import events as ev
from server.domain import hours
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import RAW_PERCENTS, Lane
from server.forecast import kernel, snapshots
from server.forecast.backtest import Backtest, Replayed
from server.forecast.model import Quantiles, Run, Snapshot, Times, Waiter
from server.simulate import centre as centres
from server.simulate import people, world
from server.simulate.behaviour import BOOKED, BOOKED_SHARE, PRIORITY, PRIORITY_SHARE, Scenario
from server.simulate.centre import Centre
from tests.bench import reference_kernel

FIRST_DAY = date(2026, 1, 5)
MEDIAN = RAW_PERCENTS.index(50)
_POINTS = 65


@dataclass(slots=True)
class Beside:
    """What others would have said of a priced ticket, seconds; None where they were not asked."""

    raw_s: float | None
    oracle_s: float | None = None
    reference_s: float | None = None
    is_initial: bool = False


@dataclass(slots=True)
class Watch:
    """The chance, said at a moment, that somebody of a queue passes the red target uncalled."""

    said: float
    happened: bool = False


@dataclass(slots=True, kw_only=True)
class Plan:
    """How much of a centre is followed: every `every`-th ticket is priced.

    Of those after the warm-up, the oracle prices every `oracle_every`-th, and the reference kernel
    every `reference_every`-th; 0 = none.
    """

    name: str
    scenario: Scenario
    seed: int
    days: int
    warm_up: int = 10
    every: int = 1
    oracle_every: int = 0
    reference_every: int = 0
    replications: int = 100


@dataclass(slots=True)
class Trace:
    """What came of following a plan."""

    plan: Plan
    #: The working day with number 0.
    first: date
    replayed: Replayed
    beside: dict[TicketId, Beside]
    watches: list[Watch]
    runs: int
    seconds: float


def follow(plan: Plan) -> Trace:
    """Live the centre of a plan and backtest the forecast on it as it goes."""
    begun = time.monotonic()
    made = centres.make(plan.scenario, plan.seed)
    follower = _Follower(plan, made)
    days = world.live(made, FIRST_DAY, plan.days)
    replayed = follower.run(recorded for _, events in days for recorded in events)
    watches = follower.watches
    return Trace(
        plan, FIRST_DAY, replayed, follower.beside, watches, follower.runs,
        time.monotonic() - begun,
    )  # fmt: skip


class _Follower(Backtest):
    """A backtest that prices some tickets only, and asks others beside."""

    def __init__(self, plan: Plan, made: Centre) -> None:
        days = itertools.islice(world.working_days(made.catalogue, FIRST_DAY), plan.days)
        self._number = {day: n for n, day in enumerate(days)}
        since = next(day for day, n in self._number.items() if n == plan.warm_up)
        super().__init__(
            made.catalogue, since=since, priced_since=FIRST_DAY, replications=plan.replications
        )
        self._plan, self._centre, self._truth = plan, made, Truth(made)
        self._issued = 0
        self.runs = 0
        self.beside: dict[TicketId, Beside] = {}
        self.watches: list[Watch] = []
        #: By ticket that waits: when it passes the red target, and who watches it.
        self._red: dict[TicketId, datetime] = {}
        self._watched: dict[TicketId, list[Watch]] = {}
        self._last: tuple[Snapshot, Run] | None = None

    # Hooks --------------------------------------------------------------------------------
    def _is_priced(self, event: ev.TicketIssued, day: date) -> bool:
        self._issued += 1
        return self._issued % self._plan.every == 0 and super()._is_priced(event, day)

    def _absent(self, day: date) -> Collection[CounterId]:
        is_declared = self._centre.behaviour.is_absence_declared
        return world.absent(self._centre, self._number[day]) if is_declared else ()

    def _run(self, snapshot: Snapshot, seed: int) -> Run:
        self.runs += 1
        run = super()._run(snapshot, seed)
        self._last = snapshot, run
        return run

    def _price(self, recorded: ev.Recorded, event: ev.TicketIssued, day: date) -> ev.Recorded:
        is_initial = self.learner.calibration.is_initial
        taught = super()._price(recorded, event, day)
        assert self._last is not None, "a ticket is priced by a run"
        snapshot, run = self._last
        raw = run.newcomers[event.queue, event.priority].levels_s[MEDIAN]
        beside = self.beside[event.ticket] = Beside(raw, is_initial=is_initial)
        if self._number[day] >= self._plan.warm_up:
            self._ask(beside, snapshot, event, recorded)
            self._watch(snapshot, run)
        return taught

    def _live(self, recorded: ev.Recorded) -> None:
        super()._live(recorded)
        event, ticket = recorded.event, recorded.ticket
        if isinstance(event, ev.TicketIssued):
            self._red[event.ticket] = self._red_of(event.queue, recorded.at)
        elif isinstance(event, ev.TicketCalled) and ticket is not None:
            self._settle(ticket, is_late=recorded.at > self._red.pop(ticket, recorded.at))
        elif isinstance(event, ev.DayClosed):
            for one in list(self._watched):
                self._settle(one, is_late=True)
            self._red.clear()

    # Others -------------------------------------------------------------------------------
    def _ask(
        self, beside: Beside, snapshot: Snapshot, event: ev.TicketIssued, recorded: ev.Recorded
    ) -> None:
        plan, lane = self._plan, (event.queue, event.priority)
        if plan.oracle_every and self.runs % plan.oracle_every == 0:
            number = self._number[event.business_date]
            absent = world.absent(self._centre, number)
            catalogue = self._centre.catalogue
            told = snapshots.of(
                self.state, catalogue, absent, self.learner, recorded.at, lanes=(lane,)
            )
            local = recorded.at.astimezone(catalogue.zone)
            truth = self._truth.times(number, local.hour * 60 + local.minute)
            run = kernel.run(told, truth, replications=plan.replications, seed=recorded.seq)
            beside.oracle_s = run.newcomers[lane].levels_s[MEDIAN]
        if plan.reference_every and self.runs % plan.reference_every == 0:
            beside.reference_s = self._reference(snapshot, event, recorded)

    def _reference(
        self, snapshot: Snapshot, event: ev.TicketIssued, recorded: ev.Recorded
    ) -> float | None:
        candidate = Candidate(
            snapshot.at, event.queue, event.serial, event.ticket, event.number, event.priority
        )
        called = reference_kernel.price(
            snapshot,
            self.learner.times(recorded.at),
            Waiter(candidate=candidate, service=event.service, issued_s=0.0),
            replications=self._plan.replications,
            seed=recorded.seq,
        )
        median = float(np.median(called))
        return median if math.isfinite(median) else None

    # Breaches -----------------------------------------------------------------------------
    def _red_of(self, queue: QueueId, issued: datetime) -> datetime:
        catalogue = self._centre.catalogue
        counts = hours.published_opening(catalogue.hours, catalogue.zone, queue, issued)
        return counts + timedelta(minutes=catalogue.policy.wait_targets_minutes[1])

    def _watch(self, snapshot: Snapshot, run: Run) -> None:
        """By queue: those who may pass the target yet. Whoever has passed it is no question."""
        by_queue: dict[QueueId, list[TicketId]] = {}
        for waiter in snapshot.waiters:
            red = self._red.get(waiter.ticket)
            if waiter.candidate.priority is None and red is not None and red > snapshot.at:
                by_queue.setdefault(waiter.candidate.queue, []).append(waiter.ticket)
        for tickets in by_queue.values():
            watch = Watch(max(run.waiting[t].breach for t in tickets))
            self.watches.append(watch)
            for ticket in tickets:
                self._watched.setdefault(ticket, []).append(watch)

    def _settle(self, ticket: TicketId, *, is_late: bool) -> None:
        for watch in self._watched.pop(ticket, ()):
            watch.happened = watch.happened or is_late


class Truth:
    """The times as they truly are: what a learner would know that knew everything but the future."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._rng = random.Random(1)
        behaviour = centre.behaviour
        draws = range(_DRAWS)
        recalled = [centres.RECALL_S if self._rng.random() < behaviour.recall_share else 0.0 for _ in draws]  # fmt: skip
        self._walk = _table([people.walk_s(self._rng) + more for more in recalled])
        self._pause = _table([people.pause_s(centre, self._rng) for _ in draws])
        share = self._pause_share()
        self._gap = _table(
            [
                people.gap_s(self._rng)
                + (people.pause_s(centre, self._rng) if self._rng.random() < share else 0.0)
                for _ in draws
            ]
        )
        self._no_show = _table([people.gone_s(self._rng) for _ in draws])
        self._services: dict[tuple[int, float], Quantiles] = {}

    def _pause_share(self) -> float:
        """Of what a counter does between two calls: how often a pause is in it."""
        minutes = sum(p * m for p, m in zip(self._centre.people, self._centre.minutes, strict=True))
        cycle = minutes / sum(self._centre.people) + centres.AROUND_MINUTES
        return self._centre.behaviour.pauses * cycle / (centres.OPEN_MINUTES / 2)

    def _service(self, service: int, number: int) -> Quantiles:
        key = service, people.drifted(self._centre, service, number)
        if key not in self._services:
            behaviour = self._centre.behaviour
            found = []
            for _ in range(_DRAWS):
                part = 1.0
                if self._rng.random() < behaviour.transfer_share:
                    part = behaviour.before_transfer
                found.append(part * people.needs_s(self._centre, service, number, self._rng))
            self._services[key] = _table(found)
        return self._services[key]

    def times(self, number: int, minute: float) -> Times:
        """What is true at a minute of a working day."""
        centre = self._centre
        catalogue, behaviour = centre.catalogue, centre.behaviour
        services = [s.id for s in catalogue.services]
        return Times(
            service={s: self._service(n, number) for n, s in enumerate(services)},
            speed=dict(zip(catalogue.officers, centre.speed, strict=True)),
            slow=people.slow_of(centre, number).at(minute),
            walk=self._walk,
            gap=self._gap,
            no_show=self._no_show,
            pause=self._pause,
            late_mean_s=60 * behaviour.late_minutes,
            absent_share=0.0,
            no_show_shares={s: self._shares(centre.no_show[n]) for n, s in enumerate(services)},
            arrivals=self._arrivals(number),
            transfer_share=behaviour.transfer_share,
        )

    def _shares(self, never: float) -> tuple[float, float, float, float]:
        behaviour = self._centre.behaviour

        def gone(minutes: float) -> float:
            score = math.log(minutes / behaviour.patience_median_minutes) / behaviour.patience_sd
            return never + (1 - never) * NormalDist().cdf(score)

        return gone(8), gone(31), gone(66), gone(125)

    def _arrivals(self, number: int) -> dict[tuple[Lane, int], float]:
        centre = self._centre
        found: dict[tuple[Lane, int], float] = {}
        volumes = people.volume(centre, number)
        queues = [q.id for q in centre.catalogue.queues]
        moved = sum(volumes) * centre.behaviour.transfer_share / len(queues)
        for slot, share in centres.ARRIVALS:
            half = slot.hour * 2 + slot.minute // 30
            for queue, volume in zip(queues, volumes, strict=True):
                rate = volume * share / 100 / 1_800
                found[(queue, PRIORITY), half] = rate * PRIORITY_SHARE
                found[(queue, BOOKED), half] = rate * BOOKED_SHARE
        for queue in queues:
            for half in (15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33):
                found[(queue, kernel.TRANSFER), half] = moved / (15 * 1_800)
        return found


_DRAWS = 20_000


def _table(values: list[float]) -> Quantiles:
    at = (np.arange(_POINTS) + 0.5) / _POINTS
    return tuple(float(x) for x in np.quantile(values, at))

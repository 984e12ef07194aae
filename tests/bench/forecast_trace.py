"""Follows a made-up centre's log, forecasts tickets as they are issued, and keeps what came of it.

As the product does it: the forecast is made from the branch as it was before the ticket, for its
lane, and stands in the ticket's event, from which the learner takes it when the ticket is called.
"""

import math
import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import NormalDist

import numpy as np

from server.domain import events as ev
from server.domain import hours
from server.domain.catalogue import Catalogue
from server.domain.counters import CounterStatus
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import RAW_PERCENTS, Foretold, Lane
from server.domain.state import BranchState
from server.forecast import kernel, publish, snapshots
from server.forecast.learner import Learner
from server.forecast.model import Quantiles, Raw, Snapshot, Times, Waiter
from server.simulate import centre as centres
from server.simulate import people, world
from server.simulate.behaviour import BOOKED, BOOKED_SHARE, PRIORITY, PRIORITY_SHARE
from server.simulate.centre import Centre
from tests.bench import reference_kernel

FIRST_DAY = date(2026, 1, 5)
MEDIAN = RAW_PERCENTS.index(50)
_POINTS = 65


@dataclass(slots=True)
class Case:
    """A forecast ticket. Times in seconds; `actual_s` is None until it is called."""

    day: int
    minute: int
    queue: QueueId
    is_priority: bool
    foretold: Foretold
    shown: tuple[int | None, int | None]
    is_initial: bool
    naive_s: float | None
    raw_s: float | None
    oracle_s: float | None = None
    reference_s: float | None = None
    actual_s: float | None = None


@dataclass(slots=True)
class Watch:
    """The chance, said at a moment, that somebody of a queue passes the red target uncalled."""

    said: float
    tickets: tuple[TicketId, ...]
    happened: bool = False


@dataclass(slots=True, kw_only=True)
class Plan:
    """How much of a centre is followed: every `every`-th ticket is forecast, of those the others."""

    centre: Centre
    days: int
    every: int = 1
    oracle_every: int = 0
    reference_every: int = 0
    replications: int = 100
    is_declared: bool = False
    #: Warm-up days are only learned from, beside every `every`-th forecast.
    warm_up: int = 10


@dataclass(slots=True)
class Trace:
    """What came of following a plan."""

    cases: list[Case] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    runs: int = 0


class Follower:
    """Takes the events of a centre in and forecasts."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._centre = plan.centre
        self._catalogue: Catalogue = plan.centre.catalogue
        self._state = BranchState(self._catalogue.branch)
        self._learner = Learner(self._catalogue)
        self._open: dict[TicketId, Case] = {}
        self._issued: dict[TicketId, datetime] = {}
        #: When each ticket that waits passes the red target.
        self._red: dict[TicketId, datetime] = {}
        self._watched: dict[TicketId, list[Watch]] = {}
        self._count = 0
        self._truth = _Truth(plan.centre)
        self._day = 0
        self.trace = Trace()

    def follow(self) -> Trace:
        """The whole plan."""
        for number, (_, events) in enumerate(world.live(self._centre, FIRST_DAY, self._plan.days)):
            self._day = number
            for recorded in events:
                self._take(recorded)
            self._open.clear()
            self._issued.clear()
            self._watched.clear()
            self._red.clear()
            self._state.forget_days_before(events[-1].at.date())
        return self.trace

    def _take(self, recorded: ev.Recorded) -> None:
        event = recorded.event
        if isinstance(event, ev.TicketIssued):
            self._issued[event.ticket] = recorded.at
            self._red[event.ticket] = self._red_of(event.queue, recorded.at)
            self._count += 1
            if self._count % self._plan.every == 0:
                recorded = self._forecast(recorded, event)
            else:
                recorded = replace(recorded, event=replace(event, quote=None))
        self._state.apply(recorded)
        self._learner.apply(recorded)
        if isinstance(event, ev.TicketCalled) and recorded.ticket in self._issued:
            self._called(recorded.ticket, recorded.at)
        elif isinstance(event, ev.DayClosed):
            for ticket in list(self._watched):
                self._settle(ticket, is_late=True)

    def _called(self, ticket: TicketId, at: datetime) -> None:
        waited = (at - self._issued.pop(ticket)).total_seconds()
        case = self._open.pop(ticket, None)
        if case is not None:
            case.actual_s = waited
        self._settle(ticket, is_late=at > self._red.pop(ticket))

    def _settle(self, ticket: TicketId, *, is_late: bool) -> None:
        for watch in self._watched.pop(ticket, ()):
            watch.happened = watch.happened or is_late

    def _red_of(self, queue: QueueId, issued: datetime) -> datetime:
        catalogue = self._catalogue
        counts = hours.published_opening(catalogue.hours, catalogue.zone, queue, issued)
        return counts + timedelta(minutes=catalogue.policy.wait_targets_minutes[1])

    def _forecast(self, recorded: ev.Recorded, event: ev.TicketIssued) -> ev.Recorded:
        now = recorded.at
        known = self._known_absent()
        lane = self._lane(event)
        snapshot = snapshots.of(
            self._state, self._catalogue, known, self._learner, now, lanes=(lane,)
        )
        times = self._learner.times(now)
        seed, r = recorded.seq, self._plan.replications
        run = kernel.run(snapshot, times, replications=r, seed=seed)
        self.trace.runs += 1
        raw = run.newcomers[lane]
        told = publish.foretold(
            self._learner, snapshot, event.queue, raw, is_priority=event.priority is not None
        )
        is_initial = self._learner.calibration.is_initial
        local = now.astimezone(self._catalogue.zone)
        case = Case(
            day=self._day,
            minute=local.hour * 60 + local.minute,
            queue=event.queue,
            is_priority=event.priority is not None,
            foretold=told,
            shown=publish.shown(told, is_initial=is_initial),
            is_initial=is_initial,
            naive_s=self._naive(event.queue, times),
            raw_s=raw.levels_s[MEDIAN],
        )
        if self._day >= self._plan.warm_up:
            self._compare(case, snapshot, times, recorded, event, lane)
            self._watch(snapshot, {w.ticket: run.waiting[w.ticket] for w in snapshot.waiters})
        self._open[event.ticket] = case
        self.trace.cases.append(case)
        quote = ev.Quote(expected_s=0, low_s=0, high_s=0, model=publish.MODEL, raw_s=told.raw_s)
        return replace(recorded, event=replace(event, quote=quote))

    def _known_absent(self) -> frozenset[CounterId]:
        return world.absent(self._centre, self._day) if self._plan.is_declared else frozenset()

    def _lane(self, event: ev.TicketIssued) -> Lane:
        leaders = snapshots.leader_of(self._catalogue.policy)
        return event.queue, leaders.get(event.priority or "")

    def _naive(self, queue: QueueId, times: Times) -> float | None:
        """People ahead in the queue, times the mean service, by the counters open for it."""
        states = [self._state.counter(c.id) for c in self._catalogue.counters if queue in c.queues]
        able = sum(s.status is CounterStatus.OPEN for s in states)
        service = self._catalogue.service_of_queue(queue)
        if not able or service is None:
            return None
        mean = sum(times.service[service.id]) / _POINTS
        return self._state.waiting(queue) * mean / able

    def _compare(
        self,
        case: Case,
        snapshot: Snapshot,
        times: Times,
        recorded: ev.Recorded,
        event: ev.TicketIssued,
        lane: Lane,
    ) -> None:
        plan, n = self._plan, self.trace.runs
        r, seed = plan.replications, recorded.seq
        if plan.oracle_every and n % plan.oracle_every == 0:
            absent = world.absent(self._centre, self._day)
            told = snapshots.of(
                self._state, self._catalogue, absent, self._learner, recorded.at, lanes=(lane,)
            )
            truth = self._truth.times(self._day, case.minute)
            run = kernel.run(told, truth, replications=r, seed=seed)
            case.oracle_s = run.newcomers[lane].levels_s[MEDIAN]
        if plan.reference_every and n % plan.reference_every == 0 and event.priority is None:
            case.reference_s = self._reference(snapshot, times, event, seed)

    def _reference(
        self, snapshot: Snapshot, times: Times, event: ev.TicketIssued, seed: int
    ) -> float | None:
        candidate = Candidate(
            snapshot.at, event.queue, event.serial, event.ticket, event.number, event.priority
        )
        me = Waiter(candidate=candidate, service=event.service, issued_s=0.0)
        called = reference_kernel.price(
            snapshot, times, me, replications=self._plan.replications, seed=seed
        )
        median = float(np.median(called))
        return median if math.isfinite(median) else None

    def _watch(self, snapshot: Snapshot, raws: dict[TicketId, Raw]) -> None:
        by_queue: dict[QueueId, list[Waiter]] = {}
        for waiter in snapshot.waiters:
            red = self._red.get(waiter.ticket)
            is_fresh = waiter.ticket in self._issued and red is not None and red > snapshot.at
            if waiter.candidate.priority is None and is_fresh:
                by_queue.setdefault(waiter.candidate.queue, []).append(waiter)
        for waiters in by_queue.values():
            tickets = tuple(w.ticket for w in waiters)
            watch = Watch(max(raws[t].breach for t in tickets), tickets)
            self.trace.watches.append(watch)
            for ticket in tickets:
                self._watched.setdefault(ticket, []).append(watch)


class _Truth:
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

"""A day of a made-up branch whose parameters are known, and any moment of it as a snapshot.

What the kernel says of a moment can so be held against what really came after it.
"""

import random
from bisect import bisect_left
from dataclasses import replace
from datetime import timedelta

import numpy as np

from server.domain.catalogue import Mode, Policy
from server.domain.discipline import Candidate
from server.domain.ids import BranchId, QueueId, ServiceId, TicketId
from server.domain.outlook import Lane
from server.forecast import draws, engine
from server.forecast.model import Desk, Phase, Snapshot, Span, Times, Waiter
from server.forecast.quantiles import Table
from tests.forecast.scene import AT, CLASSES, HOUR, constant, desk, lognormal

QUEUES = "ABCD"
SHARES = (0.04, 0.06, 0.1, 0.2)


class World:
    """One day of `hours`, from `AT` on: arrivals of four queues, four counters of two each."""

    def __init__(self, seed: int, mode: Mode, hours: float = 6.0) -> None:
        self._rng = random.Random(seed)
        self.end = hours * HOUR
        self.policy = Policy(mode=mode, classes=CLASSES)
        means = dict(zip(QUEUES.lower(), (300, 480, 600, 900), strict=True))
        self.times = Times(
            service={ServiceId(f"s-{q}"): lognormal(mean) for q, mean in means.items()},
            speed={"o-1": 0.9, "o-2": 1.1, "o-3": 1.0, "o-4": 1.0},
            walk=lognormal(25, 0.5),
            gap=lognormal(40, 1.0),
            no_show=lognormal(70, 0.3),
            pause=constant(0),
            no_show_shares={ServiceId(f"s-{q}"): SHARES for q in means},
            arrivals={
                ((QueueId(q), code), half_hour): 0.92 * share / (mean + 60)
                for q, mean in zip(QUEUES, means.values(), strict=True)
                for code, share in ((None, 0.85), ("CT", 0.1), ("transfer", 0.05))
                for half_hour in range(48)
            },
        )
        self.desks = [
            desk(n + 1, QUEUES[n], QUEUES[(n + 1) % 4], windows=((0.0, self.end),))
            for n in range(4)
        ]
        self.visits: dict[int, engine.Visit] = {}
        self.played = [
            engine.Desk(counter=d.counter, officer=d.officer, windows=d.windows, key=n)
            for n, d in enumerate(self.desks)
        ]
        self.tickets = self._arrivals()
        engine.Dispatcher(self.policy, AT, {}, self).run(self.tickets, self.played)

    def visit(self, ticket: engine.Ticket, at: engine.Desk, now: float) -> engine.Visit:
        """Drawn as the kernel's tables say."""
        share = SHARES[bisect_left(draws.BIN_EDGES_S, now - ticket.arrival_s)]
        start = None
        if self._rng.random() < share:
            end = now + self._draw(self.times.no_show)
        else:
            start = now + self._draw(self.times.walk)
            service = self._draw(self.times.service[ticket.service])
            end = start + service * self.times.speed[at.officer]
        outcome = engine.Outcome.NO_SHOW if start is None else engine.Outcome.SERVED
        found = engine.Visit(end, end + self._draw(self.times.gap), start, outcome)
        self.visits[ticket.key] = found
        return found

    def _draw(self, quantiles: tuple[float, ...]) -> float:
        return float(Table(quantiles).draw(np.array([self._rng.random()]))[0])

    def _arrivals(self) -> list[engine.Ticket]:
        found = []
        lanes: list[Lane] = sorted({lane for lane, _ in self.times.arrivals}, key=str)
        for queue, code in lanes:
            now = 0.0
            while (
                now := now + self._rng.expovariate(self.times.arrivals[(queue, code), 0])
            ) < self.end:
                place = now - (3_600 if code == "transfer" else 0)
                n = len(found)
                candidate = Candidate(
                    AT + timedelta(seconds=place), queue, n, TicketId(f"w{n}"), "",
                    None if code == "transfer" else code,
                )  # fmt: skip
                service = ServiceId(f"s-{queue.lower()}")
                found.append(
                    engine.Ticket(candidate=candidate, arrival_s=now, service=service, key=n)
                )
        return found

    def at(self, now: float, lanes: tuple[Lane, ...] = ()) -> Snapshot:
        """The branch as an onlooker finds it at `now`."""
        waiting = [
            t for t in self.tickets
            if t.arrival_s <= now and (t.called_s is None or t.called_s > now)
        ]  # fmt: skip
        return Snapshot(
            branch=BranchId("thu"),
            seq=1,
            at=AT + timedelta(seconds=now),
            policy=self.policy,
            desks=tuple(self._desk(n, now) for n in range(len(self.desks))),
            waiters=tuple(
                Waiter(candidate=t.candidate, service=t.service, issued_s=t.arrival_s - now)
                for t in waiting
            ),
            spans=(Span(opens_s=-now, closes_s=self.end - now, last_ticket_s=self.end - now),),
            normal_since=self._tally(now),
            lanes=lanes,
            service_of={QueueId(q): ServiceId(f"s-{q.lower()}") for q in QUEUES},
        )

    def _tally(self, now: float) -> dict[tuple[QueueId, ...], int]:
        found: dict[tuple[QueueId, ...], int] = {}
        called = [t for t in self.tickets if t.called_s is not None and t.called_s <= now]
        for one in sorted(called, key=lambda t: t.called_s or 0.0):
            assert one.desk is not None
            pool = one.desk.counter.sources[0].queues
            is_normal = one.candidate.priority is None
            found[pool] = found.get(pool, 0) + 1 if is_normal else 0
        return found

    def _desk(self, n: int, now: float) -> Desk:
        planned = replace(self.desks[n], windows=((-now, self.end - now),))
        mine = [
            t for t in self.tickets
            if t.desk is self.played[n] and t.called_s is not None and t.called_s <= now
        ]  # fmt: skip
        if not mine:
            return planned
        last = max(mine, key=lambda t: t.called_s or 0.0)
        visit = self.visits[last.key]
        assert last.called_s is not None
        waited = last.called_s - last.arrival_s
        if now >= visit.free_s:
            return planned
        if now >= visit.end_s:
            return replace(planned, phase=Phase.WRAPPING, phase_s=now - visit.end_s)
        if visit.start_s is None or now < visit.start_s:
            since, phase = last.called_s, Phase.CALLING
        else:
            since, phase = visit.start_s, Phase.SERVING
        return replace(
            planned, phase=phase, phase_s=now - since, service=last.service, waited_s=waited
        )

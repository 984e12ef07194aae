"""The forecast of a branch: many runs of its next hours, and what they say of everybody's wait.

Only those who wait, and who can still overtake them, are played: inside a class the order is that
of arrival, so a newcomer who cannot overtake delays nobody who is asked about (measures.md §1.5).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from math import inf
from typing import Final

import numpy as np

from server.domain.catalogue import Counter, Mode, Policy, SourceRule
from server.domain.discipline import Candidate
from server.domain.ids import QueueId, ServiceId, TicketId
from server.domain.outlook import RAW_PERCENTS, Lane
from server.forecast import draws, engine
from server.forecast.draws import Chance, Draws
from server.forecast.model import Raw, Run, Snapshot, Span, Times
from server.forecast.quantiles import Floats

#: The class under which arrivals by transfer stand in `Times.arrivals`.
TRANSFER: Final = "transfer"
#: By how much a ticket that is sent to another queue has usually been there longer.
TRANSFER_HEAD_START_S: Final = 3_600.0

#: How long before the opening tickets are given, where nobody said.
_DOORS_BEFORE_S = 3_600.0
#: Behind every real ticket of its instant.
_LAST_SERIAL = 1_000_000


def run(snapshot: Snapshot, times: Times, *, replications: int = 100, seed: int) -> Run:
    """Price every waiting ticket and every lane of `snapshot.lanes`.

    The same snapshot, times and seed give the same bytes.
    """
    chance = Chance(snapshot, times, replications=replications, seed=seed)
    lanes = overtakers(snapshot, times)
    play = _Play(snapshot, times, chance, tuple(lanes), chance.draw(lanes))
    for n in range(replications):
        play.replication(n)
    return _told(snapshot, np.array(play.called), np.array(play.ahead))


def overtakers(snapshot: Snapshot, times: Times) -> dict[Lane, float]:
    """The lanes whose arrivals can be called before somebody who waits already, and until when.

    The overtaking cap makes that short: who arrives later than that never goes first, urgent ones
    apart, and those for whom a counter leaves the queue that is asked about alone.
    """
    policy = snapshot.policy
    day = max((s.closes_s for s in snapshot.spans), default=0.0)
    preferred = {q for desk in snapshot.desks for q in _preferred(desk.counter)}
    horizons: dict[Lane, float] = {}
    for lane in sorted({lane for lane, _ in times.arrivals}, key=_by_name):
        queue, code = lane
        horizon = day if queue in preferred else _horizon(policy, code, day)
        if horizon > 0:
            horizons[lane] = min(horizon, day)
    return horizons


def _horizon(policy: Policy, code: str | None, day: float) -> float:
    if code is None:
        return 0.0
    if code == TRANSFER:
        return TRANSFER_HEAD_START_S
    known = policy.priority_class(code)
    if known is not None and known.urgent:
        return day
    cap = policy.overtaking_cap_minutes * 60.0
    if policy.mode is Mode.HEAD_START:
        return min(cap, known.head_start_minutes * 60.0 if known else 0.0)
    return cap


def _preferred(counter: Counter) -> list[QueueId]:
    """The queues a counter serves before others: even a newcomer to them goes first there."""
    own = [s for s in counter.sources if s.when is SourceRule.ALWAYS]
    rest = [s for s in counter.sources if s.when is not SourceRule.ALWAYS]
    return [queue for source in [*own, *rest][:-1] for queue in source.queues]


def _by_name(lane: Lane) -> tuple[str, str]:
    return lane[0], lane[1] or ""


class _Chances:
    """What follows a call in one replication (`engine.Draw`)."""

    __slots__ = (
        "_comes",
        "_factors",
        "_gap",
        "_issued",
        "_most",
        "_no_show",
        "_service",
        "_shares",
        "_walk",
    )

    def __init__(
        self,
        drawn: Draws,
        n: int,
        issued: Sequence[float],
        factors: Sequence[float],
        shares: Mapping[ServiceId, Sequence[float]],
        most: Mapping[ServiceId, float],
    ) -> None:
        self._service = drawn.service[n]
        self._walk = drawn.walk[n]
        self._gap = drawn.gap[n]
        self._no_show = drawn.no_show[n]
        self._comes = drawn.comes[n]
        self._issued = issued
        self._factors = factors
        self._shares = shares
        #: The largest of each service's shares: most people come, however long they waited.
        self._most = most

    def visit(self, ticket: engine.Ticket, desk: engine.Desk, now: float) -> engine.Visit:
        """The person comes or not, by how long they waited; then the desk wraps up."""
        key, service = ticket.key, ticket.service
        if self._comes[key] < self._most[service]:
            issued = self._issued[key] if key < len(self._issued) else ticket.arrival_s
            bin_ = bisect_left(draws.BIN_EDGES_S, now - issued)
            if self._comes[key] < self._shares[service][bin_]:
                end = now + self._no_show[key]
                return engine.Visit(end, end + self._gap[key], None, engine.Outcome.NO_SHOW)
        start = now + self._walk[key]
        end = start + self._service[key] * self._factors[desk.key]
        return engine.Visit(end, end + self._gap[key], start)


class _Play:
    """The replications of one forecast: what is the same in all of them, and what came of each."""

    def __init__(
        self,
        snapshot: Snapshot,
        times: Times,
        chance: Chance,
        lanes: Sequence[Lane],
        drawn: Draws,
    ) -> None:
        self._snapshot = snapshot
        self._drawn = drawn
        self._lanes = lanes
        #: In the order of their lines.
        self._order = sorted(
            range(len(snapshot.waiters)), key=lambda k: snapshot.waiters[k].candidate
        )
        self._issued = [waiter.issued_s for waiter in snapshot.waiters]
        self._factors = [chance.factor(desk) for desk in snapshot.desks]
        services = {w.service for w in snapshot.waiters} | {self._service_of(q) for q, _ in lanes}
        self._shares = {s: draws.no_show_shares(times, s) for s in services}
        self._most = {s: max(shares) for s, shares in self._shares.items()}
        self._waiting = [
            engine.Ticket(
                candidate=w.candidate,
                arrival_s=0.0,
                service=w.service,
                key=k,
                counter=w.counter,
                officer=w.officer,
            )
            for k, w in enumerate(snapshot.waiters)
        ]
        self._desks = [
            engine.Desk(counter=desk.counter, officer=desk.officer, key=k)
            for k, desk in enumerate(snapshot.desks)
        ]
        self._standing = engine.Standing(self._waiting, self._desks)
        self._ghosts = engine.Ghosts(
            snapshot.at,
            [_ghost(snapshot, lane) for lane in snapshot.lanes],
            [desk.counter for desk in snapshot.desks],
        )
        #: By replication, tickets and then lanes: when called (inf = never) and after how many.
        self.called: list[list[float]] = []
        self.ahead: list[list[int]] = []

    def _service_of(self, queue: QueueId) -> ServiceId:
        return self._snapshot.service_of.get(queue, ServiceId(""))

    def replication(self, n: int) -> None:
        """Play it and keep what it says."""
        snapshot, drawn = self._snapshot, self._drawn
        waiting = self._waiting
        for ticket in waiting:
            ticket.renew()
        for k, desk in enumerate(self._desks):
            desk.renew(drawn.windows[k][n], drawn.free_s[k][n])
        factors = [factor * drawn.slow[n] for factor in self._factors]
        dispatcher = engine.Dispatcher(
            snapshot.policy,
            snapshot.at,
            snapshot.normal_since,
            _Chances(drawn, n, self._issued, factors, self._shares, self._most),
        )
        dispatcher.run_again(self._standing, self._ghosts, self._arrivals(n))
        self._keep(waiting, dispatcher)

    def _keep(self, waiting: Sequence[engine.Ticket], played: engine.Dispatcher) -> None:
        called = [inf if t.called_s is None else t.called_s for t in waiting]
        ahead = [t.ahead for t in waiting]
        counts = dict(played.called)
        if inf in called:
            # Of those never called: ahead are all who were, and the uncalled who came before them.
            for k in self._order:
                if called[k] == inf:
                    queue = waiting[k].candidate.queue
                    ahead[k] = counts.get(queue, 0)
                    counts[queue] = ahead[k] + 1
        for n, ghost in enumerate(self._ghosts.candidates):
            when, before = played.ghosts_called.get(n) or (inf, counts.get(ghost.queue, 0))
            called.append(when)
            ahead.append(before)
        self.called.append(called)
        self.ahead.append(ahead)

    def _arrivals(self, n: int) -> Iterator[engine.Ticket]:
        at, first = self._snapshot.at, len(self._snapshot.waiters)
        for k, (when, lane) in enumerate(self._drawn.arrivals[n]):
            queue, code = self._lanes[lane]
            is_transfer = code == TRANSFER
            place = when - TRANSFER_HEAD_START_S if is_transfer else when
            candidate = Candidate(
                at + timedelta(seconds=place),
                queue,
                _LAST_SERIAL + 1 + k,
                TicketId(f"~{k}"),
                "",
                None if is_transfer else code,
            )
            yield engine.Ticket(
                candidate=candidate,
                arrival_s=when,
                service=self._service_of(queue),
                key=first + k,
                is_awaited=False,
            )


def _ghost(snapshot: Snapshot, lane: Lane) -> Candidate:
    queue, priority = lane
    ticket = TicketId(f"~{queue}/{priority or ''}")
    return Candidate(snapshot.at, queue, _LAST_SERIAL, ticket, "", priority)


# What the replications say -----------------------------------------------------------------
def _told(snapshot: Snapshot, called: Floats, ahead: Floats) -> Run:
    """`called` and `ahead` by replication, tickets and then lanes."""
    closings = {q: _last_closing(snapshot, q) for q in _queues(snapshot)}
    who: list[tuple[QueueId, str | None, float]] = [
        (w.candidate.queue, w.candidate.priority, w.issued_s) for w in snapshot.waiters
    ] + [(queue, priority, 0.0) for queue, priority in snapshot.lanes]
    raws = []
    if who:
        limits = np.array([closings[queue] for queue, _, _ in who])
        called = np.where(called >= limits, inf, called)
        levels = _levels(called)
        means = ahead.mean(axis=0)
        target = snapshot.policy.wait_targets_minutes[1] * 60.0
        for k, (queue, priority, issued) in enumerate(who):
            before_break = _break(snapshot, queue)
            late = _counts_from(snapshot, queue, issued) + target
            raws.append(
                Raw(
                    levels_s=levels[k],
                    before_break=None
                    if before_break is None
                    else float((called[:, k] < before_break).mean()),
                    ahead=round(float(means[k])),
                    breach=float((called[:, k] > late).mean()) if priority is None else 0.0,
                )
            )
    n = len(snapshot.waiters)
    return Run(
        waiting={w.ticket: raw for w, raw in zip(snapshot.waiters, raws[:n], strict=True)},
        newcomers=dict(zip(snapshot.lanes, raws[n:], strict=True)),
    )


def _levels(called: Floats) -> list[tuple[float | None, ...]]:
    """At `RAW_PERCENTS` (Hyndman-Fan type 7), by ticket; None where it falls past today."""
    ordered = np.sort(called, axis=0)
    last = len(ordered) - 1
    place = np.array(RAW_PERCENTS) / 100.0 * last
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, last)
    with np.errstate(invalid="ignore"):
        found = ordered[low] + (ordered[high] - ordered[low]) * (place - low)[:, None]
    rows: list[list[float]] = found.T.tolist()
    return [tuple(value if value < inf else None for value in row) for row in rows]


def _queues(snapshot: Snapshot) -> set[QueueId]:
    return {w.candidate.queue for w in snapshot.waiters} | {queue for queue, _ in snapshot.lanes}


def _spans(snapshot: Snapshot, queue: QueueId) -> list[Span]:
    spans = (s for s in snapshot.spans if not s.queues or queue in s.queues)
    return sorted((s for s in spans if s.closes_s > 0), key=lambda s: s.opens_s)


def _last_closing(snapshot: Snapshot, queue: QueueId) -> float:
    """Nobody of the queue is called from then on. Never, where it is not open any more today."""
    return max((s.closes_s for s in _spans(snapshot, queue)), default=0.0)


def _break(snapshot: Snapshot, queue: QueueId) -> float | None:
    """When the session under way, or the first to come, ends; None if it is the day's last."""
    spans = _spans(snapshot, queue)
    return spans[0].closes_s if len(spans) > 1 else None


def _counts_from(snapshot: Snapshot, queue: QueueId, issued: float) -> float:
    """From when a wait is held against the target: max(issued, opening)."""
    spans = _spans(snapshot, queue)
    if not spans:
        return issued
    opens, doors = spans[0].opens_s, spans[0].doors_s
    doors = opens - _DOORS_BEFORE_S if doors is None else doors
    return max(issued, opens) if issued >= doors else issued

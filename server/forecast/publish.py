"""What a run found, made into what the product reads: calibrated, and no more than it can keep."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.domain import telling
from server.domain.catalogue import Policy
from server.domain.ids import QueueId, TicketId
from server.domain.outlook import Foretold, Lane, Outlook, Told
from server.domain.state import BranchState
from server.forecast import reasons, snapshots
from server.forecast.learner import Learner
from server.forecast.model import Phase, Raw, Run, Snapshot, Span, Times, Waiter
from server.forecast.reasons import Moment
from server.forecast.tables import mean_of

#: Changed with every change of how forecasts are made.
MODEL: Final = "mc.1"
#: Forecasts of newcomers by lane.
_Lanes = Mapping[Lane, Foretold]
#: What the branch was like when people were told what still stands, by the instant.
Moments = dict[datetime, Moment]


def outlook(
    snapshot: Snapshot,
    run: Run,
    learner: Learner,
    before: Outlook | None,
    *,
    slips: Mapping[TicketId, Told] | None = None,
    moments: Moments | None = None,
) -> Outlook:
    """The branch's forecast. `before` is the last one: what people were told stands by it.

    `slips` is what the slips of tickets say that nothing else was told of (`slips_of`). `moments`
    is kept by whoever makes one forecast after the other: it is where reasons are found in.
    """
    times = learner.times(snapshot.at)
    waiting = {
        w.ticket: foretold(
            learner,
            snapshot,
            w.candidate.queue,
            run.waiting[w.ticket],
            is_priority=w.candidate.priority is not None,
        )
        for w in snapshot.waiters
        if w.ticket in run.waiting
    }
    is_initial = learner.calibration.is_initial
    now = reasons.moment(snapshot, times)
    told = _told(
        snapshot,
        waiting,
        {**(slips or {}), **(before.told if before else {})},
        _Why(snapshot.policy, now, moments or {}),
        is_initial=is_initial,
    )
    if moments is not None:
        _keep_moments(moments, now, told)
    return Outlook(
        branch=snapshot.branch,
        seq=snapshot.seq,
        at=snapshot.at,
        model=MODEL,
        is_initial=is_initial,
        newcomers=_newcomers(snapshot, run, learner),
        waiting=waiting,
        told=told,
        step_s=steps(snapshot, times),
        breaches=_breaches(snapshot, run),
    )


def foretold(
    learner: Learner, snapshot: Snapshot, queue: QueueId, raw: Raw, *, is_priority: bool
) -> Foretold:
    """The calibrated forecast of one ticket or lane; never past closing, never within a break."""
    spans = [s for s in snapshot.spans if not s.queues or queue in s.queues]
    closes_s = _closes_s(snapshot, queue)
    found = learner.calibration.foretell(raw, is_priority, closes_s)
    levels = tuple(None if v is None else _outside_breaks(v, spans) for v in found.levels_s)
    return Foretold(
        levels_s=levels,
        raw_s=found.raw_s,
        before_break=found.before_break,
        ahead=found.ahead,
    )


def _outside_breaks(seconds: int, spans: Sequence[Span]) -> int:
    """Nobody is called while it is closed: then the next opening is the earliest."""
    if any(s.opens_s <= seconds < s.closes_s for s in spans):
        return seconds
    later = [s.opens_s for s in spans if s.opens_s > seconds]
    return round(min(later)) if later else seconds


def _newcomers(snapshot: Snapshot, run: Run, learner: Learner) -> _Lanes:
    """Every lane that can be asked about: classes that are treated alike have one forecast."""
    leaders = snapshots.leader_of(snapshot.policy)
    found: dict[Lane, Foretold] = {}
    for lane, raw in run.newcomers.items():
        queue, code = lane
        one = foretold(learner, snapshot, queue, raw, is_priority=code is not None)
        found[lane] = one
        for other, leader in leaders.items():
            if leader == code:
                found[queue, other] = one
    return found


def slips_of(state: BranchState, snapshot: Snapshot) -> dict[TicketId, Told]:
    """What the slips of those who wait say, where they say minutes that still hold."""
    found: dict[TicketId, Told] = {}
    for waiter in snapshot.waiters:
        ticket = state.tickets[waiter.ticket]
        is_first = ticket.arrival_at == ticket.issued_at and not ticket.calls and not ticket.yielded
        if is_first and ticket.low_s is not None and ticket.high_s is not None:
            found[ticket.id] = Told(at=ticket.issued_at, low_s=ticket.low_s, high_s=ticket.high_s)
    return found


@dataclass(frozen=True, slots=True)
class _Why:
    """Finds why a wait grew."""

    policy: Policy
    now: Moment
    moments: Mapping[datetime, Moment]

    def of(self, waiter: Waiter, since: datetime) -> str:
        """The reason, since the moment at which the waiter was told something."""
        then = _known_at(self.moments, since)
        return reasons.why(
            self.moments[then] if then else None, self.now, waiter, since, self.policy
        ).value


def _known_at(moments: Iterable[datetime], since: datetime) -> datetime | None:
    return max((at for at in moments if at <= since), default=None)


def _keep_moments(moments: Moments, now: Moment, told: Mapping[TicketId, Told]) -> None:
    """Keep this moment, and those at which somebody was told what still stands."""
    moments[now.at] = now
    needed = {_known_at(moments, one.at) for one in told.values()} | {now.at}
    for at in [at for at in moments if at not in needed]:
        del moments[at]


def _told(
    snapshot: Snapshot,
    waiting: Mapping[TicketId, Foretold],
    before: Mapping[TicketId, Told],
    why: _Why,
    *,
    is_initial: bool,
) -> dict[TicketId, Told]:
    """What each of those who wait is told now: as before, as long as it is right."""
    closings = {q: _closes_s(snapshot, q) for q in {w.candidate.queue for w in snapshot.waiters}}
    found: dict[TicketId, Told] = {}
    for waiter in snapshot.waiters:
        one = waiting.get(waiter.ticket)
        if one is None:
            continue
        last = before.get(waiter.ticket)
        found[waiter.ticket] = telling.tell(
            last,
            one,
            snapshot.at,
            is_initial=is_initial,
            reason=why.of(waiter, last.at) if last else "",
            closes_s=closings[waiter.candidate.queue],
        )
    return found


def _closes_s(snapshot: Snapshot, queue: QueueId) -> int | None:
    """When the day ends for a queue."""
    ends = [s.closes_s for s in snapshot.spans if not s.queues or queue in s.queues]
    return round(max(ends)) if ends else None


def steps(snapshot: Snapshot, times: Times) -> dict[QueueId, float]:
    """What one more person ahead adds to a wait, by queue: a mean visit over who serves there."""
    walk, gap, absent_s = mean_of(times.walk), mean_of(times.gap), mean_of(times.no_show)
    found: dict[QueueId, float] = {}
    for queue, service in snapshot.service_of.items():
        table = times.service.get(service)
        able = sum(
            d.phase is not Phase.CLOSED and queue in d.counter.queues for d in snapshot.desks
        )
        if table is None or not able:
            continue
        shares = times.no_show_shares.get(service, (0.0,) * 4)
        absent = shares[1]
        each = (1 - absent) * (walk + mean_of(table) * times.slow) + absent * absent_s + gap
        found[queue] = each / able
    return found


def _breaches(snapshot: Snapshot, run: Run) -> dict[QueueId, tuple[float, TicketId]]:
    """The chance that some ordinary ticket passes the red target uncalled, by queue.

    That of the likeliest one: tickets of one line wait for the same desks, so they are late
    together, and the chance that any is late is hardly larger.
    """
    found: dict[QueueId, tuple[float, TicketId]] = {}
    for waiter in snapshot.waiters:
        raw = run.waiting.get(waiter.ticket)
        if raw is None or waiter.candidate.priority is not None:
            continue
        queue = waiter.candidate.queue
        if queue not in found or raw.breach > found[queue][0]:
            found[queue] = (raw.breach, waiter.ticket)
    return found

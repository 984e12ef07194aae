"""What a run found, made into what the product reads: calibrated, and no more than it can keep."""

from collections.abc import Mapping, Sequence
from typing import Final

from server.domain.ids import QueueId, TicketId
from server.domain.outlook import Foretold, Lane, Outlook, Told
from server.forecast import snapshots
from server.forecast.learner import Learner
from server.forecast.model import Phase, Raw, Run, Snapshot, Span, Times
from server.forecast.tables import mean_of

#: Changed with every change of how forecasts are made.
MODEL: Final = "mc.1"
#: Forecasts of newcomers by lane.
_Lanes = Mapping[Lane, Foretold]


def outlook(snapshot: Snapshot, run: Run, learner: Learner, before: Outlook | None) -> Outlook:
    """The branch's forecast. `before` is the last one: what people were told stands by it."""
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
    return Outlook(
        branch=snapshot.branch,
        seq=snapshot.seq,
        at=snapshot.at,
        model=MODEL,
        is_initial=is_initial,
        newcomers=_newcomers(snapshot, run, learner),
        waiting=waiting,
        told=_told(snapshot, waiting, before, is_initial=is_initial),
        step_s=steps(snapshot, learner.times(snapshot.at)),
        breaches=_breaches(snapshot, run),
    )


def foretold(
    learner: Learner, snapshot: Snapshot, queue: QueueId, raw: Raw, *, is_priority: bool
) -> Foretold:
    """The calibrated forecast of one ticket or lane; never past closing, never within a break."""
    spans = [s for s in snapshot.spans if not s.queues or queue in s.queues]
    closes = max((s.closes_s for s in spans), default=None)
    found = learner.calibration.foretell(raw, is_priority, closes)
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


def _told(
    snapshot: Snapshot,
    waiting: Mapping[TicketId, Foretold],
    before: Outlook | None,
    *,
    is_initial: bool,
) -> dict[TicketId, Told]:
    return {
        ticket: told_next(
            one, snapshot, before.told.get(ticket) if before else None, is_initial=is_initial
        )
        for ticket, one in waiting.items()
    }


def told_next(one: Foretold, snapshot: Snapshot, before: Told | None, *, is_initial: bool) -> Told:
    """What a holder is told now: as before, unless that became wrong or can be much sharper."""
    low, high = shown(one, is_initial=is_initial)
    fresh = Told(at=snapshot.at, low_s=low, high_s=high, before_break=one.before_break)
    median = one.at(50)
    if before is None or before.low_s is None or before.high_s is None or median is None:
        return fresh
    passed = (snapshot.at - before.at).total_seconds()
    left_low, left_high = before.low_s - passed, before.high_s - passed
    if low is None or high is None or left_high <= 0 or not left_low <= median <= left_high:
        return fresh
    is_sharper = (left_high - max(left_low, 0.0)) - (high - low) >= _SHARPER_S
    return fresh if is_sharper else before


_SHARPER_S: Final = 300


def shown(one: Foretold, *, is_initial: bool) -> tuple[int | None, int | None]:
    """The range that is printed: q15-q90, and the 90 % interval of an initial forecast."""
    return (one.at(5), one.at(95)) if is_initial else (one.at(15), one.at(90))


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

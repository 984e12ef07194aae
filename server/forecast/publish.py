"""What a run found, made into what the product reads: calibrated, and no more than it can keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from server.domain import telling
from server.domain.ids import QueueId, TicketId
from server.domain.outlook import Foretold, Lane, Outlook, Told
from server.forecast import reasons, snapshots
from server.forecast.calibration import widened_at_the_end
from server.forecast.learner import Learner
from server.forecast.model import Phase, Raw, Run, Snapshot, Span, Times, Waiter
from server.forecast.tables import mean_of

#: Changed with every change of how forecasts are made.
MODEL: Final = "mc.2"
#: Forecasts of newcomers by lane.
_Lanes = Mapping[Lane, Foretold]


def outlook(
    snapshot: Snapshot,
    run: Run,
    learner: Learner,
    before: Outlook | None,
    memory: reasons.Memory | None = None,
) -> Outlook:
    """The branch's forecast. `before` is the last one: what people were told stands by it.

    `memory` is that of the same worker: why waits grew is found in it.
    """
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
    times = learner.times(snapshot.at)
    telling_now = _Telling(snapshot, waiting, before, times, memory or reasons.Memory())
    return Outlook(
        branch=snapshot.branch,
        seq=snapshot.seq,
        at=snapshot.at,
        model=MODEL,
        is_initial=is_initial,
        newcomers=_newcomers(snapshot, run, learner),
        waiting=waiting,
        told=telling_now.told(is_initial=is_initial),
        step_s=steps(snapshot, times),
        breaches=_breaches(snapshot, run),
        good_until=_good_until(snapshot),
    )


def _good_until(snapshot: Snapshot) -> datetime | None:
    """The next opening of an office that is closed, where nobody waits and no counter is open."""
    is_idle = not snapshot.waiters and all(d.phase is Phase.CLOSED for d in snapshot.desks)
    if not is_idle or any(s.opens_s <= 0 for s in snapshot.spans):
        return None
    opens_s = min((s.opens_s for s in snapshot.spans), default=None)
    return None if opens_s is None else snapshot.at + timedelta(seconds=opens_s)


def foretold(
    learner: Learner, snapshot: Snapshot, queue: QueueId, raw: Raw, *, is_priority: bool
) -> Foretold:
    """The calibrated forecast of one ticket or lane; never past closing, never within a break."""
    spans = _spans(snapshot, queue)
    closes = _closes_s(snapshot, queue)
    found = learner.calibration.foretell(raw, is_priority, closes)
    levels = [None if v is None else _outside_breaks(v, spans) for v in found.levels_s]
    if learner.calibration.is_initial:
        # What began inside a break now begins after it, and may have become a narrow range.
        levels = widened_at_the_end(levels, closes)
    return Foretold(
        levels_s=tuple(levels),
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


def _spans(snapshot: Snapshot, queue: QueueId) -> list[Span]:
    return [s for s in snapshot.spans if not s.queues or queue in s.queues]


def _closes_s(snapshot: Snapshot, queue: QueueId) -> float | None:
    return max((s.closes_s for s in _spans(snapshot, queue)), default=None)


@dataclass(frozen=True, slots=True)
class _Telling:
    snapshot: Snapshot
    waiting: Mapping[TicketId, Foretold]
    before: Outlook | None
    times: Times
    memory: reasons.Memory

    def told(self, *, is_initial: bool) -> dict[TicketId, Told]:
        """What each of those who wait is told now; what was right stays."""
        now = reasons.moment(self.snapshot, self.times)
        found: dict[TicketId, Told] = {}
        anew: set[TicketId] = set()
        for waiter in self.snapshot.waiters:
            one = self.waiting.get(waiter.ticket)
            if one is None:
                continue
            was = self._was(waiter)
            closes_s = _closes_s(self.snapshot, waiter.candidate.queue)
            found[waiter.ticket] = telling.tell(
                was,
                one,
                self.snapshot.at,
                is_initial=is_initial,
                reason=self.memory.why(now, waiter, was, self.snapshot.policy) if was else "",
                closes_s=None if closes_s is None else round(closes_s),
            )
            if found[waiter.ticket] is not was:
                anew.add(waiter.ticket)
        self.memory.keep(now, anew, found)
        return found

    def _was(self, waiter: Waiter) -> Told | None:
        told = self.before.told.get(waiter.ticket) if self.before else None
        return told or waiter.slip


def steps(snapshot: Snapshot, times: Times) -> dict[QueueId, float]:
    """What one more person ahead adds to a wait, by queue: a mean visit over who serves there."""
    walk, gap, absent_s = mean_of(times.walk), mean_of(times.gap), mean_of(times.no_show)
    found: dict[QueueId, float] = {}
    for queue, service in snapshot.service_of.items():
        table = times.service.get(service)
        skilled = [d for d in snapshot.desks if queue in d.counter.queues]
        # Before the doors of the day open, those that are planned to.
        able = sum(d.phase is not Phase.CLOSED for d in skilled) or sum(
            bool(d.windows) for d in skilled
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

"""How right the forecast would have been: a log lived through again, every ticket priced at its issue.

Event by event, and with nothing that came later: the state of the branch, what the learner knew, a
run of the kernel for the ticket's own lane. The seed of a run is made of the branch and the place
in the log, so two backtests of one log say the same (measures.md, A18).
"""

import zlib
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from server.domain import estimate, wording
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.errors import Refused
from server.domain.estimate import Learned
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.measures import percentile
from server.domain.outlook import Foretold
from server.domain.state import BranchState
from server.forecast import kernel, publish, snapshots
from server.forecast.calibration import AT_ONCE_S
from server.forecast.learner import Learner
from server.forecast.model import Run, Snapshot
from server.forecast.tables import mean_of

#: Told after every priced ticket of a day: the day, and how many were priced.
Progress = Callable[[date, int], None]
#: How many of its own errors the fallback's ranges come from, and how often they are read again.
_ERRORS, _READ_AGAIN = 600, 50


@dataclass(slots=True, kw_only=True)
class Priced:
    """A ticket, what was foretold at its issue, and what came of it. Seconds, from the issue."""

    ticket: TicketId
    queue: QueueId
    is_priority: bool
    at: datetime
    #: Local.
    day: date
    hour: int
    foretold: Foretold
    #: The printed range in minutes; None where no minutes would have been said.
    printed: tuple[float, float] | None
    naive_s: float | None
    fallback_s: float | None
    #: Seconds until the last closing of the day.
    closes_s: float
    waited_s: float | None = None


@dataclass(kw_only=True)
class Replayed:
    """The tickets to score, in order of issue, and why others are not."""

    priced: list[Priced] = field(default_factory=list)
    skipped: Tally[str] = field(default_factory=Tally)
    events: int = 0


class Backtest:
    """Lives a log through. `since` is the first day that is scored, `priced_since` the first priced.

    Between the two the forecast's own errors are learned, and not counted.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        since: date | None = None,
        until: date | None = None,
        priced_since: date | None = None,
        replications: int = 100,
        progress: Progress = lambda _day, _count: None,
    ) -> None:
        self.learner = Learner(catalogue)
        self.state = BranchState(catalogue.branch)
        self.found = Replayed()
        self._since, self._until = since or date.min, until or date.max
        self._priced_since = priced_since or self._since
        self._replications = replications
        self._progress = progress
        self._open: dict[TicketId, Priced] = {}
        self._fallback = _Fallback()
        self._day: date | None = None
        self._count = 0

    def run(self, events: Iterable[ev.Recorded]) -> Replayed:
        """Live all of it through."""
        for recorded in events:
            self._live(recorded)
        for priced in self.found.priced:
            self._settle(priced)
        self.found.priced = [p for p in self.found.priced if self._is_scored(p)]
        for reason, n in sorted(self.learner.skipped.items()):
            self.found.skipped[f"learner: {reason}"] += n
        return self.found

    def _live(self, recorded: ev.Recorded) -> None:
        self.found.events += 1
        day = recorded.at.astimezone(self.learner.catalogue.zone).date()
        if day != self._day:
            self._day, self._count = day, 0
            self.state.forget_days_before(day - timedelta(days=1))
        taught = recorded
        if isinstance(recorded.event, ev.TicketIssued) and self._is_priced(recorded.event, day):
            taught = self._price(recorded, recorded.event, day)
        try:
            self.state.apply(recorded)
        except (Refused, AssertionError, KeyError, IndexError) as error:
            # A log with holes is lived through as far as it goes.
            self.found.skipped[f"event does not fit: {type(error).__name__}"] += 1
        self.learner.apply(taught)
        if recorded.ticket in self._open:
            self._follow(recorded)

    # Pricing ------------------------------------------------------------------------------
    def _is_priced(self, event: ev.TicketIssued, day: date) -> bool:
        if not self._priced_since <= day <= self._until:
            return False
        reason = ""
        if event.block or event.roll or event.issued_at is not None:
            reason = "not issued on line"
        elif self.learner.catalogue.queue(event.queue) is None:
            reason = "queue not configured"
        if reason and day >= self._since:
            self.found.skipped[reason] += 1
        return not reason

    def _price(self, recorded: ev.Recorded, event: ev.TicketIssued, day: date) -> ev.Recorded:
        """Price the ticket; returns its event with the forecast, for the learner to check later."""
        catalogue, at = self.learner.catalogue, recorded.at
        lane = (event.queue, event.priority)
        snapshot = snapshots.of(
            self.state, catalogue, self._absent(day), self.learner, at, lanes=(lane,)
        )
        run = self._run(snapshot, seed_of(snapshot.branch, recorded.seq))
        is_priority = event.priority is not None
        foretold = publish.foretold(
            self.learner, snapshot, event.queue, run.newcomers[lane], is_priority=is_priority
        )
        is_initial = self.learner.calibration.is_initial
        local = at.astimezone(catalogue.zone)
        self._fallback.refresh(self.learner)
        priced = Priced(
            ticket=event.ticket,
            queue=event.queue,
            is_priority=is_priority,
            at=at,
            day=day,
            hour=local.hour,
            foretold=foretold,
            printed=printed(catalogue, event.queue, foretold, at, is_initial=is_initial),
            naive_s=self._naive(event.queue),
            fallback_s=self._fallback_s(event.queue, at),
            closes_s=max((s.closes_s for s in snapshot.spans), default=0.0),
        )
        self._open[event.ticket] = priced
        self.found.priced.append(priced)
        self._count += 1
        self._progress(day, self._count)
        quote = ev.Quote(expected_s=0, low_s=0, high_s=0, model=publish.MODEL, raw_s=foretold.raw_s)
        return replace(recorded, event=replace(event, quote=quote))

    def _run(self, snapshot: Snapshot, seed: int) -> Run:
        times = self.learner.times(snapshot.at)
        return kernel.run(snapshot, times, replications=self._replications, seed=seed)

    def _absent(self, _day: date) -> Collection[CounterId]:
        """The counters that somebody declared absent."""
        return ()

    def _naive(self, queue: QueueId) -> float | None:
        """People ahead, times the mean service, over the open counters."""
        catalogue = self.learner.catalogue
        able = estimate.load_of(catalogue, self.state.counters.values()).able(queue)
        if not able:
            return None
        mean_s = 60 * self._fallback.learned.service_minutes.get(queue, 10.0)
        return self.state.waiting(queue) * mean_s / len(able)

    def _fallback_s(self, queue: QueueId, at: datetime) -> float | None:
        """The skill-weighted queue length, as the product says it when no run is there."""
        catalogue = self.learner.catalogue
        load = estimate.load_of(catalogue, self.state.counters.values())
        ahead = self.state.waiting_counts()
        found = estimate.quote(catalogue, load, self._fallback.learned, ahead, queue, at)
        return None if found is None else float(found.expected_s)

    # What came of it ----------------------------------------------------------------------
    def _follow(self, recorded: ev.Recorded) -> None:
        """What an event says of a ticket that was priced and not called yet, or just now."""
        assert recorded.ticket is not None  # noqa: S101 - it was found by it
        priced = self._open[recorded.ticket]
        row = self.state.ticket(recorded.ticket)
        called = row.first_called_at if row else None
        before = priced.waited_s
        priced.waited_s = (called - priced.at).total_seconds() if called else None
        if before is None and priced.waited_s is not None:
            self._fallback.called(priced)
        changes = (ev.PlaceYielded, ev.PriorityChanged, ev.TicketTransferred, ev.SlipPrintFailed)
        if called is None and isinstance(recorded.event, (*changes, ev.TicketCarriedOver)):
            self._drop(priced, "changed while waiting")
        elif called is None and isinstance(recorded.event, ev.TicketCancelled):
            self._drop(priced, "left before the call")
        elif isinstance(recorded.event, ev.ServiceStarted | ev.NoShowRecorded | ev.TicketParked):
            # Seconds later nobody can take the call back any more; what an undo did was followed.
            del self._open[priced.ticket]

    def _drop(self, priced: Priced, reason: str) -> None:
        del self._open[priced.ticket]
        priced.waited_s = None
        priced.closes_s = -1.0
        if priced.day >= self._since:
            self.found.skipped[reason] += 1

    def _settle(self, priced: Priced) -> None:
        if priced.day < self._since or priced.closes_s < 0:
            return
        if priced.waited_s is None:
            self.found.skipped["never called"] += 1
        elif priced.waited_s <= AT_ONCE_S:
            self.found.skipped["called at once"] += 1
        elif priced.foretold.at(50) is None:
            self.found.skipped["foretold for no time of today"] += 1

    def _is_scored(self, priced: Priced) -> bool:
        return (
            priced.day >= self._since
            and priced.waited_s is not None
            and priced.waited_s > AT_ONCE_S
            and priced.foretold.at(50) is not None
        )


class _Fallback:
    """What the fallback would have known: means by queue, and its own errors by size."""

    def __init__(self) -> None:
        self.learned = Learned()
        self._errors: deque[tuple[int, float]] = deque(maxlen=_ERRORS)
        self._calls = 0
        self._left = 0

    def refresh(self, learner: Learner) -> None:
        if self._left > 0:
            self._left -= 1
            return
        self._left = _READ_AGAIN
        minutes: dict[QueueId, float] = {}
        for queue in learner.catalogue.queues:
            services = [s for s in learner.catalogue.services if s.queue == queue.id]
            weights = [learner.durations.wanted.get(s.id, 0.0) + 1.0 for s in services]
            means = [mean_of(learner.durations.of(s.id).table()) for s in services]
            if services:
                total = sum(w * m for w, m in zip(weights, means, strict=True))
                minutes[queue.id] = total / sum(weights) / 60
        self.learned = Learned(
            service_minutes=minutes, ratios=self._ratios(), first_calls=self._calls
        )

    def called(self, priced: Priced) -> None:
        if priced.fallback_s is not None and priced.waited_s is not None:
            self._calls += 1
            ratio = estimate.ratio(priced.waited_s, priced.fallback_s)
            self._errors.append((estimate.bucket(priced.fallback_s), ratio))

    def _ratios(self) -> dict[int, tuple[float, float]]:
        if self._calls < estimate.COLD_START_CALLS:
            return {}
        found: dict[int, tuple[float, float]] = {}
        for size in range(estimate.SIZES):
            values = [r for n, r in self._errors if n == size] or [r for _, r in self._errors]
            low, high = percentile(values, 0.15), percentile(values, 0.90)
            if low is not None and high is not None:
                found[size] = (low, high)
        return found


def printed(
    catalogue: Catalogue,
    queue: QueueId,
    foretold: Foretold,
    at: datetime,
    *,
    is_initial: bool,
) -> tuple[float, float] | None:
    """The range in minutes that the slip would have said: from where to where."""
    low, high = publish.shown(foretold, is_initial=is_initial)
    middle = foretold.at(50)
    if low is None or high is None or middle is None:
        return None
    quote = ev.Quote(expected_s=middle, low_s=low, high_s=high, model=publish.MODEL)
    said = wording.phrase(catalogue, queue, quote, at, is_initial=is_initial)
    if said is None:
        return None
    return (60.0, float("inf")) if said.kind == "over" else (float(said.low), float(said.high))


def seed_of(branch: str, seq: int) -> int:
    """The seed of the run at this place of a branch's log."""
    return zlib.crc32(f"{branch}/{seq}".encode())

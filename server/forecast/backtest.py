"""How right the forecast would have been: a log lived through again, every ticket priced at its issue.

Event by event, and with nothing that came later: the state of the branch, what the learner knew, a
run of the kernel for the ticket's own lane. The seed of a run is made of the branch and the place
in the log, so two backtests of one log say the same (measures.md, A18).
"""

import zlib
from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from server.domain import estimate, hits, telling
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.errors import Refused
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import Foretold
from server.domain.state import BranchState
from server.forecast import kernel, publish, snapshots
from server.forecast.fallback import FallbackLearner
from server.forecast.learner import Learner
from server.forecast.model import Run, Snapshot

#: Told after every priced ticket of a day: the day, and how many were priced.
Progress = Callable[[date, int], None]


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
    #: The range that is told; None where no minutes would have been.
    low_s: int | None
    high_s: int | None
    naive_s: float | None
    fallback_s: float | None
    #: Seconds until the last closing of the day.
    closes_s: float
    waited_s: float | None = None

    @property
    def told(self) -> hits.Told | None:
        """What is scored, once it was called; None where no minutes would have been told."""
        expected_s = self.foretold.at(50)
        if expected_s is None or self.low_s is None or self.high_s is None:
            return None
        assert self.waited_s is not None, "only those that were called are scored"  # noqa: S101
        return hits.Told(
            waited_s=self.waited_s,
            expected_s=expected_s,
            low_s=self.low_s,
            high_s=self.high_s,
            levels_s=self.foretold.levels_s,
            fallback_s=self.fallback_s,
            naive_s=self.naive_s,
        )


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
        self._fallback = FallbackLearner()
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
        if recorded.ticket is not None:
            self._fallback.follow(self.state, self.learner.catalogue, recorded.ticket)
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
        closes_s = max((s.closes_s for s in snapshot.spans), default=0.0)
        told = telling.tell(None, foretold, at, is_initial=is_initial, closes_s=round(closes_s))
        rivals = self._rivals(event, at)
        fallback = rivals.fallback
        priced = Priced(
            ticket=event.ticket,
            queue=event.queue,
            is_priority=is_priority,
            at=at,
            day=day,
            hour=local.hour,
            foretold=foretold,
            low_s=told.low_s,
            high_s=told.high_s,
            naive_s=rivals.naive_s,
            fallback_s=fallback.expected_s if fallback else None,
            closes_s=closes_s,
        )
        if fallback:
            self._fallback.said(event.ticket, fallback.expected_s)
        self._open[event.ticket] = priced
        self.found.priced.append(priced)
        self._count += 1
        self._progress(day, self._count)
        quote = ev.Quote(expected_s=0, low_s=0, high_s=0, model=publish.MODEL, raw_s=foretold.raw_s)
        return replace(recorded, event=replace(event, quote=quote))

    def _run(self, snapshot: Snapshot, seed: int) -> Run:
        times = self.learner.times(snapshot.at)
        return kernel.run(snapshot, times, replications=self._replications, seed=seed)

    def _absent(self, day: date) -> Collection[CounterId]:
        """The counters that somebody had declared absent by then."""
        return self.state.absent(day)

    def _rivals(self, event: ev.TicketIssued, at: datetime) -> estimate.Rivals:
        """What the simpler rules would have said, as the product keeps it with each ticket."""
        catalogue = self.learner.catalogue
        load = estimate.load_of(catalogue, self.state.counters.values())
        learned = self._fallback.at(catalogue, at)
        counts = self.state.waiting_counts()
        return estimate.rivals(catalogue, load, learned, counts, event.queue, event.ahead, at)

    # What came of it ----------------------------------------------------------------------
    def _follow(self, recorded: ev.Recorded) -> None:
        """What an event says of a ticket that was priced and not called yet, or just now."""
        assert recorded.ticket is not None  # noqa: S101 - it was found by it
        priced = self._open[recorded.ticket]
        row = self.state.ticket(recorded.ticket)
        called = row.first_called_at if row else None
        priced.waited_s = (called - priced.at).total_seconds() if called else None
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
        elif not hits.had_to_queue(priced.waited_s):
            self.found.skipped["called at once"] += 1

    def _is_scored(self, priced: Priced) -> bool:
        return (
            priced.day >= self._since
            and priced.waited_s is not None
            and hits.had_to_queue(priced.waited_s)
        )


def seed_of(branch: str, seq: int) -> int:
    """The seed of the run at this place of a branch's log."""
    return zlib.crc32(f"{branch}/{seq}".encode())

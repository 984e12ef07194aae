"""What the log of a branch teaches its forecasts (measures.md §1.5): little work for each event.

`Learner.apply` takes the events in their order, and `Learner.times` freezes what they taught for
one run. It knows nothing but those events, so a state read back (`learner_store`) and one rebuilt
from the log are the same, byte for byte.

What is not believed teaches nothing, is counted in `skipped` by its reason, and the first of a kind
each day is logged: times that are negative or absurdly long (`_MOST_S`), tickets whose beginning
the log does not hold, a service or queue that is not configured. What a counter does is believed
when it can no longer take it back: a step undone or a call withdrawn teaches nothing either.
"""

import logging
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, cast

import msgspec

from server import codec
from server.domain import events as ev
from server.domain import hours, roster
from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId, TicketId
from server.forecast.arrivals import NORMAL, PRIORITY, TRANSFER, Arrivals
from server.forecast.calibration import Calibration
from server.forecast.durations import Durations
from server.forecast.model import Times
from server.forecast.visits import Desk, Hall, Visit

_log = logging.getLogger(__name__)

#: What takes longer than this, seconds, was not it: somebody forgot to press, or the clock jumped.
_MOST_S: Final = {"walk": 1_800.0, "gap": 3_600.0, "no_show": 1_800.0, "pause": 10_800.0}
#: A start that is later is an absence and no delay.
_LATEST_S: Final = 5_400.0
#: A counter opened so long before its window is early for it.
_EARLY_S: Final = 3_600.0
_DAY_S: Final = 86_400.0
#: A ticket that the log never ends is forgotten after so long.
_OPEN_S: Final = 5 * _DAY_S

#: Only the handling of an event knows what its lesson is made of.
Words = tuple[Any, ...]


class Lesson(NamedTuple):
    """Something measured, that is believed once the step at `seq` can no longer be undone."""

    at: float
    seq: int
    kind: str
    words: Words


class Learner:
    """The learned state of one branch."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        #: The last event that was taken in.
        self.seq = 0
        self.hall = Hall()
        self.pending: deque[Lesson] = deque()
        self.durations = Durations(catalogue)
        self.arrivals = Arrivals()
        self.calibration = Calibration()
        #: What taught nothing, by reason.
        self.skipped: Tally[str] = Tally()
        self.day: date | None = None
        self._said: set[str] = set()

    # Reading ------------------------------------------------------------------------------
    def times(self, now: datetime) -> Times:
        """What is known at `now`, for one run."""
        local = now.astimezone(self.catalogue.zone)
        d = self.durations
        return Times(
            service={s.id: d.of(s.id).table() for s in self.catalogue.services},
            speed=d.speeds(),
            slow=d.slow(now.timestamp()),
            walk=d.walk.table(),
            gap=d.gap.table(),
            no_show=d.no_show.table(),
            pause=d.pause.table(),
            late_mean_s=d.late_mean_s,
            no_show_shares={s.id: d.no_show_shares(s.id) for s in self.catalogue.services},
            arrivals=self.arrivals.rates(self.catalogue, local),
            transfer_share=d.transfer_share,
        )

    def officer_of(self, counter: CounterId) -> str:
        """Who was at the counter last; empty when nobody is known to have been."""
        return self.hall.desk(counter).officer

    # Taking in ----------------------------------------------------------------------------
    def apply(self, recorded: ev.Recorded) -> None:
        """Take the next event in. One that was taken in already changes nothing.

        Never raises for what an event says: what cannot be used is counted and logged.
        """
        if recorded.seq <= self.seq:
            return
        if self.seq and recorded.seq != self.seq + 1:
            self._skip("events are missing")
        self.seq = recorded.seq
        at = recorded.at.timestamp()
        self._begin_day(recorded.at, at)
        self._believe(at)
        event = recorded.event
        if isinstance(event, ev.CounterEvent):
            self._counter(event, at, recorded.seq)
        elif isinstance(event, ev.BranchEvent):
            self._branch(event)
        elif recorded.ticket is not None:
            self._ticket(event, recorded.ticket, at, recorded.seq)

    def _begin_day(self, when: datetime, at: float) -> None:
        day = when.astimezone(self.catalogue.zone).date()
        if day != self.day:
            self.day = day
            self._said = set()
            self.hall.end_day(at - _OPEN_S)
            self.arrivals.begin(day, self.catalogue)

    def _skip(self, reason: str, detail: object = "") -> None:
        self.skipped[reason] += 1
        if reason not in self._said:
            self._said.add(reason)
            _log.info("%s at seq %s: %s %s", self.catalogue.branch, self.seq, reason, detail)

    # Lessons ------------------------------------------------------------------------------
    def _learn(self, at: float, seq: int, kind: str, *words: Any) -> None:
        self.pending.append(Lesson(at, seq, kind, words))

    def _believe(self, now: float) -> None:
        """Take in what can no longer be undone."""
        sure = now - self.catalogue.policy.undo_seconds
        while self.pending and self.pending[0].at < sure:
            lesson = self.pending.popleft()
            _TEACH[lesson.kind](self, lesson)
        self.hall.forget_steps_before(sure - 60)

    def _retract(self, seq: int) -> None:
        self.pending = deque(lesson for lesson in self.pending if lesson.seq != seq)

    def _teach_time(self, lesson: Lesson) -> None:
        seconds = cast("float", lesson.words[0])
        kind = lesson.kind
        if seconds < 0:
            self._skip(f"{kind}: negative", seconds)
        elif seconds > _MOST_S[kind]:
            self._skip(f"{kind}: too long", seconds)
        else:
            self.durations.simple(kind).add(seconds)

    def _teach_service(self, lesson: Lesson) -> None:
        service, officer, seconds = lesson.words
        if self.catalogue.service(service) is None:
            self._skip("service: not configured", service)
        elif seconds <= 0:
            self._skip("service: negative", seconds)
        elif seconds > self.durations.most_s(service):
            self._skip("service: too long", seconds)
        else:
            self.durations.served(service, officer, seconds, lesson.at)

    def _teach_leg(self, lesson: Lesson) -> None:
        self.durations.leg(is_transfer=bool(lesson.words[0]))

    def _teach_shown(self, lesson: Lesson) -> None:
        service, waited_s, is_no_show = lesson.words
        if self.catalogue.service(service) is None:
            self._skip("called: service not configured", service)
        elif waited_s < 0:
            self._skip("called: before it was issued", waited_s)
        else:
            self.durations.answered(service, waited_s, is_no_show=bool(is_no_show))

    def _teach_late(self, lesson: Lesson) -> None:
        self.durations.late(lesson.words[0])

    def _teach_back(self, lesson: Lesson) -> None:
        when = datetime.fromtimestamp(lesson.at, UTC).astimezone(self.catalogue.zone)
        self.arrivals.add((lesson.words[0], TRANSFER), when)

    def _teach_called(self, lesson: Lesson) -> None:
        ticket, waited_s, is_priority, raw_s = lesson.words
        if waited_s < 0:
            self._skip("called: before it was issued", waited_s)
        else:
            self.calibration.observe(ticket, waited_s, tuple(raw_s), is_priority=bool(is_priority))

    # Tickets ------------------------------------------------------------------------------
    def _ticket(self, event: ev.TicketEvent, ticket: TicketId, at: float, seq: int) -> None:  # noqa: C901, PLR0912 - one case per event
        if isinstance(event, ev.TicketIssued):
            self._issued(event, at)
            return
        if isinstance(event, ev.StepUndone):
            self._retract(event.undone)
            if not self.hall.undo(event.undone):
                self._skip("undone: the step is not known")
            return
        visit = self.hall.visits.get(ticket)
        if visit is None:
            if isinstance(event, _MOVES):
                self._skip(f"{type(event).__name__}: unknown ticket", ticket)
            return
        match event:
            case ev.TicketCalled():
                self._called(event, ticket, visit, at, seq)
            case ev.ServiceStarted():
                self._started(event.counter, ticket, visit, at, seq)
            case ev.NoShowRecorded(counter=counter):
                self.hall.remember(at, seq, ticket, counter)
                if visit.called is not None:
                    self._learn(at, seq, "no_show", at - visit.called)
                    waited = visit.called - visit.entered
                    self._learn(at, seq, "shown", visit.service, waited, 1)
                self._free(counter, at)
                self.hall.visits[ticket] = visit._replace(is_no_show=True)
            case ev.CallWithdrawn(counter=counter):
                self._withdrawn(counter, ticket, visit)
            case ev.ServiceCompleted() | ev.TicketParked() | ev.TicketTransferred():
                self._left(event, ticket, visit, at, seq)
            case ev.ServiceAdded():
                self.hall.remember(at, seq, ticket, event.counter)
                if visit.started is not None:
                    self._learn(
                        at, seq, "service", visit.service, visit.officer, at - visit.started
                    )
                self.hall.visits[ticket] = visit._replace(service=event.service, started=at)
            case ev.TicketResumed():
                self._resumed(event, ticket, visit, at, seq)
            case ev.TicketReinstated():
                self.hall.remember(at, seq, ticket, event.desk)
                self.hall.visits[ticket] = visit._replace(
                    entered=at, counter=None, called=None, is_no_show=False
                )
                self._learn(at, seq, "back", visit.queue)
            case ev.TicketCancelled():
                self.hall.remember(at, seq, ticket, event.desk)
                del self.hall.visits[ticket]
            case ev.PriorityChanged():
                self.hall.visits[ticket] = visit._replace(
                    is_priority=event.priority is not None, raw_s=()
                )
            case ev.PlaceYielded() | ev.SlipPrintFailed() | ev.TicketCarriedOver():
                # Its wait is no longer the one that was foretold.
                self.hall.visits[ticket] = visit._replace(raw_s=())
            case _:
                pass

    def _issued(self, event: ev.TicketIssued, at: float) -> None:
        if self.catalogue.queue(event.queue) is None:
            self._skip("issued: queue not configured", event.queue)
        issued = event.issued_at.timestamp() if event.issued_at else at
        is_priority = event.priority is not None
        raw_s = event.quote.raw_s if event.quote else ()
        self.hall.visits[event.ticket] = Visit(
            event.service, event.queue, is_priority, issued, issued, raw_s=raw_s
        )
        local = datetime.fromtimestamp(issued, UTC).astimezone(self.catalogue.zone)
        self.arrivals.add((event.queue, PRIORITY if is_priority else NORMAL), local)
        if event.priority not in (None, ev.EXPIRED):
            self.arrivals.add_class(str(event.priority))
        self.durations.asked(event.service)

    def _called(
        self, event: ev.TicketCalled, ticket: TicketId, visit: Visit, at: float, seq: int
    ) -> None:
        self.hall.remember(at, seq, ticket, event.counter)
        desk = self.hall.desk(event.counter)
        # Whoever was there when the last one left was work that waited for this counter.
        if desk.freed is not None and visit.entered <= desk.freed:
            if self._closed_between(desk.freed, at):
                self._skip("gap: over a closing")
            else:
                self._learn(at, seq, "gap", at - desk.freed)
        self._judge_call(event.counter, desk, visit, at, seq)
        if not visit.first_seq and visit.raw_s:
            waited = at - visit.issued
            self._learn(at, seq, "called", ticket, waited, int(visit.is_priority), visit.raw_s)
        self.hall.visits[ticket] = visit._replace(
            counter=event.counter,
            officer=event.officer,
            called=at,
            started=None,
            call_seq=seq,
            first_seq=visit.first_seq or seq,
        )
        desk = self.hall.desk(event.counter)
        self.hall.desks[event.counter] = desk._replace(freed=None, officer=event.officer)

    def _withdrawn(self, counter: CounterId, ticket: TicketId, visit: Visit) -> None:
        self._retract(visit.call_seq)
        step = self.hall.step(visit.call_seq)
        freed = step.desk.freed if step else None
        self.hall.desks[counter] = self.hall.desk(counter)._replace(freed=freed)
        is_first = visit.first_seq == visit.call_seq
        self.hall.visits[ticket] = visit._replace(
            counter=None, called=None, call_seq=0, first_seq=0 if is_first else visit.first_seq
        )

    def _started(
        self, counter: CounterId, ticket: TicketId, visit: Visit, at: float, seq: int
    ) -> None:
        self.hall.remember(at, seq, ticket, counter)
        if visit.called is not None:
            self._learn(at, seq, "walk", at - visit.called)
            self._learn(at, seq, "shown", visit.service, visit.called - visit.entered, 0)
        self.hall.visits[ticket] = visit._replace(started=at)

    def _left(
        self,
        event: ev.ServiceCompleted | ev.TicketParked | ev.TicketTransferred,
        ticket: TicketId,
        visit: Visit,
        at: float,
        seq: int,
    ) -> None:
        """A ticket leaves its desk: every stretch of serving counts, as the desk was not free."""
        self.hall.remember(at, seq, ticket, visit.counter)
        is_transfer = isinstance(event, ev.TicketTransferred)
        if visit.started is not None:
            self._learn(at, seq, "service", visit.service, visit.officer, at - visit.started)
            self._learn(at, seq, "leg", int(is_transfer))
        if visit.counter is not None:
            self._free(visit.counter, at)
        away = visit._replace(counter=None, called=None, started=None)
        if isinstance(event, ev.ServiceCompleted):
            del self.hall.visits[ticket]
        elif isinstance(event, ev.TicketTransferred):
            self._learn(at, seq, "back", event.queue)
            self.hall.visits[ticket] = away._replace(
                queue=event.queue, service=event.service, entered=at, raw_s=()
            )
        else:
            self.hall.visits[ticket] = away

    def _resumed(
        self, event: ev.TicketResumed, ticket: TicketId, visit: Visit, at: float, seq: int
    ) -> None:
        self.hall.remember(at, seq, ticket, event.counter or event.desk)
        if event.counter is None:
            self._learn(at, seq, "back", visit.queue)
            self.hall.visits[ticket] = visit._replace(entered=at, called=None)
            return
        # Nobody has to come from afar: neither a walk nor an answer to a call.
        self.hall.visits[ticket] = visit._replace(
            entered=at, counter=event.counter, officer=event.officer, called=None, call_seq=seq
        )
        self.hall.desks[event.counter] = self.hall.desk(event.counter)._replace(freed=None)

    # Counters -----------------------------------------------------------------------------
    def _free(self, counter: CounterId, at: float) -> None:
        self.hall.desks[counter] = self.hall.desk(counter)._replace(freed=at)

    def _counter(self, event: ev.CounterEvent, at: float, seq: int) -> None:
        counter = event.counter
        if self.catalogue.counter(counter) is None:
            self._skip("counter: not configured", counter)
            return
        desk = self.hall.desk(counter)
        match event:
            case ev.CounterOpened():
                desk = self._judge_start(counter, desk, at, seq)
                self.hall.desks[counter] = desk._replace(
                    is_open=True, is_paused=False, officer=event.officer, since=at, freed=None
                )
            case ev.CounterHandedOver():
                self.hall.desks[counter] = desk._replace(officer=event.officer)
            case ev.CounterPaused():
                window = self._window(counter, at)
                if window and desk.is_open and desk.since <= window[0]:
                    desk = desk._replace(judged_until=window[1])
                self.hall.desks[counter] = desk._replace(is_paused=True, since=at, freed=None)
            case ev.CounterResumed():
                if desk.is_paused and not self._closed_between(desk.since, at):
                    self._learn(at, seq, "pause", at - desk.since)
                else:
                    desk = self._judge_start(counter, desk, at, seq)
                self.hall.desks[counter] = desk._replace(
                    is_open=True, is_paused=False, since=at, freed=None
                )
            case ev.CounterClosed() | ev.CounterReleased():
                self.hall.desks[counter] = Desk(
                    officer=desk.officer, since=at, judged_until=desk.judged_until
                )

    def _window(self, counter: CounterId, at: float) -> tuple[float, float] | None:
        """The planned window of the counter that holds `at`, or begins within the hour."""
        when = datetime.fromtimestamp(at, UTC)
        day = when.astimezone(self.catalogue.zone).date()
        for opens, closes in roster.windows(self.catalogue, (), counter, day):
            if opens.timestamp() - _EARLY_S <= at < closes.timestamp():
                return opens.timestamp(), closes.timestamp()
        return None

    def _judge_start(self, counter: CounterId, desk: Desk, at: float, seq: int) -> Desk:
        """How late somebody begins a planned window; nothing where it had begun already."""
        window = self._window(counter, at) if at >= desk.judged_until else None
        if window is None:
            return desk
        late = max(0.0, at - window[0])
        if late <= _LATEST_S:
            self._learn(at, seq, "late", late)
        else:
            self._skip("late: as good as absent", late)
        return desk._replace(judged_until=window[1])

    def _judge_call(
        self, counter: CounterId, desk: Desk, visit: Visit, at: float, seq: int
    ) -> None:
        """A counter left open since before a window begins it with its first call there."""
        if at < desk.judged_until:
            return
        window = self._window(counter, at)
        if window is None or at < window[0]:
            return
        if visit.entered <= window[0]:
            desk = self._judge_start(counter, desk, at, seq)
        self.hall.desks[counter] = desk._replace(judged_until=window[1])

    def _closed_between(self, since: float, until: float) -> bool:
        """Whether a session ended in between: then nobody was expected at the desk."""
        zone, day = self.catalogue.zone, datetime.fromtimestamp(since, UTC)
        if until - since > _DAY_S:
            return True
        sessions = hours.sessions(self.catalogue.hours, zone, day.astimezone(zone).date())
        return any(since < s.closes.timestamp() <= until for s in sessions)

    # Branch -------------------------------------------------------------------------------
    def _branch(self, event: ev.BranchEvent) -> None:
        policy = codec.policy_document(self.catalogue.policy)
        try:
            match event:
                case ev.CatalogueChanged():
                    self._reconfigure(codec.catalogue(event.catalogue, policy))
                case ev.PolicyPublished():
                    document = codec.catalogue_document(self.catalogue)
                    self._reconfigure(codec.catalogue(document, event.policy))
                case _:
                    pass
        except (msgspec.ValidationError, TypeError, ValueError, KeyError) as error:
            self._skip("configuration: cannot be used", error)

    def _reconfigure(self, catalogue: Catalogue) -> None:
        if catalogue.branch != self.catalogue.branch:
            self._skip("configuration: of another branch", catalogue.branch)
            return
        self.catalogue = catalogue
        self.durations.reconfigure(catalogue)
        self.arrivals.keep_queues({q.id for q in catalogue.queues})
        counters: set[CounterId] = {c.id for c in catalogue.counters}
        self.hall.desks = {c: d for c, d in self.hall.desks.items() if c in counters}


#: Events that mean nothing without the ticket they are about.
_MOVES: Final = (
    ev.TicketCalled, ev.ServiceStarted, ev.NoShowRecorded, ev.ServiceCompleted, ev.ServiceAdded,
    ev.TicketTransferred, ev.TicketParked, ev.TicketResumed, ev.TicketReinstated,
)  # fmt: skip

_TEACH: Final[dict[str, Callable[[Learner, Lesson], None]]] = {
    "walk": Learner._teach_time,  # noqa: SLF001
    "gap": Learner._teach_time,  # noqa: SLF001
    "no_show": Learner._teach_time,  # noqa: SLF001
    "pause": Learner._teach_time,  # noqa: SLF001
    "service": Learner._teach_service,  # noqa: SLF001
    "leg": Learner._teach_leg,  # noqa: SLF001
    "shown": Learner._teach_shown,  # noqa: SLF001
    "late": Learner._teach_late,  # noqa: SLF001
    "back": Learner._teach_back,  # noqa: SLF001
    "called": Learner._teach_called,  # noqa: SLF001
}

"""What the events of tickets and counters measure: times, answers to calls, late starts.

A measurement is a `Lesson`; it waits in `pending` until what it was measured by can no longer be
undone, and an undone step or a withdrawn call takes its lessons back.
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from server.domain import events as ev
from server.domain import hours, roster
from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId, TicketId
from server.forecast.visits import Desk, Hall, Visit

#: A start that is later is an absence and no delay.
_LATEST_S: Final = 5_400.0
#: A counter opened so long before its window is early for it.
_EARLY_S: Final = 3_600.0
_DAY_S: Final = 86_400.0

#: Only the handling of an event knows what its lesson is made of.
Words = tuple[Any, ...]


class Lesson(NamedTuple):
    """Something measured, that is believed once the step at `seq` can no longer be undone."""

    at: float
    seq: int
    kind: str
    words: Words


class Watch:
    """Follows the tickets and desks of a branch. `skip` is told what cannot be used, and why."""

    def __init__(self, catalogue: Catalogue, skip: Callable[[str, object], None]) -> None:
        self.catalogue = catalogue
        self.hall = Hall()
        self.pending: deque[Lesson] = deque()
        self._skip = skip

    def believable(self, now: float) -> list[Lesson]:
        """Take out the lessons that can no longer be undone, in their order."""
        sure = now - self.catalogue.policy.undo_seconds
        found: list[Lesson] = []
        while self.pending and self.pending[0].at < sure:
            found.append(self.pending.popleft())
        self.hall.forget_steps_before(sure - 60)
        return found

    def reconfigure(self, catalogue: Catalogue) -> None:
        """Go on by another catalogue; counters that are gone are forgotten."""
        self.catalogue = catalogue
        counters: set[CounterId] = {c.id for c in catalogue.counters}
        self.hall.desks = {c: d for c, d in self.hall.desks.items() if c in counters}

    def _learn(self, at: float, seq: int, kind: str, *words: Any) -> None:
        self.pending.append(Lesson(at, seq, kind, words))

    def _retract(self, seq: int) -> None:
        self.pending = deque(lesson for lesson in self.pending if lesson.seq != seq)

    # Tickets ------------------------------------------------------------------------------
    def ticket(self, event: ev.TicketEvent, ticket: TicketId, at: float, seq: int) -> None:  # noqa: C901, PLR0912 - one case per event
        if isinstance(event, ev.TicketIssued):
            self._issued(event, at)
            return
        if isinstance(event, ev.StepUndone):
            self._retract(event.undone)
            if not self.hall.undo(event.undone):
                self._skip("undone: the step is not known", event.undone)
            return
        visit = self.hall.visits.get(ticket)
        if visit is None:
            if isinstance(event, _MOVES):
                self._skip(f"{type(event).__name__}: unknown ticket", ticket)
            return
        # Only a counter undoes what it did; that it remembers a little more does no harm.
        did = getattr(event, "counter", None) or getattr(event, "desk", None) or visit.counter
        self.hall.remember(at, seq, ticket, did)
        match event:
            case ev.TicketCalled():
                self._called(event, ticket, visit, at, seq)
            case ev.ServiceStarted():
                self._started(ticket, visit, at, seq)
            case ev.NoShowRecorded(counter=counter):
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
                if visit.started is not None:
                    self._learn(
                        at, seq, "service", visit.service, visit.officer, at - visit.started
                    )
                self.hall.visits[ticket] = visit._replace(service=event.service, started=at)
            case ev.TicketResumed():
                self._resumed(event, ticket, visit, at, seq)
            case ev.TicketReinstated():
                self.hall.visits[ticket] = visit._replace(
                    entered=at, counter=None, called=None, is_no_show=False
                )
                self._learn(at, seq, "back", visit.queue)
            case ev.TicketCancelled():
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

    def _called(
        self, event: ev.TicketCalled, ticket: TicketId, visit: Visit, at: float, seq: int
    ) -> None:
        desk = self.hall.desk(event.counter)
        # Whoever was there when the last one left was work that waited for this counter. A pause
        # that was entered is none of the gap: how often there is one is learned by itself.
        if desk.freed is not None and visit.entered <= desk.freed:
            if self._closed_between(desk.freed, at):
                self._skip("gap: over a closing", event.counter)
            else:
                if not desk.has_rested:
                    self._learn(at, seq, "gap", at - desk.freed)
                self._learn(at, seq, "rest", int(desk.has_rested))
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

    def _started(self, ticket: TicketId, visit: Visit, at: float, seq: int) -> None:
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
        self.hall.desks[counter] = self.hall.desk(counter)._replace(freed=at, has_rested=False)

    def counter(self, event: ev.CounterEvent, at: float, seq: int) -> None:
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
                self.hall.desks[counter] = desk._replace(is_paused=True, since=at, has_rested=True)
            case ev.CounterResumed():
                if desk.is_paused and not self._closed_between(desk.since, at):
                    self._learn(at, seq, "pause", at - desk.since)
                else:
                    desk = self._judge_start(counter, desk, at, seq)._replace(freed=None)
                self.hall.desks[counter] = desk._replace(is_open=True, is_paused=False, since=at)
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
        """Whether it was closed at `since` or until then: nobody was expected at the desk."""
        zone, day = self.catalogue.zone, datetime.fromtimestamp(since, UTC)
        sessions = hours.sessions(self.catalogue.hours, zone, day.astimezone(zone).date())
        return not any(
            s.opens.timestamp() <= since <= until < s.closes.timestamp() for s in sessions
        )


#: Events that mean nothing without the ticket they are about.
_MOVES: Final = (
    ev.TicketCalled, ev.ServiceStarted, ev.NoShowRecorded, ev.ServiceCompleted, ev.ServiceAdded,
    ev.TicketTransferred, ev.TicketParked, ev.TicketResumed, ev.TicketReinstated,
)  # fmt: skip

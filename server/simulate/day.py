"""One business day of an office, event by event, through the real command handlers."""

import itertools
import random
from collections.abc import Callable
from datetime import date, time, timedelta

from server.domain import commands as cmd
from server.domain.catalogue import Counter, Service
from server.domain.counters import CounterStatus
from server.domain.errors import SeriesFull
from server.domain.ids import CounterId, QueueId, ServiceId, TicketId
from server.domain.ticket import Status
from server.simulate import profile
from server.simulate.agenda import Agenda
from server.simulate.memory import MemoryLog

#: The day is closed so long after closing, or as soon after that as no desk is busy.
_DAY_END = timedelta(minutes=50)
_FROM_KIOSK, _IN_VIETNAMESE, _CONFIRMED = 0.9, 0.98, 0.9


class Day(Agenda):
    """Simulates `day` on `log`; `closed` counters have no officer. Deterministic by `rng`."""

    def __init__(
        self,
        log: MemoryLog,
        day: date,
        rng: random.Random,
        *,
        closed: frozenset[int] = frozenset(),
        account_of: Callable[[int], str] = lambda _number: "",
    ) -> None:
        """`account_of` is who has the counter with a number, where the officers have accounts."""
        super().__init__(log, day)
        self._rng = rng
        self._account_of = account_of
        #: Counters that found nobody, the one that has waited longest first.
        self._idle: dict[CounterId, None] = {}
        self._absent: set[TicketId] = set()
        #: People who by the profile should have given up by now, and have not yet.
        self._restless = 0.0
        self._open_today = {q.id for q in self.catalogue.queues if self._is_open(q.id)}
        self._staffed = [
            c
            for c in self.catalogue.counters
            if c.number not in closed and not self._open_today.isdisjoint(c.queues)
        ]
        self._able = {
            q: frozenset(c.id for c in self._staffed if q in c.queues) for q in self._open_today
        }
        self._counter = {c.id: c for c in self._staffed}
        if self._sessions:
            self._plan()

    @property
    def is_working_day(self) -> bool:
        """Whether the branch opens on this day at all."""
        return bool(self._sessions)

    def _is_open(self, queue: QueueId) -> bool:
        return any(s.takes(queue) for s in self._sessions)

    # The plan of the day -------------------------------------------------------------------
    def _plan(self) -> None:
        for arrival in profile.arrivals(self.catalogue, self.day, self._rng):
            at = self._local(time()) + timedelta(minutes=arrival.minute)
            self._at(at, lambda a=arrival: self._arrive(a))  # type: ignore[misc]
        officers = self.catalogue.officers
        # Everybody at the counter of their own, whichever of them stay closed.
        place = {c.id: n for n, c in enumerate(self.catalogue.counters)}
        for counter in self._staffed:
            n = place[counter.id]
            officer = officers[n] if n < len(officers) else f"Cán bộ {n + 1}"
            first = self._sessions[0].opens + timedelta(seconds=self._rng.uniform(-180, 180))
            first = max(first, self._local(time()))
            self._at(first, lambda c=counter, o=officer: self._open(c, o))  # type: ignore[misc]
            for morning, later in itertools.pairwise(self._sessions):
                self._at(morning.closes, lambda c=counter: self._lunch(c))  # type: ignore[misc]
                self._at(later.opens, lambda c=counter: self._back(c))  # type: ignore[misc]
            self._at(self._sessions[-1].closes, lambda c=counter: self._next(c))  # type: ignore[misc]
        self._at(min(self._sessions[-1].closes + _DAY_END, self._midnight), self._close_day)

    # Citizens ------------------------------------------------------------------------------
    def _arrive(self, arrival: profile.Arrival) -> None:
        try:
            ticket = self._do(
                cmd.IssueTicket,
                "kiosk:ki-ốt 1",
                service=arrival.service.id,
                priority=arrival.priority,
                channel="kiosk" if self._rng.random() < _FROM_KIOSK else "staff",
                language="vi" if self._rng.random() < _IN_VIETNAMESE else "en",
            )
        except SeriesFull:
            return
        if ticket is None:
            return
        self._restless += profile.ABANDON
        if self._rng.random() < profile.NO_SHOW:
            self._absent.add(ticket)
        elif self._restless >= 1:
            self._restless -= 1
            self._after(self._rng.uniform(90, 600), lambda: self._give_up(ticket))
        self._wake(arrival.service.queue)

    def _give_up(self, ticket: TicketId) -> None:
        if self.log.state.tickets[ticket].status is Status.WAITING:
            self._do(cmd.CancelTicket, f"ticket:{ticket}", ticket=ticket, code="citizen")
        else:
            # Called before patience ran out: it will be somebody else.
            self._restless += 1

    # Officers ------------------------------------------------------------------------------
    def _wake(self, queue: QueueId) -> None:
        """The counter that has been idle longest looks up; busy ones come to it by themselves."""
        able = self._able[queue]
        found = next((c for c in self._idle if c in able), None)
        if found is not None:
            del self._idle[found]
            counter = self._counter[found]
            self._after(self._rng.uniform(2, 8), lambda: self._next(counter))

    def _open(self, counter: Counter, officer: str) -> None:
        if self.log.counter(counter.id).status is CounterStatus.CLOSED:
            self._do(
                cmd.OpenCounter,
                self._name(counter),
                counter=counter.id,
                officer=officer,
                by=self._account_of(counter.number),
            )
        self._at(max(self._now, self._sessions[0].opens), lambda: self._next(counter))

    def _name(self, counter: Counter) -> str:
        return f"counter:{counter.id}"

    def _lunch(self, counter: Counter) -> None:
        state = self.log.counter(counter.id)
        if state.status is CounterStatus.OPEN and state.ticket is None:
            self._idle.pop(counter.id, None)
            self._do(cmd.PauseCounter, self._name(counter), counter=counter.id, reason="Nghỉ trưa")

    def _back(self, counter: Counter) -> None:
        if self.log.counter(counter.id).status is CounterStatus.PAUSED:
            self._do(cmd.ResumeCounter, self._name(counter), counter=counter.id)
            self._next(counter)

    def _next(self, counter: Counter) -> None:
        state = self.log.counter(counter.id)
        if state.status is not CounterStatus.OPEN or state.ticket is not None:
            return
        self._idle.pop(counter.id, None)
        if self._is_closing(counter):
            self._do(cmd.CloseCounter, self._name(counter), counter=counter.id)
            return
        if any(m.closes <= self._now < n.opens for m, n in itertools.pairwise(self._sessions)):
            self._lunch(counter)
            return
        ticket = self._do(cmd.CallNext, self._name(counter), counter=counter.id)
        if ticket is None:
            self._idle[counter.id] = None
        elif ticket in self._absent:
            self._after(45, lambda: self._recall(counter))
            self._after(95, lambda: self._give_no_show(counter))
        else:
            recalled = self._rng.random() < profile.RECALL
            if recalled:
                self._after(40, lambda: self._recall(counter))
            walk = self._rng.uniform(20, 60) + (40 if recalled else 0)
            self._after(walk, lambda: self._start(counter, ticket))

    def _recall(self, counter: Counter) -> None:
        self._do(cmd.RecallTicket, self._name(counter), counter=counter.id)

    def _give_no_show(self, counter: Counter) -> None:
        self._do(cmd.RecordNoShow, self._name(counter), counter=counter.id)
        self._after(5, lambda: self._next(counter))

    def _start(self, counter: Counter, ticket_id: TicketId) -> None:
        self._do(cmd.StartService, self._name(counter), counter=counter.id)
        ticket = self.log.state.tickets[ticket_id]
        if ticket.priority is not None and self._rng.random() < _CONFIRMED:
            self._do(cmd.ConfirmPriority, self._name(counter), counter=counter.id, ticket=ticket_id)
        service = self._service(ticket.service)
        seconds = profile.service_seconds(service, self._rng)
        if self._rng.random() < profile.TRANSFER and ticket.from_counter is None:
            self._after(seconds / 3, lambda: self._transfer(counter, ticket_id))
        else:
            self._after(seconds, lambda: self._complete(counter, ticket_id))

    def _service(self, service: ServiceId) -> Service:
        found = self.catalogue.service(service)
        assert found is not None, "the catalogue does not change during the day"  # noqa: S101
        return found

    def _transfer(self, counter: Counter, ticket: TicketId) -> None:
        present = self.log.state.tickets[ticket].queue
        others = [q.id for q in self.catalogue.queues if q.id != present and self._able.get(q.id)]
        if not others:
            self._complete(counter, ticket)
            return
        queue = self._rng.choice(others)
        self._do(
            cmd.TransferTicket,
            self._name(counter),
            counter=counter.id,
            to_queue=queue,
            reason="Cần thêm thủ tục ở lĩnh vực khác",
        )
        self._wake(queue)
        self._after(8, lambda: self._next(counter))

    def _complete(self, counter: Counter, ticket_id: TicketId) -> None:
        ticket = self.log.state.tickets[ticket_id]
        outcome = profile.outcome(self.catalogue, self._service(ticket.service), self._rng)
        self._do(cmd.CompleteService, self._name(counter), counter=counter.id, outcome=outcome)
        if self._rng.random() < profile.RATED:
            self._after(self._rng.uniform(5, 180), lambda: self._rate(ticket_id))
        self._after(self._rng.uniform(3, 12), lambda: self._next(counter))

    def _rate(self, ticket_id: TicketId) -> None:
        ticket = self.log.state.tickets[ticket_id]
        started = ticket.first_started_at or ticket.arrival_at
        level, reasons = profile.rating(
            (started - ticket.arrival_at).total_seconds() / 60, self._rng
        )
        self._do(
            cmd.RateTicket,
            f"ticket:{ticket_id}",
            ticket=ticket_id,
            level=level,
            channel="pad",
            reasons=reasons,
        )

    def _settle_low_ratings(self) -> None:
        """At the end of the day a manager looks into them; a few take longer."""
        known = self.log.state.tickets
        open_ones = [
            one.ticket
            for one in self.log.state.follow_ups.values()
            if one.settled_at is None and one.ticket in known
        ]
        for ticket in open_ones:
            if self._rng.random() < profile.LOOKED_INTO:
                note = self._rng.choice(profile.NOTES)
                self._do(cmd.SettleFollowUp, "manager:quanly", ticket=ticket, note=note)

    def _close_day(self) -> None:
        is_busy = any(c.ticket is not None for c in self.log.counters())
        if is_busy and self._now < self._midnight:
            self._at(min(self._now + timedelta(minutes=1), self._midnight), self._close_day)
            return
        self._settle_low_ratings()
        self._do(cmd.CloseDay, "job:day-close", waiting="close")
        if is_busy:
            self._steps.clear()

"""One business day of a made-up centre, through the real command handlers under simulated time."""

import itertools
import random
from datetime import date, datetime, time, timedelta

from server.domain import commands as cmd
from server.domain.catalogue import Counter
from server.domain.counters import CounterStatus
from server.domain.ids import CounterId, QueueId
from server.domain.state import BranchState
from server.simulate import people, profile
from server.simulate.agenda import Agenda
from server.simulate.centre import RECALL_S, Centre
from server.simulate.memory import MemoryLog
from server.simulate.people import Person, Shift

_DAY_END = timedelta(minutes=50)
#: From a ticket's coming to an idle officer's looking up, seconds.
_NOTICE_S = 4.0
_LUNCH, _PAUSE = "Nghỉ trưa", "Việc riêng"


class CentreDay(Agenda):
    """Lives `day` of a centre, its working day `number` (0 = the first), on from `state`."""

    def __init__(self, centre: Centre, state: BranchState, day: date, number: int) -> None:
        coming = people.people(centre, number)
        tickets = (person.ticket for person in coming)
        log = MemoryLog(centre.catalogue, state=state, ticket_ids=lambda: next(tickets))
        super().__init__(log, day)
        self._centre = centre
        self._start = self._local(time())
        self._slow = people.slow_of(centre, number)
        self._person = {person.ticket: person for person in coming}
        self._index = {c.id: n for n, c in enumerate(self.catalogue.counters)}
        #: Counters that found nobody, the one that has waited longest first.
        self._idle: dict[CounterId, None] = {}
        #: Pauses that are due, by counter.
        self._due: dict[CounterId, list[tuple[float, bool]]] = {}
        self._staffed: list[Counter] = []
        self._plan(number)

    def _plan(self, number: int) -> None:
        for person in self._person.values():
            self._at(self._minute(person.minute), lambda p=person: self._arrive(p))  # type: ignore[misc]
        for n, counter in enumerate(self.catalogue.counters):
            shift = people.shift(self._centre, number, n)
            if not shift.is_absent:
                self._staffed.append(counter)
                self._plan_shift(counter, shift)
        self._at(self._sessions[-1].closes + _DAY_END, self._close_day)

    def _plan_shift(self, counter: Counter, shift: Shift) -> None:
        begins = [
            session.opens + timedelta(seconds=late)
            for session, late in zip(self._sessions, shift.late_s, strict=True)
        ]
        self._at(begins[0], lambda: self._open(counter))
        for session in self._sessions[:-1]:
            self._at(session.closes, lambda: self._next(counter))
        for begin in begins[1:]:
            self._at(begin, lambda: self._back(counter, _LUNCH))
        self._at(self._sessions[-1].closes, lambda: self._next(counter))
        for minute, seconds, is_entered in shift.pauses:
            self._at(
                self._minute(minute),
                lambda s=seconds, e=is_entered: self._pause_due(counter, s, e),  # type: ignore[misc]
            )

    def _minute(self, minute: float) -> datetime:
        return self._start + timedelta(minutes=minute)

    # Citizens ------------------------------------------------------------------------------
    def _arrive(self, person: Person) -> None:
        service = self.catalogue.services[person.service]
        self._do(cmd.IssueTicket, "kiosk:ki-ốt 1", service=service.id, priority=person.priority)
        self._wake(service.queue)

    def _is_here(self, person: Person) -> bool:
        """Whether the person still waits: those whose patience ended went without a word."""
        ticket = self.log.state.tickets[person.ticket]
        waited_s = (self._now - ticket.arrival_at).total_seconds()
        has_been_served = ticket.from_counter is not None
        return has_been_served or (not person.never_comes and waited_s <= person.patience_s)

    def _rate(self, person: Person) -> None:
        ticket = self.log.state.tickets[person.ticket]
        started = ticket.first_started_at or ticket.arrival_at
        waited = (started - ticket.arrival_at).total_seconds() / 60
        level, reasons = profile.rating(waited, random.Random(person.rates[1]))
        self._do(
            cmd.RateTicket,
            f"ticket:{person.ticket}",
            ticket=person.ticket,
            level=level,
            channel="pad",
            reasons=reasons,
        )

    # Officers ------------------------------------------------------------------------------
    def _wake(self, queue: QueueId) -> None:
        """The counter that has been idle longest looks up; busy ones come to it by themselves."""
        found = next((c for c in self._idle if queue in self._counter(c).queues), None)
        if found is not None:
            del self._idle[found]
            self._after(_NOTICE_S, lambda: self._next(self._counter(found)))

    def _counter(self, counter: CounterId) -> Counter:
        return self.catalogue.counters[self._index[counter]]

    def _name(self, counter: Counter) -> str:
        return f"counter:{counter.id}"

    def _open(self, counter: Counter) -> None:
        officer = self.catalogue.officers[self._index[counter.id]]
        self._do(cmd.OpenCounter, self._name(counter), counter=counter.id, officer=officer)
        self._next(counter)

    def _leave(self, counter: Counter, reason: str) -> None:
        self._do(cmd.PauseCounter, self._name(counter), counter=counter.id, reason=reason)

    def _back(self, counter: Counter, reason: str) -> None:
        state = self.log.counter(counter.id)
        if state.status is CounterStatus.PAUSED and state.pause_reason == reason:
            self._do(cmd.ResumeCounter, self._name(counter), counter=counter.id)
            self._next(counter)

    def _pause_due(self, counter: Counter, seconds: float, is_entered: bool) -> None:
        self._due.setdefault(counter.id, []).append((seconds, is_entered))
        if counter.id in self._idle:
            self._next(counter)

    def _takes_pause(self, counter: Counter) -> bool:
        due = self._due.pop(counter.id, [])
        if not due:
            return False
        seconds = sum(s for s, _ in due)
        if any(is_entered for _, is_entered in due):
            self._leave(counter, _PAUSE)
            self._after(seconds, lambda: self._back(counter, _PAUSE))
        else:
            self._after(seconds, lambda: self._next(counter))
        return True

    def _next(self, counter: Counter) -> None:
        state = self.log.counter(counter.id)
        if state.status is not CounterStatus.OPEN or state.ticket is not None:
            return
        self._idle.pop(counter.id, None)
        if self._is_closing(counter):
            self._do(cmd.CloseCounter, self._name(counter), counter=counter.id)
        elif any(m.closes <= self._now < n.opens for m, n in itertools.pairwise(self._sessions)):
            self._leave(counter, _LUNCH)
        elif not self._takes_pause(counter):
            self._call(counter)

    def _call(self, counter: Counter) -> None:
        ticket = self._do(cmd.CallNext, self._name(counter), counter=counter.id)
        if ticket is None:
            self._idle[counter.id] = None
            return
        person = self._person[ticket]
        if not self._is_here(person):
            self._after(RECALL_S, lambda: self._recall(counter))
            self._after(person.gone_s, lambda: self._give_no_show(counter, person))
            return
        if person.is_recalled:
            self._after(RECALL_S, lambda: self._recall(counter))
        walk_s = person.walk_s + (RECALL_S if person.is_recalled else 0)
        self._after(walk_s, lambda: self._begin(counter, person))

    def _recall(self, counter: Counter) -> None:
        self._do(cmd.RecallTicket, self._name(counter), counter=counter.id)

    def _give_no_show(self, counter: Counter, person: Person) -> None:
        self._do(cmd.RecordNoShow, self._name(counter), counter=counter.id)
        self._after(person.gap_s, lambda: self._next(counter))

    def _begin(self, counter: Counter, person: Person) -> None:
        self._do(cmd.StartService, self._name(counter), counter=counter.id)
        ticket = self.log.state.tickets[person.ticket]
        speed = self._centre.speed[self._index[counter.id]]
        factor = speed * self._slow.at((self._now - self._start).total_seconds() / 60)
        if ticket.from_counter is not None:
            self._after(person.then_needs_s * factor, lambda: self._complete(counter, person))
        elif person.transfer is not None and self._is_served(person.transfer):
            done_s = person.needs_s * self._centre.behaviour.before_transfer * factor
            self._after(done_s, lambda: self._transfer(counter, person))
        else:
            self._after(person.needs_s * factor, lambda: self._complete(counter, person))

    def _is_served(self, queue: QueueId) -> bool:
        return any(queue in c.queues for c in self._staffed)

    def _transfer(self, counter: Counter, person: Person) -> None:
        self._do(
            cmd.TransferTicket,
            self._name(counter),
            counter=counter.id,
            to_queue=person.transfer,
            reason="Cần thêm thủ tục ở lĩnh vực khác",
        )
        if person.transfer is not None:
            self._wake(person.transfer)
        self._after(person.gap_s, lambda: self._next(counter))

    def _complete(self, counter: Counter, person: Person) -> None:
        self._do(cmd.CompleteService, self._name(counter), counter=counter.id, outcome="tiep-nhan")
        if person.rates[0] < profile.RATED:
            self._after(60 * person.rates[0] + 5, lambda: self._rate(person))
        self._after(person.gap_s, lambda: self._next(counter))

    def _close_day(self) -> None:
        if any(c.ticket is not None for c in self.log.counters()) and self._now < self._midnight:
            self._at(min(self._now + timedelta(minutes=1), self._midnight), self._close_day)
            return
        self._do(cmd.CloseDay, "job:day-close", waiting="close")

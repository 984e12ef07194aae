"""From the record of a day to a trace of it."""

import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from server.domain import counter_time, hours
from server.domain.events import EXPIRED
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.measures import Stage
from server.domain.ticket import Ticket
from server.whatif.facts import Facts
from server.whatif.trace import Shift, Stay, Stretch, Trace, Visit

#: Tickets ended so were never anybody's visit.
_VOID: Final = frozenset({"print_failure", "mistake"})
#: A gap longer than this is an absence, not a gap.
_LONGEST_GAP_S: Final = 3_600.0
#: A break longer than this (a lunch begun early, an errand) is not taken again when missed.
_LONGEST_BREAK_S: Final = 3_600.0
#: An opening this long before or after the session's is that session's.
_AROUND_S: Final = 7_200.0
_DRAWS: Final = 7

_Clock = Callable[[datetime], float]


@dataclass(slots=True)
class _Line:
    """When tickets entered a queue, and when they were called or gone: how many wait at a time."""

    entered: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    def waiting(self, at: float) -> int:
        return bisect_right(self.entered, at) - bisect_right(self.left, at)


class Reader:
    """Reads the trace of one day. `speed` by officer makes durations those of an ordinary one."""

    def __init__(
        self, facts: Facts, speed: Mapping[str, float], overrun: Sequence[float] = ()
    ) -> None:
        self._facts = facts
        self._catalogue = facts.catalogue
        self._speed = speed
        self._overrun = overrun
        midnight = facts.midnight
        self._clock: _Clock = lambda at: (at - midnight).total_seconds()
        self._sessions = [
            (self._clock(s.opens), self._clock(s.closes))
            for s in hours.sessions(self._catalogue.hours, self._catalogue.zone, facts.day)
        ]
        self._directed = facts.directed
        #: When the stay that was read last ended.
        self._ended_s: float | None = None
        self._own_overruns: list[float] | None = None
        self._lines = self._lines_of(facts)
        #: By counter, in order: when it called, and until when that kept it.
        self._calls = self._calls_of(facts)
        self._spans = counter_time.spans(facts.events, midnight + timedelta(days=1))

    # Who waited when ------------------------------------------------------------------------
    def _lines_of(self, facts: Facts) -> dict[QueueId, _Line]:
        lines: dict[QueueId, _Line] = defaultdict(_Line)
        for stages in facts.stages.values():
            for stage in stages:
                gone = stage.called_at or stage.ended_at
                line = lines[stage.queue]
                line.entered.append(self._clock(stage.entered_at))
                if gone is not None:
                    line.left.append(self._clock(gone))
        for line in lines.values():
            line.entered.sort()
            line.left.sort()
        return lines

    def _calls_of(self, facts: Facts) -> dict[CounterId, list[Stretch]]:
        calls: dict[CounterId, list[Stretch]] = defaultdict(list)
        for stages in facts.stages.values():
            for stage in stages:
                if stage.counter is not None and stage.called_at is not None:
                    called = self._clock(stage.called_at)
                    ended = self._clock(stage.ended_at) if stage.ended_at else called
                    calls[stage.counter].append((called, max(called, ended)))
        for some in calls.values():
            some.sort()
        return calls

    def _has_work(self, counter: CounterId, at: float) -> bool:
        configured = self._catalogue.counter(counter)
        if configured is None:
            return False
        return any(self._lines[q].waiting(at) > 0 for q in configured.queues if q in self._lines)

    def _first_call(self, counter: CounterId, since: float, until: float) -> float | None:
        calls = self._calls.get(counter, [])
        n = bisect_left(calls, (since, -1.0))
        return calls[n][0] if n < len(calls) and calls[n][0] <= until else None

    # The trace ------------------------------------------------------------------------------
    def trace(self) -> Trace:
        """The day, ready to be lived again."""
        facts = self._facts
        visits = [
            self._visit(ticket, facts.stages[ticket.id])
            for ticket in facts.tickets
            if ticket.outcome not in _VOID and facts.stages.get(ticket.id)
        ]
        return Trace(
            catalogue=self._catalogue,
            day=facts.day,
            midnight=facts.midnight,
            sessions=self._sessions,
            visits=visits,
            shifts=self._shifts(),
        )

    def overruns(self) -> list[float]:
        """How far past the closing of each session a call was made while it was closed."""
        found = [0.0] * len(self._sessions)
        nexts = [*(o for o, _ in self._sessions[1:]), 86_400.0]
        for calls in self._calls.values():
            for called, _ in calls:
                for n, ((_, closes), opens) in enumerate(zip(self._sessions, nexts, strict=True)):
                    if closes < called < opens - _AROUND_S / 4:
                        found[n] = max(found[n], called - closes)
        return found

    # People ---------------------------------------------------------------------------------
    def _visit(self, ticket: Ticket, stages: Sequence[Stage]) -> Visit:
        queue = stages[0].queue
        opening = hours.published_opening(
            self._catalogue.hours, self._catalogue.zone, queue, ticket.issued_at
        )
        return Visit(
            ticket=ticket.id,
            serial=ticket.serial,
            priority=self._priority(ticket),
            arrival_at=ticket.arrival_at,
            issued_s=self._clock(ticket.issued_at),
            counts_s=self._clock(max(ticket.issued_at, opening)),
            stays=self._stays(ticket, stages),
            draws=draws_of(ticket.id),
        )

    def _priority(self, ticket: Ticket) -> str | None:
        """Its class; one that was forgotten counts as the first that is not urgent."""
        policy = self._catalogue.policy
        if ticket.priority != EXPIRED and policy.priority_class(ticket.priority):
            return ticket.priority
        if ticket.priority is None:
            return None
        ordinary = (c.code for c in policy.classes if not c.urgent)
        return next(ordinary, ticket.priority)

    def _stays(self, ticket: Ticket, stages: Sequence[Stage]) -> list[Stay]:
        stays: list[Stay] = []
        for stage in stages:
            is_added = stays and stage.called_at == stage.entered_at == stage.started_at
            if is_added:
                self._add(stays[-1], stage)
                continue
            stay = self._stay(ticket, stage)
            if stays:
                ended = self._ended_s
                stays[-1].back_s = max(0.0, stay.entered_s - ended) if ended is not None else 0.0
            stays.append(stay)
            self._ended_s = self._clock(stage.ended_at) if stage.ended_at else None
        return stays

    def _add(self, stay: Stay, stage: Stage) -> None:
        """Another service in the same sitting: the desk was kept so much longer."""
        took, speed = stage.service_s, self._speed.get(stage.officer, 1.0)
        if took is not None:
            stay.needs_s = (stay.needs_s or 0.0) + took / speed
            stay.served_s = (stay.served_s or 0.0) + took
        if stage.ended_at is not None and stage.counter is not None:
            ended = self._clock(stage.ended_at)
            stay.gap_s = self._gap(stage.counter, ended)
            self._ended_s = ended

    def _stay(self, ticket: Ticket, stage: Stage) -> Stay:
        stay = Stay(
            queue=stage.queue,
            service=stage.service,
            entered_s=self._clock(stage.entered_at),
            end="open",
            at_counter=stage.counter,
            at_officer=stage.officer,
        )
        stay.counter, stay.officer = self._directed.get((ticket.id, stage.entered_at), (None, None))
        if stage.called_at is None:
            if stage.ended_at is not None and ticket.outcome != "day_close":
                stay.end, stay.left_s = "left", self._clock(stage.ended_at)
            return stay
        stay.called_s = self._clock(stage.called_at)
        if stage.started_at is not None:
            stay.end, stay.walk_s = "served", stage.walk_s
            took = stage.service_s
            if took is not None:
                stay.served_s = took
                stay.needs_s = took / self._speed.get(stage.officer, 1.0)
        elif stage.ended_at is not None:
            stay.end = "no_show"
            stay.gone_s = self._clock(stage.ended_at) - stay.called_s
        if stage.ended_at is not None and stage.counter is not None:
            stay.gap_s = self._gap(stage.counter, self._clock(stage.ended_at))
        return stay

    def _gap(self, counter: CounterId, ended: float) -> float | None:
        """From the end at a desk to what its officer did next, if work was waiting."""
        if not self._has_work(counter, ended):
            return None
        called = self._first_call(counter, ended, ended + _LONGEST_GAP_S)
        for span in self._spans:
            if span.counter == counter and (
                ended <= self._clock(span.until) <= (called or ended + _LONGEST_GAP_S)
            ):
                until = self._clock(span.until)
                return None if self._is_closed(until) else until - ended
        return None if called is None else called - ended

    def _is_closed(self, at: float) -> bool:
        return not any(opens <= at < closes for opens, closes in self._sessions)

    # Counters -------------------------------------------------------------------------------
    def _shifts(self) -> list[Shift]:
        shifts: dict[tuple[CounterId, str], Shift] = {}
        for span in self._spans:
            since, until = self._clock(span.since), self._clock(span.until)
            key = (span.counter, span.officer)
            shift = shifts.setdefault(
                key, Shift(counter=span.counter, officer=span.officer, windows=[])
            )
            if span.pause:
                inside = not self._is_closed(since) and until - since <= _LONGEST_BREAK_S
                if inside:
                    shift.breaks.append((since, until))
                continue
            window = self._window(span.counter, since, until)
            if window[1] > window[0]:
                shift.windows.append(window)
        found = [s for s in shifts.values() if s.windows]
        for shift in found:
            shift.windows = _apart(shift.windows)
            shift.late_s = tuple(
                _late(shift.windows, opens, closes) for opens, closes in self._sessions
            )
        return sorted(found, key=lambda s: (s.counter, s.windows[0]))

    def _window(self, counter: CounterId, since: float, until: float) -> Stretch:
        """When a desk that was open from `since` to `until` really called.

        Late starts are kept as they were; a desk that closed for want of people after hours would
        have gone on for those of a plan, as long as officers here do.
        """
        call = self._first_call(counter, since, until)
        opens = min((o for o, c in self._sessions if c > since), default=since)
        begun = max(since, min(opens, call) if call is not None else opens)
        if call is not None and call > begun and self._has_work(counter, begun):
            begun = call
        for n, (_, closes) in enumerate(self._sessions):
            following = self._sessions[n + 1][0] if n + 1 < len(self._sessions) else 86_400.0
            if closes - 60 <= until <= following:
                over = self._over(n)
                return begun, closes + over
        return begun, until

    def _over(self, session: int) -> float:
        """How far past its closing people are called, on this day or usually."""
        if self._own_overruns is None:
            self._own_overruns = self.overruns()
        place = len(self._sessions) - 1 - session
        usual = self._overrun[place] if place < len(self._overrun) else 0.0
        return max(usual, self._own_overruns[session])


def _apart(windows: list[Stretch]) -> list[Stretch]:
    """The windows in order, none reaching into the next."""
    found: list[Stretch] = []
    for since, until in sorted(windows):
        begin = max(since, found[-1][1]) if found else since
        if until > begin:
            found.append((begin, until))
    return found


def _late(windows: Sequence[Stretch], opens: float, closes: float) -> float | None:
    for since, until in windows:
        if since < closes and until > opens:
            return max(0.0, since - opens)
    return None


def draws_of(ticket: TicketId) -> tuple[float, ...]:
    """A ticket's own chance: the same in every run, whatever is changed about the counters."""
    rng = Random(zlib.crc32(ticket.encode()))
    return tuple(rng.random() for _ in range(_DRAWS))

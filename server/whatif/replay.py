"""A traced day lived again by the product's own dispatcher, under any roster, queues and rules.

All chance belongs to a ticket or to a counter's day, so that two runs see the same people: what
differs between them is the change, and nothing else (common random numbers).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from server.domain.catalogue import Counter
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, QueueId
from server.forecast.engine import Desk, Dispatcher, Outcome, Ticket
from server.forecast.engine import Visit as Follows
from server.whatif.patience import Patience
from server.whatif.trace import Known, Setting, Shift, Stay, Stretch, Trace, Visit

# Which of a ticket's draws is for what.
_WHICH, _PATIENCE, _DONOR, _WALK, _GAP, _GONE, _SPARE = range(7)
#: Where a service was never finished anywhere in the days, its configured minutes stand in.
_USUAL_WALK_S, _USUAL_GAP_S, _USUAL_GONE_S = 40.0, 20.0, 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What became of one visit's first stay. `wait_s` runs to the start of service."""

    queue: QueueId
    is_priority: bool
    outcome: Outcome
    wait_s: float
    call_wait_s: float


@dataclass(frozen=True, kw_only=True)
class DayLived:
    """A day lived again: every visit, and by counter the seconds engaged and open."""

    visits: Sequence[Lived]
    engaged_s: Mapping[CounterId, float]
    open_s: Mapping[CounterId, float]


class _Draw:
    """What follows each call: read from the trace where it was seen, else from what is usual."""

    def __init__(self, trace: Trace, known: Known, setting: Setting) -> None:
        self._known = known
        self._patience = Patience(*known.patience)
        self._setting = setting
        self._trace = trace
        self._own = {c.id: frozenset(c.queues) for c in trace.catalogue.counters}
        self._counters = {c.id for c in setting.catalogue.counters}
        self.stays: list[tuple[Visit, int, Stay]] = []
        self.breaks: list[Sequence[Stretch]] = []

    def first(self, visit: Visit) -> Ticket:
        """The ticket of a visit as it comes in."""
        return self._ticket(visit, 0, visit.stays[0], visit.stays[0].entered_s)

    def _ticket(self, visit: Visit, place: int, stay: Stay, arrival_s: float) -> Ticket:
        key = len(self.stays)
        self.stays.append((visit, place, stay))
        counter = stay.counter if stay.counter in self._counters else None
        is_directed = counter is not None or (stay.officer is not None and stay.counter is None)
        return Ticket(
            candidate=Candidate(
                arrival_at=visit.arrival_at,
                queue=stay.queue,
                serial=visit.serial,
                ticket=visit.ticket,
                number="",
                priority=visit.priority,
                is_directed=is_directed,
            ),
            arrival_s=arrival_s,
            service=stay.service,
            key=key,
            counter=counter,
            officer=stay.officer,
            leaves_s=stay.left_s if stay.left_s is not None and place == 0 else inf,
        )

    def visit(self, ticket: Ticket, desk: Desk, now: float) -> Follows:
        """What follows when `desk` calls `ticket` at `now`."""
        visit, place, stay = self.stays[ticket.key]
        draws = visit.draws
        gap = stay.gap_s
        if gap is None:
            gap = _of(self._known.gap, draws[_GAP], _USUAL_GAP_S)
        if place == 0 and self._is_gone(visit, stay, (now - visit.issued_s) / 60):
            gone = stay.gone_s
            if gone is None:
                gone = _of(self._known.gone, draws[_GONE], _USUAL_GONE_S)
            end = now + gone
            again = self._again(visit, place, end) if stay.end == "no_show" else None
            return Follows(end, self._free(desk, now, end, gap), None, Outcome.NO_SHOW, again)
        walk = stay.walk_s
        if walk is None:
            walk = _of(self._known.walk, draws[_WALK], _USUAL_WALK_S)
        needs, then = self._needs(visit, stay)
        took = needs * self._known.speed.get(desk.officer, 1.0) / self._skill(desk, stay.queue)
        start = now + walk
        end = start + took
        again = self._again(visit, place, end)
        if then is not None and again is None:
            again = self._ticket(visit, place + 1, then, end)
        return Follows(end, self._free(desk, now, end, gap), start, Outcome.SERVED, again)

    def _is_gone(self, visit: Visit, stay: Stay, minutes: float) -> bool:
        """Whether nobody comes after so many minutes of waiting."""
        patience, draws = self._patience, visit.draws
        if stay.called_s is None:
            return patience.of_unknown(draws[_WHICH], draws[_PATIENCE]) < minutes
        seen = (stay.called_s - visit.issued_s) / 60
        if stay.end == "no_show":
            if minutes >= seen:
                return True
            return patience.of_absent(seen, draws[_WHICH], draws[_PATIENCE]) < minutes
        if minutes <= seen:
            return False
        return patience.of_served(seen, draws[_PATIENCE]) < minutes

    def _needs(self, visit: Visit, stay: Stay) -> tuple[float, Stay | None]:
        """What the visit takes here, and where it would go on if that was never seen."""
        if stay.needs_s is not None:
            return stay.needs_s, None
        donors = self._known.donors.get(stay.service)
        if not donors:
            configured = self._trace.catalogue.service(stay.service)
            return 60 * (configured.mean_minutes if configured else 10.0), None
        needs, queue, then_service, then_s = donors[int(visit.draws[_DONOR] * len(donors))]
        if not queue:
            return needs, None
        then = Stay(queue=queue, service=then_service, entered_s=0.0, end="served", needs_s=then_s)
        return needs, then

    def _skill(self, desk: Desk, queue: QueueId) -> float:
        counter = desk.counter.id
        if counter not in self._own:
            return 1.0
        has_it = queue in self._own[counter] or queue in self._known.skills.get(counter, ())
        return 1.0 if has_it else self._setting.new_skill

    def _again(self, visit: Visit, place: int, end: float) -> Ticket | None:
        if place + 1 >= len(visit.stays):
            return None
        back = visit.stays[place].back_s or 0.0
        return self._ticket(visit, place + 1, visit.stays[place + 1], end + back)

    def _free(self, desk: Desk, now: float, end: float, gap: float) -> float:
        """When the desk calls again: a break that fell due while it was busy is taken first."""
        free = end + gap
        owed = [until - since for since, until in self.breaks[desk.key] if now < since < end]
        return max(free, end + sum(owed)) if owed else free


def _of(values: Sequence[float], u: float, usual: float) -> float:
    return values[int(u * len(values))] if values else usual


def run(trace: Trace, known: Known, setting: Setting) -> DayLived:
    """Live the day again."""
    draw = _Draw(trace, known, setting)
    counters = {c.id: c for c in setting.catalogue.counters}
    shifts = [s for s in setting.shifts if s.counter in counters and s.windows]
    desks = [_desk(n, shift, counters[shift.counter]) for n, shift in enumerate(shifts)]
    draw.breaks = [shift.breaks for shift in shifts]
    firsts = [draw.first(visit) for visit in trace.visits]
    dispatcher = Dispatcher(setting.catalogue.policy, trace.midnight, {}, draw, begin_s=0.0)
    dispatcher.run(firsts, desks)
    closes = max((c for _, c in trace.sessions), default=0.0)
    open_hours = [*trace.sessions, *setting.extra]
    return DayLived(
        visits=[_lived(v, t, closes) for v, t in zip(trace.visits, firsts, strict=True)],
        engaged_s=_by_counter((d.counter.id, d.busy_s) for d in desks),
        open_s=_by_counter((s.counter, _open_s(s, open_hours)) for s in shifts),
    )


def _desk(key: int, shift: Shift, counter: Counter) -> Desk:
    return Desk(counter=counter, officer=shift.officer, windows=tuple(shift.windows), key=key)


def _lived(visit: Visit, ticket: Ticket, closes: float) -> Lived:
    called = ticket.called_s
    if called is None:
        called = ticket.leaves_s if ticket.outcome is Outcome.LEFT else max(closes, visit.counts_s)
    start = ticket.start_s if ticket.start_s is not None else called
    return Lived(
        queue=ticket.candidate.queue,
        is_priority=visit.priority is not None,
        outcome=ticket.outcome,
        wait_s=max(0.0, start - visit.counts_s),
        call_wait_s=max(0.0, called - visit.counts_s),
    )


def _open_s(shift: Shift, sessions: Sequence[Stretch]) -> float:
    """Open inside the published hours, breaks left out."""
    return sum(
        max(0.0, min(until, closes) - max(since, opens))
        for since, until in shift.windows
        for opens, closes in sessions
    )


def _by_counter(pairs: Iterable[tuple[CounterId, float]]) -> dict[CounterId, float]:
    found: dict[CounterId, float] = defaultdict(float)
    for counter, seconds in pairs:
        found[counter] += seconds
    return dict(found)


def present(trace: Trace) -> Setting:
    """The day as it was."""
    return Setting(catalogue=trace.catalogue, shifts=trace.shifts)


def observed(trace: Trace) -> list[Lived]:
    """What the log says became of everybody, to hold the replay against."""
    closes = max((c for _, c in trace.sessions), default=0.0)
    found = []
    outcomes = {"served": Outcome.SERVED, "no_show": Outcome.NO_SHOW, "left": Outcome.LEFT}
    for visit in trace.visits:
        stay = visit.stays[0]
        outcome = outcomes.get(stay.end, Outcome.WAITING)
        called = stay.called_s
        if called is None:
            called = stay.left_s if stay.left_s is not None else max(closes, visit.counts_s)
        start = called + stay.walk_s if stay.walk_s is not None else called
        found.append(
            Lived(
                queue=stay.queue,
                is_priority=visit.priority is not None,
                outcome=outcome,
                wait_s=max(0.0, start - visit.counts_s),
                call_wait_s=max(0.0, called - visit.counts_s),
            )
        )
    return found

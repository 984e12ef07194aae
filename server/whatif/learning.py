"""What many days say that one day does not show: officers' speeds, patience, ordinary times."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import exp, log
from typing import TypeVar

from server.domain.ids import CounterId, QueueId, ServiceId
from server.domain.measures import percentile
from server.whatif import patience
from server.whatif.facts import Facts
from server.whatif.history import Reader
from server.whatif.trace import Known, Stay, Trace

_T = TypeVar("_T")

#: Fewer services than this say nothing about officers (measures.md §1.5).
_LEAST_FOR_SPEED = 30
_PULL = 25
#: So many values of a time are kept to draw from.
_KEPT = 400
#: A counter that served a queue so often has the skill.
_SKILLED = 5
#: How far past closing officers go on while people wait: that of four days in five, at most this.
_OVERRUN_SHARE, _LONGEST_OVERRUN_S = 0.8, 2_700.0


class Learner:
    """Takes the days one after the other; `known()` once all were taken."""

    def __init__(self) -> None:
        self._durations: dict[ServiceId, list[tuple[str, float]]] = defaultdict(list)
        self._donors: dict[ServiceId, list[tuple[str, float, QueueId, ServiceId, str, float]]] = (
            defaultdict(list)
        )
        self._times: dict[str, list[float]] = {"walk": [], "gap": [], "gone": []}
        self._overruns: list[list[float]] = []
        self._served: dict[tuple[CounterId, QueueId], int] = defaultdict(int)
        self._own: dict[CounterId, set[QueueId]] = defaultdict(set)
        self._calls: list[tuple[float, bool]] = []
        self._staffed: dict[CounterId, int] = defaultdict(int)
        self._days = 0

    def take(self, facts: Facts) -> None:
        """Learn from one more day."""
        reader = Reader(facts, {})
        trace = reader.trace()
        self._days += 1
        self._overruns.append(reader.overruns())
        for configured in facts.catalogue.counters:
            self._own[configured.id].update(configured.queues)
        for counter in {shift.counter for shift in trace.shifts}:
            self._staffed[counter] += 1
        self._take_visits(trace)

    def _take_visits(self, trace: Trace) -> None:
        for visit in trace.visits:
            first = visit.stays[0]
            if first.called_s is not None:
                minutes = (first.called_s - visit.issued_s) / 60
                self._calls.append((minutes, first.end == "no_show"))
            for n, stay in enumerate(visit.stays):
                for name, value in (
                    ("walk", stay.walk_s),
                    ("gap", stay.gap_s),
                    ("gone", stay.gone_s),
                ):
                    if value is not None:
                        self._times[name].append(value)
                if stay.served_s is None:
                    continue
                self._durations[stay.service].append((stay.at_officer, stay.served_s))
                if stay.at_counter is not None:
                    self._served[stay.at_counter, stay.queue] += 1
                if n == 0:
                    later = next((s for s in visit.stays[1:] if s.served_s), None)
                    self._donors[stay.service].append(
                        (stay.at_officer, stay.served_s, *_then(later))
                    )

    def known(self) -> Known:
        """What the days said together."""
        speed = _speeds(self._durations)
        found = patience.fit(self._calls, self._days)
        skills: dict[CounterId, set[QueueId]] = defaultdict(
            set, {c: set(q) for c, q in self._own.items()}
        )
        for (counter, queue), times in self._served.items():
            if times >= _SKILLED:
                skills[counter].add(queue)
        return Known(
            speed=speed,
            donors={
                service: [
                    (
                        took / speed.get(officer, 1.0),
                        queue,
                        then_service,
                        then / speed.get(other, 1.0),
                    )
                    for officer, took, queue, then_service, other, then in _spread(some)
                ]
                for service, some in self._donors.items()
            },
            walk=_spread(self._times["walk"]),
            gap=_spread(self._times["gap"]),
            gone=_spread(self._times["gone"]),
            overrun=_overrun(self._overruns),
            skills={c: frozenset(q) for c, q in skills.items()},
            staffed=frozenset(c for c, n in self._staffed.items() if 2 * n > self._days),
            patience=(found.p0, found.mu, found.sigma),
            days=self._days,
            absent=sum(is_gone for _, is_gone in self._calls),
            waited_long=sum(minutes > patience.LONG_MINUTES for minutes, _ in self._calls),
        )


def _then(later: Stay | None) -> tuple[QueueId, ServiceId, str, float]:
    if later is not None and later.served_s:
        return later.queue, later.service, later.at_officer, later.served_s
    return QueueId(""), ServiceId(""), "", 0.0


def _spread(values: Sequence[_T]) -> list[_T]:
    """At most `_KEPT` of the values, evenly from all of them."""
    if len(values) <= _KEPT:
        return list(values)
    return [values[n * len(values) // _KEPT] for n in range(_KEPT)]


def _speeds(durations: dict[ServiceId, list[tuple[str, float]]]) -> dict[str, float]:
    """By officer, how long they take times the ordinary, drawn to 1 and 1 on average."""
    apart: dict[str, list[float]] = defaultdict(list)
    for some in durations.values():
        if len(some) < _LEAST_FOR_SPEED:
            continue
        logs = [log(max(took, 1.0)) for _, took in some]
        mean = sum(logs) / len(logs)
        for (officer, _), value in zip(some, logs, strict=True):
            apart[officer].append(value - mean)
    pulled = {o: sum(some) / (len(some) + _PULL) for o, some in apart.items()}
    whole = sum(len(some) for some in apart.values())
    centre = sum(pulled[o] * len(some) for o, some in apart.items()) / whole if whole else 0.0
    return {o: exp(value - centre) for o, value in pulled.items()}


def _overrun(days: Iterable[Sequence[float]]) -> list[float]:
    by_session: dict[int, list[float]] = defaultdict(list)
    for day in days:
        for n, over in enumerate(day):
            # Sessions are counted from the end: a Saturday's only one is like an afternoon.
            by_session[len(day) - 1 - n].append(over)
    return [
        min(_LONGEST_OVERRUN_S, percentile(some, _OVERRUN_SHARE) or 0.0)
        for _, some in sorted(by_session.items())
    ]

"""The predicted wait, as a range that can be kept: the skill-weighted queue length (QL_s).

measures.md §1.5 (fallback ladder, rung 2) and §1.6 (what the citizen reads):
QL_s = delay to opening + sum over people ahead of (m_j + gap)(1 - p_ns) |C_j n C_T| / |C_j|, over
|C_T|, + residual; the range comes from how such predictions turned out (`Learned.ratios`).
Where no counter with the skill is open nothing honest can be said, and no minutes are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from server.domain import hours
from server.domain.catalogue import Catalogue, SourceRule
from server.domain.counters import CounterState, CounterStatus
from server.domain.events import Quote
from server.domain.ids import CounterId, QueueId

MODEL = "ql_s.1"
#: From the end of one service to the arrival of the next person at the desk, minutes.
_GAP_MINUTES = 0.75
#: First calls needed before the office's own errors are trusted alone (measures.md, cold start).
COLD_START_CALLS = 150
#: Upper edges of the size buckets of a prediction, minutes.
_BUCKETS = (8.0, 25.0, 60.0, float("inf"))
#: How many size buckets there are, from 0.
SIZES = len(_BUCKETS)
#: actual/predicted at p05 and p95 before anything is known: deliberately wide.
_PRIOR_RATIOS = (0.25, 2.6)
_SOFTENING_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What the office's own log says. Means in minutes by queue; `ratios` by size bucket."""

    service_minutes: Mapping[QueueId, float] = field(default_factory=dict)
    no_show_share: float = 0.06
    ratios: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    first_calls: int = 0

    @property
    def is_initial(self) -> bool:
        """Whether the estimate must be marked as an initial one."""
        return self.first_calls < COLD_START_CALLS


@dataclass(frozen=True, kw_only=True)
class Load:
    """Who serves now: for each open counter, its own queues and whether somebody is at the desk."""

    open_counters: Mapping[CounterId, tuple[QueueId, ...]]
    busy: frozenset[CounterId]

    def able(self, queue: QueueId) -> frozenset[CounterId]:
        """The open counters that have `queue` among their own."""
        return self._able.get(queue, frozenset())

    @cached_property
    def _able(self) -> dict[QueueId, frozenset[CounterId]]:
        queues = {q for own in self.open_counters.values() for q in own}
        return {
            q: frozenset(c for c, own in self.open_counters.items() if q in own) for q in queues
        }


def load_of(catalogue: Catalogue, counters: Iterable[CounterState]) -> Load:
    """Who serves now, of these counters."""
    counters = list(counters)
    return Load(
        open_counters={
            c.id: own_queues(catalogue, c.id) for c in counters if c.status is CounterStatus.OPEN
        },
        busy=frozenset(c.id for c in counters if c.ticket is not None),
    )


def own_queues(catalogue: Catalogue, counter: CounterId) -> tuple[QueueId, ...]:
    """The queues a counter serves without conditions; all of them where every one has some."""
    configured = catalogue.counter(counter)
    if configured is None:
        return ()
    own = tuple(q for s in configured.sources if s.when is SourceRule.ALWAYS for q in s.queues)
    return own or configured.queues


def bucket(predicted_s: float) -> int:
    """The size bucket of a prediction, seconds."""
    return next(n for n, edge in enumerate(_BUCKETS) if predicted_s <= edge * 60)


def ratio(actual_s: float, predicted_s: float) -> float:
    """How a prediction turned out; softened by a minute so that short waits do not explode."""
    return (actual_s + _SOFTENING_S) / (predicted_s + _SOFTENING_S)


def work_ahead_s(
    catalogue: Catalogue,
    load: Load,
    learned: Learned,
    ahead: Mapping[QueueId, int],
    queue: QueueId,
) -> float | None:
    """Seconds of open time until a ticket of `queue` behind `ahead` is called; None = unknown."""
    able = load.able(queue)
    if not able:
        return None
    minutes = 0.0
    for other, people in ahead.items():
        servers = load.able(other)
        if people and servers:
            share = len(servers & able) / len(servers)
            each = _minutes(catalogue, learned, other) + _GAP_MINUTES
            minutes += people * each * (1 - learned.no_show_share) * share
    if able <= load.busy:
        # Memoryless remainder: with c desks busy the first is free after a c-th of a service.
        minutes += _minutes(catalogue, learned, queue)
    return 60 * minutes / len(able)


def quote(
    catalogue: Catalogue,
    load: Load,
    learned: Learned,
    ahead: Mapping[QueueId, int],
    queue: QueueId,
    now: datetime,
) -> Quote | None:
    """The forecast for a ticket of `queue` behind `ahead`, in seconds from `now`.

    None when nothing honest can be said: no counter with the skill, or it falls past today.
    """
    work_s = work_ahead_s(catalogue, load, learned, ahead, queue)
    if work_s is None:
        return None
    low, high = learned.ratios.get(bucket(work_s), _PRIOR_RATIOS)

    def wall_s(seconds: float) -> int | None:
        end = hours.add_working_time(
            catalogue.hours, catalogue.zone, queue, now, timedelta(seconds=max(0.0, seconds))
        )
        if end is None or end.astimezone(catalogue.zone).date() != _today(catalogue, now):
            return None
        return round((end - now).total_seconds())

    soft = work_s + _SOFTENING_S
    waits = [wall_s(s) for s in (work_s, soft * low - _SOFTENING_S, soft * high - _SOFTENING_S)]
    if waits[0] is None or waits[1] is None or waits[2] is None:
        return None
    return Quote(
        expected_s=waits[0],
        low_s=waits[1],
        high_s=waits[2],
        model=MODEL,
        is_initial=learned.is_initial,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """What the simpler rules say of a wait, seconds from now; None where one cannot say.

    They are kept beside what a ticket was told, so that its worth can be seen: `fallback` is this
    module's own quote, `naive_s` people ahead x mean service / open counters, blind to skills,
    breaks, absences and what is under way.
    """

    fallback: Quote | None
    naive_s: int | None


def rivals(
    catalogue: Catalogue,
    load: Load,
    learned: Learned,
    counts: Mapping[QueueId, int],
    queue: QueueId,
    people: int,
    now: datetime,
) -> Rivals:
    """The simpler rules for a newcomer behind `people` of its own queue; `counts` wait in all."""
    able = load.able(queue)
    naive = 60 * people * _minutes(catalogue, learned, queue) / len(able) if able else None
    return Rivals(
        fallback=quote(catalogue, load, learned, {**counts, queue: people}, queue, now),
        naive_s=None if naive is None else round(naive),
    )


def _today(catalogue: Catalogue, now: datetime) -> object:
    return now.astimezone(catalogue.zone).date()


def _minutes(catalogue: Catalogue, learned: Learned, queue: QueueId) -> float:
    known = learned.service_minutes.get(queue)
    if known is not None:
        return known
    service = catalogue.service_of_queue(queue)
    return service.mean_minutes if service else 10.0


def blend(mean: float, n: int, prior: float, weight: float = 12.0) -> float:
    """A mean over `n` observations, shrunk towards `prior` as if that were `weight` of them."""
    return (mean * n + prior * weight) / (n + weight)

"""Made-up moments of a branch to forecast from: as large as a test asks, nothing left to chance."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import exp, log, log1p
from statistics import NormalDist

from server.domain.catalogue import Counter, Mode, Policy, PriorityClass, Source
from server.domain.discipline import Candidate
from server.domain.ids import BranchId, CounterId, QueueId, ServiceId, TicketId
from server.domain.outlook import RAW_PERCENTS, Lane
from server.domain.text import Text
from server.forecast.model import (
    QUANTILES,
    Desk,
    Phase,
    Quantiles,
    Run,
    Snapshot,
    Span,
    Times,
    Waiter,
)

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # nine in the morning in Vietnam
HOUR = 3_600.0
#: Before noon and after: closed from two and a half to four and a half hours after `AT`.
DAY = (
    Span(opens_s=-1.5 * HOUR, closes_s=2.5 * HOUR, last_ticket_s=2.25 * HOUR),
    Span(opens_s=4.5 * HOUR, closes_s=8 * HOUR, last_ticket_s=7.75 * HOUR),
)
WINDOWS = tuple((span.opens_s, span.closes_s) for span in DAY)
CLASSES = (
    PriorityClass(code="KC", name=Text(vi="Khẩn cấp"), rank=1, urgent=True),
    PriorityClass(code="KT", name=Text(vi="Khuyết tật"), rank=2, head_start_minutes=15),
    PriorityClass(code="CT", name=Text(vi="Cao tuổi"), rank=3, head_start_minutes=10),
)
A, B = QueueId("A"), QueueId("B")
SERVICE = ServiceId("s-a")


def lognormal(mean_s: float, cv: float = 0.8) -> Quantiles:
    """The quantiles of a lognormal time."""
    variance = log1p(cv * cv)
    norm = NormalDist(log(mean_s) - variance / 2, variance**0.5)
    return tuple(exp(norm.inv_cdf((i + 0.5) / QUANTILES)) for i in range(QUANTILES))


def constant(seconds: float) -> Quantiles:
    """A time that is always the same."""
    return (seconds,) * QUANTILES


def counter(number: int, *queues: str) -> Counter:
    """A counter of one line."""
    return Counter(
        id=CounterId(f"c-{number}"),
        number=number,
        sources=(Source(queues=tuple(map(QueueId, queues))),),
    )


def waiter(
    serial: int, minutes_ago: float, priority: str | None = None, queue: str = "A"
) -> Waiter:
    """Somebody who has waited for `minutes_ago`."""
    candidate = Candidate(
        arrival_at=AT - timedelta(minutes=minutes_ago),
        queue=QueueId(queue),
        serial=serial,
        ticket=TicketId(f"t{queue}{serial}"),
        number=f"{queue}{serial:03d}",
        priority=priority,
    )
    return Waiter(
        candidate=candidate, service=ServiceId(f"s-{queue.lower()}"), issued_s=-60 * minutes_ago
    )


def snapshot(
    waiters: Sequence[Waiter],
    desks: Sequence[Desk],
    *,
    lanes: Sequence[Lane] = (),
    policy: Policy | None = None,
    spans: Sequence[Span] = DAY,
) -> Snapshot:
    """A branch of these, at nine on a weekday."""
    queues = {w.candidate.queue for w in waiters} | {queue for queue, _ in lanes}
    return Snapshot(
        branch=BranchId("thu"),
        seq=1,
        at=AT,
        policy=policy or Policy(classes=CLASSES),
        desks=tuple(desks),
        waiters=tuple(waiters),
        spans=tuple(spans),
        normal_since={},
        lanes=tuple(lanes),
        service_of={queue: ServiceId(f"s-{queue.lower()}") for queue in queues},
        second_of_day=9 * 3_600,
        weekday=1,
    )


def desk(
    number: int,
    *queues: str,
    phase: Phase = Phase.IDLE,
    phase_s: float = 0.0,
    windows: Sequence[tuple[float, float]] = WINDOWS,
    service: str = "s-a",
) -> Desk:
    """A counter in some phase."""
    return Desk(
        counter=counter(number, *queues),
        phase=phase,
        phase_s=phase_s,
        officer=f"o-{number}",
        service=ServiceId(service) if phase in {Phase.SERVING, Phase.CALLING} else None,
        windows=tuple(windows),
    )


def times(
    service: Quantiles | None = None,
    *,
    around: float = 0.0,
    no_show: float = 0.0,
    arrivals: dict[tuple[Lane, int], float] | None = None,
    queues: Sequence[str] = ("a", "b"),
) -> Times:
    """Every service alike; walking and wrapping up take `around` seconds, always."""
    return Times(
        service={ServiceId(f"s-{q}"): service or constant(600) for q in queues},
        walk=constant(around),
        gap=constant(around),
        no_show=constant(60),
        pause=lognormal(600),
        no_show_shares={ServiceId(f"s-{q}"): (no_show,) * 4 for q in queues},
        arrivals=arrivals or {},
    )


def usual(
    counters: int, waiting: int, *, seed: int = 1, mode: Mode = Mode.STRICT
) -> tuple[Snapshot, Times]:
    """A branch in full work: eight queues, counters of three each, priority and transfers arriving."""
    rng = random.Random(seed)
    queues = "ABCDEFGH"
    desks = [
        desk(
            n + 1,
            *(queues[(n + k) % 8] for k in (0, 1, 3)),
            phase=Phase.SERVING,
            phase_s=rng.uniform(0, 900),
            service=f"s-{queues[n % 8].lower()}",
        )
        for n in range(counters)
    ]
    waiters = [
        waiter(n + 1, 40 - 39 * n / waiting, rng.choice((None,) * 8 + ("CT",)), rng.choice(queues))
        for n in range(waiting)
    ]
    rates: dict[tuple[Lane, int], float] = {}
    for queue in map(QueueId, queues):
        for half_hour in range(14, 34):
            rates[(queue, "CT"), half_hour] = 0.7 / HOUR
            rates[(queue, "transfer"), half_hour] = 0.3 / HOUR
    means = dict(zip(queues.lower(), (210, 300, 420, 540, 660, 780, 960, 1320), strict=True))
    lanes = [(QueueId(q), code) for q in queues for code in (None, "CT")]
    taught = Times(
        service={ServiceId(f"s-{q}"): lognormal(mean) for q, mean in means.items()},
        speed={f"o-{n + 1}": rng.uniform(0.85, 1.15) for n in range(counters)},
        walk=lognormal(25, 0.5),
        gap=lognormal(40, 1.0),
        no_show=lognormal(70, 0.3),
        pause=lognormal(600),
        no_show_shares={ServiceId(f"s-{q}"): (0.04, 0.06, 0.1, 0.2) for q in means},
        arrivals=rates,
        transfer_share=0.04,
    )
    policy = Policy(mode=mode, classes=CLASSES)
    return snapshot(waiters, desks, lanes=lanes, policy=policy), taught


def at(levels: tuple[float | None, ...], percent: int) -> float | None:
    """The level of a forecast at one of its percents."""
    return levels[RAW_PERCENTS.index(percent)]


def by_number(found: Run) -> dict[str, tuple[float | None, ...]]:
    """The levels of those who wait."""
    return {str(ticket)[1:]: raw.levels_s for ticket, raw in found.waiting.items()}

"""Many days in a row, written into a branch's log day by day."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine

from server import bulk, queries
from server.domain import estimate, numbering
from server.domain.catalogue import (
    Catalogue,
    Counter,
    Hours,
    Outcome,
    Policy,
    Queue,
    Service,
    Source,
    Text,
    Window,
)
from server.domain.estimate import Learned
from server.domain.ids import BranchId, CounterId, QueueId, ServiceId, TicketId
from server.domain.measures import percentile
from server.domain.state import BranchState
from server.simulate.day import Day
from server.simulate.memory import MemoryLog

Progress = Callable[[int, int], None]
_LETTERS = "ABCDEHKLMR"
_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_COUNTERS_PER_QUEUE = 3


def write(
    engine: Engine,
    catalogue: Catalogue,
    days: int,
    *,
    until: datetime,
    seed: int,
    progress: Progress,
    closed_today: frozenset[int] = frozenset(),
) -> None:
    """Simulate the `days` before that of `until`, then that day up to `until`; write them all.

    The branch's log must not reach past the first of them; days it has already are left out.
    """
    today = numbering.business_date(until, catalogue.time_zone)
    state, catalogue = queries.load_state(engine, catalogue.branch, today - timedelta(days=days))
    rng = random.Random(seed)
    log = MemoryLog(catalogue, state=state, ticket_ids=lambda: _ticket_id(rng))
    first = _first_day(engine, catalogue, today - timedelta(days=days))
    for n in range((today - first).days + 1):
        day = first + timedelta(days=n)
        is_today = day == today
        simulated = Day(log, day, rng, closed=closed_today if is_today else frozenset())
        if simulated.is_working_day:
            simulated.run(until if is_today else None)
            _write_day(engine, catalogue.branch, log)
            log.teaching = taught(log.state, log.teaching)
            if not is_today:
                log.state.forget_days_before(day + timedelta(days=1))
        progress(n + 1, (today - first).days + 1)


def _first_day(engine: Engine, catalogue: Catalogue, wanted: date) -> date:
    with queries.reading(engine) as connection:
        last_at = queries.last_ticket_at(connection, catalogue.branch)
    if last_at is None:
        return wanted
    written = numbering.business_date(last_at, catalogue.time_zone)
    return max(wanted, written + timedelta(days=1))


def _write_day(engine: Engine, branch: BranchId, log: MemoryLog) -> None:
    bulk.append_history(engine, branch, log.events, log.state)
    log.events = []


def _ticket_id(rng: random.Random) -> TicketId:
    return TicketId("".join(rng.choices(_ID_ALPHABET, k=16)))


def taught(state: BranchState, before: Learned) -> Learned:
    """What a day teaches the estimate: how its predictions turned out, by their size."""
    seen: dict[int, list[float]] = {}
    for ticket in state.tickets.values():
        if ticket.first_called_at is not None and ticket.expected_s is not None:
            actual_s = (ticket.first_called_at - ticket.arrival_at).total_seconds()
            size = estimate.bucket(ticket.expected_s)
            seen.setdefault(size, []).append(estimate.ratio(actual_s, ticket.expected_s))
    ratios = dict(before.ratios)
    for size, values in seen.items():
        low, high = percentile(values, 0.15), percentile(values, 0.9)
        if low is not None and high is not None and len(values) >= 10:  # noqa: PLR2004
            ratios[size] = (low, high)
    calls = before.first_calls + sum(len(v) for v in seen.values())
    return replace(before, ratios=ratios, first_calls=calls)


def make_branch(counters: int) -> Catalogue:
    """A made-up branch of a given size, for tests and benchmarks."""
    branch = BranchId(f"mo-phong-{counters}")
    letters = _LETTERS[: max(1, min(len(_LETTERS), round(counters / _COUNTERS_PER_QUEUE)))]
    queues = tuple(QueueId(letter) for letter in letters)
    day = (
        Window(opens=time(8), closes=time(12), doors=time(7, 30), last_ticket=time(11, 30)),
        Window(opens=time(13), closes=time(17), doors=time(13), last_ticket=time(16, 30)),
    )
    return Catalogue(
        branch=branch,
        name=Text(vi=f"Chi nhánh mô phỏng {counters} quầy"),
        time_zone="Asia/Ho_Chi_Minh",
        queues=tuple(Queue(id=q, prefix=q, name=Text(vi=f"Lĩnh vực {q}")) for q in queues),
        services=tuple(
            Service(
                id=ServiceId(f"linh-vuc-{q.lower()}"),
                queue=q,
                name=Text(vi=f"Lĩnh vực {q}"),
                hint=Text(vi=""),
            )
            for q in queues
        ),
        procedures=(),
        counters=tuple(
            Counter(
                id=CounterId(f"{branch}-{n + 1}"),
                number=n + 1,
                sources=(Source(queues=(queues[n % len(queues)],)),),
            )
            for n in range(counters)
        ),
        hours=Hours(weekly=((day,) * 5 + ((), ()))),
        policy=Policy(),
        outcomes=(Outcome(code="tiep-nhan", name=Text(vi="Tiếp nhận hồ sơ")),),
    )

"""Many days in a row, written into a branch's log day by day."""

import gc
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Engine

from server import bulk, queries
from server.domain import commands as cmd
from server.domain import estimate, hours, numbering
from server.domain.catalogue import (
    Catalogue,
    Counter,
    Hours,
    Outcome,
    Policy,
    Queue,
    Service,
    Source,
    Window,
)
from server.domain.estimate import Learned
from server.domain.ids import BranchId, CounterId, QueueId, ServiceId, TicketId
from server.domain.measures import percentile
from server.domain.state import BranchState
from server.domain.text import Text
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
    account_of: Callable[[int], str] = lambda _number: "",
) -> int:
    """Simulate the `days` before that of `until`, then that day up to `until`; write them all.

    Only days after the end of the branch's log are written; a day that an earlier run left open
    is closed first. Returns how many days that were. A day depends on `seed`, the branch and its
    date, not on the run that wrote it.
    """
    today = numbering.business_date(until, catalogue.time_zone)
    state, catalogue = queries.load_state(engine, catalogue.branch, today - timedelta(days=days))
    first = _first_day(engine, catalogue, today - timedelta(days=days))
    number = max(0, (today - first).days + 1)
    teaching = Learned()
    with undisturbed():
        if number:
            _close_unfinished(engine, catalogue, state)
        for n in range(number):
            day = first + timedelta(days=n)
            rng = random.Random(f"{seed}/{catalogue.branch}/{day.isoformat()}")
            log = MemoryLog(catalogue, state=state, ticket_ids=lambda r=rng: _ticket_id(r))  # type: ignore[misc]
            log.teaching = teaching
            is_today = day == today
            closed = closed_today if is_today else frozenset()
            simulated = Day(log, day, rng, closed=closed, account_of=account_of)
            if simulated.is_working_day:
                simulated.run(until if is_today else None)
                bulk.append_history(engine, catalogue.branch, log.events, state)
                teaching = taught(state, teaching)
                if not is_today:
                    state.forget_days_before(day + timedelta(days=1))
            progress(n + 1, number)
    return number


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the collector's rounds over a history that stays: a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _last_at(engine: Engine, branch: BranchId) -> datetime | None:
    with queries.reading(engine) as connection:
        last_at: datetime | None = queries.branch_row(connection, branch)["last_at"]
    return last_at


def _first_day(engine: Engine, catalogue: Catalogue, wanted: date) -> date:
    """The first of the wanted days that begins after the log's end."""
    last_at = _last_at(engine, catalogue.branch)
    if last_at is None:
        return wanted
    written = numbering.business_date(last_at, catalogue.time_zone)
    return max(wanted, written + timedelta(days=1))


def _close_unfinished(engine: Engine, catalogue: Catalogue, state: BranchState) -> None:
    """Close the day on which an earlier run was stopped: nobody of it may stand in the next one."""
    log = MemoryLog(catalogue, state=state)
    last_at = _last_at(engine, catalogue.branch)
    if last_at is None or not (log.unfinished() or log.counters()):
        return
    day = numbering.business_date(last_at, catalogue.time_zone)
    if state.closed_date is not None and state.closed_date >= day:
        return
    sessions = hours.sessions(catalogue.hours, catalogue.zone, day)
    closing = sessions[-1].closes.astimezone(UTC) if sessions else last_at
    command = cmd.CloseDay(
        branch=catalogue.branch, command_id=f"sim-{day.isoformat()}-close", waiting="close"
    )
    log.execute(command, now=max(last_at, closing), actor="job:day-close")
    bulk.append_history(engine, catalogue.branch, log.events, state)
    state.forget_days_before(day + timedelta(days=1))


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

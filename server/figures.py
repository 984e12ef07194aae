"""The live figures of a day, from the state that the screens are projected from.

Definitions: measures.md §2, the same as those of past days (`server/domain/visits.py`). Waits are W,
from max(issue, opening) to the first start of service.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from math import fsum
from typing import Any

from server.domain import hours
from server.domain.catalogue import Catalogue
from server.domain.counters import CounterStatus
from server.domain.ids import CounterId
from server.domain.measures import p90, percentile
from server.domain.state import BranchState
from server.domain.ticket import AT_COUNTER, Status, Ticket
from server.replies import instant

Row = dict[str, Any]
_SATISFIED = 4


def by_counter(state: BranchState, day: date) -> dict[CounterId, tuple[int, float | None]]:
    """Tickets served today and mean service seconds, by counter."""
    seconds: dict[CounterId, list[float]] = defaultdict(list)
    for ticket in _of_day(state, day):
        if ticket.status is Status.SERVED and ticket.counter is not None:
            seconds[ticket.counter].append(ticket.service_s)
    # fsum: the same figure in whatever order the tickets were read.
    return {c: (len(s), round(fsum(s) / len(s), 1)) for c, s in seconds.items()}


def waited_s(ticket: Ticket, catalogue: Catalogue, until: datetime) -> int:
    """Whole seconds from issue, or the opening when that is later, to `until`."""
    start = hours.published_opening(catalogue.hours, catalogue.zone, ticket.queue, ticket.issued_at)
    return max(0, int((until - start).total_seconds()))


def today(state: BranchState, catalogue: Catalogue, day: date, now: datetime) -> Row:
    """The figures of the day so far."""
    tickets = _of_day(state, day)
    count: dict[Status, int] = defaultdict(int)
    for ticket in tickets:
        count[ticket.status] += 1
    waits = [waited_s(t, catalogue, t.first_started_at) for t in tickets if t.first_started_at]
    target_s = catalogue.policy.wait_targets_minutes[0] * 60
    levels = [t.level for t in tickets if t.level is not None]
    waiting = [t for t in tickets if t.status is Status.WAITING]
    # A total order: two screens name the same ticket when two came at the same instant.
    longest = min(waiting, key=lambda t: (t.issued_at, t.queue, t.serial, t.id), default=None)
    return {
        "id": "today",
        "issued": len(tickets),
        "waiting": count[Status.WAITING],
        "serving": sum(count[s] for s in AT_COUNTER),
        "served": count[Status.SERVED],
        "no_show": count[Status.NO_SHOW],
        "cancelled": count[Status.CANCELLED],
        "wait_n": len(waits),
        "wait_p50_s": _rounded(percentile(waits, 0.5)),
        "wait_p90_s": _rounded(p90(waits)),
        "within_target": share_within(tickets, catalogue, target_s, now),
        "target_minutes": catalogue.policy.wait_targets_minutes[0],
        "longest": (
            {
                "ticket": longest.id,
                "number": longest.number,
                "queue": longest.queue,
                "since": instant(longest.issued_at),
            }
            if longest
            else None
        ),
        "ratings": {
            "n": len(levels),
            "satisfied": sum(1 for level in levels if level >= _SATISFIED),
            "completed": count[Status.SERVED],
        },
        "guidance": guidance(tickets),
        "counters_open": sum(1 for c in state.counters.values() if c.status is CounterStatus.OPEN),
    }


def guidance(tickets: Iterable[Ticket]) -> dict[str, int]:
    """Of those who read a procedure's sheet at the kiosk, how many said that they need guidance."""
    said = [t.readiness for t in tickets if t.readiness]
    return {"asked": len(said), "guidance": said.count("guidance")}


def share_within(
    tickets: Iterable[Ticket], catalogue: Catalogue, target_s: float, now: datetime
) -> float | None:
    """SLA_T of measures.md §2, as `visits.is_within` counts it; None without anybody."""
    found = [_is_within(ticket, catalogue, target_s, now) for ticket in tickets]
    counted = [within for within in found if within is not None]
    return round(sum(counted) / len(counted), 4) if counted else None


def _is_within(ticket: Ticket, catalogue: Catalogue, target_s: float, now: datetime) -> bool | None:
    if ticket.first_started_at is not None:
        return waited_s(ticket, catalogue, ticket.first_started_at) <= target_s
    if ticket.status is Status.CANCELLED and ticket.outcome != "day_close":
        return None
    until = ticket.first_called_at or ticket.ended_at or now
    return False if waited_s(ticket, catalogue, until) > target_s else None


def by_hour(state: BranchState, catalogue: Catalogue, day: date) -> dict[str, Row]:
    """Waits by local hour of issue."""
    groups: dict[int, list[float]] = defaultdict(list)
    for ticket, wait in _waits(state, catalogue, day):
        groups[_hour(ticket, catalogue)].append(wait)
    return {
        f"{hour:02d}": {
            "id": f"{hour:02d}",
            "hour": hour,
            "n": len(waits),
            "p50_s": _rounded(percentile(waits, 0.5)),
            "p75_s": _rounded(percentile(waits, 0.75)),
            "p90_s": _rounded(p90(waits)),
        }
        for hour, waits in groups.items()
    }


def cells(state: BranchState, catalogue: Catalogue, day: date) -> dict[str, Row]:
    """Waits by queue and local hour of issue."""
    groups: dict[tuple[str, int], list[float]] = defaultdict(list)
    for ticket, wait in _waits(state, catalogue, day):
        groups[ticket.queue, _hour(ticket, catalogue)].append(wait)
    return {
        f"{queue}-{hour:02d}": {
            "id": f"{queue}-{hour:02d}",
            "queue": queue,
            "hour": hour,
            "n": len(waits),
            "p50_s": _rounded(percentile(waits, 0.5)),
            "p90_s": _rounded(p90(waits)),
        }
        for (queue, hour), waits in groups.items()
    }


def _waits(state: BranchState, catalogue: Catalogue, day: date) -> Iterable[tuple[Ticket, int]]:
    for ticket in _of_day(state, day):
        if ticket.first_started_at is not None:
            yield ticket, waited_s(ticket, catalogue, ticket.first_started_at)


def _hour(ticket: Ticket, catalogue: Catalogue) -> int:
    return ticket.issued_at.astimezone(catalogue.zone).hour


def _of_day(state: BranchState, day: date) -> list[Ticket]:
    return [t for t in state.tickets.values() if t.business_date == day]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)

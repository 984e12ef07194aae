"""What a screen may say of a wait: the run's forecast while it is fresh, else QL_s, else nothing.

The ladder of measures.md §1.5, in one place, so that tile, slip, phone, wall and public page say the
same range. A run is some seconds old: who came or was called since then moves its forecast by what
one person ahead adds to a wait.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from server.domain import discipline, estimate, hours
from server.domain.catalogue import Catalogue
from server.domain.discipline import Candidate
from server.domain.estimate import Learned, Load, Rivals
from server.domain.events import Quote
from server.domain.ids import QueueId, TicketId
from server.domain.outlook import Foretold, Lane, Outlook, Told
from server.domain.state import BranchState
from server.domain.telling import PRINTED, PRINTED_INITIALLY, SURE_ENOUGH

#: The serial of a newcomer: behind everybody of its instant.
_LAST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a wait is told from. `outlook` is None where the newest run is late, old or missing.

    `counts` says how many wait, by queue.
    """

    catalogue: Catalogue
    load: Load
    learned: Learned
    outlook: Outlook | None
    counts: Mapping[QueueId, int]
    now: datetime

    @property
    def is_initial(self) -> bool:
        """Whether the estimate must be marked as an initial one."""
        return self.outlook.is_initial if self.outlook else self.learned.is_initial

    def has_minutes(self, queue: QueueId) -> bool:
        """Whether minutes may be said: a counter with the skill is open, or it is not time yet.

        Before a session and in a break no counter need be open: a run knows which are planned to be.
        """
        if self.load.able(queue):
            return True
        today = _sessions(self.catalogue, queue, self.now)
        is_between = not any(s.opens <= self.now < s.closes for s in today) and any(
            self.now < s.opens for s in today
        )
        return is_between and self.outlook is not None


def quote_for(
    basis: Basis,
    queue: QueueId,
    *,
    priority: str | None = None,
    ahead: int | None = None,
    to_keep: bool = False,
) -> Quote | None:
    """The wait of somebody who joins `queue` now, in seconds from now; None = no minutes.

    `ahead` is how many of its own queue come before them; by default all who wait there. A quote
    that is `to_keep` says what the simpler rules would have said, and every level of a simulation.
    """
    if not basis.has_minutes(queue):
        return None
    people = basis.counts.get(queue, 0) if ahead is None else ahead
    outlook = basis.outlook
    foretold = outlook.newcomers.get((queue, priority)) if outlook else None
    if outlook is None or foretold is None:
        rivals = _rivals(basis, queue, people)
        kept = rivals.fallback
        return replace(kept, naive_s=rivals.naive_s) if kept and to_keep else kept
    shift_s = _shift_s(basis, outlook, foretold, (queue, priority), people)
    wait_s = partial(_wait_s, basis, outlook, queue, shift_s)
    quote = _quote(basis, outlook, foretold, queue, wait_s)
    if quote is None or not to_keep:
        return quote
    rivals = _rivals(basis, queue, people)
    return replace(
        quote,
        levels_s=tuple(map(wait_s, foretold.levels_s)),
        raw_s=tuple(map(wait_s, foretold.raw_s)),
        fallback_s=rivals.fallback.expected_s if rivals.fallback else None,
        naive_s=rivals.naive_s,
    )


def _rivals(basis: Basis, queue: QueueId, people: int) -> Rivals:
    return estimate.rivals(
        basis.catalogue, basis.load, basis.learned, basis.counts, queue, people, basis.now
    )


def told_for(
    basis: Basis,
    ticket: TicketId,
    queue: QueueId,
    *,
    priority: str | None,
    ahead: int,
    slip: Told | None = None,
) -> Told | None:
    """What the holder of a waiting ticket is told; None = no minutes.

    That of the run, which changes only when it matters; for a ticket that came after it, what its
    `slip` says; where there is no fresh run, the wait of somebody who would stand at its place.
    """
    if not basis.has_minutes(queue):
        return None
    if basis.outlook is not None:
        told = basis.outlook.told.get(ticket)
        if told is None and slip is not None and slip.at > basis.outlook.at:
            told = slip
        if told is not None:
            return told if told.low_s is not None and told.high_s is not None else None
    quote = quote_for(basis, queue, priority=priority, ahead=ahead)
    if quote is None:
        return None
    return Told(
        at=basis.now, low_s=quote.low_s, high_s=quote.high_s, before_break=quote.before_break
    )


def _shift_s(
    basis: Basis,
    outlook: Outlook,
    foretold: Foretold,
    lane: tuple[QueueId, str | None],
    people: int,
) -> float:
    """What those who came or were called since the run add to the wait, seconds."""
    queue = lane[0]
    change: float = people - outlook.people.get(lane, foretold.ahead)
    able = basis.load.able(queue)
    for (other, priority), then in outlook.people.items():
        servers = basis.load.able(other)
        if priority is None and other != queue and servers & able:
            change += (basis.counts.get(other, 0) - then) * len(servers & able) / len(servers)
    return change * outlook.step_s.get(queue, 0.0)


def _wait_s(
    basis: Basis, outlook: Outlook, queue: QueueId, shift_s: float, level_s: int | None
) -> int | None:
    """Seconds from now to a level that was foretold from the run, moved by what changed since."""
    if level_s is None:
        return None
    then = moved(basis.catalogue, queue, outlook.at + timedelta(seconds=level_s), shift_s)
    return None if then is None else max(0, round((then - basis.now).total_seconds()))


def _quote(
    basis: Basis,
    outlook: Outlook,
    foretold: Foretold,
    queue: QueueId,
    wait_s: Callable[[int | None], int | None],
) -> Quote | None:
    lower, upper = PRINTED_INITIALLY if outlook.is_initial else PRINTED
    low_s, expected_s, high_s = (wait_s(foretold.at(p)) for p in (lower, 50, upper))
    if high_s is None and wait_s(foretold.at(SURE_ENOUGH)) is not None:
        high_s = _until_closing_s(basis, queue)
    if low_s is None or expected_s is None or high_s is None:
        return None
    return Quote(
        expected_s=expected_s,
        low_s=low_s,
        high_s=max(high_s, expected_s),
        model=outlook.model,
        before_break=foretold.before_break,
        is_initial=outlook.is_initial,
    )


def moved(catalogue: Catalogue, queue: QueueId, at: datetime, seconds: float) -> datetime | None:
    """`at` so many seconds of open time later, or earlier; None when that is not the same day."""
    if seconds == 0:
        return at
    if seconds > 0:
        then = hours.add_working_time(
            catalogue.hours, catalogue.zone, queue, at, timedelta(seconds=seconds)
        )
        is_today = then is not None and _day(catalogue, then) == _day(catalogue, at)
        return then if is_today else None
    left = timedelta(seconds=-seconds)
    for session in reversed(_sessions(catalogue, queue, at)):
        if session.opens >= at:
            continue
        start = min(at, session.closes)
        room = start - session.opens
        if left <= room:
            return start - left
        at, left = session.opens, left - room
    return at


def _until_closing_s(basis: Basis, queue: QueueId) -> int | None:
    today = _sessions(basis.catalogue, queue, basis.now)
    left = (today[-1].closes - basis.now).total_seconds() if today else 0.0
    return round(left) if left > 0 else None


def _sessions(catalogue: Catalogue, queue: QueueId, at: datetime) -> list[hours.Session]:
    today = hours.sessions(catalogue.hours, catalogue.zone, _day(catalogue, at))
    return [session for session in today if session.takes(queue)]


def _day(catalogue: Catalogue, at: datetime) -> object:
    return at.astimezone(catalogue.zone).date()


def people_ahead(
    catalogue: Catalogue, state: BranchState, lanes: Iterable[Lane], now: datetime
) -> dict[Lane, int]:
    """How many of its own queue come before a newcomer, as `Outlook.people` keeps them."""
    counts = state.waiting_counts()
    found: dict[Lane, int] = {(q.id, None): counts.get(q.id, 0) for q in catalogue.queues}
    for queue, code in lanes:
        if code is not None:
            newcomer = Candidate(now, queue, _LAST, TicketId(""), "", code)
            policy, line = catalogue.policy, state.lanes_of(queue)
            since = discipline.line_since(policy, catalogue.counters, queue, state.normal_since)
            found[queue, code] = counts.get(queue, 0) and discipline.ahead_of_new(
                policy, line, since, newcomer
            )
    return found

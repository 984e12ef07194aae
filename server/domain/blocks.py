"""Number blocks: numbers that a kiosk may give by itself while the server is out of reach.

They are taken from the top of a series, so that the ordinary numbers run on without a gap (rule
N5), and whatever is left of a block that was not needed is never given to anybody (rule N8).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from server.domain import errors, hours
from server.domain.catalogue import Catalogue, Queue
from server.domain.events import BlockGranted
from server.domain.ids import QueueId

#: Blocks take at most one number in so many of a series: kiosks must not run the office dry.
SHARE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBlock:
    """The numbers `first`…`last` of a queue's business date, held by one kiosk."""

    id: str
    device: str
    queue: QueueId
    business_date: date
    first: int
    last: int


def block_of(event: BlockGranted) -> NumberBlock:
    """The block that an event grants."""
    return NumberBlock(
        id=event.block,
        device=event.device,
        queue=event.queue,
        business_date=event.business_date,
        first=event.first,
        last=event.last,
    )


def day_of(catalogue: Catalogue, queue: QueueId, now: datetime, closed: date | None) -> date:
    """The business date on which `queue` gives its next number; `closed` is the last closed one."""
    rules, zone = catalogue.hours, catalogue.zone
    today = now.astimezone(zone).date()
    sessions = hours.sessions(rules, zone, today)
    if closed != today and any(s.takes(queue) and now < s.last_ticket for s in sessions):
        return today
    last_moment = datetime.combine(today, time.max, zone)
    doors = hours.next_doors(rules, zone, queue, last_moment)
    return doors.astimezone(zone).date() if doors else today


def lowest_held(queue: Queue, held: Iterable[NumberBlock]) -> int:
    """The first number that kiosks hold of this series; past its end when they hold none."""
    return min((b.first for b in held if b.queue == queue.id), default=queue.last_number + 1)


def floor_of(queue: Queue) -> int:
    """No block reaches below this number."""
    span = queue.last_number - queue.first_number + 1
    return queue.last_number + 1 - span // SHARE


def next_range(queue: Queue, held: Iterable[NumberBlock], given: int | None) -> tuple[int, int]:
    """First and last number of a new block; `given` is the last ordinary number of that day.

    Raises `SeriesFull` when no number is left for a block.
    """
    last = lowest_held(queue, held) - 1
    first = max(last - queue.offline_numbers + 1, floor_of(queue), (given or 0) + 1)
    if queue.offline_numbers < 1 or first > last:
        raise errors.SeriesFull(queue=queue.name.vi)
    return first, last

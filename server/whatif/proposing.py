"""The first proposal of counters by pool of skills, with the numbers it was made from."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from server.domain.catalogue import Catalogue
from server.domain.ids import QueueId
from server.whatif import erlang
from server.whatif.trace import Trace

#: So many of the people are to wait no longer than the first target.
SHARE: Final = 0.8
_HALF_HOUR_S: Final = 1_800


class Demand:
    """Adds up, day by day, who comes when and how long they keep a counter."""

    def __init__(self) -> None:
        self._people: dict[QueueId, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._engaged: dict[QueueId, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._days = 0

    def take(self, trace: Trace) -> None:
        """Add a day."""
        self._days += 1
        for visit in trace.visits:
            for place, stay in enumerate(visit.stays):
                # Before opening people only gather: their work begins with it.
                since = visit.counts_s if place == 0 else stay.entered_s
                self._people[stay.queue][int(since // _HALF_HOUR_S)] += 1
                spent = (stay.walk_s or 0.0) + (stay.served_s or 0.0) + (stay.gone_s or 0.0)
                if stay.called_s is not None and spent > 0:
                    sums = self._engaged[stay.queue]
                    sums[0] += spent + (stay.gap_s or 0.0)
                    sums[1] += 1

    def of(self, queue: QueueId) -> erlang.Demand:
        """An ordinary day of a queue; minutes of a counter for each of its people."""
        seconds, times = self._engaged[queue]
        return erlang.Demand(
            by_half_hour={h: n / self._days for h, n in sorted(self._people[queue].items())},
            engaged=seconds / times / 60 if times else 0.0,
        )


def proposal(demand: Demand, catalogue: Catalogue) -> list[dict[str, Any]]:
    """By pool: its queues, how many counters it has now, and by half hour how many it needs."""
    minutes = catalogue.policy.wait_targets_minutes[0]
    found = []
    for queues in pools(catalogue):
        needs = erlang.proposal([demand.of(q) for q in queues], minutes, SHARE)
        counters = sum(bool(set(c.queues) & set(queues)) for c in catalogue.counters)
        found.append(
            {
                "queues": list(queues),
                "counters": counters,
                "target_minutes": minutes,
                "share": SHARE,
                "half_hours": [
                    {
                        "at": f"{n.half_hour // 2:02d}:{30 * (n.half_hour % 2):02d}",
                        "people": round(n.people, 1),
                        "load": round(n.load, 2),
                        "service": round(n.service, 1),
                        "counters": n.counters,
                        "within": round(n.within, 3),
                    }
                    for n in needs
                ],
            }
        )
    return found


def pools(catalogue: Catalogue) -> list[tuple[QueueId, ...]]:
    """The queues that hang together by counters that serve several, in the catalogue's order.

    Queues that a counter serves only when its own are empty count too: they share its time.
    """
    pool: dict[QueueId, QueueId] = {q.id: q.id for q in catalogue.queues}

    def head(queue: QueueId) -> QueueId:
        while pool[queue] != queue:
            queue = pool[queue]
        return queue

    for counter in catalogue.counters:
        own: Sequence[QueueId] = [q for q in counter.queues if q in pool]
        for queue in own[1:]:
            pool[head(queue)] = head(own[0])
    groups: dict[QueueId, list[QueueId]] = defaultdict(list)
    served = {q for c in catalogue.counters for q in c.queues}
    for queue_row in catalogue.queues:
        if queue_row.id in served:
            groups[head(queue_row.id)].append(queue_row.id)
    return [tuple(some) for some in groups.values()]

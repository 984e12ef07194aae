"""What happens next in a simulated day: steps in the order of their time, and commands at it."""

import heapq
import itertools
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from server.domain import commands as cmd
from server.domain import hours
from server.domain.catalogue import Counter
from server.domain.ids import TicketId
from server.simulate.memory import MemoryLog

Step = Callable[[], None]
#: Officers stay this long after closing for those who still wait.
_OVERTIME = timedelta(minutes=25)


class Agenda:
    """Steps of `day` on `log`, each done at its own time; those of the same moment as they came."""

    def __init__(self, log: MemoryLog, day: date) -> None:
        self.log = log
        self.catalogue = log.catalogue
        self.day = day
        self._steps: list[tuple[datetime, int, Step]] = []
        self._order = itertools.count()
        self._now: datetime
        self._sessions = hours.sessions(self.catalogue.hours, self.catalogue.zone, day)

    def run(self, until: datetime | None = None) -> None:
        """Live the day to its end, or to `until`, leaving the office as it is then."""
        while self._steps and (until is None or self._steps[0][0] <= until):
            self._now, _, step = heapq.heappop(self._steps)
            step()

    def _local(self, at: time) -> datetime:
        return datetime.combine(self.day, at, self.catalogue.zone)

    @property
    def _midnight(self) -> datetime:
        """The last moment that belongs to the day."""
        return self._local(time(23, 59, 59))

    def _at(self, when: datetime, step: Step) -> None:
        heapq.heappush(self._steps, (when, next(self._order), step))

    def _after(self, seconds: float, step: Step) -> None:
        self._at(self._now + timedelta(seconds=seconds), step)

    def _do(self, kind: type[cmd.AnyCommand], actor: str, **content: object) -> TicketId | None:
        command_id = f"sim-{self.day.isoformat()}-{next(self._order)}"
        command = kind(branch=self.catalogue.branch, command_id=command_id, **content)  # type: ignore[arg-type]
        return self.log.execute(command, now=self._now, actor=actor).ticket

    def _is_closing(self, counter: Counter) -> bool:
        """After hours an officer stays only for those who still wait, and not for ever."""
        end = self._sessions[-1].closes
        if self._now < end:
            return False
        waiting = any(self.log.state.waiting(q) for q in counter.queues)
        return not waiting or self._now >= end + _OVERTIME

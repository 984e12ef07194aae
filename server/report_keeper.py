"""Reports that make themselves: which period is due, asked for once, and sent when it is ready.

What was asked for and sent stands in files (`reports/<branch>/schedule`), so that a restart repeats
nothing. Time is the log's: a schedule begins when it is first seen, and a period whose report was
made too early, by a clock that was wrong, is made again when more visits of it are known.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from server import branches, queries, report_delivery, report_jobs, reports
from server.clock import Clock
from server.domain.ids import BranchId
from server.domain.report_periods import Period, ReportSchedule, period_of
from server.report.material import visits_of
from server.report_marks import Mark, Marks
from server.report_store import Store, Wanted
from server.settings import Settings

_log = logging.getLogger(__name__)

ACTOR: Final = "job:reports"
_LOOK_S: Final = 15.0
_CLEAR_S: Final = 3_600.0
#: After a long pause of the machine the newest so many are made; older ones are asked for by hand.
_MOST: Final = 12


class Keeper:
    """Called by the relay's beat."""

    def __init__(self, engine: Engine, settings: Settings, now: Callable[[], datetime]) -> None:
        self._engine, self._settings, self._now = engine, settings, now
        self._redis = Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=2)
        self._next_look = self._next_clear = 0.0
        self._counted: dict[str, str] = {}

    def beat(self) -> None:
        """Called every second; looks now and then what is due, lost, or old."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_S
        try:
            self.look()
        except RedisError:
            _log.warning("reports: Redis is away, they are made later")
        except OSError:
            # A full or absent disk must not hold up the screens, whose relay this is.
            _log.exception("reports: the data folder cannot be written")

    def look(self) -> None:
        """Ask for what is due, send what is ready. Public for tests."""
        report_jobs.recover(self._settings.data, self._redis, self._engine)
        for branch in branches.ids(self._engine):
            with queries.reading(self._engine) as connection:
                schedules = reports.catalogue_now(connection, branch).reports
            for schedule in schedules:
                self._keep(branch, schedule)
            if time.monotonic() >= self._next_clear:
                Store(self._settings.data, branch).clear(Clock().now())
        if time.monotonic() >= self._next_clear:
            self._next_clear = time.monotonic() + _CLEAR_S

    def _keep(self, branch: BranchId, schedule: ReportSchedule) -> None:
        marks = Marks(self._settings.data, branch, schedule)
        now = self._now()
        with queries.reading(self._engine) as connection:
            zone = queries.zone_of(connection, branch)
            first = reports.first_day(connection, branch)
        since = marks.since(now)
        due = islice(schedule.due_since(since, now, zone), _MOST)
        for i, period in enumerate(due):
            if first is None or period.end < first:
                break
            self._care_for(branch, schedule, marks, period, is_newest=i == 0)

    def _care_for(
        self,
        branch: BranchId,
        schedule: ReportSchedule,
        marks: Marks,
        period: Period,
        *,
        is_newest: bool,
    ) -> None:
        mark = marks.find(period.slug)
        may_be_early = is_newest and mark is not None and mark.state == "sent"
        if mark is None or (may_be_early and self._is_to_recount(marks.digest, period)):
            with queries.reading(self._engine) as connection:
                visits = visits_of(connection, branch, period)
            if mark is None or visits > mark.visits:
                self._ask(branch, schedule, marks, period, visits)
                return
        if mark.state == "asked":
            self._send_when_ready(branch, marks, mark)
        elif mark.state == "waiting" and Clock().now().timestamp() >= mark.again_at:
            report_delivery.ask(self._redis, branch, marks.digest, mark.slug, mark.failures)

    def _is_to_recount(self, digest: str, period: Period) -> bool:
        """Once in an hour of the log's time: a year's visits are many."""
        counted = f"{period.slug} {self._now():%Y-%m-%dT%H}"
        is_new = self._counted.get(digest) != counted
        self._counted[digest] = counted
        return is_new

    def _ask(
        self, branch: BranchId, schedule: ReportSchedule, marks: Marks, period: Period, visits: int
    ) -> None:
        earlier = marks.find(period.slug)
        edition = earlier.edition + 1 if earlier else 1
        now = self._now()
        wanted = Wanted(
            kind=schedule.period,
            day=period.start,
            language=schedule.language,
            formats=schedule.formats,
        )
        state = report_jobs.ask(
            self._settings.data, self._redis, self._engine, branch, wanted, now=now, by=ACTOR
        )
        marks.put(
            Mark(
                slug=period.slug,
                start=period.start.isoformat(),
                report=state.id,
                asked_at=now.isoformat(timespec="seconds"),
                visits=visits,
                edition=edition,
            )
        )

    def _send_when_ready(self, branch: BranchId, marks: Marks, mark: Mark) -> None:
        state = Store(self._settings.data, branch).find(mark.report)
        if state is None or state.state == "failed":
            reason = state.reason if state else "lost"
            _log.error("report %s of %s: %s", mark.slug, branch, reason)
            marks.put(msgspec.structs.replace(mark, state="failed", reason=reason))
        elif state.state == "ready":
            report_delivery.ask(self._redis, branch, marks.digest, mark.slug, mark.failures)


def shown(
    data: Path, branch: BranchId, schedules: tuple[ReportSchedule, ...], now: datetime, zone: Any
) -> list[dict[str, Any]]:
    """The schedules as the page shows them: what, when next, whom, and what became of the last."""
    found = []
    for schedule in schedules:
        last = Marks(data, branch, schedule).newest()
        coming = schedule.last_due(now, zone).end + timedelta(days=1)
        next_period = period_of(schedule.period, coming)
        found.append(
            {
                "period": schedule.period.value,
                "formats": list(schedule.formats),
                "to": list(schedule.to),
                "folder": schedule.folder,
                "next_at": schedule.due(next_period, zone).isoformat(),
                "last": msgspec.to_builtins(last) if last else None,
            }
        )
    return found

"""Days that are over are counted, sealed and checked against the log, by the workers."""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import Engine, select

from server import branches, database, figure_check, queries, reports, settings, visits
from server.domain import events as ev
from server.domain import numbering
from server.domain.ids import BranchId
from server.domain.visits import VERSION
from server.figure_tables import sealed_days
from server.log_time import time_of

_log = logging.getLogger(__name__)

QUEUE: Final = "figures"
#: A job ends after so long and asks for the next one: a slip is never kept waiting behind years.
_SLICE_S: Final = 1.0
_TIMEOUT_S: Final = 120
_REMEMBERED_S: Final = 3_600
#: How often the relay looks whether a day is over.
_LOOK_S: Final = 60.0


class Keeper:
    """The relay's subscriber for figures: late news breaks a seal, and a day that is over is due."""

    def __init__(self, engine: Engine, redis_url: str, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._unseal = visits.Unsealer(engine)
        self._redis = Redis.from_url(redis_url, socket_timeout=3, socket_connect_timeout=2)
        self._now = now
        self._next_look = 0.0
        #: Up to which day each branch was asked to be counted.
        self._asked: dict[BranchId, date] = {}

    def __call__(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        if self._unseal(branch, batch):
            self._asked.pop(branch, None)

    def beat(self) -> None:
        """Called every second; about once a minute it asks for the days that are over."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_S
        try:
            for branch in branches.ids(self._engine):
                self._look(branch)
        except RedisError:
            # Questions are answered without it, only more slowly.
            _log.warning("figures: Redis is away, days are counted later")

    def _look(self, branch: BranchId) -> None:
        with queries.reading(self._engine) as connection:
            zone = queries.zone_of(connection, branch)
        today = numbering.business_date(self._now(), zone.key)
        if self._asked.get(branch) != today:
            ask(self._redis, branch)
            self._asked[branch] = today


def ask(redis: "Redis", branch: BranchId) -> None:
    """Have a branch's days counted; asked twice they are counted once. Raises RedisError."""
    name = f"figures-{branch}"
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    if name in queue.job_ids:
        return
    with contextlib.suppress(NoSuchJobError):
        Job.fetch(name, connection=redis, serializer=JSONSerializer).delete()
    queue.enqueue(
        "server.figure_jobs.count",
        branch,
        job_id=name,
        job_timeout=_TIMEOUT_S,
        result_ttl=_REMEMBERED_S,
        failure_ttl=_REMEMBERED_S,
    )


def count(branch: str) -> int:
    """Seal the days that are over, for a second; run by a worker. Returns how many were sealed."""
    loaded = settings.load()
    engine = database.connect(loaded.database)
    try:
        sealed, is_all = seal_days(
            engine, BranchId(branch), time_of(loaded, engine)(), for_s=_SLICE_S
        )
        if not is_all and sealed:
            with contextlib.closing(Redis.from_url(loaded.redis_url, socket_timeout=3)) as redis:
                _again(redis, BranchId(branch), sealed)
        return sealed
    finally:
        engine.dispose()


def _again(redis: Any, branch: BranchId, sealed: int) -> None:
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    queue.enqueue(
        "server.figure_jobs.count",
        branch,
        job_id=f"figures-{branch}-{time.time_ns()}-{sealed}",
        job_timeout=_TIMEOUT_S,
        result_ttl=_REMEMBERED_S,
        failure_ttl=_REMEMBERED_S,
    )


def seal_days(
    engine: Engine, branch: BranchId, now: datetime, for_s: float = float("inf")
) -> tuple[int, bool]:
    """Seal a branch's days before today, oldest first, and check the last of them by the log.

    Stops after `for_s` seconds. Returns how many were sealed, and whether none is left.
    """
    end = time.monotonic() + for_s
    with queries.reading(engine) as connection:
        today = numbering.business_date(now, queries.zone_of(connection, branch).key)
        due = _due(connection, branch, today)
    sealed = 0
    for day in due:
        if time.monotonic() > end:
            return sealed, False
        if visits.seal(engine, branch, day, now):
            sealed += 1
    for span in ("month", "year"):
        for since in visits.not_rolled_up(engine, branch, span):
            visits.roll_up(engine, branch, span, since)
    if sealed and due[-1] == today - timedelta(days=1):
        for difference in figure_check.differences(engine, branch, [due[-1]]):
            _log.error("figures of %s: %s", branch, difference)
    return sealed, True


def _due(connection: Any, branch: BranchId, today: date) -> list[date]:
    first = reports.first_day(connection, branch)
    if first is None:
        return []
    d = sealed_days.c
    query = select(d.business_date).where(d.branch_id == branch, d.version == VERSION)
    sealed = set(connection.scalars(query))
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return [day for day in days if day not in sealed]

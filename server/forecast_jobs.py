"""Forecasts are asked for by the relay and made by a worker: never in the request that needs one.

One job a branch at a time; news asks for it at once and then once a second, time alone four times a
minute, and an empty office's first number has one made before the doors open. Asked in vain nothing
breaks: screens then say what needs no run (`server/domain/quoting.py`).
"""

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import database, outlooks, queries
from server import settings as settings_
from server.clock import Clock
from server.domain import events as ev
from server.domain.ids import BranchId
from server.forecast_openings import Openings
from server.log_time import time_of
from server.rq_retries import fetched
from server.settings import Settings

if TYPE_CHECKING:
    from server.forecast_run import Foreseers

_log = logging.getLogger(__name__)

QUEUE: Final = "forecasts"
#: Not sooner after the last one.
_DEBOUNCE_S: Final = 1.0
#: Waits shrink without events.
_LOOK_S: Final = 15.0
_ANSWERS_WITHIN_S: Final = 1.0
_LEFT_ALONE_S: Final = 3.0
_TIMEOUT_S: Final = 60
#: A job that fails is not run again sooner.
_FAILED_S: Final = 5
#: A job that has run for so long died with its worker.
_STUCK: Final = timedelta(seconds=15)
#: One worker at a time makes a branch's forecast; should it die, the next one may after so long.
_LOCK_MS: Final = 6_000
_LOCK: Final = "motcua:forecasting:"
#: While a branch rests: a run costs at most a tenth of a core (measures.md, A9), and is never late.
_REST: Final = "motcua:forecast-rest:"
_REST_TIMES: Final = 9
_LONGEST_REST_MS: Final = 6_000
#: While one worker reads a long log, job by job.
_LEARNING: Final = "motcua:learning:"


def job_id(branch: BranchId) -> str:
    """The one job of a branch."""
    return f"forecast-{branch}"


class Asker:
    """The relay's subscriber for forecasts."""

    def __init__(self, engine: Engine, redis_url: str, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._openings = Openings(engine, now)
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=_ANSWERS_WITHIN_S,
            socket_connect_timeout=_ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        #: Branches whose news no run that was asked for can know.
        self._news: set[BranchId] = set()
        self._asked_at: dict[BranchId, float] = {}
        self._next_look = 0.0
        self._away_until = 0.0

    def __call__(self, branch: BranchId, _batch: Sequence[ev.Recorded]) -> None:
        self._news.add(branch)
        self._ask()

    def beat(self) -> None:
        """Called every second: what had to wait is asked now."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_S
            with queries.reading(self._engine) as connection:
                self._news.update(queries.branches_at_work(connection))
            self._news.update(self._without(self._openings.due()))
        self._ask()

    def _without(self, branches: Sequence[BranchId]) -> list[BranchId]:
        """Those of `branches` that have no forecast."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for branch in branches:
                    pipeline.exists(outlooks.key_of(branch))
                there = pipeline.execute()
        except (RedisError, OSError):
            return []
        return [branch for branch, is_there in zip(branches, there, strict=True) if not is_there]

    def _ask(self) -> None:
        now = time.monotonic()
        if now < self._away_until:
            return
        for branch in list(self._news):
            if now - self._asked_at.get(branch, float("-inf")) < _DEBOUNCE_S:
                continue
            try:
                is_taken = not self._redis.exists(_REST + branch) and enqueue(
                    self._queue, branch, self._now()
                )
            except (RedisError, OSError) as error:
                self._away_until = now + _LEFT_ALONE_S
                _log.warning("forecasts: Redis is away (%s)", error)
                return
            self._asked_at[branch] = now
            if is_taken:
                self._news.discard(branch)


def enqueue(queue: Queue, branch: BranchId, at: datetime) -> bool:
    """Ask for a branch's forecast as of `at` or later. False while one runs, which may not know.

    Raises RedisError.
    """
    name = job_id(branch)
    try:
        queue.enqueue(
            "server.forecast_jobs.foresee",
            branch,
            at=at.isoformat(),
            job_id=name,
            job_timeout=_TIMEOUT_S,
            result_ttl=0,
            failure_ttl=_FAILED_S,
            unique=True,
        )
    except DuplicateJobError:
        job = fetched(name, queue.connection)
        if job is None or job.get_status() is JobStatus.QUEUED:
            # One that waits will see the news. Just gone: the next second asks again.
            return job is not None
        began = job.started_at
        if began is not None and Clock().now() - began > _STUCK:
            job.delete()
        return False
    return True


# In the worker ------------------------------------------------------------------------------
@cache
def _parts() -> "tuple[Foreseers, Redis, str]":
    """Engine, Redis and the name of this worker, made once."""
    from server.forecast_run import Foreseers  # noqa: PLC0415 - numpy is for this job alone

    loaded = settings_.load()
    engine = database.connect(loaded.database)
    foreseers = Foreseers(engine, time_of(loaded, engine))
    redis = Redis.from_url(loaded.redis_url, socket_timeout=3, socket_connect_timeout=2)
    return foreseers, redis, f"{socket.gethostname()}-{os.getpid()}"


def foresee(branch: str, is_chained: bool = False, at: str = "") -> str:
    """Make and publish a branch's forecast; run by a worker.

    `at` is the moment at which it was asked for: under a simulated clock a worker has no other.
    Returns `done`, `busy` where another worker does, or `learning` while the log is being read: that
    goes on in the next job of its one chain.
    """
    foreseers, redis, name = _parts()
    key = _LOCK + branch
    if not redis.set(key, name, nx=True, px=_LOCK_MS):
        return "busy"
    began = time.thread_time()
    try:
        outlook = foreseers.of(BranchId(branch)).outlook(
            before=lambda: outlooks.published(redis, BranchId(branch)),
            not_before=datetime.fromisoformat(at) if at else None,
        )
        if outlook is None:
            if is_chained or redis.set(_LEARNING + branch, name, nx=True, px=_LOCK_MS):
                _read_on(redis, branch, at)
            return "learning"
        outlooks.publish(redis, outlook)
        rest_ms = round(1_000 * _REST_TIMES * (time.thread_time() - began))
        redis.set(_REST + branch, 1, px=max(1, min(rest_ms, _LONGEST_REST_MS)))
        return "done"
    finally:
        if redis.get(key) == name.encode():
            redis.delete(key)


def _read_on(redis: "Redis", branch: str, at: str) -> None:
    redis.pexpire(_LEARNING + branch, _LOCK_MS)
    Queue(QUEUE, connection=redis, serializer=JSONSerializer).enqueue(
        "server.forecast_jobs.foresee",
        branch,
        True,
        at,
        job_id=f"{job_id(BranchId(branch))}-{time.time_ns()}",
        job_timeout=_TIMEOUT_S,
        result_ttl=0,
        failure_ttl=_FAILED_S,
    )


def work(settings: Settings) -> None:
    """Take these jobs for ever, in a thread of a worker: slips and reports never wait for them."""
    from server.beside_worker import BesideWorker  # noqa: PLC0415 - only a worker is one

    heart = threading.Thread(target=_live, args=[settings], daemon=True)
    heart.start()
    redis = Redis.from_url(settings.redis_url)
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    while True:
        try:
            _forget_cut_off(queue)
            worker = BesideWorker([queue], connection=redis, serializer=JSONSerializer)
            worker.work(logging_level="WARNING")
        except Exception as error:
            _log.warning("forecasts: %s; trying again", error)
        time.sleep(1.0)


def _forget_cut_off(queue: Queue) -> None:
    """Jobs that look as if they ran died with the last worker; another's is made twice, no worse."""
    running = queue.started_job_registry
    for name in running.get_job_ids(cleanup=False):
        if (job := fetched(name, queue.connection)) is not None:
            job.delete()


def _live(settings: Settings) -> None:
    """Say so, every two seconds; a process that dies falls silent."""
    redis = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    while True:
        with contextlib.suppress(RedisError, OSError):
            outlooks.say_alive(redis)
        time.sleep(outlooks.ALIVE_EVERY_S)

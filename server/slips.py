"""The relay's subscriber for paper: one RQ job for each slip, under an id that a repeat finds."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import queries
from server.clock import Clock
from server.domain import events as ev
from server.domain.ids import BranchId, TicketId

_log = logging.getLogger(__name__)

QUEUE = "slips"
#: A slip is of no use to a person who has waited longer for it than this.
_USEFUL_FOR = timedelta(minutes=10)
#: How long Redis remembers a finished job, so that a repeated delivery finds it.
_REMEMBERED_S = 24 * 3600
_JOB_TIMEOUT_S = 20
#: Before each new try when the printer took nothing. The citizen stands there: after a quarter of
#: a minute the staff are told, who can print it again.
_PAUSES_S = (2, 4, 8)
#: A slip that has not come so long after its ticket is looked for.
_OVERDUE = timedelta(seconds=15)
_BEATS_A_LOOK = 5
#: Channels whose tickets are on paper, as in `tables.UNPRINTED`.
PAPER = frozenset({"kiosk"})


def job_id(branch: BranchId, ticket: str) -> str:
    """The one print job of a ticket's first slip."""
    return f"slip-{branch}-{ticket}"


def reprint_job_id(branch: BranchId, ticket: str, seq: int) -> str:
    """The one print job of the reprint that was asked for at `seq`."""
    return f"{job_id(branch, ticket)}-again-{seq}"


def job_for(recorded: ev.Recorded) -> str | None:
    """The print job that an event asks for; None where it asks for none."""
    event = recorded.event
    if isinstance(event, ev.TicketIssued) and event.channel in PAPER and event.paper:
        return job_id(recorded.branch, event.ticket)
    if isinstance(event, ev.ReprintRequested) and recorded.ticket:
        return reprint_job_id(recorded.branch, recorded.ticket, recorded.seq)
    return None


class Enqueuer:
    """Called by the relay with each batch; raises when Redis is away, and is called again."""

    def __init__(self, engine: Engine, redis_url: str, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._redis = Redis.from_url(redis_url, socket_timeout=3, socket_connect_timeout=2)
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._now = now
        self._beats = 0

    def __call__(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        for recorded in batch:
            name = job_for(recorded)
            if name is None or recorded.ticket is None:
                continue
            if self._now() - recorded.at > _USEFUL_FOR:
                continue
            if not Job.exists(name, connection=self._redis):
                self._enqueue(branch, recorded.ticket, name)

    def _enqueue(self, branch: BranchId, ticket: TicketId, name: str) -> None:
        self._queue.enqueue(
            "server.jobs.print_slip",
            args=(branch, ticket, name),
            job_id=name,
            job_timeout=_JOB_TIMEOUT_S,
            retry=Retry(max=len(_PAUSES_S), interval=list(_PAUSES_S)),
            result_ttl=_REMEMBERED_S,
            failure_ttl=_REMEMBERED_S,
        )

    def beat(self) -> None:
        """To be called every second. Now and then, look for slips that nobody works on any more."""
        self._beats += 1
        if self._beats % _BEATS_A_LOOK == 0:
            try:
                self.recover()
            except RedisError:
                _log.warning("Redis is away: slips wait")

    def recover(self) -> list[TicketId]:
        """Give overdue slips back to the printer whose job died with a worker, or with Redis.

        The job finds whether it had begun, so that nothing is printed twice. Returns the tickets.
        """
        now = self._now()
        again: list[TicketId] = []
        with queries.reading(self._engine) as connection:
            overdue = queries.unprinted(connection, now - _USEFUL_FOR, now - _OVERDUE)
        for branch, ticket in overdue:
            name = job_id(branch, ticket)
            job = _job(name, self._redis)
            if job is not None and not _is_dead(job):
                continue
            if job is not None:
                job.delete()
            self._enqueue(branch, ticket, name)
            again.append(ticket)
        if again:
            _log.warning("%d slips had been lost and are queued again", len(again))
        return again


def _job(name: str, redis: Redis) -> Job | None:
    try:
        return Job.fetch(name, connection=redis, serializer=JSONSerializer)
    except NoSuchJobError:
        return None


def _is_dead(job: Job) -> bool:
    """Whether a job will never come to its end by itself."""
    status = job.get_status()
    if status in (JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED):
        return True
    # Jobs are dated by Redis's machine, whatever the branch's simulated clock says.
    age = Clock().now() - (job.started_at or job.enqueued_at or job.created_at)
    return status is JobStatus.STARTED and age > timedelta(seconds=_JOB_TIMEOUT_S + 5)

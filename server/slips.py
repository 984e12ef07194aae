"""The relay's subscriber for paper: one RQ job for each slip, under an id that a repeat finds."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.job import Job, JobStatus
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import devices, queries
from server.clock import Clock
from server.domain import events as ev
from server.domain.ids import BranchId, TicketId
from server.domain.ticket import Ticket
from server.rq_retries import fetched, queue_due

_log = logging.getLogger(__name__)

QUEUE = "slips"
#: A slip is of no use to a person who has waited longer for it than this.
USEFUL_FOR = timedelta(minutes=10)
#: How long Redis remembers a finished job, so that a repeated delivery finds it.
_REMEMBERED_S = 24 * 3600
_JOB_TIMEOUT_S = 20
#: Before each new try when the printer took nothing. The citizen stands there: after a quarter of
#: a minute the staff are told, who can print it again.
_PAUSES_S = (2, 4, 8)
#: A slip that has not come so long after its ticket is looked for.
_OVERDUE = timedelta(seconds=15)
_BEATS_A_LOOK = 5
#: A kiosk's agent tries its printer for a quarter of a minute too; then nobody knows.
_AGENT_OVERDUE = timedelta(seconds=40)
_AGENT_TIMEOUT_S = 60
#: Channels whose tickets are on paper, as in `tables.UNPRINTED`.
PAPER = frozenset({"kiosk"})


def job_id(branch: BranchId, ticket: str) -> str:
    """The one print job of a ticket's first slip."""
    return f"slip-{branch}-{ticket}"


def reprint_job_id(branch: BranchId, ticket: str, seq: int) -> str:
    """The one print job of the reprint that was asked for at `seq`."""
    return f"{job_id(branch, ticket)}-again-{seq}"


def is_reprint(job: str) -> bool:
    """Whether a job is one of `reprint_job_id`."""
    return "-again-" in job


def is_useful(ticket: Ticket, now: datetime) -> bool:
    """Whether its first slip still helps somebody."""
    return now - ticket.issued_at <= USEFUL_FOR


def agent_queue(branch: BranchId, device: str) -> str:
    """The RQ queue of a kiosk's own agent."""
    return f"print:{branch}:{device}"


def job_for(recorded: ev.Recorded) -> str | None:
    """The print job that an event asks for; None where it asks for none."""
    event = recorded.event
    if isinstance(event, ev.TicketIssued) and event.channel in PAPER and event.paper:
        if event.block:
            return None  # given without us: its paper came out where it was given
        return job_id(recorded.branch, event.ticket)
    if isinstance(event, ev.ReprintRequested) and recorded.ticket:
        return reprint_job_id(recorded.branch, recorded.ticket, recorded.seq)
    return None


def job_over_by(recorded: ev.Recorded) -> str | None:
    """The print job that an event makes needless, if it has not begun."""
    match recorded.event:
        case ev.SlipPrinted(job=name) | ev.SlipPrintFailed(job=name):
            return name
        case ev.TicketCancelled() if recorded.ticket:
            return job_id(recorded.branch, recorded.ticket)
        case _:
            return None


class Enqueuer:
    """Called by the relay with each batch; raises when Redis is away, and is called again."""

    def __init__(
        self,
        engine: Engine,
        redis_url: str,
        now: Callable[[], datetime],
        slip_of: Callable[[TicketId, bool], dict[str, Any]],
    ) -> None:
        """`slip_of` gives the texts of a ticket's slip, or of its reprint, for a kiosk's agent."""
        self._engine = engine
        self._slip_of = slip_of
        self._redis = Redis.from_url(redis_url, socket_timeout=3, socket_connect_timeout=2)
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._retries = ScheduledJobRegistry(queue=self._queue)  # type: ignore[no-untyped-call]
        self._now = now
        self._beats = 0

    def __call__(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        for recorded in batch:
            if over := job_over_by(recorded):
                self._take_back(over)
            name = job_for(recorded)
            if name is None or recorded.ticket is None:
                continue
            if self._now() - recorded.at > USEFUL_FOR:
                continue
            if not Job.exists(name, connection=self._redis):
                self._enqueue(branch, recorded.ticket, name)

    def _take_back(self, name: str) -> None:
        """A job that nobody has begun and nobody needs any more.

        An agent asked for it by its other way, or the ticket has ended: another agent, whose ledger
        knows nothing of it, would print it again.
        """
        job = fetched(name, self._redis)
        if job is not None and job.get_status() is JobStatus.QUEUED:
            job.delete()

    def _enqueue(self, branch: BranchId, ticket: TicketId, name: str) -> None:
        device = queries.device_of(self._engine, ticket)
        if devices.printer_of(self._engine, branch, device) == devices.BY_AGENT:
            self._enqueue_for_agent(branch, ticket, name, device)
            return
        self._queue.enqueue(
            "server.jobs.print_slip",
            args=(branch, ticket, name),
            job_id=name,
            job_timeout=_JOB_TIMEOUT_S,
            retry=Retry(max=len(_PAUSES_S), interval=list(_PAUSES_S)),
            result_ttl=_REMEMBERED_S,
            failure_ttl=_REMEMBERED_S,
        )

    def _enqueue_for_agent(
        self, branch: BranchId, ticket: TicketId, name: str, device: str
    ) -> None:
        """An agent that Redis is out of reach for asks the web process for the same job."""
        queue = Queue(
            agent_queue(branch, device), connection=self._redis, serializer=JSONSerializer
        )
        queue.enqueue(
            "kiosk.agent.jobs.print_slip",
            args=(branch, ticket, name, self._slip_of(ticket, is_reprint(name))),
            job_id=name,
            job_timeout=_AGENT_TIMEOUT_S,
            ttl=int(USEFUL_FOR.total_seconds()),
            result_ttl=_REMEMBERED_S,
            failure_ttl=_REMEMBERED_S,
        )

    def beat(self) -> None:
        """To be called every second: the printer's next tries; now and then, slips that got lost."""
        self._beats += 1
        try:
            self.retry_due()
            if self._beats % _BEATS_A_LOOK == 0:
                self.recover()
        except RedisError:
            _log.warning("Redis is away: slips wait")

    def retry_due(self) -> None:
        """Queue the jobs whose pause after a failed try is over.

        One that dies between two steps leaves it to `recover`.
        """
        queue_due(self._queue, self._retries, self._redis)

    def recover(self) -> list[TicketId]:
        """Give overdue slips back to the printer whose job died with a worker, or with Redis.

        The job finds whether it had begun, so that nothing is printed twice. Returns the tickets.
        """
        now = self._now()
        again: list[TicketId] = []
        with queries.reading(self._engine) as connection:
            overdue = queries.unprinted(connection, now - USEFUL_FOR, now - _OVERDUE)
        for branch, ticket, issued_at in overdue:
            name = job_id(branch, ticket)
            job = fetched(name, self._redis)
            if self._is_for_agent(branch, ticket):
                if now - issued_at > _AGENT_OVERDUE:
                    self._give_up(branch, ticket, name, job)
                continue
            if job is not None and not (_is_dead(job) or self._is_astray(job)):
                continue
            if job is not None:
                job.delete()
            self._enqueue(branch, ticket, name)
            again.append(ticket)
        if again:
            _log.warning("%d slips had been lost and are queued again", len(again))
        return again

    def _is_astray(self, job: Job) -> bool:
        """Waiting by its own word, and in no list: somebody died between two steps."""
        match job.get_status():
            case JobStatus.QUEUED:
                return self._queue.get_job_position(job.id) is None
            case JobStatus.SCHEDULED:
                return job.id not in self._retries
            case _:
                return False

    def _is_for_agent(self, branch: BranchId, ticket: TicketId) -> bool:
        device = queries.device_of(self._engine, ticket)
        return devices.printer_of(self._engine, branch, device) == devices.BY_AGENT

    def _give_up(self, branch: BranchId, ticket: TicketId, name: str, job: Job | None) -> None:
        """The agent said nothing: the job is taken from it, and the staff are told."""
        if job is not None and not job.is_finished:
            job.delete()
        lost = f"{name}-lost"
        if not Job.exists(lost, connection=self._redis):
            self._queue.enqueue(
                "server.jobs.give_up",
                args=(branch, ticket, name),
                job_id=lost,
                job_timeout=_JOB_TIMEOUT_S,
                result_ttl=_REMEMBERED_S,
            )


def _is_dead(job: Job) -> bool:
    """Whether a job will never come to its end by itself."""
    status = job.get_status()
    if status in (JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED):
        return True
    # Jobs are dated by Redis's machine, whatever the branch's simulated clock says.
    age = Clock().now() - (job.started_at or job.enqueued_at or job.created_at)
    return status is JobStatus.STARTED and age > timedelta(seconds=_JOB_TIMEOUT_S + 5)

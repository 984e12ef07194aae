"""The relay's subscriber for paper: one RQ job for each slip, under an id that a repeat finds."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server.domain import events as ev
from server.domain.ids import BranchId

QUEUE = "slips"
#: A slip is of no use to a person who has waited longer for it than this.
_USEFUL_FOR = timedelta(minutes=10)
#: How long Redis remembers a finished job, so that a repeated delivery finds it.
_REMEMBERED_S = 24 * 3600
#: Channels whose tickets are on paper.
PAPER = frozenset({"kiosk"})


def job_id(branch: BranchId, ticket: str) -> str:
    """The one print job of a ticket's first slip."""
    return f"slip-{branch}-{ticket}"


class Enqueuer:
    """Called by the relay with each batch; raises when Redis is away, and is called again."""

    def __init__(self, engine: Engine, redis_url: str, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._redis = Redis.from_url(redis_url, socket_timeout=3, socket_connect_timeout=2)
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._now = now

    def __call__(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        for recorded in batch:
            event = recorded.event
            if not isinstance(event, ev.TicketIssued) or event.channel not in PAPER:
                continue
            if self._now() - recorded.at > _USEFUL_FOR:
                continue
            name = job_id(branch, event.ticket)
            if not Job.exists(name, connection=self._redis):
                self._queue.enqueue(
                    "server.jobs.print_slip",
                    args=(branch, event.ticket, name),
                    job_id=name,
                    job_timeout=30,
                    result_ttl=_REMEMBERED_S,
                    failure_ttl=_REMEMBERED_S,
                )

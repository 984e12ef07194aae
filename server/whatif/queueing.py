"""Comparisons handed to the workers. No numpy here: the web process asks too."""

import contextlib
from typing import Final

from redis import Redis
from rq import Queue
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server.domain.ids import BranchId
from server.whatif import store

QUEUE: Final = "plans"
_TIMEOUT_S: Final = 600
_REMEMBERED_S: Final = 3_600
#: Each day is read and learned from, and then lived again.
STEPS_PER_DAY: Final = 2


def job_id(branch: BranchId, trial: str) -> str:
    """The one job of a comparison."""
    return f"plan-{branch}-{trial}"


def queue_up(redis: "Redis", branch: BranchId, trial: str, *, is_anew: bool = False) -> None:
    """Have it computed; asked twice it is computed once. Raises RedisError."""
    name = job_id(branch, trial)
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    if name in queue.job_ids and not is_anew:
        return
    with contextlib.suppress(NoSuchJobError, InvalidJobOperation):
        Job.fetch(name, connection=redis, serializer=JSONSerializer).delete()
    queue.enqueue(
        "server.whatif.jobs.compute",
        branch,
        trial,
        job_id=name,
        job_timeout=_TIMEOUT_S,
        result_ttl=_REMEMBERED_S,
        failure_ttl=_REMEMBERED_S,
    )


def recover(redis: "Redis", engine: Engine) -> int:
    """To be called by a worker that begins: whatever was under way died with the last one."""
    found = store.unfinished(engine)
    for branch, trial in found:
        queue_up(redis, branch, trial, is_anew=True)
    return len(found)

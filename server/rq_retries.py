"""Jobs whose pause after a failed try is over.

Not by RQ's scheduler: its process ends with Redis, and comes back ten minutes later.
"""

from redis import Redis
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer


def fetched(name: str, redis: Redis) -> Job | None:
    """The job of this id."""
    try:
        return Job.fetch(name, connection=redis, serializer=JSONSerializer)
    except NoSuchJobError:
        return None


def queue_due(queue: Queue, registry: ScheduledJobRegistry, redis: Redis) -> None:
    """Queue them again. Only one of several callers removes each from the registry."""
    for name in registry.get_jobs_to_schedule():
        job = fetched(name, redis)
        if registry.remove(name) and job is not None:
            queue.enqueue_job(job)

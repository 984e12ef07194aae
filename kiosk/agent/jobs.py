"""Print jobs from the kiosk's own RQ queue, where Redis can be reached."""

import logging
import threading
import time
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from typing_extensions import override

from kiosk.agent.printing import PrintDesk

_log = logging.getLogger(__name__)

_AWAY_S: Final = 5.0
_OUTCOMES: Final = "slips"
_KEPT_S: Final = 24 * 3600
_desk: PrintDesk | None = None


def queue_name(branch: str, device: str) -> str:
    """The queue that the server fills for this kiosk."""
    return f"print:{branch}:{device}"


def print_slip(branch: str, ticket: str, job: str, slip: dict[str, Any]) -> str:
    """What the server enqueues: print a slip once and say what came of it."""
    del branch  # part of the job's name already
    assert _desk is not None, "run by the agent's own worker"  # noqa: S101
    return _desk.print(job, ticket, slip)


class _Worker(SimpleWorker):
    """Runs in a thread: signals belong to the agent."""

    death_penalty_class = TimerDeathPenalty

    @override
    def _install_signal_handlers(self) -> None:
        pass


class JobTaker:
    """Takes the jobs of one kiosk for ever; Redis may come and go."""

    def __init__(self, url: str, branch: str, desk: PrintDesk) -> None:
        global _desk  # noqa: PLW0603 - RQ finds the function by its name, and this agent by it
        _desk = desk
        self._branch = branch
        self._redis = Redis.from_url(url, socket_connect_timeout=2)

    def start(self, device: str) -> None:
        """Begin, once the server has said which kiosk this is."""
        threading.Thread(target=self._run, args=(device,), daemon=True, name="jobs").start()

    def _run(self, device: str) -> None:
        queue = Queue(
            queue_name(self._branch, device), connection=self._redis, serializer=JSONSerializer
        )
        while True:
            try:
                self._redis.ping()
                _Worker([queue], connection=self._redis, serializer=JSONSerializer).work(
                    logging_level="WARNING"
                )
            except (RedisError, OSError) as error:
                _log.warning("Redis is away: %s", error)
            time.sleep(_AWAY_S)

    def report(self, ticket: str, job: str, printer: str, code: str) -> bool:
        """Tell the server's worker what came of a slip; False when Redis is away."""
        outcome = f"{job}-outcome"
        try:
            if not Job.exists(outcome, connection=self._redis):
                queue = Queue(_OUTCOMES, connection=self._redis, serializer=JSONSerializer)
                queue.enqueue(
                    "server.jobs.record_print",
                    args=(self._branch, ticket, job, printer, code),
                    job_id=outcome,
                    result_ttl=_KEPT_S,
                )
        except (RedisError, OSError):
            return False
        return True

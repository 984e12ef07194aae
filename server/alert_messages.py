"""The relay's subscriber for alerts: one RQ job for each e-mail and webhook, under a known id."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.job import Job
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import branches
from server.domain import events as ev
from server.domain.ids import BranchId
from server.rq_retries import queue_due
from server.settings import Settings

_log = logging.getLogger(__name__)

QUEUE: Final = "messages"
#: Older news helps nobody: after a long outage nobody gets last week's alerts.
_USEFUL_FOR: Final = timedelta(hours=1)
#: Before each new try: about an hour in all.
PAUSES_S: Final = (10, 30, 120, 600, 3000)
_JOB_TIMEOUT_S: Final = 60
_BEATS_A_LOOK: Final = 5
_REMEMBERED_S: Final = 24 * 3600
#: What a webhook calls each event.
KINDS: Final[dict[type[ev.AnyEvent], str]] = {
    ev.AlertRaised: "alert.raised",
    ev.AlertAcknowledged: "alert.acknowledged",
    ev.AlertCleared: "alert.cleared",
}


def job_id(branch: BranchId, seq: int, address: str) -> str:
    """The one job that tells `address` of the event at `seq`."""
    return f"alert-{branch}-{seq}-{hashlib.sha256(address.encode()).hexdigest()[:12]}"


class Messenger:
    """Called by the relay with each batch; raises when Redis is away, and is called again."""

    def __init__(self, engine: Engine, settings: Settings, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._settings = settings
        self._now = now
        self._redis = Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=2)
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._beats = 0
        self._retries = ScheduledJobRegistry(queue=self._queue)  # type: ignore[no-untyped-call]

    def __call__(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        news = [
            recorded
            for recorded in batch
            if type(recorded.event) in KINDS and self._now() - recorded.at <= _USEFUL_FOR
        ]
        if not news:
            return
        wanted = branches.require(self._engine, branch).alerts
        for recorded in news:
            if self._settings.smtp and isinstance(recorded.event, ev.AlertRaised):
                for address in wanted.mail:
                    self._enqueue("server.alert_jobs.send_mail", recorded, address)
            if self._settings.webhook_secret:
                for address in wanted.webhooks:
                    self._enqueue("server.alert_jobs.post_webhook", recorded, address)

    def _enqueue(self, function: str, recorded: ev.Recorded, address: str) -> None:
        name = job_id(recorded.branch, recorded.seq, address)
        if Job.exists(name, connection=self._redis):
            return
        values: dict[str, Any] = {
            "args": (recorded.branch, recorded.seq, address),
            "job_id": name,
            "job_timeout": _JOB_TIMEOUT_S,
            "retry": Retry(max=len(PAUSES_S), interval=list(PAUSES_S)),
            "result_ttl": _REMEMBERED_S,
            "failure_ttl": _REMEMBERED_S,
        }
        self._queue.enqueue(function, **values)

    def beat(self) -> None:
        """To be called every second: now and then, next tries whose pause is over."""
        self._beats += 1
        if self._beats % _BEATS_A_LOOK:
            return
        try:
            queue_due(self._queue, self._retries, self._redis)
        except RedisError:
            _log.warning("Redis is away: messages wait")

"""Days that pass for the reports of a branch, and the workers that make them."""

from dataclasses import replace
from datetime import datetime

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import branches, report_delivery, report_jobs
from server.domain.report_periods import ReportSchedule
from server.report_keeper import Keeper
from server.report_marks import Marks
from server.settings import Settings
from tests.server.office import BRANCH, NINE, catalogue


def work(redis: "Redis") -> None:
    """Do everything that waits, as a worker does it."""
    names = (report_jobs.QUEUE, report_delivery.QUEUE)
    queues = [Queue(name, connection=redis, serializer=JSONSerializer) for name in names]
    worker = SimpleWorker(queues, connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")


class Days:
    """A branch with a schedule, and a keeper whose clock is set by hand."""

    def __init__(
        self, settings: Settings, engine: Engine, redis: "Redis", schedule: ReportSchedule
    ) -> None:
        made = replace(catalogue(), reports=(schedule,))
        branches.apply(engine, made, now=NINE, actor="job:test")
        self.settings, self.engine, self.redis = settings, engine, redis
        self.now = NINE
        self.schedule = schedule
        self.keeper = self.another()

    def another(self) -> Keeper:
        return Keeper(self.engine, self.settings, lambda: self.now)

    def pass_to(self, now: datetime) -> None:
        """Look twice, as the relay does: asked for, made, sent."""
        self.now = now
        for _ in range(2):
            self.keeper.look()
            work(self.redis)

    @property
    def marks(self) -> Marks:
        return Marks(self.settings.data, BRANCH, self.schedule)

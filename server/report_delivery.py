"""Sending a finished report: by e-mail or into a folder. Each address gets it, and once.

It runs beside the worker: a mail server that hangs holds up no slip. Only a crash between the
server's yes and the mark repeats an e-mail, with the same Message-ID.
"""

import contextlib
import logging
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from redis import Redis
from rq import Queue
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import alert_messages, audit, branches, database, mail, settings
from server.clock import Clock
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId
from server.domain.report_periods import ReportSchedule
from server.report import files
from server.report.words import Words
from server.report_marks import Mark, Marks
from server.report_store import State, Store, write_whole
from server.settings import Settings

_log = logging.getLogger(__name__)

#: The queue of whatever is sent out, beside the slips.
QUEUE: Final = alert_messages.QUEUE
#: Before each new try, seconds: about a day in all, then the page says that it failed.
PAUSES_S: Final = (60, 600, 3_600, 14_400, 43_200)
_TIMEOUT_S: Final = 300
_REMEMBERED_S: Final = 3_600


def ask(redis: "Redis", branch: BranchId, digest: str, slug: str, failures: int) -> None:
    """Queue a delivery, unless it waits or runs already. Raises RedisError."""
    name = f"deliver-{branch}-{digest}-{slug}-{failures}"
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    with contextlib.suppress(NoSuchJobError, InvalidJobOperation):
        job: Any = Job.fetch(name, connection=redis, serializer=JSONSerializer)
        waited = Clock().now() - (job.started_at or job.enqueued_at or job.created_at)
        is_alive = job.get_status() in (JobStatus.QUEUED, JobStatus.STARTED)
        if is_alive and waited.total_seconds() < _TIMEOUT_S + 5:
            return
        job.delete()
    queue.enqueue(
        "server.report_delivery.deliver",
        branch,
        digest,
        slug,
        job_id=name,
        job_timeout=_TIMEOUT_S,
        result_ttl=_REMEMBERED_S,
        failure_ttl=_REMEMBERED_S,
    )


def deliver(branch: str, digest: str, slug: str) -> str:
    """Send the report of a schedule; run by a worker. Returns the mark's state."""
    loaded = settings.load()
    engine = database.connect(loaded.database)
    try:
        catalogue = branches.require(engine, BranchId(branch))
        for schedule in catalogue.reports:
            marks = Marks(loaded.data, catalogue.branch, schedule)
            mark = marks.find(slug) if marks.digest == digest else None
            if mark is not None and mark.state in ("asked", "waiting"):
                return _Delivery(loaded, engine, catalogue, schedule, marks).send(mark)
        return "over"
    finally:
        engine.dispose()


class _Delivery:
    """One report on its way."""

    def __init__(
        self,
        loaded: Settings,
        engine: Engine,
        catalogue: Catalogue,
        schedule: ReportSchedule,
        marks: Marks,
    ) -> None:
        self._loaded, self._engine, self._marks = loaded, engine, marks
        self._catalogue, self._schedule = catalogue, schedule
        self._store = Store(loaded.data, catalogue.branch)

    def send(self, mark: Mark) -> str:
        """To everybody who has not got it yet."""
        state = self._store.state(mark.report)
        wanted = [*self._schedule.to, *([self._folder] if self._schedule.folder else [])]
        reason = ""
        for place in (one for one in wanted if one not in mark.given):
            try:
                self._give(place, state, mark)
            except (mail.MailFailed, OSError) as error:
                reason = "no_smtp" if not self._loaded.smtp and "@" in place else str(error)[:200]
                _log.error("report %s of %s to %s: %s", slug_of(state), state.id, place, reason)
                self._record(place, state, "failed")
                continue
            mark = msgspec.structs.replace(mark, given=(*mark.given, place))
            self._marks.put(mark)
            self._record(place, state, audit.OK)
        mark = _after(mark, reason)
        self._marks.put(mark)
        return mark.state

    @property
    def _folder(self) -> str:
        return f"exports/{self._schedule.folder}"

    def _give(self, place: str, state: State, mark: Mark) -> None:
        if place == self._folder:
            self._copy(self._loaded.data / "exports" / self._schedule.folder, state)
        elif not self._loaded.smtp:
            raise mail.MailFailed("no_smtp")
        else:
            self._mail(place, state, mark)

    def _files(self, state: State) -> dict[str, tuple[str, Path]]:
        name = self._catalogue.name.in_language(state.language)
        return {
            files.name_of(name, slug_of(state), state.language, kind): (
                files.MEDIA[kind],
                self._store.file(state.id, kind),
            )
            for kind in state.formats
        }

    def _copy(self, folder: Path, state: State) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (_, path) in self._files(state).items():

            def fill(part: Path, source: Path = path) -> None:
                shutil.copyfile(source, part)

            write_whole(folder / name, fill)

    def _mail(self, to: str, state: State, mark: Mark) -> None:
        words = Words(state.language)
        facts = {
            "unit": self._catalogue.name.in_language(state.language),
            "period": words.period(state.period),
            "at": words.instant(datetime.fromisoformat(state.made_at)),
        }
        key = f"report-{state.id}-{mark.edition}-{self._schedule.to.index(to)}"
        attached = {
            name: (media, path.read_bytes()) for name, (media, path) in self._files(state).items()
        }
        subject = words.say("report.mail_subject", **facts)
        text = words.say("report.mail_text", **facts).replace("|", "\n")
        if self._catalogue.is_demo:
            text = f"{words.say('report.demo')}.\n\n{text}"
        mail.send(self._loaded, to, subject, text, f"{self._catalogue.branch}-{key}", attached)

    def _record(self, place: str, state: State, outcome: str) -> None:
        audit.note(
            self._engine,
            at=Clock().now(),
            actor="job:reports",
            action="reports.sent",
            outcome=outcome,
            branch=self._catalogue.branch,
            report=state.id,
            receiver=place,
        )


def slug_of(state: State) -> str:
    """The period in the name of a file."""
    return state.period.slug


def _after(mark: Mark, reason: str) -> Mark:
    """Sent, to be tried again, or given up."""
    if not reason:
        return msgspec.structs.replace(mark, state="sent", reason="")
    if mark.failures >= len(PAUSES_S):
        return msgspec.structs.replace(mark, state="failed", reason=reason)
    return msgspec.structs.replace(
        mark,
        state="waiting",
        reason=reason,
        again_at=Clock().now().timestamp() + PAUSES_S[mark.failures],
        failures=mark.failures + 1,
    )

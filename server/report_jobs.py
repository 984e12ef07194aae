"""Reports made by RQ, a second at a time, so that a slip never waits for one.

What is done lies on the disk: a job asks for the next one, and whoever comes after a killed worker
goes on from there. Failures are kept with their reason, for the page.
"""

import contextlib
import logging
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from redis import Redis
from rq import Queue
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import branches, database, figure_jobs, queries, settings
from server.clock import Clock
from server.domain.errors import Refused
from server.domain.ids import BranchId
from server.log_time import time_of
from server.report import files, material
from server.report_store import (
    STATE,
    State,
    Store,
    UnknownReport,
    Wanted,
    forget_parts,
    write_whole,
)
from server.settings import Settings

_log = logging.getLogger(__name__)

QUEUE: Final = "reports"
_SLICE_S: Final = 1.0
_TIMEOUT_S: Final = 120
_REMEMBERED_S: Final = 3_600
#: After so many beginnings it is told as failed.
_TRIES: Final = 3
#: A report that nothing was heard of for so long is looked for.
_SILENT: Final = timedelta(seconds=30)
#: Sealing, begin, the answers, hash; then each format.
_STEPS_BEFORE: Final = 3 + len(material.PARTS)
_ANSWERS_FROM: Final = 2
#: A running day with more people than this is told as it was found.
_LAPS: Final = 5
_MATERIAL, _LINK = "material.json", "link.json"


def ask(
    data: Path, redis: "Redis", engine: Engine, branch: BranchId, wanted: Wanted, *,
    now: datetime, by: str, key: str = "",
) -> State:  # fmt: skip
    """Have a report made; asked twice it is made once. How far it is.

    `key` is the caller's: the same one gets the same report, whatever happened in between.
    Raises RedisError, `UnknownBranch`, `IdempotencyConflict`.
    """
    store = Store(data, branch)
    report = store.id_of(wanted, _last_seq(engine, branch, wanted))
    if key:
        content = msgspec.json.encode(wanted).decode()
        report = store.answered(f"{by}|{key}", content, report)
    state = store.find(report)
    if state is None or state.state == "failed":
        state = State(
            id=report,
            kind=wanted.kind,
            start=wanted.period.start.isoformat(),
            end=wanted.period.end.isoformat(),
            language=wanted.language,
            formats=wanted.formats,
            asked_at=now.isoformat(timespec="seconds"),
            asked_by=by,
            total=_STEPS_BEFORE + len(wanted.formats),
            turn=state.turn + 1 if state else 0,
        )
        store.put(state)
    if not state.is_over:
        _queue(redis, branch, state)
    elif not all((store.folder(report) / f"report.{f.value}").is_file() for f in state.formats):
        store.put(msgspec.structs.replace(state, state="queued", done=0, turn=state.turn + 1))
        _queue(redis, branch, store.state(report))
    return store.state(report)


def _last_seq(engine: Engine, branch: BranchId, wanted: Wanted) -> int:
    with queries.reading(engine) as connection:
        return material.events_of(connection, branch, wanted.period)[1]


def job_id(branch: BranchId, state: State) -> str:
    """The one job of a report's next slice."""
    return f"report-{branch}-{state.id}-{state.turn}"


def _queue(redis: "Redis", branch: BranchId, state: State, *, is_anew: bool = False) -> None:
    """Queue the next slice, unless it waits or runs already; `is_anew`: whoever ran it is gone."""
    name = job_id(branch, state)
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    if name in queue.job_ids:
        return
    with contextlib.suppress(NoSuchJobError, InvalidJobOperation):
        job: Any = Job.fetch(name, connection=redis, serializer=JSONSerializer)
        if job.get_status() is JobStatus.STARTED and not is_anew and not _is_dead(job):
            return
        job.delete()
    queue.enqueue(
        "server.report_jobs.make",
        branch,
        state.id,
        state.turn,
        job_id=name,
        job_timeout=_TIMEOUT_S,
        result_ttl=_REMEMBERED_S,
        failure_ttl=_REMEMBERED_S,
    )


def _is_dead(job: Job) -> bool:
    started = job.started_at or job.enqueued_at or job.created_at
    return Clock().now() - started > timedelta(seconds=_TIMEOUT_S + 5)


def make(branch: str, report: str, turn: int) -> str:
    """Make a report for a second; run by a worker. Returns `done/total`, or why not."""
    loaded = settings.load()
    store = Store(loaded.data, BranchId(branch))
    state = store.find(report)
    if state is None or state.is_over or state.turn != turn:
        return "over"
    engine = database.connect(loaded.database)
    try:
        _Making(loaded, engine, store, BranchId(branch), state).go_on()
    except Exception as error:
        reason = _reason(error)
        _log.exception("report %s of %s: %s", report, branch, reason)
        store.put(msgspec.structs.replace(store.state(report), state="failed", reason=reason))
        return reason
    finally:
        engine.dispose()
    after = store.state(report)
    if not after.is_over:
        with contextlib.closing(Redis.from_url(loaded.redis_url, socket_timeout=3)) as redis:
            _queue(redis, BranchId(branch), after)
    return f"{after.done}/{after.total}"


def _reason(error: Exception) -> str:
    """A code with a sentence of its own (`report.reason_…`)."""
    if isinstance(error, OSError):
        return "disk"
    return "period" if isinstance(error, Refused) else "internal"


class _Making:
    """One report under way: each step leaves a file, and is not done again."""

    def __init__(
        self, loaded: Settings, engine: Engine, store: Store, branch: BranchId, state: State
    ) -> None:
        self._engine, self._store, self._branch, self._state = engine, store, branch, state
        self._folder = store.folder(state.id)
        self._now = time_of(loaded, engine)
        self._end = time.monotonic() + _SLICE_S

    def go_on(self) -> None:
        """Take steps until the second is over or the report is ready."""
        forget_parts(self._folder)
        steps = [
            self._seal,
            self._begin,
            *([self._answer] * len(material.PARTS)),
            self._hash,
            *([self._write] * len(self._state.formats)),
        ]
        while self._state.done < len(steps) and time.monotonic() < self._end:
            is_done = steps[self._state.done]()
            self._keep(state="working", done=self._state.done + is_done)
        is_ready = self._state.done >= len(steps)
        if is_ready:
            # The parts are no use any more; the files are.
            for name in (_MATERIAL, _LINK):
                (self._folder / name).unlink(missing_ok=True)
            self._keep(state="ready")
        else:
            self._keep(turn=self._state.turn + 1)

    def _keep(self, **changes: Any) -> None:
        self._state = msgspec.structs.replace(self._state, **changes)
        self._store.put(self._state)

    def _seal(self) -> bool:
        """Days that are over are counted once and for all: figures over years then take a moment."""
        left = self._end - time.monotonic()
        return figure_jobs.seal_days(self._engine, self._branch, self._now(), for_s=left)[1]

    def _begin(self) -> bool:
        made = material.begin(self._engine, self._branch, self._state.period, self._now())
        self._put(_MATERIAL, made)
        self._put(_LINK, material.first_link(made))
        self._keep(made_at=made.made_at)
        return True

    def _answer(self) -> bool:
        made = self._material()
        material.fill(self._engine, made, material.PARTS[self._state.done - _ANSWERS_FROM])
        self._put(_MATERIAL, made)
        return True

    def _hash(self) -> bool:
        link = msgspec.json.decode(self._read(_LINK), type=material.Link)
        is_first = link.seq < link.first
        if is_first and not material.is_of_one_moment(self._engine, self._material()):
            if self._state.laps < _LAPS:
                self._keep(done=_ANSWERS_FROM - 1, laps=self._state.laps + 1)
                return False
            _log.warning("report %s: people came while its figures were asked", self._state.id)
        if not link.is_whole:
            link = material.next_link(self._engine, self._branch, link)
            self._put(_LINK, link)
        if link.is_whole:
            made = self._material()
            made.events["sha256"] = link.sha256
            self._put(_MATERIAL, made)
        return link.is_whole

    def _write(self) -> bool:
        kind = self._state.formats[self._state.done - _STEPS_BEFORE]
        made, language = self._material(), self._state.language
        write_whole(
            self._folder / f"report.{kind.value}",
            lambda path: files.write(made, language, kind, path),
        )
        return True

    def _material(self) -> material.Material:
        return msgspec.json.decode(self._read(_MATERIAL), type=material.Material)

    def _read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def _put(self, name: str, content: msgspec.Struct) -> None:
        def fill(path: Path) -> None:
            path.write_bytes(msgspec.json.encode(content))

        write_whole(self._folder / name, fill)


def forget_cut_off(loaded: Settings) -> None:
    """To be called by a worker that begins: what looks as if it ran died with the last one.

    Raises RedisError.
    """
    with contextlib.closing(Redis.from_url(loaded.redis_url, socket_timeout=3)) as redis:
        running = StartedJobRegistry(QUEUE, connection=redis, serializer=JSONSerializer)
        for name in running.get_job_ids(cleanup=False):
            with contextlib.suppress(NoSuchJobError):
                Job.fetch(name, connection=redis, serializer=JSONSerializer).delete()


def recover(data: Path, redis: "Redis", engine: Engine, *, silent: timedelta = _SILENT) -> int:
    """Queue again the reports whose job died with a worker or with Redis; how many.

    One that was begun three times is told as failed. Raises RedisError.
    """
    again = 0
    for branch in branches.ids(engine):
        store = Store(data, branch)
        for state in store.all():
            if state.is_over or _age(store, state) < silent or not _is_lost(redis, branch, state):
                continue
            if state.tries >= _TRIES:
                store.put(msgspec.structs.replace(state, state="failed", reason="worker"))
                continue
            state = msgspec.structs.replace(state, tries=state.tries + 1)  # noqa: PLW2901
            store.put(state)
            _queue(redis, branch, state, is_anew=True)
            again += 1
    return again


def _age(store: Store, state: State) -> timedelta:
    """By the machine's clock, whatever the branch's simulated one says."""
    with contextlib.suppress(OSError, UnknownReport):
        changed = (store.folder(state.id) / STATE).stat().st_mtime
        return timedelta(seconds=Clock().now().timestamp() - changed)
    return timedelta(0)


def _is_lost(redis: "Redis", branch: BranchId, state: State) -> bool:
    name = job_id(branch, state)
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    try:
        job = Job.fetch(name, connection=redis, serializer=JSONSerializer)
        status = job.get_status()
    except (NoSuchJobError, InvalidJobOperation):
        # The second one: a worker that begins deleted it this moment.
        return True
    match status:
        case JobStatus.QUEUED:
            return name not in queue.job_ids
        case JobStatus.STARTED:
            return _is_dead(job)
        case _:
            return True

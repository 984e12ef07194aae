"""The packs of the hall's voice, made through RQ: some clips a job, so that a slip never waits long.

Each job asks for the next one, under an id that follows from voice, words and place. What is done
lies on the disk (`display/voice/build.py`); anybody may read there how far it is.
"""

import contextlib
import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from redis import Redis
from rq import Queue, get_current_job
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from display.announce import vocabulary
from display.voice import voices
from display.voice.build import Build, run
from display.voice.notices import speak
from display.voice.pack import FALLBACK, LANGUAGES
from display.voice.shelf import BUILT, Shelf
from server import branches, hall_voice
from server import settings as settings_
from server.domain import events as ev
from server.domain.ids import BranchId
from server.domain.reading import prepared
from server.settings import Settings
from server.spoken import ASIDE_FOR, notice_languages

_log = logging.getLogger(__name__)

QUEUE: Final = "voice"
_SLICE_S: Final = 0.4
_TIMEOUT_S: Final = 120
_REMEMBERED_S: Final = 3_600

#: Kept from one job to the next: a voice takes a while to start.
_open: dict[str, voices.Voice] = {}


def job_id(language: str, key: str, done: int) -> str:
    """The one job that makes the clips after `done` of them."""
    return f"voice-{language}-{key}-{done}"


def ask(settings: Settings) -> list[str]:
    """Queue what is to be made, and tell the jobs; none when every pack is as it should be.

    Raises RedisError.
    """
    asked = []
    with contextlib.closing(Redis.from_url(settings.redis_url, socket_timeout=3)) as redis:
        for language in LANGUAGES:
            build = _build_of(settings, language)
            if build.is_needed:
                asked.append(_queue(redis, language, build))
    return asked


def forget_cut_off(settings: Settings) -> None:
    """To be called by a worker that begins: jobs that look as if they ran died with the last one.

    One that another worker does run goes on: what is done lies on the disk. Raises RedisError.
    """
    with contextlib.closing(Redis.from_url(settings.redis_url, socket_timeout=3)) as redis:
        running = StartedJobRegistry(QUEUE, connection=redis, serializer=JSONSerializer)
        for name in running.get_job_ids(cleanup=False):
            with contextlib.suppress(NoSuchJobError):
                Job.fetch(name, connection=redis, serializer=JSONSerializer).delete()


def _build_of(settings: Settings, language: str) -> Build:
    root = hall_voice.root(settings)
    voice = _open.get(language) or voices.best(root, language)
    if voice.name != voices.best(root, language).name:
        voice.close()
        voice = voices.best(root, language)
    _open[language] = voice
    wanted = vocabulary(language, hall_voice.said(settings))
    return Build(Shelf(root, language), voice, wanted)


def _queue(redis: "Redis", language: str, build: Build) -> str:
    """Queue the job for the next clips, unless one of this build waits already; which one it is."""
    name = job_id(language, build.key, build.progress().done)
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    chain = name.removesuffix(name.rsplit("-", 1)[1])
    if queued := [other for other in queue.job_ids if other.startswith(chain)]:
        return queued[0]
    with contextlib.suppress(NoSuchJobError):
        job: Any = Job.fetch(name, connection=redis, serializer=JSONSerializer)
        if job.get_status() is JobStatus.STARTED:
            return name
        job.delete()
    queue.enqueue(
        "server.voice_jobs.build",
        language,
        job_id=name,
        job_timeout=_TIMEOUT_S,
        result_ttl=_REMEMBERED_S,
        failure_ttl=_REMEMBERED_S,
    )
    return name


def build(language: str) -> str:
    """Make some clips; run by a worker. Returns `done/total`, or `busy` where another one builds."""
    settings = settings_.load()
    making = _build_of(settings, language)
    was_needed = making.is_needed
    shelf = Shelf(hall_voice.root(settings), language)
    with shelf.only_one() as is_free:
        if not is_free:
            return "busy"
        progress = run(making, _SLICE_S)
    if progress.is_complete:
        if was_needed:
            _finished(shelf)
    elif job := get_current_job():
        with contextlib.closing(Redis.from_url(settings.redis_url, socket_timeout=3)) as redis:
            if _queue(redis, language, making) == job.id:
                raise RuntimeError(f"no clip was made of {language}")
    return f"{progress.done}/{progress.total}"


def ask_for_notice(settings: Settings, language: str, text: str) -> str:
    """Have a free notice spoken; walls find it in their list under the words told.

    The words are `display.announce.notice`'s. Raises RedisError.
    """
    words = prepared(text, language)
    name = f"voice-notice-{language}-{hashlib.sha256(words.encode()).hexdigest()[:16]}"
    with contextlib.closing(Redis.from_url(settings.redis_url, socket_timeout=3)) as redis:
        queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        if name not in queue.job_ids and not _is_running(redis, name):
            queue.enqueue(
                "server.voice_jobs.notice",
                language,
                words,
                job_id=name,
                job_timeout=_TIMEOUT_S,
                result_ttl=_REMEMBERED_S,
                failure_ttl=_REMEMBERED_S,
                at_front=True,
            )
    return words


def _is_running(redis: "Redis", name: str) -> bool:
    with contextlib.suppress(NoSuchJobError):
        job: Any = Job.fetch(name, connection=redis, serializer=JSONSerializer)
        return job.get_status() is JobStatus.STARTED
    return False


class NoticeCaller:
    """The relay's subscriber for spoken notices: has their clips made in time for the walls.

    Told twice of a notice, the same jobs are asked for; a clip that is there is not made again.
    """

    def __init__(self, engine: Engine, settings: Settings, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._settings = settings
        self._now = now

    def __call__(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        """Raises RedisError: the relay tries again, as long as walls would still speak."""
        for recorded in batch:
            event = recorded.event
            # What walls will not say any more, nobody needs.
            if not isinstance(event, ev.NoticePosted) or self._now() >= recorded.at + ASIDE_FOR:
                continue
            catalogue = branches.require(self._engine, branch)
            texts = {"vi": event.text_vi, "en": event.text_en}
            for language in notice_languages(event, catalogue):
                ask_for_notice(self._settings, language, texts[language])


def notice(language: str, words: str) -> str:
    """Make a free notice's clip; run by a worker. Returns the voice's name."""
    root = hall_voice.root(settings_.load())
    voice = voices.best(root, language)
    try:
        return speak(Shelf(root, language), voice, words).voice
    finally:
        voice.close()


def _finished(shelf: Shelf) -> None:
    if voice := _open.pop(shelf.language, None):
        voice.close()
    pack = shelf.pack(BUILT)
    if pack and pack.origin == FALLBACK and not shelf.pack("recorded"):
        _log.warning(
            "the hall speaks %s by %s, a stopgap: replace it, see deploy/VOICE.md",
            shelf.language,
            pack.voice,
        )

"""The hall's voice made through a real Redis and RQ: some clips a job, and never before a slip."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from display.announce import notice as announced_notice
from display.announce import vocabulary
from display.voice.build import progress_of
from display.voice.pack import judge
from display.voice.sentences import file_of, for_browser
from display.voice.shelf import BUILT, NOTICES, Shelf
from server import slips, voice_jobs
from server.domain.text import Text
from server.settings import Settings

FEW = 9


@pytest.fixture
def settings(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A server whose languages have few words, so that a build takes a second and not a minute."""
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setattr(
        "server.voice_jobs.vocabulary", lambda language, said: vocabulary(language, said)[:FEW]
    )
    monkeypatch.setattr("server.voice_jobs._SLICE_S", 0.1)
    yield Settings(data=tmp_path, redis_url=redis_url)
    for voice in voice_jobs._open.values():
        voice.close()
    voice_jobs._open.clear()


def work(settings: Settings, most: int | None = None) -> None:
    """Run waiting jobs as the worker does: slips first."""
    with Redis.from_url(settings.redis_url) as redis:
        queues = [
            Queue(name, connection=redis, serializer=JSONSerializer)
            for name in (slips.QUEUE, voice_jobs.QUEUE)
        ]
        worker = SimpleWorker(queues, connection=redis, serializer=JSONSerializer)
        worker.work(burst=True, max_jobs=most, logging_level="CRITICAL")


def waiting(settings: Settings) -> list[str]:
    with Redis.from_url(settings.redis_url) as redis:
        return Queue(voice_jobs.QUEUE, connection=redis, serializer=JSONSerializer).job_ids


def test_both_languages_are_made_and_then_nothing_is_asked(settings: Settings) -> None:
    asked = voice_jobs.ask(settings)
    assert [name.split("-")[:2] for name in asked] == [["voice", "vi"], ["voice", "en"]]
    assert voice_jobs.ask(settings) == asked == waiting(settings), "asked twice, queued once"
    work(settings)
    for language in ("vi", "en"):
        pack = Shelf(settings.data / "voice", language).pack(BUILT)
        assert pack
        assert judge(pack, vocabulary(language)[:FEW]) == []
    assert voice_jobs.ask(settings) == []
    assert not any(voice._process for voice in voice_jobs._open.values()), "no voice is left open"


def test_a_job_makes_some_clips_and_asks_for_the_next_one(settings: Settings) -> None:
    first, _ = voice_jobs.ask(settings)
    work(settings, most=1)
    seen = progress_of(Shelf(settings.data / "voice", "vi"))
    assert seen
    assert 0 < seen.done < seen.total == FEW
    key = first.rsplit("-", 2)[1]
    assert waiting(settings)[-1] == f"voice-vi-{key}-{seen.done}"
    with Redis.from_url(settings.redis_url) as redis:
        job = Job.fetch(first, connection=redis, serializer=JSONSerializer)
        assert job.return_value() == f"{seen.done}/{FEW}"


def test_a_worker_that_died_is_followed_by_one_that_goes_on(settings: Settings) -> None:
    """The job looks as if it ran for ever; a worker that begins knows better."""
    voice_jobs.ask(settings)
    work(settings, most=1)
    (stuck,) = (name for name in waiting(settings) if "-vi-" in name)
    with Redis.from_url(settings.redis_url) as redis:
        job = Job.fetch(stuck, connection=redis, serializer=JSONSerializer)
        Queue(voice_jobs.QUEUE, connection=redis, serializer=JSONSerializer).remove(job)
        job.set_status("started")
        running = StartedJobRegistry(voice_jobs.QUEUE, connection=redis, serializer=JSONSerializer)
        redis.zadd(running.key, {f"{stuck}:1": time.monotonic() + 2e9})
    assert stuck in voice_jobs.ask(settings), "told, but not queued again while it may run"
    assert stuck not in waiting(settings)
    voice_jobs.forget_cut_off(settings)
    voice_jobs.ask(settings)
    assert stuck in waiting(settings)
    work(settings)
    assert voice_jobs.ask(settings) == []


def test_another_build_is_not_disturbed(settings: Settings) -> None:
    shelf = Shelf(settings.data / "voice", "vi")
    with shelf.only_one() as is_free:
        assert is_free
        assert voice_jobs.build("vi") == "busy"
    assert shelf.pack(BUILT) is None


def test_a_free_notice_is_spoken_and_found_by_the_walls(settings: Settings) -> None:
    """Under the very word that its announcement has."""
    texts = [Text(vi=f"Quầy {n} nghỉ đến 10:30") for n in (5, 6)]
    for text in texts:
        words = voice_jobs.ask_for_notice(settings, "vi", text.vi)
        assert announced_notice(text).words_vi == [words]
    work(settings)
    shelf = Shelf(settings.data / "voice", "vi")
    told = for_browser(shelf)["words"]
    for text in texts:
        (word,) = announced_notice(text).words_vi
        file = file_of(shelf, told[word]["clip"])
        assert file
        assert soundfile.info(file).duration > 1
    pack = shelf.pack(NOTICES)
    assert pack
    assert judge(pack, ()) == []


def test_asked_in_the_midst_there_is_one_chain_of_jobs(settings: Settings) -> None:
    """A catalogue that changes while its server starts is asked for twice."""
    voice_jobs.ask(settings)
    work(settings, most=3)
    before = waiting(settings)
    voice_jobs.ask(settings)
    assert waiting(settings) == before
    assert len(before) == 2

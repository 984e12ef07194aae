"""Who asks for forecasts and how often; what a worker makes, keeps, loses and finds again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import Engine, select

from server import codec, forecast_jobs, forecast_run, logbook, outlooks, queries, tables
from server.clock import Clock
from server.database import writing
from server.domain import commands as cmd
from server.domain import estimate
from server.domain.catalogue import Service
from server.domain.ids import ServiceId
from server.domain.outlook import PERCENTS, RAW_PERCENTS
from server.domain.text import Text
from server.forecast_jobs import Asker
from server.learning import _ratios
from server.rows import ticket_of
from tests.server.foreseen import bytes_of, foreseer, served
from tests.server.office import BRANCH, NINE, A, B, Office, catalogue, installed


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """On SQLite, but for the tests that ask for both databases."""
    if "database_url" in request.fixturenames:
        return str(request.getfixturevalue("database_url"))
    return f"sqlite:///{tmp_path / 'motcua.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    with installed(url) as made:
        yield made


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url) as connection:
        yield connection


def queue_of(redis: "Redis") -> Queue:
    return Queue(forecast_jobs.QUEUE, connection=redis, serializer=JSONSerializer)


# Asking --------------------------------------------------------------------------------------
def test_much_news_asks_once_a_second_and_never_twice_at_a_time(
    engine: Engine, redis: "Redis", redis_url: str
) -> None:
    ask = Asker(engine, redis_url, lambda: NINE)
    for _ in range(50):
        ask(BRANCH, [])
    queue = queue_of(redis)
    assert queue.job_ids == [forecast_jobs.job_id(BRANCH)]
    time.sleep(1.05)
    ask.beat()
    ask(BRANCH, [])
    assert queue.job_ids == [forecast_jobs.job_id(BRANCH)]


def test_news_that_came_while_a_run_was_on_its_way_is_asked_for_again(
    engine: Engine, redis: "Redis", redis_url: str
) -> None:
    ask, queue = Asker(engine, redis_url, lambda: NINE), queue_of(redis)
    ask(BRANCH, [])
    job = Job.fetch(forecast_jobs.job_id(BRANCH), connection=redis, serializer=JSONSerializer)
    queue.empty()
    job.save()
    job.set_status(JobStatus.STARTED)
    time.sleep(1.05)
    ask(BRANCH, [])
    assert queue.job_ids == []
    job.delete()
    time.sleep(1.05)
    ask.beat()
    assert queue.job_ids == [forecast_jobs.job_id(BRANCH)]


def test_a_run_that_died_with_its_worker_is_asked_for_again(
    engine: Engine, redis: "Redis", redis_url: str
) -> None:
    ask, queue = Asker(engine, redis_url, lambda: NINE), queue_of(redis)
    ask(BRANCH, [])
    job = Job.fetch(forecast_jobs.job_id(BRANCH), connection=redis, serializer=JSONSerializer)
    queue.empty()
    job.started_at = Clock().now() - timedelta(seconds=20)
    job.save()
    job.set_status(JobStatus.STARTED)
    for _ in range(2):
        time.sleep(1.05)
        ask(BRANCH, [])
    assert queue.job_ids == [forecast_jobs.job_id(BRANCH)]


def test_a_branch_rests_after_a_dear_run_and_its_news_is_not_lost(
    engine: Engine, redis: "Redis", redis_url: str
) -> None:
    ask, queue = Asker(engine, redis_url, lambda: NINE), queue_of(redis)
    redis.set(forecast_jobs._REST + BRANCH, 1, px=1_500)
    ask(BRANCH, [])
    time.sleep(1.05)
    ask.beat()
    assert queue.job_ids == []
    time.sleep(1.05)
    ask.beat()
    assert queue.job_ids == [forecast_jobs.job_id(BRANCH)]


@pytest.mark.usefixtures("database_url")
def test_time_alone_asks_for_branches_at_work(
    engine: Engine, redis: "Redis", redis_url: str
) -> None:
    ask, queue = Asker(engine, redis_url, lambda: NINE), queue_of(redis)
    ask.beat()
    assert queue.job_ids == []
    Office(engine).open()
    with queries.reading(engine) as connection:
        assert queries.branches_at_work(connection) == [BRANCH]
    Asker(engine, redis_url, lambda: NINE).beat()
    assert queue.job_ids == [forecast_jobs.job_id(BRANCH)]


def test_while_redis_is_away_nothing_breaks_and_nothing_waits(engine: Engine) -> None:
    ask = Asker(engine, "redis://127.0.0.1:1", lambda: NINE)
    began = time.monotonic()
    for _ in range(200):
        ask(BRANCH, [])
    ask.beat()
    assert time.monotonic() - began < 3


# A worker ------------------------------------------------------------------------------------
@pytest.fixture
def worker(
    url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    told = {"DATABASE_URL": url, "REDIS_URL": redis_url, "MOTCUA_DATA": str(tmp_path)}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    # The log tells the time, as to every worker of a simulated office.
    monkeypatch.setenv("MOTCUA_CLOCK", "manual")
    forecast_jobs._parts.cache_clear()
    yield
    forecast_jobs._parts()[0]._engine.dispose()
    forecast_jobs._parts.cache_clear()


def work(redis: "Redis") -> None:
    """Do everything that waits, as a worker does it."""
    SimpleWorker([queue_of(redis)], connection=redis, serializer=JSONSerializer).work(
        burst=True, logging_level="ERROR"
    )


@pytest.mark.usefixtures("database_url", "worker")
def test_a_worker_makes_what_was_asked_and_an_issue_says_it(
    engine: Engine, redis: "Redis", redis_url: str
) -> None:
    office = served(engine)
    known = outlooks.Outlooks(redis_url)
    office.dispatcher._foresight = known.newest
    Asker(engine, redis_url, lambda: NINE)(BRANCH, [])
    work(redis)
    found = outlooks.published(redis, BRANCH)
    assert found is not None
    with queries.reading(engine) as connection:
        assert found.seq == queries.last_seq(connection, BRANCH)
    assert len(found.waiting) == 3
    assert found.people[(A, None)] + found.people[(B, None)] == 3
    known.hear(outlooks.pack(found, Clock().now()))
    issued = office.issue(A)
    event = office.events()[-1].event
    quote = getattr(event, "quote", None)
    assert quote is not None
    assert quote.model == found.model
    assert len(quote.levels_s) == len(PERCENTS)
    assert len(quote.raw_s) == len(RAW_PERCENTS)
    assert quote.fallback_s is not None
    # While few calls are known the widest range is told.
    assert found.is_initial
    assert (quote.low_s, quote.high_s) == (quote.levels_s[0], quote.levels_s[-1])
    _is_kept(engine, issued["id"], quote)


def _is_kept(engine: Engine, ticket: str, quote: Any) -> None:
    """The ticket's row says what was told, before and after the rows are built from the log."""
    t = tables.tickets
    for _ in range(2):
        with engine.connect() as connection:
            row = connection.execute(select(t).where(t.c.id == ticket)).mappings().one()
        kept = ticket_of(row)
        assert (kept.low_s, kept.high_s, kept.model) == (quote.low_s, quote.high_s, quote.model)
        assert (kept.levels, kept.fallback_s) == (quote.levels_s, quote.fallback_s)
        assert codec.from_json(row["levels"]) == list(quote.levels_s)
        assert logbook.verify(engine, BRANCH) == []
        logbook.rebuild(engine, BRANCH)


@pytest.mark.usefixtures("worker")
def test_two_workers_do_not_run_the_same_branch(engine: Engine, redis: "Redis") -> None:
    served(engine)
    redis.set(forecast_jobs._LOCK + BRANCH, "another", px=5_000)
    assert forecast_jobs.foresee(BRANCH) == "busy"
    assert redis.get(forecast_jobs._LOCK + BRANCH) == b"another"
    redis.delete(forecast_jobs._LOCK + BRANCH)
    assert forecast_jobs.foresee(BRANCH) == "done"
    assert redis.get(forecast_jobs._LOCK + BRANCH) is None
    rest_ms = redis.pttl(forecast_jobs._REST + BRANCH)
    assert isinstance(rest_ms, int)
    assert 0 < rest_ms <= 6_000


@pytest.mark.usefixtures("worker")
def test_a_long_log_is_read_in_slices_by_one_chain_of_jobs(
    engine: Engine, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast_run, "_SLICE_S", -1.0)
    monkeypatch.setattr(forecast_run, "_BATCH", 5)
    served(engine)
    assert forecast_jobs.foresee(BRANCH) == "learning"
    assert forecast_jobs.foresee(BRANCH) == "learning"
    assert len(queue_of(redis).job_ids) == 1
    monkeypatch.setattr(forecast_run, "_SLICE_S", 0.5)
    work(redis)
    assert outlooks.published(redis, BRANCH) is not None
    assert queue_of(redis).job_ids == []


# What a run begins with ----------------------------------------------------------------------
def test_the_same_log_gives_the_same_bytes(engine: Engine) -> None:
    now = served(engine).now
    assert bytes_of(foreseer(engine, now).outlook()) == bytes_of(foreseer(engine, now).outlook())


@pytest.mark.usefixtures("database_url")
def test_what_was_learned_is_kept_and_read_back(engine: Engine) -> None:
    office = served(engine)
    first = foreseer(engine, office.now)
    first.outlook()
    first.save()
    (kept,) = _states(engine)
    second = foreseer(engine, office.now)
    assert second._seq == kept["seq"] == first._seq
    told = second.outlook()
    assert bytes_of(told) == bytes_of(foreseer(engine, office.now).outlook())
    office.now += timedelta(minutes=2)
    office.issue(A)
    # What people were told stands by the forecast before: both have the same one.
    anew = foreseer(engine, office.now).outlook(lambda: told)
    assert bytes_of(second.outlook()) == bytes_of(anew)


@pytest.mark.parametrize(
    "spoilt", [{"state": b"\x00\x01"}, {"model": "learner.0"}, {"seq": 10_000}, {"seq": 2}]
)
def test_what_cannot_be_read_back_is_learned_anew(engine: Engine, spoilt: dict[str, Any]) -> None:
    office = served(engine)
    first = foreseer(engine, office.now)
    wanted = bytes_of(first.outlook())
    first.save()
    with writing(engine) as connection:
        connection.execute(tables.forecast_states.update().values(**spoilt))
    again = foreseer(engine, office.now)
    assert again._seq == 0
    assert bytes_of(again.outlook()) == wanted
    again.save()
    (kept,) = _states(engine)
    assert kept["seq"] == again._seq


def _states(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(tables.forecast_states)).mappings())


def test_only_the_last_sixty_working_days_are_read(engine: Engine) -> None:
    office = served(engine)
    far = len(office.events())
    office.now += timedelta(days=100)
    office.issue(A)
    assert foreseer(engine, office.now)._seq >= far


# Bad days ------------------------------------------------------------------------------------
def test_a_clock_that_runs_backwards_promises_nothing_absurd(engine: Engine) -> None:
    office = served(engine)
    found = foreseer(engine, office.now - timedelta(hours=3)).outlook()
    assert found is not None
    assert found.at == office.now
    jumped = foreseer(engine, office.now + timedelta(hours=2)).outlook()
    assert jumped is not None
    for outlook in (found, jumped):
        for one in (*outlook.newcomers.values(), *outlook.waiting.values()):
            assert all(s is None or 0 <= s < 24 * 3600 for s in one.levels_s)


def test_everybody_absent_is_said_as_no_minutes(engine: Engine) -> None:
    """Nobody opened a counter: the run is made, and the ladder says no minutes."""
    office = Office(engine)
    for _ in range(5):
        office.issue(A)
    run = foreseer(engine, office.now).outlook()
    assert run is not None
    office.dispatcher._foresight = lambda *_: run
    office.issue(A)
    assert getattr(office.events()[-1].event, "quote", "?") is None


def test_counters_that_were_never_closed_are_no_trouble_the_next_day(engine: Engine) -> None:
    office = served(engine)
    long_lived = foreseer(engine, office.now)
    long_lived._now = lambda: office.now
    assert long_lived.outlook() is not None
    office.now += timedelta(days=1)
    office.issue(A)
    found = long_lived.outlook()
    assert found is not None
    assert found.at == office.now
    # Whether anybody sits there is not known: nobody is promised anything.
    assert {one.at(50) for one in found.waiting.values()} == {None}
    ended = [t for t in long_lived._board.state.tickets.values() if t.ended_at]
    assert ended == []
    office.do(cmd.RecordNoShow, counter="thu-1")
    office.do(cmd.CallNext, counter="thu-1")
    found = long_lived.outlook()
    assert found is not None
    assert None not in {one.at(50) for one in found.waiting.values()}


def test_a_service_that_was_never_seen_is_foretold_by_its_configured_minutes(
    url: str,
) -> None:
    base = catalogue()
    rare = Service(
        id=ServiceId("rare"), queue=A, name=Text(vi="Hiếm"), hint=Text(vi=""), mean_minutes=30
    )
    configured = replace(base, services=(*base.services, rare))
    with installed(url, configured) as engine:
        office = Office(engine)
        office.open()
        for _ in range(3):
            office.issue(A, service="rare")
        found = foreseer(engine, office.now).outlook()
    assert found is not None
    assert found.newcomers[(A, None)].at(50) is not None


@pytest.mark.usefixtures("database_url")
def test_the_fallback_learns_from_its_own_errors_alone(engine: Engine) -> None:
    """Another model's forecasts, right to the second, must not make its ranges narrow."""
    office = served(engine, people=2)
    with queries.reading(engine) as connection:
        one = connection.execute(select(tables.tickets)).mappings().first()
    assert one is not None
    assert one["model"] == estimate.MODEL
    with writing(engine) as connection:
        connection.execute(tables.tickets.update().values(model="mc.1", fallback_s=None))
    with queries.reading(engine) as connection:
        assert _ratios(connection, BRANCH) == ({}, 0)
    with writing(engine) as connection:
        connection.execute(tables.tickets.update().values(fallback_s=60))
    with queries.reading(engine) as connection:
        assert _ratios(connection, BRANCH)[1] == 2
    assert office.now > NINE


def test_the_web_process_loads_no_numpy() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, server.app, server.run; print('numpy' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"

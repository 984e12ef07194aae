"""The first number of the day has minutes: a run before the doors open, and none that is not needed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import branches, forecast_jobs, outlooks
from server.domain import commands as cmd
from server.domain.catalogue import Catalogue, Hours, Window
from server.domain.events import Quote
from server.forecast_jobs import Asker
from server.forecast_openings import Openings
from tests.server.office import BRANCH, NINE, A, Office, catalogue, installed

#: Hà Nội: doors at half past seven, counters from eight, a break from half past eleven.
MORNING = Window(opens=time(8), closes=time(11, 30), doors=time(7, 30), last_ticket=time(11, 15))
AFTERNOON = Window(opens=time(13, 30), closes=time(17), doors=time(13), last_ticket=time(16, 30))


def configured() -> Catalogue:
    """Open on weekdays."""
    usual = (MORNING, AFTERNOON)
    return replace(catalogue(), hours=Hours(weekly=(usual,) * 5 + ((), ())))


def at(hour: int, minute: float = 0, day: int = 25) -> datetime:
    """Of November 2026 in Hà Nội; the 25th is a Wednesday."""
    midnight = datetime(2026, 11, day, tzinfo=NINE.tzinfo) - timedelta(hours=7)
    return midnight + timedelta(hours=hour, minutes=minute)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url, configured()) as made:
        yield made


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url) as connection:
        yield connection


class Morning:
    """An office with its relay's asker, its worker and what its web process knows."""

    def __init__(self, engine: Engine, redis: "Redis", redis_url: str) -> None:
        self.office = Office(engine)
        self.queue = Queue(forecast_jobs.QUEUE, connection=redis, serializer=JSONSerializer)
        self.known = outlooks.Outlooks(redis_url)
        self.office.dispatcher._foresight = self.known.newest
        self.asker = Asker(engine, redis_url, lambda: self.office.now)
        self.redis = redis

    def look(self, now: datetime) -> int:
        """What a beat at `now` asks for is made. Returns how many runs that were."""
        self.office.now = now
        self.asker._next_look = 0.0
        self.asker._asked_at.clear()
        self.redis.delete(forecast_jobs._REST + BRANCH)
        self.asker.beat()
        asked = len(self.queue.job_ids)
        SimpleWorker([self.queue], connection=self.redis, serializer=JSONSerializer).work(
            burst=True, logging_level="ERROR"
        )
        if isinstance(found := self.redis.get(outlooks.key_of(BRANCH)), bytes):
            self.known.hear(found)
        return asked

    def first(self, now: datetime) -> Quote | None:
        """What somebody is told who takes a number at `now`."""
        self.office.now = now
        self.office.issue(A)
        quote: Quote | None = getattr(self.office.events()[-1].event, "quote", None)
        return quote


@pytest.fixture
def morning(
    engine: Engine,
    redis: "Redis",
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Morning]:
    told = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "MOTCUA_DATA": str(tmp_path)}
    for name, value in (told | {"MOTCUA_CLOCK": "manual"}).items():
        monkeypatch.setenv(name, value)
    forecast_jobs._parts.cache_clear()
    yield Morning(engine, redis, redis_url)
    if forecast_jobs._parts.cache_info().currsize:
        forecast_jobs._parts()[0]._engine.dispose()
    forecast_jobs._parts.cache_clear()


def test_the_first_number_of_the_day_has_a_range_from_the_opening_on(morning: Morning) -> None:
    assert [morning.look(at(hour, day=24)) for hour in (19, 22)] == [0, 0], "none at night"
    assert [morning.look(at(*when)) for when in ((3,), (7,))] == [0, 0]
    assert morning.look(at(7, 28)) == 1
    # It is right until the opening: one is enough.
    assert [morning.look(at(7, minute)) for minute in (29, 30, 40, 50)] == [0] * 4
    quote = morning.first(at(7, 55))
    assert quote is not None
    assert quote.model.startswith("mc.")
    assert quote.low_s >= 5 * 60, "not before it opens"
    assert quote.low_s <= quote.expected_s <= quote.high_s


def test_it_is_no_longer_good_once_it_should_have_opened(morning: Morning) -> None:
    morning.look(at(7, 28))
    known = morning.known.newest
    assert known(BRANCH, 0, at(7, 59.9)) is not None
    assert known(BRANCH, 0, at(8)) is None
    # A day off: nobody is asked for, and what was made for Wednesday says nothing.
    assert morning.look(at(7, 29, day=28)) == 0
    assert known(BRANCH, 0, at(7, 29, day=28)) is None


def test_a_lost_run_is_asked_for_again_before_it_opens(morning: Morning) -> None:
    morning.look(at(7, 28))
    morning.redis.delete(outlooks.key_of(BRANCH))
    assert morning.look(at(7, 28.5)) == 0
    assert morning.look(at(7, 31)) == 1


def test_a_break_without_anybody_ends_like_the_night(morning: Morning) -> None:
    morning.office.now = at(8, 1)
    counter = morning.office.open()
    morning.office.now = at(11, 30)
    morning.office.do(cmd.CloseCounter, counter=counter)
    morning.look(at(12, 58))
    quote = morning.first(at(13, 5))
    assert quote is not None
    assert quote.low_s >= 25 * 60


def test_an_office_with_people_ages_as_ever(morning: Morning) -> None:
    morning.look(at(7, 28))
    morning.office.now = at(7, 50)
    morning.office.open()
    morning.office.issue(A)
    morning.look(at(7, 50))
    found = outlooks.published(morning.redis, BRANCH)
    assert found is not None
    assert found.good_until is None
    outlooks.publish(morning.redis, found)
    ttl = morning.redis.ttl(outlooks.key_of(BRANCH))
    assert isinstance(ttl, int)
    assert ttl <= 120


def test_hours_that_change_are_read_again(engine: Engine) -> None:
    clock = [at(9)]
    openings = Openings(engine, lambda: clock[0])
    assert openings.due() == []
    early = replace(MORNING, opens=time(9, 30), doors=time(9, 5))
    changed = replace(configured(), hours=Hours(weekly=((early,),) * 7))
    branches.apply(engine, changed, now=at(9), actor="test")
    assert openings.due() == [BRANCH]
    clock[0] = at(9, 31)
    assert openings.due() == []

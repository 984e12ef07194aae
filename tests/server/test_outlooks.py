"""A forecast between processes: whole, fresh or not said at all, and there again after Redis."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from server import outlooks, redis_server
from server.clock import Clock
from server.domain.ids import BranchId, TicketId
from server.domain.outlook import PERCENTS, RAW_PERCENTS, Foretold, Outlook, Told
from server.outlooks import Outlooks
from tests.processes import wait_until
from tests.server.office import BRANCH, NINE, A, B

ONE = Foretold(
    levels_s=(*range(len(PERCENTS) - 1), None),
    raw_s=tuple(range(len(RAW_PERCENTS))),
    before_break=0.25,
    ahead=3,
)


def made(seq: int = 9, branch: BranchId = BRANCH) -> Outlook:
    """One in which every field says something."""
    return Outlook(
        branch=branch,
        seq=seq,
        at=NINE,
        model="mc.1",
        is_initial=True,
        newcomers={(A, None): ONE, (B, "CT"): ONE},
        waiting={TicketId("t1"): ONE},
        told={TicketId("t1"): Told(at=NINE, low_s=1, high_s=2, before_break=0.5, reason="slow")},
        step_s={A: 61.5},
        breaches={A: (0.5, TicketId("t1"))},
        people={(A, None): 4, (B, "CT"): 1},
    )


def heard(*some: Outlook) -> Outlooks:
    known = Outlooks("")
    for one in some:
        known.hear(outlooks.pack(one, Clock().now()))
    return known


def test_nothing_is_lost_on_the_way() -> None:
    whole = dataclasses.replace(made(), good_until=NINE + timedelta(hours=1))
    for field in dataclasses.fields(Outlook):
        assert getattr(whole, field.name), f"{field.name} says nothing here, so nothing is tried"
    assert outlooks.unpack(outlooks.pack(whole, NINE)) == (whole, NINE)


def test_it_is_said_while_it_is_fresh() -> None:
    known = heard(made())
    assert known.newest(BRANCH, 9, NINE) == made()
    assert known.newest(BRANCH, 9, NINE + timedelta(seconds=59)) is not None
    assert known.newest(BranchId("elsewhere"), 9, NINE) is None
    # The branch's clock went on, or fell back behind the run.
    assert known.newest(BRANCH, 9, NINE + timedelta(seconds=61)) is None
    assert known.newest(BRANCH, 9, NINE - timedelta(seconds=6)) is None


def test_that_of_a_closed_and_empty_office_is_fresh_until_it_opens() -> None:
    known = heard(dataclasses.replace(made(), good_until=NINE + timedelta(hours=1)))
    assert known.newest(BRANCH, 9, NINE + timedelta(minutes=59)) is not None
    assert known.newest(BRANCH, 9, NINE + timedelta(hours=1)) is None
    known._heard_at = time.monotonic() - 11
    assert known.newest(BRANCH, 9, NINE) is None, "nobody would notice what changes"


def test_one_that_was_made_long_ago_is_not_fresh_whenever_it_is_heard() -> None:
    known = Outlooks("")
    known.hear(outlooks.pack(made(), Clock().now() - timedelta(seconds=61)))
    assert known.newest(BRANCH, 9, NINE) is None
    assert known.age_s(BRANCH) == pytest.approx(61, abs=2)


def test_it_is_late_when_an_event_went_unforeseen_for_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outlooks, "LATE_S", 0.3)
    known = heard(made(seq=9))
    assert known.newest(BRANCH, 10, NINE) is not None
    time.sleep(0.2)
    known.hear(outlooks.pack(made(seq=10), Clock().now()))
    assert known.newest(BRANCH, 11, NINE) is not None
    time.sleep(0.2)
    # The event at 11 is not yet 0.3 s old, and the worker was heard meanwhile.
    known.hear(b"alive")
    assert known.newest(BRANCH, 12, NINE) is not None
    time.sleep(0.2)
    known.hear(b"alive")
    assert known.newest(BRANCH, 12, NINE) is None
    known.hear(outlooks.pack(made(seq=12), Clock().now()))
    assert known.newest(BRANCH, 12, NINE) is not None


def test_when_no_worker_lives_nothing_is_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlooks, "LATE_S", 0.2)
    known = heard(made())
    time.sleep(0.3)
    assert not known.is_alive
    assert known.newest(BRANCH, 9, NINE) is None
    known.hear(b"alive")
    assert known.newest(BRANCH, 9, NINE) is not None


def test_what_cannot_be_read_and_what_is_older_changes_nothing() -> None:
    known = heard(made(seq=9), made(seq=8))
    known.hear(b"\x00 not ours")
    kept = known.newest(BRANCH, 9, NINE)
    assert kept is not None
    assert kept.seq == 9


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[redis_server.RedisServer]:
    server = redis_server.start(tmp_path)
    yield server
    server.stop()


def test_it_is_read_again_when_redis_was_away(own_redis: redis_server.RedisServer) -> None:
    with Redis.from_url(own_redis.url) as redis:
        outlooks.publish(redis, made(seq=3))
        assert outlooks.published(redis, BRANCH) == made(seq=3)
    known = Outlooks(own_redis.url)
    threading.Thread(target=known.run, daemon=True).start()
    # From the key: it was published before anybody listened.
    wait_until(lambda: known.age_s(BRANCH) is not None)
    own_redis.stop()
    own_redis.launch()
    with Redis.from_url(own_redis.url) as redis:
        outlooks.publish(redis, made(seq=4))

        def is_back() -> bool:
            outlooks.say_alive(redis)
            kept = known.newest(BRANCH, 4, NINE)
            return kept is not None and kept.seq == 4

        wait_until(is_back)

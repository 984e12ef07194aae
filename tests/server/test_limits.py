"""How often somebody may try: counted together in Redis, and alone while Redis is away."""

import pytest

from server import limits
from server.access import Role
from server.limits import Limit, Limits
from server.problems import WireError

THREE = Limit("three", 3, 60, "for these tests")


def test_processes_count_together(redis_url: str) -> None:
    one, two = Limits(redis_url), Limits(redis_url)
    assert [one.take(THREE, "a"), two.take(THREE, "a"), one.take(THREE, "a")] == [True] * 3
    assert two.is_spent(THREE, "a")
    assert not two.take(THREE, "a")
    assert two.take(THREE, "b"), "everybody has a count of their own"
    one.forget(THREE, "a")
    assert two.take(THREE, "a")


def test_who_is_held_back_is_told_for_how_long(redis_url: str) -> None:
    counting = Limits(redis_url)
    for _ in range(3):
        counting.require(THREE, "c")
    with pytest.raises(WireError) as refused:
        counting.require(THREE, "c")
    assert (refused.value.code, refused.value.status) == ("rate_limited", 429)
    assert 0 < refused.value.facts["retry_after_s"] <= 60


def test_without_redis_each_process_counts_for_itself() -> None:
    """Rule: that nobody can count is no reason to refuse, and none to let everybody in."""
    away = Limits("redis://127.0.0.1:1/0")
    assert [away.take(THREE, "d") for _ in range(4)] == [True, True, True, False]
    assert away.is_spent(THREE, "d")
    away.forget(THREE, "d")
    assert away.take(THREE, "d")


def test_every_limit_says_why() -> None:
    names = [limit.name for limit in limits.LIMITS]
    assert len(names) == len(set(names))
    assert all(limit.why and limit.most > 0 and limit.within_s > 0 for limit in limits.LIMITS)
    assert limits.rest_limit(Role.INTEGRATION).most > limits.rest_limit(Role.KIOSK).most

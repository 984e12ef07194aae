"""What a relay elsewhere knows of who listens."""

import pytest
import redis

from server import listeners
from server.listeners import Announcer, Heard


def test_a_room_is_heard_from_the_first_who_joins_until_it_is_forgotten(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "_READ_EVERY_S", 0.0)
    heard = Heard(redis_url)
    assert not heard("long-bien", "/manager")
    Announcer(redis_url, {}).joined("/manager", "long-bien")
    assert heard("long-bien", "/manager")
    assert not heard("long-bien", "/counter")
    assert not heard("khac", "/manager")
    with redis.Redis.from_url(redis_url) as connection:
        (key,) = connection.keys("motcua:heard:*")
        assert 0 < connection.ttl(key) <= 30, "a process that died is forgotten"
        connection.delete(key)
    assert not heard("long-bien", "/manager")


def test_what_still_holds_is_renewed(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms of single connections are nobody's business."""
    rooms = {
        "/display": {None: {"sid-1": "a"}, "sid-1": {"sid-1": "a"}, "long-bien": {"sid-1": "a"}}
    }
    monkeypatch.setattr(listeners.time, "sleep", _twice())
    with pytest.raises(StopIteration):
        Announcer(redis_url, rooms).run()
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.keys("motcua:heard:*") == [b"motcua:heard:/display long-bien"]


def _twice():  # type: ignore[no-untyped-def]
    turns = iter([None])
    return lambda _s: next(turns)


def test_without_redis_every_room_may_have_somebody() -> None:
    assert Heard("redis://127.0.0.1:1/0")("long-bien", "/manager")
    Announcer("redis://127.0.0.1:1/0", {}).joined("/manager", "long-bien")

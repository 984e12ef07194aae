"""Who listens where, told to a relay in another process: it computes nothing for an empty room.

Each web process keeps a key in Redis for every room of its own that somebody is in; a key lives for
half a minute unless it is renewed, so that a process that dies is soon forgotten.
"""

import logging
import time
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

_log = logging.getLogger(__name__)

_PREFIX = "motcua:heard:"
_KEPT_S = 30
_RENEWED_EVERY_S = 10.0
_READ_EVERY_S = 1.0


def _key(namespace: str, room: str) -> str:
    return f"{_PREFIX}{namespace} {room}"


class Announcer:
    """The side of a web process. `rooms` is its Socket.IO manager's: namespace -> room -> who."""

    def __init__(self, redis_url: str, rooms: dict[str, dict[str | None, Any]]) -> None:
        self._redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
        self._rooms = rooms

    def joined(self, namespace: str, room: str) -> None:
        """Somebody came in."""
        self._tell([(namespace, room)])

    def run(self) -> None:
        """Renew what still holds, for ever."""
        while True:
            time.sleep(_RENEWED_EVERY_S)
            self._tell(
                [
                    (namespace, room)
                    for namespace, rooms in list(self._rooms.items())
                    for room in list(rooms)
                    # A connection is in a room of its own, and in the one called None.
                    if room is not None and room not in rooms.get(None, ())
                ]
            )

    def _tell(self, rooms: list[tuple[str, str]]) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for namespace, room in rooms:
                    pipeline.set(_key(namespace, room), 1, ex=_KEPT_S)
                pipeline.execute()
        except RedisError:
            _log.warning("Redis is away: the relay may take a room for empty")


class Heard:
    """The side of the relay: whether anybody is in a room, at most a second ago."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
        self._keys: set[str] | None = None
        self._read_at = 0.0

    def __call__(self, room: str, namespace: str) -> bool:
        """True also when Redis cannot say."""
        if self._keys is None or time.monotonic() - self._read_at > _READ_EVERY_S:
            self._keys = self._read()
            self._read_at = time.monotonic()
        return self._keys is None or _key(namespace, room) in self._keys

    def _read(self) -> set[str] | None:
        try:
            return {key.decode() for key in self._redis.scan_iter(f"{_PREFIX}*", count=1_000)}
        except RedisError:
            return None

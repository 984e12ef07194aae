"""When each device was last heard from, and how it is: in Redis, where it may be lost.

Never in the database: thousands of offices say every half minute that all is well. While Redis is
away nobody knows, and nothing else is the worse for it. Times are the machine's.
"""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from server.domain.ids import BranchId

_log = logging.getLogger(__name__)

_PREFIX: Final = "motcua:contacts:"
#: A device that is off over the new-year holidays is still known to have been here.
_KEPT_S: Final = 30 * 24 * 3600
_ANSWERS_WITHIN_S: Final = 1.0
_LEFT_ALONE_S: Final = 5.0


class Contacts:
    """One entry for each device (and for a kiosk's agent): what it last said."""

    def __init__(self, redis_url: str) -> None:
        self._redis = (
            Redis.from_url(
                redis_url,
                socket_timeout=_ANSWERS_WITHIN_S,
                socket_connect_timeout=_ANSWERS_WITHIN_S,
                retry=Retry(NoBackoff(), 0),
            )
            if redis_url
            else None
        )
        self._away_until = 0.0

    def heard(self, branch: BranchId, device: str, entry: Mapping[str, Any]) -> None:
        """A device said this. `link` in it is the connection by which it did."""
        if (redis := self._reached()) is None:
            return
        key = _PREFIX + branch
        try:
            with redis.pipeline(transaction=False) as pipeline:
                pipeline.hset(key, device, json.dumps(entry))
                pipeline.expire(key, _KEPT_S)
                pipeline.execute()
        except RedisError as error:
            self._lost(error)

    def left(self, branch: BranchId, device: str, link: str, at: str) -> None:
        """A connection ended. It was the device's last one unless it has come back by another."""
        if (redis := self._reached()) is None:
            return
        try:
            found = redis.hget(_PREFIX + branch, device)
            entry = json.loads(found) if isinstance(found, (bytes, str)) else {}
            if entry.get("link") == link:
                redis.hset(_PREFIX + branch, device, json.dumps({**entry, "left_at": at}))
        except RedisError as error:
            self._lost(error)

    def of_branch(self, branch: BranchId) -> dict[str, dict[str, Any]] | None:
        """What the branch's devices last said, by device; None while Redis is away."""
        if (redis := self._reached()) is None:
            return None
        try:
            found: Any = redis.hgetall(_PREFIX + branch)
        except RedisError as error:
            self._lost(error)
            return None
        return {device.decode(): json.loads(entry) for device, entry in found.items()}

    def _reached(self) -> "Redis | None":
        return None if time.monotonic() < self._away_until else self._redis

    def _lost(self, error: RedisError) -> None:
        self._away_until = time.monotonic() + _LEFT_ALONE_S
        _log.warning("Redis is away: nobody knows which devices are here (%s)", error)

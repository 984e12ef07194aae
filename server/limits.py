"""How often somebody may do something: one table, counted in Redis for all web processes together.

While Redis is away each process counts for itself: that nobody can count is no reason to refuse.
"""

import logging
import math
import time
from dataclasses import dataclass, field
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import (
    MovingWindowRateLimiter,
    RateLimiter,
    SlidingWindowCounterRateLimiter,
)
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from server.access import Role
from server.clock import Clock
from server.problems import WireError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times within `within_s` seconds for each key, and why so often."""

    name: str
    most: int
    within_s: int
    why: str
    item: RateLimitItemPerSecond = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        item = RateLimitItemPerSecond(self.most, self.within_s, namespace=self.name)
        object.__setattr__(self, "item", item)


SIGN_IN: Final = Limit(
    "sign_in", 10, 300,
    "By address, forgotten by a sign-in that succeeds: whoever mistypes needs three. Each account"
    " has a lock of its own beside it.",
)  # fmt: skip
PROVIDER: Final = Limit(
    "provider", 30, 300, "By address: returns from the OpenID provider, each of which asks it."
)
ISSUE: Final = Limit(
    "issue", 60, 60,
    "By kiosk: a person takes five seconds for a number, a kiosk in the rush gives twelve a minute."
    " At sixty a stolen token needs a quarter of an hour to use up a series, in which staff see it.",
)  # fmt: skip
RATING: Final = Limit(
    "rating", 20, 60, "By rating pad, or by ticket: one visit is rated once, and tried a few times."
)
FOLLOWING: Final = Limit(
    "following", 20, 60, "By ticket: giving up or yielding a place from the phone."
)
LOOK_UP: Final = Limit("look_up", 12, 60, "By kiosk: a dozen looks a minute is a busy one.")
UNKNOWN_DOSSIER: Final = Limit(
    "unknown_dossier", 40, 3600, "By kiosk: forty unknown codes an hour is somebody guessing."
)
SPEECH: Final = Limit(
    "speech", 240, 60, "By kiosk: a whole screen read aloud is a dozen sentences."
)
REST: Final = Limit(
    "rest", 1_200, 60,
    "By token of a device or a user: twenty a second, many times what a screen or a person asks.",
)  # fmt: skip
REST_INTEGRATION: Final = Limit(
    "rest_integration", 120_000, 60,
    "By token of another system: two thousand a second is more than a process answers; it stops"
    " one that has run away, and nothing else.",
)  # fmt: skip
PAIRING: Final = Limit(
    "pairing", 60, 600,
    "By address: a device asks for a code every ten minutes, and an office behind one address may set"
    " up twenty at once.",
)  # fmt: skip
PAIRING_POLL: Final = Limit(
    "pairing_poll", 90, 60, "By pairing: the device looks every two seconds."
)
PAIRING_CODE: Final = Limit(
    "pairing_code", 15, 600,
    "By user: wrong codes typed in. Of a million a few are in use; whoever guesses needs years.",
)  # fmt: skip

PUBLIC: Final = Limit(
    "public", 1_200, 60,
    "By address: a page asks four times a minute, and a mobile network may put hundreds behind one"
    " address. An answer costs no query.",
)  # fmt: skip
OPEN_DATA: Final = Limit(
    "open_data", 30, 60, "By address: a year is one file; each is read from the database."
)

RECORDED_REFUSALS: Final = Limit(
    "recorded_refusals", 60, 3600,
    "By actor: refusals put on record. Whoever goes on is refused all the same, and does not fill"
    " the disk.",
)  # fmt: skip

#: Every limit there is.
LIMITS: Final = (
    PAIRING, PAIRING_POLL, PAIRING_CODE, SIGN_IN, PROVIDER, ISSUE, RATING, FOLLOWING, LOOK_UP, UNKNOWN_DOSSIER, SPEECH, REST,
    REST_INTEGRATION, PUBLIC, OPEN_DATA, RECORDED_REFUSALS,
)  # fmt: skip

#: Up to here each try is remembered by its instant; beyond, two counters weighed by time do.
_REMEMBERED: Final = 1_000
#: Redis answers within a millisecond, or is away; then it is left alone for so long.
_ANSWERS_WITHIN_S: Final = 0.25
_LEFT_ALONE_S: Final = 5.0


class _Counts:
    """One place to count in."""

    def __init__(self, storage: Storage) -> None:
        self._exact = MovingWindowRateLimiter(storage)
        self._weighed = SlidingWindowCounterRateLimiter(storage)

    def by(self, limit: Limit) -> RateLimiter:
        return self._exact if limit.most <= _REMEMBERED else self._weighed


class Limits:
    """Counts the tries of this process's callers; without a Redis address in its own memory."""

    def __init__(self, redis_url: str = "") -> None:
        self._own = _Counts(MemoryStorage())
        self._shared = _Counts(_redis(redis_url)) if redis_url else None
        self._away_until = 0.0

    def take(self, limit: Limit, key: str) -> bool:
        """Count a try; False when it is one too many, which is not counted."""
        if (shared := self._reached()) is not None:
            try:
                return shared.by(limit).hit(limit.item, key)
            except RedisError as error:
                self._lost(error)
        return self._own.by(limit).hit(limit.item, key)

    def require(self, limit: Limit, key: str) -> None:
        """Count a try. Raises `WireError` `rate_limited` with the seconds to wait."""
        if not self.take(limit, key):
            raise WireError("rate_limited", 429, retry_after_s=self.wait_s(limit, key))

    def is_spent(self, limit: Limit, key: str) -> bool:
        """Whether another try would be one too many; counts nothing."""
        if (shared := self._reached()) is not None:
            try:
                return not shared.by(limit).test(limit.item, key)
            except RedisError as error:
                self._lost(error)
        return not self._own.by(limit).test(limit.item, key)

    def wait_s(self, limit: Limit, key: str) -> int:
        """Seconds until the next try of a spent key may succeed, at least one."""
        counts = self._own
        if (shared := self._reached()) is not None:
            counts = shared
        try:
            until = counts.by(limit).get_window_stats(limit.item, key).reset_time
        except RedisError as error:
            self._lost(error)
            return limit.within_s
        # The library counts by the machine's clock, whatever the office's clock says.
        return min(max(1, math.ceil(until - Clock().now().timestamp())), limit.within_s)

    def forget(self, limit: Limit, key: str) -> None:
        """Begin anew, after a try that succeeded."""
        self._own.by(limit).clear(limit.item, key)
        if (shared := self._reached()) is not None:
            try:
                shared.by(limit).clear(limit.item, key)
            except RedisError as error:
                self._lost(error)

    def _reached(self) -> _Counts | None:
        """Redis, unless it was away a moment ago."""
        return self._shared if time.monotonic() >= self._away_until else None

    def _lost(self, error: RedisError) -> None:
        _log.warning("limits: Redis is away (%s), counting here", type(error).__name__)
        self._away_until = time.monotonic() + _LEFT_ALONE_S


def rest_limit(role: Role) -> Limit:
    """The limit of a token's requests altogether."""
    return REST_INTEGRATION if role is Role.INTEGRATION else REST


def _redis(url: str) -> Storage:
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=_ANSWERS_WITHIN_S,
        socket_connect_timeout=_ANSWERS_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
    )
    return RedisStorage("redis://", connection_pool=pool, key_prefix="motcua:limit")

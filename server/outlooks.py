"""The newest forecast of each branch, as a worker published it: kept in memory, read like a dictionary.

Workers publish over Redis, by a message to those who listen and by a key for those who begin to.
While a worker lives it says so every two seconds. A forecast counts as fresh while all of that
holds: somebody who forecasts lives, no event has gone unforeseen for ten seconds, and it is not
older than a minute, or was made of a closed and empty office that has not opened since.
"""

import logging
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from server.clock import Clock
from server.domain.ids import BranchId, QueueId, TicketId
from server.domain.outlook import Foretold, Lane, Outlook, Told

_log = logging.getLogger(__name__)

_PREFIX: Final = "motcua:outlook:"
#: Forecasts and signs of life.
CHANNEL: Final = "motcua:outlooks"
_KEPT_S: Final = 120
#: How often a worker says that it lives.
ALIVE_EVERY_S: Final = 2.0
_ALIVE: Final = b"alive"
#: A forecast that does not know of an event of so long ago is late; a worker silent for so long is
#: gone (measures.md §1.5).
LATE_S: Final = 10.0
#: A forecast older than this says nothing, by the machine's time and by the branch's.
OLD_S: Final = 60.0
#: Clocks of two processes differ a little.
_AHEAD: Final = timedelta(seconds=5)
_AGAIN_AFTER_S: Final = 1.0
_LISTEN_S: Final = 1.0
#: Of a worker that is gone, nobody needs to know which later events it does not know either.
_SIGHTINGS: Final = 128


class _Wire(msgspec.Struct, array_like=True):
    """An outlook between processes. `made_at` is by the machine's clock."""

    made_at: datetime
    branch: BranchId
    seq: int
    at: datetime
    model: str
    is_initial: bool
    newcomers: list[tuple[QueueId, str | None, Foretold]]
    waiting: dict[TicketId, Foretold]
    told: dict[TicketId, Told]
    step_s: dict[QueueId, float]
    breaches: dict[QueueId, tuple[float, TicketId]]
    people: list[tuple[QueueId, str | None, int]]
    good_until: datetime | None = None


_decoder: Final = msgspec.json.Decoder(_Wire)


def pack(outlook: Outlook, made_at: datetime) -> bytes:
    """The bytes of an outlook."""

    def listed(lanes: Any) -> list[Any]:
        return [(queue, code, value) for (queue, code), value in lanes.items()]

    wire = _Wire(
        made_at=made_at,
        branch=outlook.branch,
        seq=outlook.seq,
        at=outlook.at,
        model=outlook.model,
        is_initial=outlook.is_initial,
        newcomers=listed(outlook.newcomers),
        waiting=dict(outlook.waiting),
        told=dict(outlook.told),
        step_s=dict(outlook.step_s),
        breaches=dict(outlook.breaches),
        people=listed(outlook.people),
        good_until=outlook.good_until,
    )
    return zlib.compress(msgspec.json.encode(wire), 1)


def unpack(packed: bytes) -> tuple[Outlook, datetime]:
    """The outlook of these bytes, and when it was made. Raises ValueError for other bytes."""
    try:
        wire = _decoder.decode(zlib.decompress(packed))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from error

    def laned(listed: Sequence[tuple[QueueId, str | None, Any]]) -> dict[Lane, Any]:
        return {(queue, code): value for queue, code, value in listed}

    outlook = Outlook(
        branch=wire.branch,
        seq=wire.seq,
        at=wire.at,
        model=wire.model,
        is_initial=wire.is_initial,
        newcomers=laned(wire.newcomers),
        waiting=wire.waiting,
        told=wire.told,
        step_s=wire.step_s,
        breaches=wire.breaches,
        people=laned(wire.people),
        good_until=wire.good_until,
    )
    return outlook, wire.made_at


def publish(redis: "Redis", outlook: Outlook) -> None:
    """Tell every process. Raises RedisError."""
    packed = pack(outlook, Clock().now())
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.set(key_of(outlook.branch), packed, ex=_kept_s(outlook))
        pipeline.publish(CHANNEL, packed)
        pipeline.execute()


def key_of(branch: BranchId) -> str:
    """The key that is there while the branch has an outlook that may be fresh."""
    return _PREFIX + branch


def _kept_s(outlook: Outlook) -> int:
    if outlook.good_until is None:
        return _KEPT_S
    return max(_KEPT_S, round((outlook.good_until - outlook.at).total_seconds()))


def published(redis: "Redis", branch: BranchId) -> Outlook | None:
    """The newest one of a branch, of whatever age. Raises RedisError."""
    found = redis.get(key_of(branch))
    try:
        return unpack(found)[0] if isinstance(found, bytes) else None
    except ValueError:
        return None


def say_alive(redis: "Redis") -> None:
    """A worker that forecasts lives. Raises RedisError."""
    redis.publish(CHANNEL, _ALIVE)


@dataclass(slots=True)
class _Kept:
    outlook: Outlook
    #: When it was made, by this process's monotonic clock.
    made_at: float


class Outlooks:
    """What one process knows. `newest` is a `domain.outlook.Foresight`."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._kept: dict[BranchId, _Kept] = {}
        self._heard_at = float("-inf")
        #: Places in the log that the newest outlook does not know, and since when that is known.
        self._unforeseen: dict[BranchId, list[tuple[int, float]]] = {}
        self._mutex = threading.Lock()

    def newest(self, branch: BranchId, seq: int, now: datetime) -> Outlook | None:
        """The branch's outlook while it is fresh; `seq` is the newest event that the caller knows."""
        kept = self._kept.get(branch)
        if kept is None or not self.is_alive:
            return None
        outlook = kept.outlook
        if now - outlook.at < -_AHEAD:
            return None
        if outlook.good_until is None or now >= outlook.good_until:
            is_old = time.monotonic() - kept.made_at > OLD_S
            if is_old or now - outlook.at > timedelta(seconds=OLD_S):
                return None
        return None if self._is_late(branch, outlook.seq, seq) else outlook

    @property
    def is_alive(self) -> bool:
        """Whether some worker that forecasts was heard lately."""
        return time.monotonic() - self._heard_at <= LATE_S

    def age_s(self, branch: BranchId) -> float | None:
        """How long ago the branch's newest outlook was made; None where there is none."""
        kept = self._kept.get(branch)
        return None if kept is None else time.monotonic() - kept.made_at

    def _is_late(self, branch: BranchId, foreseen: int, seq: int) -> bool:
        if seq <= foreseen:
            return False
        now = time.monotonic()
        with self._mutex:
            unforeseen = self._unforeseen.setdefault(branch, [])
            while unforeseen and unforeseen[0][0] <= foreseen:
                unforeseen.pop(0)
            if not unforeseen or (unforeseen[-1][0] < seq and len(unforeseen) < _SIGHTINGS):
                unforeseen.append((seq, now))
            return now - unforeseen[0][1] > LATE_S

    # Listening -----------------------------------------------------------------------------
    def run(self) -> None:
        """Listen for ever; what was said while Redis was away is read when it is back."""
        told = ""
        while True:
            try:
                self._listen()
            except (RedisError, OSError) as error:
                # Once, and not each second of an outage.
                level = logging.DEBUG if str(error) == told else logging.WARNING
                _log.log(level, "forecasts: Redis is away (%s)", error)
                told = str(error)
            except Exception:
                _log.exception("forecasts: cannot listen")
            time.sleep(_AGAIN_AFTER_S)

    def _listen(self) -> None:
        with Redis.from_url(self._redis_url, socket_connect_timeout=2) as redis:
            channel: Any = redis.pubsub(ignore_subscribe_messages=True)
            with channel:
                channel.subscribe(CHANNEL)
                for key in redis.scan_iter(f"{_PREFIX}*", count=1_000):
                    if isinstance(found := redis.get(key), bytes):
                        self.take(found)
                while True:
                    message = channel.get_message(timeout=_LISTEN_S)
                    if message is not None:
                        self.hear(message["data"])

    def hear(self, said: bytes) -> None:
        """A message of the channel: a sign of life, or a forecast, which is one too."""
        self._heard_at = time.monotonic()
        if said != _ALIVE:
            self.take(said)

    def take(self, packed: bytes) -> None:
        """Keep a forecast, unless a newer one is known."""
        try:
            outlook, made_at = unpack(packed)
        except ValueError:
            # Of another version, while processes are replaced one after the other.
            _log.warning("forecasts: one cannot be read")
            return
        age_s = max(0.0, (Clock().now() - made_at).total_seconds())
        kept = self._kept.get(outlook.branch)
        if kept is None or outlook.seq >= kept.outlook.seq:
            self._kept[outlook.branch] = _Kept(outlook, time.monotonic() - age_s)

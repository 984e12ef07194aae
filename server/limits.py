"""How often somebody may try: a sliding window in this process's memory."""

import time
from collections import defaultdict, deque
from typing import Final

#: Of more keys than this the oldest is forgotten: whoever makes up keys must not fill the memory.
_KEYS_KEPT: Final = 10_000


class Limiter:
    """At most `most` tries within `within_s` seconds for each key."""

    def __init__(self, most: int, within_s: float) -> None:
        self._most = most
        self._within_s = within_s
        self._tries: dict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str) -> bool:
        """Count a try; False when it is one too many."""
        if len(self._tries) > _KEYS_KEPT:
            self._tries.pop(next(iter(self._tries)))
        if self.is_spent(key):
            return False
        self._tries[key].append(time.monotonic())
        return True

    def is_spent(self, key: str) -> bool:
        """Whether another try would be one too many; counts nothing."""
        tries, now = self._tries[key], time.monotonic()
        while tries and now - tries[0] > self._within_s:
            tries.popleft()
        return len(tries) >= self._most

    def forget(self, key: str) -> None:
        """Begin anew, after a try that succeeded."""
        self._tries.pop(key, None)

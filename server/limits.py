"""How often somebody may try: a sliding window in this process's memory."""

import time
from collections import defaultdict, deque
from typing import Final

#: More keys than this are forgotten together: whoever makes up keys must not fill the memory.
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
            self._tries.clear()
        tries, now = self._tries[key], time.monotonic()
        while tries and now - tries[0] > self._within_s:
            tries.popleft()
        tries.append(now)
        # Tries beyond the limit renew nothing and need no room.
        if len(tries) > self._most:
            tries.pop()
            return False
        return True

    def forget(self, key: str) -> None:
        """Begin anew, after a try that succeeded."""
        self._tries.pop(key, None)

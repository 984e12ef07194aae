"""Long answers let others in: in the web process every screen waits for whoever computes."""

import time
from typing import Final

#: Nobody else waits longer than this for a long answer.
_SLICE_S: Final = 0.008
#: Not 0: only a real pause looks at the sockets too (see DECISIONS.md).
_PAUSE_S: Final = 0.0001


class Breath:
    """To be called often within a computation; sleeps for a moment when a slice is over."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._since > _SLICE_S:
            time.sleep(_PAUSE_S)
            self._since = time.monotonic()

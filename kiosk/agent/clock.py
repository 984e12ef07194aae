"""The server's time on a kiosk that may be cut off from it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _machine() -> datetime:
    return datetime.now(UTC)


class ServerClock:
    """What the server's clock shows, by when it was last heard.

    While this process runs the machine's clock may jump without being noticed; after a restart
    without the server, the machine's clock and the last known difference are all there is.
    """

    def __init__(
        self, difference: timedelta, keep: Callable[[timedelta], None] = lambda _difference: None
    ) -> None:
        self._difference = difference
        self._keep = keep
        self._heard: tuple[datetime, float] | None = None

    def hear(self, at: str | None) -> None:
        """The server said what time it is (ISO 8601); what is no time is no news."""
        try:
            heard = datetime.fromisoformat(at or "")
        except ValueError:
            return
        self._heard = (heard.astimezone(UTC), time.monotonic())
        difference = heard - _machine()
        if abs(difference - self._difference) > timedelta(seconds=1):
            self._difference = difference
            self._keep(difference)

    def now(self) -> datetime:
        """The server's time, aware UTC."""
        if self._heard is None:
            return _machine() + self._difference
        at, mark = self._heard
        return at + timedelta(seconds=time.monotonic() - mark)

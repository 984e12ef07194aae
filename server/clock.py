"""The server's clock: nothing else reads the time.

`real` follows the machine; `manual` stands still until it is set (simulation mode only); `shifted`
runs from an instant that was set: the demo uses it to work outside opening hours.
"""

import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Mode(StrEnum):
    """How the clock moves."""

    REAL = "real"
    MANUAL = "manual"
    SHIFTED = "shifted"


class Clock:
    """An aware UTC clock. Its own instance per process, made by the composition root."""

    def __init__(self, mode: Mode = Mode.REAL, start: datetime | None = None) -> None:
        self.mode = mode
        self._set_at = time.monotonic()
        self._base = start or datetime.now(UTC)

    def now(self) -> datetime:
        """The server's time."""
        if self.mode is Mode.REAL:
            return datetime.now(UTC)
        if self.mode is Mode.MANUAL:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._set_at)

    def set(self, now: datetime) -> None:
        """Set a manual or shifted clock. Raises ValueError on a real one."""
        if self.mode is Mode.REAL:
            raise ValueError("the real clock cannot be set")
        self._base = now.astimezone(UTC)
        self._set_at = time.monotonic()

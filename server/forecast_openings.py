"""Which branches are about to give their first numbers: nobody waits there and no counter is open.

A run made then is right until the opening, so one a session is enough, and at night there is none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from server import queries
from server.domain import hours
from server.domain.catalogue import Hours
from server.domain.ids import BranchId

#: So long before its doors a branch is asked for, at the latest and at the earliest. In between
#: branches are spread, because a country's doors open at the same minute.
_LEAD: Final = timedelta(minutes=2)
_SPREAD_S: Final = 480
#: Until it opens it is looked at again, should the run have been lost.
_AGAIN: Final = timedelta(minutes=1)
#: The hours of so many branches are read at a time, so that nobody waits for it.
_READ_AT_ONCE: Final = 200


@dataclass(slots=True)
class _Opening:
    """`version` is that of the catalogue; the far future where no session is within sight."""

    version: int
    asks_at: datetime
    opens: datetime


class Openings:
    """Every branch's next opening, kept from look to look."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._known: dict[BranchId, _Opening] = {}

    def due(self) -> list[BranchId]:
        """Those whose forecast should be there by now, because their doors are about to open."""
        now = self._now()
        with queries.reading(self._engine) as connection:
            versions = queries.catalogue_versions(connection)
            changed = [
                branch
                for branch, version in versions.items()
                if branch not in self._known or self._known[branch].version != version
            ][:_READ_AT_ONCE]
            read = queries.hours_of(connection, changed) if changed else {}
        for branch in changed:
            if branch in read:
                self._known[branch] = _next(branch, versions[branch], *read[branch], now)
        found: list[BranchId] = []
        over: list[BranchId] = []
        for branch, opening in self._known.items():
            if opening.asks_at > now:
                continue
            if now < opening.opens:
                found.append(branch)
                opening.asks_at = now + _AGAIN
            else:
                over.append(branch)
        for branch in over:
            # Read anew when its turn comes: the hours of a country need not be kept in memory.
            del self._known[branch]
        return found


def _next(branch: BranchId, version: int, of: Hours, zone: ZoneInfo, now: datetime) -> _Opening:
    session = hours.next_session(of, zone, now)
    if session is None:
        later = now + timedelta(days=1)
        return _Opening(version, later, later)
    lead = _LEAD + timedelta(seconds=crc32(branch.encode()) % _SPREAD_S)
    return _Opening(version, session.doors - lead, session.opens)

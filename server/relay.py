"""Tails the log and hands every event, in order and at least once, to each subscriber.

Nothing else emits, enqueues or prints. A subscriber works first and its cursor moves after, so a
crash repeats and never loses; each is idempotent by `seq`. A nudge makes it immediate, a poll makes
it certain.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, select

from server import queries, tables
from server.database import writing
from server.domain import events as ev
from server.domain.ids import BranchId
from server.rows import upsert_of

_log = logging.getLogger(__name__)

#: Takes a branch's next events; raising leaves the cursor where it is.
Subscriber = Callable[[BranchId, Sequence[ev.Recorded]], None]

_POLL_S = 1.0
_BATCH = 200
_SAVE_EVERY_S = 0.5
_RETRY_S = 1.0
#: After a delivery the relay rests for so many times as long as it took.
_REST = 2.0
_LONGEST_REST_S = 0.1


class Relay:
    """One loop over all branches. `beat` is called every second, for what time alone does."""

    def __init__(
        self,
        engine: Engine,
        subscribers: Mapping[str, Subscriber],
        *,
        beat: Callable[[], None] | None = None,
        beat_s: float = 1.0,
    ) -> None:
        self._engine = engine
        self._subscribers = subscribers
        self._beat = beat
        self._beat_s = beat_s
        self._cursors: dict[tuple[str, BranchId], int] = {}
        self._is_placed = False
        self._unsaved: set[tuple[str, BranchId]] = set()
        self._retry_at: dict[tuple[str, BranchId], float] = {}
        self._news = threading.Event()
        self._stopping = False
        self._saved_at = 0.0
        #: Events not yet delivered to the slowest subscriber; read by /readyz.
        self.lag = 0

    def nudge(self, _branch: BranchId) -> None:
        """There is news. A lost nudge costs one poll interval, never a fact."""
        self._news.set()

    def stop(self) -> None:
        """End `run` after the delivery under way, within a second. May be called by a signal."""
        # Without a nudge: the event's own lock may be held by what the signal interrupted.
        self._stopping = True

    def run(self) -> None:
        """Deliver until stopped; survives the loss of the database and of Redis."""
        next_beat = time.monotonic()
        while not self._stopping:
            began = time.monotonic()
            try:
                self.deliver()
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + self._beat_s
                    if self._beat:
                        self._beat()
            except Exception:
                # Whatever it was, the cursors have not passed what was not delivered.
                _log.exception("relay: delivery failed, trying again")
                time.sleep(_RETRY_S)
            # Under a storm of events they travel in larger batches: commands come before screens.
            time.sleep(min(_LONGEST_REST_S, _REST * (time.monotonic() - began)))
            self._news.wait(_POLL_S)
            self._news.clear()
        self._save_cursors()

    def deliver(self) -> None:
        """Hand every subscriber what it has not had. Public for tests and one-shot tools."""
        if not self._is_placed:
            self._load_cursors()
        with queries.reading(self._engine) as connection:
            heads = queries.last_seqs(connection)
        lag = 0
        for branch, head in heads.items():
            for name, subscriber in self._subscribers.items():
                lag = max(lag, self._deliver_to(name, subscriber, branch, head))
        self.lag = lag
        if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
            self._save_cursors()

    def _deliver_to(self, name: str, subscriber: Subscriber, branch: BranchId, head: int) -> int:
        """Returns how many events the subscriber is still behind."""
        key = (name, branch)
        if time.monotonic() < self._retry_at.get(key, 0.0):
            return head - self._cursors.get(key, 0)
        while (at := self._cursors.get(key, 0)) < head:
            with queries.reading(self._engine) as connection:
                batch = queries.events_after(connection, branch, at, _BATCH)
            if not batch:
                break
            try:
                subscriber(branch, batch)
            except Exception:
                # One subscriber's trouble must not hold up the others.
                _log.exception("relay: %s did not take %s %d", name, branch, at + 1)
                self._retry_at[key] = time.monotonic() + _RETRY_S
                return head - at
            self._cursors[key] = batch[-1].seq
            self._unsaved.add(key)
        return 0

    def _load_cursors(self) -> None:
        c = tables.cursors
        with queries.reading(self._engine) as connection:
            for row in connection.execute(select(c)).mappings():
                self._cursors[row["subscriber"], BranchId(row["branch_id"])] = row["seq"]
        self._is_placed = True

    def _save_cursors(self) -> None:
        self._saved_at = time.monotonic()
        if not self._unsaved:
            return
        rows = [
            {"subscriber": name, "branch_id": branch, "seq": self._cursors[name, branch]}
            for name, branch in self._unsaved
        ]
        with writing(self._engine) as connection:
            for row in rows:
                connection.execute(upsert_of(tables.cursors, connection.dialect.name), row)
        self._unsaved.clear()


#: The cursor that says up to where a branch's log was brought in, and never news.
HISTORY = "history"


def pass_over(engine: Engine, branch: BranchId, seq: int) -> None:
    """Place every subscriber behind `seq`: an imported history is neither shown nor printed."""
    with writing(engine) as connection:
        for subscriber in ("screens", "slips", "figures", "alerts", "voices", "forecasts", HISTORY):
            row: dict[str, Any] = {"subscriber": subscriber, "branch_id": branch, "seq": seq}
            connection.execute(upsert_of(tables.cursors, connection.dialect.name), row)

"""One worker's forecasts: of each branch its state and what its log has taught, kept from run to run.

Only a worker that forecasts loads this: with it comes numpy.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select

from server import queries, tables
from server.boards import Board
from server.database import writing
from server.domain import numbering, quoting
from server.domain.ids import BranchId
from server.domain.outlook import Outlook
from server.forecast import kernel, learner_store, publish, reasons, snapshots
from server.forecast.learner import Learner
from server.rows import upsert_of

_log = logging.getLogger(__name__)

#: How far back a log is read when what it taught is not known: about sixty working days.
_TAUGHT_BY: Final = timedelta(days=84)
_BATCH: Final = 500
#: The log is read for so long at once; then others have their turn.
_SLICE_S: Final = 0.5
_SAVE_EVERY_S: Final = 60.0
_MODEL: Final = f"learner.{learner_store.VERSION}"


class Foreseers:
    """All branches of this worker."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._known: dict[BranchId, Foreseer] = {}

    def of(self, branch: BranchId) -> "Foreseer":
        """The branch's own. Raises `UnknownBranch`."""
        if branch not in self._known:
            self._known[branch] = Foreseer(self._engine, branch, self._now)
        return self._known[branch]


class Foreseer:
    """Makes the forecasts of one branch. Not for use by two threads at once."""

    def __init__(self, engine: Engine, branch: BranchId, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._board = Board(engine, branch, now)
        self._today: date | None = None
        self._before: Outlook | None = None
        self._memory = reasons.Memory()
        self._saved_at = time.monotonic()
        self._saved_seq = 0
        self._learner, self._seq = self._taught()

    def outlook(
        self,
        before: Callable[[], Outlook | None] = lambda: None,
        not_before: datetime | None = None,
    ) -> Outlook | None:
        """The forecast as of now, or of `not_before`; None while the log is still being read.

        The next call reads on. `before` gives the last one that was published, by whatever worker.
        """
        self._board.catch_up()
        if not self._learn():
            return None
        state, catalogue, now = self._board.state, self._board.catalogue, self._time(not_before)
        today = numbering.business_date(now, catalogue.time_zone)
        self._forget_days_before(today)
        self._learner.catalogue = catalogue
        snapshot = snapshots.of(state, catalogue, state.absent(today), self._learner, now)
        run = kernel.run(snapshot, self._learner.times(now), seed=seed_of(state.branch, state.seq))
        published = before()
        if published and (self._before is None or published.at > self._before.at):
            self._before = published
        found = publish.outlook(snapshot, run, self._learner, self._before, self._memory)
        people = quoting.people_ahead(catalogue, state, found.newcomers, now)
        self._before = replace(found, people=people)
        # What took a long log to learn is kept at once.
        if not self._saved_seq or time.monotonic() - self._saved_at > _SAVE_EVERY_S:
            self.save()
        return self._before

    def _time(self, not_before: datetime | None) -> datetime:
        """Never before the log's last event, also when the machine's clock runs backwards."""
        with queries.reading(self._engine) as connection:
            last_at: datetime | None = queries.branch_row(connection, self._board.branch)["last_at"]
        return max(filter(None, (self._now(), last_at, not_before)))

    def _forget_days_before(self, today: date) -> None:
        if today != self._today:
            self._today = today
            self._board.state.forget_days_before(today)

    # What the log has taught ---------------------------------------------------------------
    def _taught(self) -> tuple[Learner, int]:
        """What was kept, and up to where; else nothing yet, and from where the log is to be read."""
        f = tables.forecast_states
        branch, catalogue = self._board.branch, self._board.catalogue
        with queries.reading(self._engine) as connection:
            found = connection.execute(select(f).where(f.c.branch_id == branch)).mappings().first()
            if found and found["model"] == _MODEL:
                try:
                    learner = learner_store.loads(found["state"], catalogue)
                except learner_store.OtherVersion as error:
                    _log.warning("%s: what was learned cannot be read: %s", branch, error)
                else:
                    # One that knows more than the log is of a database that was put back.
                    if learner.seq == found["seq"] <= self._board.state.seq:
                        self._saved_seq = learner.seq
                        return learner, learner.seq
            first = queries.seq_at(connection, branch, self._now() - _TAUGHT_BY)
        return Learner(catalogue), first

    def _learn(self) -> bool:
        """Read on in the log, for half a second at most. Returns whether that was all."""
        end = time.monotonic() + _SLICE_S
        while self._seq < self._board.state.seq:
            if time.monotonic() > end:
                return False
            with queries.reading(self._engine) as connection:
                batch = queries.events_after(connection, self._board.branch, self._seq, _BATCH)
            for recorded in batch:
                self._learner.apply(recorded)
                self._seq = recorded.seq
            if not batch:
                break
        return True

    def save(self) -> None:
        """Keep what was learned, in one row."""
        self._saved_at = time.monotonic()
        if self._seq == self._saved_seq:
            return
        row = {
            "branch_id": self._board.branch,
            "model": _MODEL,
            "seq": self._seq,
            "at": self._now(),
            "state": learner_store.dumps(self._learner),
        }
        with writing(self._engine) as connection:
            connection.execute(upsert_of(tables.forecast_states, connection.dialect.name), row)
        self._saved_seq = self._seq


def seed_of(branch: BranchId, seq: int) -> int:
    """The same for the same state of the log, whoever asks."""
    digest = hashlib.sha256(f"{branch}:{seq}".encode()).digest()
    return int.from_bytes(digest[:8])

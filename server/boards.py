"""A branch's state kept up with its log, and the view of it at one moment."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Engine

from server import branches, queries
from server.domain import events as ev
from server.domain import numbering
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId
from server.domain.outlook import Foresight, no_foresight
from server.domain.state import BranchState
from server.learning import learned_of
from server.views import TicketRows, View

_BATCH = 500
#: Further behind than this, reading the rows anew is cheaper than folding the events.
_TOO_FAR = 5_000


class Board:
    """Follows one branch. Not for use by two threads at once."""

    def __init__(
        self,
        engine: Engine,
        branch: BranchId,
        now: Callable[[], datetime],
        foresight: Foresight = no_foresight,
    ) -> None:
        self._engine = engine
        self._foresight = foresight
        self._now = now
        self.branch = branch
        self._rows = TicketRows()
        self._today: date | None = None
        self.state: BranchState
        self.catalogue: Catalogue
        self.reload()

    def reload(self) -> None:
        """Read the rows anew. Raises `UnknownBranch`."""
        zone = branches.require(self._engine, self.branch).time_zone
        today = numbering.business_date(self._now(), zone)
        self.state, self.catalogue = queries.load_state(self._engine, self.branch, today)

    def catch_up(self) -> list[ev.Recorded]:
        """Fold in what the log has got since; returns those events, none after a reload."""
        news: list[ev.Recorded] = []
        with queries.reading(self._engine) as connection:
            behind = queries.last_seq(connection, self.branch) - self.state.seq
            while 0 < behind <= _TOO_FAR:
                batch = queries.events_after(connection, self.branch, self.state.seq, _BATCH)
                for recorded in batch:
                    self.apply(recorded)
                news += batch
                if len(batch) < _BATCH:
                    return news
        if behind > _TOO_FAR:
            self.reload()
        return news

    def apply(self, recorded: ev.Recorded) -> None:
        """Fold in the next event of the log."""
        self.state.apply(recorded)
        if isinstance(recorded.event, ev.CatalogueChanged | ev.PolicyPublished):
            self.catalogue = branches.require(self._engine, self.branch)

    def view(self) -> View:
        """What there is to see now."""
        now = self._now()
        today = numbering.business_date(now, self.catalogue.time_zone)
        if today != self._today:
            self._today = today
            self.state.forget_days_before(today)
            self._rows = TicketRows()
        with self._engine.connect() as connection:
            learned = learned_of(connection, self.catalogue, now)
        outlook = self._foresight(self.branch, self.state.seq, now)
        return View(self.state, self.catalogue, learned, now, self._rows, outlook)

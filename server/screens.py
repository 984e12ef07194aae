"""The relay's subscriber for screens: turns events into changes and keeps the pulse.

It holds its own board of each branch and what it last sent, so that a change carries exactly the
rows that differ. Where several events wait, the rows travel with the last one: a screen is right as
soon as it has the newest `seq`, and every `seq` is sent to every audience.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Engine

from server import branches, changes, replies, views
from server.boards import Board
from server.changes import Rows, Tables
from server.domain import events as ev
from server.domain.ids import BranchId, TicketId
from server.domain.outlook import Foresight, no_foresight
from server.spoken import announced
from server.views import View

_log = logging.getLogger(__name__)
_PHONES = "ticket"
#: How a visit was rated, and that it was, is for managers: an officer must not learn it.
_PRIVATE = (ev.RatingGiven, ev.FollowUpOpened, ev.FollowUpSettled)
_PRIVATE_TYPES = frozenset(kind.__name__ for kind in _PRIVATE)
#: A pad at a counter is for its visitor: it is told of no ticket at all.
_NOTHING = {"type": "", "ticket": None, "counter": None}
_BEATS_A_PULSE = 5


class Emitter(Protocol):
    """What carries a message to a room: the web process's own server, or the Redis channel."""

    def emit(self, event: str, data: Any, *, to: str, namespace: str) -> None: ...


def ticket_room(ticket: TicketId) -> str:
    """The room of those who follow one ticket."""
    return f"ticket:{ticket}"


def follow_up_room(branch: BranchId) -> str:
    """The managers of a branch who look into low ratings; others on their page learn of none."""
    return f"{branch}:follow_ups"


class ScreenPusher:
    """Pushes changes and pulses of every branch to the five namespaces."""

    def __init__(
        self,
        engine: Engine,
        emitter: Emitter,
        now: Callable[[], datetime],
        heard: Callable[[str, str], bool] = lambda _room, _namespace: True,
        *,
        foresight: Foresight = no_foresight,
    ) -> None:
        """`heard` says whether anybody is in a room; what nobody hears is not computed."""
        self._engine = engine
        self._emitter = emitter
        self._heard = heard
        self._foresight = foresight
        self._now = now
        self._boards: dict[BranchId, Board] = {}
        self._sent: dict[tuple[BranchId, str], Tables] = {}
        #: Events that phones have not been told of yet, and the last seq that they were told.
        self._untold: dict[BranchId, list[ev.Recorded]] = defaultdict(list)
        self._told: dict[BranchId, int] = {}
        self._beats = 0

    def push(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        """Deliver a batch of events.

        Events already seen by the board are old news to screens: those that missed them see it by
        the next pulse and take a snapshot.
        """
        board = self._board(branch)
        fresh = [r for r in batch if r.seq > board.state.seq]
        for recorded in fresh[:-1]:
            board.apply(recorded)
            self._emit_change(recorded, board, None, [])
        if fresh:
            board.apply(fresh[-1])
            view = board.view()
            self._tell_holders(fresh, view)
            self._emit_change(fresh[-1], board, view, fresh)
            self._untold[branch] += fresh

    def beat(self) -> None:
        """To be called every second: phones hear of their line, and now and then all of the time."""
        self.tell_phones()
        if self._beats % _BEATS_A_PULSE == 0:
            self.pulse()
        self._beats += 1

    def tell_phones(self) -> None:
        """One change for all events since the last: a place in a line may be a second old.

        Phones are many. Whom an event concerns hears of it at once, from `push`.
        """
        for branch, events in self._untold.items():
            if not events:
                continue
            last, after = events[-1].seq, self._told.get(branch, events[0].seq - 1)
            self._told[branch] = last
            if self._is_heard(branch, _PHONES):
                view = self._board(branch).view()
                rows = self._rows(branch, _PHONES, view, events)
                message: dict[str, Any] = {"seq": last, "at": replies.instant(view.now)}
                if rows is None:
                    self._emit(_PHONES, branch, "pulse", message)
                else:
                    self._emit(_PHONES, branch, "change", {**message, "after": after, "rows": rows})
            events.clear()

    def pulse(self) -> None:
        """Tell every screen the newest `seq` and what only time has changed."""
        self.tell_phones()
        for branch in branches.ids(self._engine):
            board = self._board(branch)
            view = board.view()
            for audience in views.AUDIENCES:
                if not self._is_heard(branch, audience):
                    continue
                message = {"seq": board.state.seq, "at": replies.instant(view.now)}
                rows = self._rows(branch, audience, view, [])
                if rows is None:
                    rows = changes.difference({}, self._sent[branch, audience])
                self._emit(audience, branch, "pulse", message | ({"rows": rows} if rows else {}))

    def _is_heard(self, branch: BranchId, audience: str) -> bool:
        """Whether anybody listens; from when nobody does, it is not known what was sent."""
        # A call is announced also to the wall that has only just come.
        if audience == "display" or self._heard(branch, f"/{audience}"):
            return True
        if audience == "manager" and self._heard(follow_up_room(branch), "/manager"):
            return True
        self._sent.pop((branch, audience), None)
        return False

    def _board(self, branch: BranchId) -> Board:
        if branch not in self._boards:
            board = Board(self._engine, branch, self._now, self._foresight)
            view = board.view()
            for audience in views.AUDIENCES:
                self._sent[branch, audience] = view.tables(audience)
            self._boards[branch] = board
        return self._boards[branch]

    def _rows(
        self, branch: BranchId, audience: str, view: View, events: Sequence[ev.Recorded]
    ) -> Rows | None:
        """What an audience has not been sent; None when it is not known what it was sent.

        That is so where nobody listened for a while: whoever came meanwhile needs a snapshot.
        """
        new = view.tables(audience)
        old = self._sent.get((branch, audience))
        self._sent[branch, audience] = new
        if old is None:
            return None
        # One command's events are one commit: no snapshot can have been taken between them.
        if len({r.cause for r in events}) <= 1:
            return changes.difference(old, new)
        # That a row is sent at all would tell of a rating.
        is_theirs = audience == "manager"
        touched = {
            r.ticket
            for r in events
            if r.ticket and (is_theirs or not isinstance(r.event, _PRIVATE))
        }
        return changes.since_any(old, new, touched, view.passing(touched))

    def _emit_change(
        self,
        recorded: ev.Recorded,
        board: Board,
        view: View | None,
        batch: Sequence[ev.Recorded],
    ) -> None:
        """One event to every audience; the rows of the whole `batch` travel with its last event."""
        branch = recorded.branch
        at = replies.instant(self._now())
        open_word = {"type": recorded.type, "ticket": recorded.ticket}
        open_word["counter"] = getattr(recorded.event, "counter", None)
        is_private = isinstance(recorded.event, _PRIVATE)
        for audience in views.AUDIENCES:
            if audience == _PHONES or not self._is_heard(branch, audience):
                continue
            rows = self._rows(branch, audience, view, batch) if view else {}
            if rows is None:
                # The gap makes whoever listens by now take a snapshot.
                self._emit(audience, branch, "pulse", {"seq": recorded.seq, "at": at})
                continue
            is_theirs = audience != "rating" and (audience == "manager" or not is_private)
            told = open_word if is_theirs else _NOTHING
            message: dict[str, Any] = {"seq": recorded.seq, "at": at, "event": told, "rows": rows}
            if audience == "display" and (spoken := announced(recorded, board)):
                message["announce"] = spoken
            self._emit(audience, branch, "change", message)
            # Let the packets for the walls leave before the longer tables are computed.
            time.sleep(0)

    def _tell_holders(self, batch: Sequence[ev.Recorded], view: View) -> None:
        """The holder of a ticket sees its own row; nobody else does.

        It goes ahead of the change, under the seq the phone already has.
        """
        seq = self._told.get(batch[0].branch, batch[0].seq - 1)
        for ticket_id in dict.fromkeys(r.ticket for r in batch if r.ticket):
            room = ticket_room(ticket_id)
            ticket = view.state.ticket(ticket_id)
            if ticket is None or not self._heard(room, "/ticket"):
                continue
            message = {
                "seq": seq,
                "at": replies.instant(view.now),
                "rows": {"tickets": {"mine": view.phone_ticket(ticket)}},
            }
            self._emitter.emit("pulse", message, to=room, namespace="/ticket")

    def _emit(self, audience: str, branch: BranchId, event: str, message: Any) -> None:
        if audience == "manager":
            room = follow_up_room(branch)
            self._emitter.emit(event, message, to=room, namespace=f"/{audience}")
            message = _without_ratings(message)
        self._emitter.emit(event, message, to=branch, namespace=f"/{audience}")


def _without_ratings(message: dict[str, Any]) -> dict[str, Any]:
    """A manager's message for those who do not look into low ratings: some serve themselves."""
    open_part = dict(message)
    if "rows" in message:
        rows = {name: table for name, table in message["rows"].items() if name != "follow_ups"}
        open_part["rows"] = rows
    if message.get("event", _NOTHING)["type"] in _PRIVATE_TYPES:
        open_part["event"] = _NOTHING
    return open_part

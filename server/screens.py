"""The relay's subscriber for screens: turns events into changes and keeps the pulse.

It holds its own board of each branch and what it last sent, so that a change carries exactly the
rows that differ. Where several events wait, the rows travel with the last one: a screen is right as
soon as it has the newest `seq`, and every `seq` is sent to every audience.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Engine

from display.announce import Kind, announcement
from server import branches, replies, views
from server.boards import Board
from server.domain import events as ev
from server.domain.ids import BranchId, TicketId
from server.views import Tables, View

_log = logging.getLogger(__name__)
#: A call is not spoken later than this.
_ANNOUNCE_FOR = timedelta(seconds=60)


class Emitter(Protocol):
    """What carries a message to a room: the web process's own server, or the Redis channel."""

    def emit(self, event: str, data: Any, *, to: str, namespace: str) -> None: ...


def ticket_room(ticket: TicketId) -> str:
    """The room of those who follow one ticket."""
    return f"ticket:{ticket}"


class ScreenPusher:
    """Pushes changes and pulses of every branch to the five namespaces."""

    def __init__(self, engine: Engine, emitter: Emitter, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._emitter = emitter
        self._now = now
        self._boards: dict[BranchId, Board] = {}
        self._sent: dict[tuple[BranchId, str], Tables] = {}

    def push(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        """Deliver a batch of events.

        Events already seen by the board are old news to screens: those that missed them see it by the next pulse and take a snapshot.
        """
        board = self._board(branch)
        fresh = [r for r in batch if r.seq > board.state.seq]
        for recorded in fresh[:-1]:
            board.apply(recorded)
            self._emit_change(recorded, board, None)
        if fresh:
            board.apply(fresh[-1])
            self._emit_change(fresh[-1], board, board.view())

    def pulse(self) -> None:
        """Tell every screen the newest `seq` and what only time has changed."""
        for branch in branches.ids(self._engine):
            board = self._board(branch)
            view = board.view()
            for audience in views.AUDIENCES:
                rows = self._differing(branch, audience, view)
                message = {"seq": board.state.seq, "at": replies.instant(view.now)}
                self._emit(audience, branch, "pulse", message | ({"rows": rows} if rows else {}))

    def _board(self, branch: BranchId) -> Board:
        if branch not in self._boards:
            board = Board(self._engine, branch, self._now)
            view = board.view()
            for audience in views.AUDIENCES:
                self._sent[branch, audience] = view.tables(audience)
            self._boards[branch] = board
        return self._boards[branch]

    def _differing(self, branch: BranchId, audience: str, view: View) -> dict[str, dict[str, Any]]:
        new = view.tables(audience)
        rows = views.difference(self._sent[branch, audience], new)
        self._sent[branch, audience] = new
        return rows

    def _emit_change(self, recorded: ev.Recorded, board: Board, view: View | None) -> None:
        event = recorded.event
        heading = {
            "seq": recorded.seq,
            "at": replies.instant(self._now()),
            "event": {
                "type": recorded.type,
                "ticket": recorded.ticket,
                "counter": getattr(event, "counter", None),
            },
        }
        self._tell_holder(recorded, view or board.view())
        for audience in views.AUDIENCES:
            rows = self._differing(recorded.branch, audience, view) if view else {}
            message = {**heading, "rows": rows}
            if audience == "ticket":
                # Another person's ticket id is nobody's business on a phone.
                message["event"] = {"type": recorded.type, "ticket": None, "counter": None}
            if audience == "display" and (spoken := announced(recorded, board)):
                message["announce"] = spoken
            self._emit(audience, recorded.branch, "change", message)
            # Let the packets for the walls leave before the longer tables are computed.
            time.sleep(0)

    def _tell_holder(self, recorded: ev.Recorded, view: View) -> None:
        """The holder of a ticket sees its own row; nobody else does.

        It goes just ahead of the change, under the seq the phone already has.
        """
        ticket = view.state.ticket(recorded.ticket) if recorded.ticket else None
        if ticket is not None:
            message = {
                "seq": recorded.seq - 1,
                "at": replies.instant(view.now),
                "rows": {"tickets": {"mine": view.phone_ticket(ticket)}},
            }
            self._emitter.emit("pulse", message, to=ticket_room(ticket.id), namespace="/ticket")

    def _emit(self, audience: str, branch: BranchId, event: str, message: Any) -> None:
        self._emitter.emit(event, message, to=branch, namespace=f"/{audience}")


def announced(recorded: ev.Recorded, board: Board) -> dict[str, Any] | None:
    """The sentence for a call, to be shown and spoken; None for other events."""
    event = recorded.event
    if not isinstance(event, ev.TicketCalled | ev.TicketRecalled | ev.TicketResumed):
        return None
    ticket = board.state.ticket(recorded.ticket) if recorded.ticket else None
    counter = board.catalogue.counter(event.counter) if event.counter else None
    if ticket is None or counter is None:
        return None
    kind: Kind = "recall" if isinstance(event, ev.TicketRecalled) else "call"
    said = announcement(kind, ticket.number, counter.number, ticket.calls)
    return {
        "seq": recorded.seq,
        "kind": kind,
        "number": ticket.number,
        "counter": counter.number,
        "text": {"vi": said.text_vi, "en": said.text_en},
        "words": {"vi": said.words_vi, "en": said.words_en},
        "expires_at": replies.instant(recorded.at + _ANNOUNCE_FOR),
    }

"""An office with screens that follow it, each by the rules of the wire."""

from collections import defaultdict
from typing import Any

from server import views
from server.boards import Board
from server.changes import Rows, Tables
from server.domain import commands as cmd
from server.domain.ids import TicketId
from server.relay import Relay
from server.screens import ScreenPusher, follow_up_room
from tests.server.office import BRANCH, Office


def merged(tables: Tables, rows: Rows) -> Tables:
    """`tables` after a message: what a screen does with it."""
    result = {name: dict(table) for name, table in tables.items()}
    for name, table in rows.items():
        for key, row in table.items():
            if row is None:
                result[name].pop(key, None)
            else:
                result.setdefault(name, {})[key] = row
    return result


class Recorder:
    """An emitter that keeps what it was given: (namespace, event, message, room)."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any, str]] = []

    def emit(self, event: str, data: Any, *, to: str, namespace: str) -> None:
        self.sent.append((namespace.removeprefix("/"), event, data, to))


class Hall(Office):
    """An office with its relay, one screen of each audience, and the phones of all tickets."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.engine)
        self.recorder = Recorder()
        self.pusher = ScreenPusher(self.engine, self.recorder, lambda: self.now)
        self.relay = Relay(self.engine, {"screens": self.pusher.push})
        self.pusher.pulse()
        self.relay.deliver()
        self.recorder.sent.clear()
        fresh = self.fresh()
        self.seq = dict.fromkeys(views.AUDIENCES, fresh.state.seq)
        self.screens = {a: fresh.tables(a) for a in views.AUDIENCES}
        self.phones: dict[str, Any] = {}
        self.changes: dict[str, list[Any]] = defaultdict(list)
        self.used: set[str] = set()

    def fresh(self) -> views.View:
        """What a screen opened now is given."""
        return Board(self.engine, BRANCH, lambda: self.now).view()

    def press(self, kind: type[cmd.AnyCommand], **content: Any) -> Any:
        """Run a command, deliver it, and compare."""
        self.used.add(kind.__name__)
        ticket = self.do(kind, **content)
        self.relay.deliver()
        self.pusher.tell_phones()
        self.receive()
        self.compare()
        return ticket

    def receive(self) -> None:
        """Every screen takes what was sent to its room, by the rules of the wire."""
        for audience, event, message, room in self.recorder.sent:
            if (audience, room) == ("manager", BRANCH):
                told = message.get("event", {}).get("type", "")
                assert "follow_ups" not in message.get("rows", {}), "supervisors serve, too"
                assert not told.startswith(("Rating", "FollowUp"))
                continue
            if room not in (BRANCH, follow_up_room(BRANCH)):
                assert (audience, event) == ("ticket", "pulse")
                assert list(message["rows"]) == ["tickets"]
                assert list(message["rows"]["tickets"]) == ["mine"]
                self.phones[room.removeprefix("ticket:")] = message["rows"]["tickets"]["mine"]
                continue
            if event == "change":
                after = message.get("after", message["seq"] - 1)
                assert after == self.seq[audience], "in order, none left out"
                self.changes[audience].append(message)
            else:
                assert message["seq"] == self.seq[audience]
                assert set(message) <= {"seq", "at", "rows"}, "a pulse tells no event"
            self.seq[audience] = message["seq"]
            self.screens[audience] = merged(self.screens[audience], message.get("rows", {}))
        self.recorder.sent.clear()

    def compare(self) -> None:
        """Old snapshot and changes against a fresh snapshot."""
        fresh = self.fresh()
        for audience in views.AUDIENCES:
            assert self.screens[audience] == fresh.tables(audience), audience
            assert self.seq[audience] == fresh.state.seq
        for ticket, row in self.phones.items():
            known = fresh.state.ticket(TicketId(ticket))
            assert known is None or row == fresh.phone_ticket(known)

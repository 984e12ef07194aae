"""The parts of a web process, wired once by `create_app` and read by routes and sockets."""

import dataclasses
import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any, Protocol

import segno
from sqlalchemy import Engine

from server import accounts, branches, catalogue_views, codec, problems, queries, replies
from server.access import Actor, Role, require
from server.boards import Board
from server.clock import Clock
from server.dispatch import Dispatcher, Outcome, Unavailable
from server.domain import discipline, errors
from server.domain.commands import AnyCommand, IssueTicket
from server.domain.ids import BranchId, CounterId, TicketId
from server.dossiers import Lookup
from server.dossiers.province import ProvinceSource
from server.dossiers.table import TableSource
from server.relay import Relay
from server.settings import Settings
from server.views import View

#: Snapshots asked for within this time share one view: after a restart all screens ask at once.
_SHARED_S = 0.25
#: A device's requests within this time look it up once: a kiosk or a load tool sends many.
_TRUSTED_S = 1.0
_DEVICES_KEPT = 5_000


class Speech(Protocol):
    """Sentences as sound; see `kiosk.speech.Clips`."""

    def of(self, prepared: str, language: str) -> bytes: ...


class Context:
    """Engine, clock, dispatcher and boards of this process."""

    def __init__(
        self,
        *,
        settings: Settings,
        engine: Engine,
        clock: Clock,
        dispatcher: Dispatcher,
        secret: str,
        clips: Speech,
        relay: Relay | None = None,
        announce_listener: Callable[[str, str], None] = lambda _namespace, _room: None,
    ) -> None:
        self.settings = settings
        self.relay = relay
        #: Tell a relay in another process that somebody is in a room now.
        self.announce_listener = announce_listener
        self.engine = engine
        self.clock = clock
        self.dispatcher = dispatcher
        self.secret = secret
        self.clips = clips
        self._boards: dict[BranchId, Board] = {}
        self._locks: dict[BranchId, threading.Lock] = defaultdict(threading.Lock)
        self._devices: dict[str, tuple[float, Actor | None]] = {}
        self._views: dict[BranchId, tuple[float, View]] = {}

    @property
    def demo(self) -> dict[str, Any] | None:
        """Addresses and sign-ins of the demo, as `server demo` wrote them; None elsewhere."""
        path = self.settings.data / "demo.json"
        if not self.settings.demo or not path.exists():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    # Devices -------------------------------------------------------------------------------
    def device(self, token: str) -> Actor | None:
        """The device with this token. A revoked one is let in for a second more at most."""
        now = time.monotonic()
        kept = self._devices.get(token)
        if kept is None or now - kept[0] > _TRUSTED_S:
            if len(self._devices) > _DEVICES_KEPT:
                self._devices.clear()
            kept = self._devices[token] = (now, accounts.device(self.engine, token))
        return kept[1]

    # Dossiers ------------------------------------------------------------------------------
    @cached_property
    def dossiers(self) -> Lookup:
        """The look-up of dossiers, in the source that is configured."""
        where = self.settings
        source = (
            ProvinceSource(where.dossiers, where.dossiers_token)
            if where.dossiers
            else TableSource(self.engine)
        )
        return Lookup(source, where.shown_fields)

    # Commands ------------------------------------------------------------------------------
    def execute(self, command: AnyCommand, actor: Actor) -> Outcome:
        """Run a command for an actor who may send it."""
        if isinstance(command, IssueTicket):
            # Which kiosk gave a number is known from the connection, whatever the caller says.
            device = actor.id if actor.role is Role.KIOSK else ""
            command = dataclasses.replace(command, device=device)
        require(actor, command)
        return self.dispatcher.execute(command, actor=str(actor))

    # Views ---------------------------------------------------------------------------------
    def view(self, branch: BranchId) -> View:
        """The branch as of now, at most a quarter of a second old. Raises `UnknownBranch`."""
        with self._locks[branch]:
            kept = self._views.get(branch)
            if kept and time.monotonic() - kept[0] < _SHARED_S and self._is_current(kept[1]):
                return kept[1]
            if branch not in self._boards:
                self._boards[branch] = Board(self.engine, branch, self.clock.now)
            board = self._boards[branch]
            board.catch_up()
            view = board.view()
            self._views[branch] = (time.monotonic(), view)
            return view

    def _is_current(self, view: View) -> bool:
        with self.engine.connect() as connection:
            return queries.last_seq(connection, view.catalogue.branch) == view.state.seq

    def snapshot(self, branch: BranchId, audience: str) -> dict[str, Any]:
        """Everything a screen needs, with the `seq` it is true for."""
        view = self.view(branch)
        return {
            "seq": view.state.seq,
            "at": replies.instant(self.clock.now()),
            "branch": catalogue_views.branch_part(view.catalogue),
            "catalogue": catalogue_views.catalogue_part(view.catalogue, audience),
            "tables": view.tables(audience),
        }

    def phone_snapshot(self, ticket_id: TicketId, branch: BranchId) -> dict[str, Any]:
        """A ticket's own snapshot: the queues, and its row. Raises `UnknownTicket`."""
        snapshot = self.snapshot(branch, "ticket")
        view = self.view(branch)
        ticket = view.state.ticket(ticket_id)
        if ticket is None:
            raise errors.UnknownTicket(ticket=ticket_id)
        snapshot["tables"]["tickets"] = {"mine": view.phone_ticket(ticket)}
        return snapshot

    # Pages ---------------------------------------------------------------------------------
    def branch_page(self, branch_id: str) -> dict[str, Any] | None:
        """What the shell of a branch's screen shows before its first snapshot."""
        catalogue = branches.current(self.engine, BranchId(branch_id))
        return catalogue_views.branch_part(catalogue) if catalogue else None

    def branch_of_counter(self, counter: CounterId) -> BranchId | None:
        """A counter's id begins with its branch's: `<branch>-<number>`."""
        branch, _, number = counter.rpartition("-")
        return BranchId(branch) if branch and number else None

    def ticket_page(self, token: str) -> dict[str, Any] | None:
        """A ticket as its holder's page shows it without any script."""
        found = self.followed(token)
        if found is None:
            return None
        ticket_id, branch = found
        view = self.view(branch)
        ticket = view.state.ticket(ticket_id)
        if ticket is None:
            return None
        lanes = view.state.lanes_of(ticket.queue)
        since = view.state.normal_since((ticket.queue,)) or 0
        places = discipline.explain(view.catalogue.policy, lanes, since, ticket.id)
        ahead = len(places) - 1 if places else None
        return {
            "branch": catalogue_views.branch_part(view.catalogue),
            "ticket": view.phone_ticket(ticket),
            "ahead": ahead,
            "text": view.wait_text(ticket.queue, ahead) if ahead is not None else None,
            "serving": view.phone_queues()[ticket.queue]["serving"],
        }

    def followed(self, token: str) -> tuple[TicketId, BranchId] | None:
        """The ticket and branch of a follow token; None for a token that is not ours."""
        ticket = replies.followed(token, self.secret)
        if ticket is None:
            return None
        with self.engine.connect() as connection:
            branch = queries.ticket_in_branch(connection, ticket)
        return (ticket, branch) if branch else None

    def phone_actor(self, token: str) -> Actor | None:
        """The holder of a follow token."""
        found = self.followed(token)
        return Actor(role=Role.PHONE, id=found[0], branch=found[1]) if found else None

    def execute_for_ticket(self, token: str, name: str, args: dict[str, Any]) -> dict[str, Any]:
        """A command from a phone page without script; answered like an ack on the wire."""
        language = str(args.pop("language", "vi"))
        actor = self.phone_actor(token)
        try:
            if actor is None:
                raise problems.WireError("bad_token", 401)
            content = {**args, "ticket": actor.id, "branch": actor.branch}
            content["command_id"] = content.get("command_id") or str(uuid.uuid4())
            outcome = self.execute(codec.command(name, content), actor)
        except (errors.Refused, problems.WireError, Unavailable) as error:
            return {"ok": False, "error": problems.described(error, language)}
        return {"ok": True, "seq": outcome.seq, "result": outcome.result}

    def follow_qr(self, follow_url: str, base_url: str) -> str:
        """The QR code of a follow link, as an SVG that scales."""
        address = (self.settings.public_url or base_url).rstrip("/") + follow_url
        return segno.make(address, error="m").svg_inline(
            omitsize=True, border=2, dark="#14213D", light="#FFFFFF"
        )

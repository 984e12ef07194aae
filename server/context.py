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
from flask import has_request_context, request
from sqlalchemy import Engine

from server import (
    accounts,
    audit,
    branches,
    catalogue_views,
    codec,
    devices,
    limits,
    problems,
    queries,
    replies,
    sign_ins,
)
from server.access import Actor, Permission, Role, require
from server.boards import Board
from server.clock import Clock
from server.contacts import Contacts
from server.dispatch import Dispatcher, Outcome, Unavailable
from server.domain import discipline, errors
from server.domain.commands import (
    AcknowledgeAlert,
    AnyCommand,
    CallTicket,
    CloseDay,
    DeclareAbsence,
    HandOverCounter,
    IssueTicket,
    OpenCounter,
    PostNotice,
    PublishPolicy,
    PublishRoster,
    RateTicket,
    ReleaseCounter,
    SettleFollowUp,
    WithdrawAbsence,
    WithdrawNotice,
    WithdrawPolicy,
)
from server.domain.ids import BranchId, CounterId, TicketId
from server.dossiers import Lookup
from server.dossiers.province import ProvinceSource
from server.dossiers.table import TableSource
from server.outlooks import Outlooks
from server.public_board import PublicBoard
from server.relay import Relay
from server.settings import Settings
from server.sign_ins import SignIn
from server.views import View

#: Snapshots asked for within this time share one view: after a restart all screens ask at once.
_SHARED_S = 0.25
#: A device's requests within this time look it up once: a kiosk or a load tool sends many.
_TRUSTED_S = 1.0
#: Uses of a permission that are put on record: out of order, for others, or for the whole branch.
_ON_RECORD = (
    *(CallTicket, ReleaseCounter, CloseDay, PostNotice, WithdrawNotice, SettleFollowUp),
    *(DeclareAbsence, WithdrawAbsence, PublishRoster, PublishPolicy, WithdrawPolicy),
)
_KEPT = 5_000


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
        outlooks: Outlooks,
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
        self.outlooks = outlooks
        self.limits = limits.Limits(settings.redis_url)
        self.contacts = Contacts(settings.redis_url)
        self.public = PublicBoard(engine, self.view, clock.now)
        self._boards: dict[BranchId, Board] = {}
        self._locks: dict[BranchId, threading.Lock] = defaultdict(threading.Lock)
        self._bearers: dict[str, tuple[float, Actor | None]] = {}
        self._sign_ins: dict[str, tuple[float, SignIn | None]] = {}
        self._views: dict[BranchId, tuple[float, View]] = {}

    @property
    def demo(self) -> dict[str, Any] | None:
        """Addresses and sign-ins of the demo, as `server demo` wrote them; None elsewhere."""
        path = self.settings.data / "demo.json"
        if not self.settings.demo or not path.exists():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    # Who asks ------------------------------------------------------------------------------
    def bearer(self, token: str) -> Actor | None:
        """The device or the user of a token. A revoked one is let in for a second more at most."""
        if not token:
            return None
        now = time.monotonic()
        kept = self._bearers.get(token)
        if kept is None or now - kept[0] > _TRUSTED_S:
            if len(self._bearers) > _KEPT:
                self._bearers.clear()
            actor = devices.of_token(self.engine, token) or accounts.of_token(self.engine, token)
            kept = self._bearers[token] = (now, actor)
        return kept[1]

    def sign_in(self, token: str) -> SignIn | None:
        """The sign-in of a cookie's token. One that was ended holds for a second more at most."""
        if not token:
            return None
        now = time.monotonic()
        kept = self._sign_ins.get(token)
        if kept is None or now - kept[0] > _TRUSTED_S:
            if len(self._sign_ins) > _KEPT:
                self._sign_ins.clear()
            # By the machine's clock: a simulated one may stand still.
            found = sign_ins.of_token(self.engine, token, at=Clock().now())
            kept = self._sign_ins[token] = (now, found)
        return kept[1]

    def forget_sign_in(self, token: str) -> None:
        """It has just changed in this process: look it up anew."""
        self._sign_ins.pop(token, None)

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
        return Lookup(source, where.shown_fields, self.limits)

    # Commands ------------------------------------------------------------------------------
    def execute(self, command: AnyCommand, actor: Actor) -> Outcome:
        """Run a command for an actor who may send it."""
        command = self._as_said_by(actor, command)
        try:
            require(actor, command)
        except errors.NotAllowed:
            self.put_refusal_on_record(actor, type(command).__name__, **_things_of(command))
            raise
        self._hold_back(actor, command)
        outcome = self.dispatcher.execute(command, actor=str(actor))
        if isinstance(command, _ON_RECORD):
            number = (outcome.result.get("ticket") or {}).get("number", "")
            detail = _things_of(command) | ({"number": number} if number else {})
            self._put_on_record(actor, type(command).__name__, audit.OK, **detail)
        return outcome

    def put_refusal_on_record(self, actor: Actor, action: str, **detail: Any) -> None:
        """What somebody may not do, and tried; the first ones of an hour."""
        if self.limits.take(limits.RECORDED_REFUSALS, f"{actor.branch}/{actor}"):
            self._put_on_record(actor, action, audit.REFUSED, **detail)

    def _put_on_record(self, actor: Actor, action: str, outcome: str, **detail: Any) -> None:
        audit.note(
            self.engine,
            at=Clock().now(),
            actor=str(actor),
            action=action,
            outcome=outcome,
            branch=actor.branch,
            address=(request.remote_addr or "") if has_request_context() else "",
            **detail,
        )

    def _hold_back(self, actor: Actor, command: AnyCommand) -> None:
        """Raise `WireError` `rate_limited` for what no person does so often.

        Numbers are held back in production only: elsewhere load is made on purpose.
        """
        who = f"{actor.branch}/{actor.id}"
        if isinstance(command, RateTicket) and actor.role in (Role.RATING, Role.PHONE):
            self.limits.require(limits.RATING, who)
        elif actor.role is Role.PHONE:
            self.limits.require(limits.FOLLOWING, who)
        elif isinstance(command, IssueTicket) and self._is_held_kiosk(actor):
            self.limits.require(limits.ISSUE, who)

    def _is_held_kiosk(self, actor: Actor) -> bool:
        return actor.role is Role.KIOSK and self.settings.is_production

    def _as_said_by(self, actor: Actor, command: AnyCommand) -> AnyCommand:
        """The command with what its connection says of the sender, whatever the caller wrote."""
        said: dict[str, Any] = {}
        if hasattr(command, "by"):
            said["by"] = actor.id if actor.is_staff else ""
        match command:
            case IssueTicket():
                said["device"] = actor.id if actor.role is Role.KIOSK else ""
            case OpenCounter() if actor.is_staff:
                said |= {"officer": actor.name, "title": actor.title}
            case AcknowledgeAlert() | PublishPolicy() | WithdrawPolicy():
                said["by"] = actor.name or actor.id
            case HandOverCounter(to=account):
                said |= self._officer(actor.branch, account)
            case RateTicket():
                is_pad = actor.role is Role.RATING
                said["counter"] = actor.counter if is_pad else None
                if is_pad or actor.role is Role.PHONE:
                    said["channel"] = "pad" if is_pad else "phone"
            case _:
                pass
        return dataclasses.replace(command, **said) if said else command

    def _officer(self, branch: BranchId, account: str) -> dict[str, str]:
        """Name and title of an officer of the branch; empty for an account that is none."""
        found = accounts.user(self.engine, account)
        if found is None or found.branch != branch or not found.may(Permission.SERVE):
            return {"officer": "", "title": ""}
        return {"officer": found.name, "title": found.title}

    # Views ---------------------------------------------------------------------------------
    def view(self, branch: BranchId) -> View:
        """The branch as of now, at most a quarter of a second old. Raises `UnknownBranch`."""
        with self._locks[branch]:
            kept = self._views.get(branch)
            if kept and time.monotonic() - kept[0] < _SHARED_S and self._is_current(kept[1]):
                return kept[1]
            if branch not in self._boards:
                self._boards[branch] = Board(
                    self.engine, branch, self.clock.now, self.outlooks.newest
                )
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

    def office_snapshot(self, actor: Actor) -> dict[str, Any]:
        """The manager's snapshot; of low ratings only for those who look into them."""
        snapshot = self.snapshot(actor.branch, "manager")
        if not actor.may(Permission.FOLLOW_UP):
            snapshot["tables"].pop("follow_ups")
        return snapshot

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
        since = view.since(ticket.queue)
        places = discipline.explain(view.catalogue.policy, lanes, since, ticket.id)
        ahead = len(places) - 1 if places else None
        return {
            "branch": catalogue_views.branch_part(view.catalogue),
            "ticket": view.phone_ticket(ticket),
            "ahead": ahead,
            "told": view.wait_row(ticket.queue, ahead, ticket.id) if ahead is not None else None,
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


def _things_of(command: AnyCommand) -> dict[str, Any]:
    """What the audit says of a command: names of things, never what people wrote."""
    names = ("counter", "ticket", "effective", "base", "restores", "scheduled")
    return {name: value for name in names if (value := getattr(command, name, None))}

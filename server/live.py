"""The wire of the screens: a Socket.IO namespace for each audience; here is what all have in common.

Snapshot on connecting; then only the relay sends. Commands come in here and go to the same
dispatcher as those of the REST side.
"""

import dataclasses
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import request, session
from flask_socketio import ConnectionRefusedError as Refuse
from flask_socketio import Namespace, emit, join_room
from typing_extensions import override

from server import accounts, codec, devices, oversight, problems
from server.access import Actor, Permission
from server.context import Context
from server.domain.commands import COMMAND_TYPES
from server.domain.errors import Refused
from server.domain.ids import TicketId
from server.screens import ticket_room
from server.text import sentence

_log = logging.getLogger(__name__)

Message = Mapping[str, Any]
#: Connections looked at in a second.
_SWEPT: Final = 100
_HELD_AT_MOST: Final = timedelta(minutes=15)
#: Names of a command message that are not content of the command.
_ENVELOPE = frozenset({"name", "language", "branch", "visit", "deadline"})


class ScreenNamespace(Namespace):  # type: ignore[misc]  # the library is untyped
    """What all five have in common. `actors` maps a connection to who it is."""

    #: The namespace and the view.
    audience: str
    #: Why somebody is not let in.
    refusal = "bad_token"

    def __init__(self, context: Context) -> None:
        super().__init__(f"/{self.audience}")
        self.context = context
        self.actors: dict[str, Actor] = {}
        #: The connections of people who signed in by a page: the token of their sign-in.
        self.sign_ins: dict[str, str] = {}
        #: The connections of devices, and of tokens that act for a user.
        self.bearers: dict[str, str] = {}
        self._unswept: list[str] = []

    def authenticate(self, auth: Message) -> Actor | None:
        """The device of the token, if it is of this audience."""
        actor = self.bearer(str(auth.get("token", "")))
        return actor if actor and actor.role.value == self.audience else None

    def bearer(self, token: str) -> Actor | None:
        """The device or user of a token, asked of the database at this moment."""
        engine = self.context.engine
        actor = devices.of_token(engine, token) or accounts.of_token(engine, token)
        if actor is not None:
            self.bearers[request.sid] = token  # type: ignore[attr-defined]
        return actor

    def on_connect(self, auth: Any = None) -> None:
        """Let a screen in and give it everything it needs to be current."""
        auth = auth if isinstance(auth, Mapping) else {}
        language = str(auth.get("language", "vi"))
        try:
            actor = self.authenticate(auth)
        except Exception as error:
            _log.exception("connect: no answer from the database")
            raise Refuse("unavailable", problems.described(error, language)) from error
        if actor is None:
            code = self.refusal
            raise Refuse(code, {"code": code, "message": sentence(f"error.{code}", language)})
        self.actors[request.sid] = actor  # type: ignore[attr-defined]
        self.enter(self.room_of(actor))
        self.joined(actor)
        emit("snapshot", self.snapshot_of(actor))
        self.welcomed(actor, auth)

    def welcomed(self, actor: Actor, auth: Message) -> None:
        """What an audience does besides, once it has its snapshot."""

    def room_of(self, actor: Actor) -> str:
        """The room in which the audience hears of its branch."""
        return actor.branch

    def enter(self, room: str) -> None:
        """Join a room, and have the relay know that somebody is in it."""
        join_room(room)
        self.context.announce_listener(self.namespace, room)

    def joined(self, actor: Actor) -> None:
        """More rooms, where an audience has them."""

    def snapshot_of(self, actor: Actor) -> dict[str, Any]:
        """The audience's snapshot."""
        return self.context.snapshot(actor.branch, self.audience)

    def on_disconnect(self, *_reason: Any) -> None:
        """Forget the connection."""
        self.actors.pop(request.sid, None)  # type: ignore[attr-defined]
        self.sign_ins.pop(request.sid, None)  # type: ignore[attr-defined]
        self.bearers.pop(request.sid, None)  # type: ignore[attr-defined]

    def on_snapshot(self, data: Any = None) -> dict[str, Any]:
        """A fresh snapshot for a screen that saw a gap."""
        return self._answered(data, lambda actor, _: {"ok": True, **self.snapshot_of(actor)})

    def on_command(self, data: Any = None) -> dict[str, Any]:
        """A command with its id; always answered, also when it fails (browser.md §2.12)."""
        return self._answered(data, self._command)

    def _answered(
        self, data: Any, answer: Callable[[Actor, dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        message: dict[str, Any] = data if isinstance(data, dict) else {}
        language = str(message.get("language", "vi"))
        actor = self.actors.get(request.sid)  # type: ignore[attr-defined]
        try:
            if actor is None:
                raise problems.WireError("bad_token", 401)
            return answer(self.still(request.sid, actor), message)  # type: ignore[attr-defined]
        except Refused as error:
            return {"ok": False, "error": problems.described(error, language)}
        except Exception as error:
            if not isinstance(error, problems.WireError):
                _log.exception("socket request failed")
            return {"ok": False, "error": problems.described(error, language)}

    def still(self, sid: str, actor: Actor) -> Actor:
        """The actor as of now: with the role and grants of this moment, where people are.

        Raises `WireError` when the sign-in has ended, or the token was revoked, since.
        """
        known: Actor | None = actor
        if sid in self.sign_ins:
            sign_in = self.context.sign_in(self.sign_ins[sid])
            known = sign_in.actor if sign_in else None
        elif sid in self.bearers:
            known = self.context.bearer(self.bearers[sid])
        if known is None:
            raise problems.WireError(self.refusal, 401)
        if not known.is_staff:
            return dataclasses.replace(actor, id=known.id)
        return dataclasses.replace(actor, role=known.role, grants=known.grants)

    def sweep(self) -> None:
        """Close connections whose sign-in has ended or whose token was revoked.

        To be called every second; some at a time, so that a thousand screens cost no more than few.
        """
        self._unswept = self._unswept or [*self.sign_ins, *self.bearers]
        some, self._unswept = self._unswept[:_SWEPT], self._unswept[_SWEPT:]
        for sid in some:
            actor = self.actors.get(sid)
            if actor is None:
                continue
            try:
                self.still(sid, actor)
            except problems.WireError:
                self.disconnect(sid)

    def refuse_locked(self) -> None:
        """Raise `WireError` while the screen is locked: only the PIN opens it."""
        token = self.sign_ins.get(request.sid)  # type: ignore[attr-defined]
        sign_in = self.context.sign_in(token) if token else None
        if sign_in is not None and sign_in.is_locked:
            raise problems.WireError("locked", 423)

    def signed_in(self, needs: Permission) -> Actor | None:
        """Who signed in by a page of ours, if they have the permission."""
        token = str(session.get("sign_in", ""))
        sign_in = self.context.sign_in(token)
        if sign_in is None or not sign_in.actor.may(needs):
            return None
        self.sign_ins[request.sid] = token  # type: ignore[attr-defined]
        return sign_in.actor

    def me(self, actor: Actor) -> dict[str, Any]:
        """Who is signed in here, for their own screen."""
        token = self.sign_ins.get(request.sid, "")  # type: ignore[attr-defined]
        sign_in = self.context.sign_in(token)
        return {
            "account": actor.id,
            "name": actor.name,
            "title": actor.title,
            "role": actor.role.value,
            "oversees": len(oversight.overseen(self.context.engine, actor)),
            "permissions": sorted(p.value for p in Permission if actor.may(p)),
            "has_pin": bool(sign_in and sign_in.has_pin),
            "is_locked": bool(sign_in and sign_in.is_locked),
        }

    def _command(self, actor: Actor, message: dict[str, Any]) -> dict[str, Any]:
        self.refuse_locked()
        self._refuse_late(message)
        name = str(message.get("name", ""))
        content = {k: v for k, v in message.items() if k not in _ENVELOPE}
        if name == "IssueTicket" and "language" in message:
            content["language"] = str(message["language"])
        content |= self.implied(actor, name, message)
        command = codec.command(name, {**content, "branch": actor.branch})
        outcome = self.context.execute(command, actor)
        return {"ok": True, "seq": outcome.seq, "result": self.result(outcome.result)}

    def _refuse_late(self, message: Message) -> None:
        """Raise `WireError` for what lay in the network until nobody waited for it any more.

        `deadline` is by the server's clock, as the screen knows it; its holder may try again. Later
        than any network holds a packet, it was the clock that jumped; a manual one does nothing else.
        """
        try:
            deadline = datetime.fromisoformat(str(message["deadline"]))
        except (KeyError, ValueError):
            return
        if deadline.tzinfo is None or self.context.settings.clock == "manual":
            return
        if timedelta() < self.context.clock.now() - deadline < _HELD_AT_MOST:
            raise problems.WireError("too_late", 409)

    def implied(self, actor: Actor, name: str, content: Message) -> dict[str, Any]:
        """Content that the connection itself says."""
        if actor.counter and name in COMMAND_TYPES:
            fields = COMMAND_TYPES[name].__dataclass_fields__
            if "counter" in fields and "counter" not in content:
                return {"counter": actor.counter}
        return {}

    def result(self, result: dict[str, Any]) -> dict[str, Any]:
        """The answer as this audience gets it."""
        return result


class TicketNamespace(ScreenNamespace):
    """Phones that follow one ticket."""

    audience = "ticket"

    @override
    def authenticate(self, auth: Message) -> Actor | None:
        """The holder of the follow token."""
        return self.context.phone_actor(str(auth.get("token", "")))

    @override
    def joined(self, actor: Actor) -> None:
        """The room of this ticket alone."""
        self.enter(ticket_room(TicketId(actor.id)))

    @override
    def snapshot_of(self, actor: Actor) -> dict[str, Any]:
        """The ticket's own snapshot."""
        return self.context.phone_snapshot(TicketId(actor.id), actor.branch)

    @override
    def implied(self, actor: Actor, name: str, content: Message) -> dict[str, Any]:
        """A phone speaks for its own ticket only."""
        del content
        codes = {"code": "citizen"} if name == "CancelTicket" else {}
        return {"ticket": actor.id, **codes}

"""The wire of the screens: five Socket.IO namespaces, one for each audience.

Snapshot on connecting; then only the relay sends. Commands come in here and go to the same
dispatcher as those of the REST side.
"""

import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import request, session
from flask_socketio import ConnectionRefusedError as Refuse
from flask_socketio import Namespace, emit, join_room
from typing_extensions import override

from kiosk.speech import SpeechAwayError
from server import accounts, codec, problems
from server.access import Actor, Role
from server.context import Context
from server.domain.commands import COMMAND_TYPES, RecordAnnouncement
from server.domain.errors import Refused
from server.domain.ids import TicketId
from server.domain.reading import prepared
from server.handlers.citizens import LANGUAGES
from server.limits import Limiter
from server.screens import ticket_room
from server.text import sentence

_log = logging.getLogger(__name__)

Message = Mapping[str, Any]
#: A sentence longer than this would be a clip too large for a message.
_LONGEST_SAID: Final = 240
#: One kiosk: a whole screen is a dozen sentences.
_SENTENCES: Final = (240, 60.0)
#: Names of a command message that are not content of the command.
_ENVELOPE = frozenset({"name", "language", "branch"})


class ScreenNamespace(Namespace):  # type: ignore[misc]  # the library is untyped
    """What all five have in common. `actors` maps a connection to who it is."""

    role: Role

    def __init__(self, context: Context) -> None:
        super().__init__(f"/{self.role.value}")
        self.context = context
        self.actors: dict[str, Actor] = {}

    def authenticate(self, auth: Message) -> Actor | None:
        """The device of the token, if it is of this audience."""
        actor = accounts.device(self.context.engine, str(auth.get("token", "")))
        return actor if actor and actor.role is self.role else None

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
            code = "signed_out" if self.role is Role.MANAGER else "bad_token"
            raise Refuse(code, {"code": code, "message": sentence(f"error.{code}", language)})
        self.actors[request.sid] = actor  # type: ignore[attr-defined]
        self.enter(actor.branch)
        self.joined(actor)
        emit("snapshot", self.snapshot_of(actor))

    def enter(self, room: str) -> None:
        """Join a room, and have the relay know that somebody is in it."""
        join_room(room)
        self.context.announce_listener(self.namespace, room)

    def joined(self, actor: Actor) -> None:
        """More rooms, where an audience has them."""

    def snapshot_of(self, actor: Actor) -> dict[str, Any]:
        """The audience's snapshot."""
        return self.context.snapshot(actor.branch, self.role.value)

    def on_disconnect(self, *_reason: Any) -> None:
        """Forget the connection."""
        self.actors.pop(request.sid, None)  # type: ignore[attr-defined]

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
            return answer(actor, message)
        except Refused as error:
            return {"ok": False, "error": problems.described(error, language)}
        except Exception as error:
            if not isinstance(error, problems.WireError):
                _log.exception("socket request failed")
            return {"ok": False, "error": problems.described(error, language)}

    def _command(self, actor: Actor, message: dict[str, Any]) -> dict[str, Any]:
        name = str(message.get("name", ""))
        content = {k: v for k, v in message.items() if k not in _ENVELOPE}
        if name == "IssueTicket" and "language" in message:
            content["language"] = str(message["language"])
        content |= self.implied(actor, name, content)
        command = codec.command(name, {**content, "branch": actor.branch})
        outcome = self.context.execute(command, actor)
        return {"ok": True, "seq": outcome.seq, "result": self.result(outcome.result)}

    def implied(self, actor: Actor, name: str, content: Message) -> dict[str, Any]:
        """Content that the connection itself says."""
        if actor.counter and name in COMMAND_TYPES and name != "IssueTicket":
            fields = COMMAND_TYPES[name].__dataclass_fields__
            if "counter" in fields and "counter" not in content:
                return {"counter": actor.counter}
        return {}

    def result(self, result: dict[str, Any]) -> dict[str, Any]:
        """The answer as this audience gets it."""
        return result


class KioskNamespace(ScreenNamespace):
    """Citizens' touch screens."""

    role = Role.KIOSK

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._said = Limiter(*_SENTENCES)

    def on_here(self, _data: Any = None) -> dict[str, Any]:
        """The kiosk asks whether anybody is there."""
        return {"ok": True}

    def on_lookup(self, data: Any = None) -> dict[str, Any]:
        """A citizen looks a dossier up by its code. No command: it changes nothing."""

        def look(actor: Actor, message: dict[str, Any]) -> dict[str, Any]:
            text = str(message.get("code", ""))
            found = self.context.dossiers.answer(actor.branch, actor.id, text)
            return {"ok": True, "result": found}

        return self._answered(data, look)

    def on_say(self, data: Any = None) -> dict[str, Any]:
        """A sentence of the kiosk's screen as sound. No command: it changes nothing."""

        def say(actor: Actor, message: Message) -> dict[str, Any]:
            text, language = str(message.get("text", "")), str(message.get("language", "vi"))
            if language not in LANGUAGES:
                raise problems.WireError("bad_value", 422, field="language", problem="vi, en")
            said = prepared(text[: _LONGEST_SAID + 1], language)
            if not said or len(text) > _LONGEST_SAID:
                problem = f"1-{_LONGEST_SAID}"
                raise problems.WireError("bad_value", 422, field="text", problem=problem)
            if not self._said.take(f"{actor.branch}/{actor.id}"):
                raise problems.WireError("rate_limited", 429)
            try:
                clip = self.context.clips.of(said, language)
            except (SpeechAwayError, OSError) as error:
                raise problems.WireError("speech_unavailable", 503) from error
            return {"ok": True, "audio": base64.b64encode(clip).decode()}

        return self._answered(data, say)

    @override
    def result(self, result: dict[str, Any]) -> dict[str, Any]:
        """The kiosk also shows the way to the phone page."""
        if "follow_url" not in result:
            return result
        qr = self.context.follow_qr(result["follow_url"], request.host_url)
        return {**result, "follow_qr": qr}


class CounterNamespace(ScreenNamespace):
    """Officers' terminals."""

    role = Role.COUNTER


class DisplayNamespace(ScreenNamespace):
    """Wall displays: they acknowledge what they showed and spoke."""

    role = Role.DISPLAY

    def on_shown(self, data: Any = None) -> dict[str, Any]:
        """The call was painted."""
        return self._acknowledged(data, "shown")

    def on_spoken(self, data: Any = None) -> dict[str, Any]:
        """The call was played to its end."""
        return self._acknowledged(data, "spoken")

    def _acknowledged(self, data: Any, how: str) -> dict[str, Any]:
        def record(actor: Actor, message: dict[str, Any]) -> dict[str, Any]:
            seq = message.get("seq")
            if not isinstance(seq, int):
                raise problems.WireError("bad_value", 422, field="seq", problem="integer")
            command = RecordAnnouncement(
                branch=actor.branch,
                command_id=f"{how}:{actor.id}:{seq}"[:80],
                display=actor.id,
                call_seq=seq,
                how=how,
            )
            outcome = self.context.execute(command, actor)
            return {"ok": True, "seq": outcome.seq}

        return self._answered(data, record)


class ManagerNamespace(ScreenNamespace):
    """Managers: signed in by session cookie; the handshake's Origin must be ours."""

    role = Role.MANAGER

    @override
    def authenticate(self, auth: Message) -> Actor | None:
        """The signed-in user."""
        del auth  # the session cookie says who it is
        username = session.get("username")
        return accounts.user(self.context.engine, username) if username else None


class TicketNamespace(ScreenNamespace):
    """Phones that follow one ticket."""

    role = Role.PHONE

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


NAMESPACES = (
    KioskNamespace,
    CounterNamespace,
    DisplayNamespace,
    ManagerNamespace,
    TicketNamespace,
)

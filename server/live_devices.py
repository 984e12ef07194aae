"""The wire of devices: kiosks, wall displays, rating pads. What all have in common is theirs here."""

import base64
from typing import Any, Final

from flask import request
from flask_socketio import emit
from typing_extensions import override

from kiosk.speech import SpeechAwayError
from server import catalogue_views, devices, pad_view, problems, spoken
from server.access import Actor
from server.clock import Clock
from server.context import Context
from server.device_links import DeviceLinks
from server.domain.commands import RecordAnnouncement
from server.domain.errors import RatingClosed
from server.domain.reading import prepared
from server.handlers.citizens import LANGUAGES
from server.limits import SPEECH
from server.live import Message, ScreenNamespace

#: A sentence longer than this would be a clip too large for a message.
_LONGEST_SAID: Final = 240


class DeviceNamespace(ScreenNamespace):
    """Devices: they say how they are, and take a new token when theirs is old."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.links = DeviceLinks(context)

    @override
    def welcomed(self, actor: Actor, auth: Message) -> None:
        """Put down that it is here; it may be time for a new token."""
        browser, address = request.user_agent.string, request.remote_addr or ""
        self.links.greet(self._sid, actor, auth, browser=browser, address=address)
        self._offer(actor)

    @override
    def on_disconnect(self, *_reason: Any) -> None:
        """Put down that it is gone."""
        if (actor := self.actors.get(self._sid)) is not None:
            self.links.left(self._sid, actor)
        super().on_disconnect()

    def on_status(self, data: Any = None) -> dict[str, Any]:
        """The device says how it is, every half minute."""

        def note(actor: Actor, message: Message) -> dict[str, Any]:
            self.links.note(self._sid, actor, message)
            self._offer(actor)
            return {"ok": True}

        return self._answered(data, note)

    def on_token(self, data: Any = None) -> dict[str, Any]:
        """The device has kept the token that it was offered: from now on it is the one."""

        def confirm(actor: Actor, message: Message) -> dict[str, Any]:
            token = str(message.get("token", ""))
            found = devices.of_token(self.context.engine, token)
            if found is None or found.device != actor.device:
                raise problems.WireError("bad_token", 401)
            self.bearers[self._sid] = token
            return {"ok": True}

        return self._answered(data, confirm)

    def _offer(self, actor: Actor) -> None:
        if self.links.takes_tokens(self._sid):
            engine = self.context.engine
            token = devices.offered_token(engine, actor.device, at=Clock().now())
            if token is not None:
                emit("token", {"token": token})

    @property
    def _sid(self) -> str:
        return str(request.sid)  # type: ignore[attr-defined]


class KioskNamespace(DeviceNamespace):
    """Citizens' touch screens."""

    audience = "kiosk"

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
            self.context.limits.require(SPEECH, f"{actor.branch}/{actor.id}")
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


class DisplayNamespace(DeviceNamespace):
    """Wall displays: they acknowledge what they showed and spoke."""

    audience = "display"

    @override
    def snapshot_of(self, actor: Actor) -> dict[str, Any]:
        """The hall, and how this display of it is."""
        snapshot = super().snapshot_of(actor)
        catalogue = self.context.view(actor.branch).catalogue
        snapshot["catalogue"] |= {
            "display": catalogue_views.display_part(catalogue, actor.id),
            **spoken.by_themselves(catalogue),
        }
        return snapshot

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


class RatingNamespace(DeviceNamespace):
    """The pad at a counter that asks how it was."""

    audience = "rating"

    def on_here(self, _data: Any = None) -> dict[str, Any]:
        """The pad asks whether anybody is there."""
        return {"ok": True}

    @override
    def implied(self, actor: Actor, name: str, content: Message) -> dict[str, Any]:
        """A pad speaks for the last visit of its own counter, by the token of that visit."""
        if name != "RateTicket" or actor.counter is None:
            return {}
        state = self.context.view(actor.branch).state
        ticket = pad_view.rated_visit(state, actor.counter, str(content.get("visit", "")))
        if ticket is None:
            raise RatingClosed(number="")
        return {"ticket": ticket}

    @override
    def result(self, result: dict[str, Any]) -> dict[str, Any]:
        """Nothing of the ticket: the pad has no use for it."""
        return {}


DEVICE_NAMESPACES: Final = (KioskNamespace, DisplayNamespace, RatingNamespace)

"""The wire of those who sign in: the counter terminal and the manager's page."""

import dataclasses
from typing import Any, Final

from flask import request
from typing_extensions import override

from server import accounts, desk_view, locks
from server.access import Actor, Permission
from server.context import Context
from server.domain.errors import UnknownTicket
from server.domain.ids import CounterId, TicketId
from server.live import Message, ScreenNamespace
from server.office import (
    audit_trail,
    calls,
    devices,
    follow_ups,
    people,
    plans,
    policies,
    questions,
    reports,
    roster,
)
from server.ratings import OfficerRatings
from server.screens import follow_up_room

#: What the manager's page may ask.
OFFICE_CALLS: Final = {
    **devices.CALLS, **people.CALLS, **audit_trail.CALLS, **follow_ups.CALLS,
    **questions.CALLS, **reports.CALLS, **plans.CALLS, **policies.CALLS, **roster.CALLS,
}  # fmt: skip


class CounterNamespace(ScreenNamespace):
    """Officers' terminals: who signed in, or a token that acts for them, at the page's counter."""

    audience = "counter"
    refusal = "signed_out"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._ratings = OfficerRatings(context.engine)

    @override
    def authenticate(self, auth: Message) -> Actor | None:
        """The officer, bound to the counter of the page."""
        if auth.get("token"):
            actor = self.bearer(str(auth["token"]))
        else:
            actor = self.signed_in(Permission.SERVE)
        if actor is None or not actor.may(Permission.SERVE):
            return None
        place = CounterId(str(auth.get("counter") or actor.counter or ""))
        is_own = self.context.branch_of_counter(place) == actor.branch
        is_bound = actor.counter in (None, place)
        return dataclasses.replace(actor, counter=place) if is_own and is_bound else None

    @override
    def snapshot_of(self, actor: Actor) -> dict[str, Any]:
        """With who is signed in, and who may take over."""
        snapshot = super().snapshot_of(actor)
        officers = accounts.officers(self.context.engine, actor.branch)
        rating = self._ratings.of(actor.branch, actor.name, self.context.clock.now())
        known = {"officers": officers, "me": {**self.me(actor), "rating": rating}}
        return {**snapshot, "catalogue": {**snapshot["catalogue"], **known}}

    def on_explain(self, data: Any = None) -> dict[str, Any]:
        """Why a ticket is where it is: who is ahead of it, and by which rule (rule F1)."""

        def explain(actor: Actor, message: Message) -> dict[str, Any]:
            view = self.context.view(actor.branch)
            ticket = TicketId(str(message.get("ticket", "")))
            places = desk_view.explained(view, ticket)
            if places is None:
                raise UnknownTicket(ticket=ticket[:40])
            return {"ok": True, "result": {"places": places}}

        return self._answered(data, explain)

    def on_set_pin(self, data: Any = None) -> dict[str, Any]:
        """Give oneself a PIN; the password says that it is oneself."""

        def set_pin(actor: Actor, message: Message) -> dict[str, Any]:
            self.refuse_locked()
            pin, password = str(message.get("pin", "")), str(message.get("password", ""))
            address = request.remote_addr or ""
            locks.set_pin(self.context.engine, actor, pin=pin, password=password, address=address)
            return self._looked_up_anew()

        return self._answered(data, set_pin)

    def on_lock(self, data: Any = None) -> dict[str, Any]:
        """The officer leaves the desk; their ticket stays where it is."""

        def lock(actor: Actor, _message: Message) -> dict[str, Any]:
            locks.lock(self.context.engine, actor, self._token())
            return self._looked_up_anew()

        return self._answered(data, lock)

    def on_unlock(self, data: Any = None) -> dict[str, Any]:
        """The officer is back: the PIN opens the screen again."""

        def unlock(actor: Actor, message: Message) -> dict[str, Any]:
            pin, address = str(message.get("pin", "")), request.remote_addr or ""
            try:
                locks.unlock(self.context.engine, actor, self._token(), pin=pin, address=address)
            finally:
                answer = self._looked_up_anew()
            return answer

        return self._answered(data, unlock)

    def _token(self) -> str:
        return self.sign_ins.get(request.sid, "")  # type: ignore[attr-defined]

    def _looked_up_anew(self) -> dict[str, Any]:
        self.context.forget_sign_in(self._token())
        return {"ok": True, "result": {}}


class ManagerNamespace(ScreenNamespace):
    """Managers: signed in by session cookie; the handshake's Origin must be ours."""

    audience = "manager"
    refusal = "signed_out"

    @override
    def authenticate(self, auth: Message) -> Actor | None:
        """The signed-in user."""
        del auth  # the session cookie says who it is
        return self.signed_in(Permission.SEE_OFFICE)

    @override
    def room_of(self, actor: Actor) -> str:
        """Who may not look into low ratings must not hear of them: supervisors serve, too."""
        may_see = actor.may(Permission.FOLLOW_UP)
        return follow_up_room(actor.branch) if may_see else actor.branch

    @override
    def snapshot_of(self, actor: Actor) -> dict[str, Any]:
        """With who is signed in: the page offers what they may do."""
        snapshot = self.context.office_snapshot(actor)
        return {**snapshot, "catalogue": {**snapshot["catalogue"], "me": self.me(actor)}}

    def on_ask(self, data: Any = None) -> dict[str, Any]:
        """Devices, people, the audit, follow-ups: what is no command of the branch's log."""

        def ask(actor: Actor, message: Message) -> dict[str, Any]:
            self.refuse_locked()
            address = request.remote_addr or ""
            result = calls.answer(OFFICE_CALLS, self.context, actor, message, address)
            return {"ok": True, "result": result}

        return self._answered(data, ask)


STAFF_NAMESPACES: Final = (CounterNamespace, ManagerNamespace)

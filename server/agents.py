"""The wire of kiosk agents: slips to print, number blocks, tickets given without us, the printer.

An agent runs beside a kiosk's printer and connects with the kiosk's own token. What it is to print
follows from the log, so that an agent that was away asks and misses nothing; it remembers what it
has begun, so that asking twice prints once.
"""

import dataclasses
import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import request
from flask_socketio import emit
from typing_extensions import override

from server import catalogue_views, devices, paper, queries, replies, signed_blocks, slips
from server.access import Actor, Role
from server.context import Context
from server.domain import blocks, hours
from server.domain.blocks import NumberBlock
from server.domain.commands import GrantBlock, HandInTicket, RecordPrint, ReportPrinter
from server.domain.errors import BadValue, SeriesFull, UnknownBlock
from server.domain.ids import BranchId, ProcedureId, QueueId, ServiceId, TicketId
from server.domain.ticket import ENDED, REPRINTING, Ticket
from server.handlers.citizens import LANGUAGES
from server.live import Message
from server.live_devices import DeviceNamespace
from server.views import View

_log = logging.getLogger(__name__)

#: An agent that comes back within this was never away.
_LOST_AFTER_S: Final = 12.0
#: A block with fewer unused numbers than this share of its queue's size gets company.
_REFILL_BELOW: Final = 0.5
#: How far ahead an agent knows when the office is open.
_DAYS_AHEAD: Final = 8


class AgentNamespace(DeviceNamespace):
    """Kiosk agents, at most one for a kiosk."""

    audience = "agent"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        #: The newest connection of each kiosk's agent.
        self._here: dict[str, str] = {}

    @override
    def authenticate(self, auth: Message) -> Actor | None:
        """The kiosk whose token it is; its agent may do other things than its screen."""
        kiosk = self.bearer(str(auth.get("token", "")))
        if kiosk is None or kiosk.role is not Role.KIOSK:
            return None
        return dataclasses.replace(kiosk, role=Role.AGENT)

    @override
    def joined(self, actor: Actor) -> None:
        """From now on this kiosk's agent is here."""
        self._here[_key(actor)] = request.sid  # type: ignore[attr-defined]
        emit("welcome", {"device": actor.id, "branch": actor.branch})

    @override
    def on_disconnect(self, *_reason: Any) -> None:
        """Its printer is out of reach, unless it is back in a moment."""
        actor = self.actors.get(request.sid)  # type: ignore[attr-defined]
        super().on_disconnect()
        if actor is None or self._here.get(_key(actor)) != request.sid:  # type: ignore[attr-defined]
            return
        del self._here[_key(actor)]
        self.socketio.start_background_task(self._report_lost, actor)

    def _report_lost(self, actor: Actor) -> None:
        time.sleep(_LOST_AFTER_S)
        if _key(actor) in self._here:
            return
        try:
            self._report(actor, "lost")
        except Exception:
            _log.exception("agent: could not record that %s is lost", actor.id)

    @override
    def on_command(self, data: Any = None) -> dict[str, Any]:
        """Agents have messages of their own."""

        def refuse(_actor: Actor, message: Mapping[str, Any]) -> dict[str, Any]:
            raise BadValue(field="name", problem=f"no command for agents: {message.get('name')}")

        return self._answered(data, refuse)

    # Slips -----------------------------------------------------------------------------------
    def on_jobs(self, data: Any = None) -> dict[str, Any]:
        """The slips that this kiosk's agent is to print now, each with its texts."""

        def jobs(actor: Actor, _message: Message) -> dict[str, Any]:
            engine = self.context.engine
            if devices.printer_of(engine, actor.branch, actor.id) != devices.BY_AGENT:
                return {"ok": True, "jobs": []}
            found = [self._job(actor.branch, ticket) for ticket in self._waiting(actor)]
            return {"ok": True, "jobs": [job for job in found if job]}

        return self._answered(data, jobs)

    def _waiting(self, actor: Actor) -> list[Ticket]:
        """This kiosk's tickets whose paper is still to come, who pressed first first."""
        view = self.context.view(actor.branch)
        waiting: list[Ticket] = []
        for ticket in view.state.tickets.values():
            if ticket.device != actor.id or ticket.status in ENDED:
                continue
            if ticket.slip == REPRINTING or (not ticket.slip and slips.is_useful(ticket, view.now)):
                waiting.append(ticket)
        return waiting

    def _job(self, branch: BranchId, ticket: Ticket) -> dict[str, Any] | None:
        engine = self.context.engine
        name = slips.job_id(branch, ticket.id)
        if is_reprint := ticket.slip == REPRINTING:
            asked = queries.last_reprint(engine, branch, ticket.id)
            if asked is None:
                return None
            name = slips.reprint_job_id(branch, ticket.id, asked)
        slip = paper.slip_of(engine, ticket.id, self.context.settings, is_reprint=is_reprint)
        return {"job": name, "ticket": ticket.id, "slip": slip.to_json()}

    def on_printed(self, data: Any = None) -> dict[str, Any]:
        """What came of a slip; told again until it was heard."""

        def record(actor: Actor, message: Message) -> dict[str, Any]:
            command = RecordPrint(
                branch=actor.branch,
                command_id=str(message.get("job", ""))[:80],
                ticket=TicketId(str(message.get("ticket", ""))),
                job=str(message.get("job", ""))[:80],
                printer=str(message.get("printer", ""))[:80],
                code=str(message.get("code", ""))[:20],
            )
            return {"ok": True, "seq": self.context.execute(command, actor).seq}

        return self._answered(data, record)

    def on_printer(self, data: Any = None) -> dict[str, Any]:
        """How the printer is."""

        def report(actor: Actor, message: Message) -> dict[str, Any]:
            return {"ok": True, "seq": self._report(actor, str(message.get("state", "")))}

        return self._answered(data, report)

    def _report(self, actor: Actor, state: str) -> int:
        # Not a press that may be repeated: the same state again is no event anyway.
        command_id = f"printer:{actor.id}:{time.monotonic_ns()}"[:80]
        command = ReportPrinter(
            branch=actor.branch, command_id=command_id, device=actor.id, state=state
        )
        return self.context.execute(command, actor).seq

    # Number blocks ---------------------------------------------------------------------------
    def on_blocks(self, data: Any = None) -> dict[str, Any]:
        """The numbers this kiosk may give by itself; `left` says how many it has, by block."""

        def offered(actor: Actor, message: Message) -> dict[str, Any]:
            left = message.get("left")
            left = left if isinstance(left, dict) else {}
            view = self.context.view(actor.branch)
            old = {block for block in view.state.blocks if block not in left}
            for queue in view.catalogue.queues:
                if queue.offline_numbers:
                    self._refill(actor, queue.id, queue.offline_numbers, left)
            view = self.context.view(actor.branch)
            offers = [
                signed_blocks.offer(block, view.catalogue, self.context.secret, view.now)
                for block in view.state.blocks.values()
                # What this agent does not know of was another's, whose disk is gone: some of it may
                # have been given, and a number is never given twice.
                if block.device == actor.id
                and block.id not in old
                and view.catalogue.queue(block.queue)
            ]
            return {"ok": True, "blocks": offers, **self._needs(view)}

        return self._answered(data, offered)

    def _needs(self, view: View) -> dict[str, Any]:
        """What an agent needs to go on by itself: configuration, blank slips, opening hours."""
        blanks = {
            queue.id: {
                language: paper.blank_of(view.catalogue, queue.id, language)
                for language in LANGUAGES
            }
            for queue in view.catalogue.queues
            if queue.offline_numbers
        }
        return {
            "blanks": blanks,
            "branch": catalogue_views.branch_part(view.catalogue),
            "catalogue": catalogue_views.catalogue_part(view.catalogue, self.audience),
            "sessions": [
                {"from": replies.instant(s.doors), "until": replies.instant(s.closes)}
                for n in range(_DAYS_AHEAD)
                for s in hours.sessions(
                    view.catalogue.hours, view.catalogue.zone, view.day + timedelta(days=n)
                )
            ],
        }

    def _refill(self, actor: Actor, queue: QueueId, size: int, left: Message) -> None:
        """Grant a further block where those of the day on which it gives numbers run low."""
        view = self.context.view(actor.branch)
        day = blocks.day_of(view.catalogue, queue, view.now, view.state.closed_date)
        own = [
            b
            for b in view.state.blocks.values()
            if (b.device, b.queue, b.business_date) == (actor.id, queue, day)
        ]
        held = [b for b in own if b.id in left]
        if held and sum(_left_of(b, left) for b in held) >= size * _REFILL_BELOW:
            return
        # The same wish after the same blocks counts once, however often an agent asks.
        wish = f"block:{day:%Y%m%d}:{queue}:{len(own)}:{actor.id}"
        command = GrantBlock(
            branch=actor.branch, command_id=wish[:80], device=actor.id, queue=queue
        )
        try:
            self.context.execute(command, actor)
        except SeriesFull:
            _log.info("no number is left for a block of %s", queue)

    def on_hand_in(self, data: Any = None) -> dict[str, Any]:
        """A ticket that was given from a block."""

        def hand_in(actor: Actor, message: Message) -> dict[str, Any]:
            command = self._handed_in(actor, message)
            outcome = self.context.execute(command, actor)
            return {"ok": True, "seq": outcome.seq, "result": outcome.result}

        return self._answered(data, hand_in)

    def _handed_in(self, actor: Actor, message: Message) -> HandInTicket:
        signed = signed_blocks.opened(message, self.context.secret)
        serial, issued_at = message.get("serial"), _instant(message.get("issued_at"))
        if (signed.device, signed.branch) != (actor.id, actor.branch):
            raise UnknownBlock(block=signed.block)
        if not isinstance(serial, int):
            raise BadValue(field="serial", problem="integer")
        procedure, priority = message.get("procedure"), message.get("priority")
        ahead = message.get("ahead")
        return HandInTicket(
            branch=actor.branch,
            command_id=f"hand-in:{signed.block}:{serial}"[:80],
            device=actor.id,
            block=signed.block,
            serial=serial,
            ticket=signed_blocks.ticket_id(actor.branch, signed.block, serial, self.context.secret),
            issued_at=issued_at,
            service=ServiceId(str(message.get("service", ""))),
            wish=str(message.get("wish", ""))[:80],
            procedure=ProcedureId(str(procedure)) if procedure else None,
            priority=str(priority) if priority else None,
            language=str(message.get("language", "vi")),
            readiness=str(message.get("readiness", "")),
            ahead=ahead if isinstance(ahead, int) else 0,
            job=str(message.get("job", ""))[:80],
            printer=str(message.get("printer", ""))[:80],
            slip=str(message.get("slip", ""))[:20],
        )


def _key(actor: Actor) -> str:
    return f"{actor.branch}/{actor.id}"


def _left_of(block: NumberBlock, left: Message) -> int:
    """Unused numbers of a block by its agent's count; all of them where it has not said."""
    said = left.get(block.id)
    return said if isinstance(said, int) else block.last - block.first + 1


def _instant(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise BadValue(field="issued_at", problem="ISO 8601") from error
    if at.tzinfo is None:
        raise BadValue(field="issued_at", problem="time zone")
    return at

"""What kiosks do when the server is out of reach: hold numbers, and hand in the tickets they gave."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from server.domain import blocks, errors, numbering
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.blocks import NumberBlock
from server.domain.catalogue import Catalogue, Queue
from server.domain.ticket import Status
from server.handlers.citizens import LANGUAGES, READINESS
from server.handlers.shared import Decision, Fact, Log

#: `code` of a ticket that another one of the same press stands for.
REPLACED: Final = "replaced"
PRINTER_STATES: Final = (
    "ok", "paper_low", "paper_out", "cover_open", "offline", "unknown", "lost",
)  # fmt: skip
#: A ticket in these can still be taken back in favour of its twin.
_UNCALLED: Final = (Status.WAITING, Status.PARKED, Status.NO_SHOW)


def grant(command: cmd.GrantBlock, log: Log) -> Decision:
    """The next numbers from the top of the queue's series, for the day it next gives numbers."""
    queue = log.catalogue.queue(command.queue)
    if queue is None:
        raise errors.UnknownQueue(queue=command.queue)
    day = blocks.day_of(log.catalogue, queue.id, log.now, log.closed_date)
    given = log.last_serial(queue.id) if day == log.business_date else None
    first, last = blocks.next_range(queue, log.blocks(day), given)
    granted = ev.BlockGranted(
        block=f"{numbering.number(queue, first)}-{day:%Y%m%d}",
        device=command.device,
        queue=queue.id,
        business_date=day,
        first=first,
        last=last,
    )
    return Decision([(None, granted)])


def hand_in(command: cmd.HandInTicket, log: Log) -> Decision:
    """A ticket given from a block joins the line at the time it was given.

    It is on paper already, so that nothing about it is refused that can be mended: what the
    catalogue no longer knows is left out, a clock that was wrong is held within the block's day.
    """
    block = log.block(command.block)
    if block is None or block.device != command.device:
        raise errors.UnknownBlock(block=command.block)
    if not block.first <= command.serial <= block.last:
        raise errors.BadValue(field="serial", problem=f"{block.first}–{block.last}")  # noqa: RUF001
    if log.ticket(command.ticket) is not None:
        return Decision([], command.ticket)
    queue = log.catalogue.queue(block.queue)
    if queue is None:
        raise errors.UnknownQueue(queue=block.queue)
    issued = _issued(command, block, queue, log)
    facts: list[Fact] = [(command.ticket, issued)]
    if command.slip == "printed":
        printed = ev.SlipPrinted(job=command.job, printer=command.printer)
        facts.append((command.ticket, printed))
    elif command.slip:
        failed = ev.SlipPrintFailed(job=command.job, printer=command.printer, code=command.slip)
        facts.append((command.ticket, failed))
    return Decision([*facts, *_ended(command, block, log)], command.ticket)


def _issued(
    command: cmd.HandInTicket, block: NumberBlock, queue: Queue, log: Log
) -> ev.TicketIssued:
    catalogue = log.catalogue
    service = catalogue.service(command.service) or catalogue.service_of_queue(queue.id)
    if service is None or service.queue != queue.id:
        raise errors.ServiceRequired(queue=queue.id)
    procedure = catalogue.procedure(command.procedure) if command.procedure else None
    return ev.TicketIssued(
        ticket=command.ticket,
        number=numbering.number(queue, command.serial),
        serial=command.serial,
        queue=queue.id,
        service=service.id,
        business_date=block.business_date,
        procedure=procedure.id if procedure and procedure.service == service.id else None,
        priority=_priority(command.priority, catalogue),
        channel="kiosk",
        language=command.language if command.language in LANGUAGES else LANGUAGES[0],
        paper=bool(command.slip),
        readiness=command.readiness if command.readiness in READINESS else "",
        ahead=max(0, command.ahead),
        device=command.device,
        block=block.id,
        issued_at=_within(command.issued_at, block.business_date, log),
    )


def _priority(code: str | None, catalogue: Catalogue) -> str | None:
    found = catalogue.policy.priority_class(code) if code else None
    return found.code if found and not found.urgent else None


def _within(at: datetime, day: date, log: Log) -> datetime:
    """The kiosk's time, held within the block's day and never after now."""
    start = datetime.combine(day, time(), log.zone).astimezone(UTC)
    end = start + timedelta(days=1) - timedelta(seconds=1)
    return max(start, min(at.astimezone(UTC), end, log.now))


def _ended(command: cmd.HandInTicket, block: NumberBlock, log: Log) -> list[Fact]:
    """One press, one living ticket: of two the one that nobody has called is taken back.

    And whoever was given a number on a day that is over is not waited for today.
    """
    facts: list[Fact] = []
    code = ""
    twin = log.issued_by(command.wish) if command.wish else None
    if twin is not None:
        if twin.status in _UNCALLED:
            facts.append((twin.id, ev.TicketCancelled(code=REPLACED)))
        elif twin.status is not Status.CANCELLED:
            code = REPLACED
    closed = log.closed_date is not None and log.closed_date >= block.business_date
    if block.business_date < log.business_date or closed:
        code = "day_close"
    if code:
        facts.append((command.ticket, ev.TicketCancelled(code=code)))
    return facts


def report_printer(command: cmd.ReportPrinter, log: Log) -> Decision:
    """Only a change is worth an event."""
    if command.state not in PRINTER_STATES:
        raise errors.BadValue(field="state", problem=", ".join(PRINTER_STATES))
    if log.printer(command.device) == command.state:
        return Decision([])
    return Decision([(None, ev.PrinterReported(device=command.device, state=command.state))])

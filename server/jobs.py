"""What RQ workers run. Ordinary processes: nothing here is patched or shared with the web."""

import contextlib
from functools import cache
from typing import Any

from rq import get_current_job

from kiosk.slip import render
from server import database, devices, paper, queries, settings, slips
from server.dispatch import Dispatcher
from server.domain.commands import RecordPrint
from server.domain.errors import IdempotencyConflict
from server.domain.ids import BranchId, TicketId
from server.log_time import time_of


@cache
def parts() -> tuple[settings.Settings, Any, Dispatcher]:
    """Settings, engine and dispatcher of this worker, made once."""
    loaded = settings.load()
    engine = database.connect(loaded.database)
    dispatcher = Dispatcher(
        engine,
        now=time_of(loaded, engine),
        nudge=lambda _branch: None,  # the relay's poll finds it within a second
        secret=settings.secret_of(loaded),
    )
    return loaded, engine, dispatcher


def print_slip(branch: str, ticket: str, job: str) -> str:
    """Print a ticket's slip once and record what came of it. Returns the outcome's code.

    Three outcomes: printed; `nothing_sent`, which is tried again a few times and then recorded;
    `unconfirmed`, which is never retried by itself because paper may have come out. Raises
    `PrinterError` to be run again.
    """
    from kiosk.printer import Printer  # noqa: PLC0415 - escpos costs 0.2 s to import
    from kiosk.printer_error import PrinterError  # noqa: PLC0415

    loaded, engine, _ = parts()
    address = devices.printer_of(
        engine, BranchId(branch), queries.device_of(engine, TicketId(ticket))
    )
    printer = Printer(address or loaded.printer, loaded.data / "slips")
    if queries.has_ended(engine, TicketId(ticket)):
        # Given up or voided meanwhile: paper with a dead number would send somebody to wait.
        return "ended"
    code = ""
    try:
        if not printer.claim(job):
            # A worker died between sending and recording: nobody knows what the paper says.
            code = "unconfirmed"
        else:
            slip = paper.slip_of(engine, TicketId(ticket), loaded, is_reprint=slips.is_reprint(job))
            printer.print(job, render(slip, printer.width_dots))
    except PrinterError as error:
        if error.code == "nothing_sent" and _may_try_again():
            raise
        code = error.code
    record_print(branch, ticket, job, printer.name, code)
    return code or "printed"


def record_print(branch: str, ticket: str, job: str, printer: str, code: str) -> None:
    """What came of a slip, here or at a kiosk's agent; heard twice it counts once."""
    _, _, dispatcher = parts()
    command = RecordPrint(
        branch=BranchId(branch),
        command_id=job,
        ticket=TicketId(ticket),
        job=job,
        printer=printer,
        code=code,
    )
    with contextlib.suppress(IdempotencyConflict):
        dispatcher.execute(command, actor="job:slips")


def give_up(branch: str, ticket: str, job: str) -> None:
    """A kiosk's agent said nothing of a slip: the staff are told, for the citizen stands there.

    Nobody knows what came out, so it is never printed again by itself. When the agent says later
    that it was printed, the ticket is settled.
    """
    _, engine, dispatcher = parts()
    if queries.has_ended(engine, TicketId(ticket)):
        return
    command = RecordPrint(
        branch=BranchId(branch),
        command_id=f"{job}-lost",
        ticket=TicketId(ticket),
        job=job,
        printer="agent",
        code="unconfirmed",
    )
    dispatcher.execute(command, actor="job:slips")


def _may_try_again() -> bool:
    """Whether RQ will run this job once more when it fails now."""
    job = get_current_job()
    return job is not None and bool(job.retries_left)

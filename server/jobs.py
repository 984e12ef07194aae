"""What RQ workers run. Ordinary processes: nothing here is patched or shared with the web."""

from functools import cache
from typing import Any

from rq import get_current_job

from kiosk.slip import render
from server import database, paper, queries, settings
from server.dispatch import Dispatcher
from server.domain.commands import RecordPrint
from server.domain.ids import BranchId, TicketId
from server.log_time import time_of


@cache
def _parts() -> tuple[settings.Settings, Any, Dispatcher]:
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

    loaded, engine, dispatcher = _parts()
    printer = Printer(loaded.printer, loaded.data / "slips")
    if queries.has_ended(engine, TicketId(ticket)):
        # Given up or voided meanwhile: paper with a dead number would send somebody to wait.
        return "ended"
    code = ""
    try:
        if not printer.claim(job):
            # A worker died between sending and recording: nobody knows what the paper says.
            code = "unconfirmed"
        else:
            slip = paper.slip_of(
                engine,
                TicketId(ticket),
                secret=settings.secret_of(loaded),
                public_url=loaded.paper_url,
                is_reprint="-again-" in job,
            )
            printer.print(job, render(slip, printer.width_dots))
    except PrinterError as error:
        if error.code == "nothing_sent" and _may_try_again():
            raise
        code = error.code
    command = RecordPrint(
        branch=BranchId(branch),
        command_id=job,
        ticket=TicketId(ticket),
        job=job,
        printer=printer.name,
        code=code,
    )
    dispatcher.execute(command, actor="job:slips")
    return code or "printed"


def _may_try_again() -> bool:
    """Whether RQ will run this job once more when it fails now."""
    job = get_current_job()
    return job is not None and bool(job.retries_left)

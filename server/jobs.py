"""What RQ workers run. Ordinary processes: nothing here is patched or shared with the web."""

from functools import cache
from typing import Any

from rq import get_current_job
from sqlalchemy import Engine

from kiosk.slip import Slip, render
from server import database, queries, replies, settings
from server.dispatch import Dispatcher
from server.domain import estimate, wording
from server.domain.commands import RecordPrint
from server.domain.events import TicketIssued
from server.domain.ids import BranchId, TicketId
from server.log_time import time_of
from server.text import sentence


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
            slip = _slip(engine, TicketId(ticket), loaded, is_reprint="-again-" in job)
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


def _slip(engine: Engine, ticket: TicketId, loaded: settings.Settings, *, is_reprint: bool) -> Slip:
    """The texts of a ticket's slip, in the citizen's language."""
    recorded, catalogue = queries.slip_facts(engine, ticket)
    issued = recorded.event
    assert isinstance(issued, TicketIssued), "the first event of a ticket"  # noqa: S101
    language = issued.language

    def say(key: str, **facts: object) -> str:
        return sentence(f"slip.{key}", language, facts, screen="kiosk")

    service = catalogue.service(issued.service)
    procedure = catalogue.procedure(issued.procedure) if issued.procedure else None
    counters = [
        counter.number
        for counter in catalogue.counters
        if issued.queue in estimate.own_queues(catalogue, counter.id)
    ]
    local = recorded.at.astimezone(catalogue.zone)
    phrase = wording.phrase(catalogue, issued.queue, issued.quote, recorded.at, is_initial=False)
    token = replies.follow_token(ticket, settings.secret_of(loaded))
    return Slip(
        branch=catalogue.name.in_language(language),
        label=say("demo") if catalogue.is_demo else "",
        reprint=say("reprint") if is_reprint else "",
        title=say("title"),
        number=issued.number,
        service=service.name.in_language(language) if service else "",
        procedure=procedure.name.in_language(language) if procedure else "",
        issued=say("issued", time=f"{local:%H:%M}", date=f"{local:%d/%m/%Y}"),
        ahead=say("ahead", n=issued.ahead),
        wait=phrase.text.in_language(language) if phrase else "",
        qr=f"{loaded.public_url.rstrip('/')}/t/{token}",
        notice=say("notice"),
        place=say("place", counters=", ".join(map(str, counters))) if counters else "",
        papers_title=say("papers"),
        papers=procedure.papers if procedure else (),
    )

"""What stands on a ticket's slip, in the citizen's language."""

from sqlalchemy import Engine

from kiosk.slip import Slip
from server import queries, replies, settings
from server.domain import estimate, wording
from server.domain.catalogue import Catalogue
from server.domain.events import TicketIssued
from server.domain.ids import QueueId, TicketId
from server.text import sentence


def slip_of(
    engine: Engine, ticket: TicketId, loaded: settings.Settings, *, is_reprint: bool
) -> Slip:
    """The texts of a ticket's slip, in the citizen's language. Raises `UnknownTicket`."""
    recorded, catalogue = queries.slip_facts(engine, ticket)
    issued = recorded.event
    assert isinstance(issued, TicketIssued), "the first event of a ticket"  # noqa: S101
    language = issued.language
    service = catalogue.service(issued.service)
    procedure = catalogue.procedure(issued.procedure) if issued.procedure else None
    local = (issued.issued_at or recorded.at).astimezone(catalogue.zone)
    phrase = wording.phrase(catalogue, issued.queue, issued.quote, recorded.at, is_initial=False)
    token = replies.follow_token(ticket, settings.secret_of(loaded))
    return Slip(
        branch=catalogue.name.in_language(language),
        label=_say("demo", language) if catalogue.is_demo else "",
        reprint=_say("reprint", language) if is_reprint else "",
        title=_say("title", language),
        number=issued.number,
        service=service.name.in_language(language) if service else "",
        procedure=procedure.name.in_language(language) if procedure else "",
        issued=_say("issued", language, time=f"{local:%H:%M}", date=f"{local:%d/%m/%Y}"),
        # Nobody knew how many were ahead while the server was out of reach.
        ahead="" if issued.block else _say("ahead", language, n=issued.ahead),
        wait=phrase.text.in_language(language) if phrase else "",
        qr=f"{loaded.public_url.rstrip('/')}/t/{token}",
        notice=_say("notice", language),
        place=_place(catalogue, issued.queue, language),
        papers_title=_say("papers", language),
        papers=catalogue.papers_of(procedure) if procedure else (),
    )


def blank_of(catalogue: Catalogue, queue: QueueId, language: str) -> Slip:
    """The slip of a queue with marks where a kiosk's agent fills in what it gave by itself."""
    return Slip(
        branch=catalogue.name.in_language(language),
        label=_say("demo", language) if catalogue.is_demo else "",
        title=_say("title", language),
        number="{number}",
        service="{service}",
        procedure="{procedure}",
        issued=_say("issued", language, time="{time}", date="{date}"),
        ahead="",
        wait="",
        qr="{qr}",
        notice=_say("notice", language),
        place=_place(catalogue, queue, language),
        papers_title=_say("papers", language),
        papers=("{papers}",),
    )


def _say(key: str, language: str, **facts: object) -> str:
    return sentence(f"slip.{key}", language, facts, screen="kiosk")


def _place(catalogue: Catalogue, queue: QueueId, language: str) -> str:
    """Where whoever is called goes, such as "Quầy 1, 2, 3"; empty when no counter serves it."""
    counters = [
        counter.number
        for counter in catalogue.counters
        if queue in estimate.own_queues(catalogue, counter.id)
    ]
    if not counters:
        return ""
    return _say("place", language, counters=", ".join(map(str, counters)))

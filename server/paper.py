"""What stands on a ticket's slip, in the citizen's language: the branch's template and its words."""

from datetime import datetime
from typing import Any, Final

from babel.dates import get_day_names
from sqlalchemy import Engine

from kiosk.blank import Told, filled
from kiosk.slip import Slip
from server import queries, replies, settings
from server.domain import estimate, slip_template, wording
from server.domain.catalogue import Catalogue, Procedure, SlipLine
from server.domain.events import TicketIssued
from server.domain.ids import QueueId, TicketId
from server.text import sentence

#: What a slip says where a branch file is only tried out.
_SAMPLE_NUMBER: Final = 42
_SAMPLE_ADDRESS: Final = "https://vi-du.vn/t/phieu-xem-thu"
_SAMPLE_WAIT: Final = {
    "vi": "Khoảng 20–40 phút, khoảng 9:20–9:45 (tính lúc 9:02)",  # noqa: RUF001 - a range takes an en dash
    "en": "About 20–40 minutes, about 9:20–9:45 (as of 9:02)",  # noqa: RUF001
}


def slip_of(
    engine: Engine, ticket: TicketId, loaded: settings.Settings, *, is_reprint: bool
) -> Slip:
    """The slip of an issued ticket. Raises `UnknownTicket`."""
    recorded, catalogue = queries.slip_facts(engine, ticket)
    issued = recorded.event
    assert isinstance(issued, TicketIssued), "the first event of a ticket"  # noqa: S101
    language = issued.language
    service = catalogue.service(issued.service)
    procedure = catalogue.procedure(issued.procedure) if issued.procedure else None
    quote, at = issued.quote, issued.issued_at or recorded.at
    is_initial = quote.is_initial if quote else False
    phrase = wording.phrase(catalogue, issued.queue, quote, at, is_initial=is_initial)
    token = replies.follow_token(ticket, settings.secret_of(loaded))
    address = loaded.paper_url.rstrip("/")
    told = Told(
        number=issued.number,
        service=issued.service,
        service_name=service.name.in_language(language) if service else "",
        at=at.astimezone(catalogue.zone),
        follow=f"{address}/t/{token}" if address else "",
        # Nobody knew how many were ahead while the server was out of reach.
        ahead="" if issued.block else str(issued.ahead),
        wait=phrase.dated.in_language(language) if phrase else "",
        has_priority=bool(issued.priority),
        is_reprint=is_reprint,
        **_of_procedure(catalogue, procedure, language),
    )
    return filled(blank_of(catalogue, issued.queue, language), told)


def sample_of(catalogue: Catalogue, at: datetime, *, language: str, is_reprint: bool) -> Slip:
    """The longest slip a branch can print, for whoever tries its template."""

    def length(procedure: Procedure) -> int:
        return len("".join(catalogue.papers_of(procedure))) + len(procedure.name.vi)

    procedure = max(catalogue.procedures, key=length, default=None)
    service = catalogue.service(procedure.service) if procedure else catalogue.services[0]
    assert service is not None, "a checked catalogue"  # noqa: S101
    queue = catalogue.queue(service.queue)
    assert queue is not None, "a checked catalogue"  # noqa: S101
    told = Told(
        number=f"{queue.prefix}{_SAMPLE_NUMBER:03}",
        service=service.id,
        service_name=service.name.in_language(language),
        at=at.astimezone(catalogue.zone),
        follow=_SAMPLE_ADDRESS,
        ahead="7",
        wait=_SAMPLE_WAIT[language],
        has_priority=True,
        is_reprint=is_reprint,
        **_of_procedure(catalogue, procedure, language),
    )
    return filled(blank_of(catalogue, queue.id, language), told)


def _of_procedure(
    catalogue: Catalogue, procedure: Procedure | None, language: str
) -> dict[str, Any]:
    if procedure is None:
        return {}
    return {
        "procedure_name": procedure.name.in_language(language),
        "papers": catalogue.papers_of(procedure),
        "fee": procedure.fee,
        "statutory_time": procedure.statutory_time,
    }


def blank_of(catalogue: Catalogue, queue: QueueId, language: str) -> dict[str, Any]:
    """The slip of a queue before its ticket, as JSON for `kiosk.blank.filled`."""
    own = [c for c in catalogue.counters if queue in estimate.own_queues(catalogue, c.id)]
    directions = {counter.direction for counter in own}
    named = catalogue.queue(queue)
    weekdays = get_day_names("wide", locale=language)
    return {
        "lines": [_blank_line(line, language) for line in catalogue.slip or slip_template.USUAL],
        "values": {
            "branch": catalogue.name.in_language(language),
            "address": catalogue.address,
            "queue": named.name.in_language(language) if named else "",
            "counters": ", ".join(str(counter.number) for counter in own),
            "direction": (
                _say(f"direction.{directions.pop()}", language) if len(directions) == 1 else ""
            ),
            "notice": _say("notice", language),
            "demo": _say("demo", language) if catalogue.is_demo else "",
        },
        "words": {
            "priority": _say("priority", language),
            "reprint": _say("reprint", language),
            "more_papers": _say("more_papers", language),
            "one_more_paper": _say("more_papers.one", language),
            "weekdays": [weekdays[n] for n in range(7)],
        },
    }


def _blank_line(line: SlipLine, language: str) -> dict[str, Any]:
    return {
        "text": line.text.in_language(language),
        "label": line.label.in_language(language),
        "size": line.size.value,
        "weight": line.weight.value,
        "services": list(line.services),
        "after": f"{line.after:%H:%M}" if line.after else "",
    }


def _say(key: str, language: str) -> str:
    return sentence(f"slip.{key}", language, screen="kiosk")

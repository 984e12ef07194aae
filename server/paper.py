"""A ticket's slip: the branch's template filled in, in the citizen's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import format_date
from sqlalchemy import Engine

from kiosk.slip import Line, Slip
from server import queries, replies
from server.domain import estimate, slip_template, wording
from server.domain.catalogue import Catalogue, Procedure, Service, SlipLine
from server.domain.events import TicketIssued
from server.domain.ids import QueueId, TicketId
from server.text import sentence

#: The rest is told in a sentence: a slip is no longer than an arm.
_MOST_PAPERS: Final = 10
#: What a slip says where a branch file is only tried out.
_SAMPLE_NUMBER: Final = 42
_SAMPLE_ADDRESS: Final = "https://vi-du.vn/t/phieu-xem-thu"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticket:
    """What a slip tells of a ticket."""

    queue: QueueId
    number: str
    service: Service | None
    procedure: Procedure | None
    #: In the branch's own time.
    at: datetime
    ahead: str
    wait: str
    has_priority: bool
    is_reprint: bool
    #: Address under which the ticket is followed; "" where the office has none.
    follow: str


def slip_of(
    engine: Engine, ticket: TicketId, *, secret: str, public_url: str, is_reprint: bool
) -> Slip:
    """The slip of an issued ticket; `public_url` is where its QR code leads, "" = it has none.

    Raises `UnknownTicket`.
    """
    recorded, catalogue = queries.slip_facts(engine, ticket)
    issued = recorded.event
    assert isinstance(issued, TicketIssued), "the first event of a ticket"  # noqa: S101
    phrase = wording.phrase(catalogue, issued.queue, issued.quote, recorded.at, is_initial=False)
    token = replies.follow_token(ticket, secret)
    told = _Ticket(
        queue=issued.queue,
        number=issued.number,
        service=catalogue.service(issued.service),
        procedure=catalogue.procedure(issued.procedure) if issued.procedure else None,
        at=recorded.at.astimezone(catalogue.zone),
        ahead=str(issued.ahead),
        wait=phrase.text.in_language(issued.language) if phrase else "",
        has_priority=bool(issued.priority),
        is_reprint=is_reprint,
        follow=f"{public_url.rstrip('/')}/t/{token}" if public_url else "",
    )
    return _filled(catalogue, told, issued.language)


def sample_of(catalogue: Catalogue, at: datetime, *, language: str, is_reprint: bool) -> Slip:
    """The longest slip a branch can print, for whoever tries its template."""

    def papers(procedure: Procedure) -> int:
        return len("".join(procedure.papers)) + len(procedure.name.vi)

    procedure = max(catalogue.procedures, key=papers, default=None)
    service = catalogue.service(procedure.service) if procedure else catalogue.services[0]
    assert service is not None, "a checked catalogue"  # noqa: S101
    queue = catalogue.queue(service.queue)
    assert queue is not None, "a checked catalogue"  # noqa: S101
    told = _Ticket(
        queue=queue.id,
        number=f"{queue.prefix}{_SAMPLE_NUMBER:03}",
        service=service,
        procedure=procedure,
        at=at.astimezone(catalogue.zone),
        ahead="7",
        wait=_SAMPLE_WAIT.get(language, _SAMPLE_WAIT["vi"]),
        has_priority=True,
        is_reprint=is_reprint,
        follow=_SAMPLE_ADDRESS,
    )
    return _filled(catalogue, told, language)


_SAMPLE_WAIT: Final = {
    "vi": "Khoảng 20–35 phút (9:25–9:40)",  # noqa: RUF001 - a range takes an en dash
    "en": "About 20–35 minutes (9:25–9:40)",  # noqa: RUF001
}


def _filled(catalogue: Catalogue, ticket: _Ticket, language: str) -> Slip:
    values = _values(catalogue, ticket, language)
    lines = [
        _line(line, values, ticket, language)
        for line in catalogue.slip or slip_template.USUAL
        if _is_wanted(line, ticket)
    ]
    return Slip(lines=_tidy([line for line in lines if line is not None]))


def _is_wanted(line: SlipLine, ticket: _Ticket) -> bool:
    if line.services and (ticket.service is None or ticket.service.id not in line.services):
        return False
    return line.after is None or ticket.at.time() >= line.after


def _line(line: SlipLine, values: Mapping[str, str], ticket: _Ticket, language: str) -> Line | None:
    """A line with its words; None when all it could tell is empty."""
    template = line.text.in_language(language)
    if template == slip_template.RULE:
        return Line(kind="rule")
    text = slip_template.filled(template, values)
    if not text:
        return None
    kind = next((n for n in slip_template.ALONE if template == f"{{{n}}}"), "text")
    papers = ticket.procedure.papers if kind == "papers" and ticket.procedure else ()
    return Line(
        kind=kind,
        text=_others(papers, language) if kind == "papers" else text,
        label=line.label.in_language(language),
        size=line.size.value,
        weight=line.weight.value,
        items=papers[:_MOST_PAPERS],
    )


def _others(papers: tuple[str, ...], language: str) -> str:
    """How many papers did not fit; "" when all did."""
    more = len(papers) - _MOST_PAPERS
    return _say("more_papers", language, n=more) if more > 0 else ""


def _tidy(lines: list[Line]) -> tuple[Line, ...]:
    """Without rules that part nothing: lines that were left out may have stood between them."""
    kept: list[Line] = []
    for line in lines:
        if line.kind != "rule" or (kept and kept[-1].kind != "rule"):
            kept.append(line)
    while kept and kept[-1].kind == "rule":
        kept.pop()
    return tuple(kept)


def _values(catalogue: Catalogue, ticket: _Ticket, language: str) -> dict[str, str]:
    """What each of `slip_template.VARIABLES` stands for on this slip; "" where there is nothing."""
    own = [c for c in catalogue.counters if ticket.queue in estimate.own_queues(catalogue, c.id)]
    directions = {counter.direction for counter in own}
    queue, service, procedure = catalogue.queue(ticket.queue), ticket.service, ticket.procedure
    return {
        "branch": catalogue.name.in_language(language),
        "address": catalogue.address,
        "number": ticket.number,
        "queue": queue.name.in_language(language) if queue else "",
        "service": service.name.in_language(language) if service else "",
        "procedure": procedure.name.in_language(language) if procedure else "",
        "counters": ", ".join(str(counter.number) for counter in own),
        "direction": _say(f"direction.{directions.pop()}", language)
        if len(directions) == 1
        else "",
        "time": f"{ticket.at:%H:%M}",
        "date": f"{ticket.at:%d/%m/%Y}",
        "weekday": format_date(ticket.at, "EEEE", locale=language),
        "ahead": ticket.ahead,
        "wait": ticket.wait,
        "priority": _say("priority", language) if ticket.has_priority else "",
        "papers": "; ".join(procedure.papers) if procedure else "",
        "fee": procedure.fee if procedure else "",
        "statutory_time": procedure.statutory_time if procedure else "",
        "qr": ticket.follow,
        "notice": _say("notice", language),
        "reprint": _say("reprint", language) if ticket.is_reprint else "",
        "demo": _say("demo", language) if catalogue.is_demo else "",
    }


def _say(key: str, language: str, **facts: object) -> str:
    return sentence(f"slip.{key}", language, facts, screen="kiosk")

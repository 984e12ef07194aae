"""What a command answers: built once, stored beside the log, given again to a repeated press."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any, Final

from server.domain import events as ev
from server.domain import wording
from server.domain.catalogue import Catalogue
from server.domain.events import Quote
from server.domain.ids import QueueId, TicketId
from server.domain.outlook import Told
from server.domain.ticket import Ticket

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_LENGTH: Final = 16
_SIGNATURE_LENGTH: Final = 12


def new_ticket_id() -> TicketId:
    """An id nobody can guess (79 bits)."""
    return TicketId("".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH)))


def ticket_id_of(digest: bytes) -> TicketId:
    """An id like the others, made from `digest`."""
    return TicketId("".join(_ALPHABET[b % len(_ALPHABET)] for b in digest[:_ID_LENGTH]))


def follow_token(ticket: TicketId, secret: str) -> str:
    """The token of a ticket's own page: the id and a signature, so that an id alone opens nothing."""
    digest = hmac.new(secret.encode(), f"follow:{ticket}".encode(), hashlib.sha256).hexdigest()
    return f"{ticket}-{digest[:_SIGNATURE_LENGTH]}"


def followed(token: str, secret: str) -> TicketId | None:
    """The ticket of a follow token; None when the token is not ours."""
    ticket = TicketId(token.partition("-")[0])
    return ticket if hmac.compare_digest(follow_token(ticket, secret), token) else None


def instant(value: datetime | None) -> str | None:
    """An instant on the wire: ISO 8601, UTC."""
    return value.isoformat().replace("+00:00", "Z") if value else None


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """A ticket as staff see it. Nothing in it is about a person."""
    return {
        "id": ticket.id,
        "number": ticket.number,
        "queue": ticket.queue,
        "service": ticket.service,
        "procedure": ticket.procedure,
        "status": ticket.status.value,
        "priority": ticket.priority,
        "priority_confirmed": ticket.priority_confirmed,
        "business_date": ticket.business_date.isoformat(),
        "issued_at": instant(ticket.issued_at),
        "arrival_at": instant(ticket.arrival_at),
        "called_at": instant(ticket.called_at),
        "started_at": instant(ticket.started_at),
        "ended_at": instant(ticket.ended_at),
        "calls": ticket.calls,
        "counter": ticket.counter,
        "officer": ticket.officer,
        "rule": ticket.rule,
        "outcome": ticket.outcome,
        "channel": ticket.channel,
        "language": ticket.language,
        "from_counter": ticket.from_counter,
        "to_counter": ticket.to_counter,
        "to_officer": ticket.to_officer,
        "note": ticket.note,
        "park_reason": ticket.park_reason,
        "return_at": instant(ticket.return_at),
        "slip": ticket.slip,
        "readiness": ticket.readiness,
        "yielded": ticket.yielded,
        "version": ticket.version,
    }


def text(value: Any) -> dict[str, str]:
    """A two-language text on the wire."""
    return {"vi": value.vi, "en": value.en or value.vi}


def quote_row(
    catalogue: Catalogue, queue: QueueId, quote: Quote | None, at: datetime, *, is_initial: bool
) -> dict[str, Any] | None:
    """An estimate on the wire, with its sentence; None when no minutes can be said."""
    phrase = wording.phrase(catalogue, queue, quote, at, is_initial=is_initial)
    if phrase is None:
        return None
    return _phrase_row(phrase)


def _phrase_row(phrase: wording.Phrase) -> dict[str, Any]:
    return {
        "kind": phrase.kind,
        "low": phrase.low,
        "high": phrase.high,
        "initial": phrase.is_initial,
        "text": text(phrase.text),
        "short": text(phrase.short),
    }


def told_row(
    catalogue: Catalogue, queue: QueueId, told: Told | None, *, is_initial: bool
) -> dict[str, Any] | None:
    """What somebody who waits is told; None when no minutes can be said."""
    phrase = wording.of_told(catalogue, queue, told, is_initial=is_initial) if told else None
    if told is None or phrase is None:
        return None
    grew = wording.reason(told)
    return {
        "text": text(phrase.text),
        "as_of": text(phrase.as_of),
        "grew": text(grew) if grew else None,
    }


def issued_reply(
    issued: ev.TicketIssued, ticket: Ticket, catalogue: Catalogue, *, is_initial: bool, secret: str
) -> dict[str, Any]:
    """The answer to `IssueTicket`."""
    phrase = wording.phrase(
        catalogue, ticket.queue, issued.quote, ticket.arrival_at, is_initial=is_initial
    )
    return {
        "ticket": ticket_row(ticket),
        "ahead": issued.ahead,
        "estimate": _phrase_row(phrase) | {"as_of": text(phrase.as_of)} if phrase else None,
        "follow_url": f"/t/{follow_token(ticket.id, secret)}",
    }

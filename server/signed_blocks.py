"""Number blocks on the wire: what a kiosk's agent is given, signed, and what it brings back.

The ids of the tickets in a block follow from the block and our secret, so that the QR code on a slip
printed without us opens the right ticket as soon as it is handed in.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from server import replies
from server.domain import errors, hours, numbering
from server.domain.blocks import NumberBlock
from server.domain.catalogue import Catalogue, Queue
from server.domain.ids import BranchId, TicketId

#: A kiosk that has not been heard of for so long in opening hours gives no more numbers.
LIFE: Final = timedelta(hours=8)
_SALT: Final = "number block"


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature vouches for."""

    block: str
    device: str
    branch: BranchId


def ticket_id(branch: BranchId, block: str, serial: int, secret: str) -> TicketId:
    """The id of the ticket with this number; nobody without the secret can guess it."""
    content = f"block:{branch}:{block}:{serial}".encode()
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return replies.ticket_id_of(digest)


def offer(block: NumberBlock, catalogue: Catalogue, secret: str, now: datetime) -> dict[str, Any]:
    """A block as its kiosk gets it: the numbers, when they may be given, and our signature."""
    queue = catalogue.queue(block.queue)
    assert queue is not None, "blocks are offered for queues of the catalogue"  # noqa: S101
    sessions = [
        s
        for s in hours.sessions(catalogue.hours, catalogue.zone, block.business_date)
        if s.takes(queue.id)
    ]
    begins = max([now, *(s.doors for s in sessions[:1])])
    return {
        "id": block.id,
        "queue": block.queue,
        "business_date": block.business_date.isoformat(),
        "first": block.first,
        "last": block.last,
        "prints": queue.prints,
        "expires_at": replies.instant(begins + LIFE),
        "sessions": [
            {"from": replies.instant(s.doors), "until": replies.instant(s.last_ticket)}
            for s in sessions
        ],
        "tickets": _tickets(block, queue, catalogue.branch, secret),
        "signed": _signer(secret).dumps([block.id, block.device, catalogue.branch]),
    }


def _tickets(
    block: NumberBlock, queue: Queue, branch: BranchId, secret: str
) -> list[dict[str, Any]]:
    tickets = []
    for serial in range(block.first, block.last + 1):
        ticket = ticket_id(branch, block.id, serial, secret)
        tickets.append(
            {
                "serial": serial,
                "number": numbering.number(queue, serial),
                "ticket": ticket,
                "follow_url": f"/t/{replies.follow_token(ticket, secret)}",
            }
        )
    return tickets


def opened(message: Mapping[str, Any], secret: str) -> Signed:
    """What a signed block says. Raises `UnknownBlock` when the signature is not ours."""
    try:
        block, device, branch = _signer(secret).loads(str(message.get("signed", "")))
    except (BadData, ValueError) as error:
        raise errors.UnknownBlock(block="?") from error
    return Signed(str(block), str(device), BranchId(str(branch)))


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256})

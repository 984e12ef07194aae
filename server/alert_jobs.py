"""What RQ workers run for alerts: an e-mail, a webhook. Told twice, a receiver sees one id."""

import json
import logging
from typing import Any

from server import alert_messages, alert_words, branches, mail, queries, replies, webhooks
from server.clock import Clock
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId
from server.jobs import parts

_log = logging.getLogger(__name__)


def _facts(branch: str, seq: int) -> tuple[ev.Recorded, alert_words.Told, Catalogue]:
    """The event at `seq`, and the alert it is about as it stands now."""
    _, engine, _ = parts()
    catalogue = branches.require(engine, BranchId(branch))
    with queries.reading(engine) as connection:
        (recorded,) = queries.events_after(connection, BranchId(branch), seq - 1, 1)
        raised_at = getattr(recorded.event, "alert", seq)
        alert = queries.alert(connection, BranchId(branch), raised_at)
    return recorded, alert_words.told(alert, catalogue), catalogue


def send_mail(branch: str, seq: int, address: str) -> str:
    """One e-mail about an alert. Raises `MailFailed` to be run again."""
    settings, _, _ = parts()
    _, alert, catalogue = _facts(branch, seq)
    words = alert.text["vi"]
    name = catalogue.name.vi
    doubt = [words["doubt"]] if words["doubt"] else []
    lines = [words["head"], words["body"], words["action"], *doubt, "", f"{name}, {alert.at}"]
    if settings.public_url:
        lines.append(f"{settings.public_url.rstrip('/')}/manager/{branch}")
    mail.send(
        settings,
        address,
        f"[{name}] {words['head']}",
        "\n".join(lines) + "\n",
        alert_messages.job_id(BranchId(branch), seq, address),
    )
    return "sent"


def post_webhook(branch: str, seq: int, url: str) -> str:
    """One signed POST about an alert. Raises `WebhookFailed` to be run again."""
    settings, _, _ = parts()
    recorded, alert, _ = _facts(branch, seq)
    content: dict[str, Any] = {
        "type": alert_messages.KINDS[type(recorded.event)],
        "timestamp": replies.instant(recorded.at),
        "data": {"branch": branch, **alert.row},
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    sent_at = int(Clock().now().timestamp())
    headers = webhooks.signed(
        webhooks.keys_of(settings.webhook_secret), f"{branch}-{seq}", sent_at, body
    )
    try:
        webhooks.post(url, body, headers, allow_private=settings.webhook_private)
    except webhooks.WebhookFailed as error:
        if not error.permanent:
            raise
        _log.warning("webhook given up: %s", error)
        return "given up"
    return "sent"

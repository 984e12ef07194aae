"""Handing an e-mail to the installation's mail server."""

import ipaddress
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from server.clock import Clock
from server.settings import Settings

_TIMEOUT_S = 10.0
_PORTS = {"smtp": 587, "smtps": 465}


class MailFailed(Exception):
    """The mail server did not take it; it may do so later."""


def send(
    settings: Settings, to: str, subject: str, text: str, message_id: str,
    files: Mapping[str, tuple[str, bytes]] | None = None,
) -> None:  # fmt: skip
    """Send one e-mail. `message_id` is the same for a repetition. Raises `MailFailed`.

    `files` are attached: name to media type and content. A password is sent over TLS only, but for
    a server on this machine.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_from, to, subject
    message["Date"] = format_datetime(Clock().now())
    domain = settings.smtp_from.rsplit("@", 1)[-1]
    message["Message-ID"] = f"<{message_id}@{domain}>" if message_id else make_msgid()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    for name, (media, content) in (files or {}).items():
        kind, _, sub = media.partition(";")[0].partition("/")
        message.add_attachment(content, maintype=kind, subtype=sub, filename=name)
    try:
        with _connected(settings) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise MailFailed(str(error) or type(error).__name__) from error


def _connected(settings: Settings) -> smtplib.SMTP:
    where = urlsplit(settings.smtp)
    host, port = where.hostname or "", where.port or _PORTS[where.scheme]
    context = ssl.create_default_context()
    if where.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
        is_private = True
    else:
        server = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
        server.ehlo()
        is_private = server.has_extn("starttls")
        if is_private:
            server.starttls(context=context)
    if settings.smtp_user:
        if not (is_private or _is_here(host)):
            server.close()
            raise smtplib.SMTPException(f"{host} offers no TLS: the password is not sent")
        server.login(settings.smtp_user, settings.smtp_password)
    return server


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""What a branch file says of alerts: the dead time, who is told, which rules rest."""

import re
from typing import Final
from urllib.parse import urlsplit

from server.branchfile.table import Table
from server.domain.alert_settings import AlertSettings
from server.domain.alerts import CODES

_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
#: More would be a mailing list, which a mail server keeps better.
_MOST: Final = 10


def read_alerts(top: Table) -> AlertSettings:
    """The `[alerts]` of a file; the usual ones when the file leaves them out."""
    usual = AlertSettings()
    table = top.table("alerts", required=False)
    mail, webhooks, quiet = (table.texts(key) for key in ("mail", "webhooks", "quiet"))
    for i, address in enumerate(mail):
        if address and not _MAIL.fullmatch(address):
            _refuse(table, "mail", i, "bad_mail", f"“{address}” không phải địa chỉ thư điện tử")
    for i, address in enumerate(webhooks):
        if address and not _is_address(address):
            _refuse(table, "webhooks", i, "bad_address", f"“{address}” không phải địa chỉ https")
    for key, addresses in (("mail", mail), ("webhooks", webhooks)):
        if len(addresses) > _MOST:
            _refuse(table, key, _MOST, "too_many", f"chỉ được ghi tối đa {_MOST} địa chỉ")
    for i, rule in enumerate(quiet):
        if rule and rule not in CODES:
            table.unknown_choice(table.at("quiet", i), rule, CODES)
    return AlertSettings(
        dead_minutes=table.whole("dead_minutes", usual.dead_minutes),
        mail=mail,
        webhooks=webhooks,
        quiet=quiet,
    )


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.username
    except ValueError:
        return False


def _refuse(table: Table, key: str, i: int, code: str, message: str) -> None:
    table.report.add(code, table.at(key, i), message, f"Ví dụ {table.example(key)}.")

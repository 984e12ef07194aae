"""Addresses of kiosks' printers, judged before they are kept."""

from pathlib import Path

from server.devices import BY_AGENT
from server.domain.errors import BadValue


def checked_printer(address: str) -> str:
    """Where a kiosk's slips are printed. Raises `BadValue` for what is no address."""
    from kiosk.printer import AddressError, Printer  # noqa: PLC0415 - escpos costs 0.2 s to import

    if address not in ("", BY_AGENT):
        try:
            Printer(address, Path("slips"))
        except AddressError as error:
            raise BadValue(field="printer", problem=str(error)) from error
    return address

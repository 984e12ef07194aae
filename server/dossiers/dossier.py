"""A dossier as a kiosk may know it, its code, and the port through which one is found."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from server.domain.ids import BranchId

#: The shapes in use: two to four groups, the date of receipt, a running number (domain.md 8.2).
_CODE: Final = re.compile(r"[0-9A-Z]{2,3}(?:\.[0-9A-Z]{2,3}){1,3}-(\d{6})-\d{4,10}", re.ASCII)
#: Longer input is no code and no address of one.
_LONGEST_INPUT: Final = 500

#: Status codes exchanged with the national portal (domain.md 8.1).
STATUSES: Final = range(1, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Nothing in it says whose it is: no name, address, telephone or officer's note."""

    code: str
    status: int
    procedure: str = ""
    promised: date | None = None
    next_step: str = ""
    #: Of an interlinked dossier (liên thông): how far each agency is.
    parts: tuple["DossierPart", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPart:
    """One agency's part of an interlinked dossier."""

    status: int
    procedure: str = ""


class SourceAwayError(Exception):
    """The source of dossiers did not answer: nobody knows whether the code exists."""


class Source(Protocol):
    """Where dossiers are found."""

    def find(self, branch: BranchId, code: str) -> Dossier | None:
        """The dossier with this code. Raises `SourceAwayError`."""
        ...


def code_in(text: str) -> str | None:
    """The dossier code that a person typed, or that stands in a scanned QR; None without one.

    Case and spaces do not matter. The date inside must be one; the rest is opaque.
    """
    cleaned = re.sub(r"\s", "", text[:_LONGEST_INPUT]).upper()
    whole = _CODE.fullmatch(cleaned)
    # A scanned code may be part of an address; a typed one must be right from end to end.
    found = whole or (_CODE.search(cleaned) if "://" in cleaned else None)
    if found is None or not _is_date(found[1]):
        return None
    return found[0]


def _is_date(digits: str) -> bool:
    try:
        datetime.strptime(digits, "%y%m%d")  # noqa: DTZ007 - a calendar date
    except ValueError:
        return False
    return True

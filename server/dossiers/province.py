"""Dossiers of a provincial system, asked over HTTP. What is asked and answered: deploy/DOSSIERS.md."""

import json
import logging
import time
import urllib.error
import urllib.request
from collections import OrderedDict
from datetime import date
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from typing_extensions import override

from server.domain.ids import BranchId
from server.dossiers.dossier import STATUSES, Dossier, DossierPart, SourceAwayError

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 3.0
_BODY_MAX: Final = 64_000
_KEPT_S: Final = 60.0
_KEPT: Final = 1_000
_TEXT_MAX: Final = 300
_PARTS_MAX: Final = 8


class ProvinceSource:
    """The adapter for a provincial system at `address`, which trusts `token`."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._token = token
        self._kept: OrderedDict[tuple[BranchId, str], tuple[float, Dossier | None]] = OrderedDict()

    def find(self, branch: BranchId, code: str) -> Dossier | None:
        """The dossier as the system last said it, at most a minute ago; no answer is kept of errors."""
        kept = self._kept.get((branch, code))
        if kept is not None and time.monotonic() - kept[0] < _KEPT_S:
            return kept[1]
        found = self._ask(branch, code)
        self._kept[branch, code] = (time.monotonic(), found)
        self._kept.move_to_end((branch, code))
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def _ask(self, branch: BranchId, code: str) -> Dossier | None:
        query = urlencode({"branch": branch})
        request = urllib.request.Request(  # noqa: S310 - https or http, checked by the settings
            f"{self._address}/dossiers/{quote(code, safe='')}?{query}",
            headers={"Accept": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        began = time.monotonic()
        try:
            with _opener.open(request, timeout=_TIMEOUT_S) as answer:
                return _dossier(code, json.loads(_body(answer, began)))
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise _away(f"status {error.code}") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _away(str(error) or type(error).__name__) from error


def _body(answer: Any, began: float) -> bytes:
    """All of the answer, in time: the socket's own time-out begins anew with every byte.

    Raises TimeoutError, and ValueError for more than a dossier can be.
    """
    body = b""
    while part := answer.read1(_BODY_MAX):
        body += part
        if time.monotonic() - began > _TIMEOUT_S:
            raise TimeoutError("too slow")
        if len(body) > _BODY_MAX:
            raise ValueError("too long")
    return body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token must not follow a redirect to another machine."""

    @override
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _away(why: str) -> SourceAwayError:
    # Never the code: logs are kept longer than a look-up.
    _log.warning("the provincial system did not answer a look-up: %s", why)
    return SourceAwayError(why)


def _dossier(code: str, document: dict[str, Any]) -> Dossier:
    """Raises ValueError, KeyError or TypeError for an answer of another shape."""
    if document["code"].upper() != code or document["status"] not in STATUSES:
        raise ValueError("an answer to another question")
    promised = document.get("promised") or ""
    return Dossier(
        code=code,
        status=int(document["status"]),
        procedure=str(document.get("procedure") or "")[:_TEXT_MAX],
        promised=date.fromisoformat(promised) if promised else None,
        next_step=str(document.get("next_step") or "")[:_TEXT_MAX],
        parts=tuple(_part(part) for part in (document.get("parts") or ())[:_PARTS_MAX]),
    )


def _part(document: dict[str, Any]) -> DossierPart:
    if document["status"] not in STATUSES:
        raise ValueError("a part with an unknown status")
    procedure = str(document.get("procedure") or "")[:_TEXT_MAX]
    return DossierPart(status=int(document["status"]), procedure=procedure)

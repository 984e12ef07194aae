"""The calls that anybody may make, from any site: the waits of a branch, and its daily figures."""

import hashlib
import threading
import time
from collections import OrderedDict
from datetime import date
from typing import Final

import msgspec
from flask import Response, request

from server import limits, open_data
from server.api import public_schemas as schemas
from server.api.operations import Parameter, context, public_operation
from server.domain.errors import BadValue, UnknownBranch
from server.domain.ids import BranchId
from server.public_board import FRESH_S, PublicBoard

#: Of a day that is over little changes: a late rating at most.
_DAILY_FRESH_S: Final = 900
_DATE = {"type": "string", "format": "date"}
_PERIOD = (
    Parameter(name="from", schema=_DATE, description="First business date; at most a year to `to`"),
    Parameter(name="to", schema=_DATE, description="Last business date; default: yesterday"),
)


@public_operation(
    "/public/branches/<branch>", "The waits of a branch, for anybody", answer=schemas.PublicAnswer
)
def public_branch(branch: str) -> Response:
    """By field: people waiting from five on, the wait as the kiosk tells it, open counters; hours."""
    _held_back(limits.PUBLIC)
    published = _board().of(BranchId(branch))
    if published is None:
        raise UnknownBranch(branch=branch)
    response = Response(published.body, content_type="application/json")
    response.set_etag(published.etag)
    response.headers["Cache-Control"] = (
        f"public, max-age={FRESH_S}, stale-while-revalidate={2 * FRESH_S}"
    )
    response.make_conditional(request)
    return response


@public_operation(
    "/public/branches/<branch>/daily.json",
    "Daily figures by field, as open data",
    answer=schemas.OpenAnswer,
    parameters=_PERIOD,
)
def public_daily_json(branch: str) -> Response:
    """Of days that are over; whatever a count under ten could be worked out from is null."""
    return _daily(branch, "json")


@public_operation(
    "/public/branches/<branch>/daily.csv",
    "The same as CSV",
    answer=str,
    media="text/csv",
    parameters=_PERIOD,
)
def public_daily_csv(branch: str) -> Response:
    """The first line says whose they are and under which licence, the second names the columns."""
    return _daily(branch, "csv")


class _Recent:
    """The last few files, so that many readers of one cost one look at the database."""

    def __init__(self, most: int = 16, fresh_s: float = 60.0) -> None:
        self._most, self._fresh_s = most, fresh_s
        self._kept: OrderedDict[tuple[object, ...], tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, branch: str, kind: str, start: date | None, end: date | None) -> bytes:
        """The file of a period. Raises `BadValue` and `UnknownBranch`."""
        now = context().clock.now()
        # One at a time: a year is a second's work, and nobody is in a hurry.
        with self._lock:
            engine = context().engine
            key = (str(engine.url), branch, kind, start, end, now.date())
            kept = self._kept.get(key)
            if kept is not None and time.monotonic() - kept[0] < self._fresh_s:
                return kept[1]
            content = open_data.daily(engine, BranchId(branch), start, end, now)
            is_csv = kind == "csv"
            body = open_data.as_csv(content).encode() if is_csv else msgspec.json.encode(content)
            self._kept[key] = (time.monotonic(), body)
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return body


_recent = _Recent()


def _daily(branch: str, kind: str) -> Response:
    _held_back(limits.OPEN_DATA)
    if _board().public(BranchId(branch)) is None:
        raise UnknownBranch(branch=branch)
    start, end = _day("from"), _day("to")
    body = _recent.of(branch, kind, start, end)
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    response = Response(body, content_type=media)
    response.set_etag(hashlib.sha256(body).hexdigest()[:20])
    response.headers["Cache-Control"] = f"public, max-age={_DAILY_FRESH_S}"
    response.headers["Content-Disposition"] = f'inline; filename="{branch}-daily.{kind}"'
    response.make_conditional(request)
    return response


def _board() -> PublicBoard:
    return context().public


def _held_back(limit: limits.Limit) -> None:
    """Raise `WireError` 429 for an address that asks too often."""
    context().limits.require(limit, request.remote_addr or "")


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadValue(field=name, problem="YYYY-MM-DD") from error

"""What strangers are told of a branch: one answer for all of them, made at most every 15 seconds.

Few people in a line could be known to somebody: fewer than five are told as "fewer than five". The
wait is the sentence of the kiosk's tile, from the same row. A reader costs no query.
"""

import hashlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Engine

from server import branches, problems, replies
from server.domain import hours
from server.domain.catalogue import Catalogue, Public, Queue, Service
from server.domain.ids import BranchId
from server.forecast_report import LastDays
from server.views import View

_log = logging.getLogger(__name__)

#: Fewer people waiting than this are not told apart.
LEAST_PEOPLE: Final = 5
#: How long an answer is given again, seconds.
FRESH_S: Final = 15
#: When nothing newer can be had, minutes are left out of what is older than this, seconds.
STALE_S: Final = 60
#: The database is left alone for so long after it could not answer, seconds.
_RETRY_S: Final = 5
_CLOSED_DAYS_SHOWN: Final = 3
_CLOSED_DAYS_AHEAD: Final = 60

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """An answer: its content, the same as JSON, a mark of that, and what the branch allows."""

    document: Row
    body: bytes
    etag: str
    public: Public


@dataclass(frozen=True, slots=True)
class _Moment:
    """By the machine's steady clock, and by the server's, which tests and simulations move."""

    steady_s: float
    at: datetime

    def age_s(self, now: datetime) -> float:
        """Seconds since then, by the clock that says more."""
        return max(time.monotonic() - self.steady_s, abs((now - self.at).total_seconds()))


@dataclass(slots=True)
class _Kept:
    published: Published
    made: _Moment
    #: When the database last could not give a newer one.
    failed: _Moment | None = None


class PublicBoard:
    """The public answers of this process's branches."""

    def __init__(
        self, engine: Engine, view: Callable[[BranchId], View], now: Callable[[], datetime]
    ) -> None:
        self._engine, self._view, self._now = engine, view, now
        self._last_days = LastDays(engine)
        self._kept: dict[BranchId, _Kept] = {}
        self._locks: dict[BranchId, threading.Lock] = defaultdict(threading.Lock)
        self._known: frozenset[BranchId] = frozenset()
        self._known_since_s = float("-inf")
        self._knowing = threading.Lock()

    def of(self, branch: BranchId) -> Published | None:
        """The branch's answer, at most 15 seconds old; None for a branch that shows nothing.

        While the database is away it is the last answer, marked as stale and after a minute
        without minutes. Raises the database's error when there was none yet.
        """
        if branch not in self._branches():
            return None
        published = self._answer(branch)
        return published if published.public.page else None

    def public(self, branch: BranchId) -> Public | None:
        """What the branch allows; None for a branch that shows nothing."""
        found = self.of(branch)
        return found.public if found else None

    def _branches(self) -> frozenset[BranchId]:
        """Every branch there is: whoever tries names at random asks nothing of the database."""
        with self._knowing:
            if time.monotonic() - self._known_since_s > FRESH_S:
                try:
                    self._known = frozenset(branches.ids(self._engine))
                except Exception as error:
                    if not self._known or not problems.is_unavailable(error):
                        raise
                self._known_since_s = time.monotonic()
            return self._known

    def _answer(self, branch: BranchId) -> Published:
        kept = self._kept.get(branch)
        if kept is not None and self._is_fresh(kept):
            return kept.published
        lock = self._locks[branch]
        # Whoever comes while another one computes takes what there is; the first ones wait.
        if kept is None or self._age_s(kept) > STALE_S:
            lock.acquire()
        elif not lock.acquire(blocking=False):
            return kept.published
        try:
            kept = self._kept.get(branch)
            if kept is not None and self._is_fresh(kept):
                return kept.published
            return self._made(branch, kept)
        finally:
            lock.release()

    def _made(self, branch: BranchId, kept: _Kept | None) -> Published:
        try:
            view = self._view(branch)
            published = _published(view, self._last_days.of(branch, view.now))
        except Exception as error:
            if kept is None or not problems.is_unavailable(error):
                raise
            _log.warning("public page of %s: the database is away, told as stale", branch)
            published = _stale(kept.published, without_minutes=self._age_s(kept) > STALE_S)
            # Asked again soon, not by every reader; its age goes on.
            kept.published, kept.failed = published, self._moment()
            return published
        self._kept[branch] = _Kept(published, self._moment())
        return published

    def _moment(self) -> _Moment:
        return _Moment(time.monotonic(), self._now())

    def _age_s(self, kept: _Kept) -> float:
        return kept.made.age_s(self._now())

    def _is_fresh(self, kept: _Kept) -> bool:
        is_resting = kept.failed is not None and kept.failed.age_s(self._now()) < _RETRY_S
        return is_resting or self._age_s(kept) < FRESH_S


def _published(view: View, forecast: Row | None) -> Published:
    return _of(document(view, forecast), view.catalogue.public)


def _of(content: Row, public: Public) -> Published:
    body = msgspec.json.encode(content)
    return Published(content, body, hashlib.sha256(body).hexdigest()[:20], public)


def _stale(published: Published, *, without_minutes: bool) -> Published:
    content = {**published.document, "is_stale": True}
    if without_minutes:
        content["fields"] = [{**field, "wait": None} for field in content["fields"]]
    return _of(content, published.public)


def document(view: View, forecast: Row | None = None) -> Row:
    """What anybody may know of a branch at one moment; `forecast` as `LastDays` has it."""
    catalogue, rows = view.catalogue, view.kiosk_queues()
    fields = [_field(catalogue, queue, rows[queue.id]) for queue in catalogue.queues]
    is_open = any(field["state"] == "open" for field in fields)
    doors = [
        found
        for queue in catalogue.queues
        if (found := hours.next_doors(catalogue.hours, catalogue.zone, queue.id, view.now))
    ]
    return {
        "branch": {
            "id": catalogue.branch,
            "name": replies.text(catalogue.name),
            "address": catalogue.address,
            "time_zone": catalogue.time_zone,
            "is_demo": catalogue.is_demo,
        },
        "at": _instant(view.now),
        "is_stale": False,
        "state": "open" if is_open else "closed",
        "opens_at": None if is_open else _instant(min(doors, default=None)),
        "today": _today(view),
        "closed_days": _closed_days(view),
        "fields": fields,
        "forecast": forecast,
    }


def _field(catalogue: Catalogue, queue: Queue, row: Row) -> Row:
    services = [s for s in catalogue.services if s.queue == queue.id]
    waiting = row["waiting"]
    return {
        "id": queue.id,
        "name": replies.text(queue.name),
        "about": _about(queue, services),
        "state": row["state"],
        "opens_at": _instant(datetime.fromisoformat(row["opens_at"])) if row["opens_at"] else None,
        "waiting": waiting if waiting >= LEAST_PEOPLE else None,
        "fewer_than": None if waiting >= LEAST_PEOPLE else LEAST_PEOPLE,
        "open_counters": row["open_counters"],
        "wait": row["quote"],
        "level": level_of(row["quote"], catalogue.policy.wait_targets_minutes),
    }


def _instant(at: datetime | None) -> str | None:
    """An instant on the wire: UTC, whichever zone it was reckoned in."""
    return replies.instant(at.astimezone(UTC)) if at else None


def _about(queue: Queue, services: list[Service]) -> Row | None:
    """What the field is for: the hint of its one service, else the names of its services."""
    if len(services) == 1 and services[0].hint.vi:
        return replies.text(services[0].hint)
    if [s.name for s in services] in ([], [queue.name]):
        return None
    told = [replies.text(s.name) for s in services]
    return {language: ", ".join(each[language] for each in told) for language in ("vi", "en")}


def level_of(quote: Row | None, targets: tuple[int, int]) -> str:
    """The colour of a kiosk's tile (`kiosk/static/js/tiles.js`): by the far end of the range."""
    if quote is None:
        return "none"
    if quote["kind"] == "soon":
        return "good"
    if quote["kind"] != "range":
        return "late"
    amber, red = targets
    return "good" if quote["high"] <= amber else "medium" if quote["high"] <= red else "late"


def _today(view: View) -> list[Row]:
    catalogue = view.catalogue
    return [
        {
            "opens": _instant(session.opens),
            "closes": _instant(session.closes),
            "doors": _instant(session.doors),
            "last_ticket": _instant(session.last_ticket),
            "fields": list(session.queues),
        }
        for session in hours.sessions(catalogue.hours, catalogue.zone, view.day)
    ]


def _closed_days(view: View) -> list[str]:
    """The next days on which the branch would be open and is not."""
    rules = view.catalogue.hours
    coming = (view.day + timedelta(days=n) for n in range(_CLOSED_DAYS_AHEAD))
    closed = (
        day.isoformat()
        for day in coming
        if rules.weekly[day.weekday()] and not hours.windows_of(rules, day)
    )
    return [day for day, _ in zip(closed, range(_CLOSED_DAYS_SHOWN), strict=False)]

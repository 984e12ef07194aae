"""What a report is made of: the answers that the screens get, and which events they were counted of."""

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, func, select

from server import catalogues, queries, reports, satisfaction_report, tables
from server.domain import numbering
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId
from server.domain.report_periods import Kind, Period

#: Events are hashed so many at a time: a year of them would keep a slip waiting.
LINK: Final = 10_000
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
#: The answers of a report, in the order in which they are asked.
PARTS: Final = ("course", "hour", "service", "counter", "before", "opinion", "opinion_before")


class Material(msgspec.Struct, kw_only=True):
    """The answers of a report with what names them; JSON as it is exported and kept."""

    branch: str
    name: dict[str, str]
    address: str
    is_demo: bool
    kind: Kind
    start: str
    end: str
    #: Until when was counted, and the branch's own date then.
    made_at: str
    time_zone: str
    is_over: bool
    #: Names of queues' services and numbers of counters, in the order of the branch.
    services: dict[str, dict[str, str]]
    counters: dict[str, int]
    #: `course`, `hour`, `service`, `counter` and `before`, as `/figures` answers them.
    figures: dict[str, dict[str, Any]]
    satisfaction: dict[str, Any]
    satisfaction_before: dict[str, Any]
    events: dict[str, Any]

    @property
    def period(self) -> Period:
        """Which days it is about."""
        return Period(self.kind, date.fromisoformat(self.start), date.fromisoformat(self.end))


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """How far the events `first` to `last` are hashed: a chain, each link of up to `LINK` events."""

    first: int
    last: int
    #: The last one that is in `sha256`.
    seq: int
    sha256: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left."""
        return self.seq >= self.last


def first_link(material: Material) -> Link:
    """The chain before its first link."""
    first = material.events["first"]
    return Link(first=first, last=material.events["last"], seq=first - 1)


def next_link(engine: Engine, branch: BranchId, link: Link) -> Link:
    """The hash over the link before and the next events' lines (RUNBOOK, "Reports")."""
    e = tables.event_log.c
    query = (
        select(e.seq, e.at, e.type, e.ticket_id, e.payload)
        .where(e.branch_id == branch, e.seq > link.seq, e.seq <= link.last)
        .order_by(e.seq)
        .limit(LINK)
    )
    found = hashlib.sha256(link.sha256.encode())
    seq = link.seq
    with queries.reading(engine) as connection:
        for number, at, kind, ticket, payload in connection.execute(query):
            at_us = (at - _EPOCH) // timedelta(microseconds=1)
            found.update(f"{number}\t{at_us}\t{kind}\t{ticket or ''}\t{payload}\n".encode())
            seq = number
    if seq == link.seq:
        return msgspec.structs.replace(link, seq=link.last)
    return msgspec.structs.replace(link, seq=seq, sha256=found.hexdigest())


def events_of(connection: Connection, branch: BranchId, period: Period) -> tuple[int, int]:
    """The events a report is about: from the period's begin until nobody may rate it any more."""
    catalogue = reports.catalogue_now(connection, branch)
    midnight = datetime.combine(period.start, time(), catalogue.zone)
    after = datetime.combine(period.end + timedelta(days=1), time(), catalogue.zone)
    after += timedelta(hours=catalogue.policy.rating_hours)
    first = queries.seq_at(connection, branch, midnight) + 1
    return first, queries.seq_at(connection, branch, after)


def begin(engine: Engine, branch: BranchId, period: Period, now: datetime) -> Material:
    """What names a report's answers, which `fill` then asks. Raises `UnknownBranch`."""
    with queries.reading(engine) as connection:
        catalogue = _catalogue_of(connection, branch, period, now)
        first, last = events_of(connection, branch, period)
    today = numbering.business_date(now, catalogue.time_zone)
    return Material(
        branch=branch,
        name={"vi": catalogue.name.vi, "en": catalogue.name.in_language("en")},
        address=catalogue.address,
        is_demo=catalogue.is_demo,
        kind=period.kind,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
        made_at=now.astimezone(catalogue.zone).isoformat(timespec="seconds"),
        time_zone=catalogue.time_zone,
        is_over=period.end < today,
        services={
            s.id: {"vi": s.name.vi, "en": s.name.in_language("en")} for s in catalogue.services
        },
        counters={c.id: c.number for c in sorted(catalogue.counters, key=lambda c: c.number)},
        figures={},
        satisfaction={},
        satisfaction_before={},
        events={"first": first, "last": last, "count": max(0, last - first + 1), "sha256": ""},
    )


def fill(engine: Engine, made: Material, part: str) -> None:
    """Ask one of `PARTS`. Raises `BadValue`."""
    days, by = made.period, "none"
    match part:
        case "course":
            by = days.trend
        case "hour" | "service" | "counter":
            by = part
        case "before":
            days, by = days.before, "service"
        case "opinion_before":
            days = days.before
        case _:
            pass
    question = reports.Question(
        branches=(BranchId(made.branch),), start=days.start, end=days.end, by=by
    )
    now = datetime.fromisoformat(made.made_at)
    if part == "opinion":
        made.satisfaction = satisfaction_report.satisfaction(engine, question, now)
    elif part == "opinion_before":
        made.satisfaction_before = satisfaction_report.satisfaction(engine, question, now)
    else:
        made.figures[part] = reports.answer(engine, question, now)


def is_of_one_moment(engine: Engine, made: Material) -> bool:
    """Whether nothing happened while the answers were asked, so that they tell the same."""
    with queries.reading(engine) as connection:
        first, last = events_of(connection, BranchId(made.branch), made.period)
    return (first, last) == (made.events["first"], made.events["last"])


def _catalogue_of(
    connection: Connection, branch: BranchId, period: Period, now: datetime
) -> Catalogue:
    """The configuration in force when the period ended."""
    newest = reports.catalogue_now(connection, branch)
    after = datetime.combine(period.end + timedelta(days=1), time(), newest.zone)
    return newest if after > now else catalogues.in_force(connection, branch, after)


def visits_of(connection: Connection, branch: BranchId, period: Period) -> int:
    """How many numbers were taken in a period: whether a report of it was made too early."""
    zone = queries.zone_of(connection, branch)
    t = tables.tickets.c
    since = datetime.combine(period.start, time(), zone)
    until = datetime.combine(period.end + timedelta(days=1), time(), zone)
    query = select(func.count()).where(
        t.branch_id == branch, t.issued_at >= since, t.issued_at < until
    )
    return connection.scalar(query) or 0

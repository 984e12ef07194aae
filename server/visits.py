"""The visits of a day, from the rows that the log keeps; and the days that are counted and sealed.

A day is measured from its tickets, stages and counter events. When it is over it is sealed: its
visits and what they add up to are stored, so that a question about years reads a few rows. An event
that comes later for a ticket of that day (a rating, a reinstatement) breaks the seal, and the day is
measured again. Nothing here is truth: throw it away and it comes back from the log.
"""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, and_, delete, or_, select

from server import catalogues, queries, rows, tables
from server.breath import Breath
from server.database import writing
from server.domain import counter_time
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.counter_time import CounterTime
from server.domain.ids import BranchId, CounterId, TicketId
from server.domain.measures import Stage
from server.domain.visits import VERSION, End, Visit, visit_of
from server.figure_tables import rollups, sealed_days, visits
from server.tally import Tally, Targets

#: The columns of a visit, in the order of its fields.
FIELDS: Final = tuple(f.name for f in dataclasses.fields(Visit))
_COUNTER_EVENTS: Final = tuple(
    kind.__name__
    for kind in (
        ev.CounterOpened,
        ev.CounterHandedOver,
        ev.CounterPaused,
        ev.CounterResumed,
        ev.CounterClosed,
        ev.CounterReleased,
    )
)

#: What a visit is counted under, by the dimension's name. Each visit has one key in each.
DIMENSIONS: Final[dict[str, Callable[[Visit], str]]] = {
    "all": lambda _: "",
    "hour": lambda v: f"{v.hour:02d}",
    "queue": lambda v: v.queue,
    "service": lambda v: v.service,
    "procedure": lambda v: v.procedure,
    "counter": lambda v: v.counter,
    "officer": lambda v: v.officer,
    "channel": lambda v: v.channel,
    "priority": lambda v: v.priority,
    "outcome": lambda v: v.outcome,
    #: Queue and hour, for the heat map.
    "cell": lambda v: f"{v.queue}|{v.hour:02d}",
}
#: What figures can be narrowed to. 1 = Monday.
CHOICES: Final[dict[str, Callable[[Visit], str]]] = {
    "weekday": lambda v: str(v.business_date.isoweekday()),
    **{name: key_of for name, key_of in DIMENSIONS.items() if name not in ("all", "cell")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A business date of a branch, measured."""

    date: date
    targets: Targets
    visits: list[Visit]
    times: dict[tuple[CounterId, str], CounterTime]


def targets_of(catalogue: Catalogue) -> Targets:
    """What visits are counted by under this configuration."""
    amber, red = catalogue.policy.wait_targets_minutes
    return Targets(
        wait_s=(amber * 60, red * 60),
        norm_s={s.id: s.mean_minutes * 60 for s in catalogue.services},
        incomplete=frozenset(o.code for o in catalogue.outcomes if o.incomplete),
    )


def measure(connection: Connection, branch: BranchId, day: date, now: datetime) -> Day:
    """A day by its tickets' rows, by the configuration in force at its end."""
    zone = queries.zone_of(connection, branch)
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    catalogue = catalogues.in_force(connection, branch, end)
    t, s = tables.tickets, tables.stages
    of_day = and_(t.c.branch_id == branch, t.c.issued_at >= begin, t.c.issued_at < end)
    stages: dict[TicketId, list[Stage]] = defaultdict(list)
    query = select(s).join(t, t.c.id == s.c.ticket).where(of_day)
    for row in connection.execute(query.order_by(s.c.ticket, s.c.ordinal)).mappings():
        stages[row["ticket"]].append(rows.stage_of(row))
    found = []
    breathe = Breath()
    for row in connection.execute(select(t).where(of_day)).mappings():
        breathe()
        ticket = rows.ticket_of(row)
        visit = visit_of(ticket, stages[ticket.id], catalogue, now)
        if visit is not None:
            found.append(visit)
    found.sort(key=lambda v: (v.hour, v.number, v.ticket))
    until = min(end, now)
    spans = counter_time.spans(counter_events(connection, branch, begin, end), until)
    every_stage = (stage for some in stages.values() for stage in some)
    return Day(
        date=day,
        targets=targets_of(catalogue),
        visits=found,
        times=counter_time.times(spans, every_stage, now),
    )


def counter_events(
    connection: Connection, branch: BranchId, begin: datetime, end: datetime
) -> list[ev.Recorded]:
    """The events of counters from `begin` until `end`, in order."""
    e = tables.event_log
    first = queries.seq_at(connection, branch, begin)
    last = queries.seq_at(connection, branch, end)
    query = select(e).where(
        e.c.branch_id == branch, e.c.seq > first, e.c.seq <= last, e.c.type.in_(_COUNTER_EVENTS)
    )
    found = connection.execute(query.order_by(e.c.seq)).mappings()
    return [queries.recorded_of(row, {}) for row in found]


def dates_on(start: date, end: date, weekday: str) -> list[date]:
    """The dates of a period on a weekday (1 = Monday): each database tells weekdays its own way."""
    days = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in days if str(day.isoweekday()) == weekday]


def tallies(
    day: Day, dimensions: Iterable[str], *, with_cells: bool = True
) -> dict[str, dict[str, Tally]]:
    """What a day adds up to: dimension -> key -> tally."""
    found: dict[str, dict[str, Tally]] = {name: defaultdict(Tally) for name in dimensions}
    for name, by_key in found.items():
        key_of = DIMENSIONS[name]
        for visit in day.visits:
            by_key[key_of(visit)].add(visit, day.targets, with_cells=with_cells)
        for (counter, officer), spent in day.times.items():
            key = {"all": "", "counter": counter, "officer": officer}.get(name)
            if key is not None:
                by_key[key].add_time(spent)
    return found


def seal(engine: Engine, branch: BranchId, day: date, now: datetime) -> bool:
    """Store a day's visits and what they add up to; False when it is not over or gets news.

    It is not over before midnight, nor while somebody who came on it has not been served.
    """
    with queries.reading(engine) as connection:
        if day >= now.astimezone(queries.zone_of(connection, branch)).date():
            return False
        seq = queries.last_seq(connection, branch)
        measured = measure(connection, branch, day, now)
    if any(v.end is End.OPEN for v in measured.visits):
        return False
    stored = [row_of(visit, branch) for visit in measured.visits]
    added = _rollup_rows(branch, "day", day, tallies(measured, DIMENSIONS))
    seal_row = {
        "branch_id": branch, "business_date": day, "seq": seq, "visits": len(stored),
        "version": VERSION,
    }  # fmt: skip
    with writing(engine) as connection:
        if _has_news(connection, branch, day, seq):
            return False
        unseal(connection, branch, [day])
        if stored:
            connection.execute(visits.insert(), stored)
        if added:
            connection.execute(rollups.insert(), added)
        connection.execute(sealed_days.insert(), seal_row)
    return True


def _has_news(connection: Connection, branch: BranchId, day: date, seq: int) -> bool:
    """Whether a ticket of the day has an event after `seq`; none comes while the transaction runs.

    The relay broke no seal for it, because there was none yet.
    """
    b, e, t = tables.branches, tables.event_log, tables.tickets
    connection.execute(select(b.c.id).where(b.c.id == branch).with_for_update())
    query = (
        select(t.c.issued_at)
        .join(e, and_(e.c.branch_id == branch, e.c.ticket_id == t.c.id))
        .where(t.c.branch_id == branch, e.c.seq > seq)
    )
    zone = queries.zone_of(connection, branch)
    return any(at.astimezone(zone).date() == day for at in connection.scalars(query))


def _rollup_rows(
    branch: BranchId, span: str, since: date, some: Mapping[str, Mapping[str, Tally]]
) -> list[dict[str, Any]]:
    return [
        {
            "branch_id": branch, "span": span, "dimension": dimension, "since": since, "key": key,
            "tally": tally.to_json().decode(),
        }
        for dimension, by_key in some.items()
        for key, tally in by_key.items()
    ]  # fmt: skip


def first_of(span: str, day: date) -> date:
    """The first day of the month or year that a day lies in."""
    return day.replace(day=1) if span == "month" else day.replace(month=1, day=1)


def last_of(since: date, span: str = "month") -> date:
    """The last day of the month or year that begins on `since`."""
    if span == "year":
        return since.replace(month=12, day=31)
    return (since + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def roll_up(engine: Engine, branch: BranchId, span: str, since: date) -> bool:
    """Add up the days of a month, or the months of a year; False while one of them is missing.

    It is added up before the transaction that stores it: a year takes half a second, in which
    nobody could draw a number.
    """
    with queries.reading(engine) as connection:
        seals = _seals(connection, branch, span, since)
        if seals is None:
            return False
        found = _added_up(connection, branch, span, since)
    with writing(engine) as connection:
        if _seals(connection, branch, span, since) != seals:
            return False
        r = rollups.c
        of_span = (r.branch_id == branch, r.span == span, r.since == since)
        connection.execute(delete(rollups).where(*of_span))
        if found:
            connection.execute(rollups.insert(), _rollup_rows(branch, span, since, found))
    return True


def _seals(connection: Connection, branch: BranchId, span: str, since: date) -> list[Any] | None:
    """What changes when a day of a month or year is counted anew; None while a part is missing."""
    d, r, last = sealed_days.c, rollups.c, last_of(since, span)
    query = select(d.business_date, d.seq).where(
        d.branch_id == branch, d.business_date.between(since, last), d.version == VERSION
    )
    seals = [tuple(row) for row in connection.execute(query.order_by(d.business_date))]
    if len(seals) != (last - since).days + 1:
        return None
    if span == "month":
        return seals
    stored: dict[str, set[date]] = defaultdict(set)
    parts = select(r.span, r.since).where(
        r.branch_id == branch, r.dimension == "all", r.since.between(since, last)
    )
    for part, first in connection.execute(parts):
        stored[part].add(first_of("month", first))
    return seals if stored["month"] == stored["day"] else None


def _added_up(
    connection: Connection, branch: BranchId, span: str, since: date
) -> dict[str, dict[str, Tally]]:
    """The sums of a month's days, or of a year's months: dimension -> key -> tally."""
    r = rollups.c
    query = select(r.dimension, r.key, r.tally).where(
        r.branch_id == branch,
        r.span == ("day" if span == "month" else "month"),
        r.since.between(since, last_of(since, span)),
    )
    found: dict[str, dict[str, Tally]] = defaultdict(dict)
    for dimension, key, text in connection.execute(query.order_by(r.since)):
        tally = Tally.from_json(text)
        if key in found[dimension]:
            found[dimension][key].merge(tally)
        else:
            found[dimension][key] = tally
    return found


def not_rolled_up(engine: Engine, branch: BranchId, span: str) -> list[date]:
    """The months or years of which every day is sealed, and which are not added up."""
    d, r = sealed_days.c, rollups.c
    with queries.reading(engine) as connection:
        query = select(d.business_date).where(d.branch_id == branch, d.version == VERSION)
        days = Counter(first_of(span, day) for day in connection.scalars(query))
        rolled = set(
            connection.scalars(
                select(r.since).where(r.branch_id == branch, r.span == span).distinct()
            )
        )
    return sorted(
        since
        for since, n in days.items()
        if n == (last_of(since, span) - since).days + 1 and since not in rolled
    )


def unseal(connection: Connection, branch: BranchId, days: Iterable[date]) -> None:
    """Forget what was stored of these days and of the months and years they lie in."""
    r, some = rollups.c, list(days)
    longer = [
        and_(r.span == span, r.since.in_({first_of(span, day) for day in some}))
        for span in ("month", "year")
    ]
    connection.execute(
        delete(visits).where(visits.c.branch_id == branch, visits.c.business_date.in_(some))
    )
    connection.execute(
        delete(sealed_days).where(
            sealed_days.c.branch_id == branch, sealed_days.c.business_date.in_(some)
        )
    )
    connection.execute(
        delete(rollups).where(
            r.branch_id == branch, or_(and_(r.span == "day", r.since.in_(some)), *longer)
        )
    )


def forget(connection: Connection, branch: BranchId) -> None:
    """Forget everything stored of a branch, to measure it anew."""
    for table in (visits, sealed_days, rollups):
        connection.execute(delete(table).where(table.c.branch_id == branch))


def row_of(visit: Visit, branch: BranchId) -> dict[str, Any]:
    """The row of a visit."""
    values = {name: getattr(visit, name) for name in FIELDS}
    return values | {"branch_id": branch, "end": visit.end.value}


def of_row(row: RowMapping) -> Visit:
    """The visit of a row."""
    return of_values([row[name] for name in FIELDS])


def of_values(values: Iterable[Any]) -> Visit:
    """The visit of a row's `FIELDS`, in their order."""
    named = dict(zip(FIELDS, values, strict=True))
    named["end"] = End(named["end"])
    return Visit(**named)


class Unsealer:
    """The relay's subscriber: news of a ticket of a sealed day breaks that day's seal."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, branch: BranchId, batch: Sequence[ev.Recorded]) -> bool:
        """Take events of a branch, in order; whether a seal was broken. Harmless when repeated."""
        newest = {r.ticket: r.seq for r in batch if r.ticket is not None}
        if not newest:
            return False
        with queries.reading(self._engine) as connection:
            days = set(self._broken(connection, branch, newest))
        if days:
            with writing(self._engine) as connection:
                unseal(connection, branch, days)
        return bool(days)

    def _broken(
        self, connection: Connection, branch: BranchId, newest: dict[TicketId, int]
    ) -> Iterator[date]:
        """The sealed days that were counted before these events."""
        t = tables.tickets
        zone = queries.zone_of(connection, branch)
        issued = connection.execute(
            select(t.c.id, t.c.issued_at).where(t.c.branch_id == branch, t.c.id.in_(newest))
        )
        news: dict[date, int] = defaultdict(int)
        for ticket, at in issued:
            day = at.astimezone(zone).date()
            news[day] = max(news[day], newest[ticket])
        d = sealed_days.c
        sealed = connection.execute(
            select(d.business_date, d.seq).where(d.branch_id == branch, d.business_date.in_(news))
        )
        for day, seq in sealed:
            if seq < news[day]:
                yield day

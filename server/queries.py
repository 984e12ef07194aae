"""The read side: the log, a branch's state at one moment, figures over days."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, RowMapping, and_, func, select

from server import catalogues, codec, tables
from server.domain import events as ev
from server.domain.alert import Alert, kept_since
from server.domain.catalogue import Catalogue, Hours
from server.domain.counters import CounterStatus
from server.domain.errors import UnknownAlert, UnknownBranch, UnknownTicket
from server.domain.ids import BranchId, QueueId, TicketId
from server.domain.state import BranchState
from server.domain.ticket import ENDED
from server.rows import (
    absence_of,
    alert_of,
    block_of,
    counter_of,
    follow_up_of,
    notice_of,
    stage_of,
    ticket_of,
)

#: Tickets of one query: databases limit how many values a statement may have.
_AT_ONCE = 400


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction in which every query sees the same moment."""
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**level) as connection, connection.begin():
        yield connection


def branch_row(connection: Connection, branch: BranchId) -> RowMapping:
    """The branch's row. Raises `UnknownBranch`."""
    query = select(tables.branches).where(tables.branches.c.id == branch)
    row = connection.execute(query).mappings().first()
    if row is None or row["catalogue_version"] == 0:
        raise UnknownBranch(branch=branch)
    return row


def zone_of(connection: Connection, branch: BranchId) -> ZoneInfo:
    """The branch's time zone. Raises `UnknownBranch`."""
    return ZoneInfo(branch_row(connection, branch)["time_zone"])


def zones_of(connection: Connection, branches: Sequence[BranchId]) -> dict[BranchId, ZoneInfo]:
    """The time zone of each of some branches. Raises `UnknownBranch`."""
    b = tables.branches.c
    found: dict[BranchId, ZoneInfo] = {}
    for n in range(0, len(branches), _AT_ONCE):
        query = select(b.id, b.time_zone).where(
            b.id.in_(branches[n : n + _AT_ONCE]), b.catalogue_version > 0
        )
        found |= {BranchId(row[0]): ZoneInfo(row[1]) for row in connection.execute(query)}
    for branch in branches:
        if branch not in found:
            raise UnknownBranch(branch=branch)
    return found


def names_of(connection: Connection, branches: Sequence[BranchId]) -> dict[BranchId, str]:
    """What each of some branches is called in Vietnamese, without its whole configuration."""
    b, c = tables.branches.c, tables.catalogues.c
    in_force = and_(c.branch_id == b.id, c.version == b.catalogue_version)
    found: dict[BranchId, str] = {}
    for n in range(0, len(branches), _AT_ONCE):
        query = (
            select(b.id, c.document["name"]["vi"].as_string())
            .join(tables.catalogues, in_force)
            .where(b.id.in_(branches[n : n + _AT_ONCE]))
        )
        found |= {BranchId(row[0]): row[1] for row in connection.execute(query)}
    return found


def last_seq(connection: Connection, branch: BranchId) -> int:
    """The place of the newest event of the branch; 0 for an empty log."""
    b = tables.branches
    return connection.scalar(select(b.c.last_seq).where(b.c.id == branch)) or 0


def last_seqs(connection: Connection) -> dict[BranchId, int]:
    """The newest place of every branch: what the relay compares its cursors with."""
    b = tables.branches
    return {BranchId(i): seq for i, seq in connection.execute(select(b.c.id, b.c.last_seq))}


def catalogue_versions(connection: Connection) -> dict[BranchId, int]:
    """The catalogue in force of every configured branch."""
    b = tables.branches.c
    query = select(b.id, b.catalogue_version).where(b.catalogue_version > 0)
    return {BranchId(branch): version for branch, version in connection.execute(query)}


def hours_of(
    connection: Connection, branches: Sequence[BranchId]
) -> dict[BranchId, tuple[Hours, ZoneInfo]]:
    """Opening hours and time zone of some branches, without their whole configuration."""
    b, c = tables.branches.c, tables.catalogues.c
    in_force = and_(c.branch_id == b.id, c.version == b.catalogue_version)
    query = (
        select(b.id, b.time_zone, c.document["hours"])
        .join(tables.catalogues, in_force)
        .where(b.id.in_(branches))
    )
    return {
        BranchId(branch): (codec.hours(document), ZoneInfo(zone))
        for branch, zone, document in connection.execute(query)
    }


def branches_at_work(connection: Connection) -> list[BranchId]:
    """The branches in which somebody waits or a counter is not closed."""
    w, c = tables.waiting, tables.counters
    people = select(w.c.branch_id).where(w.c.people > 0)
    manned = select(c.c.branch_id).where(c.c.status != CounterStatus.CLOSED.value)
    return [BranchId(branch) for branch in connection.scalars(people.union(manned))]


def events_after(
    connection: Connection, branch: BranchId, seq: int, limit: int
) -> list[ev.Recorded]:
    """Events of the branch after `seq`, in order, at most `limit`."""
    e = tables.event_log
    query = select(e).where(e.c.branch_id == branch, e.c.seq > seq).order_by(e.c.seq).limit(limit)
    rows = connection.execute(query).mappings().all()
    if not rows:
        return []
    facts = _facts(connection, branch, rows[0]["seq"], rows[-1]["seq"])
    return [recorded_of(row, facts.get(row["seq"], {})) for row in rows]


def seq_at(connection: Connection, branch: BranchId, at: datetime) -> int:
    """The place of the last event before `at`: found by halving, for the log's time never falls."""
    e = tables.event_log
    low, high = 0, last_seq(connection, branch)
    while low < high:
        middle = (low + high + 1) // 2
        query = select(e.c.at).where(e.c.branch_id == branch, e.c.seq == middle)
        if connection.execute(query).scalar_one() < at:
            low = middle
        else:
            high = middle - 1
    return low


def events_of_ticket(
    connection: Connection, branch: BranchId, ticket: TicketId
) -> list[ev.Recorded]:
    """A ticket's own events, in order."""
    return events_of_tickets(connection, branch, [ticket]).get(ticket, [])


def events_of_tickets(
    connection: Connection, branch: BranchId, tickets: Sequence[TicketId]
) -> dict[TicketId, list[ev.Recorded]]:
    """The own events of each ticket, in order."""
    e, x = tables.event_log, tables.expiring_facts
    found: dict[TicketId, list[ev.Recorded]] = defaultdict(list)
    for first in range(0, len(tickets), _AT_ONCE):
        some = tickets[first : first + _AT_ONCE]
        query = select(e).where(e.c.branch_id == branch, e.c.ticket_id.in_(some))
        rows = connection.execute(query.order_by(e.c.ticket_id, e.c.version)).mappings().all()
        known = (
            select(x.c.seq, x.c.field, x.c.value)
            .join(e, (e.c.branch_id == x.c.branch_id) & (e.c.seq == x.c.seq))
            .where(x.c.branch_id == branch, e.c.ticket_id.in_(some))
        )
        facts: dict[int, dict[str, str]] = defaultdict(dict)
        for seq, field, value in connection.execute(known):
            facts[seq][field] = value
        for row in rows:
            found[row["ticket_id"]].append(recorded_of(row, facts.get(row["seq"], {})))
    return found


def _facts(
    connection: Connection, branch: BranchId, first: int, last: int
) -> dict[int, dict[str, str]]:
    x = tables.expiring_facts
    query = select(x.c.seq, x.c.field, x.c.value).where(
        x.c.branch_id == branch, x.c.seq >= first, x.c.seq <= last
    )
    facts: dict[int, dict[str, str]] = defaultdict(dict)
    for seq, field, value in connection.execute(query):
        facts[seq][field] = value
    return facts


def recorded_of(row: RowMapping, facts: dict[str, str]) -> ev.Recorded:
    """The event of a row of the log."""
    event = codec.join(row["type"], codec.from_json(row["payload"]), facts, row["schema_version"])
    return ev.Recorded(
        branch=BranchId(row["branch_id"]),
        seq=row["seq"],
        at=row["at"],
        actor=row["actor"],
        cause=row["cause"],
        event=event,
        ticket=row["ticket_id"],
        version=row["version"],
    )


def load_state(engine: Engine, branch: BranchId, today: date) -> tuple[BranchState, Catalogue]:
    """The branch's rows as of one `seq`: today's tickets, and whatever has not ended.

    Raises `UnknownBranch`.
    """
    with reading(engine) as connection:
        row = branch_row(connection, branch)
        catalogue = catalogues.load(
            connection, branch, row["catalogue_version"], row["policy_version"]
        )
        state = BranchState(branch)
        state.seq = row["last_seq"]
        state.closed_date = row["closed_date"]
        _load_tickets(connection, state, today)
        _load_rest(connection, state, today)
    return state, catalogue


def _load_tickets(connection: Connection, state: BranchState, today: date) -> None:
    t, s = tables.tickets, tables.stages
    open_states = ("waiting", "called", "serving", "parked")
    wanted = (t.c.branch_id == state.branch) & (
        (t.c.business_date >= today) | t.c.status.in_(open_states)
    )
    for row in connection.execute(select(t).where(wanted).order_by(t.c.issued_at)).mappings():
        state.put_ticket(None, ticket_of(row))
    stages = select(s).where(s.c.ticket.in_(select(t.c.id).where(wanted)))
    for row in connection.execute(stages.order_by(s.c.ticket, s.c.ordinal)).mappings():
        state.put_stage(stage_of(row))


def _load_rest(connection: Connection, state: BranchState, today: date) -> None:
    c, r, y, n = tables.counters, tables.series, tables.tallies, tables.notices
    of_branch = state.branch
    for row in connection.execute(select(c).where(c.c.branch_id == of_branch)).mappings():
        state.put_counter(counter_of(row))
    query = select(r).where(r.c.branch_id == of_branch, r.c.business_date >= today)
    for row in connection.execute(query).mappings():
        state.put_serial(row["queue"], row["business_date"], row["last_serial"])
    for row in connection.execute(select(y).where(y.c.branch_id == of_branch)).mappings():
        pool = tuple(QueueId(q) for q in row["pool"].split("+"))
        state.put_normal_since(pool, row["normal_since"])
    b, p, f = tables.blocks, tables.printers, tables.follow_ups
    for row in connection.execute(
        select(f).where(f.c.branch_id == of_branch, f.c.settled_at.is_(None))
    ).mappings():
        state.put_follow_up(follow_up_of(row))
    query = select(b).where(b.c.branch_id == of_branch, b.c.business_date >= today)
    for row in connection.execute(query).mappings():
        state.put_block(block_of(row))
    for row in connection.execute(select(p).where(p.c.branch_id == of_branch)).mappings():
        state.printers[row["device"]] = row["state"]
    a = tables.alerts
    wanted = a.c.cleared_at.is_(None) | (a.c.raised_at >= kept_since(today))
    for row in connection.execute(select(a).where(a.c.branch_id == of_branch, wanted)).mappings():
        state.put_alert(alert_of(row))
    b = tables.absences
    known = select(b).where(b.c.branch_id == of_branch, b.c.business_date >= today)
    for row in connection.execute(known).mappings():
        state.put_absence(absence_of(row))
    # More than a screen shows: some of them may have been taken down.
    latest = select(n).where(n.c.branch_id == of_branch)
    for row in connection.execute(latest.order_by(n.c.seq.desc()).limit(20)).mappings():
        state.notices[row["seq"]] = notice_of(row)


def alert(connection: Connection, branch: BranchId, seq: int) -> Alert:
    """The alert that was raised at this place in the log. Raises `UnknownAlert`."""
    a = tables.alerts
    query = select(a).where(a.c.branch_id == branch, a.c.seq == seq)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownAlert(alert=seq)
    return alert_of(row)


def alert_outcomes(
    connection: Connection, branch: BranchId, since: datetime
) -> dict[str, dict[str, int]]:
    """How often each rule was raised since, and what its predictions came to: its precision."""
    a = tables.alerts
    query = (
        select(a.c.rule, a.c.outcome, func.count())
        .where(a.c.branch_id == branch, a.c.raised_at >= since, a.c.cleared_at.is_not(None))
        .group_by(a.c.rule, a.c.outcome)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for rule, outcome, n in connection.execute(query):
        found[rule][outcome] = n
    return dict(found)


def ticket_in_branch(connection: Connection, ticket: TicketId) -> BranchId | None:
    """The branch of a ticket."""
    t = tables.tickets
    found: Any = connection.scalar(select(t.c.branch_id).where(t.c.id == ticket))
    return BranchId(found) if found else None


def device_of(engine: Engine, ticket: TicketId) -> str:
    """The kiosk that gave a ticket; empty for other channels."""
    t = tables.tickets
    with engine.connect() as connection:
        return connection.scalar(select(t.c.device).where(t.c.id == ticket)) or ""


def last_reprint(engine: Engine, branch: BranchId, ticket: TicketId) -> int | None:
    """The `seq` at which the ticket's slip was last wanted once more."""
    e = tables.event_log
    newest = select(func.max(e.c.seq)).where(
        e.c.branch_id == branch, e.c.ticket_id == ticket, e.c.type == "ReprintRequested"
    )
    with engine.connect() as connection:
        found: int | None = connection.scalar(newest)
    return found


def has_ended(engine: Engine, ticket: TicketId) -> bool:
    """Whether the ticket is served, absent or cancelled."""
    t = tables.tickets
    with engine.connect() as connection:
        status = connection.scalar(select(t.c.status).where(t.c.id == ticket))
    return status in ENDED


def slip_facts(engine: Engine, ticket: TicketId) -> tuple[ev.Recorded, Catalogue]:
    """The issue of a ticket and its branch's catalogue: what a slip is made from.

    Raises `UnknownTicket`.
    """
    e = tables.event_log
    with reading(engine) as connection:
        query = select(e).where(e.c.ticket_id == ticket, e.c.version == 1)
        row = connection.execute(query).mappings().first()
        if row is None:
            raise UnknownTicket(ticket=ticket)
        branch = branch_row(connection, BranchId(row["branch_id"]))
        catalogue = catalogues.load(
            connection, branch["id"], branch["catalogue_version"], branch["policy_version"]
        )
    return recorded_of(row, {}), catalogue


def last_at(connection: Connection) -> datetime | None:
    """The newest instant in any branch's log."""
    newest: datetime | None = connection.scalar(select(func.max(tables.branches.c.last_at)))
    return newest


def unprinted(
    connection: Connection, since: datetime, before: datetime
) -> list[tuple[BranchId, TicketId, datetime]]:
    """Tickets on paper issued in [since, before) whose slip has neither come nor failed.

    Those of a history that was brought in are none: nobody waits for their paper.
    """
    t, e, c = tables.tickets, tables.event_log, tables.cursors
    query = (
        select(t.c.branch_id, t.c.id, t.c.issued_at)
        .join(e, (e.c.ticket_id == t.c.id) & (e.c.version == 1))
        .outerjoin(c, (c.c.branch_id == t.c.branch_id) & (c.c.subscriber == "history"))
        .where(
            tables.UNPRINTED,
            t.c.arrival_at >= since,
            t.c.arrival_at < before,
            e.c.seq > func.coalesce(c.c.seq, 0),
        )
        .order_by(t.c.arrival_at)
    )
    return [(row.branch_id, row.id, row.issued_at) for row in connection.execute(query)]

"""A stretch of log written at once: an imported or simulated history, and rows rebuilt from it."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete

from server import branch_rows, tables
from server.database import writing
from server.domain import events as ev
from server.domain.errors import Refused
from server.domain.ids import BranchId
from server.domain.state import BranchState
from server.domain.ticket import ELIGIBLE
from server.rows import alert_row, event_row, expiring_rows, upsert_of, values_of

_CHUNK = 2_000


class HistoryRefused(Refused):
    """A history can only be put under a branch whose log ends where the history begins."""

    code = "history_refused"


def append_history(
    engine: Engine, branch: BranchId, recorded: Sequence[ev.Recorded], state: BranchState
) -> None:
    """Write events that follow the branch's log, and the rows of `state`, which folded them.

    One transaction: all of it or nothing. Raises `HistoryRefused` when the log has moved on.
    """
    if recorded:
        with writing(engine) as connection:
            write_history(connection, branch, recorded, state)


def write_history(
    connection: Connection, branch: BranchId, recorded: Sequence[ev.Recorded], state: BranchState
) -> None:
    """The same inside a transaction that has begun; `recorded` is not empty."""
    b = tables.branches
    found = connection.execute(b.select().where(b.c.id == branch).with_for_update()).mappings()
    row = found.one()
    if recorded[0].seq != row["last_seq"] + 1:
        raise HistoryRefused(last_seq=row["last_seq"], first_seq=recorded[0].seq)
    _insert_events(connection, ZoneInfo(row["time_zone"]), recorded)
    touched = {r.ticket for r in recorded if r.ticket}
    write_rows(connection, branch, state, touched)
    change = {
        "last_seq": recorded[-1].seq,
        "last_at": recorded[-1].at,
        "closed_date": state.closed_date,
    }
    connection.execute(b.update().where(b.c.id == branch).values(**change))


def write_configuration(
    connection: Connection, branch: BranchId, recorded: Iterable[ev.Recorded]
) -> None:
    """The catalogues and policies that events bring, and which of them are in force."""
    change: dict[str, Any] = {}
    for record in recorded:
        documents, changed = branch_rows.written_by(record)
        for table, row in documents:
            upsert = upsert_of(table, connection.dialect.name)
            connection.execute(upsert, {"branch_id": branch, **row})
        change |= changed
        if isinstance(record.event, ev.NoticeWithdrawn):
            n = tables.notices
            known = n.update().where(n.c.branch_id == branch, n.c.seq == record.event.notice)
            connection.execute(known.values(until=record.at))
    if change:
        b = tables.branches
        connection.execute(b.update().where(b.c.id == branch).values(**change))


def _insert_events(connection: Connection, zone: ZoneInfo, recorded: Iterable[ev.Recorded]) -> None:
    rows, facts = [], []
    for record in recorded:
        row, expiring = event_row(record)
        rows.append(row)
        facts += expiring_rows(record, expiring, zone)
    _insert(connection, tables.event_log, rows)
    _insert(connection, tables.expiring_facts, facts)


def write_rows(
    connection: Connection, branch: BranchId, state: BranchState, touched: set[Any]
) -> None:
    """Replace the rows of the branch that `state` holds: the `touched` tickets, and all the rest."""
    t, s, w = tables.tickets, tables.stages, tables.waiting
    ids = sorted(touched)
    for n in range(0, len(ids), _CHUNK // 4):
        some = ids[n : n + _CHUNK // 4]
        connection.execute(delete(t).where(t.c.id.in_(some)))
        connection.execute(delete(s).where(s.c.ticket.in_(some)))
    for table in (tables.counters, tables.tallies, w):
        connection.execute(delete(table).where(table.c.branch_id == branch))
    # A state may have forgotten the blocks of earlier days: those rows stay.
    held = [dataclasses.asdict(block) for block in state.blocks.values()]
    printers = [{"device": device, "state": how} for device, how in state.printers.items()]
    follow_ups = [dataclasses.asdict(one) for one in state.follow_ups.values()]
    alerts = [alert_row(one) for one in state.alerts.values()]
    absences = [dataclasses.asdict(one) for one in state.absences.values()]
    for table, rows in (
        (tables.blocks, held), (tables.printers, printers), (tables.follow_ups, follow_ups),
        (tables.alerts, alerts), (tables.absences, absences),
    ):  # fmt: skip
        for row in rows:
            upsert = upsert_of(table, connection.dialect.name)
            connection.execute(upsert, {"branch_id": branch, **row})
    r = tables.series
    days = sorted({day for _, day in state.serials})
    connection.execute(delete(r).where(r.c.branch_id == branch, r.c.business_date.in_(days)))
    _insert(connection, t, [values_of(state.tickets[i], branch) for i in ids])
    _insert(connection, s, [values_of(stage, branch) for i in ids for stage in state.stages[i]])
    _insert(connection, tables.counters, [values_of(c, branch) for c in state.counters.values()])
    _insert(connection, tables.series, list(_series(branch, state.serials)))
    _insert(
        connection,
        tables.tallies,
        [
            {"branch_id": branch, "pool": "+".join(pool), "normal_since": since}
            for pool, since in state.since.items()
        ],
    )
    _insert(
        connection,
        w,
        [
            {"branch_id": branch, "queue": queue, "priority": code, "people": n}
            for (queue, code), n in people_of(state).items()
        ],
    )


def people_of(state: BranchState) -> dict[tuple[str, str], int]:
    """How many wait, by queue and class: the rows of `waiting`."""
    people: dict[tuple[str, str], int] = {}
    for ticket in state.tickets.values():
        if ticket.status in ELIGIBLE:
            key = (ticket.queue, ticket.priority or "")
            people[key] = people.get(key, 0) + 1
    return people


def _series(branch: BranchId, serials: dict[Any, int]) -> Iterable[dict[str, Any]]:
    for (queue, day), serial in serials.items():
        row: dict[str, Any] = {"branch_id": branch, "queue": queue, "last_serial": serial}
        business_date: date = day
        yield row | {"business_date": business_date}


def _insert(connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    for n in range(0, len(rows), _CHUNK):
        connection.execute(table.insert(), rows[n : n + _CHUNK])

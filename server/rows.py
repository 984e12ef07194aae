"""Entities as rows, and the statements that write them, built once."""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, Table, TextClause, bindparam, text
from sqlalchemy.dialects import postgresql, sqlite

from server import codec, tables
from server.domain import events as ev
from server.domain.absences import Absence
from server.domain.alert import Alert
from server.domain.blocks import NumberBlock
from server.domain.counters import CounterState, CounterStatus
from server.domain.follow_ups import FollowUp
from server.domain.ids import BranchId
from server.domain.measures import Stage
from server.domain.ticket import Status, Ticket

_TICKET_FIELDS: Final = tuple(f.name for f in dataclasses.fields(Ticket))
_COUNTER_FIELDS: Final = tuple(f.name for f in dataclasses.fields(CounterState))
_STAGE_FIELDS: Final = tuple(f.name for f in dataclasses.fields(Stage))
_BLOCK_FIELDS: Final = tuple(f.name for f in dataclasses.fields(NumberBlock))
_FOLLOW_UP_FIELDS: Final = tuple(f.name for f in dataclasses.fields(FollowUp))
_ALERT_FIELDS: Final = tuple(f.name for f in dataclasses.fields(Alert))
_ABSENCE_FIELDS: Final = tuple(f.name for f in dataclasses.fields(Absence))
_FIELDS: Final[Mapping[type, tuple[str, ...]]] = {
    Ticket: _TICKET_FIELDS,
    CounterState: _COUNTER_FIELDS,
    Stage: _STAGE_FIELDS,
    FollowUp: _FOLLOW_UP_FIELDS,
}


def ticket_of(row: RowMapping) -> Ticket:
    """The ticket of a row of `tickets`."""
    values = {name: row[name] for name in _TICKET_FIELDS}
    status, levels = Status(values["status"]), codec.levels(values["levels"])
    return Ticket(**(values | {"status": status, "levels": levels}))


def counter_of(row: RowMapping) -> CounterState:
    """The counter of a row of `counters`."""
    values = {name: row[name] for name in _COUNTER_FIELDS}
    status, steps = CounterStatus(values["status"]), codec.steps(values["steps"])
    return CounterState(**(values | {"status": status, "steps": steps}))


def stage_of(row: RowMapping) -> Stage:
    """The stage of a row of `stages`."""
    return Stage(**{name: row[name] for name in _STAGE_FIELDS})


def follow_up_of(row: RowMapping) -> FollowUp:
    """The follow-up of a row of `follow_ups`."""
    return FollowUp(**{name: row[name] for name in _FOLLOW_UP_FIELDS})


def block_of(row: RowMapping) -> NumberBlock:
    """The number block of a row of `blocks`."""
    return NumberBlock(**{name: row[name] for name in _BLOCK_FIELDS})


def absence_of(row: RowMapping) -> Absence:
    """The absence of a row of `absences`."""
    return Absence(**{name: row[name] for name in _ABSENCE_FIELDS})


def values_of(entity: Ticket | CounterState | Stage | FollowUp, branch: BranchId) -> dict[str, Any]:
    """The row of an entity."""
    values = {name: getattr(entity, name) for name in _FIELDS[type(entity)]}
    values["branch_id"] = branch
    if isinstance(entity, CounterState):
        values["steps"] = codec.to_json(entity.steps)
    elif isinstance(entity, Ticket):
        values["levels"] = codec.to_json(entity.levels) if entity.levels else ""
    return values


def event_row(record: ev.Recorded) -> tuple[dict[str, Any], dict[str, str]]:
    """The row of the log, and the expiring values kept beside it."""
    payload, facts = codec.split(record.event)
    row = {
        "branch_id": record.branch,
        "seq": record.seq,
        "ticket_id": record.ticket,
        "version": record.version,
        "type": record.type,
        "schema_version": codec.SCHEMA_VERSION,
        "at": record.at,
        "actor": record.actor,
        "cause": record.cause,
        "payload": codec.to_json(payload),
    }
    return row, facts


def expiring_rows(
    record: ev.Recorded, facts: Mapping[str, str], zone: ZoneInfo
) -> list[dict[str, Any]]:
    """The rows of `expiring_facts` for the values that `event_row` split off."""
    day = record.at.astimezone(zone).date()
    return [
        {
            "branch_id": record.branch,
            "seq": record.seq,
            "field": name,
            "value": value,
            "expires_on": day + timedelta(days=codec.EXPIRING[record.type][name]),
        }
        for name, value in facts.items()
    ]


UPDATE_TICKET: Final = (
    tables.tickets.update()
    .where(tables.tickets.c.id == bindparam("_id"))
    .values({c.name: bindparam(c.name) for c in tables.tickets.c if c.name != "id"})
)


@cache
def upsert_of(table: Table, dialect: str) -> Any:
    """INSERT … ON CONFLICT UPDATE for the table."""
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    keys = [c.name for c in table.primary_key]
    rest = {c.name: insert.excluded[c.name] for c in table.c if c.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=rest)


@cache
def count_of(dialect: str) -> Any:
    """Add `people` to a line's head count; it may be the line's first row."""
    w = tables.waiting
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(w)
    keys = [c.name for c in w.primary_key]
    change = {"people": w.c.people + insert.excluded.people}
    return insert.on_conflict_do_update(index_elements=keys, set_=change)


@cache
def heads_query(shape: tuple[bool, ...]) -> TextClause:
    """The first of each lane; `shape` says which lanes are of a priority class.

    Written as text: the partial index is only used with its condition spelled out, and a union
    of a dozen look-ups built anew for every call costs more than running it.
    """
    lanes = (
        "SELECT * FROM (SELECT arrival_at, queue, serial, id, number, priority FROM tickets"  # noqa: S608 - no value is pasted in
        f" WHERE branch_id = :branch AND queue = :queue{n} AND status = 'waiting'"
        f" AND priority {f'= :class{n}' if has_class else 'IS NULL'}"
        " AND to_counter IS NULL AND to_officer IS NULL"
        f" ORDER BY arrival_at, serial, id LIMIT 1) AS lane{n}"
        for n, has_class in enumerate(shape)
    )
    return text(" UNION ALL ".join(lanes))


def notice_of(row: RowMapping) -> ev.NoticePosted:
    """A notice as it was posted; `until` may be earlier, when it was taken down."""
    return ev.NoticePosted(
        text_vi=row["text_vi"],
        text_en=row["text_en"],
        until=row["until"],
        emergency=row["emergency"],
        aloud=row["aloud"],
    )


def notice_row(seq: int, posted: ev.NoticePosted) -> dict[str, Any]:
    """The other way round, without the branch."""
    return {"seq": seq, **dataclasses.asdict(posted)}


def alert_of(row: RowMapping) -> Alert:
    """The alert of a row of `alerts`."""
    values = {name: row[name] for name in _ALERT_FIELDS}
    return Alert(**(values | {"figures": codec.from_json(values["figures"])}))


def alert_row(alert: Alert) -> dict[str, Any]:
    """The other way round, without the branch."""
    values = {name: getattr(alert, name) for name in _ALERT_FIELDS}
    return values | {"figures": codec.to_json(alert.figures)}

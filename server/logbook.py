"""The log as a whole: export and import as JSON Lines, rebuild the rows from it, check them with it.

The format is documented in deploy/LOG_FORMAT.md.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, TextIO

import msgspec
from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.exc import IntegrityError

from server import branches, bulk, codec, database, queries, replies, tables, visits
from server.domain import events as ev
from server.domain import numbering
from server.domain.errors import BadValue, Refused
from server.domain.ids import BranchId, TicketId
from server.domain.state import BranchState
from server.domain.ticket import ENDED
from server.relay import pass_over
from server.rows import alert_of, block_of, counter_of, follow_up_of, stage_of, ticket_of

FORMAT = "motcua-log"
FORMAT_VERSION = 1
_BATCH = 5_000
_MOST_DIFFERENCES = 20
_PURGED_TOGETHER = 500


class BadLine(Exception):
    """A line of an imported file cannot be used; nothing was imported."""


def read(connection: Connection, branch: BranchId) -> Iterator[ev.Recorded]:
    """Every event of the branch, in order."""
    seq = 0
    while batch := queries.events_after(connection, branch, seq, _BATCH):
        yield from batch
        seq = batch[-1].seq


def replay(events: Iterable[ev.Recorded], branch: BranchId) -> BranchState:
    """The branch's state by its log alone. Raises a refusal when the log breaks the rules."""
    state = BranchState(branch)
    last: ev.Recorded | None = None
    for recorded in events:
        _follow(state, last, recorded)
        last = recorded
    return state


def _follow(state: BranchState, last: ev.Recorded | None, recorded: ev.Recorded) -> None:
    """Fold in the event after `last`. Raises a refusal where it does not follow."""
    if recorded.seq != state.seq + 1:
        raise BadValue(field="seq", problem=f"{recorded.seq}, expected {state.seq + 1}")
    if last is not None and recorded.at < last.at:
        raise BadValue(field="at", problem=f"seq {recorded.seq} is before seq {last.seq}")
    if (recorded.ticket is None) == isinstance(recorded.event, ev.TicketEvent):
        raise BadValue(field="ticket", problem=f"seq {recorded.seq}: {recorded.ticket}")
    state.apply(recorded)
    after = state.ticket(recorded.ticket) if recorded.ticket else None
    if recorded.version != (after.version if after else None):
        raise BadValue(field="version", problem=f"seq {recorded.seq}: {recorded.version}")


def export(engine: Engine, branch: BranchId, out: TextIO) -> None:
    """Write a heading and one line per event. Values that have expired read `*`."""
    with queries.reading(engine) as connection:
        last = queries.branch_row(connection, branch)["last_seq"]
        out.write(codec.to_json(heading(branch, last)) + "\n")
        out.writelines(
            codec.to_json(line_of(recorded)) + "\n" for recorded in read(connection, branch)
        )


def heading(branch: BranchId, events: int) -> dict[str, Any]:
    """The first line of an exported log."""
    return {"format": FORMAT, "version": FORMAT_VERSION, "branch": branch, "events": events}


def line_of(recorded: ev.Recorded) -> dict[str, Any]:
    """An event as a line of the exported log."""
    payload, facts = codec.split(recorded.event)
    return {
        "seq": recorded.seq,
        "at": replies.instant(recorded.at),
        "type": recorded.type,
        "schema_version": codec.SCHEMA_VERSION,
        "ticket": recorded.ticket,
        "version": recorded.version,
        "actor": recorded.actor,
        "cause": recorded.cause,
        "payload": payload | facts,
    }


def import_(engine: Engine, lines: Iterable[str]) -> int:
    """Bring in an exported log under its branch, whose log must be empty. All or nothing.

    Raises `BadLine` naming the line, and `HistoryRefused` when the branch has a log already.
    """
    numbered = enumerate(lines, start=1)
    branch, announced = _heading(next(numbered, (1, ""))[1])
    state = BranchState(branch)
    recorded: list[ev.Recorded] = []
    numbers: set[tuple[date, str]] = set()
    for number, line in numbered:
        if line.strip():
            event = _event(branch, number, line, state.seq + 1)
            try:
                _follow(state, recorded[-1] if recorded else None, event)
                _refuse_number_given_twice(event.event, numbers)
            except Refused as error:
                raise BadLine(f"line {number}: {error.code} {error.facts}") from error
            recorded.append(event)
    if len(recorded) != announced:
        raise BadLine(f"line 1: {announced} events announced, {len(recorded)} found")
    zone = _zone(branch, recorded)
    try:
        with database.writing(engine) as connection:
            _make_branch(connection, branch, zone)
            bulk.write_configuration(connection, branch, recorded)
            bulk.write_history(connection, branch, recorded, state)
    except IntegrityError as error:
        raise BadLine(f"the database refuses the log: {error.orig}") from error
    pass_over(engine, branch, state.seq)
    return len(recorded)


def _heading(line: str) -> tuple[BranchId, int]:
    heading = _parsed(1, line)
    if heading.get("format") != FORMAT or heading.get("version") != FORMAT_VERSION:
        raise BadLine(f'line 1: expected {{"format": "{FORMAT}", "version": {FORMAT_VERSION}}}')
    branch, events = heading.get("branch"), heading.get("events")
    if not isinstance(branch, str) or not isinstance(events, int):
        raise BadLine("line 1: branch and events are needed")
    return BranchId(branch), events


def _refuse_number_given_twice(event: ev.AnyEvent, numbers: set[tuple[date, str]]) -> None:
    """Rule N1, said with its line instead of by the database."""
    if isinstance(event, ev.TicketIssued):
        key = (event.business_date, event.number)
        if key in numbers:
            raise BadValue(field="number", problem=f"{event.number} twice on {key[0]}")
        numbers.add(key)


def _parsed(number: int, line: str) -> dict[str, Any]:
    try:
        content = codec.from_json(line)
    except Refused as error:
        raise BadLine(f"line {number}: not JSON: {error.facts.get('problem')}") from error
    if not isinstance(content, dict):
        raise BadLine(f"line {number}: not an object")
    return content


def _event(branch: BranchId, number: int, line: str, expected: int) -> ev.Recorded:
    content = _parsed(number, line)
    try:
        if content["seq"] != expected:
            raise BadLine(f"line {number}: seq {content['seq']}, expected {expected}")
        return ev.Recorded(
            branch=branch,
            seq=content["seq"],
            at=_instant(content["at"]),
            actor=content["actor"],
            cause=content["cause"],
            event=codec.join(content["type"], content["payload"], {}, content["schema_version"]),
            ticket=content["ticket"],
            version=content["version"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadLine(f"line {number}: {error!r}") from error
    except Refused as error:
        raise BadLine(f"line {number}: {error.code} {error.facts}") from error


def _instant(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError(f"{written} has no time zone")
    return at.astimezone(UTC)


def _zone(branch: BranchId, recorded: Iterable[ev.Recorded]) -> str:
    """The time zone of the log's last configuration, which must be one that can be used."""
    documents: dict[type[ev.AnyEvent], dict[str, Any]] = {}
    for event in (r.event for r in recorded):
        if isinstance(event, ev.CatalogueChanged):
            documents[ev.CatalogueChanged] = event.catalogue
        elif isinstance(event, ev.PolicyPublished):
            documents[ev.PolicyPublished] = event.policy
    if len(documents) != len((ev.CatalogueChanged, ev.PolicyPublished)):
        raise BadLine("the log needs a CatalogueChanged and a PolicyPublished event")
    try:
        found = codec.catalogue(documents[ev.CatalogueChanged], documents[ev.PolicyPublished])
        zone = found.zone.key
    except (msgspec.ValidationError, ValueError, KeyError) as error:
        raise BadLine(f"the log's configuration cannot be used: {error}") from error
    if found.branch != branch:
        raise BadLine(f"the log's configuration is that of {found.branch}")
    return zone


def _make_branch(connection: Connection, branch: BranchId, zone: str) -> None:
    """The bare row of the branch; its catalogues and policies come with the log."""
    b = tables.branches
    head = connection.scalar(select(b.c.last_seq).where(b.c.id == branch))
    if head:
        raise bulk.HistoryRefused(last_seq=head, first_seq=1)
    if head is None:
        row = {
            "id": branch,
            "time_zone": zone,
            "last_seq": 0,
            "catalogue_version": 0,
            "policy_version": 0,
        }
        connection.execute(b.insert(), row)


def rebuild(engine: Engine, branch: BranchId) -> int:
    """Throw the branch's rows away and fold the log into new ones. Returns the events folded."""
    with database.writing(engine) as connection:
        query = tables.branches.select().where(tables.branches.c.id == branch).with_for_update()
        connection.execute(query)
        state = replay(read(connection, branch), branch)
        for table in (
            tables.tickets, tables.stages, tables.series, tables.blocks, tables.printers,
            tables.follow_ups, tables.alerts,
        ):  # fmt: skip
            connection.execute(delete(table).where(table.c.branch_id == branch))
        bulk.write_rows(connection, branch, state, set(state.tickets))
        visits.forget(connection, branch)
        change = tables.branches.update().where(tables.branches.c.id == branch)
        connection.execute(change.values(closed_date=state.closed_date))
    return state.seq


def verify(engine: Engine, branch: BranchId) -> list[str]:
    """Every difference between the stored rows and a replay of the log; empty = they agree."""
    with queries.reading(engine) as connection:
        try:
            state = replay(read(connection, branch), branch)
        except Refused as error:
            return [f"the log breaks the rules: {error.code} {error.facts}"]
        found = [*_log_problems(connection, branch, state)]
        found += _different(connection, branch, tables.tickets, ticket_of, state.tickets)
        found += _different(connection, branch, tables.counters, counter_of, state.counters)
        stages = {(s.ticket, s.ordinal): s for some in state.stages.values() for s in some}
        found += _different(connection, branch, tables.stages, stage_of, stages)
        blocks = {(branch, b.id): b for b in state.blocks.values()}
        found += _different(connection, branch, tables.blocks, block_of, blocks)
        follow_ups = state.follow_ups
        found += _different(connection, branch, tables.follow_ups, follow_up_of, follow_ups)
        alerts = {(branch, a.seq): a for a in state.alerts.values()}
        found += _different(connection, branch, tables.alerts, alert_of, alerts)
        found += _miscounted(connection, branch, state)
    return found[:_MOST_DIFFERENCES]


def _log_problems(connection: Connection, branch: BranchId, state: BranchState) -> Iterator[str]:
    e = tables.event_log
    query = select(func.count(), func.max(e.c.seq)).where(e.c.branch_id == branch)
    count, last = connection.execute(query).one()
    if count != (last or 0):
        yield f"event_log: {count} events, last seq {last}: there is a gap"
    stored = queries.last_seq(connection, branch)
    if stored != state.seq:
        yield f"branches.last_seq: {stored}, the log ends at {state.seq}"
    closed = queries.branch_row(connection, branch)["closed_date"]
    if closed != state.closed_date:
        yield f"branches.closed_date: {closed}, the log says {state.closed_date}"


def _different(
    connection: Connection, branch: BranchId, table: Any, entity_of: Any, wanted: dict[Any, Any]
) -> Iterator[str]:
    keys = [c.name for c in table.primary_key]
    seen: set[Any] = set()
    for row in connection.execute(select(table).where(table.c.branch_id == branch)).mappings():
        key = row[keys[0]] if len(keys) == 1 else tuple(row[k] for k in keys)
        seen.add(key)
        stored, replayed = entity_of(row), wanted.get(key)
        if replayed is None:
            yield f"{table.name} {key}: not in the log"
        elif stored != replayed:
            names = [
                f.name
                for f in dataclasses.fields(stored)
                if getattr(stored, f.name) != getattr(replayed, f.name)
            ]
            yield f"{table.name} {key}: {', '.join(names)} differ"
    for key in wanted.keys() - seen:
        yield f"{table.name} {key}: missing"


def _miscounted(connection: Connection, branch: BranchId, state: BranchState) -> Iterator[str]:
    """Last numbers, heads of the lines and tallies that are not those of the log."""
    tallies: dict[Any, Any] = {("+".join(pool),): n for pool, n in state.since.items()}
    checks: tuple[tuple[Any, str, dict[Any, Any]], ...] = (
        (tables.series, "last_serial", state.serials),
        (tables.printers, "state", {(device,): how for device, how in state.printers.items()}),
        (tables.waiting, "people", bulk.people_of(state)),
        (tables.tallies, "normal_since", tallies),
    )
    for table, value, wanted in checks:
        keys = [c.name for c in table.primary_key if c.name != "branch_id"]
        query = select(table).where(table.c.branch_id == branch)
        stored: dict[Any, Any] = {
            tuple(r[k] for k in keys): r[value] for r in connection.execute(query).mappings()
        }
        for key in stored.keys() | wanted.keys():
            # A line that nobody stands in may have a row or none.
            nobody: int | None = 0 if table is tables.waiting else None
            if stored.get(key, nobody) != wanted.get(key, nobody):
                yield f"{table.name} {key}: {stored.get(key)}, the log says {wanted.get(key)}"


def purge(engine: Engine, now: datetime) -> int:
    """Forget the values whose time is over, in the log and in its rows; returns how many.

    Events and orders stay. A ticket that has not ended keeps its values: its order needs them.
    """
    forgotten = 0
    for branch in branches.ids(engine):
        while done := _purge_some(engine, branch, now):
            forgotten += done
    return forgotten


def _purge_some(engine: Engine, branch: BranchId, now: datetime) -> int:
    """One short transaction of it (rule D9): calls go on in between."""
    x, e, t, b = tables.expiring_facts, tables.event_log, tables.tickets, tables.branches
    with database.writing(engine) as connection:
        lock = select(b.c.time_zone).where(b.c.id == branch).with_for_update()
        today = numbering.business_date(now, connection.execute(lock).scalar_one())
        over = (
            select(x.c.seq, x.c.field, e.c.ticket_id)
            .join(e, (e.c.branch_id == x.c.branch_id) & (e.c.seq == x.c.seq))
            .join(t, t.c.id == e.c.ticket_id)
            .where(x.c.branch_id == branch, x.c.expires_on < today, t.c.status.in_(ENDED))
            .limit(_PURGED_TOGETHER)
        )
        found = connection.execute(over).all()
        for seq, field, _ in found:
            this = (x.c.branch_id == branch, x.c.seq == seq, x.c.field == field)
            connection.execute(delete(x).where(*this))
        for ticket in sorted({ticket for _, _, ticket in found}):
            _forget_in_row(connection, branch, ticket)
    return len(found)


def _forget_in_row(connection: Connection, branch: BranchId, ticket: str) -> None:
    """What a replay of its own events still knows of a ticket, also where a counter may undo it."""
    t = tables.tickets
    known = BranchState(branch)
    for recorded in queries.events_of_ticket(connection, branch, TicketId(ticket)):
        known.apply(recorded)
    row = known.ticket(TicketId(ticket))
    if row is None:
        return
    values = {"priority": row.priority, "note": row.note}
    connection.execute(t.update().where(t.c.id == ticket).values(**values))
    c = tables.counters
    holding = select(c).where(c.c.branch_id == branch, c.c.steps.contains(ticket))
    steps = {step.seq: step for desk in known.counters.values() for step in desk.steps}
    for found in connection.execute(holding).mappings().all():
        kept = tuple(steps.get(step.seq, step) for step in counter_of(found).steps)
        change = c.update().where(c.c.id == found["id"])
        connection.execute(change.values(steps=codec.to_json(kept)))

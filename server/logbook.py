"""The log as a whole: export and import as JSON Lines, rebuild the rows from it, check them with it.

The format is documented in deploy/LOG_FORMAT.md.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, delete, func, select

from server import bulk, codec, database, queries, replies, tables
from server.domain import events as ev
from server.domain.errors import Refused
from server.domain.ids import BranchId
from server.domain.state import BranchState
from server.relay import set_cursor
from server.store import counter_of, stage_of, ticket_of

FORMAT = "motcua-log"
FORMAT_VERSION = 1
_BATCH = 5_000
_MOST_DIFFERENCES = 20


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
    for recorded in events:
        state.apply(recorded)
    return state


def export(engine: Engine, branch: BranchId, out: TextIO) -> None:
    """Write a heading and one line per event. Values that have expired read `*`."""
    with queries.reading(engine) as connection:
        last = queries.branch_row(connection, branch)["last_seq"]
        heading = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "branch": branch,
            "events": last,
        }
        out.write(codec.to_json(heading) + "\n")
        out.writelines(
            codec.to_json(line_of(recorded)) + "\n" for recorded in read(connection, branch)
        )


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
    branch = _heading(next(numbered, (1, ""))[1])
    state = BranchState(branch)
    recorded: list[ev.Recorded] = []
    for number, line in numbered:
        if line.strip():
            event = _event(branch, number, line, state.seq + 1)
            try:
                state.apply(event)
            except Refused as error:
                raise BadLine(f"line {number}: {error.code} {error.facts}") from error
            recorded.append(event)
    _make_branch(engine, branch, recorded)
    bulk.append_history(engine, branch, recorded, state)
    for subscriber in ("screens", "slips"):
        set_cursor(engine, subscriber, branch, state.seq)
    return len(recorded)


def _heading(line: str) -> BranchId:
    heading = _parsed(1, line)
    if heading.get("format") != FORMAT or heading.get("version") != FORMAT_VERSION:
        raise BadLine(f'line 1: expected {{"format": "{FORMAT}", "version": {FORMAT_VERSION}}}')
    if not isinstance(heading.get("branch"), str):
        raise BadLine("line 1: branch is missing")
    return BranchId(heading["branch"])


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
            at=datetime.fromisoformat(content["at"]),
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


def _make_branch(engine: Engine, branch: BranchId, recorded: list[ev.Recorded]) -> None:
    """The branch's row and its catalogues and policies, which the log brings along."""
    zones = [
        r.event.catalogue["time_zone"] for r in recorded if isinstance(r.event, ev.CatalogueChanged)
    ]
    if not zones:
        raise BadLine("the log has no CatalogueChanged event")
    with database.writing(engine) as connection:
        b = tables.branches
        head = connection.scalar(select(b.c.last_seq).where(b.c.id == branch))
        if head:
            raise bulk.HistoryRefused(last_seq=head, first_seq=1)
        if head is None:
            row = {
                "id": branch,
                "time_zone": zones[-1],
                "last_seq": 0,
                "catalogue_version": 0,
                "policy_version": 0,
            }
            connection.execute(b.insert(), row)
        bulk.write_configuration(connection, branch, recorded)


def rebuild(engine: Engine, branch: BranchId) -> int:
    """Throw the branch's rows away and fold the log into new ones. Returns the events folded."""
    with database.writing(engine) as connection:
        query = tables.branches.select().where(tables.branches.c.id == branch).with_for_update()
        connection.execute(query)
        state = replay(read(connection, branch), branch)
        tickets, stages = tables.tickets, tables.stages
        for table in (tickets, stages):
            connection.execute(delete(table).where(table.c.branch_id == branch))
        bulk.write_rows(connection, branch, state, set(state.tickets))
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


def purge(engine: Engine, now: datetime) -> int:
    """Forget the values whose time is over; returns how many. Events and orders stay."""
    x = tables.expiring_facts
    with database.writing(engine) as connection:
        done = connection.execute(delete(x).where(x.c.expires_on < now.date()))
        return done.rowcount

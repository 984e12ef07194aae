"""What the store reads of one branch, as statements built once.

For small queries, building the statement costs more than running it.
"""

from typing import Any

from sqlalchemy import bindparam, or_, select

from server import tables
from server.domain.ticket import Status

_t, _w, _s, _b = tables.tickets, tables.waiting, tables.stages, tables.blocks
_OF_BRANCH: Any = bindparam("branch")
BRANCH = select(tables.branches).where(tables.branches.c.id == _OF_BRANCH).with_for_update()
TICKET = select(_t).where(_t.c.id == bindparam("ticket"), _t.c.branch_id == _OF_BRANCH)
COUNTERS = select(tables.counters).where(tables.counters.c.branch_id == _OF_BRANCH)
WAITING = select(_w).where(_w.c.branch_id == _OF_BRANCH)
DIRECTED = select(_t).where(
    _t.c.branch_id == _OF_BRANCH,
    tables.IS_DIRECTED,
    or_(_t.c.to_counter == bindparam("counter"), _t.c.to_officer == bindparam("officer")),
)
LINE = (
    select(_t)
    .where(
        _t.c.branch_id == _OF_BRANCH,
        _t.c.queue == bindparam("queue"),
        tables.IS_WAITING,
        _t.c.to_counter.is_(None),
        _t.c.to_officer.is_(None),
    )
    .order_by(_t.c.arrival_at, _t.c.serial, _t.c.id)
)
TALLY = select(tables.tallies.c.normal_since).where(
    tables.tallies.c.branch_id == _OF_BRANCH, tables.tallies.c.pool == bindparam("pool")
)
SERIALS = select(tables.series).where(
    tables.series.c.branch_id == _OF_BRANCH,
    tables.series.c.business_date == bindparam("day"),
)
BLOCKS = select(_b).where(_b.c.branch_id == _OF_BRANCH, _b.c.business_date == bindparam("day"))
BLOCK = select(_b).where(_b.c.branch_id == _OF_BRANCH, _b.c.id == bindparam("block"))
EVENT = select(tables.event_log).where(
    tables.event_log.c.branch_id == _OF_BRANCH, tables.event_log.c.seq == bindparam("seq")
)
PRINTER = select(tables.printers.c.state).where(
    tables.printers.c.branch_id == _OF_BRANCH, tables.printers.c.device == bindparam("device")
)
NOTICE = select(tables.notices).where(
    tables.notices.c.branch_id == _OF_BRANCH, tables.notices.c.seq == bindparam("seq")
)
ALERT = select(tables.alerts).where(
    tables.alerts.c.branch_id == _OF_BRANCH, tables.alerts.c.seq == bindparam("seq")
)
ABSENCE = select(tables.absences).where(
    tables.absences.c.branch_id == _OF_BRANCH,
    tables.absences.c.counter == bindparam("counter"),
    tables.absences.c.business_date == bindparam("day"),
)
LAST_ALERT = (
    select(tables.alerts)
    .where(
        tables.alerts.c.branch_id == _OF_BRANCH,
        tables.alerts.c.rule == bindparam("rule"),
        tables.alerts.c.subject == bindparam("subject"),
    )
    .order_by(tables.alerts.c.seq.desc())
    .limit(1)
)
ANSWER = select(tables.answers.c.result).where(
    tables.answers.c.branch_id == _OF_BRANCH,
    tables.answers.c.command_id == bindparam("command_id"),
)
UNFINISHED = (
    select(_t)
    .where(
        _t.c.branch_id == _OF_BRANCH,
        _t.c.status.in_([Status.WAITING, Status.CALLED, Status.SERVING, Status.PARKED]),
    )
    .order_by(_t.c.arrival_at, _t.c.serial, _t.c.id)
)
FOLLOW_UP = select(tables.follow_ups).where(
    tables.follow_ups.c.branch_id == _OF_BRANCH, tables.follow_ups.c.ticket == bindparam("ticket")
)
NUMBER = select(_t.c.id).where(
    _t.c.branch_id == _OF_BRANCH,
    _t.c.business_date == bindparam("day"),
    _t.c.number == bindparam("number"),
)
DROP_STAGE = _s.delete().where(
    _s.c.ticket == bindparam("_ticket"), _s.c.ordinal == bindparam("_ordinal")
)
STAGE = select(_s).where(_s.c.ticket == bindparam("ticket")).order_by(_s.c.ordinal.desc()).limit(1)

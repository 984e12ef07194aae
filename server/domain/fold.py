"""One event's effect on every row: the same fold keeps the database, the screens and a replay."""

from datetime import date
from typing import Protocol

from server.domain import absences, alert, counters, errors, follow_ups, ticket
from server.domain import events as ev
from server.domain.absences import Absence
from server.domain.alert import Alert
from server.domain.blocks import NumberBlock, block_of
from server.domain.counters import CounterState, Step
from server.domain.follow_ups import FollowUp
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.measures import Stage, evolve_stage
from server.domain.ticket import Ticket

Pool = tuple[QueueId, ...]

#: Events that leave the counter's row alone though it holds the ticket.
_OF_NO_DESK = (
    ev.SlipPrinted,
    ev.SlipPrintFailed,
    ev.ReprintRequested,
    ev.RatingGiven,
    ev.PlaceYielded,
    ev.FollowUpOpened,
    ev.FollowUpSettled,
    ev.PriorityChanged,
    ev.TicketCarriedOver,
)


class Rows(Protocol):
    """The rows a branch's log is folded into."""

    def ticket(self, ticket: TicketId) -> Ticket | None: ...
    def put_ticket(self, before: Ticket | None, after: Ticket) -> None: ...
    def counter(self, counter: CounterId) -> CounterState: ...
    def put_counter(self, counter: CounterState) -> None: ...
    def stage(self, ticket: TicketId) -> Stage | None: ...
    def put_stage(self, stage: Stage) -> None: ...
    def drop_stage(self, stage: Stage) -> None: ...
    def normal_since(self, pool: Pool) -> int | None: ...
    def put_normal_since(self, pool: Pool, calls: int) -> None: ...
    def put_serial(self, queue: QueueId, day: date, serial: int) -> None: ...
    def put_block(self, block: NumberBlock) -> None: ...
    def follow_up(self, ticket: TicketId) -> FollowUp | None: ...
    def put_follow_up(self, follow_up: FollowUp) -> None: ...
    def alert(self, seq: int) -> Alert | None: ...
    def put_alert(self, alert: Alert) -> None: ...
    def absence(self, counter: CounterId, day: date) -> Absence | None: ...
    def put_absence(self, absence: Absence) -> None: ...
    def put_branch_event(self, recorded: ev.Recorded) -> None: ...


def apply(rows: Rows, recorded: ev.Recorded) -> None:
    """Fold one event into `rows`. Raises a refusal when the log breaks the rules."""
    event = recorded.event
    if isinstance(event, ev.CounterEvent):
        rows.put_counter(counters.evolve(rows.counter(event.counter), event, at=recorded.at))
    elif isinstance(event, ev.BlockGranted):
        rows.put_block(block_of(event))
    elif isinstance(event, ev.AlertEvent):
        _apply_to_alert(rows, recorded, event)
    elif isinstance(event, ev.AbsenceEvent):
        known = rows.absence(event.counter, event.business_date)
        if after := absences.evolve(known, event, recorded.at):
            rows.put_absence(after)
    elif isinstance(event, ev.BranchEvent):
        rows.put_branch_event(recorded)
    else:
        _apply_to_ticket(rows, recorded, event)


def _apply_to_alert(rows: Rows, recorded: ev.Recorded, event: ev.AlertEvent) -> None:
    if isinstance(event, ev.AlertRaised):
        rows.put_alert(alert.raised(event, seq=recorded.seq, at=recorded.at))
    elif known := rows.alert(event.alert):
        rows.put_alert(alert.evolve(known, event, recorded.at))


def _apply_to_ticket(rows: Rows, recorded: ev.Recorded, event: ev.TicketEvent) -> None:
    assert recorded.ticket is not None, "a ticket's event names its ticket"  # noqa: S101
    before = rows.ticket(recorded.ticket)
    if isinstance(event, ev.StepUndone):
        _undo(rows, recorded, event, before)
        return
    after = ticket.evolve(before, event, at=recorded.at, seq=recorded.seq)
    rows.put_ticket(before, after)
    if isinstance(event, ev.TicketIssued) and not event.block and not event.roll:
        rows.put_serial(event.queue, event.business_date, event.serial)
    stage = rows.stage(after.id)
    step = _step(rows, recorded, event, before, after, stage)
    if step.pool:
        rows.put_normal_since(step.pool, step.tally)
    for changed in evolve_stage(stage, before, after, event, recorded.at):
        rows.put_stage(changed)
    _follow_up(rows, recorded, event, after)
    _move_counter(rows, before, after, event, step)


def _step(
    rows: Rows,
    recorded: ev.Recorded,
    event: ev.TicketEvent,
    before: Ticket | None,
    after: Ticket,
    stage: Stage | None,
) -> Step:
    """What the event did, and what was before it."""
    pool: Pool = ()
    since = tally = 0
    if isinstance(event, ev.TicketCalled) and event.pool:
        # The ratio of priority to normal calls is kept per line, as the policy counts it.
        pool, since = event.pool, rows.normal_since(event.pool) or 0
        tally = 0 if after.priority is not None else since + 1
    return Step(
        seq=recorded.seq,
        event=recorded.type,
        at=recorded.at,
        ticket=after.id,
        status=after.status,
        before=before,
        stage=stage,
        pool=pool,
        since=since,
        tally=tally,
    )


def _move_counter(
    rows: Rows, before: Ticket | None, after: Ticket, event: ev.TicketEvent, step: Step
) -> None:
    desk = _desk(before, after, event)
    if desk is None:
        return
    state = rows.counter(desk)
    if isinstance(event, ev.CallAnnounced):
        rows.put_counter(counters.announced(state, event))
    else:
        rows.put_counter(counters.evolve_by_ticket(state, after, event, step))


def _desk(before: Ticket | None, after: Ticket, event: ev.TicketEvent) -> CounterId | None:
    """The counter whose row an event of a ticket moves: who did it, else the one that holds it."""
    did: CounterId | None = getattr(event, "desk", None)
    if did is not None:
        return did
    if isinstance(event, _OF_NO_DESK):
        return None
    held = before.counter if before and before.status in ticket.AT_COUNTER else None
    if after.status in ticket.AT_COUNTER:
        return after.counter
    return held


def _undo(rows: Rows, recorded: ev.Recorded, event: ev.StepUndone, before: Ticket | None) -> None:
    """The rows are again as they were before the counter's last step."""
    state = rows.counter(event.counter)
    step = state.steps[-1] if state.steps else None
    if step is None or step.before is None or before is None or step.seq != event.undone:
        raise errors.NothingToUndo(counter=0)
    after = ticket.restored(before, step.before)
    rows.put_ticket(before, after)
    stage = rows.stage(after.id)
    if stage is not None and step.stage is not None:
        if stage.ordinal > step.stage.ordinal:
            rows.drop_stage(stage)
        rows.put_stage(step.stage)
    # Another counter may have called from the same line meanwhile: its tally stands.
    if step.pool and rows.normal_since(step.pool) == step.tally:
        rows.put_normal_since(step.pool, step.since)
    rows.put_counter(counters.evolve_by_undo(state, after, at=recorded.at))


def _follow_up(rows: Rows, recorded: ev.Recorded, event: ev.TicketEvent, after: Ticket) -> None:
    if isinstance(event, ev.FollowUpOpened):
        rows.put_follow_up(follow_ups.opened(event, after, recorded.at))
    elif isinstance(event, ev.FollowUpSettled):
        known = rows.follow_up(after.id)
        if known is not None:
            settled = follow_ups.settled(known, event, recorded.at, recorded.actor)
            rows.put_follow_up(settled)

"""One event's effect on every row: the same fold keeps the database, the screens and a replay."""

from datetime import date
from typing import Protocol

from server.domain import counters, ticket
from server.domain import events as ev
from server.domain.blocks import NumberBlock, block_of
from server.domain.counters import CounterState
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
    ev.PriorityChanged,
    ev.PlaceYielded,
)


class Rows(Protocol):
    """The rows a branch's log is folded into."""

    def ticket(self, ticket: TicketId) -> Ticket | None: ...
    def put_ticket(self, before: Ticket | None, after: Ticket) -> None: ...
    def counter(self, counter: CounterId) -> CounterState: ...
    def put_counter(self, counter: CounterState) -> None: ...
    def stage(self, ticket: TicketId) -> Stage | None: ...
    def put_stage(self, stage: Stage) -> None: ...
    def normal_since(self, pool: Pool) -> int | None: ...
    def put_normal_since(self, pool: Pool, calls: int) -> None: ...
    def put_serial(self, queue: QueueId, day: date, serial: int) -> None: ...
    def put_block(self, block: NumberBlock) -> None: ...
    def put_branch_event(self, recorded: ev.Recorded) -> None: ...


def apply(rows: Rows, recorded: ev.Recorded) -> None:
    """Fold one event into `rows`. Raises a refusal when the log breaks the rules."""
    event = recorded.event
    if isinstance(event, ev.CounterEvent):
        rows.put_counter(counters.evolve(rows.counter(event.counter), event, at=recorded.at))
    elif isinstance(event, ev.BlockGranted):
        rows.put_block(block_of(event))
    elif isinstance(event, ev.BranchEvent):
        rows.put_branch_event(recorded)
    else:
        _apply_to_ticket(rows, recorded, event)


def _apply_to_ticket(rows: Rows, recorded: ev.Recorded, event: ev.TicketEvent) -> None:
    assert recorded.ticket is not None, "a ticket's event names its ticket"  # noqa: S101
    before = rows.ticket(recorded.ticket)
    after = ticket.evolve(before, event, at=recorded.at, seq=recorded.seq)
    rows.put_ticket(before, after)
    if isinstance(event, ev.TicketIssued) and not event.block:
        rows.put_serial(event.queue, event.business_date, event.serial)
    if isinstance(event, ev.TicketCalled) and event.pool:
        # The ratio of priority to normal calls is kept per line, as the policy counts it.
        since = rows.normal_since(event.pool) or 0
        rows.put_normal_since(event.pool, 0 if after.priority is not None else since + 1)
    for stage in evolve_stage(rows.stage(after.id), before, after, event, recorded.at):
        rows.put_stage(stage)
    desk = _desk(before, after, event)
    if desk is not None:
        state = rows.counter(desk)
        rows.put_counter(
            counters.evolve_by_ticket(state, after.id, event, at=recorded.at, seq=recorded.seq)
        )


def _desk(before: Ticket | None, after: Ticket, event: ev.TicketEvent) -> CounterId | None:
    """The counter whose row an event of a ticket moves: the one that holds it."""
    held = before.counter if before and before.status in ticket.AT_COUNTER else None
    if isinstance(event, _OF_NO_DESK):
        return None
    if after.status in ticket.AT_COUNTER:
        return after.counter
    return held

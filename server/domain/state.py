"""A branch in memory: the rows of its log, with every line kept in order. No I/O.

Screens are projected from it, the simulator runs on it, and `log verify` compares the database
with it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from server.domain import events as ev
from server.domain import fold
from server.domain.absences import Absence, Absent
from server.domain.alert import Alert, kept_since
from server.domain.blocks import NumberBlock
from server.domain.counters import CounterState
from server.domain.discipline import Candidate
from server.domain.follow_ups import FollowUp
from server.domain.ids import BranchId, CounterId, QueueId, TicketId
from server.domain.measures import Stage
from server.domain.ticket import ELIGIBLE, ENDED, Ticket


def candidate(ticket: Ticket) -> Candidate:
    """The ticket as the discipline sees it."""
    return Candidate(
        arrival_at=ticket.arrival_at,
        queue=ticket.queue,
        serial=ticket.serial,
        ticket=ticket.id,
        number=ticket.number,
        priority=ticket.priority,
        is_directed=ticket.to_counter is not None or ticket.to_officer is not None,
    )


class BranchState:
    """The rows of one branch. `apply` folds events in; the rest reads."""

    def __init__(self, branch: BranchId) -> None:
        self.branch = branch
        self.seq = 0
        self.tickets: dict[TicketId, Ticket] = {}
        self.counters: dict[CounterId, CounterState] = {}
        self.stages: dict[TicketId, list[Stage]] = {}
        self.serials: dict[tuple[QueueId, date], int] = {}
        self.since: dict[fold.Pool, int] = {}
        self.lanes: dict[QueueId, dict[str | None, list[Candidate]]] = {}
        self.directed: dict[TicketId, Ticket] = {}
        self.notices: dict[int, ev.NoticePosted] = {}
        self.closed_date: date | None = None
        self.blocks: dict[str, NumberBlock] = {}
        #: How each kiosk's printer was last said to be.
        self.printers: dict[str, str] = {}
        self.follow_ups: dict[TicketId, FollowUp] = {}
        #: By `seq`: those that stand, and those of today.
        self.alerts: dict[int, Alert] = {}
        #: What was last said of a counter and day; those that were taken back too.
        self.absences: dict[tuple[CounterId, date], Absence] = {}

    def apply(self, recorded: ev.Recorded) -> None:
        """Fold the next event of the log in; it must follow the last one."""
        fold.apply(self, recorded)
        self.seq = recorded.seq

    # Rows of the fold ---------------------------------------------------------------------
    def ticket(self, ticket: TicketId) -> Ticket | None:
        """The ticket with this id."""
        return self.tickets.get(ticket)

    def put_ticket(self, before: Ticket | None, after: Ticket) -> None:
        """Keep the row, and its place in the line of its queue."""
        self.tickets[after.id] = after
        if before is not None and before.status in ELIGIBLE:
            self._leave(before)
        if after.status in ELIGIBLE:
            self._join(after)

    def counter(self, counter: CounterId) -> CounterState:
        """The counter's row; a counter without events is closed."""
        return self.counters.get(counter) or CounterState(id=counter)

    def put_counter(self, counter: CounterState) -> None:
        """Keep the row."""
        self.counters[counter.id] = counter

    def stage(self, ticket: TicketId) -> Stage | None:
        """The ticket's present stage."""
        stages = self.stages.get(ticket)
        return stages[-1] if stages else None

    def put_stage(self, stage: Stage) -> None:
        """Keep a stage: replace the one with its ordinal, or begin it."""
        stages = self.stages.setdefault(stage.ticket, [])
        if stage.ordinal > len(stages):
            stages.append(stage)
        else:
            stages[stage.ordinal - 1] = stage

    def drop_stage(self, stage: Stage) -> None:
        """Forget the ticket's last stage: what began it was undone."""
        self.stages[stage.ticket].pop()

    def follow_up(self, ticket: TicketId) -> FollowUp | None:
        """What is being looked into about a visit."""
        return self.follow_ups.get(ticket)

    def put_follow_up(self, follow_up: FollowUp) -> None:
        """Keep the row."""
        self.follow_ups[follow_up.ticket] = follow_up

    def alert(self, seq: int) -> Alert | None:
        """The alert that was raised at this place in the log."""
        return self.alerts.get(seq)

    def put_alert(self, alert: Alert) -> None:
        """Keep the row."""
        self.alerts[alert.seq] = alert

    def absence(self, counter: CounterId, day: date) -> Absence | None:
        """What was last said of a counter's absence on a day."""
        return self.absences.get((counter, day))

    def put_absence(self, absence: Absence) -> None:
        """Keep the row."""
        self.absences[absence.counter, absence.business_date] = absence

    def absent(self, day: date) -> Absent:
        """The counters that are absent on a day, or for hours of it: see `roster.windows`."""
        return Absent(a for (_, on), a in self.absences.items() if on == day)

    def normal_since(self, pool: fold.Pool) -> int | None:
        """Normal calls made from this line since its last priority call."""
        return self.since.get(pool)

    def put_normal_since(self, pool: fold.Pool, calls: int) -> None:
        """Keep the tally."""
        self.since[pool] = calls

    def put_serial(self, queue: QueueId, day: date, serial: int) -> None:
        """Keep the last number of the queue's day."""
        self.serials[queue, day] = serial

    def put_block(self, block: NumberBlock) -> None:
        """Keep the numbers that a kiosk holds."""
        self.blocks[block.id] = block

    def put_branch_event(self, recorded: ev.Recorded) -> None:
        """Keep notices and the closed day; a new catalogue is loaded by whoever holds this."""
        match recorded.event:
            case ev.NoticePosted():
                self.notices[recorded.seq] = recorded.event
            case ev.NoticeWithdrawn(notice=seq):
                if posted := self.notices.get(seq):
                    self.notices[seq] = replace(posted, until=recorded.at)
            case ev.DayClosed(business_date=day):
                self.closed_date = day
            case ev.PrinterReported(device=device, state=state):
                self.printers[device] = state
            case _:
                pass

    # Lines --------------------------------------------------------------------------------
    def heads(self, queues: Iterable[QueueId]) -> list[Candidate]:
        """The earliest waiting ticket of each class of these queues."""
        return [lane[0] for q in queues for lane in self.lanes.get(q, {}).values() if lane]

    def directed_to(self, counter: CounterId, officer: str) -> list[Candidate]:
        """Waiting tickets sent to this counter or officer alone."""
        return [
            candidate(t)
            for t in self.directed.values()
            if t.to_counter == counter or (officer and t.to_officer == officer)
        ]

    def lanes_of(self, queue: QueueId) -> Mapping[str | None, list[Candidate]]:
        """The waiting of a queue by class."""
        return self.lanes.get(queue, {})

    def waiting(self, queue: QueueId) -> int:
        """How many wait in a queue, those sent to one counter included."""
        undirected = sum(len(lane) for lane in self.lanes.get(queue, {}).values())
        return undirected + sum(1 for t in self.directed.values() if t.queue == queue)

    def waiting_counts(self) -> dict[QueueId, int]:
        """How many wait, by queue; queues without anybody are left out."""
        return {q: n for q in self._queues() if (n := self.waiting(q))}

    def forget_days_before(self, day: date) -> None:
        """Drop ended tickets of earlier business dates: screens are about today."""
        for ticket in [
            t for t in self.tickets.values() if t.business_date < day and t.status in ENDED
        ]:
            del self.tickets[ticket.id]
            self.stages.pop(ticket.id, None)
        self.serials = {k: v for k, v in self.serials.items() if k[1] >= day}
        self.blocks = {k: b for k, b in self.blocks.items() if b.business_date >= day}
        self.follow_ups = {k: f for k, f in self.follow_ups.items() if f.settled_at is None}
        self.absences = {k: a for k, a in self.absences.items() if k[1] >= day}
        first = kept_since(day)
        self.alerts = {k: a for k, a in self.alerts.items() if a.is_open or a.raised_at >= first}

    def _queues(self) -> set[QueueId]:
        return {*self.lanes, *(t.queue for t in self.directed.values())}

    def _join(self, ticket: Ticket) -> None:
        entry = candidate(ticket)
        if entry.is_directed:
            self.directed[ticket.id] = ticket
        else:
            insort(self.lanes.setdefault(ticket.queue, {}).setdefault(ticket.priority, []), entry)

    def _leave(self, ticket: Ticket) -> None:
        entry = candidate(ticket)
        if entry.is_directed:
            del self.directed[ticket.id]
        else:
            lane = self.lanes[ticket.queue][ticket.priority]
            del lane[bisect_left(lane, entry)]

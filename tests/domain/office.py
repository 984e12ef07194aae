"""A small office for tests of the rules: a catalogue, and commands at chosen moments."""

import itertools
from datetime import UTC, datetime, time, timedelta
from typing import Any

from server.domain import commands as cmd
from server.domain.catalogue import (
    Catalogue,
    Counter,
    Hours,
    Mode,
    Outcome,
    Policy,
    PriorityClass,
    Queue,
    Service,
    Source,
    Window,
)
from server.domain.ids import BranchId, CounterId, QueueId, ServiceId, TicketId
from server.domain.text import Text
from server.domain.ticket import Ticket
from server.simulate.memory import MemoryLog

BRANCH = BranchId("thu")
NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
A, B = QueueId("A"), QueueId("B")
CLASSES = (
    PriorityClass(code="KC", name=Text(vi="Khẩn cấp"), rank=1, urgent=True),
    PriorityClass(code="KT", name=Text(vi="Khuyết tật"), rank=2, head_start_minutes=15),
    PriorityClass(code="CT", name=Text(vi="Cao tuổi"), rank=3, head_start_minutes=10),
)


def catalogue(mode: Mode = Mode.INTERLEAVE, **policy: Any) -> Catalogue:
    """Two queues, two services, three counters; open at all hours."""
    day = (Window(opens=time(0), closes=time(23, 59), doors=time(0), last_ticket=time(23, 59)),)
    pool = (Source(queues=(A, B)),)
    return Catalogue(
        branch=BRANCH,
        name=Text(vi="Điểm thử"),
        time_zone="Asia/Ho_Chi_Minh",
        queues=tuple(Queue(id=q, prefix=q, name=Text(vi=q)) for q in (A, B)),
        services=tuple(
            Service(id=ServiceId(f"s-{q.lower()}"), queue=q, name=Text(vi=q), hint=Text(vi=""))
            for q in (A, B)
        ),
        procedures=(),
        counters=tuple(
            Counter(id=CounterId(f"thu-{n}"), number=n, sources=pool) for n in (1, 2, 3)
        ),
        hours=Hours(weekly=(day,) * 7),
        policy=Policy(mode=mode, classes=CLASSES, **policy),
        outcomes=(Outcome(code="xong", name=Text(vi="Xong")),),
    )


class Office:
    """Commands on a log in memory. `at` is minutes after nine."""

    def __init__(self, configured: Catalogue | None = None) -> None:
        ids = itertools.count(1)
        self.log = MemoryLog(
            configured or catalogue(), ticket_ids=lambda: TicketId(f"t{next(ids):04d}")
        )
        self._commands = itertools.count(1)
        self.minute = 0.0

    def do(self, kind: type[cmd.AnyCommand], at: float | None = None, **content: Any) -> Any:
        """Run a command; the clock never runs backwards."""
        self.minute = max(self.minute, self.minute if at is None else at)
        command = kind(branch=BRANCH, command_id=f"c{next(self._commands)}", **content)
        now = NINE + timedelta(minutes=self.minute)
        return self.log.execute(command, now=now, actor="test").ticket

    def open(self, number: int = 1, at: float = 0) -> CounterId:
        """Open a counter."""
        counter = CounterId(f"thu-{number}")
        self.do(cmd.OpenCounter, at, counter=counter, officer=f"Cán bộ {number}")
        return counter

    def issue(self, at: float = 0, queue: QueueId = A, priority: str | None = None) -> TicketId:
        """Take a number."""
        ticket = self.do(cmd.IssueTicket, at, queue=queue, priority=priority)
        assert ticket is not None
        return TicketId(ticket)

    def ticket(self, ticket: TicketId) -> Ticket:
        """The ticket's row."""
        return self.log.state.tickets[ticket]

    def call_all(self, counter: CounterId, at: float) -> list[str]:
        """Call, serve and complete until nobody waits; the numbers in the order called."""
        called = []
        while ticket := self.do(cmd.CallNext, at, counter=counter):
            called.append(self.ticket(ticket).number)
            self.do(cmd.StartService, counter=counter)
            self.do(cmd.CompleteService, counter=counter, outcome="xong")
        return called

    def bring(self, counter: CounterId, status: str) -> TicketId:
        """A ticket in `status`, reached by the ordinary way."""
        ticket = self.issue()
        if status == "waiting":
            return ticket
        if status == "cancelled":
            self.do(cmd.CancelTicket, ticket=ticket)
            return ticket
        self.do(cmd.CallNext, counter=counter)
        if status == "no_show":
            self.do(cmd.RecordNoShow, counter=counter)
        if status in ("serving", "served"):
            self.do(cmd.StartService, counter=counter)
        if status == "served":
            self.do(cmd.CompleteService, counter=counter, outcome="xong")
        if status == "parked":
            self.do(cmd.ParkTicket, counter=counter, reason="giấy tờ")
        return ticket

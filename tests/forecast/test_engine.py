"""The dispatcher of desks and tickets: against the textbook, against `ciw`, and rule by rule."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import inf

import pytest

from server.domain import commands as cmd
from server.domain.catalogue import Mode, Policy, Source, SourceRule
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, QueueId, ServiceId, TicketId
from server.forecast.engine import Desk, Dispatcher, Ghosts, Outcome, Ticket, Visit
from tests.domain.office import Office, catalogue
from tests.forecast import queues
from tests.forecast.scene import AT, CLASSES, A, B, counter

POLICY = Policy(classes=CLASSES)


@pytest.mark.parametrize("name", queues.CHECKS)
def test_it_agrees_with_the_textbook(name: str) -> None:
    for check in queues.CHECKS[name](40_000, 11):
        assert check.is_right, check
        assert check.error < 0.1 * check.expected, f"too few to tell: {check}"


@pytest.mark.parametrize("servers", [1, 3])
def test_it_agrees_with_another_simulator_ticket_by_ticket(servers: int) -> None:
    customers, largest = queues.difference_from_ciw(6_000, servers, seed=5)
    assert customers > 5_900
    assert largest == 0.0


@dataclass
class Services:
    """Each ticket takes `seconds`; some do not come, some go on to another queue."""

    seconds: float = 10.0
    gap: float = 0.0
    away: frozenset[str] = frozenset()
    onward: dict[str, Ticket] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def visit(self, ticket: Ticket, desk: Desk, now: float) -> Visit:  # noqa: ARG002
        name = ticket.candidate.number
        self.order.append(name)
        end = now + (1 if name in self.away else self.seconds)
        outcome = Outcome.NO_SHOW if name in self.away else Outcome.SERVED
        start = None if name in self.away else now
        return Visit(end, end + self.gap, start, outcome, self.onward.get(name))


def ticket(number: str, arrives: float, **more: object) -> Ticket:
    queue = QueueId(number[0])
    counter_, officer = more.pop("counter", None), more.pop("officer", None)
    candidate = Candidate(
        AT + timedelta(seconds=arrives), queue, int(number[1:]), TicketId(number), number,
        more.pop("priority", None), counter_ is not None or officer is not None,  # type: ignore[arg-type]
    )  # fmt: skip
    return Ticket(
        candidate=candidate, arrival_s=arrives, service=ServiceId("s"),
        counter=counter_, officer=officer, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def run(
    tickets: list[Ticket], desks: list[Desk], draw: Services | None = None, **more: object
) -> Dispatcher:
    dispatcher = Dispatcher(
        more.pop("policy", POLICY),
        AT,
        more.pop("since", {}),
        draw or Services(),  # type: ignore[arg-type]
    )
    dispatcher.run(tickets, desks, **more)  # type: ignore[arg-type]
    return dispatcher


def desk(number: int, *served: str, **more: object) -> Desk:
    return Desk(counter=counter(number, *served), officer=f"o-{number}", **more)  # type: ignore[arg-type]


def test_the_desk_idle_longest_is_woken_first() -> None:
    first, second = desk(1, "A"), desk(2, "A", free_s=-1.0)
    second.free_s = 0.5  # it becomes idle after the first
    tickets = [ticket("A1", 1.0), ticket("A2", 2.0), ticket("A3", 30.0), ticket("A4", 31.0)]
    run(tickets, [second, first])
    assert [t.desk for t in tickets] == [first, second, first, second]
    assert first.busy_s == second.busy_s == 20.0


def test_a_desk_calls_in_its_windows_and_ends_what_it_began() -> None:
    one = desk(1, "A", windows=((5.0, 20.0), (100.0, 120.0)))
    tickets = [ticket(f"A{n}", 0.0) for n in (1, 2, 3, 4, 5)]
    run(tickets, [one])
    assert [t.called_s for t in tickets] == [5.0, 15.0, 100.0, 110.0, None]
    assert tickets[1].end_s == 25.0  # after the window
    assert tickets[4].outcome is Outcome.WAITING


def test_a_window_that_ends_while_nobody_waits() -> None:
    one = desk(1, "A", windows=((0.0, 20.0), (100.0, 120.0)))
    tickets = [ticket("A1", 50.0), ticket("A2", 130.0)]
    run(tickets, [one])
    assert [t.called_s for t in tickets] == [100.0, None]


def test_no_shows_cost_time_and_those_who_left_do_not() -> None:
    tickets = [
        ticket("A1", 0.0), ticket("A2", 0.0), ticket("A3", 0.0, leaves_s=10.5), ticket("A4", 0.0),
    ]  # fmt: skip
    run(tickets, [desk(1, "A")], Services(gap=2.0, away=frozenset({"A2"})))
    assert [t.called_s for t in tickets] == [0.0, 12.0, None, 15.0]
    assert [t.outcome.value for t in tickets] == ["served", "no_show", "left", "served"]
    assert tickets[1].start_s is None
    assert tickets[2].end_s == 10.5


def test_a_transfer_waits_again_in_its_place() -> None:
    again = ticket("B9", 3.0)
    again = replace(again, arrival_s=10.0)  # in the other queue from then, by its first arrival
    tickets = [ticket("A1", 0.0), ticket("B1", 8.0), ticket("B2", 4.0), ticket("B3", 2.0)]
    draw = Services(onward={"A1": again})
    run(tickets, [desk(1, "A"), desk(2, "B")], draw)
    assert draw.order == ["A1", "B3", "B9", "B2", "B1"]
    assert again.called_s == 12.0


def test_directed_tickets_go_to_their_counter_or_officer_alone() -> None:
    first, second = desk(1, "A"), desk(2, "A")
    tickets = [
        ticket("A1", 0.0, counter=CounterId("c-2")), ticket("A2", 0.0, officer="o-2"),
        ticket("A3", 0.1), ticket("A4", 0.2), ticket("A5", 50.0, officer="o-1"),
    ]  # fmt: skip
    run(tickets, [first, second])
    assert [t.desk for t in tickets] == [second, second, first, first, first]
    assert tickets[0].rule == "directed"


def test_a_counter_with_conditions() -> None:
    """It helps when its own line is empty, or at once when somebody waits too long."""
    mine = Source(queues=(A,))
    for when, minutes, order in (
        (SourceRule.OWN_EMPTY, 0, ["A1", "A2", "B1"]),
        (SourceRule.WAIT_OVER, 1, ["A1", "B1", "A2"]),
    ):
        sources = (mine, Source(queues=(B,), when=when, minutes=minutes))
        helper = Desk(counter=replace(counter(1), sources=sources))
        draw = Services(seconds=70.0)
        run([ticket("A1", 0.0), ticket("A2", 0.0), ticket("B1", 0.0)], [helper], draw)
        assert draw.order == order


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("desks", [1, 3])
def test_it_calls_whom_the_office_calls(mode: Mode, desks: int) -> None:
    """The same arrivals through the commands of the office, tallies of the line included."""
    office = Office(catalogue(mode))
    counters = [office.open(n + 1) for n in range(desks)]
    arrivals = [(n * 0.7, (None, None, "CT", None, "KT")[(n * 7) % 5]) for n in range(25)]
    for minute, priority in arrivals:
        office.issue(minute, priority=priority)
    called = []
    for turn in range(25):
        chosen = office.do(cmd.CallNext, 30, counter=counters[turn % desks])
        called.append(office.ticket(chosen).number)
        office.do(cmd.StartService, counter=counters[turn % desks])
        office.do(cmd.CompleteService, counter=counters[turn % desks], outcome="xong")
    draw = Services(seconds=desks)
    tickets = [
        ticket(f"A{n + 1:03d}", minute * 60, priority=priority)
        for n, (minute, priority) in enumerate(arrivals)
    ]
    many = [desk(n + 1, "A", "B", windows=((1800.0 + n, inf),)) for n in range(desks)]
    dispatcher = run(tickets, many, draw, policy=office.log.catalogue.policy)
    assert draw.order == called
    assert dispatcher.normal_since == office.log.state.since


def test_ghosts_are_called_in_their_turn_and_delay_nobody() -> None:
    ghosts = Ghosts(
        AT,
        [Candidate(AT, QueueId(q), 99, TicketId(f"g{q}{c}"), "", c) for q in "AB" for c in (None, "CT")]
        + [Candidate(AT, QueueId("Z"), 99, TicketId("gZ"), "", None)],
        [counter(1, "A", "B")],
    )  # fmt: skip
    tickets = [ticket("A1", -9.0), ticket("A2", -8.0), ticket("B1", -7.0), ticket("A3", 5.0)]
    tickets[3].is_awaited = False
    with_them = run(tickets, [desk(1, "A", "B", key=0)], Services(), ghosts=ghosts)
    assert [t.called_s for t in tickets] == [0.0, 10.0, 20.0, 30.0]
    # By two normal ones to one of priority, when nobody has been called yet: at once.
    assert with_them.ghosts_called == {1: (0.0, 0), 3: (0.0, 0), 0: (30.0, 2), 2: (30.0, 1)}

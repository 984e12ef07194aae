"""Letting others go first: an explicit event, within the policy, that moves nobody else."""

from dataclasses import replace

import pytest

from server.domain import commands as cmd
from server.domain.errors import Refused
from server.figures import waited_s
from tests.domain.office import Office, catalogue


def _line(people: int, places: int = 5) -> tuple[Office, list[str]]:
    made = catalogue()
    office = Office(replace(made, policy=replace(made.policy, yield_places=places)))
    return office, [office.issue(n) for n in range(people)]


@pytest.mark.parametrize(
    ("people", "order"),
    [(3, "A002 A003 A001"), (6, "A002 A003 A004 A005 A006 A001"),
     (8, "A002 A003 A004 A005 A006 A001 A007 A008")],
)  # fmt: skip
def test_it_goes_behind_as_many_as_there_are_at_most_five(people: int, order: str) -> None:
    office, tickets = _line(people)
    counter = office.open()
    office.do(cmd.YieldPlace, ticket=tickets[0])
    assert office.call_all(counter, people) == order.split()


def test_number_and_time_of_issue_stay() -> None:
    office, tickets = _line(3)
    before = office.ticket(tickets[0])
    office.do(cmd.YieldPlace, ticket=tickets[0])
    after = office.ticket(tickets[0])
    assert (after.number, after.issued_at) == (before.number, before.issued_at)
    assert after.arrival_at > before.arrival_at


@pytest.mark.parametrize(("places", "code"), [(5, "nobody_behind"), (0, "yield_refused")])
def test_alone_or_where_the_policy_does_not_offer_it(places: int, code: str) -> None:
    office, tickets = _line(1, places)
    with pytest.raises(Refused) as refused:
        office.do(cmd.YieldPlace, ticket=tickets[0])
    assert refused.value.code == code


def test_the_measured_wait_still_counts_from_the_issue() -> None:
    office, tickets = _line(3)
    office.do(cmd.YieldPlace, 10, ticket=tickets[0])
    until = office.log.now
    ticket = office.ticket(tickets[0])
    assert (
        waited_s(ticket, office.log.catalogue, until)
        == (until - ticket.issued_at).total_seconds()
        > (until - ticket.arrival_at).total_seconds()
    )


def test_three_times_at_most() -> None:
    office, tickets = _line(20, places=1)
    for _ in range(3):
        office.do(cmd.YieldPlace, ticket=tickets[0])
    with pytest.raises(Refused) as refused:
        office.do(cmd.YieldPlace, ticket=tickets[0])
    assert refused.value.code == "yield_refused"


def test_a_called_ticket_cannot_go_back() -> None:
    office, tickets = _line(3)
    counter = office.open()
    office.do(cmd.CallNext, 5, counter=counter)
    with pytest.raises(Refused) as refused:
        office.do(cmd.YieldPlace, ticket=tickets[0])
    assert refused.value.code == "wrong_state"

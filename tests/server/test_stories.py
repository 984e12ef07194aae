"""The story of one visit: who went before it, also where two were called at one instant."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from server import stories
from server.domain import commands as cmd
from server.domain.ids import TicketId
from tests.server.office import BRANCH, Office, installed


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def _before(office: Office, ticket: TicketId) -> tuple[list[str], list[str]]:
    told = stories.story(office.engine, BRANCH, ticket)
    return told["ahead"], told["overtaken_by"]


def test_two_calls_of_one_instant_stand_in_the_order_of_the_log(office: Office) -> None:
    first, second = (TicketId(office.issue()["id"]) for _ in range(2))
    for number in (1, 2):
        office.do(cmd.CallNext, counter=office.open(number))
    assert _before(office, first) == ([], [])
    assert _before(office, second) == (["A001"], [])


def test_who_came_later_and_was_called_first_is_said(office: Office) -> None:
    normal = TicketId(office.issue()["id"])
    office.now += timedelta(minutes=1)
    office.issue(priority="CT")
    counter = office.open()
    office.do(cmd.CallNext, counter=counter)
    office.do(cmd.RecordNoShow, counter=counter)
    office.do(cmd.CallNext, counter=counter)
    assert _before(office, normal) == ([], ["A002"])

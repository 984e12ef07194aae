"""Rule P1: a ticket whose slip failed is neither called nor counted until staff settle it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.boards import Board
from server.domain import commands as cmd
from server.domain.errors import Refused
from tests.server.office import BRANCH, A, Office, catalogue, installed


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def _fail(office: Office, ticket: str, code: str = "nothing_sent") -> None:
    office.do(cmd.RecordPrint, ticket=ticket, job="j", printer="p", code=code)


def _waiting(office: Office) -> int:
    board = Board(office.engine, BRANCH, lambda: office.now)
    waiting: int = board.view().kiosk_queues()[A]["waiting"]
    return waiting


def _slips(office: Office) -> list[str]:
    view = Board(office.engine, BRANCH, lambda: office.now).view()
    return [row["slip"] for row in view.slips().values()]


@pytest.mark.parametrize("code", ["nothing_sent", "unconfirmed"])
def test_it_is_neither_called_nor_counted(office: Office, code: str) -> None:
    counter = office.open()
    first, second = office.issue(), office.issue()
    _fail(office, first["id"], code)
    assert _waiting(office) == 1
    assert sorted(_slips(office)) == ["", code]
    assert office.do(cmd.CallNext, counter=counter)["id"] == second["id"]
    third = office.execute(cmd.IssueTicket, queue=A).result
    assert third["ahead"] == 0


@pytest.mark.parametrize("settled", [cmd.WaiveSlip, cmd.ReprintSlip])
def test_settled_it_has_the_place_of_its_arrival(
    office: Office, settled: type[cmd.AnyCommand]
) -> None:
    counter = office.open()
    first, _ = office.issue(), office.issue()
    _fail(office, first["id"])
    office.do(settled, ticket=first["id"])
    if settled is cmd.ReprintSlip:
        assert _waiting(office) == 1, "not before the paper is out"
        office.do(cmd.RecordPrint, ticket=first["id"], job="j2", printer="p")
    assert _waiting(office) == 2
    assert office.do(cmd.CallNext, counter=counter)["id"] == first["id"]


def test_a_reprint_that_fails_leaves_it_on_the_list(office: Office) -> None:
    ticket = office.issue()["id"]
    _fail(office, ticket)
    office.do(cmd.ReprintSlip, ticket=ticket)
    _fail(office, ticket)
    assert _waiting(office) == 0
    office.do(cmd.CancelTicket, ticket=ticket, code="print_failure")
    with pytest.raises(Refused) as refused:
        office.do(cmd.WaiveSlip, ticket=ticket)
    assert refused.value.code == "wrong_state"


def test_a_lost_slip_reprinted_in_vain_does_not_lose_the_place(office: Office) -> None:
    ticket = office.issue()["id"]
    office.do(cmd.RecordPrint, ticket=ticket, job="j", printer="p")
    office.do(cmd.ReprintSlip, ticket=ticket)
    _fail(office, ticket)
    assert _waiting(office) == 1


def test_one_that_was_called_meanwhile_stays_at_its_counter(office: Office) -> None:
    counter = office.open()
    ticket = office.issue()["id"]
    office.do(cmd.CallNext, counter=counter)
    _fail(office, ticket)
    assert office.do(cmd.StartService, counter=counter)["status"] == "serving"


def test_only_a_live_ticket_is_reprinted(office: Office) -> None:
    ticket = office.issue()["id"]
    office.do(cmd.CancelTicket, ticket=ticket)
    with pytest.raises(Refused) as refused:
        office.do(cmd.ReprintSlip, ticket=ticket)
    assert refused.value.code == "wrong_state"


def test_a_queue_may_do_without_paper(database_url: str) -> None:
    """Rule P6: it passes through every state."""
    made = catalogue()
    silent = replace(made, queues=tuple(replace(q, prints=False) for q in made.queues))
    with installed(database_url, silent) as engine:
        office = Office(engine)
        counter = office.open()
        assert office.issue()["slip"] == "none"
        assert office.serve(counter)["slip"] == "none"


def test_what_the_citizen_said_of_the_papers_stays_with_the_ticket(office: Office) -> None:
    """Counted by managers, seen by the officer who calls it."""
    ticket = office.issue(readiness="guidance")
    assert ticket["readiness"] == "guidance"
    assert office.events()[-1].event.readiness == "guidance"  # type: ignore[union-attr]
    with pytest.raises(Refused) as refused:
        office.issue(readiness="maybe")
    assert refused.value.code == "bad_value"

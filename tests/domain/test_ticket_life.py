"""The state machine: every status against every step at the desk, written out and approved (D4)."""

import re
from pathlib import Path

import pytest

from server.domain import commands as cmd
from server.domain.errors import Refused
from server.domain.ids import CounterId, TicketId
from server.domain.ticket import NEXT, Status
from tests.domain.office import B, Office

README = Path(__file__).parents[2] / "README.md"

#: status -> command -> new status, or the code of the refusal.
APPROVED = {
    "waiting": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "nothing_to_undo", "call": "called", "resume": "wrong_state",
        "reinstate": "wrong_state", "cancel": "cancelled", "rate": "rating_closed",
    },
    "called": {
        "recall": "called", "start": "serving", "complete": "wrong_state", "no_show": "no_show",
        "park": "parked", "transfer": "waiting", "add": "wrong_state", "undo": "waiting",
        "call": "call_open", "resume": "wrong_state", "reinstate": "wrong_state",
        "cancel": "wrong_state", "rate": "rating_closed",
    },
    "serving": {
        "recall": "wrong_state", "start": "wrong_state", "complete": "served",
        "no_show": "wrong_state", "park": "parked", "transfer": "waiting", "add": "serving",
        "undo": "nothing_to_undo", "call": "call_open", "resume": "wrong_state",
        "reinstate": "wrong_state", "cancel": "wrong_state", "rate": "rating_closed",
    },
    "parked": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "nothing_to_undo", "call": "wrong_state",
        "resume": "waiting", "reinstate": "wrong_state", "cancel": "cancelled",
        "rate": "rating_closed",
    },
    "no_show": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "waiting", "call": "wrong_state", "resume": "wrong_state",
        "reinstate": "waiting", "cancel": "cancelled", "rate": "rating_closed",
    },
    "served": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "nothing_to_undo", "call": "wrong_state",
        "resume": "wrong_state", "reinstate": "wrong_state", "cancel": "wrong_state",
        "rate": "served",
    },
    "cancelled": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "nothing_to_undo", "call": "wrong_state",
        "resume": "wrong_state", "reinstate": "wrong_state", "cancel": "wrong_state",
        "rate": "rating_closed",
    },
}  # fmt: skip


def _bring(office: Office, counter: CounterId, status: str) -> TicketId:
    """A ticket in `status`, reached by the ordinary way."""
    ticket = office.issue()
    if status == "waiting":
        return ticket
    if status == "cancelled":
        office.do(cmd.CancelTicket, ticket=ticket)
        return ticket
    office.do(cmd.CallNext, counter=counter)
    if status == "no_show":
        office.do(cmd.RecordNoShow, counter=counter)
    if status in ("serving", "served"):
        office.do(cmd.StartService, counter=counter)
    if status == "served":
        office.do(cmd.CompleteService, counter=counter, outcome="xong")
    if status == "parked":
        office.do(cmd.ParkTicket, counter=counter, reason="giấy tờ")
    return ticket


def _step(office: Office, counter: CounterId, ticket: TicketId, step: str) -> None:
    match step:
        case "recall":
            office.do(cmd.RecallTicket, counter=counter)
        case "start":
            office.do(cmd.StartService, counter=counter)
        case "complete":
            office.do(cmd.CompleteService, counter=counter, outcome="xong")
        case "no_show":
            office.do(cmd.RecordNoShow, counter=counter)
        case "park":
            office.do(cmd.ParkTicket, counter=counter, reason="x")
        case "transfer":
            office.do(cmd.TransferTicket, counter=counter, to_queue=B, reason="x")
        case "add":
            office.do(cmd.AddService, counter=counter, service="s-b", outcome="xong")
        case "undo":
            office.do(cmd.UndoLast, counter=counter)
        case "call":
            office.do(cmd.CallTicket, counter=counter, ticket=ticket, reason="x")
        case "resume":
            office.do(cmd.ResumeTicket, counter=counter, ticket=ticket)
        case "reinstate":
            office.do(cmd.ReinstateTicket, ticket=ticket, reason="x")
        case "cancel":
            office.do(cmd.CancelTicket, ticket=ticket)
        case "rate":
            office.do(cmd.RateTicket, ticket=ticket, level=5)


@pytest.mark.parametrize(
    ("status", "step", "expected"),
    [(s, c, e) for s, row in APPROVED.items() for c, e in row.items()],
)
def test_every_status_against_every_step(status: str, step: str, expected: str) -> None:
    office = Office()
    counter = office.open()
    ticket = _bring(office, counter, status)
    events = len(office.log.events)
    try:
        _step(office, counter, ticket, step)
    except Refused as refusal:
        assert refusal.code == expected
        assert len(office.log.events) == events
        return
    assert office.ticket(ticket).status == expected


def test_the_readme_has_the_approved_list() -> None:
    rows = re.findall(
        r"^\| (\S+) \| (\w+) \| ([\w, ]+) \|$", README.read_text("utf-8"), re.MULTILINE
    )
    listed = {
        (None if start == "–" else start, event, tuple(to.split(", ")))  # noqa: RUF001
        for start, event, to in rows
        if event[0].isupper()
    }
    assert listed == {(s, e.__name__, to) for (s, e), to in NEXT.items()}
    assert set(Status) == set(APPROVED)


def test_number_and_arrival_survive_a_transfer() -> None:
    """Rules N6 and F3: the forwarded person is not queued behind later arrivals."""
    office = Office()
    counter = office.open()
    first = office.issue(0)
    office.issue(1, queue=B)
    office.do(cmd.CallNext, 2, counter=counter)
    office.do(cmd.StartService, counter=counter)
    office.do(cmd.TransferTicket, 5, counter=counter, to_queue=B, reason="x")
    assert office.call_all(counter, 6) == ["A001", "B001"]
    assert office.ticket(first).number == "A001"


def test_an_undone_call_keeps_its_place_and_ends_after_fifteen_seconds() -> None:
    office = Office()
    counter = office.open()
    office.issue(0)
    office.issue(1)
    office.do(cmd.CallNext, 2, counter=counter)
    office.do(cmd.UndoLast, 2.2, counter=counter)
    office.do(cmd.CallNext, 3, counter=counter)
    with pytest.raises(Refused, match="nothing_to_undo"):
        office.do(cmd.UndoLast, 3.3, counter=counter)
    office.do(cmd.RecordNoShow, counter=counter)
    assert office.call_all(counter, 4) == ["A002"]


def test_a_counter_is_a_lease() -> None:
    """Rule D6: refused and told who holds it; an expired lease frees the counter."""
    office = Office()
    counter = office.open()
    with pytest.raises(Refused) as refused:
        office.do(cmd.OpenCounter, 10, counter=counter, officer="Người khác")
    assert refused.value.facts["officer"] == "Cán bộ 1"
    office.do(cmd.OpenCounter, 60 * 5, counter=counter, officer="Người khác")
    assert office.log.counter(counter).officer == "Người khác"


def test_the_day_ends_for_everybody_with_a_code() -> None:
    office = Office()
    counter = office.open()
    tickets = [office.issue(n) for n in range(3)]
    office.do(cmd.CallNext, 4, counter=counter)
    office.do(cmd.StartService, counter=counter)
    office.do(cmd.CloseDay, 5)
    assert {office.ticket(t).outcome for t in tickets} == {"day_close"}
    with pytest.raises(Refused, match="queue_closed"):
        office.issue(6)

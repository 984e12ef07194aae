"""The state machine: every status against every step at the desk, written out and approved (D4)."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.domain import commands as cmd
from server.domain.errors import Refused
from server.domain.ids import CounterId, TicketId
from server.domain.ticket import NEXT, Status
from tests.domain.office import B, Office, catalogue

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
        "undo": "called", "call": "call_open", "resume": "wrong_state",
        "reinstate": "wrong_state", "cancel": "wrong_state", "rate": "rating_closed",
    },
    "parked": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "called", "call": "wrong_state",
        "resume": "waiting", "reinstate": "wrong_state", "cancel": "cancelled",
        "rate": "rating_closed",
    },
    "no_show": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "called", "call": "wrong_state", "resume": "wrong_state",
        "reinstate": "waiting", "cancel": "cancelled", "rate": "rating_closed",
    },
    "served": {
        "recall": "no_open_call", "start": "no_open_call", "complete": "no_open_call",
        "no_show": "no_open_call", "park": "no_open_call", "transfer": "no_open_call",
        "add": "no_open_call", "undo": "serving", "call": "wrong_state",
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
    ticket = office.bring(counter, status)
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


def _prepared(office: Office, counter: CounterId, status: str) -> TicketId:
    """As `bring`; two minutes later, so that what undo must bring back is not all the same."""
    ticket = office.bring(counter, status)
    office.minute += 2
    return ticket


@pytest.mark.parametrize(
    ("status", "kind", "content"),
    [
        ("waiting", cmd.CallNext, {}),
        ("waiting", cmd.CallTicket, {"ticket": "t0001", "reason": "x"}),
        ("waiting", cmd.CancelTicket, {"ticket": "t0001", "code": "officer", "reason": "x"}),
        ("waiting", cmd.ChangePriority, {"ticket": "t0001", "reason": "x", "priority": "CT"}),
        ("called", cmd.RecallTicket, {}),
        ("called", cmd.StartService, {}),
        ("called", cmd.RecordNoShow, {}),
        ("called", cmd.ParkTicket, {"reason": "x"}),
        ("called", cmd.TransferTicket, {"reason": "x", "to_queue": B}),
        ("serving", cmd.CompleteService, {"outcome": "xong"}),
        ("serving", cmd.ParkTicket, {"reason": "x"}),
        ("serving", cmd.TransferTicket, {"reason": "x", "to_counter": "thu-3"}),
        ("serving", cmd.AddService, {"service": "s-b", "outcome": "xong"}),
        ("parked", cmd.ResumeTicket, {"ticket": "t0001"}),
        ("parked", cmd.ResumeTicket, {"ticket": "t0001", "to_counter": True}),
        ("parked", cmd.CancelTicket, {"ticket": "t0001", "code": "officer", "reason": "x"}),
        ("no_show", cmd.ReinstateTicket, {"ticket": "t0001", "reason": "x"}),
        ("no_show", cmd.CancelTicket, {"ticket": "t0001", "code": "officer", "reason": "x"}),
    ],
)
def test_every_step_of_a_counter_is_taken_back_whole(
    status: str, kind: type[cmd.AnyCommand], content: dict[str, object]
) -> None:
    """As if it had never been: the ticket, its stages, the counter, the line and its tally."""
    office = Office()
    counter = office.open()
    ticket = _prepared(office, counter, status)
    state = office.log.state
    before = (state.tickets[ticket], list(state.stages[ticket]), state.counter(counter))
    lines, since = state.waiting_counts(), dict(state.since)
    office.do(kind, counter=counter, **content)
    assert state.tickets[ticket] != before[0]
    office.do(cmd.UndoLast, office.minute + 0.2, counter=counter)
    after = (state.tickets[ticket], state.stages[ticket], state.counter(counter))
    assert replace(after[0], version=0) == replace(before[0], version=0)
    assert after[1] == before[1]
    same = {"active_at": None, "shown": 0, "spoken": 0, "call_seq": None}
    assert replace(after[2], **same) == replace(before[2], **same)
    assert state.waiting_counts() == lines
    assert {k: n for k, n in state.since.items() if n} == {k: n for k, n in since.items() if n}


def test_space_is_taken_back_step_by_step() -> None:
    """One press completed a visit and called the next: two presses of undo give both back."""
    office = Office()
    counter = office.open()
    first, second = office.issue(), office.issue()
    office.do(cmd.CallNext, counter=counter)
    office.do(cmd.StartService, 1, counter=counter)
    office.do(cmd.CallNext, 5, counter=counter, outcome="xong")
    assert [office.ticket(t).status for t in (first, second)] == ["served", "called"]
    office.do(cmd.UndoLast, 5.1, counter=counter)
    office.do(cmd.UndoLast, 5.2, counter=counter)
    assert [office.ticket(t).status for t in (first, second)] == ["serving", "waiting"]
    assert office.log.counter(counter).ticket == first
    with pytest.raises(Refused, match="nothing_to_undo"):
        office.do(cmd.UndoLast, 5.21, counter=counter)


def test_what_others_did_since_is_not_taken_back() -> None:
    office = Office()
    one, two = office.open(1), office.open(2)
    ticket = office.issue()
    office.do(cmd.CallNext, counter=one)
    office.do(cmd.TransferTicket, counter=one, reason="x", to_counter="thu-2")
    office.do(cmd.CallNext, counter=two)
    with pytest.raises(Refused, match="nothing_to_undo"):
        office.do(cmd.UndoLast, 0.1, counter=one)
    assert office.ticket(ticket).counter == two


def test_a_number_taken_by_mistake_is_cancelled_with_a_code_of_its_own() -> None:
    """Rule P9: the paper roll, when there is no kiosk. The visit is recorded like any other."""
    office = Office()
    counter = office.open()
    content = {"queue": B, "counter": counter, "roll": 47, "call": True}
    ticket = office.do(cmd.IssueTicket, **content)
    assert (office.ticket(ticket).number, office.ticket(ticket).status) == ("P047", "called")
    assert office.ticket(office.issue()).number == "A001", "the series go on beside it"
    with pytest.raises(Refused, match="number_taken"):
        office.do(cmd.IssueTicket, **(content | {"call": False}))
    office.do(cmd.UndoLast, 0.1, counter=counter)
    office.do(cmd.UndoLast, 0.1, counter=counter)
    assert (office.ticket(ticket).status, office.ticket(ticket).outcome) == ("cancelled", "mistake")
    for roll in (0, 10_000):
        with pytest.raises(Refused, match="bad_value"):
            office.do(cmd.IssueTicket, **(content | {"roll": roll}))


def test_who_does_not_have_the_counter_does_nothing_there() -> None:
    """Rule D6: and is told who has it."""
    office = Office()
    counter = CounterId("thu-1")
    office.do(cmd.OpenCounter, counter=counter, by="lan", officer="Lan", title="Chuyên viên")
    office.issue()
    for kind, content in (
        (cmd.CallNext, {}), (cmd.CloseCounter, {}), (cmd.PauseCounter, {"reason": "x"}),
        (cmd.UndoLast, {}), (cmd.HandOverCounter, {"to": "minh", "officer": "Minh"}),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            office.do(kind, counter=counter, by="minh", **content)
        assert (refused.value.code, refused.value.facts["officer"]) == ("counter_occupied", "Lan")
    with pytest.raises(Refused, match="officer_elsewhere"):
        office.do(cmd.OpenCounter, counter=CounterId("thu-2"), by="lan", officer="Lan")


def test_the_shift_changes_with_somebody_at_the_desk() -> None:
    office = Office()
    counter = CounterId("thu-1")
    office.do(cmd.OpenCounter, counter=counter, by="lan", officer="Lan")
    ticket = office.issue()
    office.do(cmd.CallNext, counter=counter, by="lan")
    office.do(cmd.StartService, counter=counter, by="lan")
    office.do(cmd.HandOverCounter, counter=counter, by="lan", to="minh", officer="Minh")
    with pytest.raises(Refused, match="counter_occupied"):
        office.do(cmd.CompleteService, counter=counter, by="lan", outcome="xong")
    office.do(cmd.CompleteService, counter=counter, by="minh", outcome="xong")
    assert office.ticket(ticket).status == "served"
    with pytest.raises(Refused, match="unknown_officer"):
        office.do(cmd.HandOverCounter, counter=counter, by="minh", to="lan", officer="")


def test_a_no_show_comes_after_the_recalls_that_the_policy_wants() -> None:
    office = Office(catalogue(recalls_before_no_show=2))
    counter = office.open()
    ticket = office.issue()
    office.do(cmd.CallNext, counter=counter)
    for missing in (2, 1):
        with pytest.raises(Refused) as refused:
            office.do(cmd.RecordNoShow, counter=counter)
        assert refused.value.facts["times"] == missing
        office.do(cmd.RecallTicket, counter=counter)
    office.do(cmd.RecordNoShow, counter=counter)
    assert office.ticket(ticket).status == "no_show"


def test_a_counter_that_calls_by_itself_takes_the_next() -> None:
    configured = catalogue()
    counters = tuple(replace(c, auto_call=c.number == 1) for c in configured.counters)
    office = Office(replace(configured, counters=counters))
    counter = office.open()
    tickets = [office.issue() for _ in range(3)]
    office.do(cmd.CallNext, counter=counter)
    office.do(cmd.StartService, counter=counter)
    office.do(cmd.CompleteService, counter=counter, outcome="xong")
    assert office.ticket(tickets[1]).status == "called"
    office.do(cmd.RecordNoShow, counter=counter)
    assert office.ticket(tickets[2]).status == "called"


def test_the_promised_day_of_the_result_is_not_past() -> None:
    office = Office()
    counter = office.open()
    ticket = office.bring(counter, "serving")
    day = office.log.business_date
    with pytest.raises(Refused, match="bad_value"):
        office.do(
            cmd.CompleteService, counter=counter, outcome="xong", result_on=day - timedelta(days=1)
        )
    office.do(cmd.CompleteService, counter=counter, outcome="xong", result_on=day)
    assert office.ticket(ticket).result_on == day


def test_a_counter_is_a_lease() -> None:
    """Rule D6: refused and told who holds it; an expired lease frees the counter."""
    office = Office()
    counter = office.open()
    with pytest.raises(Refused) as refused:
        office.do(cmd.OpenCounter, 10, counter=counter, officer="Người khác")
    assert refused.value.facts["officer"] == "Cán bộ 1"
    office.do(cmd.OpenCounter, 60 * 5, counter=counter, officer="Người khác")
    assert office.log.counter(counter).officer == "Người khác"

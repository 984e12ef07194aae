"""Numbers that a kiosk gives by itself: reserved at the top of the series, handed in as they were."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import blocks
from server.domain import commands as cmd
from server.domain.errors import Refused
from server.domain.ids import ServiceId, TicketId
from server.domain.measures import Stage
from server.domain.ticket import Status
from tests.domain.office import NINE, A, Office, catalogue

DAY = date(2026, 11, 24)


def _office(size: int = 10, **queue: Any) -> Office:
    made = catalogue()
    some = tuple(replace(q, offline_numbers=size, **queue) for q in made.queues)
    return Office(replace(made, queues=some))


def _grant(office: Office, device: str = "k1", at: float = 0) -> blocks.NumberBlock:
    office.do(cmd.GrantBlock, at, device=device, queue=A)
    return list(office.log.state.blocks.values())[-1]


def _hand_in(office: Office, block: str, serial: int, issued: float, **more: Any) -> TicketId:
    content: dict[str, Any] = {
        "device": "k1",
        "block": block,
        "serial": serial,
        "ticket": TicketId(f"own-{serial}"),
        "issued_at": NINE + timedelta(minutes=issued),
        "service": ServiceId("s-a"),
        "slip": "printed",
        "job": f"own-{serial}",
    }
    ticket: TicketId = office.do(cmd.HandInTicket, **(content | more))
    return ticket


def test_blocks_come_from_the_end_and_ordinary_numbers_run_on() -> None:
    office = _office(first_number=1, last_number=999)
    first, second = _grant(office, "k1"), _grant(office, "k2")
    assert (first.first, first.last, first.id) == (990, 999, "A990-20261124")
    assert (second.first, second.last) == (980, 989)
    assert office.ticket(office.issue(1)).number == "A001"


def test_what_kiosks_hold_is_given_by_nobody_else() -> None:
    office = _office(size=5, first_number=1, last_number=20)
    _grant(office)
    given = [office.ticket(office.issue(n)).serial for n in range(15)]
    assert given == list(range(1, 16))
    with pytest.raises(Refused) as refused:
        office.issue(16)
    assert refused.value.code == "series_full"


def test_blocks_take_a_quarter_of_the_series_at_most() -> None:
    office = _office(size=8, first_number=1, last_number=40)
    assert (_grant(office).first, _grant(office).first) == (33, 31)
    with pytest.raises(Refused) as refused:
        _grant(office)
    assert refused.value.code == "series_full"


def test_without_a_size_there_is_no_block() -> None:
    with pytest.raises(Refused):
        _grant(_office(size=0))


def test_in_the_evening_the_block_is_for_the_next_morning() -> None:
    office = _office()
    office.do(cmd.CloseDay, 60 * 9)
    assert _grant(office, at=60 * 10).business_date == date(2026, 11, 25)


def test_handed_in_tickets_stand_where_they_came() -> None:
    office = _office()
    block = _grant(office)
    early = office.issue(1)
    late = office.issue(30)
    own = _hand_in(office, block.id, 990, issued=10)
    counter = office.open(at=40)
    ticket = office.ticket(own)
    assert ticket.issued_at == ticket.arrival_at == NINE + timedelta(minutes=10)
    numbers = [office.ticket(t).number for t in (early, own, late)]
    assert office.call_all(counter, 41) == numbers
    stage: Stage = office.log.state.stages[own][0]
    assert stage.waiting_s == 31 * 60


def test_the_same_hand_in_twice_is_one_ticket() -> None:
    office = _office()
    block = _grant(office)
    first = _hand_in(office, block.id, 990, issued=0)
    before = len(office.log.events)
    assert _hand_in(office, block.id, 990, issued=0) == first
    assert len(office.log.events) == before


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"device": "k2"}, "unknown_block"),
        ({"block": "A980-20261124"}, "unknown_block"),
        ({"serial": 989}, "bad_value"),
        ({"serial": 1000}, "bad_value"),
    ],
)
def test_nobody_hands_in_what_was_not_granted(more: dict[str, Any], code: str) -> None:
    office = _office()
    _grant(office)
    with pytest.raises(Refused) as refused:
        _hand_in(office, **({"block": "A990-20261124", "serial": 990, "issued": 0} | more))
    assert refused.value.code == code


@pytest.mark.parametrize("code", ["nothing_sent", "unconfirmed"])
def test_a_slip_that_failed_there_waits_for_staff_here(code: str) -> None:
    office = _office()
    ticket = office.ticket(_hand_in(office, _grant(office).id, 990, issued=0, slip=code))
    assert ticket.is_unprinted
    assert ticket.slip == code


def test_what_the_catalogue_no_longer_knows_is_left_out() -> None:
    office = _office()
    more = {"service": ServiceId("gone"), "procedure": "gone", "priority": "gone", "language": "xx"}
    ticket = office.ticket(_hand_in(office, _grant(office).id, 990, issued=0, **more))
    assert (ticket.service, ticket.procedure, ticket.priority) == ("s-a", None, None)
    assert ticket.language == "vi"


@pytest.mark.parametrize(
    ("issued", "arrival"),
    [
        (timedelta(minutes=-30), NINE - timedelta(minutes=30)),
        (timedelta(days=3), NINE + timedelta(minutes=5)),  # a clock ahead: not after now
        (timedelta(days=-3), datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),  # behind: local midnight
    ],
)
def test_a_clock_that_was_wrong_is_held_within_the_day(
    issued: timedelta, arrival: datetime
) -> None:
    office = _office()
    block = _grant(office)
    office.minute = 5
    own = _hand_in(office, block.id, 990, issued=issued / timedelta(minutes=1))
    assert office.ticket(own).arrival_at == arrival


def test_yesterdays_ticket_is_recorded_and_ended() -> None:
    office = _office()
    block = _grant(office)
    office.minute = 60 * 24
    ticket = office.ticket(_hand_in(office, block.id, 990, issued=10))
    assert (ticket.business_date, ticket.status, ticket.outcome) == (
        DAY,
        Status.CANCELLED,
        "day_close",
    )


def test_one_press_answered_twice_leaves_one_ticket() -> None:
    """The server had issued a number when the link went: the citizen holds the kiosk's."""
    office = _office()
    block = _grant(office)
    twin = office.issue(1)
    wish = office.log.events[-1].cause
    own = _hand_in(office, block.id, 990, issued=1, wish=wish)
    assert (office.ticket(twin).status, office.ticket(twin).outcome) == ("cancelled", "replaced")
    assert office.ticket(own).status is Status.WAITING


def test_a_twin_that_was_called_meanwhile_is_the_one_that_stays() -> None:
    office = _office()
    block = _grant(office)
    twin = office.issue(1)
    wish = office.log.events[-1].cause
    office.do(cmd.CallNext, 2, counter=office.open())
    own = _hand_in(office, block.id, 990, issued=1, wish=wish)
    assert office.ticket(twin).status is Status.CALLED
    assert (office.ticket(own).status, office.ticket(own).outcome) == ("cancelled", "replaced")


def test_only_a_change_of_the_printer_is_an_event() -> None:
    office = _office()
    for state in ("ok", "ok", "paper_low", "paper_low", "ok"):
        office.do(cmd.ReportPrinter, device="k1", state=state)
    assert [e.event.state for e in office.log.events] == ["ok", "paper_low", "ok"]  # type: ignore[union-attr]
    with pytest.raises(Refused):
        office.do(cmd.ReportPrinter, device="k1", state="on fire")


@given(
    last=st.integers(4, 60),
    size=st.integers(1, 12),
    steps=st.lists(st.sampled_from(["issue", "grant k1", "grant k2"]), max_size=80),
)
def test_no_number_is_ever_held_twice(last: int, size: int, steps: list[str]) -> None:
    office = _office(size=size, first_number=1, last_number=last)
    given_out: list[int] = []
    for n, step in enumerate(steps):
        try:
            if step == "issue":
                given_out.append(office.ticket(office.issue(n)).serial)
            else:
                block = _grant(office, step.removeprefix("grant "), at=n)
                given_out += range(block.first, block.last + 1)
        except Refused as refused:
            assert refused.code == "series_full"
    assert len(given_out) == len(set(given_out))
    assert all(1 <= serial <= last for serial in given_out)

"""How the day ends, and what becomes of a rating."""

from dataclasses import replace

import pytest

from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import DayClose
from server.domain.errors import Refused
from server.domain.ids import CounterId, TicketId
from tests.domain.office import Office, catalogue


@pytest.mark.parametrize(
    ("policy", "asked", "ends"),
    [("close", "", "cancelled"), ("carry_over", "", "waiting"), ("ask", "close", "cancelled"),
     ("ask", "carry_over", "waiting")],
)  # fmt: skip
def test_the_end_of_the_day_is_a_policy(policy: str, asked: str, ends: str) -> None:
    """Rule N7. Who waits on is first in line the next day, under the same number."""
    office = Office(catalogue(day_close=DayClose(policy)))
    office.open()
    ticket = office.issue()
    if policy == "ask":
        with pytest.raises(Refused, match="day_close_choice"):
            office.do(cmd.CloseDay)
    office.do(cmd.CloseDay, waiting=asked)
    assert office.ticket(ticket).status == ends
    counter = office.open(2, at=24 * 60)
    if ends == "waiting":
        assert office.ticket(office.issue()).number == "A002", "its number is not given again"
        assert office.call_all(counter, 24 * 60 + 1) == ["A001", "A002"]


def _rated(office: Office, level: int, **content: object) -> TicketId:
    counter = CounterId("thu-1")
    ticket = office.bring(counter, "served")
    office.do(cmd.RateTicket, ticket=ticket, level=level, **content)
    return ticket


def test_a_low_rating_is_followed_up_within_working_days() -> None:
    """A Tuesday; Saturday and Sunday do not count."""
    configured = catalogue()
    week = (*configured.hours.weekly[:5], (), ())
    configured = replace(configured, hours=replace(configured.hours, weekly=week))
    office = Office(replace(configured, policy=replace(configured.policy, follow_up_days=4)))
    office.open()
    ticket = _rated(office, 2, reasons=("wait",), comment="gọi 0912 345 678 hoặc 001-088-123456")
    follow_up = office.log.state.follow_ups[ticket]
    assert (follow_up.due_on.isoformat(), follow_up.reasons) == ("2026-11-30", "wait")
    given = next(r.event for r in office.log.events if isinstance(r.event, ev.RatingGiven))
    assert given.comment == "gọi ••• hoặc •••"
    office.do(cmd.SettleFollowUp, ticket=ticket, note="Đã gọi lại")
    with pytest.raises(Refused, match="unknown_follow_up"):
        office.do(cmd.SettleFollowUp, ticket=ticket, note="Đã gọi lại")
    good = _rated(office, 3, reasons=("wait",))
    assert good not in office.log.state.follow_ups


def test_the_pad_asks_about_the_last_visit_of_its_counter_for_a_moment() -> None:
    office = Office()
    one, two = office.open(1), office.open(2)
    first = office.bring(one, "served")
    for content in ({"counter": two}, {"counter": one, "level": 6}):
        with pytest.raises(Refused):
            office.do(cmd.RateTicket, **({"ticket": first, "level": 5} | content))
    second = office.bring(one, "served")
    with pytest.raises(Refused, match="rating_closed"):
        office.do(cmd.RateTicket, ticket=first, level=5, counter=one)
    with pytest.raises(Refused, match="rating_closed"):
        office.do(cmd.RateTicket, office.minute + 10, ticket=second, level=5, counter=one)
    office.do(cmd.RateTicket, ticket=second, level=5)
    with pytest.raises(Refused, match="already_rated"):
        office.do(cmd.RateTicket, ticket=second, level=1)


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

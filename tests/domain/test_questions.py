"""Questions name counters, figures and tickets; usual days ask nothing."""

from dataclasses import fields
from typing import Any

import pytest

from server.domain import commands as cmd
from server.domain.ids import CounterId
from server.domain.questions import Period, Question, questions
from tests.domain.office import A, Office


class Days(Office):
    """Visits at counters, as long as a test wants them."""

    def visit(
        self, number: int, minutes: float, level: int | None = None, walk: float = 0.5
    ) -> Any:
        counter = CounterId(f"thu-{number}")
        self.do(cmd.IssueTicket, queue=A)
        ticket = self.do(cmd.CallNext, counter=counter)
        self.do(cmd.StartService, self.minute + walk, counter=counter)
        self.do(cmd.CompleteService, self.minute + minutes, counter=counter, outcome="xong")
        if level is not None:
            self.do(cmd.RateTicket, ticket=ticket, level=level)
        return ticket

    def asked(self) -> list[Question]:
        state = self.log.state
        stages = [stage for some in state.stages.values() for stage in some]
        return questions(Period(stages=stages, tickets=state.tickets))

    def kinds(self) -> list[tuple[str, str]]:
        return [(q.kind, q.counter) for q in self.asked()]


@pytest.fixture
def days() -> Days:
    made = Days()
    for number in (1, 2, 3):
        made.open(number)
    return made


def test_a_usual_day_asks_nothing(days: Days) -> None:
    for n in range(90):
        days.visit(n % 3 + 1, 5, level=5 if n % 4 == 0 else None)
    assert days.asked() == []


def test_visits_that_ended_as_they_began(days: Days) -> None:
    tickets = [days.visit(1, 0.2) for _ in range(6)]
    for _ in range(20):
        days.visit(1, 5)
        days.visit(2, 5)
    (found,) = days.asked()
    assert (found.kind, found.counter) == ("micro", "thu-1")
    assert found.figures == {"n": 6, "of": 26, "seconds": 20}
    assert list(found.tickets) == tickets


def test_numbers_that_were_left_aside(days: Days) -> None:
    for _ in range(3):
        days.do(cmd.IssueTicket, queue=A)
        ticket = days.do(cmd.CallNext, counter=CounterId("thu-2"))
        days.do(cmd.ParkTicket, counter=CounterId("thu-2"), reason="bổ sung giấy tờ")
        resume = {"counter": CounterId("thu-2"), "ticket": ticket, "to_counter": True}
        days.do(cmd.ResumeTicket, days.minute + 45, **resume)
        days.do(cmd.StartService, counter=CounterId("thu-2"))
        days.do(cmd.CompleteService, days.minute + 5, counter=CounterId("thu-2"), outcome="xong")
    (found,) = days.asked()
    assert (found.kind, found.counter) == ("parked", "thu-2")
    assert found.figures["longest"] == 45


def test_numbers_called_out_of_order_more_often_than_elsewhere(days: Days) -> None:
    for n in range(30):
        days.visit(1, 5)
        if n % 3:
            days.visit(2, 5)
            continue
        ticket = days.do(cmd.IssueTicket, queue=A)
        desk = {"counter": CounterId("thu-2")}
        days.do(cmd.CallTicket, ticket=ticket, reason="hẹn trước", **desk)
        days.do(cmd.StartService, **desk)
        days.do(cmd.CompleteService, days.minute + 5, outcome="xong", **desk)
    (found,) = days.asked()
    assert (found.kind, found.counter) == ("chosen", "thu-2")
    assert (found.figures["n"], found.figures["of"], found.figures["elsewhere"]) == (10, 30, 0)


def test_a_counter_where_nobody_rates(days: Days) -> None:
    for n in range(40):
        days.visit(1, 5, level=5 if n % 3 == 0 else None)
        days.visit(3, 5)
    (found,) = days.asked()
    assert (found.kind, found.counter) == ("unrated", "thu-3")
    assert found.figures == {"n": 40, "of": 40, "rated": 0, "elsewhere": 35}


def test_people_who_are_called_and_then_wait(days: Days) -> None:
    for n in range(25):
        days.visit(1, 5, walk=4 if n % 2 else 0.5)
        days.visit(2, 5)
    assert days.kinds() == [("slow_start", "thu-1")]


def test_absences_put_down_in_haste(days: Days) -> None:
    for number, wait in ((1, 0.3), (2, 2.0)):
        desk = {"counter": CounterId(f"thu-{number}")}
        for _ in range(4):
            days.do(cmd.IssueTicket, queue=A)
            days.do(cmd.CallNext, **desk)
            days.do(cmd.RecallTicket, days.minute + wait / 2, **desk)
            days.do(cmd.RecordNoShow, days.minute + wait / 2, **desk)
    (found,) = days.asked()
    assert (found.kind, found.counter) == ("hasty_no_show", "thu-1")
    assert found.figures == {"n": 4, "of": 4, "back": 0}


def test_no_question_names_or_ranks_a_person(days: Days) -> None:
    for _ in range(6):
        days.visit(1, 0.1)
    assert {f.name for f in fields(Question)} == {"kind", "counter", "figures", "tickets"}
    assert "Cán bộ" not in repr(days.asked())

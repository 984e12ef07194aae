"""The branch as a forecast begins with it, and the run as the product reads it."""

import dataclasses
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Catalogue, Hours, Mode, Policy, PriorityClass, Window
from server.domain.ids import CounterId, QueueId, ServiceId, TicketId
from server.domain.outlook import Outlook
from server.domain.text import Text
from server.forecast import kernel, publish, snapshots
from server.forecast.learner import Learner
from server.forecast.model import Desk, Phase, Raw, Run, Snapshot
from server.forecast.reasons import Memory
from tests.domain.office import NINE, A, B, Office, catalogue

ONE, TWO, THREE = (CounterId(f"thu-{n}") for n in (1, 2, 3))
DAY = (
    Window(opens=time(8), closes=time(11, 30), doors=time(7, 30), last_ticket=time(11)),
    Window(opens=time(13, 30), closes=time(17), doors=time(13), last_ticket=time(16, 30)),
)


def two_sessions(**changes: Any) -> Catalogue:
    made = dataclasses.replace(catalogue(), hours=Hours(weekly=(DAY,) * 7))
    return dataclasses.replace(made, **changes)


@pytest.fixture
def office() -> Office:
    return Office(two_sessions())


def seen(office: Office, at: float, absent: Collection[CounterId] = ()) -> Snapshot:
    """The office so many minutes after nine."""
    configured = office.log.catalogue
    learner = Learner(configured)
    for recorded in office.log.events:
        learner.apply(recorded)
    now = NINE + timedelta(minutes=at)
    return snapshots.of(office.log.state, configured, absent, learner, now)


def desk(snapshot: Snapshot, counter: CounterId) -> Desk:
    return next(d for d in snapshot.desks if d.counter.id == counter)


def test_each_desk_is_in_a_phase_since_a_moment(office: Office) -> None:
    for n in (1, 2):
        office.open(n)
    assert desk(seen(office, 5), ONE).phase is Phase.IDLE
    closed = desk(seen(office, 5), THREE)
    assert (closed.phase, closed.phase_s) == (Phase.CLOSED, 9 * 3_600 + 300), "not opened today"
    office.issue(6)
    assert desk(seen(office, 7), ONE).phase is Phase.WRAPPING
    office.do(cmd.CallNext, 8, counter=ONE)
    calling = desk(seen(office, 8.5), ONE)
    assert (calling.phase, calling.phase_s, calling.service) == (Phase.CALLING, 30, "s-a")
    assert calling.waited_s == 120
    assert desk(seen(office, 8.5), TWO).phase is Phase.IDLE
    office.do(cmd.StartService, 9, counter=ONE)
    serving = desk(seen(office, 12), ONE)
    assert (serving.phase, serving.phase_s, serving.officer) == (Phase.SERVING, 180, "Cán bộ 1")
    back_at = NINE + timedelta(minutes=30)
    office.do(cmd.PauseCounter, 20, counter=TWO, reason="x", return_at=back_at)
    paused = desk(seen(office, 21), TWO)
    assert (paused.phase, paused.phase_s, paused.returns_s) == (Phase.PAUSED, 60, 540)


def test_windows_are_the_planned_ones_that_are_left(office: Office) -> None:
    office.open(1)
    at_nine = desk(seen(office, 0), ONE)
    assert at_nine.windows == ((-3_600, 9_000), (16_200, 28_800))
    assert desk(seen(office, 200), TWO).windows == ((4_200, 16_800),), "the morning is over"
    assert desk(seen(office, 600), ONE).windows == ()


def test_an_open_counter_outside_its_windows_stays_until_the_sessions_end(office: Office) -> None:
    office.open(1)
    absent = {ONE, TWO}
    assert desk(seen(office, 0, absent), ONE).windows == ((0, 9_000),)
    assert desk(seen(office, 0, absent), TWO).windows == ()
    assert desk(seen(office, 180, absent), ONE).windows == (), "at lunch no session is under way"


def test_a_counter_left_open_last_evening_is_closed(office: Office) -> None:
    office.open(1)
    office.issue(1)
    office.do(cmd.CallNext, 2, counter=ONE)
    tomorrow = desk(seen(office, 24 * 60), ONE)
    assert (tomorrow.phase, tomorrow.service) == (Phase.CLOSED, None)
    assert tomorrow.officer == "Cán bộ 1"


def test_who_waits(office: Office) -> None:
    office.open(1)
    first = office.issue(0)
    second = office.issue(1, priority="CT")
    third = office.issue(2, queue=B)
    unprinted = office.issue(3)
    office.do(cmd.CallNext, 4, counter=ONE)
    called = office.log.state.counter(ONE).ticket
    office.do(cmd.TransferTicket, 5, counter=ONE, reason="x", to_counter=TWO)
    failed = ev.SlipPrintFailed(job="j", printer="p", code="nothing_sent")
    state = office.log.state
    before = state.tickets[unprinted]
    state.apply(
        ev.Recorded(
            branch=state.branch, seq=state.seq + 1, at=NINE + timedelta(minutes=6), actor="",
            cause="", event=failed, ticket=unprinted, version=before.version + 1,
        )
    )  # fmt: skip
    now = NINE + timedelta(minutes=10)
    learner = Learner(office.log.catalogue)
    snapshot = snapshots.of(state, office.log.catalogue, (), learner, now)
    waiters = {w.ticket: w for w in snapshot.waiters}
    assert set(waiters) == {first, second, third}
    sent = waiters[TicketId(str(called))]
    assert sent.candidate.is_directed
    assert sent.counter == TWO
    assert waiters[third].issued_s == -480
    assert waiters[third].service == "s-b"
    assert snapshot.normal_since == state.since
    assert desk(snapshot, TWO).phase is Phase.CLOSED
    assert snapshot.second_of_day == 9 * 3_600 + 600


def test_a_ticket_whose_service_is_gone_is_taken_for_its_queues_first(office: Office) -> None:
    ticket = office.issue(0)
    renamed = dataclasses.replace(office.log.catalogue.services[0], id=ServiceId("s-new"))
    left = two_sessions(services=(renamed, office.log.catalogue.services[1]))
    snapshot = snapshots.of(office.log.state, left, (), Learner(left), NINE)
    assert [(w.ticket, w.service) for w in snapshot.waiters] == [(ticket, "s-new")]
    no_queue = two_sessions(queues=office.log.catalogue.queues[1:])
    assert snapshots.of(office.log.state, no_queue, (), Learner(no_queue), NINE).waiters == ()


def test_what_is_left_of_the_day(office: Office) -> None:
    spans = seen(office, 120).spans
    assert [(s.opens_s, s.closes_s) for s in spans] == [(-10_800, 1_800), (9_000, 21_600)]
    assert (spans[0].last_ticket_s, spans[1].doors_s) == (0, 7_200)
    assert seen(office, 600).spans == ()
    assert seen(office, 600).lanes == ()


def classes(mode: Mode) -> Policy:
    made = [("a", 1, 10), ("b", 2, 10), ("c", 3, 20)]
    return Policy(
        mode=mode,
        classes=(
            PriorityClass(code="x", name=Text(vi="x"), rank=0, urgent=True),
            *(
                PriorityClass(code=c, name=Text(vi=c), rank=r, head_start_minutes=h)
                for c, r, h in made
            ),
        ),
    )


@pytest.mark.parametrize(
    ("mode", "leaders"),
    [
        (Mode.STRICT, {"a": "a", "b": "b", "c": "c"}),
        (Mode.HEAD_START, {"a": "a", "b": "a", "c": "c"}),
        (Mode.INTERLEAVE, {"a": "a", "b": "a", "c": "a"}),
    ],
)
def test_classes_that_are_treated_alike_are_priced_once(
    mode: Mode, leaders: dict[str, str]
) -> None:
    assert snapshots.leader_of(classes(mode)) == leaders
    configured = two_sessions(policy=classes(mode))
    office = Office(configured)
    priced = set(seen(office, 0).lanes)
    assert priced == {(q, code) for q in (A, B) for code in (None, *leaders.values())}
    snapshot = seen(office, 0)
    run = Run(waiting={}, newcomers={lane: Raw(levels_s=(60.0,) * 19) for lane in snapshot.lanes})
    found = publish.outlook(snapshot, run, Learner(configured), None)
    assert set(found.newcomers) == {(q, code) for q in (A, B) for code in (None, "a", "b", "c")}


def test_a_newcomer_is_taken_to_want_what_most_came_for() -> None:
    made = catalogue()
    other = dataclasses.replace(made.services[0], id=ServiceId("s-c"))
    both = dataclasses.replace(made, services=(*made.services, other))
    assert snapshots.service_of(both, {})[A] == "s-a"
    assert snapshots.service_of(both, {ServiceId("s-c"): 2.0, ServiceId("s-a"): 1.0})[A] == "s-c"


# What is published ------------------------------------------------------------------------
def published(
    office: Office, at: float, before: Outlook | None = None, memory: Memory | None = None
) -> Outlook:
    snapshot = seen(office, at)
    learner = Learner(office.log.catalogue)
    run = kernel.run(snapshot, learner.times(snapshot.at), replications=40, seed=7)
    return publish.outlook(snapshot, run, learner, before, memory)


def test_a_run_is_published_for_everybody(office: Office) -> None:
    office.open(1)
    tickets = [office.issue(n / 10) for n in range(6)]
    found = published(office, 1)
    assert found.is_initial
    assert set(found.waiting) == set(tickets) == set(found.told)
    medians = [found.waiting[t].at(50) for t in tickets]
    assert medians == sorted(medians)  # type: ignore[type-var]
    newcomer = found.newcomers[A, None].at(50)
    assert newcomer is not None
    assert newcomer > max(m for m in medians if m is not None)
    assert found.newcomers[A, "CT"] == found.newcomers[A, "KT"]
    # One counter: one more ahead adds a whole visit, by the priors about ten minutes.
    assert found.step_s[A] == pytest.approx(620, abs=60)
    assert found.breaches[A][1] == tickets[-1]
    assert found.breaches[A][0] > 0.5
    assert published(office, 1) == found, "the same again"


def test_what_was_told_stands_while_it_is_right(office: Office) -> None:
    office.open(1)
    tickets = [office.issue(n / 10) for n in range(4)]
    memory = Memory()
    first = published(office, 1, memory=memory)
    again = published(office, 2, first, memory)
    assert again.told == first.told
    office.do(cmd.CallNext, 3, counter=ONE)
    office.do(cmd.ParkTicket, 3, counter=ONE, reason="x")
    office.do(cmd.PauseCounter, 3, counter=ONE, reason="x", return_at=NINE + timedelta(hours=2))
    last = published(office, 4, again, memory)
    told = last.told[tickets[1]]
    assert told.at == NINE + timedelta(minutes=4)
    assert told.reason == "counter_paused"


def test_a_slip_that_still_holds_is_not_contradicted(office: Office) -> None:
    office.open(1)
    ticket = office.issue(0)
    state = office.log.state
    state.tickets[ticket] = dataclasses.replace(state.tickets[ticket], low_s=0, high_s=800)
    assert published(office, 1).told[ticket].at == NINE


def test_nobody_is_foretold_a_call_at_lunch_or_past_closing(office: Office) -> None:
    office.open(1)
    for n in range(80):
        office.issue(60 + n / 100)
    found = published(office, 61)
    lunch, afternoon, closing = (89 * 60, 209 * 60, 419 * 60)
    levels = [v for one in found.waiting.values() for v in one.levels_s if v is not None]
    assert not [v for v in levels if lunch <= v < afternoon or v >= closing]
    assert [v for v in levels if v >= afternoon]
    assert found.waiting[list(found.waiting)[-1]].levels_s[-1] is None


def test_a_day_with_everybody_absent_promises_nothing(office: Office) -> None:
    ticket = office.issue(0)
    snapshot = seen(office, 0, {ONE, TWO, THREE})
    learner = Learner(office.log.catalogue)
    run = kernel.run(snapshot, learner.times(snapshot.at), replications=20, seed=1)
    found = publish.outlook(snapshot, run, learner, None)
    assert set(found.waiting[ticket].levels_s) == {None}
    assert found.told[ticket].low_s is None
    assert found.newcomers[A, None].at(5) is None


def test_the_day_is_the_branchs_own(office: Office) -> None:
    late = datetime.fromisoformat("2026-11-24T18:00:00+00:00")  # one in the morning there
    snapshot = snapshots.of(
        office.log.state, office.log.catalogue, (), Learner(office.log.catalogue), late
    )
    assert (snapshot.second_of_day, snapshot.weekday) == (3_600, 2)
    assert QueueId("A") in dict(snapshot.lanes)

"""Who is next: golden orders (F1), and what no policy may do, over random lines."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain import commands as cmd
from server.domain import discipline
from server.domain.catalogue import Counter, Mode, Policy, Source, SourceRule
from server.domain.discipline import Candidate
from server.domain.ids import CounterId, QueueId, TicketId
from tests.domain.office import CLASSES, NINE, A, B, Office, catalogue


@pytest.mark.parametrize(
    ("mode", "order"),
    [
        (Mode.STRICT, ["A003", "A005", "A001", "A002", "A004"]),
        (Mode.INTERLEAVE, ["A003", "A001", "A002", "A005", "A004"]),
        (Mode.HEAD_START, ["A003", "A005", "A001", "A002", "A004"]),
    ],
)
def test_golden_orders(mode: Mode, order: list[str]) -> None:
    office = Office(catalogue(mode))
    counter = office.open()
    for minute, priority in ((0, None), (1, None), (2, "CT"), (3, None), (4, "CT")):
        office.issue(minute, priority=priority)
    assert office.call_all(counter, 6) == order


def test_nobody_is_overtaken_beyond_the_cap() -> None:
    office = Office(catalogue(Mode.STRICT, overtaking_cap_minutes=20))
    counter = office.open()
    office.issue(0)
    office.issue(21, priority="KT")
    assert office.call_all(counter, 30) == ["A001", "A002"]


def test_an_urgent_ticket_is_next_at_once() -> None:
    office = Office()
    counter = office.open()
    office.issue(0)
    late = office.issue(60)
    office.do(cmd.ChangePriority, 61, ticket=late, priority="KC", reason="cấp cứu")
    assert office.call_all(counter, 62) == ["A002", "A001"]


def test_conditions_of_a_counter() -> None:
    policy = Policy()
    mine = Source(queues=(A,))
    help_out = Source(queues=(B,), when=SourceRule.OWN_EMPTY)
    rescue = Source(queues=(B,), when=SourceRule.WAIT_OVER, minutes=25)
    a, b = _candidate(0, 1, queue=A), _candidate(-30, 2, queue=B)
    helper = Counter(id=CounterId("thu-1"), number=1, sources=(mine, help_out))
    rescuer = Counter(id=CounterId("thu-1"), number=1, sources=(mine, rescue))
    for counter, heads, rule in (
        (helper, [a, b], "arrival"), (helper, [b], "own_empty"), (rescuer, [a, b], "wait_over"),
    ):  # fmt: skip
        choice = discipline.choose(policy, counter, heads, {}, NINE)
        assert choice is not None
        assert choice.rule == rule
    assert discipline.choose(policy, helper, [], {}, NINE) is None


def test_explain_lists_exactly_who_is_ahead() -> None:
    office = Office()
    tickets = [office.issue(n, priority="CT" if n == 3 else None) for n in range(5)]
    lanes = office.log.state.lanes_of(A)
    places = discipline.explain(office.log.catalogue.policy, lanes, 2, tickets[2])
    assert places is not None
    assert [p.number for p in places] == ["A004", "A001", "A002", "A003"]
    assert places[0].rule == "interleave"


_sets = st.sampled_from(
    [
        # Each queue by itself; both as one line; one that also helps where its own is empty.
        (((A,),), ((B,),)),
        (((A, B),), ((A, B),)),
        (((A,),), ((B,), (A,))),
    ]
)
_presses = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([A, B]), st.sampled_from([None, None, None, "CT", "KT"])),
        st.sampled_from([1, 2]),
    ),
    max_size=30,
)


@example((((A,),), ((B,),)), Mode.INTERLEAVE, 2, 20, [(A, None), (A, "CT")])
@example((((A, B),), ((A, B),)), Mode.INTERLEAVE, 2, 20, [(A, None), (B, None), 1, (A, "CT"), 2])
@given(_sets, st.sampled_from(Mode), st.integers(1, 3), st.integers(1, 30), _presses)
def test_the_first_that_is_explained_is_the_one_that_is_called(
    sets: Any, mode: Mode, ratio: int, cap: int, presses: list[Any]
) -> None:
    """Whatever was called before, also nothing: officers read the order that calling follows."""
    made = catalogue(mode, normal_per_priority=ratio, overtaking_cap_minutes=cap)
    counters = tuple(
        replace(counter, sources=tuple(map(_source, range(2), queues)))
        for counter, queues in zip(made.counters, sets, strict=False)
    )
    office = Office(replace(made, counters=counters))
    for counter in counters:
        office.open(counter.number)
    for minute, press in enumerate(presses):
        if isinstance(press, tuple):
            office.issue(minute, *press)
            continue
        counter = counters[press - 1]
        called = office.do(cmd.CallNext, minute, counter=counter.id)
        if called is not None:
            office.do(cmd.RecordNoShow, minute, counter=counter.id)
    _explained_as_called(office, counters)


def _source(n: int, queues: tuple[QueueId, ...]) -> Source:
    return Source(queues=queues, when=SourceRule.OWN_EMPTY if n else SourceRule.ALWAYS)


def _explained_as_called(office: Office, counters: tuple[Counter, ...]) -> None:
    policy, state = office.log.catalogue.policy, office.log.state
    for counter in counters:
        heads = state.heads(counter.queues)
        choice = discipline.choose(policy, counter, heads, state.since, NINE)
        if choice is None:
            assert heads == []
            continue
        queue = state.tickets[choice.ticket].queue
        if len(choice.pool) > 1 and policy.mode is Mode.STRICT:
            # The oldest of the whole line sets the cap there: a queue of it alone cannot tell.
            continue
        since = discipline.line_since(policy, counters, queue, state.normal_since)
        lanes = state.lanes_of(queue)
        places = discipline.explain(policy, lanes, since, choice.ticket)
        assert [p.ticket for p in places or ()] == [choice.ticket]


def _candidate(minute: float, serial: int, code: str | None = None, queue: str = "A") -> Candidate:
    arrival = NINE + timedelta(minutes=minute)
    return Candidate(arrival, queue, serial, TicketId(f"t{serial}"), f"A{serial:03d}", code)  # type: ignore[arg-type]


lines = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from([None, None, None, "CT", "KT"])), max_size=25
).map(
    lambda drawn: [
        _candidate(minute, n + 1, code)
        for n, (minute, code) in enumerate(sorted(drawn, key=lambda d: d[0]))
    ]
)
policies = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    normal_per_priority=st.integers(1, 4),
    overtaking_cap_minutes=st.integers(0, 40),
    classes=st.just(CLASSES),
)


def _order(policy: Policy, line: list[Candidate], since: int) -> list[str]:
    lanes: dict[str | None, list[Candidate]] = {}
    for one in line:
        lanes.setdefault(one.priority, []).append(one)
    return [p.number for p in discipline.line(policy, lanes, since)]


@given(policies, lines, st.integers(0, 5))
def test_the_order_is_total_and_nobody_is_starved(
    policy: Policy, line: list[Candidate], since: int
) -> None:
    order = _order(policy, line, since)
    assert sorted(order) == sorted(c.number for c in line)
    by_number = {c.number: c for c in line}
    cap = timedelta(minutes=policy.overtaking_cap_minutes)
    for n, number in enumerate(order):
        earlier = [by_number[x].arrival_at for x in order[n + 1 :]]
        assert not earlier or by_number[number].arrival_at - min(earlier) <= cap


@given(policies, lines, st.integers(0, 5), st.randoms())
def test_the_choice_does_not_depend_on_how_the_heads_come(
    policy: Policy, line: list[Candidate], since: int, random: object
) -> None:
    if not line:
        return
    shuffled = list(line)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert discipline.pick(policy, line, since) == discipline.pick(policy, shuffled, since)


@given(lines, st.integers(0, 5))
def test_priority_is_never_worse_than_first_come_first_served(
    line: list[Candidate], since: int
) -> None:
    # One class: among several, the rank breaks ties of arrival.
    line = [replace(c, priority="CT") if c.priority else c for c in line]
    order = _order(Policy(classes=CLASSES), line, since)
    fifo = [c.number for c in sorted(line)]
    for one in line:
        if one.priority is not None:
            assert order.index(one.number) <= fifo.index(one.number)


def test_a_line_that_only_helps_now_and_then_does_not_tell_where_a_queue_stands() -> None:
    both, alone = Source(queues=(A, B)), Source(queues=(A,), when=SourceRule.WAIT_OVER, minutes=25)
    made = catalogue()
    counters = tuple(
        replace(counter, sources=(source,))
        for counter, source in zip(made.counters, (both, alone), strict=False)
    )
    tally = {(A, B): 1}.get
    assert discipline.line_since(made.policy, counters, A, tally) == 1
    # Where nobody else takes from it, theirs is the line.
    assert discipline.line_since(made.policy, counters[1:], A, tally) == 2

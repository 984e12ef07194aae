"""Random histories through the real handlers: what must hold whatever people press."""

from collections import Counter as Tally
from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.errors import Refused
from server.domain.ids import CounterId
from server.domain.state import BranchState
from server.domain.ticket import AT_COUNTER, ENDED, Status
from tests.domain.office import BRANCH, A, B, Office

steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["issue", "issue", "issue", "next", "next", "start", "complete", "no_show", "recall",
             "park", "resume", "transfer", "add", "undo", "cancel", "reinstate", "priority", "pause",
             "back", "release", "open", "rate", "chosen", "undo", "undo", "roll", "hand over"]
        ),
        st.integers(0, 2),
        st.integers(0, 9),
        st.one_of(st.just(0.1), st.floats(0, 6)),
    ),
    max_size=70,
)  # fmt: skip


def _run(office: Office, step: str, counter: CounterId, pick: int) -> None:
    tickets = sorted(office.log.state.tickets)
    chosen = tickets[pick % len(tickets)] if tickets else "none"
    at: dict[str, tuple[type[cmd.AnyCommand], dict[str, object]]] = {
        "issue": (cmd.IssueTicket, {"queue": (A, B)[pick % 2], "priority": (None, None, "CT", "KT")[pick % 4]}),
        "next": (cmd.CallNext, {"counter": counter, "outcome": "xong" if pick % 2 else None}),
        "start": (cmd.StartService, {"counter": counter}),
        "complete": (cmd.CompleteService, {"counter": counter, "outcome": "xong"}),
        "no_show": (cmd.RecordNoShow, {"counter": counter}),
        "recall": (cmd.RecallTicket, {"counter": counter}),
        "park": (cmd.ParkTicket, {"counter": counter, "reason": "x"}),
        "resume": (cmd.ResumeTicket, {"counter": counter, "ticket": chosen, "to_counter": pick % 2 == 0}),
        "transfer": (cmd.TransferTicket, {"counter": counter, "reason": "x", "to_queue": B} if pick % 2 else {"counter": counter, "reason": "x", "to_counter": "thu-3"}),
        "add": (cmd.AddService, {"counter": counter, "service": "s-b", "outcome": "xong"}),
        "undo": (cmd.UndoLast, {"counter": counter}),
        "cancel": (cmd.CancelTicket, {"ticket": chosen, "counter": (None, counter)[pick % 2]}),
        "reinstate": (cmd.ReinstateTicket, {"ticket": chosen, "reason": "x", "counter": (None, counter)[pick % 2]}),
        "priority": (cmd.ChangePriority, {"ticket": chosen, "priority": (None, "CT", "KC")[pick % 3], "reason": "x", "counter": (None, counter)[pick % 2]}),
        "roll": (cmd.IssueTicket, {"queue": A, "counter": counter, "roll": 1 + pick, "call": pick % 2 == 0}),
        "hand over": (cmd.HandOverCounter, {"counter": counter, "to": f"o{pick}", "officer": f"Cán bộ {pick}"}),
        "pause": (cmd.PauseCounter, {"counter": counter, "reason": "x"}),
        "back": (cmd.ResumeCounter, {"counter": counter}),
        "release": (cmd.ReleaseCounter, {"counter": counter, "reason": "x"}),
        "open": (cmd.OpenCounter, {"counter": counter, "officer": f"Cán bộ {pick % 3}"}),
        "rate": (cmd.RateTicket, {"ticket": chosen, "level": 1 + pick % 5}),
        "chosen": (cmd.CallTicket, {"counter": counter, "ticket": chosen, "reason": "x"}),
    }  # fmt: skip
    kind, content = at[step]
    office.do(kind, **content)


@given(steps)
def test_what_holds_in_every_history(drawn: list[tuple[str, int, int, float]]) -> None:
    office = Office()
    office.open(1)
    office.open(2)
    for step, desk, pick, minutes in drawn:
        office.minute += minutes
        try:
            _run(office, step, CounterId(f"thu-{desk + 1}"), pick)
        except Refused:
            continue
        _at_most_one_ticket_a_counter(office)
    _numbers_are_consecutive(office)
    _versions_are_consecutive(office)
    _replay_gives_the_same(office)
    _stages_are_in_order(office)
    office.do(cmd.CloseDay, office.minute + 5)
    _little(office)


def _at_most_one_ticket_a_counter(office: Office) -> None:
    """Rules D1 and D5."""
    held = Tally(t.counter for t in office.log.state.tickets.values() if t.status in AT_COUNTER)
    assert all(n == 1 for n in held.values())
    for counter in office.log.state.counters.values():
        assert (counter.ticket is not None) == (held[counter.id] == 1)


def _numbers_are_consecutive(office: Office) -> None:
    """Rule N1."""
    given: dict[str, list[int]] = {}
    for recorded in office.log.events:
        if isinstance(recorded.event, ev.TicketIssued) and not recorded.event.roll:
            given.setdefault(recorded.event.queue, []).append(recorded.event.serial)
    assert all(serials == list(range(1, len(serials) + 1)) for serials in given.values())


def _versions_are_consecutive(office: Office) -> None:
    assert [r.seq for r in office.log.events] == list(range(1, len(office.log.events) + 1))
    seen: Tally[str] = Tally()
    for recorded in office.log.events:
        if recorded.ticket:
            seen[recorded.ticket] += 1
            assert recorded.version == seen[recorded.ticket]


def _replay_gives_the_same(office: Office) -> None:
    again = BranchState(BRANCH)
    for recorded in office.log.events:
        again.apply(recorded)
    live = office.log.state
    for name in ("tickets", "counters", "stages", "serials", "since", "directed", "notices"):
        assert getattr(again, name) == getattr(live, name), name
    assert again.waiting_counts() == live.waiting_counts()
    waiting = sum(1 for t in live.tickets.values() if t.status is Status.WAITING)
    assert sum(live.waiting_counts().values()) == waiting


def _stages_are_in_order(office: Office) -> None:
    """Rule T6: stays never overlap, never run backwards, at most one is open."""
    for stages in office.log.state.stages.values():
        assert [s.ordinal for s in stages] == list(range(1, len(stages) + 1))
        for stage in stages:
            times = [stage.entered_at, stage.called_at, stage.started_at, stage.ended_at]
            known = [t for t in times if t is not None]
            assert known == sorted(known)
        for earlier, later in pairwise(stages):
            assert earlier.ended_at is not None
            assert earlier.ended_at <= later.entered_at


def _little(office: Office) -> None:
    """L = λW on a closed day, exactly: the area under N(t) is the sum of the sojourns."""
    tickets = office.log.state.tickets.values()
    assert all(t.status in ENDED for t in tickets)
    sojourns = 0.0
    present: dict[str, bool] = {}
    area, last = 0.0, None
    spans: dict[str, float] = {}
    inside: dict[str, object] = {}
    replay = BranchState(BRANCH)
    for recorded in office.log.events:
        if last is not None:
            area += sum(present.values()) * (recorded.at - last).total_seconds()
        last = recorded.at
        replay.apply(recorded)
        if recorded.ticket is None:
            continue
        ended = replay.tickets[recorded.ticket].status in ENDED
        was = present.get(recorded.ticket, False)
        if not was and not ended:
            inside[recorded.ticket] = recorded.at
        if was and ended:
            start = inside.pop(recorded.ticket)
            spans[recorded.ticket] = (
                spans.get(recorded.ticket, 0.0)
                + (
                    recorded.at - start  # type: ignore[operator]
                ).total_seconds()
            )
        present[recorded.ticket] = not ended
    sojourns = sum(spans.values())
    assert abs(area - sojourns) < 1e-3
    assert office.log.state.closed_date == date(2026, 11, 24) or office.minute > 60

"""Why a wait grew: only what the office's own log says, the plainest first."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.domain.catalogue import Counter, Source
from server.domain.discipline import Candidate
from server.domain.ids import BranchId, CounterId, QueueId, ServiceId, TicketId
from server.domain.telling import Reason
from server.forecast import reasons
from server.forecast.model import QUANTILES, Desk, Phase, Snapshot, Times, Waiter
from tests.domain import office

NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
A, B = office.A, office.B
LAND = ServiceId("s-a")
FLAT = (60.0,) * QUANTILES
#: One in ten of these services takes longer than 20 minutes.
TIMES = Times(
    service={LAND: tuple(60 * 20 * (n + 0.5) / (0.9 * QUANTILES) for n in range(QUANTILES))},
    walk=FLAT,
    gap=FLAT,
    no_show=FLAT,
    pause=FLAT,
    no_show_shares={},
)
DAY = (-3_600.0, 3_600.0)


def desk(n: int, phase: Phase, minutes: float = 1.0, queues: tuple[QueueId, ...] = (A,)) -> Desk:
    counter = Counter(id=CounterId(f"c{n}"), number=n, sources=(Source(queues=queues),))
    return Desk(counter=counter, phase=phase, phase_s=60 * minutes, service=LAND, windows=(DAY,))


def waiter(
    serial: int, came: float, priority: str | None = None, queue: QueueId = A, at: float = 0.0
) -> Waiter:
    """One who came `came` minutes after nine, seen `at` minutes after nine."""
    candidate = Candidate(
        NINE + timedelta(minutes=came), queue, serial, TicketId(f"t{serial}"), str(serial), priority
    )
    return Waiter(candidate=candidate, service=LAND, issued_s=60 * (came - at))


def moment(
    at: float, *desks: Desk, waiters: tuple[Waiter, ...] = (), slow: float = 1.0
) -> reasons.Moment:
    snapshot = Snapshot(
        branch=BranchId("thu"),
        seq=1,
        at=NINE + timedelta(minutes=at),
        policy=office.catalogue().policy,
        desks=desks,
        waiters=waiters,
        spans=(),
        normal_since={},
        lanes=(),
        service_of={},
    )
    return reasons.moment(snapshot, replace(TIMES, slow=slow))


ME = waiter(7, -20)
BEFORE = moment(0, desk(1, Phase.SERVING, 5), desk(2, Phase.IDLE))


def why(now: reasons.Moment, before: reasons.Moment | None = BEFORE, who: Waiter = ME) -> Reason:
    return reasons.why(before, now, who, NINE, office.catalogue().policy)


QUIET = desk(2, Phase.IDLE, 10)
CASES: Mapping[str, tuple[Reason, reasons.Moment]] = {
    "nothing happened": (Reason.UNKNOWN, moment(10, desk(1, Phase.SERVING, 15), QUIET)),
    "paused since": (Reason.COUNTER_PAUSED, moment(10, desk(1, Phase.PAUSED, 4), QUIET)),
    "paused before it was told": (Reason.UNKNOWN, moment(10, desk(1, Phase.PAUSED, 40), QUIET)),
    "closed since": (Reason.COUNTER_CLOSED, moment(10, desk(1, Phase.CLOSED, 4), QUIET)),
    "closed as planned": (
        Reason.UNKNOWN,
        moment(10, replace(desk(1, Phase.CLOSED, 4), windows=((7_200, 9_000),)), QUIET),
    ),
    "declared absent": (
        Reason.ABSENCE,
        moment(10, desk(1, Phase.SERVING, 15), replace(desk(2, Phase.CLOSED, 40), windows=())),
    ),
    "a long case": (Reason.LONG_CASE, moment(20, desk(1, Phase.SERVING, 25), QUIET)),
    "the pause of another queue's counter": (
        Reason.UNKNOWN,
        moment(10, desk(1, Phase.SERVING, 15), desk(3, Phase.PAUSED, 4, queues=(B,))),
    ),
    "slow today": (Reason.SLOW_TODAY, moment(10, desk(1, Phase.SERVING, 15), slow=1.3)),
    "a little slower": (Reason.UNKNOWN, moment(10, desk(1, Phase.SERVING, 15), slow=1.08)),
    "the plainer of two": (
        Reason.COUNTER_PAUSED,
        moment(10, desk(1, Phase.PAUSED, 4), QUIET, slow=1.3),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_reason_is_found(case: str) -> None:
    expected, now = CASES[case]
    assert why(now) is expected


def test_a_case_that_was_long_already_is_no_news() -> None:
    long = moment(0, desk(1, Phase.SERVING, 25))
    assert why(moment(5, desk(1, Phase.SERVING, 30)), before=long) is Reason.UNKNOWN
    # The next one at the same desk is.
    assert why(moment(60, desk(1, Phase.SERVING, 30)), before=long) is Reason.LONG_CASE


def test_somebody_of_a_better_class_came() -> None:
    came = waiter(9, 5, "KT", at=10)
    now = moment(10, desk(1, Phase.SERVING, 15), waiters=(ME, came))
    assert why(now) is Reason.PRIORITY_CAME
    # Not for those of the same class, nor where no counter is shared, nor if they were there.
    assert why(now, who=waiter(8, -1, "KT")) is Reason.UNKNOWN
    elsewhere = moment(10, desk(1, Phase.SERVING, 15), waiters=(waiter(9, 5, "KT", B, 10),))
    assert why(elsewhere) is Reason.UNKNOWN
    earlier = moment(10, desk(1, Phase.SERVING, 15), waiters=(waiter(9, -5, "KT", at=10),))
    assert why(earlier) is Reason.UNKNOWN


def test_without_the_earlier_moment_only_dated_facts_count() -> None:
    assert why(moment(10, desk(1, Phase.PAUSED, 4), QUIET), before=None) is Reason.COUNTER_PAUSED
    assert why(moment(10, desk(1, Phase.SERVING, 15), slow=1.5), before=None) is Reason.UNKNOWN

"""Plans: what is refused and how it is said, and what each change does to a branch."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest

from server import problems
from server.domain.catalogue import Catalogue, Mode, SourceRule
from server.domain.ids import CounterId, QueueId
from server.domain.shifts import Shift as RosterShift
from server.simulate import centre
from server.simulate.behaviour import SCENARIOS
from server.whatif import applying, plans, replay
from server.whatif.plans import BadPlan, Plan
from server.whatif.trace import Known, Setting, Shift, Trace

CATALOGUE: Catalogue = centre.make(SCENARIOS["small"], 5).catalogue
ONE, TWO, THREE = (c.id for c in CATALOGUE.counters)


def _plan(*changes: dict[str, Any], name: str = "A", **more: Any) -> Plan:
    return plans.plan_of({"name": name, "changes": list(changes), **more})


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"name": "A", "changes": []}, "plan_empty"),
        ({"name": " ", "changes": [{"type": "remove_counter", "counter": ONE}]}, "plan_name"),
        ({"name": "A", "changes": [{"type": "fire"}]}, "plan_shape"),
        ({"name": "A", "changes": [{"type": "remove_counter", "counter": "x", "y": 1}]}, "plan_shape"),
        ("no plan", "plan_shape"),
        ({"name": "A", "changes": [{"type": "remove_counter", "counter": "x"}]}, "plan_counter"),
        ({"name": "A", "changes": [{"type": "add_counter", "queues": []}]}, "plan_no_queue"),
        ({"name": "A", "changes": [{"type": "add_counter", "queues": ["?"]}]}, "plan_queue"),
        ({"name": "A", "changes": [{"type": "add_counter", "queues": ["H"], "hours": ["10:00", "10:10"]}]}, "plan_hours"),
        ({"name": "A", "changes": [{"type": "pool", "counters": [ONE]}]}, "plan_pool_of_one"),
        ({"name": "A", "changes": [{"type": "pool", "counters": [ONE, TWO], "how": "often"}]}, "plan_how"),
        ({"name": "A", "changes": [{"type": "opening_hours", "sessions": [["07:00", "16:00"]]}]}, "plan_sessions"),
        ({"name": "A", "changes": [{"type": "add_session", "counters": [ONE], "hours": ["17:00", "19:00"], "weekdays": []}]}, "plan_no_weekday"),
        ({"name": "A", "changes": [{"type": "add_session", "counters": [], "hours": ["17:00", "19:00"], "weekdays": [5]}]}, "plan_no_counter"),
        ({"name": "A", "changes": [{"type": "add_session", "counters": [ONE], "hours": ["17:00", "19:00"], "weekdays": [7]}]}, "plan_shape"),
        ({"name": "A", "changes": [{"type": "rostered", "week": "0001-01-01", "weekdays": [0]}]}, "plan_range"),
        ({"name": "A", "changes": [{"type": "rules"}]}, "plan_no_rule"),
        ({"name": "A", "changes": [{"type": "rules", "mode": "rude"}]}, "plan_mode"),
        ({"name": "A", "changes": [{"type": "rules", "cap_minutes": -1}]}, "plan_range"),
        ({"name": "A", "changes": [{"type": "remove_counter", "counter": c} for c in (ONE, TWO, THREE)]}, "plan_unserved"),
        ({"name": "A", "changes": [{"type": "lunch_cover", "counters": [ONE]}], "new_skill": 0.1}, "plan_new_skill"),
        ({"name": "A", "changes": [{"type": "remove_counter", "counter": ONE}] * 41}, "plan_too_many"),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused_in_both_languages(document: object, code: str) -> None:
    with pytest.raises(BadPlan) as refused:
        applying.check_on(plans.plan_of(document), CATALOGUE)
    assert refused.value.code == code
    said = [problems.described(refused.value, language)["message"] for language in ("vi", "en")]
    assert said[0] != said[1]
    assert not any("{" in sentence or sentence.startswith("error.") for sentence in said)


def test_a_pool_helps_with_the_others_queues() -> None:
    everybody = [ONE, TWO, THREE]
    help_idle = applying.changed(_plan({"type": "pool", "counters": everybody}), CATALOGUE)
    every = {q.id for q in CATALOGUE.queues}
    for before, after in zip(CATALOGUE.counters, help_idle.counters, strict=True):
        assert after.sources[0] == before.sources[0]
        assert set(after.queues) == every
        assert {s.when for s in after.sources[1:]} <= {SourceRule.OWN_EMPTY}
    one_line = applying.changed(
        _plan({"type": "pool", "counters": everybody, "how": "always"}), CATALOGUE
    )
    assert all(len(c.sources) == 1 and set(c.queues) == every for c in one_line.counters)


def test_rules_and_queues_change_what_they_name_only() -> None:
    plan = _plan(
        {"type": "rules", "mode": "head_start", "head_start_minutes": 7},
        {"type": "serve", "counter": ONE, "queues": ["H"], "others": ["C"], "over_minutes": 12},
    )
    after = applying.changed(plan, CATALOGUE)
    assert after.policy.mode is Mode.HEAD_START
    assert {c.head_start_minutes for c in after.policy.classes} == {7}
    assert after.policy.overtaking_cap_minutes == CATALOGUE.policy.overtaking_cap_minutes
    sources = after.counters[0].sources
    assert [(s.queues, s.when, s.minutes) for s in sources] == [
        ((QueueId("H"),), SourceRule.ALWAYS, 0),
        ((QueueId("C"),), SourceRule.WAIT_OVER, 12),
    ]
    assert after.counters[1:] == CATALOGUE.counters[1:]


def _trace() -> Trace:
    day = date(2026, 9, 1)
    hour = 3_600.0
    sessions = [(7.5 * hour, 11.5 * hour), (13.5 * hour, 17 * hour)]
    shifts = [
        Shift(
            counter=c,
            officer=f"o{n}",
            windows=[(7.5 * hour + 300, 9 * hour), (9.25 * hour, 11.5 * hour), (13.5 * hour, 17.2 * hour)],
            breaks=[(9 * hour, 9.25 * hour)],
            late_s=(300.0, 0.0),
        )
        for n, c in enumerate((ONE, TWO))
    ]  # fmt: skip
    midnight = datetime.combine(day, datetime.min.time(), CATALOGUE.zone)
    return Trace(
        catalogue=CATALOGUE, day=day, midnight=midnight, sessions=sessions, visits=[], shifts=shifts
    )


KNOWN = Known(
    speed={}, donors={}, walk=[], gap=[], gone=[], overrun=[], skills={},
    staffed=frozenset({ONE, TWO}), patience=(0.05, 4.7, 0.7), days=20,
)  # fmt: skip


def test_hours_move_with_the_lateness_and_the_breaks_of_the_day() -> None:
    trace, hour = _trace(), 3_600.0
    earlier = _plan({"type": "opening_hours", "sessions": [["07:00", "11:30"], ["13:30", "17:30"]]})
    moved = applying.setting(earlier, trace, KNOWN).shifts[0].windows
    assert moved[0] == (7 * hour + 300, 9 * hour)
    assert moved[-1] == (13.5 * hour, 17.7 * hour)
    helper = _plan({"type": "add_counter", "queues": ["H"], "hours": ["08:00", "10:30"]})
    added = applying.setting(helper, trace, KNOWN)
    new = added.catalogue.counters[-1].id
    own = [s for s in added.shifts if s.counter == new]
    assert [s.windows for s in own] == [[(8 * hour + 300, 9 * hour), (9.25 * hour, 10.5 * hour)]]
    lunch = _plan({"type": "lunch_cover", "counters": [ONE]})
    through = {s.counter: s.windows for s in applying.setting(lunch, trace, KNOWN).shifts}
    assert through[ONE][-1] == (9.25 * hour, pytest.approx(17.2 * hour))
    assert through[TWO] == trace.shifts[1].windows


def test_a_counter_nobody_was_at_stays_empty_under_new_hours() -> None:
    plan = _plan({"type": "counter_hours", "counter": THREE, "hours": [["08:00", "12:00"]]})
    found = applying.setting(plan, _trace(), KNOWN)
    assert all(s.counter != THREE for s in found.shifts)


def test_a_change_of_one_counter_leaves_the_others_their_day() -> None:
    plan = _plan({"type": "remove_counter", "counter": TWO})
    found = applying.setting(plan, _trace(), KNOWN)
    assert CounterId(TWO) not in {c.id for c in found.catalogue.counters}
    assert replace(found.catalogue, counters=()) == replace(CATALOGUE, counters=())


def _rostered(*shifts: RosterShift) -> Catalogue:
    return replace(CATALOGUE, roster=shifts)


def _windows(setting: Setting, counter: str) -> list[tuple[str, list[tuple[float, float]]]]:
    found = [s for s in setting.shifts if s.counter == counter]
    return [(s.officer, [(a / 3_600, b / 3_600) for a, b in s.windows]) for s in found]


def test_the_roster_stands_for_the_log_on_its_weekdays_only() -> None:
    """Tuesday 1 September; the roster of the week in November names two counters of three."""
    week = {"type": "rostered", "week": "2026-11-23"}
    morning = RosterShift(
        counter=ONE, officer="Mai", weekdays=(1,), opens=time(7, 30), closes=time(9, 30)
    )
    third = RosterShift(
        counter=THREE, officer="Lan", weekdays=(1,), opens=time(13, 30), closes=time(17)
    )
    planned = _rostered(morning, third)
    trace = _trace()
    found = applying.setting(_plan(week | {"weekdays": [1]}), trace, KNOWN, planned)
    # As late as on the day, with its break; what is not named stays; who was not there comes.
    late = 7.5 + 300 / 3_600
    assert _windows(found, ONE) == [("Mai", [(late, 9.0), (9.25, 9.5)])]
    assert _windows(found, TWO) == _windows(replay.present(trace), TWO)
    assert [officer for officer, _ in _windows(found, THREE)] == ["Lan"]
    assert _windows(found, THREE)[0][1][0][0] >= 13.5
    other = applying.setting(_plan(week | {"weekdays": [0, 2]}), trace, KNOWN, planned)
    assert list(other.shifts) == list(trace.shifts)
    # A counter that the roster closes on that day, and another change on top of the roster.
    friday = replace(third, counter=TWO, weekdays=(4,))
    closed = applying.setting(
        _plan(
            {"type": "counter_hours", "counter": ONE, "hours": [["08:00", "11:00"]]},
            week | {"weekdays": [1]},
        ),
        trace, KNOWN, _rostered(morning, friday),
    )  # fmt: skip
    assert _windows(closed, TWO) == []
    assert _windows(closed, ONE)[0][1][-1][1] == 11


def test_a_session_more_is_opened_by_who_was_there_and_counts_as_open() -> None:
    trace = _trace()
    more = _plan(
        {"type": "add_session", "counters": [ONE, THREE], "hours": ["17:00", "19:00"], "weekdays": [1]}
    )  # fmt: skip
    found = applying.setting(more, trace, KNOWN)
    (officer, windows), *others = _windows(found, ONE)
    assert (officer, others) == ("o0", [])
    # The log had it open until 17:12; from then on, not a second time.
    assert windows[-2:] == [(13.5, 17.2), (17.2, pytest.approx(19.2))]
    assert _windows(found, THREE)[0][0] == ""
    assert found.extra == ((17 * 3_600.0, 19 * 3_600.0),)
    open_s = replay.run(trace, KNOWN, found).open_s[ONE]
    assert open_s - replay.run(trace, KNOWN, replay.present(trace)).open_s[ONE] == pytest.approx(
        7_200
    )
    saturday = _plan(
        {"type": "add_session", "counters": [ONE], "hours": ["17:00", "19:00"], "weekdays": [5]}
    )
    assert list(applying.setting(saturday, trace, KNOWN).shifts) == list(trace.shifts)
